//! Working days: Monday to Friday without public holidays, and the Saturdays worked instead
//! (`catalogues/holidays.csv`). A holiday that is not yet announced for sure counts as one, so that a
//! day worked out from here is never too late.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::table::Table;
use super::{CatalogueError, Certainty};

/// Ngày nghỉ lễ, or a day worked in exchange for one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holiday {
    pub name: String,
    /// A Saturday or Sunday that is worked instead of another day.
    pub worked: bool,
    pub certainty: Certainty,
    pub source: String,
}

static DAYS: LazyLock<BTreeMap<NaiveDate, Holiday>> =
    LazyLock::new(
        || match read(include_str!("../../../../catalogues/holidays.csv")) {
            Ok(days) => days,
            Err(e) => {
                unreachable!("catalogues/holidays.csv is part of the program, held by a test: {e}")
            }
        },
    );

/// The public holidays and exchanged days known to the program.
pub fn holidays() -> &'static BTreeMap<NaiveDate, Holiday> {
    &DAYS
}

/// Whether offices work on `day`.
pub fn is_workday(day: NaiveDate) -> bool {
    match DAYS.get(&day) {
        Some(holiday) => holiday.worked,
        None => !matches!(day.weekday(), Weekday::Sat | Weekday::Sun),
    }
}

/// The day that lies `workdays` working days before `end`.
pub fn workdays_before(end: NaiveDate, workdays: u32) -> Option<NaiveDate> {
    walk(end, workdays, |day| day.checked_sub_days(Days::new(1)))
}

/// The day by which `workdays` working days after `start` are over: when an answer is due.
pub fn workdays_after(start: NaiveDate, workdays: u32) -> Option<NaiveDate> {
    walk(start, workdays, |day| day.checked_add_days(Days::new(1)))
}

fn walk(
    from: NaiveDate,
    workdays: u32,
    next: impl Fn(NaiveDate) -> Option<NaiveDate>,
) -> Option<NaiveDate> {
    let mut day = from;
    let mut left = workdays;
    while left > 0 {
        day = next(day)?;
        if is_workday(day) {
            left = left.saturating_sub(1);
        }
    }
    Some(day)
}

fn read(csv: &str) -> Result<BTreeMap<NaiveDate, Holiday>, CatalogueError> {
    let table = Table::read(csv)?;
    for column in ["code", "name", "kind", "certainty", "source"] {
        table.column(column)?;
    }
    let mut days = BTreeMap::new();
    for line in table.lines() {
        let malformed = |column| CatalogueError::Malformed {
            line: line.number,
            column,
        };
        let day = line.date("code")?.ok_or_else(|| malformed("code"))?;
        let worked = match line.text("kind").as_str() {
            "holiday" => false,
            "workday" => true,
            _ => return Err(malformed("kind")),
        };
        let holiday = Holiday {
            name: line.text("name"),
            worked,
            certainty: line.certainty()?,
            source: line.text("source"),
        };
        if days.insert(day, holiday).is_some() {
            return Err(CatalogueError::Duplicate {
                code: line.text("code"),
            });
        }
    }
    Ok(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(s: &str) -> NaiveDate {
        s.parse().expect("a day")
    }

    #[test]
    fn a_holiday_is_no_working_day_and_its_exchange_is_one() {
        for (text, works) in [
            ("2026-11-23", true),
            ("2026-11-22", false),
            ("2026-02-17", false),
            ("2026-08-22", true),
            ("2026-08-31", false),
            ("2027-01-01", false),
        ] {
            assert_eq!(is_workday(day(text)), works, "{text}");
        }
    }

    #[test]
    fn every_exchanged_day_is_a_weekend_and_every_year_has_its_fixed_days() {
        for (date, holiday) in holidays() {
            let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
            assert!(!holiday.worked || weekend, "{date}");
        }
        for year in [2026, 2027] {
            for (month, day) in [(1, 1), (4, 30), (5, 1), (9, 2)] {
                let date = NaiveDate::from_ymd_opt(year, month, day).expect("a day");
                assert_eq!(holidays()[&date].certainty, Certainty::Law, "{date}");
            }
        }
    }
}
