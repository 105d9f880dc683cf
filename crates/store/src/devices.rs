//! This installation as the portal knows it: one device key per unit, inside the encrypted store.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use hoso_domain::id::{DeviceId, UnitId};

use crate::error::StoreError;
use crate::sql;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enrolment {
    /// Made here, not yet told to the portal.
    New,
    Enrolled,
    Revoked,
}

/// A device; has no `Debug`, it holds a private key.
#[derive(Clone)]
pub struct Device {
    pub id: DeviceId,
    pub unit: UnitId,
    /// The portal's address.
    pub portal: String,
    /// As the engine encodes it (PKCS#8 DER).
    pub private_key: Zeroizing<Vec<u8>>,
    pub state: Enrolment,
    /// What the portal answered, JSON.
    pub doc: String,
}

pub fn add(tx: &Transaction<'_>, device: &Device, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO device (id, unit_id, portal, private_key, state, doc, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        device.id.to_string(),
        device.unit.to_string(),
        device.portal,
        device.private_key.as_slice(),
        sql::word(&device.state)?,
        device.doc,
        sql::instant(at),
    ])?;
    Ok(())
}

/// Notes what the portal said about a device.
pub fn set_state(
    tx: &Transaction<'_>,
    id: DeviceId,
    state: Enrolment,
    doc: &str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let changed = tx
        .prepare_cached(
            "UPDATE device SET state = ?2, doc = ?3,
                 enrolled_at = CASE WHEN ?2 = 'enrolled' THEN ?4 ELSE enrolled_at END
             WHERE id = ?1",
        )?
        .execute(params![
            id.to_string(),
            sql::word(&state)?,
            doc,
            sql::instant(at)
        ])?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound { what: "device" })
    }
}

/// After a restore: the devices of the PC before are not this PC's. What the portal knows of them
/// is to be ended by the courier.
pub fn replace_all(tx: &Transaction<'_>, at: DateTime<Utc>) -> Result<u64, StoreError> {
    let n = tx
        .prepare_cached(
            "UPDATE device SET replaced_at = ?1 WHERE replaced_at = '' AND state <> 'revoked'",
        )?
        .execute([sql::instant(at)])?;
    Ok(n as u64)
}

/// The unit's portal is to know this PC anew: the device it knew hands over to the next one, or is
/// ended.
pub fn replace(tx: &Transaction<'_>, unit: UnitId, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.prepare_cached(
        "UPDATE device SET replaced_at = ?2
         WHERE unit_id = ?1 AND replaced_at = '' AND state = 'enrolled'",
    )?
    .execute([unit.to_string(), sql::instant(at)])?;
    Ok(())
}

/// The portal has another address.
pub fn moved(tx: &Transaction<'_>, unit: UnitId, portal: &str) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE device SET portal = ?2 WHERE unit_id = ?1 AND state <> 'revoked'")?
        .execute([unit.to_string(), portal.to_owned()])?;
    Ok(())
}

/// Devices of the PCs before whose end the portal has not confirmed, oldest first.
pub fn replaced(c: &Connection, unit: UnitId) -> Result<Vec<Device>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT id, unit_id, portal, private_key, state, doc FROM device
         WHERE unit_id = ?1 AND replaced_at <> '' AND state <> 'revoked' ORDER BY created_at, id",
    )?;
    let rows = statement.query_map([unit.to_string()], row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The unit's newest device that is neither revoked nor another PC's.
pub fn of_unit(c: &Connection, unit: UnitId) -> Result<Option<Device>, StoreError> {
    let device = c
        .prepare_cached(
            "SELECT id, unit_id, portal, private_key, state, doc FROM device
             WHERE unit_id = ?1 AND state <> 'revoked' AND replaced_at = ''
             ORDER BY created_at DESC, id DESC LIMIT 1",
        )?
        .query_row([unit.to_string()], row)
        .optional()?;
    Ok(device)
}

fn row(r: &Row<'_>) -> rusqlite::Result<Device> {
    Ok(Device {
        id: sql::parsed(r, 0)?,
        unit: sql::parsed(r, 1)?,
        portal: r.get(2)?,
        private_key: Zeroizing::new(r.get(3)?),
        state: sql::from_word(r, 4)?,
        doc: r.get(5)?,
    })
}
