//! Sổ theo dõi hồ sơ: the list of dossiers on paper.
//!
//! Refuses to choose, sort or sum: rows and total come from the caller.

use chrono::NaiveDate;
use serde_json::json;

use crate::PrintError;
use crate::press;
use crate::text::printable;

/// A list of dossiers as printed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Register {
    pub unit: String,
    pub treasury: String,
    /// What the list was narrowed to, e.g. `Tháng 11/2026`; empty for all.
    pub narrowed: String,
    pub rows: Vec<RegisterRow>,
    /// As printed, e.g. `1.250.000`.
    pub total: String,
    /// The day it was printed; also the file's date of creation.
    pub date: NaiveDate,
}

/// One dossier.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RegisterRow {
    pub number: String,
    /// The day of its last change, as printed.
    pub day: String,
    pub form: String,
    pub content: String,
    pub payee: String,
    pub amount: String,
    /// Mã số hồ sơ, where the treasury gave one.
    pub code: String,
}

/// The register as PDF/A-2b, A4 on its side. Equal registers give equal bytes.
pub fn register(register: &Register) -> Result<Vec<u8>, PrintError> {
    let rows: Vec<_> = register
        .rows
        .iter()
        .map(|r| {
            let cells = [
                &r.number, &r.day, &r.form, &r.content, &r.payee, &r.amount, &r.code,
            ];
            cells.map(|cell| printable(cell))
        })
        .collect();
    let data = json!({
        "form": { "title": "SỔ THEO DÕI HỒ SƠ", "orientation": "landscape" },
        "fields": {},
        "days": { "date": crate::voucher::day(register.date) },
        "ticks": {},
        "unit": printable(&register.unit),
        "treasury": printable(&register.treasury),
        "narrowed": printable(&register.narrowed),
        "rows": rows,
        "total": printable(&register.total),
    });
    let identity = format!(
        "hoso register {} {} {}",
        register.unit,
        register.date,
        register.rows.len()
    );
    press::set(
        include_str!("register.typ"),
        &data,
        &identity,
        register.date,
    )
}
