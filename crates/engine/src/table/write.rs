//! Writing .xlsx by rust_xlsxwriter: heads in bold, amounts as numbers with thousands, the rest text.

use std::path::Path;

use hoso_contract::{AppError, Code};
use hoso_domain::money::Dong;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use crate::out;

/// One sheet to write.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Book {
    pub sheet: String,
    pub heads: Vec<String>,
    /// Columns (from 0) that hold amounts.
    pub money: Vec<usize>,
    pub rows: Vec<Vec<String>>,
}

/// Writes the sheets to `path`, whole or not at all.
pub fn write(path: &str, books: &[Book]) -> Result<(), AppError> {
    let refused = |_: XlsxError| AppError::new(Code::DiskRefused).with("path", path);
    let mut workbook = Workbook::new();
    for book in books {
        put(&mut workbook, book).map_err(refused)?;
    }
    let bytes = workbook.save_to_buffer().map_err(refused)?;
    out::write(Path::new(path), &bytes)
}

fn put(workbook: &mut Workbook, book: &Book) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let money = Format::new().set_num_format("#,##0");
    let sheet = workbook.add_worksheet();
    // a sheet's name holds 31 characters at most
    sheet.set_name(book.sheet.chars().take(31).collect::<String>())?;
    for (column, head) in book.heads.iter().enumerate() {
        let column = u16::try_from(column).unwrap_or(u16::MAX);
        sheet.write_string_with_format(0, column, head, &bold)?;
    }
    for (row, cells) in book.rows.iter().enumerate() {
        let line = u32::try_from(row).unwrap_or(u32::MAX).saturating_add(1);
        for (index, cell) in cells.iter().enumerate() {
            let column = u16::try_from(index).unwrap_or(u16::MAX);
            let amount = Dong::parse(cell)
                .ok()
                .filter(|_| book.money.contains(&index));
            match amount {
                // 15 digits are what a double holds exactly
                Some(amount) => {
                    sheet.write_number_with_format(line, column, amount.get() as f64, &money)?;
                }
                None => {
                    sheet.write_string(line, column, cell)?;
                }
            }
        }
    }
    sheet.autofit();
    Ok(())
}
