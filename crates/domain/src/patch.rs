//! What one step of typing changed, so that it can be taken back (Hoàn tác) and done again. Refuses
//! to know of time, tabs or keys.

use crate::voucher::{Row, Voucher};

/// The difference between two states of a dossier's vouchers, of the same forms in the same order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Patch {
    pub fields: Vec<FieldPatch>,
    pub lines: Vec<LinesPatch>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldPatch {
    /// From 0.
    pub voucher: usize,
    pub field: String,
    pub before: String,
    pub after: String,
}

/// Neighbouring lines of one grid that became others; either side may be empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinesPatch {
    pub voucher: usize,
    pub grid: String,
    /// The first line that differs, from 0.
    pub at: usize,
    pub before: Vec<Row>,
    pub after: Vec<Row>,
}

impl Patch {
    /// `None` where nothing differs.
    pub fn between(before: &[Voucher], after: &[Voucher]) -> Option<Self> {
        let mut patch = Self::default();
        for (voucher, (old, new)) in before.iter().zip(after).enumerate() {
            let ids = old.fields.keys().chain(new.fields.keys());
            let mut ids: Vec<&String> = ids.collect();
            ids.sort();
            ids.dedup();
            for id in ids.into_iter().filter(|id| old.field(id) != new.field(id)) {
                patch.fields.push(FieldPatch {
                    voucher,
                    field: id.clone(),
                    before: old.field(id).to_owned(),
                    after: new.field(id).to_owned(),
                });
            }
            let mut grids: Vec<&String> = old.grids.keys().chain(new.grids.keys()).collect();
            grids.sort();
            grids.dedup();
            for grid in grids {
                patch
                    .lines
                    .extend(lines_between(voucher, grid, old.rows(grid), new.rows(grid)));
            }
        }
        (patch != Self::default()).then_some(patch)
    }

    /// The step that takes this one back.
    pub fn reversed(mut self) -> Self {
        for field in &mut self.fields {
            std::mem::swap(&mut field.before, &mut field.after);
        }
        for lines in &mut self.lines {
            std::mem::swap(&mut lines.before, &mut lines.after);
        }
        self
    }

    /// How many lines it holds: what keeping it costs.
    pub fn weight(&self) -> usize {
        let held = |l: &LinesPatch| l.before.len().saturating_add(l.after.len());
        let lines: usize = self.lines.iter().map(held).sum();
        lines.saturating_add(1)
    }

    /// Puts the state after in place of the state before. Lines that are not where they were are
    /// left alone: `false`.
    pub fn apply(&self, vouchers: &mut [Voucher]) -> bool {
        let mut whole = true;
        for field in &self.fields {
            let Some(voucher) = vouchers.get_mut(field.voucher) else {
                whole = false;
                continue;
            };
            if field.after.is_empty() {
                voucher.fields.remove(&field.field);
            } else {
                voucher
                    .fields
                    .insert(field.field.clone(), field.after.clone());
            }
        }
        for lines in &self.lines {
            let rows = vouchers
                .get_mut(lines.voucher)
                .map(|v| v.grids.entry(lines.grid.clone()).or_default());
            let end = lines.at.saturating_add(lines.before.len());
            match rows {
                Some(rows) if end <= rows.len() => {
                    rows.splice(lines.at..end, lines.after.iter().cloned());
                }
                _ => whole = false,
            }
        }
        whole
    }
}

/// What is left between the lines that are the same above and below.
fn lines_between(voucher: usize, grid: &str, old: &[Row], new: &[Row]) -> Option<LinesPatch> {
    if old == new {
        return None;
    }
    let same = |(a, b): &(&Row, &Row)| a == b;
    let at = old.iter().zip(new).take_while(same).count();
    let (old, new) = (old.get(at..)?, new.get(at..)?);
    let below = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(same)
        .count();
    let part = |rows: &[Row]| {
        let end = rows.len().saturating_sub(below);
        rows.get(..end).map(<[Row]>::to_vec)
    };
    Some(LinesPatch {
        voucher,
        grid: grid.to_owned(),
        at,
        before: part(old)?,
        after: part(new)?,
    })
}

#[cfg(test)]
mod tests;
