//! What is large and comes from the portal: nothing that is to be sent waits for it, and it waits for
//! what the settings say.

use std::path::Path;

use hoso_contract::command::*;
use hoso_contract::view::{PackView, ResultRow};
use hoso_domain::digest::Digest;
use hoso_domain::id::{DossierId, ResultId};
use hoso_domain::life::TreasuryState;
use hoso_engine::Handle;
use hoso_portal::Portal;
use hoso_portal_api::feed::status;
use hoso_portal_api::{Change, Changes, Document, DossierStatus, Item, path};
use hoso_testkit::link::{Canned, Effect, Link, Rule};
use uuid::Uuid;

use crate::desk::officer::Officer;
use crate::desk::{Desk, now};

const PACKS: &str = "/v1/packs";
const DOCUMENTS: &str = "/v1/documents";

/// A pack of some hundred KiB in the feed, issued by another process; answers its size.
fn issue(desk: &Desk, number: &str) -> u64 {
    let own = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let fixture = Path::new(&own).join("tests/fixtures/pack");
    let read = |name: &str| std::fs::read_to_string(fixture.join(name)).unwrap();
    let form = read("90.toml").replace("number = \"90\"", &format!("number = \"{number}\""));
    let layout = format!("{}\n// {}\n", read("90.typ"), "x".repeat(400_000));
    let folder = tempfile::tempdir().unwrap();
    let put = |ending: &str, text: &str| {
        std::fs::write(folder.path().join(format!("{number}.{ending}")), text).unwrap();
    };
    put("toml", &form);
    put("typ", &layout);
    let portal = Portal::open(&desk.path("portal")).unwrap();
    let id = format!("thu-{number}");
    let signed = portal.issue_pack(folder.path(), &id, "Gói lớn").unwrap();
    signed.to_bytes().len() as u64
}

fn packs(desk: &Desk) -> Vec<PackView> {
    desk.engine.handle(GetPacks {}).unwrap()
}

fn until_a_pack(desk: &Desk) {
    desk.until("the pack", || (!packs(desk).is_empty()).then_some(()));
}

fn set(desk: &Desk, change: impl FnOnce(&mut hoso_contract::view::Settings)) {
    let mut settings = desk.engine.handle(GetSession {}).unwrap().settings;
    change(&mut settings);
    desk.engine.handle(SaveSettings { settings }).unwrap();
}

fn until_told(desk: &Desk, id: DossierId, state: &TreasuryState) -> ResultRow {
    desk.until("the treasury's word", || {
        let mut rows = desk.results().into_iter();
        rows.find(|row| row.id == id && row.treasury == *state)
    })
}

fn asked(link: &Link, path: &str) -> bool {
    link.exchanges().iter().any(|e| e.path.starts_with(path))
}

#[test]
fn a_salary_does_not_wait_for_a_pack_which_goes_on_where_it_was() {
    let (desk, link) = Desk::behind_a_link();
    desk.first_run();
    let portal = desk.portal_up();
    // each try brings a little, and then the line is silent
    let stopped = link.when(Rule::on("GET", PACKS), Effect::StopAnswer(5_000));
    let size = issue(&desk, "93");
    desk.send_now();
    desk.until("a part of the pack", || (stopped.times() > 0).then_some(()));
    let id = desk.queued("Tiền lương", "1.000.000");
    desk.send_now();
    desk.until_sent(id);
    assert_eq!(packs(&desk), []);

    link.heal();
    link.count_anew();
    desk.send_now();
    until_a_pack(&desk);
    let came = link.answered(PACKS);
    assert!(came < size, "{came} bytes of {size}: it began anew");
    desk.down(portal);
}

#[test]
fn while_sending_is_paused_no_pack_comes_and_the_next_start_still_knows_of_it() {
    let (mut desk, link) = Desk::behind_a_link();
    desk.first_run();
    let portal = desk.portal_up();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.send_now();
    desk.until_sent(id);
    set(&desk, |settings| settings.paused = true);
    issue(&desk, "94");
    let officer = Officer::new(&desk);
    for (act, state) in [
        ("receive", TreasuryState::Received),
        ("check", TreasuryState::Checking),
    ] {
        officer.act(id, act, "");
        until_told(&desk, id, &state);
    }
    desk.restart();
    desk.unlock().unwrap();
    officer.act(id, "complete", "");
    let told = until_told(&desk, id, &TreasuryState::Completed);
    assert!(
        !told.documents.is_empty(),
        "what is small comes all the same"
    );
    assert!(!asked(&link, PACKS));

    set(&desk, |settings| settings.paused = false);
    until_a_pack(&desk);
    desk.down(portal);
}

#[test]
fn a_large_result_follows_the_word_of_it_when_the_line_may_carry_it() {
    let (desk, link) = Desk::behind_a_link();
    desk.first_run();
    let portal = desk.portal_up();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.send_now();
    desk.until_sent(id);
    set(&desk, |settings| settings.metered = true);

    let scan = vec![7u8; 1_500_000];
    let document = Document {
        id: ResultId(Uuid::from_u128(7)),
        name: "bao-no.asice".to_owned(),
        sha256: Digest::of(&scan),
        size: scan.len() as u64,
    };
    let completed = DossierStatus {
        dossier: id,
        version: 1,
        revision: 1,
        status: status::COMPLETED.to_owned(),
        treasury_number: String::new(),
        appointment: None,
        text: String::new(),
        remarks: vec![],
        documents: vec![document],
    };
    let page = Changes {
        items: vec![Change {
            seq: 1,
            at: now(),
            item: Item::Dossier(completed),
        }],
        next: String::new(),
        up_to_date: true,
        server_time: now(),
    };
    let page = Canned {
        status: 200,
        headers: vec![("content-type", "application/json".to_owned())],
        body: serde_json::to_vec(&page).unwrap(),
    };
    let bytes = Canned {
        status: 200,
        headers: vec![],
        body: scan,
    };
    let other = Canned {
        body: vec![8u8; 1_500_000],
        ..bytes.clone()
    };
    link.when(Rule::on("GET", path::CHANGES).nth(1), Effect::Answer(page));
    let spoiled = link.when(Rule::on("GET", DOCUMENTS).nth(1), Effect::Answer(other));
    link.when(Rule::on("GET", DOCUMENTS), Effect::Answer(bytes));
    desk.send_now();
    let told = until_told(&desk, id, &TreasuryState::Completed);
    assert_eq!(told.documents, []);
    assert!(!asked(&link, DOCUMENTS));

    set(&desk, |settings| settings.metered = false);
    desk.until("other bytes than announced", || {
        (spoiled.times() == 1).then_some(())
    });
    // which is not the end of it
    desk.send_now();
    let came = desk.until("the document", || {
        let told = until_told(&desk, id, &TreasuryState::Completed);
        told.documents.into_iter().next()
    });
    assert_eq!((came.size, came.verified), (1_500_000, false));
    desk.down(portal);
}
