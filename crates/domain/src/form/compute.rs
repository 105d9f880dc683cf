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
    let counted: Vec<&Grid> = form.grids().filter(|g| has_formula(g)).collect();
    if !counted.is_empty() {
        let typed = voucher.clone();
        for grid in counted {
            for row in voucher.grids.get_mut(&grid.id).into_iter().flatten() {
                compute_row(grid, row, &typed);
            }
        }
    }
    for (id, value) in computed_fields(form, voucher, zero_tens) {
        match value {
            Some(value) => put(&mut voucher.fields, &id, value),
            None => drop(voucher.fields.remove(&id)),
        }
    }
}

/// Whether a line of the grid has a cell that is computed.
pub(super) fn has_formula(grid: &Grid) -> bool {
    grid.columns.iter().any(|c| c.formula.is_some())
}

/// What formulas and amounts are read from: a voucher, or one under edit.
pub trait Values {
    /// The field's value, empty where nothing was typed.
    fn field(&self, id: &str) -> &str;

    /// The lines of a block.
    fn lines<'a>(&'a self, block: &str) -> Box<dyn Iterator<Item = &'a Row> + 'a>;
}

impl Values for Voucher {
    fn field(&self, id: &str) -> &str {
        Voucher::field(self, id)
    }

    fn lines<'a>(&'a self, block: &str) -> Box<dyn Iterator<Item = &'a Row> + 'a> {
        Box::new(self.rows(block).iter())
    }
}

/// Field id → what it holds; `None`: nothing.
pub(super) type Computed = BTreeMap<String, Option<String>>;

/// Values with those computed so far before them.
struct Over<'a> {
    own: &'a Computed,
    below: &'a dyn Values,
}

impl Values for Over<'_> {
    fn field(&self, id: &str) -> &str {
        match self.own.get(id) {
            Some(value) => value.as_deref().unwrap_or_default(),
            None => self.below.field(id),
        }
    }

    fn lines<'a>(&'a self, block: &str) -> Box<dyn Iterator<Item = &'a Row> + 'a> {
        self.below.lines(block)
    }
}

/// Every field with a formula, and the amounts in words; a sum beyond 15 digits is left out.
pub(super) fn computed_fields(form: &Form, values: &dyn Values, zero_tens: ZeroTens) -> Computed {
    let formulas: Vec<_> = form
        .fields()
        .filter(|f| f.kind != FieldKind::Words)
        .filter_map(|f| f.formula.as_ref().map(|e| (f.id.as_str(), e)))
        .collect();
    let mut own = Computed::new();
    // each pass settles at least one level of what depends on what; cycles were refused on reading
    for _ in 0..formulas.len() {
        for (id, formula) in &formulas {
            let over = Over {
                own: &own,
                below: values,
            };
            if let Some(value) = stored(eval(formula, &over, None)) {
                own.insert((*id).to_owned(), value);
            }
        }
    }
    for field in form.fields().filter(|f| f.kind == FieldKind::Words) {
        let over = Over {
            own: &own,
            below: values,
        };
        let words = expected_words(form, &over, field, zero_tens);
        own.insert(field.id.clone(), words);
    }
    own
}

/// The words a [`FieldKind::Words`] field must hold; `None` where there is no amount.
///
/// Its source is its own formula, else the form's total.
pub fn expected_words(
    form: &Form,
    values: &dyn Values,
    field: &super::Field,
    zero_tens: ZeroTens,
) -> Option<String> {
    let amount = match &field.formula {
        Some(formula) => eval(formula, values, None).ok().flatten(),
        None => Dong::parse(values.field(&form.summary.total)).ok(),
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
pub fn eval(
    expr: &Expr,
    values: &dyn Values,
    row: Option<&Row>,
) -> Result<Option<Dong>, EvalError> {
    match expr {
        Expr::Number(n) => Ok(Some(Dong::new(*n)?)),
        Expr::Value(id) => amount(match row {
            Some(row) => row.cell(id),
            None => values.field(id),
        }),
        Expr::Add(a, b) => both(a, b, values, row, Dong::checked_add),
        Expr::Sub(a, b) => both(a, b, values, row, Dong::checked_sub),
        Expr::Sum {
            block,
            column,
            group,
        } => {
            let mut total = None;
            for line in values.lines(block) {
                if group.as_ref().is_some_and(|g| *g != line.group) {
                    continue;
                }
                if let Some(amount) = amount(line.cell(column))? {
                    total = Some(total.unwrap_or(Dong::ZERO).checked_add(amount)?);
                }
            }
            Ok(total)
        }
        Expr::If(tick, a, b) => {
            let chosen = if values.field(tick) == "x" { a } else { b };
            eval(chosen, values, row)
        }
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
    values: &dyn Values,
    row: Option<&Row>,
    join: fn(Dong, Dong) -> Result<Dong, MoneyError>,
) -> Result<Option<Dong>, EvalError> {
    match (eval(a, values, row)?, eval(b, values, row)?) {
        (None, None) => Ok(None),
        (a, b) => Ok(Some(join(
            a.unwrap_or(Dong::ZERO),
            b.unwrap_or(Dong::ZERO),
        )?)),
    }
}

/// Fills the computed cells of a line.
pub(super) fn compute_row(grid: &Grid, row: &mut Row, values: &dyn Values) {
    let computed: Vec<_> = grid
        .columns
        .iter()
        .filter_map(|c| c.formula.as_ref().map(|e| (c.id.as_str(), e)))
        .collect();
    for _ in 0..computed.len() {
        for (id, formula) in &computed {
            match stored(eval(formula, values, Some(row))) {
                Some(Some(value)) => put(&mut row.cells, id, value),
                Some(None) => drop(row.cells.remove(*id)),
                None => {}
            }
        }
    }
}

/// What a computed place holds from now on, blank where nothing can be computed; `None`: what it
/// held before.
fn stored(result: Result<Option<Dong>, EvalError>) -> Option<Option<String>> {
    match result {
        Ok(Some(amount)) => Some(Some(amount.get().to_string())),
        Ok(None) | Err(EvalError::Unreadable) => Some(None),
        Err(EvalError::TooLarge) => None,
    }
}

fn put(values: &mut BTreeMap<String, String>, id: &str, value: String) {
    if !value.is_empty() {
        values.insert(id.to_owned(), value);
    }
}
