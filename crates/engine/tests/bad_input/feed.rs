//! A feed that makes no headway, or brings what cannot be kept: it rests, is told of, and holds up
//! nothing that is to be sent.

use std::path::PathBuf;

use chrono::DateTime;
use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::LinkView;
use hoso_domain::digest::Digest;
use hoso_domain::id::{DossierId, ResultId};
use hoso_domain::life::TreasuryState;
use hoso_engine::Handle;
use hoso_portal_api::feed::status;
use hoso_portal_api::problem::Kind;
use hoso_portal_api::{Change, Changes, Document, DossierStatus, Item, Snapshot, path};
use hoso_testkit::link::{Canned, Effect, Fired, Link, Rule, Way};
use uuid::Uuid;

use crate::desk::{Desk, now};

const DOCUMENTS: &str = "/v1/documents";

fn json(body: &impl serde::Serialize) -> Effect {
    Effect::Answer(Canned {
        status: 200,
        headers: vec![("content-type", "application/json".to_owned())],
        body: serde_json::to_vec(body).unwrap(),
    })
}

fn changes(items: Vec<Change>, up_to_date: bool) -> Effect {
    json(&Changes {
        items,
        next: "c1".to_owned(),
        up_to_date,
        server_time: now(),
    })
}

fn feed() -> Rule {
    Rule::on("GET", path::CHANGES)
}

/// The treasury's word that a dossier is done, with a paper that is always number 7.
fn completed(id: DossierId, version: u64, paper: &[u8]) -> Vec<Change> {
    let document = Document {
        id: ResultId(Uuid::from_u128(7)),
        name: "bao-no.asice".to_owned(),
        sha256: Digest::of(paper),
        size: paper.len() as u64,
    };
    let status = DossierStatus {
        dossier: id,
        version,
        revision: 1,
        status: status::COMPLETED.to_owned(),
        treasury_number: String::new(),
        appointment: None,
        text: String::new(),
        remarks: vec![],
        documents: vec![document],
    };
    vec![Change {
        seq: version,
        at: now(),
        item: Item::Dossier(status),
    }]
}

/// The feed says that the dossier is done where it is asked so, and the portal has this paper.
fn tell(link: &Link, asked: Rule, id: DossierId, version: u64, paper: &[u8]) -> Fired {
    let bytes = Canned {
        status: 200,
        headers: vec![],
        body: paper.to_vec(),
    };
    link.when(Rule::on("GET", DOCUMENTS), Effect::Answer(bytes));
    link.when(asked, changes(completed(id, version, paper), true))
}

/// A dossier the portal has.
fn sent() -> (Desk, Link, hoso_portal::Handle, DossierId) {
    let (desk, link) = Desk::behind_a_link();
    desk.first_run();
    let portal = desk.portal_up();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.send_now();
    desk.until_sent(id);
    (desk, link, portal, id)
}

fn until_unread(desk: &Desk, code: Option<Code>) {
    desk.until("a word on the feed", || {
        match desk.engine.handle(GetSession {}).unwrap().link {
            LinkView::Online { unread, .. } => (unread.map(|why| why.code) == code).then_some(()),
            _ => None,
        }
    });
}

/// Sizes of the papers that came for a dossier.
fn papers(desk: &Desk, id: DossierId) -> Vec<u64> {
    let row = desk.results().into_iter().find(|row| row.id == id);
    let papers = row.map(|row| row.documents).unwrap_or_default();
    papers.iter().map(|paper| paper.size).collect()
}

/// With a feed spoiled so a dossier goes all the same, the feed is asked at most so many times, and read
/// again once it is whole.
fn holds_up_nothing(most: u32, spoil: impl FnOnce(&Link) -> Fired) {
    let (desk, link) = Desk::behind_a_link();
    let portal = desk.portal_up();
    let asked = spoil(&link);
    desk.first_run();
    until_unread(&desk, Some(Code::FeedUnreadable));
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.until_sent(id);
    let times = asked.times();
    assert!(times <= most, "asked {times} times");

    link.heal();
    desk.send_now();
    until_unread(&desk, None);
    desk.down(portal);
}

fn gone() -> Effect {
    let gone = Canned::problem(Kind::CursorGone, None, DateTime::UNIX_EPOCH);
    Effect::Answer(gone)
}

#[test]
fn a_feed_that_promises_more_and_stays_where_it_is_holds_up_nothing() {
    holds_up_nothing(20, |link| link.when(feed(), changes(vec![], false)));
}

#[test]
fn a_cursor_that_is_gone_as_soon_as_it_is_given_holds_up_nothing() {
    holds_up_nothing(20, |link| link.when(feed(), gone()));
}

#[test]
fn a_snapshot_whose_pages_go_in_a_circle_holds_up_nothing() {
    holds_up_nothing(40, |link| {
        link.when(feed(), gone());
        let circle = Snapshot {
            items: vec![],
            next: Some("p2".to_owned()),
            cursor: "c1".to_owned(),
            server_time: now(),
        };
        link.when(Rule::on("GET", path::SNAPSHOT), json(&circle))
    });
}

#[test]
fn a_feed_that_is_not_held_open_is_asked_no_oftener_than_one_that_is() {
    let (desk, link) = Desk::behind_a_link();
    let portal = desk.portal_up();
    let asked = link.when(feed(), changes(vec![], true));
    desk.first_run();
    desk.until("the feed", || (asked.times() > 0).then_some(()));
    // time enough for whoever asks as soon as he is answered
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.until_sent(id);
    let times = asked.times();
    assert!(times <= 20, "asked {times} times");
    link.heal();
    desk.down(portal);
}

#[test]
fn a_paper_that_was_signed_anew_under_its_number_stands_beside_the_first() {
    let (desk, link, portal, id) = sent();
    tell(&link, feed().nth(1), id, 1, &[1; 3_000]);
    desk.send_now();
    desk.until("the first", || (papers(&desk, id) == [3_000]).then_some(()));
    link.heal();

    tell(&link, feed().nth(1), id, 2, &[2; 4_000]);
    desk.send_now();
    desk.until("the second", || {
        let mut sizes = papers(&desk, id);
        sizes.sort_unstable();
        (sizes == [3_000, 4_000]).then_some(())
    });
    link.heal();
    desk.down(portal);
}

#[test]
fn what_the_feed_brings_and_the_disk_does_not_take_is_told_and_comes_later() {
    let (desk, link, portal, id) = sent();
    // made before: its own files must find their folders
    link.set_way(Way::Refused);
    let other = desk.queued("Tiền nước", "2.000.000");
    let shelf = |paper: &[u8]| -> PathBuf {
        let name = Digest::of(paper).hex();
        desk.home.join("store/files").join(name.get(..2).unwrap())
    };
    let mut possible = (0..=u8::MAX).map(|n| vec![n; 3_000]);
    let paper = possible.find(|paper| !shelf(paper).exists()).unwrap();
    // where its folder would be there is something else
    std::fs::write(shelf(&paper), b"").unwrap();
    let asked = tell(&link, feed(), id, 1, &paper);
    link.set_way(Way::Open);
    desk.send_now();
    until_unread(&desk, Some(Code::DiskRefused));
    desk.until_sent(other);
    let times = asked.times();
    assert!(times <= 20, "asked {times} times");
    assert!(papers(&desk, id).is_empty());

    std::fs::remove_file(shelf(&paper)).unwrap();
    desk.send_now();
    desk.until("the paper", || (papers(&desk, id) == [3_000]).then_some(()));
    let state = desk.view(id).treasury;
    assert_eq!(state, TreasuryState::Completed);
    until_unread(&desk, None);
    link.heal();
    desk.down(portal);
}
