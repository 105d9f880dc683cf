//! A result that comes down over a line that breaks, or while somebody has another order.

use chrono::DateTime;
use hoso_contract::view::ResultDocument;
use hoso_domain::id::DossierId;
use hoso_domain::life::TreasuryState;
use hoso_portal::Handle as Portal;
use hoso_portal_api::problem::Kind;
use hoso_testkit::link::{Canned, Effect, Link, Rule};

use crate::desk::Desk;
use crate::desk::officer::Officer;

const DOCUMENTS: &str = "/v1/documents";
/// So much of a result comes at the first try.
const CUT: u64 = 5_000;

/// A dossier that was sent; nothing came down so far.
fn sent() -> (Desk, Link, Portal, DossierId) {
    let (desk, link) = Desk::behind_a_link();
    desk.first_run();
    let portal = desk.portal_up();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.send_now();
    desk.until_sent(id);
    link.count_anew();
    (desk, link, portal, id)
}

fn completed(desk: &Desk, id: DossierId) -> Officer {
    let officer = Officer::new(desk);
    officer.act(id, "receive", "");
    officer.act(id, "complete", "");
    officer
}

fn result(desk: &Desk, id: DossierId) -> Option<ResultDocument> {
    let row = desk.results().into_iter().find(|row| row.id == id)?;
    row.documents.into_iter().next()
}

fn nothing_came_twice(link: &Link, officer: &Officer, id: DossierId) {
    let size = officer.file(id).documents[0].size;
    assert!(size > 2 * CUT, "{size} bytes are not enough to be cut");
    let twice = link.answered(DOCUMENTS).saturating_sub(size);
    assert!(twice < CUT, "{twice} bytes came twice: it began anew");
}

#[test]
fn a_result_that_was_cut_goes_on_where_it_was_also_in_a_later_try() {
    let (desk, link, portal, id) = sent();
    let cut = link.when(Rule::on("GET", DOCUMENTS).nth(1), Effect::CutAnswer(CUT));
    // then the portal has no time: this try is over
    let busy = Canned::problem(Kind::Busy, None, DateTime::UNIX_EPOCH);
    let refused = link.when(Rule::on("GET", DOCUMENTS).nth(2), Effect::Answer(busy));
    let officer = completed(&desk, id);
    desk.until("the portal has no time", || {
        (refused.times() == 1).then_some(())
    });
    assert_eq!(cut.times(), 1);

    let document = desk.until("the result", || {
        desk.send_now();
        result(&desk, id)
    });
    assert!(document.verified, "{document:?}");
    nothing_came_twice(&link, &officer, id);
    desk.down(portal);
}

#[test]
fn an_order_during_a_download_throws_nothing_away_that_came() {
    let (desk, link, portal, id) = sent();
    let stopped = link.when(Rule::on("GET", DOCUMENTS).nth(1), Effect::StopAnswer(CUT));
    let officer = completed(&desk, id);
    desk.until("the first bytes", || (stopped.times() == 1).then_some(()));
    desk.send_now();
    let document = desk.until("the result", || result(&desk, id));
    assert!(document.verified, "{document:?}");
    nothing_came_twice(&link, &officer, id);
    desk.down(portal);
}

#[test]
fn a_result_that_breaks_the_line_each_time_holds_up_no_dossier_and_follows_its_own_word() {
    let (desk, link, portal, id) = sent();
    let cut = link.when(Rule::on("GET", DOCUMENTS), Effect::CutAnswer(0));
    completed(&desk, id);
    desk.until("a broken line", || (cut.times() > 0).then_some(()));
    let other = desk.queued("Tiền nước", "2.000.000");
    desk.until_sent(other);

    desk.until("the word without its paper", || {
        desk.send_now();
        (desk.view(id).treasury == TreasuryState::Completed).then_some(())
    });
    assert_eq!(result(&desk, id), None);
    link.heal();
    desk.send_now();
    let document = desk.until("the result", || result(&desk, id));
    assert!(document.verified, "{document:?}");
    desk.down(portal);
}

#[test]
fn a_result_the_portal_does_not_find_is_named_as_awaited_and_never_given_up() {
    let (desk, link, portal, id) = sent();
    let missing = Canned::problem(Kind::NotFound, None, DateTime::UNIX_EPOCH);
    let refused = link.when(Rule::on("GET", DOCUMENTS), Effect::Answer(missing));
    completed(&desk, id);
    let told = || {
        let row = desk.results().into_iter().find(|row| row.id == id)?;
        (row.treasury == TreasuryState::Completed).then_some(row)
    };
    let row = desk.until("the word without its paper", told);
    assert_eq!((row.documents.len(), row.awaited.len()), (0, 1));
    // more often than what may be given up is asked for
    desk.until("many refusals", || {
        desk.send_now();
        (refused.times() > 8).then_some(())
    });
    link.heal();
    desk.send_now();
    let document = desk.until("the result", || result(&desk, id));
    assert!(document.verified, "{document:?}");
    assert_eq!(told().unwrap().awaited, []);
    desk.down(portal);
}
