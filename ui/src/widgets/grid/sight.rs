//! Which lines of a long grid are drawn: those in sight with some around them, and the one the
//! keyboard stands in. The others are gaps of the same height.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use super::rows::RowDraft;
use super::steer::Steer;

/// A grid of so few lines is drawn whole.
const SHORT: usize = 80;
/// Lines drawn above and below those in sight.
const AROUND: usize = 24;
/// The sight moves in steps of so many lines.
const STEP: usize = 12;
/// Height of a line before one was measured, in CSS pixels.
const LINE: f64 = 34.0;

/// The lines that are drawn, as places in printed order: from the first up to the second.
pub type Sight = (usize, usize);

/// Everything.
pub const WHOLE: Sight = (0, usize::MAX);

/// What stands in a body of the table.
#[derive(Clone)]
pub enum Piece {
    Line(RowDraft),
    /// So many lines that are not drawn, from this place on.
    Gap {
        from: usize,
        lines: usize,
    },
}

impl Piece {
    /// Tells pieces apart while the list changes.
    pub fn key(&self) -> (u32, usize, usize) {
        match self {
            Piece::Line(row) => (row.key, 0, 0),
            Piece::Gap { from, lines } => (0, *from, *lines),
        }
    }
}

/// The pieces of one group of lines whose first stands at `start`.
pub fn pieces<'a>(
    rows: impl Iterator<Item = &'a RowDraft>,
    start: usize,
    sight: Sight,
    kept: Option<u32>,
) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for (n, row) in rows.enumerate() {
        let place = start.saturating_add(n);
        if (sight.0..sight.1).contains(&place) || kept == Some(row.key) {
            out.push(Piece::Line(row.clone()));
        } else if let Some(Piece::Gap { lines, .. }) = out.last_mut() {
            *lines = lines.saturating_add(1);
        } else {
            out.push(Piece::Gap {
                from: place,
                lines: 1,
            });
        }
    }
    out
}

/// A number of lines that lies between 0 and the longest grid.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what a grid can hold"
)]
fn lines(count: f64) -> usize {
    count.clamp(0.0, 1_000_000.0) as usize
}

impl Steer {
    /// Finds out what is in sight now.
    pub fn look(self) {
        let Some(Some(node)) = self.frame.try_get_untracked() else {
            return;
        };
        if self.count_untracked() <= SHORT {
            if self.sight.get_untracked() != WHOLE {
                self.sight.set(WHOLE);
            }
            return;
        }
        let measure = |css: &str| {
            let found = node.query_selector(css).ok().flatten();
            found.map(|e| e.get_bounding_client_rect())
        };
        if let Some(line) = measure("tr.line").filter(|r| r.height() > 0.0) {
            self.line_height.set_value(line.height());
        }
        let Some(top) = measure("tbody").filter(|r| r.height() > 0.0) else {
            // behind another tab
            return self.see(0, AROUND);
        };
        let seen = window().inner_height().ok().and_then(|h| h.as_f64());
        let height = self.line_height.get_value().max(1.0);
        let first = lines(-top.top() / height);
        let last = lines((seen.unwrap_or(768.0) - top.top()) / height);
        self.see(first, last);
    }

    fn see(self, first: usize, last: usize) {
        let down = |n: usize| n.checked_div(STEP).unwrap_or(0).saturating_mul(STEP);
        let from = down(first.saturating_sub(AROUND));
        let to = down(last.saturating_add(AROUND)).saturating_add(STEP);
        if self.sight.get_untracked() != (from, to) {
            self.sight.set((from, to));
        }
    }

    /// Draws the line, wherever it is; replies whether it was not drawn before.
    pub fn reveal(self, row: usize) -> bool {
        let place = self.place_of(row);
        let (from, to) = self.sight.get_untracked();
        if (from..to).contains(&place) {
            return false;
        }
        self.see(place, place);
        true
    }

    /// A finding leads to a cell: its line is drawn (`data-wanted` of the frame), if it is not yet.
    pub fn reveal_asked(self, event: &web_sys::Event) {
        let frame = event
            .target()
            .and_then(|t| t.dyn_into::<web_sys::Element>().ok());
        let row = frame.and_then(|f| f.get_attribute("data-wanted"));
        if let Some(row) = row.and_then(|r| r.parse().ok()) {
            self.reveal(row);
        }
    }

    /// A line's place in printed order: groups stand one after the other.
    fn place_of(self, row: usize) -> usize {
        let groups = self.groups.get_value();
        self.rows_untracked(|all| {
            let Some(mine) = all.get(row) else { return 0 };
            let order = |group: &String| groups.iter().position(|g| g == group).unwrap_or(0);
            let at = order(&mine.group);
            let earlier = all.iter().filter(|r| order(&r.group) < at).count();
            let before = all
                .iter()
                .take(row)
                .filter(|r| order(&r.group) == at)
                .count();
            earlier.saturating_add(before)
        })
    }

    /// The pieces of one group, for drawing; follows lines and sight. The line at `here` is kept.
    pub fn pieces_of(self, group: &str, here: usize) -> Vec<Piece> {
        let sight = self.sight.get();
        let groups = self.groups.get_value();
        self.rows_tracked(|all| {
            // a grid that has just grown long was not looked at yet
            let sight = match sight {
                WHOLE if all.len() > SHORT => (0, SHORT),
                sight => sight,
            };
            let kept = all.get(here).map(|r| r.key);
            if group.is_empty() {
                return pieces(all.iter(), 0, sight, kept);
            }
            let order = |g: &String| groups.iter().position(|x| x == g);
            let at = groups.iter().position(|x| x == group);
            let start = all.iter().filter(|r| order(&r.group) < at).count();
            pieces(all.iter().filter(|r| r.group == group), start, sight, kept)
        })
    }

    /// The height of a gap, as a style.
    pub fn gap_style(self, lines: usize) -> String {
        let height = self.line_height.get_value();
        format!("height:calc({lines} * {height}px)")
    }

    /// Looks again whenever something scrolls or the window changes, while the grid lives.
    pub fn keep_looking(self) {
        let look = Closure::<dyn Fn()>::new(move || self.look());
        let call: js_sys::Function = look.as_ref().unchecked_ref::<js_sys::Function>().clone();
        // an event of scrolling does not bubble: it is caught on its way down
        let _ = document().add_event_listener_with_callback_and_bool("scroll", &call, true);
        let _ = window().add_event_listener_with_callback("resize", &call);
        let look = StoredValue::new_local(Some(look));
        on_cleanup(move || {
            let _ = document().remove_event_listener_with_callback_and_bool("scroll", &call, true);
            let _ = window().remove_event_listener_with_callback("resize", &call);
            look.try_set_value(None);
        });
    }
}

/// The height of a line before one was drawn.
pub const fn first_guess() -> f64 {
    LINE
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn what_is_out_of_sight_is_a_gap_and_the_line_of_the_keyboard_is_always_there() {
        let owner = Owner::new();
        owner.set();
        let rows: Vec<RowDraft> = (0..100).map(|_| RowDraft::blank("")).collect();
        let kept = rows[90].key;
        let out = pieces(rows.iter(), 0, (10, 20), Some(kept));
        let told: Vec<String> = out
            .iter()
            .map(|p| match p {
                Piece::Line(row) => {
                    let at = rows.iter().position(|r| r.key == row.key).unwrap();
                    format!("{at}")
                }
                Piece::Gap { from, lines } => format!("{from}+{lines}"),
            })
            .collect();
        assert_eq!(told.first().unwrap(), "0+10");
        assert_eq!(told[1..11].join(" "), "10 11 12 13 14 15 16 17 18 19");
        assert_eq!(told[11..].join(" "), "20+70 90 91+9");
        let whole = pieces(rows.iter(), 0, WHOLE, None);
        assert_eq!(whole.len(), 100);
    }
}
