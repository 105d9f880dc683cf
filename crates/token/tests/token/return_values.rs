//! Every return value of PKCS#11, from the module's mouth: what it is taken for, and that none makes
//! the program send a PIN again.

use hoso_testkit::shim::{Act, fingerprint};
use hoso_token::{Algorithm, TokenError, return_values, situation};

use crate::desk::{DATA, Desk, behind, logins, pin};

const LOGIN_STANDS: u64 = 0x100;

#[test]
fn whatever_a_login_answers_the_pin_goes_out_once_and_only_one_answer_is_a_wrong_pin() {
    let desk = Desk::new();
    let (made, issued) = &desk.rsa;
    let mut shim = desk.shim([]);
    let mut host = behind(&shim);
    for (number, (name, value)) in (1..).zip(return_values()) {
        shim.heal().unwrap();
        shim.rule("C_Login", 0, Act::Return(value)).unwrap();
        let result = host.open(&made.serial, issued.digest, pin(made)).map(drop);
        let sent = logins(&shim);
        assert_eq!(sent.len(), number, "{name}");
        assert_eq!(sent[number - 1], (1, fingerprint(made.pin.as_bytes())));
        // somebody's login stands: nothing was tried
        if value == LOGIN_STANDS {
            continue;
        }
        let error = result.unwrap_err();
        assert_eq!(
            error.spent_a_try(),
            name == "CKR_PIN_INCORRECT",
            "{name}: {error}"
        );
        assert!(host.is_alive(), "{name}");
    }
}

#[test]
fn whatever_a_signature_answers_it_is_told_by_name_and_nothing_is_tried_again() {
    let desk = Desk::new();
    let (made, issued) = &desk.rsa;
    let mut shim = desk.shim([]);
    let mut host = behind(&shim);
    let mut opened = 0;
    for (name, value) in return_values() {
        shim.heal().unwrap();
        let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
        opened += 1;
        shim.rule("C_Sign", 0, Act::Return(value)).unwrap();
        let error = login.sign(DATA, Algorithm::RsaPkcs1Sha256).unwrap_err();
        drop(login);
        assert_eq!(Some(&error), situation(value).as_ref(), "{name}");
        let told = error.return_value();
        assert!(
            told == Some(name) || matches!(error, TokenError::PinLength { .. }),
            "{name}: {error}"
        );
        assert_eq!(logins(&shim).len(), opened, "{name}");
    }
}

#[test]
fn a_vendors_own_value_is_handed_on_by_number() {
    let error = situation(0x8000_0007).unwrap();
    assert_eq!(error.return_value(), Some("vendor code 0x80000007"));
    assert_eq!(situation(0), None);
}
