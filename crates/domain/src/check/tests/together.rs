//! What the vouchers of one dossier say against each other: a right case and a wrong one of each.

use super::rules::{another, as_advance, dong, only, with_contract};
use super::*;

/// The findings of two vouchers in one dossier; balances are not in question.
fn both(first: Voucher, second: Voucher, facts: &Facts) -> Vec<Finding> {
    let mut data = dossier(first);
    data.vouchers.push(second);
    let mut facts = facts.clone();
    facts.balances.clear();
    check(&data, &form::find, &facts, today())
}

fn of_second(found: &Finding) -> bool {
    match found.place {
        Place::Field { voucher, .. } | Place::Cell { voucher, .. } => voucher == 1,
        _ => false,
    }
}

#[test]
fn two_vouchers_of_a_dossier_have_two_numbers() {
    assert_eq!(both(right(), another(), &facts()), []);
    let mut second = another();
    set(&mut second, "number", "012");
    let found = only(
        &both(right(), second, &facts()),
        FindingCode::DuplicateNumber,
    );
    assert!(of_second(&found), "{found:?}");
    assert_eq!(found.params["reason"], "dossier");
}

#[test]
fn an_invoice_is_paid_by_one_voucher_of_a_dossier() {
    let mut second = another();
    set(&mut second, "payee_tax_code", "0100100417");
    // on both lines of the second, as on both of the first
    let found = both(right(), second.clone(), &facts());
    assert_eq!(found.len(), 2, "{found:?}");
    for one in &found {
        assert_eq!(one.code, FindingCode::DuplicateInvoice);
        assert_eq!(one.params["other"], "012");
        assert!(of_second(one), "{one:?}");
    }
    for row in second.grids.get_mut("lines").unwrap() {
        let other = ("invoice_no".to_owned(), "1K26TEV 46".to_owned());
        row.cells.extend([other]);
    }
    assert_eq!(both(right(), second, &facts()), []);
}

#[test]
fn a_payee_gets_an_amount_by_one_voucher_of_a_dossier() {
    let mut second = another();
    set(&mut second, "payee_account", "0101000123456");
    let found = only(
        &both(right(), second.clone(), &facts()),
        FindingCode::DuplicatePayment,
    );
    assert!(of_second(&found), "{found:?}");
    assert_eq!(found.params["other"], "012");
    set_cell(&mut second, "amount", "9300001");
    assert_eq!(both(right(), second, &facts()), []);
}

#[test]
fn the_vouchers_of_a_dossier_stay_within_their_contract_together() {
    let mut second = another();
    for id in [
        "contract_no",
        "contract_date",
        "contract_total",
        "contract_party",
    ] {
        let said = with_contract().field(id).to_owned();
        set(&mut second, id, &said);
    }
    let mut first = with_contract();
    for voucher in [&mut first, &mut second] {
        set(voucher, "contract_total", "21000000");
    }
    assert_eq!(both(first.clone(), second.clone(), &facts()), []);
    for voucher in [&mut first, &mut second] {
        set(voucher, "contract_total", "20999999");
    }
    let found = only(
        &both(first, second.clone(), &facts()),
        FindingCode::ContractOverpaid,
    );
    assert!(of_second(&found), "{found:?}");
    assert_eq!(
        (
            found.params["value"].as_str(),
            found.params["other"].as_str()
        ),
        ("21.000.000", "10.500.000")
    );
    // one that names another contract, or none, takes nothing of it
    assert_eq!(both(right(), second.clone(), &facts()), []);
    // what other dossiers paid counts beside the first voucher
    let mut facts = facts();
    let key = contract_key("05/2026/HĐ-SC", "2026-03-01").unwrap();
    let known = ContractFacts {
        value: None,
        paid: dong(9_000_001),
        advanced: Dong::ZERO,
    };
    facts.contracts.insert(key, known);
    let mut first = with_contract();
    for voucher in [&mut first, &mut second] {
        set(voucher, "contract_total", "30000000");
    }
    assert_eq!(both(right(), second.clone(), &facts), []);
    only(&both(first, second, &facts), FindingCode::ContractOverpaid);
}

#[test]
fn the_advances_of_a_dossier_stay_within_the_share_of_their_contract_together() {
    let mut second = another();
    for id in [
        "contract_no",
        "contract_date",
        "contract_party",
        "advance_rule",
    ] {
        let said = with_contract().field(id).to_owned();
        set(&mut second, id, &said);
    }
    let mut first = with_contract();
    for voucher in [&mut first, &mut second] {
        as_advance(voucher);
        set(voucher, "contract_total", "70000000");
    }
    // 30 % of 70 million are the 21 million of both
    assert_eq!(both(first.clone(), second.clone(), &facts()), []);
    for voucher in [&mut first, &mut second] {
        set(voucher, "contract_total", "69999999");
    }
    let found = only(
        &both(first, second.clone(), &facts()),
        FindingCode::OverAdvanceRule,
    );
    assert!(of_second(&found), "{found:?}");
    assert_eq!(found.params["value"], "21.000.000");
    // a payment beside it is no advance
    let mut paid = with_contract();
    set(&mut paid, "contract_total", "69999999");
    assert_eq!(both(paid, second, &facts()), []);
}
