//! The training signer: a key in a file that signs like a token, and passes for none.

use std::path::PathBuf;

use hoso_testkit::ca::{Issued, KeyType, TestCa, Usage, Validity, new_key};
use hoso_token::training::{MODEL, SealError, seal};
use hoso_token::{Algorithm, Host, KeyKind, Pin, TokenError};

use crate::desk::{DATA, helper, verify};

const EC: Algorithm = Algorithm::EcdsaP256Sha256;

fn issued(kind: KeyType) -> Issued {
    let ca = TestCa::new("CA tập huấn").unwrap();
    let key = new_key(kind).unwrap();
    ca.issue_for(
        key,
        "Học viên 1",
        "Kế toán trưởng",
        "Xã",
        Usage::Signing,
        Validity::Current,
    )
    .unwrap()
}

fn file(issued: &Issued) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hoc-vien-1.hoso-khoa");
    let key = issued.key_pem().unwrap();
    let pin = Pin::from("246810");
    let bytes = seal(&issued.certificate_pem, &key, "Học viên 1", &pin, [7; 28]).unwrap();
    std::fs::write(&path, bytes).unwrap();
    (dir, path)
}

#[test]
fn a_training_signer_shows_itself_as_one_and_signs_after_the_right_pin() {
    let issued = issued(KeyType::P256);
    let (_dir, path) = file(&issued);
    let mut host = Host::start(helper(), &path).unwrap();
    let token = host.tokens().unwrap().remove(0);
    assert_eq!(token.model, MODEL);
    assert_eq!(token.certificates[0].kind, KeyKind::EcP256);
    assert_eq!(token.certificates[0].digest, issued.digest);
    let mut login = host
        .open(&token.serial, issued.digest, Some(Pin::from("246810")))
        .unwrap();
    assert!(verify(&issued, EC, &login.sign(DATA, EC).unwrap()));
    let algorithm = Algorithm::RsaPkcs1Sha256;
    assert_eq!(
        login.sign(DATA, algorithm),
        Err(TokenError::NoMechanism { algorithm })
    );
    drop(login);
    let wrong = host.open(&token.serial, issued.digest, Some(Pin::from("111111")));
    assert!(matches!(wrong.map(drop), Err(TokenError::WrongPin { .. })));
    assert_eq!(
        host.open(&token.serial, issued.digest, None).map(drop),
        Err(TokenError::PinNeeded)
    );
    assert!(!host.changed().unwrap());
}

#[test]
fn a_file_with_another_certificate_put_in_opens_with_no_pin() {
    let one = issued(KeyType::P256);
    let other = issued(KeyType::P256);
    let (_dir, path) = file(&one);
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace(&hex(&one.certificate_der), &hex(&other.certificate_der));
    std::fs::write(&path, text).unwrap();
    let mut host = Host::start(helper(), &path).unwrap();
    let serial = host.tokens().unwrap().remove(0).serial;
    let opened = host.open(&serial, other.digest, Some(Pin::from("246810")));
    assert!(matches!(opened.map(drop), Err(TokenError::WrongPin { .. })));
}

#[test]
fn only_a_p256_key_of_the_certificate_with_a_pin_is_sealed() {
    let (one, other) = (issued(KeyType::P256), issued(KeyType::P256));
    let rsa = issued(KeyType::Rsa2048);
    let seal = |certificate: &Issued, key: &Issued, pin: &str| {
        let key = key.key_pem().unwrap();
        seal(
            &certificate.certificate_pem,
            &key,
            "x",
            &Pin::from(pin),
            [7; 28],
        )
        .unwrap_err()
    };
    assert!(matches!(seal(&one, &other, "246810"), SealError::Mismatch));
    assert!(matches!(seal(&rsa, &rsa, "246810"), SealError::Key(_)));
    assert!(matches!(seal(&one, &one, "246"), SealError::Pin));
}

#[test]
fn a_file_of_a_later_program_is_not_taken_for_a_library() {
    let issued = issued(KeyType::P256);
    let (_dir, path) = file(&issued);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"version\": 1", "\"version\": 2")).unwrap();
    let error = Host::start(helper(), &path).map(drop).unwrap_err();
    assert!(
        matches!(error, TokenError::ModuleUnreadable { .. }),
        "{error}"
    );
}

#[test]
fn the_trainer_makes_the_file_with_the_helper_program() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let issued = issued(KeyType::P256);
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    std::fs::write(path("c.pem"), &issued.certificate_pem).unwrap();
    std::fs::write(path("k.pem"), issued.key_pem().unwrap()).unwrap();
    let make = |pin: &str, file: &str| {
        let mut child = Command::new(helper())
            .arg("training-signer")
            .args([path("c.pem"), path("k.pem")])
            .arg("Học viên 1")
            .arg(path(file))
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(pin.as_bytes())
            .unwrap();
        child.wait().unwrap().success()
    };
    assert!(make("246810\n", "a.hoso-khoa"));
    assert!(!make("1\n", "b.hoso-khoa") && !path("b.hoso-khoa").exists());
    assert!(make("246810\n", "c.hoso-khoa"));
    let read = |file: &str| std::fs::read(path(file)).unwrap();
    assert_ne!(
        read("a.hoso-khoa"),
        read("c.hoso-khoa"),
        "salt and nonce are drawn anew"
    );
    let mut host = Host::start(helper(), &path("a.hoso-khoa")).unwrap();
    let serial = host.tokens().unwrap().remove(0).serial;
    let mut login = host
        .open(&serial, issued.digest, Some(Pin::from("246810")))
        .unwrap();
    assert!(verify(&issued, EC, &login.sign(DATA, EC).unwrap()));
}
