//! Listing, login and signatures on SoftHSM2.

use hoso_testkit::ca::{KeyType, Usage, Validity, new_key};
use hoso_token::{Algorithm, KeyKind, KeyPresence, Pin, TokenError};

use crate::desk::{DATA, Desk, verify};

#[test]
fn both_tokens_are_listed_with_their_certificates_and_the_uninitialised_one_is_not() {
    let desk = Desk::new();
    let survey = desk.host().survey().unwrap();
    assert_eq!(survey.unreadable, []);
    assert_eq!(survey.tokens.len(), 2);
    for (made, issued, kind) in [
        (&desk.rsa.0, &desk.rsa.1, KeyKind::Rsa { bits: 2048 }),
        (&desk.ec.0, &desk.ec.1, KeyKind::EcP256),
    ] {
        let token = survey
            .tokens
            .iter()
            .find(|t| t.serial == made.serial)
            .unwrap();
        assert_eq!(token.label, made.label);
        assert!(token.pin.initialised && !token.pin.locked && !token.protected_path);
        assert!(token.pin_min >= 1 && token.pin_max >= 6);
        let [certificate] = token.certificates.as_slice() else {
            panic!("one certificate")
        };
        assert_eq!(certificate.der, issued.certificate_der);
        assert_eq!(certificate.digest, issued.digest);
        assert_eq!(
            (certificate.kind, certificate.id.as_slice()),
            (kind, &[1u8][..])
        );
        // SoftHSM2 hides keys until the login: nothing is claimed before.
        assert_eq!(certificate.key, KeyPresence::Unknown);
        assert!(!certificate.algorithms.is_empty());
    }
}

#[test]
fn signatures_of_each_algorithm_verify_with_openssl_and_one_login_serves_many() {
    let desk = Desk::new();
    let mut host = desk.host();
    for ((made, issued), algorithms) in [
        (
            &desk.rsa,
            &[Algorithm::RsaPkcs1Sha256, Algorithm::RsaPssSha256][..],
        ),
        (&desk.ec, &[Algorithm::EcdsaP256Sha256][..]),
    ] {
        let pin = Some(Pin::from(made.pin.as_str()));
        let mut login = host.open(&made.serial, issued.digest, pin).unwrap();
        assert_eq!(login.opened().algorithms, algorithms);
        for algorithm in algorithms {
            for _ in 0..3 {
                let signature = login.sign(DATA, *algorithm).unwrap();
                assert!(verify(issued, *algorithm, &signature), "{algorithm:?}");
            }
        }
    }
}

#[test]
fn the_preferred_algorithm_is_taken_only_where_it_is_offered() {
    let desk = Desk::new();
    let mut host = desk.host();
    let (made, issued) = &desk.ec;
    let mut login = host
        .open(
            &made.serial,
            issued.digest,
            Some(Pin::from(made.pin.as_str())),
        )
        .unwrap();
    assert_eq!(
        login.algorithm(Algorithm::RsaPssSha256),
        Some(Algorithm::EcdsaP256Sha256)
    );
    assert_eq!(
        login.sign(DATA, Algorithm::RsaPkcs1Sha256),
        Err(TokenError::NoMechanism {
            algorithm: Algorithm::RsaPkcs1Sha256
        })
    );
}

#[test]
fn a_wrong_pin_is_told_as_such_and_the_right_one_works_afterwards() {
    let desk = Desk::new();
    let mut host = desk.host();
    let (made, issued) = &desk.rsa;
    let error = host
        .open(&made.serial, issued.digest, Some(Pin::from("111111")))
        .unwrap_err();
    assert!(
        matches!(error, TokenError::WrongPin { .. }) && error.spent_a_try(),
        "{error}"
    );
    // SoftHSM2 raises COUNT_LOW after a wrong try: read again after it, and told by the next list.
    let TokenError::WrongPin { flags } = error else {
        unreachable!()
    };
    assert!(flags.count_low);
    let tokens = host.tokens().unwrap();
    assert!(
        tokens
            .iter()
            .find(|t| t.serial == made.serial)
            .unwrap()
            .pin
            .count_low
    );

    let login = host
        .open(&made.serial, issued.digest, Some(Pin::from("246810")))
        .unwrap();
    assert!(login.opened().before.count_low);
    assert!(
        !login.opened().after.count_low,
        "a success sets the count back"
    );
}

#[test]
fn a_pin_outside_the_bounds_or_none_at_all_costs_no_try() {
    let desk = Desk::new();
    let mut host = desk.host();
    let (made, issued) = &desk.rsa;
    let mut open = |pin| {
        host.open(&made.serial, issued.digest, pin)
            .map(drop)
            .unwrap_err()
    };
    assert!(matches!(
        open(Some(Pin::from("1"))),
        TokenError::PinLength { min: 4, .. }
    ));
    assert!(matches!(
        open(Some(Pin::from(""))),
        TokenError::PinLength { .. }
    ));
    assert_eq!(open(None), TokenError::PinNeeded);
    let tokens = host.tokens().unwrap();
    let pin = tokens.iter().find(|t| t.serial == made.serial).unwrap().pin;
    assert!(!pin.count_low, "the token saw a try");
}

#[test]
fn an_unknown_token_or_certificate_costs_no_try() {
    let desk = Desk::new();
    let mut host = desk.host();
    let pin = || Some(Pin::from("000000"));
    let error = host
        .open("none", desk.rsa.1.digest, pin())
        .map(drop)
        .unwrap_err();
    assert_eq!(
        error,
        TokenError::NoSuchToken {
            serial: "none".into()
        }
    );
    // The certificate of the other token.
    let error = host
        .open(&desk.rsa.0.serial, desk.ec.1.digest, pin())
        .map(drop)
        .unwrap_err();
    assert_eq!(error, TokenError::NoSuchCertificate);
    assert!(host.tokens().unwrap().iter().all(|t| !t.pin.count_low));
}

#[test]
fn the_certificate_chosen_signs_even_where_two_stand_on_one_token() {
    let desk = Desk::new();
    let (made, first) = &desk.rsa;
    let issue = |name| {
        desk.ca
            .issue(
                name,
                "Chủ tài khoản",
                "Xã",
                Usage::Signing,
                Validity::Current,
            )
            .unwrap()
    };
    let second = issue("Second");
    desk.hsm
        .add_pair(&made.label, &made.pin, &second, "02")
        .unwrap();
    // A certificate whose id names the key of another one.
    let orphan = issue("Orphan");
    desk.hsm
        .add_certificate(&made.label, &made.pin, &orphan, "01")
        .unwrap();

    let mut host = desk.host();
    let pin = || Some(Pin::from(made.pin.as_str()));
    for issued in [first, &second] {
        let mut login = host.open(&made.serial, issued.digest, pin()).unwrap();
        let signature = login.sign(DATA, Algorithm::RsaPkcs1Sha256).unwrap();
        assert!(verify(issued, Algorithm::RsaPkcs1Sha256, &signature));
    }
    let error = host
        .open(&made.serial, orphan.digest, pin())
        .map(drop)
        .unwrap_err();
    assert_eq!(error, TokenError::NoPrivateKey);
}

#[test]
fn after_the_login_is_dropped_nothing_can_be_signed() {
    let desk = Desk::new();
    let mut host = desk.host();
    let (made, issued) = &desk.rsa;
    let pin = || Some(Pin::from(made.pin.as_str()));
    drop(host.open(&made.serial, issued.digest, pin()).unwrap());
    // A login that fails leaves none behind either: the module itself is asked by a second login,
    // which would be refused as "already logged in" with a wrong PIN accepted.
    let error = host
        .open(&made.serial, issued.digest, Some(Pin::from("999999")))
        .map(drop);
    assert!(
        matches!(error, Err(TokenError::WrongPin { .. })),
        "{error:?}"
    );
}

#[test]
fn a_key_of_before_2020_is_seen_and_named_and_never_signs() {
    let desk = Desk::new();
    let key = new_key(KeyType::Rsa1024).unwrap();
    let (usage, validity) = (Usage::Signing, Validity::Current);
    let issued = desk
        .ca
        .issue_for(key, "Old", "Chủ tài khoản", "Xã", usage, validity)
        .unwrap();
    let made = desk.hsm.add_token("Old", "13572468", "87654321", &issued);
    let made = made.unwrap();
    let mut host = desk.host();
    let tokens = host.tokens().unwrap();
    let token = tokens.iter().find(|t| t.serial == made.serial).unwrap();
    let [certificate] = token.certificates.as_slice() else {
        panic!("one certificate")
    };
    assert_eq!(certificate.kind, KeyKind::Rsa { bits: 1024 });
    assert_eq!(certificate.algorithms, []);
    let pin = Some(Pin::from("13572468"));
    let mut login = host.open(&made.serial, issued.digest, pin).unwrap();
    let algorithm = Algorithm::RsaPkcs1Sha256;
    let refused = Err(TokenError::NoMechanism { algorithm });
    assert_eq!(login.sign(DATA, algorithm), refused);
}
