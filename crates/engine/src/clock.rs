//! The one place of the client that reads the clock.

use chrono::{DateTime, FixedOffset, NaiveDate, SubsecRound, Utc};

/// Now, in UTC, whole milliseconds (what the store keeps).
pub fn now() -> DateTime<Utc> {
    #[allow(
        clippy::disallowed_methods,
        reason = "the engine's one reading of the clock"
    )]
    Utc::now().trunc_subsecs(3)
}

/// The day in Asia/Ho_Chi_Minh (UTC+7, no daylight saving), whatever the PC's zone is.
pub fn day(at: DateTime<Utc>) -> NaiveDate {
    let vietnam = FixedOffset::east_opt(7 * 3600).expect("seven hours are a valid offset");
    at.with_timezone(&vietnam).date_naive()
}

/// A new UUIDv7: ordered by time, random in the rest.
pub fn new_id() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}
