//! The officer's side of the portal: JSON below `/officer/v1`, used by training scripts and by an
//! adapter of a treasury's own system. The console is a view of the same moves.

use chrono::{DateTime, NaiveDate, Utc};
use hoso_domain::digest::Digest;
use hoso_domain::entry::Entry;
use hoso_domain::id::{DeviceId, DossierId, UnitId};
use hoso_domain::money::Dong;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::shape;

use crate::commit::{EvidenceVersion, Receipt, SignedReceipt};
use crate::feed::{Document, Remark};

/// `POST` [`Login`].
pub const LOGIN: &str = "/officer/v1/login";
/// `GET`: `Vec<DossierSummary>`, newest first.
pub const DOSSIERS: &str = "/officer/v1/dossiers";
/// `POST` [`SetBalance`]: a feed item for the unit.
pub const BALANCES: &str = "/officer/v1/balances";
/// `POST` [`SendNotice`]: a feed item for the unit; answers the [`crate::Notice`].
pub const NOTICES: &str = "/officer/v1/notices";
/// `POST` [`SendMovement`]: a feed item for the unit; answers the [`crate::feed::Movement`].
pub const MOVEMENTS: &str = "/officer/v1/movements";
/// `POST` [`SetEstimate`]: a feed item for the unit.
pub const ESTIMATES: &str = "/officer/v1/estimates";
/// `GET`: `Vec<DeviceFile>`.
pub const DEVICES: &str = "/officer/v1/devices";

/// `GET`: `Vec<CertificateFile>`, those that wait first.
pub const CERTIFICATES: &str = "/officer/v1/certificates";

/// `POST` [`Decision`]: `register` or `decline`; answers the [`crate::certificate::CertificateFile`].
pub fn certificate(unit: UnitId, sha256: Digest, act: &str) -> String {
    format!("{CERTIFICATES}/{unit}/{sha256}/{act}")
}

/// On an announced certificate.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// Why, where it is declined: the unit reads it.
    #[serde(default)]
    pub text: String,
}

/// `GET`: [`DossierFile`].
pub fn dossier(id: DossierId) -> String {
    format!("{DOSSIERS}/{id}")
}

/// `POST` [`Act`]: `receive`, `check`, `supplement`, `refuse`, `complete`, `money-returned`,
/// `accept-withdrawal`, `decline-withdrawal`; answers the [`DossierFile`] after the move.
pub fn act(id: DossierId, act: &str) -> String {
    format!("{DOSSIERS}/{id}/{act}")
}

/// `POST`: thu hồi máy; answers the [`DeviceFile`].
pub fn revoke(id: DeviceId) -> String {
    format!("{DEVICES}/{id}/revoke")
}

/// `POST`, training portals only: [`DeviceToken`], for clients that cannot make proofs.
pub fn token(id: DeviceId) -> String {
    format!("{DEVICES}/{id}/token")
}

/// Stands for the device's proof as `Authorization: Bearer <token>`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct DeviceToken {
    pub token: String,
}

/// `GET`, `PUT` [`Service`]: whether devices are served.
pub const SERVICE: &str = "/officer/v1/service";

/// Not serving (tạm ngừng phục vụ): every device hears `busy`; officers go on working.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Service {
    pub serving: bool,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Login {
    pub name: String,
    pub password: String,
}

/// Sent as `Authorization: Bearer <token>` from then on.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct LoggedIn {
    pub token: String,
    pub expires: DateTime<Utc>,
}

/// The body of a move. Which parts are needed depends on the move.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Act {
    /// The request or the reason; needed by `supplement`, `refuse`, `money-returned` and
    /// `decline-withdrawal`.
    pub text: String,
    pub remarks: Vec<Remark>,
    /// `receive`: when the result is to be expected.
    pub appointment: Option<DateTime<Utc>>,
    /// The version the officer looked at; another is `overtaken`. `None`: whatever it is.
    pub version: Option<u64>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SetBalance {
    #[schema(value_type = Uuid)]
    pub unit: UnitId,
    pub account: String,
    #[schema(value_type = i64)]
    pub figure: Dong,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SendMovement {
    #[schema(value_type = Uuid)]
    pub unit: UnitId,
    pub day: NaiveDate,
    pub account: String,
    /// Money out is negative.
    #[schema(value_type = i64)]
    pub amount: Dong,
    #[serde(default)]
    pub reference: String,
    #[serde(default)]
    pub text: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SetEstimate {
    #[schema(value_type = Uuid)]
    pub unit: UnitId,
    pub year: i32,
    pub source: String,
    pub sector: String,
    /// Empty or `00000` for none.
    #[serde(default)]
    pub programme: String,
    #[schema(value_type = i64)]
    pub given: Dong,
    #[schema(value_type = i64)]
    pub used: Dong,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SendNotice {
    #[schema(value_type = Uuid)]
    pub unit: UnitId,
    pub title: String,
    pub text: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeviceFile {
    #[schema(value_type = Uuid)]
    pub device: DeviceId,
    #[schema(value_type = Uuid)]
    pub unit: UnitId,
    pub name: String,
    pub enrolled_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// Why, in the words of who ended it; empty where nobody said.
    #[serde(default)]
    pub revoked_reason: String,
}

/// One row of the officer's list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DossierSummary {
    #[schema(value_type = Uuid)]
    pub dossier: DossierId,
    #[schema(value_type = Uuid)]
    pub unit: UnitId,
    pub unit_code: String,
    pub unit_name: String,
    pub treasury_number: String,
    pub revision: u32,
    pub status: String,
    pub version: u64,
    /// Mẫu số of the first voucher.
    pub form: String,
    /// Số chứng từ of the first voucher.
    pub number: String,
    pub title: String,
    pub payee: String,
    #[schema(value_type = i64)]
    pub total: Dong,
    pub received_at: DateTime<Utc>,
}

/// Everything the portal holds of one dossier.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DossierFile {
    pub summary: DossierSummary,
    /// At most one per dossier (Decree 347/2025 art. 3).
    pub supplement_asked: bool,
    pub revisions: Vec<RevisionFile>,
    pub history: Vec<HistoryFile>,
    pub documents: Vec<Document>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RevisionFile {
    pub revision: u32,
    #[schema(value_type = shape::Sha256)]
    pub digest: Digest,
    pub receipt: Receipt,
    pub signed_receipt: SignedReceipt,
    #[schema(value_type = Vec<shape::Entry>)]
    pub entries: Vec<Entry>,
    #[schema(value_type = Vec<shape::Sha256>)]
    pub manifests: Vec<Digest>,
    #[schema(value_type = Vec<shape::Sha256>)]
    pub signatures: Vec<Digest>,
    pub signers: Vec<SignerFile>,
    #[schema(value_type = Uuid)]
    pub device: DeviceId,
    #[schema(value_type = shape::Sha256)]
    pub audit_head: Digest,
    /// What was added to the signatures since, oldest first.
    #[serde(default)]
    pub evidence: Vec<EvidenceVersion>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignerFile {
    pub step: u8,
    /// As registered, e.g. `chief-accountant`.
    pub role: String,
    /// Common name in the certificate.
    pub name: String,
    pub serial: String,
    pub signed_at: DateTime<Utc>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct HistoryFile {
    pub at: DateTime<Utc>,
    /// The officer's name; empty for what the portal did by itself.
    pub who: String,
    /// `committed`, `ask-withdrawal`, or the word of a move.
    pub act: String,
    pub revision: u32,
    pub version: u64,
    pub text: String,
    pub remarks: Vec<Remark>,
}
