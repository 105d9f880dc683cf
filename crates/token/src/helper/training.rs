//! The training signer at work: one token with one certificate, in a file.

use hoso_domain::digest::Digest;
use p256::SecretKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};

use super::key;
use crate::error::TokenError;
use crate::message::{
    Algorithm, Certificate, KeyKind, KeyPresence, Mechanism, ModuleInfo, Opened, Pin, PinFlags,
    PukFlags, Survey, Token,
};
use crate::training::{MAX_PIN, MIN_PIN, MODEL, Sealed};

/// The file, and the key while a login stands.
pub struct Training {
    file: Sealed,
    open: Option<SecretKey>,
}

impl Training {
    pub fn new(file: Sealed) -> Self {
        Self { file, open: None }
    }

    pub fn info(&self) -> ModuleInfo {
        ModuleInfo {
            manufacturer: "Hoso".to_owned(),
            description: MODEL.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn flags() -> PinFlags {
        PinFlags {
            initialised: true,
            ..PinFlags::default()
        }
    }

    pub fn survey(&self) -> Survey {
        let der = self.file.certificate();
        let kind = key::public_key(&der).map_or(KeyKind::Other, |k| k.kind);
        let certificate = Certificate {
            digest: Digest::of(&der),
            der,
            id: vec![1],
            label: self.file.label.clone(),
            kind,
            key: KeyPresence::Yes,
            algorithms: key::algorithms(kind, &[Mechanism::Ecdsa]),
        };
        Survey {
            tokens: vec![Token {
                label: self.file.label.clone(),
                serial: self.file.serial.clone(),
                model: MODEL.to_owned(),
                manufacturer: "Hoso".to_owned(),
                pin_min: MIN_PIN,
                pin_max: MAX_PIN,
                protected_path: false,
                login_required: true,
                pin: Self::flags(),
                puk: PukFlags::default(),
                mechanisms: vec![Mechanism::Ecdsa],
                certificates: vec![certificate],
            }],
            unreadable: Vec::new(),
        }
    }

    /// One try.
    pub fn open(
        &mut self,
        serial: &str,
        certificate: Digest,
        pin: Option<Pin>,
    ) -> Result<Opened, TokenError> {
        self.close();
        if serial != self.file.serial {
            return Err(TokenError::NoSuchToken {
                serial: serial.to_owned(),
            });
        }
        if certificate != Digest::of(&self.file.certificate()) {
            return Err(TokenError::NoSuchCertificate);
        }
        let pin = pin.ok_or(TokenError::PinNeeded)?;
        let length = u32::try_from(pin.expose().len()).unwrap_or(u32::MAX);
        if !(MIN_PIN..=MAX_PIN).contains(&length) {
            return Err(TokenError::PinLength {
                min: MIN_PIN,
                max: MAX_PIN,
            });
        }
        let flags = Self::flags();
        let key = self.file.open(&pin).ok_or(TokenError::WrongPin { flags })?;
        self.open = Some(key);
        Ok(Opened {
            algorithms: vec![Algorithm::EcdsaP256Sha256],
            always_authenticate: false,
            before: flags,
            after: flags,
        })
    }

    /// Deterministic ECDSA (RFC 6979), as r ‖ s.
    pub fn sign(&self, data: &[u8], algorithm: Algorithm) -> Result<Vec<u8>, TokenError> {
        let key = self.open.as_ref().ok_or(TokenError::NotOpen)?;
        if algorithm != Algorithm::EcdsaP256Sha256 {
            return Err(TokenError::NoMechanism { algorithm });
        }
        let signature: Signature = SigningKey::from(key).sign(data);
        Ok(signature.to_bytes().to_vec())
    }

    /// The key is wiped as it goes.
    pub fn close(&mut self) {
        self.open = None;
    }
}
