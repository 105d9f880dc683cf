//! Adding, taking out and copying down lines.

use leptos::prelude::*;

use hoso_domain::voucher::Row;

use super::rows::RowDraft;
use super::steer::Steer;

impl Steer {
    /// One step of work on the lines.
    pub fn change(self, change: impl FnOnce(&mut Vec<RowDraft>)) {
        self.rows_update(change);
        self.edited.run(());
        self.done.run(());
    }

    /// Goes to a cell that is drawn only after this turn.
    pub fn focus_soon(self, row: usize, at: usize) {
        request_animation_frame(move || self.focus(row, at));
    }

    pub fn append(self, group: String) {
        let mut at = 0;
        self.change(|all| {
            let last = all.iter().rposition(|r| r.group == group);
            at = last.map_or(all.len(), |i| i.saturating_add(1));
            all.insert(at, RowDraft::blank(&group));
        });
        let first = self.entries().first().copied().unwrap_or(0);
        self.focus_soon(at, first);
    }

    pub fn insert(self, row: usize) {
        self.change(|all| {
            let group = all.get(row).map_or_else(String::new, |r| r.group.clone());
            all.insert(row.min(all.len()), RowDraft::blank(&group));
        });
        let first = self.entries().first().copied().unwrap_or(0);
        self.focus_soon(row, first);
    }

    pub fn remove(self, row: usize) {
        self.change(|all| {
            if row < all.len() {
                let gone = all.remove(row);
                if all.is_empty() && gone.group.is_empty() {
                    all.push(RowDraft::blank(""));
                }
            }
        });
        let at = self.column_here();
        self.focus_soon(row.min(self.count_untracked().saturating_sub(1)), at);
    }

    pub fn fill_down(self, row: usize, at: usize) {
        let Some(column) = self.column_ids().get(at).cloned() else {
            return;
        };
        let above = row.checked_sub(1);
        let text =
            self.rows_untracked(|all| above.and_then(|a| all.get(a)).map(|r| r.text(&column)));
        let (Some(text), Some(to)) = (text, self.cell(row, at)) else {
            return;
        };
        to.typing.put(text);
        if let Some(node) = to.node.get_untracked() {
            node.set_value(&to.typing.shown());
            node.select();
        }
        self.edited.run(());
        self.done.run(());
    }

    /// Puts lines of stored values in from a cell on, over what is there; the last lines are added.
    pub fn put_in(self, row: usize, columns: &[String], lines: &[Vec<Option<String>>]) {
        self.change(|all| {
            let group = all.get(row).map_or_else(String::new, |r| r.group.clone());
            for (n, line) in lines.iter().enumerate() {
                let values = columns.iter().zip(line);
                let values = values.filter_map(|(id, v)| Some((id, v.as_ref()?)));
                match all.get(row.saturating_add(n)) {
                    Some(draft) => values.for_each(|(id, value)| draft.put(id, value.clone())),
                    None => all.push(RowDraft::new(Row {
                        group: group.clone(),
                        cells: values.map(|(id, v)| (id.clone(), v.clone())).collect(),
                    })),
                }
            }
        });
    }
}
