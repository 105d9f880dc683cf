//! How a command with a PIN crosses: encrypted in the page, to a key that was made for this one command.
//! The web view and the window's framework free what they hand on without wiping it; so they hold
//! nothing that could be read.
//!
//! HPKE (RFC 9180) in base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. A sealed command is
//! the key it is for ‖ the encapsulated key ‖ the ciphertext; the command's name is authenticated with it.

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{
    Deserializable as _, HpkeError, Kem, OpModeR, OpModeS, Serializable as _, single_shot_open,
    single_shot_seal,
};
use rand_core::OsRng;
use zeroize::Zeroizing;

type Kind = X25519HkdfSha256;

const INFO: &[u8] = b"hoso window 1";
/// Bytes of a public key, and of an encapsulated one (RFC 9180, table 2).
const KEY: usize = 32;

/// The private half of a key for one command; wiped when dropped.
pub struct Opener {
    secret: <Kind as Kem>::PrivateKey,
    public: Vec<u8>,
}

impl Opener {
    pub fn new() -> Self {
        let (secret, public) = Kind::gen_keypair(&mut OsRng);
        let public = public.to_bytes().to_vec();
        Self { secret, public }
    }

    /// What the page seals to.
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// Whether `sealed` is for this key.
    pub fn is_for(&self, sealed: &[u8]) -> bool {
        sealed.starts_with(&self.public)
    }

    /// The body of the command `name`. The key is gone afterwards, whatever came.
    pub fn open(self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, HpkeError> {
        let rest = sealed.strip_prefix(self.public.as_slice());
        let parts = rest.and_then(|rest| rest.split_at_checked(KEY));
        let (encapsulated, text) = parts.ok_or(HpkeError::OpenError)?;
        single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kind>(
            &OpModeR::Base,
            &self.secret,
            &<Kind as Kem>::EncappedKey::from_bytes(encapsulated)?,
            INFO,
            text,
            name.as_bytes(),
        )
        .map(Zeroizing::new)
    }
}

impl Default for Opener {
    fn default() -> Self {
        Self::new()
    }
}

/// Seals the body of the command `name` to a key of [`Opener::public`].
pub fn seal(public: &[u8], name: &str, body: &[u8]) -> Result<Vec<u8>, HpkeError> {
    let (encapsulated, text) = single_shot_seal::<ChaCha20Poly1305, HkdfSha256, Kind, _>(
        &OpModeS::Base,
        &<Kind as Kem>::PublicKey::from_bytes(public)?,
        INFO,
        body,
        name.as_bytes(),
        &mut OsRng,
    )?;
    Ok([public, encapsulated.to_bytes().as_slice(), &text].concat())
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test may panic"
    )]
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_by_its_key_under_its_name_alone() {
        let body = b"{\"pin\":\"482915\"}";
        let opener = Opener::new();
        let sealed = seal(opener.public(), "unlock", body).unwrap();
        assert!(!sealed.windows(6).any(|w| w == b"482915"));
        assert!(opener.is_for(&sealed) && !Opener::new().is_for(&sealed));
        assert_eq!(*opener.open("unlock", &sealed).unwrap(), body);

        let opener = Opener::new();
        let sealed = seal(opener.public(), "unlock", body).unwrap();
        assert_eq!(opener.open("sign", &sealed), Err(HpkeError::OpenError));
        assert!(Opener::new().open("unlock", &sealed).is_err());
        assert!(Opener::new().open("unlock", b"").is_err());
    }

    #[test]
    fn a_changed_byte_opens_nothing() {
        let (mut at, mut whole) = (0, 1);
        while at < whole {
            let opener = Opener::new();
            let mut sealed = seal(opener.public(), "unlock", b"482915").unwrap();
            sealed[at] ^= 1;
            assert!(opener.open("unlock", &sealed).is_err(), "byte {at}");
            (at, whole) = (at + 1, sealed.len());
        }
    }
}
