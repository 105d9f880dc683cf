//! What a voucher posts, by its form. Refuses to post what cannot be read as an amount: its check
//! has said so.

use chrono::NaiveDate;

use super::{Kind, Posting};
use crate::check::contract_key;
use crate::form::Form;
use crate::money::Dong;
use crate::voucher::{Row, Voucher};

/// The postings of one voucher on `day`, its own day or the day it is posted.
///
/// Forms 13, 14: spent or advanced; 10: cleared; 08: returned; 09: each pair takes off and adds;
/// 17, 18: out of a deposit, by source; 22: tạm cấp. Other forms post nothing.
pub fn postings(form: &Form, voucher: &Voucher, day: NaiveDate) -> Vec<Posting> {
    match form.number.as_str() {
        "13" | "14" => {
            let kind = if voucher.ticked("advance") {
                Kind::Advance
            } else {
                Kind::Spent
            };
            lines(voucher, day, kind)
        }
        "10" => {
            let mut both = lines(voucher, day, Kind::Cleared);
            both.extend(lines(voucher, day, Kind::Settled));
            both
        }
        "08" => {
            let kind = if voucher.ticked("returned_advance") {
                Kind::ReturnedAdvance
            } else {
                Kind::ReturnedSpent
            };
            lines(voucher, day, kind)
        }
        "09" => pairs(voucher, day),
        "17" | "18" => deposit(form, voucher, day),
        "22" => lines(voucher, day, Kind::Provisional),
        _ => Vec::new(),
    }
}

/// Out of a deposit account, by source; as one sum where the lines do not make the total.
fn deposit(form: &Form, voucher: &Voucher, day: NaiveDate) -> Vec<Posting> {
    let Ok(total) = Dong::parse(voucher.field(&form.summary.total)) else {
        return Vec::new();
    };
    let by_line = lines(voucher, day, Kind::DepositOut);
    if Dong::sum(by_line.iter().map(|p| p.amount)) == Ok(total) {
        return by_line;
    }
    vec![Posting {
        amount: total,
        ..head(voucher, day, Kind::DepositOut)
    }]
}

fn head(voucher: &Voucher, day: NaiveDate, kind: Kind) -> Posting {
    let contract = contract_key(voucher.field("contract_no"), voucher.field("contract_date"));
    Posting {
        day,
        kind,
        account: voucher.field("account").to_owned(),
        source: String::new(),
        sector: String::new(),
        programme: voucher.field("programme_code").to_owned(),
        economic_content: String::new(),
        contract: contract.unwrap_or_default(),
        amount: Dong::ZERO,
    }
}

fn lines(voucher: &Voucher, day: NaiveDate, kind: Kind) -> Vec<Posting> {
    let rows = voucher.rows("lines").iter().filter_map(|row| {
        let posting = Posting {
            source: row.cell("source").to_owned(),
            sector: row.cell("sector").to_owned(),
            economic_content: content(row, kind).to_owned(),
            amount: amount(row)?,
            ..head(voucher, day, kind)
        };
        Some(posting)
    });
    rows.collect()
}

/// A line of form 10 clears no more than its advance: what is asked beyond it another voucher pays.
fn amount(row: &Row) -> Option<Dong> {
    let asked = Dong::parse(row.cell("amount")).ok()?;
    match Dong::parse(row.cell("advance_balance")) {
        Ok(open) => Some(asked.min(open)),
        Err(_) => Some(asked),
    }
}

/// What is cleared comes off the content it was advanced on.
fn content(row: &Row, kind: Kind) -> &str {
    match row.cell("economic_content_advanced") {
        advanced if kind == Kind::Cleared && !advanced.is_empty() => advanced,
        _ => row.cell("economic_content"),
    }
}

/// Form 09: what was booked is taken off, what is asked for is added.
fn pairs(voucher: &Voucher, day: NaiveDate) -> Vec<Posting> {
    let rows = voucher.rows("entries").iter().filter_map(|row| {
        let side = |column: &str| Dong::parse(row.cell(column)).unwrap_or_default();
        let amount = side("debit").checked_sub(side("credit")).ok()?;
        let amount = match row.group.as_str() {
            "booked" => Dong::ZERO.checked_sub(amount).ok()?,
            _ => amount,
        };
        let kind = if row.cell("advance").trim().is_empty() {
            Kind::Spent
        } else {
            Kind::Advance
        };
        (amount != Dong::ZERO).then(|| Posting {
            source: row.cell("source").to_owned(),
            sector: row.cell("sector").to_owned(),
            programme: row.cell("programme").to_owned(),
            economic_content: row.cell("economic_content").to_owned(),
            amount,
            ..head(voucher, day, kind)
        })
    });
    rows.collect()
}
