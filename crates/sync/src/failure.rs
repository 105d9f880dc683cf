//! Why something did not go, in classes a person or the courier can act on. Never guesses a class
//! from a message's text.

use std::time::Duration;

use chrono::TimeDelta;

use hoso_domain::life::ParkReason;
use hoso_portal_api::{Kind, Problem};

/// A cause kept for the log; its type is nobody's business.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A failed step.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The portal was not reached, or the connection broke or fell silent.
    #[error("no connection to the portal: {stage}")]
    Transport {
        stage: Stage,
        #[source]
        cause: Option<Cause>,
    },
    /// Something answered that is not the portal: a login page, a proxy, a redirect.
    #[error("the answer is not the portal's (status {status}, content type {content_type:?})")]
    CaptivePortal { status: u16, content_type: String },
    /// No connection came about: the portal's certificate is not one the connection file vouches for.
    /// A connection that stood and then failed in TLS is [`Stage::Broken`].
    #[error("the portal's TLS certificate is refused: {why}")]
    Tls {
        why: TlsTrouble,
        #[source]
        cause: Cause,
    },
    /// The portal says this PC's clock is wrong. `ahead`: how far it is before the portal's.
    #[error("this computer's clock differs from the portal's")]
    Clock { ahead: Option<TimeDelta> },
    /// The portal does not take this device.
    #[error("the portal does not accept this device: {}", .0.kind.as_str())]
    Auth(Box<Problem>),
    /// The portal asks to wait.
    #[error("the portal asks to slow down")]
    RateLimited { after: Option<Duration> },
    /// The portal refuses this one item, in its words.
    #[error("the portal refuses the item: {}", .0.kind.as_str())]
    ItemRefused(Box<Problem>),
    /// The portal, or the gateway before it, fails.
    #[error("the portal fails (status {status})")]
    Server {
        status: u16,
        after: Option<Duration>,
        problem: Option<Box<Problem>>,
    },
    /// It is the portal, but its answer contradicts the contract.
    #[error("the portal's answer makes no sense: {what}")]
    Nonsense { what: &'static str },
    /// Bytes to be sent cannot be read, or are not what they were.
    #[error("the stored file cannot be read")]
    LocalDisk(#[source] std::io::Error),
    /// A receipt that proves nothing.
    #[error("the receipt is not valid: {why}")]
    ReceiptInvalid {
        why: ReceiptTrouble,
        #[source]
        cause: Option<Cause>,
    },
}

/// How far an exchange came.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stage {
    /// The portal's name has no address.
    Name,
    /// No connection: nothing was handed over.
    Connect,
    /// The connection broke after it stood.
    Broken,
    /// No progress in the time a live link would have made some.
    Stalled,
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Stage::Name => "its name is not found",
            Stage::Connect => "it is not reached",
            Stage::Broken => "the connection broke",
            Stage::Stalled => "the connection fell silent",
        })
    }
}

/// What is wrong with a TLS certificate.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TlsTrouble {
    /// Not under the connection file's authority: intercepted, or another portal.
    Foreign,
    WrongName,
    /// Past its end by this PC's clock; the clock may be what is wrong.
    Expired,
    /// Before its beginning by this PC's clock; the clock may be what is wrong.
    NotYetValid,
    Other,
}

impl TlsTrouble {
    /// Whether a wrong clock of this PC explains it as well.
    pub fn may_be_the_clock(self) -> bool {
        matches!(self, TlsTrouble::Expired | TlsTrouble::NotYetValid)
    }
}

impl std::fmt::Display for TlsTrouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            TlsTrouble::Foreign => "issued by somebody else",
            TlsTrouble::WrongName => "made out to another name",
            TlsTrouble::Expired => "expired",
            TlsTrouble::NotYetValid => "not valid yet",
            TlsTrouble::Other => "the handshake failed",
        })
    }
}

/// What is wrong with a receipt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ReceiptTrouble {
    Unreadable,
    /// The signature does not verify under the connection file's receipt authority.
    Signature,
    /// Another dossier, unit, revision, digest or audit head than what was sent.
    AnotherSubmission,
}

impl std::fmt::Display for ReceiptTrouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ReceiptTrouble::Unreadable => "it cannot be read",
            ReceiptTrouble::Signature => "its signature does not verify",
            ReceiptTrouble::AnotherSubmission => "it is for something else",
        })
    }
}

/// What to do about a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disposition {
    /// Try again by itself. `after`: the portal's own wish, to be passed to
    /// [`crate::plan::next_try`].
    Retry { after: Option<Duration> },
    /// This item needs a person.
    Park,
    /// Nothing goes before somebody acts on this PC, e.g. enrols it again.
    Fatal,
}

impl Failure {
    pub fn disposition(&self) -> Disposition {
        let retry = |after| Disposition::Retry { after };
        match self {
            Failure::Transport { .. }
            | Failure::CaptivePortal { .. }
            | Failure::Tls { .. }
            | Failure::Clock { .. }
            | Failure::Nonsense { .. }
            | Failure::ReceiptInvalid { .. } => retry(None),
            Failure::RateLimited { after } | Failure::Server { after, .. } => retry(*after),
            Failure::Auth(_) => Disposition::Fatal,
            Failure::ItemRefused(problem) if problem.retryable => {
                retry(problem.retry_after.map(Duration::from_secs))
            }
            Failure::ItemRefused(_) => Disposition::Park,
            Failure::LocalDisk(e) => match e.kind() {
                std::io::ErrorKind::NotFound
                | std::io::ErrorKind::InvalidData
                | std::io::ErrorKind::UnexpectedEof => Disposition::Park,
                _ => retry(None),
            },
        }
    }

    /// A link error ends the pass: the next item would meet the same. An item's error does not, so
    /// that one poisoned item blocks no other; a 500 may be the item's fault.
    pub fn stops_the_pass(&self) -> bool {
        match self {
            Failure::Transport { .. }
            | Failure::CaptivePortal { .. }
            | Failure::Tls { .. }
            | Failure::Clock { .. }
            | Failure::Auth(_)
            | Failure::RateLimited { .. } => true,
            Failure::Server { status, .. } => *status != 500,
            Failure::ItemRefused(_)
            | Failure::Nonsense { .. }
            | Failure::LocalDisk(_)
            | Failure::ReceiptInvalid { .. } => false,
        }
    }

    /// Whether the row's own attempts rise too. A broken connection may be the doing of the very
    /// bytes (a scanning gateway); an unreachable portal never is.
    pub fn counts_against_the_row(&self) -> bool {
        match self {
            Failure::Transport { stage, .. } => matches!(stage, Stage::Broken | Stage::Stalled),
            other => !other.stops_the_pass(),
        }
    }

    /// Why the row is parked, when [`Disposition::Park`].
    pub fn park_reason(&self) -> Option<ParkReason> {
        if self.disposition() != Disposition::Park {
            return None;
        }
        Some(match self {
            Failure::LocalDisk(_) => ParkReason::LocalFile,
            Failure::ItemRefused(problem) => match problem.kind {
                Kind::Conflict => ParkReason::Conflict,
                Kind::Overtaken => ParkReason::Overtaken,
                Kind::Findings => ParkReason::Findings,
                _ => ParkReason::RefusedByPortal,
            },
            _ => ParkReason::RefusedByPortal,
        })
    }

    /// The portal's own words, if it said any.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Failure::Auth(problem) | Failure::ItemRefused(problem) => Some(problem),
            Failure::Server { problem, .. } => problem.as_deref(),
            _ => None,
        }
    }

    /// The class of a problem the portal itself reported.
    pub(crate) fn of_problem(problem: Problem, ahead: Option<TimeDelta>) -> Self {
        let after = problem.retry_after.map(Duration::from_secs);
        match problem.kind {
            Kind::ProofInvalid
            | Kind::DeviceUnknown
            | Kind::DeviceRevoked
            | Kind::LoginRequired
            | Kind::EnrolmentRefused => Failure::Auth(Box::new(problem)),
            Kind::Clock => Failure::Clock { ahead },
            Kind::RateLimited => Failure::RateLimited { after },
            Kind::Internal | Kind::Busy | Kind::NoSpace => Failure::Server {
                status: problem.status,
                after,
                problem: Some(Box::new(problem)),
            },
            Kind::Unknown if problem.status >= 500 => Failure::Server {
                status: problem.status,
                after,
                problem: Some(Box::new(problem)),
            },
            _ => Failure::ItemRefused(Box::new(problem)),
        }
    }
}

#[cfg(test)]
#[path = "failure/tests.rs"]
mod tests;
