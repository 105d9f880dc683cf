//! Books and what is derived from dossiers: kept, struck out, found by key, made anew.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use hoso_domain::book::{Contract, Kind, Movement, Posting, Standing};
use hoso_domain::catalogue::OwnCode;
use hoso_domain::check::{contract_key, invoice_key, payment_key};
use hoso_domain::id::{DossierId, EntryId};
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::money::Dong;
use hoso_domain::voucher::{FormRef, Row, Voucher};
use hoso_store::books::{self, BookEntry, KeptMovement};
use hoso_store::dossiers::{self, NewDossier};
use hoso_store::life::{self, Word};
use hoso_store::traces::{self, Trace, month_key, number_key};
use hoso_store::{StoreError, audit, own_codes};

use crate::world::{World, dossier, id, instant, summary};

const ACCOUNT: &str = "9523.4.1123456.17234";

fn dong(n: i64) -> Dong {
    Dong::new(n).unwrap()
}

fn day(s: &str) -> NaiveDate {
    s.parse().unwrap()
}

/// Form 13 of one line, with an invoice and a contract.
fn voucher(number: &str, amount: i64) -> Voucher {
    let pairs = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect::<BTreeMap<_, _>>()
    };
    let said = amount.to_string();
    Voucher {
        form: FormRef {
            basis: "nd347-2025".to_owned(),
            number: "13".to_owned(),
            edition: 1,
        },
        fields: pairs(&[
            ("number", number),
            ("voucher_date", "2026-11-20"),
            ("account", ACCOUNT),
            ("actual", "x"),
            ("payee_name", "Công ty Điện lực Kỳ Sơn"),
            ("payee_account", "0101000123456"),
            ("payee_tax_code", "0100100417"),
            ("contract_no", "05/2026"),
            ("contract_date", "2026-03-01"),
            ("total", &said),
        ]),
        grids: [(
            "lines".to_owned(),
            vec![Row {
                group: String::new(),
                cells: pairs(&[
                    ("economic_content", "6501"),
                    ("sector", "341"),
                    ("source", "13"),
                    ("invoice_no", "1K26TEV 45"),
                    ("amount", &said),
                ]),
            }],
        )]
        .into(),
    }
}

fn draft(w: &World, n: u128, amount: i64) -> DossierId {
    draft_of(w, n, vec![voucher(&format!("{n:05}"), amount)])
}

fn draft_of(w: &World, n: u128, vouchers: Vec<Voucher>) -> DossierId {
    let mut about = summary("Tiền điện");
    about.day = Some(day("2026-11-20"));
    let new = NewDossier {
        id: dossier(n),
        unit: w.unit,
        procedure: "recurrent-payment".to_owned(),
        budget_year: 2026,
        vouchers,
        summary: about,
    };
    let by = w.at(i64::try_from(n).unwrap());
    w.store()
        .write(move |tx| dossiers::create(tx, &new, by))
        .unwrap();
    dossier(n)
}

fn signed(w: &World, n: u128, amount: i64) -> DossierId {
    let d = draft(w, n, amount);
    w.freeze(d);
    w.sign(d, 1, LocalState::Awaiting { step: 2 });
    d
}

fn hears(w: &World, dossier: DossierId, version: u64, state: TreasuryState, at: i64) {
    let word = Word {
        dossier,
        version: Some(version),
        state,
        text: String::new(),
        number: None,
        appointment: None,
        said_at: instant(at),
        remarks: Vec::new(),
    };
    let by = w.at(at);
    w.store()
        .write(move |tx| life::hear(tx, &word, by))
        .unwrap();
}

fn spoken_for(w: &World, at: i64) -> i64 {
    w.store()
        .read(|c| traces::spoken_for(c, w.unit, ACCOUNT, instant(at), None))
        .unwrap()
        .get()
}

#[test]
fn money_is_spoken_for_from_the_first_signature_until_the_figure_holds_it() {
    let w = World::new();
    let d = draft(&w, 1, 9_300_000);
    assert_eq!(spoken_for(&w, 0), 0, "a draft takes nothing");
    w.freeze(d);
    assert_eq!(
        spoken_for(&w, 0),
        0,
        "nor what waits for its first signature"
    );
    w.sign(d, 1, LocalState::Awaiting { step: 2 });
    assert_eq!(spoken_for(&w, 0), 9_300_000);
    w.sign(d, 2, LocalState::Queued);
    assert_eq!(spoken_for(&w, 0), 9_300_000);
    hears(&w, d, 1, TreasuryState::Completed, 500);
    assert_eq!(spoken_for(&w, 499), 9_300_000, "the figure is older");
    assert_eq!(spoken_for(&w, 500), 0, "the figure holds it");
    let refused = signed(&w, 2, 1_000_000);
    assert_eq!(spoken_for(&w, 500), 1_000_000);
    hears(&w, refused, 1, TreasuryState::Refused, 600);
    assert_eq!(spoken_for(&w, 500), 0);
}

#[test]
fn another_dossier_is_met_by_invoice_payment_number_and_account() {
    let w = World::new();
    let first = draft(&w, 1, 9_300_000);
    let second = draft(&w, 2, 9_300_000);
    let payment = payment_key("0101000123456", dong(9_300_000)).unwrap();
    let keys = [
        (
            Trace::Invoice,
            invoice_key("0100100417", "1K26TEV 45").unwrap(),
            "00001",
        ),
        (
            Trace::Payment,
            month_key(&payment, day("2026-11-02")),
            "00001",
        ),
        (Trace::Number, number_key("00001", 2026), "00001"),
        (
            Trace::Payee,
            "0101000123456".to_owned(),
            "Công ty Điện lực Kỳ Sơn",
        ),
    ];
    let met = |kind, key: &str, except| {
        let keys = [key.to_owned()].into();
        w.store()
            .read(|c| traces::met(c, w.unit, kind, &keys, except))
            .unwrap()
    };
    for (kind, key, said) in &keys {
        assert_eq!(met(*kind, key, second)[key], *said, "{kind:?}");
        let own = met(*kind, key, first);
        assert!(!own.values().any(|s| s == "00001"), "{kind:?}: not itself");
    }
    let other_month = month_key(&payment, day("2026-10-31"));
    assert!(met(Trace::Payment, &other_month, second).is_empty());
    // what was refused pays nobody; its number stays used
    w.freeze(first);
    hears(&w, first, 1, TreasuryState::Refused, 300);
    for (kind, key, _) in keys.iter().take(3) {
        let found = met(*kind, key, second);
        assert_eq!(!found.is_empty(), *kind == Trace::Number, "{kind:?}");
    }
    // a draft thrown away leaves nothing
    let by = w.at(400);
    w.store()
        .write(move |tx| dossiers::delete_draft(tx, second, by))
        .unwrap();
    assert!(met(Trace::Number, &number_key("00002", 2026), first).is_empty());
}

#[test]
fn sums_and_postings_tell_the_same() {
    let w = World::new();
    for n in 1..=4 {
        signed(&w, n, 1_000_000);
    }
    let (sums, all) = w
        .store()
        .read(|c| {
            Ok((
                traces::sums(c, w.unit, 2026, None)?,
                traces::postings(c, w.unit, 2026, Some(dossier(4)))?,
            ))
        })
        .unwrap();
    assert_eq!(sums.len(), 1);
    assert_eq!(
        (sums[0].0.amount, sums[0].0.kind, sums[0].1),
        (dong(4_000_000), Kind::Spent, Standing::UnderWay)
    );
    assert_eq!(all.len(), 3);
    let key = contract_key("05/2026", "2026-03-01").unwrap();
    let of = w
        .store()
        .read(|c| traces::of_contract(c, w.unit, &key, Some(dossier(1))))
        .unwrap();
    assert_eq!(of.len(), 3);
}

#[test]
fn a_contract_holds_for_the_forms_of_its_dossier_that_cannot_name_one_and_for_no_other() {
    let w = World::new();
    let unnamed = |number: &str, amount: i64| {
        let mut voucher = voucher(number, amount);
        voucher.fields.remove("contract_no");
        voucher.fields.remove("contract_date");
        voucher
    };
    let mut clearing = unnamed("00003", 500_000);
    clearing.form.number = "10".to_owned();
    let vouchers = vec![
        voucher("00001", 1_000_000),
        unnamed("00002", 2_000_000),
        clearing,
    ];
    let d = draft_of(&w, 1, vouchers);
    w.freeze(d);
    w.sign(d, 1, LocalState::Awaiting { step: 2 });
    let key = contract_key("05/2026", "2026-03-01").unwrap();
    let of = w
        .store()
        .read(|c| traces::of_contract(c, w.unit, &key, None))
        .unwrap();
    let mut of: Vec<_> = of.iter().map(|(p, _)| (p.kind, p.amount)).collect();
    of.sort();
    assert_eq!(
        of,
        [
            (Kind::Spent, dong(1_000_000)),
            (Kind::Cleared, dong(500_000)),
            (Kind::Settled, dong(500_000)),
        ]
    );
}

#[test]
fn what_is_derived_is_made_anew_when_it_is_missing() {
    let mut w = World::new();
    signed(&w, 1, 9_300_000);
    w.store()
        .write(|tx| {
            tx.execute("DELETE FROM posting", [])?;
            tx.execute("DELETE FROM trace", [])?;
            tx.execute("DELETE FROM derived", [])?;
            Ok(())
        })
        .unwrap();
    assert_eq!(spoken_for(&w, 0), 0);
    w.reopen();
    assert_eq!(spoken_for(&w, 0), 9_300_000);
}

pub fn entry(w: &World, n: u128, kind: Kind, amount: i64) -> BookEntry {
    BookEntry {
        id: EntryId(id(0xc000 + n)),
        posting: Posting {
            day: day("2026-01-10"),
            kind,
            account: String::new(),
            source: "13".to_owned(),
            sector: "341".to_owned(),
            programme: String::new(),
            economic_content: String::new(),
            contract: String::new(),
            amount: dong(amount),
        },
        year: 2026,
        document_no: "01/QĐ-UBND".to_owned(),
        document_day: Some(day("2026-01-08")),
        note: String::new(),
        entered_at: instant(0),
        entered_by: w.by.person,
    }
}

#[test]
fn an_entry_is_struck_out_and_never_changed() {
    let w = World::new();
    let (first, second) = (
        entry(&w, 1, Kind::YearStart, 100),
        entry(&w, 2, Kind::Adjustment, -10),
    );
    let kept = [first.clone(), second.clone()];
    let (unit, by) = (w.unit, w.at(0));
    w.store()
        .write(move |tx| books::enter(tx, unit, &kept, by))
        .unwrap();
    let read = || w.store().read(|c| books::entries(c, w.unit, 2026)).unwrap();
    assert_eq!(read(), [first.clone(), second.clone()]);
    for query in ["UPDATE book_entry SET amount = 1", "DELETE FROM book_entry"] {
        let refused = w.store().write(move |tx| Ok(tx.execute(query, [])?));
        assert!(refused.is_err(), "{query}");
    }
    let (id, by) = (first.id, w.at(10));
    w.store()
        .write(move |tx| books::strike(tx, unit, id, by))
        .unwrap();
    assert_eq!(read(), [second]);
    let again = w
        .store()
        .write(move |tx| books::strike(tx, unit, id, by))
        .unwrap_err();
    assert!(matches!(again, StoreError::NotFound { .. }));
}

#[test]
fn a_statement_read_twice_is_kept_once_and_a_dossier_has_one_movement() {
    let w = World::new();
    let d = signed(&w, 1, 9_300_000);
    let kept = KeptMovement {
        id: EntryId(id(0xb001)),
        movement: Movement {
            day: day("2026-11-23"),
            account: ACCOUNT.to_owned(),
            amount: dong(-9_300_000),
            reference: "00001".to_owned(),
            text: "Tiền điện".to_owned(),
        },
        dossier: None,
        by_hand: false,
    };
    let candidates = || {
        w.store()
            .read(|c| books::candidates(c, w.unit, 2026))
            .unwrap()
    };
    assert_eq!(candidates().len(), 1);
    assert_eq!(candidates()[0].amount, dong(-9_300_000));
    let unit = w.unit;
    for expected in [true, false] {
        let mut movement = kept.clone();
        movement.id = EntryId(id(if expected { 0xb001 } else { 0xb002 }));
        let new = w
            .store()
            .write(move |tx| books::put_movement(tx, unit, &movement, 0, instant(0)))
            .unwrap();
        assert_eq!(new, expected);
    }
    let (movement, by) = (kept.id, w.at(20));
    w.store()
        .write(move |tx| books::match_by_hand(tx, unit, movement, Some(d), by))
        .unwrap();
    let read = w
        .store()
        .read(|c| books::movements(c, w.unit, day("2026-01-01")))
        .unwrap();
    assert_eq!(
        (read.len(), read[0].dossier, read[0].by_hand),
        (1, Some(d), true)
    );
    assert_eq!(candidates(), []);
}

#[test]
fn contracts_codes_and_maps_are_kept_in_their_newest_state() {
    let w = World::new();
    let mut contract = Contract {
        number: "05/2026".to_owned(),
        date: day("2026-03-01"),
        value: dong(300_000_000),
        ..Contract::default()
    };
    let unit = w.unit;
    for value in [300_000_000, 320_000_000] {
        contract.value = dong(value);
        let (kept, by) = (contract.clone(), w.at(0));
        w.store()
            .write(move |tx| books::put_contract(tx, unit, &kept, by))
            .unwrap();
    }
    let all = w.store().read(|c| books::contracts(c, w.unit)).unwrap();
    assert_eq!(all, [contract.clone()]);
    let code = OwnCode {
        catalogue: "source".to_owned(),
        code: "77".to_owned(),
        name: "Bổ sung".to_owned(),
        replaces: String::new(),
        valid_from: day("2026-07-01"),
        valid_to: None,
        source: String::new(),
    };
    let (kept, map) = (
        code.clone(),
        BTreeMap::from([("Họ và tên".to_owned(), "name".to_owned())]),
    );
    let (sent, by) = (map.clone(), w.at(0));
    w.store()
        .write(move |tx| {
            own_codes::put(tx, unit, &[kept], by)?;
            books::put_column_map(tx, unit, "payroll", &sent, instant(0))
        })
        .unwrap();
    let read: Option<BTreeMap<String, String>> = w
        .store()
        .read(|c| books::column_map(c, w.unit, "payroll"))
        .unwrap();
    assert_eq!(read, Some(map));
    let codes = w.store().read(|c| own_codes::all(c, w.unit)).unwrap();
    assert_eq!(codes, [code]);
    let log = w.store().read(|c| audit::after(c, 0, 50)).unwrap();
    let added = log.iter().find(|row| row.act == "codes-added").unwrap();
    assert_eq!(added.params["number"], "source 77");
}

#[test]
fn the_keys_of_other_dossiers_are_read_by_index() {
    let w = World::new();
    for query in [
        "SELECT said FROM trace WHERE unit_id = 'x' AND kind = 'invoice' AND key = 'k'
         AND dossier_id <> 'd' ORDER BY dossier_id DESC LIMIT 1",
        "SELECT sum(amount) FROM posting WHERE unit_id = 'x' AND account = 'a'
         AND (standing = 'under-way' OR standing = 'done' AND done_at > '2026')
         AND kind IN ('spent', 'advance', 'deposit-out') AND dossier_id <> ''",
        "SELECT kind, standing, source, sector, programme, economic_content, sum(amount)
         FROM posting WHERE unit_id = 'x' AND year = 2026 AND dossier_id <> ''
         GROUP BY kind, standing, source, sector, programme, economic_content",
        "SELECT day FROM posting WHERE unit_id = 'x' AND contract = 'c' AND contract <> ''",
    ] {
        let plan = w
            .store()
            .read(|c| {
                let mut statement = c.prepare(&format!("EXPLAIN QUERY PLAN {query}"))?;
                let rows = statement.query_map([], |r| r.get::<_, String>(3))?;
                Ok(rows.collect::<Result<Vec<_>, _>>()?)
            })
            .unwrap()
            .join("; ");
        assert!(
            plan.contains("SEARCH") && !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"),
            "{query}: {plan}"
        );
    }
}
