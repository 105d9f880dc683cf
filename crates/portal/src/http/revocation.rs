//! Revocation lists of the signers' authorities, as a training portal passes them on. They lie as files
//! in the data folder; whoever runs the portal puts newer ones in their place.

use axum::extract::State;
use axum::response::Response;
use hoso_domain::digest::Digest;
use hoso_portal_api::path::REVOCATION_LIST;
use hoso_portal_api::problem::Kind;

use super::{Parts1, pages};
use crate::device::Proven;
use crate::fault::Fault;
use crate::portal::{Portal, file};

pub(super) async fn list(
    State(portal): State<Portal>,
    Parts1(number): Parts1<u8>,
    proven: Proven,
) -> Result<Response, Fault> {
    let path = portal.0.root.join(file::revocation_list(number));
    let read = tokio::task::spawn_blocking(move || std::fs::read(path));
    let read = read
        .await
        .map_err(|e| Fault::internal("a reading task failed", e))?;
    let list = match read {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(Fault::new(Kind::NotFound, "no such list"));
        }
        other => other?,
    };
    let sha256 = Digest::of(&list);
    Ok(pages::bytes(&proven.headers, list, sha256, REVOCATION_LIST))
}
