//! The one place where the portal reads the clock; everything below is told the time.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

/// Where a portal reads the time: the system, or whatever a simulation says it is.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    #[allow(
        clippy::disallowed_methods,
        reason = "the portal's one place that reads the clock"
    )]
    pub fn system() -> Self {
        Self::new(Utc::now)
    }

    /// A clock that shows what `read` gives.
    pub fn new(read: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// Now, in whole milliseconds: what goes into receipts and the database.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let now = (self.0)();
        DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
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
