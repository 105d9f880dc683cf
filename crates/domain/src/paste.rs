//! Text pasted from a spreadsheet: read before it is put in. Refuses to guess: where numbers are
//! written in two ways, or text is in a retired encoding, a person is asked and sees both readings.

use serde::{Deserialize, Serialize};

use crate::form::FieldKind;
use crate::form::value::{self, ValueError};
use crate::money::Dong;
use crate::text;

/// Examples of each kind that are shown; the counts are whole.
const EXAMPLES: usize = 4;

/// How amounts are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Numbers {
    /// As typed in the grid: dots, commas or blanks between thousands, no decimals.
    Typed,
    /// `1.250.000,00`
    Dots,
    /// `1,250,000.00`
    Commas,
}

/// What a person decided about a paste.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Choice {
    pub numbers: Numbers,
    /// TCVN3 and VNI become Unicode.
    pub to_unicode: bool,
    /// The first line is a head and is left out.
    pub skip_first: bool,
}

/// One amount and what it would be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NumberExample {
    pub typed: String,
    pub dots: Option<Dong>,
    pub commas: Option<Dong>,
}

/// What has to be asked before a table is put in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Questions {
    /// Amounts are written in more ways than one: examples. Empty: nothing to ask.
    pub numbers: Vec<NumberExample>,
    /// Text in a retired encoding and what it says, as examples.
    pub legacy: Vec<(String, String)>,
    /// How many cells are in a retired encoding.
    pub legacy_count: usize,
    /// Cells whose letters came in pieces (NFD): they are joined in any case.
    pub decomposed: usize,
    /// Cells with text to the right of the last column: they have no place.
    pub beyond: Vec<String>,
    pub beyond_count: usize,
    /// The first line looks like the heads of columns.
    pub head: bool,
}

impl Questions {
    /// Whether the table can be put in as it is.
    pub fn none(&self) -> bool {
        self.numbers.is_empty() && self.legacy_count == 0 && self.beyond_count == 0 && !self.head
    }
}

/// A cell whose text is not of its column's kind: line and column from 0. It is kept as pasted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    pub line: usize,
    pub column: usize,
    pub text: String,
}

/// The table as it would stand in the grid.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Taken {
    /// Stored shapes, one value for each column, in their order; shorter lines are filled up with
    /// nothing.
    pub lines: Vec<Vec<Option<String>>>,
    pub unread: Vec<Unread>,
}

/// Looks through a table that begins at the first of `kinds`.
pub fn look(lines: &[Vec<String>], kinds: &[FieldKind]) -> Questions {
    let mut asked = Questions {
        head: is_head(lines, kinds),
        ..Questions::default()
    };
    let (mut dotted, mut with_commas, mut odd) = (false, false, false);
    let mut numbers: Vec<NumberExample> = Vec::new();
    for line in lines.iter().skip(usize::from(asked.head)) {
        for cell in line.iter().skip(kinds.len()).map(|c| c.trim()) {
            if !cell.is_empty() {
                asked.beyond_count = asked.beyond_count.saturating_add(1);
                push(&mut asked.beyond, cell.to_owned());
            }
        }
        for (kind, cell) in kinds.iter().zip(line) {
            let cell = cell.trim();
            if cell.is_empty() {
                continue;
            }
            if !text::is_composed(cell) {
                asked.decomposed = asked.decomposed.saturating_add(1);
            }
            match kind {
                FieldKind::Money => {
                    let example = example(cell);
                    let plain = Dong::parse(cell).is_ok();
                    let readable = example.dots.is_some() || example.commas.is_some();
                    let marks = (cell.contains('.'), cell.contains(','));
                    match (plain, marks) {
                        (true, (false, false)) => continue,
                        (true, (true, _)) => dotted = true,
                        (true, _) => with_commas = true,
                        (false, _) if readable => odd = true,
                        _ => continue,
                    }
                    // one of each way of writing tells more than four of the same
                    let same = |n: &NumberExample| {
                        (n.dots.is_some(), n.commas.is_some(), shape(&n.typed))
                            == (
                                example.dots.is_some(),
                                example.commas.is_some(),
                                shape(cell),
                            )
                    };
                    if !numbers.iter().any(same) {
                        push(&mut numbers, example);
                    }
                }
                FieldKind::Text | FieldKind::Paragraph => {
                    if let Some(read) = text::to_unicode(cell) {
                        asked.legacy_count = asked.legacy_count.saturating_add(1);
                        push(&mut asked.legacy, (cell.to_owned(), read));
                    }
                }
                _ => {}
            }
        }
    }
    if odd || (dotted && with_commas) {
        asked.numbers = numbers;
    }
    asked
}

/// The table as it would be put in. What cannot be read is kept as pasted and named.
pub fn take(lines: &[Vec<String>], kinds: &[FieldKind], choice: Choice) -> Taken {
    let mut taken = Taken::default();
    for line in lines.iter().skip(usize::from(choice.skip_first)) {
        let at = taken.lines.len();
        let mut out = Vec::with_capacity(kinds.len());
        for (column, kind) in kinds.iter().enumerate() {
            let Some(typed) = line.get(column).map(|c| c.trim()) else {
                out.push(None);
                continue;
            };
            let (value, read) = cell(*kind, typed, choice);
            if !read {
                taken.unread.push(Unread {
                    line: at,
                    column,
                    text: typed.to_owned(),
                });
            }
            out.push(Some(value));
        }
        taken.lines.push(out);
    }
    taken
}

/// The stored shape of one cell, and whether it could be read.
fn cell(kind: FieldKind, typed: &str, choice: Choice) -> (String, bool) {
    match kind {
        FieldKind::Money if choice.numbers != Numbers::Typed && !typed.is_empty() => {
            match amount(typed, choice.numbers) {
                Some(amount) => (amount.get().to_string(), true),
                None => (text::nfc(typed), false),
            }
        }
        FieldKind::Text | FieldKind::Paragraph if choice.to_unicode => {
            let read = text::to_unicode(typed);
            (
                value::canonical(kind, read.as_deref().unwrap_or(typed)),
                true,
            )
        }
        _ => {
            let read = matches!(value::parse(kind, typed), Ok(_) | Err(ValueError::Empty));
            (value::canonical(kind, typed), read)
        }
    }
}

fn example(typed: &str) -> NumberExample {
    NumberExample {
        typed: typed.to_owned(),
        dots: amount(typed, Numbers::Dots),
        commas: amount(typed, Numbers::Commas),
    }
}

/// Which marks stand in an amount, without its digits.
fn shape(typed: &str) -> String {
    let mut marks: Vec<char> = typed.chars().filter(|c| matches!(c, '.' | ',')).collect();
    marks.dedup();
    marks.into_iter().collect()
}

/// An amount written in one known way; decimals must be zeros, because money is whole đồng.
pub fn amount(typed: &str, numbers: Numbers) -> Option<Dong> {
    let (thousands, decimal) = match numbers {
        Numbers::Typed => return Dong::parse(typed).ok(),
        Numbers::Dots => ('.', ','),
        Numbers::Commas => (',', '.'),
    };
    let typed = typed.trim().trim_end_matches(['đ', 'Đ']).trim_end();
    let whole = match typed.split_once(decimal) {
        None => typed,
        Some((whole, rest)) if !rest.is_empty() && rest.bytes().all(|b| b == b'0') => whole,
        Some(_) => return None,
    };
    let other = |c: char| !(c.is_ascii_digit() || c == thousands || c == '-');
    if whole.contains(other) && whole.contains(thousands) {
        return None;
    }
    Dong::parse(whole).ok()
}

/// Whether the first line names columns: nothing in it is of a kind that the lines below are of.
fn is_head(lines: &[Vec<String>], kinds: &[FieldKind]) -> bool {
    let (Some(first), Some(second)) = (lines.first(), lines.get(1)) else {
        return false;
    };
    let strict = |kind: &FieldKind| {
        matches!(
            kind,
            FieldKind::Money | FieldKind::Date | FieldKind::Integer | FieldKind::Year
        )
    };
    let mut names = false;
    for (kind, (above, below)) in kinds.iter().zip(first.iter().zip(second)) {
        if !strict(kind) || above.trim().is_empty() {
            continue;
        }
        // "(9)" under a head is a number of a column, "x" nothing at all
        let letters = above.chars().any(char::is_alphabetic);
        if !letters || value::parse(*kind, above).is_ok() {
            return false;
        }
        names |= value::parse(*kind, below).is_ok()
            || example(below).dots.is_some()
            || example(below).commas.is_some();
    }
    names
}

fn push<T>(examples: &mut Vec<T>, one: T) {
    if examples.len() < EXAMPLES {
        examples.push(one);
    }
}

#[cfg(test)]
mod tests;
