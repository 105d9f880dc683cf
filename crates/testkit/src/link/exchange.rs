//! One request to the portal and its answer back, spoiled where a rule says so.

use std::future::pending;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Sleep, sleep};
use tokio_rustls::rustls::pki_types::ServerName;

use super::rule::{Canned, Effect, Fired};
use super::{Shared, locked};

/// Between the last byte that passes and the cut, so that what passed arrives.
const BEFORE_CUT: Duration = Duration::from_millis(50);

/// An exchange that began.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exchange {
    pub method: String,
    /// Without the query.
    pub path: String,
    /// A rule had its turn at it.
    pub spoiled: bool,
}

type Answer = Response<BoxBody<Bytes, io::Error>>;

/// Hands `request` on. When the line is to break it never answers: the connection goes with it.
pub(super) async fn exchange(
    shared: Arc<Shared>,
    broken: Arc<Notify>,
    request: Request<Incoming>,
) -> io::Result<Answer> {
    let turn = turn(&shared, &request);
    let round_trip = locked(&shared.pace).round_trip;
    if !round_trip.is_zero() {
        sleep(round_trip).await;
    }
    let (effect, fired) = turn.unzip();
    let through = |inner, cut| Through {
        inner,
        heard: Arc::new(AtomicU64::new(0)),
        passed: Arc::new(AtomicU64::new(0)),
        cut,
        ending: None,
    };
    let cut = |left, broken| Cut {
        left,
        fired: fired.clone(),
        broken,
    };
    let line = || Some(Arc::clone(&broken));
    let (head, body) = request.into_parts();
    let mut body = through(
        body,
        match effect {
            Some(Effect::CutRequest(left)) => Some(cut(left, line())),
            _ => None,
        },
    );
    body.heard = Arc::clone(&shared.counters.content_up);
    if let Some(Effect::Answer(canned)) = effect {
        // the whole request is heard, or the client would meet a broken line instead
        let _ = body.collect().await;
        fired.inspect(Fired::count);
        return answer(canned);
    }
    let path = head.uri.path().to_owned();
    let Ok(answer) = forward(&shared, Request::from_parts(head, body)).await else {
        return Ok(break_off(&broken).await);
    };
    let (head, body) = answer.into_parts();
    let mut body = match effect {
        Some(Effect::LoseAnswer | Effect::HoldAnswer) => {
            let _ = body.collect().await;
            fired.inspect(Fired::count);
            if matches!(effect, Some(Effect::LoseAnswer)) {
                broken.notify_one();
            }
            return Ok(pending().await);
        }
        Some(Effect::CutAnswer(left)) => through(body, Some(cut(left, line()))),
        Some(Effect::StopAnswer(left)) => through(body, Some(cut(left, None))),
        _ => through(body, None),
    };
    body.passed = Arc::clone(locked(&shared.counters.answered).entry(path).or_default());
    Ok(Response::from_parts(head, body.boxed()))
}

/// What the rules say of this exchange.
fn turn(shared: &Shared, request: &Request<Incoming>) -> Option<(Effect, Fired)> {
    let (method, path) = (request.method().as_str(), request.uri().path());
    // every rule counts every exchange it fits, whichever has its effect
    let mut turns: Vec<_> = locked(&shared.rules)
        .iter_mut()
        .filter_map(|rule| rule.meet(method, path))
        .collect();
    locked(&shared.exchanges).push(Exchange {
        method: method.to_owned(),
        path: path.to_owned(),
        spoiled: !turns.is_empty(),
    });
    turns.drain(..).next()
}

fn answer(canned: Canned) -> io::Result<Answer> {
    let mut builder = Response::builder().status(canned.status);
    for (name, value) in canned.headers {
        builder = builder.header(name, value);
    }
    let body = Full::new(Bytes::from(canned.body)).map_err(|never| match never {});
    builder.body(body.boxed()).map_err(io::Error::other)
}

async fn break_off(broken: &Notify) -> Answer {
    broken.notify_one();
    pending().await
}

/// A connection of its own to the portal; it ends with the answer, or with the client's.
async fn forward(shared: &Shared, request: Request<Through>) -> io::Result<Response<Incoming>> {
    let nowhere = || io::Error::from(io::ErrorKind::NotConnected);
    let target = locked(&shared.target).clone().ok_or_else(nowhere)?;
    let stream = TcpStream::connect(target.address).await?;
    stream.set_nodelay(true)?;
    let name = ServerName::from(target.address.ip());
    let stream = target.tls.connect(name, stream).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    tokio::spawn(connection);
    sender.send_request(request).await.map_err(io::Error::other)
}

/// A body that is counted on its way, and may be cut.
struct Through {
    inner: Incoming,
    /// Bytes that came to the link, and those it let through.
    heard: Arc<AtomicU64>,
    passed: Arc<AtomicU64>,
    cut: Option<Cut>,
    ending: Option<Pin<Box<Sleep>>>,
}

/// Where a body ends too early.
struct Cut {
    left: u64,
    fired: Option<Fired>,
    /// The line to break; `None`: it falls silent.
    broken: Option<Arc<Notify>>,
}

impl Body for Through {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(ending) = &mut self.ending {
            ready!(ending.as_mut().poll(cx));
            // taken: it was silent before
            let Some(cut) = self.cut.take() else {
                return Poll::Pending;
            };
            cut.fired.as_ref().inspect(|fired| fired.count());
            let Some(broken) = cut.broken else {
                return Poll::Pending;
            };
            broken.notify_one();
            return Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())));
        }
        let Some(frame) = ready!(Pin::new(&mut self.inner).poll_frame(cx)) else {
            return Poll::Ready(None);
        };
        let mut data = match frame.map(Frame::into_data) {
            Ok(Ok(data)) => data,
            Ok(Err(trailers)) => return Poll::Ready(Some(Ok(trailers))),
            Err(error) => return Poll::Ready(Some(Err(io::Error::other(error)))),
        };
        self.heard.fetch_add(data.len() as u64, Ordering::SeqCst);
        if let Some(cut) = &mut self.cut {
            let fits = usize::try_from(cut.left).unwrap_or(usize::MAX);
            cut.left = cut.left.saturating_sub(data.len() as u64);
            if data.len() > fits {
                data.truncate(fits);
                self.ending = Some(Box::pin(sleep(BEFORE_CUT)));
            }
        }
        self.passed.fetch_add(data.len() as u64, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.ending.is_none() && self.inner.is_end_stream()
    }
}
