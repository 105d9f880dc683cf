//! What a movement of the treasury may belong to. Chooses nothing: `domain::book` does.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use rusqlite::{Connection, params};

use hoso_domain::book::{self, Candidate, Kind, Movement};
use hoso_domain::form;
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::money::Dong;
use hoso_domain::voucher::Voucher;

use super::movements;
use crate::error::StoreError;
use crate::traces::PER_VOUCHER;
use crate::{dossiers, sql};

/// What movements may still belong to: the vouchers of a year that took money from an account or put
/// some back, those with several on an account also as a whole, and what the bank sent back, out and
/// home.
pub fn candidates(
    c: &Connection,
    unit: UnitId,
    year: i32,
) -> Result<Vec<Candidate<DossierId>>, StoreError> {
    let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
    let mut matched: BTreeMap<DossierId, Vec<Movement>> = BTreeMap::new();
    for row in movements(c, unit, first)? {
        if let Some(dossier) = row.dossier {
            matched.entry(dossier).or_default().push(row.movement);
        }
    }
    let mut of_dossier: BTreeMap<DossierId, Vec<Candidate<DossierId>>> = BTreeMap::new();
    for voucher in vouchers(c, unit, year)? {
        of_dossier.entry(voucher.id).or_default().push(voucher);
    }
    let mut all = returned(c, unit, year, &matched)?;
    for (id, mut left) in of_dossier {
        let wholes = wholes(&left);
        left.extend(wholes);
        for movement in matched.get(&id).map(|m| lasting(m)).unwrap_or_default() {
            book::use_up(&mut left, &id, movement);
        }
        all.extend(left);
    }
    Ok(all)
}

/// One row per voucher and account.
fn vouchers(
    c: &Connection,
    unit: UnitId,
    year: i32,
) -> Result<Vec<Candidate<DossierId>>, StoreError> {
    // the number of any voucher but the first stands only in the voucher itself
    let mut statement = c.prepare_cached(
        "SELECT p.dossier_id, p.account,
                sum(CASE WHEN p.kind IN ('returned-spent', 'returned-advance')
                         THEN p.amount ELSE -p.amount END) AS moved,
                CASE WHEN p.position / ?3 = 0 THEN r.doc_number ELSE (
                    SELECT coalesce(json_extract(
                        v.vouchers, '$[' || (p.position / ?3) || '].fields.number'), '')
                    FROM revision v WHERE v.dossier_id = d.id AND v.number = d.revision) END,
                d.treasury_number, min(p.day)
         FROM posting p
         JOIN dossier d ON d.id = p.dossier_id
         JOIN revision r ON r.dossier_id = d.id AND r.number = d.revision
         WHERE p.unit_id = ?1 AND p.year = ?2 AND p.standing IN ('under-way', 'done')
           AND p.kind IN ('spent', 'advance', 'deposit-out', 'returned-spent', 'returned-advance')
         GROUP BY p.dossier_id, p.account, p.position / ?3
         HAVING moved <> 0",
    )?;
    let rows = statement.query_map(params![unit.to_string(), year, PER_VOUCHER], |r| {
        Ok(Candidate {
            id: sql::parsed(r, 0)?,
            account: r.get(1)?,
            amount: sql::dong(r, 2)?,
            number: r.get(3)?,
            treasury_number: r.get(4)?,
            day: sql::parsed(r, 5)?,
            whole: false,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The vouchers of one dossier together, by account, where an account has several.
fn wholes(vouchers: &[Candidate<DossierId>]) -> Vec<Candidate<DossierId>> {
    let mut sums: BTreeMap<&str, (usize, Candidate<DossierId>)> = BTreeMap::new();
    for voucher in vouchers {
        match sums.get_mut(voucher.account.as_str()) {
            None => {
                let whole = true;
                let sum = Candidate {
                    whole,
                    ..voucher.clone()
                };
                sums.insert(&voucher.account, (1, sum));
            }
            Some((count, sum)) => {
                *count = count.saturating_add(1);
                sum.amount = sum.amount.checked_add(voucher.amount).unwrap_or(sum.amount);
                sum.day = sum.day.min(voucher.day);
            }
        }
    }
    let several = sums.into_values().filter(|(count, _)| *count > 1);
    several.map(|(_, sum)| sum).collect()
}

/// The movements of a dossier without those that others undid: paid, and sent back by the bank.
fn lasting(movements: &[Movement]) -> Vec<&Movement> {
    let mut left: Vec<&Movement> = Vec::new();
    for movement in movements {
        let undone = left.iter().position(|m| {
            m.account == movement.account && m.amount.checked_add(movement.amount) == Ok(Dong::ZERO)
        });
        match undone {
            Some(at) => {
                left.swap_remove(at);
            }
            None => left.push(movement),
        }
    }
    left
}

/// What the bank sent back: the payments of which no movement is known yet, and the money coming home
/// of those and of the ones that are known.
fn returned(
    c: &Connection,
    unit: UnitId,
    year: i32,
    matched: &BTreeMap<DossierId, Vec<Movement>>,
) -> Result<Vec<Candidate<DossierId>>, StoreError> {
    let mut statement = c.prepare_cached(&format!(
        "SELECT d.id, r.doc_number, d.treasury_number, r.vouchers
         FROM dossier d CROSS JOIN revision r ON r.dossier_id = d.id AND r.number = d.revision
         WHERE d.unit_id = ?1 AND {}
           AND json_extract(d.treasury, '$.status') = 'money-returned'",
        dossiers::TO_LOOK_AT
    ))?;
    let rows = statement.query_map([unit.to_string()], |r| {
        let any = Candidate {
            id: sql::parsed(r, 0)?,
            account: String::new(),
            amount: Dong::ZERO,
            number: r.get(1)?,
            treasury_number: r.get(2)?,
            day: NaiveDate::default(),
            whole: false,
        };
        Ok((any, sql::json(r, 3)?))
    })?;
    let rows: Vec<(Candidate<DossierId>, Vec<Voucher>)> = rows.collect::<Result<_, _>>()?;
    let mut all = Vec::new();
    for (any, vouchers) in rows {
        let moved = matched.get(&any.id).map(Vec::as_slice).unwrap_or_default();
        let (paid, home): (Vec<&Movement>, Vec<&Movement>) =
            moved.iter().partition(|m| m.amount < Dong::ZERO);
        let mut out = payments(&any, year, &vouchers);
        let wholes = wholes(&out);
        out.extend(wholes);
        for movement in &paid {
            book::use_up(&mut out, &any.id, movement);
        }
        let known = paid.into_iter().map(|m| Candidate {
            account: m.account.clone(),
            amount: m.amount,
            day: m.day,
            ..any.clone()
        });
        let mut back: Vec<Candidate<DossierId>> = known
            .chain(out.iter().cloned())
            .filter_map(|c| {
                let amount = Dong::ZERO.checked_sub(c.amount).ok()?;
                Some(Candidate { amount, ..c })
            })
            .collect();
        for movement in home {
            book::use_up(&mut back, &any.id, movement);
        }
        all.extend(out);
        all.extend(back);
    }
    Ok(all)
}

/// What the vouchers of a dossier took from each account in a year. One that came back has no
/// postings any more.
fn payments(
    any: &Candidate<DossierId>,
    year: i32,
    vouchers: &[Voucher],
) -> Vec<Candidate<DossierId>> {
    let mut all = Vec::new();
    for voucher in vouchers {
        let day = voucher.field("voucher_date").parse::<NaiveDate>();
        let (Some(form), Ok(day)) = (form::find(&voucher.form), day) else {
            continue;
        };
        if day.year() != year {
            continue;
        }
        let mut sums: BTreeMap<String, Dong> = BTreeMap::new();
        for posting in book::postings(form, voucher, day) {
            if matches!(posting.kind, Kind::Spent | Kind::Advance | Kind::DepositOut) {
                let sum = sums.entry(posting.account).or_default();
                *sum = sum.checked_sub(posting.amount).unwrap_or(*sum);
            }
        }
        let number = voucher.field(&form.summary.number);
        let taken = sums.into_iter().filter(|(_, sum)| *sum < Dong::ZERO);
        all.extend(taken.map(|(account, amount)| Candidate {
            account,
            amount,
            day,
            number: if number.is_empty() {
                any.number.clone()
            } else {
                number.to_owned()
            },
            ..any.clone()
        }));
    }
    all
}
