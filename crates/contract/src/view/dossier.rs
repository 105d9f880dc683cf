//! Hồ sơ: the list, the editor, what is printed of them.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use hoso_domain::digest::Digest;
use hoso_domain::dossier::Drawer;
use hoso_domain::finding::Finding;
use hoso_domain::form::Form;
use hoso_domain::id::{AttachmentId, DossierId};
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::money::Dong;
use hoso_domain::voucher::Voucher;

use super::BalanceRow;

/// Filter of the list Hồ sơ.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ListFilter {
    /// Accent-free search over content, payee, number, amount.
    pub text: String,
    /// `draft`, `signing`, `waiting`, `sent`, `answered`, `done`; empty for all.
    pub stage: String,
    /// Form number; empty for all.
    pub form: String,
    /// `2026-11`; empty for all.
    pub month: String,
    #[serde(default)]
    pub order: ListOrder,
}

/// The order of the list: by when a dossier changed last, by its amount, or by its voucher's day.
/// Without a day it stands last, whichever way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListOrder {
    #[default]
    NewestFirst,
    OldestFirst,
    LargestFirst,
    SmallestFirst,
    LatestDayFirst,
    EarliestDayFirst,
}

/// One row of the list.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DossierRow {
    pub id: DossierId,
    pub number: String,
    pub form: String,
    pub title: String,
    pub payee: String,
    pub total: Dong,
    /// Ngày chứng từ, once there is one.
    pub day: Option<NaiveDate>,
    pub local: LocalState,
    pub treasury: TreasuryState,
    pub changed: DateTime<Utc>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DossierPage {
    pub rows: Vec<DossierRow>,
    /// Key to ask for the rows after these; `None` at the end.
    pub after: Option<String>,
    pub total: u64,
}

/// Everything the editor shows of one dossier.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DossierView {
    pub id: DossierId,
    pub revision: u32,
    /// Rises with each save; sent back so that a stale window cannot overwrite.
    pub version: u64,
    pub forms: Vec<Form>,
    /// `false`: the program does not know a form; the vouchers can be read, not changed.
    pub forms_known: bool,
    pub vouchers: Vec<Voucher>,
    pub local: LocalState,
    pub treasury: TreasuryState,
    /// Mã số hồ sơ, blank until the treasury gives it.
    pub treasury_number: String,
    pub findings: Vec<Finding>,
    pub attachments: Vec<AttachmentView>,
    /// About how long the files of the treasury's drawer take at the speed measured last.
    pub seconds: Option<u64>,
    pub history: Vec<HistoryRow>,
    /// What the treasury asked or refused, at the fields it named.
    pub remarks: Vec<Remark>,
    /// Per voucher: account balances usable now, by account.
    pub balances: Vec<BalanceRow>,
    pub saved: DateTime<Utc>,
    /// Set when a person gave it back: who and why.
    pub returned: Option<(String, String)>,
}

/// What a batch of prints holds, in the order of voucher numbers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BatchView {
    pub items: Vec<BatchItem>,
    /// Dossiers of the list beyond what is printed at once.
    pub left_out: u64,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BatchItem {
    pub id: DossierId,
    pub number: String,
    pub title: String,
    pub vouchers: u32,
}

/// One paper of a batch of prints.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "paper", rename_all = "kebab-case")]
pub enum BatchPaper {
    /// A voucher as it was frozen, or as it would be now.
    Voucher { id: DossierId, voucher: u32 },
    /// Bản thể hiện: the same with signers, times, Mã số hồ sơ and QR code; without them while nobody
    /// signed.
    Marked { id: DossierId, voucher: u32 },
    /// Sổ theo dõi hồ sơ of these dossiers, in this order.
    Register { ids: Vec<DossierId> },
}

/// The answer to a save.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Saved {
    pub version: u64,
    pub at: DateTime<Utc>,
    /// Findings over the whole dossier, history included.
    pub findings: Vec<Finding>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AttachmentView {
    pub id: AttachmentId,
    pub drawer: Drawer,
    pub name: String,
    pub size: u64,
    pub sha256: Digest,
    /// The size before the picture was made small, told once, when it is attached.
    pub original: Option<u64>,
}

/// One line of Nhật ký: an act's key and who did it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct HistoryRow {
    pub at: DateTime<Utc>,
    pub who: String,
    /// Key for the words, e.g. `draft-created`, `signed`, `receipt`.
    pub act: String,
    pub params: BTreeMap<String, String>,
}

/// The treasury's words at a field, or its portal's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Remark {
    pub place: hoso_domain::finding::Place,
    pub text: String,
    pub at: DateTime<Utc>,
    /// The portal refused the dossier for it: the treasury has not seen it.
    #[serde(default)]
    pub by_portal: bool,
}

/// A suggestion of a picker.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pick {
    pub code: String,
    pub name: String,
    /// Further values the choice brings, e.g. a payee's account and bank by field id.
    #[serde(default)]
    pub fills: BTreeMap<String, String>,
}
