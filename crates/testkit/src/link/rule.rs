//! Which exchange is spoiled, and how.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Utc};
use hoso_portal_api::problem::{CONTENT_TYPE, Kind, Problem};

/// Picks exchanges by method and by how the path begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    method: &'static str,
    path: String,
    first: u32,
    times: u32,
}

impl Rule {
    /// Every exchange with this method (`""`: any) whose path begins so.
    pub fn on(method: &'static str, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            first: 1,
            times: u32::MAX,
        }
    }

    /// Of those only the `n`-th, from 1; a later one when the effect has no hold on that (a body
    /// too short to be cut).
    pub fn nth(mut self, n: u32) -> Self {
        (self.first, self.times) = (n, 1);
        self
    }

    fn fits(&self, method: &str, path: &str) -> bool {
        (self.method.is_empty() || self.method == method) && path.starts_with(&self.path)
    }
}

/// What happens to a picked exchange.
#[derive(Clone, Debug)]
pub enum Effect {
    /// The line breaks once so many bytes of the request's body went to the portal. A body that is
    /// not longer passes.
    CutRequest(u64),
    /// The line breaks once so many bytes of the answer's body went to the client.
    CutAnswer(u64),
    /// So many bytes of the answer's body go to the client, which waits for the rest until it lets
    /// go of the connection.
    StopAnswer(u64),
    /// The portal answers whole; the client meets a broken line.
    LoseAnswer,
    /// The portal answers whole; the client waits for it until it lets go of the connection.
    HoldAnswer,
    /// Answered here; the portal hears nothing.
    Answer(Canned),
}

/// How often a rule had its effect.
#[derive(Clone, Debug)]
pub struct Fired(pub(super) Arc<AtomicU32>);

impl Fired {
    pub fn times(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    pub(super) fn count(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A rule at work.
pub(super) struct Armed {
    rule: Rule,
    effect: Effect,
    fired: Fired,
    met: u32,
}

impl Armed {
    pub fn new(rule: Rule, effect: Effect, fired: Fired) -> Self {
        Self {
            rule,
            effect,
            fired,
            met: 0,
        }
    }

    /// The effect on this exchange, if it is the rule's turn.
    pub fn meet(&mut self, method: &str, path: &str) -> Option<(Effect, Fired)> {
        if !self.rule.fits(method, path) {
            return None;
        }
        self.met = self.met.saturating_add(1);
        let turn = self.met >= self.rule.first && self.fired.times() < self.rule.times;
        turn.then(|| (self.effect.clone(), self.fired.clone()))
    }
}

/// An answer that no portal gave, or that a portal gives when it is asked at the wrong time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Canned {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Canned {
    /// A page of HTML: a captive portal with 200, a gateway with 502.
    pub fn page(status: u16, text: &str) -> Self {
        let page = format!("<!DOCTYPE html><html><body>{text}</body></html>");
        Self {
            status,
            headers: vec![("content-type", "text/html; charset=utf-8".to_owned())],
            body: page.into_bytes(),
        }
    }

    /// Sends the client to a login page.
    pub fn redirect(to: &str) -> Self {
        let mut page = Self::page(302, "Đăng nhập Wi-Fi");
        page.headers.push(("location", to.to_owned()));
        page
    }

    /// The portal's own way of saying no; `retry_after` in seconds.
    pub fn problem(kind: Kind, retry_after: Option<u64>, now: DateTime<Utc>) -> Self {
        let mut problem = Problem::new(kind, "", now);
        problem.retry_after = retry_after;
        let mut headers = vec![("content-type", CONTENT_TYPE.to_owned())];
        headers.extend(retry_after.map(|s| ("retry-after", s.to_string())));
        Self {
            status: kind.status(),
            headers,
            body: serde_json::to_vec(&problem).unwrap_or_default(),
        }
    }
}
