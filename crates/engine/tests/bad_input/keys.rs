//! Wrong PINs, wrong recovery codes, and two programs at one store.

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::Boot;
use hoso_engine::Handle;

use crate::desk::{Desk, engine};

#[test]
fn wrong_pins_are_counted_and_slow_down() {
    let mut desk = Desk::ready();
    let short = AddPerson {
        name: "Lò Văn Tú".to_owned(),
        pin: Secret("12345".to_owned()),
    };
    let short = desk.engine.handle(short).unwrap_err();
    assert_eq!(short.code, Code::PinTooShort);
    assert_eq!(short.params["min"], "6");

    desk.engine.handle(Lock {}).unwrap();
    for wrong in 1..=3 {
        let error = desk.unlock_with("000000").unwrap_err();
        assert_eq!(error.code, Code::WrongPin);
        assert_eq!(error.params["wrong"], wrong.to_string());
    }
    // now also the right one waits, and a restart does not help
    for _ in 0..2 {
        let error = desk.unlock().unwrap_err();
        assert_eq!(error.code, Code::TryLater);
        let seconds: u64 = error.params["seconds"].parse().unwrap();
        assert!((1..=5).contains(&seconds), "{seconds}");
        desk.restart();
    }
    assert_eq!(
        desk.engine.handle(GetToday {}).unwrap_err().code,
        Code::Locked
    );
}

#[test]
fn only_the_printed_recovery_code_opens_and_sets_a_new_pin() {
    let mut desk = Desk::new();
    let (session, code) = desk.first_run();
    let id = desk.draft("Tiền điện", "1.000.000");
    desk.restart();
    let with = |code: &str, new_pin: &str| UnlockWithRecovery {
        code: Secret(code.to_owned()),
        person: session.person.person,
        new_pin: Secret(new_pin.to_owned()),
    };
    let other = "0000-0000-0000-0000-0000-0000-0000-0000";
    for wrong in ["", "0000", "không phải mã", other] {
        let error = desk.engine.handle(with(wrong, "741852")).unwrap_err();
        assert_eq!(error.code, Code::WrongRecoveryCode, "{wrong}");
    }
    let short = desk.engine.handle(with(&code, "1")).unwrap_err();
    assert_eq!(short.code, Code::PinTooShort);
    // as a person types it
    let typed = code.to_lowercase().replace('-', " ");
    desk.engine.handle(with(&typed, "741852")).unwrap();
    assert_eq!(desk.view(id).id, id);
    desk.restart();
    assert_eq!(desk.unlock().unwrap_err().code, Code::WrongPin);
    desk.unlock_with("741852").unwrap();
}

#[test]
fn a_second_program_at_the_same_store_is_told_and_disturbs_nothing() {
    let desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    let second = engine(&desk.home, &desk.heard);
    let Boot::Locked { people } = second.handle(BootUp {}).unwrap() else {
        panic!("not locked")
    };
    let unlock = Unlock {
        person: people[0].person,
        pin: Secret(crate::desk::PIN.to_owned()),
    };
    let error = second.handle(unlock.clone()).unwrap_err();
    assert_eq!(error.code, Code::StoreInUse);
    assert_eq!(error.params["pid"], std::process::id().to_string());
    // the first works on
    desk.save(&desk.view(id));
    desk.engine.handle(Lock {}).unwrap();
    // and gives way when it is locked
    second.handle(unlock).unwrap();
}

#[test]
fn a_second_program_counts_no_try_and_changes_no_slot() {
    let desk = Desk::new();
    let (session, code) = desk.first_run();
    let person = session.person.person;
    let envelope = desk.home.join("store/envelope.json");
    let before = std::fs::read(&envelope).unwrap();
    let second = engine(&desk.home, &desk.heard);
    // told at once, and not first that the PIN was wrong
    for pin in ["000000", "000000", "000000", "000000", crate::desk::PIN] {
        let pin = Secret(pin.to_owned());
        let error = second.handle(Unlock { person, pin }).unwrap_err();
        assert_eq!(error.code, Code::StoreInUse);
    }
    let other = "0000-0000-0000-0000-0000-0000-0000-0000";
    for code in [other, code.as_str()] {
        let error = second
            .handle(UnlockWithRecovery {
                code: Secret(code.to_owned()),
                person,
                new_pin: Secret("741852".to_owned()),
            })
            .unwrap_err();
        assert_eq!(error.code, Code::StoreInUse);
    }
    assert_eq!(std::fs::read(&envelope).unwrap(), before);
    // the PIN is the one it was, for both
    desk.engine.handle(Lock {}).unwrap();
    let pin = Secret(crate::desk::PIN.to_owned());
    second.handle(Unlock { person, pin }).unwrap();
}
