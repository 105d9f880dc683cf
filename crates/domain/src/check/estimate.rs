//! The estimate and its time: budget year, deadlines, kind of account, balances, tạm cấp. Refuses to
//! know a figure that was not given.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::Facts;
use super::number::AccountParts;
use super::rules::{Rules, draws, from_deposit, from_estimate};
use crate::catalogue;
use crate::finding::{Finding, FindingCode, Place};
use crate::form::FieldKind;
use crate::form::value::{self, Value};
use crate::money::Dong;
use crate::text;

/// A line of the estimate book in [`super::Facts::estimates`]: `source|sector|programme`, the
/// programme `00000` where there is none.
pub fn estimate_key(source: &str, sector: &str, programme: &str) -> String {
    let programme = programme.trim();
    let programme = if programme.is_empty() {
        "00000"
    } else {
        programme
    };
    format!("{}|{}|{programme}", source.trim(), sector.trim())
}

pub(super) fn voucher(rules: &Rules<'_>, out: &mut Vec<Finding>) {
    if rules.has("budget_year") {
        budget_year(rules, out);
    }
    out.extend(account_kind(rules));
    if rules.form.number == "22" {
        twelfth(rules, out);
    }
    if from_estimate(rules.form) && rules.voucher.ticked("estimate_provisional") {
        provisional_content(rules, out);
    }
}

/// This year, or last year until its books close on 31 January (Circular 26/2026 art. 15). In
/// that time last year's estimate pays nothing in advance (Decree 73/2026 art. 30).
fn budget_year(rules: &Rules<'_>, out: &mut Vec<Finding>) {
    let year = match value::parse(FieldKind::Year, rules.text("budget_year")) {
        Ok(Value::Year(year)) => year,
        _ => return,
    };
    let today = rules.today;
    if year == today.year() {
        out.extend(deadline(rules, "year-end-withdrawal", today.year()));
        return;
    }
    let error = |field: &str| {
        rules
            .error(FindingCode::BudgetYear, field)
            .with("value", year.to_string())
            .with("expected", today.year().to_string())
    };
    let adjusting = year.checked_add(1) == Some(today.year()) && today.month() == 1;
    if !adjusting {
        out.push(error("budget_year"));
        return;
    }
    if rules.voucher.ticked("advance") {
        out.push(error("advance").with("reason", "advance"));
    }
    out.extend(deadline(rules, "adjustment-end", today.year()));
    let end = NaiveDate::from_ymd_opt(year, 12, 31);
    if let (Some(accepted), Some(end)) = (rules.date("acceptance_date"), end)
        && accepted > end
    {
        out.push(
            rules
                .warning(FindingCode::PriorYearAcceptance, "acceptance_date")
                .with("value", accepted.format("%d/%m/%Y").to_string())
                .with("expected", end.format("%d/%m/%Y").to_string()),
        );
    }
}

/// The dossier had to be at the treasury by a day that has passed.
fn deadline(rules: &Rules<'_>, code: &str, year: i32) -> Option<Finding> {
    if !draws(rules.form) || from_deposit(rules.form) {
        return None;
    }
    let (day, rule) = catalogue::deadline(code, year)?;
    (rules.today > day).then(|| {
        rules
            .warning(FindingCode::DeadlinePassed, "budget_year")
            .with("value", day.format("%d/%m/%Y").to_string())
            .with("reason", code)
            .with("other", &rule.source)
    })
}

/// An estimate form draws on an estimate account (9xxx), an order to pay on a deposit (3xxx).
fn account_kind(rules: &Rules<'_>) -> Option<Finding> {
    let account = rules.text("account");
    let parts = AccountParts::read(account)?;
    let wanted = if from_estimate(rules.form) || rules.form.number == "22" {
        '9'
    } else if from_deposit(rules.form) {
        '3'
    } else {
        return None;
    };
    (!parts.ledger.starts_with(wanted)).then(|| {
        rules
            .warning(FindingCode::AccountKind, "account")
            .with("value", account)
            .with("expected", wanted.to_string())
    })
}

/// Tạm cấp asked for: within last year's monthly average (Law 89/2025 art. 53).
fn twelfth(rules: &Rules<'_>, out: &mut Vec<Finding>) {
    let average = rules.money("monthly_amount");
    let highest = highest_average(rules);
    let over = |field: &str, value: Dong, limit: Dong| {
        rules
            .error(FindingCode::ProvisionalOverTwelfth, field)
            .with("value", value.to_string())
            .with("expected", limit.to_string())
    };
    if let (Some(average), Some(highest)) = (average, highest) {
        // a rounded đồng is no mistake
        let rounded = highest.checked_add(Dong::new(1).unwrap_or_default());
        if rounded.is_ok_and(|limit| average > limit) {
            out.push(over("monthly_amount", average, highest));
        }
    }
    let asked = rules.money(&rules.form.summary.total);
    if let (Some(asked), Some(limit)) = (asked, average.or(highest))
        && asked > limit
    {
        out.push(over(&rules.form.summary.total, asked, limit));
    }
}

/// Last year's monthly average as it comes out of last year's estimate.
fn highest_average(rules: &Rules<'_>) -> Option<Dong> {
    let months = catalogue::limit("provisional-months", rules.day).unwrap_or(12);
    let prior = rules.money("base_amount")?;
    Dong::new(prior.get().checked_div(months)?).ok()
}

/// The month of a day in [`super::Facts::provisional_asked`]: `2026-01`.
pub fn provisional_month(day: NaiveDate) -> String {
    day.format("%Y-%m").to_string()
}

/// All that is asked for in one month, by this dossier and others, is within the twelfth.
fn asked_in_month(all: &[Rules<'_>], facts: &Facts, out: &mut Vec<(usize, Finding)>) {
    let mut months = facts.provisional_asked.clone();
    for rules in all.iter().filter(|r| r.form.number == "22") {
        let field = rules.form.summary.total.as_str();
        let Some(asked) = rules.money(field) else {
            continue;
        };
        let month = months.entry(provisional_month(rules.day)).or_default();
        let sum = add(month, asked);
        let Some(limit) = rules.money("monthly_amount").or(highest_average(rules)) else {
            continue;
        };
        // alone over it is said by the voucher itself
        if asked <= limit && sum > limit {
            out.push((
                rules.index,
                rules
                    .error(FindingCode::ProvisionalOverTwelfth, field)
                    .with("reason", "month")
                    .with("value", sum.to_string())
                    .with("expected", limit.to_string()),
            ));
        }
    }
}

/// Tạm cấp pays people and the office's own work, nothing else (Decree 73/2026 art. 21.3a).
fn provisional_content(rules: &Rules<'_>, out: &mut Vec<Finding>) {
    let allowed = catalogue::provisional_groups(rules.day);
    for (row, line) in rules.lines("lines") {
        let code = line.cell("economic_content");
        let Some(group) = catalogue::heading("economic-content", code, rules.day) else {
            continue;
        };
        if !allowed.contains(&group.code.as_str()) {
            out.push(
                rules
                    .cell_warning(
                        FindingCode::ProvisionalContent,
                        "lines",
                        row,
                        "economic_content",
                    )
                    .with("value", code)
                    .with("other", &group.name),
            );
        }
    }
}

/// What the vouchers of one dossier take together, against account, estimate book and tạm cấp.
pub(super) fn together(all: &[Rules<'_>], facts: &Facts, out: &mut Vec<(usize, Finding)>) {
    asked_in_month(all, facts, out);
    let mut accounts: BTreeMap<&str, Dong> = BTreeMap::new();
    let mut lines: BTreeMap<String, Dong> = BTreeMap::new();
    let mut provisional = Dong::ZERO;
    for rules in all.iter().filter(|r| draws(r.form)) {
        let field = rules.form.summary.total.as_str();
        let Some(total) = rules.money(field) else {
            continue;
        };
        let account = rules.text("account");
        let sum = add(accounts.entry(account).or_default(), total);
        if let Some(balance) = facts.balances.get(account).filter(|b| sum > **b) {
            out.push((
                rules.index,
                rules
                    .error(FindingCode::OverBalance, field)
                    .with("value", sum.to_string())
                    .with("expected", balance.to_string())
                    .with("account", account),
            ));
        }
        if !from_estimate(rules.form) {
            continue;
        }
        if rules.voucher.ticked("estimate_provisional") {
            provisional = provisional.checked_add(total).unwrap_or(Dong::MAX);
            if let Some(left) = facts.provisional.filter(|left| provisional > *left) {
                out.push((
                    rules.index,
                    rules
                        .error(FindingCode::ProvisionalNotGranted, "estimate_provisional")
                        .with("value", provisional.to_string())
                        .with("expected", left.to_string()),
                ));
            }
            continue;
        }
        out.extend(over_estimate(rules, facts, &mut lines).map(|f| (rules.index, f)));
    }
}

/// Each line of the estimate book that runs over, at the first line of the voucher that does it.
fn over_estimate<'a>(
    rules: &'a Rules<'_>,
    facts: &'a Facts,
    taken: &'a mut BTreeMap<String, Dong>,
) -> impl Iterator<Item = Finding> + 'a {
    rules.lines("lines").filter_map(move |(row, line)| {
        let key = estimate_key(
            line.cell("source"),
            line.cell("sector"),
            rules.text("programme_code"),
        );
        let left = *facts.estimates.get(&key)?;
        let amount = Dong::parse(line.cell("amount")).ok()?;
        let before = taken.get(&key).copied().unwrap_or_default();
        let sum = add(taken.entry(key).or_default(), amount);
        (sum > left && before <= left).then(|| {
            rules
                .cell_warning(FindingCode::OverEstimate, "lines", row, "amount")
                .with("value", sum.to_string())
                .with("expected", left.to_string())
                .with(
                    "other",
                    format!("{}, {}", line.cell("source"), line.cell("sector")),
                )
        })
    })
}

fn add(sum: &mut Dong, amount: Dong) -> Dong {
    *sum = sum.checked_add(amount).unwrap_or(Dong::MAX);
    *sum
}

/// `decision-missing`: the year's first dossier needs the estimate decision, and the first one after
/// each adjustment the decision of that (art. 6.3a).
pub(super) fn decision(facts: &Facts, year: i32) -> Option<Finding> {
    let missing = || {
        Finding::warning(FindingCode::DecisionMissing, Place::Dossier)
            .with("value", year.to_string())
    };
    if facts.decision_known == Some(false) {
        return Some(missing());
    }
    let adjusted = facts.adjustment_unsent.as_ref()?;
    Some(
        missing()
            .with("reason", "adjustment")
            .with("other", adjusted),
    )
}

/// Whether a file is a decision on the estimate, by its name: `Quyết định 12.pdf`, `QĐ-UBND.pdf`,
/// `du-toan-2026.pdf`. Nothing else says what a file is.
pub fn names_decision(file: &str) -> bool {
    let folded = text::fold(file);
    let words: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect();
    let joined = words.concat();
    joined.contains("quyetdinh")
        || joined.contains("dutoan")
        || words.iter().any(|w| w.starts_with("qd"))
}
