//! Documents that came back from the treasury, append-only. The bytes are in [`crate::Files`].

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use hoso_domain::digest::Digest;
use hoso_domain::id::{DossierId, ResultId};

use crate::error::StoreError;
use crate::sql;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResultDocument {
    pub id: ResultId,
    pub dossier: DossierId,
    pub name: String,
    /// Of the container as it was signed.
    pub sha256: Digest,
    pub size: u64,
    /// The portal's signature over the container was verified.
    pub verified: bool,
    pub pages: u32,
    pub received_at: DateTime<Utc>,
}

/// Keeps a document; `false` when the dossier has the same bytes already.
pub fn add(tx: &Transaction<'_>, document: &ResultDocument) -> Result<bool, StoreError> {
    let n = tx
        .prepare_cached(
            "INSERT INTO result_document
                 (id, dossier_id, unit_id, name, sha256, size, verified, pages, received_at)
             SELECT ?1, id, unit_id, ?3, ?4, ?5, ?6, ?7, ?8 FROM dossier WHERE id = ?2
             ON CONFLICT (dossier_id, sha256) DO NOTHING",
        )?
        .execute(params![
            document.id.to_string(),
            document.dossier.to_string(),
            document.name,
            document.sha256.hex(),
            sql::signed(document.size),
            document.verified,
            document.pages,
            sql::instant(document.received_at),
        ])?;
    Ok(n == 1)
}

/// [`add`], under the id the portal gave. Where that is another document's already (the same one signed
/// anew, or a portal that numbers them twice) both were given, and both stay: this one as `spare`.
pub fn add_told(
    tx: &Transaction<'_>,
    document: &ResultDocument,
    spare: ResultId,
) -> Result<bool, StoreError> {
    let id = match get(tx, document.id) {
        Ok(_) => spare,
        Err(StoreError::NotFound { .. }) => document.id,
        Err(error) => return Err(error),
    };
    let document = document.clone();
    add(tx, &ResultDocument { id, ..document })
}

/// A dossier's documents, oldest first.
pub fn of_dossier(c: &Connection, id: DossierId) -> Result<Vec<ResultDocument>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT id, dossier_id, name, sha256, size, verified, pages, received_at
         FROM result_document WHERE dossier_id = ?1 ORDER BY received_at, id",
    )?;
    let rows = statement.query_map([id.to_string()], row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn get(c: &Connection, id: ResultId) -> Result<ResultDocument, StoreError> {
    c.prepare_cached(
        "SELECT id, dossier_id, name, sha256, size, verified, pages, received_at
         FROM result_document WHERE id = ?1",
    )?
    .query_row([id.to_string()], row)
    .optional()?
    .ok_or(StoreError::NotFound {
        what: "result document",
    })
}

fn row(r: &Row<'_>) -> rusqlite::Result<ResultDocument> {
    Ok(ResultDocument {
        id: sql::parsed(r, 0)?,
        dossier: sql::parsed(r, 1)?,
        name: r.get(2)?,
        sha256: sql::digest(r, 3)?,
        size: sql::unsigned(r, 4)?,
        verified: r.get(5)?,
        pages: r.get(6)?,
        received_at: sql::parsed(r, 7)?,
    })
}
