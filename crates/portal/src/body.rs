//! Bodies: read whole within a bound, and zstd both ways.
//!
//! It refuses to inflate beyond the same bound, whatever the frame's header says.

use std::io::Read as _;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use hoso_portal_api::problem::{self, Kind};
use hyper::body::Body as _;

use crate::fault::Fault;
use crate::portal::Portal;

/// Largest JSON body, in bytes, also after inflating.
pub(crate) const MAX_BODY: usize = 1024 * 1024;
/// Answers up to this size travel as they are, in bytes.
const SMALL: usize = 1024;
/// Of zstd; higher ones cost more time than they save on a slow line.
const LEVEL: i32 = 3;
const ZSTD: &str = "zstd";

/// Reads a body whole, as it was sent.
pub(crate) async fn whole(portal: &Portal, body: Body) -> Result<Bytes, Fault> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let _leave = portal.0.load.body()?;
    axum::body::to_bytes(body, MAX_BODY).await.map_err(|e| {
        let large = std::error::Error::source(&e)
            .is_some_and(|s| s.is::<http_body_util::LengthLimitError>());
        match large {
            true => too_large(),
            false => Fault::new(Kind::Malformed, "the body ended early"),
        }
    })
}

fn too_large() -> Fault {
    Fault::new(
        Kind::TooLarge,
        format!("a body is at most {MAX_BODY} bytes"),
    )
}

/// A body as its `Content-Encoding` says it is to be read.
pub(crate) fn plain(headers: &HeaderMap, sent: Bytes) -> Result<Bytes, Fault> {
    let encoding = headers.get(header::CONTENT_ENCODING);
    match encoding.map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(sent),
        Some(b"zstd") => inflate(&sent),
        Some(_) => {
            Err(Fault::new(Kind::UnsupportedMedia, "Content-Encoding")
                .header("accept-encoding", ZSTD))
        }
    }
}

fn inflate(sent: &[u8]) -> Result<Bytes, Fault> {
    let broken = |_| Fault::new(Kind::Malformed, "the body is not zstd");
    let mut decoder = zstd::Decoder::new(sent).map_err(broken)?;
    // A frame may ask for a window of gigabytes.
    decoder.window_log_max(23).map_err(broken)?;
    let mut out = Vec::new();
    let bound = u64::try_from(MAX_BODY).unwrap_or(u64::MAX);
    decoder
        .take(bound.saturating_add(1))
        .read_to_end(&mut out)
        .map_err(broken)?;
    match out.len() <= MAX_BODY {
        true => Ok(out.into()),
        false => Err(too_large()),
    }
}

/// Whether an asker reads zstd.
pub(crate) fn reads_zstd(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let named = parts.next().is_some_and(|c| c.eq_ignore_ascii_case(ZSTD));
            let weight = parts.next().and_then(|q| q.strip_prefix("q="));
            named && weight.is_none_or(|q| !q.trim_matches(['0', '.']).is_empty())
        })
}

/// A JSON answer for who reads zstd; small ones and other kinds stay as they are.
pub(crate) async fn packed(answer: Response) -> Result<Response, Fault> {
    let kind = answer.headers().get(header::CONTENT_TYPE);
    let kind = kind.map(HeaderValue::as_bytes).unwrap_or_default();
    if kind != b"application/json" && kind != problem::CONTENT_TYPE.as_bytes() {
        return Ok(answer);
    }
    let (mut parts, body) = answer.into_parts();
    let vary = HeaderValue::from_static("accept-encoding");
    parts.headers.insert(header::VARY, vary);
    // JSON answers lie whole in memory.
    let plain = axum::body::to_bytes(body, usize::MAX)
        .await
        .map_err(|e| Fault::internal("an answer ended early", e))?;
    if plain.len() <= SMALL {
        return Ok(Response::from_parts(parts, plain.into()));
    }
    let packed = zstd::encode_all(plain.as_ref(), LEVEL)?;
    let encoding = HeaderValue::from_static(ZSTD);
    parts.headers.insert(header::CONTENT_ENCODING, encoding);
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Response::from_parts(parts, packed.into()))
}
