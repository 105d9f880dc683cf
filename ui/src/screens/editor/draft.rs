//! Vouchers under edit as signals: one per field and cell.

use std::collections::BTreeMap;

use leptos::prelude::*;

use hoso_domain::form::{Block, FieldKind, Form};
use hoso_domain::patch::LinesPatch;
use hoso_domain::voucher::{Row, Voucher};

use crate::widgets::grid::rows::RowDraft;
use crate::widgets::typing::Typing;

/// One voucher under edit.
#[derive(Clone)]
pub struct VoucherDraft {
    pub form: Form,
    start: Voucher,
    pub fields: BTreeMap<String, ArcRwSignal<String>>,
    pub grids: BTreeMap<String, ArcRwSignal<Vec<RowDraft>>>,
}

impl VoucherDraft {
    pub fn new(form: &Form, voucher: &Voucher) -> Self {
        let mut fields: BTreeMap<_, _> = voucher
            .fields
            .iter()
            .map(|(id, value)| (id.clone(), ArcRwSignal::new(value.clone())))
            .collect();
        for field in form.fields() {
            fields.entry(field.id.clone()).or_default();
        }
        for block in &form.blocks {
            if let Block::Ticks { options, .. } = block {
                for option in options {
                    fields.entry(option.id.clone()).or_default();
                }
            }
        }
        let grids = form
            .blocks
            .iter()
            .filter_map(|block| block.grid().map(|grid| (block, grid)))
            .map(|(block, grid)| {
                let mut rows: Vec<_> = voucher
                    .rows(&grid.id)
                    .iter()
                    .map(|r| RowDraft::from_row(grid, r))
                    .collect();
                // a line to begin with; which group it belongs to only the person knows
                if rows.is_empty() && block.groups().is_empty() {
                    rows.push(RowDraft::from_row(grid, &Row::default()));
                }
                (grid.id.clone(), ArcRwSignal::new(rows))
            })
            .collect();
        Self {
            form: form.clone(),
            start: voucher.clone(),
            fields,
            grids,
        }
    }

    pub fn field(&self, id: &str) -> ArcRwSignal<String> {
        self.fields.get(id).cloned().unwrap_or_default()
    }

    /// Everything as data, blank lines included; reading it follows every field.
    pub fn whole(&self) -> Voucher {
        let mut voucher = Voucher {
            form: self.start.form.clone(),
            fields: self.start.fields.clone(),
            grids: BTreeMap::new(),
        };
        for (id, value) in &self.fields {
            let value = value.get();
            if value.is_empty() {
                voucher.fields.remove(id);
            } else {
                voucher.fields.insert(id.clone(), value);
            }
        }
        for (id, rows) in &self.start.grids {
            // lines of a block this edition of the form does not have
            if !self.grids.contains_key(id) {
                voucher.grids.insert(id.clone(), rows.clone());
            }
        }
        for (id, rows) in &self.grids {
            let rows = rows.with(|rows| rows.iter().map(RowDraft::row).collect());
            voucher.grids.insert(id.clone(), rows);
        }
        voucher
    }

    /// Lines of a grid that become others: where as many come as go, cell by cell.
    pub fn splice(&self, patch: &LinesPatch) {
        let Some(rows) = self.grids.get(&patch.grid) else {
            return;
        };
        let end = patch.at.saturating_add(patch.before.len());
        let same_groups = patch.before.len() == patch.after.len()
            && patch
                .before
                .iter()
                .zip(&patch.after)
                .all(|(a, b)| a.group == b.group);
        if same_groups {
            let touched = rows.with_untracked(|all| all.get(patch.at..end).map(<[_]>::to_vec));
            for (draft, row) in touched.iter().flatten().zip(&patch.after) {
                draft.become_row(row);
            }
            return;
        }
        let Some(grid) = self.form.grid(&patch.grid) else {
            return;
        };
        let new: Vec<RowDraft> = patch
            .after
            .iter()
            .map(|r| RowDraft::from_row(grid, r))
            .collect();
        rows.update(|all| {
            if end <= all.len() {
                all.splice(patch.at..end, new);
            }
        });
    }

    /// Puts a value in from outside a field: what a chosen payee brings.
    pub fn put(&self, id: &str, value: &str) {
        let Some(signal) = self.fields.get(id) else {
            return;
        };
        let kind = self.form.field(id).map_or(FieldKind::Text, |f| f.kind);
        let typing = Typing::new(kind, signal.clone());
        typing.put(value.to_owned());
        typing.commit();
    }
}

/// Without the blank lines at the end: an empty last line is a place to type, not data.
pub fn trimmed(mut voucher: Voucher) -> Voucher {
    for rows in voucher.grids.values_mut() {
        while rows.last().is_some_and(Row::is_blank) {
            rows.pop();
        }
    }
    voucher
}
