//! The rules of a payment dossier: money, codes, dates, forms, checks, life cycle.
//!
//! This crate refuses to read a clock, a disk or a network: time, ids and randomness are passed
//! in. It runs natively and as wasm, so the editor, the engine and the portal apply one set of
//! rules.

pub mod book;
pub mod catalogue;
pub mod check;
pub mod digest;
pub mod dossier;
pub mod entry;
pub mod finding;
pub mod form;
pub mod id;
pub mod life;
pub mod money;
pub mod pack;
pub mod party;
pub mod paste;
pub mod patch;
pub mod payroll;
pub mod register;
pub mod template;
pub mod text;
pub mod voucher;
pub mod words;
