//! Lines under edit: each cell is a signal of its own, so that typing redraws one cell.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::*;

use hoso_domain::form::Grid;
use hoso_domain::voucher::Row;

static KEYS: AtomicU32 = AtomicU32::new(1);

/// One line under edit.
#[derive(Clone)]
pub struct RowDraft {
    /// Stays the same while the line moves.
    pub key: u32,
    pub group: String,
    pub cells: BTreeMap<String, ArcRwSignal<String>>,
}

impl RowDraft {
    /// An empty line with a cell for every column.
    pub fn blank(columns: &[String], group: &str) -> Self {
        Self {
            key: KEYS.fetch_add(1, Ordering::Relaxed),
            group: group.to_owned(),
            cells: columns
                .iter()
                .map(|c| (c.clone(), ArcRwSignal::new(String::new())))
                .collect(),
        }
    }

    pub fn from_row(grid: &Grid, row: &Row) -> Self {
        let ids: Vec<String> = grid.columns.iter().map(|c| c.id.clone()).collect();
        let mut draft = Self::blank(&ids, &row.group);
        for (column, value) in &row.cells {
            draft
                .cells
                .insert(column.clone(), ArcRwSignal::new(value.clone()));
        }
        draft
    }

    pub fn cell(&self, column: &str) -> ArcRwSignal<String> {
        self.cells.get(column).cloned().unwrap_or_default()
    }

    /// The line as data; reading it follows every cell.
    pub fn row(&self) -> Row {
        let cells = self
            .cells
            .iter()
            .map(|(id, value)| (id.clone(), value.get()))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        Row {
            group: self.group.clone(),
            cells,
        }
    }
}
