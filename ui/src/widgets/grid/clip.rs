//! Copying to a spreadsheet, pasting from one.

use leptos::prelude::*;
use web_sys::ClipboardEvent;

use hoso_domain::form::FieldKind;
use hoso_domain::paste::{self, Choice, Numbers, Questions, Taken};

use super::Unread;
use super::paste::{parse, write};
use super::steer::Steer;
use crate::rules;

/// A column a pasted text goes to.
#[derive(Clone, PartialEq, Debug)]
pub struct Target {
    pub id: String,
    pub label: String,
    pub kind: FieldKind,
}

/// A table from the clipboard, before it is put in.
#[derive(Clone)]
pub struct Pasted {
    row: usize,
    at: usize,
    pub targets: Vec<Target>,
    pub lines: Vec<Vec<String>>,
    pub asked: Questions,
}

impl Pasted {
    fn kinds(&self) -> Vec<FieldKind> {
        self.targets.iter().map(|t| t.kind).collect()
    }

    /// How the table would stand in the grid.
    pub fn taken(&self, choice: Choice) -> Taken {
        paste::take(&self.lines, &self.kinds(), choice)
    }

    /// What is offered first: heads left out, old encodings turned; numbers are for a person.
    pub fn offer(&self) -> Choice {
        Choice {
            numbers: Numbers::Typed,
            to_unicode: self.asked.legacy_count > 0,
            skip_first: self.asked.head,
        }
    }
}

impl Steer {
    pub fn copy(self, event: &ClipboardEvent) {
        let Some(((r0, c0), (r1, c1))) = untrack(|| self.corners()) else {
            return;
        };
        if (r0, c0) == (r1, c1) {
            return;
        }
        let columns: Vec<(String, FieldKind)> = self.grid_with(|g| {
            let picked = g.columns.iter().enumerate();
            let picked = picked.filter(|(n, _)| (c0..=c1).contains(n));
            picked.map(|(_, c)| (c.id.clone(), c.kind)).collect()
        });
        let lines: Vec<Vec<String>> = self.rows_untracked(|all| {
            let picked = all
                .iter()
                .skip(r0)
                .take(r1.saturating_sub(r0).saturating_add(1));
            let cells = |row: &super::rows::RowDraft| {
                let shown = |(id, kind): &(String, FieldKind)| rules::display(*kind, &row.text(id));
                columns.iter().map(shown).collect()
            };
            picked.map(cells).collect()
        });
        if let Some(data) = event.clipboard_data()
            && data.set_data("text/plain", &write(&lines)).is_ok()
        {
            event.prevent_default();
        }
    }

    /// A table goes in at once when there is nothing to ask; else a person sees it first.
    pub fn paste(self, event: &ClipboardEvent) {
        if self.is_read_only() {
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
        let (row, at) = self.here_untracked();
        let targets: Vec<Target> = self.grid_with(|g| {
            let typed = g.columns.iter().enumerate();
            let typed = typed.filter(|(n, c)| *n >= at && c.formula.is_none());
            typed
                .map(|(_, c)| Target {
                    id: c.id.clone(),
                    label: c.full_label(),
                    kind: c.kind,
                })
                .collect()
        });
        let mut pasted = Pasted {
            row,
            at,
            targets,
            lines,
            asked: Questions::default(),
        };
        pasted.asked = paste::look(&pasted.lines, &pasted.kinds());
        let taken = pasted.taken(pasted.offer());
        if pasted.asked.none() && taken.unread.is_empty() {
            self.take(&pasted, taken);
        } else {
            self.pasted.set(Some(pasted));
        }
    }

    /// Puts the table in.
    pub fn take(self, pasted: &Pasted, taken: Taken) {
        let ids: Vec<String> = pasted.targets.iter().map(|t| t.id.clone()).collect();
        self.put_in(pasted.row, &ids, &taken.lines);
        let unread = taken.unread.into_iter().map(|u| Unread {
            row: pasted.row.saturating_add(u.line).saturating_add(1),
            column: pasted
                .targets
                .get(u.column)
                .map_or_else(String::new, |t| t.label.clone()),
            text: u.text,
        });
        self.unread.set(unread.collect());
        self.joined.set(pasted.asked.decomposed);
        // saved with its checks when it has been drawn
        self.focus_soon(pasted.row, pasted.at);
    }
}
