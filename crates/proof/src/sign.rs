//! Making a CAdES B-B signature (EN 319 122-1 6) in two halves, because the key lives in another
//! process: [`prepare`] gives the bytes to sign, [`Prepared::finish`] makes the `.p7s`.
//!
//! Refuses to hand out a signature that it could not verify itself: CKA_ID can lie.

use chrono::{DateTime, Utc};
use cms::cert::IssuerAndSerialNumber;
use cms::content_info::CmsVersion;
use cms::signed_data::{EncapsulatedContentInfo, SignerIdentifier, SignerInfo};
use der::asn1::{Any, GeneralizedTime, ObjectIdentifier, OctetString, SetOfVec, UtcTime};
use der::{Decode, Encode};
use hoso_domain::digest::Digest;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, Private, Public};
use openssl::sign::Signer;
use openssl::x509::X509;
use serde::{Deserialize, Serialize};
use x509_cert::attr::Attribute;

use crate::asn1::{self, EssCertIdV2, SignedData, SigningCertificateV2};
use crate::error::ProofError;
use crate::key;

/// What a token can be asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureAlgorithm {
    /// RFC 8017 section 8.2.
    RsaPkcs1Sha256,
    /// RFC 8017 section 8.1, MGF1 with SHA-256, salt of 32 bytes.
    RsaPssSha256,
    /// FIPS 186-5 on P-256; the value is r‖s, 64 bytes.
    EcdsaP256Sha256,
}

/// The first half of a signature: all but its value.
#[derive(Debug)]
pub struct Prepared {
    content_type: ObjectIdentifier,
    attributes: SetOfVec<Attribute>,
    to_be_signed: Vec<u8>,
    certificate: Vec<u8>,
    chain: Vec<Vec<u8>>,
    key: PKey<Public>,
    algorithm: SignatureAlgorithm,
}

/// Prepares a signature over `content` (a manifest) with `certificate` (DER).
///
/// `chain` holds the issuers' certificates (DER) to put beside it, in any order; `at` is the
/// signing time, kept to the second.
pub fn prepare(
    content: &[u8],
    certificate: &[u8],
    chain: &[Vec<u8>],
    at: DateTime<Utc>,
    algorithm: SignatureAlgorithm,
) -> Result<Prepared, ProofError> {
    prepare_typed(asn1::ID_DATA, content, certificate, chain, at, algorithm)
}

/// [`prepare`] over content of another type.
pub(crate) fn prepare_typed(
    content_type: ObjectIdentifier,
    content: &[u8],
    certificate: &[u8],
    chain: &[Vec<u8>],
    at: DateTime<Utc>,
    algorithm: SignatureAlgorithm,
) -> Result<Prepared, ProofError> {
    let malformed = |e| ProofError::CertificateMalformed(Box::new(e));
    let key = X509::from_der(certificate)
        .map_err(malformed)?
        .public_key()
        .map_err(malformed)?;
    key::fits(&key, algorithm)?;
    for issuer in chain {
        X509::from_der(issuer).map_err(malformed)?;
    }
    let named = SigningCertificateV2 {
        certs: vec![EssCertIdV2 {
            hash_algorithm: None,
            cert_hash: octets(&Digest::of(certificate).0)?,
            issuer_serial: None,
        }],
        policies: None,
    };
    let encode = ProofError::Encode;
    let attributes = SetOfVec::try_from(vec![
        attribute(
            asn1::CONTENT_TYPE,
            Any::encode_from(&content_type).map_err(encode)?,
        )?,
        attribute(
            asn1::MESSAGE_DIGEST,
            Any::encode_from(&octets(&Digest::of(content).0)?).map_err(encode)?,
        )?,
        attribute(asn1::SIGNING_TIME, signing_time(at)?)?,
        attribute(
            asn1::SIGNING_CERTIFICATE_V2,
            Any::encode_from(&named).map_err(encode)?,
        )?,
    ])
    .map_err(encode)?;
    Ok(Prepared {
        to_be_signed: attributes.to_der().map_err(encode)?,
        content_type,
        attributes,
        certificate: certificate.to_vec(),
        chain: chain.to_vec(),
        key,
        algorithm,
    })
}

impl Prepared {
    /// DER of the signed attributes as a SET OF (RFC 5652 section 5.4): the token hashes and signs
    /// these bytes.
    pub fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }

    /// The algorithm the value must be made with.
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The `.p7s` (DER) with this signature value; ECDSA as r‖s.
    ///
    /// Refuses a value that the certificate's own key does not verify.
    pub fn finish(self, signature: &[u8]) -> Result<Vec<u8>, ProofError> {
        let content = EncapsulatedContentInfo {
            econtent_type: self.content_type,
            econtent: None,
        };
        let certificates = Some(self.certificates()?);
        let signer = self.signer(signature)?;
        assemble(CmsVersion::V1, content, certificates, signer)
    }

    /// The CMS around `content`, which is of another type than data (RFC 5652 section 5.1: version
    /// 3); certificates go along only where they were asked for.
    pub(crate) fn finish_around(
        self,
        signature: &[u8],
        content: &[u8],
        with_certificates: bool,
    ) -> Result<Vec<u8>, ProofError> {
        let inside = Any::encode_from(&octets(content)?).map_err(ProofError::Encode)?;
        let content = EncapsulatedContentInfo {
            econtent_type: self.content_type,
            econtent: Some(inside),
        };
        let certificates = with_certificates.then(|| self.certificates()).transpose()?;
        let signer = self.signer(signature)?;
        assemble(CmsVersion::V3, content, certificates, signer)
    }

    fn signer(self, signature: &[u8]) -> Result<SignerInfo, ProofError> {
        let value = match self.algorithm {
            SignatureAlgorithm::EcdsaP256Sha256 => key::ecdsa_to_der(signature)?,
            _ => signature.to_vec(),
        };
        if !key::check(&self.key, self.algorithm, &self.to_be_signed, &value)? {
            return Err(ProofError::ForeignSignature);
        }
        let malformed = |e| ProofError::CertificateMalformed(Box::new(e));
        let own = x509_cert::Certificate::from_der(&self.certificate).map_err(malformed)?;
        Ok(SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: own.tbs_certificate.issuer,
                serial_number: own.tbs_certificate.serial_number,
            }),
            digest_alg: asn1::sha256(),
            signed_attrs: Some(self.attributes),
            signature_algorithm: key::identifier(self.algorithm)?,
            signature: octets(&value)?,
            unsigned_attrs: None,
        })
    }

    /// The signer's and its issuers', each once.
    fn certificates(&self) -> Result<SetOfVec<Any>, ProofError> {
        asn1::set_of_raw(std::iter::once(&self.certificate).chain(&self.chain))
    }
}

fn assemble(
    version: CmsVersion,
    encap_content_info: EncapsulatedContentInfo,
    certificates: Option<SetOfVec<Any>>,
    signer: SignerInfo,
) -> Result<Vec<u8>, ProofError> {
    let encode = ProofError::Encode;
    asn1::wrap(&SignedData {
        version,
        digest_algorithms: SetOfVec::try_from(vec![asn1::sha256()]).map_err(encode)?,
        encap_content_info,
        certificates,
        crls: None,
        signer_infos: SetOfVec::try_from(vec![signer]).map_err(encode)?,
    })
}

/// Signs with a software key: the portal's receipts and result containers, never a person's dossier.
///
/// RSA keys sign PKCS #1 v1.5, P-256 keys ECDSA. All inputs in PEM.
pub fn sign_with_key(
    content: &[u8],
    certificate_pem: &str,
    chain_pem: &[&str],
    key_pem: &str,
    at: DateTime<Utc>,
) -> Result<Vec<u8>, ProofError> {
    let who = SoftwareKey::read(certificate_pem, chain_pem, key_pem)?;
    let prepared = prepare(content, &who.certificate, &who.chain, at, who.algorithm)?;
    let value = who.value(prepared.to_be_signed())?;
    prepared.finish(&value)
}

/// A key of the portal's own, with its certificates.
pub(crate) struct SoftwareKey {
    /// DER.
    pub(crate) certificate: Vec<u8>,
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) algorithm: SignatureAlgorithm,
    key: PKey<Private>,
}

impl SoftwareKey {
    /// All in PEM.
    pub(crate) fn read(
        certificate_pem: &str,
        chain_pem: &[&str],
        key_pem: &str,
    ) -> Result<Self, ProofError> {
        let malformed = |e| ProofError::CertificateMalformed(Box::new(e));
        let certificate = X509::from_pem(certificate_pem.as_bytes()).map_err(malformed)?;
        let mut chain = Vec::new();
        for pem in chain_pem {
            for issuer in X509::stack_from_pem(pem.as_bytes()).map_err(malformed)? {
                chain.push(issuer.to_der()?);
            }
        }
        let key =
            PKey::private_key_from_pem(key_pem.as_bytes()).map_err(ProofError::KeyMalformed)?;
        let algorithm = match key.id() {
            Id::RSA => SignatureAlgorithm::RsaPkcs1Sha256,
            Id::EC => SignatureAlgorithm::EcdsaP256Sha256,
            _ => {
                return Err(ProofError::KeyUnfit {
                    what: "neither RSA nor P-256",
                });
            }
        };
        Ok(Self {
            certificate: certificate.to_der()?,
            chain,
            algorithm,
            key,
        })
    }

    /// The signature value over `bytes`, as a token would give it.
    pub(crate) fn value(&self, bytes: &[u8]) -> Result<Vec<u8>, ProofError> {
        let mut signer = Signer::new(MessageDigest::sha256(), &self.key)?;
        let value = signer.sign_oneshot_to_vec(bytes)?;
        match self.algorithm {
            SignatureAlgorithm::EcdsaP256Sha256 => key::ecdsa_to_raw(&value),
            _ => Ok(value),
        }
    }
}

pub(crate) fn octets(bytes: &[u8]) -> Result<OctetString, ProofError> {
    OctetString::new(bytes).map_err(ProofError::Encode)
}

fn attribute(oid: ObjectIdentifier, value: Any) -> Result<Attribute, ProofError> {
    let values = SetOfVec::try_from(vec![value]).map_err(ProofError::Encode)?;
    Ok(Attribute { oid, values })
}

/// UTCTime through 2049, GeneralizedTime after (RFC 5652 section 11.3).
fn signing_time(at: DateTime<Utc>) -> Result<Any, ProofError> {
    let seconds = u64::try_from(at.timestamp()).map_err(|_| ProofError::Time)?;
    let time = der::DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))
        .map_err(|_| ProofError::Time)?;
    if time.year() <= UtcTime::MAX_YEAR {
        let time = UtcTime::from_date_time(time).map_err(ProofError::Encode)?;
        Any::encode_from(&time).map_err(ProofError::Encode)
    } else {
        Any::encode_from(&GeneralizedTime::from_date_time(time)).map_err(ProofError::Encode)
    }
}
