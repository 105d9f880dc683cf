//! Signatures of a revision, step by step, append-only. Verifies none: what comes here was verified.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, params};

use hoso_domain::digest::Digest;
use hoso_domain::entry::Entry;
use hoso_domain::id::{DossierId, PersonId};
use hoso_domain::life::LocalState;
use hoso_domain::party::Role;

use crate::audit::Params;
use crate::dossiers;
use crate::error::StoreError;
use crate::life::{self, Move};
use crate::{By, revisions, sql};

/// One signature step. Manifest and `.p7s` lie in [`crate::Files`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// From 1.
    pub step: u8,
    pub role: Role,
    pub manifest: Digest,
    pub manifest_size: u64,
    pub p7s: Digest,
    pub p7s_size: u64,
    /// SHA-256 over the *SignatureValue*: what the commit digest covers.
    pub signature_value: Digest,
    pub person: PersonId,
    /// The certificate's holder (CN).
    pub holder: String,
    /// SHA-256 over the DER certificate.
    pub certificate: Digest,
    pub signed_at: DateTime<Utc>,
    /// `not-checked` when signed offline.
    pub revocation: String,
}

/// Stores a signature of the current revision, the approval record it covers, and moves on to
/// `next` (the following step, or queued after the last); audit row `signed`.
pub fn add(
    tx: &Transaction<'_>,
    id: DossierId,
    signature: &Signature,
    approval: Option<&Entry>,
    next: LocalState,
    by: By,
) -> Result<(), StoreError> {
    let dossier = dossiers::get(tx, id)?;
    if let Some(entry) = approval {
        revisions::add_entry(tx, &dossier, entry)?;
    }
    let step = Move {
        dossier: id,
        expected: LocalState::Awaiting {
            step: signature.step,
        },
        next,
        act: "signed",
        params: Params::from([
            ("step".to_owned(), signature.step.to_string()),
            ("holder".to_owned(), signature.holder.clone()),
            ("certificate".to_owned(), signature.certificate.hex()),
            ("manifest".to_owned(), signature.manifest.hex()),
        ]),
    };
    life::shift(tx, &step, by)?;
    tx.prepare_cached(
        "INSERT INTO signature
             (dossier_id, revision, step, unit_id, role, manifest_sha256, manifest_size, p7s_sha256,
              p7s_size, signature_value_sha256, person_id, holder, certificate_sha256, signed_at,
              revocation)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?
    .execute(params![
        id.to_string(),
        dossier.revision,
        signature.step,
        dossier.unit.to_string(),
        sql::word(&signature.role)?,
        signature.manifest.hex(),
        sql::signed(signature.manifest_size),
        signature.p7s.hex(),
        sql::signed(signature.p7s_size),
        signature.signature_value.hex(),
        signature.person.to_string(),
        signature.holder,
        signature.certificate.hex(),
        sql::instant(signature.signed_at),
        signature.revocation,
    ])?;
    Ok(())
}

/// The signatures of a revision in step order.
pub fn of_revision(
    c: &Connection,
    id: DossierId,
    revision: u32,
) -> Result<Vec<Signature>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT step, role, manifest_sha256, manifest_size, p7s_sha256, p7s_size,
                signature_value_sha256, person_id, holder, certificate_sha256, signed_at, revocation
         FROM signature WHERE dossier_id = ?1 AND revision = ?2 ORDER BY step",
    )?;
    let rows = statement.query_map(params![id.to_string(), revision], |r| {
        Ok(Signature {
            step: r.get(0)?,
            role: sql::from_word(r, 1)?,
            manifest: sql::digest(r, 2)?,
            manifest_size: sql::unsigned(r, 3)?,
            p7s: sql::digest(r, 4)?,
            p7s_size: sql::unsigned(r, 5)?,
            signature_value: sql::digest(r, 6)?,
            person: sql::parsed(r, 7)?,
            holder: r.get(8)?,
            certificate: sql::digest(r, 9)?,
            signed_at: sql::parsed(r, 10)?,
            revocation: r.get(11)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The revisions of a dossier that anybody signed, oldest first.
pub fn revisions(c: &Connection, id: DossierId) -> Result<Vec<u32>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT DISTINCT revision FROM signature WHERE dossier_id = ?1 ORDER BY revision",
    )?;
    let rows = statement.query_map([id.to_string()], |r| r.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
