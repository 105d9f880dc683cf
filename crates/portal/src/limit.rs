//! Bounds of a portal's service. The defaults are far above what units do.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// `limits` in `portal.json`; what is missing there is the default.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// How long a row of the feed stays after a newer one of the same thing, in days: as long as a
    /// cursor may be away.
    pub(crate) feed_days: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { feed_days: 180 }
    }
}

impl Limits {
    pub(crate) fn feed_kept(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.feed_days))
    }
}
