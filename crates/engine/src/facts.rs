//! Gathers what the checks may know beside the dossier itself: balances, other dossiers, signers.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use hoso_contract::view::BalanceRow;
use hoso_domain::check::{Facts, invoice_key, payment_key};
use hoso_domain::dossier::Drawer;
use hoso_domain::entry::path;
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::money::Dong;
use hoso_domain::party::Unit;
use hoso_store::attachments::Attachment;
use hoso_store::dossiers::{self, Current, Which};
use hoso_store::{Connection as Db, StoreError, feed, numbers};

use crate::clock;
use crate::dossier::{Loaded, account, total};

/// Everything the checks of one dossier may use, on `today`.
pub fn gather(db: &Db, loaded: &Loaded, today: NaiveDate) -> Result<Facts, StoreError> {
    let dossier = &loaded.current.dossier;
    let (unit, year, id) = (dossier.unit, dossier.budget_year, dossier.id);
    let others = others(db, unit, year, id)?;
    let mut facts = Facts {
        unit_code: loaded.unit.code.clone(),
        codes: hoso_domain::catalogue::codes_on(today),
        balances: usable(db, unit, &others)?
            .into_iter()
            .map(|b| (b.account, b.usable))
            .collect(),
        numbers: numbers::used(db, unit, year, id)?,
        signers: Some(signers(&loaded.unit, today)),
        files: treasury_files(&loaded.attachments),
        ..Facts::default()
    };
    let day = loaded.current.revision.summary.day.unwrap_or(today);
    for other in others.iter().filter(|o| counts(o)) {
        remember(&mut facts, other, day);
    }
    Ok(facts)
}

/// The other dossiers of the unit's budget year.
fn others(db: &Db, unit: UnitId, year: i32, except: DossierId) -> Result<Vec<Current>, StoreError> {
    let mut all = dossiers::select(db, unit, Which::Year(year))?;
    all.retain(|c| c.dossier.id != except);
    Ok(all)
}

/// Whether a dossier still stands for a payment: refused, returned and withdrawn ones do not.
fn counts(other: &Current) -> bool {
    !matches!(
        other.dossier.treasury,
        TreasuryState::Refused | TreasuryState::MoneyReturned | TreasuryState::Withdrawn
    )
}

fn remember(facts: &mut Facts, other: &Current, day: NaiveDate) {
    use chrono::Datelike as _;
    let number = &other.revision.summary.number;
    for voucher in &other.revision.vouchers {
        let Ok(form) = crate::open::form(&voucher.form) else {
            continue;
        };
        let seller = voucher.field("payee_tax_code");
        for row in form.grids().flat_map(|g| voucher.rows(&g.id)) {
            if let Some(key) = invoice_key(seller, row.cell("invoice_no")) {
                facts.invoices.insert(key, number.clone());
            }
        }
        let same_month = other
            .revision
            .summary
            .day
            .is_some_and(|d| (d.year(), d.month()) == (day.year(), day.month()));
        let payment = payment_key(voucher.field("payee_account"), total(form, voucher));
        if let Some(key) = payment.filter(|_| same_month) {
            facts.payments.insert(key, number.clone());
        }
    }
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

/// Dự toán còn dùng được: the treasury's figure less what is signed, queued or unanswered.
///
/// What was sent before the figure was told and completed is in it already.
fn usable(db: &Db, unit: UnitId, others: &[Current]) -> Result<Vec<BalanceRow>, StoreError> {
    let mut rows = Vec::new();
    for balance in feed::balances(db, unit)? {
        let under_way = others
            .iter()
            .filter(|o| is_under_way(o, balance.at))
            .flat_map(|o| &o.revision.vouchers)
            .filter(|v| account(v) == balance.account)
            .filter_map(|v| crate::open::form(&v.form).ok().map(|f| total(f, v)));
        let spoken_for = Dong::sum(under_way).unwrap_or(Dong::MAX);
        rows.push(BalanceRow {
            account: balance.account,
            name: balance.name,
            treasury_figure: balance.figure,
            usable: balance
                .figure
                .checked_sub(spoken_for)
                .unwrap_or(balance.figure),
            at: balance.at,
        });
    }
    Ok(rows)
}

/// Signed, queued or sent, and not yet in the treasury's figure.
fn is_under_way(other: &Current, figure_at: DateTime<Utc>) -> bool {
    let answered = match other.dossier.treasury {
        TreasuryState::Refused | TreasuryState::MoneyReturned | TreasuryState::Withdrawn => {
            return false;
        }
        TreasuryState::Completed => other.dossier.treasury_at.is_some_and(|at| at <= figure_at),
        _ => false,
    };
    let local = match &other.revision.state {
        LocalState::Awaiting { step } => *step > 1,
        LocalState::Queued
        | LocalState::Held
        | LocalState::Sending
        | LocalState::Unknown
        | LocalState::Sent
        | LocalState::Carried
        | LocalState::Parked { .. } => true,
        LocalState::Draft | LocalState::Superseded => false,
    };
    local && !answered
}

/// Usable balances of a unit, leaving one dossier out of account.
pub fn balances(
    db: &Db,
    unit: UnitId,
    except: Option<DossierId>,
) -> Result<Vec<BalanceRow>, StoreError> {
    use chrono::Datelike as _;
    let year = clock::day(clock::now()).year();
    let mut all = dossiers::select(db, unit, Which::Year(year))?;
    all.retain(|c| Some(c.dossier.id) != except);
    usable(db, unit, &all)
}
