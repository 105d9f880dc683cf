//! Gathers what the checks may know beside the dossier itself: codes, balances, books, other
//! dossiers, signers. Asks the store by key, so that the history's length does not matter.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use hoso_contract::view::BalanceRow;
use hoso_domain::book::{self, Balances, Kind, Posting, Standing};
use hoso_domain::catalogue::{codes_with, successors_on};
use hoso_domain::check::{
    ContractFacts, Facts, estimate_key, invoice_key, names_decision, payment_key,
    provisional_month, seller,
};
use hoso_domain::dossier::Drawer;
use hoso_domain::entry::path;
use hoso_domain::form::Form;
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::life::LocalState;
use hoso_domain::money::Dong;
use hoso_domain::party::Unit;
use hoso_domain::voucher::Voucher;
use hoso_store::attachments::Attachment;
use hoso_store::traces::{self, Trace, month_key, number_key};
use hoso_store::{Connection as Db, StoreError, books, feed, numbers, own_codes};

use crate::compose::own_series;
use crate::dossier::{Loaded, account, total};

/// Everything the checks of one dossier may use, on `today`.
pub fn gather(db: &Db, loaded: &Loaded, today: NaiveDate) -> Result<Facts, StoreError> {
    let dossier = &loaded.current.dossier;
    let (unit, year, id) = (dossier.unit, dossier.budget_year, dossier.id);
    let day = loaded.current.revision.summary.day.unwrap_or(today);
    let own = own_codes::all(db, unit)?;
    let vouchers: Vec<(&Form, &Voucher)> = loaded
        .vouchers()
        .iter()
        .filter_map(|v| Some((crate::open::form(&v.form).ok()?, v)))
        .collect();
    let mut facts = Facts {
        unit_code: loaded.unit.code.clone(),
        codes: codes_with(day, &own),
        successors: successors_on(day, &own),
        signers: Some(signers(&loaded.unit, today)),
        files: treasury_files(&loaded.attachments),
        numbers_left: numbers::left(db, own_series(unit, year))?,
        ..Facts::default()
    };
    let accounts: BTreeSet<&str> = vouchers.iter().map(|(_, v)| account(v)).collect();
    for balance in balances(db, unit, Some(id))? {
        if accounts.contains(balance.account.as_str()) {
            facts.balances.insert(balance.account, balance.usable);
        }
    }
    others(db, unit, year, id, day, &vouchers, &mut facts)?;
    if loaded.current.revision.state == LocalState::Draft {
        of_another_pc(db, unit, year, &vouchers, &mut facts.numbers)?;
    }
    let books = loaded.current.books_year();
    kept_books(db, unit, books, id, &vouchers, &mut facts)?;
    Ok(facts)
}

/// Numbers that another PC of the unit gives: taken from the connection file's block before the
/// portal said whose it is. Only a draft can still take another.
fn of_another_pc(
    db: &Db,
    unit: UnitId,
    year: i32,
    vouchers: &[(&Form, &Voucher)],
    taken: &mut BTreeSet<String>,
) -> Result<(), StoreError> {
    for (form, voucher) in vouchers {
        let text = voucher.field(&form.summary.number);
        let own_number = form.field("parent_no").is_none();
        let Some(number) = text.trim().parse().ok().filter(|_| own_number) else {
            continue;
        };
        if numbers::is_of_another(db, own_series(unit, year), number)? {
            taken.insert(text.to_owned());
        }
    }
    Ok(())
}

/// What other dossiers say under the keys of this one.
fn others(
    db: &Db,
    unit: UnitId,
    year: i32,
    id: DossierId,
    day: NaiveDate,
    vouchers: &[(&Form, &Voucher)],
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let (mut numbers, mut invoices) = (BTreeMap::new(), BTreeSet::new());
    let (mut payments, mut payees) = (BTreeMap::new(), BTreeSet::new());
    for (form, voucher) in vouchers {
        let number = voucher.field(&form.summary.number);
        if !number.is_empty() && form.field("parent_no").is_none() {
            numbers.insert(number_key(number, year), number.to_owned());
        }
        let seller = seller(form, voucher);
        for row in form.grids().flat_map(|g| voucher.rows(&g.id)) {
            invoices.extend(invoice_key(seller, row.cell("invoice_no")));
        }
        if let Some(key) = payment_key(voucher.field("payee_account"), total(form, voucher)) {
            payments.insert(month_key(&key, day), key);
        }
        payees.extend(traces::accounts_paid(form, voucher));
    }
    let met = |kind, keys: &BTreeSet<String>| traces::met(db, unit, kind, keys, id);
    let keys = |map: &BTreeMap<String, String>| map.keys().cloned().collect::<BTreeSet<_>>();
    facts.invoices = met(Trace::Invoice, &invoices)?;
    facts.payees = met(Trace::Payee, &payees)?;
    facts.numbers = met(Trace::Number, &keys(&numbers))?
        .into_keys()
        .filter_map(|key| numbers.remove(&key))
        .collect();
    facts.payments = met(Trace::Payment, &keys(&payments))?
        .into_iter()
        .filter_map(|(key, said)| Some((payments.remove(&key)?, said)))
        .collect();
    Ok(())
}

/// What the books say: contracts, estimate lines, advances, tạm cấp, deposit accounts that the treasury
/// told no figure of, and whether it has the decisions on the year's estimate.
fn kept_books(
    db: &Db,
    unit: UnitId,
    year: i32,
    id: DossierId,
    vouchers: &[(&Form, &Voucher)],
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let own: BTreeSet<String> = vouchers
        .iter()
        .flat_map(|(f, v)| book::postings(f, v, NaiveDate::default()))
        .map(|p| p.contract)
        .filter(|c| !c.is_empty())
        .collect();
    for key in own {
        if let Some(known) = contract(db, unit, &key, Some(id))? {
            facts.contracts.insert(key, known);
        }
    }
    let mut all = traces::sums(db, unit, year, Some(id))?;
    let first = !all.iter().any(|(_, s)| *s != Standing::Planned);
    let entries = books::entries(db, unit, year)?;
    facts.provisional_asked = provisional_asked(db, unit, year, id, vouchers, &entries)?;
    let adjusted = entries
        .iter()
        .filter(|e| e.posting.kind == Kind::Adjustment)
        .max_by_key(|e| e.posting.day)
        .map(|e| (e.posting.day, e.document_no.clone()));
    for (_, voucher) in vouchers {
        let account = account(voucher);
        if facts.balances.contains_key(account) {
            continue;
        }
        if let Some(closing) = deposit(&entries, account) {
            let taken = traces::paid_out(db, unit, year, account, id)?;
            let usable = book::usable(closing, taken);
            facts.balances.insert(account.to_owned(), usable);
        }
    }
    all.extend(entries.into_iter().map(|e| (e.posting, Standing::Done)));
    let balances = Balances::of(&all);
    // a line without any estimate is not kept in the book, and so not judged
    facts.estimates = balances
        .estimates
        .iter()
        .filter(|r| {
            [r.carried_over, r.year_start, r.adjusted]
                .iter()
                .any(|d| *d != Dong::ZERO)
        })
        .map(|r| (estimate_key(&r.source, &r.sector, &r.programme), r.left))
        .collect();
    for row in &balances.advances {
        let open = facts
            .advances
            .entry(row.economic_content.clone())
            .or_default();
        *open = open.checked_add(row.open).unwrap_or(Dong::MAX);
    }
    let given = all
        .iter()
        .any(|(p, s)| p.kind == Kind::YearStart && *s == Standing::Done);
    facts.provisional = (!given).then(|| provisional_left(&all));
    let draws = vouchers
        .iter()
        .any(|(f, _)| matches!(f.number.as_str(), "13" | "14"));
    if draws {
        let attached = facts.files.keys().any(|file| names_decision(file));
        facts.decision_known = Some(!first || attached);
        if let Some((day, number)) = adjusted.filter(|_| !attached) {
            let sent = traces::drawn_since(db, unit, year, day, id)?;
            facts.adjustment_unsent = (!sent).then(|| called(day, number));
        }
    }
    Ok(())
}

/// Số quyết định of an adjustment, else its day.
fn called(day: NaiveDate, number: String) -> String {
    if number.trim().is_empty() {
        return day.format("%d/%m/%Y").to_string();
    }
    number
}

/// What the entries of the unit's own book leave on a deposit account; `None` where the book does
/// not begin with an opening balance, and so is not whole.
fn deposit(entries: &[books::BookEntry], account: &str) -> Option<Dong> {
    let own: Vec<(Posting, Standing)> = entries
        .iter()
        .filter(|e| e.posting.kind.of_deposit() && e.posting.account == account)
        .map(|e| (e.posting.clone(), Standing::Done))
        .collect();
    let opened = own.iter().any(|(p, _)| p.kind == Kind::DepositOpening);
    let row = book::deposits(&own).into_iter().next();
    row.filter(|_| opened && !account.is_empty())
        .map(|row| row.closing)
}

/// Tạm cấp asked for elsewhere, by each month in which a voucher here asks for some.
fn provisional_asked(
    db: &Db,
    unit: UnitId,
    year: i32,
    id: DossierId,
    vouchers: &[(&Form, &Voucher)],
    entries: &[books::BookEntry],
) -> Result<BTreeMap<String, Dong>, StoreError> {
    let mut asked = BTreeMap::new();
    for (_, voucher) in vouchers.iter().filter(|(f, _)| f.number == "22") {
        let Ok(day) = voucher.field("voucher_date").parse::<NaiveDate>() else {
            continue;
        };
        let month = provisional_month(day);
        let by_hand = entries
            .iter()
            .map(|e| &e.posting)
            .filter(|p| p.kind == Kind::Provisional && provisional_month(p.day) == month);
        let dossiers = traces::provisional_in(db, unit, year, &month, id)?;
        let all = Dong::sum(by_hand.map(|p| p.amount).chain([dossiers]));
        asked.insert(month, all.unwrap_or(Dong::MAX));
    }
    Ok(asked)
}

/// Tạm cấp granted less what was taken while no estimate was given.
fn provisional_left(all: &[(Posting, Standing)]) -> Dong {
    let mut left = Dong::ZERO;
    for (posting, standing) in all {
        let change = match (posting.kind, standing) {
            (Kind::Provisional, Standing::Done) => posting.amount,
            (Kind::Spent | Kind::Advance, Standing::Done | Standing::UnderWay) => {
                Dong::ZERO.checked_sub(posting.amount).unwrap_or(Dong::ZERO)
            }
            _ => continue,
        };
        left = left.checked_add(change).unwrap_or(left);
    }
    left.max(Dong::ZERO)
}

/// What is known of a contract, one dossier left out; `None` where nothing is.
pub fn contract(
    db: &Db,
    unit: UnitId,
    key: &str,
    except: Option<DossierId>,
) -> Result<Option<ContractFacts>, StoreError> {
    let kept = books::contract(db, unit, key)?;
    let mut all = traces::of_contract(db, unit, key, except)?;
    let entries = books::entries_of_contract(db, unit, key)?;
    all.extend(entries.into_iter().map(|e| (e.posting, Standing::Done)));
    if kept.is_none() && all.is_empty() {
        return Ok(None);
    }
    let row = book::contracts(&all).into_iter().next().unwrap_or_default();
    let kept = kept.unwrap_or_default();
    let sum = |amounts: &[Dong]| Dong::sum(amounts.iter().copied()).unwrap_or(Dong::MAX);
    let open_before = kept
        .opening_advanced
        .checked_sub(kept.opening_recovered)
        .unwrap_or_default();
    Ok(Some(ContractFacts {
        value: Some(kept.value).filter(|v| *v != Dong::ZERO),
        paid: sum(&[row.paid_out(), kept.opening_paid, kept.opening_advanced]),
        advanced: sum(&[row.open(), open_before]),
    }))
}

fn signers(unit: &Unit, today: NaiveDate) -> BTreeSet<hoso_domain::party::Role> {
    unit.signers
        .iter()
        .filter(|s| s.valid_on(today))
        .map(|s| s.role)
        .collect()
}

fn treasury_files(attachments: &[Attachment]) -> BTreeMap<String, u64> {
    attachments
        .iter()
        .filter(|a| a.drawer == Drawer::Treasury)
        .map(|a| (path::file(&a.name), a.size))
        .collect()
}

/// Dự toán còn dùng được of every account the treasury told of: its figure less what is signed,
/// queued or unanswered, one dossier left out.
///
/// What was sent before the figure was told and completed is in it already.
pub fn balances(
    db: &Db,
    unit: UnitId,
    except: Option<DossierId>,
) -> Result<Vec<BalanceRow>, StoreError> {
    let mut rows = Vec::new();
    for balance in feed::balances(db, unit)? {
        let spoken_for = traces::spoken_for(db, unit, &balance.account, balance.at, except)?;
        rows.push(BalanceRow {
            usable: book::usable(balance.figure, spoken_for),
            account: balance.account,
            name: balance.name,
            treasury_figure: balance.figure,
            at: balance.at,
        });
    }
    Ok(rows)
}
