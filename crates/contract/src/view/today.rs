//! Hôm nay: what needs me.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use hoso_domain::finding::Finding;
use hoso_domain::id::{DossierId, ResultId};
use hoso_domain::money::Dong;
use hoso_domain::party::Role;

/// Hôm nay.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TodayView {
    pub tasks: Vec<Task>,
    pub waiting: WaitingSummary,
    pub balances: Vec<BalanceRow>,
    pub deadlines: Vec<Deadline>,
}

/// One thing that needs me.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Task {
    pub kind: TaskKind,
    /// `None` for a task over several dossiers.
    pub dossier: Option<DossierId>,
    /// Nội dung, or the number of dossiers for [`TaskKind::Sign`].
    pub title: String,
    pub form: String,
    pub total: Dong,
    /// The treasury's words, or the first finding's code resolved by the window.
    pub remark: String,
    pub finding: Option<Finding>,
    pub count: u32,
    /// Role that must sign, for [`TaskKind::Sign`].
    pub role: Option<Role>,
    pub due: Option<NaiveDate>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskKind {
    Refused,
    Supplement,
    MoneyReturned,
    Parked,
    Returned,
    Sign,
    Draft,
    Answered,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WaitingSummary {
    pub dossiers: u32,
    pub bytes: u64,
    /// At the goodput measured last; `None` where none is known.
    pub seconds: Option<u64>,
    pub last_sent: Option<DateTime<Utc>>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BalanceRow {
    pub account: String,
    pub name: String,
    pub treasury_figure: Dong,
    pub usable: Dong,
    pub at: DateTime<Utc>,
}

/// Thông báo của Kho bạc that belongs to no dossier, in the treasury's words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NoticeView {
    pub id: ResultId,
    pub title: String,
    pub text: String,
    /// When the treasury said it.
    pub at: DateTime<Utc>,
    pub unread: bool,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Deadline {
    pub day: NaiveDate,
    /// Key for the words, e.g. `year-end-withdrawal`, `certificate-ends`.
    pub code: String,
    pub params: BTreeMap<String, String>,
    /// Only what law says is "Hạn"; the rest is "Nên xong".
    pub lawful: bool,
}
