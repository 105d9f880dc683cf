//! Signature algorithms: their identifiers, and checking a value with a public key.

use der::asn1::Any;
use der::{Decode, Encode};
use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{HasPublic, Id, PKeyRef, Public};
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Verifier};
use spki::AlgorithmIdentifierOwned;

use crate::asn1;
use crate::error::ProofError;
use crate::sign::SignatureAlgorithm;

/// The `signatureAlgorithm` of a SignerInfo.
pub fn identifier(algorithm: SignatureAlgorithm) -> Result<AlgorithmIdentifierOwned, ProofError> {
    let null = || Some(Any::null());
    Ok(match algorithm {
        SignatureAlgorithm::RsaPkcs1Sha256 => AlgorithmIdentifierOwned {
            oid: asn1::RSA_ENCRYPTION,
            parameters: null(),
        },
        SignatureAlgorithm::RsaPssSha256 => {
            let hash = AlgorithmIdentifierOwned {
                oid: asn1::SHA256,
                parameters: null(),
            };
            let mask = Any::encode_from(&hash).map_err(ProofError::Encode)?;
            let parameters = asn1::PssParameters {
                hash,
                mask: AlgorithmIdentifierOwned {
                    oid: asn1::MGF1,
                    parameters: Some(mask),
                },
                salt_length: 32,
            };
            let parameters = Any::encode_from(&parameters).map_err(ProofError::Encode)?;
            AlgorithmIdentifierOwned {
                oid: asn1::RSASSA_PSS,
                parameters: Some(parameters),
            }
        }
        SignatureAlgorithm::EcdsaP256Sha256 => AlgorithmIdentifierOwned {
            oid: asn1::ECDSA_WITH_SHA256,
            parameters: None,
        },
    })
}

/// Which of the three algorithms an identifier means; everything else is refused.
pub fn recognise(id: &AlgorithmIdentifierOwned) -> Result<SignatureAlgorithm, ProofError> {
    let unknown = ProofError::Algorithm {
        what: "signature algorithm",
    };
    match id.oid {
        asn1::RSA_ENCRYPTION | asn1::SHA256_WITH_RSA => Ok(SignatureAlgorithm::RsaPkcs1Sha256),
        asn1::ECDSA_WITH_SHA256 => Ok(SignatureAlgorithm::EcdsaP256Sha256),
        asn1::RSASSA_PSS => {
            let bad = || ProofError::Algorithm {
                what: "RSA-PSS parameters",
            };
            let raw = id.parameters.as_ref().ok_or_else(bad)?;
            let p: asn1::PssParameters = raw.decode_as().map_err(|_| bad())?;
            let mask = p
                .mask
                .parameters
                .as_ref()
                .ok_or_else(bad)?
                .to_der()
                .map_err(|_| bad())?;
            let mask = AlgorithmIdentifierOwned::from_der(&mask).map_err(|_| bad())?;
            let ok = is_sha256(&p.hash)
                && p.mask.oid == asn1::MGF1
                && is_sha256(&mask)
                && p.salt_length == 32;
            if ok {
                Ok(SignatureAlgorithm::RsaPssSha256)
            } else {
                Err(bad())
            }
        }
        _ => Err(unknown),
    }
}

/// SHA-256 with absent or NULL parameters (RFC 4055 section 2.1: both are met).
pub fn is_sha256(id: &AlgorithmIdentifierOwned) -> bool {
    id.oid == asn1::SHA256 && id.parameters.as_ref().is_none_or(Any::is_null)
}

/// Refuses a key of another kind, a short RSA key and another curve.
pub fn fits(key: &PKeyRef<Public>, algorithm: SignatureAlgorithm) -> Result<(), ProofError> {
    let unfit = |what| Err(ProofError::KeyUnfit { what });
    match algorithm {
        SignatureAlgorithm::RsaPkcs1Sha256 if key.id() != Id::RSA => unfit("not an RSA key"),
        SignatureAlgorithm::RsaPssSha256 if ![Id::RSA, Id::RSA_PSS].contains(&key.id()) => {
            unfit("not an RSA key")
        }
        SignatureAlgorithm::RsaPkcs1Sha256 | SignatureAlgorithm::RsaPssSha256 => {
            if key.bits() < 2048 {
                unfit("RSA key under 2048 bits")
            } else {
                Ok(())
            }
        }
        SignatureAlgorithm::EcdsaP256Sha256 => {
            let curve = key.ec_key().ok().and_then(|k| k.group().curve_name());
            if curve == Some(Nid::X9_62_PRIME256V1) {
                Ok(())
            } else {
                unfit("not a P-256 key")
            }
        }
    }
}

/// Checks a signature value (ECDSA in DER, as a CMS holds it) over `data`.
pub fn check<T: HasPublic>(
    key: &PKeyRef<T>,
    algorithm: SignatureAlgorithm,
    data: &[u8],
    signature: &[u8],
) -> Result<bool, ProofError> {
    let mut verifier = Verifier::new(MessageDigest::sha256(), key)?;
    match algorithm {
        SignatureAlgorithm::RsaPkcs1Sha256 => verifier.set_rsa_padding(Padding::PKCS1)?,
        SignatureAlgorithm::RsaPssSha256 => {
            verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
            verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
            verifier.set_rsa_mgf1_md(MessageDigest::sha256())?;
        }
        SignatureAlgorithm::EcdsaP256Sha256 => {}
    }
    verifier.update(data)?;
    // A value of the wrong shape is an error in OpenSSL; for us it is just wrong.
    Ok(verifier.verify(signature).unwrap_or(false))
}

/// r‖s, as a token gives it (PKCS #11 6.3.1), to the DER of RFC 3279.
pub fn ecdsa_to_der(raw: &[u8]) -> Result<Vec<u8>, ProofError> {
    if raw.len() != 64 {
        return Err(ProofError::SignatureShape);
    }
    let (r, s) = raw.split_at(32);
    let pair = EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?;
    Ok(pair.to_der()?)
}

/// The DER of RFC 3279 to r‖s.
pub fn ecdsa_to_raw(der: &[u8]) -> Result<Vec<u8>, ProofError> {
    let pair = EcdsaSig::from_der(der)?;
    let mut raw = pair.r().to_vec_padded(32)?;
    raw.extend(pair.s().to_vec_padded(32)?);
    Ok(raw)
}
