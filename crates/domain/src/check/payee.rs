//! Who is paid, and how: transfer, cash, the name an account is known by. Refuses to know a bank.

use super::rules::Rules;
use crate::catalogue;
use crate::finding::{Finding, FindingCode};
use crate::money::Dong;
use crate::text;

pub(super) fn voucher(rules: &Rules<'_>, out: &mut Vec<Finding>) {
    if !rules.has("payee_account") {
        return;
    }
    if !tax_only(rules) {
        means(rules, out);
    }
    out.extend(
        known_by_another_name(rules, rules.text("payee_account"), rules.text("payee_name")).map(
            |f| Finding {
                place: rules.place("payee_name"),
                ..f
            },
        ),
    );
}

/// A tax-only form 14 or 18 pays nobody, so it needs no payee.
fn tax_only(rules: &Rules<'_>) -> bool {
    rules.has_column("lines", "paid_amount")
        && rules
            .lines("lines")
            .all(|(_, row)| Dong::parse(row.cell("paid_amount")).unwrap_or_default() == Dong::ZERO)
}

/// Transfer: name, account and bank; cash: receiver and identity card, and within the cash rules.
fn means(rules: &Rules<'_>, out: &mut Vec<Finding>) {
    // a form without the choice (18) pays by transfer
    if rules.voucher.ticked("transfer") || !rules.has("cash_receiver") {
        if rules.empty("payee_name") {
            out.push(rules.error(FindingCode::FieldRequired, "payee_name"));
        }
        for field in ["payee_account", "payee_bank"] {
            if rules.empty(field) {
                out.push(rules.error(FindingCode::PayeeAccountMissing, field));
            }
        }
    }
    if !rules.voucher.ticked("cash") {
        return;
    }
    for field in [
        "cash_receiver",
        "identity_no",
        "identity_date",
        "identity_place",
    ] {
        if rules.empty(field) {
            out.push(rules.error(FindingCode::CashReceiverMissing, field));
        }
    }
    if !rules.empty("payee_account") {
        out.push(
            rules
                .warning(FindingCode::CashAndAccount, "payee_account")
                .with("value", rules.text("payee_account")),
        );
    }
    let total = rules.money(&rules.form.summary.total);
    let limit = catalogue::limit("cash-payment", rules.day);
    if let (Some(total), Some(limit)) = (total, limit)
        && total.get() >= limit
    {
        let limit = Dong::new(limit).unwrap_or(Dong::MAX);
        out.push(
            rules
                .warning(FindingCode::CashAmount, "cash")
                .with("value", total.to_string())
                .with("expected", limit.to_string()),
        );
    }
}

/// `payee-name`: the account belongs to someone else as far as is known. Placed by the caller.
pub(super) fn known_by_another_name(
    rules: &Rules<'_>,
    account: &str,
    name: &str,
) -> Option<Finding> {
    let known = rules.facts.payees.get(account)?;
    if name.is_empty() || same_name(known, name) {
        return None;
    }
    let finding = Finding::warning(FindingCode::PayeeName, crate::finding::Place::Dossier);
    Some(
        finding
            .with("value", name)
            .with("other", known)
            .with("account", account),
    )
}

/// Case, accents, dots and "Cty" for "Công ty" make no other person of a payee.
fn same_name(a: &str, b: &str) -> bool {
    let plain = |s: &str| {
        let folded = text::fold(s);
        folded
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .map(|w| match w {
                "cty" => "congty",
                "dn" => "doanhnghiep",
                other => other,
            })
            .collect::<String>()
    };
    plain(a) == plain(b)
}
