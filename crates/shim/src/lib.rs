//! A PKCS#11 module for tests: it stands before a real one (SoftHSM2), counts what reaches it and
//! fails as its [`Script`] says. Never part of a program that ships.
//!
//! It refuses to have a behaviour of its own beyond the script, and to write a PIN anywhere: its
//! log names one by [`fingerprint`] only.
//!
//! The script lies beside the module's file (`MODULE.script`, the module being the first argument
//! of the process that loads it) or where `HOSO_SHIM_SCRIPT` says, and is read anew at each call:
//! a token can be pulled while a signature is made.

mod module;
mod script;

pub use script::{Act, Call, Fault, Rule, Script, calls, fingerprint};
