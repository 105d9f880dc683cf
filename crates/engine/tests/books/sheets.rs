//! Spreadsheets and XML, in and out.

use calamine::Reader as _;

use crate::pay::pay_table;
use crate::reconcile::statement;
use crate::*;

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
fn an_entry_with_a_wrong_code_or_of_another_year_is_an_error_of_its_row() {
    let desk = Desk::ready();
    let path = table(
        &desk,
        "ma-sai.xlsx",
        &[
            &["Ngày", "Loại", "Tiểu mục", "Ngành", "Số tiền"],
            &["10/01/2026", "thực chi", "6501", "341", "1000000"],
            &["10/01/2026", "thực chi", "6510", "341", "1000000"],
            &["10/01/2026", "thực chi", "6501", "340", "1000000"],
            &["10/03/2025", "thực chi", "6501", "341", "1000000"],
        ],
    );
    let import = ImportTable {
        table: choice(&desk, "entries", &path),
        year: 2026,
    };
    let report = desk.engine.handle(import).unwrap();
    let found: Vec<_> = report
        .errors
        .iter()
        .filter(|e| e.row < 5 || e.column == "day")
        .map(|e| (e.row, e.column.as_str(), e.reason.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (3, "economic_content", "unknown-code"),
            (4, "sector", "unknown-code"),
            (5, "day", "other-year"),
        ]
    );
    assert!(books(&desk).entries.is_empty());
}

#[test]
fn a_damaged_spreadsheet_is_a_message_and_changes_nothing() {
    let desk = Desk::ready();
    let path = pay_table(&desk, |_| {});
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

#[test]
fn each_row_of_a_table_of_codes_says_its_own_reason() {
    let desk = Desk::ready();
    let heads = ["Danh mục", "Mã", "Tên", "Từ ngày", "Đến ngày"];
    let row = |list: &'static str, code: &'static str, to: &'static str| {
        [list, code, "Kinh phí khác", "01/03/2026", to]
    };
    let rows = [
        row("source", "77", ""),
        row("nguon", "77", ""),
        row("chapter", "899", ""),
        row("source", "7/7", ""),
        row("source", "13", ""),
        row("source", "78", "01/02/2026"),
        row("source", "", ""),
    ];
    let rows: Vec<&[&str]> = std::iter::once(heads.as_slice())
        .chain(rows.iter().map(|r| r.as_slice()))
        .collect();
    let path = table(&desk, "ma-sai.xlsx", &rows);
    let import = ImportTable {
        table: choice(&desk, "codes", &path),
        year: 2026,
    };
    let report = desk.engine.handle(import).unwrap();
    let said: Vec<_> = report
        .errors
        .iter()
        .map(|e| (e.row, e.column.as_str(), e.reason.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (3, "catalogue", "no-list"),
            (4, "catalogue", "whole"),
            (5, "code", "shape"),
            (6, "code", "known"),
            (7, "valid_to", "dates"),
            (8, "code", "missing"),
        ]
    );
    assert_eq!(report.taken, 0);
    assert!(desk.engine.handle(GetOwnCodes {}).unwrap().is_empty());
}

#[test]
fn a_code_added_twice_for_the_same_days_is_refused_and_its_list_stays_whole() {
    let desk = Desk::ready();
    let code = |from: &str, to: &str| OwnCode {
        catalogue: "source".to_owned(),
        code: "77".to_owned(),
        name: "Kinh phí bổ sung có mục tiêu".to_owned(),
        replaces: String::new(),
        valid_from: from.parse().unwrap(),
        valid_to: to.parse().ok(),
        source: String::new(),
    };
    let save = |code| desk.engine.handle(SaveCode { code });
    save(code("2026-01-01", "")).unwrap();
    let refused = save(code("2026-02-01", "")).unwrap_err();
    assert_eq!(
        (refused.code, refused.params["why"].as_str()),
        (Code::CodeRefused, "overlap")
    );
    // the same in a table: against the kept one, and against the row above
    let heads = ["Danh mục", "Mã", "Tên", "Từ ngày"];
    let row = |code: &'static str, from: &'static str| ["source", code, "Kinh phí khác", from];
    let rows = [
        row("77", "01/03/2026"),
        row("78", "01/03/2026"),
        row("78", "01/04/2026"),
    ];
    let path = table(&desk, "ma.xlsx", &[&heads, &rows[0], &rows[1], &rows[2]]);
    let import = ImportTable {
        table: choice(&desk, "codes", &path),
        year: 2026,
    };
    let report = desk.engine.handle(import).unwrap();
    let said: Vec<_> = report
        .errors
        .iter()
        .map(|e| (e.row, e.reason.as_str()))
        .collect();
    assert_eq!(said, [(2, "overlap"), (4, "overlap")]);
    // one that has ended makes room
    save(code("2026-01-01", "2026-01-31")).unwrap();
    save(code("2026-02-01", "")).unwrap();
    let find = FindCodes {
        catalogue: "source".to_owned(),
        text: "bo sung co muc tieu".to_owned(),
        limit: 5,
    };
    assert!(!desk.engine.handle(find).unwrap().is_empty());
    let own = desk.engine.handle(GetOwnCodes {}).unwrap();
    assert_eq!(own.len(), 2);
}

#[test]
fn columns_that_a_person_mapped_are_known_the_next_time() {
    let desk = Desk::ready();
    let rows: [&[&str]; 2] = [&["Ai", "Vào đâu"], &["Công ty Nước", "0101000777888"]];
    let path = table(&desk, "la.xlsx", &rows);
    let first = preview(&desk, "payees", &path);
    assert!(!first.remembered);
    assert_eq!(first.columns, ["", ""]);
    assert_eq!(first.needed, ["name", "account"]);
    let mapped = TableChoice {
        path: path.to_string_lossy().into_owned(),
        purpose: "payees".to_owned(),
        sheet: first.sheet,
        first_row: 1,
        columns: vec!["name".to_owned(), "account".to_owned()],
    };
    let import = ImportTable {
        table: mapped,
        year: 2026,
    };
    assert_eq!(desk.engine.handle(import).unwrap().taken, 1);
    // another file with the same heads, in another order
    let rows: [&[&str]; 2] = [&["Vào đâu", "Ai"], &["0101000777999", "Công ty Điện"]];
    let path = table(&desk, "la-2.xlsx", &rows);
    let again = preview(&desk, "payees", &path);
    assert!(again.remembered);
    assert_eq!(again.columns, ["account", "name"]);
}

#[test]
fn a_list_of_payees_becomes_lines_of_form_20_by_group() {
    let desk = Desk::ready();
    let path = table(
        &desk,
        "danh-sach.xlsx",
        &[
            &["Họ và tên", "Số tài khoản", "Ngân hàng", "Số tiền"],
            &["I. Công chức", "", "", ""],
            &["Lô Văn Páo", "3605201000017", "Agribank", "1.500.000"],
            &["IV. Đối tượng khác", "", "", ""],
            &["Vừ Thị Mỷ", "3605201000024", "Agribank", "800.000"],
            &["Tổng cộng", "", "", "2.300.000"],
        ],
    );
    let table = choice(&desk, "list", &path);
    let read = desk.engine.handle(ReadLines { table }).unwrap();
    assert_eq!(read.errors, []);
    let rows: Vec<_> = read
        .rows
        .iter()
        .map(|r| (r.group.as_str(), r.cell("ordinal"), r.cell("amount")))
        .collect();
    assert_eq!(
        rows,
        [("officials", "1", "1500000"), ("others", "2", "800000")]
    );
}

#[test]
fn vouchers_as_xml_hold_every_value_and_are_well_formed() {
    let desk = Desk::ready();
    let id = carried_and_done(&desk, "Giấy in <A4> & \"mực\"", "1.000.000");
    desk.draft("Chưa nộp", "2.000.000");
    let one = export(&desk, &format!("voucher-xml:{id}"), "mot.xml");
    let text = std::fs::read_to_string(one).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let voucher = document
        .descendants()
        .find(|n| n.has_tag_name("voucher"))
        .unwrap();
    assert_eq!(voucher.attribute("form"), Some("13"));
    let kept = &desk.view(id).vouchers[0];
    let mut fields = 0;
    for field in voucher.children().filter(|n| n.has_tag_name("field")) {
        let name = field.attribute("id").unwrap();
        assert_eq!(field.text().unwrap(), kept.field(name), "{name}");
        fields += 1;
    }
    assert!(fields > 10, "{fields}");
    let line = voucher.children().find(|n| n.has_tag_name("line")).unwrap();
    for cell in line.children().filter(|n| n.has_tag_name("cell")) {
        let column = cell.attribute("id").unwrap();
        assert_eq!(cell.text().unwrap(), kept.rows("lines")[0].cell(column));
    }
    // of the year: what was handed in, and no draft
    let year = export(&desk, "year-xml", "nam.xml");
    let text = std::fs::read_to_string(year).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let dossiers: Vec<_> = document
        .descendants()
        .filter(|n| n.has_tag_name("dossier"))
        .map(|n| (n.attribute("state"), n.attribute("treasury-state")))
        .collect();
    assert_eq!(dossiers, [(Some("carried"), Some("completed"))]);
}

/// Every sheet of a written workbook, its rows as text.
fn written(path: &std::path::Path) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut book = calamine::open_workbook_auto(path).unwrap();
    let mut sheets = BTreeMap::new();
    for (name, range) in book.worksheets() {
        let text = |row: &[calamine::Data]| -> Vec<String> {
            row.iter().map(ToString::to_string).collect()
        };
        sheets.insert(name, range.rows().map(text).collect());
    }
    sheets
}

#[test]
fn books_list_and_vouchers_are_written_as_spreadsheets_with_every_row() {
    let desk = Desk::ready();
    let mut deposit = posting(&desk, Kind::DepositOpening, 5_000_000);
    deposit.posting.account = "3714.0.1057713.00000".to_owned();
    let given = posting(&desk, Kind::YearStart, 20_000_000);
    enter(&desk, vec![given, deposit]);
    let id = carried_and_done(&desk, "Giấy in", "1.000.000");
    let voucher = desk.view(id).vouchers[0].clone();
    let number = voucher.field("number");
    statement(&desk, &[[voucher.field("account"), "1000000", "", number]]);

    let books = written(&export(&desk, "books", "so.xlsx"));
    let estimate = &books["Dự toán 2026"][1];
    let figures = [0, 1, 4, 9, 11].map(|c: usize| estimate[c].as_str());
    assert_eq!(figures, ["13", "341", "20000000", "1000000", "19000000"]);
    let deposit = &books["Tiền gửi"][1];
    assert_eq!(deposit[..2], ["3714.0.1057713.00000", "5000000"]);
    assert_eq!(deposit[5], "5000000");
    let mut kinds: Vec<&str> = books["Bút toán"].iter().map(|r| r[1].as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["Giao đầu năm", "Loại", "Số dư đầu kỳ"]);
    let movement = &books["Phát sinh tại Kho bạc"][1];
    let said = [2, 3, 6].map(|c: usize| movement[c].as_str());
    assert_eq!(said, ["1000000", "", number]);

    let list = written(&export(&desk, "list", "ho-so.xlsx"));
    let row = &list["Hồ sơ"][1];
    let said = [0, 1, 2, 4].map(|c: usize| row[c].as_str());
    assert_eq!(said, [number, "13", "Giấy in", "1000000"]);

    let vouchers = written(&export(&desk, &format!("voucher:{id}"), "chung-tu.xlsx"));
    let fields = &vouchers["1 Mẫu 13"];
    assert!(fields.iter().any(|r| r[1] == "Giấy in"), "{fields:?}");
    let line = &vouchers["1 lines"][1];
    for wanted in ["Giấy in", "6551", "1000000"] {
        assert!(line.iter().any(|c| c == wanted), "{wanted}: {line:?}");
    }
}
