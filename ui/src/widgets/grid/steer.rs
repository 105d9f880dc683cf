//! Where the keyboard stands in a grid.

mod keys;

use std::collections::BTreeMap;

use leptos::html;
use leptos::prelude::*;
use web_sys::MouseEvent;

use hoso_domain::finding::Place;
use hoso_domain::form::Grid;

use super::Unread;
use super::clip::Pasted;
use super::rows::RowDraft;
use super::sight::{Sight, WHOLE, first_guess};
use crate::widgets::suggest::{Source, Suggestions};
use crate::widgets::typing::Typing;

/// What the arrow keys mean in the cell at hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// The whole text is selected: typing replaces it, arrows move on.
    Arrived,
    /// Typing over: arrows still move on.
    Typing,
    /// F2: arrows move inside the text.
    Editing,
}

/// A typed cell, as the steering reaches it.
#[derive(Clone)]
pub struct Enrolled {
    pub typing: Typing,
    pub list: Suggestions,
    pub source: Source,
    pub node: NodeRef<html::Input>,
}

/// What the editor hears of a grid.
#[derive(Clone, Copy)]
pub struct On {
    /// Something was typed.
    pub edited: Callback<()>,
    /// A whole step of work is over.
    pub done: Callback<()>,
    pub left: Callback<Place>,
}

/// Shared by the cells of one grid; copied freely.
#[derive(Clone, Copy)]
pub struct Steer {
    pub mode: RwSignal<Mode>,
    pub unread: RwSignal<Vec<Unread>>,
    /// Cells of the last paste whose letters came in pieces.
    pub joined: RwSignal<usize>,
    /// A table that waits for a person's word.
    pub pasted: RwSignal<Option<Pasted>>,
    pub edited: Callback<()>,
    /// A whole step of work is over: it can be taken back as one.
    pub done: Callback<()>,
    left: Callback<Place>,
    read_only: Signal<bool>,
    grid: StoredValue<Grid>,
    /// Ids of the groups in printed order; none in a plain grid.
    pub groups: StoredValue<Vec<String>>,
    pub voucher: usize,
    rows: StoredValue<ArcRwSignal<Vec<RowDraft>>>,
    /// What is drawn of a long grid.
    pub sight: RwSignal<Sight>,
    pub frame: NodeRef<html::Div>,
    /// Of one line, in CSS pixels.
    pub line_height: StoredValue<f64>,
    /// Row and column of the one tab stop.
    here: RwSignal<(usize, usize)>,
    focused: RwSignal<bool>,
    /// The other corner of a selection made with Shift and arrows.
    anchor: RwSignal<Option<(usize, usize)>>,
    before: StoredValue<String>,
    cells: StoredValue<BTreeMap<(u32, usize), Enrolled>, LocalStorage>,
}

impl Steer {
    pub fn new(
        grid: &Grid,
        groups: Vec<String>,
        voucher: usize,
        rows: ArcRwSignal<Vec<RowDraft>>,
        read_only: Signal<bool>,
        on: On,
    ) -> Self {
        let first = entries(grid).first().copied().unwrap_or(0);
        Self {
            mode: RwSignal::new(Mode::Arrived),
            unread: RwSignal::new(Vec::new()),
            joined: RwSignal::new(0),
            pasted: RwSignal::new(None),
            edited: on.edited,
            done: on.done,
            left: on.left,
            read_only,
            grid: StoredValue::new(grid.clone()),
            groups: StoredValue::new(groups),
            voucher,
            rows: StoredValue::new(rows),
            sight: RwSignal::new(WHOLE),
            frame: NodeRef::new(),
            line_height: StoredValue::new(first_guess()),
            here: RwSignal::new((0, first)),
            focused: RwSignal::new(false),
            anchor: RwSignal::new(None),
            before: StoredValue::new(String::new()),
            cells: StoredValue::new_local(BTreeMap::new()),
        }
    }

    pub fn block(self) -> String {
        self.grid.with_value(|g| g.id.clone())
    }

    pub fn dom_id(self, row: usize, column: &str) -> String {
        format!("c-{}-{}-{row}-{column}", self.voucher, self.block())
    }

    pub fn index_of(self, key: u32) -> Option<usize> {
        self.rows_tracked(|all| all.iter().position(|r| r.key == key))
    }

    /// Makes a typed cell known.
    pub fn enrol(self, key: u32, at: usize, cell: Enrolled) {
        self.cells.update_value(|cells| {
            cells.insert((key, at), cell);
        });
        on_cleanup(move || {
            self.cells
                .try_update_value(|cells| cells.remove(&(key, at)));
        });
    }

    pub fn is_at(self, row: usize, at: usize) -> bool {
        self.focused.get() && self.here.get() == (row, at)
    }

    /// The one cell Tab arrives at; a line that is gone hands it to the last line.
    pub fn is_stop(self, row: usize, at: usize) -> bool {
        let (r, c) = self.here.get();
        (r.min(self.count().saturating_sub(1)), c) == (row, at)
    }

    pub fn is_picked(self, row: usize, at: usize) -> bool {
        self.corners()
            .is_some_and(|((r0, c0), (r1, c1))| (r0..=r1).contains(&row) && (c0..=c1).contains(&at))
    }

    /// Top left and bottom right of the selection.
    pub fn corners(self) -> Option<((usize, usize), (usize, usize))> {
        let (r0, c0) = self.anchor.get()?;
        let (r1, c1) = self.here.get();
        Some(((r0.min(r1), c0.min(c1)), (r0.max(r1), c0.max(c1))))
    }

    /// The line the keyboard stands in.
    pub fn row_here(self) -> usize {
        self.here.get().0
    }

    /// The place of the keyboard: row and column.
    pub fn here_untracked(self) -> (usize, usize) {
        self.here.get_untracked()
    }

    pub fn column_here(self) -> usize {
        self.here.get_untracked().1
    }

    pub fn is_read_only(self) -> bool {
        self.read_only.get_untracked()
    }

    fn count(self) -> usize {
        self.rows_tracked(<[RowDraft]>::len)
    }

    pub fn count_untracked(self) -> usize {
        self.rows_untracked(<[RowDraft]>::len)
    }

    pub fn rows_tracked<T>(self, read: impl FnOnce(&[RowDraft]) -> T) -> T {
        self.rows.with_value(|rows| rows.with(|all| read(all)))
    }

    pub fn rows_untracked<T>(self, read: impl FnOnce(&[RowDraft]) -> T) -> T {
        self.rows
            .with_value(|rows| rows.with_untracked(|all| read(all)))
    }

    pub fn rows_update(self, change: impl FnOnce(&mut Vec<RowDraft>)) {
        self.rows.with_value(|rows| rows.update(change));
    }

    pub fn grid_with<T>(self, read: impl FnOnce(&Grid) -> T) -> T {
        self.grid.with_value(read)
    }

    fn key_of(self, row: usize) -> Option<u32> {
        self.rows_untracked(|all| all.get(row).map(|r| r.key))
    }

    pub fn cell(self, row: usize, at: usize) -> Option<Enrolled> {
        let key = self.key_of(row)?;
        self.cells
            .with_value(|cells| cells.get(&(key, at)).cloned())
    }

    pub fn entries(self) -> Vec<usize> {
        self.grid.with_value(entries)
    }

    pub fn column_ids(self) -> Vec<String> {
        self.grid
            .with_value(|g| g.columns.iter().map(|c| c.id.clone()).collect())
    }

    // events of a cell

    pub fn arrive(self, row: usize, at: usize) {
        self.here.set((row, at));
        self.focused.set(true);
        self.mode.set(Mode::Arrived);
        if let Some(cell) = self.cell(row, at) {
            self.before.set_value(untrack(|| cell.typing.kept()));
            if let Some(node) = cell.node.get_untracked() {
                node.select();
            }
        }
    }

    pub fn leave(self, row: usize, at: usize) {
        // a cell that is being removed loses the focus when its screen is already gone
        if self.focused.try_set(false).is_some()
            || self.read_only.try_get_untracked() != Some(false)
        {
            return;
        }
        let column = self.column_ids().get(at).cloned().unwrap_or_default();
        let place = Place::Cell {
            voucher: self.voucher,
            block: self.block(),
            row,
            column,
        };
        self.left.try_run(place);
    }

    pub fn typed(self) {
        if self.mode.get_untracked() == Mode::Arrived {
            self.mode.set(Mode::Typing);
        }
        // every cell drawn follows it: a key is nothing to them
        if self.anchor.get_untracked().is_some() {
            self.anchor.set(None);
        }
        self.edited.run(());
    }

    /// The first press arrives with everything selected; the second puts the caret.
    pub fn press(self, event: &MouseEvent, row: usize, at: usize) {
        let Some(node) = self.cell(row, at).and_then(|c| c.node.get_untracked()) else {
            return;
        };
        let has_focus = document()
            .active_element()
            .is_some_and(|a| a.id() == node.id());
        if has_focus {
            if self.mode.get_untracked() == Mode::Arrived {
                self.mode.set(Mode::Editing);
            }
            return;
        }
        event.prevent_default();
        self.anchor
            .set(event.shift_key().then(|| self.here.get_untracked()));
        let _ = node.focus();
    }

    /// F2: into the text, with the caret at its end.
    pub fn edit(self) {
        let (row, at) = self.here.get_untracked();
        let Some(cell) = self.cell(row, at) else {
            return;
        };
        if self.read_only.get_untracked() {
            return;
        }
        if let Some(node) = cell.node.get_untracked() {
            if !cell.typing.is_typing() {
                node.set_value(&cell.typing.editable());
            }
            let end = u32::try_from(node.value().encode_utf16().count()).unwrap_or(u32::MAX);
            let _ = node.set_selection_range(end, end);
        }
        self.mode.set(Mode::Editing);
    }

    /// Puts the keyboard into a cell; a line out of sight is drawn first.
    pub fn focus(self, row: usize, at: usize) {
        let arrive = move || {
            let found = self.cell(row, at).and_then(|c| c.node.get_untracked());
            if let Some(node) = found {
                let _ = node.focus();
            }
        };
        if row < self.count_untracked() && self.reveal(row) {
            request_animation_frame(arrive);
        } else {
            arrive();
        }
    }
}

/// Columns that are typed, by place.
fn entries(grid: &Grid) -> Vec<usize> {
    let typed = grid
        .columns
        .iter()
        .enumerate()
        .filter(|(_, c)| c.formula.is_none());
    typed.map(|(n, _)| n).collect()
}
