//! Kết quả: what the treasury said, as the window shows it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use hoso_domain::digest::Digest;
use hoso_domain::id::{DossierId, ResultId};
use hoso_domain::life::TreasuryState;
use hoso_domain::money::Dong;
use hoso_domain::party::Role;

use super::Remark;

/// A page of Kết quả.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ResultsPage {
    pub rows: Vec<ResultRow>,
    /// Key for the rows after these; `None` at the end.
    pub after: Option<String>,
}

/// One row of Kết quả.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ResultRow {
    pub id: DossierId,
    pub number: String,
    pub treasury_number: String,
    pub form: String,
    pub title: String,
    pub total: Dong,
    pub treasury: TreasuryState,
    pub at: DateTime<Utc>,
    /// Appointment given with "đã tiếp nhận".
    pub appointment: Option<DateTime<Utc>>,
    /// The day by which the treasury answers, by law, while it has the dossier.
    pub answer_due: Option<NaiveDate>,
    /// The reason or request in the treasury's words.
    pub text: String,
    pub remarks: Vec<Remark>,
    pub documents: Vec<ResultDocument>,
    /// What belongs to it and is not on this PC yet.
    pub awaited: Vec<AwaitedDocument>,
    pub receipt: Option<ReceiptView>,
    /// Of the revision that was sent, in step order.
    pub signatures: Vec<SignatureView>,
    /// The unit's wish to have it back, if there was one.
    pub withdrawal: Option<WithdrawalView>,
    /// Whether what was handed in is asked for anew: supplemented, or made again.
    pub may_mend: bool,
    /// Whether the unit may ask for it back now.
    pub may_withdraw: bool,
    pub unread: bool,
}

/// A document of the treasury still to be brought.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AwaitedDocument {
    pub name: String,
    /// In bytes.
    pub size: u64,
}

/// Xin rút hồ sơ, as far as it came. What the treasury decides stands in its own column.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WithdrawalView {
    pub reason: String,
    pub asked: DateTime<Utc>,
    /// The portal has it.
    pub delivered: bool,
    /// The portal did not take it, in its own words.
    pub refused: Option<String>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ResultDocument {
    pub id: ResultId,
    pub name: String,
    pub size: u64,
    /// The signature of the portal over the container was verified.
    pub verified: bool,
    pub pages: u32,
}

/// One signature of what was sent, and what it got since.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SignatureView {
    pub role: Role,
    pub holder: String,
    /// As the PC's clock told it.
    pub signed_at: DateTime<Utc>,
    pub timestamp: Option<TimestampView>,
    /// It has none and comes by itself when there is a link: the connection file names an authority.
    pub awaits_timestamp: bool,
}

/// Dấu thời gian: the signature was there at this time, says an authority the treasury named.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TimestampView {
    pub at: DateTime<Utc>,
    pub authority: String,
}

/// The verified receipt behind "Đã gửi".
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ReceiptView {
    pub received_at: DateTime<Utc>,
    pub seq: u64,
    pub digest: Digest,
    pub signer: String,
}
