//! The boundary of crate `token`: a host with a real helper process and real SoftHSM2 tokens.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "token/desk.rs"]
mod desk;
#[path = "token/faults.rs"]
mod faults;
#[path = "token/kinds.rs"]
mod kinds;
#[path = "token/modules.rs"]
mod modules;
#[path = "token/nss.rs"]
mod nss;
#[path = "token/pins.rs"]
mod pins;
#[path = "token/process.rs"]
mod process;
#[path = "token/removal.rs"]
mod removal;
#[path = "token/return_values.rs"]
mod return_values;
#[path = "token/signing.rs"]
mod signing;
#[path = "token/training.rs"]
mod training;
