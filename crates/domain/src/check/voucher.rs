//! Checks that need one voucher and its form: fields, ticks, lines, formulas. Refuses to look at
//! other dossiers.

use chrono::NaiveDate;

use super::number::{AccountParts, tax_code_valid};
use super::{Facts, Today, codes, named};
use crate::finding::{Finding, FindingCode, Place};
use crate::form::value::{self, Value, ValueError};
use crate::form::{self, Block, Choose, EvalError, Expr, FieldKind, Form, Grid};
use crate::money::Dong;
use crate::text;
use crate::voucher::{Row, Voucher};
use crate::words::ZeroTens;

/// Longest text of a field that names no limit of its own, in characters.
const MAX_TEXT: usize = 500;

/// The field and voucher checks: what the editor shows when a field is left.
///
/// `index` is the voucher's place in its dossier. Findings come in the order of the printed form.
pub fn voucher(
    form: &Form,
    voucher: &Voucher,
    index: usize,
    facts: &Facts,
    today: Today,
) -> Vec<Finding> {
    let mut out = Vec::new();
    let day = issue_day(voucher, today);
    let check = Check {
        voucher,
        index,
        facts,
        day,
    };
    for block in &form.blocks {
        if let Block::Ticks {
            label,
            choose,
            required,
            options,
            ..
        } = block
        {
            check.ticks(label, *choose, *required, options, &mut out);
        }
        for field in block.fields() {
            let place = Place::Field {
                voucher: index,
                field: field.id.clone(),
            };
            let text = voucher.field(&field.id);
            let label = field.full_label();
            if field.kind == FieldKind::Words {
                out.extend(check.words(form, field, place));
            } else if let Some(formula) = &field.formula {
                out.extend(check.formula(&label, text, formula, None, place));
            } else {
                let spec = Spec {
                    label: &label,
                    kind: field.kind,
                    required: field.required,
                    catalogue: &field.catalogue,
                    max: field.max,
                };
                out.extend(check.value(&spec, text, place));
            }
        }
        if let Some(grid) = block.grid() {
            check.grid(grid, &mut out);
        }
    }
    named::voucher(form, voucher, index, facts, today, &mut out);
    in_printed_order(form, &mut out);
    out
}

/// The voucher's own day; today while it has none.
pub(super) fn issue_day(voucher: &Voucher, today: Today) -> NaiveDate {
    match value::parse(FieldKind::Date, voucher.field("voucher_date")) {
        Ok(Value::Date(day)) => day,
        _ => today,
    }
}

/// Stable order: by place as printed, errors before warnings at one place.
pub(super) fn in_printed_order(form: &Form, findings: &mut [Finding]) {
    let at = |id: &str| {
        let mut position = 0usize;
        for block in &form.blocks {
            let ids: Vec<&str> = match block {
                Block::Ticks { options, .. } => options.iter().map(|o| o.id.as_str()).collect(),
                _ => block.fields().iter().map(|f| f.id.as_str()).collect(),
            };
            if let Some(i) = ids.iter().position(|other| *other == id) {
                return (position, i, 0);
            }
            position = position.saturating_add(1);
        }
        (usize::MAX, 0, 0)
    };
    let cell = |block: &str, row: usize, column: &str| {
        let position = form
            .blocks
            .iter()
            .position(|b| b.id() == block)
            .unwrap_or(usize::MAX);
        let columns = form
            .grid(block)
            .map(|g| g.columns.as_slice())
            .unwrap_or_default();
        (
            position,
            row,
            columns
                .iter()
                .position(|c| c.id == column)
                .unwrap_or(usize::MAX),
        )
    };
    findings.sort_by_cached_key(|f| {
        let place = match &f.place {
            Place::Field { field, .. } => at(field),
            Place::Cell {
                block, row, column, ..
            } => cell(block, *row, column),
            Place::Dossier | Place::Voucher { .. } | Place::File { .. } => (usize::MAX, 0, 0),
        };
        (place, f.severity, f.code)
    });
}

/// What a field and a column have in common.
struct Spec<'a> {
    label: &'a str,
    kind: FieldKind,
    required: bool,
    catalogue: &'a str,
    max: usize,
}

struct Check<'a> {
    voucher: &'a Voucher,
    index: usize,
    facts: &'a Facts,
    day: NaiveDate,
}

impl Check<'_> {
    fn ticks(
        &self,
        label: &str,
        choose: Choose,
        required: bool,
        options: &[form::TickOption],
        out: &mut Vec<Finding>,
    ) {
        let ticked = options
            .iter()
            .filter(|o| self.voucher.ticked(&o.id))
            .count();
        let Some(first) = options.first() else { return };
        let place = Place::Field {
            voucher: self.index,
            field: first.id.clone(),
        };
        let expected: Vec<&str> = options.iter().map(|o| o.label.as_str()).collect();
        let finding = match choose {
            _ if required && ticked == 0 => Finding::error(FindingCode::TickRequired, place),
            Choose::One if ticked > 1 => Finding::error(FindingCode::TickTooMany, place),
            _ => return,
        };
        out.push(
            finding
                .with("label", label)
                .with("expected", expected.join(", ")),
        );
    }

    /// One typed value: at most one error of shape, and a warning on its encoding.
    fn value(&self, spec: &Spec<'_>, typed: &str, place: Place) -> Vec<Finding> {
        let error = |code| Finding::error(code, place.clone()).with("label", spec.label);
        let mut out = Vec::new();
        let value = match value::parse(spec.kind, typed) {
            Ok(value) => value,
            Err(ValueError::Empty) => {
                if spec.required {
                    out.push(error(FindingCode::FieldRequired));
                }
                return out;
            }
            Err(ValueError::TooLarge) => {
                return vec![error(FindingCode::TotalTooLarge).with("value", typed)];
            }
            Err(ValueError::NotATaxCode) => {
                return vec![error(FindingCode::TaxCodeInvalid).with("value", typed)];
            }
            Err(_) => {
                return vec![
                    error(FindingCode::FieldMalformed)
                        .with("value", typed)
                        .with("expected", expected(spec.kind)),
                ];
            }
        };
        let max = if spec.max == 0 { MAX_TEXT } else { spec.max };
        let length = typed.chars().count();
        if length > max {
            out.push(
                error(FindingCode::FieldTooLong)
                    .with("value", length.to_string())
                    .with("expected", max.to_string()),
            );
        }
        match (spec.kind, &value) {
            (FieldKind::Code, Value::Text(code)) => {
                let list = spec.catalogue;
                out.extend(codes::unknown(
                    self.facts,
                    list,
                    code,
                    spec.label,
                    place.clone(),
                    self.day,
                ));
            }
            (FieldKind::TaxCode, Value::Text(code)) if !tax_code_valid(code) => {
                out.push(error(FindingCode::TaxCodeInvalid).with("value", code));
            }
            (FieldKind::TreasuryAccount, Value::Text(account)) => {
                out.extend(self.account(account, spec.label, place.clone()));
            }
            (FieldKind::Text | FieldKind::Paragraph, Value::Text(text))
                if text::looks_like_tcvn3_or_vni(text) =>
            {
                out.push(
                    Finding::warning(FindingCode::LegacyEncoding, place.clone())
                        .with("label", spec.label)
                        .with("value", text),
                );
            }
            _ => {}
        }
        out
    }

    fn account(&self, account: &str, label: &str, place: Place) -> Option<Finding> {
        let unit = &self.facts.unit_code;
        let parts = AccountParts::read(account);
        if let Some(parts) = parts
            && let Some(finding) = self.merged(&parts, label, &place)
        {
            return Some(finding);
        }
        let finding = match parts {
            None => Finding::error(FindingCode::AccountShape, place),
            Some(parts) if !unit.is_empty() && parts.unit != unit => {
                Finding::error(FindingCode::AccountForeign, place).with("expected", unit)
            }
            Some(_) => return None,
        };
        Some(finding.with("label", label).with("value", account))
    }

    /// An account of a unit or commune that was merged into another. What is known of mergers is not
    /// whole, so it only warns of a commune.
    fn merged(&self, parts: &AccountParts<'_>, label: &str, place: &Place) -> Option<Finding> {
        let area = parts.detail.filter(|_| parts.ledger.starts_with('9'));
        let of = |list, code: &str| {
            let new = codes::successor(self.facts, list, code, self.day)?;
            Some((code.to_owned(), new.join(" / ")))
        };
        let (finding, (old, new)) = match of("unit", parts.unit) {
            Some(found) => (
                Finding::error(FindingCode::CodeExpired, place.clone()),
                found,
            ),
            None => (
                Finding::warning(FindingCode::CodeExpired, place.clone()),
                of("area", area?)?,
            ),
        };
        Some(
            finding
                .with("label", label)
                .with("value", old)
                .with("expected", new),
        )
    }

    /// The stored value against its formula; both blank is fine.
    fn formula(
        &self,
        label: &str,
        stored: &str,
        formula: &Expr,
        row: Option<&Row>,
        place: Place,
    ) -> Option<Finding> {
        let expected = match form::eval(formula, self.voucher, row) {
            Ok(amount) => amount,
            // the unreadable amount has its own finding
            Err(EvalError::Unreadable) => return None,
            Err(EvalError::TooLarge) => {
                let finding = Finding::error(FindingCode::TotalTooLarge, place);
                return Some(finding.with("label", label));
            }
        };
        let read = Dong::parse(stored).ok();
        if read == expected && (read.is_some() || stored.trim().is_empty()) {
            return None;
        }
        let finding = Finding::error(FindingCode::FormulaMismatch, place).with("label", label);
        let expected = expected.map(|e| e.to_string()).unwrap_or_default();
        Some(
            finding
                .with("value", value::display(FieldKind::Money, stored))
                .with("expected", expected),
        )
    }

    /// The amount in words in either style.
    fn words(&self, form: &Form, field: &form::Field, place: Place) -> Option<Finding> {
        let stored = self.voucher.field(&field.id);
        let words = |style| form::expected_words(form, self.voucher, field, style);
        let (north, south) = (words(ZeroTens::Linh), words(ZeroTens::Le));
        let given = Some(stored.trim()).filter(|s| !s.is_empty());
        if given == north.as_deref() || given == south.as_deref() {
            return None;
        }
        let finding =
            Finding::error(FindingCode::FormulaMismatch, place).with("label", &field.label);
        Some(
            finding
                .with("value", stored)
                .with("expected", north.unwrap_or_default()),
        )
    }

    fn grid(&self, grid: &Grid, out: &mut Vec<Finding>) {
        let rows = self.voucher.rows(&grid.id);
        let place = |row: usize, column: &str| Place::Cell {
            voucher: self.index,
            block: grid.id.clone(),
            row,
            column: column.to_owned(),
        };
        if rows.iter().all(Row::is_blank) {
            if let Some(first) = grid.own_columns().next() {
                let finding = Finding::error(FindingCode::NoLines, place(0, &first.id));
                out.push(finding.with("label", &grid.label));
            }
            return;
        }
        for (number, row) in rows.iter().enumerate().filter(|(_, row)| !row.is_blank()) {
            for column in grid.own_columns() {
                let place = place(number, &column.id);
                let label = column.full_label();
                let text = row.cell(&column.id);
                let found = if let Some(formula) = &column.formula {
                    self.formula(&label, text, formula, Some(row), place.clone())
                        .into_iter()
                        .collect()
                } else {
                    let spec = Spec {
                        label: &label,
                        kind: column.kind,
                        required: column.required,
                        catalogue: &column.catalogue,
                        max: column.max,
                    };
                    let mut found = self.value(&spec, text, place.clone());
                    found.extend(in_future(
                        column.kind,
                        text,
                        self.day,
                        &label,
                        place.clone(),
                    ));
                    if column.required && column.kind == FieldKind::Money {
                        found.extend(not_positive(text, &label, place));
                    }
                    found
                };
                let line = number.saturating_add(1).to_string();
                out.extend(found.into_iter().map(|f| f.with("line", line.as_str())));
            }
        }
    }
}

/// `date-in-future`: a document cannot be younger than the voucher that cites it.
pub(super) fn in_future(
    kind: FieldKind,
    text: &str,
    day: NaiveDate,
    label: &str,
    place: Place,
) -> Option<Finding> {
    match value::parse(kind, text) {
        Ok(Value::Date(date)) if date > day => Some(
            Finding::error(FindingCode::DateInFuture, place)
                .with("label", label)
                .with("value", date.format("%d/%m/%Y").to_string())
                .with("expected", day.format("%d/%m/%Y").to_string()),
        ),
        _ => None,
    }
}

fn not_positive(text: &str, label: &str, place: Place) -> Option<Finding> {
    let amount = Dong::parse(text).ok().filter(|a| *a <= Dong::ZERO)?;
    let finding = Finding::error(FindingCode::AmountNotPositive, place);
    Some(
        finding
            .with("label", label)
            .with("value", amount.to_string()),
    )
}

/// Key of what a kind of field takes, for the words.
fn expected(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text | FieldKind::Paragraph | FieldKind::Words => "text",
        FieldKind::Money => "money",
        FieldKind::Date => "date",
        FieldKind::Year => "year",
        FieldKind::Integer => "integer",
        FieldKind::Code => "code",
        FieldKind::TreasuryAccount => "treasury-account",
        FieldKind::BankAccount => "bank-account",
        FieldKind::TaxCode => "tax-code",
        FieldKind::IdentityNumber => "identity-number",
    }
}
