//! Sao lưu, khôi phục, kiểm tra: what the screens of backups show.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use hoso_domain::digest::Digest;
use hoso_domain::id::PersonId;

use super::{Boot, PersonChoice};
use crate::command::Secret;
use crate::error::AppError;

/// What the status bar says of backups.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct BackupAge {
    /// When the last whole backup was made.
    pub last: Option<DateTime<Utc>>,
    /// Nothing was backed up for days, or no place was chosen, or the last try failed.
    pub overdue: bool,
}

/// Sao lưu.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BackupState {
    /// Empty: none was chosen.
    pub folder: String,
    /// Whether the folder can be reached now.
    pub there: bool,
    pub disk: DiskView,
    pub last: Option<BackupBrief>,
    /// Why the last try failed, when it came after the last whole backup.
    pub failed: Option<AppError>,
    pub running: bool,
}

/// Where a folder lies, seen from the program's data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiskView {
    Other,
    /// Lost together with the data.
    Same,
    /// The system does not say.
    Unsure,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BackupBrief {
    pub at: DateTime<Utc>,
    pub place: String,
    pub dossiers: u64,
    pub bytes: u64,
    /// Files that could not be read when it was made.
    pub missing: u32,
}

/// A backup that was found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BackupRow {
    pub place: String,
    /// Set when it cannot be used; then the rest is blank.
    pub error: Option<AppError>,
    pub made_at: Option<DateTime<Utc>>,
    pub pc: String,
    pub dossiers: u64,
    pub bytes: u64,
    /// Who can open it.
    pub people: Vec<PersonChoice>,
    /// Of the store that is open now: no key is asked for.
    pub own: bool,
    /// Of the store on this PC, open or not.
    #[serde(default)]
    pub here: bool,
    /// The id of its store.
    #[serde(default)]
    pub store: String,
}

/// What opens a backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "with", rename_all = "kebab-case")]
pub enum RestoreKey {
    /// The store that is open.
    Open,
    Pin {
        person: PersonId,
        pin: Secret,
    },
    Recovery {
        person: PersonId,
        code: Secret,
    },
}

/// What is in a backup.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RestorePreview {
    pub made_at: DateTime<Utc>,
    pub pc: String,
    pub bytes: u64,
    pub dossiers: u64,
    /// Code and name.
    pub units: Vec<(String, String)>,
    /// Number, title and time of the dossier changed last.
    pub newest: Option<(String, String, DateTime<Utc>)>,
    /// Rows of Nhật ký and the hash of the last.
    pub audit_rows: u64,
    pub audit_head: Digest,
    /// Rows of Nhật ký made since, which the restore would set aside; `None`: no store is open, or
    /// another one.
    pub behind: Option<u64>,
    /// Files that were missing already when it was made.
    pub missing: u32,
    /// Files of it that are gone or cut short where it lies, as far as their sizes tell. A restore
    /// does without them.
    #[serde(default)]
    pub lost: u32,
}

/// A restore that was done.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Restored {
    /// Locked: whoever goes on opens it.
    pub boot: Boot,
    /// Files that were damaged or gone in the backup, and nowhere else; the rest is whole.
    pub lost: u32,
}

/// A row of Nhật ký by place and hash: with it, every row before it is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TrailHead {
    pub seq: u64,
    pub hash: Digest,
}

/// A row that was the last once, as it was kept elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KnownRow {
    /// `None`: a commit and its receipt name a row by its hash alone.
    pub seq: Option<u64>,
    pub hash: Digest,
}

impl From<TrailHead> for KnownRow {
    fn from(head: TrailHead) -> Self {
        Self {
            seq: Some(head.seq),
            hash: head.hash,
        }
    }
}

/// What the full check saw.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CheckReport {
    pub at: DateTime<Utc>,
    /// Complaints about pages and rows; none: sound.
    pub database: u32,
    pub audit_rows: u64,
    /// The first row of Nhật ký that does not fit.
    pub chain_broken_at: Option<u64>,
    pub files: u64,
    pub missing: u32,
    pub damaged: u32,
}

impl CheckReport {
    pub fn is_clean(&self) -> bool {
        self.database == 0
            && self.chain_broken_at.is_none()
            && self.missing == 0
            && self.damaged == 0
    }
}
