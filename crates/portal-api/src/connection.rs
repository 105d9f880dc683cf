//! The connection file (tệp kết nối): first contact, handed over by the treasury or a trainer and
//! checked by a printed fingerprint. It works with the portal down.

use chrono::NaiveDate;
use hoso_domain::digest::Digest;
use hoso_domain::id::UnitId;
use hoso_domain::party::{Treasury, Unit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The version of the file's JSON shape.
pub const FORMAT: u32 = 1;
/// Larger files are refused unread, in bytes.
pub const MAX_SIZE: usize = 1024 * 1024;

/// What a connection file holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Connection {
    /// [`FORMAT`]; a reader refuses a higher one.
    pub format: u32,
    /// As shown to the user, e.g. `Cổng tập huấn KBNN`.
    pub portal_name: String,
    /// `https://host:port`, without a slash at the end.
    pub portal_url: String,
    pub treasury: Treasury,
    /// A portal for practice: nothing sent there moves money.
    pub training: bool,
    /// The only TLS authority trusted for this portal, PEM.
    pub tls_ca: String,
    /// The authority of receipts and result documents, PEM.
    pub receipt_ca: String,
    /// The authorities of the signers' certificates, PEM each.
    pub signer_cas: Vec<String>,
    pub units: Vec<Unit>,
    /// One per unit.
    pub enrolments: Vec<Enrolment>,
    /// Where signatures get their timestamps; files made before there were any have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<TimestampService>,
    /// Addresses of revocation lists (CRL) of the signers' authorities; a list itself says whose it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revocation_lists: Vec<String>,
    /// The last day the file may be taken over.
    pub valid_to: NaiveDate,
}

/// An authority of timestamps (RFC 3161).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TimestampService {
    /// Takes queries by POST. Below the portal's address the device proves itself as ever; elsewhere
    /// `http`, or `https` under `tls_ca`: a token proves itself.
    pub url: String,
    /// Its authority, PEM: says nothing about signers.
    pub ca: String,
}

/// What a unit's first device gets.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Enrolment {
    pub unit: UnitId,
    /// One-time codes, one per device.
    pub codes: Vec<String>,
    pub numbers: NumberBlock,
}

/// Số chứng từ this device may give, so that two devices never give the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct NumberBlock {
    /// Năm ngân sách.
    pub year: i32,
    /// Text before the number; may be empty.
    pub series: String,
    pub first: u32,
    pub last: u32,
}

/// Why a file is not a connection file one can use.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    #[error("larger than a connection file may be")]
    TooLarge,
    #[error("not a connection file")]
    Malformed(#[source] serde_json::Error),
    #[error("connection file format {format} is newer than this program")]
    Newer { format: u32 },
    #[error("the connection file contradicts itself: {what}")]
    Inconsistent { what: &'static str },
}

impl Connection {
    /// Reads a connection file and holds that its parts belong together.
    ///
    /// Whether it is still valid and is the one printed is the caller's to check.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ConnectionError> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        if bytes.len() > MAX_SIZE {
            return Err(ConnectionError::TooLarge);
        }
        let version: Version = serde_json::from_slice(bytes).map_err(ConnectionError::Malformed)?;
        if version.format > FORMAT {
            return Err(ConnectionError::Newer {
                format: version.format,
            });
        }
        let c: Self = serde_json::from_slice(bytes).map_err(ConnectionError::Malformed)?;
        let inconsistent = |what| Err(ConnectionError::Inconsistent { what });
        if !c.portal_url.starts_with("https://") || c.portal_url.ends_with('/') {
            return inconsistent("the portal's address is not https without a final slash");
        }
        if c.units.is_empty() {
            return inconsistent("no unit");
        }
        if c.signer_cas.is_empty() {
            return inconsistent("no authority of signers");
        }
        let timestamps = c.timestamp.as_ref();
        let authorities = [&c.tls_ca, &c.receipt_ca].into_iter().chain(&c.signer_cas);
        for pem in authorities.chain(timestamps.map(|t| &t.ca)) {
            if !pem.contains("-----BEGIN CERTIFICATE-----") {
                return inconsistent("an authority is not a PEM certificate");
            }
        }
        let mut services = c.revocation_lists.iter().chain(timestamps.map(|t| &t.url));
        if !services.all(|url| url.starts_with("https://") || url.starts_with("http://")) {
            return inconsistent("an address that is not http or https");
        }
        if c.enrolments
            .iter()
            .any(|e| !c.units.iter().any(|u| u.id == e.unit))
        {
            return inconsistent("an enrolment of a unit that is not in the file");
        }
        if c.enrolments
            .iter()
            .any(|e| e.numbers.first > e.numbers.last)
        {
            return inconsistent("a number block that ends before it begins");
        }
        Ok(c)
    }

    /// The bytes of a connection file: pretty JSON with a final newline.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("plain data always serializes");
        bytes.push(b'\n');
        bytes
    }

    /// What `unit` gets.
    pub fn enrolment(&self, unit: UnitId) -> Option<&Enrolment> {
        self.enrolments.iter().find(|e| e.unit == unit)
    }
}

/// The fingerprint printed beside the file: the first 128 bits of SHA-256 over the file's bytes as
/// eight groups of four upper-case hex digits, e.g. `3F2A 9C01 …`.
pub fn fingerprint(bytes: &[u8]) -> String {
    let hex: Vec<char> = Digest::of(bytes)
        .hex()
        .to_uppercase()
        .chars()
        .take(32)
        .collect();
    let groups: Vec<String> = hex.chunks(4).map(|g| g.iter().collect()).collect();
    groups.join(" ")
}

/// Whether a typed fingerprint is that of `bytes`: spaces, dashes and case do not count.
pub fn fingerprint_matches(bytes: &[u8], typed: &str) -> bool {
    let plain = |s: &str| -> String {
        s.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_uppercase())
            .collect()
    };
    plain(&fingerprint(bytes)) == plain(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_is_eight_groups_of_four() {
        let f = fingerprint(b"");
        assert_eq!(f, "E3B0 C442 98FC 1C14 9AFB F4C8 996F B924");
        assert!(fingerprint_matches(
            b"",
            "e3b0c442-98fc1c14 9afbf4c8 996fb924"
        ));
        assert!(!fingerprint_matches(b"x", &f));
    }

    #[test]
    fn a_picture_an_empty_file_and_a_newer_format_are_told_apart() {
        for junk in [
            &b""[..],
            b"\x89PNG\r\n",
            b"<html></html>",
            b"[]",
            b"{\"format\":\"1\"}",
        ] {
            let e = Connection::from_bytes(junk);
            assert!(matches!(e, Err(ConnectionError::Malformed(_))), "{junk:?}");
        }
        let newer = Connection::from_bytes(b"{\"format\": 99}");
        assert!(matches!(newer, Err(ConnectionError::Newer { format: 99 })));
        let large = vec![b' '; MAX_SIZE + 1];
        assert!(matches!(
            Connection::from_bytes(&large),
            Err(ConnectionError::TooLarge)
        ));
    }
}
