//! Đối chiếu: where the unit's figure and the treasury's differ, the table says why (form 32, note 2).
//! Refuses to say which of the two is right.

use super::rules::Rules;
use crate::finding::{Finding, FindingCode};
use crate::money::Dong;

const BLOCK: &str = "accounts";

pub(super) fn voucher(rules: &Rules<'_>, out: &mut Vec<Finding>) {
    if !rules.has_column(BLOCK, "cause") {
        return;
    }
    for (row, line) in rules.lines(BLOCK) {
        // nothing heard from the treasury is no difference
        let Ok(theirs) = Dong::parse(line.cell("treasury")) else {
            continue;
        };
        let own = Dong::parse(line.cell("closing")).unwrap_or_default();
        if own == theirs || !line.cell("cause").trim().is_empty() {
            continue;
        }
        out.push(
            rules
                .cell_error(FindingCode::DifferenceUnexplained, BLOCK, row, "cause")
                .with("value", own.to_string())
                .with("expected", theirs.to_string()),
        );
    }
}
