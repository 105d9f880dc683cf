//! Tokens at the engine's boundary: a module that counts and misbehaves, real soft tokens behind
//! it, the batch, the PIN, who may sign, and the words for all that fails.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "../desk/mod.rs"]
mod desk;

mod batch;
mod bench;
mod count;
mod enrolment;
mod kinds;
mod list;
mod people;
mod pins;
mod renewal;
mod replaced;
mod watch;
mod words;
