//! Forms as a person meets them in the real window.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod every;
mod pack;
mod paste;
