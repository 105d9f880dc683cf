//! Wrong tries slow down. Counts and times only; knows no secret and no clock.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::KeyError;

/// The longest wait between two tries, in seconds.
pub const LONGEST_WAIT: i64 = 15 * 60;

/// Tries that cost no wait.
const FREE: u32 = 3;

#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tries {
    /// Tries since the last success, the one under way included.
    #[serde(default)]
    wrong: u32,
    /// No try is made before this instant.
    #[serde(default)]
    next: Option<DateTime<Utc>>,
}

impl Tries {
    /// 5 s after the third wrong try, doubling up to [`LONGEST_WAIT`].
    fn wait(wrong: u32) -> TimeDelta {
        if wrong < FREE {
            return TimeDelta::zero();
        }
        let doublings = wrong.saturating_sub(FREE).min(16);
        let seconds = 5i64.saturating_mul(1i64 << doublings).min(LONGEST_WAIT);
        TimeDelta::seconds(seconds)
    }

    /// Counts a try, or refuses it. A clock that was set back never makes anyone wait longer than
    /// the wait itself.
    pub(super) fn begin(&mut self, now: DateTime<Utc>) -> Result<u32, KeyError> {
        if let Some(next) = self.next {
            let latest = now + Self::wait(self.wrong);
            let next = next.min(latest);
            self.next = Some(next);
            if now < next {
                let millis = (next - now).num_milliseconds();
                let seconds = u64::try_from(millis).unwrap_or(0).div_ceil(1000);
                return Err(KeyError::TryLater { seconds });
            }
        }
        self.wrong = self.wrong.saturating_add(1);
        let wait = Self::wait(self.wrong);
        self.next = (wait > TimeDelta::zero()).then(|| now + wait);
        Ok(self.wrong)
    }
}
