//! Tệp đính kèm in a dossier's two drawers. Holds names; the bytes are in [`crate::Files`].

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use hoso_domain::digest::Digest;
use hoso_domain::dossier::Drawer;
use hoso_domain::id::{AttachmentId, DossierId};
use hoso_domain::life::LocalState;

use crate::audit::{self, Act, Params};
use crate::dossiers::{self, Current};
use crate::error::StoreError;
use crate::{By, sql};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attachment {
    pub id: AttachmentId,
    pub dossier: DossierId,
    pub drawer: Drawer,
    /// NFC, unique in its drawer.
    pub name: String,
    pub sha256: Digest,
    pub size: u64,
}

/// Puts a file into a drawer; audit row `attached`. The bytes must be in [`crate::Files`] already.
///
/// The drawer "Gửi Kho bạc" takes files only while the revision is a draft. A name that is there
/// already is [`StoreError::Taken`].
pub fn add(tx: &Transaction<'_>, new: &Attachment, by: By) -> Result<(), StoreError> {
    let Current { dossier, revision } = dossiers::current(tx, new.dossier)?;
    open_drawer(new.drawer, revision.state)?;
    let taken: bool = tx
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM attachment
             WHERE dossier_id = ?1 AND drawer = ?2 AND name = ?3)",
        )?
        .query_row(
            params![new.dossier.to_string(), sql::word(&new.drawer)?, new.name],
            |r| r.get(0),
        )?;
    if taken {
        return Err(StoreError::Taken {
            what: "the file name",
        });
    }
    tx.prepare_cached(
        "INSERT INTO attachment
             (id, dossier_id, unit_id, drawer, name, sha256, size, added_at, added_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        new.id.to_string(),
        new.dossier.to_string(),
        dossier.unit.to_string(),
        sql::word(&new.drawer)?,
        new.name,
        new.sha256.hex(),
        sql::signed(new.size),
        sql::instant(by.at),
        by.person.to_string(),
    ])?;
    note(tx, "attached", &dossier, new, by)
}

/// Takes a file out of a drawer; audit row `detached`. Frozen entries keep their bytes.
pub fn remove(
    tx: &Transaction<'_>,
    dossier: DossierId,
    id: AttachmentId,
    by: By,
) -> Result<(), StoreError> {
    let Current { dossier, revision } = dossiers::current(tx, dossier)?;
    let attachment = all(tx, dossier.id)?
        .into_iter()
        .find(|a| a.id == id)
        .ok_or(StoreError::NotFound { what: "attachment" })?;
    open_drawer(attachment.drawer, revision.state)?;
    tx.prepare_cached("DELETE FROM attachment WHERE id = ?1")?
        .execute([id.to_string()])?;
    note(tx, "detached", &dossier, &attachment, by)
}

fn open_drawer(drawer: Drawer, state: LocalState) -> Result<(), StoreError> {
    match (drawer, state) {
        (Drawer::Unit, _) | (Drawer::Treasury, LocalState::Draft) => Ok(()),
        (Drawer::Treasury, found) => Err(StoreError::WrongState { found }),
    }
}

fn note(
    tx: &Transaction<'_>,
    act: &str,
    dossier: &dossiers::Dossier,
    attachment: &Attachment,
    by: By,
) -> Result<(), StoreError> {
    let params = Params::from([
        ("name".to_owned(), attachment.name.clone()),
        ("sha256".to_owned(), attachment.sha256.hex()),
    ]);
    let act = Act {
        unit: Some(dossier.unit),
        act,
        dossier: Some(dossier.id),
        params,
    };
    audit::append(tx, &act, by)?;
    Ok(())
}

/// The files of both drawers, in the order they came.
pub fn all(c: &Connection, dossier: DossierId) -> Result<Vec<Attachment>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT id, dossier_id, drawer, name, sha256, size FROM attachment
         WHERE dossier_id = ?1 ORDER BY added_at, id",
    )?;
    let rows = statement.query_map([dossier.to_string()], row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn get(c: &Connection, id: AttachmentId) -> Result<Attachment, StoreError> {
    c.prepare_cached(
        "SELECT id, dossier_id, drawer, name, sha256, size FROM attachment WHERE id = ?1",
    )?
    .query_row([id.to_string()], row)
    .optional()?
    .ok_or(StoreError::NotFound { what: "attachment" })
}

fn row(r: &Row<'_>) -> rusqlite::Result<Attachment> {
    Ok(Attachment {
        id: sql::parsed(r, 0)?,
        dossier: sql::parsed(r, 1)?,
        drawer: sql::from_word(r, 2)?,
        name: r.get(3)?,
        sha256: sql::digest(r, 4)?,
        size: sql::unsigned(r, 5)?,
    })
}
