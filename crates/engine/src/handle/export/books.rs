//! The books of a year as sheets, with the columns of the screen.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use hoso_contract::book::BooksView;
use hoso_domain::book::Kind;
use hoso_domain::id::DossierId;
use hoso_domain::money::Dong;
use hoso_store::dossiers;

use crate::clock;
use crate::error::Error;
use crate::handle::books::view;
use crate::open::Open;
use crate::table::Book;

/// Estimates, advances, deposits, the treasury's figures, contracts, entries and movements.
pub(super) fn year(open: &Open, year: i32) -> Result<Vec<Book>, Error> {
    let unit = open.unit_id();
    let (books, numbers) = open.store.read(|db| {
        let books = view(db, unit, year)?;
        let mut numbers = BTreeMap::new();
        for id in books.movements.iter().filter_map(|m| m.dossier) {
            // thrown away meanwhile, perhaps
            if let Ok(current) = dossiers::described(db, id) {
                numbers.insert(id, current.revision.summary.number);
            }
        }
        Ok((books, numbers))
    })?;
    Ok(vec![
        estimates(&books, year),
        advances(&books),
        deposits(&books),
        told(&books),
        contracts(&books),
        entries(&books),
        movements(&books, &numbers),
    ])
}

fn heads(all: &[&str]) -> Vec<String> {
    all.iter().map(|h| (*h).to_owned()).collect()
}

fn m(amount: Dong) -> String {
    amount.to_string()
}

fn day(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

fn estimates(books: &BooksView, year: i32) -> Book {
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
    }
}

fn advances(books: &BooksView) -> Book {
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
    }
}

fn deposits(books: &BooksView) -> Book {
    Book {
        sheet: "Tiền gửi".to_owned(),
        heads: heads(&[
            "Tài khoản",
            "Số dư đầu kỳ",
            "Phát sinh tăng",
            "Phát sinh giảm",
            "Đang giải quyết",
            "Số dư cuối kỳ",
        ]),
        money: (1..6).collect(),
        rows: books
            .balances
            .deposits
            .iter()
            .map(|r| {
                vec![
                    r.account.clone(),
                    m(r.opening),
                    m(r.increase),
                    m(r.decrease),
                    m(r.under_way),
                    m(r.closing),
                ]
            })
            .collect(),
    }
}

fn told(books: &BooksView) -> Book {
    Book {
        sheet: "Số Kho bạc".to_owned(),
        heads: heads(&["Tài khoản", "Số Kho bạc", "Còn dùng được", "Ngày"]),
        money: vec![1, 2],
        rows: books
            .accounts
            .iter()
            .map(|r| {
                vec![
                    r.account.clone(),
                    m(r.treasury_figure),
                    m(r.usable),
                    clock::shown(r.at),
                ]
            })
            .collect(),
    }
}

fn contracts(books: &BooksView) -> Book {
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
                    day(c.contract.date),
                    c.contract.party.clone(),
                    c.contract.subject.clone(),
                    m(c.contract.value),
                    m(c.paid_out),
                    m(c.open),
                    m(c.left),
                ]
            })
            .collect(),
    }
}

fn entries(books: &BooksView) -> Book {
    let number = |key: &str| {
        let mut all = books.contracts.iter().map(|c| &c.contract);
        let named = all.find(|c| c.key() == key);
        named.map_or_else(|| key.to_owned(), |c| c.number.clone())
    };
    Book {
        sheet: "Bút toán".to_owned(),
        heads: heads(&[
            "Ngày",
            "Loại",
            "Tài khoản",
            "Mã nguồn",
            "Mã ngành",
            "Mã CTMT, DA",
            "Tiểu mục",
            "Số tiền",
            "Số văn bản",
            "Ngày văn bản",
            "Ghi chú",
            "Số hợp đồng",
            "Người ghi",
        ]),
        money: vec![7],
        rows: books
            .entries
            .iter()
            .map(|e| {
                let p = &e.posting;
                vec![
                    day(p.day),
                    kind(p.kind).to_owned(),
                    p.account.clone(),
                    p.source.clone(),
                    p.sector.clone(),
                    p.programme.clone(),
                    p.economic_content.clone(),
                    m(p.amount),
                    e.document_no.clone(),
                    e.document_day.map(day).unwrap_or_default(),
                    e.note.clone(),
                    number(&p.contract),
                    e.who.clone(),
                ]
            })
            .collect(),
    }
}

/// As an import of entries reads them.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::CarriedOver => "Năm trước chuyển sang",
        Kind::YearStart => "Giao đầu năm",
        Kind::Adjustment => "Điều chỉnh",
        Kind::Provisional => "Tạm cấp",
        Kind::Withheld => "Giữ lại",
        Kind::Cancelled => "Hủy",
        Kind::Spent => "Thực chi",
        Kind::Advance => "Tạm ứng",
        Kind::AdvanceOpening => "Dư tạm ứng đầu năm",
        Kind::Cleared => "Thanh toán tạm ứng",
        Kind::Settled => "Thực chi từ tạm ứng",
        Kind::ReturnedSpent => "Nộp trả thực chi",
        Kind::ReturnedAdvance => "Nộp trả tạm ứng",
        Kind::DepositOpening => "Số dư đầu kỳ",
        Kind::DepositIn => "Thu tiền gửi",
        Kind::DepositOut => "Chi tiền gửi",
    }
}

fn movements(books: &BooksView, numbers: &BTreeMap<DossierId, String>) -> Book {
    let amount = |of: Dong| {
        if of > Dong::ZERO {
            m(of)
        } else {
            String::new()
        }
    };
    Book {
        sheet: "Phát sinh tại Kho bạc".to_owned(),
        heads: heads(&[
            "Ngày",
            "Tài khoản",
            "Phát sinh nợ",
            "Phát sinh có",
            "Chứng từ",
            "Diễn giải",
            "Hồ sơ",
        ]),
        money: vec![2, 3],
        rows: books
            .movements
            .iter()
            .map(|row| {
                let of = &row.movement;
                let number = row.dossier.and_then(|id| numbers.get(&id));
                vec![
                    day(of.day),
                    of.account.clone(),
                    amount(Dong::ZERO.checked_sub(of.amount).unwrap_or(Dong::MAX)),
                    amount(of.amount),
                    of.reference.clone(),
                    of.text.clone(),
                    number.cloned().unwrap_or_default(),
                ]
            })
            .collect(),
    }
}
