//! The order of signing, and what each signature covers.

use hoso_domain::digest::Digest;
use hoso_domain::entry::{ApprovalRecord, Entry};
use hoso_proof::{
    Container, Object, SignatureFiles, approval_bytes, manifest, signature_value, verify,
};

use crate::world::*;

/// Signs `entries` as the second step of `container`, whatever they are.
fn second_over(container: &mut Container, entries: &[Entry]) {
    let w = world();
    let manifest = manifest(entries, 2);
    let p7s = w
        .owner
        .sign(&manifest, &w.chain(), signing_time(), EcdsaP256Sha256)
        .unwrap();
    container.signatures.push(SignatureFiles { manifest, p7s });
}

fn told(container: &Container) -> Vec<Entry> {
    let entries = container.entries.iter();
    entries.map(|o| o.entry().clone()).collect()
}

fn first_step() -> Container {
    let w = world();
    let mut container = unsigned();
    w.step(&mut container, &w.chief, "chief-accountant", RsaPkcs1Sha256);
    container
}

/// A validly signed second step whose approval record was changed before signing.
fn with_record(change: impl FnOnce(&mut ApprovalRecord)) -> Container {
    let w = world();
    let mut container = first_step();
    let mut record = ApprovalRecord {
        step: 2,
        previous_signature: Digest::of(&signature_value(&container.signatures[0].p7s).unwrap()),
        signer_certificate: Digest::of(&w.owner.der()),
        role: "account-owner".to_owned(),
        at: signing_time(),
    };
    change(&mut record);
    let record = Object::new("approval/002.json", approval_bytes(&record));
    container.entries.push(record);
    let entries = told(&container);
    second_over(&mut container, &entries);
    container
}

#[test]
fn an_honest_record_holds() {
    assert_eq!(codes(&with_record(|_| {}), &world().trust()), []);
}

#[test]
fn a_record_that_names_another_step_signature_or_signer_is_refused() {
    let w = world();
    let trust = w.trust();
    let other = with_record(|r| r.step = 3);
    assert_eq!(codes(&other, &trust), [(2, "approval-step")]);
    let other = with_record(|r| r.previous_signature = Digest::of(b"another signature"));
    assert_eq!(codes(&other, &trust), [(2, "approval-order")]);
    let other = with_record(|r| r.signer_certificate = Digest::of(&w.chief.der()));
    assert_eq!(codes(&other, &trust), [(2, "approval-signer")]);
}

#[test]
fn a_record_that_is_no_record_or_missing_is_refused() {
    let trust = world().trust();
    let mut container = first_step();
    let record = Object::new("approval/002.json", b"{}\n".to_vec());
    container.entries.push(record);
    let entries = told(&container);
    second_over(&mut container, &entries);
    assert_eq!(codes(&container, &trust), [(2, "approval-malformed")]);

    let mut container = first_step();
    let entries = told(&container);
    second_over(&mut container, &entries);
    assert_eq!(codes(&container, &trust), [(2, "approval-missing")]);
}

#[test]
fn signatures_in_swapped_order_are_refused() {
    let w = world();
    let mut container = w.dossier();
    container.signatures.swap(0, 1);
    let problems = codes(&container, &w.trust());
    assert!(
        problems.contains(&(1, "signature-reference")),
        "{problems:?}"
    );
    assert!(problems.contains(&(2, "approval-missing")), "{problems:?}");
}

#[test]
fn a_first_signature_replaced_by_a_newer_one_of_the_same_signer_is_refused() {
    let w = world();
    let mut container = w.dossier();
    let first = &container.signatures[0].manifest;
    let later = signing_time() + chrono::TimeDelta::days(1);
    let p7s = w
        .chief
        .sign(first, &w.chain(), later, RsaPkcs1Sha256)
        .unwrap();
    container.signatures[0].p7s = p7s;
    assert_eq!(codes(&container, &w.trust()), [(2, "approval-order")]);
}

#[test]
fn a_replaced_approval_record_is_refused() {
    let w = world();
    let mut container = w.dossier();
    let bytes = approval_bytes(&ApprovalRecord {
        step: 2,
        previous_signature: Digest::of(b"x"),
        signer_certificate: Digest::of(&w.owner.der()),
        role: "account-owner".to_owned(),
        at: signing_time(),
    });
    let last = container.entries.last_mut().unwrap();
    *last = Object::new("approval/002.json", bytes);
    let problems = codes(&container, &w.trust());
    assert_eq!(problems, [(2, "entry-changed"), (2, "approval-order")]);
}

#[test]
fn a_second_signature_over_other_data_is_refused() {
    let w = world();
    let mut container = first_step();
    let other = b"{\n  \"format\": 1, \"amount\": 9\n}\n".to_vec();
    container.entries[0] = Object::new("data/dossier.json", other);
    w.step(&mut container, &w.owner, "account-owner", EcdsaP256Sha256);
    let problems = codes(&container, &w.trust());
    assert_eq!(problems, [(1, "entry-changed"), (2, "scope-changed")]);
}

#[test]
fn an_entry_added_after_the_first_signature_is_refused() {
    let w = world();
    let mut container = first_step();
    let extra = |path: &str| Object::new(path, b"slipped in".to_vec());
    container.entries.push(extra("files/extra.txt"));
    let mut alone = container.clone();
    assert_eq!(codes(&alone, &w.trust()), [(0, "entry-not-covered")]);
    alone.entries[3] = extra("META-INF/extra.txt");
    let problems = codes(&alone, &w.trust());
    assert_eq!(problems, [(0, "entry-name"), (0, "entry-not-covered")]);
    w.step(&mut container, &w.owner, "account-owner", EcdsaP256Sha256);
    assert_eq!(codes(&container, &w.trust()), [(2, "scope-changed")]);
}

#[test]
fn a_removed_entry_is_refused() {
    let w = world();
    let mut container = w.dossier();
    container.entries.remove(1);
    let problems = codes(&container, &w.trust());
    assert_eq!(problems, [(1, "entry-missing"), (2, "entry-missing")]);
}

#[test]
fn a_foreign_signer_or_one_whose_certificate_had_expired_is_refused() {
    let w = world();
    let mut container = first_step();
    w.step(
        &mut container,
        &w.stranger,
        "account-owner",
        EcdsaP256Sha256,
    );
    assert_eq!(
        codes(&container, &w.trust()),
        [(2, "certificate-untrusted")]
    );

    let gone = Wish {
        valid: (
            signing_time() - chrono::TimeDelta::days(90),
            signing_time() - chrono::TimeDelta::days(1),
        ),
        ..Wish::person("Trần Văn An", p256(), &w.issuing)
    }
    .make();
    let mut container = first_step();
    w.step(&mut container, &gone, "account-owner", EcdsaP256Sha256);
    assert_eq!(codes(&container, &w.trust()), [(2, "certificate-expired")]);
}

#[test]
fn no_signature_at_all_is_refused() {
    let trust = world().trust();
    assert!(!verify(&unsigned(), &trust).ok());
    assert!(!verify(&Container::default(), &trust).ok());
}

#[test]
fn a_step_tried_again_leaves_one_approval_record() {
    let w = world();
    let mut container = first_step();
    container
        .open_step(&w.stranger.der(), "account-owner", signing_time())
        .unwrap();
    w.step(&mut container, &w.owner, "account-owner", EcdsaP256Sha256);
    assert_eq!(codes(&container, &w.trust()), []);
    assert_eq!(container.entries.len(), 4);
}

#[test]
fn three_steps_hold_too() {
    let w = world();
    let mut container = w.dossier();
    w.step(&mut container, &w.chief, "third", RsaPssSha256);
    assert_eq!(codes(&container, &w.trust()), []);
    let back = Container::from_zip(container.to_zip().unwrap()).unwrap();
    assert_eq!(back, container);
}
