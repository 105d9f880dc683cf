//! Đối chiếu: the unit's figures beside the treasury's, and the tables filled from the books.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use hoso_contract::Code;
use hoso_contract::book::{ComparisonView, Origin};
use hoso_contract::command::{CompareBooks, FillReconciliation};
use hoso_domain::book::{
    self, Booked, Compared, Document, Kind, Period, Posting, Side, Standing, compare,
};
use hoso_domain::catalogue::catalogue;
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::money::Dong;
use hoso_store::books::{self as kept, BookEntry};
use hoso_store::{Connection as Db, StoreError, feed};
use hoso_text::Lang;

use super::books::postings;
use crate::clock;
use crate::compose::{Draft, OwnNumber, current};
use crate::engine::{Engine, Handle};
use crate::error::Error;

impl Handle<CompareBooks> for Engine {
    fn act(&self, command: CompareBooks) -> Result<ComparisonView, Error> {
        let open = self.open()?;
        let (unit, year) = (open.unit_id(), command.year);
        let period = Period::month(year, command.month).ok_or(Code::NotFound)?;
        let accounts = open
            .store
            .read(|db| comparison(db, unit, year, period.to))?;
        Ok(ComparisonView {
            year,
            month: command.month,
            findings: accounts.iter().filter_map(Compared::finding).collect(),
            accounts,
        })
    }
}

/// Every account of the year that either side knows, at the end of `to`.
pub(super) fn comparison(
    db: &Db,
    unit: UnitId,
    year: i32,
    to: NaiveDate,
) -> Result<Vec<Compared<Origin>>, StoreError> {
    let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
    let entries = kept::entries(db, unit, year)?;
    let mut documents: Vec<Document<Origin>> = kept::documents(db, unit, year)?
        .into_iter()
        .map(|d| Document {
            id: Origin::Dossier(d.id),
            number: d.number,
            account: d.account,
            day: d.day,
            amount: d.amount,
        })
        .collect();
    let booked: Vec<Booked<Origin>> = kept::movements(db, unit, first)?
        .into_iter()
        .map(|m| Booked {
            movement: m.movement,
            document: m.dossier.map(Origin::Dossier),
        })
        .collect();
    let told = feed::balances(db, unit)?;
    // an entry without an account belongs to the one estimate account there is
    let estimate_accounts: BTreeSet<&str> = documents
        .iter()
        .map(|d| d.account.as_str())
        .chain(booked.iter().map(|b| b.movement.account.as_str()))
        .chain(told.iter().map(|b| b.account.as_str()))
        .chain(entries.iter().map(|e| e.posting.account.as_str()))
        .filter(|a| a.starts_with('9'))
        .collect();
    let only = match estimate_accounts.len() {
        1 => estimate_accounts.first().map(|a| (*a).to_owned()),
        _ => None,
    };
    let account = |entry: &BookEntry| match entry.posting.account.as_str() {
        "" if !entry.posting.kind.of_deposit() => only.clone().unwrap_or_default(),
        said => said.to_owned(),
    };
    let by_hand: Vec<Document<Origin>> = entries
        .iter()
        .filter_map(|e| {
            Some(Document {
                id: Origin::Entry(e.id),
                number: e.document_no.clone(),
                account: account(e),
                day: e.posting.day,
                amount: moves(&e.posting)?,
            })
        })
        .collect();
    documents.extend(by_hand);
    let accounts: BTreeSet<String> = documents
        .iter()
        .map(|d| d.account.clone())
        .chain(booked.iter().map(|b| b.movement.account.clone()))
        .chain(told.iter().map(|b| b.account.clone()))
        .chain(entries.iter().map(account))
        .filter(|a| !a.is_empty())
        .collect();
    let of = |name: &str| {
        let opening = entries
            .iter()
            .filter(|e| account(e) == name && e.posting.day <= to)
            .filter_map(|e| opens(&e.posting))
            .fold(Dong::ZERO, |sum, a| sum.checked_add(a).unwrap_or(sum));
        // the treasury's figure stands for its own day only
        let figure = told
            .iter()
            .find(|b| b.account == name && clock::day(b.at) == to);
        let side = Side {
            account: name,
            to,
            opening,
            told: figure.map(|b| b.figure),
        };
        compare(&side, &documents, &booked)
    };
    Ok(accounts.iter().map(|name| of(name)).collect())
}

/// What an entry takes from its account (negative) or puts into it.
pub(super) fn moves(posting: &Posting) -> Option<Dong> {
    match posting.kind {
        Kind::Spent | Kind::Advance | Kind::DepositOut => {
            Dong::ZERO.checked_sub(posting.amount).ok()
        }
        Kind::ReturnedSpent | Kind::ReturnedAdvance | Kind::DepositIn => Some(posting.amount),
        _ => None,
    }
}

/// What an entry gives an account before anything moves.
fn opens(posting: &Posting) -> Option<Dong> {
    match posting.kind {
        Kind::CarriedOver | Kind::YearStart | Kind::Adjustment | Kind::DepositOpening => {
            Some(posting.amount)
        }
        Kind::Withheld | Kind::Cancelled => Dong::ZERO.checked_sub(posting.amount).ok(),
        _ => None,
    }
}

/// The cause as form 32 has room for it.
fn cause(found: &Compared<Origin>) -> String {
    const MOST: usize = 480;
    let mut lines: Vec<String> = found
        .reasons
        .iter()
        .map(|r| hoso_text::difference(r, Lang::Vi))
        .collect();
    while lines.iter().map(|l| l.chars().count() + 2).sum::<usize>() > MOST {
        lines.pop();
    }
    let told = lines.len();
    let mut all = lines.join("; ");
    if told < found.reasons.len() {
        all.push_str("; …");
    }
    all
}

impl Handle<FillReconciliation> for Engine {
    fn act(&self, command: FillReconciliation) -> Result<DossierId, Error> {
        let open = self.writable()?;
        let form = current(&command.form)?;
        let (year, n) = (command.year, command.period);
        let unit = open.unit_id();
        let all: Vec<(Posting, Standing)> = open.store.read(|db| postings(db, unit, year))?;
        let name = |list: &str, code: &str| {
            let day = clock::day(clock::now());
            let row = catalogue(list).and_then(|list| list.lookup(code, day));
            row.map_or_else(|| code.to_owned(), |row| row.full_name.clone())
        };
        let content = |code: &str| name("economic-content", code);
        let quarter = format!("quarter_{n}");
        let (block, rows, fields) = match command.form.as_str() {
            "26" | "28" => {
                let period = Period::quarter(year, n).ok_or(Code::NotFound)?;
                let rows = if command.form == "26" {
                    book::estimate_rows(&all, period)
                } else {
                    book::spending_rows(&all, period, &content)
                };
                let fields = vec![
                    ("year", year.to_string()),
                    (quarter.as_str(), "x".to_owned()),
                ];
                ("rows", rows, fields)
            }
            "30" | "31" => {
                let own = open.unit()?.name;
                let rows = if command.form == "30" {
                    book::carried_deposit_rows(&all, &content)
                } else {
                    book::carried_estimate_rows(&all, &|programme| match programme {
                        "" | "00000" => own.clone(),
                        code => format!("{own} — {}", name("programme", code)),
                    })
                };
                let fields = vec![
                    ("from_year", year.to_string()),
                    ("to_year", year.saturating_add(1).to_string()),
                ];
                ("rows", numbered(rows), fields)
            }
            "32" => {
                let period = Period::month(year, n).ok_or(Code::NotFound)?;
                let found = open
                    .store
                    .read(|db| comparison(db, unit, year, period.to))?;
                let told = |account: &str, _: Dong| {
                    let found = found.iter().find(|c| c.account == account)?;
                    Some((found.treasury?, cause(found)))
                };
                let rows = book::balance_rows(&all, period, &told);
                let fields = vec![("year", year.to_string()), ("month", n.to_string())];
                ("accounts", rows, fields)
            }
            _ => return Err(Code::NotFound.into()),
        };
        let mut draft = Draft::new(&open)?;
        draft.add(form, OwnNumber::No, &fields, block, rows)?;
        draft.keep(self, "")
    }
}

/// Lines with their ordinal within each group.
fn numbered(rows: Vec<hoso_domain::voucher::Row>) -> Vec<hoso_domain::voucher::Row> {
    let mut counts = std::collections::BTreeMap::<String, u32>::new();
    rows.into_iter()
        .map(|mut row| {
            let count = counts.entry(row.group.clone()).or_default();
            *count = count.saturating_add(1);
            row.cells.insert("ordinal".to_owned(), count.to_string());
            row
        })
        .collect()
}
