//! The portal's signed receipts, append-only: what stands behind "Đã gửi". Verifies none: what comes
//! here was verified.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use hoso_domain::digest::Digest;
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;

use crate::audit::Params;
use crate::dossiers::{self, Current};
use crate::error::StoreError;
use crate::life::{self, Move};
use crate::{By, outbox, sql};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    pub dossier: DossierId,
    pub revision: u32,
    /// The signed receipt exactly as it was verified.
    pub bytes: Vec<u8>,
    pub digest: Digest,
    pub received_at: DateTime<Utc>,
    /// The portal's sequence number.
    pub seq: u64,
    /// The receipt certificate's holder.
    pub signer: String,
}

/// Stores a verified receipt, ends the outbox row and moves the revision to sent; audit row
/// `receipt`. The current revision and its queued digest must be the receipt's
/// ([`StoreError::NotFound`] otherwise). A revision that stands as sent with the same digest is
/// left as it is.
pub fn accept(tx: &Transaction<'_>, receipt: &Receipt, by: By) -> Result<(), StoreError> {
    let Current { dossier, revision } = dossiers::current(tx, receipt.dossier)?;
    if revision.state == LocalState::Sent {
        let known = of_revision(tx, receipt.dossier, receipt.revision)?;
        if known.is_some_and(|k| k.digest == receipt.digest) {
            return Ok(());
        }
    }
    let row = outbox::get(tx, receipt.dossier)?
        .filter(|r| r.digest == receipt.digest && r.revision == receipt.revision);
    if row.is_none() || dossier.revision != receipt.revision {
        return Err(StoreError::NotFound {
            what: "outbox row of this receipt",
        });
    }
    tx.prepare_cached(
        "INSERT INTO receipt
             (dossier_id, revision, unit_id, bytes, digest, received_at, seq, signer, stored_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        receipt.dossier.to_string(),
        receipt.revision,
        dossier.unit.to_string(),
        receipt.bytes,
        receipt.digest.hex(),
        sql::instant(receipt.received_at),
        sql::signed(receipt.seq),
        receipt.signer,
        sql::instant(by.at),
    ])?;
    let step = Move {
        dossier: receipt.dossier,
        expected: revision.state,
        next: LocalState::Sent,
        act: "receipt",
        params: Params::from([
            ("digest".to_owned(), receipt.digest.hex()),
            ("seq".to_owned(), receipt.seq.to_string()),
        ]),
    };
    life::shift(tx, &step, by)?;
    outbox::remove(tx, receipt.dossier)
}

pub fn of_revision(
    c: &Connection,
    id: DossierId,
    revision: u32,
) -> Result<Option<Receipt>, StoreError> {
    let found = c
        .prepare_cached(
            "SELECT bytes, digest, received_at, seq, signer FROM receipt
             WHERE dossier_id = ?1 AND revision = ?2",
        )?
        .query_row(params![id.to_string(), revision], |r| {
            Ok(Receipt {
                dossier: id,
                revision,
                bytes: r.get(0)?,
                digest: sql::digest(r, 1)?,
                received_at: sql::parsed(r, 2)?,
                seq: sql::unsigned(r, 3)?,
                signer: r.get(4)?,
            })
        })
        .optional()?;
    Ok(found)
}

/// When the last receipt of a unit came in.
pub fn last(
    c: &Connection,
    unit: hoso_domain::id::UnitId,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let at = c
        .prepare_cached("SELECT coalesce(max(received_at), '') FROM receipt WHERE unit_id = ?1")?
        .query_row([unit.to_string()], |r| sql::parsed_or_blank(r, 0))?;
    Ok(at)
}
