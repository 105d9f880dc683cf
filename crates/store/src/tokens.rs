//! Wrong PINs seen per token since its last success. Never holds a PIN.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::error::StoreError;
use crate::sql;

/// Counts one wrong try and answers how many there are now.
pub fn wrong_try(tx: &Transaction<'_>, serial: &str, at: DateTime<Utc>) -> Result<u32, StoreError> {
    tx.prepare_cached(
        "INSERT INTO token_tries (serial, wrong, last_at) VALUES (?1, 1, ?2)
         ON CONFLICT (serial) DO UPDATE SET wrong = wrong + 1, last_at = excluded.last_at",
    )?
    .execute(params![serial, sql::instant(at)])?;
    wrong_tries(tx, serial)
}

/// A login succeeded: the count starts again.
pub fn success(tx: &Transaction<'_>, serial: &str) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM token_tries WHERE serial = ?1")?
        .execute([serial])?;
    Ok(())
}

pub fn wrong_tries(c: &Connection, serial: &str) -> Result<u32, StoreError> {
    let n = c
        .prepare_cached("SELECT wrong FROM token_tries WHERE serial = ?1")?
        .query_row([serial], |r| r.get(0))
        .optional()?;
    Ok(n.unwrap_or(0))
}
