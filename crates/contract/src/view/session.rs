//! Who works, and where the program stands.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use hoso_domain::id::{PersonId, UnitId};
use hoso_domain::party::Unit;

use super::BackupAge;
use crate::error::AppError;

/// Where the program stands when the window opens.
#[allow(
    clippy::large_enum_variant,
    reason = "made once per start, and plain on the wire"
)]
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "kebab-case")]
pub enum Boot {
    FirstRun,
    Locked {
        people: Vec<PersonChoice>,
    },
    Open(Session),
    /// The store is damaged, newer or not to be looked into: nothing is overwritten; `error` says why.
    Unusable {
        error: AppError,
        store: String,
    },
}

/// A name on the unlock screen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PersonChoice {
    pub person: PersonId,
    pub name: String,
    /// The key store of this Windows user opens for them: no PIN need be typed.
    #[serde(default)]
    pub by_system: bool,
}

/// Who works, for which unit, and what the frame of the window shows.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Session {
    pub person: PersonChoice,
    pub units: Vec<Unit>,
    pub unit: UnitId,
    /// Set where the store can only be read.
    pub read_only: Option<ReadOnly>,
    pub training: bool,
    pub counts: Counts,
    pub link: LinkView,
    /// Holder and expiry of a token that is plugged in.
    pub token: Option<TokenBrief>,
    pub settings: Settings,
    pub today: NaiveDate,
    #[serde(default)]
    pub backup: BackupAge,
    #[serde(default)]
    pub recovery: RecoveryStanding,
    /// The PC's clock says less than when the newest change was made, and the portal did not confirm
    /// it: then.
    #[serde(default)]
    pub clock_behind: Option<DateTime<Utc>>,
    /// Minutes by which the PC's clock is before the portal's (negative: behind), by its last answer,
    /// where it is more than five.
    #[serde(default)]
    pub clock_off: Option<i64>,
}

/// Why nothing can be changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadOnly {
    /// Opened as far as it goes.
    Damaged,
    /// There was no room when it was unlocked; what is in it is whole.
    DiskFull,
    /// The folder or its disk refused writing when it was unlocked; what is in it is whole.
    DiskRefused,
}

impl ReadOnly {
    /// As a value of [`crate::Code::StoreReadOnly`].
    pub fn as_str(self) -> &'static str {
        match self {
            ReadOnly::Damaged => "damaged",
            ReadOnly::DiskFull => "disk-full",
            ReadOnly::DiskRefused => "disk-refused",
        }
    }
}

/// Numbers beside the menu.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Counts {
    pub to_sign: u32,
    pub waiting: u32,
    /// Answers of the treasury nobody has opened yet, or that need the unit.
    pub answers: u32,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TokenBrief {
    pub holder: String,
    pub not_after: DateTime<Utc>,
}

/// The status bar's word on the link.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "link", rename_all = "kebab-case")]
pub enum LinkView {
    /// No portal is set up.
    NotSetUp,
    /// `why` is set when the last try failed for a reason a person can act on.
    Offline {
        why: Option<AppError>,
        next_try: Option<DateTime<Utc>>,
    },
    /// The `done`-th of the `of` dossiers that go now, `percent` of it.
    Sending { done: u32, of: u32, percent: u8 },
    /// `unread` is set while the portal is there and its news alone cannot be read.
    Online {
        updated: DateTime<Utc>,
        #[serde(default)]
        unread: Option<AppError>,
    },
}

/// Settings of this PC. Unknown keys are refused.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// `vi` or `en`: the shell only; forms stay Vietnamese.
    pub language: String,
    /// `system`, `light`, `dark`.
    pub theme: String,
    /// 80–200.
    pub zoom: u16,
    /// `linh` or `le` in amounts in words.
    pub zero_tens: String,
    /// Own path of a PKCS#11 module; empty: candidates by themselves.
    pub module: String,
    /// Tạm dừng gửi.
    #[serde(default)]
    pub paused: bool,
    /// The line is paid by volume: dossiers of more than a megabyte wait for "Gửi ngay", larger files
    /// of the portal for another line.
    #[serde(default)]
    pub metered: bool,
    /// Hours in Asia/Ho_Chi_Minh, 0–24, from … up to …, in which files go by themselves; equal: all
    /// day; the first after the second: over midnight.
    #[serde(default)]
    pub sending_hours: (u8, u8),
    /// RSA-PSS where key and token offer it, as Circular 15/2025 asks; else PKCS#1 v1.5, as the
    /// tokens in the field are driven.
    #[serde(default)]
    pub prefer_pss: bool,
    /// Minutes without a key or a pointer after which the program locks; 0: never.
    #[serde(default = "quarter_of_an_hour")]
    pub lock_after: u16,
}

fn quarter_of_an_hour() -> u16 {
    15
}

/// What a connection file brings, shown before it is taken over.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ConnectionPreview {
    pub portal: String,
    pub treasury: String,
    pub training: bool,
    pub units: Vec<Unit>,
    /// Compared with the printed one: groups of four, e.g. `3F2A 9C01 …` (first 128 bits).
    pub fingerprint: String,
    pub valid_to: NaiveDate,
}

/// The recovery code, to be printed and typed back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RecoveryCode {
    /// Eight groups of four of Crockford's alphabet.
    pub code: String,
}

/// How the printed recovery codes stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecoveryStanding {
    /// The newest one was typed back, and no other opens.
    #[default]
    Confirmed,
    /// The newest one may not be on paper; those before it open as well.
    Unconfirmed,
    /// Somebody left who may know one that opens.
    HandedOver,
}

/// What an export of everything left behind.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exported {
    pub folder: String,
    /// Dossiers that are there whole.
    pub dossiers: u32,
    /// Dossiers of which a part, or all, could not be read.
    pub unreadable: u32,
    /// Where the trail could not be read to its end: the last row that is there, 0 for none.
    #[serde(default)]
    pub trail_until: Option<u64>,
}
