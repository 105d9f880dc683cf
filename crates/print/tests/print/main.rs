//! What leaves this crate is read back with poppler's `pdftotext` and looked at page by page.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stderr)]

mod form13;
mod marks;
mod notice;
mod page;
mod sample;
