//! What crosses between the window and the engine: commands, replies, facts, error codes.
//!
//! No text for people, no rules, no I/O. Lists and money travel as JSON bytes read by serde, so no
//! JavaScript number ever holds money.

pub mod book;
pub mod command;
pub mod error;
pub mod fact;
pub mod seal;
pub mod state;
pub mod view;

pub use command::Command;
pub use error::{AppError, Code};
pub use fact::Fact;
