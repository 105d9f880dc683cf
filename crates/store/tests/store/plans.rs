//! How SQLite goes about what people and the courier ask for all day: whatever grows with the years
//! is reached by an index. The statements are those that ran, not copies of them.

use std::collections::BTreeSet;
use std::sync::Mutex;

use hoso_domain::digest::Digest;
use hoso_domain::id::ResultId;
use hoso_domain::life::LocalState;
use hoso_store::dossiers::{Which, mark_read, select};
use hoso_store::listing::{self, Filter, Order};
use hoso_store::traces::{self, Trace};
use hoso_store::{
    Connection, StoreError, attachments, audit, books, dossiers, evidence, feed, life, memory,
    outbox, receipts, results, revisions, revocation, signatures, uploads, withdrawals,
};
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use crate::movements::fee;
use crate::world::{World, instant, summary, vouchers};

/// What one person's store holds few of, whatever the years.
const SMALL: [&str; 4] = ["unit", "outbox", "u", "sqlite_schema"];

static RAN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn note(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(statement, _) = event {
        RAN.lock().unwrap().insert(statement.sql().into_owned());
    }
}

fn watch(c: &Connection) {
    c.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note));
}

/// A day: every list, one dossier looked at and written from the first letter to the receipt.
fn day(w: &World) {
    w.store()
        .write(|tx| {
            watch(tx);
            Ok(())
        })
        .unwrap();
    let id = w.draft(1, "Tiền điện");
    let (by, version) = (w.at(3), w.version(id));
    w.store()
        .write(move |tx| {
            let summary = summary("Tiền điện tháng 10");
            revisions::save_draft(tx, id, version, &vouchers("x"), &summary, by)?;
            mark_read(tx, id)
        })
        .unwrap();
    w.freeze(id);
    w.sign(id, 1, LocalState::Awaiting { step: 2 });
    w.sign(id, 2, LocalState::Queued);
    let (receipt, by) = (w.receipt(id), w.at(300));
    w.store()
        .write(move |tx| {
            let step = life::Move {
                dossier: id,
                expected: LocalState::Queued,
                next: LocalState::Sending,
                act: "sending",
                params: audit::Params::new(),
            };
            life::advance(tx, &step, by)?;
            receipts::accept(tx, &receipt, by)
        })
        .unwrap();
    let unit = w.unit;
    w.store()
        .write(move |tx| {
            books::put_movement(tx, unit, &fee(1), 0, instant(0))?;
            books::put_told_movement(tx, unit, &fee(2), ResultId(id.0), instant(0))
        })
        .unwrap();
    let thrown = w.draft(2, "Nhầm");
    let by = w.at(4);
    w.store()
        .write(move |tx| dossiers::delete_draft(tx, thrown, by))
        .unwrap();
    w.store().read(|c| asked(c, w, id)).unwrap();
}

fn asked(c: &Connection, w: &World, id: hoso_domain::id::DossierId) -> Result<(), StoreError> {
    watch(c);
    let unit = w.unit;
    let words = ["", "tien dien"].map(str::to_owned);
    for text in words {
        for (stage, form, month) in [
            ("", "", ""),
            ("done", "", ""),
            ("", "13", ""),
            ("", "", "1"),
        ] {
            for order in [
                Order::NewestFirst,
                Order::OldestFirst,
                Order::LargestFirst,
                Order::SmallestFirst,
                Order::LatestDayFirst,
                Order::EarliestDayFirst,
            ] {
                let filter = Filter {
                    text: text.clone(),
                    stage: stage.to_owned(),
                    form: form.to_owned(),
                    month: month.to_owned(),
                    order,
                };
                listing::page(c, unit, &filter, None, 50)?;
                listing::page(c, unit, &filter, Some("50"), 50)?;
            }
        }
    }
    for which in [
        Which::Drafts,
        Which::ToSign,
        Which::Waiting,
        Which::ToLookAt,
    ] {
        select(c, unit, which)?;
    }
    dossiers::answered(c, unit, None, 50)?;
    listing::counts(c, unit)?;
    listing::stages(c, unit)?;
    dossiers::waiting(c)?;
    dossiers::current(c, id)?;
    revisions::all(c, id)?;
    revisions::entries(c, id, 1)?;
    signatures::of_revision(c, id, 1)?;
    evidence::newest(c, id, 1)?;
    evidence::due(c, unit, instant(0))?;
    evidence::beyond(c, unit, instant(0))?;
    evidence::next_turn(c, unit)?;
    revocation::all(c, unit)?;
    attachments::all(c, id)?;
    audit::head(c)?;
    audit::of_dossier(c, id)?;
    audit::after(c, 1, 50)?;
    life::remarks(c, id)?;
    life::refusal(c, id)?;
    life::treasury_holds(c, &dossiers::get(c, id)?)?;
    life::answered_version(c, id)?;
    receipts::last(c, unit)?;
    receipts::of_revision(c, id, 1)?;
    results::of_dossier(c, id)?;
    withdrawals::waiting(c, unit)?;
    withdrawals::of_dossier(c, id)?;
    outbox::all(c)?;
    outbox::get(c, id)?;
    uploads::get(c, unit, &Digest::of(b"x"))?;
    feed::cursor(c, unit)?;
    feed::balances(c, unit)?;
    memory::find_payees(c, unit, "dien luc", 8)?;
    memory::codes(c, unit, "economic", 8)?;
    let keys = BTreeSet::from(["k".to_owned()]);
    for kind in [Trace::Invoice, Trace::Payment, Trace::Number, Trace::Payee] {
        traces::met(c, unit, kind, &keys, id)?;
    }
    traces::spoken_for(c, unit, "9527", instant(0), Some(id))?;
    traces::paid_out(c, unit, 2026, "3713", id)?;
    traces::drawn_since(c, unit, 2026, instant(0).date_naive(), id)?;
    traces::provisional_in(c, unit, 2026, "2026-01", id)?;
    traces::sums(c, unit, 2026, Some(id))?;
    traces::postings(c, unit, 2026, None)?;
    traces::of_contract(c, unit, "k", None)?;
    books::entries(c, unit, 2026)?;
    books::entries_of_contract(c, unit, "k")?;
    books::contracts(c, unit)?;
    books::movements(c, unit, instant(0).date_naive())?;
    books::candidates(c, unit, 2026)?;
    Ok(())
}

#[test]
fn nothing_asked_for_all_day_reads_a_table_that_grows_from_end_to_end() {
    let w = World::new();
    day(&w);
    let ran: Vec<String> = RAN.lock().unwrap().iter().cloned().collect();
    assert!(ran.len() > 60, "{}", ran.len());
    let mut scans = Vec::new();
    for statement in &ran {
        let words = ["SELECT", "INSERT", "UPDATE", "DELETE"];
        // FTS5 asks its own tables, too
        if statement.contains("listing_text_")
            || !words.iter().any(|w| statement.trim_start().starts_with(w))
        {
            continue;
        }
        for step in plan(&w, statement) {
            if statement.contains("FROM audit ORDER BY seq DESC LIMIT 1") {
                continue;
            }
            let of = step
                .strip_prefix("SCAN ")
                .map(|s| s.split(' ').next().unwrap());
            if of.is_some_and(|table| !SMALL.contains(&table) && table != "CONSTANT") {
                // FTS5 calls its look-ups a scan: M by words, = by row; with neither it would be one
                let looks_up = step.contains(":M") || step.contains(":=");
                if !(step.contains("VIRTUAL TABLE INDEX") && looks_up) {
                    scans.push(format!("{step}: {statement}"));
                }
            }
        }
    }
    assert!(scans.is_empty(), "{}", scans.join("\n\n"));
    let few: Vec<&String> = ran
        .iter()
        .filter(|s| s.contains("'supplement-asked'") && s.contains("SELECT"))
        .collect();
    assert_eq!(few.len(), 3, "the first screen, the menu, money sent back");
    for statement in few {
        let plan = plan(&w, statement).join("; ");
        assert!(plan.contains("dossier_to_look_at"), "{statement}: {plan}");
    }
}

#[test]
fn the_list_and_every_search_come_in_their_order_from_one_index() {
    let w = World::new();
    w.draft(1, "Tiền điện");
    w.store()
        .read(|c| asked(c, &w, crate::world::dossier(1)).or(Ok(())))
        .unwrap();
    let ran = RAN.lock().unwrap().clone();
    let of = |table: &str| -> Vec<&String> {
        let from = format!("FROM {table} WHERE");
        let lists = ran
            .iter()
            .filter(|s| s.contains(&from) && s.contains("ORDER BY"));
        lists.collect()
    };
    let lists = of("listing");
    let ways = "one for each way to narrow it, in either order";
    assert_eq!(lists.len(), 2 * 4, "{ways}: {lists:?}");
    for statement in lists {
        let plan = plan(&w, statement);
        assert_eq!(plan.len(), 1, "{statement}: {plan:?}");
        assert!(
            plan[0].starts_with("SEARCH listing USING ") && plan[0].contains("INDEX listing_"),
            "{statement}: {plan:?}"
        );
    }
    let searches = of("listing_text");
    assert_eq!(searches.len(), 2, "filters are words: {searches:?}");
    // 64: by row, 128: the newest first
    for (search, order) in searches.into_iter().zip([64, 192]) {
        assert_eq!(
            plan(&w, search),
            [format!("SCAN listing_text VIRTUAL TABLE INDEX {order}:M1")]
        );
    }
    let shown = ran.iter().find(|s| s.contains("WHERE l.row = ?"));
    let shown = plan(&w, shown.expect("rows are shown"));
    assert!(shown.iter().all(|s| s.starts_with("SEARCH ")), "{shown:?}");
}

#[test]
fn the_list_by_amount_or_day_is_walked_in_its_order_and_only_few_hits_are_sorted() {
    let w = World::new();
    // more than are looked up one by one, and one that is found alone
    let many = (1..=501).map(|n| (n, summary("Tiền điện")));
    let rare = summary("Xăng xe");
    w.drafts_of(w.unit, many.chain([(502, rare)]).collect());
    let filter = |text: &str, stage: &str, form: &str, month: &str, order| Filter {
        text: text.to_owned(),
        stage: stage.to_owned(),
        form: form.to_owned(),
        month: month.to_owned(),
        order,
    };
    w.store()
        .read(|c| {
            watch(c);
            for order in [
                Order::LargestFirst,
                Order::SmallestFirst,
                Order::LatestDayFirst,
                Order::EarliestDayFirst,
            ] {
                for filter in [
                    filter("", "", "", "", order),
                    filter("", "draft", "", "", order),
                    filter("", "", "13", "", order),
                    filter("", "", "", "2026-11", order),
                    filter("", "draft", "13", "2026-11", order),
                    filter("tien dien", "", "", "", order),
                    filter("", "signing", "", "", order),
                    filter("xang", "", "", "", order),
                ] {
                    let page = listing::page(c, w.unit, &filter, None, 50)?;
                    listing::page(c, w.unit, &filter, page.after.as_deref(), 50)?;
                }
            }
            Ok(())
        })
        .unwrap();
    let ran = RAN.lock().unwrap().clone();
    let of = |part: &str| -> Vec<&String> { ran.iter().filter(|s| s.contains(part)).collect() };
    for column in ["total", "day"] {
        let walks = of(&format!("INDEXED BY listing_by_{column}"));
        let ways = "one for each way to narrow it, in either order";
        assert_eq!(walks.len(), 2 * 5, "{ways}: {walks:?}");
        for statement in walks {
            // one step: nothing is sorted, and no row is looked up for a filter
            let plan = plan(&w, statement);
            let index = format!(
                "SEARCH listing USING COVERING INDEX listing_by_{column} \
                 (unit_id=? AND ({column},dossier_id)"
            );
            assert_eq!(plan.len(), 1, "{statement}: {plan:?}");
            assert!(plan[0].starts_with(&index), "{statement}: {plan:?}");
            assert!(!statement.contains("OFFSET"), "{statement}");
        }
        let looked_up = of(&format!("SELECT {column}, dossier_id FROM listing WHERE"));
        assert_eq!(looked_up.len(), 1, "{looked_up:?}");
        assert_eq!(
            plan(&w, looked_up[0]),
            ["SEARCH listing USING INTEGER PRIMARY KEY (rowid=?)"]
        );
    }
    for (what, narrowed) in [
        ("SELECT count(*) FROM listing INDEXED BY listing_", 5),
        ("SELECT row FROM listing INDEXED BY listing_", 1),
    ] {
        let counted = of(what);
        assert!(counted.len() >= narrowed, "{counted:?}");
        for statement in counted {
            let plan = plan(&w, statement);
            assert_eq!(plan.len(), 1, "{statement}: {plan:?}");
            assert!(plan[0].starts_with("SEARCH listing USING "), "{plan:?}");
        }
    }
}

fn plan(w: &World, statement: &str) -> Vec<String> {
    w.store()
        .read(|c| {
            let mut explain = c.prepare(&format!("EXPLAIN QUERY PLAN {statement}"))?;
            let blanks = vec![rusqlite::types::Null; explain.parameter_count()];
            let rows = explain.query_map(rusqlite::params_from_iter(blanks), |r| {
                r.get::<_, String>(3)
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .unwrap()
}
