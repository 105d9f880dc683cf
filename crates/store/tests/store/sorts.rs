//! The list by amount and by voucher's day: order, equals, pages, filters, search.

use std::cmp::Reverse;

use chrono::NaiveDate;
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::money::Dong;
use hoso_store::listing::{self, Filter, Order};
use hoso_store::revisions::Summary;
use hoso_store::{dossiers, revisions, units};

use crate::world::{World, dossier, instant, summary, unit, vouchers};

const ORDERS: [Order; 4] = [
    Order::LargestFirst,
    Order::SmallestFirst,
    Order::LatestDayFirst,
    Order::EarliestDayFirst,
];

fn by(order: Order) -> Filter {
    Filter {
        order,
        ..Filter::default()
    }
}

fn of(title: &str, total: i64, day: Option<&str>) -> Summary {
    Summary {
        total: Dong::new(total).unwrap(),
        day: day.map(|d| d.parse::<NaiveDate>().unwrap()),
        payee: String::new(),
        ..summary(title)
    }
}

/// The list read in pages of `limit`; what each says of all of it agrees.
#[track_caller]
fn in_pages(w: &World, unit: UnitId, filter: &Filter, limit: u32) -> Vec<DossierId> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = w
            .store()
            .read(|c| listing::page(c, unit, filter, after.as_deref(), limit))
            .unwrap();
        assert!(page.rows.len() <= limit as usize, "{filter:?}");
        found.extend(page.rows.iter().map(|r| r.id));
        after = page.after;
        if after.is_none() {
            assert_eq!(page.total, found.len() as u64, "{filter:?}");
            return found;
        }
        assert_eq!(
            page.rows.len(),
            limit as usize,
            "a page is full: {filter:?}"
        );
    }
}

fn save(w: &World, id: DossierId, summary: Summary) {
    let (by, version) = (w.at(9_000), w.version(id));
    w.store()
        .write(move |tx| {
            revisions::save_draft(tx, id, version, &vouchers("x"), &summary, by).map(|_| ())
        })
        .unwrap();
}

/// `row` of the list: it changes when a dossier gets another place.
fn row(w: &World, id: DossierId) -> i64 {
    let sql = "SELECT row FROM listing WHERE dossier_id = ?1";
    let read = |c: &hoso_store::Connection| Ok(c.query_row(sql, [id.to_string()], |r| r.get(0))?);
    w.store().read(read).unwrap()
}

#[test]
fn amounts_and_days_stand_in_their_order_equal_ones_by_id_and_no_day_last() {
    let w = World::new();
    // made in another order than that of their ids
    w.drafts_of(
        w.unit,
        vec![
            (5, of("a", 500_000, Some("2026-10-31"))),
            (2, of("b", 9_000_000, None)),
            (4, of("c", 10_000_000, Some("2026-02-01"))),
            (1, of("d", 500_000, Some("2026-10-31"))),
            (6, of("e", 0, None)),
            (3, of("f", 500_000, Some("2025-12-31"))),
        ],
    );
    for (order, expected) in [
        (Order::LargestFirst, [4, 2, 5, 3, 1, 6]),
        (Order::SmallestFirst, [6, 1, 3, 5, 2, 4]),
        (Order::LatestDayFirst, [5, 1, 4, 3, 6, 2]),
        (Order::EarliestDayFirst, [3, 4, 1, 5, 2, 6]),
    ] {
        // every page may end between equals, or before the first without a day
        for limit in 1..=7 {
            assert_eq!(
                in_pages(&w, w.unit, &by(order), limit),
                expected.map(dossier),
                "{order:?} by {limit}"
            );
        }
    }
    let page = w
        .store()
        .read(|c| listing::page(c, w.unit, &by(Order::EarliestDayFirst), None, 10))
        .unwrap();
    let days: Vec<String> = page
        .rows
        .iter()
        .map(|r| r.day.map(|d| d.to_string()).unwrap_or_default())
        .collect();
    assert_eq!(days[..2], ["2025-12-31", "2026-02-01"]);
    assert_eq!(days[4..], ["", ""]);
}

#[test]
fn a_list_of_nothing_and_one_without_any_day_have_an_end() {
    let w = World::new();
    for order in ORDERS {
        assert!(in_pages(&w, w.unit, &by(order), 3).is_empty(), "{order:?}");
    }
    w.drafts_of(w.unit, (1..=3).map(|n| (n, summary("x"))).collect());
    let (up, down) = ([1, 2, 3].map(dossier), [3, 2, 1].map(dossier));
    for order in [Order::EarliestDayFirst, Order::SmallestFirst] {
        assert_eq!(in_pages(&w, w.unit, &by(order), 1), up, "{order:?}");
    }
    for order in [Order::LatestDayFirst, Order::LargestFirst] {
        assert_eq!(in_pages(&w, w.unit, &by(order), 1), down, "{order:?}");
    }
}

#[test]
fn a_key_of_another_order_or_of_none_starts_from_the_top() {
    let w = World::new();
    w.drafts_of(
        w.unit,
        vec![
            (1, of("a", 100, Some("2026-10-31"))),
            (2, of("b", 200, Some("2026-10-30"))),
            (3, of("c", 300, None)),
        ],
    );
    let page = |order: Order, after: Option<&str>| {
        w.store()
            .read(|c| listing::page(c, w.unit, &by(order), after, 1))
            .unwrap()
    };
    let key = |order: Order| page(order, None).after.unwrap();
    let every = [Order::NewestFirst, Order::OldestFirst].into_iter();
    for order in every.chain(ORDERS) {
        let top = page(order, None).rows;
        let second = page(order, Some(key(order).as_str())).rows;
        assert_ne!(top, second, "{order:?}");
        let odd = match order {
            Order::NewestFirst | Order::OldestFirst => {
                vec![key(Order::LargestFirst), key(Order::LatestDayFirst)]
            }
            Order::LargestFirst | Order::SmallestFirst => {
                vec![key(Order::NewestFirst), key(Order::LatestDayFirst)]
            }
            Order::LatestDayFirst | Order::EarliestDayFirst => {
                vec![key(Order::NewestFirst), key(Order::LargestFirst)]
            }
        };
        let none = ["", " ", "not a key", "100 100", "2026-13-45 x"].map(str::to_owned);
        for after in odd.into_iter().chain(none) {
            assert_eq!(page(order, Some(&after)).rows, top, "{order:?}: {after}");
        }
    }
}

#[test]
fn pages_of_equal_amounts_follow_each_other_while_their_dossiers_change() {
    let w = World::new();
    let all = (1..=30).map(|n| (n, of(&format!("Hồ sơ {n}"), 700_000, Some("2026-10-31"))));
    w.drafts_of(w.unit, all.collect());
    for order in ORDERS {
        let (mut seen, mut after): (Vec<DossierId>, Option<String>) = (Vec::new(), None);
        loop {
            let page = w
                .store()
                .read(|c| listing::page(c, w.unit, &by(order), after.as_deref(), 7))
                .unwrap();
            seen.extend(page.rows.iter().map(|r| r.id));
            // one that was seen and one that was not get a new text, and so the newest rows
            for id in [seen[0], dossier(15)] {
                let title = format!("Sửa {} {order:?}", seen.len());
                save(&w, id, of(&title, 700_000, Some("2026-10-31")));
            }
            after = page.after;
            if after.is_none() {
                break;
            }
        }
        let mut expected: Vec<DossierId> = (1..=30).map(dossier).collect();
        if matches!(order, Order::LargestFirst | Order::LatestDayFirst) {
            expected.reverse();
        }
        assert_eq!(seen, expected, "{order:?}");
    }
}

#[test]
fn a_new_amount_or_day_is_another_place_and_typing_on_writes_none() {
    let w = World::new();
    let first = w.draft_of(1, of("Tiền điện", 100, Some("2026-10-10")), w.at(1));
    let second = w.draft_of(2, of("Tiền nước", 200, Some("2026-10-20")), w.at(2));
    let order = |order: Order| in_pages(&w, w.unit, &by(order), 10);
    let at = row(&w, second);
    save(&w, second, of("Tiền nước", 200, Some("2026-10-20")));
    assert_eq!(row(&w, second), at, "nothing the list goes by changed");
    assert_eq!(order(Order::LatestDayFirst), [second, first]);
    // within the month: nothing but the day is new
    save(&w, second, of("Tiền nước", 200, Some("2026-10-02")));
    assert_eq!(order(Order::LatestDayFirst), [first, second]);
    save(&w, first, of("Tiền điện", 100, Some("2026-10-01")));
    assert_eq!(order(Order::LatestDayFirst), [second, first]);
    save(&w, first, of("Tiền điện", 100, Some("2026-10-31")));
    assert_eq!(order(Order::LatestDayFirst), [first, second]);
    save(&w, first, of("Tiền điện", 100, None));
    assert_eq!(order(Order::LatestDayFirst), [second, first]);
    assert_eq!(order(Order::EarliestDayFirst), [second, first]);
    save(&w, first, of("Tiền điện", 300, None));
    assert_eq!(order(Order::LargestFirst), [first, second]);
    let by = w.at(9_100);
    w.store()
        .write(move |tx| dossiers::delete_draft(tx, first, by))
        .unwrap();
    for o in ORDERS {
        assert_eq!(order(o), [second], "{o:?}");
    }
    w.freeze(second);
    let signing = Filter {
        stage: "signing".to_owned(),
        ..by_amount()
    };
    assert_eq!(in_pages(&w, w.unit, &signing, 10), [second]);
    w.store().write(listing::rebuild).unwrap();
    assert_eq!(in_pages(&w, w.unit, &signing, 10), [second]);
}

fn by_amount() -> Filter {
    by(Order::LargestFirst)
}

/// What the list must hold, kept by hand.
struct Held {
    id: DossierId,
    unit: UnitId,
    told: Summary,
}

impl Held {
    fn is(&self, unit: UnitId, filter: &Filter) -> bool {
        let folded = hoso_domain::text::fold(&self.told.title);
        let mut typed = filter.text.split_whitespace();
        let month = match self.told.day {
            Some(day) => day.format("%Y-%m").to_string(),
            None => "2026-11".to_owned(),
        };
        unit == self.unit
            && typed.all(|t| folded.split(' ').any(|word| word.starts_with(t)))
            && (filter.stage.is_empty() || filter.stage == "draft")
            && (filter.form.is_empty() || filter.form == self.told.form)
            && (filter.month.is_empty() || filter.month == month)
    }
}

fn expected(held: &[Held], unit: UnitId, filter: &Filter) -> Vec<DossierId> {
    let mut hits: Vec<&Held> = held.iter().filter(|h| h.is(unit, filter)).collect();
    match filter.order {
        Order::SmallestFirst => hits.sort_by_key(|h| (h.told.total, h.id)),
        Order::LargestFirst => hits.sort_by_key(|h| Reverse((h.told.total, h.id))),
        Order::EarliestDayFirst => hits.sort_by_key(|h| (h.told.day.is_none(), h.told.day, h.id)),
        Order::LatestDayFirst => {
            hits.sort_by_key(|h| (h.told.day.is_none(), Reverse((h.told.day, h.id))));
        }
        other => panic!("{other:?} is tested elsewhere"),
    }
    hits.into_iter().map(|h| h.id).collect()
}

#[test]
fn filters_and_searches_of_few_and_of_many_hits_come_in_every_order() {
    const ALL: u128 = 1_300;
    let w = World::new();
    let other = unit(2, "1123457");
    let units = [w.unit, other.id];
    w.store()
        .write(move |tx| units::put(tx, &other, instant(0)))
        .unwrap();
    let mut held = Vec::new();
    for k in 1..=ALL {
        // each once, and not in the order of ids
        let n = k * 7 % (ALL + 1);
        let day = NaiveDate::from_ymd_opt(2026, 9, 1).unwrap();
        let title = match n % 50 {
            0 => "Xăng xe",
            1..=5 => "Lương tháng 10",
            _ => "Tiền điện trụ sở",
        };
        let mut told = of(title, i64::try_from(n % 11).unwrap() * 50_000, None);
        told.form = if n.is_multiple_of(40) { "09" } else { "13" }.to_owned();
        if !n.is_multiple_of(3) {
            told.day = day.checked_add_days(chrono::Days::new(u64::try_from(n % 80).unwrap()));
        }
        held.push(Held {
            id: dossier(n),
            unit: units[usize::from(n % 10 == 9)],
            told,
        });
    }
    for unit in units {
        let own = (1..).zip(&held).filter(|(_, h)| h.unit == unit);
        let of_unit = own.map(|(k, h)| (k * 7 % (ALL + 1), h.told.clone()));
        w.drafts_of(unit, of_unit.collect());
    }
    let mut sizes = Vec::new();
    for unit in units {
        for order in ORDERS {
            for (text, stage, form, month) in [
                ("", "", "", ""),
                ("", "draft", "", ""),
                ("", "", "13", ""),
                ("", "", "09", ""),
                ("", "draft", "13", "2026-10"),
                ("", "signing", "", ""),
                ("dien", "", "", ""),
                ("tien tru", "draft", "13", ""),
                ("xang", "", "", ""),
                ("luong 10", "", "", "2026-11"),
                ("khong", "", "", ""),
            ] {
                let filter = Filter {
                    text: text.to_owned(),
                    stage: stage.to_owned(),
                    form: form.to_owned(),
                    month: month.to_owned(),
                    order,
                };
                let wanted = expected(&held, unit, &filter);
                assert_eq!(in_pages(&w, unit, &filter, 97), wanted, "{filter:?}");
                sizes.push((text.is_empty(), wanted.len()));
            }
        }
    }
    for searched in [true, false] {
        let hits = sizes.iter().filter(|s| s.0 == searched).map(|s| s.1);
        let (few, many): (Vec<usize>, Vec<usize>) = hits.partition(|hits| *hits <= 500);
        assert!(!few.is_empty() && !many.is_empty(), "both ways were gone");
    }
}
