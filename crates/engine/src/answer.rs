//! By when the treasury answers. Refuses to say what a late answer means.

use chrono::NaiveDate;

use hoso_domain::catalogue::answer_due;
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_store::dossiers::Current;
use hoso_store::receipts::Receipt;

use crate::clock;

/// The working days of the law after the treasury took the dossier: by its receipt, or by the word
/// typed in of one that was carried. `None` where it is not the treasury's turn.
pub fn due(current: &Current, receipt: Option<&Receipt>) -> Option<NaiveDate> {
    let (dossier, revision) = (&current.dossier, &current.revision);
    if !matches!(revision.state, LocalState::Sent | LocalState::Carried) {
        return None;
    }
    let taken = receipt.filter(|r| r.revision == revision.number);
    let taken = taken.map(|r| r.received_at);
    let undecided = matches!(
        dossier.treasury,
        TreasuryState::None | TreasuryState::Received | TreasuryState::Checking
    );
    // what was said before this revision was taken is about an earlier one
    let earlier = dossier.treasury_at.zip(taken).is_some_and(|(s, t)| s < t);
    if !undecided && !earlier {
        return None;
    }
    let from = taken.or(dossier.treasury_at)?;
    answer_due(&dossier.procedure, clock::day(from))
}
