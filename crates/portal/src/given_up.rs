//! Revisions a unit will not send any more (thôi gửi): what is on its way comes too late.
//!
//! It refuses to give up what was accepted: that is a withdrawal ([`crate::withdrawal`]).

use hoso_domain::id::{DossierId, UnitId};
use hoso_portal_api::commit::GivenUp;
use hoso_portal_api::problem::Kind;
use rusqlite::{OptionalExtension as _, Transaction};

use crate::db;
use crate::device::Device;
use crate::fault::Fault;
use crate::portal::Portal;
use crate::standing::standing;

/// Gives a revision up. `true`: it is new.
pub(crate) async fn give_up(
    portal: &Portal,
    device: Device,
    dossier: DossierId,
    revision: u32,
) -> Result<(GivenUp, bool), Fault> {
    if revision == 0 {
        return Err(Fault::new(Kind::Malformed, "revisions count from 1"));
    }
    let now = portal.now();
    portal
        .0
        .db
        .call(move |tx| {
            if standing(tx, dossier)?.is_some_and(|at| at.unit != device.unit) {
                return Err(Fault::new(Kind::Forbidden, "the dossier is another unit's"));
            }
            let accepted: bool = tx.query_row(
                "SELECT EXISTS (SELECT 1 FROM revision WHERE dossier_id = ?1 AND revision = ?2)",
                (dossier.to_string(), revision),
                |r| r.get(0),
            )?;
            if accepted {
                return Err(Fault::new(Kind::WrongState, "the revision was accepted"));
            }
            let new = tx.execute(
                "INSERT INTO given_up (unit_id, dossier_id, revision, device_id, given_up_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (unit_id, dossier_id, revision) DO NOTHING",
                (
                    device.unit.to_string(),
                    dossier.to_string(),
                    revision,
                    device.id.to_string(),
                    db::stamp(now),
                ),
            )? == 1;
            let since = since(tx, device.unit, dossier, revision)?;
            let given_up_at = since.ok_or_else(|| Fault::new(Kind::Internal, "not given up"))?;
            let given_up = GivenUp {
                dossier,
                revision,
                given_up_at: db::time(&given_up_at)?,
            };
            Ok((given_up, new))
        })
        .await
}

/// When its unit gave a revision up, as stored; `None`: it did not.
pub(crate) fn since(
    tx: &Transaction<'_>,
    unit: UnitId,
    dossier: DossierId,
    revision: u32,
) -> Result<Option<String>, Fault> {
    Ok(tx
        .query_row(
            "SELECT given_up_at FROM given_up
             WHERE unit_id = ?1 AND dossier_id = ?2 AND revision = ?3",
            (unit.to_string(), dossier.to_string(), revision),
            |r| r.get(0),
        )
        .optional()?)
}
