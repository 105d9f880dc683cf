//! The list: filters, search, paging.

use chrono::NaiveDate;
use hoso_domain::life::LocalState;
use hoso_domain::money::Dong;
use hoso_store::listing::{self, Filter, Page};
use hoso_store::units;

use crate::world::{World, instant, summary, unit};

fn page(w: &World, filter: &Filter) -> Page {
    w.store()
        .read(|c| listing::page(c, w.unit, filter, None, 100))
        .unwrap()
}

fn titles(w: &World, text: &str) -> Vec<String> {
    let filter = Filter {
        text: text.to_owned(),
        ..Filter::default()
    };
    page(w, &filter).rows.into_iter().map(|r| r.title).collect()
}

#[test]
fn search_finds_without_accents_in_every_way_of_writing() {
    let w = World::new();
    let mut s = summary("Tiền điện tháng 10 trụ sở Đảng uỷ");
    s.payee = "Hợp tác xã Hoà Bình".to_owned();
    s.search = "sửa chữa đường ống".to_owned();
    s.total = Dong::new(1_250_000).unwrap();
    w.draft_of(1, s, w.at(1));
    let mut other = summary("Văn phòng phẩm");
    other.payee = "Nhà sách Vinh".to_owned();
    other.total = Dong::new(98_000).unwrap();
    w.draft_of(2, other, w.at(2));
    for typed in [
        "điện",
        "dien",
        "ĐIỆN",
        "tien thang 10",
        "dang uy",
        "hoa binh",
        "hòa bình",
        "hoà bình",
        "Hòa Bình",
        "duong ong",
        "hop",
        "1.250.000",
        "1250000",
        "\"điện\" -",
        // decomposed, as a Mac types it
        "đie\u{302}\u{323}n",
        "hoa\u{300}",
    ] {
        assert_eq!(
            titles(&w, typed),
            ["Tiền điện tháng 10 trụ sở Đảng uỷ"],
            "{typed}"
        );
    }
    for typed in ["dienn", "OR", "NEAR(", "điện phẩm", "1250001"] {
        assert_eq!(titles(&w, typed), Vec::<String>::new(), "{typed}");
    }
    for typed in ["", "  ", "*", "\"", "-", "'; DROP TABLE listing"] {
        let n = titles(&w, typed).len();
        assert!(n == 2 || typed.contains("DROP"), "{typed}: {n}");
    }
}

#[test]
fn an_edited_draft_is_found_by_its_new_text_only() {
    let w = World::new();
    let d = w.draft(1, "Tiền điện");
    let by = w.at(50);
    w.store()
        .write(move |tx| {
            let s = summary("Mua máy in");
            hoso_store::revisions::save_draft(tx, d, 1, &crate::world::vouchers("x"), &s, by)
        })
        .unwrap();
    assert!(titles(&w, "tien").is_empty());
    assert_eq!(titles(&w, "may in"), ["Mua máy in"]);
    let by = w.at(51);
    w.store()
        .write(move |tx| hoso_store::dossiers::delete_draft(tx, d, by))
        .unwrap();
    assert!(titles(&w, "may in").is_empty());
    w.store().write(listing::rebuild).unwrap();
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition_while_rows_change() {
    let w = World::new();
    for n in 1..=57 {
        // pairs share an instant: the id decides
        let by = w.at(i64::try_from(n / 2).unwrap());
        w.draft_of(n, summary(&format!("Hồ sơ {n}")), by);
    }
    let mut seen = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = w
            .store()
            .read(|c| listing::page(c, w.unit, &Filter::default(), after.as_deref(), 10))
            .unwrap();
        assert_eq!(page.total, 57 + u64::from(seen.len() >= 20));
        seen.extend(page.rows.iter().map(|r| (r.changed, r.id)));
        if seen.len() == 20 {
            // a row that comes in between is newer than where we stand
            w.draft_of(900, summary("Mới"), w.at(5_000));
        }
        after = page.after;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 57);
    assert!(
        seen.windows(2).all(|p| p[0] > p[1]),
        "newest first, each once"
    );
    let odd = w
        .store()
        .read(|c| listing::page(c, w.unit, &Filter::default(), Some("not a key"), 10))
        .unwrap();
    assert!(odd.rows.len() <= 10);
}

#[test]
fn filters_narrow_by_stage_form_month_and_unit() {
    let w = World::new();
    let other = unit(2, "1123457");
    w.store()
        .write(move |tx| units::put(tx, &other, instant(0)))
        .unwrap();
    let mut s = summary("Tháng mười");
    s.day = NaiveDate::from_ymd_opt(2026, 10, 31);
    s.form = "09".to_owned();
    w.draft_of(1, s, w.at(1));
    w.draft(2, "Tháng này");
    let d = w.draft(3, "Chờ ký");
    w.freeze(d);
    w.queued(4);
    let count = |filter: Filter| page(&w, &filter).total;
    let stage = |s: &str| Filter {
        stage: s.to_owned(),
        ..Filter::default()
    };
    assert_eq!(count(Filter::default()), 4);
    assert_eq!(count(stage("draft")), 2);
    assert_eq!(count(stage("signing")), 1);
    assert_eq!(count(stage("waiting")), 1);
    assert_eq!(count(stage("done")), 0);
    assert_eq!(count(stage("no such stage")), 0);
    assert_eq!(
        count(Filter {
            form: "09".to_owned(),
            ..stage("draft")
        }),
        1
    );
    assert_eq!(
        count(Filter {
            month: "2026-10".to_owned(),
            ..Filter::default()
        }),
        1
    );
    assert_eq!(
        count(Filter {
            month: "2026-11".to_owned(),
            ..Filter::default()
        }),
        3
    );
    let both = Filter {
        text: "thang".to_owned(),
        ..stage("draft")
    };
    assert_eq!(count(both), 2);
    let elsewhere = w
        .store()
        .read(|c| listing::page(c, unit(2, "").id, &Filter::default(), None, 10))
        .unwrap();
    assert_eq!(elsewhere.total, 0);
    let counts = w.store().read(|c| listing::counts(c, w.unit)).unwrap();
    assert_eq!((counts.to_sign, counts.waiting, counts.answers), (1, 1, 0));
    assert!(
        page(&w, &stage("signing"))
            .rows
            .iter()
            .all(|r| { r.local == LocalState::Awaiting { step: 1 } })
    );
}
