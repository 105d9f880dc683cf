//! Small dated tables beside the code lists: limits, what tạm cấp covers, which code took the place
//! of another. Refuses to judge a voucher.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::NaiveDate;

use super::table::Table;
use super::{CatalogueError, Certainty, Lists, OwnCode};

struct Dated {
    code: String,
    value: String,
    from: NaiveDate,
    to: Option<NaiveDate>,
}

impl Dated {
    fn holds(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|end| day <= end)
    }
}

/// One code that took the place of another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Succession {
    pub catalogue: String,
    pub old: String,
    pub new: String,
    pub from: NaiveDate,
    pub note: String,
    pub certainty: Certainty,
    pub source: String,
}

fn held<T>(name: &str, read: Result<T, CatalogueError>) -> T {
    match read {
        Ok(value) => value,
        Err(e) => unreachable!("catalogues/{name} is part of the program, held by a test: {e}"),
    }
}

static LIMITS: LazyLock<Vec<Dated>> = LazyLock::new(|| {
    let csv = include_str!("../../../../catalogues/limits.csv");
    held("limits.csv", dated(csv, "value"))
});

static PROVISIONAL: LazyLock<Vec<Dated>> = LazyLock::new(|| {
    let csv = include_str!("../../../../catalogues/provisional.csv");
    held("provisional.csv", dated(csv, "name"))
});

static SUCCESSIONS: LazyLock<Vec<Succession>> = LazyLock::new(|| {
    let csv = include_str!("../../../../catalogues/succession.csv");
    held("succession.csv", read_successions(csv))
});

fn dated(csv: &str, value: &'static str) -> Result<Vec<Dated>, CatalogueError> {
    let table = Table::read(csv)?;
    for column in [
        "code",
        value,
        "certainty",
        "valid_from",
        "valid_to",
        "source",
    ] {
        table.column(column)?;
    }
    table
        .lines()
        .map(|line| {
            line.certainty()?;
            Ok(Dated {
                code: line.text("code"),
                value: line.text(value),
                from: line.date("valid_from")?.ok_or(CatalogueError::Malformed {
                    line: line.number,
                    column: "valid_from",
                })?,
                to: line.date("valid_to")?,
            })
        })
        .collect()
}

fn read_successions(csv: &str) -> Result<Vec<Succession>, CatalogueError> {
    let table = Table::read(csv)?;
    for column in [
        "catalogue",
        "old",
        "new",
        "from",
        "note",
        "certainty",
        "source",
    ] {
        table.column(column)?;
    }
    table
        .lines()
        .map(|line| {
            Ok(Succession {
                catalogue: line.text("catalogue"),
                old: line.text("old"),
                new: line.text("new"),
                from: line.date("from")?.ok_or(CatalogueError::Malformed {
                    line: line.number,
                    column: "from",
                })?,
                note: line.text("note"),
                certainty: line.certainty()?,
                source: line.text("source"),
            })
        })
        .collect()
}

/// A limit in force on `day`, in its own unit: `cash-payment` in đồng, `provisional-months` in months.
pub fn limit(code: &str, day: NaiveDate) -> Option<i64> {
    LIMITS
        .iter()
        .find(|l| l.code == code && l.holds(day))
        .and_then(|l| l.value.parse().ok())
}

/// The mục that tạm cấp covers on `day`.
pub fn provisional_groups(day: NaiveDate) -> Vec<&'static str> {
    PROVISIONAL
        .iter()
        .filter(|p| p.holds(day))
        .map(|p| p.code.as_str())
        .collect()
}

/// The first day of the two-level local government.
#[cfg(not(target_arch = "wasm32"))]
const MERGED: NaiveDate = match NaiveDate::from_ymd_opt(2025, 7, 1) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// Old commune → new one, or the several it was divided among. The page does without it.
#[cfg(not(target_arch = "wasm32"))]
static AREAS: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    let csv = include_str!("../../../../catalogues/area-succession.csv");
    let pairs = csv.lines().skip(1).filter_map(|line| line.split_once(','));
    pairs.collect()
});

/// The codes that took the place of an old commune's, from 01/07/2025 on; none where it is not known
/// or still in force.
#[cfg(not(target_arch = "wasm32"))]
pub fn area_successors(old: &str, day: NaiveDate) -> Vec<&'static str> {
    let known = AREAS.get(old).filter(|_| day >= MERGED);
    known
        .map(|new| new.split('|').collect())
        .unwrap_or_default()
}

/// The same on the page, which does not carry the list of communes.
#[cfg(target_arch = "wasm32")]
pub fn area_successors(_: &str, _: NaiveDate) -> Vec<&'static str> {
    Vec::new()
}

/// Every succession known to the program.
pub fn successions() -> &'static [Succession] {
    &SUCCESSIONS
}

/// Catalogue → old code → new code, as they hold on `day`, the unit's own added.
pub fn successors_on(day: NaiveDate, own: &[OwnCode]) -> Lists {
    let mut out: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let known = SUCCESSIONS
        .iter()
        .filter(|s| s.from <= day)
        .map(|s| (&s.catalogue, &s.old, &s.new));
    let typed = own
        .iter()
        .filter(|o| !o.replaces.is_empty() && o.valid_from <= day)
        .map(|o| (&o.catalogue, &o.replaces, &o.code));
    for (list, old, new) in known.chain(typed) {
        out.entry(list.clone())
            .or_default()
            .insert(old.clone(), new.clone());
    }
    out.into()
}
