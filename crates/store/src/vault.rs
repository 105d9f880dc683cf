//! The key envelope: who can open the store, and with what. It holds no content and no key in the
//! clear. Beside wrapped keys it names people by id and display name, because the unlock screen
//! lists them before anything is open; nothing else of the store is readable in it.
//!
//! One random master key is wrapped once per slot, so adding, changing and removing slots rewrites
//! no data. Slots: one PIN per person (argon2id), the operating system's key store per person, and
//! one compulsory printed recovery code. Sealing is XChaCha20-Poly1305 from RustCrypto's
//! `chacha20poly1305`: a kept crate that `age` brings anyway, and a nonce long enough to be random.
//!
//! What slots cannot do: a PIN slows an attacker who has copied the folder, it does not stop one;
//! only the key store or a long passphrase does. Removing a slot keeps a person out of this copy.

mod attempts;
mod recovery;
mod slot;

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use hoso_domain::id::PersonId;

use crate::error::StoreError;
use crate::key::{FilesKey, Keys, MasterKey, Sealed, random};
use crate::layout;

pub use attempts::LONGEST_WAIT;
use attempts::Tries;
pub use recovery::RecoveryCode;
use slot::{Kind, Slot};

/// The fewest characters a PIN may have.
pub const MIN_PIN: usize = 6;

/// The version of the envelope's JSON written by this program; a higher one is refused.
const FORMAT: u32 = 1;

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
    #[error("the key envelope cannot be written")]
    Disk(#[source] Box<StoreError>),
}

impl From<std::io::Error> for KeyError {
    fn from(e: std::io::Error) -> Self {
        KeyError::Disk(Box::new(e.into()))
    }
}

/// A person on the unlock screen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holder {
    pub person: PersonId,
    pub name: String,
    pub pin: bool,
    pub key_store: bool,
}

#[derive(Clone, Serialize, Deserialize)]
struct Envelope {
    format: u32,
    /// Random; ties slots to this store and names it in the system's key store.
    store: Uuid,
    /// The files' age identity under the master key.
    files: Sealed,
    slots: Vec<Slot>,
}

/// The envelope of one store.
pub struct Vault {
    /// `None` for a backup's: its tries are counted in memory, since its bytes must stay what its
    /// manifest says.
    dir: Option<PathBuf>,
    envelope: Envelope,
}

impl Vault {
    /// Makes the envelope of a new store, with a PIN slot for the first person and the recovery
    /// slot, not confirmed yet. An envelope left by a first run that never got its database is
    /// replaced; beside a database it is [`KeyError::AlreadyThere`].
    pub fn create(
        dir: &Path,
        person: PersonId,
        name: &str,
        pin: &str,
    ) -> Result<(Vault, Keys, RecoveryCode), KeyError> {
        if layout::stage(dir) == layout::Stage::Present {
            return Err(KeyError::AlreadyThere);
        }
        let keys = Keys {
            master: MasterKey::generate()?,
            files: FilesKey::generate(),
        };
        let store = Uuid::from_bytes(random()?);
        let (recovery, code) = Slot::recovery(store, &keys.master)?;
        let envelope = Envelope {
            format: FORMAT,
            store,
            files: keys.files.seal(&keys.master)?,
            slots: vec![Slot::pin(store, &keys.master, person, name, pin)?, recovery],
        };
        fs::create_dir_all(dir)?;
        let vault = Vault {
            dir: Some(dir.to_owned()),
            envelope,
        };
        vault.write(Keep::Nothing)?;
        Ok((vault, keys, code))
    }

    /// Reads the envelope; a damaged one is read from the copy kept before its last change.
    pub fn open(dir: &Path) -> Result<Vault, KeyError> {
        let (envelope, _) = good(dir)?;
        Ok(Vault {
            dir: Some(dir.to_owned()),
            envelope,
        })
    }

    /// The envelope of a backup, to open it; not one of its slots can be changed for good.
    pub fn of_backup(place: &Path) -> Result<Vault, KeyError> {
        let (envelope, _) = read(&layout::envelope(place))?;
        Ok(Vault {
            dir: None,
            envelope,
        })
    }

    /// The store these slots belong to.
    pub fn store(&self) -> Uuid {
        self.envelope.store
    }

    /// Everyone with a slot, in the order they were added.
    pub fn people(&self) -> Vec<Holder> {
        let mut out: Vec<Holder> = Vec::new();
        for slot in &self.envelope.slots {
            let Some((person, name)) = slot.holder() else {
                continue;
            };
            let at = match out.iter().position(|h| h.person == person) {
                Some(at) => at,
                None => {
                    out.push(Holder {
                        person,
                        name: name.to_owned(),
                        pin: false,
                        key_store: false,
                    });
                    out.len().saturating_sub(1)
                }
            };
            if let Some(holder) = out.get_mut(at) {
                holder.pin |= matches!(slot.kind, Kind::Pin { .. });
                holder.key_store |= matches!(slot.kind, Kind::KeyStore { .. });
            }
        }
        out
    }

    /// Opens a person's PIN slot. The try is counted, durably, before it is made.
    pub fn unlock(
        &mut self,
        person: PersonId,
        pin: &str,
        now: DateTime<Utc>,
    ) -> Result<Keys, KeyError> {
        let at = self.pin_slot(person).ok_or(KeyError::NoSlot)?;
        let wrong = self.begin(at, now)?;
        let store = self.envelope.store;
        let opened = self.slot(at)?.open_pin(store, pin)?;
        self.conclude(at, opened, KeyError::WrongPin { wrong })
    }

    /// Opens a person's slot in the system's key store.
    pub fn unlock_with_key_store(&self, person: PersonId) -> Result<Keys, KeyError> {
        let slot = self
            .envelope
            .slots
            .iter()
            .find(|s| s.is_key_store_of(person))
            .ok_or(KeyError::NoSlot)?;
        let master = slot.open_key_store(self.envelope.store)?;
        self.keys(master.ok_or(KeyError::Damaged {
            what: "the key store holds another key",
        })?)
    }

    /// Opens the recovery slot. Case, spaces and dashes do not matter; O reads as 0, I and L as 1.
    pub fn unlock_with_recovery(
        &mut self,
        code: &str,
        now: DateTime<Utc>,
    ) -> Result<Keys, KeyError> {
        let code = RecoveryCode::read(code).ok_or(KeyError::NotARecoveryCode)?;
        let at = self.recovery_slot()?;
        let wrong = self.begin(at, now)?;
        let opened = self.slot(at)?.open_recovery(self.envelope.store, &code)?;
        self.conclude(at, opened, KeyError::WrongRecoveryCode { wrong })
    }

    /// The person typed the printed code back: the first run may end.
    pub fn confirm_recovery(&mut self, code: &str, now: DateTime<Utc>) -> Result<(), KeyError> {
        self.unlock_with_recovery(code, now)?;
        let at = self.recovery_slot()?;
        self.change(|envelope| {
            if let Some(Slot {
                kind: Kind::Recovery { confirmed, .. },
                ..
            }) = envelope.slots.get_mut(at)
            {
                *confirmed = true;
            }
            Ok(())
        })
    }

    /// Whether the printed code was typed back once.
    pub fn recovery_confirmed(&self) -> bool {
        self.envelope.slots.iter().any(|s| {
            matches!(
                s.kind,
                Kind::Recovery {
                    confirmed: true,
                    ..
                }
            )
        })
    }

    /// A new recovery code; the old one opens nothing from now on. Must be confirmed again.
    pub fn replace_recovery(&mut self, keys: &Keys) -> Result<RecoveryCode, KeyError> {
        self.own(keys)?;
        let (slot, code) = Slot::recovery(self.envelope.store, &keys.master)?;
        self.change(|envelope| {
            envelope
                .slots
                .retain(|s| !matches!(s.kind, Kind::Recovery { .. }));
            envelope.slots.push(slot);
            Ok(())
        })?;
        Ok(code)
    }

    /// A PIN slot for one more person.
    pub fn add_person(
        &mut self,
        keys: &Keys,
        person: PersonId,
        name: &str,
        pin: &str,
    ) -> Result<(), KeyError> {
        self.own(keys)?;
        if self.pin_slot(person).is_some() {
            return Err(KeyError::SlotTaken);
        }
        let slot = Slot::pin(self.envelope.store, &keys.master, person, name, pin)?;
        self.change(|envelope| {
            envelope.slots.push(slot);
            Ok(())
        })
    }

    /// A new PIN for a person; waiting times end with it.
    pub fn set_pin(&mut self, keys: &Keys, person: PersonId, pin: &str) -> Result<(), KeyError> {
        self.own(keys)?;
        let at = self.pin_slot(person).ok_or(KeyError::NoSlot)?;
        let name = self
            .slot(at)?
            .holder()
            .map(|(_, n)| n.to_owned())
            .unwrap_or_default();
        let slot = Slot::pin(self.envelope.store, &keys.master, person, &name, pin)?;
        self.change(|envelope| {
            if let Some(old) = envelope.slots.get_mut(at) {
                *old = slot;
            }
            Ok(())
        })
    }

    /// A slot in the system's key store, beside the person's PIN.
    pub fn add_key_store(&mut self, keys: &Keys, person: PersonId) -> Result<(), KeyError> {
        self.own(keys)?;
        let at = self.pin_slot(person).ok_or(KeyError::NoSlot)?;
        let name = self
            .slot(at)?
            .holder()
            .map(|(_, n)| n.to_owned())
            .unwrap_or_default();
        let slot = Slot::key_store(self.envelope.store, &keys.master, person, &name)?;
        self.change(|envelope| {
            envelope.slots.retain(|s| !s.is_key_store_of(person));
            envelope.slots.push(slot);
            Ok(())
        })
    }

    /// Takes all slots of a person away; the last person stays.
    pub fn remove_person(&mut self, keys: &Keys, person: PersonId) -> Result<(), KeyError> {
        self.own(keys)?;
        let people = self.people();
        if !people.iter().any(|h| h.person == person) {
            return Err(KeyError::NoSlot);
        }
        if people.len() == 1 {
            return Err(KeyError::LastSlot);
        }
        let of = |s: &Slot| s.holder().is_some_and(|(p, _)| p == person);
        let gone: Vec<Slot> = self
            .envelope
            .slots
            .iter()
            .filter(|s| of(s))
            .cloned()
            .collect();
        self.change(|envelope| {
            envelope.slots.retain(|s| !of(s));
            Ok(())
        })?;
        for slot in gone {
            slot.forget_in_key_store();
        }
        Ok(())
    }

    fn pin_slot(&self, person: PersonId) -> Option<usize> {
        self.envelope
            .slots
            .iter()
            .position(|s| matches!(&s.kind, Kind::Pin { person: p, .. } if *p == person))
    }

    fn recovery_slot(&self) -> Result<usize, KeyError> {
        self.envelope
            .slots
            .iter()
            .position(|s| matches!(s.kind, Kind::Recovery { .. }))
            .ok_or(KeyError::Damaged {
                what: "no recovery slot",
            })
    }

    fn slot(&self, at: usize) -> Result<&Slot, KeyError> {
        self.envelope.slots.get(at).ok_or(KeyError::NoSlot)
    }

    fn tries(&mut self, at: usize) -> Result<&mut Tries, KeyError> {
        self.envelope
            .slots
            .get_mut(at)
            .map(|s| &mut s.tries)
            .ok_or(KeyError::NoSlot)
    }

    /// Counts a try before it is made. A full disk must not keep people out of what they can still
    /// read, so a count that cannot be written is kept in memory.
    fn begin(&mut self, at: usize, now: DateTime<Utc>) -> Result<u32, KeyError> {
        let allowed = self.tries(at)?.begin(now);
        match self.write(Keep::Nothing) {
            Ok(()) | Err(KeyError::Disk(_)) => allowed,
            Err(e) => Err(e),
        }
    }

    fn conclude(
        &mut self,
        at: usize,
        opened: Option<MasterKey>,
        wrong: KeyError,
    ) -> Result<Keys, KeyError> {
        let keys = self.keys(opened.ok_or(wrong)?)?;
        *self.tries(at)? = Tries::default();
        match self.write(Keep::Nothing) {
            Ok(()) | Err(KeyError::Disk(_)) => Ok(keys),
            Err(e) => Err(e),
        }
    }

    fn keys(&self, master: MasterKey) -> Result<Keys, KeyError> {
        let files = FilesKey::unseal(&self.envelope.files, &master).ok_or(KeyError::Damaged {
            what: "the files' key",
        })?;
        Ok(Keys { master, files })
    }

    /// Refuses keys of another store.
    fn own(&self, keys: &Keys) -> Result<(), KeyError> {
        self.keys(keys.master.clone()).map(|_| ())
    }

    /// Changes slots in memory only after they are on disk.
    fn change(
        &mut self,
        f: impl FnOnce(&mut Envelope) -> Result<(), KeyError>,
    ) -> Result<(), KeyError> {
        let mut next = self.envelope.clone();
        f(&mut next)?;
        let old = std::mem::replace(&mut self.envelope, next);
        self.write(Keep::Before)
            .inspect_err(|_| self.envelope = old)
    }

    fn write(&self, keep: Keep) -> Result<(), KeyError> {
        let Some(dir) = &self.dir else {
            return Ok(());
        };
        let path = layout::envelope(dir);
        let before = layout::envelope_before(dir);
        let mut bytes =
            serde_json::to_vec_pretty(&self.envelope).map_err(|_| KeyError::Damaged {
                what: "not writable as JSON",
            })?;
        bytes.push(b'\n');
        // a damaged envelope never takes the place of the good copy
        let keep = matches!(keep, Keep::Before) && read(&path).is_ok();
        layout::replace(&path, &bytes, keep.then_some(before.as_path()))?;
        Ok(())
    }
}

/// Whether the envelope's last state is kept aside: for changed slots, not for counted tries.
enum Keep {
    Before,
    Nothing,
}

/// An envelope as it lies, and whose it is.
pub(crate) struct Slots {
    pub store: Uuid,
    pub bytes: Vec<u8>,
}

/// The envelope in `dir`; a damaged one is taken from the copy before its last change.
pub(crate) fn slots(dir: &Path) -> Result<Slots, KeyError> {
    let (envelope, bytes) = good(dir)?;
    Ok(Slots {
        store: envelope.store,
        bytes,
    })
}

fn good(dir: &Path) -> Result<(Envelope, Vec<u8>), KeyError> {
    match read(&layout::envelope(dir)) {
        Err(e @ (KeyError::Missing | KeyError::Damaged { .. })) => {
            read(&layout::envelope_before(dir)).map_err(|_| e)
        }
        other => other,
    }
}

fn read(path: &Path) -> Result<(Envelope, Vec<u8>), KeyError> {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    let bytes = match fs::read(path) {
        Ok(b) => b,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(KeyError::Missing),
        Err(e) => return Err(e.into()),
    };
    let damaged = |_| KeyError::Damaged {
        what: "not an envelope",
    };
    let version: Version = serde_json::from_slice(&bytes).map_err(damaged)?;
    if version.format > FORMAT {
        return Err(KeyError::Newer {
            found: version.format,
        });
    }
    let envelope = serde_json::from_slice(&bytes).map_err(damaged)?;
    Ok((envelope, bytes))
}
