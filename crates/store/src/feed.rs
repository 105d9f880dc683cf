//! The portal's feed: raw items, the cursor, balances. The cursor is written in the transaction of
//! the rows it stands for, never ahead of them. Interprets nothing.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use hoso_domain::id::UnitId;
use hoso_domain::money::Dong;

use crate::error::StoreError;
use crate::sql;

/// Số dư of an account as the treasury told it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Balance {
    pub account: String,
    pub name: String,
    /// The treasury's figure; what is usable is less by what is under way.
    pub figure: Dong,
    pub version: u64,
    pub at: DateTime<Utc>,
}

/// Keeps a raw item. `false` when it is there already: items may come twice.
pub fn keep(
    tx: &Transaction<'_>,
    unit: UnitId,
    key: &str,
    version: u64,
    body: &str,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let n = tx
        .prepare_cached(
            "INSERT INTO feed_item (unit_id, key, version, body, stored_at)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (unit_id, key, version) DO NOTHING",
        )?
        .execute(params![
            unit.to_string(),
            key,
            sql::signed(version),
            body,
            sql::instant(at)
        ])?;
    Ok(n == 1)
}

/// A raw item as it was kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    pub key: String,
    pub version: u64,
    pub body: String,
}

/// Every kept item whose key begins with `prefix`, the newest first.
pub fn kept(c: &Connection, unit: UnitId, prefix: &str) -> Result<Vec<Kept>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT key, version, body FROM feed_item
         WHERE unit_id = ?1 AND substr(key, 1, length(?2)) = ?2 ORDER BY version DESC, key",
    )?;
    let rows = statement.query_map([unit.to_string().as_str(), prefix], |r| {
        Ok(Kept {
            key: r.get(0)?,
            version: sql::unsigned(r, 1)?,
            body: r.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Moves the cursor; call it last in the transaction that stored the items.
pub fn set_cursor(
    tx: &Transaction<'_>,
    unit: UnitId,
    cursor: &str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO feed_cursor (unit_id, cursor, at) VALUES (?1, ?2, ?3)
         ON CONFLICT (unit_id) DO UPDATE SET cursor = excluded.cursor, at = excluded.at",
    )?
    .execute(params![unit.to_string(), cursor, sql::instant(at)])?;
    Ok(())
}

/// The cursor and when the feed was last read through; `None` before the first time.
pub fn cursor(c: &Connection, unit: UnitId) -> Result<Option<(String, DateTime<Utc>)>, StoreError> {
    let found = c
        .prepare_cached("SELECT cursor, at FROM feed_cursor WHERE unit_id = ?1")?
        .query_row([unit.to_string()], |r| Ok((r.get(0)?, sql::parsed(r, 1)?)))
        .optional()?;
    Ok(found)
}

/// Takes over a balance; an older version changes nothing.
pub fn put_balance(
    tx: &Transaction<'_>,
    unit: UnitId,
    balance: &Balance,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO balance (unit_id, account, name, figure, version, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (unit_id, account) DO UPDATE SET
             name = excluded.name, figure = excluded.figure, version = excluded.version,
             at = excluded.at
         WHERE excluded.version > version",
    )?
    .execute(params![
        unit.to_string(),
        balance.account,
        balance.name,
        balance.figure.get(),
        sql::signed(balance.version),
        sql::instant(balance.at),
    ])?;
    Ok(())
}

pub fn balances(c: &Connection, unit: UnitId) -> Result<Vec<Balance>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT account, name, figure, version, at FROM balance WHERE unit_id = ?1
         ORDER BY account",
    )?;
    let rows = statement.query_map([unit.to_string()], |r| {
        Ok(Balance {
            account: r.get(0)?,
            name: r.get(1)?,
            figure: sql::dong(r, 2)?,
            version: sql::unsigned(r, 3)?,
            at: sql::parsed(r, 4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Dự toán of one line as the treasury told it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ToldEstimate {
    pub year: i32,
    pub source: String,
    pub sector: String,
    /// `00000` for none.
    pub programme: String,
    pub given: Dong,
    pub used: Dong,
    pub version: u64,
    pub at: DateTime<Utc>,
}

/// Takes over the figures of a line; an older version changes nothing.
pub fn put_estimate(
    tx: &Transaction<'_>,
    unit: UnitId,
    told: &ToldEstimate,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO told_estimate
             (unit_id, year, source, sector, programme, given, used, version, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (unit_id, year, source, sector, programme) DO UPDATE SET
             given = excluded.given, used = excluded.used, version = excluded.version,
             at = excluded.at
         WHERE excluded.version > version",
    )?
    .execute(params![
        unit.to_string(),
        told.year,
        told.source,
        told.sector,
        told.programme,
        told.given.get(),
        told.used.get(),
        sql::signed(told.version),
        sql::instant(told.at),
    ])?;
    Ok(())
}

/// What the treasury told of a year's estimate, line by line.
pub fn estimates(c: &Connection, unit: UnitId, year: i32) -> Result<Vec<ToldEstimate>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT source, sector, programme, given, used, version, at FROM told_estimate
         WHERE unit_id = ?1 AND year = ?2 ORDER BY source, sector, programme",
    )?;
    let rows = statement.query_map(params![unit.to_string(), year], |r| {
        Ok(ToldEstimate {
            year,
            source: r.get(0)?,
            sector: r.get(1)?,
            programme: r.get(2)?,
            given: sql::dong(r, 3)?,
            used: sql::dong(r, 4)?,
            version: sql::unsigned(r, 5)?,
            at: sql::parsed(r, 6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
