//! The year itself: what was done, told three times over. The vouchers are Hoso's; the office's ledger
//! and the treasury's books are plain sums beside them.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use hoso_domain::book::{self, Booked, Document, Kind, Movement, Posting, Standing};
use hoso_domain::form;
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::money::Dong;
use hoso_domain::payroll::{Deduction, PayRow, PayTable};
use hoso_domain::voucher::{Row, Voucher};

pub const UNITS: [(&str, &str); 3] = [("1123456", "830"), ("1123457", "819"), ("1123458", "822")];
pub const DEPOSIT: &str = "3713.0.1123456.00000";

pub fn dong(n: i64) -> Dong {
    Dong::new(n).unwrap()
}

pub fn day(s: &str) -> NaiveDate {
    s.parse().unwrap()
}

pub fn pairs(all: &[(&str, &str)]) -> BTreeMap<String, String> {
    all.iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

/// The third unit's commune was merged: from July on its account has the new commune's code.
pub fn account(unit: usize, on: NaiveDate) -> String {
    let area = match unit {
        2 if on < day("2026-07-01") => "16759",
        2 => "16738",
        _ => "16744",
    };
    format!("9523.4.{}.{area}", UNITS[unit].0)
}

/// One line of a voucher: content and amount.
pub type Line<'a> = (&'a str, i64);

/// A filled voucher of a form with its lines.
pub fn voucher(
    number: &str,
    unit: usize,
    on: NaiveDate,
    fields: &[(&str, &str)],
    lines: &[Line<'_>],
) -> Voucher {
    let form = form::latest("nd347-2025", number).unwrap();
    let account = match number {
        "17" => DEPOSIT.to_owned(),
        _ => account(unit, on),
    };
    let fills = pairs(&[
        ("number", "00001"),
        ("budget-year", &on.year().to_string()),
        ("today", &on.to_string()),
        ("unit.name", "Văn phòng HĐND và UBND xã Mường Lống"),
        ("unit.code", UNITS[unit].0),
        ("unit.chapter", UNITS[unit].1),
        ("unit.address", "Xã Mường Lống"),
        ("account", &account),
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
        ]);
        let column = if number == "14" {
            "tax_amount"
        } else {
            "amount"
        };
        cells.insert(column.to_owned(), amount.clone());
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

/// Sums a bookkeeper keeps by hand, by unit.
#[derive(Default)]
pub struct Ledger {
    pub given: BTreeMap<usize, i128>,
    pub used: BTreeMap<usize, i128>,
    pub under_way: BTreeMap<usize, i128>,
    pub advances: BTreeMap<usize, i128>,
    pub contract: i128,
    pub dossiers: usize,
}

/// The treasury's books.
#[derive(Default)]
pub struct Treasury {
    /// Unit, quarter, content → advanced less cleared, spent.
    pub contents: BTreeMap<(usize, u32, String), (i64, i64)>,
    /// Its statement; the number is the dossier's.
    pub statement: Vec<Booked<usize>>,
    /// Month → in and out of the deposit account.
    pub deposit: BTreeMap<u32, (i64, i64)>,
}

/// What a line did to the treasury's books.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Did {
    Spent,
    Advanced,
    ReturnedSpent,
    ReturnedAdvance,
    /// An advance of 6649 became spending.
    Cleared,
}

#[derive(Default)]
pub struct Year {
    pub postings: BTreeMap<usize, Vec<(Posting, Standing)>>,
    /// What the books took from each account, completed dossiers only; the number is the dossier's.
    pub documents: BTreeMap<usize, Vec<Document<usize>>>,
    pub ledger: Ledger,
    pub treasury: Treasury,
}

impl Year {
    /// A dossier as it ended. What the treasury completed stands in its books.
    fn file(
        &mut self,
        unit: usize,
        voucher: &Voucher,
        standing: Standing,
        did: Did,
        lines: &[Line<'_>],
    ) {
        let form = form::find(&voucher.form).unwrap();
        let on = day(voucher.field("voucher_date"));
        let found = book::postings(form, voucher, on);
        assert!(!found.is_empty(), "{voucher:?}");
        let all = self.postings.entry(unit).or_default();
        all.extend(found.into_iter().map(|p| (p, standing)));
        self.ledger.dossiers += 1;
        let number = self.ledger.dossiers;
        let sum: i64 = lines.iter().map(|(_, a)| a).sum();
        let out = match did {
            Did::Spent | Did::Advanced => -sum,
            Did::ReturnedSpent | Did::ReturnedAdvance => sum,
            Did::Cleared => 0,
        };
        if standing != Standing::Done {
            return;
        }
        if out != 0 {
            self.documents.entry(unit).or_default().push(Document {
                id: number,
                number: format!("{number:05}"),
                account: account(unit, on),
                day: on,
                amount: dong(out),
            });
            self.book(unit, on, out, Some(number));
        }
        for (content, amount) in lines {
            let key = |content: &str| (unit, on.month0() / 3 + 1, content.to_owned());
            let mut add = |content: &str, advance: i64, spent: i64| {
                let sums = self.treasury.contents.entry(key(content)).or_default();
                sums.0 += advance;
                sums.1 += spent;
            };
            match did {
                Did::Spent => add(content, 0, *amount),
                Did::Advanced => add(content, *amount, 0),
                Did::ReturnedSpent => add(content, 0, -amount),
                Did::ReturnedAdvance => add(content, -amount, 0),
                Did::Cleared => {
                    add("6649", -amount, 0);
                    add(content, 0, *amount);
                }
            }
        }
    }

    /// A movement the treasury booked.
    fn book(&mut self, unit: usize, on: NaiveDate, amount: i64, document: Option<usize>) {
        self.treasury.statement.push(Booked {
            movement: Movement {
                day: on,
                account: account(unit, on),
                amount: dong(amount),
                reference: String::new(),
                text: String::new(),
            },
            document,
        });
    }

    fn enter(&mut self, posting: Posting, unit: usize) {
        let all = self.postings.entry(unit).or_default();
        all.push((posting, Standing::Done));
    }
}

/// A posting typed in.
pub fn typed(unit: usize, on: &str, kind: Kind, amount: i64) -> Posting {
    Posting {
        day: day(on),
        kind,
        account: match kind.of_deposit() {
            true => DEPOSIT.to_owned(),
            false => account(unit, day(on)),
        },
        source: "13".to_owned(),
        sector: "341".to_owned(),
        programme: String::new(),
        economic_content: String::new(),
        contract: String::new(),
        amount: dong(amount),
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

/// The pay of 45 people in a month; pay rises in July.
pub fn pay_table(month: u32) -> PayTable {
    let rise = if month >= 7 { 180_000 } else { 0 };
    let person = |n: u32| {
        let salary = 5_000_000 + i64::from(n) * 12_000 + rise;
        let (insurance, union) = (525_000, 50_000);
        let tax = if n > 40 { 30_000 } else { 0 };
        let net = salary + 400_000 - insurance - union - tax;
        PayRow {
            row: n + 2,
            name: format!("Cán bộ số {n}"),
            account: format!("36052010{n:05}"),
            earnings: [
                ("6001".to_owned(), dong(salary)),
                ("6101".to_owned(), dong(400_000)),
            ]
            .into(),
            deductions: [
                (Deduction::Insurance, dong(insurance)),
                (Deduction::Union, dong(union)),
                (Deduction::Tax, dong(tax)),
            ]
            .into(),
            net: dong(net),
            ..PayRow::default()
        }
    };
    PayTable {
        year: 2026,
        month,
        rows: (1..=45).map(person).collect(),
        employer: [("6301".to_owned(), dong(45 * 1_075_000))].into(),
        stated: BTreeMap::new(),
    }
}

pub fn year() -> Year {
    let mut year = Year::default();
    let mut count = 0usize;
    for unit in 0..UNITS.len() {
        // tạm cấp in January: asked for by form 22, paid out of before the estimate came
        let granted = voucher("22", unit, day("2026-01-08"), &[], &[("", 400_000_000)]);
        let form22 = form::find(&granted.form).unwrap();
        let posted = book::postings(form22, &granted, day("2026-01-08"));
        let provisional = posted.iter().filter(|p| p.kind == Kind::Provisional);
        assert_eq!(provisional.count(), 1);
        year.ledger.dossiers += 1;
        for posting in posted {
            year.enter(posting, unit);
        }
        for (on, kind, amount) in [
            ("2026-01-20", Kind::CarriedOver, 30_000_000),
            ("2026-02-01", Kind::YearStart, 9_000_000_000),
            ("2026-06-15", Kind::Adjustment, 250_000_000),
            ("2026-09-15", Kind::Adjustment, -100_000_000),
        ] {
            year.enter(typed(unit, on, kind, amount), unit);
            *year.ledger.given.entry(unit).or_default() += i128::from(amount);
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
                let made = voucher("13", unit, on, &[], &lines);
                year.file(unit, &made, standing, Did::Spent, &lines);
                if treasury == TreasuryState::MoneyReturned {
                    // out, and back from the bank two days later
                    let number = year.ledger.dossiers;
                    year.book(unit, on, -paid, Some(number));
                    year.book(unit, on + chrono::Days::new(2), paid, Some(number));
                }
                let sum = match standing {
                    Standing::Done => &mut year.ledger.used,
                    Standing::UnderWay => &mut year.ledger.under_way,
                    _ => continue,
                };
                *sum.entry(unit).or_default() += i128::from(paid);
            }
        }
        advance(&mut year, unit);
    }
    payroll(&mut year);
    contract(&mut year);
    deposit(&mut year);
    year
}

/// An advance in March, cleared in part in May, the rest given back in July; spending given back.
fn advance(year: &mut Year, unit: usize) {
    let ticks: &[(&str, &str)] = &[("actual", ""), ("advance", "x")];
    let back: &[(&str, &str)] = &[("returned_advance", "x")];
    let spent_back: &[(&str, &str)] = &[("returned_actual", "x")];
    for (number, on, fields, did, line) in [
        (
            "13",
            "2026-03-05",
            ticks,
            Did::Advanced,
            ("6649", 50_000_000),
        ),
        ("10", "2026-05-05", &[], Did::Cleared, ("6601", 38_000_000)),
        (
            "08",
            "2026-07-05",
            back,
            Did::ReturnedAdvance,
            ("6649", 12_000_000),
        ),
        (
            "08",
            "2026-08-05",
            spent_back,
            Did::ReturnedSpent,
            ("6501", 2_000_000),
        ),
    ] {
        let made = voucher(number, unit, day(on), fields, &[line]);
        year.file(unit, &made, Standing::Done, did, &[line]);
    }
    *year.ledger.used.entry(unit).or_default() += 50_000_000 - 12_000_000 - 2_000_000;
    year.ledger.advances.entry(unit).or_default();
}

/// Twelve months of pay at the first unit, each its set of dossiers.
fn payroll(year: &mut Year) {
    for month in 1..=12u32 {
        let on = NaiveDate::from_ymd_opt(2026, month, 28).unwrap();
        let table = pay_table(month);
        assert_eq!(table.check(), []);
        for payment in table.payments() {
            let lines: Vec<Line<'_>> = payment
                .lines
                .iter()
                .map(|(content, amount)| (content.as_str(), amount.get()))
                .collect();
            let number = if payment.purpose == "tax" { "14" } else { "13" };
            let made = voucher(number, 0, on, &[], &lines);
            year.file(0, &made, Standing::Done, Did::Spent, &lines);
        }
        // by hand: salaries, allowances, the employer's part
        let rise = if month >= 7 { 180_000 } else { 0 };
        let salaries = 45 * (5_000_000 + rise) + 12_000 * (45 * 46 / 2);
        let paid = salaries + 45 * 400_000 + 45 * 1_075_000;
        *year.ledger.used.entry(0).or_default() += i128::from(paid);
    }
}

/// A contract in three instalments after an advance, at the first unit.
fn contract(year: &mut Year) {
    for (on, amount, advanced) in [
        ("2026-04-01", 90_000_000, true),
        ("2026-06-01", 60_000_000, false),
        ("2026-08-01", 90_000_000, false),
        ("2026-10-01", 60_000_000, false),
    ] {
        let mut fields = vec![
            ("contract_no", "05/2026/HĐ-SC"),
            ("contract_date", "2026-03-01"),
        ];
        let mut did = Did::Spent;
        if advanced {
            fields.extend([("actual", ""), ("advance", "x")]);
            did = Did::Advanced;
            *year.ledger.advances.entry(0).or_default() += i128::from(amount);
        }
        let line = ("6907", amount);
        let made = voucher("13", 0, day(on), &fields, &[line]);
        year.file(0, &made, Standing::Done, did, &[line]);
        *year.ledger.used.entry(0).or_default() += i128::from(amount);
        year.ledger.contract += i128::from(amount);
    }
}

/// A deposit account of the first unit: an opening balance, gifts, payments by form 17.
fn deposit(year: &mut Year) {
    let mut opening = typed(0, "2026-01-01", Kind::DepositOpening, 40_000_000);
    opening.economic_content = "7049".to_owned();
    year.enter(opening, 0);
    for (on, amount) in [("2026-02-10", 15_000_000), ("2026-09-10", 5_000_000)] {
        let mut gift = typed(0, on, Kind::DepositIn, amount);
        gift.economic_content = "7049".to_owned();
        year.enter(gift, 0);
        let month = day(on).month();
        year.treasury.deposit.entry(month).or_default().0 += amount;
    }
    for (on, amount) in [
        ("2026-03-12", 9_000_000),
        ("2026-05-12", 7_500_000),
        ("2026-11-12", 12_250_000),
    ] {
        let made = voucher("17", 0, day(on), &[], &[("", amount)]);
        let form = form::find(&made.form).unwrap();
        let posted = book::postings(form, &made, day(on));
        assert_eq!(posted.len(), 1);
        for posting in posted {
            year.enter(posting, 0);
        }
        year.ledger.dossiers += 1;
        let month = day(on).month();
        year.treasury.deposit.entry(month).or_default().1 += amount;
    }
}
