//! Changes of slots: people come and go, PINs and codes are replaced. No data is rewritten, and
//! nobody changes a slot without the keys.

use hoso_domain::id::PersonId;

use super::envelope::{Change, Envelope};
use super::slot::{Kind, Slot, long_enough};
use super::{KeyError, RecoveryCode, Vault};
use crate::key::Keys;

impl Vault {
    /// A new recovery code. It opens like those before it, which end when it is typed back: a code that
    /// never got onto paper takes none from anybody.
    pub fn add_recovery(&mut self, keys: &Keys) -> Result<RecoveryCode, KeyError> {
        self.own(keys)?;
        let (slot, code) = Slot::recovery(self.envelope.store, &keys.master)?;
        self.change(|envelope| {
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

    /// Refuses a PIN that no slot would take, before anything is noted of it.
    pub fn check_pin(pin: &str) -> Result<(), KeyError> {
        long_enough(pin)
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

    /// Takes a person's slot in the system's key store away; the PIN stays.
    pub fn remove_key_store(&mut self, keys: &Keys, person: PersonId) -> Result<(), KeyError> {
        self.own(keys)?;
        let slots = self.envelope.slots.iter();
        let gone: Vec<Slot> = slots
            .filter(|s| s.is_key_store_of(person))
            .cloned()
            .collect();
        if gone.is_empty() {
            return Err(KeyError::NoSlot);
        }
        self.change(|envelope| {
            envelope.slots.retain(|s| !s.is_key_store_of(person));
            Ok(())
        })?;
        for slot in gone {
            slot.forget_in_key_store();
        }
        Ok(())
    }

    /// Takes all slots of a person away; the last person stays. Recovery codes go on opening, and are
    /// marked as ones that who left may know.
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
            for slot in &mut envelope.slots {
                if let Kind::Recovery { handed_over, .. } = &mut slot.kind {
                    *handed_over = true;
                }
            }
            Ok(())
        })?;
        for slot in gone {
            slot.forget_in_key_store();
        }
        Ok(())
    }

    /// Refuses keys of another store.
    fn own(&self, keys: &Keys) -> Result<(), KeyError> {
        self.keys(keys.master.clone()).map(|_| ())
    }

    /// Changes slots in memory only after they are on disk. A change that failed is told as one that did
    /// not happen: where it got its name and not its flush, the slots before take its place again.
    pub(super) fn change(
        &mut self,
        f: impl FnOnce(&mut Envelope) -> Result<(), KeyError>,
    ) -> Result<(), KeyError> {
        let mut next = self.envelope.clone();
        f(&mut next)?;
        let old = std::mem::replace(&mut self.envelope, next);
        self.write(Change::Slots).inspect_err(|_| {
            self.envelope = old;
            let _ = self.write(Change::Slots);
        })
    }
}
