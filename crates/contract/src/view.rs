//! What screens show: replies as plain data. Codes and states, never words for people — except the
//! user's own text and the treasury's.

mod backup;
mod devices;
mod results;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use hoso_domain::digest::Digest;
use hoso_domain::dossier::Drawer;
use hoso_domain::finding::Finding;
use hoso_domain::form::Form;
use hoso_domain::id::{AttachmentId, DossierId, PersonId, UnitId};
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::money::Dong;
use hoso_domain::party::{Role, Unit};
use hoso_domain::voucher::Voucher;

use crate::error::AppError;

pub use backup::{
    BackupAge, BackupBrief, BackupRow, BackupState, CheckReport, DiskView, RestoreKey,
    RestorePreview, TrailHead,
};
pub use devices::{DeviceRow, DeviceStanding, DevicesView};
pub use results::{
    ReceiptView, ResultDocument, ResultRow, ResultsPage, SignatureView, TimestampView,
    WithdrawalView,
};

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
    /// The store is damaged or newer: nothing is overwritten; `error` says why.
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
    /// A damaged store opened as far as it goes: nothing can be changed.
    pub read_only: bool,
    pub training: bool,
    pub counts: Counts,
    pub link: LinkView,
    /// Holder and expiry of a token that is plugged in.
    pub token: Option<TokenBrief>,
    pub settings: Settings,
    pub today: NaiveDate,
    #[serde(default)]
    pub backup: BackupAge,
    /// The PC's clock says less than when the newest change was made: then.
    #[serde(default)]
    pub clock_behind: Option<DateTime<Utc>>,
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
    Sending {
        done: u32,
        of: u32,
        percent: u8,
    },
    Online {
        updated: DateTime<Utc>,
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
    /// The line is paid by volume: dossiers of more than a megabyte wait for "Gửi ngay".
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

/// What an export of everything left behind.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exported {
    pub folder: String,
    /// Dossiers that are there whole.
    pub dossiers: u32,
    /// Dossiers of which a part, or all, could not be read.
    pub unreadable: u32,
}

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

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Deadline {
    pub day: NaiveDate,
    /// Key for the words, e.g. `year-end-withdrawal`, `certificate-ends`.
    pub code: String,
    pub params: BTreeMap<String, String>,
    /// Only what law says is "Hạn"; the rest is "Nên xong".
    pub lawful: bool,
}

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
}

/// One row of the list; newest first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DossierRow {
    pub id: DossierId,
    pub number: String,
    pub form: String,
    pub title: String,
    pub payee: String,
    pub total: Dong,
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

/// The treasury's words at a field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Remark {
    pub place: hoso_domain::finding::Place,
    pub text: String,
    pub at: DateTime<Utc>,
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

/// One dossier on the screen Ký.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SignItem {
    pub id: DossierId,
    pub revision: u32,
    pub number: String,
    pub form: String,
    pub title: String,
    pub payee: String,
    pub payee_bank: String,
    pub total: Dong,
    pub role: Role,
    pub usable: Option<Dong>,
    pub warnings: Vec<Finding>,
    /// How many vouchers it has; their pages are counted when they are looked at.
    pub vouchers: u32,
    /// Certificates registered for this step and this account, today.
    pub certificates: Vec<Digest>,
}

/// One certificate on a token, usable or greyed with the reason.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CertificateView {
    /// SHA-256 of the DER certificate.
    pub id: Digest,
    pub token: String,
    pub holder: String,
    pub issuer: String,
    /// Hex, upper case, grouped by two.
    pub serial: String,
    pub not_before: DateTime<Utc>,
    pub not_after: DateTime<Utc>,
    /// Roles it is registered for in the unit chosen now.
    pub roles: Vec<Role>,
    /// Empty when it can sign; else codes such as `expired`, `not-yet-valid`, `no-key`,
    /// `no-signing-usage`, `not-registered`, `appointment-ended`, `both-roles`, `untrusted`,
    /// `revoked`.
    pub obstacles: Vec<String>,
    /// The authority its path ends at; blank where there is none.
    pub root: String,
    /// "KT." or "TUQ.", what stands before the title of someone who signs for another.
    pub mark: String,
    /// `ends-60`, `ends-30`, `ends-7`: days until it ends, or until the appointment does.
    pub warnings: Vec<String>,
    /// Not registered, and the holder has the name of somebody who is.
    pub renewal: Option<Renewal>,
}

/// Báo chứng thư số mới: whose certificate it would be, and how far the announcement came.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Renewal {
    /// The registered signer's name.
    pub name: String,
    pub state: RenewalState,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RenewalState {
    /// Nobody told the treasury yet.
    Possible,
    /// Written down; the portal has not heard of it.
    Waiting,
    /// The portal has it; an officer has yet to look.
    Announced,
    /// The treasury declined, or the portal did not take it: in its own words.
    Declined(String),
}

/// A token that is plugged in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TokenView {
    pub module: String,
    pub label: String,
    pub serial: String,
    pub model: String,
    pub pin_min: u32,
    pub pin_max: u32,
    /// Entered on the reader's own keys.
    pub protected_path: bool,
    /// Flags and our own count: `count-low`, `final-try`, `locked`, `to-be-changed`, `unknown`,
    /// `untried` (never used on this PC: nothing is known), `puk-final-try`, `puk-locked`.
    pub warnings: Vec<String>,
    /// Wrong tries we saw since the last success.
    pub wrong_tries: u32,
    pub certificates: Vec<CertificateView>,
}

/// What the search for modules found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TokensView {
    pub tokens: Vec<TokenView>,
    /// Modules that could not be used: path and why.
    pub failed: Vec<(String, AppError)>,
    pub modules: Vec<String>,
    /// Slots with something in them that cannot be read: their description and why.
    pub unreadable: Vec<(String, AppError)>,
    /// What the modules that run say of themselves.
    pub drivers: Vec<Driver>,
}

/// A driver that runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Driver {
    pub path: String,
    /// Its maker's words; may be blank.
    pub description: String,
    pub version: String,
}

/// Kiểm tra USB token: what was looked at, in order, and how it is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TokenTest {
    pub steps: Vec<TestStep>,
    /// A signature was made and verifies: this token can sign here.
    pub passed: bool,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TestStep {
    /// `driver`, `token`, `certificate`, `authority`, `register`, `pin`, `signature`.
    pub name: String,
    pub state: TestState,
    /// What was found, as read: a path, a holder, an algorithm.
    pub found: String,
    /// Codes of obstacles and token warnings.
    pub remarks: Vec<String>,
    /// What went wrong.
    pub error: Option<AppError>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestState {
    Good,
    /// It works, and something wants attention.
    Warning,
    Bad,
    /// A step before it failed.
    NotReached,
}

/// Result of one item of a batch.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Signed {
    pub id: DossierId,
    /// `None`: signed and stored.
    pub error: Option<AppError>,
}

/// Result of a batch: it stops at the first wrong PIN; `stopped` says why.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SignReport {
    pub items: Vec<Signed>,
    pub stopped: Option<AppError>,
    /// Said after a login that worked, e.g. `default-pin`.
    pub warnings: Vec<String>,
}

/// One row of Chờ gửi.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct OutboxRow {
    pub id: DossierId,
    pub number: String,
    pub form: String,
    pub title: String,
    pub total: Dong,
    pub local: LocalState,
    /// Why it waits, e.g. `portal-unreachable`; `None`: its turn comes next.
    pub why: Option<AppError>,
    pub next_try: Option<DateTime<Utc>>,
    pub attempts: u32,
    pub bytes: u64,
    pub acknowledged: u64,
    pub seconds: Option<u64>,
    pub due: Option<NaiveDate>,
}

/// What the problem report would contain, shown before it is saved anywhere.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ProblemReport {
    pub text: String,
}

/// A data pack that was taken in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PackView {
    pub id: String,
    pub name: String,
    pub issued: NaiveDate,
    /// Common name of the certificate that signed it.
    pub signer: String,
    /// Numbers of its forms.
    pub forms: Vec<String>,
    /// Ids of its lists.
    pub lists: Vec<String>,
}
