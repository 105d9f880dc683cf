//! The structures of RFC 3161. Own ones: the crate `x509-tsp` reads no fractions of a second, which
//! section 2.4.2 allows and authorities write.

use chrono::{DateTime, NaiveDateTime, Utc};
use der::asn1::{Any, BitString, Int, ObjectIdentifier, OctetString};
use der::{Sequence, Tag, Tagged};
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::Extensions;

/// Section 2.4.1.
#[derive(Clone, Debug, Eq, PartialEq, Sequence)]
pub struct TimeStampReq {
    /// 1.
    pub version: u8,
    pub message_imprint: MessageImprint,
    #[asn1(optional = "true")]
    pub req_policy: Option<ObjectIdentifier>,
    #[asn1(optional = "true")]
    pub nonce: Option<Int>,
    #[asn1(default = "Default::default")]
    pub cert_req: bool,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub extensions: Option<Extensions>,
}

#[derive(Clone, Debug, Eq, PartialEq, Sequence)]
pub struct MessageImprint {
    pub hash_algorithm: AlgorithmIdentifierOwned,
    pub hashed_message: OctetString,
}

/// Section 2.4.2: 0 granted, 1 granted with changes, above: refused.
#[derive(Clone, Debug, Eq, PartialEq, Sequence)]
pub struct PkiStatusInfo {
    pub status: u8,
    #[asn1(optional = "true")]
    pub status_string: Option<Vec<String>>,
    #[asn1(optional = "true")]
    pub fail_info: Option<BitString>,
}

/// Written only: answers are read by [`super::ber`], which keeps the token as it is.
#[derive(Clone, Debug, Eq, PartialEq, Sequence)]
pub struct TimeStampResp {
    pub status: PkiStatusInfo,
    #[asn1(optional = "true")]
    pub token: Option<Any>,
}

/// Section 2.4.2.
#[derive(Clone, Debug, Eq, PartialEq, Sequence)]
pub struct TstInfo {
    /// 1.
    pub version: u8,
    pub policy: ObjectIdentifier,
    pub message_imprint: MessageImprint,
    pub serial_number: Int,
    /// GeneralizedTime in UTC, perhaps with a fraction of a second.
    pub gen_time: Any,
    #[asn1(optional = "true")]
    pub accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    pub ordering: bool,
    #[asn1(optional = "true")]
    pub nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub tsa: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub extensions: Option<Extensions>,
}

#[derive(Clone, Debug, Eq, PartialEq, Sequence)]
pub struct Accuracy {
    #[asn1(optional = "true")]
    pub seconds: Option<u64>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub micros: Option<u16>,
}

impl TstInfo {
    /// `genTime`; `None` for what is no time in UTC.
    pub fn time(&self) -> Option<DateTime<Utc>> {
        if self.gen_time.tag() != Tag::GeneralizedTime {
            return None;
        }
        let text = std::str::from_utf8(self.gen_time.value()).ok()?;
        let text = text.strip_suffix('Z')?;
        let parsed = NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S%.f").ok()?;
        Some(parsed.and_utc())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use der::asn1::Null;

    use super::*;

    fn at(text: &str) -> Option<DateTime<Utc>> {
        let sha256 = AlgorithmIdentifierOwned {
            oid: crate::asn1::SHA256,
            parameters: Some(Any::encode_from(&Null).unwrap()),
        };
        TstInfo {
            version: 1,
            policy: crate::asn1::ID_DATA,
            message_imprint: MessageImprint {
                hash_algorithm: sha256,
                hashed_message: OctetString::new([0; 32]).unwrap(),
            },
            serial_number: Int::new(&[1]).unwrap(),
            gen_time: Any::new(Tag::GeneralizedTime, text.as_bytes()).unwrap(),
            accuracy: None,
            ordering: false,
            nonce: None,
            tsa: None,
            extensions: None,
        }
        .time()
    }

    #[test]
    fn times_are_read_with_and_without_a_fraction_and_in_utc_alone() {
        let whole: DateTime<Utc> = "2026-11-29T03:05:07Z".parse().unwrap();
        assert_eq!(at("20261129030507Z"), Some(whole));
        let part: DateTime<Utc> = "2026-11-29T03:05:07.34352Z".parse().unwrap();
        assert_eq!(at("20261129030507.34352Z"), Some(part));
        for wrong in [
            "20261129030507",
            "20261129030507+0700",
            "20261329030507Z",
            "",
            "Z",
        ] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }
}
