//! Files to start from: each reads back as what it is a sample of.

use hoso_contract::Code;

use crate::error::Error;
use crate::table::{self, Book};

/// A file to start from: the heads a purpose knows and two rows.
pub(super) fn sample(purpose: &str) -> Result<Book, Error> {
    let rows: Vec<Vec<&str>> = match purpose {
        "payroll" => {
            return Ok(Book {
                sheet: "Bảng lương".to_owned(),
                heads: [
                    "Họ và tên",
                    "Số tài khoản",
                    "Ngân hàng",
                    "Nhóm",
                    "Lương ngạch bậc (6001)",
                    "Phụ cấp chức vụ (6101)",
                    "Tổng cộng",
                    "BHXH, BHYT, BHTN",
                    "Đoàn phí",
                    "Thuế TNCN",
                    "Thực lĩnh",
                ]
                .map(str::to_owned)
                .into(),
                money: (4..11).collect(),
                rows: vec![
                    [
                        "Lô Văn Páo",
                        "3605201000017",
                        "Agribank Kỳ Sơn",
                        "Công chức",
                        "8000000",
                        "1000000",
                        "9000000",
                        "945000",
                        "90000",
                        "0",
                        "7965000",
                    ]
                    .map(str::to_owned)
                    .into(),
                ],
            });
        }
        "payees" => vec![vec![
            "Công ty Điện lực Nghệ An",
            "0101000123456",
            "Vietcombank Nghệ An",
            "0100100417",
        ]],
        "entries" => vec![vec![
            "10/01/2026",
            "giao đầu năm",
            "",
            "13",
            "341",
            "",
            "",
            "1250000000",
            "01/QĐ-UBND",
            "08/01/2026",
            "Dự toán năm 2026",
            "",
        ]],
        "movements" => vec![vec![
            "02/02/2026",
            "9523.4.1234567.16744",
            "9300000",
            "",
            "00012",
            "Tiền điện tháng 1",
        ]],
        "codes" => vec![vec![
            "source",
            "77",
            "Kinh phí bổ sung có mục tiêu",
            "",
            "01/01/2026",
            "",
            "Sở Tài chính",
        ]],
        "list" => vec![vec![
            "Lô Văn Páo",
            "3605201000017",
            "Agribank Kỳ Sơn",
            "Công chức",
            "7965000",
        ]],
        "lines" => vec![vec![
            "Giấy in A4",
            "1K26TEV 45",
            "20/11/2026",
            "",
            "",
            "6551",
            "341",
            "13",
            "1200000",
        ]],
        _ => return Err(Code::NotFound.into()),
    };
    let heads = table::roles(purpose);
    Ok(Book {
        sheet: purpose.to_owned(),
        heads: heads.iter().map(|h| (*h).to_owned()).collect(),
        money: heads
            .iter()
            .enumerate()
            .filter(|(_, h)| matches!(**h, "amount" | "out" | "in"))
            .map(|(i, _)| i)
            .collect(),
        rows: rows
            .into_iter()
            .map(|r| r.into_iter().map(str::to_owned).collect())
            .collect(),
    })
}
