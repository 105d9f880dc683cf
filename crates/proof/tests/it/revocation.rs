//! Revocation lists: made by OpenSSL's command, read here, and put into signatures that OpenSSL still
//! accepts.

use std::path::Path;
use std::process::Command;

use hoso_proof::revocation::{RevocationList, listed, with_lists};
use hoso_proof::{RevocationError, signature_value, verify_cms};
use openssl::x509::X509Crl;

use crate::world::*;

const CONTENT: &[u8] = b"<manifest/>\n";

/// The list of an authority, made by `openssl ca -gencrl`; it revokes these.
fn list(issuer: &Holder, revoked: &[&Holder]) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let config = "[ca]\ndefault_ca = one\n[one]\ndatabase = index.txt\ncrlnumber = number\n\
                  default_md = sha256\ndefault_crl_days = 30\ncrl_extensions = ext\n\
                  [ext]\nauthorityKeyIdentifier = keyid\n";
    let mut index = String::new();
    for who in revoked {
        let serial = who.certificate.serial_number().to_bn().unwrap();
        let serial = serial.to_hex_str().unwrap();
        index.push_str(&format!(
            "R\t400101000000Z\t260601000000Z,keyCompromise\t{serial}\tunknown\t/CN=x\n"
        ));
    }
    for (name, text) in [
        ("ca.cnf", config.to_owned()),
        ("index.txt", index),
        ("number", "01\n".to_owned()),
        ("ca.pem", issuer.pem()),
        ("key.pem", issuer.key_pem()),
    ] {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    run(
        dir.path(),
        &[
            "ca", "-config", "ca.cnf", "-gencrl", "-cert", "ca.pem", "-keyfile", "key.pem", "-out",
            "list.pem",
        ],
    );
    std::fs::read(dir.path().join("list.pem")).unwrap()
}

fn run(dir: &Path, arguments: &[&str]) {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(dir)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn signed() -> Vec<u8> {
    let w = world();
    w.chief
        .sign(CONTENT, &w.chain(), signing_time(), RsaPkcs1Sha256)
        .unwrap()
}

fn says(list: &RevocationList, who: &Holder) -> Result<Option<bool>, RevocationError> {
    let w = world();
    let said = list.says(&who.der(), &w.chain(), &w.trust(), signing_time())?;
    Ok(said.map(|s| s.revoked_at.is_some()))
}

#[test]
#[cfg_attr(windows, ignore = "asks programs of a Unix system")]
fn a_list_says_who_is_revoked_and_nothing_of_other_authorities_certificates() {
    let w = world();
    let pem = list(&w.issuing, &[&w.owner]);
    let der = X509Crl::from_pem(&pem).unwrap().to_der().unwrap();
    for bytes in [&pem, &der] {
        let list = RevocationList::read(bytes).unwrap();
        assert_eq!(says(&list, &w.chief).unwrap(), Some(false));
        assert_eq!(says(&list, &w.owner).unwrap(), Some(true));
        assert_eq!(list.der(), der);
        assert!(list.current(list.issued_at()));
        let next = list.next_at().unwrap();
        assert!(!list.current(next + chrono::TimeDelta::seconds(1)));
        assert!(!list.current(list.issued_at() - chrono::TimeDelta::seconds(1)));
    }
    let said = RevocationList::read(&pem).unwrap();
    let said = said.says(&w.owner.der(), &w.chain(), &w.trust(), signing_time());
    let revoked_at = said.unwrap().unwrap().revoked_at.unwrap();
    assert_eq!(revoked_at.to_rfc3339(), "2026-06-01T00:00:00+00:00");
    // the root's list says nothing of what the authority below it issued
    let of_root = RevocationList::read(&list(&w.root, &[])).unwrap();
    assert_eq!(says(&of_root, &w.chief).unwrap(), None);
}

#[test]
#[cfg_attr(windows, ignore = "asks programs of a Unix system")]
fn a_list_that_its_authority_did_not_sign_is_refused() {
    let w = world();
    // of the same name, with a key of its own
    let forger = Wish::authority("Cấp thử nghiệm", p256()).make();
    let forged = RevocationList::read(&list(&forger, &[&w.chief])).unwrap();
    assert!(matches!(
        says(&forged, &w.chief),
        Err(RevocationError::Signature)
    ));
    let mut der = RevocationList::read(&list(&w.issuing, &[]))
        .unwrap()
        .der()
        .to_vec();
    let at = der.len() - 1;
    der[at] ^= 1;
    if let Ok(changed) = RevocationList::read(&der) {
        assert!(says(&changed, &w.chief).is_err());
    }
    for junk in [
        &b""[..],
        b"<html></html>",
        b"\x30\x03\x02\x01\x00",
        &der[..9],
    ] {
        assert!(RevocationList::read(junk).is_err());
    }
}

#[test]
#[cfg_attr(windows, ignore = "asks programs of a Unix system")]
fn a_signature_keeps_its_list_and_stays_what_it_was() {
    let w = world();
    let p7s = signed();
    assert_eq!(listed(&p7s, &w.trust()).unwrap(), None);
    let lists = [
        RevocationList::read(&list(&w.issuing, &[&w.owner])).unwrap(),
        RevocationList::read(&list(&w.root, &[])).unwrap(),
    ];
    let kept = with_lists(&p7s, &lists, &w.trust()).unwrap();
    assert_eq!(
        with_lists(&kept, &lists, &w.trust()).unwrap(),
        kept,
        "nothing new"
    );
    let said = listed(&kept, &w.trust()).unwrap().unwrap();
    assert_eq!(
        (said.issued_at, said.revoked_at),
        (lists[0].issued_at(), None)
    );
    let holds = |der: &[u8]| kept.windows(der.len()).any(|w| w == der);
    assert!(holds(lists[0].der()));
    assert!(!holds(lists[1].der()), "of another authority");
    assert_eq!(
        signature_value(&kept).unwrap(),
        signature_value(&p7s).unwrap()
    );
    assert_eq!(
        verify_cms(CONTENT, &kept, &w.trust()).unwrap(),
        verify_cms(CONTENT, &p7s, &w.trust()).unwrap()
    );
    assert!(openssl_accepts(CONTENT, &kept, &w.root.pem()));
    // neither of the two attributes that a signature of this level must not have
    for unwanted in ["2a864886f70d0109100217", "2a864886f70d0109100218"] {
        let oid = hex::decode(unwanted).unwrap();
        assert!(!holds(&oid));
    }
}

#[test]
#[cfg_attr(windows, ignore = "asks programs of a Unix system")]
fn a_revoked_signer_is_told_in_the_report() {
    let w = world();
    let mut dossier = w.dossier();
    let lists = [RevocationList::read(&list(&w.issuing, &[&w.owner])).unwrap()];
    for files in &mut dossier.signatures {
        files.p7s = with_lists(&files.p7s, &lists, &w.trust()).unwrap();
    }
    let report = hoso_proof::verify(&dossier, &w.trust());
    assert!(report.ok());
    let revoked: Vec<bool> = report
        .steps
        .iter()
        .map(|s| s.listed.unwrap().revoked_at.is_some())
        .collect();
    assert_eq!(revoked, [false, true]);
}
