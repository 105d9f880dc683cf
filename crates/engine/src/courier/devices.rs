//! The unit's PCs: the list when somebody looks at it, and the end of one that was lost or replaced.
//! The wish stands in the store before; saying it twice is harmless.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use hoso_contract::Fact;
use hoso_domain::id::DeviceId;
use hoso_sync::api::problem::Kind;

use super::lane::{Lane, Stop};
use crate::devices::{self, Wish};
use crate::error::Error;

impl Lane {
    /// Wishes of this unit the portal has not heard of.
    pub(super) fn revocations(&self) -> Result<BTreeMap<DeviceId, Wish>, Error> {
        let unit = self.unit.id;
        Ok(self.shared.store.read(|db| devices::wishes(db, unit))?)
    }

    /// Whether somebody looks at the list.
    pub(super) fn devices_are_looked_at(&self) -> bool {
        let asked = &self.shared.devices_asked;
        let asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.contains(&self.unit.id)
    }

    /// Says each wish, then reads the list where somebody waits for it.
    pub(super) async fn bring_revocations(&self) -> Result<(), Stop> {
        let unit = self.unit.id;
        for (device, wish) in self.revocations()? {
            let file = match self.portal.revoke(device, &wish.reason).await {
                Ok(file) => Some(file),
                Err(failure) if failure.stops_the_pass() => return Err(Stop::Link(failure)),
                Err(failure) if failure.problem().map(|p| p.kind) == Some(Kind::NotFound) => None,
                Err(failure) => {
                    tracing::warn!(%failure, "a device could not be revoked");
                    continue;
                }
            };
            let by = self.by();
            self.shared
                .store
                .write(move |tx| devices::settle(tx, unit, device, file, by))?;
            (self.shared.tell)(Fact::DevicesChanged);
        }
        if !self.devices_are_looked_at() {
            return Ok(());
        }
        match self.portal.devices().await {
            Ok(files) => {
                let at = self.now();
                self.shared
                    .store
                    .write(move |tx| devices::tell(tx, unit, files, at))?;
                (self.shared.tell)(Fact::DevicesChanged);
            }
            Err(failure) if failure.stops_the_pass() => return Err(Stop::Link(failure)),
            Err(failure) => tracing::warn!(%failure, "the unit's devices could not be read"),
        }
        // answered, or not to be answered now: who looks again asks again
        let asked = &self.shared.devices_asked;
        let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.remove(&unit);
        Ok(())
    }
}
