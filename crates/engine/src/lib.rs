//! The use-cases of Hoso: each command of the contract becomes work on store, paper, token and
//! portal. This crate owns time, tasks and facts; it draws nothing and words nothing.

mod answer;
mod clock;
mod compose;
mod connection;
pub mod courier;
mod devices;
mod dossier;
mod engine;
mod enrolment;
pub mod error;
pub mod evidence;
mod facts;
mod handle;
mod inspect;
mod keeper;
pub mod log;
mod notices;
mod open;
mod out;
mod packs;
mod place;
mod print;
mod renewal;
mod revocation;
mod shrink;
mod signing;
mod table;
mod tokens;
mod watch;
mod year;

pub use engine::{Engine, Handle};
pub use handle::Waiting;
pub use hoso_token::no_core_dumps;
pub use place::Place;
