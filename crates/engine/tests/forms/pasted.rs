//! What a spreadsheet brings, good and bad: a finding at its place, nothing silently changed or lost.

use hoso_domain::finding::{FindingCode, Place};
use hoso_domain::text::{is_composed, nfc};
use hoso_domain::voucher::Row;

use crate::desk::{Desk, line};

fn with_lines(desk: &Desk, lines: Vec<Row>) -> hoso_contract::view::DossierView {
    let id = desk.draft("Mua văn phòng phẩm", "1000");
    let mut view = desk.view(id);
    view.vouchers[0].grids.insert("lines".to_owned(), lines);
    desk.save(&view);
    desk.view(id)
}

fn cell(row: usize, column: &str) -> Place {
    Place::Cell {
        voucher: 0,
        block: "lines".to_owned(),
        row,
        column: column.to_owned(),
    }
}

#[test]
fn ten_thousand_lines_are_kept_to_the_last_and_a_total_beyond_15_digits_is_said() {
    let desk = Desk::ready();
    let mut lines: Vec<Row> = (0..10_000)
        .map(|n| line(&format!("Khoản {n}"), "6551", "1000"))
        .collect();
    lines[9_999] = line("Khoản cuối", "6551", "999999999999999");
    let view = with_lines(&desk, lines.clone());
    assert_eq!(view.vouchers[0].rows("lines"), lines);
    let total = Place::Field {
        voucher: 0,
        field: "total".to_owned(),
    };
    let said = |f: &hoso_domain::finding::Finding| {
        f.code == FindingCode::TotalTooLarge && f.place == total
    };
    assert!(view.findings.iter().any(said), "{:?}", view.findings.len());
}

#[test]
fn what_cannot_be_read_stays_as_it_was_pasted_and_is_named_at_its_cell() {
    let desk = Desk::ready();
    let decomposed = "Tie\u{302}\u{300}n đie\u{323}\u{302}n";
    assert!(!is_composed(decomposed));
    let view = with_lines(
        &desk,
        vec![
            line(decomposed, "6501", "1.250.000"),
            line("v¨n phßng phÈm", "6551", "1,250,000.00"),
            line("Bút", "6551", "12 nghìn"),
            line("Máy tính", "6551", "1000000000000000"),
        ],
    );
    let rows = view.vouchers[0].rows("lines");
    // letters in pieces are the same letters, and only they are put together
    assert_eq!(rows[0].cell("content"), nfc(decomposed));
    assert_eq!(rows[0].cell("amount"), "1250000");
    assert_eq!(rows[1].cell("content"), "v¨n phßng phÈm");
    assert_eq!(rows[1].cell("amount"), "1,250,000.00");
    assert_eq!(rows[2].cell("amount"), "12 nghìn");
    assert_eq!(rows[3].cell("amount"), "1000000000000000");
    let at = |row, column| {
        let place = cell(row, column);
        let found = view.findings.iter().filter(|f| f.place == place);
        found.map(|f| f.code).collect::<Vec<_>>()
    };
    assert_eq!(at(0, "content"), []);
    assert_eq!(at(0, "amount"), []);
    assert_eq!(at(1, "content"), [FindingCode::LegacyEncoding]);
    assert_eq!(at(1, "amount"), [FindingCode::FieldMalformed]);
    assert_eq!(at(2, "amount"), [FindingCode::FieldMalformed]);
    assert_eq!(at(3, "amount"), [FindingCode::TotalTooLarge]);
}
