//! What every named check needs: the voucher, its form, and ways to say where. Refuses to judge.

use chrono::NaiveDate;

use super::{Facts, Today};
use crate::finding::{Finding, FindingCode, Place};
use crate::form::value::{self, Value};
use crate::form::{FieldKind, Form};
use crate::money::Dong;
use crate::voucher::{Row, Voucher};

/// One voucher under check.
pub(super) struct Rules<'a> {
    pub form: &'a Form,
    pub voucher: &'a Voucher,
    pub index: usize,
    pub facts: &'a Facts,
    pub today: Today,
    /// The voucher's own day.
    pub day: NaiveDate,
}

impl<'a> Rules<'a> {
    pub fn has(&self, field: &str) -> bool {
        self.form.field(field).is_some()
    }

    pub fn text(&self, field: &str) -> &'a str {
        self.voucher.field(field).trim()
    }

    pub fn empty(&self, field: &str) -> bool {
        self.text(field).is_empty()
    }

    pub fn money(&self, field: &str) -> Option<Dong> {
        Dong::parse(self.text(field)).ok()
    }

    pub fn date(&self, field: &str) -> Option<NaiveDate> {
        match value::parse(FieldKind::Date, self.text(field)) {
            Ok(Value::Date(day)) => Some(day),
            _ => None,
        }
    }

    pub fn label(&self, field: &str) -> String {
        self.form
            .field(field)
            .map(|f| f.full_label())
            .unwrap_or_default()
    }

    pub fn place(&self, field: &str) -> Place {
        Place::Field {
            voucher: self.index,
            field: field.to_owned(),
        }
    }

    pub fn error(&self, code: FindingCode, field: &str) -> Finding {
        Finding::error(code, self.place(field)).with("label", self.label(field))
    }

    pub fn warning(&self, code: FindingCode, field: &str) -> Finding {
        Finding::warning(code, self.place(field)).with("label", self.label(field))
    }

    /// A finding at a cell, with its line's number from 1.
    pub fn at_cell(&self, finding: Finding, block: &str, row: usize, column: &str) -> Finding {
        let label = self
            .form
            .grid(block)
            .and_then(|g| g.column(column))
            .map(|c| c.full_label())
            .unwrap_or_default();
        Finding {
            place: Place::Cell {
                voucher: self.index,
                block: block.to_owned(),
                row,
                column: column.to_owned(),
            },
            ..finding
        }
        .with("label", label)
        .with("line", row.saturating_add(1).to_string())
    }

    pub fn cell_error(&self, code: FindingCode, block: &str, row: usize, column: &str) -> Finding {
        self.at_cell(Finding::error(code, Place::Dossier), block, row, column)
    }

    pub fn cell_warning(
        &self,
        code: FindingCode,
        block: &str,
        row: usize,
        column: &str,
    ) -> Finding {
        self.at_cell(Finding::warning(code, Place::Dossier), block, row, column)
    }

    /// The lines of a table that are not blank, each with its place.
    pub fn lines(&self, block: &str) -> impl Iterator<Item = (usize, &'a Row)> {
        self.voucher
            .rows(block)
            .iter()
            .enumerate()
            .filter(|(_, row)| !row.is_blank())
    }

    /// Whether the table exists with this column.
    pub fn has_column(&self, block: &str, column: &str) -> bool {
        self.form
            .grid(block)
            .is_some_and(|g| g.column(column).is_some())
    }
}

/// Whether a voucher of this form takes money from an account: 13, 14 from an estimate, 17, 18 from
/// a deposit.
pub(super) fn draws(form: &Form) -> bool {
    from_estimate(form) || from_deposit(form)
}

pub(super) fn from_estimate(form: &Form) -> bool {
    matches!(form.number.as_str(), "13" | "14" | "15" | "16")
}

pub(super) fn from_deposit(form: &Form) -> bool {
    matches!(form.number.as_str(), "17" | "18" | "19")
}
