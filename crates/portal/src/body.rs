//! Bodies: read whole within a bound, and zstd both ways.
//!
//! It refuses to inflate beyond the same bound, whatever the frame's header says, and to wait for
//! ever for a piece that does not come.

use std::error::Error;
use std::io::Read as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use hoso_portal_api::problem::{self, Kind};
use http_body_util::LengthLimitError;
use hyper::body::{Body as _, Frame, SizeHint};
use tokio::time::Sleep;

use crate::fault::Fault;
use crate::limit;
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
        let first: &(dyn Error + 'static) = &e;
        let causes = || std::iter::successors(Some(first), |&cause| cause.source());
        if causes().any(|cause| cause.is::<LengthLimitError>()) {
            too_large()
        } else if causes().any(|cause| cause.is::<Silent>()) {
            limit::silent()
        } else {
            Fault::new(Kind::Malformed, "the body ended early")
        }
    })
}

/// The body of a request, which ends with an error when its reader waits so long for a piece.
pub(crate) fn watched(body: Body, patience: Duration) -> Body {
    Body::new(Watched {
        body,
        patience,
        waiting: None,
    })
}

struct Watched {
    body: Body,
    patience: Duration,
    /// Since the reader asked for a piece that is not there.
    waiting: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug, thiserror::Error)]
#[error("the body fell silent")]
struct Silent;

impl hyper::body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        if let Poll::Ready(piece) = Pin::new(&mut this.body).poll_frame(cx) {
            this.waiting = None;
            return Poll::Ready(piece);
        }
        let patience = this.patience;
        let start = || Box::pin(tokio::time::sleep(patience));
        let waiting = this.waiting.get_or_insert_with(start);
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Some(Err(axum::Error::new(Silent))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use http_body_util::BodyExt as _;
    use tokio::time::{Instant, sleep};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(120);
    const BETWEEN: Duration = Duration::from_secs(30);

    /// A byte now and then, and then nothing, on a line that stands.
    struct Thin {
        left: u32,
        next: Pin<Box<Sleep>>,
    }

    impl hyper::body::Body for Thin {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
            if self.left == 0 {
                return Poll::Pending;
            }
            ready!(self.next.as_mut().poll(cx));
            self.left -= 1;
            self.next = Box::pin(sleep(BETWEEN));
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"x")))))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_thin_line_is_waited_for_and_a_dead_one_is_not() {
        let began = Instant::now();
        let thin = Thin {
            left: 20,
            next: Box::pin(sleep(BETWEEN)),
        };
        let mut body = watched(Body::new(thin), PATIENCE);
        for _ in 0..20 {
            let piece = body.frame().await.unwrap().unwrap();
            assert_eq!(piece.into_data().unwrap(), "x");
        }
        let thin = 20 * BETWEEN;
        assert!((thin..thin + BETWEEN).contains(&began.elapsed()));
        // what its reader does meanwhile is not the line's fault
        sleep(3 * PATIENCE).await;
        let asked = Instant::now();
        assert!(body.frame().await.unwrap().is_err());
        let waited = asked.elapsed();
        assert!(
            (PATIENCE..PATIENCE + BETWEEN).contains(&waited),
            "{waited:?}"
        );
    }
}
