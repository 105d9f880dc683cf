//! An entry of the books, typed or imported: its codes, account and day. Refuses to judge the amount.

use chrono::{Datelike, NaiveDate};

use super::number::AccountParts;
use super::{Facts, codes};
use crate::book::{Kind, Posting};
use crate::finding::{Finding, FindingCode, Place};
use crate::form;

/// What is wrong with an entry for the books of `year`, each with the column it is about. A blank code
/// or account says nothing.
pub fn entry(posting: &Posting, year: i32, facts: &Facts) -> Vec<(&'static str, Finding)> {
    let coded = [
        ("source", "source", &posting.source),
        ("sector", "sector", &posting.sector),
        ("programme", "programme", &posting.programme),
        (
            "economic_content",
            "economic-content",
            &posting.economic_content,
        ),
    ];
    let mut out = Vec::new();
    for (column, list, code) in coded {
        // a list of that time may not be known
        let known = facts.codes.get(list).is_some_and(|l| !l.is_empty());
        if known && !code.is_empty() {
            let found = codes::unknown(facts, list, code, "", Place::Dossier, posting.day);
            out.extend(found.map(|f| (column, f.with("label", label(column)))));
        }
    }
    out.extend(account(&posting.account, facts).map(|f| ("account", f)));
    out.extend(day(posting, year).map(|f| ("day", f)));
    out
}

/// What form 13 calls it.
fn label(column: &str) -> String {
    let form = form::latest("nd347-2025", "13");
    let of_line = form
        .and_then(|f| f.grid("lines")?.column(column))
        .map(|c| c.full_label());
    let field = match column {
        "programme" => "programme_code",
        other => other,
    };
    let of_form = || form.and_then(|f| f.field(field)).map(|f| f.full_label());
    of_line.or_else(of_form).unwrap_or_default()
}

fn account(account: &str, facts: &Facts) -> Option<Finding> {
    if account.is_empty() {
        return None;
    }
    let unit = facts.unit_code.as_str();
    let finding = match AccountParts::read(account) {
        None => Finding::error(FindingCode::AccountShape, Place::Dossier),
        Some(parts) if !unit.is_empty() && parts.unit != unit => {
            Finding::error(FindingCode::AccountForeign, Place::Dossier).with("expected", unit)
        }
        Some(_) => return None,
    };
    Some(
        finding
            .with("label", label("account"))
            .with("value", account),
    )
}

/// The books of a year hold its days and those until they close on 31 January; what was there at the
/// beginning may bear an earlier day.
fn day(posting: &Posting, year: i32) -> Option<Finding> {
    let opening = matches!(
        posting.kind,
        Kind::CarriedOver | Kind::AdvanceOpening | Kind::DepositOpening
    );
    let closes = NaiveDate::from_ymd_opt(year.checked_add(1)?, 1, 31)?;
    let day = posting.day;
    let within = day <= closes && (opening || day.year() >= year);
    (!within).then(|| {
        Finding::error(FindingCode::BudgetYear, Place::Dossier)
            .with("reason", "entry")
            .with("value", day.format("%d/%m/%Y").to_string())
            .with("expected", year.to_string())
    })
}
