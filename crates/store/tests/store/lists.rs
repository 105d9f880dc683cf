//! The list: filters, search, paging.

use chrono::NaiveDate;
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::life::LocalState;
use hoso_domain::money::Dong;
use hoso_store::listing::{self, Filter, Order, Page};
use hoso_store::{dossiers, revisions, units};

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
            revisions::save_draft(tx, d, 1, &crate::world::vouchers("x"), &s, by)
        })
        .unwrap();
    assert!(titles(&w, "tien").is_empty());
    assert_eq!(titles(&w, "may in"), ["Mua máy in"]);
    let by = w.at(51);
    w.store()
        .write(move |tx| dossiers::delete_draft(tx, d, by))
        .unwrap();
    assert!(titles(&w, "may in").is_empty());
    w.store().write(listing::rebuild).unwrap();
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition_while_rows_change() {
    let w = World::new();
    for n in 1..=57 {
        // pairs share an instant: the order of change decides
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

#[test]
fn what_changed_last_stands_first_whatever_the_clock_said() {
    let w = World::new();
    let first = w.draft(1, "Tiền điện");
    let second = w.draft(2, "Tiền nước");
    let order = |text: &str| -> Vec<DossierId> {
        let filter = Filter {
            text: text.to_owned(),
            ..Filter::default()
        };
        page(&w, &filter).rows.iter().map(|r| r.id).collect()
    };
    assert_eq!(order(""), [second, first]);
    // a clock that was set back by a day: the change is the newest all the same
    save(&w, first, "Tiền điện", -86_400);
    assert_eq!(order(""), [first, second]);
    assert_eq!(order("tien"), [first, second]);
    let row = |id: DossierId| -> i64 {
        let read = |c: &hoso_store::Connection| {
            let sql = "SELECT row FROM listing WHERE dossier_id = ?1";
            Ok(c.query_row(sql, [id.to_string()], |r| r.get(0))?)
        };
        w.store().read(read).unwrap()
    };
    let at = row(first);
    save(&w, first, "Tiền điện", 60);
    assert_eq!(row(first), at, "typing on in it writes no list");
    save(&w, first, "Tiền điện tháng 11", 61);
    assert!(row(first) > at);
    assert_eq!(order("thang 11"), [first]);
}

fn save(w: &World, id: DossierId, title: &str, seconds: i64) {
    let (s, by, version) = (summary(title), w.at(seconds), w.version(id));
    w.store()
        .write(move |tx| {
            revisions::save_draft(tx, id, version, &crate::world::vouchers("x"), &s, by)
        })
        .unwrap();
}

/// The same throws every time (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// What the list must hold, kept by hand.
struct Held {
    id: DossierId,
    unit: UnitId,
    title: &'static str,
    form: &'static str,
    month: u32,
    stage: &'static str,
}

const TITLES: [&str; 5] = [
    "Tiền điện",
    "tiền nước quý",
    "Lương tháng 10",
    "nghiêng ngả",
    "Điện nước",
];
const FORMS: [&str; 3] = ["13", "09", "C2-02a/NS"];

impl Held {
    fn is(&self, unit: UnitId, filter: &Filter) -> bool {
        let folded = hoso_domain::text::fold(self.title);
        let mut typed = filter.text.split_whitespace();
        unit == self.unit
            && typed.all(|t| folded.split(' ').any(|word| word.starts_with(t)))
            && (filter.stage.is_empty() || filter.stage == self.stage)
            && (filter.form.is_empty() || filter.form == self.form)
            && (filter.month.is_empty() || filter.month == format!("2026-{:02}", self.month))
    }
}

/// The list read page by page.
fn in_pages(w: &World, unit: UnitId, filter: &Filter) -> Vec<DossierId> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = w
            .store()
            .read(|c| listing::page(c, unit, filter, after.as_deref(), 4))
            .unwrap();
        found.extend(page.rows.iter().map(|r| r.id));
        after = page.after;
        if after.is_none() {
            assert_eq!(page.total, found.len() as u64, "{filter:?}");
            return found;
        }
    }
}

/// Every search and list of both units, against the model: ids in their order, the number of all.
#[track_caller]
fn agrees(w: &World, units: [UnitId; 2], held: &[Held]) {
    for unit in units {
        for text in [
            "",
            "t",
            "ti",
            "tien",
            "nuoc d",
            "nghieng",
            "nghien",
            "dien nuoc",
            "khong",
        ] {
            for (stage, form, month) in [
                ("", "", ""),
                ("draft", "", ""),
                ("signing", "13", ""),
                ("", "C2-02a/NS", "2026-03"),
                ("", "", "2026-02"),
            ] {
                let mut filter = Filter {
                    text: text.to_owned(),
                    stage: stage.to_owned(),
                    form: form.to_owned(),
                    month: month.to_owned(),
                    order: Order::OldestFirst,
                };
                let mut expected: Vec<DossierId> = held
                    .iter()
                    .filter(|h| h.is(unit, &filter))
                    .map(|h| h.id)
                    .collect();
                assert_eq!(in_pages(w, unit, &filter), expected, "{filter:?}");
                filter.order = Order::NewestFirst;
                expected.reverse();
                assert_eq!(in_pages(w, unit, &filter), expected, "{filter:?}");
            }
        }
    }
    w.store()
        .write(|tx| {
            let check = "INSERT INTO listing_text (listing_text) VALUES ('integrity-check')";
            Ok(tx.execute(check, [])?)
        })
        .unwrap();
}

#[test]
fn the_search_follows_every_change_of_every_dossier_in_each_unit_alone() {
    let w = World::new();
    let other = unit(2, "1123457");
    let units = [w.unit, other.id];
    w.store()
        .write(move |tx| units::put(tx, &other, instant(0)))
        .unwrap();
    let mut dice = Dice(5);
    let mut held: Vec<Held> = Vec::new();
    for n in 0..160 {
        let at = instant(i64::from(n));
        let by = hoso_store::By { at, ..w.by };
        let new = Held {
            id: crate::world::dossier(u128::try_from(n).unwrap()),
            unit: units[dice.below(2)],
            title: TITLES[dice.below(TITLES.len())],
            form: FORMS[dice.below(FORMS.len())],
            month: [1, 2, 3][dice.below(3)],
            stage: "draft",
        };
        let mut told = summary(new.title);
        told.form = new.form.to_owned();
        told.day = NaiveDate::from_ymd_opt(2026, new.month, 5);
        told.payee = String::new();
        let drafts: Vec<usize> = (0..held.len())
            .filter(|i| held[*i].stage == "draft")
            .collect();
        let one = (!drafts.is_empty()).then(|| drafts[dice.below(drafts.len())]);
        match (dice.below(8), one) {
            (0..=3, _) | (_, None) => {
                let create = dossiers::NewDossier {
                    id: new.id,
                    unit: new.unit,
                    procedure: "recurrent-payment".to_owned(),
                    budget_year: 2026,
                    vouchers: crate::world::vouchers("x"),
                    summary: told,
                };
                w.store()
                    .write(move |tx| dossiers::create(tx, &create, by))
                    .unwrap();
                held.push(new);
            }
            (4 | 5, Some(i)) => {
                let old = held.remove(i);
                let version = w.version(old.id);
                let vouchers = crate::world::vouchers("y");
                w.store()
                    .write(move |tx| {
                        revisions::save_draft(tx, old.id, version, &vouchers, &told, by)
                    })
                    .unwrap();
                held.push(Held {
                    id: old.id,
                    unit: old.unit,
                    ..new
                });
            }
            (6, Some(i)) => {
                let old = held.remove(i);
                w.freeze(old.id);
                held.push(Held {
                    stage: "signing",
                    ..old
                });
            }
            (_, Some(i)) => {
                let old = held.remove(i);
                w.store()
                    .write(move |tx| dossiers::delete_draft(tx, old.id, by))
                    .unwrap();
            }
        }
        if n % 40 == 39 {
            agrees(&w, units, &held);
        }
    }
    assert!(held.len() > 40, "{}", held.len());
    // made anew it goes by the clock, which freezing sets here to the same instant
    w.store().write(listing::rebuild).unwrap();
    let order = |h: &Held| {
        w.store()
            .read(|c| dossiers::get(c, h.id))
            .unwrap()
            .changed_at
    };
    held.sort_by_key(|h| (order(h), h.id));
    agrees(&w, units, &held);
}
