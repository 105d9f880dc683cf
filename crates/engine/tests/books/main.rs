//! Books, contracts, pay tables and spreadsheets through the engine: real store, real files.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod carried;
#[path = "../desk/mod.rs"]
mod desk;
mod ledger;
mod pay;
mod reconcile;
mod sheets;
mod told;
mod year;

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use hoso_contract::Code;
use hoso_contract::book::*;
use hoso_contract::command::*;
use hoso_domain::book::{Contract, Instalment, Kind, Posting};
use hoso_domain::catalogue::OwnCode;
use hoso_domain::dossier::Drawer;
use hoso_domain::finding::{FindingCode, Severity};
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::money::Dong;
use hoso_engine::Handle;

use desk::{Desk, errors};

fn dong(n: i64) -> Dong {
    Dong::new(n).unwrap()
}

fn today(desk: &Desk) -> NaiveDate {
    desk.engine.handle(GetSession {}).unwrap().today
}

fn posting(desk: &Desk, kind: Kind, amount: i64) -> EntryInput {
    EntryInput {
        posting: Posting {
            day: today(desk),
            kind,
            account: String::new(),
            source: "13".to_owned(),
            sector: "341".to_owned(),
            programme: String::new(),
            economic_content: String::new(),
            contract: String::new(),
            amount: dong(amount),
        },
        document_no: "01/QĐ-UBND".to_owned(),
        document_day: None,
        note: String::new(),
    }
}

fn books(desk: &Desk) -> BooksView {
    let year = today(desk).year();
    desk.engine.handle(GetBooks { year }).unwrap()
}

fn enter(desk: &Desk, entries: Vec<EntryInput>) {
    let year = today(desk).year();
    desk.engine.handle(EnterPostings { year, entries }).unwrap();
}

/// Codes of warnings and errors a dossier has now.
fn codes(desk: &Desk, id: hoso_domain::id::DossierId) -> Vec<FindingCode> {
    let found = desk.view(id).findings;
    found.into_iter().map(|f| f.code).collect()
}

fn choice(desk: &Desk, purpose: &str, path: &std::path::Path) -> TableChoice {
    let path = path.to_string_lossy().into_owned();
    let preview = desk
        .engine
        .handle(PreviewTable {
            path: path.clone(),
            purpose: purpose.to_owned(),
            sheet: String::new(),
        })
        .unwrap();
    TableChoice {
        path,
        purpose: purpose.to_owned(),
        sheet: preview.sheet,
        first_row: preview.first_row,
        columns: preview.columns,
    }
}

fn export(desk: &Desk, what: &str, name: &str) -> std::path::PathBuf {
    let path = desk.path(name);
    desk.engine
        .handle(ExportTable {
            what: what.to_owned(),
            year: 2026,
            path: path.to_string_lossy().into_owned(),
        })
        .unwrap();
    path
}

/// A spreadsheet of text.
fn table(desk: &Desk, name: &str, rows: &[&[&str]]) -> std::path::PathBuf {
    let path = desk.path(name);
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0u32..).zip(rows) {
        for (column, cell) in (0u16..).zip(*cells) {
            sheet.write_string(row, column, *cell).unwrap();
        }
    }
    book.save(&path).unwrap();
    path
}

fn preview(desk: &Desk, purpose: &str, path: &std::path::Path) -> TablePreview {
    let command = PreviewTable {
        path: path.to_string_lossy().into_owned(),
        purpose: purpose.to_owned(),
        sheet: String::new(),
    };
    desk.engine.handle(command).unwrap()
}

/// A dossier that was carried and that the treasury completed, as typed in.
fn carried_and_done(desk: &Desk, content: &str, amount: &str) -> hoso_domain::id::DossierId {
    let id = desk.draft(content, amount);
    complete(desk, id);
    id
}

/// The same for a dossier that lies there.
fn complete(desk: &Desk, id: hoso_domain::id::DossierId) {
    let carry = HandedInOtherwise {
        id,
        how: "Cổng trực tuyến".to_owned(),
    };
    desk.engine.handle(carry).unwrap();
    answer(desk, id, "completed");
}

fn answer(desk: &Desk, id: hoso_domain::id::DossierId, status: &str) {
    let record = RecordCarried {
        id,
        treasury_number: String::new(),
        status: status.to_owned(),
        text: String::new(),
        document: None,
    };
    desk.engine.handle(record).unwrap();
}
