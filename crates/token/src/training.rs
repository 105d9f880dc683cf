//! Chữ ký tập huấn: a software key in a file, for workshops where nobody may put a real token at
//! risk. Its certificate is issued by a training authority, which no other portal has among its
//! anchors; and the engine refuses it wherever money is real.
//!
//! It refuses to hold a key that is not P-256, to keep one open beyond a login, and to lock: a file
//! can be copied, so a lock would be play-acting.

use std::path::Path;

use argon2::{Algorithm as Kdf, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use der::{DecodePem, Encode};
use hoso_domain::digest::Digest;
use p256::SecretKey;
use p256::pkcs8::DecodePrivateKey;
use serde::{Deserialize, Serialize};
use x509_cert::Certificate;
use zeroize::Zeroizing;

use crate::error::TokenError;
use crate::message::Pin;

/// What such a token calls itself.
pub const MODEL: &str = "Hoso training signer";

/// First word of the file.
const FORMAT: &str = "hoso-training-signer";
/// Longest file read.
const MAX_SIZE: u64 = 64 * 1024;
/// Memory in KiB, passes and lanes of Argon2id: a moment on the slowest PC of a workshop.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sealed {
    format: String,
    version: u32,
    pub(crate) label: String,
    pub(crate) serial: String,
    /// DER in hex.
    certificate: String,
    salt: String,
    nonce: String,
    /// The key's scalar, encrypted with the PIN and bound to the certificate; hex.
    key: String,
}

/// Why no such file can be made.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("the certificate cannot be read")]
    Certificate(#[source] der::Error),
    #[error("the key is no P-256 key in PKCS#8")]
    Key(#[source] p256::pkcs8::Error),
    #[error("the key is not the certificate's")]
    Mismatch,
    #[error("the PIN must have at least {MIN_PIN} characters")]
    Pin,
}

/// Fewest bytes of a PIN.
pub(crate) const MIN_PIN: u32 = 4;
pub(crate) const MAX_PIN: u32 = 64;

/// The file for a certificate and its key, both in PEM. `random` is used once: 16 bytes of salt and
/// 12 of nonce.
pub fn seal(
    certificate_pem: &str,
    key_pem: &str,
    label: &str,
    pin: &Pin,
    random: [u8; 28],
) -> Result<Vec<u8>, SealError> {
    let length = u32::try_from(pin.expose().len()).unwrap_or(u32::MAX);
    if !(MIN_PIN..=MAX_PIN).contains(&length) {
        return Err(SealError::Pin);
    }
    let certificate = Certificate::from_pem(certificate_pem).map_err(SealError::Certificate)?;
    let der = certificate.to_der().map_err(SealError::Certificate)?;
    let key = SecretKey::from_pkcs8_pem(key_pem).map_err(SealError::Key)?;
    if !is_pair(&certificate, &key) {
        return Err(SealError::Mismatch);
    }
    let (salt, nonce) = random.split_at(16);
    let digest = Digest::of(&der);
    let payload = Payload {
        msg: &key.to_bytes(),
        aad: &digest.0,
    };
    let sealed = cipher(pin, salt)
        .encrypt(Nonce::from_slice(nonce), payload)
        .expect("32 bytes are within the cipher's limits");
    let file = Sealed {
        format: FORMAT.to_owned(),
        version: 1,
        label: label.to_owned(),
        serial: hex::encode(digest.0.iter().take(8).copied().collect::<Vec<u8>>()),
        certificate: hex::encode(der),
        salt: hex::encode(salt),
        nonce: hex::encode(nonce),
        key: hex::encode(sealed),
    };
    Ok(serde_json::to_vec_pretty(&file).expect("plain data"))
}

fn is_pair(certificate: &Certificate, key: &SecretKey) -> bool {
    let info = &certificate.tbs_certificate.subject_public_key_info;
    let point = p256::EncodedPoint::from(key.public_key());
    info.subject_public_key.as_bytes() == Some(point.as_bytes())
}

fn cipher(pin: &Pin, salt: &[u8]) -> ChaCha20Poly1305 {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, Some(32)).expect("constants within bounds");
    let mut key = Zeroizing::new([0u8; 32]);
    Argon2::new(Kdf::Argon2id, Version::V0x13, params)
        .hash_password_into(pin.expose().as_bytes(), salt, key.as_mut())
        .expect("salt and key have lengths that Argon2 takes");
    ChaCha20Poly1305::new(Key::from_slice(key.as_ref()))
}

impl Sealed {
    /// Reads the file; `None` for one that is something else.
    pub(crate) fn read(path: &Path) -> Option<Result<Self, TokenError>> {
        let size = std::fs::metadata(path).ok().filter(|m| m.is_file())?.len();
        if size > MAX_SIZE {
            return None;
        }
        let bytes = std::fs::read(path).ok()?;
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return None;
        }
        let file: Self = match serde_json::from_slice(&bytes) {
            Ok(file) => file,
            Err(_) => return None,
        };
        let path = path.to_path_buf();
        if file.format != FORMAT || file.version != 1 {
            let reason = format!("{} {}", file.format, file.version);
            return Some(Err(TokenError::ModuleUnreadable { path, reason }));
        }
        Some(Ok(file))
    }

    pub(crate) fn certificate(&self) -> Vec<u8> {
        hex::decode(&self.certificate).unwrap_or_default()
    }

    /// The key, where the PIN is right.
    pub(crate) fn open(&self, pin: &Pin) -> Option<SecretKey> {
        let (salt, nonce) = (
            hex::decode(&self.salt).ok()?,
            hex::decode(&self.nonce).ok()?,
        );
        if salt.len() != 16 || nonce.len() != 12 {
            return None;
        }
        let payload = Payload {
            msg: &hex::decode(&self.key).ok()?,
            aad: &Digest::of(&self.certificate()).0,
        };
        let scalar = cipher(pin, &salt).decrypt(Nonce::from_slice(&nonce), payload);
        let scalar = Zeroizing::new(scalar.ok()?);
        SecretKey::from_slice(&scalar).ok()
    }
}
