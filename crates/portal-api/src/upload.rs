//! tus 1.0: header names and the metadata header.
//!
//! Creation is get-or-create by (unit, SHA-256, length): 201 with `Location` for a new upload, 200
//! with `Location` and `Upload-Offset` for one that exists, whole or in part. A creation may carry
//! the first bytes; whoever finds the upload further on passes them over. Done ≠ accepted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hoso_domain::digest::Digest;

pub const VERSION: &str = "1.0.0";
pub const EXTENSIONS: &str = "creation,creation-with-upload,expiration,termination,checksum";

pub const TUS_RESUMABLE: &str = "tus-resumable";
pub const TUS_VERSION: &str = "tus-version";
pub const TUS_EXTENSION: &str = "tus-extension";
pub const TUS_MAX_SIZE: &str = "tus-max-size";
pub const TUS_CHECKSUM_ALGORITHM: &str = "tus-checksum-algorithm";
pub const UPLOAD_LENGTH: &str = "upload-length";
pub const UPLOAD_OFFSET: &str = "upload-offset";
pub const UPLOAD_METADATA: &str = "upload-metadata";
pub const UPLOAD_EXPIRES: &str = "upload-expires";
pub const UPLOAD_CHECKSUM: &str = "upload-checksum";

/// `Content-Type` of a `PATCH`, and of a creation that carries bytes.
pub const OFFSET_OCTET_STREAM: &str = "application/offset+octet-stream";

/// Status of a `PATCH` whose `Upload-Checksum` does not fit its bytes.
pub const CHECKSUM_MISMATCH: u16 = 460;

/// `Upload-Metadata` of a creation: the key `sha256` with base64 of the 64 hex digits.
pub fn metadata(sha256: Digest) -> String {
    format!("sha256 {}", STANDARD.encode(sha256.hex()))
}

/// Reads the SHA-256 out of an `Upload-Metadata` header; other keys are passed over.
pub fn metadata_sha256(header: &str) -> Option<Digest> {
    header.split(',').find_map(|pair| {
        let (key, value) = pair.trim().split_once(' ')?;
        if key != "sha256" {
            return None;
        }
        let decoded = STANDARD.decode(value.trim()).ok()?;
        Digest::from_hex(std::str::from_utf8(&decoded).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_in_the_metadata_reads_back_among_other_keys() {
        let d = Digest::of(b"x");
        assert_eq!(metadata_sha256(&metadata(d)), Some(d));
        assert_eq!(
            metadata_sha256(&format!("filename Zm9v,{}", metadata(d))),
            Some(d)
        );
        assert_eq!(metadata_sha256("filename Zm9v"), None);
        assert_eq!(metadata_sha256("sha256 !!!"), None);
    }
}
