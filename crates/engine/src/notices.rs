//! Thông báo of the treasury that belong to no dossier: kept as the feed told them, word for word,
//! until somebody marks them read and after. Judges nothing and throws nothing away.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use hoso_contract::view::NoticeView;
use hoso_domain::id::{ResultId, UnitId};
use hoso_store::{Connection as Db, StoreError, Transaction, feed, settings};
use hoso_sync::api::feed::{Change, Item, Notice};

use crate::open::key;

/// How the keys of notices begin among the kept items.
const PREFIX: &str = "notice:";

/// Keeps a notice as it came; the same one twice is once.
pub fn keep(
    tx: &Transaction<'_>,
    unit: UnitId,
    notice: &Notice,
    change: &Change,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    match serde_json::to_string(change) {
        Ok(body) => {
            let key = format!("{PREFIX}{}", notice.id);
            feed::keep(tx, unit, &key, change.seq, &body, at)?;
        }
        Err(error) => tracing::error!(%error, seq = change.seq, "a notice cannot be written down"),
    }
    Ok(())
}

/// All notices of a unit, newest first; of one that was told anew the newest words.
pub fn all(db: &Db, unit: UnitId) -> Result<Vec<NoticeView>, StoreError> {
    let read = read(db, unit)?;
    let mut seen = BTreeSet::new();
    let mut notices = Vec::new();
    for kept in feed::kept(db, unit, PREFIX)? {
        let Ok(Change {
            at,
            item: Item::Notice(notice),
            ..
        }) = serde_json::from_str(&kept.body)
        else {
            tracing::error!(key = kept.key, "a kept notice cannot be read");
            continue;
        };
        if seen.insert(notice.id) {
            notices.push(NoticeView {
                id: notice.id,
                title: notice.title,
                text: notice.text,
                at,
                unread: !read.contains(&notice.id),
            });
        }
    }
    Ok(notices)
}

pub fn mark_read(tx: &Transaction<'_>, unit: UnitId, id: ResultId) -> Result<(), StoreError> {
    let mut read = read(tx, unit)?;
    if read.insert(id) {
        settings::put(tx, Some(unit), key::NOTICES_READ, &read)?;
    }
    Ok(())
}

fn read(db: &Db, unit: UnitId) -> Result<BTreeSet<ResultId>, StoreError> {
    Ok(settings::get(db, Some(unit), key::NOTICES_READ)?.unwrap_or_default())
}
