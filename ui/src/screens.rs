//! One file per screen.

pub mod backup;
pub mod books;
pub mod dossiers;
pub mod editor;
pub mod first_run;
pub mod help;
pub mod new_dossier;
pub mod outbox;
pub mod restore;
pub mod results;
pub mod settings;
pub mod sign;
pub mod slots;
pub mod tables;
pub mod today;
pub mod unanswered;
pub mod unlock;
pub mod unusable;
