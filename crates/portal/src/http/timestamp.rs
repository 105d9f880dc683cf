//! Timestamps on the wire (RFC 3161 section 3.4).

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use hoso_portal_api::path::{TIMESTAMP_QUERY, TIMESTAMP_REPLY};
use hoso_portal_api::problem::Kind;

use crate::device::Proven;
use crate::fault::Fault;
use crate::portal::Portal;
use crate::timestamp;

pub(super) async fn stamp(State(portal): State<Portal>, proven: Proven) -> Result<Response, Fault> {
    let kind = proven.headers.get(header::CONTENT_TYPE);
    if kind.map(HeaderValue::as_bytes) != Some(TIMESTAMP_QUERY.as_bytes()) {
        return Err(Fault::new(Kind::UnsupportedMedia, TIMESTAMP_QUERY));
    }
    let answer = timestamp::answer(&portal, proven.body).await?;
    let kind = HeaderValue::from_static(TIMESTAMP_REPLY);
    Ok(([(header::CONTENT_TYPE, kind)], answer).into_response())
}
