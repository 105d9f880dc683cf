//! Paths below the portal's base URL. Each function gives what is requested *and* what goes into
//! the device's proof.

use hoso_domain::digest::Digest;
use hoso_domain::id::{DeviceId, DossierId, ResultId};

/// `POST`: enrolment, which needs no proof. `GET`: the unit's devices.
pub const DEVICES: &str = "/v1/devices";
/// `POST`: enrolment by the account owner's signature; needs no proof either.
pub const DEVICES_SIGNED: &str = "/v1/devices/signed";
/// `POST`: a device hands over to its successor and is ended in the same step.
pub const DEVICES_SUCCESSOR: &str = "/v1/devices/successor";
/// `POST`: another block of voucher numbers.
pub const NUMBER_BLOCKS: &str = "/v1/number-blocks";
/// `POST`: a timestamp query (RFC 3161), at a training portal.
pub const TIMESTAMP: &str = "/v1/timestamp";
/// `Content-Type` of a query and of its answer (RFC 3161 section 3.4).
pub const TIMESTAMP_QUERY: &str = "application/timestamp-query";
pub const TIMESTAMP_REPLY: &str = "application/timestamp-reply";
/// `Content-Type` of a revocation list (RFC 2585 section 4.2).
pub const REVOCATION_LIST: &str = "application/pkix-crl";
/// `POST`: creation of an upload (tus).
pub const UPLOADS: &str = "/v1/uploads";
/// `GET`: the feed.
pub const CHANGES: &str = "/v1/changes";
/// `GET`: the state of everything, page by page.
pub const SNAPSHOT: &str = "/v1/snapshot";
/// `GET` without a proof: [`PORTAL_MARK`], so that a captive portal is told from the portal.
pub const HELLO: &str = "/v1/hello";
/// The body of [`HELLO`].
pub const PORTAL_MARK: &str = "hoso-portal-1\n";

/// `PUT`: thu hồi máy, by any device of the same unit; answers its `DeviceFile`.
pub fn revocation(id: DeviceId) -> String {
    format!("{DEVICES}/{id}/revocation")
}

/// `PUT` a commit; `GET` its state.
pub fn dossier(id: DossierId) -> String {
    format!("/v1/dossiers/{id}")
}

/// `PUT` a later revision, with `If-Match`.
pub fn revision(id: DossierId, revision: u32) -> String {
    format!("/v1/dossiers/{id}/revisions/{revision}")
}

/// `PUT`: this revision is not sent any more, and never accepted from then on.
pub fn given_up(id: DossierId, revision: u32) -> String {
    format!("/v1/dossiers/{id}/revisions/{revision}/given-up")
}

/// `GET` what was added to the signatures of a revision.
pub fn evidence_list(id: DossierId, revision: u32) -> String {
    format!("/v1/dossiers/{id}/revisions/{revision}/evidence")
}

/// `PUT` the augmented signature of `step` (from 1); `GET` the newest.
pub fn evidence(id: DossierId, revision: u32, step: u8) -> String {
    format!("/v1/dossiers/{id}/revisions/{revision}/evidence/{step}")
}

/// `PUT`: asks for a dossier back.
pub fn withdrawal(id: DossierId) -> String {
    format!("/v1/dossiers/{id}/withdrawal")
}

/// `PUT`: announces a signer's new certificate.
pub fn certificate(sha256: Digest) -> String {
    format!("/v1/certificates/{sha256}")
}

/// `GET` what was sent, for a second or replaced PC.
pub fn entries(id: DossierId) -> String {
    format!("/v1/dossiers/{id}/entries")
}

/// `GET` the bytes of one thing that was sent (entry, manifest or `.p7s`, also one added later).
pub fn blob(id: DossierId, sha256: Digest) -> String {
    format!("/v1/dossiers/{id}/blobs/{sha256}")
}

/// `GET` a result document; answers `Range` and `ETag`.
pub fn document(id: ResultId) -> String {
    format!("/v1/documents/{id}")
}

/// `GET` a data pack the feed told of, by its bytes; answers `Range` and `ETag`.
pub fn pack(sha256: Digest) -> String {
    format!("/v1/packs/{sha256}")
}

/// `GET` the `number`-th revocation list (from 1) a training portal passes on.
pub fn revocation_list(number: u8) -> String {
    format!("/v1/revocation-lists/{number}")
}

/// The feed from `cursor` (empty: from the beginning); `wait` seconds of long-poll, 0 for none.
///
/// A cursor is the portal's own: digits, letters, `-` and `_` only, so it needs no escaping.
pub fn changes(cursor: &str, limit: u32, wait: u32) -> String {
    format!("{CHANGES}?cursor={cursor}&limit={limit}&wait={wait}")
}

/// A page of the snapshot (empty: the first). A page's name needs no escaping either.
pub fn snapshot(page: &str, limit: u32) -> String {
    format!("{SNAPSHOT}?page={page}&limit={limit}")
}
