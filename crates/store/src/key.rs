//! The master key and what is derived from it. Nothing here is ever printed, logged or serialized.

use age::secrecy::{ExposeSecret, SecretString};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::vault::KeyError;

/// The random 256-bit key of one store. Zeroed when dropped; has no `Debug`.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut out = [0u8; N];
    getrandom::fill(&mut out).map_err(|_| KeyError::NoRandomness)?;
    Ok(out)
}

impl MasterKey {
    pub(crate) fn generate() -> Result<Self, KeyError> {
        Ok(Self(Zeroizing::new(random()?)))
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        <[u8; 32]>::try_from(bytes)
            .ok()
            .map(|b| Self(Zeroizing::new(b)))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HKDF-SHA256 (RFC 5869) of the master key under `label`.
    fn derive(&self, label: &str) -> Zeroizing<[u8; 32]> {
        derive(self.0.as_slice(), b"", label)
    }

    /// `PRAGMA key` for SQLCipher: the raw key, so that no password hashing is run at each open.
    pub(crate) fn pragma(&self) -> Zeroizing<String> {
        let hex = Zeroizing::new(hex::encode(self.derive("hoso database 1").as_slice()));
        Zeroizing::new(format!("PRAGMA key = \"x'{}'\";", hex.as_str()))
    }

    /// The key that seals what a backup says of its content.
    pub(crate) fn words(&self) -> Zeroizing<[u8; 32]> {
        self.derive("hoso backup words 1")
    }

    /// The key that wraps the files' age identity in the envelope.
    pub(crate) fn wrapping(&self) -> Zeroizing<[u8; 32]> {
        self.derive("hoso files identity 1")
    }
}

/// HKDF-SHA256 with a salt, 32 bytes out.
pub(crate) fn derive(secret: &[u8], salt: &[u8], label: &str) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0u8; 32]);
    Hkdf::<Sha256>::new(Some(salt), secret)
        .expand(label.as_bytes(), out.as_mut_slice())
        .expect("32 bytes are within HKDF's limit");
    out
}

/// Bytes sealed with XChaCha20-Poly1305 (RustCrypto `chacha20poly1305`, in the tree through age)
/// under a random 192-bit nonce; `about` is authenticated beside them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Sealed {
    nonce: String,
    bytes: String,
}

impl Sealed {
    pub(crate) fn seal(key: &[u8; 32], about: &str, secret: &[u8]) -> Result<Self, KeyError> {
        let nonce: [u8; 24] = random()?;
        let bytes = XChaCha20Poly1305::new(key.into())
            .encrypt(
                XNonce::from_slice(&nonce),
                Payload {
                    msg: secret,
                    aad: about.as_bytes(),
                },
            )
            .map_err(|_| KeyError::Damaged {
                what: "sealing failed",
            })?;
        Ok(Self {
            nonce: hex::encode(nonce),
            bytes: hex::encode(bytes),
        })
    }

    /// `None` for a wrong key and for changed bytes alike.
    pub(crate) fn open(&self, key: &[u8; 32], about: &str) -> Option<Zeroizing<Vec<u8>>> {
        let mut nonce = [0u8; 24];
        hex::decode_to_slice(&self.nonce, &mut nonce).ok()?;
        let bytes = hex::decode(&self.bytes).ok()?;
        XChaCha20Poly1305::new(key.into())
            .decrypt(
                XNonce::from_slice(&nonce),
                Payload {
                    msg: &bytes,
                    aad: about.as_bytes(),
                },
            )
            .ok()
            .map(Zeroizing::new)
    }
}

/// The age x25519 identity of the stored files.
#[derive(Clone)]
pub struct FilesKey(pub(crate) age::x25519::Identity);

impl FilesKey {
    pub(crate) fn generate() -> Self {
        Self(age::x25519::Identity::generate())
    }

    pub(crate) fn secret(&self) -> SecretString {
        self.0.to_string()
    }

    pub(crate) fn seal(&self, master: &MasterKey) -> Result<Sealed, KeyError> {
        Sealed::seal(
            &master.wrapping(),
            "files",
            self.secret().expose_secret().as_bytes(),
        )
    }

    pub(crate) fn unseal(sealed: &Sealed, master: &MasterKey) -> Option<Self> {
        let secret = sealed.open(&master.wrapping(), "files")?;
        std::str::from_utf8(&secret).ok()?.parse().ok().map(Self)
    }
}

/// What opens a store: handed out by [`crate::Vault`] after a slot was opened.
#[derive(Clone)]
pub struct Keys {
    pub(crate) master: MasterKey,
    pub(crate) files: FilesKey,
}
