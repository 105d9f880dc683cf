//! Đối chiếu: the unit's balance of an account beside the treasury's, and why they differ, line by
//! line. Refuses to call a difference explained that no line accounts for.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::Movement;
use crate::finding::{Finding, FindingCode, Place};
use crate::money::Dong;

/// What the unit's books took from an account, or put into it, in one act.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Document<Id> {
    pub id: Id,
    /// Số chứng từ, or that of the paper an entry names.
    pub number: String,
    pub account: String,
    pub day: NaiveDate,
    /// Money out is negative, as in a [`Movement`].
    pub amount: Dong,
}

/// A movement of the treasury and the document it belongs to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Booked<Id> {
    pub movement: Movement,
    pub document: Option<Id>,
}

/// Why two figures differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// In the books, and not yet in the treasury's.
    NotAtTreasury,
    /// At the treasury, and not in the books.
    NotInBooks,
    /// In both, with different amounts.
    OtherAmount,
}

/// One line of an explanation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reason<Id> {
    pub why: Why,
    pub document: Option<Id>,
    /// Số chứng từ, or the treasury's own reference.
    pub number: String,
    pub day: NaiveDate,
    /// What it adds to "the unit's figure less the treasury's".
    pub amount: Dong,
}

/// One account on one day, both sides.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Compared<Id> {
    pub account: String,
    pub own: Dong,
    /// As told, or the opening figure with the movements; `None` where neither is known.
    pub treasury: Option<Dong>,
    /// Own less treasury's; zero while the treasury's is not known.
    pub difference: Dong,
    pub reasons: Vec<Reason<Id>>,
    /// What no reason accounts for.
    pub unexplained: Dong,
}

/// What is compared: balances at the end of `to`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Side<'a> {
    pub account: &'a str,
    pub to: NaiveDate,
    /// Before the first document and movement: opening balance, estimate given.
    pub opening: Dong,
    /// The treasury's own figure of that day.
    pub told: Option<Dong>,
}

/// Sets both sides beside each other. Documents and movements of other accounts are left out.
///
/// A statement speaks for the months from its first movement on: an older document that no movement
/// names is in both books. Without any movement nothing is explained, and without a figure told the
/// treasury's side is not known.
pub fn compare<Id: Clone + PartialEq>(
    side: &Side<'_>,
    documents: &[Document<Id>],
    booked: &[Booked<Id>],
) -> Compared<Id> {
    let documents: Vec<&Document<Id>> = documents
        .iter()
        .filter(|d| d.account == side.account && d.day <= side.to)
        .collect();
    let booked: Vec<&Booked<Id>> = booked
        .iter()
        .filter(|b| b.movement.account == side.account && b.movement.day <= side.to)
        .collect();
    let sum = |start: Dong, amounts: &mut dyn Iterator<Item = Dong>| {
        amounts.fold(start, |sum, a| sum.checked_add(a).unwrap_or(sum))
    };
    let own = sum(side.opening, &mut documents.iter().map(|d| d.amount));
    let (before, documents) = spoken_for(&documents, &booked);
    let moved = sum(before, &mut booked.iter().map(|b| b.movement.amount));
    let moved = side.opening.checked_add(moved).unwrap_or(moved);
    let treasury = side.told.or((!booked.is_empty()).then_some(moved));
    let Some(theirs) = treasury else {
        return Compared {
            account: side.account.to_owned(),
            own,
            treasury,
            difference: Dong::ZERO,
            reasons: Vec::new(),
            unexplained: Dong::ZERO,
        };
    };
    let reasons = reasons(&documents, &booked);
    let minus = |a: Dong, b: Dong| a.checked_sub(b).unwrap_or(a);
    let difference = minus(own, theirs);
    let explained = sum(Dong::ZERO, &mut reasons.iter().map(|r| r.amount));
    Compared {
        account: side.account.to_owned(),
        own,
        treasury,
        difference,
        unexplained: minus(difference, explained),
        reasons,
    }
}

/// The sum of what is older than the statement and named by none of it, and the documents the
/// statement speaks for.
fn spoken_for<'a, Id: Clone + PartialEq>(
    documents: &[&'a Document<Id>],
    booked: &[&Booked<Id>],
) -> (Dong, Vec<&'a Document<Id>>) {
    let first = booked.iter().map(|b| b.movement.day).min();
    let from = first.and_then(|day| day.with_day(1));
    let mut before = Dong::ZERO;
    let mut rest = Vec::new();
    for document in documents {
        let named = || {
            booked
                .iter()
                .any(|b| b.document.as_ref() == Some(&document.id))
        };
        if from.is_none_or(|from| document.day < from && !named()) {
            before = before.checked_add(document.amount).unwrap_or(before);
        } else {
            rest.push(*document);
        }
    }
    (before, rest)
}

fn reasons<Id: Clone + PartialEq>(
    documents: &[&Document<Id>],
    booked: &[&Booked<Id>],
) -> Vec<Reason<Id>> {
    let mut free: Vec<&Booked<Id>> = booked.to_vec();
    let mut out = Vec::new();
    let mut alone = Vec::new();
    for document in documents {
        let (mine, rest): (Vec<_>, Vec<_>) = free
            .into_iter()
            .partition(|b| b.document.as_ref() == Some(&document.id));
        free = rest;
        if mine.is_empty() {
            alone.push(*document);
            continue;
        }
        let theirs = mine.iter().fold(Dong::ZERO, |sum, b| {
            sum.checked_add(b.movement.amount).unwrap_or(sum)
        });
        if let Some(amount) = apart(document.amount, theirs) {
            out.push(reason(Why::OtherAmount, document, amount));
        }
    }
    for document in alone {
        // an entry by hand and a movement nobody matched: the same sum on the same day
        let twin = free.iter().position(|b| {
            b.document.is_none()
                && b.movement.amount == document.amount
                && b.movement.day == document.day
        });
        match twin {
            Some(at) => {
                free.remove(at);
            }
            None => out.push(reason(Why::NotAtTreasury, document, document.amount)),
        }
    }
    out.extend(free.into_iter().map(|b| {
        Reason {
            why: Why::NotInBooks,
            document: b.document.clone(),
            number: b.movement.reference.clone(),
            day: b.movement.day,
            amount: Dong::ZERO
                .checked_sub(b.movement.amount)
                .unwrap_or_default(),
        }
    }));
    out.sort_by(|a, b| (a.day, &a.number).cmp(&(b.day, &b.number)));
    out
}

/// The difference, where there is one.
fn apart(own: Dong, theirs: Dong) -> Option<Dong> {
    let amount = own.checked_sub(theirs).unwrap_or_default();
    (amount != Dong::ZERO).then_some(amount)
}

fn reason<Id: Clone>(why: Why, document: &Document<Id>, amount: Dong) -> Reason<Id> {
    Reason {
        why,
        document: Some(document.id.clone()),
        number: document.number.clone(),
        day: document.day,
        amount,
    }
}

impl<Id> Compared<Id> {
    /// What is to be said of it: nothing where every đồng is accounted for.
    pub fn finding(&self) -> Option<Finding> {
        let theirs = self.treasury?;
        (self.unexplained != Dong::ZERO).then(|| {
            Finding::warning(FindingCode::ComparisonOpen, Place::Dossier)
                .with("account", &self.account)
                .with("value", self.own.to_string())
                .with("expected", theirs.to_string())
                .with("other", self.unexplained.to_string())
        })
    }
}
