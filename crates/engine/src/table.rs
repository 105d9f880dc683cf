//! Spreadsheets: read as plain text cells, written as .xlsx. Refuses to guess an amount or a day that
//! cannot be read: the cell is named.

mod read;
mod roles;
mod write;
pub mod xml;

pub use read::{Sheet, open, sheets};
pub use roles::{guess, is_content, needed, roles};
pub use write::{Book, write};
