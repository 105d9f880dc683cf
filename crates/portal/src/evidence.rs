//! Evidence: timestamps and revocation data added to a signature after its revision was accepted.
//!
//! It refuses another signature than the one committed, and forgets nothing it took.

use hoso_domain::digest::Digest;
use hoso_domain::id::{DossierId, UnitId};
use hoso_portal_api::commit::{Commit, EvidenceVersion};
use hoso_portal_api::problem::Kind;
use hoso_portal_api::{BlobRef, SignatureBlobs};
use rusqlite::{OptionalExtension as _, Transaction};

use crate::device::Device;
use crate::fault::Fault;
use crate::portal::Portal;
use crate::standing::standing;
use crate::{db, judge};

/// Most versions of one signature: each archive timestamp makes one, every few years.
const MAX_VERSIONS: usize = 50;

/// One signature of an accepted revision.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) dossier: DossierId,
    pub(crate) revision: u32,
    /// From 1.
    pub(crate) step: u8,
}

/// Takes the augmented signature of a place; `true`: it is new.
pub(crate) async fn add(
    portal: &Portal,
    device: Device,
    at: Place,
    p7s: BlobRef,
) -> Result<(EvidenceVersion, bool), Fault> {
    let now = portal.now();
    let (known, signed) = portal
        .0
        .db
        .call(move |tx| {
            let signed = signed(tx, device.unit, at)?;
            let versions = versions(tx, at.dossier, at.revision)?;
            let here = versions.iter().filter(|v| v.step == at.step);
            if let Some(known) = here.clone().find(|v| v.p7s == p7s) {
                return Ok((Some(known.clone()), signed));
            }
            if here.count() >= MAX_VERSIONS {
                return Err(Fault::new(Kind::TooLarge, "too many versions"));
            }
            match judge::uploaded(tx, device.unit, p7s)? {
                true => Ok((None, signed)),
                false => Err(Fault::new(Kind::BlobsMissing, "upload it first")
                    .with(|p| p.missing = vec![p7s.sha256])),
            }
        })
        .await?;
    if let Some(known) = known {
        return Ok((known, false));
    }
    let shared = portal.clone();
    tokio::task::spawn_blocking(move || same_signature(&shared, signed, p7s))
        .await
        .map_err(|e| Fault::internal("a judging task failed", e))??;
    portal
        .0
        .db
        .call(move |tx| {
            let inserted = tx.execute(
                "INSERT INTO evidence
                     (dossier_id, revision, step, sha256, size, device_id, received_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (dossier_id, revision, step, sha256) DO NOTHING",
                (
                    at.dossier.to_string(),
                    at.revision,
                    at.step,
                    p7s.sha256.hex(),
                    p7s.size,
                    device.id.to_string(),
                    db::stamp(now),
                ),
            )?;
            let version = EvidenceVersion {
                step: at.step,
                p7s,
                received_at: now,
            };
            Ok((version, inserted == 1))
        })
        .await
}

/// What was committed at a place.
#[derive(Clone, Copy)]
struct Signed {
    blobs: SignatureBlobs,
    /// SHA-256 of the SignatureValue.
    value: Digest,
}

fn signed(tx: &Transaction<'_>, unit: UnitId, at: Place) -> Result<Signed, Fault> {
    let commit = committed(tx, unit, at.dossier, at.revision)?;
    let index = usize::from(at.step).checked_sub(1);
    let blobs = index.and_then(|i| commit.signatures.get(i).copied());
    let value = index.and_then(|i| commit.content.signatures.get(i).copied());
    match (blobs, value) {
        (Some(blobs), Some(value)) => Ok(Signed { blobs, value }),
        _ => Err(Fault::new(Kind::NotFound, "no such signature")),
    }
}

/// The unit's accepted revision.
pub(crate) fn committed(
    tx: &Transaction<'_>,
    unit: UnitId,
    dossier: DossierId,
    revision: u32,
) -> Result<Commit, Fault> {
    let at = standing(tx, dossier)?.ok_or_else(|| Fault::new(Kind::DossierUnknown, ""))?;
    if at.unit != unit {
        return Err(Fault::new(Kind::Forbidden, ""));
    }
    let body: Option<String> = tx
        .query_row(
            "SELECT body FROM revision WHERE dossier_id = ?1 AND revision = ?2",
            (dossier.to_string(), revision),
            |r| r.get(0),
        )
        .optional()?;
    db::json(&body.ok_or_else(|| Fault::new(Kind::NotFound, "no such revision"))?)
}

/// The new bytes hold the committed signature over the committed manifest, and nothing else signed.
fn same_signature(portal: &Portal, signed: Signed, p7s: BlobRef) -> Result<(), Fault> {
    let invalid = |e: hoso_proof::ProofError| {
        Fault::new(Kind::SignatureInvalid, format!("{}: {e}", e.code()))
    };
    let bytes = portal.0.blobs.read(p7s.sha256)?;
    let value = hoso_proof::signature_value(&bytes).map_err(invalid)?;
    if Digest::of(&value) != signed.value {
        let what = "it is not the signature that was committed";
        return Err(Fault::new(Kind::SignatureInvalid, what));
    }
    let manifest = portal.0.blobs.read(signed.blobs.manifest.sha256)?;
    hoso_proof::verify_cms(&manifest, &bytes, &portal.0.signers).map_err(invalid)?;
    // whose authority is unknown here may be known elsewhere; a wrong one is no evidence anywhere
    hoso_proof::timestamp::timestamp(&bytes, &portal.0.signers)
        .map_err(|e| Fault::new(Kind::SignatureInvalid, format!("{}: {e}", e.code())))?;
    Ok(())
}

/// Everything added to a revision, oldest first.
pub(crate) fn versions(
    tx: &Transaction<'_>,
    dossier: DossierId,
    revision: u32,
) -> Result<Vec<EvidenceVersion>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT step, sha256, size, received_at FROM evidence
         WHERE dossier_id = ?1 AND revision = ?2 ORDER BY evidence_id",
    )?;
    let rows = statement.query_map((dossier.to_string(), revision), |r| {
        Ok((
            r.get(0)?,
            r.get::<_, String>(1)?,
            r.get(2)?,
            r.get::<_, String>(3)?,
        ))
    })?;
    let mut out = Vec::new();
    for row in rows {
        let (step, sha256, size, received) = row?;
        out.push(EvidenceVersion {
            step,
            p7s: BlobRef {
                sha256: db::digest(&sha256)?,
                size,
            },
            received_at: db::time(&received)?,
        });
    }
    Ok(out)
}

/// Whether bytes were added to any revision of a dossier.
pub(crate) fn holds(
    tx: &Transaction<'_>,
    dossier: DossierId,
    sha256: Digest,
) -> Result<bool, Fault> {
    Ok(tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM evidence WHERE dossier_id = ?1 AND sha256 = ?2)",
        (dossier.to_string(), sha256.hex()),
        |r| r.get(0),
    )?)
}
