//! A new voucher, and what the form computes on it. Refuses to overwrite what was typed: only
//! values with a formula and the amount in words are written.

use std::collections::BTreeMap;

use super::value::{self, ValueError};
use super::{Block, Expr, FieldKind, Form, Grid};
use crate::money::{Dong, MoneyError};
use crate::voucher::{Row, Voucher};
use crate::words::{self, ZeroTens};

/// An empty voucher of `form`: default ticks, and the fields whose `fill` key stands in `fills`.
pub fn blank(form: &Form, fills: &BTreeMap<String, String>) -> Voucher {
    let mut fields = BTreeMap::new();
    for block in &form.blocks {
        if let Block::Ticks { options, .. } = block {
            for option in options.iter().filter(|o| o.default) {
                fields.insert(option.id.clone(), "x".to_owned());
            }
        }
    }
    for field in form.fields().filter(|f| !f.fill.is_empty()) {
        if let Some(fill) = fills.get(&field.fill) {
            let stored = value::canonical(field.kind, fill);
            if !stored.is_empty() {
                fields.insert(field.id.clone(), stored);
            }
        }
    }
    let grids = form.grids().map(|g| (g.id.clone(), Vec::new())).collect();
    Voucher {
        form: form.reference(),
        fields,
        grids,
    }
}

/// Brings every value into its stored shape (see [`value::canonical`]); empty ones are dropped.
///
/// For what arrives without having been typed in the editor: import, paste, an old draft.
pub fn canonicalise(form: &Form, voucher: &mut Voucher) {
    for field in form.fields() {
        if let Some(typed) = voucher.fields.remove(&field.id) {
            put(
                &mut voucher.fields,
                &field.id,
                value::canonical(field.kind, &typed),
            );
        }
    }
    for grid in form.grids() {
        for row in voucher.grids.get_mut(&grid.id).into_iter().flatten() {
            for column in &grid.columns {
                if let Some(typed) = row.cells.remove(&column.id) {
                    put(
                        &mut row.cells,
                        &column.id,
                        value::canonical(column.kind, &typed),
                    );
                }
            }
        }
    }
}

/// Computes formulas and words, "linh" in words. See [`compute_with`].
pub fn compute(form: &Form, voucher: &mut Voucher) {
    compute_with(form, voucher, ZeroTens::Linh);
}

/// Computes row formulas, field formulas and amounts in words.
///
/// A formula over nothing but blanks gives a blank; over an unreadable amount, a blank too (the
/// amount has its own finding). A sum beyond 15 digits leaves the field as it was: the check says
/// `total-too-large`.
pub fn compute_with(form: &Form, voucher: &mut Voucher, zero_tens: ZeroTens) {
    let typed = voucher.clone();
    for grid in form.grids() {
        for row in voucher.grids.get_mut(&grid.id).into_iter().flatten() {
            compute_row(grid, row, &typed);
        }
    }
    let computed: Vec<_> = form
        .fields()
        .filter(|f| f.kind != FieldKind::Words)
        .filter_map(|f| f.formula.as_ref().map(|e| (f.id.as_str(), e)))
        .collect();
    // each pass settles at least one level of what depends on what; cycles were refused on reading
    for _ in 0..computed.len() {
        for (id, formula) in &computed {
            store(&mut voucher_fields(voucher, formula), id);
        }
    }
    for field in form.fields().filter(|f| f.kind == FieldKind::Words) {
        match expected_words(form, voucher, field, zero_tens) {
            Some(text) => put(&mut voucher.fields, &field.id, text),
            None => {
                voucher.fields.remove(&field.id);
            }
        }
    }
}

/// The words a [`FieldKind::Words`] field must hold; `None` where there is no amount.
///
/// Its source is its own formula, else the form's total.
pub fn expected_words(
    form: &Form,
    voucher: &Voucher,
    field: &super::Field,
    zero_tens: ZeroTens,
) -> Option<String> {
    let amount = match &field.formula {
        Some(formula) => eval(formula, voucher, None).ok().flatten(),
        None => Dong::parse(voucher.field(&form.summary.total)).ok(),
    };
    amount.map(|a| words::amount(a, zero_tens))
}

/// Why a formula has no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EvalError {
    /// One of its amounts cannot be read.
    #[error("an amount of the formula cannot be read")]
    Unreadable,
    #[error("more than 15 digits")]
    TooLarge,
}

impl From<MoneyError> for EvalError {
    fn from(e: MoneyError) -> Self {
        match e {
            MoneyError::NotANumber => EvalError::Unreadable,
            MoneyError::TooLarge => EvalError::TooLarge,
        }
    }
}

/// The formula's value in đồng; `None` where everything it reads is blank.
///
/// Within a row ids are its columns, else fields.
pub fn eval(expr: &Expr, voucher: &Voucher, row: Option<&Row>) -> Result<Option<Dong>, EvalError> {
    match expr {
        Expr::Number(n) => Ok(Some(Dong::new(*n)?)),
        Expr::Value(id) => amount(match row {
            Some(row) => row.cell(id),
            None => voucher.field(id),
        }),
        Expr::Add(a, b) => both(a, b, voucher, row, Dong::checked_add),
        Expr::Sub(a, b) => both(a, b, voucher, row, Dong::checked_sub),
        Expr::Sum {
            block,
            column,
            group,
        } => {
            let mut total = None;
            for line in voucher.rows(block) {
                if group.as_ref().is_some_and(|g| *g != line.group) {
                    continue;
                }
                if let Some(amount) = amount(line.cell(column))? {
                    total = Some(total.unwrap_or(Dong::ZERO).checked_add(amount)?);
                }
            }
            Ok(total)
        }
        Expr::If(tick, a, b) => eval(if voucher.ticked(tick) { a } else { b }, voucher, row),
    }
}

fn amount(text: &str) -> Result<Option<Dong>, EvalError> {
    match value::parse(FieldKind::Money, text) {
        Ok(value::Value::Money(amount)) => Ok(Some(amount)),
        Err(ValueError::Empty) => Ok(None),
        Err(ValueError::TooLarge) => Err(EvalError::TooLarge),
        _ => Err(EvalError::Unreadable),
    }
}

fn both(
    a: &Expr,
    b: &Expr,
    voucher: &Voucher,
    row: Option<&Row>,
    join: fn(Dong, Dong) -> Result<Dong, MoneyError>,
) -> Result<Option<Dong>, EvalError> {
    match (eval(a, voucher, row)?, eval(b, voucher, row)?) {
        (None, None) => Ok(None),
        (a, b) => Ok(Some(join(
            a.unwrap_or(Dong::ZERO),
            b.unwrap_or(Dong::ZERO),
        )?)),
    }
}

fn compute_row(grid: &Grid, row: &mut Row, voucher: &Voucher) {
    let computed: Vec<_> = grid
        .columns
        .iter()
        .filter_map(|c| c.formula.as_ref().map(|e| (c.id.as_str(), e)))
        .collect();
    for _ in 0..computed.len() {
        for (id, formula) in &computed {
            let result = eval(formula, voucher, Some(row));
            store(&mut (&mut row.cells, result), id);
        }
    }
}

type Outcome<'a> = (
    &'a mut BTreeMap<String, String>,
    Result<Option<Dong>, EvalError>,
);

fn voucher_fields<'a>(voucher: &'a mut Voucher, formula: &Expr) -> Outcome<'a> {
    let result = eval(formula, voucher, None);
    (&mut voucher.fields, result)
}

fn store((values, result): &mut Outcome<'_>, id: &str) {
    match result {
        Ok(Some(amount)) => put(values, id, amount.get().to_string()),
        Ok(None) | Err(EvalError::Unreadable) => {
            values.remove(id);
        }
        Err(EvalError::TooLarge) => {}
    }
}

fn put(values: &mut BTreeMap<String, String>, id: &str, value: String) {
    if !value.is_empty() {
        values.insert(id.to_owned(), value);
    }
}
