//! Which backups are kept: all of the last seven days, the newest of each of the last eight weeks,
//! of each of the last twelve months, and of each of the last ten years. Pure: no disk, no clock.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, TimeDelta, Utc};

const ALL_DAYS: i64 = 7;
const WEEKS: i64 = 8;
const MONTHS: i64 = 12;
const YEARS: i64 = 10;

/// The times of those to keep. The newest is always among them, and whatever lies in the future:
/// a clock that was wrong once must cost no backup.
pub fn kept(now: DateTime<Utc>, made: &[DateTime<Utc>]) -> BTreeSet<DateTime<Utc>> {
    let mut newest_first = made.to_vec();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    let mut periods = BTreeSet::new();
    let mut kept: BTreeSet<DateTime<Utc>> = newest_first.first().copied().into_iter().collect();
    for at in newest_first {
        let young = now - at < TimeDelta::days(ALL_DAYS);
        let mut first = false;
        for period in period_keys(at) {
            if period.age(now) < period.span() {
                first |= periods.insert(period);
            }
        }
        if young || first {
            kept.insert(at);
        }
    }
    kept
}

/// A week, month or year, counted from a fixed day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Period {
    Week(i64),
    Month(i64),
    Year(i64),
}

fn period_keys(at: DateTime<Utc>) -> [Period; 3] {
    let year = i64::from(at.year());
    // day 1 was a Monday
    let days = i64::from(at.num_days_from_ce()).saturating_sub(1);
    [
        Period::Week(days.div_euclid(7)),
        Period::Month(
            year.saturating_mul(12)
                .saturating_add(i64::from(at.month0())),
        ),
        Period::Year(year),
    ]
}

impl Period {
    /// Whole periods of this kind between it and now.
    fn age(self, now: DateTime<Utc>) -> i64 {
        let [week, month, year] = period_keys(now);
        match (self, week, month, year) {
            (Period::Week(n), Period::Week(now), ..)
            | (Period::Month(n), _, Period::Month(now), _)
            | (Period::Year(n), _, _, Period::Year(now)) => now.saturating_sub(n),
            _ => 0,
        }
    }

    fn span(self) -> i64 {
        match self {
            Period::Week(_) => WEEKS,
            Period::Month(_) => MONTHS,
            Period::Year(_) => YEARS,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn day(n: i64) -> DateTime<Utc> {
        let first: DateTime<Utc> = "2026-11-22T03:00:00Z".parse().unwrap();
        first + TimeDelta::days(n)
    }

    #[test]
    fn one_a_day_for_eleven_years_leaves_a_handful_that_reaches_years_back() {
        let mut there: Vec<DateTime<Utc>> = Vec::new();
        // as it happens: the rule is applied after each backup
        for n in 0..4_015 {
            there.push(day(n));
            there = kept(day(n), &there).into_iter().collect();
        }
        let now = day(4_014);
        assert!(there.len() <= 7 + 8 + 12 + 10, "{}", there.len());
        for back in 0..7 {
            assert!(there.contains(&day(4_014 - back)), "{back} days back");
        }
        let within = |days: i64| {
            there
                .iter()
                .filter(|at| now - **at < TimeDelta::days(days))
                .count()
        };
        assert!(within(7 * 8) >= 7 + 6);
        assert!(within(365) >= 7 + 6 + 9);
        let oldest = there.iter().min().unwrap();
        assert!(now - *oldest > TimeDelta::days(365 * 8), "{oldest}");
    }

    #[test]
    fn the_newest_and_those_of_a_wrong_clock_stay() {
        let old = day(-365 * 30);
        assert!(kept(day(0), &[old]).contains(&old));
        let ahead = [day(400), day(401), day(-1)];
        assert_eq!(kept(day(0), &ahead).len(), 3);
        assert!(kept(day(0), &[]).is_empty());
    }

    #[test]
    fn several_of_one_day_stay_for_a_week_and_then_one_of_them() {
        let morning = day(0);
        let evening = morning + TimeDelta::hours(8);
        let both = [morning, evening];
        assert_eq!(kept(day(6), &both).len(), 2);
        assert_eq!(
            kept(day(9), &both).into_iter().collect::<Vec<_>>(),
            [evening]
        );
    }
}
