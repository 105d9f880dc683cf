//! Chờ gửi: one row per dossier that is to be sent, written before the first byte goes out. It
//! decides nothing about sending and moves no state: the courier plans, [`crate::life`] moves.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use hoso_domain::digest::Digest;
use hoso_domain::id::{DossierId, UnitId};

use crate::error::StoreError;
use crate::sql;

/// What is known of the last attempt; written pessimistically before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    NotSent,
    /// A commit was handed over: only asking tells.
    Unknown,
    Refused,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutboxRow {
    pub dossier: DossierId,
    pub revision: u32,
    pub unit: UnitId,
    /// The commit digest, frozen.
    pub digest: Digest,
    /// The commit's body, blank until the first attempt, then frozen.
    pub commit: String,
    pub bytes: u64,
    /// Bytes the server acknowledged.
    pub acknowledged: u64,
    pub attempts: u32,
    pub outcome: Outcome,
    /// Why it waits, JSON of the engine's; blank: its turn comes next.
    pub why: String,
    pub next_try: Option<DateTime<Utc>>,
    /// Higher goes first.
    pub priority: i32,
    pub queued_at: DateTime<Utc>,
}

/// Queues a dossier's current revision (in the transaction that moves it to queued).
pub fn put(
    tx: &Transaction<'_>,
    dossier: DossierId,
    digest: Digest,
    bytes: u64,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let changed = tx
        .prepare_cached(
            "INSERT INTO outbox (dossier_id, revision, unit_id, digest, bytes, queued_at)
             SELECT id, revision, unit_id, ?2, ?3, ?4 FROM dossier WHERE id = ?1",
        )?
        .execute(params![
            dossier.to_string(),
            digest.hex(),
            sql::signed(bytes),
            sql::instant(at)
        ])?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound { what: "dossier" })
    }
}

/// Notes an attempt before its first byte: counted, its outcome taken as unknown, the commit's body
/// kept from the first time on. Answers the body to send, byte for byte the one sent before.
pub fn begin(tx: &Transaction<'_>, dossier: DossierId, commit: &str) -> Result<String, StoreError> {
    change(
        tx,
        "UPDATE outbox SET attempts = attempts + 1, outcome = 'unknown',
             commit_json = CASE WHEN commit_json = '' THEN ?2 ELSE commit_json END
         WHERE dossier_id = ?1",
        params![dossier.to_string(), commit],
    )?;
    Ok(get(tx, dossier)?.map(|r| r.commit).unwrap_or_default())
}

/// How an attempt ended, and when the next one may start.
pub fn set_outcome(
    tx: &Transaction<'_>,
    dossier: DossierId,
    outcome: Outcome,
    why: &str,
    next_try: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    change(
        tx,
        "UPDATE outbox SET outcome = ?2, why = ?3, next_try = ?4 WHERE dossier_id = ?1",
        params![
            dossier.to_string(),
            sql::word(&outcome)?,
            why,
            sql::instant_or_blank(next_try)
        ],
    )
}

/// Counts an attempt that changed nothing of what is known: a question that went unanswered.
pub fn count_attempt(
    tx: &Transaction<'_>,
    dossier: DossierId,
    why: &str,
    next_try: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    change(
        tx,
        "UPDATE outbox SET attempts = attempts + 1, why = ?2, next_try = ?3 WHERE dossier_id = ?1",
        params![dossier.to_string(), why, sql::instant_or_blank(next_try)],
    )
}

/// Bytes the server acknowledged so far.
pub fn set_acknowledged(
    tx: &Transaction<'_>,
    dossier: DossierId,
    acknowledged: u64,
) -> Result<(), StoreError> {
    change(
        tx,
        "UPDATE outbox SET acknowledged = ?2 WHERE dossier_id = ?1",
        params![dossier.to_string(), sql::signed(acknowledged)],
    )
}

/// Ends waiting times: of one row, which then goes first, or of all (link-up, start, Gửi ngay).
pub fn clear_waiting(tx: &Transaction<'_>, dossier: Option<DossierId>) -> Result<(), StoreError> {
    match dossier {
        Some(id) => change(
            tx,
            "UPDATE outbox SET next_try = '',
                 priority = (SELECT max(priority) FROM outbox) + 1 WHERE dossier_id = ?1",
            params![id.to_string()],
        ),
        None => {
            tx.execute("UPDATE outbox SET next_try = ''", [])?;
            Ok(())
        }
    }
}

/// Takes a row out: handed in otherwise. (A receipt and a mend do it by themselves.)
pub fn remove(tx: &Transaction<'_>, dossier: DossierId) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM outbox WHERE dossier_id = ?1")?
        .execute([dossier.to_string()])?;
    Ok(())
}

fn change(
    tx: &Transaction<'_>,
    statement: &str,
    values: impl rusqlite::Params,
) -> Result<(), StoreError> {
    match tx.prepare_cached(statement)?.execute(values)? {
        1 => Ok(()),
        _ => Err(StoreError::NotFound { what: "outbox row" }),
    }
}

const COLUMNS: &str = "dossier_id, revision, unit_id, digest, commit_json, bytes, acknowledged,
    attempts, outcome, why, next_try, priority, queued_at";

pub fn get(c: &Connection, dossier: DossierId) -> Result<Option<OutboxRow>, StoreError> {
    let row = c
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM outbox WHERE dossier_id = ?1"
        ))?
        .query_row([dossier.to_string()], row)
        .optional()?;
    Ok(row)
}

/// All rows of all units, in the order they are to go.
pub fn all(c: &Connection) -> Result<Vec<OutboxRow>, StoreError> {
    let query =
        format!("SELECT {COLUMNS} FROM outbox ORDER BY priority DESC, queued_at, dossier_id");
    let mut statement = c.prepare_cached(&query)?;
    let rows = statement.query_map([], row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn row(r: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    Ok(OutboxRow {
        dossier: sql::parsed(r, 0)?,
        revision: r.get(1)?,
        unit: sql::parsed(r, 2)?,
        digest: sql::digest(r, 3)?,
        commit: r.get(4)?,
        bytes: sql::unsigned(r, 5)?,
        acknowledged: sql::unsigned(r, 6)?,
        attempts: r.get(7)?,
        outcome: sql::from_word(r, 8)?,
        why: r.get(9)?,
        next_try: sql::parsed_or_blank(r, 10)?,
        priority: r.get(11)?,
        queued_at: sql::parsed(r, 12)?,
    })
}
