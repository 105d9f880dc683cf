//! One room per screen; each implements [`crate::Handle`] for that screen's commands.

mod books;
mod carry;
mod editor;
mod export;
mod files;
mod first_run;
mod home;
mod outbox;
mod paper;
mod payroll;
mod people;
mod pickers;
mod rescue;
mod results;
mod settings;
mod sign;
mod tables;
