//! Phát sinh tại Kho bạc: each movement belongs to one dossier or is marked unmatched. Refuses to
//! choose between two.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::finding::{Finding, FindingCode, Place};
use crate::money::Dong;

/// A movement the treasury booked on an account of the unit.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Movement {
    pub day: NaiveDate,
    pub account: String,
    /// Money out is negative.
    pub amount: Dong,
    /// Số chứng từ or mã số hồ sơ as the treasury wrote it; empty where it gave none.
    #[serde(default)]
    pub reference: String,
    #[serde(default)]
    pub text: String,
}

/// A dossier that a movement may belong to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Candidate<Id> {
    pub id: Id,
    pub account: String,
    /// What its vouchers take from the account; positive.
    pub amount: Dong,
    /// Số chứng từ.
    pub number: String,
    /// Mã số hồ sơ, empty until given.
    pub treasury_number: String,
    pub day: NaiveDate,
}

/// Where a movement belongs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "match", rename_all = "kebab-case")]
pub enum Match<Id> {
    One { id: Id },
    Several { ids: Vec<Id> },
    None,
}

/// The dossiers a movement fits: the same account and amount, not younger than the movement. Where
/// the treasury gave a reference that one of them bears, only those.
pub fn match_movement<Id: Clone>(movement: &Movement, among: &[Candidate<Id>]) -> Match<Id> {
    let out = Dong::ZERO
        .checked_sub(movement.amount)
        .unwrap_or(Dong::ZERO);
    let fits: Vec<&Candidate<Id>> = among
        .iter()
        .filter(|c| c.account == movement.account && c.amount == out && c.day <= movement.day)
        .collect();
    let plain = |s: &str| -> String {
        s.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let wanted = plain(&movement.reference);
    let named: Vec<&Candidate<Id>> = fits
        .iter()
        .filter(|c| {
            !wanted.is_empty()
                && (plain(&c.number) == wanted || plain(&c.treasury_number) == wanted)
        })
        .copied()
        .collect();
    let chosen = if named.is_empty() { fits } else { named };
    match chosen.as_slice() {
        [] => Match::None,
        [only] => Match::One {
            id: only.id.clone(),
        },
        several => Match::Several {
            ids: several.iter().map(|c| c.id.clone()).collect(),
        },
    }
}

impl<Id> Match<Id> {
    /// What is to be said of it; nothing where it is certain.
    pub fn finding(&self, movement: &Movement) -> Option<Finding> {
        let (code, several) = match self {
            Match::One { .. } => return None,
            Match::None => (FindingCode::MovementUnmatched, 0),
            Match::Several { ids } => (FindingCode::MovementAmbiguous, ids.len()),
        };
        Some(
            Finding::warning(code, Place::Dossier)
                .with("value", movement.amount.to_string())
                .with("expected", movement.day.format("%d/%m/%Y").to_string())
                .with("account", &movement.account)
                .with("other", several.to_string()),
        )
    }
}
