//! What is derived from dossiers, by which edition of its rules. Knows no rule itself.

use rusqlite::{OptionalExtension, Transaction, params};

use crate::error::StoreError;

/// Makes `name` anew by `make` unless `edition` made it.
pub(crate) fn bring_up(
    tx: &Transaction<'_>,
    name: &str,
    edition: u32,
    make: impl FnOnce(&Transaction<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let known: Option<u32> = tx
        .prepare_cached("SELECT edition FROM derived WHERE unit_id = '' AND name = ?1")?
        .query_row([name], |r| r.get(0))
        .optional()?;
    if known == Some(edition) {
        return Ok(());
    }
    make(tx)?;
    tx.prepare_cached(
        "INSERT INTO derived (unit_id, name, edition) VALUES ('', ?1, ?2)
         ON CONFLICT (unit_id, name) DO UPDATE SET edition = excluded.edition",
    )?
    .execute(params![name, edition])?;
    Ok(())
}
