//! What the unit's settings let go by itself, and what a withheld row is told.

use chrono::{DateTime, FixedOffset, TimeDelta, Timelike as _, Utc};

use hoso_contract::view::Settings;
use hoso_contract::{AppError, Code};
use hoso_sync::plan::Permit;

/// What still goes by itself on a line paid by volume, in bytes per dossier.
pub const SMALL: u64 = 1024 * 1024;

/// The permit now, and when it may change by itself.
pub fn permit(settings: &Settings, now: DateTime<Utc>) -> (Permit, Option<DateTime<Utc>>) {
    if settings.paused {
        return (Permit::Paused, None);
    }
    if !within(settings.sending_hours, now) {
        let begin = next(settings.sending_hours.0, now);
        return (Permit::Small { bytes: 0 }, Some(begin));
    }
    let permit = match settings.metered {
        true => Permit::Small { bytes: SMALL },
        false => Permit::All,
    };
    (permit, None)
}

/// When the sending hours end; `None`: they do not, or nothing goes now.
pub fn shut_at(settings: &Settings, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let (from, to) = settings.sending_hours;
    (from != to && within((from, to), now)).then(|| next(to, now))
}

/// Why a queued row with `remaining` bytes does not go by itself; `None`: it does.
pub fn withheld(settings: &Settings, remaining: u64, now: DateTime<Utc>) -> Option<AppError> {
    let (from, to) = settings.sending_hours;
    match permit(settings, now).0 {
        Permit::All => None,
        Permit::Paused => Some(AppError::new(Code::SendingPaused)),
        Permit::Small { bytes } if remaining <= bytes => None,
        Permit::Small { bytes: 0 } => Some(
            AppError::new(Code::SendingHours)
                .with("from", from)
                .with("to", to),
        ),
        Permit::Small { .. } => Some(AppError::new(Code::SendingMetered)),
    }
}

/// Asia/Ho_Chi_Minh: UTC+7 without daylight saving.
fn here(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    at.with_timezone(&FixedOffset::east_opt(7 * 3600).expect("seven hours are a valid offset"))
}

/// Equal hours are the whole day; the first after the second goes over midnight.
fn within((from, to): (u8, u8), now: DateTime<Utc>) -> bool {
    let hour = here(now).hour();
    let (from, to) = (u32::from(from), u32::from(to));
    match from.cmp(&to) {
        std::cmp::Ordering::Equal => true,
        std::cmp::Ordering::Less => (from..to).contains(&hour),
        std::cmp::Ordering::Greater => hour >= from || hour < to,
    }
}

/// The next full hour `hour`, today or tomorrow.
fn next(hour: u8, now: DateTime<Utc>) -> DateTime<Utc> {
    let local = here(now);
    let past = TimeDelta::minutes(i64::from(local.minute()))
        + TimeDelta::seconds(i64::from(local.second()))
        + TimeDelta::nanoseconds(i64::from(local.nanosecond()));
    let ahead = (i64::from(hour) - i64::from(local.hour())).rem_euclid(24);
    let ahead = if ahead == 0 { 24 } else { ahead };
    now - past + TimeDelta::hours(ahead)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn settings(paused: bool, metered: bool, sending_hours: (u8, u8)) -> Settings {
        Settings {
            language: "vi".to_owned(),
            theme: "system".to_owned(),
            zoom: 100,
            zero_tens: "linh".to_owned(),
            module: String::new(),
            paused,
            metered,
            sending_hours,
            prefer_pss: false,
            lock_after: 15,
        }
    }

    /// A time of the day in Vietnam.
    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-11-23T{time}+07:00").parse().unwrap()
    }

    #[test]
    fn files_wait_for_the_sending_hours_also_over_midnight() {
        let day = settings(false, false, (7, 17));
        assert_eq!(permit(&day, at("07:00:00")), (Permit::All, None));
        assert_eq!(permit(&day, at("16:59:59")), (Permit::All, None));
        let shut = Permit::Small { bytes: 0 };
        assert_eq!(
            permit(&day, at("17:30:05")),
            (shut, Some(at("07:00:00") + TimeDelta::days(1)))
        );
        assert_eq!(shut_at(&day, at("16:59:59")), Some(at("17:00:00")));
        assert_eq!(shut_at(&day, at("17:30:05")), None);
        let night = settings(false, false, (20, 5));
        assert_eq!(
            shut_at(&night, at("23:00:00")),
            Some(at("05:00:00") + TimeDelta::days(1))
        );
        assert_eq!(permit(&night, at("23:00:00")), (Permit::All, None));
        assert_eq!(permit(&night, at("04:00:00")), (Permit::All, None));
        assert_eq!(permit(&night, at("05:00:00")), (shut, Some(at("20:00:00"))));
        let always = settings(false, false, (0, 0));
        assert_eq!(permit(&always, at("03:00:00")), (Permit::All, None));
        assert_eq!(shut_at(&always, at("03:00:00")), None);
    }

    #[test]
    fn a_withheld_row_is_told_why() {
        let now = at("20:00:00");
        let code = |s: &Settings, bytes| withheld(s, bytes, now).map(|e| e.code);
        let metered = settings(false, true, (0, 0));
        assert_eq!(code(&metered, SMALL), None);
        assert_eq!(code(&metered, SMALL + 1), Some(Code::SendingMetered));
        let hours = settings(false, true, (7, 17));
        assert_eq!(code(&hours, 0), None, "only the commit is missing");
        assert_eq!(code(&hours, 1), Some(Code::SendingHours));
        let paused = settings(true, false, (0, 0));
        assert_eq!(code(&paused, 0), Some(Code::SendingPaused));
    }
}
