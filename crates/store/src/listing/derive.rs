//! Bringing the list up to its dossiers. `row` is the order of change: what changed goes to the end.

use chrono::{DateTime, FixedOffset, Utc};
use rusqlite::{OptionalExtension, Transaction, params};

use hoso_domain::id::DossierId;
use hoso_domain::text::fold;

use super::{stage, words};
use crate::dossiers::{self, Source};
use crate::error::StoreError;
use crate::{derived, life, revisions, sql, traces};

/// Raised when what is derived changes.
const EDITION: u32 = 2;

/// The user's day: UTC+7, whatever the machine's zone.
fn month(at: DateTime<Utc>) -> String {
    match FixedOffset::east_opt(7 * 3600) {
        Some(zone) => at.with_timezone(&zone).format("%Y-%m").to_string(),
        None => at.format("%Y-%m").to_string(),
    }
}

/// What a row says beside whose it is.
#[derive(PartialEq, Eq)]
struct Line {
    stage: String,
    form: String,
    month: String,
    folded: String,
    total: i64,
    day: String,
}

impl Line {
    fn of(source: Source<'_>) -> Self {
        let Source {
            dossier,
            state,
            word,
            summary: s,
            ..
        } = source;
        Self {
            stage: stage(state, word).to_owned(),
            form: s.form.clone(),
            month: s
                .day
                .map(|d| d.format("%Y-%m").to_string())
                .unwrap_or_else(|| month(dossier.created_at)),
            folded: format!(
                "{} {} {} {} {} {}",
                fold(&s.title),
                fold(&s.payee),
                fold(&s.number),
                s.total.get(),
                fold(&dossier.treasury_number),
                fold(&s.search)
            ),
            total: s.total.get(),
            day: revisions::day(s),
        }
    }
}

/// Brings everything derived up to a dossier that changed.
pub(crate) fn refresh(tx: &Transaction<'_>, id: DossierId) -> Result<(), StoreError> {
    let current = dossiers::current(tx, id)?;
    let word = life::word_of(tx, &current.dossier)?;
    derive(tx, current.source(&word))
}

/// [`refresh`] for who has the dossier at hand.
pub(crate) fn derive(tx: &Transaction<'_>, source: Source<'_>) -> Result<(), StoreError> {
    let id = source.dossier.id;
    let line = Line::of(source);
    let newest: i64 = tx
        .prepare_cached("SELECT coalesce(max(row), 0) FROM listing")?
        .query_row([], |r| r.get(0))?;
    // somebody types on in the dossier that changed last: its places and its words stay
    if there(tx, id)?.is_none_or(|(row, old)| row != newest || old != line) {
        remove(tx, id)?;
        put(tx, newest.saturating_add(1), source, &line)?;
    }
    traces::derive(tx, source)
}

fn there(tx: &Transaction<'_>, id: DossierId) -> Result<Option<(i64, Line)>, StoreError> {
    let found = tx
        .prepare_cached(
            "SELECT row, stage, form, month, folded, total, day FROM listing WHERE dossier_id = ?1",
        )?
        .query_row([id.to_string()], |r| {
            let line = Line {
                stage: r.get(1)?,
                form: r.get(2)?,
                month: r.get(3)?,
                folded: r.get(4)?,
                total: r.get(5)?,
                day: r.get(6)?,
            };
            Ok((r.get(0)?, line))
        })
        .optional()?;
    Ok(found)
}

fn put(tx: &Transaction<'_>, row: i64, source: Source<'_>, line: &Line) -> Result<(), StoreError> {
    let unit = source.dossier.unit;
    tx.prepare_cached(
        "INSERT INTO listing (row, dossier_id, unit_id, stage, form, month, folded, total, day)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        row,
        source.dossier.id.to_string(),
        unit.to_string(),
        line.stage,
        line.form,
        line.month,
        line.folded,
        line.total,
        line.day,
    ])?;
    tx.prepare_cached("INSERT INTO listing_text (rowid, words) VALUES (?1, ?2)")?
        .execute(params![
            row,
            words::kept(unit, &line.folded, &line.stage, &line.form, &line.month),
        ])?;
    Ok(())
}

/// A dossier is thrown away, or gets another place.
pub(crate) fn remove(tx: &Transaction<'_>, id: DossierId) -> Result<(), StoreError> {
    let row: Option<i64> = tx
        .prepare_cached("DELETE FROM listing WHERE dossier_id = ?1 RETURNING row")?
        .query_row([id.to_string()], |r| r.get(0))
        .optional()?;
    if let Some(row) = row {
        tx.prepare_cached("DELETE FROM listing_text WHERE rowid = ?1")?
            .execute([row])?;
    }
    Ok(())
}

/// Makes the list and its search anew, in the order of change.
pub fn rebuild(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute_batch(
        "DELETE FROM listing;
         INSERT INTO listing_text (listing_text) VALUES ('delete-all');",
    )?;
    let ids: Vec<DossierId> = {
        let mut statement = tx.prepare("SELECT id FROM dossier ORDER BY changed_at, id")?;
        let rows = statement.query_map([], |r| sql::parsed(r, 0))?;
        rows.collect::<Result<_, _>>()?
    };
    for (row, id) in (1i64..).zip(ids) {
        // a dossier that cannot be read is in no list
        if let Ok(current) = dossiers::described(tx, id) {
            let word = life::word_of(tx, &current.dossier)?;
            let source = current.source(&word);
            put(tx, row, source, &Line::of(source))?;
        }
    }
    Ok(())
}

/// [`rebuild`], when another edition of the rules filled the list, or none.
pub(crate) fn rebuild_if_old(tx: &Transaction<'_>) -> Result<(), StoreError> {
    derived::bring_up(tx, "listing", EDITION, rebuild)
}
