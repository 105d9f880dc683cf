//! Which revision the treasury's word is about.

use hoso_domain::id::DossierId;
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_store::audit::Params;
use hoso_store::life::{self, Move};
use hoso_store::listing::{self, Filter};
use hoso_store::receipts::Receipt;
use hoso_store::{dossiers, receipts, revisions};

use crate::world::World;

/// What waits goes out, and its receipt comes.
fn sent(w: &World, d: DossierId) {
    let current = w.store().read(|c| dossiers::current(c, d)).unwrap();
    let receipt = Receipt {
        revision: current.revision.number,
        ..w.receipt(d)
    };
    let by = w.at(300);
    w.store()
        .write(move |tx| {
            let step = Move {
                dossier: d,
                expected: LocalState::Queued,
                next: LocalState::Sending,
                act: "sending",
                params: Params::new(),
            };
            life::advance(tx, &step, by)?;
            receipts::accept(tx, &receipt, by)
        })
        .unwrap();
}

fn mended(w: &World, d: DossierId) {
    let by = w.at(500);
    w.store()
        .write(move |tx| revisions::mend(tx, d, &LocalState::Sent, by))
        .unwrap();
}

fn signed(w: &World, d: DossierId) {
    w.freeze(d);
    w.sign(d, 1, LocalState::Awaiting { step: 2 });
    w.sign(d, 2, LocalState::Queued);
}

/// The word about the current revision, the one shown in its place, and the one in the list.
fn words(w: &World, d: DossierId) -> [TreasuryState; 3] {
    let read = w.store().read(|c| {
        let current = dossiers::current(c, d)?;
        let page = listing::page(c, w.unit, &Filter::default(), None, 1)?;
        Ok([
            life::word_of(c, &current.dossier)?,
            life::word_shown(c, &current)?,
            page.rows[0].treasury.clone(),
        ])
    });
    read.unwrap()
}

fn answers(w: &World) -> u32 {
    w.store()
        .write(|tx| dossiers::mark_read(tx, crate::world::dossier(1)))
        .unwrap();
    w.store()
        .read(|c| listing::counts(c, w.unit))
        .unwrap()
        .answers
}

#[test]
fn a_word_is_answered_by_the_revision_made_for_it_and_one_heard_since_is_about_that() {
    use TreasuryState::{Completed, MoneyReturned, None, Refused};
    let w = World::new();
    let d = w.queued(1);
    sent(&w, d);
    w.hears(d, 2, Refused);
    assert_eq!(words(&w, d), [Refused, Refused, Refused]);
    assert_eq!(answers(&w), 1);
    mended(&w, d);
    let until = [None, Refused, Refused];
    assert_eq!(words(&w, d), until, "shown until it is answered");
    signed(&w, d);
    assert_eq!(words(&w, d), until);
    assert_eq!(answers(&w), 0);
    sent(&w, d);
    assert_eq!(words(&w, d), [None, None, None]);
    assert_eq!(answers(&w), 0);

    // after its receipt
    w.hears(d, 3, Completed);
    w.hears(d, 4, MoneyReturned);
    assert_eq!(words(&w, d), [MoneyReturned, MoneyReturned, MoneyReturned]);
    assert_eq!(answers(&w), 1);
}

#[test]
fn a_word_heard_while_the_answer_is_drafted_is_answered_by_it_and_one_heard_later_is_not() {
    use TreasuryState::{None, Refused, SupplementAsked};
    let w = World::new();
    let d = w.queued(1);
    sent(&w, d);
    w.hears(d, 2, SupplementAsked);
    mended(&w, d);
    w.hears(d, 3, SupplementAsked);
    signed(&w, d);
    sent(&w, d);
    assert_eq!(words(&w, d), [None, None, None], "known when it was signed");
    assert_eq!(answers(&w), 0);
    w.hears(d, 4, Refused);
    mended(&w, d);
    signed(&w, d);
    // the portal has it, and the word about it is here before its receipt
    w.hears(d, 5, Refused);
    sent(&w, d);
    assert_eq!(words(&w, d), [Refused, Refused, Refused]);
    assert_eq!(answers(&w), 1);
}
