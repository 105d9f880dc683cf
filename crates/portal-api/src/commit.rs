//! The commit of a revision and the signed receipt that answers it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hoso_domain::digest::Digest;
use hoso_domain::entry::CommitContent;
use hoso_domain::id::{DossierId, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::shape;

/// Bytes that were uploaded before, named by what they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct BlobRef {
    #[schema(value_type = shape::Sha256)]
    pub sha256: Digest,
    pub size: u64,
}

impl BlobRef {
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            sha256: Digest::of(bytes),
            size: bytes.len() as u64,
        }
    }
}

/// One signature step: `ASiCManifestNNN.xml` and `signatureNNN.p7s`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignatureBlobs {
    pub manifest: BlobRef,
    pub p7s: BlobRef,
}

/// `PUT /v1/dossiers/{id}` (the first revision the portal sees, whatever its number) and
/// `PUT /v1/dossiers/{id}/revisions/{n}` (later ones, with `If-Match: "<version>"`).
///
/// 201 new · 200 the same digest again, with the identical receipt · 409 another digest, or
/// `given-up` ([`GivenUp`]) · 412 the treasury moved first · 422 `blobs-missing` with what is
/// still wanted, or a refusal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Commit {
    #[schema(value_type = Uuid)]
    pub unit: UnitId,
    /// From 1.
    pub revision: u32,
    /// Its digest is the revision's identity.
    #[schema(value_type = shape::CommitContent)]
    pub content: CommitContent,
    /// In step order, as many as `content.manifests`.
    pub signatures: Vec<SignatureBlobs>,
    /// Head of the device's audit chain when the revision was sent.
    #[schema(value_type = shape::Sha256)]
    pub audit_head: Digest,
}

/// `PUT /v1/dossiers/{id}/revisions/{n}/evidence/{k}`: the `.p7s` of step `k` (from 1) with timestamps
/// or revocation data made after it was sent, uploaded before. The commit digest stays as it is.
///
/// 201 new · 200 the same bytes again · 422 `signature-invalid` another SignatureValue.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    pub p7s: BlobRef,
}

/// One augmented signature as the portal keeps it; other bytes later are another version.
/// `GET …/evidence` lists a revision's, oldest first; `GET …/evidence/{k}` gives the newest bytes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct EvidenceVersion {
    /// From 1.
    pub step: u8,
    pub p7s: BlobRef,
    pub received_at: DateTime<Utc>,
}

/// What the portal signs when it has accepted a revision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    #[schema(value_type = Uuid)]
    pub id: DossierId,
    #[schema(value_type = Uuid)]
    pub unit: UnitId,
    pub revision: u32,
    /// [`CommitContent::digest`] of what was accepted.
    #[schema(value_type = shape::Sha256)]
    pub digest: Digest,
    pub received_at: DateTime<Utc>,
    /// Rises by one with each receipt of the portal.
    pub seq: u64,
    /// [`Commit::audit_head`] of the commit that was accepted; receipts of earlier portals have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Sha256>)]
    pub audit_head: Option<Digest>,
}

/// The receipt's exact bytes and the portal's detached CMS over them.
///
/// Nothing may say "đã gửi" before `p7s` verified over `receipt` under the connection file's
/// `receipt_ca` and id, revision and digest are those of the revision sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignedReceipt {
    /// JSON of [`Receipt`], exactly the bytes signed.
    pub receipt: String,
    /// Detached CAdES B-B, DER, base64.
    pub p7s: String,
}

/// Why a receipt cannot be read (not: why its signature fails).
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    #[error("the receipt is not the JSON of a receipt")]
    Malformed(#[source] serde_json::Error),
    #[error("the receipt's signature is not base64")]
    Signature,
}

impl SignedReceipt {
    /// What the receipt says; proves nothing.
    pub fn read(&self) -> Result<Receipt, ReceiptError> {
        serde_json::from_str(&self.receipt).map_err(ReceiptError::Malformed)
    }

    /// The `.p7s`, DER.
    pub fn p7s_der(&self) -> Result<Vec<u8>, ReceiptError> {
        STANDARD
            .decode(&self.p7s)
            .map_err(|_| ReceiptError::Signature)
    }
}

/// `GET /v1/dossiers/{id}`: the question asked when an outcome is unknown. 404 `dossier-unknown`:
/// nothing was accepted. A commit of the dossier that is being judged is decided first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DossierState {
    #[schema(value_type = Uuid)]
    pub dossier: DossierId,
    #[schema(value_type = Uuid)]
    pub unit: UnitId,
    /// Moves of the treasury so far; what `If-Match` must hold for the next revision.
    pub version: u64,
    /// As in [`crate::feed::DossierStatus::status`]; `submitted` before the first move.
    pub status: String,
    /// Every accepted revision, oldest first.
    pub revisions: Vec<RevisionState>,
}

/// `PUT /v1/dossiers/{id}/withdrawal`: the unit asks for a dossier back.
///
/// 201 asked now · 200 asked before · 409 `wrong-state` decided already, or declined before. The answer
/// is the [`DossierState`]; the treasury's word comes by the feed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Withdrawal {
    /// For the officer; not empty.
    pub reason: String,
}

/// `PUT /v1/dossiers/{id}/revisions/{n}/given-up`: the unit will not send this revision any more and
/// may hand it in on paper. A commit of it that arrives later is 409 `given-up`, for ever.
///
/// 201 given up now · 200 given up before · 409 `wrong-state` it was accepted: ask for the receipt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct GivenUp {
    #[schema(value_type = Uuid)]
    pub dossier: DossierId,
    pub revision: u32,
    pub given_up_at: DateTime<Utc>,
}

/// One accepted revision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RevisionState {
    pub revision: u32,
    #[schema(value_type = shape::Sha256)]
    pub digest: Digest,
    pub receipt: SignedReceipt,
}

/// `GET /v1/dossiers/{id}/entries`: what the last accepted revision was made of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DossierEntries {
    #[schema(value_type = Uuid)]
    pub dossier: DossierId,
    pub commit: Commit,
}

/// The `If-Match` and `ETag` value of a treasury version.
pub fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

/// Reads [`etag`].
pub fn version_of(etag: &str) -> Option<u64> {
    etag.trim()
        .strip_prefix('"')?
        .strip_suffix('"')?
        .parse()
        .ok()
}
