//! One slot: the master key under one secret. Counts no tries and writes no file.

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;
use zeroize::Zeroizing;

use hoso_domain::id::PersonId;

use super::attempts::Tries;
use super::{KeyError, MIN_PIN, RecoveryCode};
use crate::key::{MasterKey, Sealed, derive, random};

/// The service under which the system's key store lists our secrets.
const SERVICE: &str = "hoso";

/// argon2id costs, kept beside the slot so that later ones can be dearer.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// 64 MiB, three passes, one lane (RFC 9106, second recommended option, for a 4 GB PC).
const COST: Cost = Cost {
    memory_kib: 64 * 1024,
    passes: 3,
    lanes: 1,
};

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Kind {
    Pin {
        person: PersonId,
        name: String,
        salt: String,
        argon2id: Cost,
        sealed: Sealed,
    },
    KeyStore {
        person: PersonId,
        name: String,
        account: String,
        sealed: Sealed,
    },
    Recovery {
        salt: String,
        confirmed: bool,
        /// Somebody left since it was made, who may know it.
        #[serde(default)]
        handed_over: bool,
        sealed: Sealed,
    },
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Slot {
    #[serde(flatten)]
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) tries: Tries,
}

impl Slot {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            tries: Tries::default(),
        }
    }

    pub(super) fn pin(
        store: Uuid,
        master: &MasterKey,
        person: PersonId,
        name: &str,
        pin: &str,
    ) -> Result<Self, KeyError> {
        long_enough(pin)?;
        let salt: [u8; 16] = random()?;
        let key = stretch(pin, &salt, COST)?;
        Ok(Self::new(Kind::Pin {
            person,
            name: name.nfc().collect(),
            salt: hex::encode(salt),
            argon2id: COST,
            sealed: Sealed::seal(&key, &about(store, "pin", person), master.bytes())?,
        }))
    }

    /// The slot and the secret it opens with go to the key store before the slot is used.
    pub(super) fn key_store(
        store: Uuid,
        master: &MasterKey,
        person: PersonId,
        name: &str,
    ) -> Result<Self, KeyError> {
        let secret = Zeroizing::new(random::<32>()?);
        let account = format!("{store}/{person}");
        keyring::Entry::new(SERVICE, &account)
            .and_then(|e| e.set_secret(secret.as_slice()))
            .map_err(KeyError::KeyStore)?;
        Ok(Self::new(Kind::KeyStore {
            person,
            name: name.to_owned(),
            account,
            sealed: Sealed::seal(&secret, &about(store, "key-store", person), master.bytes())?,
        }))
    }

    pub(super) fn recovery(
        store: Uuid,
        master: &MasterKey,
    ) -> Result<(Self, RecoveryCode), KeyError> {
        let code = RecoveryCode::generate()?;
        let salt: [u8; 16] = random()?;
        // 160 random bits need no stretching
        let key = derive(code.secret(), &salt, "hoso recovery 1");
        let sealed = Sealed::seal(&key, &about(store, "recovery", ""), master.bytes())?;
        let kind = Kind::Recovery {
            salt: hex::encode(salt),
            confirmed: false,
            handed_over: false,
            sealed,
        };
        Ok((Self::new(kind), code))
    }

    pub(super) fn holder(&self) -> Option<(PersonId, &str)> {
        match &self.kind {
            Kind::Pin { person, name, .. } | Kind::KeyStore { person, name, .. } => {
                Some((*person, name))
            }
            Kind::Recovery { .. } => None,
        }
    }

    pub(super) fn is_key_store_of(&self, wanted: PersonId) -> bool {
        matches!(&self.kind, Kind::KeyStore { person, .. } if *person == wanted)
    }

    pub(super) fn is_recovery(&self) -> bool {
        matches!(self.kind, Kind::Recovery { .. })
    }

    /// `None`: a wrong PIN.
    pub(super) fn open_pin(&self, store: Uuid, pin: &str) -> Result<Option<MasterKey>, KeyError> {
        let Kind::Pin {
            person,
            salt,
            argon2id,
            sealed,
            ..
        } = &self.kind
        else {
            return Err(KeyError::NoSlot);
        };
        let salt = hex::decode(salt).map_err(|_| KeyError::Damaged {
            what: "a slot's salt",
        })?;
        let key = stretch(pin, &salt, *argon2id)?;
        Ok(master(sealed.open(&key, &about(store, "pin", person))))
    }

    /// `None`: a wrong code.
    pub(super) fn open_recovery(
        &self,
        store: Uuid,
        code: &RecoveryCode,
    ) -> Result<Option<MasterKey>, KeyError> {
        let Kind::Recovery { salt, sealed, .. } = &self.kind else {
            return Err(KeyError::NoSlot);
        };
        let salt = hex::decode(salt).map_err(|_| KeyError::Damaged {
            what: "a slot's salt",
        })?;
        let key = derive(code.secret(), &salt, "hoso recovery 1");
        Ok(master(sealed.open(&key, &about(store, "recovery", ""))))
    }

    /// `None`: the key store answered with another secret.
    pub(super) fn open_key_store(&self, store: Uuid) -> Result<Option<MasterKey>, KeyError> {
        let Kind::KeyStore {
            person,
            account,
            sealed,
            ..
        } = &self.kind
        else {
            return Err(KeyError::NoSlot);
        };
        let secret = keyring::Entry::new(SERVICE, account)
            .and_then(|e| e.get_secret())
            .map(Zeroizing::new)
            .map_err(KeyError::KeyStore)?;
        let Ok(key) = <[u8; 32]>::try_from(secret.as_slice()).map(Zeroizing::new) else {
            return Ok(None);
        };
        Ok(master(
            sealed.open(&key, &about(store, "key-store", person)),
        ))
    }

    /// Best effort: what stays behind in the key store opens nothing once the slot is gone.
    pub(super) fn forget_in_key_store(&self) {
        if let Kind::KeyStore { account, .. } = &self.kind {
            let _ = keyring::Entry::new(SERVICE, account).and_then(|e| e.delete_credential());
        }
    }
}

pub(super) fn long_enough(pin: &str) -> Result<(), KeyError> {
    match pin.nfc().count() < MIN_PIN {
        true => Err(KeyError::PinTooShort),
        false => Ok(()),
    }
}

/// Authenticated beside the key, so that a slot cannot be passed off as another's.
fn about(store: Uuid, kind: &str, person: impl std::fmt::Display) -> String {
    format!("hoso slot {store} {kind} {person}")
}

fn master(opened: Option<Zeroizing<Vec<u8>>>) -> Option<MasterKey> {
    opened.and_then(|bytes| MasterKey::from_slice(&bytes))
}

/// argon2id (RFC 9106) over the PIN in NFC.
fn stretch(pin: &str, salt: &[u8], cost: Cost) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let damaged = |_| KeyError::Damaged {
        what: "a slot's argon2 parameters",
    };
    // bounds, so that an altered envelope cannot take the PC's memory
    if cost.memory_kib > 1024 * 1024 || cost.passes > 32 || cost.lanes > 16 {
        return Err(KeyError::Damaged {
            what: "a slot's argon2 parameters",
        });
    }
    let params =
        Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(damaged)?;
    let pin: Zeroizing<String> = Zeroizing::new(pin.nfc().collect());
    let mut key = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(pin.as_bytes(), salt, key.as_mut_slice())
        .map_err(damaged)?;
    Ok(key)
}
