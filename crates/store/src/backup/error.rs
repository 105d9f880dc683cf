//! Why there is no backup, or none that can be used. Whatever it is, earlier backups stay.

use std::io;

use crate::error::StoreError;
use crate::vault::KeyError;

/// A backup or a restore that was not done. The store at work is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The stick was pulled, the share is gone, the folder refuses writing.
    #[error("the place for backups failed")]
    Place(#[source] io::Error),
    #[error("the place for backups has {free} bytes left and needs {needed}")]
    PlaceFull { needed: u64, free: u64 },
    #[error("there is no backup in this folder")]
    NotABackup,
    #[error("the backup is damaged: {what}")]
    Damaged { what: String },
    /// Of a newer program: `found` is its format or schema, `known` this program's.
    #[error("the backup is of a newer program ({found}, this one knows {known})")]
    Newer { found: u32, known: u32 },
    /// Keys of one store over the backup of another.
    #[error("the backup belongs to another store")]
    AnotherStore,
    #[error("cancelled")]
    Cancelled,
    #[error("keys")]
    Keys(#[from] KeyError),
    #[error("store")]
    Store(#[from] StoreError),
}

impl BackupError {
    /// An error of the disk that holds backups.
    pub(crate) fn place(e: io::Error) -> Self {
        match StoreError::from(e) {
            StoreError::DiskFull => BackupError::PlaceFull { needed: 0, free: 0 },
            StoreError::DiskRefused(e) | StoreError::Disk(e) => BackupError::Place(e),
            other => BackupError::Store(other),
        }
    }
}
