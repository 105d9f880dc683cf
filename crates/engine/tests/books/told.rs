//! The treasury's figures, as the feed tells them.

use chrono::Datelike as _;
use hoso_contract::book::BooksView;
use hoso_contract::command::{GetNotices, GetToday, MarkNoticeRead};
use hoso_contract::view::NoticeView;
use hoso_domain::book::Kind;
use hoso_domain::catalogue::answer_due;
use hoso_domain::life::TreasuryState;
use hoso_engine::Handle;
use hoso_portal_api::feed::{Movement, Notice};
use hoso_portal_api::officer::{self, SendMovement, SendNotice, SetEstimate};

use crate::desk::Desk;
use crate::desk::officer::Officer;
use crate::reconcile::statement;
use crate::{books, dong, enter, posting, today};

/// Tells that so much of the estimate was used, and waits until that and all that was told before was
/// heard.
fn heard(desk: &Desk, officer: &Officer, used: i64) -> BooksView {
    let estimate = SetEstimate {
        unit: desk.world.unit.id,
        year: today(desk).year(),
        source: "13".to_owned(),
        sector: "341".to_owned(),
        programme: String::new(),
        given: dong(500_000_000),
        used: dong(used),
    };
    officer.tell::<SetEstimate>(officer::ESTIMATES, &estimate);
    desk.send_now();
    desk.until("the treasury's figures", || {
        let books = books(desk);
        let newest = books.told.first().is_some_and(|r| r.used == dong(used));
        newest.then_some(books)
    })
}

/// The portal comes back from its backup and tells everything again.
fn restored(desk: &Desk, portal: hoso_portal::Handle) -> hoso_portal::Handle {
    desk.down(portal);
    let file = desk.path("portal").join("portal.json");
    let mut config: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    config["epoch"] = "restored".into();
    std::fs::write(&file, serde_json::to_vec(&config).unwrap()).unwrap();
    desk.portal_up()
}

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
    officer.tell::<Movement>(officer::MOVEMENTS, &movement);
    heard(&desk, &officer, 0);
    let seen = heard(&desk, &officer, 2_000_000);
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

#[test]
fn a_movement_that_was_imported_and_told_is_one_and_its_equal_another() {
    let desk = Desk::ready();
    let account = desk.world.unit.accounts[0].number.clone();
    let fee = [account.as_str(), "55000", "", "PHI"];
    statement(&desk, &[fee]);
    let portal = desk.portal_up();
    let officer = Officer::new(&desk);
    let movement = SendMovement {
        unit: desk.world.unit.id,
        day: today(&desk),
        account: account.clone(),
        amount: dong(-55_000),
        reference: "PHI".to_owned(),
        text: String::new(),
    };
    for told in [1, 2] {
        officer.tell::<Movement>(officer::MOVEMENTS, &movement);
        let seen = heard(&desk, &officer, told as i64);
        assert_eq!(seen.movements.len(), told);
    }
    // the statement of a longer time, with one that was not told yet
    let report = statement(&desk, &[fee, fee, fee]);
    assert_eq!((report.taken, report.known), (1, 2));

    let portal = restored(&desk, portal);
    let officer = Officer::new(&desk);
    assert_eq!(heard(&desk, &officer, 3).movements.len(), 3);
    officer.tell::<Movement>(officer::MOVEMENTS, &movement);
    assert_eq!(heard(&desk, &officer, 4).movements.len(), 3);
    desk.down(portal);
}

#[test]
fn the_day_by_which_the_treasury_answers_is_told_until_it_has_answered() {
    let desk = Desk::ready();
    let portal = desk.portal_up();
    let id = desk.queued("Tiền điện", "1.250.000");
    desk.send_now();
    desk.until_sent(id);
    let row = || {
        let found = desk.results().into_iter().find(|r| r.id == id);
        found.unwrap()
    };
    let told = || {
        let all = desk.engine.handle(GetToday {}).unwrap().deadlines;
        let of_answers = all.into_iter().filter(|d| d.code.starts_with("answer"));
        of_answers.map(|d| d.day).collect::<Vec<_>>()
    };
    let received = row().receipt.unwrap().received_at + chrono::TimeDelta::hours(7);
    let due = answer_due("recurrent-payment", received.date_naive()).unwrap();
    assert!(due > received.date_naive());
    assert_eq!((row().answer_due, told()), (Some(due), vec![due]));

    let officer = Officer::new(&desk);
    officer.act(id, "receive", "");
    officer.act(id, "complete", "");
    desk.send_now();
    desk.until("the answer", || {
        (row().treasury == TreasuryState::Completed).then_some(())
    });
    assert_eq!((row().answer_due, told()), (None, vec![]));
    desk.down(portal);
}

#[test]
fn a_notice_of_the_treasury_stays_word_for_word_until_it_is_marked_read_and_after() {
    let mut desk = Desk::ready();
    let portal = desk.portal_up();
    let officer = Officer::new(&desk);
    let send = |title: &str, text: &str| {
        let notice = SendNotice {
            unit: desk.world.unit.id,
            title: title.to_owned(),
            text: text.to_owned(),
        };
        officer.tell::<Notice>(officer::NOTICES, &notice)
    };
    send("Nghỉ lễ", "Kho bạc nghỉ giao dịch ngày 02/9.");
    let newest = send("Khóa sổ", "Hạn gửi chứng từ là 16 giờ ngày 31/12.");
    desk.send_now();
    let notices = |desk: &Desk| desk.engine.handle(GetNotices {}).unwrap();
    let told = desk.until("both notices", || {
        let told = notices(&desk);
        (told.len() == 2).then_some(told)
    });
    let words: Vec<_> = told
        .iter()
        .map(|n| (n.title.as_str(), n.text.as_str(), n.unread))
        .collect();
    assert_eq!(
        words,
        [
            ("Khóa sổ", "Hạn gửi chứng từ là 16 giờ ngày 31/12.", true),
            ("Nghỉ lễ", "Kho bạc nghỉ giao dịch ngày 02/9.", true),
        ]
    );
    assert!(told[0].at >= told[1].at);

    let id = newest.id;
    desk.engine.handle(MarkNoticeRead { id }).unwrap();
    let unread = |told: Vec<NoticeView>| -> Vec<bool> { told.iter().map(|n| n.unread).collect() };
    assert_eq!(unread(notices(&desk)), [false, true]);

    // a portal that tells all anew tells nothing twice, and what was read stays read
    let portal = restored(&desk, portal);
    heard(&desk, &Officer::new(&desk), 1);
    assert_eq!(unread(notices(&desk)), [false, true]);
    desk.restart();
    desk.unlock().unwrap();
    assert_eq!(unread(notices(&desk)), [false, true]);
    desk.down(portal);
}

#[test]
fn behind_other_windows_the_feed_is_not_held_open_and_in_front_again_news_come_at_once() {
    let desk = Desk::new();
    let portal = desk.portal_up();
    desk.first_run();
    // it goes by itself: "Gửi ngay" would ask the feed as well
    let first = desk.queued("Tiền điện", "1.000.000");
    desk.until_sent(first);
    desk.engine.behind();
    let notice = SendNotice {
        unit: desk.world.unit.id,
        title: "Nghỉ lễ".to_owned(),
        text: "Kho bạc nghỉ giao dịch ngày 02/9.".to_owned(),
    };
    Officer::new(&desk).tell::<Notice>(officer::NOTICES, &notice);
    // what waits goes all the same, and the courier is up
    let second = desk.queued("Tiền nước", "2.000.000");
    desk.until_sent(second);
    let told = || desk.engine.handle(GetNotices {}).unwrap().len();
    assert_eq!(told(), 0);
    desk.engine.in_front();
    desk.until("the notice", || (told() == 1).then_some(()));
    desk.down(portal);
}
