//! One room per screen; each implements [`crate::Handle`] for that screen's commands.

mod backup;
mod check;
mod editor;
mod files;
mod first_run;
mod home;
mod outbox;
mod paper;
mod people;
mod pickers;
mod rescue;
mod restore;
mod results;
mod settings;
mod sign;
mod slots;
mod year;

pub use rescue::Whole;
