//! The unit's PCs: the list the portal told last, and wishes to end one that it has not heard of.
//!
//! It refuses to end the PC it runs on: whoever sits at it is no thief.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use hoso_contract::view::{DeviceRow, DeviceStanding, DevicesView};
use hoso_domain::id::{DeviceId, UnitId};
use hoso_store::audit::{self, Act};
use hoso_store::{By, Connection as Db, StoreError, Transaction, devices, settings};
use hoso_sync::api::device::Enrolled;
use hoso_sync::api::officer::DeviceFile;

use crate::open::key;

/// The list as the portal told it.
#[derive(Clone, Serialize, Deserialize)]
struct Told {
    at: DateTime<Utc>,
    files: Vec<DeviceFile>,
}

/// A wish to end a device.
#[derive(Clone, Serialize, Deserialize)]
pub struct Wish {
    pub name: String,
    pub reason: String,
}

fn told(db: &Db, unit: UnitId) -> Result<Option<Told>, StoreError> {
    settings::get(db, Some(unit), key::DEVICES)
}

/// Wishes the portal has not heard of.
pub fn wishes(db: &Db, unit: UnitId) -> Result<BTreeMap<DeviceId, Wish>, StoreError> {
    Ok(settings::get(db, Some(unit), key::REVOCATIONS)?.unwrap_or_default())
}

/// The device this PC is to the portal; `None` before it was enrolled.
pub fn own(db: &Db, unit: UnitId) -> Result<Option<DeviceId>, StoreError> {
    let kept = devices::of_unit(db, unit)?;
    let enrolled = kept.and_then(|d| serde_json::from_str::<Enrolled>(&d.doc).ok());
    Ok(enrolled.map(|e| e.device))
}

/// What the window shows.
pub fn view(db: &Db, unit: UnitId) -> Result<DevicesView, StoreError> {
    let (wishes, own) = (wishes(db, unit)?, own(db, unit)?);
    let Some(told) = told(db, unit)? else {
        return Ok(DevicesView {
            devices: Vec::new(),
            told: None,
        });
    };
    let standing = |file: &DeviceFile| match (file.revoked_at, wishes.get(&file.device)) {
        (Some(at), _) => DeviceStanding::Ended {
            at,
            reason: file.revoked_reason.clone(),
        },
        (None, Some(wish)) => DeviceStanding::Ending {
            reason: wish.reason.clone(),
        },
        (None, None) if own == Some(file.device) => DeviceStanding::This,
        (None, None) => DeviceStanding::Other,
    };
    let rows = told.files.iter().map(|file| DeviceRow {
        device: file.device,
        name: file.name.clone(),
        enrolled_at: file.enrolled_at,
        standing: standing(file),
    });
    Ok(DevicesView {
        devices: rows.collect(),
        told: Some(told.at),
    })
}

/// Keeps what the portal told.
pub fn tell(
    tx: &Transaction<'_>,
    unit: UnitId,
    files: Vec<DeviceFile>,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    settings::put(tx, Some(unit), key::DEVICES, &Told { at, files })
}

/// Keeps a wish to end another device of the unit; audit row `device-revocation-asked`. `false`: the
/// device is this PC's, or none that may still send.
pub fn wish(
    tx: &Transaction<'_>,
    unit: UnitId,
    device: DeviceId,
    reason: &str,
    by: By,
) -> Result<bool, StoreError> {
    let known = told(tx, unit)?.map(|t| t.files).unwrap_or_default();
    let file = known
        .into_iter()
        .find(|f| f.device == device && f.revoked_at.is_none());
    let Some(file) = file.filter(|_| own(tx, unit).is_ok_and(|own| own != Some(device))) else {
        return Ok(false);
    };
    let wish = Wish {
        name: file.name,
        reason: reason.to_owned(),
    };
    let mut all = wishes(tx, unit)?;
    noted(tx, unit, "device-revocation-asked", &wish, by)?;
    all.insert(device, wish);
    settings::put(tx, Some(unit), key::REVOCATIONS, &all)?;
    Ok(true)
}

/// The portal heard a wish: `Some`, the device as it is there now; audit row `device-revoked`.
/// `None`: it knows no such device.
pub fn settle(
    tx: &Transaction<'_>,
    unit: UnitId,
    device: DeviceId,
    file: Option<DeviceFile>,
    by: By,
) -> Result<(), StoreError> {
    let mut all = wishes(tx, unit)?;
    let wish = all.remove(&device);
    settings::put(tx, Some(unit), key::REVOCATIONS, &all)?;
    if let Some(mut kept) = told(tx, unit)? {
        kept.files.retain(|f| f.device != device || file.is_some());
        for known in kept.files.iter_mut().filter(|f| f.device == device) {
            if let Some(file) = &file {
                *known = file.clone();
            }
        }
        settings::put(tx, Some(unit), key::DEVICES, &kept)?;
    }
    match (wish, file) {
        (Some(wish), Some(_)) => noted(tx, unit, "device-revoked", &wish, by),
        _ => Ok(()),
    }
}

fn noted(
    tx: &Transaction<'_>,
    unit: UnitId,
    act: &'static str,
    wish: &Wish,
    by: By,
) -> Result<(), StoreError> {
    let act = Act {
        unit: Some(unit),
        dossier: None,
        act,
        params: [
            ("name".to_owned(), wish.name.clone()),
            ("reason".to_owned(), wish.reason.clone()),
        ]
        .into(),
    };
    audit::append(tx, &act, by).map(drop)
}
