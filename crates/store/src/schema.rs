//! The frozen migrations, forward only. A file that was released is never edited; a test holds
//! their checksums.

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::error::StoreError;

/// "Hoso" in ASCII: tells this database from any other SQLCipher file.
pub(crate) const APPLICATION_ID: i64 = 0x486f_736f;

macro_rules! frozen {
    ($($name:literal,)*) => {
        /// Name and text of every migration, oldest first.
        pub const FROZEN: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../../migrations/", $name))),)*
        ];
        const STEPS: &[M<'static>] = &[
            $(M::up(include_str!(concat!("../../../migrations/", $name))),)*
        ];
    };
}

frozen! {
    "20261122030000_people.sql",
    "20261122030100_dossiers.sql",
    "20261122030200_courier.sql",
    "20261122030300_audit.sql",
    "20261122030400_listing.sql",
    "20261122093000_succession.sql",
    "20261122120000_withdrawal.sql",
    "20261122140000_books.sql",
    "20261129120000_ten_years.sql",
    "20261129200000_lasting.sql",
    "20261130090000_identical_rows.sql",
    "20261130170000_sorts.sql",
}

/// The `user_version` this program writes: older programs refuse a higher one.
pub fn version() -> u32 {
    u32::try_from(STEPS.len()).unwrap_or(u32::MAX)
}

/// The `user_version` of a database.
pub(crate) fn version_of(connection: &Connection) -> Result<u32, StoreError> {
    let version = connection.query_row("PRAGMA user_version", [], |r| r.get::<_, i64>(0))?;
    Ok(u32::try_from(version).unwrap_or(u32::MAX))
}

/// Brings a database to [`version`], in one transaction.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    Migrations::from_slice(STEPS)
        .to_latest(connection)
        .map_err(|e| match e {
            rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
            other => StoreError::Migration(Box::new(other)),
        })
}
