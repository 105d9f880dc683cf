//! A signer's new certificate: after a renewal its number is another, and nothing signed with it is
//! accepted before the treasury has it in its register.

use chrono::{DateTime, Utc};
use hoso_domain::digest::Digest;
use hoso_domain::id::{PersonId, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::shape;

/// `PUT` [`crate::path::certificate`]: announces it for a person the unit's register has.
///
/// 201 announced now · 200 announced before, whatever was decided since · 422 `signer-refused`: no
/// such signer, or a certificate that could not sign. The answer is the [`CertificateFile`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Announcement {
    #[schema(value_type = Uuid)]
    pub person: PersonId,
    /// DER in base64.
    pub certificate: String,
    /// Issuers between it and the authorities the portal knows, DER in base64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issuers: Vec<String>,
}

/// How far an announcement came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateState {
    /// An officer has yet to look at it.
    Announced,
    /// It signs from now on.
    Registered,
    Declined,
}

/// An announced certificate as the portal has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CertificateFile {
    /// Over the DER.
    #[schema(value_type = shape::Sha256)]
    pub sha256: Digest,
    #[schema(value_type = Uuid)]
    pub unit: UnitId,
    #[schema(value_type = Uuid)]
    pub person: PersonId,
    /// Of the person in the register.
    pub name: String,
    /// As the certificate says.
    pub holder: String,
    pub issuer: String,
    pub serial: String,
    pub not_after: DateTime<Utc>,
    pub announced_at: DateTime<Utc>,
    pub state: CertificateState,
    /// Why it was declined, in the officer's Vietnamese.
    #[serde(default)]
    pub text: String,
}

/// What an officer decided, in the feed. Registered: the certificate is one of the person's from now
/// on, wherever the register has them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CertificateWord {
    #[schema(value_type = shape::Sha256)]
    pub sha256: Digest,
    #[schema(value_type = Uuid)]
    pub person: PersonId,
    pub state: CertificateState,
    #[serde(default)]
    pub text: String,
}
