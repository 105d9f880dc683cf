//! Why keys stay closed. Holds no secret.

use super::MIN_PIN;
use crate::error::StoreError;

/// Why the keys stay closed, or the envelope unchanged.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the operating system gives no random bytes")]
    NoRandomness,
    #[error("there is no key envelope in this folder")]
    Missing,
    #[error("there is a store in this folder already")]
    AlreadyThere,
    #[error("the key envelope is damaged: {what}")]
    Damaged { what: &'static str },
    #[error("the key envelope has format {found}, newer than this program")]
    Newer { found: u32 },
    #[error("this person has no such slot")]
    NoSlot,
    #[error("this person has a slot already")]
    SlotTaken,
    /// `wrong` tries since the last success, this one included.
    #[error("wrong PIN, try {wrong}")]
    WrongPin { wrong: u32 },
    #[error("wrong recovery code, try {wrong}")]
    WrongRecoveryCode { wrong: u32 },
    /// Not eight groups of four: a slip of the pen, not counted as a try.
    #[error("not a recovery code")]
    NotARecoveryCode,
    #[error("too many wrong tries: wait {seconds} s")]
    TryLater { seconds: u64 },
    #[error("a PIN has at least {MIN_PIN} characters")]
    PinTooShort,
    #[error("the last person's slot cannot be removed")]
    LastSlot,
    /// Absent, locked or refusing: the PIN still works.
    #[error("the system's key store does not answer")]
    KeyStore(#[source] keyring::Error),
    /// Another program's, or an earlier store's.
    #[error("the system's key store holds another key")]
    KeyStoreForeign,
    #[error("the key envelope cannot be written")]
    Disk(#[source] Box<StoreError>),
}

impl From<std::io::Error> for KeyError {
    fn from(e: std::io::Error) -> Self {
        KeyError::Disk(Box::new(e.into()))
    }
}
