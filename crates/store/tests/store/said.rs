//! What the treasury or its portal said of a dossier, and what may be done with it since.

use hoso_domain::finding::Place;
use hoso_domain::id::DossierId;
use hoso_domain::life::{LocalState, ParkReason, TreasuryState};
use hoso_store::audit::Params;
use hoso_store::life::{self, Move};
use hoso_store::{StoreError, dossiers, receipts, revisions};

use crate::world::World;

fn step(dossier: DossierId, expected: LocalState, next: LocalState, act: &str) -> Move<'_> {
    Move {
        dossier,
        expected,
        next,
        act,
        params: Params::new(),
    }
}

fn deletes(w: &World, id: DossierId) -> Result<(), StoreError> {
    let by = w.at(500);
    w.store()
        .write(move |tx| dossiers::delete_draft(tx, id, by))
}

fn carries(w: &World, id: DossierId, from: LocalState) -> Result<(), StoreError> {
    let by = w.at(500);
    w.store().write(move |tx| {
        let act = "handed-in-otherwise";
        life::advance(tx, &step(id, from, LocalState::Carried, act), by)
    })
}

fn wrong_state(done: Result<(), StoreError>) -> bool {
    matches!(done, Err(StoreError::WrongState { .. }))
}

#[test]
fn a_draft_of_a_backup_that_the_lost_store_sent_since_is_neither_thrown_away_nor_carried() {
    use TreasuryState as T;
    let w = World::new();
    for (n, said) in (1..).zip([T::Received, T::Checking, T::Completed]) {
        let d = w.draft(n, "Tiền điện");
        w.hears(d, 4, said.clone());
        assert!(wrong_state(deletes(&w, d)), "{said:?}");
        assert!(wrong_state(carries(&w, d, LocalState::Draft)), "{said:?}");
        assert_eq!(w.state(d), LocalState::Draft);
    }
    // what the treasury gave back is handed in another way, and its history stays
    for (n, said) in (11..).zip([T::Refused, T::SupplementAsked, T::Withdrawn]) {
        let d = w.draft(n, "Tiền nước");
        w.hears(d, 4, said.clone());
        assert!(wrong_state(deletes(&w, d)), "{said:?}");
        carries(&w, d, LocalState::Draft).unwrap();
    }
}

#[test]
fn what_the_portal_has_otherwise_is_not_carried_after_mending_either_until_the_treasury_gives_it_back()
 {
    let w = World::new();
    for (n, reason) in (1..).zip([ParkReason::Conflict, ParkReason::Overtaken]) {
        let d = w.queued(n);
        let parked = LocalState::Parked { reason };
        let (next, by) = (parked.clone(), w.at(300));
        w.store()
            .write(move |tx| life::advance(tx, &step(d, LocalState::Queued, next, "parked"), by))
            .unwrap();
        let by = w.at(310);
        w.store()
            .write(move |tx| revisions::mend(tx, d, &parked, by))
            .unwrap();
        assert!(wrong_state(carries(&w, d, LocalState::Draft)), "{reason:?}");
        w.hears(d, 5, TreasuryState::Refused);
        carries(&w, d, LocalState::Draft).unwrap();
    }
}

/// The portal refuses what is queued, with these words at a field.
fn refused(w: &World, id: DossierId, text: &str, seconds: i64) -> LocalState {
    let parked = LocalState::Parked {
        reason: ParkReason::RefusedByPortal,
    };
    let said = [(Place::Dossier, text.to_owned())];
    let (next, by) = (parked.clone(), w.at(seconds));
    w.store()
        .write(move |tx| {
            life::refuse(tx, id, &said, by.at)?;
            life::advance(tx, &step(id, LocalState::Queued, next, "parked"), by)
        })
        .unwrap();
    parked
}

/// Mended, signed anew and queued; gives the revision's number.
fn mended(w: &World, id: DossierId, from: LocalState) -> u32 {
    let by = w.at(600);
    let number = w
        .store()
        .write(move |tx| revisions::mend(tx, id, &from, by))
        .unwrap();
    w.freeze(id);
    w.sign(id, 1, LocalState::Awaiting { step: 2 });
    w.sign(id, 2, LocalState::Queued);
    number
}

fn accepted(w: &World, id: DossierId, revision: u32, seconds: i64) {
    let receipt = receipts::Receipt {
        revision,
        ..w.receipt(id)
    };
    let by = w.at(seconds);
    w.store()
        .write(move |tx| {
            let sending = step(id, LocalState::Queued, LocalState::Sending, "sending");
            life::advance(tx, &sending, by)?;
            receipts::accept(tx, &receipt, by)
        })
        .unwrap();
}

#[test]
fn the_refusal_that_came_last_is_shown_whatever_the_clock_said() {
    const AHEAD: i64 = 400 * 86_400;
    let w = World::new();
    let d = w.queued(1);
    let shown = || -> Vec<String> {
        let said = w.store().read(|c| life::refusal(c, d)).unwrap();
        said.into_iter().map(|r| r.text).collect()
    };
    assert!(shown().is_empty());
    let first = refused(&w, d, "Sai mã chương", AHEAD);
    assert_eq!(shown(), ["Sai mã chương"]);
    mended(&w, d, first);
    let second = refused(&w, d, "Sai tài khoản", 700);
    assert_eq!(shown(), ["Sai tài khoản"]);
    let number = mended(&w, d, second);
    // accepted by a clock that was ahead as well, and refused once more by one that is right
    accepted(&w, d, number, AHEAD);
    assert!(shown().is_empty());
    w.hears(d, 3, TreasuryState::SupplementAsked);
    mended(&w, d, LocalState::Sent);
    let third = refused(&w, d, "Thiếu hoá đơn", 800);
    assert_eq!(shown(), ["Thiếu hoá đơn"]);
    let number = mended(&w, d, third);
    accepted(&w, d, number, 900);
    assert!(shown().is_empty());
}
