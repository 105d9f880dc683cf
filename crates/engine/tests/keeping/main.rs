//! Keeping the work: backups, restores, the full check, the audit export and who can open the store,
//! at the engine's boundary with real folders and a real portal.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

#[path = "../desk/mod.rs"]
mod desk;

mod backup;
mod connection;
mod restored;
mod slots;
mod year;
