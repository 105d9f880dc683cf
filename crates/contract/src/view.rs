//! What screens show: replies as plain data. Codes and states, never words for people — except the
//! user's own text and the treasury's.

mod backup;
mod connection;
mod devices;
mod dossier;
mod enrolment;
mod results;
mod session;
mod sign;
mod today;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_domain::money::Dong;

use crate::error::AppError;

pub use backup::{
    BackupAge, BackupBrief, BackupRow, BackupState, CheckReport, DiskView, KnownRow, RestoreKey,
    RestorePreview, Restored, TrailHead,
};
pub use connection::{Changed, ConnectionChange, ConnectionView};
pub use devices::{DeviceRow, DeviceStanding, DevicesView};
pub use dossier::{
    AttachmentView, BatchItem, BatchPaper, BatchView, DossierPage, DossierRow, DossierView,
    HistoryRow, ListFilter, ListOrder, Pick, Remark, Saved,
};
pub use enrolment::{EnrolmentStanding, EnrolmentView, SignedEnrolment};
pub use results::{
    AwaitedDocument, ReceiptView, ResultDocument, ResultRow, ResultsPage, SignatureView,
    TimestampView, WithdrawalView,
};
pub use session::{
    Boot, ConnectionPreview, Counts, Exported, LinkView, PersonChoice, ReadOnly, RecoveryCode,
    RecoveryStanding, Session, Settings, TokenBrief,
};
pub use sign::{
    CertificateView, Driver, Renewal, RenewalState, SignItem, SignReport, Signed, TestState,
    TestStep, TokenTest, TokenView, TokensView,
};
pub use today::{BalanceRow, Deadline, NoticeView, Task, TaskKind, TodayView, WaitingSummary};

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
    /// What the portal said at fields, where it refused the dossier.
    #[serde(default)]
    pub remarks: Vec<Remark>,
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
