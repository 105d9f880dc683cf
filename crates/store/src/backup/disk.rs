//! Whether a folder lies on another disk than the store: a copy beside the original dies with it.

use std::path::Path;

/// Where a folder for backups lies, seen from the store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disk {
    Other,
    /// The same disk: a backup there is lost with the store.
    Same,
    /// Another drive letter or volume, perhaps of the same disk: the system does not say.
    Unsure,
}

/// Compares the disks of two folders that exist.
pub fn disk_of(store: &Path, folder: &Path) -> Disk {
    system::disk_of(store, folder)
}

/// Whether the disk of a folder that refuses writing is there still: what the system has in memory can
/// be read for a while after a stick is gone.
pub(super) fn is_there(folder: &Path) -> bool {
    system::is_there(folder)
}

#[cfg(unix)]
mod system {
    use std::fs;
    use std::os::unix::fs::MetadataExt;
    use std::path::{Path, PathBuf};

    use super::Disk;

    pub fn disk_of(store: &Path, folder: &Path) -> Disk {
        let device = |path: &Path| fs::metadata(path).map(|m| m.dev()).ok();
        let (Some(a), Some(b)) = (device(store), device(folder)) else {
            return Disk::Unsure;
        };
        if a == b {
            return Disk::Same;
        }
        match (whole(a), whole(b)) {
            (Some(a), Some(b)) if a == b => Disk::Same,
            _ => Disk::Other,
        }
    }

    pub fn is_there(folder: &Path) -> bool {
        // shares and memory are no device; of a share that is gone no file can be opened
        fs::metadata(folder).is_ok_and(|m| major_of(m.dev()) == 0 || whole(m.dev()).is_some())
    }

    /// The disk a partition belongs to, as Linux tells it; `None` for network and memory.
    fn whole(device: u64) -> Option<PathBuf> {
        let (major, minor) = (major_of(device), minor_of(device));
        let path = fs::canonicalize(format!("/sys/dev/block/{major}:{minor}")).ok()?;
        if path.join("partition").exists() {
            path.parent().map(Path::to_owned)
        } else {
            Some(path)
        }
    }

    // glibc's encoding of a device number (sysmacros.h)
    fn major_of(device: u64) -> u64 {
        ((device >> 8) & 0xfff) | ((device >> 32) & !0xfff)
    }

    fn minor_of(device: u64) -> u64 {
        (device & 0xff) | ((device >> 12) & !0xff)
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs;
    use std::path::{Component, Path, Prefix};

    use super::Disk;

    pub fn disk_of(store: &Path, folder: &Path) -> Disk {
        match (drive(store), drive(folder)) {
            (Some(a), Some(b)) if a == b => Disk::Same,
            // a share on another PC
            (Some(_), None) => Disk::Other,
            // D: is often a part of the disk that holds C:
            _ => Disk::Unsure,
        }
    }

    pub fn is_there(_: &Path) -> bool {
        // of a drive that is gone no file can be opened
        true
    }

    fn drive(path: &Path) -> Option<u8> {
        let path = fs::canonicalize(path).ok()?;
        match path.components().next() {
            Some(Component::Prefix(p)) => match p.kind() {
                Prefix::Disk(letter) | Prefix::VerbatimDisk(letter) => {
                    Some(letter.to_ascii_uppercase())
                }
                _ => None,
            },
            _ => None,
        }
    }
}
