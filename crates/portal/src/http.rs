//! The router: paths of the contract, of the officer's API and of the console.

mod commits;
mod console;
mod devices;
mod evidence;
mod officer;
mod pages;
mod revocation;
mod session;
mod timestamp;
mod uploads;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, head, post, put};
use hoso_domain::digest::Digest;
use hoso_domain::id::ResultId;
use hoso_portal_api::path;
use hoso_portal_api::problem::Kind;
use rusqlite::OptionalExtension as _;
use serde::{Deserialize, Serialize};

use crate::body::{self, MAX_BODY};
use crate::device::Proven;
use crate::fault::{self, Fault};
use crate::portal::Portal;
use crate::{certificate, db, feed, snapshot};

impl Portal {
    /// The whole service without a listener.
    pub fn router(&self) -> Router {
        Router::new()
            .route(path::HELLO, get(|| async { path::PORTAL_MARK }))
            .route(path::DEVICES, post(devices::enrol).get(devices::list))
            .route(path::DEVICES_SIGNED, post(devices::enrol_signed))
            .route(path::DEVICES_SUCCESSOR, post(devices::succeed))
            .route("/v1/devices/{id}/revocation", put(devices::revoke))
            .route(path::NUMBER_BLOCKS, post(devices::number_block))
            .route(
                path::UPLOADS,
                post(uploads::create).options(uploads::options),
            )
            .route(
                "/v1/uploads/{id}",
                head(uploads::state)
                    .patch(uploads::patch)
                    .delete(uploads::terminate)
                    .options(uploads::options),
            )
            .route("/v1/dossiers/{id}", put(commits::first).get(commits::state))
            .route("/v1/dossiers/{id}/revisions/{n}", put(commits::later))
            .route(
                "/v1/dossiers/{id}/revisions/{n}/given-up",
                put(commits::give_up),
            )
            .route(
                "/v1/dossiers/{id}/revisions/{n}/evidence",
                get(evidence::list),
            )
            .route(
                "/v1/dossiers/{id}/revisions/{n}/evidence/{k}",
                put(evidence::add).get(evidence::newest),
            )
            .route("/v1/dossiers/{id}/withdrawal", put(commits::withdraw))
            .route("/v1/certificates/{sha256}", put(announce_certificate))
            .route("/v1/dossiers/{id}/entries", get(commits::entries))
            .route("/v1/dossiers/{id}/blobs/{sha256}", get(commits::blob))
            .route(path::TIMESTAMP, post(timestamp::stamp))
            .route("/v1/revocation-lists/{k}", get(revocation::list))
            .route(path::CHANGES, get(changes))
            .route(path::SNAPSHOT, get(snapshot_page))
            .route("/v1/documents/{id}", get(document))
            .route("/v1/packs/{sha256}", get(pack))
            .merge(officer::routes())
            .merge(console::routes())
            .fallback(|| async { Fault::new(Kind::NotFound, "no such path") })
            .method_not_allowed_fallback(|| async { Fault::new(Kind::MethodNotAllowed, "") })
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .layer(from_fn_with_state(self.clone(), guard))
            .with_state(self.clone())
    }
}

async fn announce_certificate(
    State(portal): State<Portal>,
    Parts1(sha256): Parts1<Digest>,
    proven: Proven,
) -> Result<Response, Fault> {
    let announced = proven.json()?;
    let (file, new) = certificate::announce(&portal, proven.device.unit, sha256, announced).await?;
    json(devices::created(new), &file)
}

/// What every answer carries: a problem its time, and the headers.
async fn guard(State(portal): State<Portal>, request: Request, next: Next) -> Response {
    let (method, asked) = (request.method().clone(), request.uri().path().to_owned());
    let zstd = body::reads_zstd(request.headers());
    let silence = portal.0.config.limits.silence();
    let request = request.map(|sent| body::watched(sent, silence));
    let served = match asked.starts_with("/v1/") && asked != path::HELLO {
        true => portal.0.load.serving(),
        false => Ok(()),
    };
    let answer = match served {
        Ok(()) => next.run(request).await,
        Err(fault) => fault.into_response(),
    };
    let mut response = fault::told(answer, portal.now());
    if zstd {
        response = match body::packed(response).await {
            Ok(packed) => packed,
            Err(fault) => fault::told(fault.into_response(), portal.now()),
        };
    }
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    tracing::info!(%method, path = asked, status = response.status().as_u16(), "served");
    response
}

/// JSON as the contract sends it.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Result<Response, Fault> {
    let body =
        serde_json::to_vec(value).map_err(|e| Fault::internal("an answer cannot be written", e))?;
    let kind = HeaderValue::from_static("application/json");
    Ok((status, [(header::CONTENT_TYPE, kind)], body).into_response())
}

/// The body of a request that needs no proof.
pub(crate) struct Sent(Bytes);

impl FromRequest<Portal> for Sent {
    type Rejection = Fault;

    async fn from_request(request: Request, portal: &Portal) -> Result<Self, Fault> {
        let (parts, body) = request.into_parts();
        let sent = body::whole(portal, body).await?;
        body::plain(&parts.headers, sent).map(Self)
    }
}

impl Sent {
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_json::from_slice(&self.0).map_err(|e| Fault::new(Kind::Malformed, e.to_string()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Path parts read into `T`; what cannot be read does not exist.
pub(crate) struct Parts1<T>(pub(crate) T);

impl<T> FromRequestParts<Portal> for Parts1<T>
where
    T: serde::de::DeserializeOwned + Send,
{
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Fault> {
        let Path(value) = Path::<T>::from_request_parts(parts, portal)
            .await
            .map_err(|_| Fault::new(Kind::NotFound, "not an id"))?;
        Ok(Self(value))
    }
}

#[derive(Deserialize)]
struct Ask {
    #[serde(default)]
    cursor: String,
    #[serde(default = "all")]
    limit: u32,
    #[serde(default)]
    wait: u32,
}

fn all() -> u32 {
    hoso_portal_api::feed::MAX_LIMIT
}

async fn changes(
    State(portal): State<Portal>,
    ask: Result<Query<Ask>, axum::extract::rejection::QueryRejection>,
    proven: Proven,
) -> Result<Response, Fault> {
    let Query(ask) = ask.map_err(|e| Fault::new(Kind::Malformed, e.body_text()))?;
    let found = feed::changes(
        &portal,
        proven.device.unit,
        &ask.cursor,
        ask.limit,
        ask.wait,
    )
    .await?;
    json(StatusCode::OK, &found)
}

#[derive(Deserialize)]
struct AskPage {
    #[serde(default)]
    page: String,
    #[serde(default = "all")]
    limit: u32,
}

async fn snapshot_page(
    State(portal): State<Portal>,
    ask: Result<Query<AskPage>, axum::extract::rejection::QueryRejection>,
    proven: Proven,
) -> Result<Response, Fault> {
    let Query(ask) = ask.map_err(|e| Fault::new(Kind::Malformed, e.body_text()))?;
    let unit = proven.device.unit;
    let found = snapshot::snapshot(&portal, unit, &ask.page, ask.limit).await?;
    json(StatusCode::OK, &found)
}

/// A data pack, for any enrolled device: it is the same for every unit.
async fn pack(
    State(portal): State<Portal>,
    Parts1(sha256): Parts1<Digest>,
    proven: Proven,
) -> Result<Response, Fault> {
    let asked = portal.clone();
    let known = tokio::task::spawn_blocking(move || asked.is_pack(sha256))
        .await
        .map_err(|e| Fault::internal("a database task failed", e))??;
    if !known {
        return Err(Fault::new(Kind::NotFound, "no such pack"));
    }
    pages::stored(&portal, &proven.headers, sha256, "application/json").await
}

async fn document(
    State(portal): State<Portal>,
    Parts1(id): Parts1<ResultId>,
    proven: Proven,
) -> Result<Response, Fault> {
    let row: Option<(String, String)> = portal
        .0
        .db
        .call(move |tx| {
            Ok(tx
                .query_row(
                    "SELECT unit_id, sha256 FROM document WHERE document_id = ?1",
                    [id.to_string()],
                    |r| Ok((r.get(0)?, r.get(1)?)),
                )
                .optional()?)
        })
        .await?;
    let (unit, sha256) = row.ok_or_else(|| Fault::new(Kind::NotFound, "no such document"))?;
    if unit != proven.device.unit.to_string() {
        return Err(Fault::new(Kind::Forbidden, ""));
    }
    let sha256 = db::digest(&sha256)?;
    pages::stored(
        &portal,
        &proven.headers,
        sha256,
        "application/vnd.etsi.asic-e+zip",
    )
    .await
}
