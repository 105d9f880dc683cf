//! The courier: what to send next, how to send it over a link that drops, and how to know that it
//! arrived.
//!
//! This crate refuses to store, to read a clock and to believe: time is passed in, the caller
//! writes its outbox row *before* it calls, and nothing is a success but a receipt whose signature,
//! id, revision and digest verified. A page of HTML with status 200 is a captive portal.
//!
//! - [`plan`](plan::plan) — pure: rows and link in, ordered steps out.
//! - [`Portal`] — the client of the contract in `hoso-portal-api`.
//! - [`submission::send`] — one revision: uploads what is missing, commits, verifies the receipt.
//! - [`Failure`] — classes of errors: which end the pass, which skip the item, which need a person.

pub mod backoff;
pub mod cancel;
pub mod device;
mod evidence;
pub mod failure;
pub mod pace;
pub mod plan;
pub mod portal;
pub mod receipt;
pub mod submission;
pub mod upload;

pub mod wire;

mod answer;

/// The contract's types, for the caller that stores them.
pub use hoso_portal_api as api;

pub use cancel::{Cancel, Canceller};
pub use device::{Device, DeviceKey};
pub use evidence::List;
pub use failure::{Disposition, Failure};
pub use pace::Goodput;
pub use portal::{Asked, Base, Clock, CommitAnswer, Feed, Partial, Portal};
pub use receipt::{Expected, VerifiedReceipt};
pub use submission::{Outcome, Submission};
pub use upload::{Event, Source};
