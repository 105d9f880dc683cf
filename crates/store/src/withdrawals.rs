//! Xin rút hồ sơ: the unit's wish to have a sent dossier back, kept until the portal has it. What the
//! treasury decides comes by the feed and stands in its own column.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use hoso_domain::id::{DossierId, UnitId};

use crate::audit::{self, Act, Params};
use crate::error::StoreError;
use crate::{By, dossiers, sql};

/// How far a wish came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Waiting,
    /// The portal has it.
    Delivered,
    /// The portal did not take it.
    Refused,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Withdrawal {
    pub dossier: DossierId,
    pub unit: UnitId,
    /// For the treasury's officer, in the unit's words.
    pub reason: String,
    pub asked_at: DateTime<Utc>,
    pub outcome: Outcome,
    /// What the portal said when it refused; blank otherwise.
    pub why: String,
}

/// Keeps a wish, in place of one the portal refused; audit row `withdrawal-asked`. A wish that waits
/// or was delivered is [`StoreError::Taken`].
pub fn ask(
    tx: &Transaction<'_>,
    dossier: DossierId,
    reason: &str,
    by: By,
) -> Result<(), StoreError> {
    let changed = tx
        .prepare_cached(
            "INSERT INTO withdrawal (dossier_id, unit_id, reason, asked_at)
             SELECT id, unit_id, ?2, ?3 FROM dossier WHERE id = ?1
             ON CONFLICT (dossier_id) DO UPDATE
                 SET reason = ?2, asked_at = ?3, outcome = 'waiting', why = ''
                 WHERE outcome = 'refused'",
        )?
        .execute(params![dossier.to_string(), reason, sql::instant(by.at)])?;
    if changed == 0 {
        return Err(match of_dossier(tx, dossier)? {
            Some(_) => StoreError::Taken { what: "withdrawal" },
            None => StoreError::NotFound { what: "dossier" },
        });
    }
    noted(tx, dossier, "withdrawal-asked", reason, by)
}

/// How the portal answered; audit row `withdrawal-delivered` or `withdrawal-refused`.
pub fn settle(
    tx: &Transaction<'_>,
    dossier: DossierId,
    outcome: Outcome,
    why: &str,
    by: By,
) -> Result<(), StoreError> {
    let changed = tx
        .prepare_cached(
            "UPDATE withdrawal SET outcome = ?2, why = ?3
             WHERE dossier_id = ?1 AND outcome = 'waiting'",
        )?
        .execute(params![dossier.to_string(), sql::word(&outcome)?, why])?;
    let act = match outcome {
        Outcome::Waiting => return Ok(()),
        Outcome::Delivered => "withdrawal-delivered",
        Outcome::Refused => "withdrawal-refused",
    };
    if changed == 0 {
        return Ok(());
    }
    noted(tx, dossier, act, "", by)
}

/// Wishes of a unit the portal has not heard of yet, oldest first.
pub fn waiting(c: &Connection, unit: UnitId) -> Result<Vec<Withdrawal>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT dossier_id, unit_id, reason, asked_at, outcome, why FROM withdrawal
         WHERE unit_id = ?1 AND outcome = 'waiting' ORDER BY asked_at, dossier_id",
    )?;
    let rows = statement.query_map([unit.to_string()], row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn of_dossier(c: &Connection, dossier: DossierId) -> Result<Option<Withdrawal>, StoreError> {
    Ok(c.prepare_cached(
        "SELECT dossier_id, unit_id, reason, asked_at, outcome, why FROM withdrawal
         WHERE dossier_id = ?1",
    )?
    .query_row([dossier.to_string()], row)
    .optional()?)
}

fn noted(
    tx: &Transaction<'_>,
    dossier: DossierId,
    act: &'static str,
    reason: &str,
    by: By,
) -> Result<(), StoreError> {
    let unit = dossiers::current(tx, dossier)?.dossier.unit;
    let mut params = Params::new();
    if !reason.is_empty() {
        params.insert("reason".to_owned(), reason.to_owned());
    }
    let act = Act {
        unit: Some(unit),
        dossier: Some(dossier),
        act,
        params,
    };
    audit::append(tx, &act, by)?;
    Ok(())
}

fn row(r: &Row<'_>) -> rusqlite::Result<Withdrawal> {
    Ok(Withdrawal {
        dossier: sql::parsed(r, 0)?,
        unit: sql::parsed(r, 1)?,
        reason: r.get(2)?,
        asked_at: sql::parsed(r, 3)?,
        outcome: sql::from_word(r, 4)?,
        why: r.get(5)?,
    })
}
