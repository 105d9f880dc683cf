//! Verifying one detached CAdES B-B signature over its content.
//!
//! Refuses BER, several signers and every algorithm it does not write itself. Unsigned attributes are
//! not looked at: a timestamp is read by [`crate::timestamp`].

use chrono::{DateTime, Utc};
use cms::content_info::CmsVersion;
use cms::signed_data::{SignerIdentifier, SignerInfo};
use der::asn1::{Any, ObjectIdentifier, OctetString};
use der::{Decode, Encode};
use hoso_domain::digest::Digest;
use openssl::x509::X509;
use x509_cert::time::Time;

use crate::asn1::{self, SignedData, SigningCertificateV2};
use crate::certificate::{CertificateInfo, describe_parsed};
use crate::error::ProofError;
use crate::key;
use crate::sign::SignatureAlgorithm;
use crate::trust::Trust;

/// Who signed, as a verified signature tells it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signer {
    /// DER.
    pub certificate: Vec<u8>,
    /// Common name of the holder.
    pub subject: String,
    pub organisation: String,
    /// Chức danh in the certificate; often empty.
    pub title: String,
    pub issuer: String,
    /// Upper-case hex.
    pub serial: String,
    /// Signing time, as the signer's clock told it.
    pub signed_at: DateTime<Utc>,
    pub algorithm: SignatureAlgorithm,
    /// SHA-256 of the SignatureValue: what the next approval record names.
    pub signature: Digest,
}

/// The SignatureValue of a `.p7s`. Unchanged by timestamps added later.
pub fn signature_value(p7s: &[u8]) -> Result<Vec<u8>, ProofError> {
    let (_, signer) = asn1::read(p7s)?;
    Ok(signer.signature.into_bytes())
}

/// Verifies a detached signature over `content`, with its path to `trust` at the signing time.
pub fn verify_cms(content: &[u8], p7s: &[u8], trust: &Trust) -> Result<Signer, ProofError> {
    let (data, signer) = asn1::read(p7s)?;
    let version = match signer.sid {
        SignerIdentifier::IssuerAndSerialNumber(_) => CmsVersion::V1,
        SignerIdentifier::SubjectKeyIdentifier(_) => CmsVersion::V3,
    };
    if signer.version != version {
        return Err(ProofError::NotDetached {
            what: "version of the signer",
        });
    }
    let digests = data.digest_algorithms.iter().chain([&signer.digest_alg]);
    if !digests.into_iter().all(key::is_sha256) {
        return Err(ProofError::Algorithm {
            what: "digest algorithm",
        });
    }
    let content_type: ObjectIdentifier = signed(&signer, asn1::CONTENT_TYPE, "content-type")?;
    if content_type != asn1::ID_DATA {
        return Err(ProofError::Attribute {
            name: "content-type",
        });
    }
    let digest: OctetString = signed(&signer, asn1::MESSAGE_DIGEST, "message-digest")?;
    if digest.as_bytes() != Digest::of(content).0 {
        return Err(ProofError::MessageDigest);
    }
    let signed_at = signing_time(&signer)?;
    let (leaf, between) = certificates(&data, &signer)?;
    let certificate = leaf.to_der()?;
    names_certificate(&signer, &certificate)?;

    let algorithm = key::recognise(&signer.signature_algorithm)?;
    let public = leaf.public_key()?;
    key::fits(&public, algorithm)?;
    let attributes = signer.signed_attrs.as_ref().ok_or(no_attributes())?;
    let attributes = attributes.to_der().map_err(ProofError::Encode)?;
    if !key::check(&public, algorithm, &attributes, signer.signature.as_bytes())? {
        return Err(ProofError::BadSignature);
    }
    trust.check_parsed(&leaf, between, signed_at)?;

    let CertificateInfo {
        subject,
        organisation,
        title,
        issuer,
        serial,
        ..
    } = describe_parsed(&leaf)?;
    let signature = Digest::of(signer.signature.as_bytes());
    Ok(Signer {
        certificate,
        subject,
        organisation,
        title,
        issuer,
        serial,
        signed_at,
        algorithm,
        signature,
    })
}

fn no_attributes() -> ProofError {
    ProofError::Attribute {
        name: "content-type",
    }
}

/// The one value of the one signed attribute `oid` (RFC 5652 section 11: never doubled).
fn signed_any<'a>(
    signer: &'a SignerInfo,
    oid: ObjectIdentifier,
    name: &'static str,
) -> Result<&'a Any, ProofError> {
    let bad = || ProofError::Attribute { name };
    let attributes = signer.signed_attrs.as_ref().ok_or_else(bad)?;
    let mut found = attributes.iter().filter(|a| a.oid == oid);
    match (found.next(), found.next()) {
        (Some(only), None) => match only.values.as_slice() {
            [value] => Ok(value),
            _ => Err(bad()),
        },
        _ => Err(bad()),
    }
}

fn signed<T: for<'a> Decode<'a>>(
    signer: &SignerInfo,
    oid: ObjectIdentifier,
    name: &'static str,
) -> Result<T, ProofError> {
    let raw = signed_any(signer, oid, name)?
        .to_der()
        .map_err(ProofError::Encode)?;
    T::from_der(&raw).map_err(|_| ProofError::Attribute { name })
}

pub(crate) fn signing_time(signer: &SignerInfo) -> Result<DateTime<Utc>, ProofError> {
    let time: Time = signed(signer, asn1::SIGNING_TIME, "signing-time")?;
    i64::try_from(time.to_unix_duration().as_secs())
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .ok_or(ProofError::Attribute {
            name: "signing-time",
        })
}

/// signing-certificate-v2 must name the certificate by SHA-256 (RFC 5035 section 3).
fn names_certificate(signer: &SignerInfo, certificate: &[u8]) -> Result<(), ProofError> {
    let name = "signing-certificate-v2";
    let named: SigningCertificateV2 = signed(signer, asn1::SIGNING_CERTIFICATE_V2, name)?;
    let first = named.certs.first().ok_or(ProofError::Attribute { name })?;
    if !first.hash_algorithm.as_ref().is_none_or(key::is_sha256) {
        return Err(ProofError::Algorithm {
            what: "digest of signing-certificate-v2",
        });
    }
    if first.cert_hash.as_bytes() != Digest::of(certificate).0 {
        return Err(ProofError::OtherCertificate);
    }
    Ok(())
}

/// The signer's certificate, and the others as material for the path.
pub(crate) fn certificates(
    data: &SignedData,
    signer: &SignerInfo,
) -> Result<(X509, Vec<X509>), ProofError> {
    let mut leaf = None;
    let mut between = Vec::new();
    for raw in data.certificates.iter().flat_map(|set| set.iter()) {
        let der = raw.to_der().map_err(ProofError::Encode)?;
        let parsed =
            X509::from_der(&der).map_err(|e| ProofError::CertificateMalformed(Box::new(e)))?;
        if leaf.is_none() && identifies(&signer.sid, &der, &parsed)? {
            leaf = Some(parsed);
        } else {
            between.push(parsed);
        }
    }
    leaf.map(|leaf| (leaf, between))
        .ok_or(ProofError::NoCertificate)
}

fn identifies(sid: &SignerIdentifier, der: &[u8], parsed: &X509) -> Result<bool, ProofError> {
    Ok(match sid {
        // Read with the crate that wrote the identifier, so that both sides are coded alike.
        SignerIdentifier::IssuerAndSerialNumber(id) => x509_cert::Certificate::from_der(der)
            .is_ok_and(|c| {
                c.tbs_certificate.issuer == id.issuer
                    && c.tbs_certificate.serial_number == id.serial_number
            }),
        SignerIdentifier::SubjectKeyIdentifier(id) => parsed
            .subject_key_id()
            .is_some_and(|own| own.as_slice() == id.0.as_bytes()),
    })
}
