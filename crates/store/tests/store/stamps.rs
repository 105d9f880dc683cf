//! What is added to signatures after the receipt, and what of it is still due.

use chrono::TimeDelta;
use hoso_domain::digest::Digest;
use hoso_domain::id::DossierId;
use hoso_store::evidence::{self, Due, Place, Stamp, Version};
use hoso_store::{StoreError, audit, receipts, revisions, signatures};

use crate::world::{World, instant};

fn place(dossier: DossierId, step: u8) -> Place {
    Place {
        dossier,
        revision: 1,
        step,
    }
}

/// A dossier whose receipt is here.
fn sent(w: &World, n: u128) -> DossierId {
    let id = w.queued(n);
    let (receipt, by) = (w.receipt(id), w.at(300));
    w.store()
        .write(move |tx| {
            let step = hoso_store::life::Move {
                dossier: id,
                expected: hoso_domain::life::LocalState::Queued,
                next: hoso_domain::life::LocalState::Sending,
                act: "sending",
                params: audit::Params::new(),
            };
            hoso_store::life::advance(tx, &step, by)?;
            receipts::accept(tx, &receipt, by)
        })
        .unwrap();
    id
}

fn version(dossier: DossierId, step: u8, content: &[u8]) -> Version {
    Version {
        place: place(dossier, step),
        p7s: Digest::of(content),
        p7s_size: 5_000,
        stamped: Some(Stamp {
            at: instant(310),
            authority: "Dấu thời gian tập huấn".to_owned(),
        }),
        listed_at: None,
    }
}

fn due(w: &World, at: i64) -> Option<Due> {
    let unit = w.unit;
    w.store()
        .read(|c| evidence::due(c, unit, instant(at)))
        .unwrap()
}

fn acts(w: &World, id: DossierId, act: &str) -> usize {
    let rows = w.store().read(|c| audit::of_dossier(c, id)).unwrap();
    rows.iter().filter(|r| r.act == act).count()
}

#[test]
fn signatures_are_due_from_the_receipt_on_and_until_they_are_settled() {
    let w = World::new();
    w.queued(1);
    assert_eq!(due(&w, 900), None);
    let id = sent(&w, 2);
    for step in [1, 2] {
        let next = due(&w, 900).unwrap();
        assert_eq!(
            next,
            Due {
                place: place(id, step),
                tries: 0
            }
        );
        w.store()
            .write(move |tx| evidence::settle(tx, next.place))
            .unwrap();
    }
    assert_eq!(due(&w, 900), None);
    let unit = w.unit;
    let turn = w.store().read(|c| evidence::next_turn(c, unit)).unwrap();
    assert_eq!(turn, None);
}

#[test]
fn the_newest_dossier_comes_first_and_one_that_failed_waits_its_time() {
    let w = World::new();
    let (old, new) = (sent(&w, 1), sent(&w, 2));
    let first = due(&w, 900).unwrap();
    assert_eq!(first.place, place(new, 1));
    let (by, later) = (w.at(900), instant(1_000));
    for _ in 0..2 {
        let failed = due(&w, 900).unwrap();
        w.store()
            .write(move |tx| evidence::put_off(tx, failed, later, "timestamp-refused", by))
            .unwrap();
    }
    assert_eq!(due(&w, 900).unwrap().place, place(old, 1));
    assert_eq!(acts(&w, new, "evidence-late"), 2, "one for each signature");
    for step in [1, 2] {
        w.store()
            .write(move |tx| evidence::settle(tx, place(old, step)))
            .unwrap();
    }
    assert_eq!(due(&w, 999), None);
    let unit = w.unit;
    let turn = w.store().read(|c| evidence::next_turn(c, unit)).unwrap();
    assert_eq!(turn, Some(later));
    // a second failure is no news
    let again = due(&w, 1_000).unwrap();
    assert_eq!(again.tries, 1);
    let by = w.at(1_000);
    w.store()
        .write(move |tx| evidence::put_off(tx, again, instant(1_000) + TimeDelta::days(1), "x", by))
        .unwrap();
    assert_eq!(acts(&w, new, "evidence-late"), 2);
    // further off than anything rests: for whoever knows that the clock was put back
    let beyond = |at| w.store().read(|c| evidence::beyond(c, unit, instant(at)));
    assert_eq!(beyond(1_900).unwrap().unwrap().place, again.place);
    assert_eq!(beyond(100_000).unwrap(), None);
}

#[test]
fn each_addition_is_a_version_beside_the_signature_that_was_sent() {
    let w = World::new();
    let id = sent(&w, 1);
    let before = w
        .store()
        .read(|c| signatures::of_revision(c, id, 1))
        .unwrap();
    for content in [&b"stamped"[..], b"stamped", b"stamped and listed"] {
        let (added, by) = (version(id, 1, content), w.at(400));
        w.store()
            .write(move |tx| evidence::add(tx, &added, by))
            .unwrap();
    }
    let newest = w.store().read(|c| evidence::newest(c, id, 1)).unwrap();
    assert_eq!(newest, [version(id, 1, b"stamped and listed")]);
    assert_eq!(acts(&w, id, "evidence-added"), 1);
    assert_eq!(acts(&w, id, "evidence-listed"), 1);
    let after = w
        .store()
        .read(|c| signatures::of_revision(c, id, 1))
        .unwrap();
    assert_eq!(after, before);
    let named = w.store().read(revisions::named_files).unwrap();
    for kept in [&b"stamped"[..], b"stamped and listed"] {
        assert!(named.contains(&Digest::of(kept)));
    }
}

#[test]
fn what_was_added_is_never_changed_or_taken_away() {
    let w = World::new();
    let id = sent(&w, 1);
    let (added, by) = (version(id, 1, b"stamped"), w.at(400));
    w.store()
        .write(move |tx| evidence::add(tx, &added, by))
        .unwrap();
    for edit in [
        "UPDATE evidence SET authority = 'x'",
        "DELETE FROM evidence",
    ] {
        let result = w.store().write(move |tx| Ok(tx.execute(edit, [])?));
        assert!(
            matches!(result, Err(StoreError::AppendOnly)),
            "{edit}: {result:?}"
        );
    }
    // and none without a signature it was added to
    let (none, by) = (version(id, 3, b"of nobody"), w.at(400));
    assert!(
        w.store()
            .write(move |tx| evidence::add(tx, &none, by))
            .is_err()
    );
}
