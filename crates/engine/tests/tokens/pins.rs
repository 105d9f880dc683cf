//! The PIN: warned of before, counted by ourselves, changed, unlocked; and the token's test.

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::*;
use hoso_engine::Handle;
use hoso_testkit::shim::{Act, Fault};

use crate::bench::{Bench, CHIEF, typed};

/// `CKR_PIN_INCORRECT`.
const PIN_INCORRECT: u64 = 0xa0;

fn change(bench: &Bench, old: &str, new: &str) -> Result<TokensView, hoso_contract::AppError> {
    let token = bench.token(CHIEF);
    bench.desk.engine.handle(ChangeTokenPin {
        module: token.module,
        serial: token.serial,
        old: Secret(old.to_owned()),
        new: Secret(new.to_owned()),
    })
}

fn unblock(bench: &Bench, puk: &str, new: &str) -> Result<TokensView, hoso_contract::AppError> {
    let token = bench.token(CHIEF);
    bench.desk.engine.handle(UnblockToken {
        module: token.module,
        serial: token.serial,
        puk: Secret(puk.to_owned()),
        new: Secret(new.to_owned()),
    })
}

#[test]
fn a_token_never_used_here_says_that_nothing_is_known_and_a_silent_one_shows_our_own_count() {
    let mut bench = Bench::new();
    let items = bench.submitted(1);
    bench
        .shim
        .script(|s| s.faults = [Fault::SilentFlags].into())
        .unwrap();
    assert_eq!(bench.token(CHIEF).warnings, ["untried"]);
    bench.sign_with(&items, CHIEF, "111111");
    let token = bench.token(CHIEF);
    assert_eq!(
        (token.warnings, token.wrong_tries),
        (vec!["unknown".to_owned()], 1)
    );
    bench.sign(&items, CHIEF);
    let token = bench.token(CHIEF);
    assert_eq!((token.warnings, token.wrong_tries), (vec![], 0));
}

#[test]
fn the_last_try_is_warned_of_and_the_lock_is_told_with_no_pin_sent_after_it() {
    let mut bench = Bench::new();
    let items = bench.submitted(1);
    bench.shim.script(|s| s.tries = Some(2)).unwrap();
    let report = bench.sign_with(&items, CHIEF, "111111");
    let stopped = report.stopped.unwrap();
    assert_eq!(
        (stopped.code, stopped.params["final"].as_str()),
        (Code::TokenWrongPin, "1")
    );
    assert_eq!(bench.token(CHIEF).warnings, ["final-try"]);
    let report = bench.sign_with(&items, CHIEF, "222222");
    assert_eq!(report.stopped.unwrap().code, Code::TokenLocked);
    assert_eq!(bench.token(CHIEF).warnings, ["locked"]);
    // not even the right one goes to a token that says it is locked
    let report = bench.sign(&items, CHIEF);
    assert_eq!(report.stopped.unwrap().code, Code::TokenLocked);
    let test = tested(&bench, bench.desk.world.chief.pin);
    assert_eq!(
        test.steps[5].error.as_ref().unwrap().code,
        Code::TokenLocked
    );
    assert_eq!(bench.logins(), [typed("111111"), typed("222222")]);
}

#[test]
fn a_wrong_pin_where_the_key_asks_again_ends_the_batch_and_is_counted_until_it_signs() {
    let mut bench = Bench::new();
    let items = bench.submitted(2);
    bench
        .shim
        .script(|s| s.faults = [Fault::AlwaysAuthenticate].into())
        .unwrap();
    // the login passes, and the key refuses
    bench
        .shim
        .rule("C_Login", 2, Act::Return(PIN_INCORRECT))
        .unwrap();
    let wrong = |error: &hoso_contract::AppError| (error.code, error.params["wrong"].clone());
    for count in ["1", "2"] {
        let report = bench.sign(&items, CHIEF);
        let expected = (Code::TokenWrongPin, count.to_owned());
        assert_eq!(wrong(report.stopped.as_ref().unwrap()), expected);
        assert_eq!(report.items.len(), 1);
        assert_eq!(bench.token(CHIEF).wrong_tries.to_string(), count);
    }
    let test = tested(&bench, bench.desk.world.chief.pin);
    let expected = (Code::TokenWrongPin, "3".to_owned());
    assert_eq!(wrong(test.steps[6].error.as_ref().unwrap()), expected);
    assert_eq!(bench.awaiting(&items, 1), [true, true]);
    // each time one to the token and one to the key: none was repeated
    assert_eq!(bench.logins().len(), 6);
    bench.shim.heal().unwrap();
    assert_eq!(bench.sign(&items, CHIEF).stopped, None);
    assert_eq!(bench.token(CHIEF).wrong_tries, 0);
}

#[test]
fn a_pin_is_changed_here_and_a_wrong_old_one_is_counted() {
    let bench = Bench::new();
    let items = bench.submitted(1);
    let error = change(&bench, "111111", "97531864").unwrap_err();
    assert_eq!(
        (error.code, error.params["wrong"].as_str()),
        (Code::TokenWrongPin, "1")
    );
    let pin = bench.desk.world.chief.pin;
    let error = change(&bench, pin, "1").unwrap_err();
    assert_eq!(error.code, Code::TokenNewPinLength);
    change(&bench, pin, "97531864").unwrap();
    assert_eq!(bench.sign_with(&items, CHIEF, "97531864").stopped, None);
    let pins: Vec<_> = bench
        .shim
        .calls()
        .into_iter()
        .filter(|c| c.name == "C_SetPIN")
        .collect();
    assert_eq!(pins.len(), 2, "one for each try that was typed");
}

#[test]
fn a_locked_pin_is_unlocked_by_the_puk_and_a_wrong_puk_is_told_as_such() {
    let mut bench = Bench::new();
    let items = bench.submitted(1);
    bench.shim.script(|s| s.tries = Some(1)).unwrap();
    bench.sign_with(&items, CHIEF, "111111");
    let error = unblock(&bench, "00000000", "97531864").unwrap_err();
    assert_eq!(
        (error.code, error.params["wrong"].as_str()),
        (Code::TokenWrongPuk, "1")
    );
    // a wrong PUK is no wrong PIN
    assert_eq!(bench.token(CHIEF).wrong_tries, 1);
    unblock(&bench, "87654321", "97531864").unwrap();
    assert_eq!(bench.sign_with(&items, CHIEF, "97531864").stopped, None);
}

#[test]
fn a_pin_goes_to_no_module_but_those_this_pc_uses() {
    let bench = Bench::new();
    let token = bench.token(CHIEF);
    let error = bench
        .desk
        .engine
        .handle(ChangeTokenPin {
            module: "/usr/lib/other.so".to_owned(),
            serial: token.serial,
            old: Secret("246810".to_owned()),
            new: Secret("97531864".to_owned()),
        })
        .unwrap_err();
    assert_eq!(error.code, Code::NoToken);
    assert!(bench.shim.calls().iter().all(|c| c.pins.is_empty()));
}

#[test]
fn a_pin_that_everybody_knows_is_warned_of_after_it_worked() {
    let bench = Bench::new();
    let items = bench.submitted(1);
    change(&bench, bench.desk.world.chief.pin, "12345678").unwrap();
    let report = bench.sign_with(&items, CHIEF, "12345678");
    assert_eq!(
        (report.stopped, report.warnings),
        (None, vec!["default-pin".to_owned()])
    );
}

fn tested(bench: &Bench, pin: &str) -> TokenTest {
    bench
        .desk
        .engine
        .handle(TestToken {
            certificate: bench.desk.world.chief.certificate(),
            pin: Secret(pin.to_owned()),
        })
        .unwrap()
}

fn states(test: &TokenTest) -> Vec<(&str, TestState)> {
    test.steps
        .iter()
        .map(|s| (s.name.as_str(), s.state))
        .collect()
}

#[test]
fn the_test_of_a_good_token_signs_once_and_says_what_it_found() {
    use TestState::Good;
    let bench = Bench::new();
    let test = tested(&bench, bench.desk.world.chief.pin);
    assert!(test.passed, "{test:?}");
    assert_eq!(
        states(&test),
        [
            ("driver", Good),
            ("token", Good),
            ("certificate", Good),
            ("authority", Good),
            ("register", Good),
            ("pin", Good),
            ("signature", Good),
        ]
    );
    assert_eq!(test.steps[2].found, "Lò Thị Hoa");
    assert_eq!(test.steps[3].found, "CA thử nghiệm Hoso");
    assert_eq!(bench.logins(), [typed(bench.desk.world.chief.pin)]);
}

#[test]
fn the_test_stops_at_what_is_wrong_and_spends_one_try_at_most() {
    use TestState::{Bad, NotReached};
    let bench = Bench::new();
    let test = tested(&bench, "111111");
    assert!(!test.passed);
    let last: Vec<_> = states(&test).split_off(5);
    assert_eq!(last, [("pin", Bad), ("signature", NotReached)]);
    assert_eq!(
        test.steps[5].error.as_ref().unwrap().code,
        Code::TokenWrongPin
    );
    assert_eq!(bench.logins(), [typed("111111")]);

    bench
        .shim
        .pull(&bench.desk.world.chief.token.label)
        .unwrap();
    let test = tested(&bench, bench.desk.world.chief.pin);
    assert_eq!(test.steps[0].error.as_ref().unwrap().code, Code::NoToken);
    assert_eq!(bench.logins().len(), 1);
}
