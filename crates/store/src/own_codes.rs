//! Mã do đơn vị thêm. Judges nothing: `OwnCode::check` does.

use rusqlite::{Connection, Transaction, params};

use hoso_domain::catalogue::OwnCode;
use hoso_domain::id::UnitId;

use crate::audit::{self, Act, Params};
use crate::error::StoreError;
use crate::{By, sql};

/// How many codes an audit row names.
const NAMED: usize = 10;

/// Keeps codes of one act, each new or in its newer state; audit row `codes-added` that names them.
pub fn put(
    tx: &Transaction<'_>,
    unit: UnitId,
    codes: &[OwnCode],
    by: By,
) -> Result<(), StoreError> {
    for code in codes {
        tx.prepare_cached(
            "INSERT INTO own_code
                 (unit_id, catalogue, code, valid_from, valid_to, name, replaces, source, added_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (unit_id, catalogue, code, valid_from) DO UPDATE SET
                 valid_to = excluded.valid_to, name = excluded.name, replaces = excluded.replaces,
                 source = excluded.source, added_at = excluded.added_at",
        )?
        .execute(params![
            unit.to_string(),
            code.catalogue,
            code.code,
            code.valid_from.to_string(),
            code.valid_to.map(|d| d.to_string()).unwrap_or_default(),
            code.name,
            code.replaces,
            code.source,
            sql::instant(by.at),
        ])?;
    }
    let mut named: Vec<String> = codes
        .iter()
        .take(NAMED)
        .map(|c| format!("{} {}", c.catalogue, c.code))
        .collect();
    if codes.len() > NAMED {
        named.push("…".to_owned());
    }
    let act = Act {
        unit: Some(unit),
        act: "codes-added",
        dossier: None,
        params: Params::from([
            ("count".to_owned(), codes.len().to_string()),
            ("number".to_owned(), named.join(", ")),
        ]),
    };
    audit::append(tx, &act, by)?;
    Ok(())
}

/// The unit's own codes of every list.
pub fn all(c: &Connection, unit: UnitId) -> Result<Vec<OwnCode>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT catalogue, code, name, replaces, valid_from, valid_to, source FROM own_code
         WHERE unit_id = ?1 ORDER BY catalogue, code, valid_from",
    )?;
    let rows = statement.query_map([unit.to_string()], |r| {
        Ok(OwnCode {
            catalogue: r.get(0)?,
            code: r.get(1)?,
            name: r.get(2)?,
            replaces: r.get(3)?,
            valid_from: sql::parsed(r, 4)?,
            valid_to: sql::parsed_or_blank(r, 5)?,
            source: r.get(6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
