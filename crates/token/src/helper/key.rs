//! What a certificate's public key is, and which mechanism signs with it. No PKCS#11 calls here.

use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism as Ck, MechanismType};
use cryptoki::types::Ulong;
use der::asn1::{ObjectIdentifier, UintRef};
use der::{Decode, Encode, Reader, SliceReader};
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;

use crate::message::{Algorithm, KeyKind, Mechanism};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// `DigestInfo` of SHA-256 without the digest (RFC 8017, 9.2 note 1).
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// The public key of a certificate, as far as it matters for signing.
pub struct PublicKey {
    pub kind: KeyKind,
    /// RSA: modulus without leading zeros. EC: the point's octets. Finds the key where `CKA_ID`
    /// does not.
    pub material: Vec<u8>,
}

/// Reads a DER certificate; `None` for bytes that are none.
pub fn public_key(certificate: &[u8]) -> Option<PublicKey> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let info = &certificate.tbs_certificate.subject_public_key_info;
    let bits = info.subject_public_key.as_bytes()?;
    let oid = info.algorithm.oid;
    if oid == RSA || oid == RSA_PSS {
        let modulus = modulus(bits)?;
        let bits = u32::try_from(modulus.len()).ok()?.saturating_mul(8);
        return Some(PublicKey {
            kind: KeyKind::Rsa { bits },
            material: modulus,
        });
    }
    let curve = info.algorithm.parameters.as_ref().and_then(|p| {
        p.to_der()
            .ok()
            .and_then(|der| ObjectIdentifier::from_der(&der).ok())
    });
    let kind = if oid == EC && curve == Some(P256) {
        KeyKind::EcP256
    } else {
        KeyKind::Other
    };
    Some(PublicKey {
        kind,
        material: bits.to_vec(),
    })
}

/// `RSAPublicKey ::= SEQUENCE { modulus, publicExponent }`.
fn modulus(der: &[u8]) -> Option<Vec<u8>> {
    let mut reader = SliceReader::new(der).ok()?;
    reader
        .sequence(|inner| {
            let modulus = UintRef::decode(inner)?.as_bytes().to_vec();
            UintRef::decode(inner)?;
            Ok(modulus)
        })
        .ok()
}

/// The mechanisms that matter out of a token's list.
pub fn known(types: &[MechanismType]) -> Vec<Mechanism> {
    [
        (MechanismType::RSA_PKCS, Mechanism::RsaPkcs),
        (MechanismType::SHA256_RSA_PKCS, Mechanism::Sha256RsaPkcs),
        (MechanismType::RSA_PKCS_PSS, Mechanism::RsaPkcsPss),
        (
            MechanismType::SHA256_RSA_PKCS_PSS,
            Mechanism::Sha256RsaPkcsPss,
        ),
        (MechanismType::ECDSA, Mechanism::Ecdsa),
        (MechanismType::ECDSA_SHA256, Mechanism::EcdsaSha256),
    ]
    .into_iter()
    .filter(|(ck, _)| types.contains(ck))
    .map(|(_, mechanism)| mechanism)
    .collect()
}

/// What key and token do together. PKCS#1 v1.5 stands first: that is what tokens in the field do.
pub fn algorithms(kind: KeyKind, offered: &[Mechanism]) -> Vec<Algorithm> {
    let all: &[Algorithm] = match kind {
        KeyKind::Rsa { bits } if bits >= 2048 => {
            &[Algorithm::RsaPkcs1Sha256, Algorithm::RsaPssSha256]
        }
        KeyKind::EcP256 => &[Algorithm::EcdsaP256Sha256],
        KeyKind::Rsa { .. } | KeyKind::Other => &[],
    };
    all.iter()
        .copied()
        .filter(|a| choose(*a, offered).is_some())
        .collect()
}

/// The mechanism for `algorithm`: hashing inside the token where it is offered, else here.
pub fn choose(algorithm: Algorithm, offered: &[Mechanism]) -> Option<Mechanism> {
    let order: &[Mechanism] = match algorithm {
        Algorithm::RsaPkcs1Sha256 => &[Mechanism::Sha256RsaPkcs, Mechanism::RsaPkcs],
        Algorithm::RsaPssSha256 => &[Mechanism::Sha256RsaPkcsPss, Mechanism::RsaPkcsPss],
        // Plain ECDSA first: fewer tokens hash for it, and some hash wrongly in parts.
        Algorithm::EcdsaP256Sha256 => &[Mechanism::Ecdsa, Mechanism::EcdsaSha256],
    };
    order.iter().copied().find(|m| offered.contains(m))
}

/// The mechanism with its parameters, and the bytes to hand over for `data`.
pub fn prepare(mechanism: Mechanism, data: &[u8]) -> (Ck<'static>, Vec<u8>) {
    let pss = PkcsPssParams {
        hash_alg: MechanismType::SHA256,
        mgf: PkcsMgfType::MGF1_SHA256,
        s_len: Ulong::new(32),
    };
    let digest = || Sha256::digest(data).to_vec();
    match mechanism {
        Mechanism::Sha256RsaPkcs => (Ck::Sha256RsaPkcs, data.to_vec()),
        Mechanism::RsaPkcs => (Ck::RsaPkcs, [&DIGEST_INFO[..], &digest()].concat()),
        Mechanism::Sha256RsaPkcsPss => (Ck::Sha256RsaPkcsPss(pss), data.to_vec()),
        Mechanism::RsaPkcsPss => (Ck::RsaPkcsPss(pss), digest()),
        Mechanism::Ecdsa => (Ck::Ecdsa, digest()),
        Mechanism::EcdsaSha256 => (Ck::EcdsaSha256, data.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_hashing_mechanism_the_plain_one_is_chosen() {
        let both = [Mechanism::RsaPkcs, Mechanism::Sha256RsaPkcs];
        let rsa = Algorithm::RsaPkcs1Sha256;
        assert_eq!(choose(rsa, &both), Some(Mechanism::Sha256RsaPkcs));
        assert_eq!(choose(rsa, &[Mechanism::RsaPkcs]), Some(Mechanism::RsaPkcs));
        assert_eq!(choose(Algorithm::RsaPssSha256, &both), None);
    }

    #[test]
    fn a_short_rsa_key_or_another_curve_signs_nothing() {
        let all = [Mechanism::RsaPkcs, Mechanism::Ecdsa, Mechanism::RsaPkcsPss];
        assert!(algorithms(KeyKind::Rsa { bits: 1024 }, &all).is_empty());
        assert!(algorithms(KeyKind::Other, &all).is_empty());
        assert_eq!(
            algorithms(KeyKind::EcP256, &all),
            [Algorithm::EcdsaP256Sha256]
        );
    }

    #[test]
    fn bytes_that_are_no_certificate_have_no_key() {
        assert!(public_key(b"not DER").is_none());
        assert!(public_key(&[]).is_none());
    }
}
