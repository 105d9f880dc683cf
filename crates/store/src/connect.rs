//! Opening connections, and judging a file before anything writes to it. Runs no business query.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;
use crate::key::MasterKey;
use crate::{layout, schema};

/// What every connection gets. `recursive_triggers` so that REPLACE cannot slip past the triggers
/// that hold append-only tables; temporary tables stay in memory, or they would lie on disk.
/// SQLCipher's memory wiping stays off: pages are in the process's memory either way, and it
/// costs every allocation.
const COMMON: &str = "
    PRAGMA temp_store = MEMORY;
    PRAGMA foreign_keys = ON;
    PRAGMA recursive_triggers = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
";

const BUSY_MS: u64 = 5_000;

/// Bytes of a page (SQLCipher 4).
pub(crate) const PAGE: u64 = 4096;

fn prepare(connection: &Connection, master: &MasterKey) -> Result<(), StoreError> {
    // SQLCipher logs to standard error by default
    connection.execute_batch("PRAGMA cipher_log_level = NONE;")?;
    connection.execute_batch(&master.pragma())?;
    connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS))?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.execute_batch(COMMON)?;
    Ok(())
}

/// A connection that may write. `path` must exist unless `create`.
pub(crate) fn writer(path: &Path, master: &MasterKey) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection, master)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA journal_size_limit = 8388608;",
    )?;
    Ok(connection)
}

/// A connection for a database that is being made: no write-ahead log until it has its name.
pub(crate) fn maker(path: &Path, master: &MasterKey) -> Result<Connection, StoreError> {
    layout::create(path)?;
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    prepare(&connection, master)?;
    connection.execute_batch(
        "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;",
    )?;
    connection.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
    Ok(connection)
}

/// Bytes of the database as a connection sees it now; a transaction begins its view with this.
pub(crate) fn size(connection: &Connection) -> Result<u64, StoreError> {
    let pages: i64 = connection.query_row("PRAGMA page_count", [], |r| r.get(0))?;
    // reading the page count alone takes no view
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |r| {
        r.get::<_, i64>(0)
    })?;
    Ok(u64::try_from(pages).unwrap_or(0).saturating_mul(PAGE))
}

/// A connection for a copy of a database, to be flushed by hand when it is whole.
pub(crate) fn copy(path: &Path, master: &MasterKey) -> Result<Connection, StoreError> {
    layout::create(path)?;
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    prepare(&connection, master)?;
    // alone with it: no shared memory is asked of the disk, which a share may not give
    connection.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;",
    )?;
    Ok(connection)
}

/// How a reader sees the write-ahead log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Log {
    Followed,
    /// Not looked at, and no file is made for it: for a full disk or a folder that cannot be
    /// written.
    Ignored,
}

/// A connection that cannot write, not even at its closing.
pub(crate) fn reader(path: &Path, master: &MasterKey, log: Log) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match log {
        Log::Followed => Connection::open_with_flags(path, flags)?,
        Log::Ignored => {
            Connection::open_with_flags(immutable(path), flags | OpenFlags::SQLITE_OPEN_URI)?
        }
    };
    prepare(&connection, master)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.execute_batch("PRAGMA query_only = ON;")?;
    Ok(connection)
}

/// Whether a database can be read beside its log, or only without one (when it holds nothing).
pub(crate) fn probe(path: &Path, master: &MasterKey) -> Log {
    let head = reader(path, master, Log::Followed).and_then(|c| {
        c.query_row("SELECT count(*) FROM sqlite_schema", [], |r| {
            r.get::<_, i64>(0)
        })
        .map_err(StoreError::from)
    });
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let empty = std::fs::metadata(log).map_or(true, |m| m.len() == 0);
    match head {
        Err(StoreError::DiskFull | StoreError::DiskRefused(_) | StoreError::Disk(_)) if empty => {
            Log::Ignored
        }
        _ => Log::Followed,
    }
}

/// The file as an SQLite URI that promises nobody changes it meanwhile.
fn immutable(path: &Path) -> String {
    let mut uri = String::from("file:");
    let text = path.to_string_lossy().replace('\\', "/");
    if !text.starts_with('/') && text.contains(':') {
        uri.push('/');
    }
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b':') {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// Keeps everything that is written in the write-ahead log, also at closing.
pub(crate) fn keep_log(writer: &Connection) -> Result<(), StoreError> {
    writer.pragma_update(None, "wal_autocheckpoint", 0)?;
    writer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(())
}

/// Folds the log into the database now, and from now on as usual. Whether all of it is there: who still
/// reads an earlier state keeps the rest from it.
pub(crate) fn fold_log(writer: &Connection) -> Result<bool, StoreError> {
    writer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    // SQLite's own measure
    writer.pragma_update(None, "wal_autocheckpoint", 1000)?;
    let whole = writer.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |r| {
        let (busy, pages, folded): (i64, i64, i64) = (r.get(0)?, r.get(1)?, r.get(2)?);
        Ok(busy == 0 && pages == folded)
    })?;
    Ok(whole)
}

/// Judges a file through a connection that cannot write, so that a damaged one stays as it is:
/// key, kind, version, then every page of every table (a flipped byte fails its page's HMAC).
pub(crate) fn judge(path: &Path, master: &MasterKey) -> Result<(), StoreError> {
    let (connection, _) = head(path, master)?;
    read_pages(&connection)
}

/// Judges key, kind, version, length and the list of tables; gives the version.
pub(crate) fn judge_head(path: &Path, master: &MasterKey) -> Result<u32, StoreError> {
    let (connection, version) = head(path, master)?;
    // a file that was cut off is noticed with the first page that is read
    connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |r| {
            r.get::<_, i64>(0)
        })
        .map_err(|e| by_name("the list of its tables", e))?;
    Ok(version)
}

fn head(path: &Path, master: &MasterKey) -> Result<(Connection, u32), StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing);
    }
    let connection = reader(path, master, Log::Followed).map_err(|e| match e {
        StoreError::Damaged { source, .. } => StoreError::Damaged {
            what: "the head of the file",
            source,
        },
        other => other,
    })?;
    let number = |pragma: &'static str| {
        connection
            .query_row(pragma, [], |r| r.get::<_, i64>(0))
            .map_err(|e| by_name("the head of the file", e))
    };
    let kind = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    if kind != schema::APPLICATION_ID {
        return Err(StoreError::Damaged {
            what: "not a database of this program",
            source: None,
        });
    }
    let found = u32::try_from(version).unwrap_or(u32::MAX);
    if found > schema::version() {
        return Err(StoreError::Newer {
            found,
            known: schema::version(),
        });
    }
    Ok((connection, found))
}

/// Ends what runs on `connection`, now or later, as soon as `word` is true. It is asked again and again,
/// so it cannot come between two statements and be lost, nor reach a connection it was not meant for.
pub(crate) fn end_when(connection: &Connection, word: Arc<AtomicBool>) -> Result<(), StoreError> {
    /// Steps of a statement, and pages of a check, between two questions.
    const STEPS: i32 = 256;
    connection.progress_handler(STEPS, Some(move || word.load(Ordering::SeqCst)))?;
    Ok(())
}

/// Reads every page of every table and index.
pub(crate) fn read_pages(connection: &Connection) -> Result<(), StoreError> {
    let word: String = connection
        .query_row("PRAGMA quick_check(1)", [], |r| r.get(0))
        .map_err(|e| by_name("its pages", e))?;
    if word == "ok" {
        return Ok(());
    }
    Err(StoreError::Damaged {
        what: "its pages",
        source: None,
    })
}

fn is_plain(e: &rusqlite::Error) -> bool {
    e.sqlite_error()
        .is_some_and(|f| matches!(f.code, rusqlite::ErrorCode::Unknown) && f.extended_code == 1)
}

/// The same where any statement may be the first to meet a bad page.
pub(crate) fn unproven(e: StoreError) -> StoreError {
    match e {
        StoreError::Sql(source) if is_plain(&source) => StoreError::Damaged {
            what: "a page that was asked for",
            source: Some(Box::new(source)),
        },
        other => other,
    }
}

/// While a file is judged, SQLCipher's plain "error" is damage as well: it is what a failed HMAC
/// turns into on some pages.
fn by_name(what: &'static str, e: rusqlite::Error) -> StoreError {
    if is_plain(&e) {
        return StoreError::Damaged {
            what,
            source: Some(Box::new(e)),
        };
    }
    match StoreError::from(e) {
        StoreError::Damaged { source, .. } => StoreError::Damaged { what, source },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_word_said_before_the_statement_ends_it_and_only_on_its_own_connection() {
        const LONG: &str =
            "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 50000)
            SELECT count(*) FROM n";
        let count = |c: &Connection| c.query_row(LONG, [], |r| r.get::<_, i64>(0));
        let (read, other) = (
            Connection::open_in_memory().unwrap(),
            Connection::open_in_memory().unwrap(),
        );
        let word = Arc::new(AtomicBool::new(true));
        end_when(&read, Arc::clone(&word)).unwrap();
        let ended = count(&read).unwrap_err();
        assert_eq!(
            ended.sqlite_error_code(),
            Some(rusqlite::ErrorCode::OperationInterrupted)
        );
        assert_eq!(count(&other).unwrap(), 50_000);
        word.store(false, Ordering::SeqCst);
        assert_eq!(count(&read).unwrap(), 50_000);
    }
}
