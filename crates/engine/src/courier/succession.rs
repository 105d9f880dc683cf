//! After a restore: this PC takes over from the device the store brought along, and ends what other
//! PCs left at the portal. The wish stands in the store until the portal has answered.

use hoso_domain::id::DeviceId;
use hoso_store::devices::{self, Device as StoredDevice, Enrolment as Stored};
use hoso_sync::api::device::Enrolled;
use hoso_sync::api::problem::Kind;
use hoso_sync::{Device, DeviceKey, Failure};

use super::lane::{Lane, Stop, client, key_lost};
use crate::error::Error;

/// Why the PC before is ended, for the officer.
const REPLACED: &str = "Dữ liệu đã được khôi phục sang máy khác";

/// As the officer sees this PC.
pub(crate) fn pc_name() -> String {
    Some(hoso_store::host())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "PC".to_owned())
}

impl Lane {
    /// After a restore: takes over from the device of the PC before, which the portal ends in the
    /// same step. The wish stands in the store until the portal has answered; `None`: there is no
    /// device to take over from, or the portal ended it already.
    pub(super) async fn succeed(
        &mut self,
        name: &str,
    ) -> Result<Option<(Enrolled, DeviceId)>, Stop> {
        let unit = self.unit.id;
        let before = self.shared.store.read(|db| devices::replaced(db, unit))?;
        for old in before {
            let Some(old_device) = self.known(&old, name).await? else {
                self.ended(&old)?;
                continue;
            };
            let portal = client(&self.shared)?.with_device(old_device);
            match portal.succeed(&self.key, name).await {
                Ok(enrolled) => return Ok(Some((enrolled, old.id))),
                // somebody ended it, or the portal never knew it
                Err(Failure::Auth(_)) => self.ended(&old)?,
                Err(failure) => return Err(Stop::Link(failure)),
            }
        }
        Ok(None)
    }

    /// A device of the PC before, as the portal knows it. A backup older than its enrolment does not
    /// say: its key is shown again with the codes it may have spent.
    async fn known(&self, old: &StoredDevice, name: &str) -> Result<Option<Device>, Stop> {
        let key = || DeviceKey::from_bytes(&old.private_key).map_err(key_lost);
        if let Ok(enrolled) = serde_json::from_str::<Enrolled>(&old.doc) {
            let (id, key) = (enrolled.device, key()?);
            return Ok(Some(Device { id, key }));
        }
        let codes = self.shared.connection.enrolment(self.unit.id);
        for code in codes.map(|e| e.codes.as_slice()).unwrap_or_default() {
            let key = key()?;
            match self.portal.enrol(&key, &self.unit.code, code, name).await {
                Ok(Enrolled { device: id, .. }) => return Ok(Some(Device { id, key })),
                Err(Failure::Auth(_)) => {}
                Err(failure) => return Err(Stop::Link(failure)),
            }
        }
        Ok(None)
    }

    /// Ends what other PCs before left at the portal.
    pub(super) async fn end_others(&self) -> Result<(), Stop> {
        let unit = self.unit.id;
        let before = self.shared.store.read(|db| devices::replaced(db, unit))?;
        for old in before {
            if let Ok(known) = serde_json::from_str::<Enrolled>(&old.doc) {
                let ended = self.portal.revoke(known.device, REPLACED).await;
                match ended {
                    Ok(_) => {}
                    Err(failure) if failure.stops_the_pass() => return Err(Stop::Link(failure)),
                    // not known there: nothing to end
                    Err(failure) if failure.problem().map(|p| p.kind) == Some(Kind::NotFound) => {}
                    Err(failure) => {
                        tracing::warn!(%failure, "the PC before could not be ended");
                        continue;
                    }
                }
            }
            self.ended(&old)?;
        }
        Ok(())
    }

    fn ended(&self, old: &StoredDevice) -> Result<(), Error> {
        let (id, doc, at) = (old.id, old.doc.clone(), self.now());
        Ok(self
            .shared
            .store
            .write(move |tx| devices::set_state(tx, id, Stored::Revoked, &doc, at))?)
    }
}
