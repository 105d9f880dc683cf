//! Danh sách thanh toán (form 20) and the voucher it belongs to. Refuses to know a person beyond the
//! account.

use std::collections::BTreeMap;

use super::payee::known_by_another_name;
use super::rules::{Rules, draws};
use crate::dossier::DossierData;
use crate::finding::{Finding, FindingCode, Place};
use crate::form::Form;
use crate::money::Dong;
use crate::voucher::{FormRef, Voucher};

/// The list by itself: one account twice, a name that another person bears.
pub(super) fn voucher(rules: &Rules<'_>, out: &mut Vec<Finding>) {
    if !is_list(rules.form) {
        return;
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (row, line) in rules.lines("payees") {
        let account: String = line
            .cell("account")
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect();
        if account.is_empty() {
            continue;
        }
        if let Some(first) = seen.get(&account) {
            out.push(
                rules
                    .cell_warning(FindingCode::ListTwice, "payees", row, "account")
                    .with("value", line.cell("account"))
                    .with("other", first.saturating_add(1).to_string()),
            );
        } else {
            seen.insert(account, row);
        }
        out.extend(
            known_by_another_name(rules, line.cell("account"), line.cell("payee"))
                .map(|f| rules.at_cell(f, "payees", row, "payee")),
        );
    }
}

fn is_list(form: &Form) -> bool {
    matches!(form.number.as_str(), "20" | "21")
}

/// Mẫu 20 and its voucher: the same number, and the same sum (Decree 347/2025 art. 6.2b).
pub(super) fn dossier(
    dossier: &DossierData,
    form: &dyn Fn(&FormRef) -> Option<&'static Form>,
    out: &mut Vec<(usize, Finding)>,
) {
    for (index, list) in dossier.vouchers.iter().enumerate() {
        let Some(list_form) = form(&list.form).filter(|f| is_list(f)) else {
            continue;
        };
        let number = list.field("parent_no").trim();
        if number.is_empty() {
            continue;
        }
        let parent = dossier.vouchers.iter().find(|v| {
            form(&v.form).is_some_and(|f| draws(f) && v.field(&f.summary.number).trim() == number)
        });
        let place = |field: &str| Place::Field {
            voucher: index,
            field: field.to_owned(),
        };
        let Some(parent) = parent else {
            let finding = Finding::error(FindingCode::ListWithoutVoucher, place("parent_no"));
            out.push((index, finding.with("value", number)));
            continue;
        };
        let paid = paid(form(&parent.form), parent);
        let total = Dong::parse(list.field(&list_form.summary.total)).ok();
        if let (Some(total), Some(paid)) = (total, paid)
            && total != paid
        {
            out.push((
                index,
                Finding::error(FindingCode::ListTotal, place(&list_form.summary.total))
                    .with("value", total.to_string())
                    .with("expected", paid.to_string())
                    .with("other", number),
            ));
        }
    }
}

/// What a voucher pays to payees: its total, or the column for them where part goes to the budget.
fn paid(form: Option<&'static Form>, voucher: &Voucher) -> Option<Dong> {
    let form = form?;
    let split = form
        .grid("lines")
        .is_some_and(|g| g.column("paid_amount").is_some());
    if !split {
        return Dong::parse(voucher.field(&form.summary.total)).ok();
    }
    let amounts = voucher
        .rows("lines")
        .iter()
        .filter_map(|r| Dong::parse(r.cell("paid_amount")).ok());
    Dong::sum(amounts).ok()
}
