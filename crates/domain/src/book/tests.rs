#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::finding::FindingCode;
use crate::voucher::Row;

fn day(s: &str) -> NaiveDate {
    s.parse().unwrap()
}

fn dong(n: i64) -> Dong {
    Dong::new(n).unwrap()
}

fn posting(on: &str, kind: Kind, content: &str, amount: i64) -> Posting {
    Posting {
        day: day(on),
        kind,
        account: if kind.of_deposit() {
            "3713.0.1234567.00000"
        } else {
            "9523.4.1234567.16744"
        }
        .to_owned(),
        source: "13".to_owned(),
        sector: "341".to_owned(),
        programme: String::new(),
        economic_content: content.to_owned(),
        contract: String::new(),
        amount: dong(amount),
    }
}

fn done(postings: Vec<Posting>) -> Vec<(Posting, Standing)> {
    postings.into_iter().map(|p| (p, Standing::Done)).collect()
}

/// A quarter of a small office: estimate, spending, an advance cleared in part, money returned.
fn quarter() -> Vec<(Posting, Standing)> {
    let mut all = done(vec![
        posting("2026-01-05", Kind::CarriedOver, "", 5_000_000),
        posting("2026-01-10", Kind::YearStart, "", 100_000_000),
        posting("2026-02-01", Kind::Spent, "6501", 9_000_000),
        posting("2026-02-10", Kind::Advance, "6649", 20_000_000),
        posting("2026-04-03", Kind::Adjustment, "", -10_000_000),
        posting("2026-04-20", Kind::Cleared, "6649", 15_000_000),
        posting("2026-04-20", Kind::Settled, "6601", 15_000_000),
        posting("2026-05-06", Kind::ReturnedAdvance, "6649", 2_000_000),
        posting("2026-05-07", Kind::ReturnedSpent, "6501", 1_000_000),
        posting("2026-06-01", Kind::Withheld, "", 3_000_000),
    ]);
    all.push((
        posting("2026-06-15", Kind::Spent, "6551", 4_000_000),
        Standing::UnderWay,
    ));
    all.push((
        posting("2026-06-16", Kind::Spent, "6551", 70_000_000),
        Standing::Planned,
    ));
    all.push((
        posting("2026-06-17", Kind::Spent, "6551", 80_000_000),
        Standing::Void,
    ));
    all
}

#[test]
fn the_estimate_book_tells_what_is_left() {
    let rows = estimates(&quarter());
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    // 5 + 100 − 10 given, 3 withheld, 9 + 20 − 2 − 1 used, 4 under way
    assert_eq!(row.used, dong(26_000_000));
    assert_eq!(row.under_way, dong(4_000_000));
    assert_eq!(row.left, dong(62_000_000));
    assert_eq!(row.programme, "00000");
}

#[test]
fn tam_cap_counts_until_the_estimate_is_given() {
    let mut all = done(vec![
        posting("2026-01-04", Kind::Provisional, "", 8_000_000),
        posting("2026-01-06", Kind::Spent, "6001", 7_000_000),
    ]);
    assert_eq!(estimates(&all)[0].left, dong(1_000_000));
    all.extend(done(vec![posting(
        "2026-02-01",
        Kind::YearStart,
        "",
        90_000_000,
    )]));
    assert_eq!(estimates(&all)[0].left, dong(83_000_000));
}

#[test]
fn an_advance_stays_open_until_it_is_cleared_or_returned() {
    let rows = advances(&quarter());
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].economic_content.as_str(), rows[0].open),
        ("6649", dong(3_000_000))
    );
}

#[test]
fn a_deposit_account_closes_at_opening_and_movements() {
    let all = done(vec![
        posting("2026-01-01", Kind::DepositOpening, "", 10_000_000),
        posting("2026-01-20", Kind::DepositIn, "", 5_000_000),
        posting("2026-02-03", Kind::DepositOut, "", 4_000_000),
    ]);
    let row = &deposits(&all)[0];
    assert_eq!(row.closing, dong(11_000_000));
    let period = Period::month(2026, 2).unwrap();
    let table = |theirs: i64| {
        let told = |_: &str, _: Dong| Some((dong(theirs), "Chưa hạch toán".to_owned()));
        let rows = balance_rows(&all, period, &told);
        [
            "opening",
            "increase",
            "decrease",
            "treasury",
            "difference",
            "cause",
        ]
        .map(|c| rows[0].cell(c).to_owned())
    };
    assert_eq!(
        table(11_000_000),
        ["15000000", "0", "4000000", "", "", ""],
        "both sides agree"
    );
    assert_eq!(
        table(15_000_000)[3..],
        ["15000000", "-4000000", "Chưa hạch toán"]
    );
}

#[test]
fn the_reconciliation_forms_fill_from_the_books() {
    let all = quarter();
    let second = Period::quarter(2026, 2).unwrap();
    let rows = estimate_rows(&all, second);
    let cell = |row: &Row, c: &str| row.cell(c).to_owned();
    let expected = [
        ("source", "13"),
        ("carried_over", "5000000"),
        ("year_start", "100000000"),
        ("in_period", "-10000000"),
        ("to_date", "90000000"),
        ("used_in_period", "-3000000"),
        ("used_to_date", "26000000"),
        ("withheld", "3000000"),
    ];
    for (column, value) in expected {
        assert_eq!(cell(&rows[0], column), value, "{column}");
    }
    let rows = spending_rows(&all, second, &|code| format!("Tiểu mục {code}"));
    let by: BTreeMap<String, &Row> = rows
        .iter()
        .map(|r| (cell(r, "economic_content"), r))
        .collect();
    assert_eq!(by.len(), 3, "what is only under way is not reconciled");
    assert_eq!(cell(by["6649"], "advance_in_period"), "-17000000");
    assert_eq!(cell(by["6649"], "advance_to_date"), "3000000");
    assert_eq!(cell(by["6601"], "spent_to_date"), "15000000");
    assert_eq!(cell(by["6501"], "spent_in_period"), "-1000000");
    assert_eq!(cell(by["6501"], "content"), "Tiểu mục 6501");
}

#[rstest]
#[case(LocalState::Draft, TreasuryState::None, Standing::Planned)]
#[case(LocalState::Awaiting { step: 1 }, TreasuryState::None, Standing::Planned)]
#[case(LocalState::Awaiting { step: 2 }, TreasuryState::None, Standing::UnderWay)]
#[case(LocalState::Unknown, TreasuryState::None, Standing::UnderWay)]
#[case(LocalState::Sent, TreasuryState::Checking, Standing::UnderWay)]
#[case(LocalState::Sent, TreasuryState::Completed, Standing::Done)]
#[case(LocalState::Sent, TreasuryState::Refused, Standing::Void)]
#[case(LocalState::Sent, TreasuryState::MoneyReturned, Standing::Void)]
#[case(LocalState::Draft, TreasuryState::SupplementAsked, Standing::Planned)]
fn a_dossier_counts_by_what_was_done_and_said(
    #[case] local: LocalState,
    #[case] treasury: TreasuryState,
    #[case] expected: Standing,
) {
    assert_eq!(standing(&local, &treasury), expected);
}

#[test]
fn an_advance_given_back_leaves_its_room_in_the_contract() {
    let posting = |kind, amount| Posting {
        contract: "05/hd|2026-03-01".to_owned(),
        ..posting("2026-04-01", kind, "6907", amount)
    };
    let all = [
        (posting(Kind::Advance, 90_000_000), Standing::Done),
        (posting(Kind::Cleared, 50_000_000), Standing::Done),
        (posting(Kind::ReturnedAdvance, 40_000_000), Standing::Done),
        (posting(Kind::Spent, 10_000_000), Standing::UnderWay),
    ];
    let row = &contracts(&all)[0];
    assert_eq!((row.paid_out(), row.open()), (dong(60_000_000), Dong::ZERO));
}

fn contract() -> Contract {
    Contract {
        number: "05/2026/HĐ-SC".to_owned(),
        date: day("2026-03-01"),
        party: "Công ty Xây dựng Kỳ Sơn".to_owned(),
        subject: "Sửa chữa trụ sở".to_owned(),
        value: dong(300_000_000),
        advance_rule: "30%".to_owned(),
        ..Contract::default()
    }
}

fn instalment(accepted: i64, recover: Option<i64>) -> Instalment {
    Instalment {
        acceptance_number: "01/BBNT".to_owned(),
        acceptance_date: day("2026-05-01"),
        accepted: dong(accepted),
        recover: recover.map(dong),
    }
}

#[test]
fn three_instalments_recover_the_advance_and_end_at_the_value() {
    let contract = contract();
    assert_eq!(contract.advance_limit(), Some(dong(90_000_000)));
    let (mut out, mut open) = (dong(90_000_000), dong(90_000_000));
    let mut paid = Vec::new();
    for (accepted, recover) in [
        (100_000_000, Some(40_000_000)),
        (120_000_000, Some(30_000_000)),
        (80_000_000, None),
    ] {
        let s = settle(&contract, &instalment(accepted, recover), out, open);
        assert_eq!(
            s.recovered.checked_add(s.paid).unwrap(),
            dong(accepted),
            "form 10 and form 13 together are what was accepted"
        );
        out = out.checked_add(s.paid).unwrap();
        open = s.open_after;
        paid.push(s.paid.get());
        assert_eq!(s.left_after, dong(300_000_000 - out.get()));
    }
    assert_eq!(paid, [60_000_000, 90_000_000, 60_000_000]);
    assert_eq!((open, out), (Dong::ZERO, dong(300_000_000)));
}

#[test]
fn no_more_is_recovered_than_is_open_and_accepted() {
    let s = settle(
        &contract(),
        &instalment(10_000_000, Some(50_000_000)),
        dong(30_000_000),
        dong(30_000_000),
    );
    assert_eq!((s.recovered, s.paid), (dong(10_000_000), Dong::ZERO));
}

fn candidate(id: u32, amount: i64, number: &str) -> Candidate<u32> {
    Candidate {
        id,
        account: "9523.4.1234567.16744".to_owned(),
        amount: dong(-amount),
        number: number.to_owned(),
        treasury_number: String::new(),
        day: day("2026-05-01"),
        whole: false,
    }
}

/// A movement of 2 May on the account of the candidates.
fn moved(amount: i64, reference: &str) -> Movement {
    Movement {
        day: day("2026-05-02"),
        account: "9523.4.1234567.16744".to_owned(),
        amount: dong(amount),
        reference: reference.to_owned(),
        text: String::new(),
    }
}

#[test]
fn money_that_came_back_belongs_to_the_voucher_that_returned_it() {
    let among = [
        candidate(1, 5_000_000, "00012"),
        candidate(2, -5_000_000, "00013"),
    ];
    let of = |amount| match_movement(&moved(amount, ""), &among);
    assert_eq!(of(-5_000_000), Match::One { id: 1 });
    assert_eq!(of(5_000_000), Match::One { id: 2 });
}

#[test]
fn the_vouchers_of_a_dossier_are_booked_one_by_one_or_in_one_line() {
    let mut all = vec![
        candidate(1, 5_000_000, "00012"),
        candidate(1, 5_000_000, "00013"),
        candidate(1, 10_000_000, "00012"),
    ];
    all[2].whole = true;
    // two vouchers of one dossier leave nothing to choose
    let one = Match::One { id: 1 };
    assert_eq!(match_movement(&moved(-5_000_000, ""), &all), one);
    assert_eq!(match_movement(&moved(-10_000_000, ""), &all), one);
    let mut left = all.clone();
    use_up(&mut left, &1, &moved(-5_000_000, "00013"));
    assert_eq!(left, all[..1]);
    use_up(&mut left, &1, &moved(-5_000_000, ""));
    assert_eq!(left, []);
    let mut left = all.clone();
    use_up(&mut left, &1, &moved(-10_000_000, ""));
    assert_eq!(left, []);
}

#[test]
fn an_entry_by_hand_is_the_movement_of_its_day_or_number() {
    let among = [
        candidate(1, 5_000_000, "GBN 7"),
        candidate(2, 5_000_000, "GBN 8"),
    ];
    let on = |day: &str, reference: &str| {
        let mut movement = moved(-5_000_000, reference);
        movement.day = day.parse().unwrap();
        entered(&movement, &among)
    };
    assert_eq!(on("2026-05-09", "GBN-8"), Some(1));
    assert_eq!(on("2026-05-01", ""), Some(0));
    assert_eq!(on("2026-05-09", ""), None);
}

#[test]
fn a_movement_belongs_to_one_dossier_or_says_why_not() {
    let among = [
        candidate(1, 5_000_000, "00012"),
        candidate(2, 5_000_000, "00013"),
        candidate(3, 7_000_000, "00014"),
    ];
    let movement = |amount: i64, reference: &str, on: &str| Movement {
        day: day(on),
        account: "9523.4.1234567.16744".to_owned(),
        amount: dong(amount),
        reference: reference.to_owned(),
        text: String::new(),
    };
    for (movement, expected, code) in [
        (
            movement(-7_000_000, "", "2026-05-02"),
            Match::One { id: 3 },
            None,
        ),
        (
            movement(-5_000_000, "00013", "2026-05-02"),
            Match::One { id: 2 },
            None,
        ),
        (
            movement(-5_000_000, "", "2026-05-02"),
            Match::Several { ids: vec![1, 2] },
            Some(FindingCode::MovementAmbiguous),
        ),
        (
            movement(-5_000_001, "", "2026-05-02"),
            Match::None,
            Some(FindingCode::MovementUnmatched),
        ),
        // before the dossier was made
        (
            movement(-7_000_000, "", "2026-04-30"),
            Match::None,
            Some(FindingCode::MovementUnmatched),
        ),
        // money that came in
        (
            movement(7_000_000, "", "2026-05-02"),
            Match::None,
            Some(FindingCode::MovementUnmatched),
        ),
    ] {
        let found = match_movement(&movement, &among);
        assert_eq!(found, expected, "{movement:?}");
        assert_eq!(found.finding(&movement).map(|f| f.code), code);
    }
}

#[test]
fn a_voucher_posts_each_line_where_it_belongs() {
    let form = crate::form::latest("nd347-2025", "13").unwrap();
    let mut voucher = crate::form::blank(form, &BTreeMap::new());
    for (id, value) in [
        ("account", "9523.4.1234567.16744"),
        ("contract_no", "05/2026/HĐ-SC"),
        ("contract_date", "2026-03-01"),
    ] {
        voucher.fields.insert(id.to_owned(), value.to_owned());
    }
    let cells = [
        ("economic_content", "6907"),
        ("sector", "341"),
        ("source", "12"),
        ("amount", "60000000"),
    ];
    voucher.grids.insert(
        "lines".to_owned(),
        vec![Row {
            group: String::new(),
            cells: cells.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        }],
    );
    let found = postings(form, &voucher, day("2026-05-05"));
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].kind, found[0].contract.as_str()),
        (Kind::Spent, contract().key().as_str())
    );
    voucher.fields.remove("actual");
    voucher.fields.insert("advance".to_owned(), "x".to_owned());
    assert_eq!(
        postings(form, &voucher, day("2026-05-05"))[0].kind,
        Kind::Advance
    );
}

fn any_posting() -> impl Strategy<Value = (Posting, Standing)> {
    let standing = prop_oneof![
        Just(Standing::Planned),
        Just(Standing::UnderWay),
        Just(Standing::Done),
        Just(Standing::Void),
    ];
    (
        0..Kind::ALL.len(),
        0i64..365,
        prop::sample::select(vec!["12", "13"]),
        prop::sample::select(vec!["341", "072"]),
        prop::sample::select(vec!["6501", "6649", "6907"]),
        1i64..1_000_000_000,
        standing,
    )
        .prop_map(|(kind, ahead, source, sector, content, amount, standing)| {
            let mut p = posting("2026-01-01", Kind::ALL[kind], content, amount);
            p.day = p.day + chrono::Days::new(u64::try_from(ahead).unwrap());
            p.source = source.to_owned();
            p.sector = sector.to_owned();
            (p, standing)
        })
}

/// The books worked out a second way: plain i128 sums over filters.
fn plain(all: &[(Posting, Standing)], kinds: &[Kind], standings: &[Standing]) -> i128 {
    all.iter()
        .filter(|(p, s)| kinds.contains(&p.kind) && standings.contains(s))
        .map(|(p, _)| i128::from(p.amount.get()))
        .sum()
}

fn total(amounts: impl Iterator<Item = Dong>) -> i128 {
    amounts.map(|d| i128::from(d.get())).sum()
}

proptest! {
    #[test]
    fn the_books_agree_with_an_independent_sum(
        all in prop::collection::vec(any_posting(), 0..200)
    ) {
        use Kind as K;
        use Standing::{Done, UnderWay};
        let books = Balances::of(&all);
        let used = plain(&all, &[K::Spent, K::Advance], &[Done])
            - plain(&all, &[K::ReturnedSpent, K::ReturnedAdvance], &[Done]);
        prop_assert_eq!(total(books.estimates.iter().map(|r| r.used)), used);
        let under_way = plain(&all, &[K::Spent, K::Advance], &[UnderWay]);
        prop_assert_eq!(total(books.estimates.iter().map(|r| r.under_way)), under_way);
        let open = plain(&all, &[K::AdvanceOpening, K::Advance], &[Done, UnderWay])
            - plain(&all, &[K::Cleared, K::ReturnedAdvance], &[Done, UnderWay]);
        prop_assert_eq!(total(books.advances.iter().map(|r| r.open)), open);
        let closing = plain(&all, &[K::DepositOpening, K::DepositIn], &[Done])
            - plain(&all, &[K::DepositOut], &[Done]);
        prop_assert_eq!(total(books.deposits.iter().map(|r| r.closing)), closing);
        // the year's form 26 tells the same
        let year = Period { from: day("2026-01-01"), to: day("2026-12-31") };
        let rows = estimate_rows(&all, year);
        let shown: i128 = rows.iter().map(|r| r.cell("used_to_date").parse::<i128>().unwrap()).sum();
        prop_assert_eq!(shown, used);
    }
}

#[test]
fn what_goes_over_into_the_next_year_fills_its_tables() {
    let mut all = quarter();
    all.extend(done(vec![
        posting("2026-01-02", Kind::AdvanceOpening, "6649", 8_000_000),
        posting("2026-03-01", Kind::Cleared, "6649", 6_000_000),
        posting("2026-03-01", Kind::Settled, "6601", 6_000_000),
        posting("2027-01-20", Kind::Spent, "6501", 2_000_000),
        posting("2027-01-31", Kind::Cancelled, "", 60_000_000),
    ]));
    let mut programme = posting("2026-02-01", Kind::YearStart, "", 40_000_000);
    programme.programme = "10011".to_owned();
    all.extend(done(vec![programme]));
    let rows = carried_estimate_rows(&all, &|p| format!("Đơn vị {p}"));
    assert_eq!(rows.len(), 2);
    assert_eq!(
        [rows[0].group.as_str(), rows[1].group.as_str()],
        ["recurrent", "programmes"]
    );
    for (column, value) in [
        ("balance", "5000000"),
        ("advance_balance", "8000000"),
        ("year_start", "100000000"),
        ("adjusted", "-10000000"),
        // 26 of the quarter, 2 in January, 8 drawn the year before
        ("used", "36000000"),
        ("cancelled", "60000000"),
        // 3 of the quarter, 2 of the year before
        ("carried_advance", "5000000"),
    ] {
        assert_eq!(rows[0].cell(column), value, "{column}");
    }
    assert_eq!(rows[1].cell("unit"), "Đơn vị 10011");
    // nothing is left of a line: it is not in the table
    let spent = done(vec![
        posting("2026-01-10", Kind::YearStart, "", 1_000_000),
        posting("2026-02-10", Kind::Spent, "6501", 1_000_000),
    ]);
    assert_eq!(carried_estimate_rows(&spent, &str::to_owned), []);
}

#[test]
fn a_deposit_left_over_stands_under_the_content_it_came_for() {
    let mut out = posting("2026-05-03", Kind::DepositOut, "", 4_000_000);
    out.sector = String::new();
    let mut all = done(vec![
        posting("2026-01-01", Kind::DepositOpening, "6449", 10_000_000),
        out.clone(),
    ]);
    let name = |code: &str| format!("Tiểu mục {code}");
    let rows = carried_deposit_rows(&all, &name);
    assert_eq!(rows.len(), 1);
    assert_eq!(
        ["group", "economic_content", "sector", "balance"].map(|c| match c {
            "group" => rows[0].group.clone(),
            c => rows[0].cell(c).to_owned(),
        }),
        ["recurrent", "6449", "341", "6000000"]
    );
    // two contents: nothing is guessed
    all.extend(done(vec![posting(
        "2026-02-01",
        Kind::DepositIn,
        "7049",
        1_000_000,
    )]));
    let rows = carried_deposit_rows(&all, &name);
    let left: Vec<_> = rows
        .iter()
        .map(|r| (r.cell("economic_content"), r.cell("balance")))
        .collect();
    assert_eq!(
        left,
        [("", "-4000000"), ("6449", "10000000"), ("7049", "1000000")]
    );
}

const ESTIMATE: &str = "9523.4.1234567.16744";

fn document(id: u32, on: &str, amount: i64) -> Document<u32> {
    Document {
        id,
        number: format!("{id:05}"),
        account: ESTIMATE.to_owned(),
        day: day(on),
        amount: dong(amount),
    }
}

fn booked(document: Option<u32>, on: &str, amount: i64) -> Booked<u32> {
    Booked {
        movement: Movement {
            day: day(on),
            account: ESTIMATE.to_owned(),
            amount: dong(amount),
            reference: format!("KB{amount}"),
            text: String::new(),
        },
        document,
    }
}

fn side(told: Option<i64>) -> Side<'static> {
    Side {
        account: ESTIMATE,
        to: day("2026-06-30"),
        opening: dong(100_000_000),
        told: told.map(dong),
    }
}

#[test]
fn a_difference_is_explained_line_by_line_to_the_last_dong() {
    let documents = [
        // before the statement begins
        document(9, "2026-05-20", -1_000_000),
        document(1, "2026-06-01", -10_000_000),
        document(2, "2026-06-10", -5_000_000),
        document(3, "2026-06-30", -3_000_000),
        // an entry by hand whose movement nobody matched
        document(4, "2026-06-12", -700_000),
        document(5, "2026-07-01", -9_000_000),
    ];
    let movements = [
        booked(Some(1), "2026-06-02", -10_000_000),
        booked(Some(2), "2026-06-11", -5_500_000),
        booked(Some(3), "2026-07-01", -3_000_000),
        booked(None, "2026-06-12", -700_000),
        booked(None, "2026-06-20", -250_000),
    ];
    let found = compare(&side(None), &documents, &movements);
    assert_eq!(
        (found.own, found.treasury),
        (dong(80_300_000), Some(dong(82_550_000)))
    );
    let lines: Vec<_> = found
        .reasons
        .iter()
        .map(|r| (r.why, r.number.as_str(), r.amount.get()))
        .collect();
    assert_eq!(
        lines,
        [
            (Why::OtherAmount, "00002", 500_000),
            (Why::NotInBooks, "KB-250000", 250_000),
            (Why::NotAtTreasury, "00003", -3_000_000),
        ]
    );
    assert_eq!(found.difference, dong(-2_250_000));
    assert_eq!((found.unexplained, found.finding()), (Dong::ZERO, None));
    // the treasury told a figure that its movements do not make
    let found = compare(&side(Some(82_000_000)), &documents, &movements);
    assert_eq!(found.unexplained, dong(550_000));
    let finding = found.finding().unwrap();
    assert_eq!(finding.code, FindingCode::ComparisonOpen);
    assert_eq!(finding.params["other"], "550.000");
}

#[test]
fn a_treasury_that_told_nothing_differs_from_nothing() {
    let documents = [document(1, "2026-06-01", -10_000_000)];
    let found = compare(&side(None), &documents, &[]);
    assert_eq!(
        (found.treasury, found.difference, found.finding()),
        (None, Dong::ZERO, None)
    );
    // told without a statement: the figures agree, or its lines are wanted
    let found = compare(&side(Some(90_000_000)), &documents, &[]);
    assert_eq!((found.reasons.len(), found.unexplained), (0, Dong::ZERO));
    let found = compare(&side(Some(91_000_000)), &documents, &[]);
    assert_eq!(
        (found.reasons.len(), found.unexplained),
        (0, dong(-1_000_000))
    );
}
