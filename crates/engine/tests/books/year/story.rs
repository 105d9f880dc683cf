//! What happened from January to December.

mod first;

use super::ledger::{Did, quarter};
use super::office::{Drawn, MERGED, Office, Paid, lines};
use crate::*;

/// The units that work.
pub const WORKING: std::ops::Range<usize> = 0..3;
pub const CONTRACT: &str = "05/2026/HĐ-SC";
/// Tạm cấp of a unit.
pub const PROVISIONAL: i64 = 400_000_000;

/// How a payment ended: mostly completed; each 29th refused, each 31st sent back by the bank, each
/// 37th not answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Completed,
    Refused,
    Returned,
    Open,
}

fn end(n: usize) -> End {
    match n {
        n if n.is_multiple_of(29) => End::Refused,
        n if n.is_multiple_of(31) => End::Returned,
        n if n.is_multiple_of(37) => End::Open,
        _ => End::Completed,
    }
}

pub fn year() -> Office {
    let mut office = Office::open();
    for unit in WORKING {
        office.at(unit);
        january(&mut office, unit);
        let mut returned = Vec::new();
        for month in 1..=12 {
            month_of(&mut office, unit, month, &mut returned);
            if month % 3 == 0 {
                office.take_statement(unit, month / 3);
                // the statement had them; then the bank gave the money back
                for drawn in returned.drain(..) {
                    office.answer(drawn.id, "money-returned");
                }
            }
        }
    }
    signed(&mut office);
    office
}

/// Tạm cấp by form 22, before any estimate is given.
fn january(office: &mut Office, unit: usize) {
    let on = office.day(1, 2);
    let year = office.year.to_string();
    let fields = [
        ("base_budget", "xã"),
        ("base_year", year.as_str()),
        ("base_amount", "4800000000"),
        ("monthly_budget", "xã"),
        ("monthly_year", year.as_str()),
        ("monthly_amount", "400000000"),
    ];
    let rows = lines(&[("", PROVISIONAL)], &[]);
    let drawn = office.draw(unit, "22", on, &fields, rows);
    office.hand_in(drawn.id);
    office.answer(drawn.id, "completed");
    office.ledger.dossiers += 1;
}

/// Everything of one month, in the order of its days.
fn month_of(office: &mut Office, unit: usize, month: u32, returned: &mut Vec<Drawn>) {
    decisions(office, unit, month);
    for n in 0..9 {
        payment(office, unit, month, n, returned);
    }
    let advance = [("actual", ""), ("advance", "x"), ("content", "Tạm ứng")];
    match month {
        3 => {
            let sums = [("6649", 50_000_000)];
            pay(office, unit, "13", (3, 5), &advance, &sums, Did::Advanced);
        }
        5 => clear(office, unit),
        // still open at the year's end
        11 if unit == 1 => {
            let sums = [("6649", 20_000_000)];
            pay(office, unit, "13", (11, 5), &advance, &sums, Did::Advanced);
        }
        7 => {
            let sums = [("6649", 12_000_000)];
            let fields = [("returned_advance", "x")];
            pay(
                office,
                unit,
                "08",
                (7, 5),
                &fields,
                &sums,
                Did::ReturnedAdvance,
            );
        }
        8 => {
            let sums = [("6501", 2_000_000)];
            let fields = [("returned_actual", "x")];
            pay(
                office,
                unit,
                "08",
                (8, 5),
                &fields,
                &sums,
                Did::ReturnedSpent,
            );
        }
        _ => {}
    }
    if unit == 0 {
        first::payroll(office, month);
        first::contract(office, month);
        first::deposit(office, month);
    }
}

fn decisions(office: &mut Office, unit: usize, month: u32) {
    let year = office.year;
    let on = |day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
    let entries = match month {
        1 => vec![
            (on(25), Kind::CarriedOver, 30_000_000),
            (on(25), Kind::YearStart, 9_000_000_000),
        ],
        6 => vec![(on(15), Kind::Adjustment, 250_000_000)],
        9 => vec![(on(15), Kind::Adjustment, -100_000_000)],
        // the treasury moves what is left to the account of the new commune
        7 if unit == MERGED => {
            let old = office.account(unit, office.day(6, 30));
            let left = office.ledger.accounts[&old];
            office.enter_at(unit, &old, &[(on(1), Kind::Adjustment, -left)]);
            vec![(on(1), Kind::Adjustment, left)]
        }
        _ => return,
    };
    // in January the decision comes after most payments
    if month != 1 {
        office.enter(unit, &entries);
        return;
    }
    let mut none = Vec::new();
    for n in 100..103 {
        payment(office, unit, 1, n, &mut none);
    }
    office.enter(unit, &entries);
}

/// One payment of the year; `n` from 100 on: out of the tạm cấp.
fn payment(office: &mut Office, unit: usize, month: u32, n: u32, returned: &mut Vec<Drawn>) {
    let provisional = n >= 100;
    let at = if provisional {
        4 + (n - 100) * 6
    } else {
        3 + n * 3
    };
    let on = office.day(
        month,
        at.max(if month == 1 && !provisional { 26 } else { 1 }),
    );
    let step = i64::from(n % 100);
    let sums = [
        ("6501", 1_000_000 + step * 137_000),
        (
            "6551",
            500_000 + i64::from(month) * 11_000 + i64::from(provisional),
        ),
    ];
    let account = format!("15002051{n:05}");
    let (name, seller) = ("Công ty Văn phòng phẩm Nậm Lay", "0100047516");
    let mut fields = vec![
        ("content", "Tiền điện, văn phòng phẩm"),
        ("payee_name", name),
        ("payee_tax_code", seller),
        ("payee_account", account.as_str()),
        ("payee_bank", "Agribank Điện Biên"),
    ];
    if provisional {
        fields.extend([("estimate_final", ""), ("estimate_provisional", "x")]);
    }
    let (invoice, day) = (format!("1C26TAA-{month:02}{n:03}"), on.to_string());
    let more = [("invoice_no", invoice.as_str()), ("invoice_date", &day)];
    let drawn = office.draw(unit, "13", on, &fields, lines(&sums, &more));
    let sum: i64 = sums.iter().map(|(_, amount)| amount).sum();
    let paper = office.account(unit, on);
    let end = match provisional {
        true => End::Completed,
        false => end(office.ledger.dossiers),
    };
    match end {
        End::Completed => {
            office.complete(unit, &drawn, on, Did::Spent, &sums);
            if unit == 0 && month == 11 {
                office.paid = Paid {
                    number: drawn.number,
                    name: name.to_owned(),
                    account,
                    seller: seller.to_owned(),
                    invoice,
                    sum,
                };
            }
            return;
        }
        End::Refused => {
            office.hand_in(drawn.id);
            office.answer(drawn.id, "refused");
        }
        End::Open => {
            office.hand_in(drawn.id);
            office.answer(drawn.id, "received");
            *office.ledger.under_way.entry(unit).or_default() += sum;
        }
        // out, and back from the bank
        End::Returned => {
            office.hand_in(drawn.id);
            office.answer(drawn.id, "completed");
            office.moved(unit, &paper, on, -sum, &drawn.number);
            let back = on + chrono::Days::new(2);
            let back = if quarter(back) == quarter(on) {
                back
            } else {
                on
            };
            office.moved(unit, &paper, back, sum, "");
            returned.push(drawn);
        }
    }
    office.ledger.dossiers += 1;
}

/// A voucher of the estimate that the treasury completed.
fn pay(
    office: &mut Office,
    unit: usize,
    form: &str,
    (month, day): (u32, u32),
    fields: &[(&str, &str)],
    sums: &[(&str, i64)],
    did: Did,
) {
    let on = office.day(month, day);
    let year = office.year.to_string();
    let chapter = super::office::UNITS[unit].1;
    let (mut more, mut all) = (Vec::new(), Vec::new());
    if form == "08" {
        more.extend([("chapter", chapter), ("estimate_year", year.as_str())]);
    } else {
        all.extend([
            ("payee_name", "Trường Nậm Lay"),
            ("payee_account", "1500205199999"),
            ("payee_bank", "Agribank Điện Biên"),
        ]);
    }
    all.extend(fields);
    let drawn = office.draw(unit, form, on, &all, lines(sums, &more));
    office.complete(unit, &drawn, on, did, sums);
}

/// Form 10: what was advanced on 6649 became spending on 6601.
fn clear(office: &mut Office, unit: usize) {
    let on = office.day(5, 5);
    let day = on.to_string();
    let sums = [("6601", 38_000_000)];
    let more = [
        ("economic_content_advanced", "6649"),
        ("advance_balance", "50000000"),
    ];
    let fields = [("advance_balance_date", day.as_str())];
    let drawn = office.draw(unit, "10", on, &fields, lines(&sums, &more));
    office.complete(unit, &drawn, on, Did::Cleared("6649"), &sums);
}

/// In December one payment of each of two units is signed by both, and waits for the link.
fn signed(office: &mut Office) {
    for unit in 0..2 {
        office.at(unit);
        let on = office.day(12, 29);
        let sums = [("6501", 3_000_000)];
        let fields = [
            ("content", "Tiền điện cuối năm"),
            ("payee_name", "Công ty Điện lực Điện Biên"),
            ("payee_account", "1500205188888"),
            ("payee_bank", "Agribank Điện Biên"),
        ];
        let drawn = office.draw(unit, "13", on, &fields, lines(&sums, &[]));
        office.desk.finish(drawn.id);
        assert_eq!(office.desk.local(drawn.id), LocalState::Queued);
        *office.ledger.under_way.entry(unit).or_default() += 3_000_000;
        office.ledger.dossiers += 1;
    }
}
