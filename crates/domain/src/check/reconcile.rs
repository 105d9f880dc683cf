//! Đối chiếu: where the unit's figure and the treasury's differ, the table says why (forms 26–32).
//! Refuses to say which of the two is right.

use super::rules::Rules;
use crate::finding::{Finding, FindingCode};
use crate::money::Dong;

/// The parts of a balance table (form 32) that are set side by side.
const PARTS: [&str; 4] = ["opening", "increase", "decrease", "closing"];

pub(super) fn voucher(rules: &Rules<'_>, out: &mut Vec<Finding>) {
    let block = "accounts";
    if !rules.has_column(block, "cause_closing") {
        return;
    }
    for (row, line) in rules.lines(block) {
        for part in PARTS {
            let own = Dong::parse(line.cell(part)).unwrap_or_default();
            let column = format!("treasury_{part}");
            // nothing heard from the treasury is no difference
            let Ok(theirs) = Dong::parse(line.cell(&column)) else {
                continue;
            };
            let cause = format!("cause_{part}");
            if own == theirs || !line.cell(&cause).trim().is_empty() {
                continue;
            }
            out.push(
                rules
                    .cell_error(FindingCode::DifferenceUnexplained, block, row, &cause)
                    .with("value", own.to_string())
                    .with("expected", theirs.to_string()),
            );
        }
    }
}
