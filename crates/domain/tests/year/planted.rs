//! Errors planted in a right voucher, one by one: each is found by the check named.

use hoso_domain::catalogue;
use hoso_domain::check::{
    ContractFacts, Facts, MAX_FILE_BYTES, check, contract_key, estimate_key, invoice_key,
    payment_key,
};
use hoso_domain::dossier::{DATA_FORMAT, DossierData, DossierUnit};
use hoso_domain::finding::{Finding, FindingCode};
use hoso_domain::form;
use hoso_domain::id::DossierId;
use hoso_domain::money::Dong;
use hoso_domain::party::{Role, Treasury};
use hoso_domain::voucher::Voucher;

use crate::commune::{UNITS, day, dong, pairs, voucher};

fn right() -> Voucher {
    voucher(
        "13",
        0,
        day("2026-11-20"),
        &[
            ("content", "Tiền điện, văn phòng phẩm tháng 11"),
            ("payee_name", "Công ty Điện lực Nghệ An"),
            ("payee_tax_code", "0100100417"),
            ("payee_account", "0101000123456"),
            ("payee_bank", "Vietcombank Nghệ An"),
            ("contract_no", "05/2026/HĐ"),
            ("contract_date", "2026-03-01"),
            ("contract_total", "30000000"),
            ("contract_party", "Công ty Điện lực Nghệ An"),
            ("advance_rule", "30%"),
            ("acceptance_no", "01/BBNT"),
            ("acceptance_date", "2026-11-10"),
            ("acceptance_total", "10500000"),
            ("acceptance_party", "Công ty Điện lực Nghệ An"),
        ],
        &[("6501", 9_300_000), ("6551", 1_200_000)],
    )
}

fn facts() -> Facts {
    Facts {
        unit_code: UNITS[0].0.to_owned(),
        codes: catalogue::codes_on(day("2026-11-20")),
        successors: catalogue::successors_on(day("2026-11-20"), &[]),
        signers: Some([Role::ChiefAccountant, Role::AccountOwner].into()),
        decision_known: Some(true),
        ..Facts::default()
    }
}

fn run(voucher: Voucher, facts: &Facts, today: &str) -> Vec<Finding> {
    let data = DossierData {
        format: DATA_FORMAT,
        dossier: "0197a000-0000-7000-8000-000000000001"
            .parse::<DossierId>()
            .unwrap(),
        revision: 1,
        unit: DossierUnit {
            code: UNITS[0].0.to_owned(),
            name: "Văn phòng".to_owned(),
            address: "Xã Mường Lống".to_owned(),
            chapter: "830".to_owned(),
        },
        treasury: Treasury {
            code: "1361".to_owned(),
            name: "PGD số 9".to_owned(),
        },
        procedure: "recurrent-payment".to_owned(),
        budget_year: 2026,
        vouchers: vec![voucher],
    };
    check(&data, &form::find, facts, day(today))
}

/// What is spoiled.
enum Plant {
    /// A field takes this value.
    Field(&'static str, &'static str),
    /// A cell of the first line takes this value.
    Cell(&'static str, &'static str),
    /// It is known otherwise.
    Known(fn(&mut Facts)),
    /// It is checked on another day.
    On(&'static str),
    /// A field takes this value, and it is checked on another day.
    Later(&'static str, &'static str, &'static str),
    /// A field takes this value, and it is known otherwise.
    Both(&'static str, &'static str, fn(&mut Facts)),
    /// Several fields at once.
    Fields(&'static [(&'static str, &'static str)]),
}

fn spoiled(plant: &Plant) -> Vec<Finding> {
    let (mut voucher, mut facts, mut today) = (right(), facts(), "2026-11-22");
    let form = form::find(&voucher.form).unwrap();
    match plant {
        Plant::Field(id, value) => {
            voucher.fields.insert((*id).to_owned(), (*value).to_owned());
        }
        Plant::Fields(all) => voucher.fields.extend(pairs(all)),
        Plant::Cell(column, value) => {
            let rows = voucher.grids.get_mut("lines").unwrap();
            rows[0]
                .cells
                .insert((*column).to_owned(), (*value).to_owned());
        }
        Plant::Known(change) => change(&mut facts),
        Plant::Both(id, value, change) => {
            voucher.fields.insert((*id).to_owned(), (*value).to_owned());
            change(&mut facts);
        }
        Plant::On(day) => today = day,
        Plant::Later(id, value, day) => {
            voucher.fields.insert((*id).to_owned(), (*value).to_owned());
            today = day;
        }
    }
    let computed = matches!(plant, Plant::Field("total" | "total_words", _));
    if !computed {
        form::compute(form, &mut voucher);
    }
    run(voucher, &facts, today)
}

#[test]
fn every_planted_error_is_found_by_the_check_named() {
    use FindingCode as C;
    use Plant::{Both, Cell, Field, Fields, Known, Later, On};
    assert_eq!(
        run(right(), &facts(), "2026-11-22"),
        [],
        "nothing planted, nothing found"
    );
    let planted: Vec<(Plant, FindingCode)> = vec![
        (Field("number", ""), C::FieldRequired),
        (Field("budget_year", ""), C::FieldRequired),
        (Field("voucher_date", ""), C::FieldRequired),
        (Field("unit_name", ""), C::FieldRequired),
        (Field("chapter", ""), C::FieldRequired),
        (Field("address", ""), C::FieldRequired),
        (Field("account", ""), C::FieldRequired),
        (Field("treasury_name", ""), C::FieldRequired),
        (Field("content", ""), C::FieldRequired),
        (Field("payee_name", ""), C::FieldRequired),
        (Cell("content", ""), C::FieldRequired),
        (Cell("economic_content", ""), C::FieldRequired),
        (Cell("sector", ""), C::FieldRequired),
        (Cell("source", ""), C::FieldRequired),
        (Cell("amount", ""), C::FieldRequired),
        (Field("contract_date", "31/02/2026"), C::FieldMalformed),
        (Field("budget_year", "26"), C::FieldMalformed),
        (Cell("amount", "chín triệu"), C::FieldMalformed),
        (Cell("invoice_date", "hôm qua"), C::FieldMalformed),
        (Field("number", "000000000000000000001"), C::FieldTooLong),
        (Field("actual", ""), C::TickRequired),
        (Field("transfer", ""), C::TickRequired),
        (Field("estimate_final", ""), C::TickRequired),
        (Field("advance", "x"), C::TickTooMany),
        (Field("cash", "x"), C::TickTooMany),
        (Field("estimate_provisional", "x"), C::TickTooMany),
        (Cell("amount", "0"), C::AmountNotPositive),
        (Cell("amount", "-9300000"), C::AmountNotPositive),
        (Cell("amount", "9999999999999999"), C::TotalTooLarge),
        (Field("total", "10500001"), C::FormulaMismatch),
        (Field("total_words", "Mười triệu đồng."), C::FormulaMismatch),
        (Cell("economic_content", "6510"), C::CodeUnknown),
        (Cell("economic_content", "6500"), C::CodeUnknown),
        (Cell("sector", "340"), C::CodeUnknown),
        (Cell("source", "77"), C::CodeUnknown),
        (Field("programme_code", "99999"), C::CodeUnknown),
        (Field("chapter", "805"), C::CodeExpired),
        (Field("chapter", "755"), C::CodeExpired),
        (Cell("economic_content", "1701"), C::CodeNotSpending),
        (Cell("content", "Tiền nước tháng 11"), C::CodeContent),
        (Field("account", "9523.4.123"), C::AccountShape),
        (Field("account", "9523.4.1123457.16744"), C::AccountForeign),
        (Field("account", "3713.0.1123456.00000"), C::AccountKind),
        (Field("account", "9523.4.1123456.16759"), C::CodeExpired),
        (Field("payee_tax_code", "0100100418"), C::TaxCodeInvalid),
        (Field("payee_tax_code", "123"), C::TaxCodeInvalid),
        (Cell("invoice_date", "2026-11-23"), C::DateInFuture),
        (Field("contract_date", "2026-12-01"), C::DateInFuture),
        (Field("acceptance_date", "2026-11-21"), C::DateInFuture),
        (Field("budget_year", "2025"), C::BudgetYear),
        (Field("budget_year", "2027"), C::BudgetYear),
        (On("2027-02-01"), C::BudgetYear),
        (
            Later("acceptance_date", "2027-01-05", "2027-01-15"),
            C::PriorYearAcceptance,
        ),
        (
            Known(|f| f.adjustment_unsent = Some("15/QĐ-UBND".to_owned())),
            C::DecisionMissing,
        ),
        (On("2026-12-31"), C::DeadlinePassed),
        (On("2027-01-30"), C::DeadlinePassed),
        (Field("payee_account", ""), C::PayeeAccountMissing),
        (Field("payee_bank", ""), C::PayeeAccountMissing),
        (
            Fields(&[("transfer", ""), ("cash", "x")]),
            C::CashReceiverMissing,
        ),
        (Fields(&[("transfer", ""), ("cash", "x")]), C::CashAmount),
        (
            Fields(&[("transfer", ""), ("cash", "x")]),
            C::CashAndAccount,
        ),
        (Field("contract_party", ""), C::BlockIncomplete),
        (Field("contract_total", ""), C::BlockIncomplete),
        (Field("acceptance_date", ""), C::BlockIncomplete),
        (Field("contractor_decision_no", "12/QĐ"), C::BlockIncomplete),
        (Cell("invoice_no", "1K26TEV 45"), C::InvoiceIncomplete),
        (Cell("document_date", "2026-11-01"), C::InvoiceIncomplete),
        (Field("contract_total", "10499999"), C::OverContract),
        (Field("acceptance_total", "10499999"), C::OverAcceptance),
        (
            Fields(&[("actual", ""), ("advance", "x")]),
            C::OverAdvanceRule,
        ),
        (
            Known(|f| {
                let key = contract_key("05/2026/HĐ", "2026-03-01").unwrap();
                let known = ContractFacts {
                    paid: dong(19_500_001),
                    ..ContractFacts::default()
                };
                f.contracts.insert(key, known);
            }),
            C::ContractOverpaid,
        ),
        (
            Known(|f| {
                let key = contract_key("05/2026/HĐ", "2026-03-01").unwrap();
                let known = ContractFacts {
                    value: Some(dong(29_000_000)),
                    ..ContractFacts::default()
                };
                f.contracts.insert(key, known);
            }),
            C::ContractDiffers,
        ),
        (
            Known(|f| {
                f.balances
                    .insert("9523.4.1123456.16744".to_owned(), dong(10_499_999));
            }),
            C::OverBalance,
        ),
        (
            Known(|f| {
                f.estimates
                    .insert(estimate_key("13", "341", ""), dong(10_499_999));
            }),
            C::OverEstimate,
        ),
        (
            Known(|f| {
                f.payees
                    .insert("0101000123456".to_owned(), "Nguyễn Văn A".to_owned());
            }),
            C::PayeeName,
        ),
        (
            Known(|f| {
                let key = payment_key("0101000123456", dong(10_500_000)).unwrap();
                f.payments.insert(key, "00007".to_owned());
            }),
            C::DuplicatePayment,
        ),
        (
            Known(|f| {
                f.numbers.insert("00001".to_owned());
            }),
            C::DuplicateNumber,
        ),
        (
            Both("number", "", |f| f.numbers_left = Some(0)),
            C::NumbersUsedUp,
        ),
        (
            Known(|f| f.signers = Some([Role::ChiefAccountant].into())),
            C::SignerMissing,
        ),
        (
            Known(|f| f.decision_known = Some(false)),
            C::DecisionMissing,
        ),
        (
            Known(|f| {
                f.files.insert("files/to.pdf".to_owned(), u64::MAX);
            }),
            C::FileTooLarge,
        ),
        (
            Known(|f| {
                let scan = |n| (format!("files/{n}.pdf"), MAX_FILE_BYTES);
                f.files = (0..21).map(scan).collect();
            }),
            C::FilesTooLarge,
        ),
        (Field("content", "Thanh to¸n tiÒn ®iÖn"), C::LegacyEncoding),
        (
            Fields(&[("estimate_final", ""), ("estimate_provisional", "x")]),
            C::ProvisionalNotGranted,
        ),
    ];
    assert!(planted.len() >= 60, "{}", planted.len());
    for (index, (plant, expected)) in planted.iter().enumerate() {
        let mut found = spoiled(plant);
        if *expected == C::ProvisionalNotGranted {
            let mut known = facts();
            known.provisional = Some(Dong::ZERO);
            let mut voucher = right();
            voucher.fields.remove("estimate_final");
            voucher
                .fields
                .insert("estimate_provisional".to_owned(), "x".to_owned());
            found = run(voucher, &known, "2026-11-22");
        }
        assert!(
            found.iter().any(|f| f.code == *expected),
            "planted {index} wants {expected:?}, found {found:?}"
        );
    }
    // the invoice of the same seller, on a line that cites it
    let mut voucher = right();
    let line = &mut voucher.grids.get_mut("lines").unwrap()[0];
    line.cells.extend(pairs(&[
        ("invoice_no", "45"),
        ("invoice_date", "2026-11-01"),
    ]));
    let mut known = facts();
    let key = invoice_key("0100100417", "45").unwrap();
    known.invoices.insert(key, "00003".to_owned());
    let found = run(voucher, &known, "2026-11-22");
    assert!(found.iter().any(|f| f.code == C::DuplicateInvoice));
}
