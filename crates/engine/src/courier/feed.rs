//! Reading the feed: items and cursor in one transaction, documents before the items that name
//! them, so that what the window shows can be opened. What is large follows later (`large`): no
//! decision waits for it, and no dossier. So does what would not come with its item.

use std::collections::BTreeSet;
use std::sync::PoisonError;
use std::time::Duration;

use hoso_contract::Fact;
use hoso_domain::finding::Place;
use hoso_domain::id::{DossierId, ResultId};
use hoso_proof::{Container, Trust, verify};
use hoso_store::feed::{self, Balance};
use hoso_store::life::{self, Word};
use hoso_store::results::{self, ResultDocument};
use hoso_store::{Connection as Db, StoreError, Transaction, dossiers};
use hoso_sync::api::feed::{Change, Document, DossierStatus, Item};
use hoso_sync::failure::Stage;
use hoso_sync::{Failure, Feed};

use super::lane::{Lane, Stop};
use super::{books, large};
use crate::clock;
use crate::error::Error;
use crate::notices;
use crate::renewal;

/// How often a cursor that is gone may send us to the snapshot in one reading.
const RESTARTS: u32 = 2;
/// How often a document that fails is asked for before its status is taken over without it.
const TRIES: u32 = 5;

/// Whether a reading of the feed brought anything that was not there before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum News {
    Nothing,
    Something,
}

impl Lane {
    /// Reads until nothing more is there; the first question may be held open for `wait`.
    pub(super) async fn read_feed(&self, wait: Duration) -> Result<News, Stop> {
        let unit = self.unit.id;
        let known = self.shared.store.read(|db| feed::cursor(db, unit))?;
        let mut cursor = known.map(|(cursor, _)| cursor).unwrap_or_default();
        let (mut wait, mut restarts, mut news) = (wait, 0, News::Nothing);
        let mut seen = BTreeSet::from([cursor.clone()]);
        loop {
            let page = match self.portal.changes(&cursor, wait).await {
                Ok(Feed::Page(page)) => page,
                Ok(Feed::Gone) if restarts < RESTARTS => {
                    restarts += 1;
                    cursor = self.read_snapshot().await?;
                    seen = BTreeSet::from([cursor.clone()]);
                    continue;
                }
                // gone as soon as it was given: not the link's fault, nor that of what waits
                Ok(Feed::Gone) => {
                    let what = "a cursor is gone as soon as it is given";
                    return Err(Stop::reading(Failure::Nonsense { what }));
                }
                Err(failure) => return Err(Stop::reading(failure)),
            };
            #[cfg(feature = "planted-faults")]
            if self.shared.planted(super::Planted::CursorFirst) {
                let (next, at) = (page.next.clone(), self.now());
                self.shared
                    .store
                    .write(move |tx| feed::set_cursor(tx, unit, &next, at))?;
            }
            let documents = self.all_documents(&page.items).await?;
            self.store_page(&page.items, documents, Some(&page.next))?;
            self.reached();
            // some portals, and caches before them, answer with the same page for ever
            if !page.items.is_empty() && page.next != cursor {
                news = News::Something;
            }
            if page.up_to_date {
                return Ok(news);
            }
            if !seen.insert(page.next.clone()) {
                let what = "more is to come after a cursor that was read already";
                return Err(Stop::reading(Failure::Nonsense { what }));
            }
            cursor = page.next;
            wait = Duration::ZERO;
        }
    }

    /// The state of everything, page by page; answers the cursor, which is stored with the last page
    /// and not before.
    async fn read_snapshot(&self) -> Result<String, Stop> {
        let mut page = String::new();
        let mut seen = BTreeSet::from([page.clone()]);
        loop {
            let read = self.portal.snapshot(&page).await.map_err(Stop::reading)?;
            let documents = self.all_documents(&read.items).await?;
            let last = read.next.is_none().then_some(read.cursor.as_str());
            self.store_page(&read.items, documents, last)?;
            match read.next {
                Some(next) if seen.insert(next.clone()) => page = next,
                Some(_) => {
                    let what = "a page of the snapshot follows itself";
                    return Err(Stop::reading(Failure::Nonsense { what }));
                }
                None => return Ok(read.cursor),
            }
        }
    }

    /// Of the dossiers of this PC alone: those of another PC of the unit have no place here. A dossier
    /// becomes known by a restore only together with the documents that were here when the backup
    /// was made, and with the cursor of that time, from which the feed tells of the later ones.
    async fn all_documents(&self, items: &[Change]) -> Result<Vec<ResultDocument>, Stop> {
        let mut documents = Vec::new();
        for change in items {
            let Item::Dossier(status) = &change.item else {
                continue;
            };
            let id = status.dossier;
            if self.shared.store.read(|db| dossier_is_known(db, id))? {
                documents.extend(self.documents(status).await?);
            }
        }
        Ok(documents)
    }

    /// Brings and keeps the small documents a status names; one that does not come is left to follow,
    /// not the status.
    async fn documents(&self, status: &DossierStatus) -> Result<Vec<ResultDocument>, Stop> {
        let mut kept = Vec::new();
        let have = self
            .shared
            .store
            .read(|db| results::of_dossier(db, status.dossier))?;
        for document in &status.documents {
            if large::follows(document) || have.iter().any(|h| h.sha256 == document.sha256) {
                continue;
            }
            // brought for a page that was left before all of it was there
            if let Ok(bytes) = self.shared.store.files().get(&document.sha256) {
                kept.push(self.keep(status.dossier, document, &bytes)?);
                continue;
            }
            let mut parts = self.parts.lock().await;
            let part = parts.entry(document.sha256).or_default();
            match self.portal.document(document, part, &mut |_, _| {}).await {
                Ok(()) => kept.push(self.keep(status.dossier, document, part.bytes())?),
                Err(failure) if self.worth_another(document.id, &failure) => {
                    return Err(Stop::reading(failure));
                }
                Err(failure) => tracing::warn!(%failure, "a result document could not be brought"),
            }
            parts.remove(&document.sha256);
        }
        Ok(kept)
    }

    /// Whether the feed waits for a document that did not come: its status stays untold meanwhile, so
    /// a failure that may be the document's own (a portal that fails at it, a gateway that scans it)
    /// must not hold up the feed for ever.
    fn worth_another(&self, id: ResultId, failure: &Failure) -> bool {
        let may_be_its_own = match failure {
            Failure::Transport { stage, .. } => matches!(stage, Stage::Broken | Stage::Stalled),
            Failure::CaptivePortal { .. } => true,
            Failure::Server { .. } => !failure.stops_the_pass(),
            _ => false,
        };
        if !may_be_its_own {
            return failure.stops_the_pass();
        }
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let count = tries.entry(id).or_default();
        *count += 1;
        *count <= TRIES
    }

    pub(super) fn keep(
        &self,
        dossier: DossierId,
        document: &Document,
        bytes: &[u8],
    ) -> Result<ResultDocument, Error> {
        self.shared.store.files().put_bytes(bytes)?;
        let (verified, pages) = judge(bytes, &self.shared.connection.receipt_ca);
        Ok(ResultDocument {
            id: document.id,
            dossier,
            name: document.name.clone(),
            sha256: document.sha256,
            size: document.size,
            verified,
            pages,
            received_at: self.now(),
        })
    }

    fn store_page(
        &self,
        items: &[Change],
        documents: Vec<ResultDocument>,
        next: Option<&str>,
    ) -> Result<(), Error> {
        let (unit, by, next) = (self.unit.id, self.by(), next.map(str::to_owned));
        let owned: Vec<Change> = items.to_vec();
        let heard = self.shared.store.write(move |tx| {
            let mut heard = Vec::new();
            for change in &owned {
                match &change.item {
                    Item::Dossier(status) => {
                        if take_over(tx, status, change, by)? {
                            heard.push(status.dossier);
                        }
                    }
                    Item::Balance(balance) => {
                        let balance = Balance {
                            account: balance.account.clone(),
                            name: String::new(),
                            figure: balance.figure,
                            version: change.seq,
                            at: balance.at,
                        };
                        feed::put_balance(tx, unit, &balance)?;
                    }
                    Item::Movement(told) => books::hear_movement(tx, unit, told, by.at)?,
                    Item::Estimate(told) => books::hear_estimate(tx, unit, told, change.seq)?,
                    // noted below
                    Item::Pack(_) => {}
                    Item::Certificate(word) => renewal::hear(tx, unit, word, by)?,
                    Item::Notice(notice) => notices::keep(tx, unit, notice, change, by.at)?,
                    Item::Unknown => {
                        tracing::info!(seq = change.seq, "an item of the feed is of no known kind");
                    }
                }
            }
            for document in &documents {
                results::add_told(tx, document, ResultId(clock::new_id()))?;
            }
            large::note(tx, unit, &owned)?;
            if let Some(next) = next {
                feed::set_cursor(tx, unit, &next, by.at)?;
            }
            Ok(heard)
        })?;
        for id in heard {
            self.changed(id);
        }
        if !items.is_empty() {
            (self.shared.tell)(Fact::ResultsChanged);
        }
        let register = items.iter().any(|c| matches!(c.item, Item::Certificate(_)));
        if register {
            // who may sign is another question now
            (self.shared.tell)(Fact::SessionChanged);
            (self.shared.tell)(Fact::TokensChanged);
        }
        Ok(())
    }
}

/// `false`: old news, or a dossier that another PC of the unit sent.
fn take_over(
    tx: &Transaction<'_>,
    status: &DossierStatus,
    change: &Change,
    by: hoso_store::By,
) -> Result<bool, StoreError> {
    if !dossier_is_known(tx, status.dossier)? {
        return Ok(false);
    }
    let remarks: Vec<(Place, String)> = status
        .remarks
        .iter()
        .map(|r| (r.place.clone(), r.text.clone()))
        .collect();
    let word = Word {
        dossier: status.dossier,
        version: Some(status.version),
        state: status.treasury_state(),
        text: status.text.clone(),
        number: Some(status.treasury_number.clone()).filter(|n| !n.is_empty()),
        appointment: status.appointment,
        said_at: change.at,
        remarks,
    };
    life::hear(tx, &word, by)
}

pub(super) fn dossier_is_known(db: &Db, id: DossierId) -> Result<bool, StoreError> {
    match dossiers::get(db, id) {
        Ok(_) => Ok(true),
        Err(StoreError::NotFound { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether the portal's signature holds, and how many pages the PDF inside has.
fn judge(bytes: &[u8], receipt_ca: &str) -> (bool, u32) {
    let Ok(container) = Container::from_zip(bytes.to_vec()) else {
        return (false, 0);
    };
    let verified =
        Trust::from_pem(&[receipt_ca]).is_ok_and(|trust| verify(&container, &trust).ok());
    let pages = pdf(&container)
        .and_then(|pdf| hoso_print::pages(pdf).ok())
        .unwrap_or(0);
    (verified, pages)
}

/// The PDF of a result container.
pub(crate) fn pdf(container: &Container) -> Option<&[u8]> {
    let mut entries = container.entries.iter();
    let pdf = entries.find(|o| o.path().ends_with(".pdf"))?;
    Some(pdf.bytes())
}
