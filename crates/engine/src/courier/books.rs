//! The treasury's figures out of the feed: movements on accounts, lines of the estimate. They stand
//! beside the unit's own book and change nothing in it.

use chrono::{DateTime, Datelike as _, Utc};

use hoso_domain::book::{self, Candidate, Match, match_movement};
use hoso_domain::id::{DossierId, EntryId, UnitId};
use hoso_store::books::{self as kept, KeptMovement};
use hoso_store::feed::{self, ToldEstimate};
use hoso_store::{StoreError, Transaction};
use hoso_sync::api::feed::{Estimate, Movement};

use crate::clock;

/// Keeps a movement with the one dossier it fits; a statement that was imported may have it already.
pub(super) fn hear_movement(
    tx: &Transaction<'_>,
    unit: UnitId,
    told: &Movement,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let movement = book::Movement {
        day: told.day,
        account: told.account.clone(),
        amount: told.amount,
        reference: told.reference.clone(),
        text: told.text.clone(),
    };
    let among = kept::candidates(tx, unit, told.day.year())?;
    let kept = KeptMovement {
        id: EntryId(clock::new_id()),
        dossier: dossier_of(&movement, &among),
        movement,
        by_hand: false,
    };
    kept::put_told_movement(tx, unit, &kept, told.id, at)
}

/// The one dossier whose money a movement took out or brought back; `None` where nobody can tell.
pub(crate) fn dossier_of(
    movement: &book::Movement,
    among: &[Candidate<DossierId>],
) -> Option<DossierId> {
    match match_movement(movement, among) {
        Match::One { id } => Some(id),
        Match::Several { .. } | Match::None => None,
    }
}

pub(super) fn hear_estimate(
    tx: &Transaction<'_>,
    unit: UnitId,
    told: &Estimate,
    version: u64,
) -> Result<(), StoreError> {
    let told = ToldEstimate {
        year: told.year,
        source: told.source.clone(),
        sector: told.sector.clone(),
        programme: told.programme.clone(),
        given: told.given,
        used: told.used,
        version,
        at: told.at,
    };
    feed::put_estimate(tx, unit, &told)
}
