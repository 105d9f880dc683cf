//! The codes in force on a day, put together once for all dossiers of that time.
//!
//! It refuses to guess whether anything changed: what was put together serves again only for the same
//! catalogues, the same codes of the unit's own, and a day on which no code begins or ends.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Catalogue, OwnCode, library};

/// Sets of lists that are kept: a unit's dossiers are of one or two of them.
const KEPT: usize = 4;

type Names = BTreeMap<String, BTreeMap<String, String>>;

/// Catalogue id → code → name, or old code → the one that took its place. Clones are the same lists.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lists(Arc<Names>);

impl Lists {
    /// To change them; other clones keep theirs.
    pub fn to_mut(&mut self) -> &mut Names {
        Arc::make_mut(&mut self.0)
    }

    /// Whether both are one copy.
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for Lists {
    type Target = Names;

    fn deref(&self) -> &Names {
        &self.0
    }
}

impl From<Names> for Lists {
    fn from(names: Names) -> Self {
        Self(Arc::new(names))
    }
}

impl Serialize for Lists {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().serialize(s)
    }
}

impl<'de> Deserialize<'de> for Lists {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Names::deserialize(d).map(Self::from)
    }
}

/// What was put together, and for which days.
struct Slice {
    library: Vec<&'static Catalogue>,
    own: Vec<OwnCode>,
    from: NaiveDate,
    /// The first day after.
    until: NaiveDate,
    lists: Lists,
}

impl Slice {
    fn make(library: Vec<&'static Catalogue>, own: &[OwnCode], day: NaiveDate) -> Self {
        let mut all = Names::new();
        let mut days = (NaiveDate::MIN, NaiveDate::MAX);
        for catalogue in &library {
            let list = all.entry(catalogue.id.to_owned()).or_default();
            for row in catalogue.rows.iter().filter(|r| r.usable()) {
                narrow(&mut days, day, row.valid_from, row.valid_to);
                if row.valid_on(day) {
                    list.insert(row.code.clone(), row.full_name.clone());
                }
            }
        }
        for code in own {
            narrow(&mut days, day, code.valid_from, code.valid_to);
            if let Some(list) = all.get_mut(&code.catalogue).filter(|_| code.valid_on(day)) {
                list.insert(code.code.clone(), code.name.clone());
            }
        }
        Self {
            library,
            own: own.to_vec(),
            from: days.0,
            until: days.1,
            lists: all.into(),
        }
    }

    fn serves(&self, library: &[&'static Catalogue], own: &[OwnCode], day: NaiveDate) -> bool {
        let same = |(a, b): (&&Catalogue, &&Catalogue)| std::ptr::eq(*a, *b);
        self.from <= day
            && day < self.until
            && self.own == own
            && self.library.len() == library.len()
            && self.library.iter().zip(library).all(same)
    }
}

/// Takes the days away from around `day` on which a code of these days begins or has ended.
fn narrow(
    days: &mut (NaiveDate, NaiveDate),
    day: NaiveDate,
    begins: NaiveDate,
    ends: Option<NaiveDate>,
) {
    let after = ends.map(|end| end.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX));
    for change in [Some(begins), after].into_iter().flatten() {
        if change <= day {
            days.0 = days.0.max(change);
        } else {
            days.1 = days.1.min(change);
        }
    }
}

static SLICES: Mutex<Vec<Slice>> = Mutex::new(Vec::new());

/// The usable codes in force on `day`, as [`crate::check::Facts::codes`] wants them, with those a unit
/// added or imported.
pub fn codes_with(day: NaiveDate, own: &[OwnCode]) -> Lists {
    let library = library();
    let mut slices = SLICES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = slices.iter().find(|s| s.serves(&library, own, day)) {
        return kept.lists.clone();
    }
    let slice = Slice::make(library, own, day);
    let lists = slice.lists.clone();
    slices.insert(0, slice);
    slices.truncate(KEPT);
    lists
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn own(code: &str, from: &str, to: Option<&str>) -> OwnCode {
        OwnCode {
            catalogue: "programme".to_owned(),
            code: code.to_owned(),
            name: "Chương trình của tỉnh".to_owned(),
            replaces: String::new(),
            valid_from: day(from),
            valid_to: to.map(day),
            source: String::new(),
        }
    }

    #[test]
    fn days_between_two_changes_share_one_copy_and_no_other_day_does() {
        let codes = [own("99001", "2031-03-01", Some("2031-03-31"))];
        let on = |text: &str| codes_with(day(text), &codes);
        let first = on("2031-03-01");
        assert!(first.same(&on("2031-03-31")));
        assert!(first["programme"].contains_key("99001"));
        for outside in ["2031-02-28", "2031-04-01"] {
            let other = on(outside);
            assert!(!first.same(&other));
            assert!(!other["programme"].contains_key("99001"), "{outside}");
        }
    }

    #[test]
    fn other_codes_of_the_unit_make_other_lists() {
        let one = codes_with(day("2032-01-05"), &[own("99002", "2032-01-01", None)]);
        let two = codes_with(day("2032-01-05"), &[own("99003", "2032-01-01", None)]);
        assert!(one["programme"].contains_key("99002") && !one["programme"].contains_key("99003"));
        assert!(two["programme"].contains_key("99003") && !two["programme"].contains_key("99002"));
    }

    #[test]
    fn every_day_of_two_years_has_the_codes_of_that_day() {
        let mut at = day("2025-01-01");
        while at < day("2027-01-01") {
            let lists = codes_with(at, &[]);
            for catalogue in library() {
                let rows = catalogue.rows.iter();
                let valid = rows.filter(|r| r.usable() && r.valid_on(at));
                let names: BTreeMap<String, String> = valid
                    .map(|r| (r.code.clone(), r.full_name.clone()))
                    .collect();
                assert!(lists[catalogue.id] == names, "{} on {at}", catalogue.id);
            }
            at = at.checked_add_days(Days::new(13)).unwrap();
        }
    }

    #[test]
    fn a_change_of_one_leaves_its_clones_alone_and_both_are_written_alike() {
        let lists = codes_with(day("2026-05-05"), &[]);
        let mut changed = lists.clone();
        changed.to_mut().remove("sector");
        assert!(lists.contains_key("sector") && !changed.contains_key("sector"));
        let text = serde_json::to_string(&lists).unwrap();
        assert_eq!(serde_json::from_str::<Lists>(&text).unwrap(), lists);
    }
}
