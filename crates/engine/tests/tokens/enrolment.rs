//! A PC for which the connection file has no code left: the account owner signs it in.

use hoso_contract::command::*;
use hoso_contract::view::*;
use hoso_contract::{AppError, Code};
use hoso_domain::party::Role;
use hoso_engine::Handle;
use serde_json::{Value, json};

use crate::bench::{Bench, CHIEF, OWNER, typed};
use crate::desk::officer::Officer;

/// A desk whose connection file has no code that the portal takes.
fn without_a_code(change: impl FnOnce(&mut Value)) -> Bench {
    Bench::prepared(
        |_| {},
        |desk| {
            let bytes = std::fs::read(&desk.connection).unwrap();
            let mut file: Value = serde_json::from_slice(&bytes).unwrap();
            file["enrolments"][0]["codes"] = json!(["DA-DUNG-ROI"]);
            change(&mut file);
            let bytes = serde_json::to_vec(&file).unwrap();
            std::fs::write(&desk.connection, bytes).unwrap();
        },
    )
}

fn standing(bench: &Bench) -> EnrolmentStanding {
    let view = bench.desk.engine.handle(GetEnrolment {}).unwrap();
    view.unwrap().standing
}

fn until(bench: &Bench, what: &str, is: impl Fn(&EnrolmentStanding) -> bool) -> EnrolmentStanding {
    bench.desk.until(what, || Some(standing(bench)).filter(&is))
}

fn until_done(bench: &Bench) {
    until(bench, "the enrolment", |s| *s == EnrolmentStanding::Done);
}

fn until_kept(bench: &Bench) {
    let owner = bench.desk.world.owner.name;
    until(bench, "the signature that waits", |s| match s {
        EnrolmentStanding::Signed { name, .. } => name == owner,
        _ => false,
    });
}

/// The portal is up, and took no code.
fn until_missing(bench: &Bench) {
    bench.desk.send_now();
    until(bench, "the refusal of the code", |s| {
        *s == EnrolmentStanding::Missing
    });
}

fn sign(bench: &Bench, role: Role, pin: &str) -> Result<SignedEnrolment, AppError> {
    bench.desk.engine.handle(SignEnrolment {
        certificate: bench.desk.world.signer(role).certificate(),
        pin: Secret(pin.to_owned()),
    })
}

fn right_pin(bench: &Bench, role: Role) -> &'static str {
    bench.desk.world.signer(role).pin
}

#[test]
fn a_pc_that_the_account_owner_signed_in_sends() {
    let bench = without_a_code(|_| {});
    let portal = bench.desk.portal_up();
    until_missing(&bench);
    let pin = right_pin(&bench, OWNER);
    let signed = sign(&bench, OWNER, pin).unwrap();
    assert_eq!(signed.warnings, Vec::<String>::new());
    until_done(&bench);
    assert_eq!(bench.logins(), [typed(pin)]);
    bench.desk.until("a link", || {
        let link = bench.desk.engine.handle(GetSession {}).unwrap().link;
        matches!(link, LinkView::Online { .. }).then_some(())
    });
    let id = bench.desk.queued("Tiền điện", "1.000.000");
    bench.desk.until_sent(id);
    let devices = Officer::new(&bench.desk).devices();
    assert_eq!(devices.len(), 1);
    assert_eq!(devices[0].name, signed.enrolment.pc);
    // who is known needs no further signature: refused before a PIN is sent
    let sent = bench.logins().len();
    let again = sign(&bench, OWNER, pin).unwrap_err();
    assert_eq!(again.code, Code::WrongState);
    assert_eq!(bench.logins().len(), sent);
    bench.desk.down(portal);
}

#[test]
fn what_is_signed_without_a_link_is_kept_over_a_restart_and_brought_when_there_is_one() {
    let mut bench = without_a_code(|_| {});
    let pin = right_pin(&bench, OWNER);
    sign(&bench, OWNER, pin).unwrap();
    until_kept(&bench);
    bench.desk.restart();
    bench.desk.unlock().unwrap();
    until_kept(&bench);
    let portal = bench.desk.portal_up();
    bench.desk.send_now();
    until_done(&bench);
    assert_eq!(bench.logins(), [typed(pin)], "the PIN was typed once");
    bench.desk.down(portal);
}

#[test]
fn nobody_but_the_account_owner_signs_a_pc_in_and_no_try_is_spent_on_it() {
    let bench = without_a_code(|_| {});
    let portal = bench.desk.portal_up();
    until_missing(&bench);
    let refused = sign(&bench, CHIEF, right_pin(&bench, CHIEF)).unwrap_err();
    assert_eq!(refused.code, Code::NotTheOwner);
    assert_eq!(bench.logins(), []);
    assert_eq!(standing(&bench), EnrolmentStanding::Missing);
    assert!(Officer::new(&bench.desk).devices().is_empty());
    bench.desk.down(portal);
}

#[test]
fn a_wrong_pin_is_told_and_counted_and_nothing_is_sent() {
    let bench = without_a_code(|_| {});
    let portal = bench.desk.portal_up();
    until_missing(&bench);
    let wrong = sign(&bench, OWNER, "111111").unwrap_err();
    let told = (wrong.code, wrong.params["wrong"].as_str());
    assert_eq!(told, (Code::TokenWrongPin, "1"));
    assert_eq!(bench.token(OWNER).wrong_tries, 1);
    assert_eq!(bench.logins(), [typed("111111")]);
    assert_eq!(standing(&bench), EnrolmentStanding::Missing);
    assert!(Officer::new(&bench.desk).devices().is_empty());
    // typed right it works, and the count starts again
    sign(&bench, OWNER, right_pin(&bench, OWNER)).unwrap();
    until_done(&bench);
    assert_eq!(bench.token(OWNER).wrong_tries, 0);
    bench.desk.down(portal);
}

#[test]
fn who_is_no_account_owner_to_the_treasury_is_refused_there_and_the_right_one_signs_again() {
    // this PC's file says of both that they are
    let bench = without_a_code(|file| {
        file["units"][0]["signers"][0]["role"] = json!("account-owner");
    });
    let portal = bench.desk.portal_up();
    until_missing(&bench);
    sign(&bench, CHIEF, right_pin(&bench, CHIEF)).unwrap();
    let refused = until(&bench, "the refusal", |s| {
        matches!(s, EnrolmentStanding::Refused { .. })
    });
    let EnrolmentStanding::Refused { name, why } = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(name, bench.desk.world.chief.name);
    assert_eq!(why.code, Code::EnrolmentRefused);
    assert_eq!(why.params["why"], "signer");
    assert!(Officer::new(&bench.desk).devices().is_empty());
    sign(&bench, OWNER, right_pin(&bench, OWNER)).unwrap();
    until_done(&bench);
    bench.desk.down(portal);
}
