//! Spreadsheets and XML out: the list, the books of a year, a dossier's vouchers, files to start from.

mod books;
mod sample;

use std::path::Path;

use hoso_contract::Code;
use hoso_contract::command::ExportTable;
use hoso_domain::book::Period;
use hoso_domain::form::FieldKind;
use hoso_domain::form::value;
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_store::listing::{self, Filter};
use hoso_text::Lang;

use crate::clock;
use crate::dossier::{Loaded, load};
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::Open;
use crate::table::{self, Book};

impl Handle<ExportTable> for Engine {
    fn act(&self, command: ExportTable) -> Result<(), Error> {
        let open = self.open()?;
        match command.what.as_str() {
            "year-xml" => return year_xml(&open, command.year, &command.path),
            what => {
                if let Some(("voucher-xml", id)) = what.split_once(':') {
                    let id: DossierId = id.parse().map_err(|_| Code::NotFound)?;
                    return xml(&open, &[load(&open.store, id)?], &command.path);
                }
            }
        }
        let books = match command.what.split_once(':') {
            Some(("voucher", id)) => {
                let id: DossierId = id.parse().map_err(|_| Code::NotFound)?;
                vouchers(&open, id)?
            }
            Some(("sample", purpose)) => vec![sample::sample(purpose)?],
            Some(("comparison", month)) => {
                let month: u32 = month.parse().map_err(|_| Code::NotFound)?;
                compared(&open, command.year, month)?
            }
            _ => match command.what.as_str() {
                "list" => vec![list(&open)?],
                "books" => books::year(&open, command.year)?,
                _ => return Err(Code::NotFound.into()),
            },
        };
        Ok(table::write(&command.path, &books)?)
    }
}

/// What was handed to the treasury in a budget year, oldest first.
fn year_xml(open: &Open, year: i32, path: &str) -> Result<(), Error> {
    let unit = open.unit_id();
    let page = open
        .store
        .read(|db| listing::page(db, unit, &Filter::default(), None, u32::MAX - 1))?;
    let mut told = Vec::new();
    for row in page.rows.iter().rev() {
        if !matches!(row.local, LocalState::Sent | LocalState::Carried) {
            continue;
        }
        let loaded = load(&open.store, row.id)?;
        if loaded.current.books_year() == year {
            told.push(loaded);
        }
    }
    xml(open, &told, path)
}

fn xml(open: &Open, dossiers: &[Loaded], path: &str) -> Result<(), Error> {
    let unit = open.unit()?;
    let mut told = Vec::with_capacity(dossiers.len());
    for loaded in dossiers {
        let dossier = &loaded.current.dossier;
        let treasury = serde_json::to_value(&dossier.treasury).map_err(|_| Code::Internal)?;
        let treasury = treasury.get("status").and_then(|s| s.as_str());
        told.push(table::xml::Told {
            id: dossier.id.to_string(),
            treasury_number: dossier.treasury_number.clone(),
            local: loaded.current.revision.state.name().to_owned(),
            treasury: treasury.unwrap_or_default().to_owned(),
            vouchers: loaded.forms()?.into_iter().zip(loaded.vouchers()).collect(),
        });
    }
    let text = table::xml::vouchers(&unit.code, &unit.name, &told);
    super::paper::write_out(Path::new(path), text.as_bytes())
}

/// Both sides of every account, and the lines that explain the difference.
fn compared(open: &Open, year: i32, month: u32) -> Result<Vec<Book>, Error> {
    let unit = open.unit_id();
    let period = Period::month(year, month).ok_or(Code::NotFound)?;
    let accounts = open
        .store
        .read(|db| super::reconcile::comparison(db, unit, year, period.to))?;
    let heads = |all: &[&str]| all.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>();
    let mut lines = Vec::new();
    for account in &accounts {
        lines.extend(account.reasons.iter().map(|r| {
            vec![
                account.account.clone(),
                r.day.format("%d/%m/%Y").to_string(),
                r.number.clone(),
                hoso_text::difference(r, Lang::Vi),
                r.amount.to_string(),
            ]
        }));
    }
    Ok(vec![
        Book {
            sheet: format!("Đối chiếu {month:02}-{year}"),
            heads: heads(&[
                "Tài khoản",
                "Số đơn vị",
                "Số Kho bạc",
                "Chênh lệch",
                "Chưa rõ nguyên nhân",
            ]),
            money: (1..5).collect(),
            rows: accounts
                .iter()
                .map(|c| {
                    let theirs = c.treasury.map(|d| d.to_string()).unwrap_or_default();
                    vec![
                        c.account.clone(),
                        c.own.to_string(),
                        theirs,
                        c.difference.to_string(),
                        c.unexplained.to_string(),
                    ]
                })
                .collect(),
        },
        Book {
            sheet: "Nguyên nhân".to_owned(),
            heads: heads(&["Tài khoản", "Ngày", "Chứng từ", "Nguyên nhân", "Số tiền"]),
            money: vec![4],
            rows: lines,
        },
    ])
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
