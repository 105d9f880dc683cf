//! PINs: warned of before a try, locked, changed, unblocked — and never sent but as typed.

use hoso_testkit::shim::{Fault, Shim, fingerprint};
use hoso_token::{Algorithm, Host, Pin, PinFlags, TokenError};

use crate::desk::{DATA, Desk, behind, logins, pin, typed, verify};

const PUK: &str = "87654321";

fn flags(host: &mut Host, desk: &Desk) -> PinFlags {
    let tokens = host.tokens().unwrap();
    let token = tokens.iter().find(|t| t.serial == desk.rsa.0.serial);
    token.unwrap().pin
}

fn some(typed: &str) -> Option<Pin> {
    Some(Pin::from(typed))
}

/// Spends tries with PINs that differ.
fn wrong(host: &mut Host, desk: &Desk, typed: &str) -> TokenError {
    let (made, issued) = &desk.rsa;
    host.open(&made.serial, issued.digest, some(typed))
        .map(drop)
        .unwrap_err()
}

fn locking(desk: &Desk, tries: u32, faults: impl IntoIterator<Item = Fault>) -> Shim {
    let mut shim = desk.shim(faults);
    shim.script(|s| s.tries = Some(tries)).unwrap();
    shim
}

#[test]
fn the_flags_warn_before_each_try_down_to_the_lock() {
    let desk = Desk::new();
    let shim = locking(&desk, 3, []);
    let mut host = behind(&shim);
    let now = flags(&mut host, &desk);
    assert!(!now.count_low && !now.final_try && !now.locked);
    for (typed, low, last, locked) in [
        ("111111", true, false, false),
        ("222222", true, true, false),
        ("333333", false, false, true),
    ] {
        let TokenError::WrongPin { flags: told } = wrong(&mut host, &desk, typed) else {
            panic!("{typed}")
        };
        assert_eq!(
            (told.count_low, told.final_try, told.locked),
            (low, last, locked)
        );
        // and the next look says the same before another is spent
        assert_eq!(flags(&mut host, &desk), told);
    }
    let error = wrong(&mut host, &desk, &desk.rsa.0.pin);
    assert!(matches!(error, TokenError::PinLocked { .. }), "{error}");
    assert!(!error.spent_a_try());
    let made = &desk.rsa.0;
    let refused = host.change_pin(&made.serial, pin(made), some("97531864"));
    assert!(
        matches!(refused, Err(TokenError::PinLocked { .. })),
        "{refused:?}"
    );
    // the right one came after the lock, and reached nobody
    let sent = ["111111", "222222", "333333"].map(|wrong| typed(1, wrong));
    assert_eq!(logins(&shim), sent);
    assert!(shim.calls().iter().all(|c| c.name != "C_SetPIN"));
}

#[test]
fn a_module_without_flags_still_tells_a_wrong_pin_and_a_lock() {
    let desk = Desk::new();
    let shim = locking(&desk, 2, [Fault::SilentFlags]);
    let mut host = behind(&shim);
    for typed in ["111111", "222222"] {
        let error = wrong(&mut host, &desk, typed);
        let TokenError::WrongPin { flags } = error else {
            panic!("{error}")
        };
        assert!(!flags.count_low && !flags.final_try && !flags.locked);
    }
    let error = wrong(&mut host, &desk, "333333");
    assert!(matches!(error, TokenError::PinLocked { .. }), "{error}");
}

#[test]
fn a_pin_to_be_changed_is_flagged_until_it_is() {
    let desk = Desk::new();
    let shim = desk.shim([Fault::ToBeChanged]);
    let mut host = behind(&shim);
    assert!(flags(&mut host, &desk).to_be_changed);
    let made = &desk.rsa.0;
    let after = host
        .change_pin(&made.serial, pin(made), some("97531864"))
        .unwrap();
    assert!(!after.to_be_changed && !flags(&mut host, &desk).to_be_changed);
}

#[test]
fn a_pin_is_changed_with_one_try_and_the_new_one_signs() {
    let desk = Desk::new();
    let shim = locking(&desk, 5, []);
    let mut host = behind(&shim);
    let (made, issued) = &desk.rsa;
    // A wrong old PIN is one try, told as such.
    let refused = host.change_pin(&made.serial, some("111111"), some("97531864"));
    let Err(TokenError::WrongPin { flags }) = refused else {
        panic!("{refused:?}")
    };
    assert!(flags.count_low);
    // A new one out of bounds, an empty or missing one: nothing is sent at all.
    let sent = shim.calls().len();
    for (old, new) in [
        (some(&made.pin), some("1")),
        (some(""), some("97531864")),
        (None, None),
        (some(&made.pin), None),
    ] {
        host.change_pin(&made.serial, old, new).unwrap_err();
    }
    let later = shim.calls().split_off(sent);
    assert!(later.iter().all(|c| c.pins.is_empty()), "{later:?}");
    let error = host
        .change_pin(&made.serial, some(&made.pin), some("1"))
        .unwrap_err();
    assert!(
        matches!(error, TokenError::NewPinLength { min: 4, .. }),
        "{error}"
    );

    let after = host
        .change_pin(&made.serial, some(&made.pin), some("97531864"))
        .unwrap();
    assert!(!after.count_low);
    let mut login = host
        .open(&made.serial, issued.digest, some("97531864"))
        .unwrap();
    let signature = login.sign(DATA, Algorithm::RsaPkcs1Sha256).unwrap();
    assert!(verify(issued, Algorithm::RsaPkcs1Sha256, &signature));
    drop(login);
    let changes: Vec<_> = shim
        .calls()
        .into_iter()
        .filter(|c| c.name == "C_SetPIN")
        .map(|c| c.pins)
        .collect();
    let marks =
        |old: &str, new: &str| vec![fingerprint(old.as_bytes()), fingerprint(new.as_bytes())];
    assert_eq!(
        changes,
        [marks("111111", "97531864"), marks(&made.pin, "97531864")]
    );
    assert_eq!(logins(&shim), [typed(1, "97531864")]);
}

#[test]
fn a_locked_pin_is_set_anew_by_the_puk_and_a_wrong_puk_is_not_a_wrong_pin() {
    let desk = Desk::new();
    let shim = locking(&desk, 1, []);
    let mut host = behind(&shim);
    let (made, issued) = &desk.rsa;
    wrong(&mut host, &desk, "111111");
    assert!(flags(&mut host, &desk).locked);
    let error = host
        .unblock(&made.serial, some("00000000"), some("97531864"))
        .unwrap_err();
    assert!(matches!(error, TokenError::WrongPuk { .. }), "{error}");
    assert!(!error.spent_a_try());
    let after = host
        .unblock(&made.serial, some(PUK), some("97531864"))
        .unwrap();
    assert!(!after.locked);
    let login = host.open(&made.serial, issued.digest, some("97531864"));
    drop(login.unwrap());
    assert_eq!(
        logins(&shim),
        [
            typed(1, "111111"),
            typed(0, "00000000"),
            typed(0, PUK),
            typed(1, "97531864")
        ]
    );
}

#[test]
fn a_reader_with_its_own_keys_gets_neither_pin_nor_puk() {
    let desk = Desk::new();
    let shim = desk.shim([Fault::ProtectedPath]);
    let mut host = behind(&shim);
    let made = &desk.rsa.0;
    for result in [
        host.change_pin(&made.serial, pin(made), some("97531864")),
        host.unblock(&made.serial, some(PUK), some("97531864")),
    ] {
        assert_eq!(result, Err(TokenError::PinOnReader));
    }
    // The reader asks by itself; SoftHSM2 has none, and says so in its way.
    host.change_pin(&made.serial, None, None).unwrap_err();
    let sent: Vec<_> = shim.calls().into_iter().flat_map(|c| c.pins).collect();
    assert_eq!(sent, ["none", "none"]);
}

#[test]
fn where_two_tokens_tell_one_serial_the_certificate_decides_and_nothing_else_does() {
    let desk = Desk::new();
    let shim = desk.shim([Fault::SameSerial]);
    let mut host = behind(&shim);
    let error = host
        .change_pin("4711", some("246810"), some("97531864"))
        .unwrap_err();
    let serial = || "4711".to_owned();
    assert_eq!(error, TokenError::TwinTokens { serial: serial() });
    assert!(shim.calls().iter().all(|c| c.pins.is_empty()));
    for (made, issued) in [&desk.rsa, &desk.ec] {
        let login = host.open("4711", issued.digest, pin(made));
        drop(login.unwrap());
    }
    let error = host.change_pin("0000", some("246810"), some("97531864"));
    assert!(matches!(error, Err(TokenError::NoSuchToken { .. })));
}
