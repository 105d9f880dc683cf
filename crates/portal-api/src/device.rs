//! The device: enrolled once, then every request carries a proof by the device's own key.
//!
//! The accountant has no certificate; a token is only ever used to sign dossiers.

use hoso_domain::digest::Digest;
use hoso_domain::id::{DeviceId, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The device's id as the portal gave it.
pub const HEADER_DEVICE: &str = "hoso-device";
/// When the proof was made: RFC 3339, UTC, whole seconds, e.g. `2026-11-22T03:00:00Z`.
pub const HEADER_TIME: &str = "hoso-time";
/// Base64 of the ECDSA P-256 SHA-256 signature (raw r‖s, 64 bytes) over [`proof_text`].
pub const HEADER_PROOF: &str = "hoso-proof";

/// How far `Hoso-Time` may be from the portal's clock, in seconds.
pub const TIME_WINDOW_SECONDS: i64 = 600;

/// `POST /v1/devices`.
///
/// The code is spent by the first enrolment. The same code with the same key again gives the same
/// device, so a lost answer costs nothing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Enrol {
    /// Mã ĐVQHNS.
    pub unit_code: String,
    /// One-time code of the connection file.
    pub code: String,
    /// P-256 SubjectPublicKeyInfo, DER, base64.
    pub public_key: String,
    /// As the officer sees it, e.g. the computer's name.
    pub name: String,
}

/// `POST /v1/devices/signed`: enrolment by the account owner instead of a code.
///
/// The same key again gives the same device, unless it was revoked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct EnrolSigned {
    /// Mã ĐVQHNS.
    pub unit_code: String,
    /// P-256 SubjectPublicKeyInfo, DER, base64.
    pub public_key: String,
    /// As the officer sees it; no control characters.
    pub name: String,
    /// Detached CAdES B-B over [`enrolment_text`] by the unit's registered account owner, DER,
    /// base64; its signing time at most [`SIGNED_DAYS`] ago.
    pub signature: String,
}

/// `POST /v1/devices/successor`, proven by the device that is to end: its store was restored on
/// another PC, which makes a key of its own.
///
/// 201: the new key is enrolled and the old device revoked, in one step. The same key again gives the
/// same device, also to the device that was revoked by it, so a lost answer costs nothing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Succession {
    /// P-256 SubjectPublicKeyInfo of the new key, DER, base64.
    pub public_key: String,
    /// As the officer sees it; no control characters.
    pub name: String,
}

/// `PUT /v1/devices/{id}/revocation`: thu hồi máy, by any device of the same unit. 200 with the
/// [`crate::officer::DeviceFile`], also when it was ended before: the first reason stays.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Revocation {
    /// For the unit and the officer; not empty.
    pub reason: String,
}

/// How long a signed enrolment may wait for a link, in days.
pub const SIGNED_DAYS: i64 = 7;

/// The text an account owner signs for a device. `portal` is the address in the connection file.
pub fn enrolment_text(portal: &str, unit_code: &str, public_key: &str, name: &str) -> String {
    format!("hoso-enrolment-1\n{portal}\n{unit_code}\n{public_key}\n{name}\n")
}

/// `POST /v1/number-blocks`: another block of voucher numbers, answered with a
/// [`crate::connection::NumberBlock`]. 201; 200 and the same block for the same key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AskNumbers {
    /// Made by the device once per block it wants.
    pub key: Uuid,
    /// Năm ngân sách.
    pub year: i32,
    /// Text before the number, at most 20 characters; may be empty.
    pub series: String,
}

/// 201 (or 200 when repeated).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Enrolled {
    #[schema(value_type = Uuid)]
    pub device: DeviceId,
    #[schema(value_type = Uuid)]
    pub unit: UnitId,
}

/// What of the body the proof covers.
#[derive(Clone, Copy, Debug)]
pub enum ProofBody<'a> {
    /// A JSON body, or empty bytes for a request without one.
    Bytes(&'a [u8]),
    /// A tus `PATCH`, or a creation with bytes: they are proven at the end, by the SHA-256 the upload
    /// is created with.
    Upload,
}

/// The text a proof signs.
///
/// `target` is path and query exactly as in the request line; `time` exactly as in the header.
pub fn proof_text(method: &str, target: &str, time: &str, body: ProofBody<'_>) -> String {
    let body = match body {
        ProofBody::Bytes(bytes) => Digest::of(bytes).hex(),
        ProofBody::Upload => "upload".to_owned(),
    };
    format!("hoso-proof-1\n{method}\n{target}\n{time}\n{body}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_covers_method_target_time_and_body() {
        let text = proof_text("GET", "/v1/changes?cursor=", "t", ProofBody::Bytes(b""));
        assert_eq!(
            text,
            "hoso-proof-1\nGET\n/v1/changes?cursor=\nt\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
        );
        let patch = proof_text("PATCH", "/v1/uploads/1", "t", ProofBody::Upload);
        assert!(patch.ends_with("\nupload\n"), "{patch}");
    }
}
