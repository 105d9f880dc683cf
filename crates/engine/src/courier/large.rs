//! What is large comes down after all that waits was sent: data packs and large results, one after
//! the other, as the settings let files go. It holds up neither the feed nor an order: what is still
//! to be brought stands in the store, and what came of it stays for the next try. The paper of a result
//! is never given up: it is the proof of a payment.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use hoso_contract::{Code, Fact};
use hoso_domain::digest::Digest;
use hoso_domain::id::{DossierId, ResultId, UnitId};
use hoso_store::audit::{self, Act};
use hoso_store::{By, Connection as Db, StoreError, Transaction, results, settings};
use hoso_sync::api::feed::{Change, Document, Item, PackNews};
use hoso_sync::api::pack::SignedPack;
use hoso_sync::{Disposition, Failure, plan};

use super::feed::dossier_is_known;
use super::lane::{Lane, Stop};
use super::permit::{SMALL, withheld};
use crate::clock;
use crate::error::Error;
use crate::open::{key, read_settings};
use crate::packs;

/// A file the feed told of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Large {
    Pack(PackNews),
    Result {
        dossier: DossierId,
        document: Document,
    },
}

impl Large {
    fn sha256(&self) -> Digest {
        match self {
            Self::Pack(news) => news.sha256,
            Self::Result { document, .. } => document.sha256,
        }
    }

    fn size(&self) -> u64 {
        match self {
            Self::Pack(news) => news.size,
            Self::Result { document, .. } => document.size,
        }
    }
}

/// How often a file is asked for that the portal refuses, or of which only nonsense comes. A pack is then
/// given up. A result that is refused is asked for on and on; of one that comes spoiled each try costs all
/// its bytes: it waits for the next start, link-up or "Gửi ngay".
const TRIES: u32 = 5;

/// How long a file that could not be brought is left alone.
pub(super) struct Rest {
    failures: u32,
    /// `None`: until something wakes the courier.
    until: Option<DateTime<Utc>>,
}

impl Rest {
    fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.until.is_some_and(|at| !plan::is_ahead(now, at))
    }
}

/// Whether a document comes after the status that names it.
pub(super) fn follows(document: &Document) -> bool {
    document.size > SMALL
}

/// Notes what a page of the feed tells of and did not come with it, in the transaction of its cursor:
/// what is large, and what would not come.
pub(super) fn note(tx: &Transaction<'_>, unit: UnitId, items: &[Change]) -> Result<(), StoreError> {
    let before = waiting(tx, unit)?;
    let mut all = before.clone();
    for change in items {
        match &change.item {
            Item::Pack(news) => {
                // a later one of the same name takes its place
                all.retain(|large| !matches!(large, Large::Pack(old) if old.id == news.id));
                all.push(Large::Pack(news.clone()));
            }
            Item::Dossier(status) if dossier_is_known(tx, status.dossier)? => {
                let have = results::of_dossier(tx, status.dossier)?;
                for document in &status.documents {
                    let large = Large::Result {
                        dossier: status.dossier,
                        document: document.clone(),
                    };
                    let here = have.iter().any(|h| h.sha256 == document.sha256);
                    if !here && !all.contains(&large) {
                        all.push(large);
                    }
                }
            }
            _ => {}
        }
    }
    match all == before {
        true => Ok(()),
        false => settings::put(tx, Some(unit), key::LARGE, &all),
    }
}

fn waiting(db: &Db, unit: UnitId) -> Result<Vec<Large>, StoreError> {
    Ok(settings::get(db, Some(unit), key::LARGE)?.unwrap_or_default())
}

/// Documents of a dossier the treasury told of that are still to be brought.
pub(crate) fn awaited(db: &Db, unit: UnitId, of: DossierId) -> Result<Vec<Document>, StoreError> {
    let all = waiting(db, unit)?.into_iter();
    Ok(all
        .filter_map(|large| match large {
            Large::Result { dossier, document } if dossier == of => Some(document),
            _ => None,
        })
        .collect())
}

fn forget(tx: &Transaction<'_>, unit: UnitId, large: &Large) -> Result<(), StoreError> {
    let mut all = waiting(tx, unit)?;
    all.retain(|other| other != large);
    settings::put(tx, Some(unit), key::LARGE, &all)
}

impl Lane {
    /// Brings what may come now. Whoever has an order drops this and comes back later.
    pub(super) async fn bring_large(&self) {
        loop {
            let next = match self.next_large() {
                Ok(Some(next)) => next,
                Ok(None) => return,
                Err(error) => {
                    return tracing::error!(%error, "what is still to be brought could not be read");
                }
            };
            let brought = tokio::select! {
                brought = self.bring(&next) => brought,
                () = self.until_shut() => return,
            };
            match brought {
                Ok(()) => self.end_rest(&next),
                Err(stop) => {
                    self.begin_rest(&next, &stop);
                    match stop {
                        Stop::Link(failure) if failure.stops_the_pass() => {
                            return tracing::info!(%failure, "a large file waits for the line");
                        }
                        Stop::Link(failure) | Stop::Feed(failure) => {
                            tracing::warn!(%failure, "a large file could not be brought yet");
                        }
                        Stop::Own(error) => {
                            tracing::error!(%error, "a large file could not be stored");
                        }
                    }
                }
            }
        }
    }

    /// The smallest that neither rests nor is withheld.
    fn next_large(&self) -> Result<Option<Large>, Error> {
        let (unit, now) = (self.unit.id, self.now());
        let (settings, waiting) = self
            .shared
            .store
            .read(|db| Ok((read_settings(db)?, waiting(db, unit)?)))?;
        let rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        let may_come = |large: &Large| {
            let rested = rests
                .get(&large.sha256())
                .is_none_or(|rest| rest.is_over(now));
            rested && withheld(&settings, large.size(), now).is_none()
        };
        let all = waiting.into_iter().filter(may_come);
        Ok(all.min_by_key(Large::size))
    }

    fn failures(&self, large: &Large) -> u32 {
        let rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        rests.get(&large.sha256()).map_or(0, |rest| rest.failures)
    }

    fn begin_rest(&self, large: &Large, stop: &Stop) {
        let failures = self.failures(large).saturating_add(1);
        let spoiled = matches!(stop, Stop::Link(Failure::Nonsense { .. }));
        let costly = spoiled && failures >= TRIES && matches!(large, Large::Result { .. });
        let until = (!costly).then(|| self.rest(failures, None));
        let mut rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        rests.insert(large.sha256(), Rest { failures, until });
    }

    fn end_rest(&self, large: &Large) {
        let mut rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        rests.remove(&large.sha256());
    }

    /// What rested may be tried once more, with the failures it had.
    pub(super) fn wake_rests(&self) {
        let mut rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        for rest in rests.values_mut() {
            rest.until = Some(self.now());
        }
    }

    /// Brings a file, or leaves a pack be for good where it cannot be had.
    async fn bring(&self, large: &Large) -> Result<(), Stop> {
        if self.is_here(large)? {
            let (unit, done) = (self.unit.id, large.clone());
            let store = &self.shared.store;
            return Ok(store.write(move |tx| forget(tx, unit, &done))?);
        }
        let mut parts = self.parts.lock().await;
        let part = parts.entry(large.sha256()).or_default();
        let fetched = match large {
            Large::Pack(news) => self.portal.pack(news, part).await,
            Large::Result { document, .. } => {
                self.portal.document(document, part, &mut |_, _| {}).await
            }
        };
        match (fetched, large) {
            (Ok(()), _) => self.store_large(large, part.bytes())?,
            (Err(failure), Large::Pack(news))
                if its_own(&failure) && self.failures(large) >= TRIES =>
            {
                tracing::warn!(%failure, "a pack cannot be had");
                self.store_pack(large, PackHeard::refused(news, Code::PackMalformed))?;
            }
            (Err(failure), _) => return Err(Stop::Link(failure)),
        }
        parts.remove(&large.sha256());
        Ok(())
    }

    /// Another unit of this PC may have brought the same pack.
    fn is_here(&self, large: &Large) -> Result<bool, Error> {
        let Large::Pack(news) = large else {
            return Ok(false);
        };
        let kept = self.shared.store.read(packs::kept)?;
        let mut digests = kept.iter().map(|pack| Digest::of(&pack.to_bytes()));
        Ok(digests.any(|digest| digest == news.sha256))
    }

    /// Stores what came, and that it is not waited for any more.
    fn store_large(&self, large: &Large, bytes: &[u8]) -> Result<(), Error> {
        match large {
            Large::Pack(news) => self.store_pack(large, self.take_pack(news, bytes)),
            Large::Result { dossier, document } => {
                let (unit, done) = (self.unit.id, large.clone());
                let kept = self.keep(*dossier, document, bytes)?;
                self.shared.store.write(move |tx| {
                    results::add_told(tx, &kept, ResultId(clock::new_id()))?;
                    forget(tx, unit, &done)
                })?;
                self.changed(*dossier);
                // whoever shows what the portal brought looks again
                (self.shared.tell)(Fact::ResultsChanged);
                Ok(())
            }
        }
    }

    /// The end of waiting for a pack, taken in or not.
    fn store_pack(&self, large: &Large, heard: PackHeard) -> Result<(), Error> {
        let (unit, by, done) = (self.unit.id, self.by(), large.clone());
        self.shared.store.write(move |tx| {
            keep_pack(tx, &heard, unit, by)?;
            forget(tx, unit, &done)
        })?;
        (self.shared.tell)(Fact::SessionChanged);
        (self.shared.tell)(Fact::ResultsChanged);
        Ok(())
    }

    /// Takes a pack in; one that is refused is noted in Nhật ký.
    fn take_pack(&self, news: &PackNews, bytes: &[u8]) -> PackHeard {
        let taken = SignedPack::from_bytes(bytes)
            .ok_or_else(|| Error::from(Code::PackMalformed))
            .and_then(|signed| {
                let (pack, signer) = packs::open(&signed, &[&self.shared.connection.receipt_ca])?;
                packs::take_in(&pack, signer)?;
                Ok(signed)
            });
        match taken {
            Ok(signed) => PackHeard {
                id: news.id.clone(),
                name: news.name.clone(),
                taken: Ok(signed),
            },
            Err(error) => PackHeard::refused(news, error.worded().code),
        }
    }
}

/// Whether a failure may lie in the file itself: the portal refuses it, or other bytes come. All else
/// passes with time.
fn its_own(failure: &Failure) -> bool {
    let passes =
        failure.stops_the_pass() || matches!(failure.disposition(), Disposition::Retry { .. });
    matches!(failure, Failure::Nonsense { .. }) || !passes
}

/// A data pack the feed told of: taken in, or refused and why.
struct PackHeard {
    id: String,
    name: String,
    taken: Result<SignedPack, Code>,
}

impl PackHeard {
    fn refused(news: &PackNews, why: Code) -> Self {
        Self {
            id: news.id.clone(),
            name: news.name.clone(),
            taken: Err(why),
        }
    }
}

/// Keeps a pack that was taken in, so that the next start has it too, and notes what happened.
fn keep_pack(
    tx: &Transaction<'_>,
    heard: &PackHeard,
    unit: UnitId,
    by: By,
) -> Result<(), StoreError> {
    let mut params = BTreeMap::from([
        ("id".to_owned(), heard.id.clone()),
        ("name".to_owned(), heard.name.clone()),
    ]);
    let act = match &heard.taken {
        Ok(signed) => {
            if packs::kept(tx)?.contains(signed) {
                return Ok(());
            }
            packs::keep(tx, signed)?;
            "pack-added"
        }
        Err(why) => {
            params.insert("reason".to_owned(), why.as_str().to_owned());
            "pack-refused"
        }
    };
    let act = Act {
        unit: Some(unit),
        act,
        dossier: None,
        params,
    };
    audit::append(tx, &act, by).map(|_| ())
}
