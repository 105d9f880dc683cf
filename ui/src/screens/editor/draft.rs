//! Vouchers under edit as signals: one per field and cell.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;

use hoso_domain::form::{Block, FieldKind, Form, Lines, Sheet};
use hoso_domain::patch::LinesPatch;
use hoso_domain::voucher::{Row, Voucher};
use hoso_domain::words::ZeroTens;

use crate::rules;
use crate::widgets::grid::rows::{RowDraft, RowsData};
use crate::widgets::typing::Typing;

/// A value of its own for each field.
type Fields = Arc<BTreeMap<String, ArcRwSignal<String>>>;
/// The lines of each grid.
type Grids = Arc<BTreeMap<String, ArcRwSignal<Vec<RowDraft>>>>;

/// One voucher under edit.
#[derive(Clone)]
pub struct VoucherDraft {
    pub form: Form,
    start: Voucher,
    fields: Fields,
    pub grids: Grids,
    typed: ArcMemo<Arc<BTreeMap<String, String>>>,
    /// With everything computed, blank lines included. A key in a cell brings its own line anew.
    pub sheet: ArcMemo<Sheet>,
}

impl VoucherDraft {
    /// `zero_tens`: how amounts are said; `None` where nothing is edited and so nothing computed.
    pub fn new(form: &Form, voucher: &Voucher, zero_tens: Option<ZeroTens>) -> Self {
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
                    .cloned()
                    .map(RowDraft::new)
                    .collect();
                // a line to begin with; which group it belongs to only the person knows
                if rows.is_empty() && block.groups().is_empty() {
                    rows.push(RowDraft::blank(""));
                }
                (grid.id.clone(), ArcRwSignal::new(rows))
            })
            .collect();
        let (start, fields, grids) = (voucher.clone(), Arc::new(fields), Arc::new(grids));
        let typed = typed_fields(start.fields.clone(), Arc::clone(&fields));
        let sheet = sheet(
            form.clone(),
            typed.clone(),
            &start,
            Arc::clone(&grids),
            zero_tens,
        );
        Self {
            form: form.clone(),
            start,
            fields,
            grids,
            typed,
            sheet,
        }
    }

    pub fn field(&self, id: &str) -> ArcRwSignal<String> {
        self.fields.get(id).cloned().unwrap_or_default()
    }

    /// What was typed, as data, blank lines included.
    pub fn whole(&self) -> Voucher {
        let mut voucher = self.start.clone();
        voucher.fields = (*self.typed.get_untracked()).clone();
        for (id, rows) in self.grids.iter() {
            let rows = rows.with_untracked(|all| {
                let data = |row: &RowDraft| Row::clone(&untrack(|| row.row()));
                all.iter().map(data).collect()
            });
            voucher.grids.insert(id.clone(), rows);
        }
        voucher
    }

    /// The same with everything computed.
    pub fn worked(&self) -> Voucher {
        let mut voucher = self.start.clone();
        self.sheet
            .with_untracked(|sheet| sheet.write_to(&mut voucher));
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
        let new: Vec<RowDraft> = patch.after.iter().cloned().map(RowDraft::new).collect();
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
        let typing = Typing::field(kind, signal.clone());
        typing.put(value.to_owned());
        typing.commit();
    }
}

/// The fields as typed; blank ones are left out.
fn typed_fields(
    start: BTreeMap<String, String>,
    fields: Fields,
) -> ArcMemo<Arc<BTreeMap<String, String>>> {
    ArcMemo::new(move |_| {
        let mut typed = start.clone();
        for (id, value) in fields.iter() {
            let value = value.get();
            if value.is_empty() {
                typed.remove(id);
            } else {
                typed.insert(id.clone(), value);
            }
        }
        Arc::new(typed)
    })
}

fn sheet(
    form: Form,
    typed: ArcMemo<Arc<BTreeMap<String, String>>>,
    start: &Voucher,
    grids: Grids,
    zero_tens: Option<ZeroTens>,
) -> ArcMemo<Sheet> {
    let data: BTreeMap<String, RowsData> = grids
        .iter()
        .map(|(id, rows)| (id.clone(), RowsData::new(rows.clone())))
        .collect();
    // lines of a block this edition of the form does not have
    let others: BTreeMap<String, Lines> = start
        .grids
        .iter()
        .filter(|(id, _)| !grids.contains_key(*id))
        .map(|(id, rows)| (id.clone(), rows.iter().cloned().map(Arc::new).collect()))
        .collect();
    ArcMemo::new(move |before: Option<&Sheet>| {
        let mut lines = others.clone();
        for (id, data) in &data {
            lines.insert(id.clone(), data.lines());
        }
        match zero_tens {
            Some(zero_tens) => rules::work(&form, typed.get(), lines, before, zero_tens),
            None => Sheet::as_typed(typed.get(), lines),
        }
    })
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
