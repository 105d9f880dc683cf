//! Copying: the database by SQLite's online backup, files as they lie. Decides nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use hoso_domain::digest::Digest;
use sha2::{Digest as _, Sha256};

use super::manifest::{FilePart, Listed, Part};
use super::{BackupError, pool};
use crate::error::StoreError;
use crate::files::Files;
use crate::key::Keys;
use crate::store::Store;
use crate::{connect, layout, revisions};

/// Pages copied between two looks at whether the person still wants it.
const PAGES: i32 = 256;

/// Told the bytes that are done, or that were added.
pub(super) type Tell<'a> = &'a mut dyn FnMut(u64) -> Result<(), BackupError>;

/// The database as `moment` sees it, under the same key, without a write-ahead log beside it.
pub(super) fn database(
    moment: &Connection,
    keys: &Keys,
    to: &Path,
    tell: Tell<'_>,
) -> Result<(), BackupError> {
    {
        let mut copy = connect::copy(to, &keys.master).map_err(of_the_copy)?;
        let backup = Backup::new(moment, &mut copy).map_err(failed)?;
        loop {
            let step = backup.step(PAGES).map_err(failed)?;
            let p = backup.progress();
            let done = i64::from(p.pagecount.saturating_sub(p.remaining));
            tell(
                u64::try_from(done)
                    .unwrap_or(0)
                    .saturating_mul(connect::PAGE),
            )?;
            if step == StepResult::Done {
                break;
            }
        }
        drop(backup);
        copy.execute_batch("PRAGMA journal_mode = DELETE;")
            .map_err(failed)?;
        copy.close().map_err(|(_, e)| failed(e))?;
    }
    sync(to)
}

fn failed(e: rusqlite::Error) -> BackupError {
    of_the_copy(e.into())
}

/// What fails while pages are copied is the copy's disk, unless pages of the store are bad.
fn of_the_copy(e: StoreError) -> BackupError {
    match e {
        StoreError::DiskFull => BackupError::PlaceFull { needed: 0, free: 0 },
        StoreError::Disk(e) | StoreError::DiskRefused(e) => BackupError::Place(e),
        other => BackupError::Store(other),
    }
}

/// A backup's database, judged and open to be read.
pub(super) fn judged(path: &Path, keys: &Keys) -> Result<Connection, BackupError> {
    connect::judge(path, &keys.master)
        .and_then(|()| connect::reader(path, &keys.master, connect::Log::Followed))
        .map_err(|e| match e {
            StoreError::Damaged { .. } => BackupError::Damaged {
                what: "hoso.db".to_owned(),
            },
            StoreError::Newer { found, known } => BackupError::Newer { found, known },
            StoreError::Disk(e) | StoreError::DiskRefused(e) => BackupError::Place(e),
            other => other.into(),
        })
}

/// The files of the store, against what lies in the room from earlier backups.
pub(super) struct Wanted {
    pub known: Vec<FilePart>,
    /// Name, and size as it lies in the store.
    pub new: Vec<(Digest, u64)>,
    /// Named by a row, and nowhere.
    pub missing: Vec<Digest>,
}

impl Wanted {
    pub fn of(
        moment: &Connection,
        store: &Store,
        room: &Path,
        earlier: &[Listed],
    ) -> Result<Self, BackupError> {
        // only what the newest whole backup vouches for: a file without one may be half a file
        let newest = earlier.iter().find_map(|l| l.manifest.as_ref().ok());
        let vouched: BTreeMap<Digest, &FilePart> = newest
            .map(|m| m.files.iter().map(|f| (f.name, f)).collect())
            .unwrap_or_default();
        let own: BTreeMap<Digest, u64> = store.files().names()?.into_iter().collect();
        let mut all: BTreeSet<Digest> = own.keys().copied().collect();
        all.extend(revisions::named_files(moment)?);
        let mut wanted = Self {
            known: Vec::new(),
            new: Vec::new(),
            missing: Vec::new(),
        };
        for name in all {
            let there =
                |f: &&&FilePart| fs::metadata(pool(room, &name)).is_ok_and(|m| m.len() == f.size);
            match (vouched.get(&name).filter(there), own.get(&name)) {
                (Some(part), _) => wanted.known.push(**part),
                (None, Some(size)) => wanted.new.push((name, *size)),
                (None, None) => wanted.missing.push(name),
            }
        }
        Ok(wanted)
    }

    /// Takes the known ones out that are to be read again.
    pub fn take_known(&mut self, again: impl Fn(&FilePart) -> bool) -> Vec<FilePart> {
        let (again, known): (Vec<_>, Vec<_>) = self.known.drain(..).partition(again);
        self.known = known;
        again
    }

    /// Reads these again: what is damaged there is copied anew.
    pub fn look_again(
        &mut self,
        room: &Path,
        again: &[FilePart],
        tell: Tell<'_>,
    ) -> Result<(), BackupError> {
        for file in again {
            match copy_part(&pool(room, &file.name), &file.part(), &mut io::sink()) {
                Ok(()) => self.known.push(*file),
                Err(_) => self.new.push((file.name, file.size)),
            }
            tell(file.size)?;
        }
        Ok(())
    }

    pub fn new_bytes(&self) -> u64 {
        self.new
            .iter()
            .fold(0, |n, (_, size)| n.saturating_add(*size))
    }
}

/// Streams a part of a backup to memory or the store's own disk and holds it against what the manifest
/// says; what was written counts only when this is `Ok`.
pub(crate) fn copy_part(from: &Path, part: &Part, to: &mut impl Write) -> Result<(), BackupError> {
    let damaged = || {
        let name = from.file_name().unwrap_or_default();
        BackupError::Damaged {
            what: name.to_string_lossy().into_owned(),
        }
    };
    let file = match File::open(from) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(damaged()),
        Err(e) => return Err(BackupError::place(e)),
    };
    match hashed(file, to)? == *part {
        true => Ok(()),
        false => Err(damaged()),
    }
}

pub(super) fn part_of(path: &Path) -> Result<Part, BackupError> {
    let file = File::open(path).map_err(BackupError::place)?;
    hashed(file, &mut io::sink())
}

/// What cannot be read is the place's fault, what cannot be written the own disk's.
fn hashed(mut from: impl Read, to: &mut impl Write) -> Result<Part, BackupError> {
    let mut hash = Sha256::new();
    let mut size = 0u64;
    let mut buffer = vec![0u8; 256 * 1024];
    loop {
        let n = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(BackupError::place(e)),
        };
        let bytes = buffer.get(..n).unwrap_or_default();
        hash.update(bytes);
        to.write_all(bytes).map_err(StoreError::from)?;
        size = size.saturating_add(n as u64);
    }
    Ok(Part {
        size,
        sha256: Digest(hash.finalize().into()),
    })
}

/// Files that lie there now, and those that could not be read in the store.
pub(super) struct Copied {
    pub files: Vec<FilePart>,
    /// Bytes of those that did not lie there before.
    pub fresh: u64,
    pub unreadable: Vec<Digest>,
}

/// Copies each file as it lies, after it was opened and held against its name. One that lies there whole
/// already is left: another backup vouches for its bytes, and the store may have encrypted the same
/// content anew since.
pub(super) fn files(
    store: &Store,
    room: &Path,
    names: &[(Digest, u64)],
    tell: Tell<'_>,
) -> Result<Copied, BackupError> {
    let mut copied = Copied {
        files: Vec::new(),
        fresh: 0,
        unreadable: Vec::new(),
    };
    let mut written = Vec::new();
    let lying = Files::at(&layout::files(room), &store.keys().files);
    for (name, _) in names {
        let there = lying.sealed(name).ok();
        let fresh = there.is_none();
        let sealed = match there.map_or_else(|| store.files().sealed(name), Ok) {
            Ok(sealed) => sealed,
            Err(
                StoreError::FileDamaged(_)
                | StoreError::FileMissing(_)
                | StoreError::Disk(_)
                | StoreError::DiskRefused(_),
            ) => {
                copied.unreadable.push(*name);
                continue;
            }
            Err(e) => return Err(e.into()),
        };
        let place = pool(room, name);
        let part = Part::of(&sealed);
        if fresh {
            put(&place, &sealed).map_err(BackupError::place)?;
            copied.fresh = copied.fresh.saturating_add(part.size);
        }
        // what a run that was cut off left there may not be flushed
        written.push(place);
        copied.files.push(FilePart {
            name: *name,
            size: part.size,
            sha256: part.sha256,
        });
        tell(part.size)?;
    }
    sync_all(&written)?;
    Ok(copied)
}

/// A file under its name on one of the shelves of `files`, not flushed yet: [`sync_all`] flushes many at
/// once. Unfinished ones lie beside the shelves, where [`layout::clear_unfinished`] finds them.
pub(crate) fn put(place: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let shelf = place.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(shelf)?;
    let mut temp = layout::unfinished(shelf.parent().unwrap_or(shelf))?;
    temp.write_all(bytes)?;
    layout::persist(temp, place)
}

/// Flushes files and the folders that hold them.
pub(crate) fn sync_all(files: &[PathBuf]) -> Result<(), BackupError> {
    let mut shelves = BTreeSet::new();
    for file in files {
        sync(file)?;
        shelves.extend(file.parent());
    }
    let above: BTreeSet<&Path> = shelves.iter().filter_map(|s| s.parent()).collect();
    for dir in shelves.into_iter().chain(above) {
        layout::sync_dir(dir).map_err(BackupError::place)?;
    }
    Ok(())
}

/// Windows flushes only what is open for writing.
fn sync(file: &Path) -> Result<(), BackupError> {
    OpenOptions::new()
        .write(true)
        .open(file)
        .and_then(|f| f.sync_all())
        .map_err(BackupError::place)
}

/// A small file, on disk when this answers.
pub(crate) fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    layout::create(path)
        .and_then(|mut f| f.write_all(bytes).and_then(|()| f.sync_all()))
        .map_err(BackupError::place)
}
