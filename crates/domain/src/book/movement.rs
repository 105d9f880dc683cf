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

/// What a movement may belong to: one voucher of a dossier, or an entry of the books.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Candidate<Id> {
    pub id: Id,
    pub account: String,
    /// What it does to the account, as a [`Movement`] has it: money out is negative.
    pub amount: Dong,
    /// Số chứng từ.
    pub number: String,
    /// Mã số hồ sơ, empty until given.
    pub treasury_number: String,
    pub day: NaiveDate,
    /// All vouchers of a dossier on the account: the treasury may book them in one line.
    pub whole: bool,
}

impl<Id> Candidate<Id> {
    fn fits(&self, movement: &Movement) -> bool {
        self.account == movement.account && self.amount == movement.amount
    }

    /// Whether it bears the reference that the treasury gave.
    fn named(&self, movement: &Movement) -> bool {
        let plain = |s: &str| -> String {
            s.chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect()
        };
        let wanted = plain(&movement.reference);
        !wanted.is_empty()
            && (plain(&self.number) == wanted || plain(&self.treasury_number) == wanted)
    }
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
pub fn match_movement<Id: Clone + PartialEq>(
    movement: &Movement,
    among: &[Candidate<Id>],
) -> Match<Id> {
    let fits: Vec<&Candidate<Id>> = among
        .iter()
        .filter(|c| c.fits(movement) && c.day <= movement.day)
        .collect();
    let named: Vec<&Candidate<Id>> = fits.iter().filter(|c| c.named(movement)).copied().collect();
    let chosen = if named.is_empty() { fits } else { named };
    let mut ids: Vec<Id> = Vec::new();
    for candidate in chosen {
        if !ids.contains(&candidate.id) {
            ids.push(candidate.id.clone());
        }
    }
    match ids.as_slice() {
        [] => Match::None,
        [only] => Match::One { id: only.clone() },
        _ => Match::Several { ids },
    }
}

/// Takes from `among` what a movement of `id` was: the voucher it fits, or where it fits none, all
/// of that dossier on the account.
pub fn use_up<Id: PartialEq>(among: &mut Vec<Candidate<Id>>, id: &Id, movement: &Movement) {
    let of = |c: &Candidate<Id>| c.id == *id && c.account == movement.account;
    let one = |c: &Candidate<Id>| of(c) && !c.whole && c.fits(movement);
    let named = among.iter().position(|c| one(c) && c.named(movement));
    match named.or_else(|| among.iter().position(one)) {
        Some(voucher) => {
            among.remove(voucher);
            among.retain(|c| !(of(c) && c.whole));
        }
        None => among.retain(|c| !of(c)),
    }
}

/// The place in `among` of the entry a person made for a movement: the same account and amount, on
/// the same day or with the treasury's reference.
pub fn entered<Id>(movement: &Movement, among: &[Candidate<Id>]) -> Option<usize> {
    let place =
        |on: &dyn Fn(&Candidate<Id>) -> bool| among.iter().position(|c| c.fits(movement) && on(c));
    place(&|c: &Candidate<Id>| c.named(movement))
        .or_else(|| place(&|c: &Candidate<Id>| c.day == movement.day))
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
