//! Signature tokens by PKCS#11, behind a process of their own.
//!
//! This crate refuses to run a vendor's module inside the caller: [`Host`] starts the program
//! `hoso-token`, which loads exactly one module, and speaks typed [`message`]s with it. A module
//! that crashes, hangs or is built for another architecture costs one error, never the window.
//! It also refuses to guess PINs, to repeat one by itself, and to judge certificates (validity,
//! chain, registered person): that is the engine's and `proof`'s work.

mod candidates;
pub mod error;
pub mod helper;
pub mod host;
pub mod message;
pub mod module;
mod return_value;
pub mod training;

pub use candidates::{candidates, known_modules};
pub use error::TokenError;
pub use helper::no_core_dumps;
pub use host::{Host, Limits, Login, helper_for, helper_path};
pub use message::{
    Algorithm, Certificate, KeyKind, KeyPresence, Mechanism, Opened, Pin, PinFlags, PukFlags,
    Survey, Token, Unreadable,
};
pub use module::check_module;
pub use return_value::{return_values, situation};
