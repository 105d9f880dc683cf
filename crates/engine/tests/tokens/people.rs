//! Who may sign: roles, accounts, days, and someone who was replaced midway.

use chrono::{DateTime, Days, NaiveDate, Utc};
use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::*;
use hoso_domain::digest::Digest;
use hoso_domain::id::{DossierId, PersonId};
use hoso_domain::party::{Role, Signer};
use hoso_engine::Handle;
use hoso_testkit::ca::{Issued, KeyType, TestCa, Usage, Validity, new_key};
use hoso_testkit::shim::Fault;
use uuid::Uuid;

use crate::bench::{Bench, CHIEF, OWNER, typed};

fn signer(signers: &mut [Signer], role: Role) -> &mut Signer {
    signers.iter_mut().find(|s| s.role == role).unwrap()
}

fn refused(bench: &Bench, id: DossierId, role: Role) -> Code {
    let report = bench.sign(&[id], role);
    assert_eq!(report.stopped, None);
    report.items[0].error.as_ref().unwrap().code
}

fn certificate(bench: &Bench, role: Role) -> CertificateView {
    bench.token(role).certificates.remove(0)
}

#[allow(
    clippy::disallowed_methods,
    reason = "the engine under test reads the same clock"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The day in Vietnam.
fn today() -> NaiveDate {
    (now() + chrono::Duration::hours(7)).date_naive()
}

#[test]
fn a_signer_registered_for_another_account_cannot_sign_for_this_one() {
    let bench = Bench::with(|w| {
        signer(&mut w.unit.signers, CHIEF).accounts = vec!["3713.0.1057713".to_owned()];
    });
    let id = bench.submitted(1)[0];
    let queue = bench.desk.engine.handle(SigningQueue {}).unwrap();
    assert_eq!(queue[0].certificates, []);
    assert_eq!(refused(&bench, id, CHIEF), Code::NotTheSigner);
    assert_eq!(bench.logins(), []);
}

#[test]
fn the_queue_names_the_certificates_that_may_sign_each_item() {
    let bench = Bench::new();
    let id = bench.submitted(1)[0];
    let of = |role| bench.desk.world.signer(role).certificate();
    let queue = || bench.desk.engine.handle(SigningQueue {}).unwrap().remove(0);
    assert_eq!(queue().certificates, [of(CHIEF)]);
    bench.sign(&[id], CHIEF);
    assert_eq!(queue().certificates, [of(OWNER)]);
}

#[test]
fn a_chief_accountant_who_is_also_the_owners_delegate_signs_nothing() {
    let bench = Bench::with(|w| {
        let mut delegate = signer(&mut w.unit.signers, CHIEF).clone();
        delegate.role = OWNER;
        delegate.delegate = true;
        w.unit.signers.push(delegate);
    });
    let id = bench.submitted(1)[0];
    assert_eq!(refused(&bench, id, CHIEF), Code::SignerBothRoles);
    assert_eq!(certificate(&bench, CHIEF).obstacles, ["both-roles"]);
    assert_eq!(bench.logins(), []);
}

#[test]
fn a_fourth_chief_accountant_of_one_account_signs_nothing_until_there_are_three_again() {
    // three who were appointed before the one with the token
    let others = |count: u128| {
        Bench::with(|w| {
            let chief = signer(&mut w.unit.signers, CHIEF).clone();
            w.unit.signers.extend((1..=count).map(|n| Signer {
                person: PersonId(Uuid::from_u128(n)),
                valid_from: chief.valid_from.pred_opt().unwrap(),
                certificates: vec![],
                ..chief.clone()
            }));
        })
    };
    let bench = others(3);
    let id = bench.submitted(1)[0];
    let report = bench.sign(&[id], CHIEF);
    let error = report.items[0].error.as_ref().unwrap();
    assert_eq!(
        (error.code, error.params["most"].as_str()),
        (Code::SignerBeyond, "3")
    );
    assert_eq!(error.params["name"], bench.desk.world.chief.name);
    assert_eq!(bench.logins(), []);
    assert_eq!(bench.awaiting(&[id], 1), [true]);

    let bench = others(2);
    let id = bench.submitted(1)[0];
    assert_eq!(bench.sign(&[id], CHIEF).items[0].error, None);
}

#[test]
fn an_appointment_that_ends_is_warned_of_and_one_that_ended_is_named() {
    let ending = |days: u64| {
        Bench::with(|w| {
            let end = today().checked_add_days(Days::new(days)).unwrap();
            signer(&mut w.unit.signers, CHIEF).valid_to = Some(end);
        })
    };
    for (days, warning) in [(5, "ends-7"), (29, "ends-30"), (45, "ends-60")] {
        assert_eq!(certificate(&ending(days), CHIEF).warnings, [warning]);
    }
    let bench = ending(200);
    assert!(certificate(&bench, CHIEF).warnings.is_empty());
    let ended = Bench::with(|w| {
        signer(&mut w.unit.signers, CHIEF).valid_to = today().pred_opt();
    });
    assert_eq!(certificate(&ended, CHIEF).obstacles, ["appointment-ended"]);
}

#[test]
fn certificates_under_either_root_sign_and_the_issuers_between_go_along() {
    // the Government's own root, and an issuer below it that only the token brings
    let official = TestCa::new("Gốc chuyên dùng Chính phủ").unwrap();
    let issuer = official.subordinate("Ban Cơ yếu – cấp 2").unwrap();
    let key = new_key(KeyType::Rsa2048).unwrap();
    let issued = issuer
        .issue_for(
            key,
            "Lò Thị Hoa",
            "Kế toán trưởng",
            "Xã",
            Usage::Signing,
            Validity::Current,
        )
        .unwrap();
    let bench = Bench::with(|w| {
        let hsm = &w.world.hsm;
        hsm.add_token("official", "246810", "87654321", &issued)
            .unwrap();
        signer(&mut w.unit.signers, CHIEF).certificates = vec![issued.digest];
        w.more_cas = vec![official.pem().unwrap()];
    });
    let hsm = &bench.desk.world.hsm;
    let seen = || {
        let tokens = bench.tokens().tokens.into_iter();
        let mut all = tokens.flat_map(|t| t.certificates);
        all.find(|c| c.id == issued.digest).unwrap()
    };
    let id = bench.submitted(1)[0];
    let sign = || {
        bench.desk.engine.handle(Sign {
            items: vec![id],
            certificate: issued.digest,
            pin: Secret("246810".to_owned()),
        })
    };
    assert_eq!(seen().obstacles, ["untrusted"], "the issuer is missing");
    let refused = sign().unwrap_err();
    assert_eq!(
        (refused.code, refused.params["obstacle"].as_str()),
        (Code::CertificateUnusable, "untrusted")
    );
    assert_eq!(bench.logins(), []);

    hsm.add_authority("official", "246810", &issuer.der().unwrap(), "77")
        .unwrap();
    assert_eq!(
        (seen().obstacles, seen().root.as_str()),
        (vec![], "Gốc chuyên dùng Chính phủ")
    );
    assert_eq!(sign().unwrap().stopped, None);
    // under the other root, with nothing between
    assert_eq!(bench.sign(&[id], OWNER).stopped, None);
    let file = bench.desk.path("hai-goc.asice");
    let path = file.to_string_lossy().into_owned();
    bench
        .desk
        .engine
        .handle(ExportContainer { id, path })
        .unwrap();
    let container = hoso_proof::Container::from_zip(std::fs::read(file).unwrap()).unwrap();
    let roots = [official.pem().unwrap(), bench.desk.world.ca.pem().unwrap()];
    let roots: Vec<&str> = roots.iter().map(String::as_str).collect();
    let trust = hoso_proof::Trust::from_pem(&roots).unwrap();
    assert!(hoso_proof::verify(&container, &trust).ok());
}

#[test]
fn a_certificate_that_was_revoked_signs_nothing_more_and_costs_no_try_nor_does_its_test() {
    let bench = Bench::with(|w| {
        let revoked = [&w.world.chief.issued];
        w.lists = vec![w.world.ca.revocation_list(&revoked, now()).unwrap()];
    });
    let items = bench.submitted(2);
    // without a link nobody knows of it
    for role in [CHIEF, OWNER] {
        assert_eq!(bench.sign(&items[..1], role).stopped, None);
    }
    let portal = bench.desk.portal_up();
    bench.desk.send_now();
    bench.desk.until_sent(items[0]);
    assert_eq!(certificate(&bench, CHIEF).obstacles, ["revoked"]);
    let sent = bench.logins();
    let chief = &bench.desk.world.chief;
    // it was chosen before
    let command = bench.command(&items[1..], CHIEF, chief.pin);
    let refused = bench.desk.engine.handle(command).unwrap_err();
    assert_eq!(
        (refused.code, refused.params["obstacle"].as_str()),
        (Code::CertificateUnusable, "revoked")
    );
    let test = bench.desk.engine.handle(TestToken {
        certificate: chief.certificate(),
        pin: Secret(chief.pin.to_owned()),
    });
    let steps = test.unwrap().steps;
    let step = steps.iter().find(|s| s.name == "certificate").unwrap();
    assert_eq!(step.state, TestState::Bad);
    assert_eq!(step.remarks, ["revoked"]);
    assert_eq!(bench.logins(), sent);
    bench.desk.down(portal);
}

#[test]
fn a_key_too_short_for_any_signature_here_costs_no_try() {
    let mut short = None;
    let bench = Bench::with(|w| {
        let key = new_key(KeyType::Rsa1024).unwrap();
        let (name, title) = (w.world.chief.name, w.world.chief.title);
        let (usage, validity) = (Usage::Signing, Validity::Current);
        let issued = w
            .world
            .ca
            .issue_for(key, name, title, "Xã", usage, validity)
            .unwrap();
        let made = w
            .world
            .hsm
            .add_token("short", "246810", "87654321", &issued);
        made.unwrap();
        signer(&mut w.unit.signers, CHIEF).certificates = vec![issued.digest];
        short = Some(issued.digest);
    });
    let items = bench.submitted(1);
    let refused = bench.desk.engine.handle(Sign {
        items,
        certificate: short.unwrap(),
        pin: Secret("246810".to_owned()),
    });
    let refused = refused.unwrap_err();
    assert_eq!(
        (refused.code, refused.params["obstacle"].as_str()),
        (Code::CertificateUnusable, "no-key")
    );
    assert_eq!(bench.logins(), []);
}

#[test]
fn a_certificate_of_another_time_or_use_is_greyed_signs_nothing_and_costs_no_try() {
    for (usage, validity, why) in [
        (Usage::Signing, Validity::Expired, "expired"),
        (Usage::Signing, Validity::NotYet, "not-yet-valid"),
        (Usage::Encryption, Validity::Current, "no-signing-usage"),
    ] {
        let mut unfit = None;
        let bench = Bench::with(|w| {
            let (name, title) = (w.world.chief.name, w.world.chief.title);
            let issued = w.world.ca.issue(name, title, "Xã", usage, validity);
            let issued = issued.unwrap();
            let hsm = &w.world.hsm;
            hsm.add_token("unfit", "246810", "87654321", &issued)
                .unwrap();
            signer(&mut w.unit.signers, CHIEF).certificates = vec![issued.digest];
            unfit = Some(issued.digest);
        });
        refuses_unspent(&bench, &bench.submitted(1), unfit.unwrap(), why);
        assert_eq!(bench.logins(), []);
    }
}

/// The list greys it with the reason; a batch and the test of the token stop before the PIN.
fn refuses_unspent(bench: &Bench, items: &[DossierId], certificate: Digest, why: &str) {
    let tokens = bench.tokens().tokens.into_iter();
    let mut all = tokens.flat_map(|t| t.certificates);
    let seen = all.find(|c| c.id == certificate).unwrap();
    assert_eq!(seen.obstacles, [why]);
    let pin = || Secret("246810".to_owned());
    let refused = bench.desk.engine.handle(Sign {
        items: items.to_vec(),
        certificate,
        pin: pin(),
    });
    let refused = refused.unwrap_err();
    assert_eq!(
        (refused.code, refused.params["obstacle"].as_str()),
        (Code::CertificateUnusable, why)
    );
    assert_eq!(bench.awaiting(items, 1), [true]);
    let test = bench.desk.engine.handle(TestToken {
        certificate,
        pin: pin(),
    });
    let steps = test.unwrap().steps;
    let state = |name| steps.iter().find(|s| s.name == name).map(|s| s.state);
    assert_eq!(state("certificate"), Some(TestState::Bad));
    assert_eq!(state("pin"), Some(TestState::NotReached));
}

#[test]
fn a_certificate_whose_key_is_not_on_the_token_signs_nothing_and_costs_no_try() {
    let mut alone = None;
    let mut bench = Bench::with(|w| {
        let (name, title) = (w.world.chief.name, w.world.chief.title);
        let (usage, validity) = (Usage::Signing, Validity::Current);
        let issued = w.world.ca.issue(name, title, "Xã", usage, validity);
        let issued = issued.unwrap();
        let (hsm, token) = (&w.world.hsm, &w.world.chief.token);
        hsm.add_certificate(&token.label, &token.pin, &issued, "02")
            .unwrap();
        signer(&mut w.unit.signers, CHIEF).certificates = vec![issued.digest];
        alone = Some(issued.digest);
    });
    let certificate = alone.unwrap();
    // a token that hides its keys until the login: the right PIN is spent, and is no wrong try
    let items = bench.submitted(1);
    let report = bench.desk.engine.handle(Sign {
        items: items.clone(),
        certificate,
        pin: Secret("246810".to_owned()),
    });
    assert_eq!(
        report.unwrap().stopped.map(|e| e.code),
        Some(Code::NoPrivateKey)
    );
    assert_eq!(bench.awaiting(&items, 1), [true]);
    assert_eq!(bench.token(CHIEF).wrong_tries, 0);
    assert_eq!(bench.logins(), [typed("246810")]);
    // one that shows all it has: nothing is sent
    bench
        .shim
        .script(|s| s.faults = [Fault::NoLogin].into())
        .unwrap();
    refuses_unspent(&bench, &items, certificate, "no-key");
    assert_eq!(bench.logins().len(), 1);
}

#[test]
fn a_certificate_that_ends_is_warned_of_also_while_its_token_is_in_a_drawer() {
    let bench = Bench::with(|w| {
        let soon = now() + chrono::Duration::days(20);
        let from = soon - chrono::Duration::days(365);
        let issued = w
            .world
            .ca
            .issue(
                "Lò Thị Hoa",
                "Kế toán trưởng",
                "Xã",
                Usage::Signing,
                Validity::Between(from, soon),
            )
            .unwrap();
        w.world
            .hsm
            .add_token("ends", "246810", "87654321", &issued)
            .unwrap();
        signer(&mut w.unit.signers, CHIEF).certificates = vec![issued.digest];
    });
    let warned = || {
        let today = bench.desk.engine.handle(GetToday {}).unwrap();
        today.deadlines.iter().any(|d| d.code == "certificate-ends")
    };
    bench.tokens();
    assert!(warned());
    bench.shim.pull("ends").unwrap();
    assert!(bench.tokens().tokens.iter().all(|t| t.label != "ends"));
    assert!(warned());
}

#[test]
fn a_delegates_certificate_carries_the_mark_that_stands_before_the_title() {
    let bench = Bench::with(|w| {
        let owner = signer(&mut w.unit.signers, OWNER);
        owner.delegate = true;
        owner.title = "Phó Chủ tịch".to_owned();
    });
    assert_eq!(certificate(&bench, OWNER).mark, "KT.");
    assert_eq!(certificate(&bench, CHIEF).mark, "");
    assert_eq!(certificate(&bench, CHIEF).root, "CA thử nghiệm Hoso");
}

/// The text of Bản thể hiện, every run of whitespace one space.
fn copy(bench: &Bench, id: DossierId) -> String {
    let file = bench.desk.path("ban-the-hien.pdf");
    let path = file.to_string_lossy().into_owned();
    let export = ExportMarked {
        id,
        voucher: 0,
        path,
    };
    bench.desk.engine.handle(export).unwrap();
    let out = std::process::Command::new("pdftotext")
        .args(["-raw", "-enc", "UTF-8"])
        .arg(&file)
        .arg("-")
        .output()
        .expect("pdftotext (poppler-utils) is installed");
    assert!(out.status.success());
    let text = String::from_utf8(out.stdout).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_copy_of_what_a_delegate_signed_has_the_mark_before_the_title_and_the_holders_has_none() {
    for (delegate, title, mark) in [
        (true, "Phó Chủ tịch", Some("KT.")),
        (true, "Trưởng phòng Kinh tế", Some("TUQ.")),
        (false, "Chủ tịch", None),
    ] {
        let bench = Bench::with(|w| {
            let owner = signer(&mut w.unit.signers, OWNER);
            owner.delegate = delegate;
            owner.title = title.to_owned();
        });
        let items = bench.submitted(1);
        for role in [CHIEF, OWNER] {
            assert_eq!(bench.sign(&items, role).items[0].error, None);
        }
        let said = copy(&bench, items[0]);
        assert!(said.contains("Ký số bởi: Lò Thị Hoa"), "{said}");
        for possible in ["KT.", "TUQ."] {
            let words = format!("{possible} Thủ trưởng đơn vị {title}");
            assert_eq!(said.contains(&words), mark == Some(possible), "{said}");
            assert!(!said.contains(&format!("{possible} Kế toán trưởng")));
        }
    }
}

/// A desk whose chief accountant signs with a software key.
fn with_training_signer(training: bool) -> (Bench, Issued) {
    let key = new_key(KeyType::P256).unwrap();
    let mut issued = None;
    let bench = Bench::with(|w| {
        // under the authority of that portal, so that nothing but the kind of signer speaks
        // against it
        let one = w
            .world
            .ca
            .issue_for(
                key,
                "Học viên",
                "Kế toán trưởng",
                "Xã",
                Usage::Signing,
                Validity::Current,
            )
            .unwrap();
        signer(&mut w.unit.signers, CHIEF).certificates = vec![one.digest];
        w.training = training;
        issued = Some(one);
    });
    let issued = issued.unwrap();
    let path = bench.desk.path("hoc-vien.hoso-khoa");
    let pin = hoso_token::Pin::from("246810");
    let key = issued.key_pem().unwrap();
    let bytes =
        hoso_token::training::seal(&issued.certificate_pem, &key, "Học viên", &pin, [3; 28]);
    std::fs::write(&path, bytes.unwrap()).unwrap();
    let own = path.to_string_lossy().into_owned();
    bench.desk.engine.handle(TryModule { path: own }).unwrap();
    (bench, issued)
}

#[test]
fn a_training_signer_signs_for_the_training_portal_and_for_no_other() {
    for training in [true, false] {
        let (bench, issued) = with_training_signer(training);
        let items = bench.submitted(1);
        let result = bench.desk.engine.handle(Sign {
            items: items.clone(),
            certificate: issued.digest,
            pin: Secret("246810".to_owned()),
        });
        if training {
            let report = result.unwrap();
            assert_eq!(
                (report.stopped, report.items[0].error.clone()),
                (None, None)
            );
            assert_eq!(bench.awaiting(&items, 2), [true]);
        } else {
            assert_eq!(result.unwrap_err().code, Code::TrainingSignerOnly);
            assert_eq!(bench.awaiting(&items, 1), [true]);
        }
    }
}
