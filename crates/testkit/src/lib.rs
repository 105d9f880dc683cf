//! What tests and the demonstration stand on: a certificate authority, soft tokens, a world with a
//! unit and its signers, pay tables, a clock that stands still, waiting with a bound, a bad link to a portal, a
//! line that loses packets.
//!
//! This crate refuses to be part of a program that ships, to leave this machine, and to read the
//! machine's clock for anything but the bound of a wait.

pub mod ca;
pub mod clock;
pub mod link;
#[cfg(target_os = "linux")]
pub mod packet;
pub mod pay;
pub mod sample;
pub mod shim;
pub mod softhsm;
pub mod wait;
pub mod world;

pub use wait::{wait_for, wait_until};
