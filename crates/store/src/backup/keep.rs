//! Which backups are kept: all of the last seven days, the newest of each of the last eight weeks,
//! of each of the last twelve months, and of each of the last ten years. Pure: no disk, no clock.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, TimeDelta, Utc};

const ALL_DAYS: i64 = 7;
const WEEKS: i64 = 8;
const MONTHS: i64 = 12;
const YEARS: i64 = 10;

/// How far the clock is believed to have gone on from one backup to the next.
const STEP: TimeDelta = TimeDelta::days(14);

/// Up to when the time that went by is believed at a backup made `now`: two weeks at most after the
/// latest such moment of those `before`.
pub(super) fn counted_to(now: DateTime<Utc>, before: Option<DateTime<Utc>>) -> DateTime<Utc> {
    before
        .and_then(|before| before.checked_add_signed(STEP))
        .map_or(now, |believed| believed.min(now))
}

/// The times of those to keep. The newest is always among them, and whatever lies in the future: a
/// clock that was wrong once must cost no backup. So all are kept while `now` is beyond what is
/// believed, after a clock that was ahead and after a PC that stood off long.
pub fn kept(
    now: DateTime<Utc>,
    counted_to: DateTime<Utc>,
    made: &[DateTime<Utc>],
) -> BTreeSet<DateTime<Utc>> {
    if counted_to < now {
        return made.iter().copied().collect();
    }
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

    /// A clock that is believed.
    fn kept_now(now: DateTime<Utc>, made: &[DateTime<Utc>]) -> BTreeSet<DateTime<Utc>> {
        kept(now, now, made)
    }

    /// As it happens: the rule is applied after each backup.
    #[derive(Clone, Default)]
    struct Stick {
        there: BTreeSet<DateTime<Utc>>,
        counted_to: Option<DateTime<Utc>>,
    }

    impl Stick {
        fn back_up(&mut self, days: impl IntoIterator<Item = i64>) {
            for now in days.into_iter().map(day) {
                let counted_to = counted_to(now, self.counted_to);
                let made: Vec<_> = self.there.iter().copied().chain([now]).collect();
                self.there = kept(now, counted_to, &made);
                self.counted_to = self.counted_to.max(Some(counted_to));
            }
        }
    }

    #[test]
    fn a_clock_that_was_ahead_for_weeks_costs_no_backup() {
        let mut stick = Stick::default();
        stick.back_up(0..400);
        let mut undisturbed = stick.clone();
        let before = stick.there.clone();
        for years in [1, 11] {
            let first = 400 + years * 365;
            stick.back_up(first..first + 20);
            assert!(before.is_subset(&stick.there), "{years}");
        }
        // and once it is right again the rule goes on
        stick.back_up(400..430);
        undisturbed.back_up(400..430);
        assert!(undisturbed.there.is_subset(&stick.there));
        let gone = |at: &&DateTime<Utc>| !stick.there.contains(*at);
        assert!(before.iter().filter(gone).count() > 3);
    }

    #[test]
    fn a_pc_that_stood_off_for_a_year_lets_its_backups_go_later() {
        let mut stick = Stick::default();
        stick.back_up(0..400);
        let before = stick.there.clone();
        stick.back_up(765..785);
        assert!(before.is_subset(&stick.there));
        stick.back_up(785..830);
        assert!(stick.there.len() <= 7 + 8 + 12 + 10);
        assert!(stick.there.iter().any(|at| *at < day(400)));
    }

    #[test]
    fn who_backs_up_once_a_fortnight_is_believed() {
        assert_eq!(counted_to(day(14), Some(day(0))), day(14));
        assert_eq!(counted_to(day(15), Some(day(0))), day(14));
        assert_eq!(counted_to(day(-400), Some(day(0))), day(-400));
        assert_eq!(counted_to(day(0), None), day(0));
    }

    #[test]
    fn one_a_day_for_eleven_years_leaves_a_handful_that_reaches_years_back() {
        let mut stick = Stick::default();
        stick.back_up(0..4_015);
        let there = stick.there;
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
        assert!(kept_now(day(0), &[old]).contains(&old));
        let ahead = [day(400), day(401), day(-1)];
        assert_eq!(kept_now(day(0), &ahead).len(), 3);
        assert!(kept_now(day(0), &[]).is_empty());
    }

    #[test]
    fn several_of_one_day_stay_for_a_week_and_then_one_of_them() {
        let morning = day(0);
        let evening = morning + TimeDelta::hours(8);
        let both = [morning, evening];
        assert_eq!(kept_now(day(6), &both).len(), 2);
        assert_eq!(
            kept_now(day(9), &both).into_iter().collect::<Vec<_>>(),
            [evening]
        );
    }
}
