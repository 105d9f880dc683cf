//! The client's end of the simulated line: HTTP over turmoil's TCP in place of TLS, and the boxes
//! between an office and its treasury that answer in the portal's place.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rand::Rng as _;
use turmoil::net::TcpStream;

use hoso_portal_api::{Kind, Problem, problem};
use hoso_sync::Failure;
use hoso_sync::failure::{Cause, Stage};
use hoso_sync::wire::{Exchange, Incoming, Lane, Pipe};

use super::seed::{Clock, Seed};

/// An answer in the portal's place takes time as well: a desk that does not rest would else
/// stop the clock.
const ROUND_TRIP: Duration = Duration::from_millis(100);

/// What happens to one request on its way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Passes,
    /// A login page with status 200; the portal hears nothing.
    Captive,
    /// The gateway's own page, status 503; the portal hears nothing.
    GatewayBusy,
    /// The portal's words: 429, 500 or 507.
    Says(Kind),
    /// The portal answers, and a gateway puts its 502 in the answer's place.
    GatewayAte,
    /// The connection breaks in the middle of the answer.
    CutShort,
}

pub struct Line {
    seed: Arc<Seed>,
    clock: Clock,
    /// One idle connection per lane, as the shipped pipe keeps them.
    idle: Mutex<HashMap<Lane, SendRequest<Full<Bytes>>>>,
}

impl Line {
    pub fn new(seed: Arc<Seed>, clock: Clock) -> Self {
        Self {
            seed,
            clock,
            idle: Mutex::default(),
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, HashMap<Lane, SendRequest<Full<Bytes>>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fate(&self) -> Fate {
        if !self.seed.stormy() {
            return Fate::Passes;
        }
        if self.seed.overloaded() {
            return Fate::Says(Kind::RateLimited);
        }
        match self.seed.luck(|rng| rng.random_range(0..1_000)) {
            0..20 => Fate::Captive,
            20..30 => Fate::GatewayBusy,
            30..40 => Fate::Says(Kind::RateLimited),
            40..50 => Fate::Says(Kind::Internal),
            50..55 => Fate::Says(Kind::NoSpace),
            55..75 => Fate::GatewayAte,
            75..90 => Fate::CutShort,
            _ => Fate::Passes,
        }
    }

    async fn exchange(&self, lane: Lane, request: Request<Bytes>) -> Result<Incoming, Failure> {
        let what = format!("{} {}", request.method(), request.uri().path());
        let fate = self.fate();
        if matches!(fate, Fate::Captive | Fate::GatewayBusy | Fate::Says(_)) {
            tokio::time::sleep(ROUND_TRIP).await;
        }
        let answer = match fate {
            Fate::Captive => Ok(page(StatusCode::OK, "Đăng nhập Wi-Fi")),
            Fate::GatewayBusy => Ok(page(StatusCode::SERVICE_UNAVAILABLE, "503")),
            Fate::Says(kind) => Ok(self.says(kind)),
            Fate::Passes | Fate::GatewayAte | Fate::CutShort => self.carry(lane, request).await,
        };
        let answer = match (fate, answer) {
            (Fate::GatewayAte, Ok(_)) => Ok(page(StatusCode::BAD_GATEWAY, "502")),
            (Fate::CutShort, Ok(answer)) => cut_short(answer).await,
            (_, answer) => answer,
        };
        let failed = match &answer {
            Ok(answer) => matches!(
                answer.status(),
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
            ),
            Err(_) => true,
        };
        if failed {
            self.seed.met_failure(self.clock.now());
        }
        let end = match &answer {
            Ok(answer) => answer.status().to_string(),
            Err(failure) => failure.to_string(),
        };
        self.seed.note(|| match fate {
            Fate::Passes => format!("{what}: {end}"),
            fate => format!("{what}: {end} ({fate:?})"),
        });
        answer
    }

    async fn carry(&self, lane: Lane, request: Request<Bytes>) -> Result<Incoming, Failure> {
        let kept = self.idle().remove(&lane).filter(SendRequest::is_ready);
        let mut sender = match kept {
            Some(sender) => sender,
            None => connect().await?,
        };
        let (mut head, body) = request.into_parts();
        let target = head.uri.path_and_query().map(ToString::to_string);
        head.uri = target
            .and_then(|t| t.parse::<Uri>().ok())
            .ok_or(Failure::Nonsense {
                what: "a request without a path",
            })?;
        head.headers
            .insert(HOST, HeaderValue::from_static("portal"));
        let request = Request::from_parts(head, Full::new(body));
        let answer = sender.send_request(request).await.map_err(broken)?;
        self.idle().insert(lane, sender);
        Ok(answer.map(|body| body.map_err(broken).boxed_unsync()))
    }

    fn says(&self, kind: Kind) -> Incoming {
        let mut said = Problem::new(kind, "", self.clock.now());
        said.retry_after =
            (kind == Kind::RateLimited).then(|| self.seed.luck(|rng| rng.random_range(1..120)));
        let mut answer = whole(serde_json::to_vec(&said).unwrap_or_default().into());
        *answer.status_mut() =
            StatusCode::from_u16(said.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = answer.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(problem::CONTENT_TYPE),
        );
        if let Some(seconds) = said.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

impl Pipe for Line {
    fn send(&self, lane: Lane, request: Request<Bytes>) -> Exchange<'_> {
        Box::pin(self.exchange(lane, request))
    }

    fn reconnect(&self) {
        self.idle().clear();
    }
}

async fn connect() -> Result<SendRequest<Full<Bytes>>, Failure> {
    let lost = |cause: Cause| Failure::Transport {
        stage: Stage::Connect,
        cause: Some(cause),
    };
    let stream = TcpStream::connect(("portal", super::seed::PORT))
        .await
        .map_err(|e| lost(e.into()))?;
    let (sender, connection) = handshake(TokioIo::new(stream))
        .await
        .map_err(|e| lost(e.into()))?;
    // it ends with its sender
    tokio::spawn(connection);
    Ok(sender)
}

fn broken(error: hyper::Error) -> Failure {
    Failure::Transport {
        stage: Stage::Broken,
        cause: Some(error.into()),
    }
}

fn whole(body: Bytes) -> Incoming {
    let nothing_fails = |never| match never {};
    Response::new(Full::new(body).map_err(nothing_fails).boxed_unsync())
}

fn page(status: StatusCode, text: &str) -> Incoming {
    let mut answer = whole(format!("<html><body>{text}</body></html>").into());
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}

/// Half of the body, then the end of the connection.
async fn cut_short(answer: Incoming) -> Result<Incoming, Failure> {
    let (head, body) = answer.into_parts();
    let mut bytes = body.collect().await?.to_bytes();
    bytes.truncate(bytes.len() / 2);
    Ok(Response::from_parts(head, Cut(Some(bytes)).boxed_unsync()))
}

struct Cut(Option<Bytes>);

impl Body for Cut {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(half) => Ok(Frame::data(half)),
            None => Err(Failure::Transport {
                stage: Stage::Broken,
                cause: None,
            }),
        }))
    }
}
