//! The full check on demand: every page, every row's ties, every file, the trail from row 1. Looks
//! only; mends nothing.

use std::ops::ControlFlow;

use rusqlite::Connection;

use hoso_domain::digest::Digest;

use crate::backup::{Progress, Watch};
use crate::error::StoreError;
use crate::store::Store;
use crate::{audit, revisions};

/// What the full check saw.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// SQLite's and SQLCipher's own words about bad pages, indexes and ties between rows.
    pub database: Vec<String>,
    /// The first row of the trail that does not fit.
    pub chain_broken_at: Option<u64>,
    /// Rows of the trail.
    pub audit_rows: u64,
    /// Files that rows name.
    pub files: u64,
    pub missing: Vec<Digest>,
    pub damaged: Vec<Digest>,
}

impl Report {
    pub fn is_clean(&self) -> bool {
        self.database.is_empty()
            && self.chain_broken_at.is_none()
            && self.missing.is_empty()
            && self.damaged.is_empty()
    }
}

/// Runs the check; `None` when `watch` ended it.
pub fn full(store: &Store, watch: Watch<'_>) -> Result<Option<Report>, StoreError> {
    let whole = store.fold()?;
    let connection = store.reader()?;
    let mut report = Report {
        database: database(&connection, whole),
        ..Report::default()
    };
    match audit::verify(&connection) {
        Ok(head) => report.audit_rows = head.seq,
        Err(StoreError::ChainBroken { seq }) => report.chain_broken_at = Some(seq),
        // pages that cannot be read were told above
        Err(_) if !report.database.is_empty() => report.chain_broken_at = Some(1),
        Err(e) => return Err(e),
    }
    let names = match revisions::named_files(&connection) {
        Ok(names) => names,
        Err(_) if !report.database.is_empty() => Vec::new(),
        Err(e) => return Err(e),
    };
    let of = names.len() as u64;
    for (done, name) in (0u64..).zip(&names) {
        if watch(Progress { done, of }) == ControlFlow::Break(()) {
            return Ok(None);
        }
        match store.files().verify(name) {
            Ok(_) => {}
            Err(StoreError::FileMissing(_)) => report.missing.push(*name),
            Err(_) => report.damaged.push(*name),
        }
    }
    report.files = of;
    Ok(Some(report))
}

/// Up to a hundred complaints; none for a sound database.
///
/// SQLCipher's check looks at the file, past the write-ahead log. Where the power failed while the log
/// was being folded in, a page of the file may be old or not there at all, and the right one lies in the
/// log. So unless the file is `whole`, its word counts only beside one of SQLite's.
fn database(c: &Connection, whole: bool) -> Vec<String> {
    // every page's HMAC, also of pages no table uses; silent when all fit
    let mut said = words(c, "PRAGMA cipher_integrity_check");
    let tables = words(c, "PRAGMA integrity_check");
    if !whole && tables.is_empty() {
        said.clear();
    }
    said.extend(tables);
    let ties = c.prepare("PRAGMA foreign_key_check").and_then(|mut s| {
        s.query_map([], |r| {
            Ok(format!(
                "a row of {} points to none in {}",
                r.get::<_, String>(0)?,
                r.get::<_, String>(2)?
            ))
        })?
        .collect::<Result<Vec<_>, _>>()
    });
    match ties {
        Ok(lines) => said.extend(lines),
        Err(e) => said.push(e.to_string()),
    }
    said.truncate(100);
    said
}

/// What a check says but for "ok".
fn words(c: &Connection, check: &str) -> Vec<String> {
    let lines = c.prepare(check).and_then(|mut s| {
        s.query_map([], |r| r.get::<_, String>(0))?
            .collect::<Result<Vec<_>, _>>()
    });
    match lines {
        Ok(lines) => lines.into_iter().filter(|l| l != "ok").collect(),
        Err(e) => vec![e.to_string()],
    }
}
