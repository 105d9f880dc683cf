//! One signature.

use chrono::TimeDelta;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerInfos};
use der::asn1::{Any, ObjectIdentifier, OctetString, SetOfVec};
use der::{Decode, Encode};
use hoso_proof::{
    ProofError, Signer, Trust, certificate, prepare, sign_with_key, signature_value, verify_cms,
};
use openssl::x509::extension::KeyUsage;
use x509_cert::attr::Attribute;

use crate::world::*;

const CONTENT: &[u8] = b"<manifest>\n  line\r\n</manifest>\n";

fn refused(result: Result<Signer, ProofError>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
#[cfg_attr(windows, ignore = "asks programs of a Unix system")]
fn each_algorithm_is_accepted_by_us_and_by_openssl() {
    let w = world();
    for (who, algorithm) in [
        (&w.chief, RsaPkcs1Sha256),
        (&w.chief, RsaPssSha256),
        (&w.owner, EcdsaP256Sha256),
    ] {
        let p7s = who
            .sign(CONTENT, &w.chain(), signing_time(), algorithm)
            .unwrap();
        let signer = verify_cms(CONTENT, &p7s, &w.trust()).unwrap();
        assert_eq!(signer.signed_at, signing_time());
        assert_eq!(signer.algorithm, algorithm);
        assert_eq!(signer.certificate, who.der());
        assert_eq!(signer.issuer, "Cấp thử nghiệm");
        assert_eq!(signer.title, "Kế toán trưởng");
        assert!(
            openssl_accepts(CONTENT, &p7s, &w.root.pem()),
            "{algorithm:?}"
        );
        assert!(
            !openssl_accepts(b"other", &p7s, &w.root.pem()),
            "{algorithm:?}"
        );
    }
}

#[test]
#[cfg_attr(windows, ignore = "asks programs of a Unix system")]
fn a_signature_by_openssl_itself_is_accepted() {
    let w = world();
    let dir = tempfile::tempdir().unwrap();
    let files = [
        ("content", CONTENT.to_vec()),
        ("signer.pem", w.chief.pem().into_bytes()),
        ("key.pem", w.chief.key_pem().into_bytes()),
        ("chain.pem", w.issuing.pem().into_bytes()),
    ];
    for (name, bytes) in files {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    let status = std::process::Command::new("openssl")
        .args([
            "cms", "-sign", "-cades", "-binary", "-md", "sha256", "-outform", "DER",
        ])
        .args([
            "-in",
            "content",
            "-signer",
            "signer.pem",
            "-inkey",
            "key.pem",
        ])
        .args(["-certfile", "chain.pem", "-out", "out.p7s"])
        .current_dir(dir.path())
        .status()
        .unwrap();
    assert!(status.success());
    let p7s = std::fs::read(dir.path().join("out.p7s")).unwrap();
    // The signing time is the moment of this run, within the certificate's 700 days or not.
    match verify_cms(CONTENT, &p7s, &w.trust()) {
        Ok(signer) => assert_eq!(signer.certificate, w.chief.der()),
        Err(e) => assert!(matches!(
            e,
            ProofError::Expired { .. } | ProofError::NotYetValid { .. }
        )),
    }
}

#[test]
fn a_value_made_by_another_key_is_not_put_into_a_signature() {
    let w = world();
    for (who, other, algorithm) in [
        (&w.chief, &w.root, RsaPkcs1Sha256),
        (&w.owner, &w.stranger, EcdsaP256Sha256),
    ] {
        let prepared = prepare(CONTENT, &who.der(), &w.chain(), signing_time(), algorithm).unwrap();
        let value = other.value(prepared.to_be_signed(), algorithm);
        assert!(matches!(
            prepared.finish(&value),
            Err(ProofError::ForeignSignature)
        ));
    }
}

#[test]
fn a_key_that_does_not_fit_the_algorithm_is_refused_before_signing() {
    let w = world();
    for (who, algorithm) in [
        (&w.owner, RsaPkcs1Sha256),
        (&w.owner, RsaPssSha256),
        (&w.chief, EcdsaP256Sha256),
    ] {
        let result = prepare(CONTENT, &who.der(), &[], signing_time(), algorithm);
        assert_eq!(result.unwrap_err().code(), "key-unfit");
    }
}

#[test]
fn an_ecdsa_value_of_the_wrong_length_is_refused() {
    let w = world();
    let prepared = prepare(
        CONTENT,
        &w.owner.der(),
        &[],
        signing_time(),
        EcdsaP256Sha256,
    )
    .unwrap();
    assert!(matches!(
        prepared.finish(&[1; 63]),
        Err(ProofError::SignatureShape)
    ));
}

#[test]
fn a_certificate_is_judged_at_the_signing_time() {
    let w = world();
    let sign = |days| {
        let at = signing_time() + TimeDelta::days(days);
        let p7s = w
            .chief
            .sign(CONTENT, &w.chain(), at, RsaPkcs1Sha256)
            .unwrap();
        verify_cms(CONTENT, &p7s, &w.trust())
    };
    assert_eq!(refused(sign(-31)), "certificate-not-yet-valid");
    assert!(sign(-29).is_ok());
    assert!(sign(699).is_ok());
    assert_eq!(refused(sign(701)), "certificate-expired");
}

#[test]
fn a_foreign_or_incomplete_path_is_refused() {
    let w = world();
    let chain = [w.stranger_root.der()];
    let p7s = w
        .stranger
        .sign(CONTENT, &chain, signing_time(), EcdsaP256Sha256)
        .unwrap();
    assert_eq!(
        refused(verify_cms(CONTENT, &p7s, &w.trust())),
        "certificate-untrusted"
    );
    let p7s = w
        .chief
        .sign(CONTENT, &[], signing_time(), RsaPkcs1Sha256)
        .unwrap();
    assert_eq!(
        refused(verify_cms(CONTENT, &p7s, &w.trust())),
        "certificate-untrusted"
    );
    // An issuing authority alone is no anchor: paths end at a root.
    let partial = Trust::from_pem(&[&w.issuing.pem()]).unwrap();
    let p7s = w
        .chief
        .sign(CONTENT, &w.chain(), signing_time(), RsaPkcs1Sha256)
        .unwrap();
    assert_eq!(
        refused(verify_cms(CONTENT, &p7s, &partial)),
        "certificate-untrusted"
    );
}

#[test]
fn a_person_cannot_issue_certificates() {
    let w = world();
    let forged = Wish::person("Người khác", p256(), &w.chief).make();
    let chain = [w.chief.der(), w.issuing.der()];
    let p7s = forged
        .sign(CONTENT, &chain, signing_time(), EcdsaP256Sha256)
        .unwrap();
    assert_eq!(
        refused(verify_cms(CONTENT, &p7s, &w.trust())),
        "certificate-untrusted"
    );
}

#[test]
fn a_certificate_without_signing_usage_is_refused() {
    let w = world();
    let mut encipher = KeyUsage::new();
    encipher.critical().key_encipherment();
    for usage in [Some(encipher), None] {
        let who = Wish {
            usage,
            ..Wish::person("Máy chủ", p256(), &w.issuing)
        }
        .make();
        let p7s = who
            .sign(CONTENT, &w.chain(), signing_time(), EcdsaP256Sha256)
            .unwrap();
        assert_eq!(refused(verify_cms(CONTENT, &p7s, &w.trust())), "key-usage");
        assert!(
            w.trust()
                .check(&who.der(), &w.chain(), signing_time())
                .is_err()
        );
    }
    let mut only = KeyUsage::new();
    only.critical().non_repudiation();
    let who = Wish {
        usage: Some(only),
        ..Wish::person("Ký", p256(), &w.issuing)
    }
    .make();
    let p7s = who
        .sign(CONTENT, &w.chain(), signing_time(), EcdsaP256Sha256)
        .unwrap();
    assert!(verify_cms(CONTENT, &p7s, &w.trust()).is_ok());
}

#[test]
fn no_changed_byte_of_a_signature_file_lets_another_signature_through() {
    let w = world();
    let p7s = w
        .owner
        .sign(CONTENT, &w.chain(), signing_time(), EcdsaP256Sha256)
        .unwrap();
    let truth = verify_cms(CONTENT, &p7s, &w.trust()).unwrap();
    let mut refusals = 0;
    for at in 0..p7s.len() {
        let mut changed = p7s.clone();
        changed[at] ^= 0x01;
        // The outer version number carries nothing; who signed what may not change.
        match verify_cms(CONTENT, &changed, &w.trust()) {
            Ok(signer) => assert_eq!(signer, truth, "byte {at}"),
            Err(_) => refusals += 1,
        }
    }
    assert!(refusals + 1 >= p7s.len(), "{refusals} of {}", p7s.len());
    for length in 0..p7s.len() {
        assert!(verify_cms(CONTENT, &p7s[..length], &w.trust()).is_err());
    }
}

fn reopen(p7s: &[u8]) -> SignedData {
    ContentInfo::from_der(p7s)
        .unwrap()
        .content
        .decode_as()
        .unwrap()
}

fn close(data: &SignedData) -> Vec<u8> {
    let content = Any::from_der(&data.to_der().unwrap()).unwrap();
    let content_type = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
    ContentInfo {
        content_type,
        content,
    }
    .to_der()
    .unwrap()
}

#[test]
fn a_timestamp_added_later_changes_neither_verdict_nor_signature_value() {
    let w = world();
    let p7s = w
        .chief
        .sign(CONTENT, &w.chain(), signing_time(), RsaPkcs1Sha256)
        .unwrap();
    let mut data = reopen(&p7s);
    let mut signer = data.signer_infos.0.get(0).unwrap().clone();
    let token = Any::encode_from(&OctetString::new(*b"stands for a timestamp").unwrap()).unwrap();
    let timestamp = Attribute {
        oid: ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14"),
        values: SetOfVec::try_from(vec![token]).unwrap(),
    };
    signer.unsigned_attrs = Some(SetOfVec::try_from(vec![timestamp]).unwrap());
    data.signer_infos = SignerInfos(SetOfVec::try_from(vec![signer]).unwrap());
    let stamped = close(&data);
    assert_ne!(stamped, p7s);
    assert_eq!(
        verify_cms(CONTENT, &stamped, &w.trust()).unwrap(),
        verify_cms(CONTENT, &p7s, &w.trust()).unwrap()
    );
    assert_eq!(
        signature_value(&stamped).unwrap(),
        signature_value(&p7s).unwrap()
    );
}

#[test]
fn two_signers_or_content_inside_are_refused() {
    let w = world();
    let one = w
        .chief
        .sign(CONTENT, &w.chain(), signing_time(), RsaPkcs1Sha256)
        .unwrap();
    let two = w
        .owner
        .sign(CONTENT, &w.chain(), signing_time(), EcdsaP256Sha256)
        .unwrap();
    let mut data = reopen(&one);
    data.signer_infos
        .0
        .insert(reopen(&two).signer_infos.0.get(0).unwrap().clone())
        .unwrap();
    assert_eq!(
        refused(verify_cms(CONTENT, &close(&data), &w.trust())),
        "signer-count"
    );

    let mut data = reopen(&one);
    let inside = Any::encode_from(&OctetString::new(CONTENT).unwrap()).unwrap();
    data.encap_content_info.econtent = Some(inside);
    assert_eq!(
        refused(verify_cms(CONTENT, &close(&data), &w.trust())),
        "signature-not-detached"
    );
}

#[test]
fn a_signature_without_its_certificate_or_attributes_is_refused() {
    let w = world();
    let p7s = w
        .chief
        .sign(CONTENT, &w.chain(), signing_time(), RsaPkcs1Sha256)
        .unwrap();
    let mut data = reopen(&p7s);
    data.certificates = None;
    assert_eq!(
        refused(verify_cms(CONTENT, &close(&data), &w.trust())),
        "certificate-absent"
    );
    let mut data = reopen(&p7s);
    let mut signer = data.signer_infos.0.get(0).unwrap().clone();
    signer.signed_attrs = None;
    data.signer_infos = SignerInfos(SetOfVec::try_from(vec![signer]).unwrap());
    assert_eq!(
        refused(verify_cms(CONTENT, &close(&data), &w.trust())),
        "signed-attribute"
    );
}

#[test]
#[cfg_attr(windows, ignore = "asks programs of a Unix system")]
fn the_portals_software_keys_sign_what_everybody_can_verify() {
    let w = world();
    for who in [&w.chief, &w.owner] {
        let chain = w.issuing.pem();
        let p7s = sign_with_key(
            CONTENT,
            &who.pem(),
            &[&chain],
            &who.key_pem(),
            signing_time(),
        )
        .unwrap();
        assert_eq!(
            verify_cms(CONTENT, &p7s, &w.trust()).unwrap().certificate,
            who.der()
        );
        assert!(openssl_accepts(CONTENT, &p7s, &w.root.pem()));
    }
    let wrong = sign_with_key(
        CONTENT,
        &w.chief.pem(),
        &[],
        &w.root.key_pem(),
        signing_time(),
    );
    assert_eq!(wrong.unwrap_err().code(), "foreign-signature");
}

#[test]
fn signing_times_after_2049_are_kept() {
    let w = world();
    let at = "2051-01-02T03:04:05Z".parse().unwrap();
    let root = Wish {
        valid: (signing_time(), "2060-01-01T00:00:00Z".parse().unwrap()),
        ..Wish::authority("Gốc dài hạn", rsa())
    }
    .make();
    let who = Wish {
        valid: (signing_time(), "2055-01-01T00:00:00Z".parse().unwrap()),
        ..Wish::person("Người sau", p256(), &root)
    }
    .make();
    let p7s = who.sign(CONTENT, &[], at, EcdsaP256Sha256).unwrap();
    let trust = Trust::from_pem(&[&root.pem()]).unwrap();
    assert_eq!(verify_cms(CONTENT, &p7s, &trust).unwrap().signed_at, at);
    assert!(verify_cms(CONTENT, &p7s, &w.trust()).is_err());
}

#[test]
fn a_certificate_is_described_as_it_stands() {
    let w = world();
    let info = certificate::describe(&w.owner.der()).unwrap();
    assert_eq!(info.subject, "Trần Văn An");
    assert_eq!(info.organisation, "UBND xã Hòa Bình");
    assert_eq!(info.issuer, "Cấp thử nghiệm");
    assert_eq!(info.not_before, signing_time() - TimeDelta::days(30));
    assert_eq!(info.not_after, signing_time() + TimeDelta::days(700));
    assert!(info.digital_signature && info.non_repudiation);
    assert_eq!(info.key, certificate::KeyType::EcP256);
    let info = certificate::describe(&w.chief.der()).unwrap();
    assert_eq!(info.key, certificate::KeyType::Rsa { bits: 2048 });
    assert!(certificate::describe(b"no certificate").is_err());
}

#[test]
fn authorities_are_read_from_a_folder_or_a_file_in_pem_or_der() {
    let w = world();
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(
        Trust::from_dir(dir.path()).unwrap_err().code(),
        "no-authority"
    );
    std::fs::write(dir.path().join("notes.txt"), "not looked at").unwrap();
    std::fs::write(dir.path().join("root.CER"), w.root.der()).unwrap();
    let p7s = w
        .chief
        .sign(CONTENT, &w.chain(), signing_time(), RsaPkcs1Sha256)
        .unwrap();
    for place in [dir.path().to_owned(), dir.path().join("root.CER")] {
        assert!(verify_cms(CONTENT, &p7s, &Trust::from_path(&place).unwrap()).is_ok());
    }
    assert!(Trust::from_path(&dir.path().join("notes.txt")).is_err());
    assert!(Trust::from_path(&dir.path().join("absent.pem")).is_err());
}
