//! Fetching the revocation lists the connection file names, and looking at them before a dossier goes.
//!
//! Refuses to hold anything up: an address that does not answer soon is left for the next hour, and
//! what the lists say is told, not obeyed.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use hoso_domain::id::DossierId;
use hoso_proof::revocation::RevocationList;
use hoso_store::revocation::{self, List};
use hoso_sync::List as Fetched;
use hoso_sync::plan::Permit;

use super::lane::Lane;
use crate::error::Error;

/// All addresses together may take so long.
const PATIENCE: Duration = Duration::from_secs(8);
/// Between two tries, and between two questions whether there is a newer list.
const AGAIN: TimeDelta = TimeDelta::hours(1);
const DAILY: TimeDelta = TimeDelta::hours(20);

impl Lane {
    /// Before a dossier goes: says in its trail whose certificate is revoked, as far as that can be
    /// known soon.
    pub(super) async fn look_up_signers(&self, id: DossierId) {
        if self.shared.connection.revocation_lists.is_empty() {
            return;
        }
        self.refresh_lists().await;
        if let Err(error) = self.tell_revoked(id) {
            tracing::error!(%error, "what the revocation lists say could not be noted");
        }
    }

    fn tell_revoked(&self, id: DossierId) -> Result<(), Error> {
        let store = &self.shared.store;
        let lists = crate::revocation::kept(store, self.unit.id)?;
        let trust = crate::connection::signers(&self.shared.connection)?;
        if crate::revocation::note_revoked(store, id, &lists, &trust, self.by())? {
            self.changed(id);
        }
        Ok(())
    }

    /// Fetches the lists that are not current or were not asked for today. Never fails: what is kept
    /// counts until there is better.
    pub(super) async fn refresh_lists(&self) {
        let now = self.now();
        let mut rests = self.lists_asked.lock().await;
        if rests.is_some_and(|at| (now - at).abs() < AGAIN) || self.link.permit != Permit::All {
            return;
        }
        let asked = tokio::time::timeout(PATIENCE, self.fetch_lists(now)).await;
        match asked {
            Ok(Ok(false)) => return,
            Ok(Ok(true)) => {}
            Ok(Err(error)) => tracing::info!(%error, "a revocation list could not be kept"),
            Err(_) => tracing::info!("the revocation lists took too long"),
        }
        *rests = Some(now);
    }

    /// Whether any address was asked.
    async fn fetch_lists(&self, now: DateTime<Utc>) -> Result<bool, Error> {
        let (unit, store) = (self.unit.id, &self.shared.store);
        let kept = store.read(|db| revocation::all(db, unit))?;
        let mut asked = false;
        for url in &self.shared.connection.revocation_lists {
            let known = kept.iter().find(|list| list.url == *url);
            let fresh = known.is_some_and(|list| {
                list.next_at.is_none_or(|next| now <= next) && (now - list.asked_at).abs() < DAILY
            });
            if fresh {
                continue;
            }
            asked = true;
            let etag = known.map(|list| list.etag.as_str()).unwrap_or_default();
            let list = match (self.portal.list(url, etag).await, known) {
                (Ok(Fetched::Unchanged), Some(known)) => List {
                    asked_at: now,
                    ..known.clone()
                },
                (Ok(Fetched::New { bytes, etag }), _) => {
                    match self.taken(url, &bytes, etag, now)? {
                        Some(list) => list,
                        None => continue,
                    }
                }
                (Ok(Fetched::Unchanged), None) => continue,
                (Err(failure), _) => {
                    tracing::info!(%failure, url, "a revocation list was not brought");
                    continue;
                }
            };
            store.write(move |tx| revocation::put(tx, unit, &list))?;
        }
        Ok(asked)
    }

    /// A list that is one, and of today; who signed it is looked at wherever it is used.
    fn taken(
        &self,
        url: &str,
        bytes: &[u8],
        etag: String,
        now: DateTime<Utc>,
    ) -> Result<Option<List>, Error> {
        let list = match RevocationList::read(bytes) {
            Ok(list) if list.current(now) => list,
            Ok(list) => {
                tracing::info!(url, issued = %list.issued_at(), "the list is not of today");
                return Ok(None);
            }
            Err(error) => {
                tracing::info!(%error, url, "what came is no revocation list");
                return Ok(None);
            }
        };
        Ok(Some(List {
            url: url.to_owned(),
            etag,
            sha256: self.shared.store.files().put_bytes(list.der())?,
            size: list.der().len() as u64,
            issued_at: list.issued_at(),
            next_at: list.next_at(),
            asked_at: now,
        }))
    }
}
