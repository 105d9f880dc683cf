//! What the pickers remember: payees and codes a unit has used. Suggestions only, never checks.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, params};

use hoso_domain::id::UnitId;
use hoso_domain::text::fold;

use crate::error::StoreError;
use crate::sql;

/// Đơn vị nhận tiền of an earlier dossier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payee {
    pub name: String,
    pub account: String,
    /// Field id → value, what choosing it fills in.
    pub fills: BTreeMap<String, String>,
}

/// Remembers a payee, or that it was used once more.
pub fn payee_used(
    tx: &Transaction<'_>,
    unit: UnitId,
    payee: &Payee,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    if payee.name.trim().is_empty() {
        return Ok(());
    }
    tx.prepare_cached(
        "INSERT INTO payee (unit_id, name, account, folded, fills, used_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (unit_id, name, account) DO UPDATE SET
             fills = excluded.fills, uses = uses + 1, used_at = excluded.used_at",
    )?
    .execute(params![
        unit.to_string(),
        payee.name,
        payee.account,
        format!("{} {}", fold(&payee.name), payee.account),
        sql::to_json("payee", &payee.fills)?,
        sql::instant(at),
    ])?;
    Ok(())
}

/// Payees whose name or account holds every word of `text`, most used first.
pub fn find_payees(
    c: &Connection,
    unit: UnitId,
    text: &str,
    limit: u32,
) -> Result<Vec<Payee>, StoreError> {
    let folded = fold(text);
    let words: Vec<&str> = folded.split_whitespace().collect();
    let mut statement = c.prepare_cached(
        "SELECT name, account, fills, folded FROM payee
         WHERE unit_id = ?1 ORDER BY uses DESC, used_at DESC",
    )?;
    let mut rows = statement.query([unit.to_string()])?;
    let mut out = Vec::new();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    while let Some(r) = rows.next()? {
        if out.len() >= limit {
            break;
        }
        let hay: String = r.get(3)?;
        if words.iter().all(|w| hay.contains(w)) {
            out.push(Payee {
                name: r.get(0)?,
                account: r.get(1)?,
                fills: sql::json(r, 2)?,
            });
        }
    }
    Ok(out)
}

/// Counts the use of a code.
pub fn code_used(
    tx: &Transaction<'_>,
    unit: UnitId,
    catalogue: &str,
    code: &str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO code_use (unit_id, catalogue, code, used_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (unit_id, catalogue, code) DO UPDATE SET
             uses = uses + 1, used_at = excluded.used_at",
    )?
    .execute(params![unit.to_string(), catalogue, code, sql::instant(at)])?;
    Ok(())
}

/// A unit's own codes of a catalogue, most used first: what goes on top of a picker.
pub fn codes(
    c: &Connection,
    unit: UnitId,
    catalogue: &str,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT code FROM code_use WHERE unit_id = ?1 AND catalogue = ?2
         ORDER BY uses DESC, used_at DESC, code LIMIT ?3",
    )?;
    let rows = statement.query_map(params![unit.to_string(), catalogue, limit], |r| r.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
