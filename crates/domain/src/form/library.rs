//! The forms that come with the program. Refuses to read a disk: they are part of the binary.

use std::sync::LazyLock;

use super::Form;
use crate::voucher::FormRef;

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        /// Path under `forms/` and text of every form file.
        const FILES: &[(&str, &str)] =
            &[$(($path, include_str!(concat!("../../../../forms/", $path)))),*];
    };
}

files! {
    "nd347-2025/09.toml",
    "nd347-2025/13.toml",
    "nd347-2025/14.toml",
    "nd347-2025/20.toml",
    "nd347-2025/24.toml",
    "nd347-2025/26.toml",
}

static LIBRARY: LazyLock<Vec<Form>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(path, text)| match Form::from_toml(text) {
            Ok(form) => form,
            Err(e) => unreachable!("forms/{path} is part of the program and held by a test: {e}"),
        })
        .collect()
});

/// Every form of the program, by basis and number.
pub fn library() -> &'static [Form] {
    &LIBRARY
}

/// The very edition a voucher was made with.
pub fn find(reference: &FormRef) -> Option<&'static Form> {
    library().iter().find(|f| {
        f.basis == reference.basis && f.number == reference.number && f.edition == reference.edition
    })
}

/// The newest edition of a form, for a new voucher.
pub fn latest(basis: &str, number: &str) -> Option<&'static Form> {
    library()
        .iter()
        .filter(|f| f.basis == basis && f.number == number)
        .max_by_key(|f| f.edition)
}
