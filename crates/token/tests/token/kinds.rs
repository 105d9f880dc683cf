//! One suite over every kind of key and signature, with two readers and two signers.

use hoso_testkit::ca::{Issued, KeyType, Usage, Validity, new_key};
use hoso_testkit::softhsm::MadeToken;
use hoso_token::{Algorithm, KeyKind, Pin, TokenError};

use crate::desk::{DATA, Desk, verify};

const RSA: &[Algorithm] = &[Algorithm::RsaPkcs1Sha256, Algorithm::RsaPssSha256];
const EC: &[Algorithm] = &[Algorithm::EcdsaP256Sha256];

/// What a kind of key can do.
const KINDS: [(KeyType, KeyKind, &[Algorithm]); 4] = [
    (KeyType::Rsa2048, KeyKind::Rsa { bits: 2048 }, RSA),
    (KeyType::Rsa3072, KeyKind::Rsa { bits: 3072 }, RSA),
    (KeyType::P256, KeyKind::EcP256, EC),
    // tokens of before 2020: seen and named, never signed with
    (KeyType::Rsa1024, KeyKind::Rsa { bits: 1024 }, &[]),
];

fn add(desk: &Desk, label: &str, pin: &str, kind: KeyType) -> (MadeToken, Issued) {
    let key = new_key(kind).unwrap();
    let issued = desk
        .ca
        .issue_for(
            key,
            label,
            "Chủ tài khoản",
            "Xã",
            Usage::Signing,
            Validity::Current,
        )
        .unwrap();
    (
        desk.hsm.add_token(label, pin, "87654321", &issued).unwrap(),
        issued,
    )
}

#[test]
fn every_kind_of_key_signs_in_every_way_it_offers_and_in_no_other() {
    let desk = Desk::new();
    let tokens: Vec<_> = KINDS
        .iter()
        .map(|(kind, ..)| add(&desk, &format!("{kind:?}"), "13572468", *kind))
        .collect();
    let mut host = desk.host();
    let survey = host.survey().unwrap();
    for ((made, issued), (_, kind, algorithms)) in tokens.iter().zip(KINDS) {
        let token = survey.tokens.iter().find(|t| t.serial == made.serial);
        let [certificate] = token.unwrap().certificates.as_slice() else {
            panic!("{kind:?}: one certificate")
        };
        assert_eq!(certificate.kind, kind);
        assert_eq!(certificate.algorithms, algorithms, "{kind:?}");
        let mut login = host
            .open(&made.serial, issued.digest, Some(Pin::from("13572468")))
            .unwrap();
        for algorithm in RSA.iter().chain(EC) {
            let result = login.sign(DATA, *algorithm);
            if algorithms.contains(algorithm) {
                let signature = result.unwrap();
                assert!(
                    verify(issued, *algorithm, &signature),
                    "{kind:?} {algorithm:?}"
                );
            } else {
                let algorithm = *algorithm;
                assert_eq!(
                    result,
                    Err(TokenError::NoMechanism { algorithm }),
                    "{kind:?}"
                );
            }
        }
    }
}

#[test]
fn two_signers_at_two_readers_take_turns_and_neither_pin_opens_the_other() {
    let desk = Desk::new();
    let mut host = desk.host();
    for _ in 0..3 {
        for (made, issued) in [&desk.rsa, &desk.ec] {
            let other = if made.label == desk.rsa.0.label {
                &desk.ec.0
            } else {
                &desk.rsa.0
            };
            let crossed = host
                .open(
                    &made.serial,
                    issued.digest,
                    Some(Pin::from(other.pin.as_str())),
                )
                .map(drop);
            assert!(
                matches!(crossed, Err(TokenError::WrongPin { .. })),
                "{crossed:?}"
            );
            let mut login = host
                .open(
                    &made.serial,
                    issued.digest,
                    Some(Pin::from(made.pin.as_str())),
                )
                .unwrap();
            let algorithm = login.opened().algorithms[0];
            let signature = login.sign(DATA, algorithm).unwrap();
            assert!(verify(issued, algorithm, &signature));
        }
    }
}
