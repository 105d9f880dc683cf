//! The store at its boundary: real files in a temporary folder, opened, closed and damaged.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr
)]

mod backup;
mod books;
mod check;
mod damage;
mod drafts;
mod evidence;
mod files;
mod keys;
mod lists;
mod movements;
mod newest;
mod numbers;
mod plans;
mod proof;
mod restore;
mod said;
mod schema;
mod sorts;
mod stamps;
mod upgrade;
mod words;
mod world;
