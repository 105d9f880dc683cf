//! What the portal refuses, and what the checks refuse once more at the moment of sending: said in
//! words, at the field, and kept while it is mended.

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::{OutboxRow, Remark, TaskKind};
use hoso_domain::finding::{Finding, FindingCode, Place};
use hoso_domain::id::DossierId;
use hoso_domain::life::{LocalState, ParkReason};
use hoso_domain::money::Dong;
use hoso_engine::Handle;
use hoso_portal_api::feed;
use hoso_portal_api::officer::{self, SetBalance};
use hoso_portal_api::problem::{CONTENT_TYPE, Found, Kind, Problem};
use hoso_testkit::link::{Canned, Effect, Rule};
use hoso_text::Lang;

use crate::desk::officer::Officer;
use crate::desk::{Desk, errors, now};

fn field(id: &str) -> Place {
    Place::Field {
        voucher: 0,
        field: id.to_owned(),
    }
}

fn answer(problem: &Problem) -> Effect {
    Effect::Answer(Canned {
        status: problem.status,
        headers: vec![("content-type", CONTENT_TYPE.to_owned())],
        body: serde_json::to_vec(problem).unwrap(),
    })
}

fn commit() -> Rule {
    Rule::on("PUT", "/v1/dossiers/").nth(1)
}

fn row(desk: &Desk, id: DossierId) -> OutboxRow {
    let rows = desk.engine.handle(GetOutbox {}).unwrap();
    rows.into_iter().find(|row| row.id == id).unwrap()
}

fn until_parked(desk: &Desk, id: DossierId, reason: ParkReason) {
    desk.until("the stop", || {
        (desk.local(id) == LocalState::Parked { reason }).then_some(())
    });
}

fn at_fields(remarks: &[Remark]) -> Vec<(Place, &str, bool)> {
    remarks
        .iter()
        .map(|r| (r.place.clone(), r.text.as_str(), r.by_portal))
        .collect()
}

#[test]
fn what_the_portal_refuses_is_said_at_the_fields_it_names_until_it_is_mended_and_sent() {
    let (desk, link) = Desk::behind_a_link();
    let portal = desk.portal_up();
    desk.first_run();
    let finding = Finding::error(FindingCode::PayeeAccountMissing, field("payee_account"));
    let words = hoso_text::finding(&finding, Lang::Vi);
    let mut problem = Problem::new(Kind::Findings, "1 errors", now());
    let known = Found::new(finding, words.clone());
    let later = Found {
        code: "of-a-later-portal".to_owned(),
        place: field("payee_bank"),
        text: "Ngân hàng này chưa nối với Kho bạc.".to_owned(),
        ..known.clone()
    };
    problem.findings = vec![known, later];
    problem.remarks = vec![feed::Remark {
        place: field("content"),
        text: "Ghi rõ kỳ thanh toán.".to_owned(),
    }];
    link.when(commit(), answer(&problem));
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.send_now();
    until_parked(&desk, id, ParkReason::Findings);

    let said = [
        (field("payee_account"), words.as_str(), true),
        (
            field("payee_bank"),
            "Ngân hàng này chưa nối với Kho bạc.",
            true,
        ),
        (field("content"), "Ghi rõ kỳ thanh toán.", true),
    ];
    let waits = row(&desk, id);
    assert_eq!(at_fields(&waits.remarks), said);
    let why = waits.why.unwrap();
    assert_eq!(why.code, Code::PortalRefused);
    let cause = hoso_text::failure(&why, Lang::Vi).cause;
    assert!(cause.contains(&problem.title_vi), "{cause}");
    assert!(cause.contains(&problem.detail), "{cause}");
    assert_eq!(at_fields(&desk.view(id).remarks), said);
    let tasks = desk.engine.handle(GetToday {}).unwrap().tasks;
    let parked = tasks.iter().find(|t| t.kind == TaskKind::Parked).unwrap();
    assert_eq!(parked.remark, words);

    desk.engine.handle(Mend { id }).unwrap();
    assert_eq!(
        at_fields(&desk.view(id).remarks),
        said,
        "while it is mended"
    );
    desk.finish(id);
    desk.until_sent(id);
    assert_eq!(desk.view(id).remarks, [], "answered");
    desk.down(portal);
}

#[test]
fn another_version_at_the_portal_and_a_treasury_that_moved_first_have_words_of_their_own() {
    let (desk, link) = Desk::behind_a_link();
    let portal = desk.portal_up();
    desk.first_run();
    let refusals = [
        (
            "1.000.000",
            Kind::Conflict,
            Code::PortalConflict,
            ParkReason::Conflict,
        ),
        (
            "2.000.000",
            Kind::Overtaken,
            Code::PortalOvertaken,
            ParkReason::Overtaken,
        ),
    ];
    for (amount, kind, code, reason) in refusals {
        let problem = Problem::new(kind, "", now());
        link.when(commit(), answer(&problem));
        let id = desk.queued("Tiền điện", amount);
        desk.send_now();
        until_parked(&desk, id, reason);
        let why = row(&desk, id).why.unwrap();
        assert_eq!(why.code, code);
        assert_eq!(why.params["said"], problem.title_vi);
        link.heal();
    }
    assert_eq!(Officer::new(&desk).dossiers().len(), 0);
    desk.down(portal);
}

#[test]
fn a_dossier_that_went_wrong_while_it_waited_is_stopped_before_the_portal_hears_of_it() {
    let desk = Desk::new();
    let portal = desk.portal_up();
    let account = desk.world.unit.accounts[0].number.clone();
    let gone = SetBalance {
        unit: desk.world.unit.id,
        account,
        figure: Dong::new(999_999).unwrap(),
    };
    Officer::new(&desk).tell::<SetBalance>(officer::BALANCES, &gone);
    desk.down(portal);

    // right as far as this desk knows
    desk.first_run();
    let id = desk.queued("Tiền điện", "1.000.000");
    let portal = desk.portal_up();
    desk.send_now();
    until_parked(&desk, id, ParkReason::Findings);
    assert_eq!(Officer::new(&desk).dossiers().len(), 0);
    let why = row(&desk, id).why.unwrap();
    assert_eq!(
        (why.code, why.params["count"].as_str()),
        (Code::BlockedByFindings, "1")
    );
    // said at the field before it is taken back, and while it is mended
    let over = [(FindingCode::OverBalance, field("total"))];
    assert_eq!(errors(&desk.view(id).findings), over);
    desk.engine.handle(Mend { id }).unwrap();
    assert_eq!(errors(&desk.view(id).findings), over);
    let acts: Vec<String> = desk.view(id).history.into_iter().map(|h| h.act).collect();
    assert!(!acts.iter().any(|act| act == "sending"), "{acts:?}");
    desk.down(portal);
}
