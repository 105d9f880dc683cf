//! Errors planted in the year's own papers, one by one: each is found by the check named.

mod papers;
mod table;

use std::collections::BTreeSet;

use FindingCode as C;
use hoso_contract::view::DossierView;
use hoso_domain::finding::Finding;
use hoso_portal_api::officer::{self, SetBalance};
use hoso_testkit::pay::{self, Pay};

use super::office;
use super::office::{BARE, Office, UNITS, set};
use crate::desk::officer::Officer;
use crate::*;
use table::*;

/// The paper with the error in it, saved: what the checks say.
fn spoiled(
    office: &Office,
    right: &DossierView,
    version: &mut u64,
    paper: Paper,
    plant: &Plant,
) -> Vec<Finding> {
    let mut vouchers = right.vouchers.clone();
    let at = usize::from(matches!(paper, Salary | Together));
    let voucher = &mut vouchers[at];
    match plant {
        Nothing => {}
        Field(id, value) => set(voucher, id, value),
        Fields(all) => all.iter().for_each(|(id, value)| set(voucher, id, value)),
        Cell(column, value) => cell(voucher, column, value),
        Of(change) => change(voucher, office),
    }
    let save = SaveDraft {
        id: right.id,
        version: *version,
        vouchers,
    };
    let saved = office.desk.engine.handle(save).unwrap();
    *version = saved.version;
    saved.findings
}

/// What these tests cannot plant: a tampered store, a clock set to other days, a figure of the
/// treasury on the last of a month, a file that is refused before any check, files of 200 MB together,
/// a block of numbers that is used up.
const ELSEWHERE: [FindingCode; 7] = [
    C::FormulaMismatch,
    C::NumbersUsedUp,
    C::DeadlinePassed,
    C::PriorYearAcceptance,
    C::ComparisonOpen,
    C::FileTooLarge,
    C::FilesTooLarge,
];

#[test]
fn every_error_planted_in_the_years_papers_is_found_by_the_check_named() {
    let office = office();
    let all = table::all();
    assert!(all.len() >= 60, "{}", all.len());
    let mut found_by = BTreeSet::new();
    for paper in [
        Payment, Bare, Clearing, Salary, Tax, Grant, Deposit, Together,
    ] {
        let right = office.paper(paper);
        let mut version = right.version;
        let before: Vec<FindingCode> = right.findings.iter().map(|f| f.code).collect();
        for (n, (kind, _, plant, code)) in all.iter().enumerate().filter(|(_, r)| r.1 == paper) {
            if !matches!(plant, Nothing) {
                assert!(
                    !before.contains(code),
                    "{code:?} is there before: {right:?}"
                );
            }
            let found = spoiled(&office, &right, &mut version, paper, plant);
            assert!(
                found.iter().any(|f| f.code == *code),
                "{kind}, {n}: {code:?} is not among {found:?}"
            );
            found_by.insert(*code);
        }
        office
            .desk
            .engine
            .handle(DeleteDraft { id: right.id })
            .unwrap();
    }
    found_by.extend(in_the_pay_table(&office));
    found_by.extend(in_the_books(&office));
    let missing: Vec<&FindingCode> = FindingCode::ALL
        .iter()
        .filter(|c| !found_by.contains(c) && !ELSEWHERE.contains(c))
        .collect();
    assert_eq!(
        missing,
        Vec::<&FindingCode>::new(),
        "nothing was planted for these"
    );
}

/// Errors in the spreadsheet of the month's pay.
fn in_the_pay_table(office: &Office) -> Vec<FindingCode> {
    office.at(0);
    let path = office.desk.path("luong-sai.xlsx");
    let read = |rows: &[Pay], stated: [u32; 8]| {
        pay::write(&path, rows, stated).unwrap();
        let read = ReadPayroll {
            table: choice(&office.desk, "payroll", &path),
            year: office.year,
            month: 12,
        };
        let view = office.desk.engine.handle(read).unwrap();
        view.findings.iter().map(|f| f.code).collect::<Vec<_>>()
    };
    let right = pay::table(45);
    let mut one_more = right.clone();
    one_more[6].net += 1;
    let mut other_gross = right.clone();
    other_gross[5].gross += 1_000;
    let mut stated = pay::totals(&right);
    stated[6] += 1_000;
    let mut same = right.clone();
    same[7].number = same[6].number;
    let found = [
        read(&one_more, pay::totals(&one_more)),
        read(&other_gross, pay::totals(&right)),
        read(&right, stated),
        read(&same, pay::totals(&same)),
    ];
    let wanted = [
        C::PayrollCrossFoot,
        C::PayrollGross,
        C::PayrollTotal,
        C::PayrollTwice,
    ];
    assert_eq!(found, wanted.map(|code| vec![code]));
    wanted.to_vec()
}

/// Errors in the books of the unit that keeps none: a balance below zero, a debit nobody knows, one
/// that two dossiers fit, more paid than the treasury says is there.
fn in_the_books(office: &Office) -> Vec<FindingCode> {
    office.at(BARE);
    let on = office.day(11, 20);
    let account = office.account(BARE, on);
    enter(
        &office.desk,
        vec![posting(&office.desk, Kind::Cancelled, 5_000_000)],
    );
    let handed: Vec<_> = (0..2)
        .map(|_| {
            let id = office.payment(BARE);
            office.hand_in(id);
            id
        })
        .collect();
    let day = office.day(12, 1).format("%d/%m/%Y").to_string();
    let heads = ["Ngày", "Tài khoản", "Nợ", "Có", "Chứng từ"];
    let path = table(
        &office.desk,
        "sao-ke-sai.xlsx",
        &[
            &heads,
            &[&day, &account, "10500000", "", ""],
            &[&day, &account, "777", "", ""],
        ],
    );
    let import = ImportTable {
        table: choice(&office.desk, "movements", &path),
        year: office.year,
    };
    office.desk.engine.handle(import).unwrap();
    let view = office.books();
    let found: BTreeSet<FindingCode> = view.findings.iter().map(|f| f.code).collect();
    let wanted = [
        C::BalanceNegative,
        C::MovementUnmatched,
        C::MovementAmbiguous,
    ];
    assert_eq!(found, wanted.into());
    let waits = view.movements.iter().find(|m| m.candidates.len() == 2);
    let offered: BTreeSet<_> = waits
        .unwrap()
        .candidates
        .iter()
        .map(|(id, _)| *id)
        .collect();
    assert_eq!(offered, handed.into_iter().collect());
    let mut all = wanted.to_vec();
    all.push(over_balance(office));
    all
}

/// The treasury tells its figures: what is usable is the figure less what is signed, handed in or
/// unanswered, and a payment beyond it is an error.
fn over_balance(office: &Office) -> FindingCode {
    let portal = office.desk.portal_up();
    let officer = Officer::new(&office.desk);
    let session = office.desk.engine.handle(GetSession {}).unwrap();
    for (unit, figure) in [(0, 2_000_000_000), (BARE, 1_000_000)] {
        let code = UNITS[unit].0;
        let known = session.units.iter().find(|u| u.code == code).unwrap();
        let set = SetBalance {
            unit: known.id,
            account: office.account(unit, office.day(11, 20)),
            figure: dong(figure),
        };
        let told: SetBalance = officer.tell(officer::BALANCES, &set);
        assert_eq!(told, set);
    }
    office.desk.send_now();
    let usable = |unit: usize| {
        office.at(unit);
        office.desk.until("the treasury's figure", || {
            let accounts = office.books().accounts;
            let account = office.account(unit, office.day(11, 20));
            accounts.into_iter().find(|a| a.account == account)
        })
    };
    let of_first = usable(0);
    assert_eq!(
        of_first.usable.get(),
        2_000_000_000 - office.ledger.under_way[&0]
    );
    // two of 10.500.000 are handed in
    assert_eq!(usable(BARE).usable.get(), 1_000_000 - 21_000_000);
    let id = office.payment(BARE);
    assert!(codes(&office.desk, id).contains(&C::OverBalance));
    office.desk.engine.handle(DeleteDraft { id }).unwrap();
    office.desk.down(portal);
    C::OverBalance
}
