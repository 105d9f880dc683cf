//! The feed of a unit: rows appended in the transaction of the move they tell of.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hoso_domain::id::UnitId;
use hoso_portal_api::feed::{Change, Changes, Item, MAX_LIMIT, MAX_WAIT};
use hoso_portal_api::problem::Kind;
use rusqlite::Transaction;

use crate::db;
use crate::fault::Fault;
use crate::portal::Portal;

/// Appends a row; its sequence is allocated here, per unit, without gaps.
pub(crate) fn append(
    tx: &Transaction<'_>,
    unit: UnitId,
    at: DateTime<Utc>,
    item: &Item,
) -> Result<(), Fault> {
    let seq: i64 = tx.query_row(
        "UPDATE unit SET feed_seq = feed_seq + 1 WHERE unit_id = ?1 RETURNING feed_seq",
        [unit.to_string()],
        |r| r.get(0),
    )?;
    tx.execute(
        "INSERT INTO feed (unit_id, seq, at, item) VALUES (?1, ?2, ?3, ?4)",
        (unit.to_string(), seq, db::stamp(at), db::to_json(item)?),
    )?;
    Ok(())
}

/// What came after `cursor`; waits up to `wait` seconds when there is nothing.
pub(crate) async fn changes(
    portal: &Portal,
    unit: UnitId,
    cursor: &str,
    limit: u32,
    wait: u32,
) -> Result<Changes, Fault> {
    let after = position(portal, cursor)?;
    let limit = limit.clamp(1, MAX_LIMIT);
    let deadline = tokio::time::sleep(Duration::from_secs(u64::from(wait.min(MAX_WAIT))));
    tokio::pin!(deadline);
    let mut news = portal.0.news.subscribe();
    loop {
        news.mark_unchanged();
        let found = page(portal, unit, after, limit).await?;
        if !found.items.is_empty() || wait == 0 {
            return Ok(found);
        }
        tokio::select! {
            () = &mut deadline => return Ok(found),
            // The sender lives as long as the portal.
            _ = news.changed() => {}
        }
    }
}

fn position(portal: &Portal, cursor: &str) -> Result<u64, Fault> {
    if cursor.is_empty() {
        return Ok(0);
    }
    let gone = || Fault::new(Kind::CursorGone, "begin without a cursor");
    let (epoch, seq) = cursor.split_once('-').ok_or_else(gone)?;
    if epoch != portal.0.config.epoch {
        return Err(gone());
    }
    seq.parse().map_err(|_| gone())
}

async fn page(portal: &Portal, unit: UnitId, after: u64, limit: u32) -> Result<Changes, Fault> {
    let (epoch, now) = (portal.0.config.epoch.clone(), portal.now());
    portal
        .0
        .db
        .call(move |tx| {
            let last: u64 = tx.query_row(
                "SELECT feed_seq FROM unit WHERE unit_id = ?1",
                [unit.to_string()],
                |r| r.get(0),
            )?;
            // A cursor ahead of the feed comes from a portal that was restored since.
            if after > last {
                return Err(Fault::new(Kind::CursorGone, "begin without a cursor"));
            }
            let mut statement = tx.prepare(
                "SELECT seq, at, item FROM feed WHERE unit_id = ?1 AND seq > ?2
                 ORDER BY seq LIMIT ?3",
            )?;
            let rows = statement.query_map((unit.to_string(), after, limit), |r| {
                Ok((
                    r.get::<_, u64>(0)?,
                    r.get::<_, String>(1)?,
                    r.get::<_, String>(2)?,
                ))
            })?;
            let mut items = Vec::new();
            for row in rows {
                let (seq, at, item) = row?;
                items.push(Change {
                    seq,
                    at: db::time(&at)?,
                    item: db::json(&item)?,
                });
            }
            let next = items.last().map_or(after, |c| c.seq);
            Ok(Changes {
                next: format!("{epoch}-{next}"),
                up_to_date: next == last,
                items,
                server_time: now,
            })
        })
        .await
}
