//! What books and checks need of every dossier, derived when it changes: postings, and the keys by
//! which one voucher meets another. Nothing here is typed by anyone; all of it can be made anew.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use hoso_domain::book::{self, Kind, Posting, Standing};
use hoso_domain::check::{invoice_key, payment_key, seller};
use hoso_domain::form::{self, Form};
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::life::TreasuryState;
use hoso_domain::money::Dong;
use hoso_domain::voucher::Voucher;

use crate::dossiers::{self, Source};
use crate::error::StoreError;
use crate::{derived, life, sql};

/// Raised when what is derived changes.
const EDITION: u32 = 5;

/// Postings are numbered on by so many from voucher to voucher: `position / PER_VOUCHER` is the
/// voucher's place in its dossier.
pub(crate) const PER_VOUCHER: i64 = 1_000_000;

/// The ways one voucher meets another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Trace {
    /// Seller, series and number.
    Invoice,
    /// Payee's account, amount and month.
    Payment,
    /// Số chứng từ and budget year.
    Number,
    /// Payee's account; said: the name.
    Payee,
}

impl Trace {
    fn word(self) -> &'static str {
        match self {
            Trace::Invoice => "invoice",
            Trace::Payment => "payment",
            Trace::Number => "number",
            Trace::Payee => "payee",
        }
    }
}

/// The key of a payment within its month.
pub fn month_key(payment: &str, day: NaiveDate) -> String {
    format!("{payment}|{:04}-{:02}", day.year(), day.month())
}

/// The key of a number within its budget year.
pub fn number_key(number: &str, year: i32) -> String {
    format!("{number}|{year}")
}

/// Brings what is derived up to its dossier.
pub(crate) fn refresh(tx: &Transaction<'_>, id: DossierId) -> Result<(), StoreError> {
    let current = dossiers::current(tx, id)?;
    let word = life::word_of(tx, &current.dossier)?;
    derive(tx, current.source(&word))
}

/// [`refresh`] for who has the dossier at hand. A draft posts nothing, and a save that changes no key
/// writes nothing here: drafts are saved at every pause of the keys.
pub(crate) fn derive(tx: &Transaction<'_>, source: Source<'_>) -> Result<(), StoreError> {
    let dossier = source.dossier;
    let standing = book::standing(source.state, source.word);
    let day = source
        .summary
        .day
        .unwrap_or_else(|| dossier.created_at.date_naive());
    let forms: Vec<(i64, &Voucher, &Form)> = (0i64..)
        .zip(source.vouchers)
        .filter_map(|(place, v)| Some((place, v, form::find(&v.form)?)))
        .collect();
    let mut keys = BTreeMap::new();
    for (_, voucher, form) in &forms {
        leave(source, form, voucher, day, standing, &mut keys);
    }
    put_keys(tx, source, &keys)?;
    tx.prepare_cached("DELETE FROM posting WHERE dossier_id = ?1")?
        .execute([dossier.id.to_string()])?;
    if matches!(standing, Standing::Planned | Standing::Void) {
        return Ok(());
    }
    let done_at = match dossier.treasury {
        TreasuryState::Completed => dossier.treasury_at,
        _ => None,
    };
    let postings = postings_of(&forms, day, contract_of(tx, dossier.id)?);
    for (n, (place, posting)) in (1i64..).zip(&postings) {
        let position = place.saturating_mul(PER_VOUCHER).saturating_add(n);
        put_posting(tx, source, position, posting, standing, done_at)?;
    }
    Ok(())
}

/// The postings of a dossier, each with the place of its voucher, equal lines of a voucher summed.
/// One contract of the dossier holds for its forms that have no field for it; where a form has one
/// and it was left blank, nothing is paid on a contract.
fn postings_of(
    forms: &[(i64, &Voucher, &Form)],
    day: NaiveDate,
    linked: String,
) -> Vec<(i64, Posting)> {
    let mut all: Vec<(i64, &Form, Posting)> = Vec::new();
    for (place, voucher, form) in forms {
        let posted = book::postings(form, voucher, own_day(voucher).unwrap_or(day));
        all.extend(posted.into_iter().map(|p| (*place, *form, p)));
    }
    let named = all
        .iter()
        .map(|(_, _, p)| p.contract.clone())
        .find(|c| !c.is_empty())
        .unwrap_or(linked);
    let mut summed: BTreeMap<(i64, Posting), Dong> = BTreeMap::new();
    for (place, form, mut posting) in all {
        if posting.contract.is_empty() && form.field("contract_no").is_none() {
            posting.contract.clone_from(&named);
        }
        let amount = std::mem::take(&mut posting.amount);
        let sum = summed.entry((place, posting)).or_default();
        *sum = sum.checked_add(amount).unwrap_or(Dong::MAX);
    }
    summed
        .into_iter()
        .map(|((place, posting), amount)| (place, Posting { amount, ..posting }))
        .collect()
}

fn own_day(voucher: &Voucher) -> Option<NaiveDate> {
    voucher.field("voucher_date").parse().ok()
}

fn put_posting(
    tx: &Transaction<'_>,
    source: Source<'_>,
    position: i64,
    posting: &Posting,
    standing: Standing,
    done_at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO posting
             (dossier_id, position, unit_id, year, day, kind, account, source, sector, programme,
              economic_content, contract, amount, standing, done_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?
    .execute(params![
        source.dossier.id.to_string(),
        position,
        source.dossier.unit.to_string(),
        source.books_year(),
        posting.day.to_string(),
        sql::word(&posting.kind)?,
        posting.account,
        posting.source,
        posting.sector,
        posting.programme,
        posting.economic_content,
        posting.contract,
        posting.amount.get(),
        sql::word(&standing)?,
        sql::instant_or_blank(done_at),
    ])?;
    Ok(())
}

/// The keys a voucher leaves for others: (kind, key) → what is said there.
fn leave(
    Source {
        dossier, summary, ..
    }: Source<'_>,
    form: &Form,
    voucher: &Voucher,
    day: NaiveDate,
    standing: Standing,
    keys: &mut BTreeMap<(Trace, String), String>,
) {
    let number = voucher.field(&form.summary.number);
    let said = if number.is_empty() {
        summary.number.as_str()
    } else {
        number
    };
    let mut put = |kind: Trace, key: String, said: &str| {
        keys.entry((kind, key)).or_insert_with(|| said.to_owned());
    };
    // a list bears the number of its voucher
    let list = form.field("parent_no").is_some();
    if !number.is_empty() && !list {
        put(
            Trace::Number,
            number_key(number, dossier.budget_year),
            number,
        );
    }
    // what was refused or came back pays nobody; its number stays used
    if standing == Standing::Void {
        return;
    }
    for (account, name) in payees(form, voucher) {
        put(Trace::Payee, account.to_owned(), name);
    }
    if list {
        return;
    }
    let seller = seller(form, voucher);
    for row in form.grids().flat_map(|g| voucher.rows(&g.id)) {
        if let Some(key) = invoice_key(seller, row.cell("invoice_no")) {
            put(Trace::Invoice, key, said);
        }
    }
    let total = Dong::parse(voucher.field(&form.summary.total)).unwrap_or_default();
    if let Some(key) = payment_key(voucher.field("payee_account"), total) {
        put(Trace::Payment, month_key(&key, day), said);
    }
}

/// Writes only what differs from what is there.
fn put_keys(
    tx: &Transaction<'_>,
    Source { dossier, .. }: Source<'_>,
    keys: &BTreeMap<(Trace, String), String>,
) -> Result<(), StoreError> {
    let id = dossier.id.to_string();
    let there: BTreeSet<(String, String, String)> = {
        let mut statement =
            tx.prepare_cached("SELECT kind, key, said FROM trace WHERE dossier_id = ?1")?;
        let rows = statement.query_map([&id], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    let wanted: BTreeSet<(String, String, String)> = keys
        .iter()
        .map(|((kind, key), said)| (kind.word().to_owned(), key.clone(), said.clone()))
        .collect();
    for (kind, key, _) in there.difference(&wanted) {
        tx.prepare_cached("DELETE FROM trace WHERE dossier_id = ?1 AND kind = ?2 AND key = ?3")?
            .execute(params![id, kind, key])?;
    }
    for (kind, key, said) in wanted.difference(&there) {
        tx.prepare_cached(
            "INSERT INTO trace (dossier_id, kind, key, unit_id, said) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![id, kind, key, dossier.unit.to_string(), said])?;
    }
    Ok(())
}

/// Account and name of everyone a voucher pays.
fn payees<'a>(form: &'a Form, voucher: &'a Voucher) -> Vec<(&'a str, &'a str)> {
    let one = (voucher.field("payee_account"), voucher.field("payee_name"));
    let listed = form
        .grid("payees")
        .into_iter()
        .flat_map(|g| voucher.rows(&g.id))
        .map(|r| (r.cell("account"), r.cell("payee")));
    std::iter::once(one)
        .chain(listed)
        .filter(|(account, name)| !account.is_empty() && !name.is_empty())
        .collect()
}

/// Everything a voucher could meet: the accounts it pays.
pub fn accounts_paid(form: &Form, voucher: &Voucher) -> BTreeSet<String> {
    let listed = form
        .grid("payees")
        .into_iter()
        .flat_map(|g| voucher.rows(&g.id))
        .map(|r| r.cell("account"));
    std::iter::once(voucher.field("payee_account"))
        .chain(listed)
        .filter(|a| !a.is_empty())
        .map(str::to_owned)
        .collect()
}

pub(crate) fn remove(tx: &Transaction<'_>, id: DossierId) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM posting WHERE dossier_id = ?1",
        "DELETE FROM trace WHERE dossier_id = ?1",
    ] {
        tx.prepare_cached(statement)?.execute([id.to_string()])?;
    }
    Ok(())
}

/// Makes everything anew that another edition of the rules derived, or none.
pub(crate) fn rebuild_if_old(tx: &Transaction<'_>) -> Result<(), StoreError> {
    derived::bring_up(tx, "traces", EDITION, |tx| {
        let ids: Vec<DossierId> = {
            let mut statement = tx.prepare("SELECT id FROM dossier")?;
            let rows = statement.query_map([], |r| sql::parsed(r, 0))?;
            rows.collect::<Result<_, _>>()?
        };
        for id in ids {
            // a dossier that cannot be read leaves no trace; opening it says why
            if refresh(tx, id).is_err() {
                remove(tx, id)?;
            }
        }
        Ok(())
    })
}

/// What other dossiers of the unit said under these keys: key → said, one of them where several did.
pub fn met(
    c: &Connection,
    unit: UnitId,
    kind: Trace,
    keys: &BTreeSet<String>,
    except: DossierId,
) -> Result<BTreeMap<String, String>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT said FROM trace
         WHERE unit_id = ?1 AND kind = ?2 AND key = ?3 AND dossier_id <> ?4
         ORDER BY dossier_id DESC LIMIT 1",
    )?;
    let mut out = BTreeMap::new();
    for key in keys {
        let said: Option<String> = statement
            .query_row(
                params![unit.to_string(), kind.word(), key, except.to_string()],
                |r| r.get(0),
            )
            .optional()?;
        if let Some(said) = said {
            out.insert(key.clone(), said);
        }
    }
    Ok(out)
}

/// What dossiers take from an account and the treasury's figure of `at` does not hold yet.
pub fn spoken_for(
    c: &Connection,
    unit: UnitId,
    account: &str,
    at: DateTime<Utc>,
    except: Option<DossierId>,
) -> Result<Dong, StoreError> {
    let sum: i64 = c
        .prepare_cached(
            "SELECT coalesce(sum(amount), 0) FROM posting
             WHERE unit_id = ?1 AND account = ?2
               AND (standing = 'under-way' OR standing = 'done' AND done_at > ?3)
               AND kind IN ('spent', 'advance', 'deposit-out') AND dossier_id <> ?4",
        )?
        .query_row(
            params![
                unit.to_string(),
                account,
                sql::instant(at),
                except.map(|id| id.to_string()).unwrap_or_default(),
            ],
            |r| r.get(0),
        )?;
    Ok(Dong::new(sum).unwrap_or(Dong::MAX))
}

/// What other dossiers of a year take out of a deposit account, signed or done.
pub fn paid_out(
    c: &Connection,
    unit: UnitId,
    year: i32,
    account: &str,
    except: DossierId,
) -> Result<Dong, StoreError> {
    let sum: i64 = c
        .prepare_cached(
            "SELECT coalesce(sum(amount), 0) FROM posting
             WHERE unit_id = ?1 AND account = ?2 AND year = ?3 AND kind = 'deposit-out'
               AND standing IN ('under-way', 'done') AND dossier_id <> ?4",
        )?
        .query_row(
            params![unit.to_string(), account, year, except.to_string()],
            |r| r.get(0),
        )?;
    Ok(Dong::new(sum).unwrap_or(Dong::MAX))
}

/// Whether another dossier drew on the estimate of a year on `day` or later, signed or done.
pub fn drawn_since(
    c: &Connection,
    unit: UnitId,
    year: i32,
    day: NaiveDate,
    except: DossierId,
) -> Result<bool, StoreError> {
    let there = c
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM posting
             WHERE unit_id = ?1 AND year = ?2 AND day >= ?3 AND kind IN ('spent', 'advance')
               AND standing IN ('under-way', 'done') AND dossier_id <> ?4)",
        )?
        .query_row(
            params![unit.to_string(), year, day.to_string(), except.to_string()],
            |r| r.get(0),
        )?;
    Ok(there)
}

/// Tạm cấp that other dossiers asked for in a month (`2026-01`), signed or done.
pub fn provisional_in(
    c: &Connection,
    unit: UnitId,
    year: i32,
    month: &str,
    except: DossierId,
) -> Result<Dong, StoreError> {
    let sum: i64 = c
        .prepare_cached(
            "SELECT coalesce(sum(amount), 0) FROM posting
             WHERE unit_id = ?1 AND year = ?2 AND kind = 'provisional' AND substr(day, 1, 7) = ?3
               AND standing IN ('under-way', 'done') AND dossier_id <> ?4",
        )?
        .query_row(
            params![unit.to_string(), year, month, except.to_string()],
            |r| r.get(0),
        )?;
    Ok(Dong::new(sum).unwrap_or(Dong::MAX))
}

/// The postings of a unit's year summed by kind, standing and line, one dossier left out: enough for
/// the books, which ask no day. Read from the index alone.
pub fn sums(
    c: &Connection,
    unit: UnitId,
    year: i32,
    except: Option<DossierId>,
) -> Result<Vec<(Posting, Standing)>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT kind, standing, source, sector, programme, economic_content, sum(amount)
         FROM posting WHERE unit_id = ?1 AND year = ?2 AND dossier_id <> ?3
         GROUP BY kind, standing, source, sector, programme, economic_content",
    )?;
    let any_day = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
    let rows = statement.query_map(
        params![
            unit.to_string(),
            year,
            except.map(|id| id.to_string()).unwrap_or_default()
        ],
        |r| {
            let posting = Posting {
                day: any_day,
                kind: sql::from_word(r, 0)?,
                account: String::new(),
                source: r.get(2)?,
                sector: r.get(3)?,
                programme: r.get(4)?,
                economic_content: r.get(5)?,
                contract: String::new(),
                amount: sql::dong(r, 6)?,
            };
            Ok((posting, sql::from_word(r, 1)?))
        },
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The postings of a unit's year with their standing, one dossier left out.
pub fn postings(
    c: &Connection,
    unit: UnitId,
    year: i32,
    except: Option<DossierId>,
) -> Result<Vec<(Posting, Standing)>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT day, kind, account, source, sector, programme, economic_content, contract, amount,
                standing
         FROM posting
         WHERE unit_id = ?1 AND year = ?2 AND standing IN ('under-way', 'done')
           AND dossier_id <> ?3",
    )?;
    let rows = statement.query_map(
        params![
            unit.to_string(),
            year,
            except.map(|id| id.to_string()).unwrap_or_default()
        ],
        |r| Ok((posting(r)?, sql::from_word(r, 9)?)),
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The same, of every year, for one contract.
pub fn of_contract(
    c: &Connection,
    unit: UnitId,
    contract: &str,
    except: Option<DossierId>,
) -> Result<Vec<(Posting, Standing)>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT day, kind, account, source, sector, programme, economic_content, contract, amount,
                standing
         FROM posting
         WHERE unit_id = ?1 AND contract = ?2 AND contract <> ''
           AND standing IN ('under-way', 'done') AND dossier_id <> ?3",
    )?;
    let rows = statement.query_map(
        params![
            unit.to_string(),
            contract,
            except.map(|id| id.to_string()).unwrap_or_default()
        ],
        |r| Ok((posting(r)?, sql::from_word(r, 9)?)),
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Reads a posting from the first nine columns.
pub(crate) fn posting(r: &rusqlite::Row<'_>) -> rusqlite::Result<Posting> {
    let kind: Kind = sql::from_word(r, 1)?;
    Ok(Posting {
        day: sql::parsed(r, 0)?,
        kind,
        account: r.get(2)?,
        source: r.get(3)?,
        sector: r.get(4)?,
        programme: r.get(5)?,
        economic_content: r.get(6)?,
        contract: r.get(7)?,
        amount: sql::dong(r, 8)?,
    })
}

/// The contract a person tied a dossier to; empty for none.
fn contract_of(c: &Connection, id: DossierId) -> Result<String, StoreError> {
    let found: Option<String> = c
        .prepare_cached("SELECT contract FROM contract_dossier WHERE dossier_id = ?1")?
        .query_row([id.to_string()], |r| r.get(0))
        .optional()?;
    Ok(found.unwrap_or_default())
}
