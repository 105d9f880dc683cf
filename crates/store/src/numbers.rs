//! Số chứng từ: the unit's own running number per budget year and series. Once the portal knows this
//! PC numbers come from the blocks it gave alone, so that no two PCs of a unit give the same.
//! Duplicates are warned of by the checks, not refused here: the number is the unit's to choose.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use uuid::Uuid;

use hoso_domain::id::{DossierId, UnitId};

use crate::error::StoreError;
use crate::sql;

/// The key of the block in a connection file.
const CONNECTION: &str = "connection";

/// Numbers of one unit, budget year and series.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Series<'a> {
    pub unit: UnitId,
    /// Năm ngân sách.
    pub year: i32,
    /// Text before the number; may be empty.
    pub name: &'a str,
}

/// From `first` to `last`, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    pub first: u64,
    pub last: u64,
}

/// Whose the block in the connection file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Owner {
    Own,
    /// Another PC of the unit was there before.
    Other,
}

impl Owner {
    fn word(self) -> &'static str {
        match self {
            Owner::Own => "own",
            Owner::Other => "other",
        }
    }
}

/// The number that is `ahead` after the next free one, without taking it; `None`: the blocks of this
/// PC are used up.
pub fn next(c: &Connection, series: Series<'_>, ahead: u64) -> Result<Option<u64>, StoreError> {
    if !is_known_to_a_portal(c, series.unit)? {
        return Ok(Some(counter(c, series)?.saturating_add(ahead)));
    }
    let mut ahead = ahead;
    for (next, last) in open_blocks(c, series)? {
        let left = last.saturating_sub(next).saturating_add(1);
        if ahead < left {
            return Ok(Some(next.saturating_add(ahead)));
        }
        ahead = ahead.saturating_sub(left);
    }
    Ok(None)
}

/// Takes the next number of a series.
pub fn take(tx: &Transaction<'_>, series: Series<'_>) -> Result<Option<u64>, StoreError> {
    let Some(number) = next(tx, series, 0)? else {
        return Ok(None);
    };
    let after = number.saturating_add(1);
    if !is_known_to_a_portal(tx, series.unit)? {
        start_at(tx, series, after)?;
        return Ok(Some(number));
    }
    tx.prepare_cached(
        "UPDATE number_block SET next = ?4
         WHERE unit_id = ?1 AND year = ?2 AND series = ?3 AND owner = 'own' AND next = ?5
           AND last >= ?5 AND first > 0",
    )?
    .execute(params![
        series.unit.to_string(),
        series.year,
        series.name,
        sql::signed(after),
        sql::signed(number),
    ])?;
    Ok(Some(number))
}

/// How many numbers this PC may still give; `None`: it counts by itself, no portal knows it yet.
pub fn left(c: &Connection, series: Series<'_>) -> Result<Option<u64>, StoreError> {
    if !is_known_to_a_portal(c, series.unit)? {
        return Ok(None);
    }
    let blocks = open_blocks(c, series)?.into_iter();
    let left = blocks.map(|(next, last)| last.saturating_sub(next).saturating_add(1));
    Ok(Some(left.fold(0, u64::saturating_add)))
}

/// Sets where the counter of a PC no portal knows goes on, e.g. at the start of a block.
pub fn start_at(tx: &Transaction<'_>, series: Series<'_>, n: u64) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO doc_number (unit_id, year, series, next) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (unit_id, year, series) DO UPDATE SET next = excluded.next",
    )?
    .execute(params![
        series.unit.to_string(),
        series.year,
        series.name,
        sql::signed(n)
    ])?;
    Ok(())
}

/// The portal told by enrolling this PC whose the connection file's block is. What was counted from
/// it so far stays given.
pub fn settle_first(
    tx: &Transaction<'_>,
    series: Series<'_>,
    block: Span,
    owner: Owner,
) -> Result<(), StoreError> {
    let counted = counter(tx, series)?;
    let next = counted.clamp(block.first, block.last.saturating_add(1));
    tx.prepare_cached(
        "INSERT INTO number_block (unit_id, year, series, key, owner, first, last, next)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
    )?
    .execute(params![
        series.unit.to_string(),
        series.year,
        series.name,
        CONNECTION,
        owner.word(),
        sql::signed(block.first),
        sql::signed(block.last),
        sql::signed(next),
    ])?;
    Ok(())
}

/// The key to ask the portal for a block by: that of a question without an answer, or `new`, which
/// is kept before anything is asked.
pub fn wish(tx: &Transaction<'_>, series: Series<'_>, new: Uuid) -> Result<Uuid, StoreError> {
    let waiting: Option<String> = tx
        .prepare_cached(
            "SELECT key FROM number_block
             WHERE unit_id = ?1 AND year = ?2 AND series = ?3 AND first = 0",
        )?
        .query_row(
            params![series.unit.to_string(), series.year, series.name],
            |r| r.get(0),
        )
        .optional()?;
    if let Some(key) = waiting.and_then(|key| key.parse().ok()) {
        return Ok(key);
    }
    tx.prepare_cached(
        "INSERT INTO number_block (unit_id, year, series, key) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![
        series.unit.to_string(),
        series.year,
        series.name,
        new.to_string()
    ])?;
    Ok(new)
}

/// Keeps the block the portal gave for a wish. One that meets another kept here is refused: a
/// portal that was set back gives numbers a second time.
pub fn give(
    tx: &Transaction<'_>,
    series: Series<'_>,
    key: Uuid,
    block: Span,
) -> Result<Given, StoreError> {
    let key = key.to_string();
    let meets: bool = tx
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM number_block
             WHERE unit_id = ?1 AND year = ?2 AND series = ?3 AND key <> ?4 AND first > 0
               AND first <= ?6 AND last >= ?5)",
        )?
        .query_row(
            params![
                series.unit.to_string(),
                series.year,
                series.name,
                key,
                sql::signed(block.first),
                sql::signed(block.last),
            ],
            |r| r.get(0),
        )?;
    if meets || block.first == 0 || block.last < block.first {
        return Ok(Given::Refused);
    }
    tx.prepare_cached(
        "UPDATE number_block SET first = ?5, last = ?6, next = ?5
         WHERE unit_id = ?1 AND year = ?2 AND series = ?3 AND key = ?4 AND first = 0",
    )?
    .execute(params![
        series.unit.to_string(),
        series.year,
        series.name,
        key,
        sql::signed(block.first),
        sql::signed(block.last),
    ])?;
    Ok(Given::Kept)
}

/// What became of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Given {
    Kept,
    /// It meets numbers given before, or is none.
    Refused,
}

/// After a restore: the blocks are those of the PC before, which may have given more of them since.
pub fn forget_blocks(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute("DELETE FROM number_block WHERE owner = 'own'", [])?;
    Ok(())
}

/// Whether a number belongs to the block of another PC of the unit.
pub fn is_of_another(c: &Connection, series: Series<'_>, n: u64) -> Result<bool, StoreError> {
    let found = c
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM number_block
             WHERE unit_id = ?1 AND year = ?2 AND series = ?3 AND owner = 'other'
               AND first <= ?4 AND last >= ?4)",
        )?
        .query_row(
            params![
                series.unit.to_string(),
                series.year,
                series.name,
                sql::signed(n)
            ],
            |r| r.get(0),
        )?;
    Ok(found)
}

/// Whether a portal ever enrolled this store's PC, or the one before it.
fn is_known_to_a_portal(c: &Connection, unit: UnitId) -> Result<bool, StoreError> {
    let known = c
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM device WHERE unit_id = ?1 AND enrolled_at <> '')",
        )?
        .query_row([unit.to_string()], |r| r.get(0))?;
    Ok(known)
}

fn counter(c: &Connection, series: Series<'_>) -> Result<u64, StoreError> {
    let n = c
        .prepare_cached(
            "SELECT next FROM doc_number WHERE unit_id = ?1 AND year = ?2 AND series = ?3",
        )?
        .query_row(
            params![series.unit.to_string(), series.year, series.name],
            |r| sql::unsigned(r, 0),
        )
        .optional()?;
    Ok(n.unwrap_or(1))
}

/// Next free number and last one of each block that is not used up, lowest first.
fn open_blocks(c: &Connection, series: Series<'_>) -> Result<Vec<(u64, u64)>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT next, last FROM number_block
         WHERE unit_id = ?1 AND year = ?2 AND series = ?3 AND owner = 'own' AND first > 0
           AND next <= last ORDER BY first",
    )?;
    let rows = statement.query_map(
        params![series.unit.to_string(), series.year, series.name],
        |r| Ok((sql::unsigned(r, 0)?, sql::unsigned(r, 1)?)),
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
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
