//! What each key does in a grid.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, KeyboardEvent};

use super::{Enrolled, Mode, Steer};
use crate::keys::{is_ctrl, is_typing};
use crate::rules;
use crate::widgets::suggest::{Answer, Source};
use crate::widgets::tree;

impl Steer {
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
                "End" => self.focus(self.count_untracked().saturating_sub(1), at),
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
        let text = untrack(|| cell.typing.kept()).trim().to_owned();
        if text.is_empty() || text.chars().all(|c| c.is_ascii_digit()) {
            return;
        }
        let (typing, source, edited) = (cell.typing.clone(), cell.source.clone(), self.edited);
        spawn_local(async move {
            let first = source.find(text.clone(), 1).await.into_iter().next();
            // what was typed meanwhile stays
            let shaped = |said: &str| rules::canonical(typing.kind, said);
            let stands = shaped(&untrack(|| typing.kept())) == shaped(&text);
            if let Some(first) = first.filter(|_| stands) {
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
        if row >= self.count_untracked() {
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
        if below < self.count_untracked() {
            self.focus(below, first);
            return true;
        }
        if !grow || self.read_only.get_untracked() {
            return false;
        }
        let (blank, group) = self.rows_untracked(|all| {
            all.get(row)
                .map_or((true, String::new()), |r| (r.is_blank(), r.group.clone()))
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

    fn pick_all(self) {
        let entries = self.entries();
        self.anchor
            .set(Some((0, entries.first().copied().unwrap_or(0))));
        self.focus(
            self.count_untracked().saturating_sub(1),
            entries.last().copied().unwrap_or(0),
        );
    }
}
