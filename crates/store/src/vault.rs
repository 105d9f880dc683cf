//! The key envelope: who can open the store, and with what. It holds no content and no key in the
//! clear. Beside wrapped keys it names people by id and display name, because the unlock screen
//! lists them before anything is open; nothing else of the store is readable in it.
//!
//! One random master key is wrapped once per slot, so adding, changing and removing slots rewrites
//! no data. Slots: one PIN per person (argon2id), the operating system's key store per person, and
//! one compulsory printed recovery code; a newer one opens beside it until it was typed back.
//! Sealing is XChaCha20-Poly1305 from RustCrypto's `chacha20poly1305`: a kept crate that `age`
//! brings anyway, and a nonce long enough to be random.
//!
//! What slots cannot do: a PIN slows an attacker who has copied the folder, it does not stop one;
//! only the key store or a long passphrase does. Removing a slot keeps a person out of this copy.

mod attempts;
mod changes;
mod envelope;
mod error;
mod recovery;
mod slot;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use hoso_domain::id::PersonId;

use crate::key::{FilesKey, Keys, MasterKey, random};
use crate::layout;

pub use attempts::LONGEST_WAIT;
use attempts::Tries;
pub(crate) use envelope::slots;
use envelope::{Change, Envelope, FORMAT, good, read};
pub use error::KeyError;
pub use recovery::RecoveryCode;
use slot::{Kind, Slot};

/// The fewest characters a PIN may have.
pub const MIN_PIN: usize = 6;

/// A person on the unlock screen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holder {
    pub person: PersonId,
    pub name: String,
    pub pin: bool,
    pub key_store: bool,
}

/// How the printed recovery codes stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recovery {
    /// The newest one was typed back, and no other opens.
    Confirmed,
    /// The newest one may not be on paper; those before it open as well.
    Unconfirmed,
    /// Somebody left who may know one that opens.
    HandedOver,
}

/// The envelope of one store.
pub struct Vault {
    /// `None` for a backup's: its tries are counted in memory, by who keeps the vault, since its bytes
    /// must stay what its manifest says.
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
        if layout::stage(dir)? == layout::Stage::Present {
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
        layout::own_folder(dir)?;
        let vault = Vault {
            dir: Some(dir.to_owned()),
            envelope,
        };
        vault.write(Change::Slots)?;
        Ok((vault, keys, code))
    }

    /// Reads the envelope; one that is missing or damaged, or that the disk does not give, is read from
    /// its copy.
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

    /// Whether the same secrets open both: a backup and the next day's, or a copy of it elsewhere.
    pub fn opens_as(&self, other: &Vault) -> bool {
        self.envelope.same_slots(&other.envelope) && self.envelope.files == other.envelope.files
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
        let keys = self.keys(master.ok_or(KeyError::KeyStoreForeign)?)?;
        self.settle();
        Ok(keys)
    }

    /// Opens by a recovery code. Case, spaces and dashes do not matter; O reads as 0, I and L as 1.
    pub fn unlock_with_recovery(
        &mut self,
        code: &str,
        now: DateTime<Utc>,
    ) -> Result<Keys, KeyError> {
        let code = RecoveryCode::read(code).ok_or(KeyError::NotARecoveryCode)?;
        // one count for all of them
        let at = self.recovery_slot()?;
        let wrong = self.begin(at, now)?;
        let mut opened = None;
        for slot in self.envelope.slots.iter().filter(|s| s.is_recovery()) {
            opened = opened.or(slot.open_recovery(self.envelope.store, &code)?);
        }
        self.conclude(at, opened, KeyError::WrongRecoveryCode { wrong })
    }

    /// Whether this is the newest printed code. Nothing follows from it yet.
    pub fn check_recovery(&mut self, code: &str, now: DateTime<Utc>) -> Result<(), KeyError> {
        let code = RecoveryCode::read(code).ok_or(KeyError::NotARecoveryCode)?;
        let at = self.newest_recovery_slot()?;
        let wrong = self.begin(at, now)?;
        let opened = self.slot(at)?.open_recovery(self.envelope.store, &code)?;
        self.conclude(at, opened, KeyError::WrongRecoveryCode { wrong })
            .map(drop)
    }

    /// The person typed the newest printed code back: no code before it opens any more, and the first
    /// run may end.
    pub fn confirm_recovery(&mut self, code: &str, now: DateTime<Utc>) -> Result<(), KeyError> {
        self.check_recovery(code, now)?;
        let mut newest = self.slot(self.newest_recovery_slot()?)?.clone();
        if let Kind::Recovery { confirmed, .. } = &mut newest.kind {
            *confirmed = true;
        }
        self.change(|envelope| {
            envelope.slots.retain(|s| !s.is_recovery());
            envelope.slots.push(newest);
            Ok(())
        })
    }

    pub fn recovery(&self) -> Recovery {
        let mut standing = Recovery::Unconfirmed;
        for slot in &self.envelope.slots {
            match slot.kind {
                Kind::Recovery {
                    handed_over: true, ..
                } => return Recovery::HandedOver,
                Kind::Recovery {
                    confirmed: true, ..
                } => standing = Recovery::Confirmed,
                Kind::Recovery { .. } => standing = Recovery::Unconfirmed,
                Kind::Pin { .. } | Kind::KeyStore { .. } => {}
            }
        }
        standing
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
            .position(Slot::is_recovery)
            .ok_or(KeyError::Damaged {
                what: "no recovery slot",
            })
    }

    fn newest_recovery_slot(&self) -> Result<usize, KeyError> {
        self.envelope
            .slots
            .iter()
            .rposition(Slot::is_recovery)
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
        match self.write(Change::Tries) {
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
        self.settle();
        match self.write(Change::Tries) {
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

    fn settle(&self) {
        if let Some(dir) = &self.dir {
            self.envelope.settle(dir);
        }
    }

    fn write(&self, change: Change) -> Result<(), KeyError> {
        match &self.dir {
            Some(dir) => self.envelope.write(dir, change),
            None => Ok(()),
        }
    }
}
