//! Lines under edit: each cell is a signal of its own, so that typing redraws one cell, and each
//! line keeps its data, so that the others are not read again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::*;

use hoso_domain::form::Grid;
use hoso_domain::voucher::Row;

static KEYS: AtomicU32 = AtomicU32::new(1);

type Cells = BTreeMap<String, ArcRwSignal<String>>;

/// One line under edit; cheap to clone.
#[derive(Clone)]
pub struct RowDraft {
    /// Stays the same while the line moves.
    pub key: u32,
    pub group: String,
    cells: Arc<Cells>,
    data: ArcMemo<Arc<Row>>,
}

impl RowDraft {
    fn new(group: &str, cells: Cells) -> Self {
        let cells = Arc::new(cells);
        let (read, group_of) = (Arc::clone(&cells), group.to_owned());
        let data = ArcMemo::new(move |_| {
            let typed = read.iter().map(|(id, value)| (id.clone(), value.get()));
            Arc::new(Row {
                group: group_of.clone(),
                cells: typed.filter(|(_, value)| !value.is_empty()).collect(),
            })
        });
        Self {
            key: KEYS.fetch_add(1, Ordering::Relaxed),
            group: group.to_owned(),
            cells,
            data,
        }
    }

    /// An empty line with a cell for every column.
    pub fn blank(columns: &[String], group: &str) -> Self {
        let cells = columns.iter().map(|c| (c.clone(), ArcRwSignal::default()));
        Self::new(group, cells.collect())
    }

    pub fn from_row(grid: &Grid, row: &Row) -> Self {
        let ids: Vec<&String> = grid.columns.iter().map(|c| &c.id).collect();
        Self::of(&ids, row)
    }

    /// The row with a cell for each of `columns`; what belongs to none of them is kept.
    pub fn of(columns: &[&String], row: &Row) -> Self {
        let own = columns.iter().map(|id| (*id, row.cell(id).to_owned()));
        let rest = row.cells.iter().map(|(id, value)| (id, value.clone()));
        let cells = own.chain(rest);
        Self::new(
            &row.group,
            cells
                .map(|(id, value)| (id.clone(), ArcRwSignal::new(value)))
                .collect(),
        )
    }

    pub fn cell(&self, column: &str) -> ArcRwSignal<String> {
        self.cells.get(column).cloned().unwrap_or_default()
    }

    /// The text of a cell now, without following it.
    pub fn text(&self, column: &str) -> String {
        self.cells
            .get(column)
            .map_or_else(String::new, |c| c.get_untracked())
    }

    pub fn is_blank(&self) -> bool {
        let blank = |c: &ArcRwSignal<String>| c.with_untracked(|v| v.trim().is_empty());
        self.cells.values().all(blank)
    }

    /// Takes the row's values over, cell by cell: what is the same stays untouched.
    pub fn become_row(&self, row: &Row) {
        for (id, cell) in self.cells.iter() {
            let value = row.cell(id);
            if cell.with_untracked(|v| v != value) {
                cell.set(value.to_owned());
            }
        }
    }

    /// The line as data, shared by all who ask; reading it follows every cell.
    pub fn row(&self) -> Arc<Row> {
        self.data.get()
    }
}
