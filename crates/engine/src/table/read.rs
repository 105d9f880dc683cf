//! Reading .xlsx, .xls and .ods by calamine. A damaged file is `file-unreadable`.

use std::io::Cursor;

use calamine::{Data, Reader, Sheets, open_workbook_auto_from_rs};

use hoso_contract::{AppError, Code};
use hoso_domain::text::nfc;

/// The largest spreadsheet read, in bytes.
const LARGEST: u64 = 20 * 1024 * 1024;
/// The most rows read of a sheet.
const MOST_ROWS: usize = 50_000;

/// One sheet as text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sheet {
    pub rows: Vec<Vec<String>>,
    /// The spreadsheet's number (from 0) of the first row: leading blank rows are not in the file.
    pub first: u32,
    /// It has more rows than are read.
    pub cut: bool,
}

impl Sheet {
    /// The number the spreadsheet shows for row `index`.
    pub fn shown(&self, index: usize) -> u32 {
        u32::try_from(index)
            .unwrap_or(u32::MAX)
            .saturating_add(self.first)
            .saturating_add(1)
    }
}

fn workbook(path: &str) -> Result<Sheets<Cursor<Vec<u8>>>, AppError> {
    let name = std::path::Path::new(path)
        .file_name()
        .map(|n| nfc(&n.to_string_lossy()))
        .unwrap_or_default();
    let about = |code: Code| AppError::new(code).with("name", &name);
    let known = std::fs::metadata(path).map_err(|_| about(Code::FileUnreadable))?;
    if !known.is_file() {
        return Err(about(Code::FileUnreadable));
    }
    if known.len() > LARGEST {
        return Err(about(Code::FileTooLarge)
            .with("limit", LARGEST)
            .with("size", known.len()));
    }
    let bytes = std::fs::read(path).map_err(|_| about(Code::FileUnreadable))?;
    open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|_| about(Code::FileUnreadable))
}

/// The names of the sheets.
pub fn sheets(path: &str) -> Result<Vec<String>, AppError> {
    Ok(workbook(path)?.sheet_names())
}

/// A sheet by name, the first where the name is empty.
pub fn open(path: &str, sheet: &str) -> Result<Sheet, AppError> {
    let mut book = workbook(path)?;
    let names = book.sheet_names();
    let name = match sheet {
        "" => names.first().cloned().unwrap_or_default(),
        given => given.to_owned(),
    };
    let range = book
        .worksheet_range(&name)
        .map_err(|_| AppError::new(Code::FileUnreadable).with("name", &name))?;
    let cut = range.height() > MOST_ROWS;
    let rows = range
        .rows()
        .take(MOST_ROWS)
        .map(|row| row.iter().map(text).collect())
        .collect();
    let first = range.start().map_or(0, |(row, _)| row);
    Ok(Sheet { rows, first, cut })
}

/// A cell as a person would type it: whole numbers without a point, days as 2026-11-22.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::Float(f) if f.fract() == 0.0 && f.abs() < 1e15 => format!("{f:.0}"),
        Data::DateTime(at) if at.is_datetime() => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::DateTimeIso(at) => at.get(..10).unwrap_or(at).to_owned(),
        other => nfc(other.to_string().trim()),
    }
}
