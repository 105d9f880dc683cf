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
fn an_entry_with_a_code_an_account_or_a_day_that_cannot_be_is_said_in_the_books() {
    let desk = Desk::ready();
    let right = {
        let mut entry = posting(&desk, Kind::Spent, 1_000_000);
        entry.posting.economic_content = "6501".to_owned();
        let account = &desk.world.unit.accounts[0].number;
        entry.posting.account.clone_from(account);
        entry
    };
    let found = |entry: EntryInput| {
        enter(&desk, vec![entry]);
        let view = books(&desk);
        let entry = view.entries[0].id;
        desk.engine.handle(StrikeEntry { entry }).unwrap();
        let of_balance = FindingCode::BalanceNegative;
        let mut said = view.findings;
        said.retain(|f| f.code != of_balance);
        said
    };
    assert_eq!(found(right.clone()), []);
    let with = |change: fn(&mut Posting)| {
        let mut entry = right.clone();
        change(&mut entry.posting);
        found(entry)
    };
    let said = with(|p| p.economic_content = "6510".to_owned());
    assert_eq!(said[0].code, FindingCode::CodeUnknown);
    assert!(said[0].params["nearest"].contains("6501"), "{said:?}");
    type Spoil = fn(&mut Posting);
    let wrong: [(Spoil, FindingCode); 6] = [
        (|p| p.sector = "340".to_owned(), FindingCode::CodeUnknown),
        (|p| p.source = "77".to_owned(), FindingCode::CodeUnknown),
        (
            |p| p.programme = "99999".to_owned(),
            FindingCode::CodeUnknown,
        ),
        (
            |p| p.account = "9523.4.123".to_owned(),
            FindingCode::AccountShape,
        ),
        (
            |p| p.account = "9523.4.7654321.16744".to_owned(),
            FindingCode::AccountForeign,
        ),
        (
            |p| p.day = p.day - chrono::Months::new(24),
            FindingCode::BudgetYear,
        ),
    ];
    for (change, code) in wrong {
        let said: Vec<_> = with(change).iter().map(|f| f.code).collect();
        assert!(said.contains(&code), "{code:?}: {said:?}");
    }
}

#[test]
fn a_cleared_advance_is_struck_out_together_with_its_spending() {
    let desk = Desk::ready();
    let mut cleared = posting(&desk, Kind::Cleared, 5_000_000);
    cleared.posting.economic_content = "6649".to_owned();
    for half in [Kind::Cleared, Kind::Settled] {
        // two that say the same
        enter(&desk, vec![cleared.clone(), cleared.clone()]);
        for left in [2, 0] {
            let entries = books(&desk).entries;
            assert_eq!(entries.len(), left + 2);
            let one = entries.iter().find(|e| e.posting.kind == half).unwrap();
            desk.engine.handle(StrikeEntry { entry: one.id }).unwrap();
            let kinds: Vec<Kind> = books(&desk)
                .entries
                .iter()
                .map(|e| e.posting.kind)
                .collect();
            for kind in [Kind::Cleared, Kind::Settled] {
                let same = kinds.iter().filter(|k| **k == kind).count();
                assert_eq!(same, left / 2, "{kind:?}");
            }
        }
    }
}

#[test]
fn a_deposit_account_of_which_the_treasury_told_nothing_is_not_overdrawn_by_the_own_book() {
    let desk = Desk::ready();
    let account = format!("3713.0.{}.00000", desk.world.unit.code);
    let pay = |amount: &str| {
        let create = CreateDossier {
            basis: "nd347-2025".to_owned(),
            form: "17".to_owned(),
        };
        let id = desk.engine.handle(create).unwrap();
        let mut view = desk.view(id);
        let fields = [
            ("account", account.as_str()),
            ("content", "Chi từ tiền ủng hộ"),
            ("payee_name", "Lò Thị Xuân"),
            ("payee_account", "1500205177777"),
            ("payee_bank", "Agribank Điện Biên"),
        ];
        for (field, value) in fields {
            let voucher = &mut view.vouchers[0];
            voucher.fields.insert(field.to_owned(), value.to_owned());
        }
        let mut row = desk::line("Chi hỗ trợ", "", amount);
        row.cells.remove("economic_content");
        row.cells.remove("sector");
        view.vouchers[0].grids.insert("lines".to_owned(), vec![row]);
        desk.save(&view);
        id
    };
    let over = |id| codes(&desk, id).contains(&FindingCode::OverBalance);
    let of_book = |kind, amount| {
        let mut entry = posting(&desk, kind, amount);
        entry.posting.account.clone_from(&account);
        enter(&desk, vec![entry]);
    };
    of_book(Kind::DepositIn, 2_000_000);
    assert!(!over(pay("2.000.001")), "a book without its beginning");
    of_book(Kind::DepositOpening, 8_000_000);
    let within = pay("10.000.000");
    assert_eq!(errors(&desk.view(within).findings), []);
    assert!(over(pay("10.000.001")));
    let carry = HandedInOtherwise {
        id: within,
        how: "Cổng trực tuyến".to_owned(),
    };
    desk.engine.handle(carry).unwrap();
    assert!(over(pay("1")), "what is handed in is spoken for");
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

#[test]
fn only_a_decision_in_the_drawer_answers_for_the_estimate_and_each_adjustment() {
    let desk = Desk::ready();
    let attach = |id, name: &str| {
        let path = desk.write(name, b"%PDF-1.4 mot trang");
        let drawer = Drawer::Treasury;
        desk.engine.handle(Attach { id, drawer, path }).unwrap();
    };
    let wanted = |id| {
        let found = desk.view(id).findings;
        let mut found = found
            .into_iter()
            .filter(|f| f.code == FindingCode::DecisionMissing);
        found.next().map(|f| f.params)
    };
    let first = desk.draft("Giấy in", "1.000.000");
    attach(first, "hop-dong.pdf");
    assert!(wanted(first).is_some(), "a contract is no decision");
    attach(first, "quyet-dinh-giao.pdf");
    assert_eq!(wanted(first), None);
    desk.finish(first);

    let mut adjustment = posting(&desk, Kind::Adjustment, 5_000_000);
    adjustment.posting.day = today(&desk) + chrono::Days::new(1);
    adjustment.document_no = "15/QĐ-UBND".to_owned();
    enter(&desk, vec![adjustment]);
    let second = desk.draft("Bút viết", "2.000.000");
    assert_eq!(wanted(second).unwrap()["other"], "15/QĐ-UBND");
    attach(second, "QĐ 15.pdf");
    assert_eq!(wanted(second), None);
}

#[test]
fn an_adjustment_is_told_to_the_treasury_once() {
    let desk = Desk::ready();
    desk.finish(desk.draft("Giấy in", "1.000.000"));
    enter(&desk, vec![posting(&desk, Kind::Adjustment, 5_000_000)]);
    // the dossier of the same day is taken to have told of it
    let next = desk.draft("Bút viết", "2.000.000");
    assert!(!codes(&desk, next).contains(&FindingCode::DecisionMissing));
}

#[test]
fn a_second_request_for_tam_cap_in_a_month_counts_with_the_first() {
    let desk = Desk::ready();
    let ask = |amount: &str| {
        let create = CreateDossier {
            basis: "nd347-2025".to_owned(),
            form: "22".to_owned(),
        };
        let id = desk.engine.handle(create).unwrap();
        let mut view = desk.view(id);
        let voucher = &mut view.vouchers[0];
        for (field, value) in [
            ("base_amount", "1200000000"),
            ("monthly_amount", "100000000"),
        ] {
            voucher.fields.insert(field.to_owned(), value.to_owned());
        }
        let mut row = desk::line("Lương tháng Một", "", amount);
        row.cells.remove("economic_content");
        voucher.grids.insert("lines".to_owned(), vec![row]);
        desk.save(&view);
        id
    };
    let over = |id| codes(&desk, id).contains(&FindingCode::ProvisionalOverTwelfth);
    let first = ask("60.000.000");
    assert!(!over(first));
    let carry = HandedInOtherwise {
        id: first,
        how: "Cổng trực tuyến".to_owned(),
    };
    desk.engine.handle(carry).unwrap();
    assert!(!over(ask("40.000.000")));
    assert!(over(ask("40.000.001")));
    enter(&desk, vec![posting(&desk, Kind::Provisional, 1)]);
    assert!(over(ask("40.000.000")), "what the books say counts as well");
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
