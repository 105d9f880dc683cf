//! What a backup says of itself. Numbers and digests stand in the clear, so that its bytes can be
//! checked with `sha256sum`; names and titles are sealed with the store's key.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use hoso_domain::digest::Digest;

use super::{BackupError, UNFINISHED};
use crate::error::StoreError;
use crate::key::{Keys, Sealed};
use crate::{audit, schema, sql, units};

/// The version of `manifest.json` written by this program; a higher one is refused.
pub const FORMAT: u32 = 1;

/// `manifest.json` of one backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// Version of the program that made it.
    pub program: String,
    /// `user_version` of the database.
    pub schema: u32,
    /// The store's id, as in its envelope.
    pub store: Uuid,
    /// Name of the PC it was made on.
    pub pc: String,
    pub made_at: DateTime<Utc>,
    /// `made_at`, or less where the clock had gone on further than is believed: what the rule of
    /// keeping goes by. An earlier program wrote none.
    #[serde(default)]
    pub counted_to: Option<DateTime<Utc>>,
    pub dossiers: u64,
    /// The newest row of Nhật ký at that moment.
    pub audit: audit::Head,
    /// After a restore the trail goes on from an earlier row.
    #[serde(default)]
    pub restored: Restored,
    pub database: Part,
    pub envelope: Part,
    /// In `files/` beside the backup, by name.
    pub files: Vec<FilePart>,
    /// Files that rows name and that could not be read when this was made.
    pub missing: Vec<Digest>,
    pub(super) words: Sealed,
}

/// When the trail of a backup began to go on from an earlier row, by the last restore in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restored {
    /// By an earlier program, which wrote nothing of it.
    #[default]
    Unsaid,
    Never,
    At(DateTime<Utc>),
}

/// Bytes as they lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Part {
    pub size: u64,
    pub sha256: Digest,
}

impl Part {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self {
            size: bytes.len() as u64,
            sha256: Digest::of(bytes),
        }
    }
}

/// One encrypted file: `name` is the SHA-256 of the content, `sha256` that of the bytes on disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FilePart {
    pub name: Digest,
    pub size: u64,
    pub sha256: Digest,
}

impl FilePart {
    pub(crate) fn part(&self) -> Part {
        Part {
            size: self.size,
            sha256: self.sha256,
        }
    }
}

impl Manifest {
    /// Reads the manifest of the backup at `place`.
    pub fn read(place: &Path) -> Result<Self, BackupError> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let bytes = match fs::read(place.join("manifest.json")) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound && place.exists() => {
                return Err(BackupError::NotABackup);
            }
            Err(e) => return Err(BackupError::place(e)),
        };
        let damaged = |_| BackupError::Damaged {
            what: "manifest.json".to_owned(),
        };
        let version: Version = serde_json::from_slice(&bytes).map_err(damaged)?;
        if version.format > FORMAT {
            return Err(BackupError::Newer {
                found: version.format,
                known: FORMAT,
            });
        }
        let manifest: Self = serde_json::from_slice(&bytes).map_err(damaged)?;
        if manifest.schema > schema::version() {
            return Err(BackupError::Newer {
                found: manifest.schema,
                known: schema::version(),
            });
        }
        Ok(manifest)
    }

    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, BackupError> {
        let text = sql::to_json("manifest", self)?;
        Ok(text.into_bytes())
    }

    /// Bytes of everything in it.
    pub fn size(&self) -> u64 {
        let files = self.files.iter().map(|f| f.size);
        files.fold(self.database.size, u64::saturating_add)
    }

    /// What only who has the key may read. [`BackupError::AnotherStore`] with another key.
    pub fn words(&self, keys: &Keys) -> Result<Words, BackupError> {
        let bytes = self
            .words
            .open(&keys.master.words(), &about(self.store, self.made_at))
            .ok_or(BackupError::AnotherStore)?;
        serde_json::from_slice(&bytes).map_err(|_| BackupError::Damaged {
            what: "manifest.json".to_owned(),
        })
    }
}

/// The sealed part of a manifest.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Words {
    pub units: Vec<UnitName>,
    /// The dossier changed last.
    pub newest: Option<Newest>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UnitName {
    pub code: String,
    pub name: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Newest {
    pub number: String,
    pub title: String,
    pub changed_at: DateTime<Utc>,
}

impl Words {
    pub(super) fn of(c: &Connection) -> Result<Self, StoreError> {
        let units = units::all(c)?
            .into_iter()
            .map(|u| UnitName {
                code: u.code,
                name: u.name,
            })
            .collect();
        let newest = c
            .prepare_cached(
                "SELECT r.doc_number, r.title, d.changed_at FROM dossier d
                 JOIN revision r ON r.dossier_id = d.id AND r.number = d.revision
                 ORDER BY d.changed_at DESC LIMIT 1",
            )?
            .query_row([], |r| {
                Ok(Newest {
                    number: r.get(0)?,
                    title: r.get(1)?,
                    changed_at: sql::parsed(r, 2)?,
                })
            })
            .optional()?;
        Ok(Self { units, newest })
    }

    pub(super) fn seal(
        &self,
        keys: &Keys,
        store: Uuid,
        at: DateTime<Utc>,
    ) -> Result<Sealed, BackupError> {
        let text = sql::to_json("manifest", self)?;
        Ok(Sealed::seal(
            &keys.master.words(),
            &about(store, at),
            text.as_bytes(),
        )?)
    }
}

/// Authenticated beside the words, so that they cannot be moved to another backup.
fn about(store: Uuid, at: DateTime<Utc>) -> String {
    format!("hoso backup {store} {}", sql::instant(at))
}

pub(super) fn dossiers(c: &Connection) -> Result<u64, StoreError> {
    let n = c.query_row("SELECT count(*) FROM dossier", [], |r| sql::unsigned(r, 0))?;
    Ok(n)
}

pub(super) fn restored(c: &Connection) -> Result<Restored, StoreError> {
    let last: Option<DateTime<Utc>> = c
        .query_row(
            "SELECT at FROM audit WHERE act = 'restored' ORDER BY seq DESC LIMIT 1",
            [],
            |r| sql::parsed(r, 0),
        )
        .optional()?;
    Ok(last.map_or(Restored::Never, Restored::At))
}

/// A backup that was found, readable or not.
#[derive(Debug)]
pub struct Listed {
    pub place: PathBuf,
    pub manifest: Result<Manifest, BackupError>,
}

/// Every backup in `folder`, newest first: a folder of backups, one PC's folder in it, or one backup
/// itself, whichever the person chose.
pub fn list(folder: &Path, now: DateTime<Utc>) -> Result<Vec<Listed>, BackupError> {
    if folder.join("manifest.json").exists() {
        return Ok(vec![listed(folder.to_owned())]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(BackupError::place)? {
        let place = entry.map_err(BackupError::place)?.path();
        if place.join("manifest.json").exists() {
            found.push(listed(place));
        } else if name(&place).starts_with("hoso-") {
            found.extend(list_room(&place, now));
        }
    }
    Ok(newest_first(found, now))
}

/// The backups of one PC, newest first.
pub(super) fn list_room(room: &Path, now: DateTime<Utc>) -> Vec<Listed> {
    let entries = fs::read_dir(room).into_iter().flatten().flatten();
    let found: Vec<Listed> = entries
        .map(|e| e.path())
        .filter(|p| !name(p).starts_with(UNFINISHED) && p.join("manifest.json").exists())
        .map(listed)
        .collect();
    newest_first(found, now)
}

/// Up to when the backups of one PC, newest first, believed their clock.
pub(super) fn counted_before(earlier: &[Listed]) -> Option<DateTime<Utc>> {
    let readable = || earlier.iter().filter_map(|l| l.manifest.as_ref().ok());
    let noted = readable().filter_map(|m| m.counted_to).max();
    noted.or_else(|| readable().next().map(|m| m.made_at))
}

fn listed(place: PathBuf) -> Listed {
    let manifest = Manifest::read(&place);
    Listed { place, manifest }
}

/// One store's backups beside another's by the clock of its newest. What cannot be read comes last.
fn newest_first(found: Vec<Listed>, now: DateTime<Utc>) -> Vec<Listed> {
    let mut stores: BTreeMap<Uuid, Vec<(Manifest, PathBuf)>> = BTreeMap::new();
    let mut unreadable = Vec::new();
    for Listed { place, manifest } in found {
        match manifest {
            Ok(manifest) => stores
                .entry(manifest.store)
                .or_default()
                .push((manifest, place)),
            Err(error) => unreadable.push(Listed {
                place,
                manifest: Err(error),
            }),
        }
    }
    let mut stores: Vec<_> = stores.into_values().map(|own| of_one(own, now)).collect();
    stores.sort_by_key(|own| Reverse(own.first().map(|(newest, _)| newest.made_at)));
    let readable = stores
        .into_iter()
        .flatten()
        .map(|(manifest, place)| Listed {
            place,
            manifest: Ok(manifest),
        });
    readable.chain(unreadable).collect()
}

/// One store's backups by its trail, which only grows, where a clock may have been wrong. Those that say
/// nothing of restores may be of a trail that was given up: they stand between the others by the clock.
fn of_one(found: Vec<(Manifest, PathBuf)>, now: DateTime<Utc>) -> Vec<(Manifest, PathBuf)> {
    let (mut unsaid, mut told): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|(manifest, _)| manifest.restored == Restored::Unsaid);
    unsaid.sort_by_key(|(manifest, _)| Reverse(manifest.made_at));
    told.sort_by_key(|(manifest, _)| Reverse(age(manifest, now)));
    let (mut out, mut unsaid) = (Vec::new(), unsaid.into_iter().peekable());
    for next in told {
        while let Some(later) = unsaid.next_if(|(manifest, _)| manifest.made_at > next.0.made_at) {
            out.push(later);
        }
        out.push(next);
    }
    out.extend(unsaid);
    out
}

/// Whether no clock was ahead at the restore, when that was, rows of the trail, and when by the clock.
type Age = (bool, Restored, u64, DateTime<Utc>);

fn age(manifest: &Manifest, now: DateTime<Utc>) -> Age {
    let ahead = matches!(manifest.restored, Restored::At(at) if at > now);
    let seq = manifest.audit.seq;
    (!ahead, manifest.restored, seq, manifest.made_at)
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
