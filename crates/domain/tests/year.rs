//! A year of one commune: three units, payroll, a contract with an advance, tạm cấp in January, money
//! returned. The books agree with a second ledger kept beside them, and planted errors are found.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use hoso_domain::book::{
    self, Balances, Kind, Period, Posting, Standing, estimate_rows, spending_rows,
};
use hoso_domain::catalogue;
use hoso_domain::check::{
    ContractFacts, Facts, check, contract_key, estimate_key, invoice_key, payment_key,
};
use hoso_domain::dossier::{DATA_FORMAT, DossierData, DossierUnit};
use hoso_domain::finding::{Finding, FindingCode};
use hoso_domain::form;
use hoso_domain::id::DossierId;
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::money::Dong;
use hoso_domain::party::{Role, Treasury};
use hoso_domain::voucher::{Row, Voucher};

/// Form, day, ticks and fields, content, amount.
type Step<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str, i64);

const UNITS: [(&str, &str); 3] = [("1123456", "830"), ("1123457", "819"), ("1123458", "822")];

fn dong(n: i64) -> Dong {
    Dong::new(n).unwrap()
}

fn day(s: &str) -> NaiveDate {
    s.parse().unwrap()
}

fn pairs(all: &[(&str, &str)]) -> BTreeMap<String, String> {
    all.iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

fn account(unit: usize) -> String {
    format!("9523.4.{}.16744", UNITS[unit].0)
}

/// A filled voucher of a form with one line per (content, amount).
fn voucher(
    number: &str,
    unit: usize,
    on: NaiveDate,
    fields: &[(&str, &str)],
    lines: &[(&str, i64)],
) -> Voucher {
    let form = form::latest("nd347-2025", number).unwrap();
    let fills = pairs(&[
        ("number", "00001"),
        ("budget-year", &on.year().to_string()),
        ("today", &on.to_string()),
        ("unit.name", "Văn phòng HĐND và UBND xã Mường Lống"),
        ("unit.code", UNITS[unit].0),
        ("unit.chapter", UNITS[unit].1),
        ("unit.address", "Xã Mường Lống"),
        ("account", &account(unit)),
        ("treasury.name", "KBNN khu vực XI – PGD số 9"),
    ]);
    let mut out = form::blank(form, &fills);
    out.fields.extend(pairs(fields));
    let rows = lines.iter().map(|(content, amount)| {
        let amount = amount.to_string();
        let mut cells = pairs(&[
            ("content", "Theo chứng từ"),
            ("economic_content", content),
            ("sector", "341"),
            ("source", "13"),
            ("amount", &amount),
        ]);
        if number == "10" {
            cells.insert("economic_content_advanced".to_owned(), "6649".to_owned());
            cells.insert("advance_balance".to_owned(), amount.clone());
        }
        if number == "08" {
            cells.insert("chapter".to_owned(), UNITS[unit].1.to_owned());
            cells.insert("estimate_year".to_owned(), on.year().to_string());
        }
        Row {
            group: String::new(),
            cells,
        }
    });
    out.grids.insert("lines".to_owned(), rows.collect());
    form::compute(form, &mut out);
    out
}

/// The second ledger: sums kept while the year is written, by plain arithmetic.
#[derive(Default)]
struct Ledger {
    given: BTreeMap<usize, i128>,
    used: BTreeMap<usize, i128>,
    under_way: BTreeMap<usize, i128>,
    advances: BTreeMap<usize, i128>,
    contract: i128,
    dossiers: usize,
}

struct Year {
    postings: BTreeMap<usize, Vec<(Posting, Standing)>>,
    ledger: Ledger,
}

impl Year {
    fn file(&mut self, unit: usize, voucher: &Voucher, standing: Standing) {
        let form = form::find(&voucher.form).unwrap();
        let on = day(voucher.field("voucher_date"));
        let found = book::postings(form, voucher, on);
        assert!(!found.is_empty(), "{voucher:?}");
        let all = self.postings.entry(unit).or_default();
        all.extend(found.into_iter().map(|p| (p, standing)));
        self.ledger.dossiers += 1;
    }

    fn enter(&mut self, unit: usize, on: &str, kind: Kind, amount: i64) {
        let posting = Posting {
            day: day(on),
            kind,
            account: account(unit),
            source: "13".to_owned(),
            sector: "341".to_owned(),
            programme: String::new(),
            economic_content: String::new(),
            contract: String::new(),
            amount: dong(amount),
        };
        let all = self.postings.entry(unit).or_default();
        all.push((posting, Standing::Done));
    }
}

/// How a dossier of the year ended: mostly completed; each 29th refused, each 31st returned by the
/// bank, each 37th still on its way.
fn ending(n: usize) -> (LocalState, TreasuryState) {
    match n {
        n if n.is_multiple_of(29) => (LocalState::Sent, TreasuryState::Refused),
        n if n.is_multiple_of(31) => (LocalState::Sent, TreasuryState::MoneyReturned),
        n if n.is_multiple_of(37) => (LocalState::Queued, TreasuryState::None),
        _ => (LocalState::Sent, TreasuryState::Completed),
    }
}

fn year() -> Year {
    let mut year = Year {
        postings: BTreeMap::new(),
        ledger: Ledger::default(),
    };
    let mut count = 0usize;
    for unit in 0..UNITS.len() {
        for (on, kind, amount) in [
            ("2026-01-08", Kind::Provisional, 400_000_000),
            ("2026-01-20", Kind::CarriedOver, 30_000_000),
            ("2026-02-01", Kind::YearStart, 6_000_000_000),
            ("2026-06-15", Kind::Adjustment, 250_000_000),
            ("2026-09-15", Kind::Adjustment, -100_000_000),
        ] {
            year.enter(unit, on, kind, amount);
            if kind != Kind::Provisional {
                *year.ledger.given.entry(unit).or_default() += i128::from(amount);
            }
        }
        for month in 1..=12u32 {
            for n in 0..9i64 {
                count += 1;
                let on = NaiveDate::from_ymd_opt(2026, month, 3 + u32::try_from(n).unwrap() * 3)
                    .unwrap();
                let lines = [
                    ("6501", 1_000_000 + n * 137_000),
                    ("6551", 500_000 + i64::from(month) * 11_000),
                ];
                let (local, treasury) = ending(count);
                let standing = book::standing(&local, &treasury);
                let paid: i64 = lines.iter().map(|(_, a)| a).sum();
                year.file(unit, &voucher("13", unit, on, &[], &lines), standing);
                let sum = match standing {
                    Standing::Done => &mut year.ledger.used,
                    Standing::UnderWay => &mut year.ledger.under_way,
                    _ => continue,
                };
                *sum.entry(unit).or_default() += i128::from(paid);
            }
        }
        // an advance in March, cleared in part in May, the rest given back in July
        let advance = [("actual", ""), ("advance", "x")];
        let steps: [Step<'_>; 4] = [
            ("13", "2026-03-05", &advance, "6649", 50_000_000),
            ("10", "2026-05-05", &[], "6601", 38_000_000),
            (
                "08",
                "2026-07-05",
                &[("returned_advance", "x")],
                "6649",
                12_000_000,
            ),
            (
                "08",
                "2026-08-05",
                &[("returned_actual", "x")],
                "6501",
                2_000_000,
            ),
        ];
        for (number, on, fields, content, amount) in steps {
            let made = voucher(number, unit, day(on), fields, &[(content, amount)]);
            year.file(unit, &made, Standing::Done);
        }
        *year.ledger.used.entry(unit).or_default() += 50_000_000 - 12_000_000 - 2_000_000;
        // what was advanced was cleared and given back: nothing stays open
        year.ledger.advances.entry(unit).or_default();
    }
    // a contract in three instalments after an advance, at the first unit
    let contract = [
        ("contract_no", "05/2026/HĐ-SC"),
        ("contract_date", "2026-03-01"),
    ];
    let paid = [
        ("2026-04-01", 90_000_000, true),
        ("2026-06-01", 60_000_000, false),
        ("2026-08-01", 90_000_000, false),
        ("2026-10-01", 60_000_000, false),
    ];
    for (on, amount, advanced) in paid {
        let mut fields = contract.to_vec();
        if advanced {
            fields.extend([("actual", ""), ("advance", "x")]);
        }
        let made = voucher("13", 0, day(on), &fields, &[("6907", amount)]);
        year.file(0, &made, Standing::Done);
        *year.ledger.used.entry(0).or_default() += i128::from(amount);
        year.ledger.contract += i128::from(amount);
        if advanced {
            *year.ledger.advances.entry(0).or_default() += i128::from(amount);
        }
    }
    year
}

fn total(amounts: impl Iterator<Item = Dong>) -> i128 {
    amounts.map(|d| i128::from(d.get())).sum()
}

#[test]
fn the_books_of_a_year_agree_with_a_ledger_kept_beside_them() {
    let year = year();
    assert!(year.ledger.dossiers >= 300, "{}", year.ledger.dossiers);
    let whole = Period {
        from: day("2026-01-01"),
        to: day("2026-12-31"),
    };
    for (unit, all) in &year.postings {
        let books = Balances::of(all);
        let row = &books.estimates[0];
        assert_eq!(books.estimates.len(), 1);
        let of = |map: &BTreeMap<usize, i128>| map.get(unit).copied().unwrap_or(0);
        let ledger = &year.ledger;
        assert_eq!(i128::from(row.used.get()), of(&ledger.used), "unit {unit}");
        assert_eq!(i128::from(row.under_way.get()), of(&ledger.under_way));
        assert_eq!(
            i128::from(row.left.get()),
            of(&ledger.given) - of(&ledger.used) - of(&ledger.under_way)
        );
        assert_eq!(
            total(books.advances.iter().map(|r| r.open)),
            of(&ledger.advances)
        );
        // forms 26 and 28 of the year, and the four quarters together
        let cell = |rows: &[Row], column: &str| -> i128 {
            rows.iter()
                .filter_map(|r| r.cell(column).parse::<i128>().ok())
                .sum()
        };
        let form26 = estimate_rows(all, whole);
        assert_eq!(cell(&form26, "used_to_date"), of(&ledger.used));
        let carried = cell(&form26, "carried_over");
        assert_eq!(carried + cell(&form26, "to_date"), of(&ledger.given));
        let quarters: i128 = (1..=4)
            .map(|q| {
                cell(
                    &estimate_rows(all, Period::quarter(2026, q).unwrap()),
                    "used_in_period",
                )
            })
            .sum();
        assert_eq!(quarters, of(&ledger.used));
        let form28 = spending_rows(all, whole, &str::to_owned);
        assert_eq!(
            cell(&form28, "advance_to_date") + cell(&form28, "spent_to_date"),
            of(&ledger.used),
            "advanced and spent together are what was used"
        );
        assert_eq!(cell(&form28, "advance_to_date"), of(&ledger.advances));
    }
    let contracts = Balances::of(&year.postings[&0]).contracts;
    assert_eq!(contracts.len(), 1);
    assert_eq!(
        total(contracts.iter().map(|c| c.paid_out())),
        year.ledger.contract
    );
}

// ---- planted errors ------------------------------------------------------------------------------

fn right() -> Voucher {
    voucher(
        "13",
        0,
        day("2026-11-20"),
        &[
            ("content", "Tiền điện, văn phòng phẩm tháng 11"),
            ("payee_name", "Công ty Điện lực Nghệ An"),
            ("payee_tax_code", "0100100417"),
            ("payee_account", "0101000123456"),
            ("payee_bank", "Vietcombank Nghệ An"),
            ("contract_no", "05/2026/HĐ"),
            ("contract_date", "2026-03-01"),
            ("contract_total", "30000000"),
            ("contract_party", "Công ty Điện lực Nghệ An"),
            ("advance_rule", "30%"),
            ("acceptance_no", "01/BBNT"),
            ("acceptance_date", "2026-11-10"),
            ("acceptance_total", "10500000"),
            ("acceptance_party", "Công ty Điện lực Nghệ An"),
        ],
        &[("6501", 9_300_000), ("6551", 1_200_000)],
    )
}

fn facts() -> Facts {
    Facts {
        unit_code: UNITS[0].0.to_owned(),
        codes: catalogue::codes_on(day("2026-11-20")),
        successors: catalogue::successors_on(day("2026-11-20"), &[]),
        signers: Some([Role::ChiefAccountant, Role::AccountOwner].into()),
        decision_known: Some(true),
        ..Facts::default()
    }
}

fn run(voucher: Voucher, facts: &Facts, today: &str) -> Vec<Finding> {
    let data = DossierData {
        format: DATA_FORMAT,
        dossier: "0197a000-0000-7000-8000-000000000001"
            .parse::<DossierId>()
            .unwrap(),
        revision: 1,
        unit: DossierUnit {
            code: UNITS[0].0.to_owned(),
            name: "Văn phòng".to_owned(),
            address: "Xã Mường Lống".to_owned(),
            chapter: "830".to_owned(),
        },
        treasury: Treasury {
            code: "1361".to_owned(),
            name: "PGD số 9".to_owned(),
        },
        procedure: "recurrent-payment".to_owned(),
        budget_year: 2026,
        vouchers: vec![voucher],
    };
    check(&data, &form::find, facts, day(today))
}

/// What is spoiled.
enum Plant {
    /// A field takes this value.
    Field(&'static str, &'static str),
    /// A cell of the first line takes this value.
    Cell(&'static str, &'static str),
    /// It is known otherwise.
    Known(fn(&mut Facts)),
    /// It is checked on another day.
    On(&'static str),
    /// Several fields at once.
    Fields(&'static [(&'static str, &'static str)]),
}

fn spoiled(plant: &Plant) -> Vec<Finding> {
    let (mut voucher, mut facts, mut today) = (right(), facts(), "2026-11-22");
    let form = form::find(&voucher.form).unwrap();
    match plant {
        Plant::Field(id, value) => {
            voucher.fields.insert((*id).to_owned(), (*value).to_owned());
        }
        Plant::Fields(all) => voucher.fields.extend(pairs(all)),
        Plant::Cell(column, value) => {
            let rows = voucher.grids.get_mut("lines").unwrap();
            rows[0]
                .cells
                .insert((*column).to_owned(), (*value).to_owned());
        }
        Plant::Known(change) => change(&mut facts),
        Plant::On(day) => today = day,
    }
    let computed = matches!(plant, Plant::Field("total" | "total_words", _));
    if !computed {
        form::compute(form, &mut voucher);
    }
    run(voucher, &facts, today)
}

#[test]
fn every_planted_error_is_found_by_the_check_named() {
    use FindingCode as C;
    use Plant::{Cell, Field, Fields, Known, On};
    assert_eq!(
        run(right(), &facts(), "2026-11-22"),
        [],
        "nothing planted, nothing found"
    );
    let planted: Vec<(Plant, FindingCode)> = vec![
        (Field("number", ""), C::FieldRequired),
        (Field("budget_year", ""), C::FieldRequired),
        (Field("voucher_date", ""), C::FieldRequired),
        (Field("unit_name", ""), C::FieldRequired),
        (Field("chapter", ""), C::FieldRequired),
        (Field("address", ""), C::FieldRequired),
        (Field("account", ""), C::FieldRequired),
        (Field("treasury_name", ""), C::FieldRequired),
        (Field("content", ""), C::FieldRequired),
        (Field("payee_name", ""), C::FieldRequired),
        (Cell("content", ""), C::FieldRequired),
        (Cell("economic_content", ""), C::FieldRequired),
        (Cell("sector", ""), C::FieldRequired),
        (Cell("source", ""), C::FieldRequired),
        (Cell("amount", ""), C::FieldRequired),
        (Field("contract_date", "31/02/2026"), C::FieldMalformed),
        (Field("budget_year", "26"), C::FieldMalformed),
        (Cell("amount", "chín triệu"), C::FieldMalformed),
        (Cell("invoice_date", "hôm qua"), C::FieldMalformed),
        (Field("number", "000000000000000000001"), C::FieldTooLong),
        (Field("actual", ""), C::TickRequired),
        (Field("transfer", ""), C::TickRequired),
        (Field("estimate_final", ""), C::TickRequired),
        (Field("advance", "x"), C::TickTooMany),
        (Field("cash", "x"), C::TickTooMany),
        (Field("estimate_provisional", "x"), C::TickTooMany),
        (Cell("amount", "0"), C::AmountNotPositive),
        (Cell("amount", "-9300000"), C::AmountNotPositive),
        (Cell("amount", "9999999999999999"), C::TotalTooLarge),
        (Field("total", "10500001"), C::FormulaMismatch),
        (Field("total_words", "Mười triệu đồng."), C::FormulaMismatch),
        (Cell("economic_content", "6510"), C::CodeUnknown),
        (Cell("economic_content", "6500"), C::CodeUnknown),
        (Cell("sector", "340"), C::CodeUnknown),
        (Cell("source", "77"), C::CodeUnknown),
        (Field("programme_code", "99999"), C::CodeUnknown),
        (Field("chapter", "805"), C::CodeExpired),
        (Field("chapter", "755"), C::CodeExpired),
        (Cell("economic_content", "1701"), C::CodeNotSpending),
        (Cell("content", "Tiền nước tháng 11"), C::CodeContent),
        (Field("account", "9523.4.123"), C::AccountShape),
        (Field("account", "9523.4.1123457.16744"), C::AccountForeign),
        (Field("account", "3713.0.1123456.00000"), C::AccountKind),
        (Field("payee_tax_code", "0100100418"), C::TaxCodeInvalid),
        (Field("payee_tax_code", "123"), C::TaxCodeInvalid),
        (Cell("invoice_date", "2026-11-23"), C::DateInFuture),
        (Field("contract_date", "2026-12-01"), C::DateInFuture),
        (Field("acceptance_date", "2026-11-21"), C::DateInFuture),
        (Field("budget_year", "2025"), C::BudgetYear),
        (Field("budget_year", "2027"), C::BudgetYear),
        (On("2027-02-01"), C::BudgetYear),
        (On("2026-12-31"), C::DeadlinePassed),
        (On("2027-01-30"), C::DeadlinePassed),
        (Field("payee_account", ""), C::PayeeAccountMissing),
        (Field("payee_bank", ""), C::PayeeAccountMissing),
        (
            Fields(&[("transfer", ""), ("cash", "x")]),
            C::CashReceiverMissing,
        ),
        (Fields(&[("transfer", ""), ("cash", "x")]), C::CashAmount),
        (
            Fields(&[("transfer", ""), ("cash", "x")]),
            C::CashAndAccount,
        ),
        (Field("contract_party", ""), C::BlockIncomplete),
        (Field("contract_total", ""), C::BlockIncomplete),
        (Field("acceptance_date", ""), C::BlockIncomplete),
        (Field("contractor_decision_no", "12/QĐ"), C::BlockIncomplete),
        (Cell("invoice_no", "1K26TEV 45"), C::InvoiceIncomplete),
        (Cell("document_date", "2026-11-01"), C::InvoiceIncomplete),
        (Field("contract_total", "10499999"), C::OverContract),
        (Field("acceptance_total", "10499999"), C::OverAcceptance),
        (
            Fields(&[("actual", ""), ("advance", "x")]),
            C::OverAdvanceRule,
        ),
        (
            Known(|f| {
                let key = contract_key("05/2026/HĐ", "2026-03-01").unwrap();
                let known = ContractFacts {
                    paid: dong(19_500_001),
                    ..ContractFacts::default()
                };
                f.contracts.insert(key, known);
            }),
            C::ContractOverpaid,
        ),
        (
            Known(|f| {
                let key = contract_key("05/2026/HĐ", "2026-03-01").unwrap();
                let known = ContractFacts {
                    value: Some(dong(29_000_000)),
                    ..ContractFacts::default()
                };
                f.contracts.insert(key, known);
            }),
            C::ContractDiffers,
        ),
        (
            Known(|f| {
                f.balances
                    .insert("9523.4.1123456.16744".to_owned(), dong(10_499_999));
            }),
            C::OverBalance,
        ),
        (
            Known(|f| {
                f.estimates
                    .insert(estimate_key("13", "341", ""), dong(10_499_999));
            }),
            C::OverEstimate,
        ),
        (
            Known(|f| {
                f.payees
                    .insert("0101000123456".to_owned(), "Nguyễn Văn A".to_owned());
            }),
            C::PayeeName,
        ),
        (
            Known(|f| {
                let key = payment_key("0101000123456", dong(10_500_000)).unwrap();
                f.payments.insert(key, "00007".to_owned());
            }),
            C::DuplicatePayment,
        ),
        (
            Known(|f| {
                f.numbers.insert("00001".to_owned());
            }),
            C::DuplicateNumber,
        ),
        (
            Known(|f| f.signers = Some([Role::ChiefAccountant].into())),
            C::SignerMissing,
        ),
        (
            Known(|f| f.decision_known = Some(false)),
            C::DecisionMissing,
        ),
        (
            Known(|f| {
                f.files.insert("files/to.pdf".to_owned(), u64::MAX);
            }),
            C::FileTooLarge,
        ),
        (Field("content", "Thanh to¸n tiÒn ®iÖn"), C::LegacyEncoding),
        (
            Fields(&[("estimate_final", ""), ("estimate_provisional", "x")]),
            C::ProvisionalNotGranted,
        ),
    ];
    assert!(planted.len() >= 60, "{}", planted.len());
    for (index, (plant, expected)) in planted.iter().enumerate() {
        let mut found = spoiled(plant);
        if *expected == C::ProvisionalNotGranted {
            let mut known = facts();
            known.provisional = Some(Dong::ZERO);
            let mut voucher = right();
            voucher.fields.remove("estimate_final");
            voucher
                .fields
                .insert("estimate_provisional".to_owned(), "x".to_owned());
            found = run(voucher, &known, "2026-11-22");
        }
        assert!(
            found.iter().any(|f| f.code == *expected),
            "planted {index} wants {expected:?}, found {found:?}"
        );
    }
    // the invoice of the same seller, on a line that cites it
    let mut voucher = right();
    let line = &mut voucher.grids.get_mut("lines").unwrap()[0];
    line.cells.extend(pairs(&[
        ("invoice_no", "45"),
        ("invoice_date", "2026-11-01"),
    ]));
    let mut known = facts();
    let key = invoice_key("0100100417", "45").unwrap();
    known.invoices.insert(key, "00003".to_owned());
    let found = run(voucher, &known, "2026-11-22");
    assert!(found.iter().any(|f| f.code == C::DuplicateInvoice));
}
