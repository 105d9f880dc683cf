//! Where things lie in the store's folder, and writing a small file so that a crash leaves the old
//! or the new one, never half of it. Knows no key and no SQL.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

/// The SQLCipher database.
pub fn database(dir: &Path) -> PathBuf {
    dir.join("hoso.db")
}

/// The key envelope.
pub fn envelope(dir: &Path) -> PathBuf {
    dir.join("envelope.json")
}

/// The envelope once more, with the same slots.
pub fn envelope_copy(dir: &Path) -> PathBuf {
    dir.join("envelope.json.bak")
}

/// The encrypted files.
pub fn files(dir: &Path) -> PathBuf {
    dir.join("files")
}

/// The database before it was brought to schema `version`.
pub(crate) fn before_upgrade(dir: &Path, version: u32) -> PathBuf {
    dir.join(format!("hoso.db.before-{version}"))
}

/// Where a backup is laid out before it takes the store's place.
pub(crate) fn restoring(dir: &Path) -> PathBuf {
    beside(dir, "restoring")
}

/// A name beside the store's folder, on the same disk.
pub(crate) fn beside(dir: &Path, what: &str) -> PathBuf {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    dir.with_file_name(format!("{name}.{what}"))
}

pub(crate) fn lock(dir: &Path) -> PathBuf {
    dir.join("hoso.lock")
}

pub(crate) fn owner(dir: &Path) -> PathBuf {
    dir.join("hoso.owner")
}

/// How far a folder has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// No envelope and no database: a first run.
    Absent,
    /// An envelope without a database: a first run that was cut off; nothing can be lost.
    Unfinished,
    /// A database (whatever its state), or the files that only a store makes: a database that went
    /// away may come back, and needs the envelope it was sealed with.
    Present,
}

/// Looks at a folder without opening anything. One that does not let itself be looked into is an error:
/// what another user of the PC has there is no first run.
pub fn stage(dir: &Path) -> io::Result<Stage> {
    let stage = if database(dir).try_exists()? || files(dir).try_exists()? {
        Stage::Present
    } else if envelope(dir).try_exists()? {
        Stage::Unfinished
    } else {
        Stage::Absent
    };
    Ok(stage)
}

/// Makes a folder, with what is missing above it, into which nobody but this user looks; one that is
/// there gives no right more than before, and none less to a group that shares it. A disk without such
/// rights, as FAT, keeps it all the same.
pub fn own_folder(dir: &Path) -> io::Result<()> {
    let mut make = DirBuilder::new();
    make.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut make, 0o700);
    make.create(dir)?;
    close_to_others(dir, dir);
    Ok(())
}

/// Takes others' rights to a store's folder, or to a file in it, away where the disk knows of any. A
/// group that may write into the folder shares it, and keeps its own.
pub(crate) fn close_to_others(folder: &Path, path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).map(|m| m.permissions().mode());
        let (Ok(shared), Ok(mode)) = (mode(folder), mode(path)) else {
            return;
        };
        let others = match shared & 0o020 {
            0 => 0o077,
            _ => 0o007,
        };
        if mode & others != 0 {
            let kept = mode & 0o7777 & !others;
            // what another user made, or lies on a share, stays as it is
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(kept));
        }
    }
    #[cfg(not(unix))]
    let _ = (folder, path);
}

/// How a file is opened that nobody but this user reads once it is made.
pub(crate) fn own_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes or empties such a file.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    own_file().truncate(true).open(path)
}

/// Makes a folder's entries durable. Windows keeps them with the rename itself.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(dir)?.sync_all()
    } else {
        Ok(())
    }
}

/// [`sync_dir`] of several.
pub(crate) fn sync_dirs(dirs: &BTreeSet<PathBuf>) -> io::Result<()> {
    if cfg!(unix) {
        let open: Vec<File> = dirs.iter().map(File::open).collect::<io::Result<_>>()?;
        sync_files(&open.iter().collect::<Vec<_>>())
    } else {
        Ok(())
    }
}

/// Flushes files together, which takes a disk about as long as one: each by a thread of its own,
/// since a system flushes one file at a call.
pub(crate) fn sync_files(files: &[&File]) -> io::Result<()> {
    let Some((first, rest)) = files.split_first() else {
        return Ok(());
    };
    thread::scope(|scope| {
        let mut others = Vec::new();
        for file in rest {
            match thread::Builder::new().spawn_scoped(scope, move || file.sync_all()) {
                Ok(flush) => others.push(flush),
                // the system gives no thread
                Err(_) => file.sync_all()?,
            }
        }
        first.sync_all()?;
        for other in others {
            let lost = |_| Err(io::Error::other("a flush ended in a defect"));
            other.join().unwrap_or_else(lost)?;
        }
        Ok(())
    })
}

/// How a file begins that is not whole yet.
const UNFINISHED: &str = ".new-";

/// An unfinished file in `dir`, gone with its value unless it gets a name.
pub(crate) fn unfinished(dir: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(dir)
}

/// Removes what a kill or a power cut left unfinished in `dir`, where nobody writes now.
pub(crate) fn clear_unfinished(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Replaces `path`: temporary file → fsync → rename → fsync of the folder.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let mut temp = unfinished(dir)?;
    temp.write_all(bytes)?;
    temp.as_file().sync_all()?;
    persist(temp, path)?;
    sync_dir(dir)
}

/// How long a rename is tried again that another program stands in the way of.
const LETS_GO: Duration = Duration::from_secs(5);

/// Gives a file or a folder another name. Windows refuses that while anybody has it, or a file in it,
/// open, as a virus scanner has for a moment what was just written.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    while_held(is_held, (), |()| fs::rename(from, to).map_err(|e| (e, ())))
}

/// [`rename`] of an unfinished file.
pub(crate) fn persist(file: NamedTempFile, to: &Path) -> io::Result<()> {
    while_held(is_held, file, |file| match file.persist(to) {
        Ok(_) => Ok(()),
        Err(e) => Err((e.error, e.file)),
    })
}

/// Whether somebody else has it open, in Windows's words.
fn is_held(error: &io::Error) -> bool {
    const SHARING_VIOLATION: i32 = 32;
    cfg!(windows)
        && (error.kind() == io::ErrorKind::PermissionDenied
            || error.raw_os_error() == Some(SHARING_VIOLATION))
}

/// Tries `rename` again for a while, as long as it is `held`; a try that failed gives back what it took.
fn while_held<T>(
    held: impl Fn(&io::Error) -> bool,
    mut what: T,
    mut rename: impl FnMut(T) -> Result<(), (io::Error, T)>,
) -> io::Result<()> {
    let end = Instant::now() + LETS_GO;
    loop {
        match rename(what) {
            Ok(()) => return Ok(()),
            Err((error, again)) if held(&error) && Instant::now() < end => {
                what = again;
                thread::park_timeout(Duration::from_millis(50));
            }
            Err((error, _)) => return Err(error),
        }
    }
}

/// How a file begins that a damaged `path` was renamed to; a number follows.
fn aside_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{name}.damaged-")
}

/// Puts a damaged file out of the way under a name nothing is read from. Nothing is lost that a person
/// may still want to look at.
pub(crate) fn set_aside(path: &Path) -> io::Result<()> {
    let name = aside_of(path);
    let free = (1u32..)
        .map(|n| path.with_file_name(format!("{name}{n}")))
        .find(|p| !p.exists());
    match free {
        Some(aside) => rename(path, &aside),
        None => Ok(()),
    }
}

/// Removes what [`set_aside`] kept of `path`.
pub(crate) fn clear_aside(path: &Path) {
    let name = aside_of(path);
    let dir = path.parent().unwrap_or(Path::new("."));
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&name) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_rename_that_a_scanner_holds_up_is_done_once_it_lets_go() {
        let mut tries = 0;
        let refused = io::ErrorKind::PermissionDenied;
        let held = |e: &io::Error| e.kind() == refused;
        let done = while_held(held, "a backup", |what| {
            tries += 1;
            match tries {
                3 => Ok(()),
                _ => Err((refused.into(), what)),
            }
        });
        done.unwrap();
        assert_eq!(tries, 3);
    }

    #[test]
    fn a_rename_that_nobody_holds_up_is_tried_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut tries = 0;
        let failed = while_held(is_held, (), |()| {
            tries += 1;
            let from = dir.path().join("nothing");
            fs::rename(from, dir.path().join("something")).map_err(|e| (e, ()))
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(tries, 1);
    }
}
