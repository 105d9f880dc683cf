//! Blocks of voucher numbers (số chứng từ). It refuses to hand out a number twice.

use chrono::{DateTime, Utc};
use hoso_domain::id::UnitId;
use hoso_portal_api::connection::NumberBlock;
use hoso_portal_api::device::AskNumbers;
use hoso_portal_api::problem::Kind;
use rusqlite::{OptionalExtension as _, Transaction};

use crate::db;
use crate::fault::Fault;
use crate::portal::Portal;

/// Numbers per block: a device seldom needs a second one within a year.
const BLOCK: u32 = 1000;
/// Who asked for the blocks in connection files.
pub(crate) const CONNECTION: &str = "connection";

/// Whether a year is one budgets are made for.
pub(crate) fn budget_year(year: i32) -> Result<(), Fault> {
    match (2000..=2200).contains(&year) {
        true => Ok(()),
        false => Err(Fault::new(Kind::Malformed, "the year is not a budget year")),
    }
}

/// The next free block, or the one given before to the same key. `true`: it is new.
pub(crate) async fn give(
    portal: &Portal,
    unit: UnitId,
    asked: AskNumbers,
) -> Result<(NumberBlock, bool), Fault> {
    let malformed = |what| Err(Fault::new(Kind::Malformed, what));
    budget_year(asked.year)?;
    if asked.series.chars().count() > 20 || asked.series.chars().any(char::is_control) {
        return malformed("a series is at most 20 characters");
    }
    let now = portal.now();
    portal
        .0
        .db
        .call(move |tx| {
            let known = tx
                .query_row(
                    "SELECT first, last FROM number_block
                     WHERE unit_id = ?1 AND year = ?2 AND series = ?3 AND client_key = ?4",
                    (
                        unit.to_string(),
                        asked.year,
                        &asked.series,
                        asked.key.to_string(),
                    ),
                    |r| Ok((r.get(0)?, r.get(1)?)),
                )
                .optional()?;
            let (year, series) = (asked.year, asked.series);
            if let Some((first, last)) = known {
                let block = NumberBlock {
                    year,
                    series,
                    first,
                    last,
                };
                return Ok((block, false));
            }
            let block = next_free(tx, unit, year, &series)?;
            keep(tx, &unit.to_string(), &block, &asked.key.to_string(), now)?;
            Ok((block, true))
        })
        .await
}

/// The block after the last one that was given; to be kept in the same transaction.
pub(crate) fn next_free(
    tx: &Transaction<'_>,
    unit: UnitId,
    year: i32,
    series: &str,
) -> Result<NumberBlock, Fault> {
    let last: Option<u32> = tx.query_row(
        "SELECT MAX(last) FROM number_block WHERE unit_id = ?1 AND year = ?2 AND series = ?3",
        (unit.to_string(), year, series),
        |r| r.get(0),
    )?;
    let first = last.unwrap_or(0).checked_add(1);
    let end = first.and_then(|f| f.checked_add(BLOCK - 1));
    let (Some(first), Some(last)) = (first, end) else {
        return Err(Fault::new(Kind::WrongState, "no numbers are left"));
    };
    Ok(NumberBlock {
        year,
        series: series.to_owned(),
        first,
        last,
    })
}

pub(crate) fn keep(
    tx: &Transaction<'_>,
    unit: &str,
    block: &NumberBlock,
    key: &str,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO number_block (unit_id, year, series, first, last, client_key, given_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            unit,
            block.year,
            &block.series,
            block.first,
            block.last,
            key,
            db::stamp(now),
        ),
    )?;
    Ok(())
}
