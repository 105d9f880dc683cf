//! Dated code lists (`catalogues/*.csv`) and finding a code by digits or accent-free name. Refuses
//! to judge: whether an unknown code is a mistake is said by the checks.

mod calendar;
mod deadline;
mod lists;
mod near;
mod own;
mod rule;
mod table;
mod tree;

use std::collections::BTreeMap;
use std::sync::{OnceLock, PoisonError, RwLock};

use chrono::NaiveDate;

use crate::text;

pub use calendar::{Holiday, holidays, is_workday, workdays_after, workdays_before};
pub use deadline::{DeadlineRule, When, answer_due, deadline, deadline_rules, deadlines};
pub use lists::{Lists, codes_with};
pub use near::nearest;
pub use own::{OwnCode, OwnCodeError};
pub use rule::{
    Succession, area_successors, limit, provisional_groups, successions, successors_on,
};
pub use tree::{Node, tree};

/// How well a row is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Certainty {
    /// Read in the text of the law.
    Law,
    /// In use, but no full public list exists.
    Likely,
    /// Seen, but the name or use is not certain.
    Unsure,
}

/// One code of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    pub code: String,
    /// As printed in the source.
    pub name: String,
    /// The name to show: with its mục where the name alone says nothing ("Chi khác").
    pub full_name: String,
    /// `group` for a heading no voucher may carry; else the list's own kinds.
    pub kind: String,
    /// Code of the heading it stands under; empty for none.
    pub parent: String,
    pub note: String,
    pub certainty: Certainty,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub source: String,
    /// Words of the folded code and name, each after a blank, for the search.
    folded: String,
    /// Words of the folded name alone.
    words: String,
}

impl Row {
    /// Whether a voucher may carry the code (it is no heading).
    pub fn usable(&self) -> bool {
        self.kind != "group"
    }

    pub fn valid_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day <= end)
    }

    /// Whether it is the "khác" of its heading, on which an advance may stand whose content is not
    /// known yet (Circular 130/2025 art. 4.2).
    pub fn catch_all(&self) -> bool {
        self.code.ends_with('9') && self.words.split(' ').any(|w| w == "khac")
    }

    /// How near the name is to what was typed: the name itself, its beginning, inside it, or its
    /// words in another order. A unit spends more often than it collects.
    fn closeness(&self, phrase: &str) -> usize {
        let typed = phrase.trim();
        let near = match self.words.strip_prefix(typed) {
            Some("") => 0,
            Some(rest) if rest.starts_with(' ') => 1,
            _ if self.folded.contains(phrase) => 2,
            _ => 3,
        };
        near * 2 + usize::from(self.kind == "revenue")
    }
}

/// One dated code list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Catalogue {
    /// As named in forms, e.g. `economic-content`.
    pub id: &'static str,
    /// By code.
    pub rows: Vec<Row>,
}

/// Lists the law itself leaves open: provinces issue programme codes of their own (Circular
/// 130/2025 art. 5), agencies name holding accounts (Decree 347/2025, form 14 note 6), and nobody
/// publishes the codes of units.
const OPEN_LISTS: [&str; 3] = ["programme", "revenue-account", "unit"];

/// Why a catalogue file is not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("line {line}: not RFC 4180")]
    Csv { line: usize },
    #[error("column {column:?} is missing")]
    NoColumn { column: &'static str },
    #[error("line {line}: {column:?} cannot be read")]
    Malformed { line: usize, column: &'static str },
    /// A newer list lets its codes end; it never drops one.
    #[error("code {code:?} of the list before is gone")]
    Forgets { code: String },
    #[error("code {code:?} stands twice on one day")]
    Duplicate { code: String },
}

impl Catalogue {
    /// Reads a catalogue file. Columns are found by their names in the first line.
    pub fn from_csv(id: &'static str, csv: &str) -> Result<Catalogue, CatalogueError> {
        let table = table::Table::read(csv)?;
        let columns = [
            "code",
            "name",
            "kind",
            "parent",
            "note",
            "certainty",
            "valid_from",
            "valid_to",
            "source",
        ];
        for column in columns {
            table.column(column)?;
        }
        let mut rows = Vec::with_capacity(table.len());
        for line in table.lines() {
            rows.push(Row {
                code: line.text("code"),
                name: line.text("name"),
                full_name: String::new(),
                kind: line.text("kind"),
                parent: line.text("parent"),
                note: line.text("note"),
                certainty: line.certainty()?,
                valid_from: line.date("valid_from")?.ok_or(CatalogueError::Malformed {
                    line: line.number,
                    column: "valid_from",
                })?,
                valid_to: line.date("valid_to")?,
                source: line.text("source"),
                folded: String::new(),
                words: String::new(),
            });
        }
        Self::of(id, rows)
    }

    /// Puts rows in order and makes what the search needs.
    fn of(id: &'static str, mut rows: Vec<Row>) -> Result<Catalogue, CatalogueError> {
        rows.sort_by(|a, b| (&a.code, a.valid_from).cmp(&(&b.code, b.valid_from)));
        for pair in rows.windows(2) {
            if let [a, b] = pair
                && a.code == b.code
                && a.valid_to.is_none_or(|end| b.valid_from <= end)
            {
                return Err(CatalogueError::Duplicate {
                    code: a.code.clone(),
                });
            }
        }
        let names: BTreeMap<String, String> = rows
            .iter()
            .map(|r| (r.code.clone(), r.name.clone()))
            .collect();
        for row in &mut rows {
            row.full_name = match names.get(&row.parent) {
                Some(parent) if says_nothing(&row.name) => format!("{} ({parent})", row.name),
                _ => row.name.clone(),
            };
            row.folded = format!(
                " {} {}",
                text::fold(&row.code),
                search_words(&row.full_name)
            );
            row.words = search_words(&row.name);
        }
        Ok(Catalogue { id, rows })
    }

    /// Whether the list holds every code there is, so that an unknown code is surely wrong.
    pub fn complete(&self) -> bool {
        !OPEN_LISTS.contains(&self.id) && self.rows.iter().all(|r| r.certainty == Certainty::Law)
    }

    /// The row of `code` in force on `day`, headings included.
    pub fn lookup(&self, code: &str, day: NaiveDate) -> Option<&Row> {
        let start = self.rows.partition_point(|r| r.code.as_str() < code);
        self.rows
            .iter()
            .skip(start)
            .take_while(|r| r.code == code)
            .find(|r| r.valid_on(day))
    }

    /// The row whose whole name stands in `text`, the longest first; names of one word count only
    /// where the text is nothing else.
    pub fn named_in(&self, text: &str, day: NaiveDate) -> Option<&Row> {
        let said = format!(" {} ", search_words(text));
        let words: Vec<&str> = said.split_whitespace().collect();
        // most names begin with a word that was not said: nothing dearer is asked of them
        let begins = |row: &Row| {
            let first = row.words.split(' ').next().unwrap_or_default();
            words.contains(&first)
        };
        self.rows
            .iter()
            .filter(|r| begins(r) && r.usable() && r.valid_on(day))
            .filter(|r| {
                r.words.contains(' ') && said.contains(&format!(" {} ", r.words))
                    || said.trim() == r.words
            })
            .filter(|r| !says_nothing(&r.name))
            .max_by_key(|r| r.words.len())
    }

    /// Usable codes for what was typed: digits match the code's beginning, words the beginnings of
    /// words of the accent-free name, in any order.
    ///
    /// A whole code comes first, then `preferred` (the unit's own codes, most used first), then the
    /// nearest names, then the order of the list. Blank text gives the preferred ones, then the list's first.
    pub fn find(&self, text: &str, limit: usize, preferred: &[String]) -> Vec<&Row> {
        let wanted = text::fold(text);
        let words: Vec<String> = search_words(&wanted)
            .split(' ')
            .filter(|w| !w.is_empty())
            .map(|w| format!(" {w}"))
            .collect();
        let digits = !wanted.is_empty() && wanted.bytes().all(|b| b.is_ascii_digit());
        let matches = |row: &Row| {
            row.usable()
                && if digits {
                    row.code.starts_with(&wanted)
                } else {
                    words.iter().all(|w| row.folded.contains(w.as_str()))
                }
        };
        let phrase = format!(" {}", search_words(&wanted));
        let mut found: Vec<(usize, bool, usize, &Row)> = Vec::new();
        for row in self.rows.iter().filter(|r| matches(r)) {
            let rank = preferred
                .iter()
                .position(|p| *p == row.code)
                .unwrap_or(usize::MAX);
            let other = text::fold(&row.code) != wanted;
            found.push((rank, other, row.closeness(&phrase), row));
        }
        // a whole code typed is meant, whatever is used most
        found.sort_by_key(|(rank, other, close, _)| (digits && *other, *rank, *other, *close));
        found
            .into_iter()
            .map(|(_, _, _, row)| row)
            .take(limit)
            .collect()
    }
}

/// "Khác", "Chi khác", "Các khoản khác": the mục must stand beside it.
fn says_nothing(name: &str) -> bool {
    matches!(
        text::fold(name).as_str(),
        "khac" | "chi khac" | "thu khac" | "cac khoan khac" | "chi cac khoan khac"
    )
}

/// The words of the folded text, letters and digits alone, one blank between them.
fn search_words(s: &str) -> String {
    let folded = text::fold(s);
    let words: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect();
    words.join(" ")
}

macro_rules! files {
    ($($id:literal),* $(,)?) => {
        const COUNT: usize = [$($id),*].len();
        static LIBRARY: [Shelf; COUNT] = [$(Shelf {
            id: $id,
            csv: include_str!(concat!("../../../catalogues/", $id, ".csv")),
            list: OnceLock::new(),
        }),*];
    };
}

/// A catalogue that is read when it is first asked for.
struct Shelf {
    id: &'static str,
    csv: &'static str,
    list: OnceLock<Catalogue>,
}

impl Shelf {
    fn list(&'static self) -> &'static Catalogue {
        self.list
            .get_or_init(|| match Catalogue::from_csv(self.id, self.csv) {
                Ok(catalogue) => catalogue,
                Err(e) => unreachable!(
                    "catalogues/{}.csv is part of the program and held by a test: {e}",
                    self.id
                ),
            })
    }
}

// The page asks the engine for areas; their 3,300 names would be half of what it loads.
#[cfg(not(target_arch = "wasm32"))]
files! {
    "area", "bank", "budget-level", "chapter", "economic-content", "economic-group",
    "ledger-account", "programme", "revenue-account", "sector", "source", "treasury", "unit",
}
#[cfg(target_arch = "wasm32")]
files! {
    "bank", "budget-level", "chapter", "economic-content", "economic-group", "ledger-account",
    "programme", "revenue-account", "sector", "source", "treasury", "unit",
}

/// Lists that came while the program runs; each stands in place of the built-in one of its id.
static NEWER: RwLock<Vec<&'static Catalogue>> = RwLock::new(Vec::new());

fn newer() -> Vec<&'static Catalogue> {
    NEWER.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Every catalogue known now, by id.
pub fn library() -> Vec<&'static Catalogue> {
    let mut all = newer();
    for shelf in &LIBRARY {
        if all.iter().all(|c| c.id != shelf.id) {
            all.push(shelf.list());
        }
    }
    all.sort_by_key(|c| c.id);
    all
}

/// A catalogue by the id that forms use.
pub fn catalogue(id: &str) -> Option<&'static Catalogue> {
    let built_in = || LIBRARY.iter().find(|s| s.id == id).map(Shelf::list);
    newer().into_iter().find(|c| c.id == id).or_else(built_in)
}

/// The heading a code stands under: the mục of a tiểu mục, the loại of a khoản.
pub fn heading(list: &str, code: &str, day: NaiveDate) -> Option<&'static Row> {
    let list = catalogue(list)?;
    let row = list.lookup(code, day)?;
    list.lookup(&row.parent, day)
}

/// The id under which deadlines travel.
const DEADLINES: &str = "deadlines";

/// Whether [`replace`] would take the list; changes nothing.
pub fn check_new(id: &str, csv: &str) -> Result<(), CatalogueError> {
    if id == DEADLINES {
        return deadline::read(csv).map(|_| ());
    }
    read_newer(id, csv).map(|_| ())
}

/// Takes a newer edition of a list (or a new list) in for as long as the program runs.
///
/// Dates tell editions apart: every code of the list before stays in it, ended where it ended, so
/// that an older voucher is still checked by the codes of its day.
pub fn replace(id: &str, csv: &str) -> Result<(), CatalogueError> {
    if id == DEADLINES {
        return deadline::replace(csv);
    }
    let newer = read_newer(id, csv)?;
    if catalogue(id).is_some_and(|known| *known == newer) {
        return Ok(());
    }
    // lists come once or twice a year: what the one before took is not given back
    let newer: &'static Catalogue = Box::leak(Box::new(newer));
    let mut all = NEWER.write().unwrap_or_else(PoisonError::into_inner);
    match all.iter_mut().find(|known| known.id == id) {
        Some(known) => *known = newer,
        None => all.push(newer),
    }
    Ok(())
}

fn read_newer(id: &str, csv: &str) -> Result<Catalogue, CatalogueError> {
    let known = catalogue(id);
    let id = match known {
        Some(known) => known.id,
        None => &*Box::leak(id.to_owned().into_boxed_str()),
    };
    let newer = Catalogue::from_csv(id, csv)?;
    let lost = known.into_iter().flat_map(|k| &k.rows).find(|old| {
        !newer
            .rows
            .iter()
            .any(|r| r.code == old.code && r.valid_from == old.valid_from)
    });
    match lost {
        None => Ok(newer),
        Some(row) => Err(CatalogueError::Forgets {
            code: row.code.clone(),
        }),
    }
}

/// The usable codes in force on `day`, as [`crate::check::Facts::codes`] wants them.
pub fn codes_on(day: NaiveDate) -> Lists {
    codes_with(day, &[])
}

#[cfg(test)]
mod tests;
