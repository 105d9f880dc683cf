//! Estimates and contracts.

use crate::*;

#[test]
fn the_estimate_book_says_what_is_left_and_the_editor_warns_beyond_it() {
    let desk = Desk::ready();
    enter(
        &desk,
        vec![
            posting(&desk, Kind::YearStart, 20_000_000),
            posting(&desk, Kind::Adjustment, -5_000_000),
        ],
    );
    let within = desk.draft("Giấy in", "15.000.000");
    assert!(!codes(&desk, within).contains(&FindingCode::OverEstimate));
    let beyond = desk.draft("Giấy in lần hai", "15.000.001");
    assert!(codes(&desk, beyond).contains(&FindingCode::OverEstimate));
    // what is signed is spoken for
    desk.finish(within);
    let view = books(&desk);
    let row = &view.balances.estimates[0];
    assert_eq!(
        (row.under_way, row.left),
        (dong(15_000_000), Dong::ZERO),
        "{row:?}"
    );
    let third = desk.draft("Bút viết", "1");
    assert!(codes(&desk, third).contains(&FindingCode::OverEstimate));
    // an entry struck out counts no more, and the book says that it is overdrawn
    let entry = view.entries[0].id;
    desk.engine.handle(StrikeEntry { entry }).unwrap();
    let view = books(&desk);
    assert_eq!(view.balances.estimates[0].left, dong(-20_000_000));
    assert!(
        view.findings
            .iter()
            .any(|f| f.code == FindingCode::BalanceNegative)
    );
}

#[test]
fn the_first_dossier_of_the_year_wants_its_decision() {
    let desk = Desk::ready();
    let first = desk.draft("Giấy in", "1.000.000");
    assert!(codes(&desk, first).contains(&FindingCode::DecisionMissing));
    desk.finish(first);
    let second = desk.draft("Bút viết", "2.000.000");
    assert!(!codes(&desk, second).contains(&FindingCode::DecisionMissing));
}

fn contract(desk: &Desk) -> Contract {
    let contract = Contract {
        number: "05/2026/HĐ-SC".to_owned(),
        date: today(desk),
        party: "Công ty Xây dựng Kỳ Sơn".to_owned(),
        party_tax_code: "0100047516".to_owned(),
        party_account: "1500205112345".to_owned(),
        party_bank: "Agribank Kỳ Sơn".to_owned(),
        subject: "sửa chữa trụ sở".to_owned(),
        value: dong(300_000_000),
        advance_rule: "30%".to_owned(),
        opening_advanced: dong(90_000_000),
        ..Contract::default()
    };
    let kept = contract.clone();
    desk.engine.handle(SaveContract { contract: kept }).unwrap();
    contract
}

fn instalment(desk: &Desk, accepted: i64, recover: Option<i64>) -> Instalment {
    Instalment {
        acceptance_number: "01/BBNT".to_owned(),
        acceptance_date: today(desk),
        accepted: dong(accepted),
        recover: recover.map(dong),
    }
}

#[test]
fn an_instalment_recovers_the_advance_and_pays_the_difference() {
    let desk = Desk::ready();
    let contract = contract(&desk);
    let first = instalment(&desk, 100_000_000, None);
    let shown = desk
        .engine
        .handle(SettleInstalment {
            contract: contract.key(),
            instalment: first.clone(),
        })
        .unwrap();
    assert_eq!(
        (shown.settlement.recovered, shown.settlement.paid),
        (dong(90_000_000), dong(10_000_000))
    );
    let pay = |instalment: Instalment| {
        desk.engine
            .handle(PayInstalment {
                contract: contract.key(),
                instalment,
                economic_content: "6907".to_owned(),
                sector: "341".to_owned(),
                source: "12".to_owned(),
            })
            .unwrap()
    };
    let id = pay(first);
    let view = desk.view(id);
    let forms: Vec<_> = view.forms.iter().map(|f| f.number.as_str()).collect();
    assert_eq!(forms, ["13", "10"]);
    assert_eq!(errors(&view.findings), []);
    let paying = &view.vouchers[0];
    assert_eq!(
        [
            paying.field("contract_no"),
            paying.field("contract_total"),
            paying.field("acceptance_total"),
            paying.field("payee_account"),
            paying.field("total"),
        ],
        [
            "05/2026/HĐ-SC",
            "300000000",
            "100000000",
            "1500205112345",
            "10000000"
        ]
    );
    assert_eq!(view.vouchers[1].field("total"), "90000000");
    // two vouchers, two numbers
    assert_ne!(paying.field("number"), view.vouchers[1].field("number"));
}

#[test]
fn a_contract_is_not_overpaid_by_all_its_dossiers_together() {
    let desk = Desk::ready();
    let contract = contract(&desk);
    let id = desk
        .engine
        .handle(PayInstalment {
            contract: contract.key(),
            instalment: instalment(&desk, 210_000_001, Some(0)),
            economic_content: "6907".to_owned(),
            sector: "341".to_owned(),
            source: "12".to_owned(),
        })
        .unwrap();
    // 90 million left before Hoso
    assert!(codes(&desk, id).contains(&FindingCode::ContractOverpaid));
}

#[test]
fn what_was_paid_outside_counts_on_the_contract_it_names_typed_or_imported() {
    let desk = Desk::ready();
    let contract = contract(&desk);
    let mut spent = posting(&desk, Kind::Spent, 20_000_000);
    spent.posting.contract = contract.key();
    enter(&desk, vec![spent]);
    let day = today(&desk).format("%d/%m/%Y").to_string();
    let import = |number: &str| {
        let rows: [&[&str]; 2] = [
            &["Ngày", "Loại", "Số tiền", "Số hợp đồng"],
            &[day.as_str(), "thanh toán tạm ứng", "30000000", number],
        ];
        let path = table(&desk, "so.xlsx", &rows);
        let table = choice(&desk, "entries", &path);
        let year = today(&desk).year();
        desk.engine.handle(ImportTable { table, year }).unwrap()
    };
    let refused = import("06/2026/HĐ-SC").errors;
    let said = (refused[0].column.as_str(), refused[0].reason.as_str());
    assert_eq!(said, ("contract", "unknown-contract"));
    assert_eq!(import("05/2026/hđ-sc").errors, []);
    let view = books(&desk);
    let [row] = &view.contracts[..] else {
        panic!("{:?}", view.contracts)
    };
    // 90 million advanced before Hoso: 20 more left, 30 of the advance are recovered
    let figures = [row.paid_out, row.open, row.left].map(Dong::get);
    assert_eq!(figures, [110_000_000, 60_000_000, 190_000_000]);
}
