//! Stored bytes as an answer: `ETag`, `If-None-Match`, one `Range` with `If-Range` (RFC 9110).

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hoso_domain::digest::Digest;

use crate::fault::Fault;
use crate::portal::Portal;

/// A stored blob.
pub(super) async fn stored(
    portal: &Portal,
    asked: &HeaderMap,
    sha256: Digest,
    kind: &'static str,
) -> Result<Response, Fault> {
    let blobs = portal.0.blobs.clone();
    let found = tokio::task::spawn_blocking(move || blobs.read(sha256))
        .await
        .map_err(|e| Fault::internal("a reading task failed", e))??;
    Ok(bytes(asked, found, sha256, kind))
}

/// The whole, the part asked for, 304 or 416.
pub(super) fn bytes(
    asked: &HeaderMap,
    bytes: Vec<u8>,
    sha256: Digest,
    kind: &'static str,
) -> Response {
    let etag = format!("\"{sha256}\"");
    let text = |name| asked.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, value);
    }
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    if text(header::IF_NONE_MATCH).is_some_and(|v| v.split(',').any(|t| t.trim() == etag)) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let whole = Bytes::from(bytes);
    let fresh = text(header::IF_RANGE).is_none_or(|v| v == etag);
    let range = text(header::RANGE)
        .filter(|_| fresh)
        .map(|r| span(r, whole.len()));
    match range {
        Some(Span::Part(from, to)) => {
            let content = format!("bytes {from}-{}/{}", to.saturating_sub(1), whole.len());
            if let Ok(value) = HeaderValue::from_str(&content) {
                headers.insert(header::CONTENT_RANGE, value);
            }
            (StatusCode::PARTIAL_CONTENT, headers, whole.slice(from..to)).into_response()
        }
        Some(Span::Beyond) => {
            if let Ok(value) = HeaderValue::from_str(&format!("bytes */{}", whole.len())) {
                headers.insert(header::CONTENT_RANGE, value);
            }
            (StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response()
        }
        Some(Span::Ignored) | None => (StatusCode::OK, headers, whole).into_response(),
    }
}

#[derive(PartialEq, Eq, Debug)]
enum Span {
    /// From (inclusive) to (exclusive); not empty, within the whole.
    Part(usize, usize),
    Beyond,
    /// Several ranges or another unit: the whole is a correct answer.
    Ignored,
}

fn span(range: &str, length: usize) -> Span {
    let Some((from, to)) = range.strip_prefix("bytes=").and_then(|r| r.split_once('-')) else {
        return Span::Ignored;
    };
    let (from, to) = match (from.parse::<usize>(), to.parse::<usize>()) {
        (Ok(from), Ok(to)) if from <= to => (from, to.saturating_add(1).min(length)),
        (Ok(from), Err(_)) if to.is_empty() => (from, length),
        (Err(_), Ok(last)) if from.is_empty() => (length.saturating_sub(last), length),
        _ => return Span::Ignored,
    };
    if from < to {
        Span::Part(from, to)
    } else {
        Span::Beyond
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_what_is_there() {
        assert_eq!(span("bytes=0-", 10), Span::Part(0, 10));
        assert_eq!(span("bytes=4-5", 10), Span::Part(4, 6));
        assert_eq!(span("bytes=4-99", 10), Span::Part(4, 10));
        assert_eq!(span("bytes=-3", 10), Span::Part(7, 10));
        assert_eq!(span("bytes=10-", 10), Span::Beyond);
        assert_eq!(span("bytes=0-1,3-4", 10), Span::Ignored);
        assert_eq!(span("bytes=5-4", 10), Span::Ignored);
        assert_eq!(span("lines=1-2", 10), Span::Ignored);
    }
}
