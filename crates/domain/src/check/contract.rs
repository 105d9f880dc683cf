//! Contract, decision and acceptance typed on a voucher: complete, older than the voucher, not
//! overpaid. Refuses to read the papers themselves.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::ContractFacts;
use super::rules::{Rules, draws};
use super::voucher::in_future;
use crate::finding::{Finding, FindingCode};
use crate::form::FieldKind;
use crate::money::Dong;
use crate::text;

/// What belongs together: once the first is typed, the others must be.
const BLOCKS: [(&str, &[&str]); 3] = [
    ("contractor_decision_no", &["contractor_decision_date"]),
    (
        "contract_no",
        &["contract_date", "contract_total", "contract_party"],
    ),
    ("acceptance_no", &["acceptance_date", "acceptance_total"]),
];

/// The name of a contract in [`super::Facts::contracts`]: number and day, e.g. `05/2026/HDKT|2026-03-01`.
pub fn contract_key(number: &str, date: &str) -> Option<String> {
    let number: String = text::fold(number)
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '/')
        .collect();
    (!number.is_empty()).then(|| format!("{number}|{}", date.trim()))
}

/// The share of the contract's value that "Quy định về mức tạm ứng" allows, in hundredths of a
/// percent: `30%`, `tối đa 50 %`, `20,5%`. `None` where the words name none.
pub fn advance_percent(rule: &str) -> Option<i64> {
    let (before, _) = rule.split_once('%')?;
    let number: String = before
        .trim_end()
        .chars()
        .rev()
        .take_while(|c| c.is_ascii_digit() || matches!(c, ',' | '.'))
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    let (whole, part) = match number.split_once([',', '.']) {
        Some((whole, part)) => (whole, part),
        None => (number.as_str(), ""),
    };
    let hundredths: i64 = format!("{part:0<2}").get(..2)?.parse().ok()?;
    let whole: i64 = whole.parse().ok()?;
    whole
        .checked_mul(100)?
        .checked_add(hundredths)
        .filter(|p| (0..=10_000).contains(p))
}

/// `percent` hundredths of a percent of `value`, rounded down.
fn share(value: Dong, percent: i64) -> Option<Dong> {
    let whole = i128::from(value.get()) * i128::from(percent) / 10_000;
    i64::try_from(whole).ok().and_then(|v| Dong::new(v).ok())
}

pub(super) fn voucher(rules: &Rules<'_>, out: &mut Vec<Finding>) {
    for (number, others) in BLOCKS {
        if !rules.has(number) || rules.empty(number) {
            continue;
        }
        for field in others.iter().filter(|f| rules.has(f) && rules.empty(f)) {
            out.push(
                rules
                    .error(FindingCode::BlockIncomplete, field)
                    .with("other", rules.label(number)),
            );
        }
    }
    basis_dates(rules, rules.day, out);
    if draws(rules.form) && rules.has("contract_total") {
        out.extend(over_contract(rules));
        out.extend(over_advance_rule(rules));
        out.extend(over_acceptance(rules));
    }
}

/// Decision, contract and acceptance are older than the voucher.
fn basis_dates(rules: &Rules<'_>, day: NaiveDate, out: &mut Vec<Finding>) {
    for field in [
        "contractor_decision_date",
        "contract_date",
        "acceptance_date",
    ] {
        if !rules
            .form
            .field(field)
            .is_some_and(|f| f.kind == FieldKind::Date)
        {
            continue;
        }
        out.extend(in_future(
            FieldKind::Date,
            rules.text(field),
            day,
            &rules.label(field),
            rules.place(field),
        ));
    }
}

/// The total is not over the contract or decision declared on the voucher.
fn over_contract(rules: &Rules<'_>) -> Option<Finding> {
    let (total, contract) = (rules.money("total")?, rules.money("contract_total")?);
    let finding = rules.error(FindingCode::OverContract, "contract_total");
    (total > contract).then(|| {
        finding
            .with("value", total.to_string())
            .with("expected", contract.to_string())
    })
}

/// An advance within the level that the contract or decision fixes; the advances of other dossiers
/// count where they are known.
fn over_advance_rule(rules: &Rules<'_>) -> Option<Finding> {
    let (all, limit) = advanced(rules)?;
    (all > limit).then(|| over_limit(rules, all, limit))
}

/// What a voucher advances on its contract with the open advances of other dossiers, and the level
/// that the contract or decision fixes.
fn advanced(rules: &Rules<'_>) -> Option<(Dong, Dong)> {
    if !rules.voucher.ticked("advance") {
        return None;
    }
    let (total, contract) = (rules.money("total")?, rules.money("contract_total")?);
    let percent = advance_percent(rules.text("advance_rule"))?;
    let open = known(rules).map_or(Dong::ZERO, |c| c.advanced);
    let all = total.checked_add(open).unwrap_or(Dong::MAX);
    Some((all, share(contract, percent)?))
}

fn over_limit(rules: &Rules<'_>, all: Dong, limit: Dong) -> Finding {
    rules
        .error(FindingCode::OverAdvanceRule, "advance_rule")
        .with("value", all.to_string())
        .with("expected", limit.to_string())
}

/// The advances of one dossier on a contract together, at the voucher that goes over.
fn advances_together(all: &[Rules<'_>], out: &mut Vec<(usize, Finding)>) {
    let mut here: BTreeMap<String, Dong> = BTreeMap::new();
    for rules in all.iter().filter(|r| draws(r.form)) {
        let key = contract_key(rules.text("contract_no"), rules.text("contract_date"));
        let (Some(key), Some(total)) = (key, rules.money("total")) else {
            continue;
        };
        if !rules.voucher.ticked("advance") {
            continue;
        }
        let before = here.entry(key).or_default();
        if let Some((alone, limit)) = advanced(rules) {
            let sum = alone.checked_add(*before).unwrap_or(Dong::MAX);
            // alone over it is said by the voucher itself
            if alone <= limit && sum > limit {
                out.push((rules.index, over_limit(rules, sum, limit)));
            }
        }
        *before = before.checked_add(total).unwrap_or(Dong::MAX);
    }
}

/// A payment of what was accepted is not more than was accepted.
fn over_acceptance(rules: &Rules<'_>) -> Option<Finding> {
    if !rules.voucher.ticked("actual") {
        return None;
    }
    let (total, accepted) = (rules.money("total")?, rules.money("acceptance_total")?);
    (total > accepted).then(|| {
        rules
            .warning(FindingCode::OverAcceptance, "acceptance_total")
            .with("value", total.to_string())
            .with("expected", accepted.to_string())
    })
}

fn known<'a>(rules: &Rules<'a>) -> Option<&'a ContractFacts> {
    let key = contract_key(rules.text("contract_no"), rules.text("contract_date"))?;
    rules.facts.contracts.get(&key)
}

/// What the contract book says of the contract on a voucher.
pub(super) fn history(rules: &Rules<'_>, out: &mut Vec<Finding>) {
    if !draws(rules.form) {
        return;
    }
    let Some(contract) = known(rules) else {
        return;
    };
    let declared = rules.money("contract_total");
    if let (Some(declared), Some(value)) = (declared, contract.value)
        && declared != value
    {
        out.push(
            rules
                .warning(FindingCode::ContractDiffers, "contract_total")
                .with("value", declared.to_string())
                .with("expected", value.to_string()),
        );
    }
}

/// All dossiers of a contract and the vouchers of this one together, against its value (Decree
/// 347/2025 art. 6.2b).
pub(super) fn together(all: &[Rules<'_>], out: &mut Vec<(usize, Finding)>) {
    advances_together(all, out);
    let mut here: BTreeMap<String, Dong> = BTreeMap::new();
    for rules in all.iter().filter(|r| draws(r.form)) {
        let key = contract_key(rules.text("contract_no"), rules.text("contract_date"));
        let (Some(key), Some(total)) = (key, rules.money("total")) else {
            continue;
        };
        let known = known(rules);
        let before = here.entry(key).or_default();
        let others = known.map_or(Dong::ZERO, |c| c.paid);
        let others = others.checked_add(*before).unwrap_or(Dong::MAX);
        *before = before.checked_add(total).unwrap_or(Dong::MAX);
        let declared = rules.money("contract_total");
        let Some(value) = declared.or(known.and_then(|c| c.value)) else {
            continue;
        };
        let paid = total.checked_add(others).unwrap_or(Dong::MAX);
        // alone over the contract is said by `over-contract`
        if total <= value && paid > value {
            let finding = rules
                .error(FindingCode::ContractOverpaid, "contract_total")
                .with("value", paid.to_string())
                .with("expected", value.to_string())
                .with("other", others.to_string());
            out.push((rules.index, finding));
        }
    }
}
