//! tus 1.0 on the wire: core, creation (get-or-create), expiration, termination, checksum.

use axum::body::Body;
use axum::extract::{FromRequest as _, FromRequestParts as _, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hoso_domain::digest::Digest;
use hoso_portal_api::path;
use hoso_portal_api::problem::Kind;
use hoso_portal_api::upload as tus;
use hyper::body::Body as _;
use uuid::Uuid;

use super::Parts1;
use crate::device::{Proven, ProvenUpload};
use crate::fault::Fault;
use crate::portal::Portal;
use crate::upload::{self, Piece, Upload};

/// What the portal speaks; needs no proof.
pub(super) async fn options(State(portal): State<Portal>) -> Response {
    let mut headers = resumable();
    headers.insert(tus::TUS_VERSION, HeaderValue::from_static(tus::VERSION));
    headers.insert(
        tus::TUS_EXTENSION,
        HeaderValue::from_static(tus::EXTENSIONS),
    );
    headers.insert(
        tus::TUS_MAX_SIZE,
        HeaderValue::from(portal.0.config.max_file),
    );
    headers.insert(
        tus::TUS_CHECKSUM_ALGORITHM,
        HeaderValue::from_static("sha256"),
    );
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// A creation, with or without the first bytes.
pub(super) async fn create(
    State(portal): State<Portal>,
    request: Request,
) -> Result<Response, Fault> {
    let (mut parts, body) = request.into_parts();
    let (device, body) = match carries_bytes(&parts.headers) {
        Ok(()) => {
            let ProvenUpload(device) =
                ProvenUpload::from_request_parts(&mut parts, &portal).await?;
            (device, Some(body))
        }
        Err(unsupported) => {
            let request = Request::from_parts(parts.clone(), body);
            let proven = Proven::from_request(request, &portal).await?;
            if !proven.body.is_empty() {
                return Err(unsupported);
            }
            (proven.device, None)
        }
    };
    let asked = &parts.headers;
    speaks(asked)?;
    let length = number(asked, tus::UPLOAD_LENGTH)?;
    if length > portal.0.config.max_file {
        let what = format!("a file is at most {} bytes", portal.0.config.max_file);
        return Err(
            Fault::new(Kind::TooLarge, what).header(tus::TUS_MAX_SIZE, portal.0.config.max_file)
        );
    }
    let sha256 = asked
        .get(tus::UPLOAD_METADATA)
        .and_then(|v| v.to_str().ok())
        .and_then(tus::metadata_sha256)
        .ok_or_else(|| Fault::new(Kind::Malformed, "Upload-Metadata needs a sha256"))?;
    let (mut upload, new) = upload::create(&portal, device.unit, sha256, length).await?;
    if let Some(body) = body {
        let piece = Piece {
            offset: 0,
            length: body.size_hint().exact(),
            checksum: checksum(asked)?,
        };
        upload = upload::begin(&portal, upload, piece, body).await?;
    }
    let mut headers = standing(&upload);
    let place = format!("{}/{}", path::UPLOADS, upload.id);
    if let Ok(place) = HeaderValue::from_str(&place) {
        headers.insert(header::LOCATION, place);
    }
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, headers).into_response())
}

/// `HEAD`: ends a dead writer first, so that the offset told is one that stays.
pub(super) async fn state(
    State(portal): State<Portal>,
    Parts1(id): Parts1<Uuid>,
    proven: Proven,
) -> Result<Response, Fault> {
    speaks(&proven.headers)?;
    let upload = upload::settle(&portal, proven.device.unit, id).await?;
    let mut headers = standing(&upload);
    headers.insert(tus::UPLOAD_LENGTH, HeaderValue::from(upload.length));
    Ok((StatusCode::OK, headers).into_response())
}

pub(super) async fn patch(
    State(portal): State<Portal>,
    Parts1(id): Parts1<Uuid>,
    ProvenUpload(device): ProvenUpload,
    asked: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    speaks(&asked)?;
    carries_bytes(&asked)?;
    let piece = Piece {
        offset: number(&asked, tus::UPLOAD_OFFSET)?,
        length: body.size_hint().exact(),
        checksum: checksum(&asked)?,
    };
    let upload = upload::append(&portal, device.unit, id, piece, body).await?;
    Ok((StatusCode::NO_CONTENT, standing(&upload)).into_response())
}

pub(super) async fn terminate(
    State(portal): State<Portal>,
    Parts1(id): Parts1<Uuid>,
    proven: Proven,
) -> Result<Response, Fault> {
    speaks(&proven.headers)?;
    upload::terminate(&portal, proven.device.unit, id).await?;
    Ok((StatusCode::NO_CONTENT, resumable()).into_response())
}

fn carries_bytes(asked: &HeaderMap) -> Result<(), Fault> {
    let kind = asked.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    match kind == Some(tus::OFFSET_OCTET_STREAM.as_bytes()) {
        true => Ok(()),
        false => Err(Fault::new(Kind::UnsupportedMedia, tus::OFFSET_OCTET_STREAM)),
    }
}

fn resumable() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(tus::TUS_RESUMABLE, HeaderValue::from_static(tus::VERSION));
    headers
}

fn standing(upload: &Upload) -> HeaderMap {
    let mut headers = resumable();
    headers.insert(tus::UPLOAD_OFFSET, HeaderValue::from(upload.received));
    if !upload.done {
        let date = upload
            .expires
            .format("%a, %d %b %Y %H:%M:%S GMT")
            .to_string();
        if let Ok(date) = HeaderValue::from_str(&date) {
            headers.insert(tus::UPLOAD_EXPIRES, date);
        }
    }
    headers
}

fn speaks(asked: &HeaderMap) -> Result<(), Fault> {
    match asked.get(tus::TUS_RESUMABLE).map(HeaderValue::as_bytes) {
        Some(version) if version == tus::VERSION.as_bytes() => Ok(()),
        _ => Err(
            Fault::new(Kind::Malformed, "Tus-Resumable: 1.0.0 is needed")
                .with(|p| p.status = 412)
                .header(tus::TUS_VERSION, tus::VERSION),
        ),
    }
}

fn number(asked: &HeaderMap, name: &'static str) -> Result<u64, Fault> {
    asked
        .get(name)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse().ok())
        .ok_or_else(|| Fault::new(Kind::Malformed, format!("{name} is missing or no number")))
}

fn checksum(asked: &HeaderMap) -> Result<Option<Digest>, Fault> {
    let Some(value) = asked.get(tus::UPLOAD_CHECKSUM) else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .and_then(|v| v.strip_prefix("sha256 "))
        .and_then(|v| STANDARD.decode(v.trim()).ok())
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
        .map(|bytes| Some(Digest(bytes)))
        .ok_or_else(|| Fault::new(Kind::Malformed, "Upload-Checksum is not `sha256 <base64>`"))
}
