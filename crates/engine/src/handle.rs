//! One room per screen; each implements [`crate::Handle`] for that screen's commands.

mod editor;
mod files;
mod first_run;
mod home;
mod outbox;
mod paper;
mod people;
mod pickers;
mod rescue;
mod results;
mod settings;
mod sign;
mod tokens;
