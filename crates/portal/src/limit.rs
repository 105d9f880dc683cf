//! Bounds of a portal's service: what one device, one unit and all together may ask at a time, and
//! the officer's switch. The defaults are far above what units do.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hoso_domain::id::{DeviceId, UnitId};
use hoso_portal_api::problem::Kind;
use rusqlite::{OptionalExtension as _, Transaction};
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::fault::Fault;
use crate::portal::Portal;

/// `limits` in `portal.json`; what is missing there is the default.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// How long a row of the feed stays after a newer one of the same thing, in days: as long as a
    /// cursor may be away.
    pub(crate) feed_days: u32,
    /// Requests of one device, on average; as many may come at once.
    pub(crate) requests_per_minute: u32,
    /// Bytes promised by a unit's unfinished uploads.
    pub(crate) unfinished_bytes: u64,
    /// Bodies read at the same time.
    pub(crate) bodies: u32,
    /// How long the next piece of a body is waited for, in seconds. A thin line brings a few bytes
    /// long before; one that was cut would keep its place among the bodies for ever.
    pub(crate) silent_seconds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            feed_days: 180,
            requests_per_minute: 1200,
            unfinished_bytes: 2 * 1024 * 1024 * 1024,
            bodies: 4096,
            silent_seconds: 120,
        }
    }
}

impl Limits {
    pub(crate) fn feed_kept(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.feed_days))
    }

    pub(crate) fn silence(&self) -> Duration {
        Duration::from_secs(u64::from(self.silent_seconds))
    }
}

/// A bucket holds the requests of so long.
const WINDOW: TimeDelta = TimeDelta::minutes(1);
/// What a device is told to wait when all bodies are taken or its own stopped, in seconds.
const BODIES_WAIT: u64 = 5;
/// … and when the portal does not serve.
const PAUSE_WAIT: u64 = 60;
/// … and when its unit has too much unfinished.
const UNFINISHED_WAIT: u64 = 600;

/// What is asked of the portal now.
pub(crate) struct Load {
    /// When each device's bucket is full again.
    buckets: Mutex<HashMap<DeviceId, DateTime<Utc>>>,
    bodies: Arc<Semaphore>,
    paused: AtomicBool,
}

impl Load {
    pub(crate) fn new(limits: &Limits, paused: bool) -> Self {
        let bodies = usize::try_from(limits.bodies).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            buckets: Mutex::default(),
            bodies: Arc::new(Semaphore::new(bodies)),
            paused: AtomicBool::new(paused),
        }
    }

    /// A token bucket per device (the generic cell rate algorithm).
    pub(crate) fn admit(
        &self,
        device: DeviceId,
        limits: &Limits,
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        let each = WINDOW / i32::try_from(limits.requests_per_minute.max(1)).unwrap_or(i32::MAX);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let full = buckets.entry(device).or_insert(now);
        // A clock that was set back must not keep anybody out.
        *full = (*full).clamp(now, now + WINDOW);
        let next = *full + each;
        if next > now + WINDOW {
            let wait = (next - now - WINDOW).num_seconds().unsigned_abs();
            return Err(limited("too many requests", wait.saturating_add(1)));
        }
        *full = next;
        Ok(())
    }

    /// Leave to read a body, for as long as the permit is held.
    pub(crate) fn body(&self) -> Result<OwnedSemaphorePermit, Fault> {
        self.bodies
            .clone()
            .try_acquire_owned()
            .map_err(|_| busy("too many bodies at once", BODIES_WAIT))
    }

    pub(crate) fn paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    /// Refuses a device while the officers have stopped the service.
    pub(crate) fn serving(&self) -> Result<(), Fault> {
        match self.paused() {
            true => Err(busy("the treasury paused the service", PAUSE_WAIT)),
            false => Ok(()),
        }
    }
}

/// The rest of a body did not come: the same request may come through another time.
pub(crate) fn silent() -> Fault {
    busy("the body stopped coming", BODIES_WAIT)
}

fn busy(what: &str, wait: u64) -> Fault {
    Fault::new(Kind::Busy, what).with(|p| p.retry_after = Some(wait))
}

fn limited(what: &str, wait: u64) -> Fault {
    Fault::new(Kind::RateLimited, what).with(|p| p.retry_after = Some(wait))
}

/// Refuses a new upload that would promise more than a unit may leave unfinished.
pub(crate) fn unfinished(
    tx: &Transaction<'_>,
    unit: UnitId,
    length: u64,
    limits: &Limits,
) -> Result<(), Fault> {
    let promised: u64 = tx.query_row(
        "SELECT COALESCE(SUM(length), 0) FROM upload WHERE unit_id = ?1 AND done = 0",
        [unit.to_string()],
        |r| r.get(0),
    )?;
    match promised.saturating_add(length) <= limits.unfinished_bytes {
        true => Ok(()),
        false => Err(limited("too much is unfinished", UNFINISHED_WAIT)),
    }
}

const PAUSED: &str = "paused";

/// Whether the service was stopped when the portal last ran.
pub(crate) fn was_paused(tx: &Transaction<'_>) -> Result<bool, Fault> {
    let found = tx
        .query_row("SELECT 1 FROM portal WHERE name = ?1", [PAUSED], |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}

/// Stops or resumes the service of devices; it stays so over a restart.
pub(crate) async fn pause(portal: &Portal, paused: bool) -> Result<(), Fault> {
    portal
        .0
        .db
        .call(move |tx| {
            match paused {
                true => tx.execute(
                    "INSERT INTO portal (name, value) VALUES (?1, '')
                     ON CONFLICT (name) DO NOTHING",
                    [PAUSED],
                )?,
                false => tx.execute("DELETE FROM portal WHERE name = ?1", [PAUSED])?,
            };
            Ok(())
        })
        .await?;
    portal.0.load.paused.store(paused, Ordering::Relaxed);
    Ok(())
}
