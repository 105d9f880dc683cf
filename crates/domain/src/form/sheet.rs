//! A voucher under edit: what was typed and what follows from it, with every line shared. Refuses to
//! copy a line that did not change: a key in one of five hundred touches that one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::compute::{Computed, compute_row, computed_fields, has_formula};
use super::{Expr, Form, Grid, Values};
use crate::voucher::{Row, Voucher};
use crate::words::ZeroTens;

/// The lines of a grid, each shared with whoever else looks at it.
pub type Lines = Vec<Arc<Row>>;

/// Fields and lines as typed, and everything computed beside them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sheet {
    fields: Arc<BTreeMap<String, String>>,
    typed: BTreeMap<String, Lines>,
    computed: Computed,
    lines: BTreeMap<String, Lines>,
}

impl Sheet {
    /// What was typed and nothing more: a voucher that is not edited keeps what it holds.
    pub fn as_typed(fields: Arc<BTreeMap<String, String>>, typed: BTreeMap<String, Lines>) -> Self {
        Self {
            fields,
            lines: typed.clone(),
            typed,
            computed: Computed::new(),
        }
    }

    /// The same with everything computed, as [`super::compute_with`] would. Lines that are those of
    /// `before` (the same [`Arc`]) are taken from there.
    pub fn work(
        form: &Form,
        fields: Arc<BTreeMap<String, String>>,
        typed: BTreeMap<String, Lines>,
        before: Option<&Self>,
        zero_tens: ZeroTens,
    ) -> Self {
        let mut sheet = Self::as_typed(fields, typed);
        for grid in form.grids().filter(|g| has_formula(g)) {
            let lines = worked(grid, &sheet, before);
            sheet.lines.insert(grid.id.clone(), lines);
        }
        sheet.computed = computed_fields(form, &sheet, zero_tens);
        sheet
    }

    /// The field's value, empty where there is none.
    pub fn field(&self, id: &str) -> &str {
        match self.computed.get(id) {
            Some(value) => value.as_deref().unwrap_or_default(),
            None => self.fields.get(id).map_or("", String::as_str),
        }
    }

    /// The lines of a block, computed cells filled.
    pub fn lines(&self, block: &str) -> &[Arc<Row>] {
        self.lines.get(block).map_or(&[], Vec::as_slice)
    }

    /// As data, every line copied, into `voucher`.
    pub fn write_to(&self, voucher: &mut Voucher) {
        voucher.fields = (*self.fields).clone();
        for (id, value) in &self.computed {
            match value.as_ref().filter(|v| !v.is_empty()) {
                Some(value) => drop(voucher.fields.insert(id.clone(), value.clone())),
                None => drop(voucher.fields.remove(id)),
            }
        }
        for (id, lines) in &self.lines {
            let rows = lines.iter().map(|row| Row::clone(row)).collect();
            voucher.grids.insert(id.clone(), rows);
        }
    }
}

impl Values for Sheet {
    fn field(&self, id: &str) -> &str {
        Sheet::field(self, id)
    }

    fn lines<'a>(&'a self, block: &str) -> Box<dyn Iterator<Item = &'a Row> + 'a> {
        Box::new(Sheet::lines(self, block).iter().map(Arc::as_ref))
    }
}

/// What was typed, without what was computed on lines before it.
struct Typed<'a>(&'a Sheet);

impl Values for Typed<'_> {
    fn field(&self, id: &str) -> &str {
        self.0.fields.get(id).map_or("", String::as_str)
    }

    fn lines<'a>(&'a self, block: &str) -> Box<dyn Iterator<Item = &'a Row> + 'a> {
        let lines = self.0.typed.get(block).into_iter().flatten();
        Box::new(lines.map(Arc::as_ref))
    }
}

/// The lines of a grid with their computed cells.
fn worked(grid: &Grid, sheet: &Sheet, before: Option<&Sheet>) -> Lines {
    let known = before.filter(|b| !reads_beyond_its_line(grid) || b.fields == sheet.fields);
    let known = known.filter(|_| !sums(grid));
    let old = |at: usize, row: &Arc<Row>| {
        let before = known?;
        let typed = before.typed.get(&grid.id)?.get(at)?;
        let there = before.lines.get(&grid.id)?.get(at)?;
        Arc::ptr_eq(typed, row).then(|| Arc::clone(there))
    };
    let typed = sheet.typed.get(&grid.id).map_or(&[][..], Vec::as_slice);
    let work = |(at, row): (usize, &Arc<Row>)| {
        old(at, row).unwrap_or_else(|| {
            let mut row = Row::clone(row);
            compute_row(grid, &mut row, &Typed(sheet));
            Arc::new(row)
        })
    };
    typed.iter().enumerate().map(work).collect()
}

/// Whether a line's formula asks a tick of the voucher.
fn reads_beyond_its_line(grid: &Grid) -> bool {
    asks(grid, &|e| matches!(e, Expr::If(..)))
}

/// Whether a line's formula asks the other lines.
fn sums(grid: &Grid) -> bool {
    asks(grid, &|e| matches!(e, Expr::Sum { .. }))
}

/// Whether a formula of a line has such a part.
fn asks(grid: &Grid, is: &dyn Fn(&Expr) -> bool) -> bool {
    fn within(expr: &Expr, is: &dyn Fn(&Expr) -> bool) -> bool {
        is(expr)
            || match expr {
                Expr::Add(a, b) | Expr::Sub(a, b) | Expr::If(_, a, b) => {
                    within(a, is) || within(b, is)
                }
                Expr::Number(_) | Expr::Value(_) | Expr::Sum { .. } => false,
            }
    }
    let mut formulas = grid.columns.iter().filter_map(|c| c.formula.as_ref());
    formulas.any(|f| within(f, is))
}

#[cfg(test)]
mod tests;
