//! Vouchers, notices and minutes as PDF, and PDF pages as pictures.
//!
//! This crate refuses to read a clock, a disk, a network or a system font: layouts and fonts are
//! embedded, dates come from the data, and equal input gives equal bytes. It decides no rule of a
//! form and repairs no value; what was typed is what is printed.
//!
//! A form's layout is data like the form itself: `forms/<basis>/<number>.typ`, which gets one JSON
//! value (see [`voucher`]) and the helpers of `form.typ`. Data packs bring more while the program
//! runs (see [`layout`]).

pub mod layout;
pub mod marks;
pub mod minutes;
pub mod notice;
pub mod pack;
pub mod page;
pub mod register;
pub mod voucher;

mod press;
mod text;

pub use marks::{Marks, Signed, render_marked};
pub use minutes::{Cells, Column, Minutes, Part, minutes};
pub use notice::{Notice, notice};
pub use page::{PageError, page_png, pages, same_pages};
pub use register::{Register, RegisterRow, register};
pub use voucher::{render, render_with};

/// Why a document cannot be printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// No layout is known for this form; the form can be filled but not printed.
    #[error("no printed layout for form {number} of {basis}")]
    NoLayout { basis: String, number: String },
    /// This very edition has a layout that says something else.
    #[error("form {number} of {basis} has another layout")]
    OtherLayout { basis: String, number: String },
    /// The voucher was made with another form than the one given.
    #[error("voucher was made with form {voucher} but form {form} was given")]
    OtherForm { voucher: String, form: String },
    /// The layout itself is at fault, or the document grew beyond what can be laid out.
    #[error("layout cannot be set: {0}")]
    Layout(String),
    /// The finished pages cannot be written as PDF/A.
    #[error("pages cannot be written as a document: {0}")]
    Export(String),
}
