//! Nhật ký: an append-only chain of who did what. It can be read and extended, never mended.
//!
//! Each row's hash is SHA-256 over this text (UTF-8, LF after every line, header included):
//!
//! ```text
//! hoso-audit-1
//! <seq>
//! <at, RFC 3339 UTC with microseconds>
//! <unit id, blank for the PC>
//! <person id>
//! <act>
//! <dossier id, blank for none>
//! <params: compact JSON object of strings, sorted keys>
//! <hash of the row before; 64 zeros for row 1>
//! ```
//!
//! No field holds a line feed: ids and instants cannot, acts are `a-z` and dashes, JSON escapes it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use hoso_domain::digest::Digest;
use hoso_domain::id::{DossierId, PersonId, UnitId};

use crate::error::StoreError;
use crate::{By, sql};

/// Values for the words of an act.
pub type Params = BTreeMap<String, String>;

/// What is to be noted.
#[derive(Clone, Debug)]
pub struct Act<'a> {
    /// `None` for what concerns the PC as a whole.
    pub unit: Option<UnitId>,
    /// Key for the words, `a-z` and dashes, e.g. `draft-created`.
    pub act: &'a str,
    pub dossier: Option<DossierId>,
    pub params: Params,
}

/// One row as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditRow {
    pub seq: u64,
    pub at: DateTime<Utc>,
    pub unit: Option<UnitId>,
    pub person: PersonId,
    pub act: String,
    pub dossier: Option<DossierId>,
    pub params: Params,
    pub hash: Digest,
}

/// The newest row: what commits, receipts and backups carry away.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Head {
    /// 0 before the first row.
    pub seq: u64,
    pub hash: Digest,
}

const BEFORE_FIRST: Head = Head {
    seq: 0,
    hash: Digest([0; 32]),
};

/// Adds a row to the chain.
pub fn append(tx: &Transaction<'_>, act: &Act<'_>, by: By) -> Result<Head, StoreError> {
    let before = head(tx)?;
    let row = Stored {
        seq: before.seq.saturating_add(1),
        at: sql::instant(by.at),
        unit: act.unit.map(|u| u.to_string()).unwrap_or_default(),
        person: by.person.to_string(),
        act: act
            .act
            .chars()
            .filter(|c| c.is_ascii_lowercase() || *c == '-')
            .collect(),
        dossier: act.dossier.map(|d| d.to_string()).unwrap_or_default(),
        params: sql::to_json("audit params", &act.params)?,
        prev: before.hash,
    };
    let hash = row.hash();
    tx.prepare_cached(
        "INSERT INTO audit
             (seq, at, unit_id, person_id, act, dossier_id, params, prev_hash, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        sql::signed(row.seq),
        row.at,
        row.unit,
        row.person,
        row.act,
        row.dossier,
        row.params,
        row.prev.hex(),
        hash.hex(),
    ])?;
    Ok(Head { seq: row.seq, hash })
}

/// The newest row's place and hash.
pub fn head(c: &Connection) -> Result<Head, StoreError> {
    let head = c
        .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?
        .query_row([], |r| {
            Ok(Head {
                seq: sql::unsigned(r, 0)?,
                hash: sql::digest(r, 1)?,
            })
        })
        .optional()?;
    Ok(head.unwrap_or(BEFORE_FIRST))
}

/// Walks the chain from row 1. [`StoreError::ChainBroken`] names the first row that does not fit:
/// edited, missing, or out of place. A cut tail shows only against a head kept elsewhere:
/// [`verify_against`].
pub fn verify(c: &Connection) -> Result<Head, StoreError> {
    walk(c, |_| true)
}

/// [`verify`], and a row that was the head once must still stand in the chain.
pub fn verify_against(c: &Connection, known: Head) -> Result<Head, StoreError> {
    let head = walk(c, |row| row.seq != known.seq || row.hash == known.hash)?;
    match known.seq > head.seq {
        true => Err(StoreError::ChainBroken {
            seq: head.seq.saturating_add(1),
        }),
        false => Ok(head),
    }
}

/// [`verify`], and the row with this hash, whose place was not kept; `None`: the chain holds without
/// it.
pub fn verify_with(c: &Connection, hash: Digest) -> Result<Option<Head>, StoreError> {
    let mut found = false;
    let head = walk(c, |row| {
        found |= row.hash == hash;
        true
    })?;
    Ok(found.then_some(head))
}

/// `fits` judges each row that chains.
fn walk(c: &Connection, mut fits: impl FnMut(Head) -> bool) -> Result<Head, StoreError> {
    let mut at = BEFORE_FIRST;
    let mut statement = c.prepare(
        "SELECT seq, at, unit_id, person_id, act, dossier_id, params, prev_hash, hash
         FROM audit ORDER BY seq",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let expected = at.seq.saturating_add(1);
        let broken = || StoreError::ChainBroken { seq: expected };
        let stored = Stored::read(row).map_err(|_| broken())?;
        let hash = sql::digest(row, 8).map_err(|_| broken())?;
        if stored.seq != expected || stored.prev != at.hash || stored.hash() != hash {
            return Err(broken());
        }
        at = Head {
            seq: stored.seq,
            hash,
        };
        if !fits(at) {
            return Err(broken());
        }
    }
    Ok(at)
}

/// The rows of one dossier, oldest first.
pub fn of_dossier(c: &Connection, dossier: DossierId) -> Result<Vec<AuditRow>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT seq, at, unit_id, person_id, act, dossier_id, params, hash
         FROM audit WHERE dossier_id = ?1 ORDER BY seq",
    )?;
    let rows = statement.query_map([dossier.to_string()], row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The newest row of an act that concerns the PC as a whole.
pub fn newest(c: &Connection, act: &str) -> Result<Option<AuditRow>, StoreError> {
    let newest = c
        .prepare_cached(
            "SELECT seq, at, unit_id, person_id, act, dossier_id, params, hash
             FROM audit WHERE dossier_id = '' AND act = ?1 ORDER BY seq DESC LIMIT 1",
        )?
        .query_row([act], row)
        .optional()?;
    Ok(newest)
}

/// Rows after `seq`, oldest first, at most `limit`.
pub fn after(c: &Connection, seq: u64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT seq, at, unit_id, person_id, act, dossier_id, params, hash
         FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    )?;
    let rows = statement.query_map(params![sql::signed(seq), limit], row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn row(r: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        seq: sql::unsigned(r, 0)?,
        at: sql::parsed(r, 1)?,
        unit: sql::parsed_or_blank(r, 2)?,
        person: sql::parsed(r, 3)?,
        act: r.get(4)?,
        dossier: sql::parsed_or_blank(r, 5)?,
        params: sql::json(r, 6)?,
        hash: sql::digest(r, 7)?,
    })
}

/// A row as its stored texts: what the hash covers.
struct Stored {
    seq: u64,
    at: String,
    unit: String,
    person: String,
    act: String,
    dossier: String,
    params: String,
    prev: Digest,
}

impl Stored {
    fn read(r: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: sql::unsigned(r, 0)?,
            at: r.get(1)?,
            unit: r.get(2)?,
            person: r.get(3)?,
            act: r.get(4)?,
            dossier: r.get(5)?,
            params: r.get(6)?,
            prev: sql::digest(r, 7)?,
        })
    }

    fn hash(&self) -> Digest {
        let text = format!(
            "hoso-audit-1\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n",
            self.seq,
            self.at,
            self.unit,
            self.person,
            self.act,
            self.dossier,
            self.params,
            self.prev
        );
        Digest::of(text.as_bytes())
    }
}
