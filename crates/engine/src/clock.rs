//! The one place of the client that reads the clock.

use chrono::{DateTime, FixedOffset, NaiveDate, SubsecRound, TimeDelta, Utc};

/// Now, in UTC, whole milliseconds (what the store keeps).
pub fn now() -> DateTime<Utc> {
    #[allow(
        clippy::disallowed_methods,
        reason = "the engine's one reading of the clock"
    )]
    Utc::now().trunc_subsecs(3)
}

/// Asia/Ho_Chi_Minh: UTC+7 without daylight saving, whatever the PC's zone is.
fn vietnam() -> FixedOffset {
    FixedOffset::east_opt(7 * 3600).expect("seven hours are a valid offset")
}

/// The day in Asia/Ho_Chi_Minh.
pub fn day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&vietnam()).date_naive()
}

/// `22/11/2026 10:15`, as papers show it.
pub fn shown(at: DateTime<Utc>) -> String {
    at.with_timezone(&vietnam())
        .format("%d/%m/%Y %H:%M")
        .to_string()
}

/// A span in whole minutes, to the nearest.
pub fn minutes(span: TimeDelta) -> i64 {
    let seconds = span.num_seconds();
    seconds.abs().saturating_add(30) / 60 * seconds.signum()
}

/// A new UUIDv7: ordered by time, random in the rest.
pub fn new_id() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}
