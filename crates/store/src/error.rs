//! What can go wrong in the store. It words nothing for people and retries nothing by itself.

use std::io;
use std::time::Duration;

use hoso_domain::digest::Digest;
use hoso_domain::life::LocalState;
use rusqlite::ErrorCode;

/// A failed act on the store. Nothing was changed: every write is one transaction.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the store; `pid` 0 and an empty host when it did not say.
    #[error("the store is in use by process {pid} on {host}")]
    InUse { pid: u32, host: String },
    #[error("there is no store in this folder")]
    Missing,
    #[error("there is a store in this folder already")]
    AlreadyThere,
    /// Never overwritten; [`crate::Store::open_read_only`] reads it as far as it goes.
    #[error("the store is damaged: {what}")]
    Damaged {
        what: &'static str,
        #[source]
        source: Option<Box<rusqlite::Error>>,
    },
    #[error("the store has schema {found}, this program knows up to {known}")]
    Newer { found: u32, known: u32 },
    #[error("the store is open for reading only: {0:?}")]
    ReadOnly(ReadOnly),
    #[error("the disk is full")]
    DiskFull,
    #[error("the disk refuses access")]
    DiskRefused(#[source] io::Error),
    #[error("the disk failed")]
    Disk(#[source] io::Error),
    /// The file to be taken in, not the store's disk: a pulled stick, a file without access.
    #[error("the source cannot be read")]
    Source(#[source] io::Error),
    #[error("the stored file {0} is missing")]
    FileMissing(Digest),
    #[error("the stored file {0} is damaged")]
    FileDamaged(Digest),
    #[error("{what} is not in the store")]
    NotFound { what: &'static str },
    /// Someone else saved first: `version` is the one stored now.
    #[error("the draft is at version {version} already")]
    Stale { version: u64 },
    /// The dossier is not in the state the caller saw.
    #[error("the revision is {found:?}, not what the caller saw")]
    WrongState { found: LocalState },
    /// A defect of the caller: the life cycle has no such move.
    #[error("no move leads from {from:?} to {to:?}")]
    IllegalMove { from: LocalState, to: LocalState },
    /// A try went unanswered and may arrive still, or a lost store may have sent it:
    /// [`crate::life::give_up`] comes first.
    #[error("what was sent may still arrive")]
    MayArrive,
    #[error("{what} is taken already")]
    Taken { what: &'static str },
    #[error("signed and sent data is append-only")]
    AppendOnly,
    #[error("the audit chain breaks at row {seq}")]
    ChainBroken { seq: u64 },
    /// A stored text cannot be read back: a defect, or a row written by other hands.
    #[error("a stored {what} cannot be read")]
    Content {
        what: &'static str,
        #[source]
        source: serde_json::Error,
    },
    #[error("a migration failed")]
    Migration(#[source] Box<rusqlite_migration::Error>),
    #[error("the store is closed")]
    Closed,
    /// A job panicked; its transaction was rolled back.
    #[error("a job of the store ended in a defect")]
    Defect,
    #[error("the database refused")]
    Sql(#[source] rusqlite::Error),
}

/// Why nothing can be changed in an open store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadOnly {
    Damaged,
    /// What is there is sound as far as anybody knows.
    DiskFull,
    /// The folder or its disk refuses writing; as sound.
    DiskRefused,
}

/// What a caller may do about an error without a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disposition {
    Retry {
        after: Duration,
    },
    /// Wait for a person: free the disk, look at the dossier, mend the file.
    Park,
    /// The store cannot be used, or the program has a defect.
    Fatal,
}

impl StoreError {
    pub fn disposition(&self) -> Disposition {
        use StoreError as E;
        match self {
            E::InUse { .. } => Disposition::Retry {
                after: Duration::from_secs(2),
            },
            E::Disk(_) => Disposition::Retry {
                after: Duration::from_secs(15),
            },
            E::DiskFull
            | E::DiskRefused(_)
            | E::Source(_)
            | E::FileMissing(_)
            | E::FileDamaged(_)
            | E::NotFound { .. }
            | E::Stale { .. }
            | E::WrongState { .. }
            | E::MayArrive
            | E::Taken { .. } => Disposition::Park,
            E::Missing
            | E::AlreadyThere
            | E::Damaged { .. }
            | E::Newer { .. }
            | E::ReadOnly(_)
            | E::IllegalMove { .. }
            | E::AppendOnly
            | E::ChainBroken { .. }
            | E::Content { .. }
            | E::Migration(_)
            | E::Closed
            | E::Defect
            | E::Sql(_) => Disposition::Fatal,
        }
    }

    /// Wraps a text that cannot be read back.
    pub(crate) fn content(what: &'static str) -> impl Fn(serde_json::Error) -> StoreError {
        move |source| StoreError::Content { what, source }
    }
}

impl From<io::Error> for StoreError {
    fn from(e: io::Error) -> Self {
        use io::ErrorKind as K;
        match e.kind() {
            K::StorageFull | K::QuotaExceeded | K::FileTooLarge => StoreError::DiskFull,
            K::PermissionDenied | K::ReadOnlyFilesystem => StoreError::DiskRefused(e),
            _ => StoreError::Disk(e),
        }
    }
}

// SQLite's extended codes for a shared-memory file that cannot grow: a full disk in practice.
const IOERR_SHMSIZE: i32 = 4874;

impl From<rusqlite::Error> for StoreError {
    fn from(e: rusqlite::Error) -> Self {
        let Some(failure) = e.sqlite_error() else {
            return StoreError::Sql(e);
        };
        match failure.code {
            ErrorCode::DiskFull => StoreError::DiskFull,
            ErrorCode::SystemIoFailure if failure.extended_code == IOERR_SHMSIZE => {
                StoreError::DiskFull
            }
            ErrorCode::SystemIoFailure => StoreError::Disk(io::Error::other(e)),
            ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
                StoreError::DiskRefused(io::Error::other(e))
            }
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Damaged {
                what: "unreadable pages",
                source: Some(Box::new(e)),
            },
            ErrorCode::ConstraintViolation if e.to_string().starts_with("append-only") => {
                StoreError::AppendOnly
            }
            _ => StoreError::Sql(e),
        }
    }
}
