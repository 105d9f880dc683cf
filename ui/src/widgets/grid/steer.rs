//! Where the keyboard stands in a grid, and what each key does there.

use std::collections::BTreeMap;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, HtmlInputElement, KeyboardEvent, MouseEvent};

use hoso_domain::finding::Place;
use hoso_domain::form::Grid;

use super::Unread;
use super::paste::{Target, parse, write};
use super::rows::RowDraft;
use crate::keys::{is_ctrl, is_typing};
use crate::rules;
use crate::widgets::suggest::{Answer, Source, Suggestions};
use crate::widgets::tree;
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
struct Enrolled {
    typing: Typing,
    list: Suggestions,
    source: Source,
    node: NodeRef<html::Input>,
}

/// Shared by the cells of one grid; copied freely.
#[derive(Clone, Copy)]
pub struct Steer {
    pub mode: RwSignal<Mode>,
    pub unread: RwSignal<Vec<Unread>>,
    pub edited: Callback<()>,
    left: Callback<Place>,
    read_only: Signal<bool>,
    grid: StoredValue<Grid>,
    voucher: usize,
    rows: StoredValue<ArcRwSignal<Vec<RowDraft>>>,
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
        voucher: usize,
        rows: ArcRwSignal<Vec<RowDraft>>,
        read_only: Signal<bool>,
        edited: Callback<()>,
        left: Callback<Place>,
    ) -> Self {
        let first = entries(grid).first().copied().unwrap_or(0);
        Self {
            mode: RwSignal::new(Mode::Arrived),
            unread: RwSignal::new(Vec::new()),
            edited,
            left,
            read_only,
            grid: StoredValue::new(grid.clone()),
            voucher,
            rows: StoredValue::new(rows),
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
        self.rows
            .with_value(|rows| rows.with(|all| all.iter().position(|r| r.key == key)))
    }

    /// Makes a typed cell known.
    pub fn enrol(
        self,
        index: Memo<Option<usize>>,
        at: usize,
        typing: Typing,
        list: Suggestions,
        source: Source,
        node: NodeRef<html::Input>,
    ) {
        let Some(key) = index.get_untracked().and_then(|i| self.key_of(i)) else {
            return;
        };
        let cell = Enrolled {
            typing,
            list,
            source,
            node,
        };
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
    fn corners(self) -> Option<((usize, usize), (usize, usize))> {
        let (r0, c0) = self.anchor.get()?;
        let (r1, c1) = self.here.get();
        Some(((r0.min(r1), c0.min(c1)), (r0.max(r1), c0.max(c1))))
    }

    /// The line the keyboard stands in.
    pub fn row_here(self) -> usize {
        self.here.get().0
    }

    fn count(self) -> usize {
        self.rows.with_value(|rows| rows.with(Vec::len))
    }

    fn key_of(self, row: usize) -> Option<u32> {
        self.rows
            .with_value(|rows| rows.with_untracked(|all| all.get(row).map(|r| r.key)))
    }

    fn cell(self, row: usize, at: usize) -> Option<Enrolled> {
        let key = self.key_of(row)?;
        self.cells
            .with_value(|cells| cells.get(&(key, at)).cloned())
    }

    fn entries(self) -> Vec<usize> {
        self.grid.with_value(entries)
    }

    fn column_ids(self) -> Vec<String> {
        self.grid
            .with_value(|g| g.columns.iter().map(|c| c.id.clone()).collect())
    }

    // events of a cell

    pub fn arrive(self, row: usize, at: usize) {
        self.here.set((row, at));
        self.focused.set(true);
        self.mode.set(Mode::Arrived);
        if let Some(cell) = self.cell(row, at) {
            self.before.set_value(cell.typing.value.get_untracked());
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
        self.anchor.set(None);
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

    pub fn key(self, event: &KeyboardEvent) {
        let inside = event
            .target()
            .is_some_and(|t| t.dyn_ref::<HtmlInputElement>().is_some());
        if is_typing(event) || !inside {
            return;
        }
        let (row, at) = self.here.get_untracked();
        let Some(cell) = self.cell(row, at) else {
            return;
        };
        match cell.list.key(event) {
            Answer::Used => {
                event.prevent_default();
                event.stop_propagation();
                return;
            }
            Answer::Took(pick) => {
                cell.typing.put(pick.code);
                self.edited.run(());
            }
            Answer::Pass => {}
        }
        if self.act(event, row, at, &cell) {
            event.prevent_default();
            event.stop_propagation();
        }
    }

    /// Whether the key was one of the grid's.
    fn act(self, event: &KeyboardEvent, row: usize, at: usize, cell: &Enrolled) -> bool {
        let editing = self.mode.get_untracked() == Mode::Editing;
        let writable = !self.read_only.get_untracked();
        let key = event.key();
        if is_ctrl(event) {
            match key.as_str() {
                "d" | "D" if writable => self.fill_down(row, at),
                "Insert" if writable => self.insert(row),
                "Delete" if writable => self.remove(row),
                "a" | "A" if !editing => self.pick_all(),
                "Home" => self.focus(0, self.entries().first().copied().unwrap_or(at)),
                "End" => self.focus(self.count().saturating_sub(1), at),
                _ => return false,
            }
            return true;
        }
        if event.alt_key() || event.meta_key() {
            return false;
        }
        match key.as_str() {
            "Enter" => {
                self.settle(cell);
                if event.shift_key() {
                    self.focus(row.saturating_sub(1), at);
                } else {
                    self.next(row, at, true);
                }
            }
            "Tab" => {
                self.settle(cell);
                return if event.shift_key() {
                    self.back(row, at)
                } else {
                    self.next(row, at, false)
                };
            }
            "F2" => self.edit(),
            "F3" if writable && self.browse(cell) => {}
            "F3" => {
                if let Some(node) = cell.node.get_untracked() {
                    let anchor: &web_sys::Element = &node;
                    cell.list
                        .ask_now(cell.source.clone(), String::new(), anchor);
                }
            }
            "Escape" => {
                if self.mode.get_untracked() == Mode::Arrived
                    && self.anchor.get_untracked().is_none()
                {
                    return false;
                }
                self.undo(cell);
            }
            "ArrowUp" => self.walk(event, row.checked_sub(1), Some(at)),
            "ArrowDown" => self.walk(event, Some(row.saturating_add(1)), Some(at)),
            "ArrowLeft" if !editing => self.walk(event, Some(row), self.entry_before(at)),
            "ArrowRight" if !editing => self.walk(event, Some(row), self.entry_after(at)),
            _ => return false,
        }
        true
    }

    /// The tree of the cell's list, where it has one.
    fn browse(self, cell: &Enrolled) -> bool {
        let Source::Codes(id) = &cell.source else {
            return false;
        };
        let (typing, edited) = (cell.typing.clone(), self.edited);
        let then = Callback::new(move |code: String| {
            typing.put(code);
            edited.try_run(());
        });
        tree::browse(id, then)
    }

    /// Text that is no code becomes the first match for it, once that is known.
    fn settle(self, cell: &Enrolled) {
        if cell.source == Source::None || !cell.typing.is_typing() {
            return;
        }
        let text = cell.typing.value.get_untracked().trim().to_owned();
        if text.is_empty() || text.chars().all(|c| c.is_ascii_digit()) {
            return;
        }
        let (typing, source, edited) = (cell.typing.clone(), cell.source.clone(), self.edited);
        spawn_local(async move {
            if let Some(first) = source.find(text, 1).await.into_iter().next() {
                typing.put(first.code);
                edited.try_run(());
            }
        });
    }

    fn undo(self, cell: &Enrolled) {
        cell.list.close();
        self.anchor.set(None);
        cell.typing.put(self.before.get_value());
        if let Some(node) = cell.node.get_untracked() {
            node.set_value(&cell.typing.shown());
            node.select();
        }
        self.mode.set(Mode::Arrived);
        self.edited.run(());
    }

    fn walk(self, event: &KeyboardEvent, row: Option<usize>, at: Option<usize>) {
        let (Some(row), Some(at)) = (row, at) else {
            return;
        };
        if row >= self.count() {
            return;
        }
        let start = self.here.get_untracked();
        if event.shift_key() {
            if self.anchor.get_untracked().is_none() {
                self.anchor.set(Some(start));
            }
        } else {
            self.anchor.set(None);
        }
        self.focus(row, at);
    }

    fn entry_after(self, at: usize) -> Option<usize> {
        self.entries().into_iter().find(|c| *c > at)
    }

    fn entry_before(self, at: usize) -> Option<usize> {
        self.entries().into_iter().rfind(|c| *c < at)
    }

    /// On to the next entry cell; `grow` adds a line behind the last one.
    fn next(self, row: usize, at: usize, grow: bool) -> bool {
        self.anchor.set(None);
        if let Some(at) = self.entry_after(at) {
            self.focus(row, at);
            return true;
        }
        let first = self.entries().first().copied().unwrap_or(at);
        let below = row.saturating_add(1);
        if below < self.count() {
            self.focus(below, first);
            return true;
        }
        if !grow || self.read_only.get_untracked() {
            return false;
        }
        let (blank, group) = self.rows.with_value(|rows| {
            rows.with_untracked(|all| {
                all.get(row).map_or((true, String::new()), |r| {
                    (
                        r.cells
                            .values()
                            .all(|c| c.with_untracked(|v| v.trim().is_empty())),
                        r.group.clone(),
                    )
                })
            })
        });
        if !blank {
            self.append(group);
        }
        true
    }

    fn back(self, row: usize, at: usize) -> bool {
        self.anchor.set(None);
        if let Some(at) = self.entry_before(at) {
            self.focus(row, at);
            return true;
        }
        let Some(above) = row.checked_sub(1) else {
            return false;
        };
        self.focus(above, self.entries().last().copied().unwrap_or(at));
        true
    }

    pub fn focus(self, row: usize, at: usize) {
        let found = self.cell(row, at).and_then(|c| c.node.get_untracked());
        if let Some(node) = found {
            let _ = node.focus();
        }
    }

    // lines

    fn change(self, change: impl FnOnce(&mut Vec<RowDraft>)) {
        self.rows.with_value(|rows| rows.update(change));
        self.edited.run(());
    }

    /// Goes to a cell that is drawn only after this turn.
    fn focus_soon(self, row: usize, at: usize) {
        request_animation_frame(move || self.focus(row, at));
    }

    pub fn append(self, group: String) {
        let columns = self.column_ids();
        let mut at = 0;
        self.change(|all| {
            let last = all.iter().rposition(|r| r.group == group);
            at = last.map_or(all.len(), |i| i.saturating_add(1));
            all.insert(at, RowDraft::blank(&columns, &group));
        });
        let first = self.entries().first().copied().unwrap_or(0);
        self.focus_soon(at, first);
    }

    fn insert(self, row: usize) {
        let columns = self.column_ids();
        self.change(|all| {
            let group = all.get(row).map_or_else(String::new, |r| r.group.clone());
            all.insert(row.min(all.len()), RowDraft::blank(&columns, &group));
        });
        let first = self.entries().first().copied().unwrap_or(0);
        self.focus_soon(row, first);
    }

    pub fn remove(self, row: usize) {
        let columns = self.column_ids();
        self.change(|all| {
            if row < all.len() {
                let gone = all.remove(row);
                if all.is_empty() && gone.group.is_empty() {
                    all.push(RowDraft::blank(&columns, ""));
                }
            }
        });
        let (_, at) = self.here.get_untracked();
        self.focus_soon(row.min(self.count().saturating_sub(1)), at);
    }

    fn fill_down(self, row: usize, at: usize) {
        let Some(above) = row.checked_sub(1) else {
            return;
        };
        let (Some(from), Some(to)) = (self.cell(above, at), self.cell(row, at)) else {
            return;
        };
        to.typing.put(from.typing.value.get_untracked());
        if let Some(node) = to.node.get_untracked() {
            node.set_value(&to.typing.shown());
            node.select();
        }
        self.edited.run(());
    }

    fn pick_all(self) {
        let entries = self.entries();
        self.anchor
            .set(Some((0, entries.first().copied().unwrap_or(0))));
        self.focus(
            self.count().saturating_sub(1),
            entries.last().copied().unwrap_or(0),
        );
    }

    // clipboard

    pub fn copy(self, event: &ClipboardEvent) {
        let Some(((r0, c0), (r1, c1))) = untrack(|| self.corners()) else {
            return;
        };
        if (r0, c0) == (r1, c1) {
            return;
        }
        let lines: Vec<Vec<String>> = (r0..=r1)
            .map(|row| {
                (c0..=c1)
                    .map(|at| {
                        self.cell(row, at)
                            .map_or_else(String::new, |c| untrack(|| c.typing.shown()))
                    })
                    .collect()
            })
            .collect();
        if let Some(data) = event.clipboard_data()
            && data.set_data("text/plain", &write(&lines)).is_ok()
        {
            event.prevent_default();
        }
    }

    pub fn paste(self, event: &ClipboardEvent) {
        if self.read_only.get_untracked() {
            return;
        }
        let Some(text) = event
            .clipboard_data()
            .and_then(|d| d.get_data("text/plain").ok())
        else {
            return;
        };
        let Some(lines) = parse(&text) else { return };
        event.prevent_default();
        let (row, at) = self.here.get_untracked();
        let targets: Vec<Target> = self.grid.with_value(|g| {
            g.columns
                .iter()
                .enumerate()
                .filter(|(n, c)| *n >= at && c.formula.is_none())
                .map(|(_, c)| Target {
                    id: c.id.clone(),
                    label: c.full_label(),
                    kind: c.kind,
                })
                .collect()
        });
        let columns = self.column_ids();
        let mut unread = Vec::new();
        self.change(|all| {
            let group = all.get(row).map_or_else(String::new, |r| r.group.clone());
            for (n, line) in lines.iter().enumerate() {
                let r = row.saturating_add(n);
                while all.len() <= r {
                    all.push(RowDraft::blank(&columns, &group));
                }
                let Some(draft) = all.get(r) else { continue };
                for (target, text) in targets.iter().zip(line) {
                    let text = text.trim();
                    if !rules::readable(target.kind, text) {
                        unread.push(Unread {
                            row: r.saturating_add(1),
                            column: target.label.clone(),
                            text: text.to_owned(),
                        });
                    }
                    draft
                        .cell(&target.id)
                        .set(rules::canonical(target.kind, text));
                }
            }
        });
        self.unread.set(unread);
        let place = Place::Voucher {
            voucher: self.voucher,
        };
        self.left.run(place);
        self.focus_soon(row, at);
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
