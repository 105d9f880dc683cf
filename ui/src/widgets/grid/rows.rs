//! Lines under edit: a line is one value, and a cell that is drawn has a signal of its own beside it,
//! so that typing redraws one cell and a line out of sight costs next to nothing. Whoever needs all
//! lines asks for them in parts: what is followed is looked through at every key.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leptos::prelude::*;

use hoso_domain::form::Lines;
use hoso_domain::voucher::Row;

static KEYS: AtomicU32 = AtomicU32::new(1);

/// One line under edit; cheap to clone.
#[derive(Clone)]
pub struct RowDraft {
    /// Stays the same while the line moves.
    pub key: u32,
    pub group: String,
    row: ArcRwSignal<Arc<Row>>,
    /// The cells that are or were drawn. What they show is what stands in `row`.
    drawn: Arc<Mutex<BTreeMap<String, ArcRwSignal<String>>>>,
}

impl RowDraft {
    /// An empty line.
    pub fn blank(group: &str) -> Self {
        Self::new(Row {
            group: group.to_owned(),
            cells: BTreeMap::new(),
        })
    }

    /// Cells without text are left out.
    pub fn new(mut row: Row) -> Self {
        row.cells.retain(|_, value| !value.is_empty());
        Self {
            key: KEYS.fetch_add(1, Ordering::Relaxed),
            group: row.group.clone(),
            row: ArcRwSignal::new(Arc::new(row)),
            drawn: Arc::default(),
        }
    }

    fn drawn(&self) -> MutexGuard<'_, BTreeMap<String, ArcRwSignal<String>>> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the cell shows, for following; it is written by [`RowDraft::put`].
    pub fn cell(&self, column: &str) -> ArcRwSignal<String> {
        let mut drawn = self.drawn();
        if let Some(cell) = drawn.get(column) {
            return cell.clone();
        }
        let cell = ArcRwSignal::new(self.text(column));
        drawn.insert(column.to_owned(), cell.clone());
        cell
    }

    /// The text of a cell now, without following it.
    pub fn text(&self, column: &str) -> String {
        self.row.with_untracked(|row| row.cell(column).to_owned())
    }

    /// Writes a cell.
    pub fn put(&self, column: &str, value: String) {
        if self.row.with_untracked(|row| row.cell(column) != value) {
            self.row.update(|row| {
                let cells = &mut Arc::make_mut(row).cells;
                if value.is_empty() {
                    cells.remove(column);
                } else {
                    cells.insert(column.to_owned(), value.clone());
                }
            });
        }
        // the lock is not held while those who follow it read
        let drawn = self.drawn().get(column).cloned();
        if let Some(cell) = drawn {
            cell.set(value);
        }
    }

    pub fn is_blank(&self) -> bool {
        self.row.with_untracked(|row| row.is_blank())
    }

    /// Takes the row's values over, cell by cell: what is the same stays untouched.
    pub fn become_row(&self, row: &Row) {
        let before = self.row.get_untracked();
        for id in before.cells.keys().filter(|id| row.cell(id).is_empty()) {
            self.put(id, String::new());
        }
        for (id, value) in &row.cells {
            if before.cell(id) != value {
                self.put(id, value.clone());
            }
        }
    }

    /// The line as data, shared by all who ask; reading it follows every cell.
    pub fn row(&self) -> Arc<Row> {
        self.row.get()
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

    fn row(amount: usize) -> RowDraft {
        let cells = BTreeMap::from([("amount".to_owned(), amount.to_string())]);
        let group = String::new();
        RowDraft::new(Row { group, cells })
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

        rows.with_untracked(|all| all[42].put("amount", "1000".to_owned()));
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
        rows.with_untracked(|all| all[3].put("amount", "7".to_owned()));
        assert_eq!(amounts(&followed.get_untracked()), ["1", "3", "4", "7"]);
    }

    #[test]
    fn what_a_drawn_cell_shows_is_what_stands_in_its_line() {
        let owner = Owner::new();
        owner.set();
        let line = row(5);
        let shown = line.cell("amount");
        line.put("amount", "7".to_owned());
        assert_eq!(shown.get_untracked(), "7");
        assert_eq!(line.row().cell("amount"), "7");
        let cells = BTreeMap::from([("content".to_owned(), "Giấy in".to_owned())]);
        let group = String::new();
        line.become_row(&Row { group, cells });
        assert_eq!(shown.get_untracked(), "");
        assert_eq!(line.cell("content").get_untracked(), "Giấy in");
        assert!(!line.row().cells.contains_key("amount"));
    }
}
