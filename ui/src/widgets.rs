//! The house's widgets on native elements. They know nothing of dossiers' rules.

pub mod code;
pub mod confirm;
pub mod drawer;
pub mod failure;
pub mod field;
pub mod findings;
pub mod fingerprint;
pub mod grid;
pub mod modal;
pub mod pages;
pub mod pin;
pub mod ribbon;
pub mod suggest;
pub mod tag;
pub mod toast;
pub mod tree;
pub mod typing;
