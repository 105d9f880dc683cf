//! Hoàn tác, làm lại: each step of work on a draft can be taken back while the editor is open.
//!
//! A step ends when a field is left, a box ticked, a table pasted, lines added or taken out.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use hoso_domain::finding::Place;
use hoso_domain::patch::Patch;
use hoso_domain::voucher::Voucher;

use super::draft::VoucherDraft;

/// How many steps are kept, and how many lines they may hold together.
const STEPS: usize = 200;
const LINES: usize = 60_000;

#[derive(Default)]
struct Steps {
    now: Vec<Voucher>,
    back: Vec<Patch>,
    forth: Vec<Patch>,
}

impl Steps {
    fn push(&mut self, patch: Patch) {
        self.back.push(patch);
        self.forth.clear();
        let mut held: usize = self.back.iter().map(Patch::weight).sum();
        // the last step is always kept
        while self.back.len() > 1 && (self.back.len() > STEPS || held > LINES) {
            held = held.saturating_sub(self.back.remove(0).weight());
        }
    }
}

#[derive(Clone, Copy)]
pub struct Past {
    drafts: StoredValue<Vec<VoucherDraft>>,
    steps: StoredValue<Steps>,
    /// How many steps can be taken back and done again.
    pub counts: RwSignal<(usize, usize)>,
}

impl Past {
    pub fn new(drafts: StoredValue<Vec<VoucherDraft>>) -> Self {
        let past = Self {
            drafts,
            steps: StoredValue::new(Steps::default()),
            counts: RwSignal::new((0, 0)),
        };
        past.steps.update_value(|s| s.now = past.read());
        past
    }

    fn read(self) -> Vec<Voucher> {
        self.drafts
            .with_value(|all| all.iter().map(VoucherDraft::whole).collect())
    }

    /// A step of work is over.
    pub fn note(self) {
        let now = self.read();
        self.steps.update_value(|steps| {
            if let Some(patch) = Patch::between(&steps.now, &now) {
                steps.push(patch);
                steps.now = now;
            }
        });
        self.count();
    }

    fn count(self) {
        let counts = self.steps.with_value(|s| (s.back.len(), s.forth.len()));
        if self.counts.get_untracked() != counts {
            self.counts.set(counts);
        }
    }

    /// Takes the last step back; replies where it was.
    pub fn undo(self) -> Option<Place> {
        self.commit_typing();
        let patch = self.steps.try_update_value(|s| s.back.pop()).flatten()?;
        let place = self.put(&patch.clone().reversed());
        self.steps.update_value(|s| s.forth.push(patch));
        self.count();
        place
    }

    /// Does the last step that was taken back again.
    pub fn redo(self) -> Option<Place> {
        self.commit_typing();
        let patch = self.steps.try_update_value(|s| s.forth.pop()).flatten()?;
        let place = self.put(&patch);
        self.steps.update_value(|s| s.back.push(patch));
        self.count();
        place
    }

    /// What is half typed is a step of its own, and the cell shows what becomes of it.
    fn commit_typing(self) {
        let active = document().active_element();
        if let Some(active) = active.and_then(|a| a.dyn_into::<HtmlElement>().ok()) {
            let _ = active.blur();
        }
        self.note();
    }

    fn put(self, patch: &Patch) -> Option<Place> {
        self.drafts.with_value(|drafts| {
            for field in &patch.fields {
                if let Some(draft) = drafts.get(field.voucher) {
                    draft.field(&field.field).set(field.after.clone());
                }
            }
            for lines in &patch.lines {
                if let Some(draft) = drafts.get(lines.voucher) {
                    draft.splice(lines);
                }
            }
        });
        let now = self.read();
        self.steps.update_value(|s| s.now = now);
        self.place_of(patch)
    }

    /// The first cell or field that changed and is typed.
    fn place_of(self, patch: &Patch) -> Option<Place> {
        let of_lines = patch.lines.first().map(|lines| {
            let column = lines
                .before
                .first()
                .zip(lines.after.first())
                .and_then(|(a, b)| {
                    let ids = a.cells.keys().chain(b.cells.keys());
                    ids.into_iter().find(|id| a.cell(id) != b.cell(id)).cloned()
                });
            let first = self.drafts.with_value(|d| {
                let grid = d.get(lines.voucher).and_then(|d| d.form.grid(&lines.grid));
                grid.and_then(|g| g.columns.iter().find(|c| c.formula.is_none()))
                    .map(|c| c.id.clone())
            });
            let row = match lines.after.is_empty() {
                true => lines.at.saturating_sub(1),
                false => lines.at,
            };
            Place::Cell {
                voucher: lines.voucher,
                block: lines.grid.clone(),
                row,
                column: column.or(first).unwrap_or_default(),
            }
        });
        of_lines.or_else(|| {
            patch.fields.first().map(|f| Place::Field {
                voucher: f.voucher,
                field: f.field.clone(),
            })
        })
    }
}
