//! The device key: proves that a request comes from this PC. It never signs a dossier; that is
//! what tokens and persons are for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey as _;
use zeroize::Zeroizing;

use hoso_domain::id::DeviceId;
use hoso_portal_api::device::{ProofBody, proof_text};

/// An enrolled device: the id the portal gave, and the key.
#[derive(Clone, Debug)]
pub struct Device {
    pub id: DeviceId,
    pub key: DeviceKey,
}

/// A P-256 key. Zeroed when dropped; `Debug` shows nothing of it.
#[derive(Clone)]
pub struct DeviceKey(SigningKey);

impl std::fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceKey")
    }
}

/// Why there is no device key.
#[derive(Debug, thiserror::Error)]
pub enum DeviceKeyError {
    #[error("the system gives no random bytes")]
    Randomness(#[source] getrandom::Error),
    #[error("not the 32 bytes of a P-256 key")]
    NotAKey,
    #[error("the public key cannot be written")]
    Encoding(#[source] p256::pkcs8::spki::Error),
}

impl DeviceKey {
    /// A new key from the system's randomness.
    pub fn generate() -> Result<Self, DeviceKeyError> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        // one in 2^32 values is no scalar of the curve: a few tries are plenty
        for _ in 0..8 {
            getrandom::fill(bytes.as_mut_slice()).map_err(DeviceKeyError::Randomness)?;
            if let Ok(key) = Self::from_bytes(bytes.as_slice()) {
                return Ok(key);
            }
        }
        Err(DeviceKeyError::NotAKey)
    }

    /// Reads the 32 bytes of [`DeviceKey::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DeviceKeyError> {
        SigningKey::from_slice(bytes)
            .map(Self)
            .map_err(|_| DeviceKeyError::NotAKey)
    }

    /// The secret scalar, 32 bytes big-endian: for the encrypted store only.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.to_bytes().to_vec())
    }

    /// SubjectPublicKeyInfo, DER, base64, as enrolment wants it.
    pub fn public_key(&self) -> Result<String, DeviceKeyError> {
        let der = self
            .0
            .verifying_key()
            .to_public_key_der()
            .map_err(DeviceKeyError::Encoding)?;
        Ok(STANDARD.encode(der.as_bytes()))
    }

    /// The value of `Hoso-Proof`: base64 of r‖s, deterministic (RFC 6979).
    pub fn proof(&self, method: &str, target: &str, time: &str, body: ProofBody<'_>) -> String {
        let text = proof_text(method, target, time, body);
        let signature: Signature = self.0.sign(text.as_bytes());
        STANDARD.encode(signature.to_bytes())
    }
}

/// The value of `Hoso-Time`: RFC 3339, UTC, whole seconds.
pub fn time_text(now: DateTime<Utc>) -> String {
    now.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use p256::ecdsa::signature::Verifier as _;
    use p256::ecdsa::{Signature, VerifyingKey};
    use p256::pkcs8::DecodePublicKey as _;

    use super::*;

    #[test]
    fn a_proof_verifies_under_the_enrolled_public_key_and_only_over_its_request() {
        let key = DeviceKey::generate().unwrap();
        let der = STANDARD.decode(key.public_key().unwrap()).unwrap();
        let public = VerifyingKey::from_public_key_der(&der).unwrap();
        let proof = key.proof("PUT", "/v1/dossiers/1", "t", ProofBody::Bytes(b"{}"));
        let signature = Signature::from_slice(&STANDARD.decode(proof).unwrap()).unwrap();
        let right = proof_text("PUT", "/v1/dossiers/1", "t", ProofBody::Bytes(b"{}"));
        let wrong = proof_text("PUT", "/v1/dossiers/2", "t", ProofBody::Bytes(b"{}"));
        assert!(public.verify(right.as_bytes(), &signature).is_ok());
        assert!(public.verify(wrong.as_bytes(), &signature).is_err());
    }

    #[test]
    fn a_stored_key_makes_the_same_proof_again() {
        let key = DeviceKey::generate().unwrap();
        let again = DeviceKey::from_bytes(&key.to_bytes()).unwrap();
        let proof = |k: &DeviceKey| k.proof("GET", "/v1/changes", "t", ProofBody::Bytes(b""));
        assert_eq!(proof(&key), proof(&again));
        assert!(DeviceKey::from_bytes(&[0; 32]).is_err());
        assert!(DeviceKey::from_bytes(b"short").is_err());
        assert_eq!(format!("{key:?}"), "DeviceKey");
    }
}
