//! Devices of a unit on the wire: enrolment, list, revocation, number blocks.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use hoso_domain::id::{DeviceId, UnitId};
use hoso_domain::party::Unit;
use hoso_portal_api::device::{AskNumbers, Enrol, EnrolSigned, Enrolled, Revocation};
use hoso_portal_api::officer::DeviceFile;
use hoso_portal_api::problem::Kind;
use rusqlite::Transaction;

use super::{Parts1, Sent, json};
use crate::device::{self, Ending, Proven};
use crate::fault::Fault;
use crate::portal::Portal;
use crate::{db, moves, numbers};

pub(super) async fn enrol(State(portal): State<Portal>, sent: Sent) -> Result<Response, Fault> {
    let asked: Enrol = sent.json()?;
    enrolled(device::enrol(&portal, asked).await?)
}

/// By the account owner's signature instead of a one-time code.
pub(super) async fn enrol_signed(
    State(portal): State<Portal>,
    sent: Sent,
) -> Result<Response, Fault> {
    let asked: EnrolSigned = sent.json()?;
    enrolled(device::enrol_signed(&portal, asked).await?)
}

/// The device hands over to another key and is ended.
pub(super) async fn succeed(
    State(portal): State<Portal>,
    ending: Ending,
) -> Result<Response, Fault> {
    enrolled(device::succeed(&portal, ending).await?)
}

fn enrolled((enrolled, new): (Enrolled, bool)) -> Result<Response, Fault> {
    json(created(new), &enrolled)
}

/// 201 for what is new, 200 for what was there.
pub(super) fn created(new: bool) -> StatusCode {
    match new {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    }
}

pub(super) async fn list(State(portal): State<Portal>, proven: Proven) -> Result<Response, Fault> {
    let unit = proven.device.unit;
    let found = portal.0.db.call(move |tx| files(tx, Some(unit))).await?;
    json(StatusCode::OK, &found)
}

pub(super) async fn revoke(
    State(portal): State<Portal>,
    Parts1(id): Parts1<DeviceId>,
    proven: Proven,
) -> Result<Response, Fault> {
    let Revocation { reason } = proven.json()?;
    if reason.trim().is_empty() {
        return Err(Fault::new(Kind::Malformed, "a revocation needs a reason"));
    }
    let file = revoked(&portal, id, Some(proven.device.unit), reason).await?;
    json(StatusCode::OK, &file)
}

/// Every device, or those of one unit, in the order they came.
pub(super) fn files(tx: &Transaction<'_>, unit: Option<UnitId>) -> Result<Vec<DeviceFile>, Fault> {
    let mut statement = tx.prepare(
        "SELECT device_id, unit_id, name, enrolled_at, revoked_at, revoked_reason FROM device
         WHERE ?1 IS NULL OR unit_id = ?1 ORDER BY device_id",
    )?;
    let rows = statement.query_map([unit.map(|u| u.to_string())], |r| {
        Ok([
            r.get::<_, String>(0)?,
            r.get(1)?,
            r.get(2)?,
            r.get(3)?,
            r.get(4)?,
            r.get(5)?,
        ])
    })?;
    let mut found = Vec::new();
    for row in rows {
        let [device, unit, name, enrolled, revoked, reason] = row?;
        found.push(DeviceFile {
            device: db::id(&device)?,
            unit: db::id(&unit)?,
            name,
            enrolled_at: db::time(&enrolled)?,
            revoked_at: match revoked.is_empty() {
                true => None,
                false => Some(db::time(&revoked)?),
            },
            revoked_reason: reason,
        });
    }
    Ok(found)
}

/// Every device with its unit's code and name.
pub(super) fn files_with_units(tx: &Transaction<'_>) -> Result<Vec<(DeviceFile, String)>, Fault> {
    let names: HashMap<UnitId, String> = units(tx)?.into_iter().collect();
    let named = |file: DeviceFile| {
        let unit = names.get(&file.unit).cloned().unwrap_or_default();
        (file, unit)
    };
    Ok(files(tx, None)?.into_iter().map(named).collect())
}

/// Every unit as officers call it, by code.
pub(super) fn units(tx: &Transaction<'_>) -> Result<Vec<(UnitId, String)>, Fault> {
    let mut units = Vec::new();
    let mut statement = tx.prepare("SELECT data FROM unit ORDER BY code")?;
    for data in statement.query_map([], |r| r.get::<_, String>(0))? {
        let unit: Unit = db::json(&data?)?;
        units.push((unit.id, format!("{} - {}", unit.code, unit.name)));
    }
    Ok(units)
}

/// Thu hồi máy, by anyone of its unit (`by`) or by an officer, and why. Revoked before: nothing
/// changes.
pub(super) async fn revoked(
    portal: &Portal,
    id: DeviceId,
    by: Option<UnitId>,
    reason: String,
) -> Result<DeviceFile, Fault> {
    moves::short(&reason)?;
    let now = db::stamp(portal.now());
    portal
        .0
        .db
        .call(move |tx| {
            let none = || Fault::new(Kind::NotFound, "no such device");
            // Another unit's device is no device here: its id tells nothing.
            let found = tx.execute(
                "UPDATE device SET
                     revoked_reason = CASE revoked_at WHEN '' THEN ?4 ELSE revoked_reason END,
                     revoked_at = CASE revoked_at WHEN '' THEN ?2 ELSE revoked_at END
                 WHERE device_id = ?1 AND (?3 IS NULL OR unit_id = ?3)",
                (
                    id.to_string(),
                    now,
                    by.map(|u| u.to_string()),
                    reason.trim(),
                ),
            )?;
            if found == 0 {
                return Err(none());
            }
            let all = files(tx, by)?;
            all.into_iter().find(|f| f.device == id).ok_or_else(none)
        })
        .await
}

/// Another block of voucher numbers.
pub(super) async fn number_block(
    State(portal): State<Portal>,
    proven: Proven,
) -> Result<Response, Fault> {
    let asked: AskNumbers = proven.json()?;
    let (block, new) = numbers::give(&portal, proven.device.unit, asked).await?;
    json(created(new), &block)
}
