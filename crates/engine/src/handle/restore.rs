//! Khôi phục: what lies in a folder, what is in one of them, and putting it in place.

use std::path::Path;
use std::sync::{Arc, PoisonError};

use hoso_contract::command::{ListBackups, PreviewRestore, Restore};
use hoso_contract::view::{BackupRow, Boot, CheckReport, RestoreKey, RestorePreview, Restored};
use hoso_contract::{AppError, Code};
use hoso_domain::id::PersonId;
use hoso_store::backup::{self, Listed, Manifest};
use hoso_store::{By, KeyError, Keys, Lock, Store, StoreError, Vault, audit, restore};
use uuid::Uuid;

use super::first_run::choices;
use crate::clock;
use crate::engine::{Engine, Handle};
use crate::error::Error;

impl Handle<ListBackups> for Engine {
    fn act(&self, command: ListBackups) -> Result<Vec<BackupRow>, Error> {
        let own = self.own_store();
        // as its envelope says, which can be read before anybody unlocked
        let here = Vault::open(&self.place.store()).ok().map(|v| v.store());
        let found = backup::list(Path::new(&command.folder), clock::now())?;
        if found.is_empty() {
            return Err(Code::NotABackup.into());
        }
        Ok(found.into_iter().map(|l| row(l, own, here)).collect())
    }
}

fn row(listed: Listed, own: Option<Uuid>, here: Option<Uuid>) -> BackupRow {
    let place = listed.place.to_string_lossy().into_owned();
    let vault = Vault::of_backup(&listed.place);
    let blank = |place, error: Error| BackupRow {
        place,
        error: Some(error.told()),
        made_at: None,
        pc: String::new(),
        dossiers: 0,
        bytes: 0,
        people: Vec::new(),
        own: false,
        here: false,
        store: String::new(),
    };
    match (listed.manifest, vault) {
        (Ok(manifest), Ok(vault)) => BackupRow {
            place,
            error: None,
            made_at: Some(manifest.made_at),
            bytes: manifest.size(),
            own: own == Some(manifest.store),
            here: here == Some(manifest.store),
            store: manifest.store.to_string(),
            pc: manifest.pc,
            dossiers: manifest.dossiers,
            people: choices(&vault),
        },
        (Err(error), _) => blank(place, error.into()),
        (_, Err(error)) => blank(place, error.into()),
    }
}

impl Handle<PreviewRestore> for Engine {
    fn act(&self, command: PreviewRestore) -> Result<RestorePreview, Error> {
        let place = Path::new(&command.place);
        let manifest = Manifest::read(place)?;
        let (keys, _) = self.keys_for(place, &command.key)?;
        let words = manifest.words(&keys)?;
        let head = match self.open() {
            // a damaged store may not say, which is no reason to keep its restore from it
            Ok(open) if self.own_store() == Some(manifest.store) => {
                open.store.read(audit::head).ok()
            }
            _ => None,
        };
        Ok(RestorePreview {
            made_at: manifest.made_at,
            bytes: manifest.size(),
            dossiers: manifest.dossiers,
            units: words.units.into_iter().map(|u| (u.code, u.name)).collect(),
            newest: words.newest.map(|n| (n.number, n.title, n.changed_at)),
            audit_rows: manifest.audit.seq,
            audit_head: manifest.audit.hash,
            behind: head.map(|h| h.seq.saturating_sub(manifest.audit.seq)),
            missing: count(manifest.missing.len()),
            lost: count(backup::absent(place, &manifest)),
            pc: manifest.pc,
        })
    }
}

impl Handle<Restore> for Engine {
    fn act(&self, command: Restore) -> Result<Restored, Error> {
        self.begin_long_work();
        let place = Path::new(&command.place);
        let (keys, person) = self.keys_for(place, &command.key)?;
        let by = By {
            person,
            at: clock::now(),
        };
        let dir = self.place.store();
        let laid = {
            let open = self.open().ok();
            let _turn = open.as_ref().map(|o| o.keeper.turn());
            let _held = match &open {
                Some(_) => None,
                None => hold_closed(&dir)?,
            };
            restore::prepare(place, &keys, &dir, by, &mut self.watch_long_work())?
        };
        for name in &laid.lost {
            tracing::warn!(%name, "a file of the backup is damaged or gone");
        }
        // until here the store before was at work; a first run that had begun is given up
        self.close();
        restore::take_over(&dir, by.at)?;
        let vault = Vault::open(&dir)?;
        self.tell(hoso_contract::Fact::SessionChanged);
        Ok(Restored {
            boot: Boot::Locked {
                people: choices(&vault),
            },
            lost: count(laid.lost.len()),
        })
    }
}

/// Keeps others out of a store that nobody has open while a backup is laid out beside it. There may be
/// none yet, or a disk that gives no lock.
fn hold_closed(dir: &Path) -> Result<Option<Arc<Lock>>, StoreError> {
    match Store::lock(dir) {
        Ok(lock) => Ok(Some(lock)),
        Err(StoreError::Missing | StoreError::DiskFull | StoreError::DiskRefused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Engine {
    /// Reads a whole backup as a restore would, for the console. A damaged database or manifest is
    /// `backup-damaged`; `missing` and `damaged` are files that a restore would do without.
    pub fn check_backup(&self, place: &Path, key: &RestoreKey) -> Result<CheckReport, AppError> {
        let look = || -> Result<CheckReport, Error> {
            let (keys, _) = self.keys_for(place, key)?;
            self.begin_long_work();
            let (manifest, lost) = backup::look(place, &keys, &mut self.watch_long_work())?;
            let gone = backup::absent(place, &manifest).min(lost.len());
            Ok(CheckReport {
                at: manifest.made_at,
                database: 0,
                audit_rows: manifest.audit.seq,
                chain_broken_at: None,
                files: manifest.files.len() as u64,
                missing: count(gone),
                damaged: count(lost.len().saturating_sub(gone)),
            })
        };
        look().map_err(Error::told)
    }

    /// The id of the store that is open.
    fn own_store(&self) -> Option<Uuid> {
        let open = self.open().ok()?;
        let vault = open.vault.lock();
        Some(vault.unwrap_or_else(PoisonError::into_inner).store())
    }

    /// What opens the backup, and who says so.
    fn keys_for(&self, place: &Path, key: &RestoreKey) -> Result<(Keys, PersonId), Error> {
        let now = clock::now();
        Ok(match key {
            RestoreKey::Open => {
                let open = self.open()?;
                (open.store.keys().clone(), open.person.person)
            }
            RestoreKey::Pin { person, pin } => {
                let keys = self.try_backup(place, |v| v.unlock(*person, &pin.0, now))?;
                (keys, *person)
            }
            RestoreKey::Recovery { person, code } => {
                let keys = self.try_backup(place, |v| v.unlock_with_recovery(&code.0, now))?;
                (keys, *person)
            }
        })
    }

    /// One try at the slots of a backup. Nothing is written beside it, so wrong tries are remembered
    /// here, as long as the program runs.
    fn try_backup(
        &self,
        place: &Path,
        open: impl FnOnce(&mut Vault) -> Result<Keys, KeyError>,
    ) -> Result<Keys, Error> {
        let found = match Vault::of_backup(place) {
            // a stick that was pulled while the PIN was typed
            Err(KeyError::Missing) if !place.exists() => {
                return Err(Code::BackupPlaceFailed.into());
            }
            found => found?,
        };
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let mut vault = match tried.iter().position(|v| v.opens_as(&found)) {
            Some(at) => tried.swap_remove(at),
            None => found,
        };
        let opened = open(&mut vault);
        tried.push(vault);
        Ok(opened?)
    }
}
