//! Evidence on the wire: put, listed, read back.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use hoso_domain::id::DossierId;
use hoso_portal_api::commit::Evidence;
use hoso_portal_api::problem::Kind;

use super::{Parts1, json, pages};
use crate::device::Proven;
use crate::evidence::{self, Place};
use crate::fault::Fault;
use crate::portal::Portal;

pub(super) async fn add(
    State(portal): State<Portal>,
    Parts1((dossier, revision, step)): Parts1<(DossierId, u32, u8)>,
    proven: Proven,
) -> Result<Response, Fault> {
    let asked: Evidence = proven.json()?;
    let at = Place {
        dossier,
        revision,
        step,
    };
    let (version, new) = evidence::add(&portal, proven.device, at, asked.p7s).await?;
    json(
        match new {
            true => StatusCode::CREATED,
            false => StatusCode::OK,
        },
        &version,
    )
}

/// Everything added to a revision, oldest first.
pub(super) async fn list(
    State(portal): State<Portal>,
    Parts1((dossier, revision)): Parts1<(DossierId, u32)>,
    proven: Proven,
) -> Result<Response, Fault> {
    let unit = proven.device.unit;
    let versions = portal
        .0
        .db
        .call(move |tx| {
            evidence::committed(tx, unit, dossier, revision)?;
            evidence::versions(tx, dossier, revision)
        })
        .await?;
    json(StatusCode::OK, &versions)
}

/// The newest version of a signature.
pub(super) async fn newest(
    State(portal): State<Portal>,
    Parts1((dossier, revision, step)): Parts1<(DossierId, u32, u8)>,
    proven: Proven,
) -> Result<Response, Fault> {
    let unit = proven.device.unit;
    let found = portal
        .0
        .db
        .call(move |tx| {
            evidence::committed(tx, unit, dossier, revision)?;
            let versions = evidence::versions(tx, dossier, revision)?;
            Ok(versions.into_iter().rfind(|v| v.step == step))
        })
        .await?;
    let version = found.ok_or_else(|| Fault::new(Kind::NotFound, "nothing was added"))?;
    pages::stored(
        &portal,
        &proven.headers,
        version.p7s.sha256,
        "application/pkcs7-signature",
    )
    .await
}
