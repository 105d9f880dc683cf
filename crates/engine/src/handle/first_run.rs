//! First run: connection file, first person, recovery code. Nothing is half made: a store appears
//! whole, and without a typed-back recovery code nobody works in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hoso_contract::command::{BootUp, ConfirmRecovery, CreateStore, PreviewConnection};
use hoso_contract::view::{Boot, ConnectionPreview, PersonChoice, RecoveryCode, Session};
use hoso_contract::{AppError, Code};
use hoso_domain::id::PersonId;
use hoso_domain::text::nfc;
use hoso_store::numbers::{self, Series};
use hoso_store::{By, KeyError, Lock, Store, StoreError, Vault, layout, people, settings, units};
use hoso_sync::api::connection::{fingerprint, fingerprint_matches};

use crate::clock;
use crate::connection;
use crate::engine::{Engine, Handle, Phase, Unconfirmed};
use crate::error::Error;
use crate::open::key;

impl Handle<BootUp> for Engine {
    fn act(&self, _: BootUp) -> Result<Boot, Error> {
        if let Ok(open) = self.open() {
            return Ok(Boot::Open(open.session()?));
        }
        let dir = self.place.store();
        let unusable = |error: Error| Boot::Unusable {
            error: error.told(),
            store: dir.to_string_lossy().into_owned(),
        };
        match layout::stage(&dir) {
            Ok(layout::Stage::Present) => {}
            Ok(layout::Stage::Absent | layout::Stage::Unfinished) => return Ok(Boot::FirstRun),
            Err(error) => return Ok(unusable(StoreError::from(error).into())),
        }
        Ok(match Vault::open(&dir) {
            Ok(vault) => Boot::Locked {
                people: choices(&vault),
            },
            Err(error) => unusable(error.into()),
        })
    }
}

/// The names on the unlock screen.
pub(super) fn choices(vault: &Vault) -> Vec<PersonChoice> {
    vault
        .people()
        .into_iter()
        .map(|h| PersonChoice {
            person: h.person,
            name: h.name,
            by_system: h.key_store,
        })
        .collect()
}

impl Handle<PreviewConnection> for Engine {
    fn act(&self, command: PreviewConnection) -> Result<ConnectionPreview, Error> {
        let (connection, bytes) = connection::read(&PathBuf::from(command.path))?;
        connection::still_valid(&connection, clock::day(clock::now()))?;
        Ok(connection::preview(&connection, &bytes))
    }
}

impl Handle<CreateStore> for Engine {
    fn act(&self, command: CreateStore) -> Result<RecoveryCode, Error> {
        let (connection, bytes) = connection::read(&PathBuf::from(&command.connection))?;
        connection::still_valid(&connection, clock::day(clock::now()))?;
        if !fingerprint_matches(&bytes, &command.fingerprint) {
            return Err(Code::FingerprintMismatch.into());
        }
        let name = nfc(command.person_name.trim());
        if name.is_empty() {
            return Err(Code::NotFound.into());
        }
        let dir = self.place.store();
        if layout::stage(&dir).map_err(StoreError::from)? == layout::Stage::Present {
            return Err(Code::AlreadySetUp.into());
        }
        // "Quay lại" and on again: the keys of the first go are given up, with their lock
        self.enter(Phase::Closed);
        let lock = Arc::new(Lock::take(&dir)?);
        let id = PersonId(clock::new_id());
        let (vault, keys, code) = Vault::create(&dir, id, &name, &command.pin.0)?;
        self.enter(Phase::Unconfirmed(Box::new(Unconfirmed {
            lock,
            vault,
            keys,
            person: PersonChoice {
                person: id,
                name,
                by_system: false,
            },
            connection,
            fingerprint: fingerprint(&bytes),
        })));
        Ok(RecoveryCode {
            code: code.text().to_string(),
        })
    }
}

impl Handle<ConfirmRecovery> for Engine {
    fn act(&self, command: ConfirmRecovery) -> Result<Session, Error> {
        let mut waiting = match self.enter(Phase::Closed) {
            Phase::Unconfirmed(waiting) => waiting,
            other => {
                self.enter(other);
                return Err(Code::WrongState.into());
            }
        };
        let made = waiting
            .vault
            .confirm_recovery(&command.code.0, clock::now())
            .map_err(Error::from)
            .and_then(|()| make(&self.place.store(), &waiting));
        match made {
            Ok(store) => {
                let Unconfirmed { vault, person, .. } = *waiting;
                self.start_work(Arc::new(store), vault, person)
            }
            Err(error) => {
                // a mistyped code or a full disk costs nothing: the same screen asks again
                self.enter(Phase::Unconfirmed(waiting));
                Err(error)
            }
        }
    }
}

/// The store with what the connection file brings. Only now, so that nobody ever works in a store
/// whose recovery code was not typed back.
fn make(dir: &Path, first_run: &Unconfirmed) -> Result<Store, Error> {
    let (connection, fingerprint) = (first_run.connection.clone(), first_run.fingerprint.clone());
    let PersonChoice { person, name, .. } = first_run.person.clone();
    let by = By {
        person,
        at: clock::now(),
    };
    let lock = Arc::clone(&first_run.lock);
    let store = Store::create_under(lock, dir, &first_run.keys, move |tx| {
        for unit in &connection.units {
            units::put(tx, unit, by.at)?;
        }
        people::put(tx, person, &name, by)?;
        for enrolment in &connection.enrolments {
            let block = &enrolment.numbers;
            let series = Series {
                unit: enrolment.unit,
                year: block.year,
                name: &block.series,
            };
            numbers::start_at(tx, series, u64::from(block.first))?;
        }
        settings::put(tx, None, key::CONNECTION, &connection)?;
        settings::put(tx, None, key::FINGERPRINT, &fingerprint)
    })?;
    Ok(store)
}

/// The words for a vault that stays closed.
pub(super) fn closed(error: KeyError) -> Error {
    match error {
        KeyError::NoSlot => AppError::new(Code::NotFound).into(),
        other => other.into(),
    }
}
