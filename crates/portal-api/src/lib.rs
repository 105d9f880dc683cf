//! The HTTP contract between the program and a treasury's portal: types, paths, header names,
//! problem codes (docs/PORTAL.md has it in prose).
//!
//! This crate refuses to send, to store and to sign: it holds shapes and the texts both sides
//! must agree on to the byte.

pub mod certificate;
pub mod commit;
pub mod connection;
pub mod device;
pub mod feed;
pub mod officer;
pub mod pack;
pub mod path;
pub mod problem;
pub mod shape;
pub mod upload;

pub use commit::{
    BlobRef, Commit, DossierEntries, DossierState, Evidence, EvidenceVersion, GivenUp, Receipt,
    RevisionState, SignatureBlobs, SignedReceipt, Withdrawal,
};
pub use connection::Connection;
pub use feed::{Balance, Change, Changes, Document, DossierStatus, Item, Notice, Remark, Snapshot};
pub use pack::SignedPack;
pub use problem::{Kind, Problem};
