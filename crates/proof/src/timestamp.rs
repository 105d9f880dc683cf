//! Dấu thời gian (RFC 3161) of a signature: asking an authority, reading its answer, putting the token
//! into the `.p7s` (EN 319 122-1 5.3, level B-T) and reading it back.
//!
//! Refuses to change a byte of a token: it is foreign work. It may use what our own signatures do not
//! (other algorithms, BER inside), so OpenSSL verifies it; only its outermost length must stand in its
//! header, else a `.p7s` in strict DER could not hold it.

mod ber;
mod issue;
mod tsp;

use chrono::{DateTime, Utc};
use cms::signed_data::SignerInfo;
use der::asn1::{Any, Int, SetOfVec};
use der::{Decode, Encode};
use hoso_domain::digest::Digest;
use openssl::cms::{CMSOptions, CmsContentInfo};
use openssl::hash::{MessageDigest, hash};
use openssl::pkcs7::{Pkcs7, Pkcs7Flags};
use openssl::stack::Stack;
use openssl::x509::X509;
use x509_cert::attr::Attribute;

pub use issue::Authority;

use crate::asn1::{self, SignedData};
use crate::certificate::describe_parsed;
use crate::error::{ProofError, TimestampError};
use crate::sign::octets;
use crate::trust::{Trust, Untrusted};
use tsp::{MessageImprint, PkiStatusInfo, TimeStampReq, TstInfo};

/// Longer answers and tokens are refused, in bytes: some chains are long, none is a megabyte.
pub const MAX_ANSWER: usize = 256 * 1024;
/// CMS_CADES of `openssl/cms.h`, which the crate does not name: the token's signed attribute must
/// name its signer's certificate (RFC 3161 section 2.4.2, RFC 5816).
const CADES: u32 = 0x10_0000;

/// What a token says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Timestamp {
    /// The signature was there at this time.
    pub at: DateTime<Utc>,
    /// Common name in the authority's certificate.
    pub authority: String,
    pub standing: Standing,
}

/// Whether the one who says so is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Its certificate leads to a trusted authority of timestamps.
    Known,
    /// It does not: the time is no more than somebody's word.
    Unknown,
}

/// A question to an authority: not yet sent, or not yet answered.
#[derive(Clone, Debug)]
pub struct Query {
    bytes: Vec<u8>,
    value: Vec<u8>,
    nonce: Int,
}

impl Query {
    /// Asks for a timestamp of the signature in a `.p7s`: over SHA-256 of its SignatureValue, with the
    /// authority's certificate. `nonce` is random.
    pub fn new(p7s: &[u8], mut nonce: [u8; 8]) -> Result<Self, ProofError> {
        let (_, signer) = asn1::read(p7s)?;
        let value = signer.signature.into_bytes();
        // positive and in its shortest form, as some authorities want it
        if let Some(first) = nonce.first_mut() {
            *first = (*first & 0x3f) | 0x40;
        }
        let encode = ProofError::Encode;
        let nonce = Int::new(&nonce).map_err(encode)?;
        let request = TimeStampReq {
            version: 1,
            message_imprint: MessageImprint {
                hash_algorithm: asn1::sha256(),
                hashed_message: octets(&Digest::of(&value).0)?,
            },
            req_policy: None,
            nonce: Some(nonce.clone()),
            cert_req: true,
            extensions: None,
        };
        Ok(Self {
            bytes: request.to_der().map_err(encode)?,
            value,
            nonce,
        })
    }

    /// What is sent, as `application/timestamp-query`.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The token in an answer, and what it says. Refuses one that is not granted, not for this
    /// question, or not of a known authority.
    pub fn read(
        &self,
        answer: &[u8],
        trust: &Trust,
    ) -> Result<(Vec<u8>, Timestamp), TimestampError> {
        let token = granted(answer)?;
        let (info, timestamp) = read_token(token, &self.value, trust)?;
        if info.nonce.as_ref() != Some(&self.nonce) {
            return Err(TimestampError::Nonce);
        }
        match timestamp.standing {
            Standing::Known => Ok((token.to_vec(), timestamp)),
            Standing::Unknown => Err(TimestampError::UnknownAuthority {
                authority: timestamp.authority,
            }),
        }
    }
}

/// The token of an answer that grants one.
fn granted(answer: &[u8]) -> Result<&[u8], TimestampError> {
    let malformed = || TimestampError::Malformed {
        what: "not an answer of a timestamp authority",
    };
    if answer.len() > MAX_ANSWER {
        return Err(malformed());
    }
    let whole = ber::only(answer, ber::SEQUENCE).ok_or_else(malformed)?;
    let (status, token) = ber::expect(whole.content, ber::SEQUENCE).ok_or_else(malformed)?;
    let status = PkiStatusInfo::from_der(status.whole).map_err(|_| malformed())?;
    if status.status > 1 {
        return Err(TimestampError::Refused {
            status: status.status,
            text: status.status_string.unwrap_or_default().join("; "),
        });
    }
    match token {
        [] => Err(malformed()),
        token => Ok(token),
    }
}

/// What a token over `value` (a SignatureValue) says, judged at the time it names.
fn read_token(
    token: &[u8],
    value: &[u8],
    trust: &Trust,
) -> Result<(TstInfo, Timestamp), TimestampError> {
    if token.len() > MAX_ANSWER || !is_token(token) {
        return Err(TimestampError::Malformed {
            what: "not a timestamp token that can be kept as it is",
        });
    }
    let bad = TimestampError::Signature;
    let mut content = Vec::new();
    let plain = CMSOptions::BINARY | CMSOptions::NO_SIGNER_CERT_VERIFY;
    CmsContentInfo::from_der(token)
        .and_then(|mut cms| cms.verify(None, None, None, Some(&mut content), plain))
        .map_err(bad)?;
    let malformed = || TimestampError::Malformed {
        what: "the token says no time",
    };
    let info = TstInfo::from_der(&content).map_err(|_| malformed())?;
    let at = info.time().ok_or_else(malformed)?;
    covers(&info.message_imprint, value)?;

    let (signer, between) = certificates(token)?;
    let authority = describe_parsed(&signer)
        .map(|said| said.subject)
        .map_err(|_| TimestampError::NoCertificate)?;
    let standing = match trust.timestamp_path(&signer, between, at) {
        Ok(store) => {
            let strict = CMSOptions::BINARY | CMSOptions::from_bits_retain(CADES);
            CmsContentInfo::from_der(token)
                .and_then(|mut cms| cms.verify(None, Some(&store), None, None, strict))
                .map_err(bad)?;
            Standing::Known
        }
        Err(Untrusted::Unknown) => Standing::Unknown,
        Err(Untrusted::Unfit(reason)) => return Err(TimestampError::Certificate { reason }),
        Err(Untrusted::OpenSsl(e)) => return Err(TimestampError::Signature(e)),
    };
    let timestamp = Timestamp {
        at,
        authority,
        standing,
    };
    Ok((info, timestamp))
}

/// A CMS with signed data around a TSTInfo, whose outermost length stands in its header.
fn is_token(token: &[u8]) -> bool {
    let inside = || {
        let whole = ber::only(token, ber::SEQUENCE).filter(|e| e.definite)?;
        let (kind, rest) = ber::expect(whole.content, ber::OBJECT_IDENTIFIER)?;
        let content = ber::only(rest, ber::CONTEXT_0)?;
        let signed = ber::only(content.content, ber::SEQUENCE)?;
        let (_version, rest) = ber::split(signed.content)?;
        let (_digests, rest) = ber::split(rest)?;
        let (content, _) = ber::expect(rest, ber::SEQUENCE)?;
        let (inner, _) = ber::expect(content.content, ber::OBJECT_IDENTIFIER)?;
        Some((kind.content, inner.content))
    };
    inside()
        == Some((
            asn1::ID_SIGNED_DATA.as_bytes(),
            asn1::ID_CT_TST_INFO.as_bytes(),
        ))
}

fn covers(imprint: &MessageImprint, value: &[u8]) -> Result<(), TimestampError> {
    let algorithm = match imprint.hash_algorithm.oid {
        asn1::SHA256 => MessageDigest::sha256(),
        asn1::SHA384 => MessageDigest::sha384(),
        asn1::SHA512 => MessageDigest::sha512(),
        _ => return Err(TimestampError::Algorithm),
    };
    let expected = hash(algorithm, value).map_err(TimestampError::Signature)?;
    if imprint.hashed_message.as_bytes() == &*expected {
        Ok(())
    } else {
        Err(TimestampError::Imprint)
    }
}

/// The authority's certificate, and what else the token brings.
fn certificates(token: &[u8]) -> Result<(X509, Vec<X509>), TimestampError> {
    let none = |_| TimestampError::NoCertificate;
    let parsed = Pkcs7::from_der(token).map_err(none)?;
    let empty = Stack::new().map_err(none)?;
    let signers = parsed.signers(&empty, Pkcs7Flags::empty()).map_err(none)?;
    let signer = signers.iter().next().ok_or(TimestampError::NoCertificate)?;
    let all = parsed.signed().and_then(|s| s.certificates());
    let all = all.into_iter().flatten();
    Ok((signer.to_owned(), all.map(ToOwned::to_owned).collect()))
}

/// The tokens in a signature's unsigned attributes.
fn tokens(signer: &SignerInfo) -> impl Iterator<Item = &Any> {
    let attributes = signer.unsigned_attrs.iter().flat_map(|set| set.iter());
    attributes
        .filter(|a| a.oid == asn1::SIGNATURE_TIMESTAMP)
        .flat_map(|a| a.values.iter())
}

/// The certificates (DER) that a signature's timestamps bring along; a token that cannot be read
/// brings none.
pub(crate) fn authorities(signer: &SignerInfo) -> Vec<Vec<u8>> {
    let raw = tokens(signer).filter_map(|token| token.to_der().ok());
    let found = raw.filter_map(|token| certificates(&token).ok());
    let all = found.flat_map(|(signer, others)| std::iter::once(signer).chain(others));
    all.filter_map(|certificate| certificate.to_der().ok())
        .collect()
}

/// The timestamp of a `.p7s`; `None` where it has none. Of several the earliest of a known authority
/// counts, and none may be wrong.
pub fn timestamp(p7s: &[u8], trust: &Trust) -> Result<Option<Timestamp>, TimestampError> {
    let unreadable = |_| TimestampError::Malformed {
        what: "not a signature file",
    };
    let (_, signer) = asn1::read(p7s).map_err(unreadable)?;
    let mut found: Option<Timestamp> = None;
    for token in tokens(&signer) {
        let raw = token.to_der().map_err(|_| TimestampError::Malformed {
            what: "the attribute",
        })?;
        let (_, said) = read_token(&raw, signer.signature.as_bytes(), trust)?;
        let rank = |t: &Timestamp| (t.standing == Standing::Unknown, t.at);
        if found.as_ref().is_none_or(|f| rank(&said) < rank(f)) {
            found = Some(said);
        }
    }
    Ok(found)
}

/// The same `.p7s` with a token among its unsigned attributes. One that is there already adds nothing.
pub fn stamped(p7s: &[u8], token: &[u8]) -> Result<Vec<u8>, ProofError> {
    let (mut data, mut signer) = asn1::read(p7s)?;
    let token = Any::from_der(token).map_err(ProofError::Malformed)?;
    let mut values: Vec<Any> = tokens(&signer).cloned().collect();
    if values.contains(&token) {
        return Ok(p7s.to_vec());
    }
    values.push(token);
    let encode = ProofError::Encode;
    let others = signer.unsigned_attrs.iter().flat_map(|set| set.iter());
    let mut attributes: Vec<Attribute> = others
        .filter(|a| a.oid != asn1::SIGNATURE_TIMESTAMP)
        .cloned()
        .collect();
    attributes.push(Attribute {
        oid: asn1::SIGNATURE_TIMESTAMP,
        values: SetOfVec::try_from(values).map_err(encode)?,
    });
    signer.unsigned_attrs = Some(SetOfVec::try_from(attributes).map_err(encode)?);
    data.signer_infos = SetOfVec::try_from(vec![signer]).map_err(encode)?;
    same_signature(p7s, data)
}

/// Writes changed signed data, and holds that it reads back as the signature it was.
pub(crate) fn same_signature(before: &[u8], data: SignedData) -> Result<Vec<u8>, ProofError> {
    let after = asn1::wrap(&data)?;
    let ((_, was), (_, is)) = (asn1::read(before)?, asn1::read(&after)?);
    if (was.signed_attrs, was.signature, was.sid) == (is.signed_attrs, is.signature, is.sid) {
        Ok(after)
    } else {
        Err(ProofError::BadSignature)
    }
}
