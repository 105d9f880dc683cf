//! The one place where the portal reads the clock; everything below is told the time.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

/// Now, in whole milliseconds: what goes into receipts and the database.
#[allow(
    clippy::disallowed_methods,
    reason = "the portal's one place that reads the clock"
)]
pub(crate) fn now() -> DateTime<Utc> {
    let now = Utc::now();
    DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
}

/// Asia/Ho_Chi_Minh: UTC+7 without daylight saving.
pub(crate) fn zone() -> FixedOffset {
    FixedOffset::east_opt(7 * 3600).expect("seven hours are a valid offset")
}

/// The day of `at` where the treasury works.
pub(crate) fn day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&zone()).date_naive()
}

/// `22/11/2026 10:15`, as the console and notices show it.
pub(crate) fn shown(at: DateTime<Utc>) -> String {
    at.with_timezone(&zone())
        .format("%d/%m/%Y %H:%M")
        .to_string()
}
