//! Lines under edit: each cell is a signal of its own, so that typing redraws one cell, and each
//! line keeps its data, so that the others are not read again. Whoever needs all lines asks for them
//! in parts: what is followed is looked through at every key.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::*;

use hoso_domain::form::{Grid, Lines};
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

/// The lines of a grid as data, in about as many parts as a part has lines.
///
/// A memo looks through everything it follows each time it is asked: for five hundred lines that is
/// more work than summing them up.
#[derive(Clone)]
pub struct RowsData(ArcMemo<Vec<ArcMemo<Lines>>>);

impl RowsData {
    pub fn new(rows: ArcRwSignal<Vec<RowDraft>>) -> Self {
        Self(ArcMemo::new(move |_| {
            rows.with(|all| all.chunks(all.len().isqrt().max(1)).map(part).collect())
        }))
    }

    /// All lines; reading follows them and their cells.
    pub fn lines(&self) -> Lines {
        let mut lines = Lines::new();
        self.0.with(|parts| {
            for part in parts {
                part.with(|own| lines.extend_from_slice(own));
            }
        });
        lines
    }
}

fn part(rows: &[RowDraft]) -> ArcMemo<Lines> {
    let rows = rows.to_vec();
    ArcMemo::new(move |_| rows.iter().map(RowDraft::row).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    const COLUMNS: [&str; 2] = ["content", "amount"];

    fn row(amount: usize) -> RowDraft {
        let ids = COLUMNS.map(str::to_owned);
        let cells = BTreeMap::from([("amount".to_owned(), amount.to_string())]);
        let group = String::new();
        RowDraft::of(&ids.iter().collect::<Vec<_>>(), &Row { group, cells })
    }

    fn amounts(lines: &Lines) -> Vec<&str> {
        lines.iter().map(|r| r.cell("amount")).collect()
    }

    #[test]
    fn a_key_has_its_own_line_and_its_own_part_read_anew() {
        let owner = Owner::new();
        owner.set();
        let rows = ArcRwSignal::new((0..100).map(row).collect::<Vec<_>>());
        let data = RowsData::new(rows.clone());
        // who asks at every key follows the parts alone
        let parts = data.clone();
        let followed = ArcMemo::new(move |_| parts.lines());
        let before = followed.get_untracked();
        assert_eq!(amounts(&before).join(" ").len(), 289);
        assert_eq!(data.0.with_untracked(Vec::len), 10);
        let made = data.0.get_untracked();

        rows.with_untracked(|all| all[42].cell("amount").set("1000".to_owned()));
        let after = followed.get_untracked();
        assert_eq!(after[42].cell("amount"), "1000");
        for (at, (a, b)) in before.iter().zip(&after).enumerate() {
            assert_eq!(Arc::ptr_eq(a, b), at != 42, "line {at}");
        }
        assert!(data.0.get_untracked() == made, "no part was made anew");
    }

    #[test]
    fn lines_that_come_go_and_move_are_followed() {
        let owner = Owner::new();
        owner.set();
        let rows = ArcRwSignal::new(Vec::new());
        let data = RowsData::new(rows.clone());
        let followed = ArcMemo::new(move |_| data.lines());
        assert!(followed.get_untracked().is_empty());
        rows.update(|all| all.extend((0..5).map(row)));
        rows.update(|all| {
            let moved = all.remove(0);
            all.push(moved);
            all.remove(1);
        });
        assert_eq!(amounts(&followed.get_untracked()), ["1", "3", "4", "0"]);
        rows.with_untracked(|all| all[3].cell("amount").set("7".to_owned()));
        assert_eq!(amounts(&followed.get_untracked()), ["1", "3", "4", "7"]);
    }
}
