//! `hoso-portal`: the reference and training server of a treasury's portal, after
//! docs/PORTAL.md.
//!
//! It refuses to accept what it has not checked whole: bytes, signatures, signers and their order,
//! the rules of the form, the PDF against the data. It never changes what was accepted, and it
//! knows no money: what an officer decides here is told, not booked.

mod authority;
mod blob;
mod body;
mod certificate;
mod clock;
mod connection;
mod db;
mod device;
mod evidence;
mod fault;
mod feed;
mod given_up;
mod http;
mod judge;
mod keep;
mod limit;
mod moves;
mod numbers;
mod openapi;
mod pack;
mod paper;
mod portal;
mod rehearsal;
mod serve;
mod setup;
mod snapshot;
mod standing;
mod timestamp;
mod turns;
mod upload;
mod withdrawal;

pub use clock::Clock;
pub use connection::{Further, TlsWish};
pub use db::DbError;
pub use openapi::openapi;
pub use pack::PackFault;
pub use portal::{OpenError, Portal};
#[cfg(feature = "planted-faults")]
pub use rehearsal::Planted;
pub use rehearsal::Rehearsal;
pub use serve::{Handle, ServeError};
pub use setup::{ConnectionFile, OfficerAccount, Prepared, Setup, SetupError};
pub use timestamp::StampsError;
