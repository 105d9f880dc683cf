//! Drafts, the life cycle, the outbox.

use std::fs;

use hoso_domain::digest::Digest;
use hoso_domain::dossier::Drawer;
use hoso_domain::entry::Entry;
use hoso_domain::id::AttachmentId;
use hoso_domain::life::{LocalState, ParkReason, TreasuryState};
use hoso_store::audit::{self, Act, Params};
use hoso_store::dossiers::{self, Which};
use hoso_store::life::{self, Move, Word};
use hoso_store::numbers::Series;
use hoso_store::{Store, StoreError};
use hoso_store::{attachments, memory, numbers, outbox, receipts, revisions, signatures, tokens};

use crate::world::{World, dossier, id, instant, summary, vouchers};

#[test]
fn a_saved_draft_is_on_disk_when_the_save_answers() {
    let w = World::new();
    let d = w.draft(1, "Tiền điện");
    let by = w.at(50);
    let version = w
        .store()
        .write(move |tx| {
            revisions::save_draft(tx, d, 1, &vouchers("Tiền nước"), &summary("Tiền nước"), by)
        })
        .unwrap();
    assert_eq!(version, 2);
    // what lies on disk now, as after a power cut
    let cut = tempfile::tempdir().unwrap();
    for name in ["hoso.db", "hoso.db-wal"] {
        fs::copy(w.dir().join(name), cut.path().join(name)).unwrap();
    }
    let after = Store::open(cut.path(), &w.keys).unwrap();
    let current = after.read(|c| dossiers::current(c, d)).unwrap();
    assert_eq!(current.revision.vouchers, vouchers("Tiền nước"));
    assert_eq!(current.revision.saved_at, instant(50));
    assert_eq!(current.revision.version, 2);
}

#[test]
fn a_stale_window_cannot_overwrite() {
    let w = World::new();
    let d = w.draft(1, "Tiền điện");
    let save = |version, text: &'static str| {
        let by = w.at(60);
        w.store().write(move |tx| {
            revisions::save_draft(tx, d, version, &vouchers(text), &summary(text), by)
        })
    };
    assert_eq!(save(1, "một").unwrap(), 2);
    assert!(matches!(
        save(1, "hai"),
        Err(StoreError::Stale { version: 2 })
    ));
    let kept = w.store().read(|c| dossiers::current(c, d)).unwrap();
    assert_eq!(kept.revision.summary.title, "một");
    assert!(matches!(
        w.store().write(move |tx| {
            revisions::save_draft(tx, dossier(99), 1, &[], &summary(""), World::new().by)
        }),
        Err(StoreError::NotFound { .. })
    ));
}

#[test]
fn a_job_that_fails_or_panics_leaves_nothing_behind_and_the_writer_lives() {
    let w = World::new();
    let d = w.draft(1, "Tiền điện");
    let by = w.at(60);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let e = w.store().write::<(), _>(move |tx| {
        revisions::save_draft(tx, d, 1, &vouchers("mất"), &summary("mất"), by)?;
        panic!("defect");
    });
    std::panic::set_hook(hook);
    assert!(matches!(e, Err(StoreError::Defect)));
    assert_eq!(w.version(d), 1);
    w.draft(2, "sau đó");
}

#[test]
fn a_dossier_goes_its_whole_way_with_an_audit_row_for_each_move() {
    let w = World::new();
    let d = w.queued(1);
    assert_eq!(w.state(d), LocalState::Queued);
    assert_eq!(w.store().read(outbox::all).unwrap().len(), 1);
    let (by, receipt) = (w.at(250), w.receipt(d));
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
            let first = outbox::begin(tx, d, "{\"a\":1}")?;
            let again = outbox::begin(tx, d, "{\"b\":2}")?;
            assert_eq!(first, again, "bytes are frozen at the first attempt");
            receipts::accept(tx, &receipt, by)?;
            // the portal may answer the same twice
            receipts::accept(tx, &receipt, by)
        })
        .unwrap();
    assert_eq!(w.state(d), LocalState::Sent);
    assert!(w.store().read(outbox::all).unwrap().is_empty());
    let word = Word {
        dossier: d,
        version: Some(3),
        state: TreasuryState::SupplementAsked,
        text: "Bổ sung hoá đơn".to_owned(),
        number: Some("H12.3".to_owned()),
        appointment: None,
        said_at: instant(400),
        remarks: vec![(
            hoso_domain::finding::Place::Dossier,
            "thiếu hoá đơn".to_owned(),
        )],
    };
    let (by, again) = (w.at(410), word.clone());
    assert!(
        w.store()
            .write(move |tx| life::hear(tx, &word, by))
            .unwrap()
    );
    assert!(
        !w.store()
            .write(move |tx| life::hear(tx, &again, by))
            .unwrap(),
        "twice is once"
    );
    assert_eq!(w.store().read(|c| life::remarks(c, d)).unwrap().len(), 1);
    let number = w
        .store()
        .write(move |tx| revisions::mend(tx, d, &LocalState::Sent, by))
        .unwrap();
    assert_eq!(number, 2);
    let current = w.store().read(|c| dossiers::current(c, d)).unwrap();
    assert_eq!(current.revision.state, LocalState::Draft);
    assert_eq!(current.dossier.treasury, TreasuryState::SupplementAsked);
    let (old, kept) = w
        .store()
        .read(|c| Ok((revisions::get(c, d, 1)?, signatures::of_revision(c, d, 1)?)))
        .unwrap();
    assert_eq!(old.state, LocalState::Superseded);
    assert_eq!(kept.len(), 2, "signatures stay with the old revision");
    let acts: Vec<String> = w
        .store()
        .read(|c| audit::of_dossier(c, d))
        .unwrap()
        .into_iter()
        .map(|r| r.act)
        .collect();
    let expected = [
        "draft-created",
        "submitted",
        "signed",
        "signed",
        "sending",
        "receipt",
        "treasury-supplement-asked",
        "mended",
    ];
    assert_eq!(acts, expected);
    w.store().read(audit::verify).unwrap();
}

#[test]
fn a_move_the_life_cycle_does_not_know_is_refused_and_nothing_changes() {
    let w = World::new();
    let d = w.draft(1, "Tiền điện");
    let all = [
        LocalState::Draft,
        LocalState::Awaiting { step: 1 },
        LocalState::Awaiting { step: 2 },
        LocalState::Queued,
        LocalState::Held,
        LocalState::Sending,
        LocalState::Unknown,
        LocalState::Sent,
        LocalState::Parked {
            reason: ParkReason::Conflict,
        },
        LocalState::Superseded,
    ];
    let before = w.store().read(audit::head).unwrap();
    for next in all {
        let (by, to) = (w.at(70), next.clone());
        let e = w
            .store()
            .write(move |tx| {
                let step = Move {
                    dossier: d,
                    expected: LocalState::Draft,
                    next: to,
                    act: "x",
                    params: Params::new(),
                };
                life::advance(tx, &step, by)
            })
            .unwrap_err();
        assert!(matches!(e, StoreError::IllegalMove { .. }), "{next:?}: {e}");
    }
    let by = w.at(71);
    let e = w.store().write(move |tx| {
        let step = Move {
            dossier: d,
            expected: LocalState::Held,
            next: LocalState::Queued,
            act: "released",
            params: Params::new(),
        };
        life::advance(tx, &step, by)
    });
    assert!(matches!(
        e,
        Err(StoreError::WrongState {
            found: LocalState::Draft
        })
    ));
    assert_eq!(w.state(d), LocalState::Draft);
    assert_eq!(w.store().read(audit::head).unwrap(), before);
}

#[test]
fn sent_needs_a_receipt_over_what_was_queued() {
    let w = World::new();
    let d = w.queued(1);
    let by = w.at(300);
    let go = |expected: LocalState, next: LocalState| {
        w.store().write(move |tx| {
            let step = Move {
                dossier: d,
                expected,
                next,
                act: "moved",
                params: Params::new(),
            };
            life::advance(tx, &step, by)
        })
    };
    go(LocalState::Queued, LocalState::Sending).unwrap();
    assert!(matches!(
        go(LocalState::Sending, LocalState::Sent),
        Err(StoreError::IllegalMove { .. })
    ));
    let mut foreign = w.receipt(d);
    foreign.digest = Digest::of(b"something else");
    assert!(
        w.store()
            .write(move |tx| receipts::accept(tx, &foreign, by))
            .is_err()
    );
    assert_eq!(w.state(d), LocalState::Sending);
    go(LocalState::Sending, LocalState::Unknown).unwrap();
    let right = w.receipt(d);
    w.store()
        .write(move |tx| receipts::accept(tx, &right, by))
        .unwrap();
    assert_eq!(w.state(d), LocalState::Sent);
}

#[test]
fn an_unsigned_revision_goes_back_to_the_same_draft_and_a_signed_one_to_a_new() {
    let w = World::new();
    let d = w.draft(1, "Tiền điện");
    w.freeze(d);
    let seen = w.version(d);
    let by = w.at(120);
    let n = w
        .store()
        .write(move |tx| {
            revisions::give_back(tx, d, &LocalState::Awaiting { step: 1 }, "sai mã", by)
        })
        .unwrap();
    assert_eq!(n, 1);
    let back = w
        .store()
        .read(|c| dossiers::current(c, d))
        .unwrap()
        .revision;
    assert_eq!(back.returned.unwrap().reason, "sai mã");
    assert!(back.frozen_at.is_none());
    assert!(
        w.store()
            .read(|c| revisions::entries(c, d, 1))
            .unwrap()
            .is_empty()
    );
    // a window from before cannot save over it
    let e = w
        .store()
        .write(move |tx| revisions::save_draft(tx, d, seen, &vouchers("cũ"), &summary("cũ"), by));
    assert!(matches!(e, Err(StoreError::Stale { .. })), "{e:?}");

    w.freeze(d);
    w.sign(d, 1, LocalState::Awaiting { step: 2 });
    let n = w
        .store()
        .write(move |tx| revisions::mend(tx, d, &LocalState::Awaiting { step: 2 }, by))
        .unwrap();
    assert_eq!(n, 2);
    assert_eq!(
        w.store()
            .read(|c| revisions::entries(c, d, 1))
            .unwrap()
            .len(),
        1
    );
    assert!(w.version(d) > back.version);
}

#[test]
fn taking_a_queued_dossier_back_takes_it_out_of_the_outbox() {
    let w = World::new();
    let d = w.queued(1);
    let by = w.at(300);
    w.store()
        .write(move |tx| revisions::mend(tx, d, &LocalState::Queued, by))
        .unwrap();
    assert!(w.store().read(outbox::all).unwrap().is_empty());
    let receipt = w.receipt(d);
    assert!(
        w.store()
            .write(move |tx| receipts::accept(tx, &receipt, by))
            .is_err()
    );
}

#[test]
fn the_approval_record_is_the_entry_after_the_others() {
    let w = World::new();
    let d = w.draft(1, "Tiền điện");
    w.freeze(d);
    w.sign(d, 1, LocalState::Awaiting { step: 2 });
    let (signature, by) = (w.signature(2), w.at(210));
    let approval = Entry {
        path: "approval/002.json".to_owned(),
        sha256: Digest::of(b"a"),
        size: 1,
    };
    w.store()
        .write(move |tx| {
            signatures::add(tx, d, &signature, Some(&approval), LocalState::Queued, by)
        })
        .unwrap();
    let paths: Vec<String> = w
        .store()
        .read(|c| revisions::entries(c, d, 1))
        .unwrap()
        .into_iter()
        .map(|e| e.path)
        .collect();
    assert_eq!(paths, ["data/dossier.json", "approval/002.json"]);
}

#[test]
fn a_draft_can_be_thrown_away_and_a_signed_dossier_cannot() {
    let w = World::new();
    let (a, b) = (w.draft(1, "Nháp"), w.queued(2));
    let by = w.at(80);
    w.store()
        .write(move |tx| dossiers::delete_draft(tx, a, by))
        .unwrap();
    assert!(matches!(
        w.store().read(|c| dossiers::current(c, a)),
        Err(StoreError::NotFound { .. })
    ));
    assert!(matches!(
        w.store().write(move |tx| dossiers::delete_draft(tx, b, by)),
        Err(StoreError::WrongState { .. })
    ));
    let waiting = w
        .store()
        .read(|c| dossiers::select(c, w.unit, Which::Waiting))
        .unwrap();
    assert_eq!(waiting.len(), 1);
    w.store().read(audit::verify).unwrap();
}

#[test]
fn the_drawer_for_the_treasury_closes_when_the_revision_is_frozen() {
    let w = World::new();
    let d = w.draft(1, "Tiền điện");
    let put = |n: u128, drawer, name: &str| {
        let new = attachments::Attachment {
            id: AttachmentId(id(0xf000 + n)),
            dossier: d,
            drawer,
            name: name.to_owned(),
            sha256: Digest::of(name.as_bytes()),
            size: 10,
        };
        let by = w.at(90);
        w.store().write(move |tx| attachments::add(tx, &new, by))
    };
    put(1, Drawer::Treasury, "hoá đơn.pdf").unwrap();
    assert!(matches!(
        put(2, Drawer::Treasury, "hoá đơn.pdf"),
        Err(StoreError::Taken { .. })
    ));
    put(3, Drawer::Unit, "hoá đơn.pdf").unwrap();
    w.freeze(d);
    assert!(matches!(
        put(4, Drawer::Treasury, "muộn.pdf"),
        Err(StoreError::WrongState { .. })
    ));
    put(5, Drawer::Unit, "muộn.pdf").unwrap();
    let by = w.at(91);
    let first = AttachmentId(id(0xf001));
    assert!(
        w.store()
            .write(move |tx| attachments::remove(tx, d, first, by))
            .is_err()
    );
    assert_eq!(w.store().read(|c| attachments::all(c, d)).unwrap().len(), 3);
}

#[test]
fn numbers_run_per_unit_year_and_series_and_memory_finds_payees_without_accents() {
    let w = World::new();
    let unit = w.unit;
    let series = move |year, name| Series { unit, year, name };
    let taken = w
        .store()
        .write(move |tx| {
            numbers::start_at(tx, series(2026, "UNC"), 41)?;
            memory::payee_used(
                tx,
                unit,
                &memory::Payee {
                    name: "Công ty Điện lực Đắk Hà".to_owned(),
                    account: "1020304".to_owned(),
                    fills: Default::default(),
                },
                instant(0),
            )?;
            Ok([
                numbers::take(tx, series(2026, "UNC"))?,
                numbers::take(tx, series(2026, "UNC"))?,
                numbers::take(tx, series(2026, "RDT"))?,
                numbers::take(tx, series(2027, "UNC"))?,
            ])
        })
        .unwrap();
    assert_eq!(taken, [41, 42, 1, 1].map(Some));
    for typed in ["dien luc dak", "ĐẮK HÀ", "1020", ""] {
        let found = w
            .store()
            .read(|c| memory::find_payees(c, unit, typed, 5))
            .unwrap();
        assert_eq!(found.len(), 1, "{typed}");
    }
    assert!(
        w.store()
            .read(|c| memory::find_payees(c, unit, "viễn thông", 5))
            .unwrap()
            .is_empty()
    );
    let d = w.draft(1, "Tiền điện");
    let others = |except| {
        w.store()
            .read(|c| numbers::used(c, unit, 2026, except))
            .unwrap()
    };
    assert!(others(d).is_empty());
    assert!(others(dossier(9)).contains("7"));
}

#[test]
fn wrong_pins_of_a_token_are_counted_until_a_success() {
    let w = World::new();
    let tries = w
        .store()
        .write(|tx| {
            tokens::wrong_try(tx, "A1", instant(0))?;
            let two = tokens::wrong_try(tx, "A1", instant(1))?;
            tokens::wrong_try(tx, "B2", instant(2))?;
            tokens::success(tx, "B2")?;
            Ok((two, tokens::wrong_tries(tx, "B2")?))
        })
        .unwrap();
    assert_eq!(tries, (2, 0));
}

#[test]
fn what_may_still_arrive_is_given_up_before_it_is_mended_or_carried() {
    use LocalState as S;
    let w = World::new();
    let d = w.queued(1);
    let giving_up = S::Parked {
        reason: ParkReason::GivingUp,
    };
    let given_up = S::Parked {
        reason: ParkReason::GivenUp,
    };
    let go = |from: &S, to: &S, act: &'static str| {
        let by = w.at(300);
        let step = (from.clone(), to.clone());
        w.store().write(move |tx| {
            let (expected, next) = step;
            let params = Params::new();
            let step = Move {
                dossier: d,
                expected,
                next,
                act,
                params,
            };
            life::advance(tx, &step, by)
        })
    };
    let mend = |from: &S| {
        let (from, by) = (from.clone(), w.at(310));
        w.store().write(move |tx| revisions::mend(tx, d, &from, by))
    };
    let may_arrive = || w.store().read(|c| life::may_arrive(c, d)).unwrap();
    assert!(!may_arrive(), "no try was made");
    go(&S::Queued, &S::Sending, "sending").unwrap();
    go(&S::Sending, &S::Unknown, "unknown").unwrap();
    go(&S::Unknown, &S::Queued, "queued").unwrap();
    assert!(may_arrive(), "not accepted is not: never");
    let doubt = |done: Result<(), StoreError>| matches!(done, Err(StoreError::MayArrive));
    assert!(doubt(mend(&S::Queued).map(drop)));
    assert!(doubt(go(&S::Queued, &S::Carried, "handed-in-otherwise")));
    go(&S::Queued, &S::Held, "held").unwrap();
    assert!(doubt(mend(&S::Held).map(drop)));

    let by = w.at(320);
    w.store()
        .write(move |tx| life::give_up(tx, d, S::Held, by))
        .unwrap();
    for next in [&S::Queued, &S::Carried, &S::Held] {
        let moved = go(&giving_up, next, "moved");
        assert!(matches!(moved, Err(StoreError::IllegalMove { .. })));
    }
    go(&giving_up, &given_up, "given-up").unwrap();
    assert!(!may_arrive());
    let sent = go(&given_up, &S::Queued, "queued");
    assert!(matches!(sent, Err(StoreError::IllegalMove { .. })));
    assert_eq!(mend(&given_up).unwrap(), 2);
    assert!(!may_arrive(), "the new revision never left");
}

#[test]
fn a_revision_answers_the_word_known_when_it_was_submitted_and_none_heard_since() {
    let w = World::new();
    let d = w.queued(1);
    let (receipt, by) = (w.receipt(d), w.at(300));
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
    let hear = |version| {
        let word = Word {
            dossier: d,
            version: Some(version),
            state: TreasuryState::SupplementAsked,
            text: "Bổ sung hoá đơn".to_owned(),
            number: None,
            appointment: None,
            said_at: instant(400),
            remarks: Vec::new(),
        };
        let by = w.at(400);
        w.store()
            .write(move |tx| life::hear(tx, &word, by))
            .unwrap();
    };
    let mend = |from: LocalState| {
        let by = w.at(500);
        w.store()
            .write(move |tx| revisions::mend(tx, d, &from, by))
            .unwrap()
    };
    let answered = || w.store().read(|c| life::answered_version(c, d)).unwrap();
    hear(9);
    mend(LocalState::Sent);
    hear(10);
    w.freeze(d);
    assert_eq!(answered(), 10, "read while it was drafted");
    hear(11);
    assert_eq!(answered(), 10);
    // taken back and submitted again as it is: the newest word was there to be read
    mend(LocalState::Awaiting { step: 1 });
    w.freeze(d);
    assert_eq!(answered(), 11);
}

#[test]
fn a_word_typed_in_counts_among_none_of_the_portals() {
    let w = World::new();
    let d = w.draft(1, "Tiền điện tháng 10");
    let hear = |version, state, typed| {
        let word = Word {
            dossier: d,
            version,
            state,
            text: String::new(),
            number: None,
            appointment: None,
            said_at: instant(400),
            remarks: Vec::new(),
        };
        let by = w.at(400);
        let act = Act {
            unit: Some(w.unit),
            act: "result-typed",
            dossier: Some(d),
            params: Params::new(),
        };
        w.store()
            .write(move |tx| {
                let heard = life::hear(tx, &word, by)?;
                if typed {
                    audit::append(tx, &act, by)?;
                }
                Ok(heard)
            })
            .unwrap()
    };
    let known = || {
        let dossier = w.store().read(|c| dossiers::get(c, d)).unwrap();
        (dossier.treasury_version, dossier.treasury)
    };
    assert!(hear(Some(2), TreasuryState::Checking, false));
    assert!(hear(None, TreasuryState::Refused, true));
    assert_eq!(known(), (2, TreasuryState::Refused));
    // as an earlier edition stored it: with the version after the portal's
    assert!(hear(Some(3), TreasuryState::Refused, true));
    assert!(!hear(Some(2), TreasuryState::Checking, false), "old news");
    w.freeze(d);
    let answered = w.store().read(|c| life::answered_version(c, d)).unwrap();
    assert_eq!(answered, 2);

    assert!(hear(Some(3), TreasuryState::Received, false));
    assert_eq!(known(), (3, TreasuryState::Received));
    assert!(
        !hear(Some(3), TreasuryState::Received, false),
        "twice is once"
    );
}
