//! Bảng lương: a pay table as offices keep it in a spreadsheet, and who is paid of it. Names and
//! accounts are invented.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use rust_xlsxwriter::{Workbook, Worksheet};

/// One person's pay of a month, in đồng.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pay {
    /// From 1: name and account come of it.
    pub number: u32,
    /// 6001.
    pub salary: u32,
    /// 6101.
    pub extra: u32,
    /// Tổng cộng, as the table has it.
    pub gross: u32,
    pub insurance: u32,
    pub union: u32,
    pub tax: u32,
    /// Thực lĩnh, as the table has it.
    pub net: u32,
    /// 6301, which the employer pays on top.
    pub employer: u32,
}

impl Pay {
    /// What a person earns; one of nine pays a tax.
    pub fn of(number: u32) -> Self {
        let (salary, extra) = (6_000_000 + number * 10_000, 500_000);
        let (insurance, union) = (630_000, 60_000);
        let tax = if number.is_multiple_of(9) { 50_000 } else { 0 };
        Self {
            number,
            salary,
            extra,
            gross: salary + extra,
            insurance,
            union,
            tax,
            net: salary + extra - insurance - union - tax,
            employer: 1_290_000,
        }
    }

    /// The same person with a higher salary, all of it paid out.
    #[must_use]
    pub fn raised(self, by: u32) -> Self {
        Self {
            salary: self.salary + by,
            gross: self.gross + by,
            net: self.net + by,
            ..self
        }
    }

    fn amounts(self) -> [u32; 8] {
        [
            self.salary,
            self.extra,
            self.gross,
            self.insurance,
            self.union,
            self.tax,
            self.net,
            self.employer,
        ]
    }
}

/// A table of `people`, each as [`Pay::of`].
pub fn table(people: u32) -> Vec<Pay> {
    (1..=people).map(Pay::of).collect()
}

/// The row of totals, in the order of the amounts' columns.
pub fn totals(rows: &[Pay]) -> [u32; 8] {
    let mut sums = [0; 8];
    for row in rows {
        for (sum, amount) in sums.iter_mut().zip(row.amounts()) {
            *sum += amount;
        }
    }
    sums
}

const HEADS: [&str; 12] = [
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
    "BHXH đơn vị đóng (6301)",
];

/// Writes the table as an .xlsx: a title, heads, people, the totals as `stated`.
pub fn write(path: &Path, rows: &[Pay], stated: [u32; 8]) -> Result<()> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "BẢNG LƯƠNG")?;
    for (column, head) in (0..).zip(HEADS) {
        sheet.write_string(2, column, head)?;
    }
    for (line, row) in (3..).zip(rows) {
        sheet.write_number(line, 0, row.number)?;
        sheet.write_string(line, 1, format!("Cán bộ số {}", row.number))?;
        sheet.write_string(line, 2, format!("36052010{:05}", row.number))?;
        sheet.write_string(line, 3, "Agribank Kỳ Sơn")?;
        amounts(sheet, line, row.amounts())?;
    }
    let last = 3 + u32::try_from(rows.len())?;
    sheet.write_string(last, 1, "Tổng cộng")?;
    amounts(sheet, last, stated)?;
    book.save(path)?;
    Ok(())
}

fn amounts(sheet: &mut Worksheet, line: u32, amounts: [u32; 8]) -> Result<()> {
    for (column, amount) in (4..).zip(amounts) {
        sheet.write_number(line, column, amount)?;
    }
    Ok(())
}

/// Who is paid what is held back: `insurance`, `union`, `tax` → field id → value.
pub fn payees(taxpayer: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let fund = |name: &'static str, account: &'static str| {
        vec![
            ("payee_name", name),
            ("payee_account", account),
            ("payee_bank", "KBNN khu vực XI"),
        ]
    };
    let tax = vec![
        ("taxpayer_name", taxpayer),
        ("taxpayer_tax_code", "0100100417"),
        ("tax_economic_content", "1001"),
        ("tax_chapter", "857"),
        ("revenue_account", "7111"),
        ("revenue_agency", "Thuế cơ sở 2"),
    ];
    [
        ("insurance", fund("Bảo hiểm xã hội cơ sở", "3741000123456")),
        ("union", fund("Công đoàn xã", "3741000999999")),
        ("tax", tax),
    ]
    .into_iter()
    .map(|(purpose, fields)| {
        let fields = fields
            .into_iter()
            .map(|(id, value)| (id.to_owned(), value.to_owned()));
        (purpose.to_owned(), fields.collect())
    })
    .collect()
}
