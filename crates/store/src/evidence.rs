//! What is added to signatures after their revision was received: timestamps, revocation data. Each
//! addition is a `.p7s` of its own, append-only; the signature that was sent stays. Verifies none: what
//! comes here was verified.
//!
//! What is still to be added or told the portal is due: rows appear with the receipt, in its
//! transaction, and go when nothing is left to do.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use hoso_domain::digest::Digest;
use hoso_domain::id::{DossierId, UnitId};

use crate::audit::{self, Act, Params};
use crate::error::StoreError;
use crate::{By, dossiers, sql};

/// One signature of one revision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    pub dossier: DossierId,
    pub revision: u32,
    /// From 1.
    pub step: u8,
}

/// An augmented `.p7s`. It lies in [`crate::Files`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Version {
    pub place: Place,
    pub p7s: Digest,
    pub p7s_size: u64,
    pub stamped: Option<Stamp>,
    /// When the revocation list inside was issued.
    pub listed_at: Option<DateTime<Utc>>,
}

/// What a timestamp says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stamp {
    pub at: DateTime<Utc>,
    pub authority: String,
}

/// A signature with something left to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Due {
    pub place: Place,
    /// Tries that failed.
    pub tries: u32,
}

/// Adds a version, the newest from now on; audit row `evidence-added` for a new timestamp, else
/// `evidence-listed`. The same bytes again add nothing.
pub fn add(tx: &Transaction<'_>, version: &Version, by: By) -> Result<(), StoreError> {
    let Place {
        dossier,
        revision,
        step,
    } = version.place;
    let before: Option<(u32, Digest, String)> = tx
        .prepare_cached(
            "SELECT version, p7s_sha256, stamped_at FROM evidence
             WHERE dossier_id = ?1 AND revision = ?2 AND step = ?3 ORDER BY version DESC LIMIT 1",
        )?
        .query_row(params![dossier.to_string(), revision, step], |r| {
            Ok((r.get(0)?, sql::digest(r, 1)?, r.get(2)?))
        })
        .optional()?;
    let (number, stamped_before) = match before {
        Some((_, p7s, _)) if p7s == version.p7s => return Ok(()),
        Some((number, _, stamped)) => (number.saturating_add(1), stamped),
        None => (1, String::new()),
    };
    let unit = dossiers::get(tx, dossier)?.unit;
    let stamp = version.stamped.as_ref();
    let stamped = sql::instant_or_blank(stamp.map(|s| s.at));
    tx.prepare_cached(
        "INSERT INTO evidence
             (dossier_id, revision, step, version, unit_id, p7s_sha256, p7s_size, stamped_at,
              authority, listed_at, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        dossier.to_string(),
        revision,
        step,
        number,
        unit.to_string(),
        version.p7s.hex(),
        sql::signed(version.p7s_size),
        stamped,
        stamp.map(|s| s.authority.as_str()).unwrap_or_default(),
        sql::instant_or_blank(version.listed_at),
        sql::instant(by.at),
    ])?;
    let mut said = Params::from([
        ("revision".to_owned(), revision.to_string()),
        ("step".to_owned(), step.to_string()),
        ("p7s".to_owned(), version.p7s.hex()),
    ]);
    let Some(stamp) = stamp.filter(|_| stamped != stamped_before) else {
        return noted(tx, unit, dossier, "evidence-listed", said, by);
    };
    said.insert("name".to_owned(), stamp.authority.clone());
    said.insert("stamped".to_owned(), stamped);
    noted(tx, unit, dossier, "evidence-added", said, by)
}

/// The newest version of each signature of a revision that has one, in step order.
pub fn newest(c: &Connection, id: DossierId, revision: u32) -> Result<Vec<Version>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT step, p7s_sha256, p7s_size, stamped_at, authority, listed_at FROM evidence e
         WHERE dossier_id = ?1 AND revision = ?2 AND version = (
             SELECT max(version) FROM evidence m
             WHERE m.dossier_id = e.dossier_id AND m.revision = e.revision AND m.step = e.step)
         ORDER BY step",
    )?;
    let rows = statement.query_map(params![id.to_string(), revision], |r| {
        let at: Option<DateTime<Utc>> = sql::parsed_or_blank(r, 3)?;
        let authority: String = r.get(4)?;
        Ok(Version {
            place: Place {
                dossier: id,
                revision,
                step: r.get(0)?,
            },
            p7s: sql::digest(r, 1)?,
            p7s_size: sql::unsigned(r, 2)?,
            stamped: at.map(|at| Stamp { at, authority }),
            listed_at: sql::parsed_or_blank(r, 5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The signature of a unit whose turn it is at `now`: those never tried first, the newest dossier
/// before older ones.
pub fn due(c: &Connection, unit: UnitId, now: DateTime<Utc>) -> Result<Option<Due>, StoreError> {
    Ok(c.prepare_cached(
        "SELECT dossier_id, revision, step, tries FROM evidence_due
         WHERE unit_id = ?1 AND next_try <= ?2 ORDER BY next_try, dossier_id DESC LIMIT 1",
    )?
    .query_row(params![unit.to_string(), sql::instant(now)], due_row)
    .optional()?)
}

/// The first signature of a unit whose turn lies after `latest`.
pub fn beyond(
    c: &Connection,
    unit: UnitId,
    latest: DateTime<Utc>,
) -> Result<Option<Due>, StoreError> {
    Ok(c.prepare_cached(
        "SELECT dossier_id, revision, step, tries FROM evidence_due
         WHERE unit_id = ?1 AND next_try > ?2 ORDER BY next_try, dossier_id DESC LIMIT 1",
    )?
    .query_row(params![unit.to_string(), sql::instant(latest)], due_row)
    .optional()?)
}

/// When the next one of a unit has its turn, where all wait.
pub fn next_turn(c: &Connection, unit: UnitId) -> Result<Option<DateTime<Utc>>, StoreError> {
    let next = c
        .prepare_cached(
            "SELECT next_try FROM evidence_due WHERE unit_id = ?1 ORDER BY next_try LIMIT 1",
        )?
        .query_row([unit.to_string()], |r| sql::parsed_or_blank(r, 0))
        .optional()?;
    Ok(next.flatten())
}

fn due_row(r: &Row<'_>) -> rusqlite::Result<Due> {
    Ok(Due {
        place: Place {
            dossier: sql::parsed(r, 0)?,
            revision: r.get(1)?,
            step: r.get(2)?,
        },
        tries: r.get(3)?,
    })
}

/// A try failed: the next is at `next_try`. The dossier's trail hears of the first failure alone, as
/// audit row `evidence-late` with `why`.
pub fn put_off(
    tx: &Transaction<'_>,
    due: Due,
    next_try: DateTime<Utc>,
    why: &str,
    by: By,
) -> Result<(), StoreError> {
    let Place {
        dossier,
        revision,
        step,
    } = due.place;
    tx.prepare_cached(
        "UPDATE evidence_due SET tries = tries + 1, next_try = ?4
         WHERE dossier_id = ?1 AND revision = ?2 AND step = ?3",
    )?
    .execute(params![
        dossier.to_string(),
        revision,
        step,
        sql::instant(next_try)
    ])?;
    if due.tries > 0 {
        return Ok(());
    }
    let unit = dossiers::get(tx, dossier)?.unit;
    let said = Params::from([
        ("revision".to_owned(), revision.to_string()),
        ("step".to_owned(), step.to_string()),
        ("why".to_owned(), why.to_owned()),
    ]);
    noted(tx, unit, dossier, "evidence-late", said, by)
}

/// Nothing is left to do for a signature.
pub fn settle(tx: &Transaction<'_>, place: Place) -> Result<(), StoreError> {
    tx.prepare_cached(
        "DELETE FROM evidence_due WHERE dossier_id = ?1 AND revision = ?2 AND step = ?3",
    )?
    .execute(params![
        place.dossier.to_string(),
        place.revision,
        place.step
    ])?;
    Ok(())
}

fn noted(
    tx: &Transaction<'_>,
    unit: UnitId,
    dossier: DossierId,
    act: &'static str,
    params: Params,
    by: By,
) -> Result<(), StoreError> {
    let act = Act {
        unit: Some(unit),
        dossier: Some(dossier),
        act,
        params,
    };
    audit::append(tx, &act, by).map(drop)
}
