//! A batch: one PIN, stopped by the first wrong one, by a person, by a token pulled out; and gone on
//! with afterwards.

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::*;
use hoso_domain::life::LocalState;
use hoso_engine::Handle;
use hoso_testkit::shim::{Act, Fault, fingerprint};

use crate::bench::{Bench, CHIEF, OWNER, typed};

fn codes(report: &SignReport) -> Vec<Option<Code>> {
    let code = |item: &Signed| item.error.as_ref().map(|e| e.code);
    report.items.iter().map(code).collect()
}

#[test]
fn a_batch_is_one_login_for_each_signer_and_all_of_it_is_signed() {
    let bench = Bench::new();
    let items = bench.submitted(3);
    for role in [CHIEF, OWNER] {
        let report = bench.sign(&items, role);
        assert_eq!(
            (report.stopped.as_ref(), codes(&report)),
            (None, vec![None; 3])
        );
    }
    let world = bench.desk.world;
    assert_eq!(
        bench.logins(),
        [typed(world.chief.pin), typed(world.owner.pin)]
    );
    assert!(
        bench
            .awaiting(&items, 1)
            .iter()
            .chain(&bench.awaiting(&items, 2))
            .all(|w| !w)
    );
}

#[test]
fn the_first_wrong_pin_stops_the_batch_is_counted_and_sent_once() {
    let bench = Bench::new();
    let items = bench.submitted(2);
    let report = bench.sign_with(&items, CHIEF, "111111");
    let stopped = report.stopped.unwrap();
    assert_eq!(
        (stopped.code, stopped.params["wrong"].as_str()),
        (Code::TokenWrongPin, "1")
    );
    assert!(report.items.is_empty());
    assert_eq!(bench.awaiting(&items, 1), [true, true]);
    assert_eq!(bench.logins(), [typed("111111")]);
    assert_eq!(bench.token(CHIEF).wrong_tries, 1);
    assert_eq!(bench.sign(&items, CHIEF).stopped, None);
    assert_eq!(bench.token(CHIEF).wrong_tries, 0);
}

#[test]
fn a_token_pulled_out_in_the_middle_keeps_what_is_signed_and_the_rest_is_signed_later() {
    let mut bench = Bench::new();
    let items = bench.submitted(3);
    bench.shim.rule("C_Sign", 2, Act::Pull).unwrap();
    let report = bench.sign(&items, CHIEF);
    assert_eq!(report.stopped.as_ref().unwrap().code, Code::TokenRemoved);
    assert_eq!(codes(&report), [None, Some(Code::TokenRemoved)]);
    assert_eq!(bench.awaiting(&items, 1), [false, true, true]);
    // not plugged in: no PIN leaves
    let error = bench
        .desk
        .engine
        .handle(bench.command(&items[1..], CHIEF, bench.desk.world.chief.pin))
        .unwrap_err();
    assert_eq!(error.code, Code::NoToken);
    bench
        .shim
        .insert(&bench.desk.world.chief.token.label)
        .unwrap();
    // the rule counts anew in the process of the next batch
    bench.shim.heal().unwrap();
    let report = bench.sign(&items[1..], CHIEF);
    assert_eq!(
        (report.stopped.as_ref(), codes(&report)),
        (None, vec![None; 2])
    );
    assert_eq!(bench.awaiting(&items, 2), [true, true, true]);
    let pin = bench.desk.world.chief.pin;
    assert_eq!(
        bench.logins(),
        [typed(pin), typed(pin)],
        "one for each time it was typed"
    );
}

#[test]
fn a_crash_in_the_middle_costs_one_signature_and_a_new_process_goes_on() {
    let mut bench = Bench::new();
    let items = bench.submitted(2);
    bench.shim.rule("C_Sign", 2, Act::Crash).unwrap();
    let report = bench.sign(&items, CHIEF);
    assert_eq!(report.stopped.unwrap().code, Code::TokenHostLost);
    assert_eq!(bench.awaiting(&items, 1), [false, true]);
    bench.shim.heal().unwrap();
    assert_eq!(bench.sign(&items[1..], CHIEF).stopped, None);
    assert_eq!(bench.logins().len(), 2);
}

#[test]
fn while_a_module_keeps_silent_the_window_is_answered_the_draft_is_kept_and_a_person_can_stop() {
    let mut bench = Bench::new();
    let items = bench.submitted(3);
    let draft = bench.desk.draft("Văn phòng phẩm", "2.000.000");
    bench.shim.rule("C_Sign", 2, Act::Wait).unwrap();
    let (engine, shim) = (&bench.desk.engine, &bench.shim);
    let command = bench.command(&items, CHIEF, bench.desk.world.chief.pin);
    let report = std::thread::scope(|scope| {
        let signing = scope.spawn(|| engine.handle(command).unwrap());
        bench
            .desk
            .until("a signature that waits", || shim.is_waiting().then_some(()));
        // the module holds the pen; everything else goes on
        engine.handle(GetSession {}).unwrap();
        let mut view = bench.desk.view(draft);
        view.vouchers[0]
            .fields
            .insert("content".to_owned(), "Văn phòng phẩm quý 4".to_owned());
        bench.desk.save(&view);
        engine.handle(StopSigning {}).unwrap();
        shim.open_gate().unwrap();
        signing.join().unwrap()
    });
    assert_eq!(report.stopped.as_ref().unwrap().code, Code::SigningStopped);
    assert_eq!(
        codes(&report),
        [None, None],
        "the one under way is finished"
    );
    assert_eq!(bench.awaiting(&items, 1), [false, false, true]);
    assert_eq!(
        bench.desk.view(draft).vouchers[0].fields["content"],
        "Văn phòng phẩm quý 4"
    );
    // a stop ends that batch and no later one
    assert_eq!(bench.sign(&items[2..], CHIEF).stopped, None);
}

#[test]
fn a_signature_is_stored_and_told_while_the_token_makes_the_next_and_each_stands_for_itself() {
    let mut bench = Bench::new();
    let items = bench.submitted(3);
    bench.shim.rule("C_Sign", 2, Act::Wait).unwrap();
    let (engine, shim) = (&bench.desk.engine, &bench.shim);
    let command = bench.command(&items, CHIEF, bench.desk.world.chief.pin);
    let report = std::thread::scope(|scope| {
        let signing = scope.spawn(|| engine.handle(command).unwrap());
        bench
            .desk
            .until("a signature that waits", || shim.is_waiting().then_some(()));
        bench.desk.until("the one before to be stored", || {
            bench.awaiting(&items[..1], 2)[0].then_some(())
        });
        // given back while its signature is made: that one is stored nowhere
        let (id, reason) = (items[1], "Sai nội dung".to_owned());
        engine.handle(GiveBack { id, reason }).unwrap();
        shim.open_gate().unwrap();
        signing.join().unwrap()
    });
    assert_eq!(report.stopped, None);
    assert_eq!(codes(&report), [None, Some(Code::WrongState), None]);
    let told: Vec<_> = report.items.iter().map(|item| item.id).collect();
    assert_eq!(told, items);
    assert_eq!(bench.awaiting(&items, 2), [true, false, true]);
    assert_eq!(bench.desk.local(items[1]), LocalState::Draft);
}

#[test]
fn a_lock_ends_the_batch_after_the_signature_at_hand_and_the_rest_waits_for_another_pin() {
    let mut bench = Bench::new();
    let items = bench.submitted(3);
    bench.shim.rule("C_Sign", 2, Act::Wait).unwrap();
    let (engine, shim) = (&bench.desk.engine, &bench.shim);
    let command = bench.command(&items, CHIEF, bench.desk.world.chief.pin);
    let report = std::thread::scope(|scope| {
        let signing = scope.spawn(|| engine.handle(command).unwrap());
        bench
            .desk
            .until("a signature that waits", || shim.is_waiting().then_some(()));
        let locking = scope.spawn(|| engine.handle(Lock {}).unwrap());
        bench.desk.until("the lock", || {
            engine.handle(GetSession {}).is_err().then_some(())
        });
        shim.open_gate().unwrap();
        locking.join().unwrap();
        signing.join().unwrap()
    });
    assert_eq!(report.stopped.as_ref().unwrap().code, Code::SigningStopped);
    assert_eq!(codes(&report), [None, None]);
    bench.shim.heal().unwrap();
    bench.desk.unlock().unwrap();
    assert_eq!(bench.awaiting(&items, 1), [false, false, true]);
    assert_eq!(bench.logins().len(), 1);
    assert_eq!(bench.sign(&items[2..], CHIEF).stopped, None);
}

#[test]
fn a_second_batch_beside_one_that_runs_is_refused_sends_no_pin_and_does_not_take_back_a_stop() {
    let mut bench = Bench::new();
    let items = bench.submitted(3);
    bench.shim.rule("C_Sign", 1, Act::Wait).unwrap();
    let (engine, shim) = (&bench.desk.engine, &bench.shim);
    let pin = bench.desk.world.chief.pin;
    let command = bench.command(&items[..2], CHIEF, pin);
    let report = std::thread::scope(|scope| {
        let signing = scope.spawn(|| engine.handle(command).unwrap());
        bench
            .desk
            .until("a signature that waits", || shim.is_waiting().then_some(()));
        engine.handle(StopSigning {}).unwrap();
        let second = engine.handle(bench.command(&items[2..], CHIEF, pin));
        assert_eq!(second.unwrap_err().code, Code::SigningRuns);
        shim.open_gate().unwrap();
        signing.join().unwrap()
    });
    assert_eq!(report.stopped.unwrap().code, Code::SigningStopped);
    assert_eq!(bench.awaiting(&items, 1), [false, true, true]);
    assert_eq!(bench.logins(), [typed(pin)]);
    assert_eq!(bench.sign(&items[1..], CHIEF).stopped, None);
}

#[test]
fn a_key_that_asks_each_time_is_given_the_pin_of_this_batch_and_no_more() {
    let mut bench = Bench::new();
    let items = bench.submitted(2);
    bench
        .shim
        .script(|s| s.faults = [Fault::AlwaysAuthenticate].into())
        .unwrap();
    assert_eq!(bench.sign(&items, CHIEF).stopped, None);
    let mark = fingerprint(bench.desk.world.chief.pin.as_bytes());
    let expected = [1, 2, 2].map(|user| (user, mark.clone()));
    assert_eq!(bench.logins(), expected);
}

#[test]
fn a_reader_with_its_own_keys_signs_without_a_pin_from_the_window() {
    let mut bench = Bench::new();
    let items = bench.submitted(1);
    let pin = bench.desk.world.chief.pin.to_owned();
    bench
        .shim
        .script(|s| {
            s.faults = [Fault::ProtectedPath].into();
            s.typed = pin;
        })
        .unwrap();
    assert!(bench.token(CHIEF).protected_path);
    assert_eq!(bench.sign_with(&items, CHIEF, "").stopped, None);
    assert_eq!(bench.logins(), [(1, "none".to_owned())]);
}

#[test]
fn the_process_that_was_given_a_pin_ends_with_the_batch_and_another_one_follows_the_readers() {
    let bench = Bench::new();
    let id = bench.submitted(1)[0];
    bench.tokens();
    let started = || {
        let calls = bench.shim.calls();
        calls.iter().filter(|c| c.name == "C_Initialize").count()
    };
    let before = started();
    assert_eq!(bench.sign(&[id], CHIEF).stopped, None);
    bench.tokens();
    assert_eq!(started(), before + 1);
    // a wrong PIN is no less a PIN
    bench.sign_with(&[id], OWNER, "999999");
    bench.tokens();
    assert_eq!(started(), before + 2);
}
