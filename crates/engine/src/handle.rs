//! One room per screen; each implements [`crate::Handle`] for that screen's commands.

mod backup;
mod batch;
mod books;
mod carry;
mod check;
mod connection;
mod create;
mod devices;
mod editor;
mod export;
mod files;
mod first_run;
mod hand_over;
mod home;
mod lines;
mod outbox;
mod packs;
mod paper;
mod payroll;
mod people;
mod pickers;
mod reconcile;
mod register;
mod renewal;
mod rescue;
mod restore;
mod results;
mod settings;
mod sign;
mod slots;
mod tables;
mod tokens;
mod vouchers;
mod year;

pub(crate) use create::fresh;
pub use rescue::Whole;
