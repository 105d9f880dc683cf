//! First run: connection file, first person, recovery code. Nothing is half made: a store appears
//! whole, and without a typed-back recovery code nobody works in it.

use std::path::PathBuf;
use std::sync::Arc;

use hoso_contract::command::{BootUp, ConfirmRecovery, CreateStore, PreviewConnection};
use hoso_contract::view::{Boot, ConnectionPreview, PersonChoice, RecoveryCode, Session};
use hoso_contract::{AppError, Code};
use hoso_domain::id::PersonId;
use hoso_domain::text::nfc;
use hoso_store::{By, KeyError, Store, Vault, layout, people, settings, units};
use hoso_sync::api::connection::fingerprint_matches;

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
        if layout::stage(&dir) != layout::Stage::Present {
            return Ok(Boot::FirstRun);
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
        let id = PersonId(clock::new_id());
        let by = By {
            person: id,
            at: clock::now(),
        };
        let (vault, keys, code) = Vault::create(&dir, id, &name, &command.pin.0)?;
        let person = PersonChoice {
            person: id,
            name: name.clone(),
        };
        let store = Store::create(&dir, &keys, move |tx| {
            for unit in &connection.units {
                units::put(tx, unit, by.at)?;
            }
            people::put(tx, id, &name, by)?;
            for enrolment in &connection.enrolments {
                let block = &enrolment.numbers;
                hoso_store::numbers::start_at(
                    tx,
                    enrolment.unit,
                    block.year,
                    &block.series,
                    u64::from(block.first),
                )?;
            }
            settings::put(tx, None, key::CONNECTION, &connection)
        })?;
        drop(store);
        self.enter(Phase::Unconfirmed(Box::new(Unconfirmed {
            vault,
            keys,
            person,
        })));
        Ok(RecoveryCode {
            code: code.text().to_string(),
        })
    }
}

impl Handle<ConfirmRecovery> for Engine {
    fn act(&self, command: ConfirmRecovery) -> Result<Session, Error> {
        let Phase::Unconfirmed(mut waiting) = self.enter(Phase::Closed) else {
            return Err(Code::WrongState.into());
        };
        if let Err(error) = waiting
            .vault
            .confirm_recovery(&command.code.0, clock::now())
        {
            // a mistyped code costs nothing: the same screen asks again
            self.enter(Phase::Unconfirmed(waiting));
            return Err(error.into());
        }
        let Unconfirmed {
            vault,
            keys,
            person,
        } = *waiting;
        let store = Store::open(&self.place.store(), &keys)?;
        self.start_work(Arc::new(store), vault, person)
    }
}

/// The words for a vault that stays closed.
pub(super) fn closed(error: KeyError) -> Error {
    match error {
        KeyError::NoSlot => AppError::new(Code::NotFound).into(),
        other => other.into(),
    }
}
