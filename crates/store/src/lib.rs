//! The memory of all units kept on one PC: an encrypted database and encrypted files. It refuses to
//! read a clock, to talk to a network and to word anything; time and ids are passed in.
//!
//! ```text
//! envelope.json       wrapped keys; people's ids and display names are the only clear content
//! envelope.json.bak   the envelope once more, with the same slots
//! envelope.json.damaged-N  one that its copy stands in for, until slots change
//! hoso.db             SQLCipher, raw key; write-ahead log beside it (hoso.db-wal, hoso.db-shm)
//! hoso.lock           held by the process that has the store open
//! hoso.owner          "pid host" of that process
//! hoso.db.before-N    the database before its upgrade to schema N
//! files/ab/<sha256>   age files, named by the SHA-256 of their content
//! ```
//!
//! On Linux no other user of the PC may look into the folder (0700) or read a file of it or of a backup
//! (0600).
//!
//! **Invariant**: until every page of the database was read ([`Store::prove`]), it keeps every byte
//! it was found with; what is written lies in the write-ahead log.
//!
//! [`Vault`] opens a slot and hands out [`Keys`]; [`Store`] runs reads and single-transaction
//! writes; the topic modules are free functions over a transaction or a connection. Ids are UUIDs
//! as text, money INTEGER đồng, instants RFC 3339 UTC with microseconds, days ISO.
//!
//! **Invariant**: states move only in [`life`], [`revisions`] and [`signatures`], each with its
//! audit row in the same transaction. **Invariant**: signed and sent data is append-only, held so
//! by triggers.

pub mod attachments;
pub mod audit;
pub mod backup;
pub mod books;
pub mod check;
mod connect;
mod derived;
pub mod devices;
pub mod dossiers;
mod error;
pub mod evidence;
pub mod feed;
mod files;
mod key;
pub mod layout;
pub mod life;
pub mod listing;
mod lock;
pub mod memory;
pub mod numbers;
pub mod outbox;
pub mod own_codes;
pub mod people;
pub mod receipts;
pub mod restore;
pub mod results;
pub mod revisions;
pub mod revocation;
pub mod schema;
pub mod settings;
pub mod signatures;
mod sql;
mod store;
pub mod tokens;
pub mod traces;
pub mod units;
pub mod uploads;
mod vault;
pub mod withdrawals;

use chrono::{DateTime, Utc};
use hoso_domain::id::PersonId;

pub use error::{Disposition, ReadOnly, StoreError};
pub use files::Files;
pub use key::{FilesKey, Keys, MasterKey};
pub use lock::{Lock, host};
pub use rusqlite::{Connection, Transaction};
pub use store::{Proof, Store};
pub use vault::{Holder, KeyError, LONGEST_WAIT, MIN_PIN, Recovery, RecoveryCode, Vault};

/// Who acts, and when: stands in every audit row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct By {
    pub person: PersonId,
    pub at: DateTime<Utc>,
}
