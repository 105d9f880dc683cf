//! Spreadsheets out: the list, the books of a year, a dossier's vouchers, files to start from.

use hoso_contract::Code;
use hoso_contract::command::ExportTable;
use hoso_domain::form::FieldKind;
use hoso_domain::form::value;
use hoso_domain::id::DossierId;
use hoso_domain::money::Dong;
use hoso_store::listing::{self, Filter};

use super::books::view;
use crate::clock;
use crate::dossier::load;
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::Open;
use crate::table::{self, Book};

impl Handle<ExportTable> for Engine {
    fn act(&self, command: ExportTable) -> Result<(), Error> {
        let open = self.open()?;
        let books = match command.what.split_once(':') {
            Some(("voucher", id)) => {
                let id: DossierId = id.parse().map_err(|_| Code::NotFound)?;
                vouchers(&open, id)?
            }
            Some(("sample", purpose)) => vec![sample(purpose)?],
            _ => match command.what.as_str() {
                "list" => vec![list(&open)?],
                "books" => year_books(&open, command.year)?,
                _ => return Err(Code::NotFound.into()),
            },
        };
        Ok(table::write(&command.path, &books)?)
    }
}

/// Every voucher of a dossier: a sheet of its fields and one per table of lines.
fn vouchers(open: &Open, id: DossierId) -> Result<Vec<Book>, Error> {
    let loaded = load(&open.store, id)?;
    let mut out = Vec::new();
    for (index, form) in loaded.forms()?.into_iter().enumerate() {
        let Some(voucher) = loaded.vouchers().get(index) else {
            continue;
        };
        let n = index.saturating_add(1);
        let sheet = super::carry::sheet(form, voucher);
        out.push(Book {
            sheet: format!("{n} Mẫu {}", form.number),
            heads: ["Ô", "Giá trị"].map(str::to_owned).into(),
            money: Vec::new(),
            rows: sheet
                .fields
                .into_iter()
                .map(|f| vec![f.label, f.value])
                .collect(),
        });
        for grid in form.grids() {
            let money = |c: &hoso_domain::form::Column| c.kind == FieldKind::Money;
            out.push(Book {
                sheet: format!("{n} {}", grid.id),
                heads: grid.columns.iter().map(|c| c.full_label()).collect(),
                money: grid
                    .columns
                    .iter()
                    .enumerate()
                    .filter(|(_, c)| money(c))
                    .map(|(i, _)| i)
                    .collect(),
                rows: voucher
                    .rows(&grid.id)
                    .iter()
                    .map(|row| {
                        grid.columns
                            .iter()
                            .map(|c| value::display(c.kind, row.cell(&c.id)))
                            .collect()
                    })
                    .collect(),
            });
        }
    }
    Ok(out)
}

fn list(open: &Open) -> Result<Book, Error> {
    let unit = open.unit_id();
    let page = open
        .store
        .read(|db| listing::page(db, unit, &Filter::default(), None, u32::MAX - 1))?;
    Ok(Book {
        sheet: "Hồ sơ".to_owned(),
        heads: [
            "Số chứng từ",
            "Mẫu",
            "Nội dung",
            "Đơn vị nhận tiền",
            "Số tiền",
            "Cập nhật",
        ]
        .map(str::to_owned)
        .into(),
        money: vec![4],
        rows: page
            .rows
            .into_iter()
            .map(|r| {
                vec![
                    r.number,
                    r.form,
                    r.title,
                    r.payee,
                    r.total.to_string(),
                    clock::day(r.changed).format("%d/%m/%Y").to_string(),
                ]
            })
            .collect(),
    })
}

fn year_books(open: &Open, year: i32) -> Result<Vec<Book>, Error> {
    let unit = open.unit_id();
    let books = open.store.read(|db| view(db, unit, year))?;
    let heads = |all: &[&str]| all.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>();
    let m = |d: Dong| d.to_string();
    Ok(vec![
        Book {
            sheet: format!("Dự toán {year}"),
            heads: heads(&[
                "Mã nguồn",
                "Mã ngành",
                "Mã CTMT, DA",
                "Năm trước chuyển sang",
                "Giao đầu năm",
                "Bổ sung, điều chỉnh",
                "Tạm cấp",
                "Giữ lại",
                "Hủy",
                "Đã sử dụng",
                "Đang giải quyết",
                "Còn lại",
            ]),
            money: (3..12).collect(),
            rows: books
                .balances
                .estimates
                .iter()
                .map(|r| {
                    vec![
                        r.source.clone(),
                        r.sector.clone(),
                        r.programme.clone(),
                        m(r.carried_over),
                        m(r.year_start),
                        m(r.adjusted),
                        m(r.provisional),
                        m(r.withheld),
                        m(r.cancelled),
                        m(r.used),
                        m(r.under_way),
                        m(r.left),
                    ]
                })
                .collect(),
        },
        Book {
            sheet: "Tạm ứng".to_owned(),
            heads: heads(&[
                "Tiểu mục",
                "Mã nguồn",
                "Mã ngành",
                "Đã tạm ứng",
                "Đã thanh toán",
                "Đã nộp trả",
                "Còn dư",
            ]),
            money: (3..7).collect(),
            rows: books
                .balances
                .advances
                .iter()
                .map(|r| {
                    vec![
                        r.economic_content.clone(),
                        r.source.clone(),
                        r.sector.clone(),
                        m(r.advanced),
                        m(r.cleared),
                        m(r.returned),
                        m(r.open),
                    ]
                })
                .collect(),
        },
        Book {
            sheet: "Hợp đồng".to_owned(),
            heads: heads(&[
                "Số",
                "Ngày",
                "Ký với",
                "Nội dung",
                "Giá trị",
                "Đã chi",
                "Tạm ứng chưa thu hồi",
                "Còn lại",
            ]),
            money: (4..8).collect(),
            rows: books
                .contracts
                .iter()
                .map(|c| {
                    vec![
                        c.contract.number.clone(),
                        c.contract.date.format("%d/%m/%Y").to_string(),
                        c.contract.party.clone(),
                        c.contract.subject.clone(),
                        m(c.contract.value),
                        m(c.paid_out),
                        m(c.open),
                        m(c.left),
                    ]
                })
                .collect(),
        },
    ])
}

/// A file to start from: the heads a purpose knows and two rows.
fn sample(purpose: &str) -> Result<Book, Error> {
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
