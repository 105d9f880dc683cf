//! Every form a unit sends, several vouchers in one dossier, templates, and forms that arrive as a
//! data pack: real store, real soft tokens, real portal over TLS on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

#[path = "../desk/mod.rs"]
mod desk;
mod every;
mod packs;
mod pasted;
mod schema;
mod several;
mod stranger;
