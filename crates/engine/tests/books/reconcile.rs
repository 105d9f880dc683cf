//! The unit beside the treasury.

use hoso_domain::book::Compared;
use hoso_domain::finding::Finding;
use hoso_domain::id::DossierId;
use hoso_testkit::pay;

use crate::*;

#[test]
fn a_reconciliation_form_is_filled_from_the_books() {
    let desk = Desk::ready();
    enter(&desk, vec![posting(&desk, Kind::YearStart, 20_000_000)]);
    let day = today(&desk);
    let id = desk
        .engine
        .handle(FillReconciliation {
            form: "26".to_owned(),
            year: day.year(),
            period: day.month0() / 3 + 1,
        })
        .unwrap();
    let view = desk.view(id);
    let row = &view.vouchers[0].rows("rows")[0];
    assert_eq!(
        [row.cell("source"), row.cell("to_date"), row.cell("left")],
        ["13", "20000000", "20000000"]
    );
}

/// Takes in a statement of (account, out, in, reference), all of today.
pub fn statement(desk: &Desk, rows: &[[&str; 4]]) -> ImportReport {
    let day = today(desk).format("%d/%m/%Y").to_string();
    let mut lines: Vec<Vec<&str>> = vec![vec!["Ngày", "Tài khoản", "Nợ", "Có", "Chứng từ"]];
    for [account, out, into, reference] in rows {
        lines.push(vec![day.as_str(), *account, *out, *into, *reference]);
    }
    let lines: Vec<&[&str]> = lines.iter().map(Vec::as_slice).collect();
    let path = table(desk, "sao-ke.xlsx", &lines);
    let import = ImportTable {
        table: choice(desk, "movements", &path),
        year: today(desk).year(),
    };
    let report = desk.engine.handle(import).unwrap();
    assert_eq!(report.errors, []);
    report
}

fn compare(desk: &Desk) -> ComparisonView {
    let day = today(desk);
    let command = CompareBooks {
        year: day.year(),
        month: day.month(),
    };
    desk.engine.handle(command).unwrap()
}

fn of_account(view: &ComparisonView, account: &str) -> Compared<Origin> {
    let found = view.accounts.iter().find(|a| a.account == account);
    found.unwrap().clone()
}

#[test]
fn both_sides_of_an_account_differ_by_lines_that_are_named() {
    let desk = Desk::ready();
    let account = desk.world.unit.accounts[0].number.clone();
    let paid = carried_and_done(&desk, "Giấy in", "1.000.000");
    let late = carried_and_done(&desk, "Bút viết", "2.500.000");
    let number = desk.view(paid).vouchers[0].field("number").to_owned();
    let mut given = posting(&desk, Kind::YearStart, 20_000_000);
    given.posting.account.clone_from(&account);
    enter(&desk, vec![given]);
    statement(
        &desk,
        &[
            [&account, "1000000", "", &number],
            [&account, "55000", "", "PHI"],
        ],
    );
    let view = compare(&desk);
    let found = of_account(&view, &account);
    assert_eq!(found.own, dong(16_500_000));
    assert_eq!(found.treasury, Some(dong(18_945_000)));
    let why: Vec<_> = found
        .reasons
        .iter()
        .map(|r| (r.document, r.amount.get()))
        .collect();
    assert!(
        why.contains(&(Some(Origin::Dossier(late)), -2_500_000)),
        "{why:?}"
    );
    assert!(why.contains(&(None, 55_000)), "{why:?}");
    assert_eq!((why.len(), found.unexplained), (2, Dong::ZERO));
    assert_eq!(view.findings, []);
    // the entry that was missing: one line less
    let mut fee = posting(&desk, Kind::Spent, 55_000);
    fee.posting.account.clone_from(&account);
    enter(&desk, vec![fee]);
    assert_eq!(of_account(&compare(&desk), &account).reasons.len(), 1);
    let month = today(&desk).month();
    let path = export(&desk, &format!("comparison:{month}"), "doi-chieu.xlsx");
    assert_eq!(preview(&desk, "lines", &path).sheets[1], "Nguyên nhân");
}

#[test]
fn rows_of_a_statement_that_say_the_same_are_money_each() {
    let desk = Desk::ready();
    let account = desk.world.unit.accounts[0].number.clone();
    let mut given = posting(&desk, Kind::YearStart, 20_000_000);
    given.posting.account.clone_from(&account);
    enter(&desk, vec![given]);
    let taken = |rows: &[[&str; 4]]| {
        let report = statement(&desk, rows);
        (report.taken, report.known)
    };
    let fee = [account.as_str(), "55000", "", "PHI"];
    let other = [account.as_str(), "70000", "", "PHI"];
    assert_eq!(taken(&[fee, fee]), (2, 0));
    assert_eq!(taken(&[fee, fee]), (0, 2), "read again");
    assert_eq!(taken(&[fee, other, fee, fee]), (2, 2), "a longer one");
    assert_eq!(books(&desk).movements.len(), 4);
    let found = of_account(&compare(&desk), &account);
    let fees = 3 * 55_000 + 70_000;
    assert_eq!(found.treasury, Some(dong(20_000_000 - fees)));
    assert_eq!(found.difference, dong(fees));
    assert_eq!((found.reasons.len(), found.unexplained), (4, Dong::ZERO));
}

#[test]
fn payments_that_look_the_same_go_each_with_its_own_dossier() {
    let desk = Desk::ready();
    let account = desk.world.unit.accounts[0].number.clone();
    let payment = [account.as_str(), "1000000", "", ""];
    let first = carried_and_done(&desk, "Giấy in", "1.000.000");
    statement(&desk, &[payment]);
    let second = carried_and_done(&desk, "Bút viết", "1.000.000");
    let report = statement(&desk, &[payment, payment]);
    assert_eq!((report.taken, report.known), (1, 1));
    let view = books(&desk);
    let mut matched: Vec<_> = view.movements.iter().filter_map(|m| m.dossier).collect();
    matched.sort();
    let mut both = vec![first, second];
    both.sort();
    assert_eq!(matched, both);
}

/// What is said of movements alone.
fn of_movements(view: &BooksView) -> Vec<FindingCode> {
    let wanted = [
        FindingCode::MovementUnmatched,
        FindingCode::MovementAmbiguous,
    ];
    let codes = view.findings.iter().map(|f: &Finding| f.code);
    codes.filter(|code| wanted.contains(code)).collect()
}

/// A completed dossier of form 13 with 1.000.000 and form 14 with 50.000, and their numbers.
fn of_two_vouchers(desk: &Desk) -> (DossierId, [String; 2]) {
    let id = desk.draft("Sửa trụ sở", "1.000.000");
    let version = desk.view(id).version;
    let form = "14".to_owned();
    let add = AddVoucher { id, version, form };
    desk.engine.handle(add).unwrap();
    let mut view = desk.view(id);
    let mut fields = pay::payees("UBND xã Nậm Lay").remove("tax").unwrap();
    fields.insert("content".to_owned(), "Nộp thuế".to_owned());
    view.vouchers[1].fields.extend(fields);
    let mut row = desk::line("Thuế", "6551", "");
    row.cells.remove("amount");
    let tax = ("tax_amount".to_owned(), "50000".to_owned());
    row.cells.extend([tax]);
    view.vouchers[1].grids.insert("lines".to_owned(), vec![row]);
    assert_eq!(errors(&desk.save(&view).findings), []);
    complete(desk, id);
    let numbers = [0, 1].map(|n: usize| view.vouchers[n].field("number").to_owned());
    (id, numbers)
}

#[test]
fn a_dossier_of_two_vouchers_is_matched_line_by_line_and_as_one_line() {
    let desk = Desk::ready();
    let account = desk.world.unit.accounts[0].number.clone();
    let (first, numbers) = of_two_vouchers(&desk);
    statement(&desk, &[[&account, "50000", "", &numbers[1]]]);
    statement(&desk, &[[&account, "1000000", "", &numbers[0]]]);
    let (second, _) = of_two_vouchers(&desk);
    statement(&desk, &[[&account, "1050000", "", ""]]);
    let view = books(&desk);
    assert_eq!(of_movements(&view), []);
    let mut found: Vec<_> = view
        .movements
        .iter()
        .map(|m| (m.movement.amount.get(), m.dossier))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            (-1_050_000, Some(second)),
            (-1_000_000, Some(first)),
            (-50_000, Some(first)),
        ]
    );
    // nothing is left for another
    statement(&desk, &[[&account, "1000000", "", "KHAC"]]);
    assert_eq!(
        of_movements(&books(&desk)),
        [FindingCode::MovementUnmatched]
    );
}

#[test]
fn money_that_comes_back_is_matched_to_what_returned_it() {
    let desk = Desk::ready();
    let account = desk.world.unit.accounts[0].number.clone();
    // form 08
    let create = CreateDossier {
        basis: "nd347-2025".to_owned(),
        form: "08".to_owned(),
    };
    let repaid = desk.engine.handle(create).unwrap();
    let mut view = desk.view(repaid);
    let returned = ("returned_actual".to_owned(), "x".to_owned());
    view.vouchers[0].fields.extend([returned]);
    let mut row = desk::line("Nộp trả", "6551", "200000");
    row.cells.extend([
        ("chapter".to_owned(), desk.world.unit.chapter.clone()),
        ("estimate_year".to_owned(), today(&desk).year().to_string()),
    ]);
    view.vouchers[0].grids.insert("lines".to_owned(), vec![row]);
    assert_eq!(errors(&desk.save(&view).findings), []);
    complete(&desk, repaid);
    statement(&desk, &[[&account, "", "200000", ""]]);
    // the bank sends a payment back
    let paid = carried_and_done(&desk, "Giấy in", "1.000.000");
    statement(&desk, &[[&account, "1000000", "", ""]]);
    answer(&desk, paid, "money-returned");
    statement(&desk, &[[&account, "", "1000000", ""]]);
    let view = books(&desk);
    assert_eq!(of_movements(&view), []);
    let mut found: Vec<_> = view
        .movements
        .iter()
        .map(|m| (m.movement.amount.get(), m.dossier))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            (-1_000_000, Some(paid)),
            (200_000, Some(repaid)),
            (1_000_000, Some(paid)),
        ]
    );
    statement(&desk, &[[&account, "", "777", ""]]);
    assert_eq!(
        of_movements(&books(&desk)),
        [FindingCode::MovementUnmatched]
    );
}

#[test]
fn a_payment_that_came_back_before_its_statement_is_matched_out_and_home() {
    let desk = Desk::ready();
    let account = desk.world.unit.accounts[0].number.clone();
    let both: [[&str; 4]; 2] = [[&account, "1000000", "", ""], [&account, "", "1000000", ""]];
    for order in [[0, 1], [1, 0]] {
        let paid = carried_and_done(&desk, "Giấy in", "1.000.000");
        answer(&desk, paid, "money-returned");
        let before = books(&desk).movements.len();
        for row in order {
            // the other half comes with a later statement
            let text = format!("{paid} {row}");
            let [account, out, into, _] = both[row];
            statement(&desk, &[[account, out, into, &text]]);
        }
        let view = books(&desk);
        assert_eq!(of_movements(&view), []);
        assert_eq!(view.movements.len(), before + 2);
        let tied = view.movements.iter().filter(|m| m.dossier == Some(paid));
        assert_eq!(tied.count(), 2, "{:?}", view.movements);
    }
    // one statement with both
    let paid = carried_and_done(&desk, "Bút viết", "2.000.000");
    answer(&desk, paid, "money-returned");
    let rows = [
        [account.as_str(), "2000000", "", "X"],
        [account.as_str(), "", "2000000", "Y"],
    ];
    statement(&desk, &rows);
    let view = books(&desk);
    let tied = view.movements.iter().filter(|m| m.dossier == Some(paid));
    assert_eq!(tied.count(), 2, "{:?}", view.movements);
    // and nothing is left of it
    statement(&desk, &[[&account, "2000000", "", "KHAC"]]);
    assert_eq!(
        of_movements(&books(&desk)),
        [FindingCode::MovementUnmatched]
    );
}

#[test]
fn a_debit_that_was_entered_by_hand_is_not_asked_about() {
    let desk = Desk::ready();
    let account = desk.world.unit.accounts[0].number.clone();
    let mut fee = posting(&desk, Kind::Spent, 55_000);
    fee.posting.account.clone_from(&account);
    enter(&desk, vec![fee]);
    let debit = [account.as_str(), "55000", "", "PHI"];
    statement(&desk, &[debit]);
    let view = books(&desk);
    assert_eq!(of_movements(&view), []);
    assert_eq!(view.movements[0].entry, Some(view.entries[0].id));
    // one entry is one debit
    statement(&desk, &[debit, debit]);
    let view = books(&desk);
    assert_eq!(of_movements(&view), [FindingCode::MovementUnmatched]);
    let entered = view.movements.iter().filter(|m| m.entry.is_some());
    assert_eq!(entered.count(), 1);
}

#[test]
fn a_movement_that_fits_two_dossiers_waits_for_a_person() {
    let desk = Desk::ready();
    let account = desk.world.unit.accounts[0].number.clone();
    let first = carried_and_done(&desk, "Giấy in", "1.000.000");
    let second = carried_and_done(&desk, "Bút viết", "1.000.000");
    statement(&desk, &[[&account, "1000000", "", ""]]);
    let ambiguous = |view: &BooksView| {
        let mut codes = view.findings.iter().map(|f| f.code);
        codes.any(|code| code == FindingCode::MovementAmbiguous)
    };
    let view = books(&desk);
    let movement = &view.movements[0];
    assert_eq!(movement.dossier, None, "nothing is chosen for the person");
    let mut offered: Vec<_> = movement.candidates.iter().map(|(id, _)| *id).collect();
    offered.sort();
    let mut both = vec![first, second];
    both.sort();
    assert_eq!(offered, both);
    assert!(ambiguous(&view));
    let choose = MatchMovement {
        movement: movement.id,
        dossier: Some(second),
    };
    desk.engine.handle(choose).unwrap();
    let view = books(&desk);
    assert_eq!(view.movements[0].dossier, Some(second));
    assert!(!ambiguous(&view));
}

#[test]
fn a_movement_is_tied_to_no_dossier_that_was_never_handed_in() {
    let desk = Desk::ready();
    let account = desk.world.unit.accounts[0].number.clone();
    statement(&desk, &[[&account, "1000000", "", ""]]);
    let draft = desk.draft("Giấy in", "1.000.000");
    let movement = books(&desk).movements[0].id;
    let tie = || {
        let dossier = Some(draft);
        desk.engine.handle(MatchMovement { movement, dossier })
    };
    assert_eq!(tie().unwrap_err().code, Code::DossierNotSent);
    assert_eq!(books(&desk).movements[0].dossier, None);
    desk.finish(draft);
    assert_eq!(tie().unwrap_err().code, Code::DossierNotSent, "only signed");
    let how = "Cổng trực tuyến".to_owned();
    let carry = HandedInOtherwise { id: draft, how };
    desk.engine.handle(carry).unwrap();
    tie().unwrap();
    assert_eq!(books(&desk).movements[0].dossier, Some(draft));
}

#[test]
fn form_32_says_why_the_closing_balance_differs() {
    let desk = Desk::ready();
    let account = format!("3713.0.{}.00000", desk.world.unit.code);
    let mut entries = vec![
        posting(&desk, Kind::DepositOpening, 10_000_000),
        posting(&desk, Kind::DepositIn, 5_000_000),
    ];
    for entry in &mut entries {
        entry.posting.account.clone_from(&account);
    }
    enter(&desk, entries);
    statement(
        &desk,
        &[
            [&account, "", "5000000", "UNG-HO"],
            [&account, "22000", "", "PHI-12"],
        ],
    );
    let day = today(&desk);
    let fill = FillReconciliation {
        form: "32".to_owned(),
        year: day.year(),
        period: day.month(),
    };
    let id = desk.engine.handle(fill).unwrap();
    let view = desk.view(id);
    let row = &view.vouchers[0].rows("accounts")[0];
    assert_eq!(
        ["closing", "treasury", "difference"].map(|c| row.cell(c)),
        ["15000000", "14978000", "22000"]
    );
    assert!(row.cell("cause").contains("PHI-12"), "{:?}", row.cells);
    assert_eq!(errors(&view.findings), []);
    // without a cause it may not be signed
    let mut blank = view.clone();
    let rows = blank.vouchers[0].grids.get_mut("accounts").unwrap();
    rows[0].cells.remove("cause");
    desk.save(&blank);
    assert!(codes(&desk, id).contains(&FindingCode::DifferenceUnexplained));
}

#[test]
fn the_tables_of_the_years_end_are_filled_from_the_books() {
    let desk = Desk::ready();
    let mut opening = posting(&desk, Kind::DepositOpening, 7_000_000);
    opening.posting.account = format!("3713.0.{}.00000", desk.world.unit.code);
    opening.posting.economic_content = "7049".to_owned();
    let mut advance = posting(&desk, Kind::AdvanceOpening, 3_000_000);
    advance.posting.economic_content = "6649".to_owned();
    let start = posting(&desk, Kind::YearStart, 20_000_000);
    enter(&desk, vec![start, opening, advance]);
    carried_and_done(&desk, "Giấy in", "4.000.000");
    let year = today(&desk).year();
    let fill = |form: &str| {
        let command = FillReconciliation {
            form: form.to_owned(),
            year,
            period: 0,
        };
        desk.view(desk.engine.handle(command).unwrap())
    };
    let deposits = fill("30");
    assert_eq!(
        deposits.vouchers[0].field("to_year"),
        (year + 1).to_string()
    );
    let row = &deposits.vouchers[0].rows("rows")[0];
    assert_eq!(
        ["ordinal", "economic_content", "balance"].map(|c| row.cell(c)),
        ["1", "7049", "7000000"]
    );
    assert_eq!(errors(&deposits.findings), []);
    let estimates = fill("31");
    let row = &estimates.vouchers[0].rows("rows")[0];
    let columns = ["total", "used", "carried_balance", "carried_advance"];
    assert_eq!(
        columns.map(|c| row.cell(c)),
        ["23000000", "7000000", "16000000", "3000000"]
    );
    assert_eq!(errors(&estimates.findings), []);
}
