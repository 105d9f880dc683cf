//! How requests leave: [`Pipe`], and the shipped one, the one place that knows reqwest. Refuses to
//! follow redirects, to retry by itself and to end a healthy slow transfer by a total timeout:
//! reqwest's `.timeout()` and `.read_timeout()` kill slow uploads, so every wait is bounded by the
//! caller on what the portal acknowledged.
//!
//! HTTP/1.1 only, in which a query never waits behind a body: it takes a connection that is free.
//! Over one HTTP/2 connection 300 bytes waited 17 s.

use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_pki_types::UnixTime;
use tokio::sync::watch;

use crate::failure::{Cause, Failure, Stage, TlsTrouble};
use crate::portal::Clock;

mod elsewhere;

/// How long reaching the portal may take.
pub(crate) const CONNECT: Duration = Duration::from_secs(15);
/// How long the kernel keeps a connection whose bytes nobody acknowledges (where it can be told).
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);
/// Kept for later: two chunks of a large blob, and what is small beside them.
const CONNECTIONS: usize = 3;
/// How long an idle connection is kept: shorter than what home routers forget.
const IDLE: Duration = Duration::from_secs(90);

/// Why no client can be made of a connection file.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("the connection file's TLS authority is not a certificate")]
    TlsAuthority(#[source] Cause),
    #[error("the connection file's receipt authority is not a certificate")]
    ReceiptAuthority(#[source] Cause),
    #[error("the portal's address is not https")]
    Address,
    #[error("the HTTP client cannot be made")]
    Client(#[source] Cause),
}

/// What a request is to the line. Only a pipe that keeps its connections apart need know.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Lane {
    Bodies,
    Control,
}

/// An answer whose status and headers are here; its body still comes, or fails on the way.
pub type Incoming = Response<UnsyncBoxBody<Bytes, Failure>>;

/// An exchange under way. Dropping it closes the connection.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<Incoming, Failure>> + Send + 'a>>;

/// Carries requests to one portal, and to the few other places its connection file names. It neither retries nor follows redirects, and it sets no time:
/// every wait is bounded by the caller.
pub trait Pipe: Send + Sync {
    /// Hands `request` over and waits for status and headers.
    fn send(&self, lane: Lane, request: Request<Bytes>) -> Exchange<'_>;

    /// The same for a place that is not the portal: an authority of timestamps, of revocation lists.
    /// A pipe that leads nowhere else says so.
    fn elsewhere(&self, _request: Request<Bytes>) -> Exchange<'_> {
        Box::pin(async {
            Err(Failure::Transport {
                stage: Stage::Connect,
                cause: None,
            })
        })
    }

    /// Lets go of every connection: what stood before the link was lost is dead or slow to notice.
    fn reconnect(&self);
}

/// A portal's connections as a handle that other tasks may keep.
#[derive(Clone)]
pub struct Line {
    pipe: Arc<dyn Pipe>,
    /// Raised by each reconnect: what is under way then ends.
    turn: Arc<watch::Sender<u64>>,
}

impl Line {
    pub(crate) fn new(pipe: Arc<dyn Pipe>) -> Self {
        Self {
            pipe,
            turn: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Call on link-up: old connections are let go of, and an exchange under way ends as broken,
    /// to be taken up over a new one. 2 s, where TCP's own recovery takes 35.
    pub fn reconnect(&self) {
        self.pipe.reconnect();
        self.turn.send_modify(|turn| *turn = turn.wrapping_add(1));
    }

    pub(crate) async fn elsewhere(&self, request: Request<Bytes>) -> Result<Answer, Failure> {
        self.pipe.elsewhere(request).await.map(Answer::from)
    }

    pub(crate) async fn send(
        &self,
        lane: Lane,
        request: Request<Bytes>,
    ) -> Result<Answer, Failure> {
        let mut turn = self.turn.subscribe();
        let incoming = tokio::select! {
            incoming = self.pipe.send(lane, request) => incoming?,
            Ok(()) = turn.changed() => return Err(BROKEN),
        };
        Ok(Answer {
            turn: Some(turn),
            ..Answer::from(incoming)
        })
    }
}

/// The shipped pipe: TLS connections to one portal.
pub(crate) struct Wire {
    tls: rustls::ClientConfig,
    host: String,
    client: RwLock<reqwest::Client>,
}

/// Status and headers have arrived; the body is still to be read.
pub(crate) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    body: UnsyncBoxBody<Bytes, Failure>,
    /// Changes when its connection is let go of.
    turn: Option<watch::Receiver<u64>>,
}

/// What was under way when its connection was let go of.
const BROKEN: Failure = Failure::Transport {
    stage: Stage::Broken,
    cause: None,
};

/// rustls' idea of the time, from the caller's clock.
struct CallersTime(Clock);

impl std::fmt::Debug for CallersTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallersTime")
    }
}

impl rustls::time_provider::TimeProvider for CallersTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from((self.0)().timestamp()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

impl Wire {
    /// Trusts `tls_ca` (PEM) alone; never the machine's store.
    pub fn new(url: &str, tls_ca: &str, clock: Clock) -> Result<Self, SetupError> {
        let host = url
            .strip_prefix("https://")
            .ok_or(SetupError::Address)?
            .to_owned();
        let mut roots = rustls::RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(tls_ca.as_bytes()) {
            let certificate = certificate.map_err(|e| SetupError::TlsAuthority(e.into()))?;
            roots
                .add(certificate)
                .map_err(|e| SetupError::TlsAuthority(e.into()))?;
        }
        if roots.is_empty() {
            return Err(SetupError::TlsAuthority("no certificate in it".into()));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let time = Arc::new(CallersTime(clock));
        let tls = rustls::ClientConfig::builder_with_details(provider, time)
            .with_safe_default_protocol_versions()
            .map_err(|e| SetupError::Client(e.into()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = RwLock::new(client(&tls, &host)?);
        Ok(Self { tls, host, client })
    }
}

impl Pipe for Wire {
    fn send(&self, _: Lane, request: Request<Bytes>) -> Exchange<'_> {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner);
        let client = client.clone();
        Box::pin(execute(client, request))
    }

    fn elsewhere(&self, request: Request<Bytes>) -> Exchange<'_> {
        Box::pin(async move { execute(elsewhere::client(&self.tls)?, request).await })
    }

    fn reconnect(&self) {
        if let Ok(fresh) = client(&self.tls, &self.host) {
            *self.client.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
    }
}

async fn execute(client: reqwest::Client, request: Request<Bytes>) -> Result<Incoming, Failure> {
    let request = reqwest::Request::try_from(request).map_err(failure)?;
    let answer = client.execute(request).await.map_err(failure)?;
    let answer: Response<reqwest::Body> = answer.into();
    Ok(answer.map(|body| body.map_err(failure).boxed_unsync()))
}

impl From<Incoming> for Answer {
    fn from(incoming: Incoming) -> Self {
        let (head, body) = incoming.into_parts();
        Self {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
            turn: None,
        }
    }
}

impl Answer {
    /// A header as text; `None` when absent or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The next piece of the body; `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            let frame = match &mut self.turn {
                Some(turn) => tokio::select! {
                    biased;
                    frame = self.body.frame() => frame,
                    Ok(()) = turn.changed() => return Err(BROKEN),
                },
                None => self.body.frame().await,
            };
            let Some(frame) = frame else {
                return Ok(None);
            };
            // trailers say nothing here
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
    }
}

fn client(tls: &rustls::ClientConfig, host: &str) -> Result<reqwest::Client, SetupError> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .https_only(true)
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT)
        .pool_max_idle_per_host(CONNECTIONS)
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true)
        .tcp_keepalive(Duration::from_secs(20))
        .user_agent(concat!("hoso/", env!("CARGO_PKG_VERSION")));
    #[cfg(target_os = "linux")]
    {
        builder = builder.tcp_user_timeout(UNACKNOWLEDGED);
    }
    // a practice portal on the same PC is never behind the office's proxy
    if ["127.", "localhost", "[::1]"]
        .iter()
        .any(|local| host.starts_with(local))
    {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|e| SetupError::Client(e.into()))
}

/// The class of an error below HTTP.
fn failure(error: reqwest::Error) -> Failure {
    // over a connection that stood the request may have gone: what TLS says then is that it broke
    if error.is_connect()
        && let Some(tls) = find_tls(&error)
    {
        return Failure::Tls {
            why: trouble(&tls),
            cause: error.into(),
        };
    }
    let stage = match () {
        () if error.is_dns() => Stage::Name,
        () if error.is_connect() => Stage::Connect,
        () => Stage::Broken,
    };
    // a request that cannot be built was not sent either, and is a defect of this crate
    if error.is_builder() {
        return Failure::Nonsense {
            what: "the request cannot be written",
        };
    }
    Failure::Transport {
        stage,
        cause: Some(error.into()),
    }
}

/// The TLS error among the causes. An `io::Error` hides what it wraps from `source()`.
fn find_tls(error: &reqwest::Error) -> Option<rustls::Error> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(e) = next {
        if let Some(tls) = e.downcast_ref::<rustls::Error>() {
            return Some(tls.clone());
        }
        let wrapped = e
            .downcast_ref::<std::io::Error>()
            .and_then(|io| io.get_ref());
        next = match wrapped {
            Some(inner) => Some(inner as &(dyn std::error::Error + 'static)),
            None => e.source(),
        };
    }
    None
}

fn trouble(error: &rustls::Error) -> TlsTrouble {
    use rustls::CertificateError as C;
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return TlsTrouble::Other;
    };
    match certificate {
        C::Expired | C::ExpiredContext { .. } => TlsTrouble::Expired,
        C::NotValidYet | C::NotValidYetContext { .. } => TlsTrouble::NotYetValid,
        C::NotValidForName | C::NotValidForNameContext { .. } => TlsTrouble::WrongName,
        C::UnknownIssuer | C::BadSignature => TlsTrouble::Foreign,
        _ => TlsTrouble::Other,
    }
}
