//! Tokens that come and go.

use hoso_testkit::shim::{Act, Fault};
use hoso_token::{Algorithm, TokenError};

use crate::desk::{DATA, Desk, behind, logins, pin, typed, verify};

const RSA: Algorithm = Algorithm::RsaPkcs1Sha256;

#[test]
fn coming_and_going_is_noticed_with_the_modules_events_and_without() {
    let desk = Desk::new();
    for faults in [vec![], vec![Fault::SlotEvents]] {
        let shim = desk.shim(faults.clone());
        let mut host = behind(&shim);
        assert_eq!(host.tokens().unwrap().len(), 2);
        assert!(!host.changed().unwrap(), "{faults:?}");
        shim.pull("Lo Thi Hoa").unwrap();
        assert!(host.changed().unwrap(), "{faults:?}");
        assert!(!host.changed().unwrap(), "told twice: {faults:?}");
        assert_eq!(host.tokens().unwrap().len(), 1);
        shim.insert("Lo Thi Hoa").unwrap();
        assert!(host.changed().unwrap(), "{faults:?}");
        assert_eq!(host.tokens().unwrap().len(), 2);
        // a survey knows what it saw
        shim.pull("Vang A Su").unwrap();
        host.tokens().unwrap();
        assert!(!host.changed().unwrap(), "{faults:?}");
        assert_eq!(logins(&shim), []);
    }
}

#[test]
fn a_token_pulled_while_it_signs_needs_its_pin_again_once_it_is_back() {
    let desk = Desk::new();
    let (made, issued) = &desk.rsa;
    let mut shim = desk.shim([]);
    shim.rule("C_Sign", 3, Act::Pull).unwrap();
    let mut host = behind(&shim);
    let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
    for _ in 0..2 {
        assert!(verify(issued, RSA, &login.sign(DATA, RSA).unwrap()));
    }
    let error = login.sign(DATA, RSA).unwrap_err();
    assert!(matches!(error, TokenError::TokenRemoved { .. }), "{error}");
    drop(login);
    let error = host
        .open(&made.serial, issued.digest, pin(made))
        .map(drop)
        .unwrap_err();
    assert!(matches!(error, TokenError::NoSuchToken { .. }), "{error}");
    shim.insert(&made.label).unwrap();
    // Back in, it is a token without a login: a wrong PIN is wrong again.
    let wrong = host.open(&made.serial, issued.digest, Some("111111".into()));
    assert!(matches!(wrong.map(drop), Err(TokenError::WrongPin { .. })));
    let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
    assert!(verify(issued, RSA, &login.sign(DATA, RSA).unwrap()));
    drop(login);
    let right = || typed(1, &made.pin);
    assert_eq!(logins(&shim), [right(), typed(1, "111111"), right()]);
}

#[test]
fn a_token_pulled_between_two_signatures_is_removed_and_the_other_one_still_signs() {
    let desk = Desk::new();
    let (made, issued) = &desk.rsa;
    let shim = desk.shim([]);
    let mut host = behind(&shim);
    let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
    login.sign(DATA, RSA).unwrap();
    shim.pull(&made.label).unwrap();
    let error = login.sign(DATA, RSA).unwrap_err();
    assert!(matches!(error, TokenError::TokenRemoved { .. }), "{error}");
    drop(login);
    let (made, issued) = &desk.ec;
    let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
    let signature = login.sign(DATA, Algorithm::EcdsaP256Sha256).unwrap();
    assert!(verify(issued, Algorithm::EcdsaP256Sha256, &signature));
}

#[test]
fn a_token_pulled_before_the_pin_arrives_costs_no_try() {
    let desk = Desk::new();
    let (made, issued) = &desk.rsa;
    let shim = desk.shim([]);
    let mut host = behind(&shim);
    host.tokens().unwrap();
    shim.pull(&made.label).unwrap();
    host.open(&made.serial, issued.digest, pin(made))
        .map(drop)
        .unwrap_err();
    assert_eq!(logins(&shim), []);
}
