//! Thanh toán tạm ứng (form 10): what was advanced is cleared within its mục group and not beyond it.
//! Refuses to know an advance that was not given.

use std::collections::BTreeMap;

use super::rules::{Rules, draws};
use crate::catalogue;
use crate::finding::{Finding, FindingCode};
use crate::money::Dong;

/// Columns of form 10.
const LINES: &str = "lines";
const ADVANCED: &str = "economic_content_advanced";
const CLEARED: &str = "economic_content";
const BALANCE: &str = "advance_balance";
const AMOUNT: &str = "amount";

fn clears(rules: &Rules<'_>) -> bool {
    rules.has_column(LINES, ADVANCED)
}

pub(super) fn voucher(rules: &Rules<'_>, out: &mut Vec<Finding>) {
    if clears(rules) {
        for (row, line) in rules.lines(LINES) {
            out.extend(content(rules, row, line.cell(ADVANCED), line.cell(CLEARED)));
        }
    }
}

/// Cleared as it was advanced; an advance on the catch-all of its mục, within the same tiểu nhóm
/// (Decree 347/2025 art. 6.2b).
fn content(rules: &Rules<'_>, row: usize, advanced: &str, cleared: &str) -> Option<Finding> {
    let list = catalogue::catalogue("economic-content")?;
    let from = list.lookup(advanced, rules.day)?;
    let to = list.lookup(cleared, rules.day)?;
    if from.code == to.code {
        return None;
    }
    let group = |heading: &str| list.lookup(heading, rules.day).map(|m| m.parent.clone());
    let same_group = group(&from.parent).is_some_and(|g| Some(g) == group(&to.parent));
    if from.catch_all() && same_group {
        return None;
    }
    let finding = rules.cell_error(FindingCode::AdvanceContent, LINES, row, CLEARED);
    // within one mục a person may still explain it; beyond it the treasury does not
    let finding = if from.parent == to.parent {
        Finding {
            severity: crate::finding::Severity::Warning,
            ..finding
        }
    } else {
        finding
    };
    Some(
        finding
            .with("value", format!("{} {}", to.code, to.full_name))
            .with("expected", format!("{} {}", from.code, from.full_name)),
    )
}

/// What form 10 clears beyond the advance is paid by a voucher of the same dossier, to the đồng
/// (Decree 347/2025 art. 6.2e); the advance itself as the book has it.
pub(super) fn together(all: &[Rules<'_>], out: &mut Vec<(usize, Finding)>) {
    for rules in all.iter().filter(|r| clears(r)) {
        let sum = |column: &str| {
            let cells = rules.lines(LINES).map(|(_, r)| Dong::parse(r.cell(column)));
            Dong::sum(cells.filter_map(Result::ok)).ok()
        };
        let (Some(asked), Some(open)) = (sum(AMOUNT), sum(BALANCE)) else {
            continue;
        };
        let paid = Dong::sum(
            all.iter()
                .filter(|r| draws(r.form))
                .filter_map(|r| r.money(&r.form.summary.total)),
        )
        .unwrap_or(Dong::MAX);
        let difference = asked.checked_sub(open).unwrap_or(Dong::MAX).max(Dong::ZERO);
        if difference > Dong::ZERO && paid != difference {
            out.push((
                rules.index,
                rules
                    .error(FindingCode::AdvanceDifference, &rules.form.summary.total)
                    .with("value", difference.to_string())
                    .with("expected", paid.to_string()),
            ));
        }
        differs(rules, out);
    }
}

/// The stated advance of each tiểu mục against the advance book.
fn differs(rules: &Rules<'_>, out: &mut Vec<(usize, Finding)>) {
    let mut stated: BTreeMap<&str, (usize, Dong)> = BTreeMap::new();
    for (row, line) in rules.lines(LINES) {
        let code = line.cell(ADVANCED).trim();
        let Ok(amount) = Dong::parse(line.cell(BALANCE)) else {
            continue;
        };
        let (_, sum) = stated.entry(code).or_insert((row, Dong::ZERO));
        *sum = sum.checked_add(amount).unwrap_or(Dong::MAX);
    }
    for (code, (row, sum)) in stated {
        let Some(open) = rules.facts.advances.get(code).filter(|open| **open != sum) else {
            continue;
        };
        out.push((
            rules.index,
            rules
                .cell_warning(FindingCode::AdvanceDiffers, LINES, row, BALANCE)
                .with("value", sum.to_string())
                .with("expected", open.to_string())
                .with("other", code),
        ));
    }
}
