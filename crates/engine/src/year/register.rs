//! Sổ đăng ký hồ sơ as a workbook: one sheet per unit, amounts as numbers.

use rust_xlsxwriter::{Color, Format, FormatBorder, Workbook, XlsxError};

use super::{Book, Entry};
use crate::error::Error;

const HEADS: [(&str, f64); 13] = [
    ("Số", 10.0),
    ("Mẫu", 28.0),
    ("Ngày chứng từ", 13.0),
    ("Nội dung", 44.0),
    ("Đơn vị nhận tiền", 34.0),
    ("Số tiền (đồng)", 18.0),
    ("Tình trạng", 18.0),
    ("Kho bạc", 22.0),
    ("Mã số hồ sơ", 20.0),
    ("Chữ ký", 48.0),
    ("Biên nhận", 26.0),
    ("Thư mục", 40.0),
    ("Hồ sơ đã ký", 24.0),
];

/// The `.xlsx` file.
pub fn workbook(book: &Book) -> Result<Vec<u8>, Error> {
    build(book).map_err(|e| Error::Workbook(Box::new(e)))
}

fn build(book: &Book) -> Result<Vec<u8>, XlsxError> {
    let title = Format::new().set_bold().set_font_size(14);
    let head = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_background_color(Color::RGB(0xE8EEF4))
        .set_border(FormatBorder::Thin);
    let text = Format::new().set_text_wrap().set_border(FormatBorder::Thin);
    let money = Format::new()
        .set_num_format("#,##0")
        .set_border(FormatBorder::Thin);
    let sum = Format::new().set_bold().set_num_format("#,##0");
    let mut workbook = Workbook::new();
    for unit in &book.units {
        let sheet = workbook.add_worksheet();
        sheet.set_name(&unit.code)?;
        let name = format!("Sổ đăng ký hồ sơ năm {} – {}", book.year, unit.name);
        sheet.write_string_with_format(0, 0, name, &title)?;
        for (column, (word, width)) in (0u16..).zip(HEADS) {
            sheet.write_string_with_format(2, column, word, &head)?;
            sheet.set_column_width(column, width)?;
        }
        let mut row = 3u32;
        let mut total = 0i64;
        for entry in book.of(unit.id) {
            for (column, value) in texts(entry) {
                sheet.write_string_with_format(row, column, value, &text)?;
            }
            // at most 15 digits: a double holds them exactly
            sheet.write_number_with_format(row, AMOUNT, entry.total.get() as f64, &money)?;
            total = total.saturating_add(entry.total.get());
            row = row.saturating_add(1);
        }
        sheet.write_string(row, AMOUNT.saturating_sub(1), "Cộng")?;
        sheet.write_number_with_format(row, AMOUNT, total as f64, &sum)?;
        sheet.set_freeze_panes(3, 0)?;
        sheet.set_landscape();
        sheet.set_print_fit_to_pages(1, 0);
    }
    workbook.save_to_buffer()
}

const AMOUNT: u16 = 5;

fn texts(entry: &Entry) -> [(u16, String); 12] {
    [
        (0, entry.number.clone()),
        (1, entry.form.clone()),
        (2, entry.day.clone()),
        (3, entry.title.clone()),
        (4, entry.payee.clone()),
        (6, entry.local.clone()),
        (7, entry.treasury.clone()),
        (8, entry.treasury_number.clone()),
        (9, entry.signatures.join("\n")),
        (10, entry.receipts.join("\n")),
        (11, entry.folder.clone()),
        (12, entry.containers.join("\n")),
    ]
}
