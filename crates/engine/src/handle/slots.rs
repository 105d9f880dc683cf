//! Who can open the store: PINs, a person who leaves, a new recovery code. No data is rewritten.

use std::sync::PoisonError;

use hoso_contract::command::{
    AddSystemSlot, ChangePin, ConfirmNewRecovery, GetPeople, NewRecovery, RemovePerson,
    RemoveSystemSlot,
};
use hoso_contract::view::{PersonChoice, RecoveryCode};
use hoso_contract::{Code, Fact};
use hoso_store::audit::{self, Act, Params};
use hoso_store::{By, Store, StoreError, Vault, people};

use super::first_run::{choices, closed};
use crate::clock;
use crate::engine::{Engine, Handle};
use crate::error::Error;

impl Handle<GetPeople> for Engine {
    fn act(&self, _: GetPeople) -> Result<Vec<PersonChoice>, Error> {
        let open = self.open()?;
        let vault = open.vault.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(choices(&vault))
    }
}

impl Handle<ChangePin> for Engine {
    /// The old PIN is asked for: an unlocked PC left alone must not lock its owner out. The row comes
    /// first: when it fails, or the slot does, the old PIN opens as the screen says.
    fn act(&self, command: ChangePin) -> Result<(), Error> {
        let open = self.writable()?;
        let person = open.person.person;
        let mut vault = open.vault.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = vault
            .unlock(person, &command.old.0, clock::now())
            .map_err(closed)?;
        Vault::check_pin(&command.new.0)?;
        note(&open.store, open.by(), "pin-changed")?;
        Ok(vault.set_pin(&keys, person, &command.new.0)?)
    }
}

impl Handle<AddSystemSlot> for Engine {
    /// The PIN is asked for, as for a new one.
    fn act(&self, command: AddSystemSlot) -> Result<Vec<PersonChoice>, Error> {
        let open = self.writable()?;
        let person = open.person.person;
        let mut vault = open.vault.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = vault
            .unlock(person, &command.pin.0, clock::now())
            .map_err(closed)?;
        vault.add_key_store(&keys, person)?;
        note(&open.store, open.by(), "system-slot-added")?;
        Ok(choices(&vault))
    }
}

impl Handle<RemoveSystemSlot> for Engine {
    fn act(&self, _: RemoveSystemSlot) -> Result<Vec<PersonChoice>, Error> {
        let open = self.writable()?;
        let mut vault = open.vault.lock().unwrap_or_else(PoisonError::into_inner);
        vault.remove_key_store(open.store.keys(), open.person.person)?;
        note(&open.store, open.by(), "system-slot-removed")?;
        Ok(choices(&vault))
    }
}

impl Handle<RemovePerson> for Engine {
    /// Bàn giao: the trail keeps who left, who takes over, and what was open at that moment. Its row
    /// comes first: slots that are left by a power cut or a full disk go at the next try or unlock. The
    /// printed recovery code is nobody's slot and goes on opening; everybody is told until it is replaced.
    fn act(&self, command: RemovePerson) -> Result<Vec<PersonChoice>, Error> {
        let open = self.writable()?;
        let (gone, to) = (command.person, command.to);
        let session = open.session()?;
        let mut vault = open.vault.lock().unwrap_or_else(PoisonError::into_inner);
        let name_of = |person| {
            let all = choices(&vault);
            all.into_iter().find(|p| p.person == person).map(|p| p.name)
        };
        let (Some(from), Some(heir)) = (name_of(gone), name_of(to)) else {
            return Err(Code::NotFound.into());
        };
        // who works now leaves by another's hand
        if gone == to || gone == open.person.person {
            return Err(Code::LastPerson.into());
        }
        let by = open.by();
        let head = open.store.read(audit::head)?;
        let params = Params::from([
            ("name".to_owned(), format!("{from} → {heir}")),
            ("to-sign".to_owned(), session.counts.to_sign.to_string()),
            ("waiting".to_owned(), session.counts.waiting.to_string()),
            ("answers".to_owned(), session.counts.answers.to_string()),
            ("seq".to_owned(), head.seq.to_string()),
            ("hash".to_owned(), head.hash.hex()),
        ]);
        open.store.write(move |tx| {
            match people::get(tx, gone) {
                Ok(person) if person.left => return Ok(()),
                // a slot whose row a power cut kept out
                Err(StoreError::NotFound { .. }) => people::put(tx, gone, &from, by)?,
                other => drop(other?),
            }
            people::leave(tx, gone, by)?;
            let act = Act {
                unit: None,
                act: "handed-over",
                dossier: None,
                params,
            };
            audit::append(tx, &act, by).map(drop)
        })?;
        vault.remove_person(open.store.keys(), gone)?;
        open.saw_slots(&vault);
        let left = choices(&vault);
        drop(vault);
        self.tell(Fact::SessionChanged);
        Ok(left)
    }
}

impl Handle<NewRecovery> for Engine {
    /// Also after the printed sheet was lost or seen by others. The row comes first, and the codes before
    /// go on opening: this one may never get onto paper.
    fn act(&self, command: NewRecovery) -> Result<RecoveryCode, Error> {
        let open = self.writable()?;
        let person = open.person.person;
        let mut vault = open.vault.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = vault
            .unlock(person, &command.pin.0, clock::now())
            .map_err(closed)?;
        note(&open.store, open.by(), "recovery-made")?;
        let code = vault.add_recovery(&keys)?;
        open.saw_slots(&vault);
        drop(vault);
        self.tell(Fact::SessionChanged);
        Ok(RecoveryCode {
            code: code.text().to_string(),
        })
    }
}

impl Handle<ConfirmNewRecovery> for Engine {
    /// The row comes first here as well, but not for a code that was mistyped.
    fn act(&self, command: ConfirmNewRecovery) -> Result<(), Error> {
        let open = self.writable()?;
        let mut vault = open.vault.lock().unwrap_or_else(PoisonError::into_inner);
        vault.check_recovery(&command.code.0, clock::now())?;
        note(&open.store, open.by(), "recovery-replaced")?;
        vault.confirm_recovery(&command.code.0, clock::now())?;
        open.saw_slots(&vault);
        drop(vault);
        self.tell(Fact::SessionChanged);
        Ok(())
    }
}

/// A row of the trail that tells no more than its act.
pub(super) fn note(store: &Store, by: By, act: &'static str) -> Result<(), Error> {
    let act = Act {
        unit: None,
        act,
        dossier: None,
        params: Params::new(),
    };
    store.write(move |tx| audit::append(tx, &act, by).map(drop))?;
    Ok(())
}
