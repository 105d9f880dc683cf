//! Mã do đơn vị thêm: codes of lists that are not public in full, typed or imported by a unit.
//! Refuses to overrule the law: a code of a whole list cannot be added.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Catalogue, CatalogueError, Certainty, Row, catalogue};
use crate::text;

/// One code of the unit's own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OwnCode {
    /// As named in forms, e.g. `source`.
    pub catalogue: String,
    pub code: String,
    pub name: String,
    /// The code whose place it takes; empty for none. Of a merged commune or unit.
    #[serde(default)]
    pub replaces: String,
    pub valid_from: NaiveDate,
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    /// Where the unit has it from.
    #[serde(default)]
    pub source: String,
}

/// Why a code is not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OwnCodeError {
    #[error("no such list: {list:?}")]
    NoList { list: String },
    #[error("the list {list:?} is whole: the law has every code")]
    Whole { list: String },
    #[error("a code is letters and digits, of at most 20")]
    Shape,
    #[error("the name is missing")]
    NoName,
    #[error("the code is in the list already")]
    Known,
    #[error("it ends before it begins")]
    Dates,
    #[error("the unit has the code already, on days that it shares")]
    Overlap,
}

impl OwnCodeError {
    /// Key of the words: `no-list`, `whole`, `shape`, `no-name`, `known`, `dates`, `overlap`.
    pub fn key(&self) -> &'static str {
        match self {
            OwnCodeError::NoList { .. } => "no-list",
            OwnCodeError::Whole { .. } => "whole",
            OwnCodeError::Shape => "shape",
            OwnCodeError::NoName => "no-name",
            OwnCodeError::Known => "known",
            OwnCodeError::Dates => "dates",
            OwnCodeError::Overlap => "overlap",
        }
    }
}

impl OwnCode {
    pub fn valid_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day <= end)
    }

    /// Whether it shares a day with what is in force from `from` to `to`.
    fn meets(&self, from: NaiveDate, to: Option<NaiveDate>) -> bool {
        to.is_none_or(|end| self.valid_from <= end) && self.valid_to.is_none_or(|end| from <= end)
    }

    /// Whether the program takes it beside the codes the unit has. One of the same first day is the
    /// code itself, which it takes the place of.
    pub fn check_among(&self, own: &[OwnCode]) -> Result<(), OwnCodeError> {
        self.check()?;
        let same = |o: &&OwnCode| (&o.catalogue, &o.code) == (&self.catalogue, &self.code);
        let mut others = own
            .iter()
            .filter(same)
            .filter(|o| o.valid_from != self.valid_from);
        if others.any(|o| self.meets(o.valid_from, o.valid_to)) {
            return Err(OwnCodeError::Overlap);
        }
        Ok(())
    }

    /// Whether the program takes it. A code that replaces another may be of any list.
    pub fn check(&self) -> Result<(), OwnCodeError> {
        let list = catalogue(&self.catalogue).ok_or_else(|| OwnCodeError::NoList {
            list: self.catalogue.clone(),
        })?;
        if list.complete() {
            return Err(OwnCodeError::Whole {
                list: self.catalogue.clone(),
            });
        }
        let shaped = !self.code.is_empty()
            && self.code.len() <= 20
            && self
                .code
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
        if !shaped {
            return Err(OwnCodeError::Shape);
        }
        if self.name.trim().is_empty() {
            return Err(OwnCodeError::NoName);
        }
        if self.valid_to.is_some_and(|end| end < self.valid_from) {
            return Err(OwnCodeError::Dates);
        }
        let mut known = list.rows.iter().filter(|r| r.code == self.code);
        if known.any(|r| self.meets(r.valid_from, r.valid_to)) {
            return Err(OwnCodeError::Known);
        }
        Ok(())
    }
}

impl Catalogue {
    /// The list with the unit's own codes in it, for a picker. A code that a newer list brought, too,
    /// is the list's.
    pub fn with_own(&self, own: &[OwnCode]) -> Result<Catalogue, CatalogueError> {
        let mut rows = self.rows.clone();
        for o in own.iter().filter(|o| o.catalogue == self.id) {
            let mut same = rows.iter().filter(|r| r.code == o.code);
            if same.any(|r| o.meets(r.valid_from, r.valid_to)) {
                continue;
            }
            rows.push(Row {
                code: o.code.clone(),
                name: text::nfc(&o.name),
                full_name: String::new(),
                kind: "own".to_owned(),
                parent: String::new(),
                note: String::new(),
                certainty: Certainty::Likely,
                valid_from: o.valid_from,
                valid_to: o.valid_to,
                source: o.source.clone(),
                folded: String::new(),
                words: String::new(),
            });
        }
        Catalogue::of(self.id, rows)
    }
}
