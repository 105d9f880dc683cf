//! The boundary of crate `token`: a host with a real helper process and real SoftHSM2 tokens.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "token/desk.rs"]
mod desk;
#[path = "token/faults.rs"]
mod faults;
#[path = "token/modules.rs"]
mod modules;
#[path = "token/process.rs"]
mod process;
#[path = "token/signing.rs"]
mod signing;
