//! Labels of the shell — menu, buttons, headings — in Vietnamese and English. Words for errors,
//! findings, states, times and sizes are not here but in `hoso_text`.

#[macro_use]
mod books;
#[macro_use]
mod enrolment;
#[macro_use]
mod keeping;
#[macro_use]
mod leaving;
mod table;

use std::cell::Cell;
use std::fmt::Display;

use hoso_text::Lang;

pub use table::W;

thread_local! {
    static LANGUAGE: Cell<Lang> = const { Cell::new(Lang::Vi) };
}

/// Takes the setting over: `en` is English, everything else Vietnamese.
pub fn use_language(setting: &str) {
    LANGUAGE.set(if setting == "en" { Lang::En } else { Lang::Vi });
}

pub fn lang() -> Lang {
    LANGUAGE.get()
}

/// The label in the language of the shell.
pub fn t(word: W) -> &'static str {
    let (vi, en) = word.both();
    match lang() {
        Lang::Vi => vi,
        Lang::En => en,
    }
}

/// The label with each `{}` filled in turn.
pub fn tf(word: W, values: &[&dyn Display]) -> String {
    let mut parts = t(word).split("{}");
    let mut out = parts.next().unwrap_or_default().to_owned();
    let mut values = values.iter();
    for part in parts {
        if let Some(value) = values.next() {
            out.push_str(&value.to_string());
        }
        out.push_str(part);
    }
    out
}
