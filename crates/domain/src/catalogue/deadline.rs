//! Deadlines of the law as dated data (`catalogues/deadlines.csv`), over the working days of the
//! calendar. Refuses to say what happens when one is missed.

use std::sync::{LazyLock, PoisonError, RwLock};

use chrono::{Datelike, NaiveDate};

use super::CatalogueError;
use super::calendar::{workdays_after, workdays_before};
use super::table::Table;

/// When a deadline falls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    Yearly {
        month: u32,
        day: u32,
    },
    /// So many working days before a day of the year.
    WorkdaysBefore {
        workdays: u32,
        month: u32,
        day: u32,
    },
    /// On a day of each month, but not in the month `except`.
    Monthly {
        day: u32,
        except: u32,
    },
    /// On a day of the first month of each quarter, but not in the month `except`.
    Quarterly {
        day: u32,
        except: u32,
    },
    /// So many working days after what came from … up to a day of the year (month, day).
    Answer {
        workdays: u32,
        from: (u32, u32),
        to: (u32, u32),
    },
}

/// One dated deadline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeadlineRule {
    /// Key of the words, e.g. `year-end-withdrawal`.
    pub code: String,
    pub when: When,
    /// "Hạn" of the law; else our advice, "Nên xong".
    pub lawful: bool,
    pub note: String,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub source: String,
}

static RULES: LazyLock<RwLock<&'static [DeadlineRule]>> =
    LazyLock::new(
        || match read(include_str!("../../../../catalogues/deadlines.csv")) {
            Ok(rules) => RwLock::new(&*rules.leak()),
            Err(e) => {
                unreachable!("catalogues/deadlines.csv is part of the program, held by a test: {e}")
            }
        },
    );

/// Every deadline known now.
pub fn deadline_rules() -> &'static [DeadlineRule] {
    *RULES.read().unwrap_or_else(PoisonError::into_inner)
}

/// Takes other deadlines for as long as the program runs; each carries the days it is in force.
pub(super) fn replace(csv: &str) -> Result<(), CatalogueError> {
    let newer = read(csv)?;
    let mut rules = RULES.write().unwrap_or_else(PoisonError::into_inner);
    if **rules != *newer {
        *rules = newer.leak();
    }
    Ok(())
}

/// The deadlines from `from` to `to`, both included, by day.
pub fn deadlines(from: NaiveDate, to: NaiveDate) -> Vec<(NaiveDate, &'static DeadlineRule)> {
    let mut out: Vec<_> = from
        .iter_days()
        .take_while(|day| *day <= to)
        .flat_map(|day| {
            deadline_rules()
                .iter()
                .filter(move |r| r.falls_on(day))
                .map(move |r| (day, r))
        })
        .collect();
    out.sort_by(|a, b| (a.0, &a.1.code).cmp(&(b.0, &b.1.code)));
    out
}

/// The day of a deadline in `year` by the rule in force on that day; `None` where none is, and for
/// one that comes every month or quarter.
pub fn deadline(code: &str, year: i32) -> Option<(NaiveDate, &'static DeadlineRule)> {
    among(deadline_rules(), code, year)
}

fn among<'a>(
    rules: &'a [DeadlineRule],
    code: &str,
    year: i32,
) -> Option<(NaiveDate, &'a DeadlineRule)> {
    rules
        .iter()
        .filter(|r| r.code == code)
        .filter_map(|r| Some((r.day_in(year)?, r)))
        .find(|(day, r)| r.valid_on(*day))
}

/// The day by which the treasury answers a dossier of a procedure that it received on a day: the
/// rules `answer`, and `answer-` with the procedure, of which the longest time counts.
pub fn answer_due(procedure: &str, received: NaiveDate) -> Option<NaiveDate> {
    let longest = deadline_rules()
        .iter()
        .filter(|r| r.code == "answer" || r.code.strip_prefix("answer-") == Some(procedure))
        .filter_map(|r| r.answer_days(received))
        .max()?;
    workdays_after(received, longest)
}

impl DeadlineRule {
    fn valid_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day <= end)
    }

    fn day_in(&self, year: i32) -> Option<NaiveDate> {
        match self.when {
            When::Yearly { month, day } => NaiveDate::from_ymd_opt(year, month, day),
            When::WorkdaysBefore {
                workdays,
                month,
                day,
            } => workdays_before(NaiveDate::from_ymd_opt(year, month, day)?, workdays),
            When::Monthly { .. } | When::Quarterly { .. } | When::Answer { .. } => None,
        }
    }

    /// Working days for the answer to what came on `day`; `None` where the rule says nothing of it.
    fn answer_days(&self, day: NaiveDate) -> Option<u32> {
        let When::Answer { workdays, from, to } = self.when else {
            return None;
        };
        let on = (day.month(), day.day());
        (self.valid_on(day) && from <= on && on <= to).then_some(workdays)
    }

    fn falls_on(&self, today: NaiveDate) -> bool {
        if !self.valid_on(today) {
            return false;
        }
        match self.when {
            When::Yearly { month, day } => (today.month(), today.day()) == (month, day),
            When::WorkdaysBefore {
                workdays,
                month,
                day,
            } => {
                // the day may lie in the year after (two working days before 1 January)
                [today.year(), today.year().saturating_add(1)]
                    .into_iter()
                    .filter_map(|year| NaiveDate::from_ymd_opt(year, month, day))
                    .any(|end| workdays_before(end, workdays) == Some(today))
            }
            When::Monthly { day, except } => today.day() == day && today.month() != except,
            When::Quarterly { day, except } => {
                today.day() == day
                    && today.month() != except
                    && matches!(today.month(), 1 | 4 | 7 | 10)
            }
            When::Answer { .. } => false,
        }
    }
}

pub(super) fn read(csv: &str) -> Result<Vec<DeadlineRule>, CatalogueError> {
    let table = Table::read(csv)?;
    for column in [
        "code",
        "rule",
        "lawful",
        "note",
        "valid_from",
        "valid_to",
        "source",
    ] {
        table.column(column)?;
    }
    table
        .lines()
        .map(|line| {
            let malformed = |column| CatalogueError::Malformed {
                line: line.number,
                column,
            };
            Ok(DeadlineRule {
                code: line.text("code"),
                when: rule(&line.text("rule")).ok_or_else(|| malformed("rule"))?,
                lawful: line.text("lawful") == "yes",
                note: line.text("note"),
                valid_from: line
                    .date("valid_from")?
                    .ok_or_else(|| malformed("valid_from"))?,
                valid_to: line.date("valid_to")?,
                source: line.text("source"),
            })
        })
        .collect()
}

fn rule(text: &str) -> Option<When> {
    let month_day = |s: &str| {
        let (month, day) = s.split_once('-')?;
        Some((month.parse().ok()?, day.parse().ok()?))
    };
    match text.split(' ').collect::<Vec<_>>().as_slice() {
        ["yearly", on] => {
            let (month, day) = month_day(on)?;
            Some(When::Yearly { month, day })
        }
        ["answer", workdays] => Some(When::Answer {
            workdays: workdays.parse().ok()?,
            from: (1, 1),
            to: (12, 31),
        }),
        ["answer", workdays, from, to] => Some(When::Answer {
            workdays: workdays.parse().ok()?,
            from: month_day(from)?,
            to: month_day(to)?,
        }),
        ["workdays-before", workdays, on] => {
            let (month, day) = month_day(on)?;
            Some(When::WorkdaysBefore {
                workdays: workdays.parse().ok()?,
                month,
                day,
            })
        }
        ["monthly", day, "except", except] => Some(When::Monthly {
            day: day.parse().ok()?,
            except: except.parse().ok()?,
        }),
        ["quarterly", day, "except", except] => Some(When::Quarterly {
            day: day.parse().ok()?,
            except: except.parse().ok()?,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(s: &str) -> NaiveDate {
        s.parse().expect("a day")
    }

    #[test]
    fn the_year_end_deadlines_fall_where_the_law_puts_them() {
        let found: Vec<_> = deadlines(day("2026-12-01"), day("2027-02-28"))
            .into_iter()
            .map(|(day, rule)| (day.to_string(), rule.code.as_str()))
            .collect();
        let expected = [
            ("2026-12-10", "reconciliation-deposit"),
            ("2026-12-30", "year-end-withdrawal"),
            // 31/01/2027 is a Sunday: Friday 29 and Thursday 28 are the two working days before
            ("2027-01-28", "adjustment-end"),
            ("2027-02-10", "reconciliation-deposit"),
            ("2027-02-10", "reconciliation-year"),
            ("2027-02-15", "advance-repayment"),
        ];
        assert_eq!(found, expected.map(|(d, c)| (d.to_owned(), c)));
    }

    #[test]
    fn a_deadline_that_was_moved_falls_by_the_rule_in_force_on_its_day() {
        let csv = "code,rule,lawful,note,valid_from,valid_to,source\n\
                   last,yearly 12-30,yes,,2026-01-01,2026-12-31,first\n\
                   last,yearly 12-25,yes,,2027-01-01,,second\n";
        let rules = read(csv).expect("a right file");
        let found = |year| {
            let (day, rule) = among(&rules, "last", year)?;
            Some((day.to_string(), rule.source.clone()))
        };
        let told = |day: &str, source: &str| Some((day.to_owned(), source.to_owned()));
        assert_eq!(found(2026), told("2026-12-30", "first"));
        assert_eq!(found(2027), told("2027-12-25", "second"));
        assert_eq!(found(2025), None);
    }

    #[test]
    fn an_answer_is_due_after_the_working_days_the_decree_gives() {
        for (procedure, received, due) in [
            // Friday → Monday
            ("recurrent-payment", "2026-11-20", "2026-11-23"),
            // two days in the last week of December, over New Year; one for an account
            ("recurrent-payment", "2026-12-31", "2027-01-05"),
            ("account-registration", "2026-12-31", "2027-01-04"),
            ("recurrent-payment", "2026-01-24", "2026-01-26"),
            ("recurrent-payment", "2026-01-26", "2026-01-28"),
            // the eve of Tết → the first working day after it
            ("recurrent-payment", "2026-02-13", "2026-02-23"),
        ] {
            let found = answer_due(procedure, day(received));
            assert_eq!(found, Some(day(due)), "{procedure} {received}");
        }
        assert_eq!(answer_due("recurrent-payment", day("2025-12-31")), None);
    }

    #[test]
    fn a_quarter_is_reconciled_in_its_next_month_but_never_the_last_one() {
        let months: Vec<_> = deadlines(day("2026-01-01"), day("2026-12-31"))
            .into_iter()
            .filter(|(_, r)| r.code == "reconciliation-estimate")
            .map(|(d, _)| d.month())
            .collect();
        assert_eq!(months, [4, 7, 10]);
    }
}
