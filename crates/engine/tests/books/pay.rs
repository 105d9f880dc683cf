//! Pay tables.

use hoso_testkit::pay::{self, Pay};

use crate::*;

/// A pay table of 45 people with its row of totals; `spoil` changes people before they are summed.
pub fn pay_table(desk: &Desk, spoil: impl FnOnce(&mut [Pay])) -> std::path::PathBuf {
    let path = desk.path("bang-luong.xlsx");
    let mut rows = pay::table(45);
    spoil(&mut rows);
    pay::write(&path, &rows, pay::totals(&rows)).unwrap();
    path
}

fn read_payroll(desk: &Desk, path: &std::path::Path) -> PayrollView {
    let path = path.to_string_lossy().into_owned();
    let preview = desk
        .engine
        .handle(PreviewTable {
            path: path.clone(),
            purpose: "payroll".to_owned(),
            sheet: String::new(),
        })
        .unwrap();
    assert_eq!(preview.first_row, 3, "{:?}", preview.columns);
    let table = TableChoice {
        path,
        purpose: "payroll".to_owned(),
        sheet: preview.sheet,
        first_row: preview.first_row,
        columns: preview.columns,
    };
    desk.engine
        .handle(ReadPayroll {
            table,
            year: 2026,
            month: 11,
        })
        .unwrap()
}

fn targets() -> PayrollTargets {
    PayrollTargets {
        sector: "341".to_owned(),
        source: "13".to_owned(),
        payees: pay::payees("UBND xã Nậm Lay"),
    }
}

#[test]
fn a_pay_table_of_45_becomes_a_cross_footed_set_without_a_digit_typed() {
    let desk = Desk::ready();
    let path = pay_table(&desk, |_| {});
    let begun = std::time::Instant::now();
    let view = read_payroll(&desk, &path);
    assert_eq!((view.errors.len(), view.findings.len()), (0, 0), "{view:?}");
    assert_eq!(view.table.rows.len(), 45);
    assert_eq!(
        view.gross.get(),
        view.net.get() + view.deductions.get(),
        "gross = net + deductions"
    );
    let made = desk
        .engine
        .handle(MakePayroll {
            table: view.table.clone(),
            targets: targets(),
        })
        .unwrap();
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    assert_eq!(made.len(), 4);
    let mut total = 0;
    for one in &made {
        let dossier = desk.view(one.id);
        assert_eq!(
            errors(&dossier.findings),
            [],
            "{:?}",
            dossier.forms[0].number
        );
        assert_eq!(one.errors, 0);
        total += dossier.vouchers[0].field("total").parse::<i64>().unwrap();
    }
    assert_eq!(total, view.gross.get() + view.employer.get());
    let net = desk.view(made[0].id);
    assert_eq!(net.forms[1].number, "20");
    assert_eq!(net.vouchers[1].rows("payees").len(), 45);
    assert_eq!(
        net.vouchers[1].field("total"),
        net.vouchers[0].field("total")
    );
}

#[test]
fn a_pay_table_that_does_not_cross_foot_makes_nothing() {
    let desk = Desk::ready();
    let view = read_payroll(&desk, &pay_table(&desk, |rows| rows[6].net += 1));
    let found: Vec<_> = view.findings.iter().map(|f| (f.code, f.severity)).collect();
    assert_eq!(found, [(FindingCode::PayrollCrossFoot, Severity::Error)]);
    let refused = desk
        .engine
        .handle(MakePayroll {
            table: view.table,
            targets: targets(),
        })
        .unwrap_err();
    assert_eq!(refused.code, Code::BlockedByFindings);
}

#[test]
fn two_columns_are_one_role_only_where_their_amounts_add_up() {
    let desk = Desk::ready();
    let heads = [
        "Họ tên",
        "Số tài khoản",
        "Lương",
        "Phụ cấp A",
        "Phụ cấp B",
        "Thực lĩnh",
    ];
    let line = [
        "Lô Văn Páo",
        "3605201000017",
        "6000000",
        "200000",
        "300000",
        "6500000",
    ];
    let path = table(&desk, "hai-cot.xlsx", &[&heads, &line]);
    let choose = |roles: [&str; 6]| TableChoice {
        path: path.to_string_lossy().into_owned(),
        purpose: "payroll".to_owned(),
        sheet: String::new(),
        first_row: 1,
        columns: roles.map(str::to_owned).to_vec(),
    };
    let read = |table| {
        let command = ReadPayroll {
            table,
            year: 2026,
            month: 11,
        };
        desk.engine.handle(command).unwrap()
    };
    let view = read(choose(["name", "account", "6001", "6149", "6149", "net"]));
    assert_eq!((view.errors.len(), view.findings.len()), (0, 0), "{view:?}");
    assert_eq!(view.table.rows[0].earnings["6149"], dong(500_000));
    let view = read(choose(["name", "account", "6001", "6149", "net", "net"]));
    let said: Vec<_> = view
        .errors
        .iter()
        .map(|e| (e.row, e.column.as_str(), e.reason.as_str()))
        .collect();
    assert_eq!(said, [(1, "net", "twice")]);
}
