//! The one door to `domain`'s form engine, so that no screen computes anything by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use hoso_domain::check::{self, Facts, Scope};
use hoso_domain::finding::{Finding, FindingCode};
use hoso_domain::form::value;
use hoso_domain::form::{FieldKind, Form, Lines, Sheet};
use hoso_domain::money::Dong;
use hoso_domain::voucher::{Row, Voucher};
use hoso_domain::words::ZeroTens;

/// `1.250.000`, `22/11/2026`; what cannot be read is shown as typed.
pub fn display(kind: FieldKind, value: &str) -> String {
    value::display(kind, value)
}

/// The kept shape of what was typed; what cannot be read stays as typed.
pub fn canonical(kind: FieldKind, typed: &str) -> String {
    value::canonical(kind, typed)
}

/// What was typed with everything computed, the zero in words as the settings have it; lines that
/// are those of `before` are taken from there.
pub fn work(
    form: &Form,
    fields: Arc<BTreeMap<String, String>>,
    typed: BTreeMap<String, Lines>,
    before: Option<&Sheet>,
    zero_tens: ZeroTens,
) -> Sheet {
    Sheet::work(form, fields, typed, before, zero_tens)
}

/// The checks that need nothing but the voucher and its unit.
pub fn check(
    form: &Form,
    voucher: &Voucher,
    index: usize,
    unit_code: String,
    today: NaiveDate,
) -> Vec<Finding> {
    let facts = Facts {
        unit_code,
        ..Facts::default()
    };
    check::voucher(form, voucher, index, &facts, today)
}

/// Whether [`check`] alone decides this finding; the others need what only the engine knows.
pub fn checks_alone(code: FindingCode) -> bool {
    matches!(check::about(code).scope, Scope::Field | Scope::Voucher)
}

/// The sum of a column's amounts that can be read; `None` beyond 15 digits.
pub fn column_total(rows: &[Arc<Row>], column: &str) -> Option<Dong> {
    total(rows.iter().filter_map(|r| Dong::parse(r.cell(column)).ok()))
}

/// The sum of amounts; `None` beyond 15 digits.
pub fn total(amounts: impl IntoIterator<Item = Dong>) -> Option<Dong> {
    Dong::sum(amounts).ok()
}
