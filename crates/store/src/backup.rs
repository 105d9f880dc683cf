//! Sao lưu: a copy of the whole store on another disk, encrypted as it lies. It refuses to call a
//! copy a backup before it was opened and its trail walked, and never touches an earlier one until
//! then.
//!
//! ```text
//! <folder>/hoso-<pc>-<8 hex digits of the store's id>/
//!     files/ab/<sha256>        the store's files as they lie, shared by all backups here
//!     20261122T081500.123Z/    one backup; it has this name only when it is whole
//!         hoso.db              SQLite's online backup: one moment, the store's own key
//!         envelope.json        the slots of that moment
//!         manifest.json        see [`Manifest`]
//!     .new-…                   one that was cut off; removed by the next
//! ```
//!
//! Each step is written aside, flushed, then renamed, so a stick pulled at any moment leaves the
//! backups before it whole. Nothing is compressed and nothing is a format of its own: with the
//! recovery code the folder can be read by SQLCipher and age alone.

mod copy;
mod disk;
mod error;
mod keep;
mod manifest;

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use hoso_domain::digest::Digest;

use crate::error::StoreError;
use crate::files::Files;
use crate::key::Keys;
use crate::store::Store;
use crate::{audit, connect, layout, schema, vault};

use copy::Wanted;
pub(crate) use copy::{copy_part, put, sync_all, write_synced};

pub use disk::{Disk, disk_of};
pub use error::BackupError;
pub use keep::kept;
pub use manifest::{
    FORMAT, FilePart, Listed, Manifest, Newest, Part, Restored, UnitName, Words, list,
};

/// How a folder begins that is no backup yet.
const UNFINISHED: &str = ".new-";

/// Room left on the backup's disk.
const RESERVE: u64 = 4 * 1024 * 1024;

/// What a backup is told from outside.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Where the person wants backups: a folder on another disk.
    pub folder: &'a Path,
    /// This PC's name, for people.
    pub pc: &'a str,
    /// The program's version.
    pub program: &'a str,
    pub at: DateTime<Utc>,
}

/// How far it is, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    pub done: u64,
    pub of: u64,
}

/// Told after each piece of work; [`ControlFlow::Break`] ends it with [`BackupError::Cancelled`].
pub type Watch<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// A backup that was made and opened.
#[derive(Clone, Debug)]
pub struct Made {
    pub place: PathBuf,
    pub manifest: Manifest,
    /// Bytes of files that had to be copied; the rest lay there from earlier backups.
    pub fresh: u64,
    /// Older backups that the rule of keeping let go.
    pub removed: usize,
}

/// Which of the files that lie there from earlier backups are read again, since sticks rot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Again {
    /// Those of the day's turn: each one's comes within `TURNS` days.
    Share,
    All,
}

/// Days until each file's turn to be read again has come.
const TURNS: u8 = 32;

impl Again {
    fn chooses(self, file: &FilePart, at: DateTime<Utc>) -> bool {
        let [first, ..] = file.name.0;
        let day = at.timestamp().div_euclid(24 * 60 * 60);
        match self {
            Self::Share => i64::from(first % TURNS) == day.rem_euclid(i64::from(TURNS)),
            Self::All => true,
        }
    }
}

/// The daily backup of an open store, beside people's work in it.
pub fn make(store: &Store, wish: &Wish<'_>, watch: Watch<'_>) -> Result<Made, BackupError> {
    make_looking(store, wish, Again::Share, watch)
}

/// Makes a backup, and copies anew what is found damaged of earlier ones.
pub fn make_looking(
    store: &Store,
    wish: &Wish<'_>,
    again: Again,
    watch: Watch<'_>,
) -> Result<Made, BackupError> {
    let slots = vault::slots(store.dir())?;
    let room = room(wish, slots.store);
    make_dir(&room)?;
    // the room itself must outlast a power cut, or every backup in it goes with its name
    layout::sync_dir(wish.folder).map_err(BackupError::place)?;
    clear_unfinished(&room);

    let source = store.reader()?;
    // one moment for everything that is read from here on
    let moment = source.unchecked_transaction().map_err(StoreError::from)?;
    let database_size = connect::size(&moment)?;
    // a file comes before the row that names it: listed after that moment, none is left out
    let earlier = manifest::list_room(&room, wish.at);
    let counted_to = keep::counted_to(wish.at, manifest::counted_before(&earlier));
    let mut wanted = Wanted::of(&moment, store, &room, &earlier)?;
    has_room(&room, database_size.saturating_add(wanted.new_bytes()))?;
    let again = wanted.take_known(|file| again.chooses(file, wish.at));
    let mut progress = Progress {
        done: 0,
        of: again
            .iter()
            .map(|f| f.size)
            .chain([database_size, wanted.new_bytes()])
            .fold(0, u64::saturating_add),
    };
    wanted.look_again(&room, &again, &mut |bytes| {
        progress.done = progress.done.saturating_add(bytes);
        go_on(watch(progress))
    })?;
    let looked = progress.done;
    progress.of = looked
        .saturating_add(database_size)
        .saturating_add(wanted.new_bytes());
    let unfinished = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempdir_in(&room)
        .map_err(BackupError::place)?;
    let database = unfinished.path().join("hoso.db");
    copy::database(&moment, store.keys(), &database, &mut |done| {
        progress.done = looked.saturating_add(done.min(database_size));
        go_on(watch(progress))
    })?;
    progress.done = looked.saturating_add(database_size);
    let Wanted {
        known,
        new,
        missing,
    } = wanted;
    let copied = copy::files(store, &room, &new, &mut |bytes| {
        progress.done = progress.done.saturating_add(bytes);
        go_on(watch(progress))
    })?;
    let mut files = [known, copied.files].concat();
    files.sort_by_key(|f| f.name);
    let words = Words::of(&moment)?;
    let manifest = Manifest {
        format: FORMAT,
        program: wish.program.to_owned(),
        schema: schema::version(),
        store: slots.store,
        pc: wish.pc.to_owned(),
        made_at: wish.at,
        counted_to: Some(counted_to),
        dossiers: manifest::dossiers(&moment)?,
        audit: audit::head(&moment)?,
        restored: manifest::restored(&moment)?,
        database: copy::part_of(&database)?,
        envelope: Part::of(&slots.bytes),
        files,
        missing: [missing, copied.unreadable].concat(),
        words: words.seal(store.keys(), slots.store, wish.at)?,
    };
    drop(moment);
    write_synced(&unfinished.path().join("envelope.json"), &slots.bytes)?;
    let listing = manifest.to_bytes()?;
    write_synced(&unfinished.path().join("manifest.json"), &listing)?;
    opens(unfinished.path(), &room, store.keys(), &manifest)?;
    let place = publish(unfinished, &room, wish.at)?;
    let removed = let_go(&room, wish.at, counted_to);
    Ok(Made {
        place,
        manifest,
        fresh: copied.fresh,
        removed,
    })
}

/// Looks at a backup as a restore would: every digest, the database through its key, the trail. What
/// is given beside its manifest are the files that are damaged or gone, which a restore does without.
pub fn look(
    place: &Path,
    keys: &Keys,
    watch: Watch<'_>,
) -> Result<(Manifest, Vec<Digest>), BackupError> {
    let manifest = Manifest::read(place)?;
    let lost = look_through(place, &manifest, keys, watch).map_err(|e| pulled(e, place))?;
    Ok((manifest, lost))
}

fn look_through(
    place: &Path,
    manifest: &Manifest,
    keys: &Keys,
    watch: Watch<'_>,
) -> Result<Vec<Digest>, BackupError> {
    let room = place.parent().unwrap_or(place);
    let mut progress = Progress {
        done: 0,
        of: manifest.size(),
    };
    let whole = |path: &Path, part: &Part| copy_part(path, part, &mut io::sink());
    whole(&place.join("hoso.db"), &manifest.database)?;
    whole(&place.join("envelope.json"), &manifest.envelope)?;
    progress.done = manifest.database.size;
    go_on(watch(progress))?;
    let mut lost = Vec::new();
    let lying = Files::at(&layout::files(room), &keys.files);
    for file in &manifest.files {
        match whole(&pool(room, &file.name), &file.part()) {
            Ok(()) => {}
            Err(e) if of_one_file(&e, place) => {
                // a damaged one may have been replaced by the same content, encrypted anew
                if lying.sealed(&file.name).is_err() {
                    lost.push(file.name);
                }
            }
            Err(e) => return Err(e),
        }
        progress.done = progress.done.saturating_add(file.size);
        go_on(watch(progress))?;
    }
    database_opens(place, keys, manifest)?;
    Ok(lost)
}

/// Where the whole backup is gone with what was missed, its place failed: Windows takes the letter of a
/// pulled stick away, and every file is then one that is not there.
pub(crate) fn pulled(e: BackupError, place: &Path) -> BackupError {
    match e {
        BackupError::Damaged { .. } | BackupError::Store(StoreError::Missing)
            if !place.join("manifest.json").exists() =>
        {
            BackupError::Place(io::ErrorKind::NotFound.into())
        }
        other => other,
    }
}

/// [`look`] at a backup in which nothing may be wrong.
pub fn verify(place: &Path, keys: &Keys, watch: Watch<'_>) -> Result<Manifest, BackupError> {
    let (manifest, lost) = look(place, keys, watch)?;
    match lost.first() {
        None => Ok(manifest),
        Some(name) => Err(BackupError::Damaged { what: name.hex() }),
    }
}

/// Whether a failure to read a file of the backup at `place` is that file's alone: a stick that was
/// pulled is no damaged file.
pub(crate) fn of_one_file(e: &BackupError, place: &Path) -> bool {
    match e {
        BackupError::Damaged { .. } => place.join("manifest.json").exists(),
        // what the system has in memory can be read for a while after the stick is gone
        BackupError::Place(_) => match tempfile::tempfile_in(place).and_then(|f| f.sync_all()) {
            Ok(()) => true,
            Err(e) => {
                use io::ErrorKind as K;
                matches!(e.kind(), K::ReadOnlyFilesystem | K::PermissionDenied)
                    && disk::is_there(place)
                    && fs::read(place.join("manifest.json")).is_ok()
            }
        },
        _ => false,
    }
}

/// How many files of a backup are gone or cut short where it lies; reads none of them.
pub fn absent(place: &Path, manifest: &Manifest) -> usize {
    let room = place.parent().unwrap_or(place);
    manifest.files.iter().filter(|f| !there(room, f)).count()
}

fn there(room: &Path, file: &FilePart) -> bool {
    fs::metadata(pool(room, &file.name)).is_ok_and(|m| m.len() == file.size)
}

/// The folder of one PC's backups.
fn room(wish: &Wish<'_>, store: uuid::Uuid) -> PathBuf {
    let pc: String = wish
        .pc
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(40)
        .collect();
    let pc = pc.trim_matches('-');
    let pc = if pc.is_empty() { "pc" } else { pc };
    let id: String = store.simple().to_string().chars().take(8).collect();
    wish.folder.join(format!("hoso-{pc}-{id}"))
}

/// Where a file of all backups in `room` lies.
pub(crate) fn pool(room: &Path, name: &Digest) -> PathBuf {
    let name = name.hex();
    let shelf: String = name.chars().take(2).collect();
    layout::files(room).join(shelf).join(name)
}

/// [`copy_part`] into memory, for what is small.
pub(crate) fn read_part(path: &Path, part: &Part) -> Result<Vec<u8>, BackupError> {
    let mut bytes = Vec::new();
    copy_part(path, part, &mut bytes)?;
    Ok(bytes)
}

pub(crate) fn go_on(flow: ControlFlow<()>) -> Result<(), BackupError> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(BackupError::Cancelled),
    }
}

pub(crate) fn has_room(dir: &Path, bytes: u64) -> Result<(), BackupError> {
    let free = fs4::available_space(dir).map_err(BackupError::place)?;
    let needed = bytes.saturating_add(RESERVE);
    if free < needed {
        return Err(BackupError::PlaceFull { needed, free });
    }
    Ok(())
}

fn make_dir(dir: &Path) -> Result<(), BackupError> {
    fs::create_dir_all(dir).map_err(BackupError::place)
}

/// What an earlier run left when the stick was pulled or the PC switched off.
fn clear_unfinished(room: &Path) {
    for entry in fs::read_dir(room).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    layout::clear_unfinished(&layout::files(room));
}

/// A backup that was just made: its database, and a file in the pool for every one it names.
fn opens(place: &Path, room: &Path, keys: &Keys, manifest: &Manifest) -> Result<(), BackupError> {
    database_opens(place, keys, manifest)?;
    match manifest.files.iter().find(|f| !there(room, f)) {
        None => Ok(()),
        Some(file) => Err(BackupError::Damaged {
            what: file.name.hex(),
        }),
    }
}

/// The database of a backup through its key, its trail from row 1 to the head the manifest names.
pub(crate) fn database_opens(
    place: &Path,
    keys: &Keys,
    manifest: &Manifest,
) -> Result<(), BackupError> {
    let connection = copy::judged(&place.join("hoso.db"), keys)?;
    let chain = audit::verify_against(&connection, manifest.audit);
    if !chain.is_ok_and(|head| head == manifest.audit) {
        return Err(BackupError::Damaged {
            what: "hoso.db".to_owned(),
        });
    }
    Ok(())
}

/// Gives a finished backup its name.
fn publish(
    unfinished: tempfile::TempDir,
    room: &Path,
    at: DateTime<Utc>,
) -> Result<PathBuf, BackupError> {
    let name = at.format("%Y%m%dT%H%M%S%.3fZ").to_string();
    // a clock that was set back may meet a name of its own
    let place = (1u32..)
        .map(|n| match n {
            1 => room.join(&name),
            n => room.join(format!("{name}-{n}")),
        })
        .find(|p| !p.exists())
        .unwrap_or_else(|| room.join(&name));
    layout::sync_dir(unfinished.path()).map_err(BackupError::place)?;
    layout::rename(unfinished.path(), &place).map_err(BackupError::place)?;
    // it has its name now: nothing is left to be removed
    let _ = unfinished.keep();
    layout::sync_dir(room).map_err(BackupError::place)?;
    Ok(place)
}

/// Removes what the rule of keeping lets go; a backup that cannot be read is left for a person.
fn let_go(room: &Path, now: DateTime<Utc>, counted_to: DateTime<Utc>) -> usize {
    let whole: Vec<(PathBuf, DateTime<Utc>)> = manifest::list_room(room, now)
        .into_iter()
        .filter_map(|l| Some((l.place, l.manifest.ok()?.made_at)))
        .collect();
    let times: Vec<DateTime<Utc>> = whole.iter().map(|(_, at)| *at).collect();
    let kept = kept(now, counted_to, &times);
    whole
        .iter()
        .filter(|(_, at)| !kept.contains(at))
        .filter(|(place, _)| {
            // without its name first, so that half of one is never taken for whole
            let aside = room.join(format!("{UNFINISHED}let-go"));
            layout::rename(place, &aside).is_ok() && fs::remove_dir_all(&aside).is_ok()
        })
        .count()
}

/// Looks for room in a folder that is no place of backups: [`StoreError::DiskFull`] where it has not
/// as much and a little more.
pub fn room_for(dir: &Path, bytes: u64) -> Result<(), StoreError> {
    has_room(dir, bytes).map_err(own_disk)
}

/// A copy of a database on the store's own disk.
pub(crate) fn copy_database(
    from: &rusqlite::Connection,
    keys: &Keys,
    to: &Path,
) -> Result<(), StoreError> {
    copy::database(from, keys, to, &mut |_| Ok(())).map_err(own_disk)
}

fn own_disk(e: BackupError) -> StoreError {
    match e {
        BackupError::Store(e) => e,
        BackupError::Place(e) => StoreError::Disk(e),
        _ => StoreError::DiskFull,
    }
}
