//! Đơn vị kept on this PC. Deletes none: its dossiers are kept for ten years.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use hoso_domain::id::UnitId;
use hoso_domain::party::Unit;

use crate::error::StoreError;
use crate::sql;

/// Adds a unit or takes over its newest details.
pub fn put(tx: &Transaction<'_>, unit: &Unit, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO unit (unit_id, code, name, doc, changed_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (unit_id) DO UPDATE SET
             code = excluded.code, name = excluded.name, doc = excluded.doc,
             changed_at = excluded.changed_at",
    )?
    .execute(params![
        unit.id.to_string(),
        unit.code,
        unit.name,
        sql::to_json("unit", unit)?,
        sql::instant(at),
    ])?;
    Ok(())
}

/// All units, by code.
pub fn all(c: &Connection) -> Result<Vec<Unit>, StoreError> {
    let mut statement = c.prepare_cached("SELECT doc FROM unit ORDER BY code, unit_id")?;
    let rows = statement.query_map([], |r| sql::json(r, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn get(c: &Connection, id: UnitId) -> Result<Unit, StoreError> {
    c.prepare_cached("SELECT doc FROM unit WHERE unit_id = ?1")?
        .query_row([id.to_string()], |r| sql::json(r, 0))
        .optional()?
        .ok_or(StoreError::NotFound { what: "unit" })
}
