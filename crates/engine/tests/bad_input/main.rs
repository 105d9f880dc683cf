//! What goes wrong around the program, at the engine's boundary with the real parts: each ends in a
//! code a person can act on, and the work stays what it was.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

#[path = "../desk/mod.rs"]
mod desk;

mod called_off;
mod clock;
mod damage;
mod download;
mod feed;
mod files;
mod first_run;
mod keys;
mod large;
mod life;
mod link;
mod lost_answer;
mod refused;
mod slow;
mod stamps;
mod store;
mod tokens;
mod two_pcs;
