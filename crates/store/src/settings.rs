//! Named values of the PC or of one unit. Knows no key by name: the engine does.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use hoso_domain::id::UnitId;

use crate::error::StoreError;
use crate::sql;

fn scope(unit: Option<UnitId>) -> String {
    unit.map(|u| u.to_string()).unwrap_or_default()
}

/// Keeps a value as JSON; `unit` `None` for the PC.
pub fn put<T: Serialize + ?Sized>(
    tx: &Transaction<'_>,
    unit: Option<UnitId>,
    key: &str,
    value: &T,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO setting (unit_id, key, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (unit_id, key) DO UPDATE SET value = excluded.value",
    )?
    .execute(params![scope(unit), key, sql::to_json("setting", value)?])?;
    Ok(())
}

/// The value, `None` where nothing was kept.
pub fn get<T: DeserializeOwned>(
    c: &Connection,
    unit: Option<UnitId>,
    key: &str,
) -> Result<Option<T>, StoreError> {
    let text: Option<String> = c
        .prepare_cached("SELECT value FROM setting WHERE unit_id = ?1 AND key = ?2")?
        .query_row(params![scope(unit), key], |r| r.get(0))
        .optional()?;
    text.map(|t| serde_json::from_str(&t))
        .transpose()
        .map_err(StoreError::content("setting"))
}
