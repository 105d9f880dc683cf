//! The two columns of a dossier's life: what this PC did with a revision, what the treasury said.
//!
//! They never mix: "Đã gửi" is a verified receipt, "Đã hoàn thành giao nhận" the treasury's word.

use serde::{Deserialize, Serialize};

/// Local column: the life of one revision on this PC.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum LocalState {
    /// Đang lập.
    Draft,
    /// Chờ ký bước `step` (from 1, in the order of the form's data).
    Awaiting { step: u8 },
    /// Chờ gửi.
    Queued,
    /// Giữ lại: complete, not to be sent until released.
    Held,
    /// Đang gửi: bytes are on their way.
    Sending,
    /// A body was handed over and no answer came: resolved only by asking.
    Unknown,
    /// Đã gửi: the portal's signed receipt was verified and stored.
    Sent,
    /// Needs a person: the portal or a check refused the item.
    Parked { reason: ParkReason },
    /// Chuyển tay: carried to the browser portal or on paper.
    Carried,
    /// Replaced by a later revision.
    Superseded,
}

/// Why a queued revision waits for a person.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParkReason {
    /// A check that runs again at sending found an error.
    Findings,
    /// The portal refused the item (its words are kept beside).
    RefusedByPortal,
    /// The same id with another digest, or a later revision, is already at the portal.
    Conflict,
    /// The treasury moved first (412).
    Overtaken,
    /// A stored file is missing or damaged.
    LocalFile,
    /// Đang rút lại: a try may be on its way still, so the portal is asked to refuse it first.
    GivingUp,
    /// Đã thôi gửi: the portal said that it never accepts this revision any more.
    GivenUp,
}

impl LocalState {
    /// The word stored in the database and on the wire, e.g. `awaiting`.
    pub fn name(&self) -> &'static str {
        match self {
            LocalState::Draft => "draft",
            LocalState::Awaiting { .. } => "awaiting",
            LocalState::Queued => "queued",
            LocalState::Held => "held",
            LocalState::Sending => "sending",
            LocalState::Unknown => "unknown",
            LocalState::Sent => "sent",
            LocalState::Parked { .. } => "parked",
            LocalState::Carried => "carried",
            LocalState::Superseded => "superseded",
        }
    }

    /// Whether the content may still be edited.
    pub fn editable(&self) -> bool {
        matches!(self, LocalState::Draft)
    }

    /// The moves a revision may make. Everything else is a defect and refused by the store.
    pub fn may_become(&self, next: &LocalState) -> bool {
        use LocalState::*;
        use ParkReason::{Conflict, GivenUp, GivingUp, Overtaken};
        match (self, next) {
            // whether it arrives only the portal's word tells
            (Parked { reason: GivingUp }, next) => matches!(
                next,
                Sent | Parked {
                    reason: GivenUp | Conflict
                }
            ),
            // it would be refused
            (Parked { reason: GivenUp }, next) => matches!(next, Superseded | Carried),
            (_, Parked { reason: GivenUp }) => false,
            (from, Parked { reason: GivingUp }) => {
                matches!(from, Queued | Held | Unknown | Parked { .. })
            }
            (Draft, Awaiting { step }) => *step == 1,
            (Draft, Carried) => true,
            // signed, or given back to the drafter (a new revision then)
            (Awaiting { step: a }, Awaiting { step: b }) => *b == a.saturating_add(1),
            (Awaiting { .. }, Queued | Superseded | Draft) => true,
            (Queued, Held | Sending | Superseded | Parked { .. } | Carried) => true,
            (Held, Queued | Superseded | Carried) => true,
            (Sending, Unknown | Sent | Queued | Parked { .. }) => true,
            (Unknown, Sent | Queued | Parked { .. }) => true,
            // the treasury has the dossier: on paper it could be paid twice
            (
                Parked {
                    reason: Conflict | Overtaken,
                },
                Carried,
            ) => false,
            (Parked { .. }, Queued | Superseded | Carried) => true,
            (Sent | Carried, Superseded) => true,
            _ => false,
        }
    }
}

/// Treasury column: what the portal's feed said last about a dossier.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum TreasuryState {
    /// Nothing heard yet.
    #[default]
    None,
    /// Đã tiếp nhận.
    Received,
    /// Đang kiểm soát.
    Checking,
    /// Yêu cầu bổ sung (at most once per dossier, Decree 347/2025 art. 3).
    SupplementAsked,
    /// Đã hoàn thành giao nhận.
    Completed,
    /// Từ chối (form 33).
    Refused,
    /// Ngân hàng trả lại tiền.
    MoneyReturned,
    /// Đơn vị xin rút hồ sơ; the treasury has not decided.
    WithdrawalAsked,
    /// Đã rút hồ sơ, with the treasury's consent.
    Withdrawn,
    /// A status this program does not know: shown as its text, never taken for success.
    Other { text: String },
}

impl TreasuryState {
    /// Whether the unit may still ask for the dossier back: nothing was decided yet.
    pub fn may_be_withdrawn(&self) -> bool {
        matches!(
            self,
            TreasuryState::None
                | TreasuryState::Received
                | TreasuryState::Checking
                | TreasuryState::SupplementAsked
        )
    }

    /// Whether the treasury has it in hand or has paid it: handed in once more, it may be paid twice.
    pub fn holds(&self) -> bool {
        !matches!(self, TreasuryState::None | TreasuryState::Withdrawn) && !self.needs_unit()
    }

    /// Whether the unit must act: mend, remake or follow up.
    pub fn needs_unit(&self) -> bool {
        matches!(
            self,
            TreasuryState::SupplementAsked | TreasuryState::Refused | TreasuryState::MoneyReturned
        )
    }
}
