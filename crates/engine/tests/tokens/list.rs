//! The list Ký shows rows: it opens no paper.

use std::path::Path;

use chrono::{Datelike, NaiveDate};
use hoso_contract::Code;
use hoso_contract::book::EntryInput;
use hoso_contract::command::*;
use hoso_domain::book::{Kind, Posting};
use hoso_domain::finding::{FindingCode, Severity};
use hoso_domain::money::Dong;
use hoso_engine::Handle;
use hoso_portal_api::officer::{self, SetBalance};

use crate::bench::{Bench, CHIEF, OWNER};
use crate::desk::officer::Officer;

/// Takes every file the store keeps beside its database out of the way.
fn without_files(folder: &Path, away: &Path, work: impl FnOnce()) {
    std::fs::rename(folder, away).unwrap();
    work();
    std::fs::rename(away, folder).unwrap();
}

#[test]
fn the_list_reads_what_its_rows_show_and_the_pages_are_counted_when_somebody_looks() {
    let bench = Bench::new();
    let items = bench.submitted(2);
    let engine = &bench.desk.engine;
    let id = items[0];
    let count = || engine.handle(CountPages { id, voucher: 0 });
    let whole = engine.handle(SigningQueue {}).unwrap();
    assert!(whole.iter().all(|i| i.vouchers == 1 && i.role == CHIEF));
    assert_eq!(count().unwrap(), 1);
    let files = bench.desk.home.join("store/files");
    without_files(&files, &bench.desk.path("away"), || {
        assert_eq!(engine.handle(SigningQueue {}).unwrap(), whole);
        assert_eq!(count().unwrap_err().code, Code::FileUnreadable);
    });
    assert_eq!(count().unwrap(), 1);
}

fn dong(n: i64) -> Dong {
    Dong::new(n).unwrap()
}

/// The year's estimate of the line that the drafts of a desk are charged to.
fn estimate(day: NaiveDate, amount: i64) -> EntryInput {
    EntryInput {
        posting: Posting {
            day,
            kind: Kind::YearStart,
            account: String::new(),
            source: "13".to_owned(),
            sector: "341".to_owned(),
            programme: String::new(),
            economic_content: String::new(),
            contract: String::new(),
            amount: dong(amount),
        },
        document_no: "01/QĐ-UBND".to_owned(),
        document_day: None,
        note: String::new(),
    }
}

#[test]
fn a_row_says_who_is_paid_where_how_much_what_is_left_for_it_and_what_the_checks_warn_of() {
    let bench = Bench::new();
    let (desk, engine) = (&bench.desk, &bench.desk.engine);
    let figure = SetBalance {
        unit: desk.world.unit.id,
        account: desk.world.unit.accounts[0].number.clone(),
        figure: dong(5_000_000),
    };
    let portal = desk.portal_up();
    Officer::new(desk).tell::<SetBalance>(officer::BALANCES, &figure);
    let today = engine.handle(GetSession {}).unwrap().today;
    let enter = EnterPostings {
        year: today.year(),
        entries: vec![estimate(today, 1_500_000)],
    };
    engine.handle(enter).unwrap();
    let items = bench.submitted(2);
    let row = |id| {
        let queue = engine.handle(SigningQueue {}).unwrap();
        queue.into_iter().find(|i| i.id == id).unwrap()
    };
    desk.send_now();
    desk.until("the treasury's figure", || {
        (row(items[1]).usable == Some(dong(5_000_000))).then_some(())
    });
    desk.down(portal);
    let over = |id| {
        let mut found = row(id).warnings.into_iter();
        found.any(|f| f.code == FindingCode::OverEstimate)
    };
    assert!(!over(items[1]));

    // what both signed is spoken for, in the figure and in the estimate
    for role in [CHIEF, OWNER] {
        assert_eq!(bench.sign(&items[..1], role).items[0].error, None);
    }
    assert!(over(items[1]));
    let second = row(items[1]);
    assert_eq!(
        (second.title.as_str(), second.form.as_str()),
        ("Tiền điện kỳ 2", "13")
    );
    assert_eq!(
        (second.payee.as_str(), second.payee_bank.as_str()),
        ("Công ty Văn phòng phẩm Nậm Lay", "Agribank Điện Biên")
    );
    assert_eq!(
        (second.total, second.usable),
        (dong(1_000_002), Some(dong(5_000_000 - 1_000_001)))
    );
    assert!(
        second
            .warnings
            .iter()
            .all(|f| f.severity == Severity::Warning)
    );
    assert_eq!(second.role, CHIEF);
    assert_eq!(second.certificates, [desk.world.chief.certificate()]);
}
