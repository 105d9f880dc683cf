//! Sổ theo dõi: estimates, advances, deposits and contracts as sums of postings. Refuses to keep
//! anything: postings come from entries typed by hand and from the vouchers of dossiers, and every
//! figure is worked out of them.

mod compare;
mod contract;
mod movement;
mod reconcile;
mod sums;
mod voucher;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::life::{LocalState, TreasuryState};
use crate::money::Dong;

pub use compare::{Booked, Compared, Document, Reason, Side, Why, compare};
pub use contract::{Contract, Instalment, Settlement, settle};
pub use movement::{Candidate, Match, Movement, entered, match_movement, use_up};
pub use reconcile::{
    Period, Told, balance_rows, carried_deposit_rows, carried_estimate_rows, estimate_rows,
    spending_rows,
};
pub use sums::{
    AdvanceRow, Balances, ContractRow, DepositRow, EstimateRow, advances, contracts, deposits,
    estimates,
};
pub use voucher::postings;

/// What a posting does to a book.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Dự toán năm trước chuyển sang.
    CarriedOver,
    /// Dự toán giao đầu năm.
    YearStart,
    /// Dự toán bổ sung, điều chỉnh; negative where it takes away.
    Adjustment,
    /// Tạm cấp (form 22), recovered when the estimate is given.
    Provisional,
    /// Dự toán giữ lại.
    Withheld,
    /// Dự toán bị hủy.
    Cancelled,
    /// Rút dự toán thực chi.
    Spent,
    /// Rút dự toán tạm ứng.
    Advance,
    /// Dư tạm ứng năm trước chuyển sang: open, and drawn in another year.
    AdvanceOpening,
    /// Thanh toán tạm ứng: comes off the content it was advanced on.
    Cleared,
    /// The same amount as spending, on the content it was settled for.
    Settled,
    /// Nộp trả kinh phí đã thực chi.
    ReturnedSpent,
    /// Nộp trả kinh phí đã tạm ứng.
    ReturnedAdvance,
    /// Số dư đầu kỳ of a deposit account.
    DepositOpening,
    /// Money that came into a deposit account.
    DepositIn,
    /// Money paid out of a deposit account.
    DepositOut,
}

impl Kind {
    pub const ALL: [Kind; 16] = [
        Kind::CarriedOver,
        Kind::YearStart,
        Kind::Adjustment,
        Kind::Provisional,
        Kind::Withheld,
        Kind::Cancelled,
        Kind::Spent,
        Kind::Advance,
        Kind::AdvanceOpening,
        Kind::Cleared,
        Kind::Settled,
        Kind::ReturnedSpent,
        Kind::ReturnedAdvance,
        Kind::DepositOpening,
        Kind::DepositIn,
        Kind::DepositOut,
    ];

    /// Whether it concerns a deposit account rather than the estimate.
    pub fn of_deposit(self) -> bool {
        matches!(
            self,
            Kind::DepositOpening | Kind::DepositIn | Kind::DepositOut
        )
    }
}

/// One posting. Codes are empty where the book does not need them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Posting {
    pub day: NaiveDate,
    pub kind: Kind,
    /// Tài khoản as written on vouchers.
    #[serde(default)]
    pub account: String,
    #[serde(default)]
    pub source: String,
    #[serde(default)]
    pub sector: String,
    /// `00000` or empty for none.
    #[serde(default)]
    pub programme: String,
    #[serde(default)]
    pub economic_content: String,
    /// [`crate::check::contract_key`]; empty for none.
    #[serde(default)]
    pub contract: String,
    pub amount: Dong,
}

/// How far a dossier's postings count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Being written, or waiting for the first signature: takes nothing yet.
    Planned,
    /// Signed, queued, sent, carried or unanswered: spoken for.
    UnderWay,
    /// The treasury completed it, or it was typed in as done outside Hoso.
    Done,
    /// Refused, returned, withdrawn or replaced.
    Void,
}

/// The standing of a dossier's current revision.
pub fn standing(local: &LocalState, treasury: &TreasuryState) -> Standing {
    match treasury {
        TreasuryState::Refused | TreasuryState::MoneyReturned | TreasuryState::Withdrawn => {
            return Standing::Void;
        }
        TreasuryState::Completed => return Standing::Done,
        _ => {}
    }
    match local {
        LocalState::Draft | LocalState::Awaiting { step: 0 | 1 } => Standing::Planned,
        LocalState::Superseded => Standing::Void,
        LocalState::Awaiting { .. }
        | LocalState::Queued
        | LocalState::Held
        | LocalState::Sending
        | LocalState::Unknown
        | LocalState::Sent
        | LocalState::Carried
        | LocalState::Parked { .. } => Standing::UnderWay,
    }
}

/// Dự toán còn dùng được: the treasury's figure less what is signed, queued or unanswered. May be
/// negative; the screen says so.
pub fn usable(figure: Dong, spoken_for: Dong) -> Dong {
    figure.checked_sub(spoken_for).unwrap_or(figure)
}

#[cfg(test)]
mod tests;
