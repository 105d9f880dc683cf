//! The whole check: every voucher, then what needs other dossiers, signers and files. Refuses to
//! fetch anything: what is known stands in [`Facts`].

use std::collections::{BTreeMap, BTreeSet};

use super::rules::Rules;
use super::voucher::{in_printed_order, issue_day};
use super::{Facts, Today, advance, contract, estimate, list};
use crate::dossier::DossierData;
use crate::finding::{Finding, FindingCode, Place};
use crate::form::Form;
use crate::money::Dong;
use crate::voucher::{FormRef, Voucher};

/// Largest file of the drawer "Gửi Kho bạc": 10 MiB.
pub const MAX_FILE_BYTES: u64 = 10 * 1024 * 1024;
/// Most bytes of all its files together, the portal's limit as well: 200 MiB.
pub const MAX_FILES_BYTES: u64 = 200 * 1024 * 1024;

/// Every check over a dossier.
///
/// `form` finds the form of a voucher ([`crate::form::find`]); a voucher of an unknown form is not
/// checked beyond that. Findings come by voucher, each in printed order, then those of the dossier
/// and its files. Equal input gives equal output.
pub fn check(
    dossier: &DossierData,
    form: &dyn Fn(&FormRef) -> Option<&'static Form>,
    facts: &Facts,
    today: Today,
) -> Vec<Finding> {
    let mut facts = facts.clone();
    if facts.unit_code.is_empty() {
        facts.unit_code.clone_from(&dossier.unit.code);
    }
    let all: Vec<Rules<'_>> = dossier
        .vouchers
        .iter()
        .enumerate()
        .filter_map(|(index, voucher)| {
            Some(Rules {
                form: form(&voucher.form)?,
                voucher,
                index,
                facts: &facts,
                today,
                day: issue_day(voucher, today),
            })
        })
        .collect();
    let mut together = Vec::new();
    estimate::together(&all, &facts, &mut together);
    advance::together(&all, &mut together);
    list::dossier(dossier, form, &mut together);
    contract::together(&all, &mut together);
    twice(&all, &mut together);
    let mut out = Vec::new();
    let mut roles = BTreeSet::new();
    // salaries: form 13 with the list of payees, form 20, names nobody on itself
    let payees_listed = dossier.vouchers.iter().any(|v| v.form.number == "20");
    for rules in &all {
        let mut found = super::voucher(rules.form, rules.voucher, rules.index, &facts, today);
        if payees_listed {
            found.retain(|f| !names_payee(f));
        }
        history(rules, &mut found);
        contract::history(rules, &mut found);
        let own = together.iter().filter(|(index, _)| *index == rules.index);
        found.extend(own.map(|(_, f)| f.clone()));
        in_printed_order(rules.form, &mut found);
        out.extend(found);
        for slot in &rules.form.signatures {
            let missing = facts
                .signers
                .as_ref()
                .is_some_and(|known| !known.contains(&slot.role));
            if missing && roles.insert(slot.role) {
                let finding = Finding::error(FindingCode::SignerMissing, Place::Dossier);
                out.push(finding.with("label", &slot.title));
            }
        }
    }
    out.extend(estimate::decision(&facts, dossier.budget_year));
    for (path, size) in facts
        .files
        .iter()
        .filter(|(_, size)| **size > MAX_FILE_BYTES)
    {
        let place = Place::File { path: path.clone() };
        out.push(
            Finding::error(FindingCode::FileTooLarge, place)
                .with("label", path)
                .with("value", size.to_string())
                .with("expected", MAX_FILE_BYTES.to_string()),
        );
    }
    out.extend(together_too_large(&facts));
    out
}

fn together_too_large(facts: &Facts) -> Option<Finding> {
    let sizes = facts.files.values();
    let sum = sizes.fold(0u64, |sum, size| sum.saturating_add(*size));
    (sum > MAX_FILES_BYTES).then(|| {
        Finding::error(FindingCode::FilesTooLarge, Place::Dossier)
            .with("value", sum.to_string())
            .with("expected", MAX_FILES_BYTES.to_string())
    })
}

fn names_payee(finding: &Finding) -> bool {
    finding.code == FindingCode::PayeeAccountMissing
        || finding.code == FindingCode::FieldRequired
            && matches!(&finding.place, Place::Field { field, .. } if field == "payee_name")
}

/// Key of an invoice in [`Facts::invoices`]: `seller tax code|series and number`; `None` where one
/// of them is not given.
pub fn invoice_key(seller_tax_code: &str, invoice: &str) -> Option<String> {
    join(seller_tax_code, invoice)
}

/// Tax code of who wrote the invoices of a voucher: the payee; where the form has no field for the
/// payee's (14, 18), who the tax is paid for.
pub fn seller<'a>(form: &Form, voucher: &'a Voucher) -> &'a str {
    match form.field("payee_tax_code") {
        Some(_) => voucher.field("payee_tax_code"),
        None => voucher.field("taxpayer_tax_code"),
    }
}

/// Key of a payment in [`Facts::payments`]: `payee account|amount`.
pub fn payment_key(payee_account: &str, amount: Dong) -> Option<String> {
    join(payee_account, &amount.get().to_string())
}

fn join(a: &str, b: &str) -> Option<String> {
    let plain = |s: &str| -> String {
        s.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_uppercase)
            .collect()
    };
    let (a, b) = (plain(a), plain(b));
    (!a.is_empty() && !b.is_empty()).then(|| format!("{a}|{b}"))
}

/// Two vouchers of one dossier with the same number, invoice or payment: said at the later one. An
/// invoice may stand on several lines of one voucher.
fn twice(all: &[Rules<'_>], out: &mut Vec<(usize, Finding)>) {
    let mut seen: BTreeMap<(FindingCode, String), usize> = BTreeMap::new();
    // what the earlier one is called, where there is one
    let mut earlier = |code: FindingCode, key: Option<String>, index: usize| -> Option<String> {
        let first = *seen.entry((code, key?)).or_insert(index);
        (first != index).then(|| called(all, first))
    };
    // lists bear the number of their voucher and pay what it pays
    for rules in all.iter().filter(|r| !r.has("parent_no")) {
        let (form, voucher, index) = (rules.form, rules.voucher, rules.index);
        let number = rules.text(&form.summary.number);
        let key = (!number.is_empty()).then(|| number.to_owned());
        if earlier(FindingCode::DuplicateNumber, key, index).is_some() {
            let finding = rules.error(FindingCode::DuplicateNumber, &form.summary.number);
            let finding = finding.with("value", number).with("reason", "dossier");
            out.push((index, finding));
        }
        for grid in form.grids() {
            for (row, line) in rules.lines(&grid.id) {
                let invoice = line.cell("invoice_no");
                let key = invoice_key(seller(form, voucher), invoice);
                if let Some(other) = earlier(FindingCode::DuplicateInvoice, key, index) {
                    let finding = rules
                        .cell_warning(FindingCode::DuplicateInvoice, &grid.id, row, "invoice_no")
                        .with("value", invoice)
                        .with("other", other);
                    out.push((index, finding));
                }
            }
        }
        let total = rules.money(&form.summary.total);
        let key = total.and_then(|total| payment_key(voucher.field("payee_account"), total));
        let other = earlier(FindingCode::DuplicatePayment, key, index);
        if let (Some(total), Some(other)) = (total, other) {
            let finding = rules
                .warning(FindingCode::DuplicatePayment, "payee_account")
                .with("value", total.to_string())
                .with("payee", voucher.field(&form.summary.payee))
                .with("other", other);
            out.push((index, finding));
        }
    }
}

/// Số chứng từ of a voucher, else its place in the dossier.
fn called(all: &[Rules<'_>], index: usize) -> String {
    let number = all
        .iter()
        .find(|r| r.index == index)
        .map(|r| r.text(&r.form.summary.number));
    match number {
        Some(number) if !number.is_empty() => number.to_owned(),
        _ => index.saturating_add(1).to_string(),
    }
}

/// What other dossiers of the unit say: numbers, invoices, payments.
fn history(rules: &Rules<'_>, out: &mut Vec<Finding>) {
    let Rules {
        form,
        voucher,
        index,
        facts,
        ..
    } = *rules;
    let place = |field: &str| Place::Field {
        voucher: index,
        field: field.to_owned(),
    };
    let number = voucher.field(&form.summary.number);
    if !number.is_empty() && facts.numbers.contains(number) {
        let finding = Finding::error(FindingCode::DuplicateNumber, place(&form.summary.number));
        out.push(finding.with("value", number));
    }
    let own_number = form.field("parent_no").is_none();
    if number.is_empty() && own_number && facts.numbers_left == Some(0) {
        let place = place(&form.summary.number);
        out.push(Finding::warning(FindingCode::NumbersUsedUp, place));
    }
    for grid in form.grids().filter(|g| g.column("invoice_no").is_some()) {
        for (row, line) in voucher.rows(&grid.id).iter().enumerate() {
            let invoice = line.cell("invoice_no");
            let other = invoice_key(seller(form, voucher), invoice)
                .and_then(|key| facts.invoices.get(&key));
            let Some(other) = other else { continue };
            let column = "invoice_no".to_owned();
            let place = Place::Cell {
                voucher: index,
                block: grid.id.clone(),
                row,
                column,
            };
            out.push(
                Finding::warning(FindingCode::DuplicateInvoice, place)
                    .with("value", invoice)
                    .with("other", other)
                    .with("line", row.saturating_add(1).to_string()),
            );
        }
    }
    let total = Dong::parse(voucher.field(&form.summary.total)).ok();
    let other = total
        .and_then(|total| payment_key(voucher.field("payee_account"), total))
        .and_then(|key| facts.payments.get(&key));
    if let (Some(total), Some(other)) = (total, other) {
        out.push(
            Finding::warning(FindingCode::DuplicatePayment, place("payee_account"))
                .with("value", total.to_string())
                .with("payee", voucher.field(&form.summary.payee))
                .with("other", other),
        );
    }
}
