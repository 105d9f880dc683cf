//! A failed request, and how it travels: always problem+json, never a cause or a path of ours.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use hoso_portal_api::problem::{CONTENT_TYPE, Kind, Problem};

/// A problem with the headers it needs. Its `server_time` is told at the door: [`told`].
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) problem: Box<Problem>,
    headers: HeaderMap,
}

impl Fault {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let problem = Box::new(Problem::new(kind, detail, DateTime::UNIX_EPOCH));
        Self {
            problem,
            headers: HeaderMap::new(),
        }
    }

    /// A failure of the portal itself: the cause goes to the log, not to the wire.
    pub(crate) fn internal(
        what: &'static str,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        let cause = cause.into();
        tracing::error!(%cause, what, "request failed");
        Self::new(Kind::Internal, what)
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        if let Ok(value) = HeaderValue::from_str(&value.to_string()) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// What exactly, for whoever sent it.
    pub(crate) fn in_vietnamese(self, detail: impl Into<String>) -> Self {
        self.with(|problem| problem.detail_vi = detail.into())
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Problem)) -> Self {
        change(&mut self.problem);
        self
    }

    pub(crate) fn kind(&self) -> Kind {
        self.problem.kind
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(e: rusqlite::Error) -> Self {
        match e.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Fault::new(Kind::NoSpace, ""),
            _ => Fault::internal("the database failed", e),
        }
    }
}

impl From<std::io::Error> for Fault {
    fn from(e: std::io::Error) -> Self {
        match e.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Fault::new(Kind::NoSpace, "")
            }
            _ => Fault::internal("the portal's disk failed", e),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut headers = self.headers;
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.problem.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        (status, headers, axum::Extension(*self.problem)).into_response()
    }
}

/// Writes the problem an answer stands for, with the portal's time.
pub(crate) fn told(mut answer: Response, now: DateTime<Utc>) -> Response {
    if let Some(mut problem) = answer.extensions_mut().remove::<Problem>() {
        problem.server_time = now;
        *answer.body_mut() = serde_json::to_vec(&problem).unwrap_or_default().into();
    }
    answer
}
