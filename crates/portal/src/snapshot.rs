//! The state of everything a unit's feed tells of, for a reader whose cursor is gone or who never
//! had one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hoso_domain::id::{DossierId, UnitId};
use hoso_portal_api::feed::{Change, DossierStatus, Item, MAX_LIMIT, Snapshot};
use hoso_portal_api::problem::Kind;
use rusqlite::Transaction;

use crate::fault::Fault;
use crate::portal::Portal;
use crate::standing::{documents, standing};
use crate::{db, feed};

/// Where a page begins, and where the feed stood when the first page was read.
struct Page {
    after: String,
    feed: u64,
}

/// A page of the unit's state; `page` is empty for the first.
pub(crate) async fn snapshot(
    portal: &Portal,
    unit: UnitId,
    page: &str,
    limit: u32,
) -> Result<Snapshot, Fault> {
    let begun = read(portal, page)?;
    let (epoch, now) = (portal.0.config.epoch.clone(), portal.now());
    let limit = usize::try_from(limit.clamp(1, MAX_LIMIT)).unwrap_or(1);
    portal
        .0
        .db
        .call(move |tx| {
            let page = match begun {
                Some(page) => page,
                None => Page {
                    after: String::new(),
                    feed: feed::last(tx, unit)?.seq,
                },
            };
            let mut keys = keys(tx, unit, &page.after, limit.saturating_add(1))?;
            let more = keys.len() > limit;
            keys.truncate(limit);
            let next = match keys.last() {
                Some((key, _)) if more => {
                    let key = URL_SAFE_NO_PAD.encode(key);
                    Some(format!("{epoch}-{}-{key}", page.feed))
                }
                _ => None,
            };
            let mut items = Vec::new();
            for (key, told) in keys {
                items.push(match key.strip_prefix(DOSSIER) {
                    Some(id) => dossier(tx, db::id(id)?, told)?,
                    None => told.ok_or_else(|| Fault::internal("a key without a row", key))?,
                });
            }
            Ok(Snapshot {
                items,
                next,
                cursor: feed::cursor(&epoch, page.feed),
                server_time: now,
            })
        })
        .await
}

/// How the keys of dossiers begin in the feed.
const DOSSIER: &str = "dossier:";

fn read(portal: &Portal, page: &str) -> Result<Option<Page>, Fault> {
    if page.is_empty() {
        return Ok(None);
    }
    let gone = || Fault::new(Kind::CursorGone, "begin the snapshot again");
    let mut parts = page.splitn(3, '-');
    let (epoch, feed, key) = (parts.next(), parts.next(), parts.next());
    let after = key
        .and_then(|k| URL_SAFE_NO_PAD.decode(k).ok())
        .and_then(|k| String::from_utf8(k).ok());
    let feed = feed.and_then(|f| f.parse().ok());
    match (epoch == Some(&portal.0.config.epoch), feed, after) {
        (true, Some(feed), Some(after)) => Ok(Some(Page { after, feed })),
        _ => Err(gone()),
    }
}

type Keyed = (String, Option<Change>);

/// Everything after `after`, with the newest row told of it.
fn keys(tx: &Transaction<'_>, unit: UnitId, after: &str, most: usize) -> Result<Vec<Keyed>, Fault> {
    let mut statement = tx.prepare(
        "WITH thing AS (
             SELECT 'dossier:' || dossier_id AS key FROM dossier WHERE unit_id = ?1
             UNION SELECT key FROM feed WHERE unit_id = ?1)
         SELECT thing.key, feed.seq, feed.at, feed.item FROM thing
         LEFT JOIN feed ON feed.unit_id = ?1 AND feed.key = thing.key AND feed.seq =
             (SELECT MAX(seq) FROM feed WHERE unit_id = ?1 AND key = thing.key)
         WHERE thing.key > ?2 ORDER BY thing.key LIMIT ?3",
    )?;
    let rows = statement.query_map((unit.to_string(), after, most), |r| {
        let told: Option<(u64, String, String)> = match r.get(1)? {
            Some(seq) => Some((seq, r.get(2)?, r.get(3)?)),
            None => None,
        };
        Ok((r.get::<_, String>(0)?, told))
    })?;
    let mut out = Vec::new();
    for row in rows {
        let (key, told) = row?;
        let told = match told {
            Some((seq, at, item)) => Some(Change {
                seq,
                at: db::time(&at)?,
                item: db::json(&item)?,
            }),
            None => None,
        };
        out.push((key, told));
    }
    Ok(out)
}

/// Where a dossier stands now, with every result it ever had.
fn dossier(tx: &Transaction<'_>, id: DossierId, told: Option<Change>) -> Result<Change, Fault> {
    let at = standing(tx, id)?.ok_or_else(|| Fault::new(Kind::DossierUnknown, ""))?;
    let (seq, time) = told.as_ref().map_or((0, at.received_at), |t| (t.seq, t.at));
    let words = match told.map(|t| t.item) {
        // A revision that came since makes the words on the one before it old.
        Some(Item::Dossier(words)) if words.status == at.status => Some(words),
        _ => None,
    };
    let (text, remarks) = words.map(|w| (w.text, w.remarks)).unwrap_or_default();
    let appointment = at.appointment()?;
    let item = Item::Dossier(DossierStatus {
        dossier: id,
        version: at.version,
        revision: at.revision,
        status: at.status,
        treasury_number: at.treasury_number,
        appointment,
        text,
        remarks,
        documents: documents(tx, id)?,
    });
    Ok(Change {
        seq,
        at: time,
        item,
    })
}
