//! The whole check: every voucher, then what needs other dossiers, signers and files. Refuses to
//! fetch anything: what is known stands in [`Facts`].

use std::collections::BTreeSet;

use super::voucher::in_printed_order;
use super::{Facts, Today};
use crate::dossier::DossierData;
use crate::finding::{Finding, FindingCode, Place};
use crate::form::Form;
use crate::money::Dong;
use crate::voucher::{FormRef, Voucher};

/// Largest file of the drawer "Gửi Kho bạc": 10 MiB.
pub const MAX_FILE_BYTES: u64 = 10 * 1024 * 1024;

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
    let mut out = Vec::new();
    let mut roles = BTreeSet::new();
    // salaries: form 13 with the list of payees, form 20, names nobody on itself
    let payees_listed = dossier.vouchers.iter().any(|v| v.form.number == "20");
    let find = form;
    for (index, voucher) in dossier.vouchers.iter().enumerate() {
        let Some(form) = find(&voucher.form) else {
            continue;
        };
        let mut found = super::voucher(form, voucher, index, &facts, today);
        if payees_listed {
            found.retain(|f| !names_payee(f));
        }
        found.extend(list_total(dossier, form, voucher, index, find));
        history(form, voucher, index, &facts, &mut found);
        in_printed_order(form, &mut found);
        out.extend(found);
        for slot in &form.signatures {
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
    if facts.decision_known == Some(false) {
        let finding = Finding::warning(FindingCode::DecisionMissing, Place::Dossier);
        out.push(finding.with("value", dossier.budget_year.to_string()));
    }
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
    out
}

/// A list of payees stands under a voucher of its dossier and comes to what that one pays them.
fn list_total(
    dossier: &DossierData,
    form: &Form,
    voucher: &Voucher,
    index: usize,
    find: &dyn Fn(&FormRef) -> Option<&'static Form>,
) -> Option<Finding> {
    let parent_no = form.field("parent_no")?;
    let place = |field: &str| Place::Field {
        voucher: index,
        field: field.to_owned(),
    };
    let wanted = voucher.field(&parent_no.id).trim();
    if wanted.is_empty() {
        return None;
    }
    let parent = dossier.vouchers.iter().enumerate().find_map(|(other, v)| {
        let form = find(&v.form).filter(|_| other != index)?;
        (v.field(&form.summary.number).trim() == wanted).then_some((form, v))
    });
    let Some((parent_form, parent)) = parent else {
        let finding = Finding::error(FindingCode::ListWithoutVoucher, place(&parent_no.id));
        return Some(finding.with("value", wanted));
    };
    // of a voucher that also pays taxes only the payees' part
    let paid = match parent_form
        .field("paid_words")
        .and_then(|f| f.formula.as_ref())
    {
        Some(formula) => crate::form::eval(formula, parent, None).ok().flatten(),
        None => Dong::parse(parent.field(&parent_form.summary.total)).ok(),
    };
    let listed = Dong::parse(voucher.field(&form.summary.total)).ok();
    let (paid, listed) = (paid?, listed?);
    (paid != listed).then(|| {
        Finding::error(FindingCode::ListTotal, place(&form.summary.total))
            .with("value", listed.to_string())
            .with("expected", paid.to_string())
            .with("other", wanted)
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

/// What other dossiers of the unit say: numbers, invoices, payments.
fn history(form: &Form, voucher: &Voucher, index: usize, facts: &Facts, out: &mut Vec<Finding>) {
    let place = |field: &str| Place::Field {
        voucher: index,
        field: field.to_owned(),
    };
    let number = voucher.field(&form.summary.number);
    if !number.is_empty() && facts.numbers.contains(number) {
        let finding = Finding::error(FindingCode::DuplicateNumber, place(&form.summary.number));
        out.push(finding.with("value", number));
    }
    for grid in form.grids().filter(|g| g.column("invoice_no").is_some()) {
        for (row, line) in voucher.rows(&grid.id).iter().enumerate() {
            let invoice = line.cell("invoice_no");
            let other = invoice_key(voucher.field("payee_tax_code"), invoice)
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
