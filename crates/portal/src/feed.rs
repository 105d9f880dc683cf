//! The feed of a unit: rows appended in the transaction of the move they tell of.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hoso_domain::id::UnitId;
use hoso_portal_api::feed::{Change, Changes, Item, MAX_LIMIT, MAX_WAIT};
use hoso_portal_api::problem::Kind;
use rusqlite::Transaction;

use crate::db;
use crate::fault::Fault;
use crate::portal::Portal;

/// Appends a row; its sequence is allocated here, per unit, without gaps. Rows that were replaced
/// and are older than `kept` go.
pub(crate) fn append(
    tx: &Transaction<'_>,
    unit: UnitId,
    at: DateTime<Utc>,
    kept: TimeDelta,
    item: &Item,
) -> Result<(), Fault> {
    let seq: i64 = tx.query_row(
        "UPDATE unit SET feed_seq = feed_seq + 1 WHERE unit_id = ?1 RETURNING feed_seq",
        [unit.to_string()],
        |r| r.get(0),
    )?;
    tx.execute(
        "INSERT INTO feed (unit_id, seq, at, key, item) VALUES (?1, ?2, ?3, ?4, ?5)",
        (
            unit.to_string(),
            seq,
            db::stamp(at),
            key(item)?,
            db::to_json(item)?,
        ),
    )?;
    compact(tx, unit, at - kept)
}

/// What a row is of: a newer row with the same key replaces it.
fn key(item: &Item) -> Result<String, Fault> {
    match item {
        Item::Dossier(status) => Ok(format!("dossier:{}", status.dossier)),
        Item::Balance(balance) => Ok(format!("balance:{}", balance.account)),
        Item::Movement(movement) => Ok(format!("movement:{}", movement.id)),
        Item::Estimate(e) => Ok(format!(
            "estimate:{}:{}:{}:{}",
            e.year, e.source, e.sector, e.programme
        )),
        Item::Notice(notice) => Ok(format!("notice:{}", notice.id)),
        Item::Pack(pack) => Ok(format!("pack:{}", pack.id)),
        Item::Certificate(word) => Ok(format!("certificate:{}", word.sha256)),
        Item::Unknown => Err(Fault::internal("an item of no kind", "unknown item")),
    }
}

/// Removes replaced rows told before `until`; cursors below the last one removed are gone.
fn compact(tx: &Transaction<'_>, unit: UnitId, until: DateTime<Utc>) -> Result<(), Fault> {
    let mut statement = tx.prepare(
        "DELETE FROM feed WHERE unit_id = ?1 AND at < ?2 AND EXISTS
             (SELECT 1 FROM feed AS newer WHERE newer.unit_id = feed.unit_id
                 AND newer.key = feed.key AND newer.seq > feed.seq)
         RETURNING seq",
    )?;
    let removed = statement.query_map((unit.to_string(), db::stamp(until)), |r| r.get(0))?;
    let mut floor: u64 = 0;
    for seq in removed {
        floor = floor.max(seq?);
    }
    tx.execute(
        "UPDATE unit SET feed_floor = MAX(feed_floor, ?2) WHERE unit_id = ?1",
        (unit.to_string(), floor),
    )?;
    Ok(())
}

/// Where a unit's feed stands.
pub(crate) struct Stand {
    /// The last sequence given out.
    pub(crate) seq: u64,
    /// The last sequence removed; a cursor below it would miss moves.
    floor: u64,
}

pub(crate) fn last(tx: &Transaction<'_>, unit: UnitId) -> Result<Stand, Fault> {
    Ok(tx.query_row(
        "SELECT feed_seq, feed_floor FROM unit WHERE unit_id = ?1",
        [unit.to_string()],
        |r| {
            Ok(Stand {
                seq: r.get(0)?,
                floor: r.get(1)?,
            })
        },
    )?)
}

pub(crate) fn cursor(epoch: &str, seq: u64) -> String {
    format!("{epoch}-{seq}")
}

/// A place in the feed.
#[derive(Clone, Copy)]
struct Position {
    after: u64,
    /// Read from the beginning, so that nothing removed is missed.
    whole: bool,
}

/// How long a waiting poll goes without looking.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

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
            // what another process wrote (`hoso-portal pack`) makes no news here
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

fn gone() -> Fault {
    Fault::new(Kind::CursorGone, "read the snapshot")
}

fn position(portal: &Portal, cursor: &str) -> Result<Position, Fault> {
    if cursor.is_empty() {
        return Ok(Position {
            after: 0,
            whole: true,
        });
    }
    let (epoch, seq) = cursor.split_once('-').ok_or_else(gone)?;
    if epoch != portal.0.config.epoch {
        return Err(gone());
    }
    let whole = seq.starts_with(WHOLE);
    let after = seq.trim_start_matches(WHOLE).parse().map_err(|_| gone())?;
    Ok(Position { after, whole })
}

/// Marks a cursor among removed rows that was reached from the beginning.
const WHOLE: char = 'w';

async fn page(portal: &Portal, unit: UnitId, at: Position, limit: u32) -> Result<Changes, Fault> {
    let Position { after, whole } = at;
    let (epoch, now) = (portal.0.config.epoch.clone(), portal.now());
    let found = portal
        .0
        .db
        .call(move |tx| {
            let stand = last(tx, unit)?;
            // A cursor ahead of the feed comes from a portal that was restored since.
            if after > stand.seq || (after < stand.floor && !whole) {
                return Err(gone());
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
                next: match next < stand.floor {
                    true => format!("{epoch}-{WHOLE}{next}"),
                    false => cursor(&epoch, next),
                },
                up_to_date: next == stand.seq,
                items,
                server_time: now,
            })
        })
        .await?;
    // `hoso-portal pack` is another process: who hears of a pack here may send what it made
    if found.items.iter().any(|c| matches!(c.item, Item::Pack(_))) {
        let portal = portal.clone();
        tokio::task::spawn_blocking(move || crate::pack::take_kept(&portal.0.root, &portal.0.seal))
            .await
            .map_err(|e| Fault::internal("a task of packs failed", e))?
            .map_err(|e| Fault::internal("a data pack cannot be taken in", e))?;
    }
    Ok(found)
}
