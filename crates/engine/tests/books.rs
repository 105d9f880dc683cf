//! Books, contracts, pay tables and spreadsheets through the engine: real store, real files.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod desk;

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use hoso_contract::Code;
use hoso_contract::book::*;
use hoso_contract::command::*;
use hoso_domain::book::{Contract, Instalment, Kind, Posting};
use hoso_domain::catalogue::OwnCode;
use hoso_domain::finding::{FindingCode, Severity};
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::money::Dong;
use hoso_engine::Handle;

use desk::{Desk, errors};

fn dong(n: i64) -> Dong {
    Dong::new(n).unwrap()
}

fn today(desk: &Desk) -> NaiveDate {
    desk.engine.handle(GetSession {}).unwrap().today
}

fn posting(desk: &Desk, kind: Kind, amount: i64) -> EntryInput {
    EntryInput {
        posting: Posting {
            day: today(desk),
            kind,
            account: String::new(),
            source: "13".to_owned(),
            sector: "341".to_owned(),
            programme: String::new(),
            economic_content: String::new(),
            contract: String::new(),
            amount: dong(amount),
        },
        document_no: "01/QĐ-UBND".to_owned(),
        document_day: None,
        note: String::new(),
    }
}

fn books(desk: &Desk) -> BooksView {
    let year = today(desk).year();
    desk.engine.handle(GetBooks { year }).unwrap()
}

fn enter(desk: &Desk, entries: Vec<EntryInput>) {
    let year = today(desk).year();
    desk.engine.handle(EnterPostings { year, entries }).unwrap();
}

/// Codes of warnings and errors a dossier has now.
fn codes(desk: &Desk, id: hoso_domain::id::DossierId) -> Vec<FindingCode> {
    let found = desk.view(id).findings;
    found.into_iter().map(|f| f.code).collect()
}

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

/// A pay table of 45 people, written by the program's own writer through a voucher export's path.
fn pay_table(desk: &Desk, mistake: bool) -> std::path::PathBuf {
    let path = desk.path("bang-luong.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "BẢNG LƯƠNG THÁNG 11").unwrap();
    let heads = [
        "STT",
        "Họ và tên",
        "Số tài khoản",
        "Ngân hàng",
        "Lương ngạch bậc (6001)",
        "Phụ cấp (6101)",
        "Tổng cộng",
        "BHXH, BHYT, BHTN",
        "Đoàn phí",
        "Thuế TNCN",
        "Thực lĩnh",
    ];
    for (column, head) in heads.iter().enumerate() {
        sheet.write_string(2, column as u16, *head).unwrap();
    }
    let mut line = 3u32;
    let mut put = |cells: [&str; 4], amounts: [i64; 7]| {
        for (column, cell) in cells.iter().enumerate() {
            sheet.write_string(line, column as u16, *cell).unwrap();
        }
        for (column, amount) in amounts.iter().enumerate() {
            sheet
                .write_number(line, column as u16 + 4, *amount as f64)
                .unwrap();
        }
        line += 1;
    };
    let mut totals = [0i64; 7];
    for n in 1..=45i64 {
        let (salary, extra) = (6_000_000 + n * 10_000, 500_000);
        let (insurance, union, tax) = (630_000, 60_000, if n % 9 == 0 { 50_000 } else { 0 });
        let gross = salary + extra;
        let mut net = gross - insurance - union - tax;
        if mistake && n == 7 {
            net += 1;
        }
        let row = [salary, extra, gross, insurance, union, tax, net];
        for (total, amount) in totals.iter_mut().zip(row) {
            *total += amount;
        }
        let (number, name) = (n.to_string(), format!("Cán bộ số {n}"));
        let account = format!("36052010{n:05}");
        put([&number, &name, &account, "Agribank Kỳ Sơn"], row);
    }
    put(["", "Tổng cộng", "", ""], totals);
    book.save(&path).unwrap();
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
    let payee = |name: &str| -> BTreeMap<String, String> {
        [
            ("payee_name", name),
            ("payee_account", "3741000123456"),
            ("payee_bank", "KBNN khu vực XI"),
        ]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect()
    };
    let tax = [
        ("taxpayer_name", "UBND xã Nậm Lay"),
        ("taxpayer_tax_code", "0100100417"),
        ("tax_economic_content", "1001"),
        ("tax_chapter", "857"),
        ("revenue_account", "7111"),
        ("revenue_agency", "Thuế cơ sở 2"),
    ];
    PayrollTargets {
        sector: "341".to_owned(),
        source: "13".to_owned(),
        payees: [
            ("insurance".to_owned(), payee("Bảo hiểm xã hội cơ sở")),
            ("union".to_owned(), payee("Công đoàn xã")),
            (
                "tax".to_owned(),
                tax.into_iter()
                    .map(|(k, v)| (k.to_owned(), v.to_owned()))
                    .collect(),
            ),
        ]
        .into(),
    }
}

#[test]
fn a_pay_table_of_45_becomes_a_cross_footed_set_without_a_digit_typed() {
    let desk = Desk::ready();
    let path = pay_table(&desk, false);
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
    for id in &made {
        let dossier = desk.view(*id);
        assert_eq!(
            errors(&dossier.findings),
            [],
            "{:?}",
            dossier.forms[0].number
        );
        total += dossier.vouchers[0].field("total").parse::<i64>().unwrap();
    }
    assert_eq!(total, view.gross.get() + view.employer.get());
    let net = desk.view(made[0]);
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
    let view = read_payroll(&desk, &pay_table(&desk, true));
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

fn choice(desk: &Desk, purpose: &str, path: &std::path::Path) -> TableChoice {
    let path = path.to_string_lossy().into_owned();
    let preview = desk
        .engine
        .handle(PreviewTable {
            path: path.clone(),
            purpose: purpose.to_owned(),
            sheet: String::new(),
        })
        .unwrap();
    TableChoice {
        path,
        purpose: purpose.to_owned(),
        sheet: preview.sheet,
        first_row: preview.first_row,
        columns: preview.columns,
    }
}

fn export(desk: &Desk, what: &str, name: &str) -> std::path::PathBuf {
    let path = desk.path(name);
    desk.engine
        .handle(ExportTable {
            what: what.to_owned(),
            year: 2026,
            path: path.to_string_lossy().into_owned(),
        })
        .unwrap();
    path
}

#[test]
fn every_sample_reads_back_whole() {
    let desk = Desk::ready();
    for purpose in ["payees", "entries", "movements", "codes"] {
        let path = export(
            &desk,
            &format!("sample:{purpose}"),
            &format!("{purpose}.xlsx"),
        );
        let table = choice(&desk, purpose, &path);
        let report = desk
            .engine
            .handle(ImportTable { table, year: 2026 })
            .unwrap();
        assert_eq!(
            (report.taken, report.errors.len()),
            (1, 0),
            "{purpose}: {report:?}"
        );
    }
    let path = export(&desk, "sample:lines", "lines.xlsx");
    let table = choice(&desk, "lines", &path);
    let read = desk.engine.handle(ReadLines { table }).unwrap();
    assert_eq!(read.errors, []);
    assert_eq!(
        (
            read.rows[0].cell("amount"),
            read.rows[0].cell("invoice_date")
        ),
        ("1200000", "2026-11-20")
    );
    let path = export(&desk, "sample:payroll", "payroll.xlsx");
    assert_eq!(
        choice(&desk, "payroll", &path).columns,
        [
            "name",
            "account",
            "bank",
            "group",
            "6001",
            "6101",
            "gross",
            "insurance",
            "union",
            "tax",
            "net"
        ]
    );
    // the imported code is picked like the others, and the movement waits for its dossier
    let found = desk
        .engine
        .handle(FindCodes {
            catalogue: "source".to_owned(),
            text: "bo sung co muc tieu".to_owned(),
            limit: 5,
        })
        .unwrap();
    assert_eq!(found[0].code, "77");
    let view = books(&desk);
    assert_eq!(view.movements.len(), 1);
    assert!(
        view.findings
            .iter()
            .any(|f| f.code == FindingCode::MovementUnmatched)
    );
    // a statement read again adds nothing
    let path = desk.path("movements.xlsx");
    let table = choice(&desk, "movements", &path);
    let again = desk
        .engine
        .handle(ImportTable { table, year: 2026 })
        .unwrap();
    assert_eq!((again.taken, again.known), (0, 1));
}

#[test]
fn a_table_with_one_wrong_row_is_not_taken_at_all() {
    let desk = Desk::ready();
    let path = desk.path("so.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, head) in ["Ngày", "Loại", "Số tiền"].iter().enumerate() {
        sheet.write_string(0, column as u16, *head).unwrap();
    }
    for (row, cells) in [
        ["10/01/2026", "giao đầu năm", "1.000.000"],
        ["31/02/2026", "giao đầu năm", "1.000.000"],
        ["11/01/2026", "cho vay", "một triệu"],
    ]
    .iter()
    .enumerate()
    {
        for (column, cell) in cells.iter().enumerate() {
            sheet
                .write_string(row as u32 + 1, column as u16, *cell)
                .unwrap();
        }
    }
    book.save(&path).unwrap();
    let table = choice(&desk, "entries", &path);
    let report = desk
        .engine
        .handle(ImportTable { table, year: 2026 })
        .unwrap();
    let found: Vec<_> = report
        .errors
        .iter()
        .map(|e| (e.row, e.column.as_str(), e.reason.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (3, "day", "not-a-date"),
            (4, "kind", "unknown-kind"),
            (4, "amount", "not-money")
        ]
    );
    assert_eq!(report.taken, 0);
    assert!(books(&desk).entries.is_empty());
}

#[test]
fn a_damaged_spreadsheet_is_a_message_and_changes_nothing() {
    let desk = Desk::ready();
    let path = pay_table(&desk, false);
    let whole = std::fs::read(&path).unwrap();
    for (name, bytes) in [
        ("cut.xlsx", whole[..whole.len() / 2].to_vec()),
        ("empty.xlsx", Vec::new()),
        ("text.xlsx", b"khong phai bang tinh".to_vec()),
    ] {
        let path = desk.path(name);
        std::fs::write(&path, bytes).unwrap();
        let refused = desk
            .engine
            .handle(PreviewTable {
                path: path.to_string_lossy().into_owned(),
                purpose: "payroll".to_owned(),
                sheet: String::new(),
            })
            .unwrap_err();
        assert_eq!(refused.code, Code::FileUnreadable, "{name}");
    }
}

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

#[test]
fn a_carried_dossier_goes_from_draft_to_result_without_a_portal() {
    let desk = Desk::ready();
    let id = desk.draft("Giấy in", "1.000.000");
    let sheet = desk.engine.handle(GetCarrySheet { id }).unwrap();
    let fields = &sheet.vouchers[0].fields;
    let value = |label: &str| {
        let field = fields.iter().find(|f| f.label == label);
        field.map(|f| f.value.as_str())
    };
    assert_eq!(value("Tổng cộng"), Some("1000000"));
    assert_eq!(value("Hình thức chi"), Some("Chuyển khoản"));
    let record = |status: &str| RecordCarried {
        id,
        treasury_number: "H18.2026.00012".to_owned(),
        status: status.to_owned(),
        text: "Kho bạc đã trả báo Nợ".to_owned(),
        document: None,
    };
    // not carried yet
    let refused = desk.engine.handle(record("completed")).unwrap_err();
    assert_eq!(refused.code, Code::WrongState);
    desk.engine
        .handle(HandedInOtherwise {
            id,
            how: "Cổng trực tuyến".to_owned(),
        })
        .unwrap();
    assert_eq!(desk.local(id), LocalState::Carried);
    let document = desk.path("bao-no.pdf");
    std::fs::write(&document, b"%PDF-1.4 khong doc duoc").unwrap();
    desk.engine
        .handle(RecordCarried {
            document: Some(document.to_string_lossy().into_owned()),
            ..record("completed")
        })
        .unwrap();
    let view = desk.view(id);
    assert_eq!(view.treasury, TreasuryState::Completed);
    assert_eq!(view.treasury_number, "H18.2026.00012");
    assert!(view.history.iter().any(|h| h.act == "result-typed"));
    let rows = desk.results();
    let row = rows.iter().find(|r| r.id == id).unwrap();
    assert_eq!(row.receipt, None, "never shown as a receipt");
    assert!(row.documents.iter().all(|d| !d.verified));
    // what was carried counts in the books
    assert_eq!(books(&desk).balances.estimates[0].used, dong(1_000_000));
}

#[test]
fn a_code_that_cannot_be_added_says_why() {
    let desk = Desk::ready();
    let code = OwnCode {
        catalogue: "chapter".to_owned(),
        code: "899".to_owned(),
        name: "Của riêng".to_owned(),
        replaces: String::new(),
        valid_from: today(&desk),
        valid_to: None,
        source: String::new(),
    };
    let refused = desk.engine.handle(SaveCode { code }).unwrap_err();
    assert_eq!(refused.code, Code::CodeRefused);
    assert_eq!(refused.params["why"], "whole");
}
