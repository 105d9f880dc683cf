//! The treasury's figures, as the feed tells them.

use chrono::Datelike as _;
use hoso_contract::command::SendNow;
use hoso_domain::book::Kind;
use hoso_engine::Handle;
use hoso_portal_api::feed::Movement;
use hoso_portal_api::officer::{self, SendMovement, SetEstimate};

use crate::desk::Desk;
use crate::desk::officer::Officer;
use crate::{books, dong, enter, posting, today};

#[test]
fn movements_and_estimates_of_the_treasury_come_by_the_feed_beside_the_own_book() {
    let desk = Desk::ready();
    let portal = desk.portal_up();
    enter(&desk, vec![posting(&desk, Kind::YearStart, 500_000_000)]);
    let id = desk.queued("Tiền điện", "1.250.000");
    desk.send_now();
    desk.until_sent(id);
    let officer = Officer::new(&desk);
    officer.act(id, "receive", "");
    officer.act(id, "complete", "");

    let unit = desk.world.unit.id;
    let account = desk.view(id).vouchers[0].field("account").to_owned();
    let movement = SendMovement {
        unit,
        day: today(&desk),
        account,
        amount: dong(-1_250_000),
        reference: officer.file(id).summary.treasury_number,
        text: "Tiền điện".to_owned(),
    };
    // told twice, as a statement that was imported meanwhile would
    for _ in 0..2 {
        officer.tell::<Movement>(officer::MOVEMENTS, &movement);
    }
    let estimate = |used| SetEstimate {
        unit,
        year: today(&desk).year(),
        source: "13".to_owned(),
        sector: "341".to_owned(),
        programme: String::new(),
        given: dong(500_000_000),
        used: dong(used),
    };
    for used in [0, 2_000_000] {
        officer.tell::<SetEstimate>(officer::ESTIMATES, &estimate(used));
    }
    desk.engine.handle(SendNow { id: None }).unwrap();
    let seen = desk.until("the treasury's figures", || {
        let books = books(&desk);
        let newest = books
            .told
            .first()
            .is_some_and(|r| r.used == dong(2_000_000));
        newest.then_some(books)
    });
    let [only] = &seen.movements[..] else {
        panic!("{:?}", seen.movements)
    };
    assert_eq!(only.dossier, Some(id));
    let [line] = &seen.told[..] else {
        panic!("{:?}", seen.told)
    };
    assert_eq!(line.own_given, Some(dong(500_000_000)));
    assert_eq!(line.own_used, Some(dong(1_250_000)));
    // 498 750 000 left by the own book, 498 000 000 by the treasury's
    assert_eq!(line.difference, Some(dong(750_000)));
    desk.down(portal);
}
