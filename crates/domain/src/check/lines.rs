//! The lines of a voucher: does the code fit what is paid, is the invoice whole, is the part for the
//! budget told. Refuses to read an invoice.

use super::rules::{Rules, from_deposit};
use crate::catalogue;
use crate::finding::{Finding, FindingCode};
use crate::money::Dong;
use crate::text;

pub(super) fn voucher(rules: &Rules<'_>, out: &mut Vec<Finding>) {
    for (row, line) in rules.lines("lines") {
        for (number, day) in [
            ("invoice_no", "invoice_date"),
            ("document_no", "document_date"),
        ] {
            if !rules.has_column("lines", number) {
                continue;
            }
            let missing = match (line.cell(number).trim(), line.cell(day).trim()) {
                ("", "") => continue,
                ("", _) => number,
                (_, "") => day,
                _ => continue,
            };
            out.push(rules.cell_warning(FindingCode::InvoiceIncomplete, "lines", row, missing));
        }
        // the treasury does not judge the content of deposit money (Decree 347/2025 art. 6.2b)
        if !from_deposit(rules.form) && rules.has_column("lines", "economic_content") {
            out.extend(spending(rules, row, line.cell("economic_content")));
            let other = other_content(rules, line.cell("content"), line.cell("economic_content"));
            out.extend(other.map(|f| rules.at_cell(f, "lines", row, "economic_content")));
        }
    }
    tax_block(rules, out);
}

fn spending(rules: &Rules<'_>, row: usize, code: &str) -> Option<Finding> {
    let list = catalogue::catalogue("economic-content")?;
    let found = list.lookup(code, rules.day)?;
    (found.kind == "revenue").then(|| {
        rules
            .cell_error(
                FindingCode::CodeNotSpending,
                "lines",
                row,
                "economic_content",
            )
            .with("value", code)
            .with("other", &found.full_name)
    })
}

/// `code-content`: the line is called by the whole name of another tiểu mục and shares no word with
/// the one chosen: "Tiền điện" on 6502.
fn other_content(rules: &Rules<'_>, content: &str, code: &str) -> Option<Finding> {
    let list = catalogue::catalogue("economic-content")?;
    let chosen = list
        .lookup(code, rules.day)
        .filter(|r| r.kind == "spending")?;
    let said = words(content);
    let own = words(&chosen.full_name);
    if said.is_empty() || own.iter().any(|w| said.contains(w) && !common(w)) {
        return None;
    }
    let other = list
        .named_in(content, rules.day)
        .filter(|r| r.kind == "spending" && r.code != code)?;
    let finding = Finding::warning(FindingCode::CodeContent, crate::finding::Place::Dossier);
    Some(
        finding
            .with("value", format!("{} {}", chosen.code, chosen.full_name))
            .with("expected", format!("{} {}", other.code, other.full_name)),
    )
}

fn words(s: &str) -> Vec<String> {
    text::fold(s)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Words that stand in so many names that they tell nothing.
fn common(word: &str) -> bool {
    matches!(
        word,
        "tien" | "chi" | "phi" | "khac" | "va" | "cac" | "cho" | "thanh" | "toan" | "mua" | "thue"
    )
}

/// Part for the budget: who pays, for what, where to (forms 14, 18).
fn tax_block(rules: &Rules<'_>, out: &mut Vec<Finding>) {
    if !rules.has("taxpayer_name") || !rules.has_column("lines", "tax_amount") {
        return;
    }
    let paid = rules
        .lines("lines")
        .any(|(_, row)| Dong::parse(row.cell("tax_amount")).is_ok_and(|d| d > Dong::ZERO));
    if !paid {
        return;
    }
    for field in [
        "taxpayer_name",
        "taxpayer_tax_code",
        "tax_economic_content",
        "tax_chapter",
        "revenue_account",
        "revenue_agency",
    ] {
        if rules.has(field) && rules.empty(field) {
            out.push(rules.error(FindingCode::TaxBlockIncomplete, field));
        }
    }
    let code = rules.text("tax_economic_content");
    let list = catalogue::catalogue("economic-content");
    if let Some(found) = list.and_then(|l| l.lookup(code, rules.day))
        && found.kind == "spending"
    {
        out.push(
            rules
                .error(FindingCode::CodeNotRevenue, "tax_economic_content")
                .with("value", code)
                .with("other", &found.full_name),
        );
    }
}
