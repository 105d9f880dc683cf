//! What tests and the demonstration stand on: a certificate authority, soft tokens, smart cards in
//! readers of their own, a world with a unit and its signers, pay tables, a clock that stands still,
//! waiting with a bound, a bad link to a portal, a line that loses packets, a disk that fills up, a look
//! into processes.
//!
//! This crate refuses to be part of a program that ships, to leave this machine, and to read the
//! machine's clock for anything but the bound of a wait.

pub mod ca;
pub mod clock;
pub mod disk;
#[cfg(target_os = "linux")]
pub mod kinds;
pub mod kryoptic;
pub mod link;
#[cfg(target_os = "linux")]
pub mod nss;
#[cfg(target_os = "linux")]
pub mod packet;
pub mod pay;
#[cfg(target_os = "linux")]
pub mod piv;
mod pkcs11_tool;
#[cfg(target_os = "linux")]
pub mod processes;
#[cfg(target_os = "linux")]
pub mod readers;
pub mod sample;
pub mod shim;
pub mod softhsm;
pub mod wait;
pub mod world;

pub use wait::{wait_for, wait_until};
