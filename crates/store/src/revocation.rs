//! The newest revocation list of each address, as the courier brought and verified it. Its bytes lie in
//! [`crate::Files`]; whom it is of stands in it.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, params};

use hoso_domain::digest::Digest;
use hoso_domain::id::UnitId;

use crate::error::StoreError;
use crate::sql;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct List {
    pub url: String,
    /// To ask with; may be empty.
    pub etag: String,
    pub sha256: Digest,
    pub size: u64,
    pub issued_at: DateTime<Utc>,
    /// When the next one is promised.
    pub next_at: Option<DateTime<Utc>>,
    /// When its address last answered.
    pub asked_at: DateTime<Utc>,
}

/// Keeps a list in place of an earlier one from the same address.
pub fn put(tx: &Transaction<'_>, unit: UnitId, list: &List) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO revocation_list
             (unit_id, url, etag, sha256, size, issued_at, next_at, asked_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (unit_id, url) DO UPDATE SET
             etag = excluded.etag, sha256 = excluded.sha256, size = excluded.size,
             issued_at = excluded.issued_at, next_at = excluded.next_at,
             asked_at = excluded.asked_at",
    )?
    .execute(params![
        unit.to_string(),
        list.url,
        list.etag,
        list.sha256.hex(),
        sql::signed(list.size),
        sql::instant(list.issued_at),
        sql::instant_or_blank(list.next_at),
        sql::instant(list.asked_at),
    ])?;
    Ok(())
}

/// All lists kept for a unit.
pub fn all(c: &Connection, unit: UnitId) -> Result<Vec<List>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT url, etag, sha256, size, issued_at, next_at, asked_at FROM revocation_list
         WHERE unit_id = ?1 ORDER BY url",
    )?;
    let rows = statement.query_map([unit.to_string()], |r| {
        Ok(List {
            url: r.get(0)?,
            etag: r.get(1)?,
            sha256: sql::digest(r, 2)?,
            size: sql::unsigned(r, 3)?,
            issued_at: sql::parsed(r, 4)?,
            next_at: sql::parsed_or_blank(r, 5)?,
            asked_at: sql::parsed(r, 6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
