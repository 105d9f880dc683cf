//! Who works: unlock, lock, recovery, one more person, the unit chosen.

use std::sync::{Arc, PoisonError};

use hoso_contract::Fact;
use hoso_contract::command::{AddPerson, GetSession, Lock, SelectUnit, Unlock, UnlockWithRecovery};
use hoso_contract::view::{Boot, PersonChoice, Session};
use hoso_domain::id::PersonId;
use hoso_domain::text::nfc;
use hoso_store::{Keys, Store, StoreError, Vault, people};

use super::first_run::{choices, closed};
use crate::clock;
use crate::engine::{Engine, Handle, Phase};
use crate::error::Error;
use crate::open::Open;
use crate::watch::Watch;

impl Engine {
    /// Opens the work of `person` on an open store.
    pub(super) fn start_work(
        &self,
        store: Arc<Store>,
        vault: Vault,
        person: PersonChoice,
    ) -> Result<Session, Error> {
        let tell = Arc::clone(&self.tell);
        let open = Arc::new(Open::new(store, vault, person, self.by_itself, tell)?);
        {
            // under the lock, so that the task finds itself going
            let mut watch = open.watch.lock().unwrap_or_else(PoisonError::into_inner);
            let (desk, tell) = (self.share_desk(), Arc::clone(&self.tell));
            *watch = Some(Watch::start(desk, Arc::downgrade(&open), tell));
        }
        let session = open.session()?;
        self.enter(Phase::Open(open));
        self.tell(Fact::SessionChanged);
        Ok(session)
    }

    /// Opens the store with `keys`; a damaged one, or one on a disk that is full or refuses
    /// writing, to be read only.
    fn open_store(&self, keys: &Keys) -> Result<Store, Error> {
        match Store::open(&self.place.store(), keys) {
            Err(
                error @ (StoreError::Damaged { .. }
                | StoreError::DiskFull
                | StoreError::DiskRefused(_)),
            ) => {
                tracing::error!(%error, "the store is opened to be read only");
                Store::open_read_only(&self.place.store(), keys).map_err(|_| error.into())
            }
            other => Ok(other?),
        }
    }

    fn unlocked(&self, vault: Vault, keys: &Keys, person: PersonId) -> Result<Session, Error> {
        let store = self.open_store(keys)?;
        let name = choices(&vault)
            .into_iter()
            .find(|p| p.person == person)
            .map(|p| p.name)
            .unwrap_or_default();
        self.start_work(Arc::new(store), vault, PersonChoice { person, name })
    }
}

impl Handle<Unlock> for Engine {
    fn act(&self, command: Unlock) -> Result<Session, Error> {
        self.close();
        let mut vault = Vault::open(&self.place.store())?;
        let keys = vault
            .unlock(command.person, &command.pin.0, clock::now())
            .map_err(closed)?;
        self.unlocked(vault, &keys, command.person)
    }
}

impl Handle<UnlockWithRecovery> for Engine {
    fn act(&self, command: UnlockWithRecovery) -> Result<Session, Error> {
        self.close();
        let mut vault = Vault::open(&self.place.store())?;
        let keys = vault.unlock_with_recovery(&command.code.0, clock::now())?;
        vault.set_pin(&keys, command.person, &command.new_pin.0)?;
        self.unlocked(vault, &keys, command.person)
    }
}

impl Engine {
    /// Ends the courier, a backup under way and the token processes, and closes the store.
    pub(super) fn close(&self) {
        if let Phase::Open(open) = self.enter(Phase::Closed) {
            // first, so that nothing starts a token process after they were ended
            open.stop_watching();
            open.keeper.stop();
            open.courier.stop();
        }
        self.desk().clear();
    }
}

impl Handle<Lock> for Engine {
    fn act(&self, _: Lock) -> Result<Boot, Error> {
        self.close();
        self.tell(Fact::SessionChanged);
        let vault = Vault::open(&self.place.store())?;
        Ok(Boot::Locked {
            people: choices(&vault),
        })
    }
}

impl Handle<AddPerson> for Engine {
    fn act(&self, command: AddPerson) -> Result<PersonChoice, Error> {
        let open = self.writable()?;
        let name = nfc(command.name.trim());
        let id = PersonId(clock::new_id());
        let mut vault = open.vault.lock().unwrap_or_else(PoisonError::into_inner);
        vault.add_person(open.store.keys(), id, &name, &command.pin.0)?;
        let by = open.by();
        let kept = name.clone();
        open.store.write(move |tx| people::put(tx, id, &kept, by))?;
        Ok(PersonChoice { person: id, name })
    }
}

impl Handle<GetSession> for Engine {
    fn act(&self, _: GetSession) -> Result<Session, Error> {
        self.open()?.session()
    }
}

impl Handle<SelectUnit> for Engine {
    fn act(&self, command: SelectUnit) -> Result<Session, Error> {
        let open = self.open()?;
        open.choose_unit(command.unit)?;
        self.tell(Fact::SessionChanged);
        open.session()
    }
}
