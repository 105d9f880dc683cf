//! Uploads under way, so that a cut one goes on where the server stood. Progress is only what the
//! server acknowledged.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use hoso_domain::digest::Digest;
use hoso_domain::id::UnitId;

use crate::error::StoreError;
use crate::sql;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Upload {
    pub unit: UnitId,
    pub sha256: Digest,
    pub length: u64,
    /// The tus resource.
    pub url: String,
    pub acknowledged: u64,
}

pub fn put(tx: &Transaction<'_>, upload: &Upload, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO upload (unit_id, sha256, length, url, acknowledged, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (unit_id, sha256) DO UPDATE SET
             length = excluded.length, url = excluded.url, acknowledged = excluded.acknowledged,
             changed_at = excluded.changed_at",
    )?
    .execute(params![
        upload.unit.to_string(),
        upload.sha256.hex(),
        sql::signed(upload.length),
        upload.url,
        sql::signed(upload.acknowledged),
        sql::instant(at),
    ])?;
    Ok(())
}

pub fn get(c: &Connection, unit: UnitId, sha256: &Digest) -> Result<Option<Upload>, StoreError> {
    let found = c
        .prepare_cached(
            "SELECT length, url, acknowledged FROM upload WHERE unit_id = ?1 AND sha256 = ?2",
        )?
        .query_row(params![unit.to_string(), sha256.hex()], |r| {
            Ok(Upload {
                unit,
                sha256: *sha256,
                length: sql::unsigned(r, 0)?,
                url: r.get(1)?,
                acknowledged: sql::unsigned(r, 2)?,
            })
        })
        .optional()?;
    Ok(found)
}

/// The server forgot it (404, 410): start anew.
pub fn remove(tx: &Transaction<'_>, unit: UnitId, sha256: &Digest) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM upload WHERE unit_id = ?1 AND sha256 = ?2")?
        .execute(params![unit.to_string(), sha256.hex()])?;
    Ok(())
}
