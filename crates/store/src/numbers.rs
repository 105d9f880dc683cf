//! Số chứng từ: the unit's own running number per budget year and series. Duplicates are warned of
//! by the checks, not refused here: the number is the unit's to choose.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use hoso_domain::id::{DossierId, UnitId};

use crate::error::StoreError;
use crate::sql;

/// The next free number, without taking it.
pub fn next(c: &Connection, unit: UnitId, year: i32, series: &str) -> Result<u64, StoreError> {
    let n = c
        .prepare_cached(
            "SELECT next FROM doc_number WHERE unit_id = ?1 AND year = ?2 AND series = ?3",
        )?
        .query_row(params![unit.to_string(), year, series], |r| {
            sql::unsigned(r, 0)
        })
        .optional()?;
    Ok(n.unwrap_or(1))
}

/// Takes the next number of a series.
pub fn take(
    tx: &Transaction<'_>,
    unit: UnitId,
    year: i32,
    series: &str,
) -> Result<u64, StoreError> {
    let n = next(tx, unit, year, series)?;
    start_at(tx, unit, year, series, n.saturating_add(1))?;
    Ok(n)
}

/// Sets where a series goes on, e.g. at the start of a block.
pub fn start_at(
    tx: &Transaction<'_>,
    unit: UnitId,
    year: i32,
    series: &str,
    n: u64,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO doc_number (unit_id, year, series, next) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (unit_id, year, series) DO UPDATE SET next = excluded.next",
    )?
    .execute(params![unit.to_string(), year, series, sql::signed(n)])?;
    Ok(())
}

/// Numbers on other dossiers of the unit's budget year (their current revisions).
pub fn used(
    c: &Connection,
    unit: UnitId,
    year: i32,
    except: DossierId,
) -> Result<BTreeSet<String>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT r.doc_number FROM dossier d
         JOIN revision r ON r.dossier_id = d.id AND r.number = d.revision
         WHERE d.unit_id = ?1 AND d.budget_year = ?2 AND d.id <> ?3 AND r.doc_number <> ''",
    )?;
    let rows = statement.query_map(params![unit.to_string(), year, except.to_string()], |r| {
        r.get(0)
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
