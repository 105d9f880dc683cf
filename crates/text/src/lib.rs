//! The words: Vietnamese and English for codes, findings, states, acts, times and sizes. Refuses to
//! decide anything: it turns closed codes and their values into text for people.
//!
//! Forms, codes' official names and the treasury's own words stay Vietnamese in both languages.

mod act;
mod difference;
mod failure;
mod finding;
mod measure;
mod return_value;
mod state;
mod token;

pub use act::{act, deadline};
pub use difference::difference;
pub use failure::{Action, Failure, failure};
pub use finding::{finding, place};
pub use measure::{clock_off, date, date_time, duration, size};
pub use return_value::return_value;
pub use state::{drawer, local_state, park_reason, role, treasury_state};
pub use token::{
    certificate_warning, obstacle, obstacle_remedy, register_fault, test_step, token_warning,
    unlock_way,
};

use std::collections::BTreeMap;

/// The language of the shell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lang {
    #[default]
    Vi,
    En,
}

impl Lang {
    /// Reads the setting: `en` is English, anything else Vietnamese.
    pub fn from_setting(setting: &str) -> Self {
        if setting == "en" { Lang::En } else { Lang::Vi }
    }

    fn pick<T>(self, vi: T, en: T) -> T {
        match self {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }
}

/// Values for the words, by name; a missing one is blank.
#[derive(Clone, Copy)]
struct Params<'a>(&'a BTreeMap<String, String>);

impl<'a> Params<'a> {
    fn get(self, name: &str) -> &'a str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn given(self, name: &str) -> Option<&'a str> {
        Some(self.get(name)).filter(|v| !v.is_empty())
    }

    fn number(self, name: &str) -> Option<u64> {
        self.get(name).parse().ok()
    }

    /// ` “value”`, or nothing.
    fn quoted(self, name: &str) -> String {
        self.given(name)
            .map(|v| format!(" “{v}”"))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
