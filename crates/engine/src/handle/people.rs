//! Who works: unlock, lock, recovery, one more person, the unit chosen.

use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use hoso_contract::command::{
    AddPerson, GetSession, Lock, SelectUnit, Unlock, UnlockBySystem, UnlockWithRecovery,
};
use hoso_contract::view::{Boot, PersonChoice, Session};
use hoso_contract::{Code, Fact};
use hoso_domain::id::PersonId;
use hoso_domain::text::nfc;
use hoso_store::{By, KeyError, Keys, ReadOnly, Store, StoreError, Vault, people};

use super::first_run::{choices, closed};
use super::slots::note;
use crate::clock;
use crate::engine::{ByItself, Engine, Handle, Phase};
use crate::error::Error;
use crate::inspect::Inspection;
use crate::open::Open;
use crate::watch::Watch;

/// The store's folder for this program alone, or why its disk gives no lock.
type Held = Result<Arc<hoso_store::Lock>, StoreError>;

/// How long a program that was just closed may take to let go of the store.
const LETS_GO: Duration = Duration::from_secs(1);

/// Taken before the envelope is opened, since a try is written into it: whoever finds the store in use
/// learns that first. What lies on a disk that is full or refuses writing can be read all the same.
fn hold(dir: &Path) -> Result<Held, Error> {
    let end = Instant::now() + LETS_GO;
    loop {
        match Store::lock(dir) {
            Err(StoreError::InUse { .. }) if Instant::now() < end => {
                std::thread::park_timeout(Duration::from_millis(20));
            }
            Err(error @ (StoreError::DiskFull | StoreError::DiskRefused(_))) => {
                return Ok(Err(error));
            }
            taken => return Ok(Ok(taken?)),
        }
    }
}

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
        if self.by_itself == ByItself::Everything && !open.store.is_read_only() {
            let (store, tell) = (Arc::clone(&open.store), Arc::clone(&self.tell));
            let inspection = Inspection::start(store, Arc::downgrade(&open), tell);
            *open
                .inspection
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(inspection);
        }
        let session = open.session().inspect_err(|_| {
            // the store must be free for who opens it another way
            open.stop_watching();
            open.stop_inspecting();
        })?;
        self.enter(Phase::Open(open));
        self.tell(Fact::SessionChanged);
        Ok(session)
    }

    /// Ends a hand-over that was cut off after its row: who left by the trail keeps no slot, and opens
    /// nothing meanwhile. Where nobody else is left there is nothing to end.
    fn end_hand_over(
        store: &Store,
        vault: &mut Vault,
        keys: &Keys,
        person: PersonId,
    ) -> Result<(), Error> {
        // rows that cannot be read are met again by the work itself
        let known = store.read(people::all).unwrap_or_default();
        let left = |person: PersonId| known.iter().any(|p| p.id == person && p.left);
        let holders = vault.people();
        if holders.iter().all(|h| left(h.person)) {
            return Ok(());
        }
        for gone in holders.iter().filter(|h| left(h.person)) {
            if store.is_read_only() {
                break;
            }
            if let Err(error) = vault.remove_person(keys, gone.person) {
                tracing::warn!(%error, "the slots of a person who left are still there");
            }
        }
        match left(person) {
            true => Err(KeyError::NoSlot.into()),
            false => Ok(()),
        }
    }

    /// Puts the row of who has a slot and no row: a restore keeps the present slots beside earlier rows, and
    /// a power cut may come between the two. By the id alone nobody reads the trail.
    fn put_row(store: &Store, person: &PersonChoice) {
        let (id, name) = (person.person, person.name.clone());
        let found = store.read(|db| people::get(db, id));
        if store.is_read_only() || !matches!(found, Err(StoreError::NotFound { .. })) {
            return;
        }
        let by = By {
            person: id,
            at: clock::now(),
        };
        if let Err(error) = store.write(move |tx| people::put(tx, id, &name, by)) {
            tracing::warn!(%error, "the trail does not know the name of who works");
        }
    }

    /// A PIN in the place of one that was forgotten: its row comes first, so that no PIN is ever replaced
    /// without one. A damaged store takes no row, and must be read all the same.
    fn reset_pin(
        store: &Store,
        vault: &mut Vault,
        keys: &Keys,
        person: PersonId,
        pin: &str,
    ) -> Result<(), Error> {
        if store.is_read_only() {
            tracing::warn!("a PIN is replaced in a store that takes no row of it");
        } else {
            let by = By {
                person,
                at: clock::now(),
            };
            note(store, by, "recovery-used")?;
        }
        Ok(vault.set_pin(keys, person, pin)?)
    }

    /// Opens the store that is held with `keys`, and the work of `person`, whose PIN is `new_pin` from now
    /// on; a damaged store, or one on a disk that is full or refuses writing, to be read only.
    fn unlocked(
        &self,
        held: Held,
        mut vault: Vault,
        keys: &Keys,
        person: PersonId,
        new_pin: Option<&str>,
    ) -> Result<Session, Error> {
        let dir = self.place.store();
        let known = choices(&vault).into_iter().find(|p| p.person == person);
        let person = known.unwrap_or(PersonChoice {
            person,
            name: String::new(),
            by_system: false,
        });
        let lock = held.as_ref().ok().cloned();
        let opened = held.and_then(|lock| match self.by_itself {
            // the pages are read beside the work
            ByItself::Everything => Store::open_unproven_under(lock, &dir, keys),
            ByItself::Nothing => Store::open_under(lock, &dir, keys),
        });
        let worked = opened.map_err(Error::from).and_then(|store| {
            Self::end_hand_over(&store, &mut vault, keys, person.person)?;
            Self::put_row(&store, &person);
            if let Some(pin) = new_pin {
                Self::reset_pin(&store, &mut vault, keys, person.person, pin)?;
            }
            self.start_work(Arc::new(store), vault, person.clone())
        });
        match worked {
            // room can be made, and the row of the new PIN had then
            Err(error @ Error::Store(StoreError::DiskFull | StoreError::DiskRefused(_)))
                if new_pin.is_some() =>
            {
                Err(error)
            }
            Err(
                error @ Error::Store(
                    StoreError::Damaged { .. } | StoreError::DiskFull | StoreError::DiskRefused(_),
                ),
            ) => {
                tracing::error!(%error, "the store is opened to be read only");
                let why = match &error {
                    Error::Store(StoreError::DiskFull) => ReadOnly::DiskFull,
                    Error::Store(StoreError::DiskRefused(_)) => ReadOnly::DiskRefused,
                    _ => ReadOnly::Damaged,
                };
                let (Ok(store), Ok(mut vault)) = (
                    Store::open_read_only_under(lock, &dir, keys),
                    Vault::open(&dir),
                ) else {
                    return Err(error);
                };
                Self::end_hand_over(&store, &mut vault, keys, person.person)?;
                if let Some(pin) = new_pin {
                    Self::reset_pin(&store, &mut vault, keys, person.person, pin)?;
                }
                self.start_work(Arc::new(store.because(why)), vault, person)
            }
            other => other,
        }
    }
}

impl Handle<Unlock> for Engine {
    fn act(&self, command: Unlock) -> Result<Session, Error> {
        self.close();
        let dir = self.place.store();
        let held = hold(&dir)?;
        let mut vault = Vault::open(&dir)?;
        let keys = vault
            .unlock(command.person, &command.pin.0, clock::now())
            .map_err(closed)?;
        self.unlocked(held, vault, &keys, command.person, None)
    }
}

impl Handle<UnlockBySystem> for Engine {
    fn act(&self, command: UnlockBySystem) -> Result<Session, Error> {
        self.close();
        let dir = self.place.store();
        let held = hold(&dir)?;
        let vault = Vault::open(&dir)?;
        let keys = vault
            .unlock_with_key_store(command.person)
            .map_err(closed)?;
        self.unlocked(held, vault, &keys, command.person, None)
    }
}

impl Handle<UnlockWithRecovery> for Engine {
    fn act(&self, command: UnlockWithRecovery) -> Result<Session, Error> {
        self.close();
        let dir = self.place.store();
        let held = hold(&dir)?;
        let mut vault = Vault::open(&dir)?;
        let keys = vault.unlock_with_recovery(&command.code.0, clock::now())?;
        // what would be refused is noted nowhere
        Vault::check_pin(&command.new_pin.0)?;
        let mut holders = vault.people().into_iter();
        if !holders.any(|h| h.person == command.person && h.pin) {
            return Err(Code::NotFound.into());
        }
        self.unlocked(held, vault, &keys, command.person, Some(&command.new_pin.0))
    }
}

impl Engine {
    /// Ends a batch after the signature at hand, an export after the file at hand, the courier, a backup
    /// under way and the token processes, and closes the store. To be called before the process ends as
    /// well: SQLCipher takes itself apart then, under whoever reads or writes.
    pub fn close(&self) {
        self.cancel_long_work();
        self.stop_batch();
        let before = self.enter(Phase::Closed);
        // what began in between still found the store open
        self.cancel_long_work();
        self.stop_batch();
        if let Phase::Open(open) = &before {
            // first, so that nothing starts a token process after they were ended
            open.stop_watching();
            open.stop_inspecting();
            open.keeper.stop();
            open.connected().courier.stop();
        }
        self.await_batch();
        if let Phase::Open(open) = before {
            let_go(open);
        }
        self.desk().clear();
    }
}

/// Commands under way hold the store open: waits for the last of them, a few seconds at most, and closes
/// it. After one that takes longer it is "in use" for whoever comes next, with nothing changed.
fn let_go(open: Arc<Open>) {
    let end = Instant::now() + Duration::from_secs(5);
    while Arc::strong_count(&open) > 1 && Instant::now() < end {
        std::thread::park_timeout(Duration::from_millis(20));
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
    /// The row comes first, at each try. Whose slot a full disk or a power cut kept out is the same
    /// person at the next try, not a second one of that name.
    fn act(&self, command: AddPerson) -> Result<PersonChoice, Error> {
        let open = self.writable()?;
        let name = nfc(command.name.trim());
        Vault::check_pin(&command.pin.0)?;
        let mut vault = open.vault.lock().unwrap_or_else(PoisonError::into_inner);
        let holders = vault.people();
        let known = open.store.read(people::all)?;
        let begun = known
            .into_iter()
            .find(|p| p.name == name && !p.left && !holders.iter().any(|h| h.person == p.id));
        let id = begun.map_or_else(|| PersonId(clock::new_id()), |p| p.id);
        let by = open.by();
        let kept = name.clone();
        open.store.write(move |tx| people::put(tx, id, &kept, by))?;
        vault.add_person(open.store.keys(), id, &name, &command.pin.0)?;
        drop(vault);
        self.tell(Fact::SessionChanged);
        Ok(PersonChoice {
            person: id,
            name,
            by_system: false,
        })
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
