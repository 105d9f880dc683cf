//! The portal's database. It refuses to hold a transaction while a body is read: every call is
//! one short transaction on a thread of its own.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::fault::Fault;

/// The database's versions, oldest first. What was shipped is never changed; a newer file is
/// refused, never overwritten.
const SCHEMA: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
    include_str!("schema/8.sql"),
    include_str!("schema/9.sql"),
    include_str!("schema/10.sql"),
];

#[derive(Clone)]
pub(crate) struct Db(Arc<Mutex<Connection>>);

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("the portal's database cannot be opened")]
    Open(#[from] rusqlite::Error),
    #[error("the portal's database was written by a newer program (schema {0})")]
    Newer(i64),
}

impl Db {
    pub(crate) fn open(path: &Path) -> Result<Self, DbError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let known = usize::try_from(found)
            .ok()
            .filter(|n| *n <= SCHEMA.len())
            .ok_or(DbError::Newer(found))?;
        for (step, sql) in SCHEMA.iter().enumerate().skip(known) {
            connection.execute_batch(&format!(
                "BEGIN IMMEDIATE; {sql} PRAGMA user_version = {}; COMMIT;",
                step + 1
            ))?;
        }
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Runs `work` in one transaction: committed when it is `Ok`, rolled back otherwise.
    pub(crate) async fn call<T, F>(&self, work: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, Fault> + Send + 'static,
    {
        let db = self.clone();
        tokio::task::spawn_blocking(move || db.call_here(work))
            .await
            .map_err(|e| Fault::internal("a database task failed", e))?
    }

    /// [`Db::call`] on this thread.
    pub(crate) fn call_here<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        // A panic inside rolled its transaction back, so the connection is still sound.
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&tx)?;
        tx.commit()?;
        Ok(value)
    }
}

/// A row's JSON column.
pub(crate) fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|e| Fault::internal("a stored value cannot be read", e))
}

/// A value for a JSON column.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|e| Fault::internal("a value cannot be written", e))
}

/// A stored id.
pub(crate) fn id<T: std::str::FromStr>(text: &str) -> Result<T, Fault>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse()
        .map_err(|e| Fault::internal("a stored id cannot be read", e))
}

/// A stored SHA-256.
pub(crate) fn digest(text: &str) -> Result<hoso_domain::digest::Digest, Fault> {
    hoso_domain::digest::Digest::from_hex(text)
        .ok_or_else(|| Fault::internal("a stored digest cannot be read", text.to_owned()))
}

/// A stored time.
pub(crate) fn time(text: &str) -> Result<chrono::DateTime<chrono::Utc>, Fault> {
    text.parse()
        .map_err(|e| Fault::internal("a stored time cannot be read", e))
}

/// A time for the database: RFC 3339, UTC, milliseconds, so that text order is time order.
pub(crate) fn stamp(at: chrono::DateTime<chrono::Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn what_was_answered_survives_a_power_cut() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(&dir.path().join("portal.db")).unwrap();
        let connection = db.0.lock().unwrap();
        let number = |name: &str| -> i64 {
            let value = connection.pragma_query_value(None, name, |row| row.get(0));
            value.unwrap()
        };
        assert!(number("synchronous") >= 2, "each commit is flushed");
    }
}
