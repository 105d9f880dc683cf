//! NSS softoken, one more maker's module: what it says and does differently changes nothing.

use hoso_testkit::ca::{Issued, KeyType, TestCa, Usage, Validity, new_key};
use hoso_testkit::nss::Nss;
use hoso_token::{Algorithm, Pin, TokenError};

use crate::desk::{DATA, behind, logins, typed, verify};

const PIN: &str = "24681357";

#[test]
fn a_token_of_nss_signs_in_every_way_with_the_pin_that_was_typed_and_never_by_a_wrong_one() {
    let dir = tempfile::tempdir().unwrap();
    let ca = TestCa::new("CA").unwrap();
    let nss = Nss::new(dir.path(), "Lo Thi Hoa", PIN).unwrap();
    let issue = |name: &str, kind| -> Issued {
        let (key, usage) = (new_key(kind).unwrap(), Usage::Signing);
        let issued = ca.issue_for(key, name, "Kế toán trưởng", "Xã", usage, Validity::Current);
        let issued = issued.unwrap();
        nss.add(name, &issued).unwrap();
        issued
    };
    let rsa = issue("Lo Thi Hoa", KeyType::Rsa2048);
    let ec = issue("Vang A Su", KeyType::P256);
    let shim = nss.shim().unwrap();
    let mut host = behind(&shim);
    let survey = host.survey().unwrap();
    assert_eq!(survey.unreadable, []);
    let mut tokens = survey.tokens.into_iter();
    // its slot for what needs no key has the same serial, and no certificate
    let token = tokens.find(|t| t.label == "Lo Thi Hoa").unwrap();
    assert_eq!(token.certificates.len(), 2);

    let wrong = Some(Pin::from("99999999"));
    let refused = host.open(&token.serial, rsa.digest, wrong).map(drop);
    assert!(
        matches!(refused, Err(TokenError::WrongPin { .. })),
        "{refused:?}"
    );
    let ways: [(&Issued, &[Algorithm]); 2] = [
        (&rsa, &[Algorithm::RsaPkcs1Sha256, Algorithm::RsaPssSha256]),
        (&ec, &[Algorithm::EcdsaP256Sha256]),
    ];
    for (issued, algorithms) in ways {
        let pin = Some(Pin::from(PIN));
        let mut login = host.open(&token.serial, issued.digest, pin).unwrap();
        assert_eq!(login.opened().algorithms, algorithms);
        for algorithm in algorithms {
            let signature = login.sign(DATA, *algorithm).unwrap();
            assert!(verify(issued, *algorithm, &signature), "{algorithm:?}");
        }
    }
    let sent = [typed(1, "99999999"), typed(1, PIN), typed(1, PIN)];
    assert_eq!(logins(&shim), sent);
}
