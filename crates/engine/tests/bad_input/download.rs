//! A result that comes down over a line that breaks.

use chrono::DateTime;
use hoso_portal_api::problem::Kind;
use hoso_testkit::ca::Validity;
use hoso_testkit::link::{Canned, Effect, Identity, Link, Rule, TlsAuthority};

use crate::desk::Desk;
use crate::desk::officer::Officer;

/// A desk whose portal is reached over the link alone.
pub fn behind_a_link() -> (Desk, Link) {
    let own = TlsAuthority::new("CA của đường truyền thử").unwrap();
    let link = Link::start(&own.issue("127.0.0.1", Validity::Current).unwrap()).unwrap();
    let desk = Desk::with(|wish| wish.reached_at = Some(link.address().to_string()));
    let data = desk.path("portal");
    let read = |name: &str| std::fs::read_to_string(data.join(name)).unwrap();
    // the link stands for the portal with the portal's own certificate
    let identity = Identity::from_pem(&read("tls-cert.pem"), &read("tls-key.pem")).unwrap();
    link.show(&identity).unwrap();
    let address = desk.address.parse().unwrap();
    link.lead_to(address, &read("tls-ca.pem")).unwrap();
    (desk, link)
}

#[test]
fn a_result_that_was_cut_goes_on_where_it_was_also_in_a_later_try() {
    let (desk, link) = behind_a_link();
    desk.first_run();
    let portal = desk.portal_up();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.send_now();
    desk.until_sent(id);

    const CUT: u64 = 5_000;
    let documents = "/v1/documents";
    link.count_anew();
    let cut = link.when(Rule::on("GET", documents).nth(1), Effect::CutAnswer(CUT));
    // then the portal has no time: this try is over
    let busy = Canned::problem(Kind::Busy, None, DateTime::UNIX_EPOCH);
    let refused = link.when(Rule::on("GET", documents).nth(2), Effect::Answer(busy));
    let officer = Officer::new(&desk);
    officer.act(id, "receive", "");
    officer.act(id, "complete", "");
    desk.until("the portal has no time", || {
        (refused.times() == 1).then_some(())
    });
    assert_eq!(cut.times(), 1);

    let document = desk.until("the result", || {
        desk.send_now();
        let rows = desk.results();
        let row = rows.into_iter().find(|row| row.id == id)?;
        row.documents.first().cloned()
    });
    assert!(document.verified, "{document:?}");
    let size = officer.file(id).documents[0].size;
    assert!(size > 2 * CUT, "{size} bytes are not enough to be cut");
    let twice = link.answered(documents).saturating_sub(size);
    assert!(twice < CUT, "{twice} bytes came twice: it began anew");
    desk.down(portal);
}
