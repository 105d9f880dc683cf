//! One revision to the portal: checked once more, stored as `sending`, sent, and its outcome
//! stored. Nothing is called sent without a verified receipt.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hoso_contract::view::LinkView;
use hoso_contract::{AppError, Code, Fact};
use hoso_domain::check::check;
use hoso_domain::entry::CommitContent;
use hoso_domain::finding::{Place, Severity};
use hoso_domain::form;
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::life::{LocalState, ParkReason};
use hoso_store::audit::{self, Params};
use hoso_store::life::{self, Move};
use hoso_store::outbox::{self, Outcome as Noted};
use hoso_store::receipts::{self, Receipt};
use hoso_store::uploads::{self, Upload};
use hoso_store::{Connection as Db, Store, StoreError, dossiers, revisions, settings, signatures};
use hoso_sync::api::commit::{BlobRef, Commit, SignatureBlobs};
use hoso_sync::plan::Class;
use hoso_sync::upload::Event;
use hoso_sync::{
    Asked, Base, Disposition, Failure, Outcome, Source, Submission, VerifiedReceipt, submission,
};

use super::lane::{Lane, Stop, wished};
use super::permit::shut_at;
use super::sends::{Sending, Wanted};
use crate::clock;
use crate::dossier::load;
use crate::error::{Error, courier as worded, said_at_fields};
use crate::facts;
use crate::open::key;

impl Lane {
    /// What is handed in, the same bytes at every try; read in one view of the store.
    pub(super) fn submission(&self, id: DossierId) -> Result<Submission, Error> {
        let unit = self.unit.id;
        let (base, commit, blobs) = self.shared.store.read(|db| {
            let current = dossiers::current(db, id)?;
            let number = current.revision.number;
            let base = base(db, id, number)?;
            let kept = outbox::get(db, id)?
                .map(|row| row.commit)
                .unwrap_or_default();
            // the body of the first attempt counts for ever
            let commit = match serde_json::from_str::<Commit>(&kept) {
                Ok(commit) => commit,
                Err(_) => first_body(db, unit, id, number)?,
            };
            let mut blobs = Vec::new();
            for (blob, class) in named(&commit) {
                blobs.push((blob, class, uploads::get(db, unit, &blob.sha256)?));
            }
            Ok((base, commit, blobs))
        })?;
        let blobs = blobs
            .into_iter()
            .map(|(blob, class, known)| self.source(blob, class, known))
            .collect();
        Ok(Submission {
            dossier: id,
            commit,
            base,
            blobs,
        })
    }

    /// The bytes of a blob, from where an earlier upload of it stood.
    pub(super) fn source(&self, blob: BlobRef, class: Class, known: Option<Upload>) -> Source {
        let store = Arc::clone(&self.shared.store);
        let bytes: OnceLock<Vec<u8>> = OnceLock::new();
        let read = move |offset: u64, len: usize| -> io::Result<Vec<u8>> {
            let whole = match bytes.get() {
                Some(whole) => whole,
                None => {
                    let read = store.files().get(&blob.sha256).map_err(unreadable)?;
                    bytes.get_or_init(|| read)
                }
            };
            let from = usize::try_from(offset).unwrap_or(usize::MAX);
            let piece = whole.get(from..from.saturating_add(len));
            piece
                .map(<[u8]>::to_vec)
                .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
        };
        let source = Source::new(blob.sha256, blob.size, class, Arc::new(read));
        match known {
            Some(known) => source.resumed(Some(known.url), known.acknowledged),
            None => source,
        }
    }

    /// Sends one revision.
    pub(super) async fn send(&self, id: DossierId) -> Result<(), Stop> {
        self.portal_is_there().await?;
        if self.parked_by_findings(id)? {
            return Ok(());
        }
        self.look_up_signers(id).await;
        let submission = self.submission(id)?;
        let wanted = self.wanted(id)?;
        let left: u64 = submission.pending().iter().map(|b| b.remaining).sum();
        let Some(under_way) = self.shared.sends.begin(id, wanted, left) else {
            return Ok(());
        };
        self.begin(id, &submission)?;
        match self.hand_over(id, &submission, &under_way).await? {
            Outcome::Receipt(receipt) => self.accepted(id, &receipt)?,
            #[cfg(feature = "planted-faults")]
            Outcome::Unknown {
                why: Failure::CaptivePortal { status: 200, .. },
            } if self.shared.planted(super::Planted::Trust200) => {
                self.believed(&submission.expected())?;
            }
            Outcome::Unknown { why } => {
                self.moved(id, LocalState::Sending, LocalState::Unknown, "unknown")?;
                self.note(id, Noted::Unknown, &why)?;
                return if why.stops_the_pass() {
                    Err(Stop::Link(why))
                } else {
                    Ok(())
                };
            }
            Outcome::Failed(failure) => return self.failed(id, failure),
            Outcome::Cancelled => self.called_off(id, &under_way)?,
        }
        self.reached();
        Ok(())
    }

    fn wanted(&self, id: DossierId) -> Result<Wanted, Error> {
        let row = self.shared.store.read(|db| outbox::get(db, id))?;
        Ok(match row {
            Some(row) if row.priority > 0 => Wanted::Alone,
            _ if self.insisted => Wanted::WithAll,
            _ => Wanted::ByItself,
        })
    }

    /// Waits for the line and sends, until it is called off or the sending hours end.
    async fn hand_over(
        &self,
        id: DossierId,
        submission: &Submission,
        under_way: &Sending<'_>,
    ) -> Result<Outcome, Error> {
        let cancel = &under_way.cancel;
        let _line = tokio::select! {
            line = self.shared.line.acquire() => line.map_err(|_| Error::from(Code::Internal))?,
            () = cancel.cancelled() => return Ok(Outcome::Cancelled),
        };
        let mut seen = self.progress(id, submission);
        let sent = submission::send(&self.portal, submission, &mut seen, cancel);
        tokio::pin!(sent);
        tokio::select! {
            outcome = &mut sent => return Ok(outcome),
            () = self.until_shut() => self.shared.sends.let_wait(Wanted::ByItself),
        }
        Ok(sent.await)
    }

    /// Until the sending hours end.
    pub(super) async fn until_shut(&self) {
        let settings = self.shared.store.read(crate::open::read_settings);
        let shut = settings.ok().and_then(|s| shut_at(&s, self.now()));
        match shut {
            Some(at) => {
                let rest = (at - self.now()).to_std().unwrap_or(Duration::ZERO);
                tokio::time::sleep(rest).await;
            }
            None => std::future::pending().await,
        }
    }

    /// What was called off waits again; when a person did it, until it is released.
    fn called_off(&self, id: DossierId, under_way: &Sending<'_>) -> Result<(), Error> {
        let (by, held) = (self.by(), under_way.held());
        self.shared.store.write(move |tx| {
            outbox::set_outcome(tx, id, Noted::NotSent, "", None)?;
            let step = |expected, next, act| Move {
                dossier: id,
                expected,
                next,
                act,
                params: Params::new(),
            };
            let queued = step(LocalState::Sending, LocalState::Queued, "queued");
            life::advance(tx, &queued, by)?;
            match held {
                true => life::advance(tx, &step(LocalState::Queued, LocalState::Held, "held"), by),
                false => Ok(()),
            }
        })?;
        self.changed(id);
        Ok(())
    }

    /// All checks once more: what was right at the desk can be wrong on the day of sending.
    fn parked_by_findings(&self, id: DossierId) -> Result<bool, Error> {
        let loaded = load(&self.shared.store, id)?;
        let today = clock::day(self.now());
        let known = self
            .shared
            .store
            .read(|db| facts::gather(db, &loaded, today))?;
        let findings = check(&loaded.data(), &form::find, &known, today);
        let errors = findings
            .iter()
            .filter(|f| f.severity == Severity::Error)
            .count();
        if errors == 0 {
            return Ok(false);
        }
        let why = AppError::new(Code::BlockedByFindings).with("count", errors);
        self.park(id, LocalState::Queued, ParkReason::Findings, &why)?;
        Ok(true)
    }

    /// Before the first byte: the row stands as `sending`, its body is fixed.
    fn begin(&self, id: DossierId, submission: &Submission) -> Result<(), Error> {
        let body = serde_json::to_string(&submission.commit).map_err(|source| Error::OwnData {
            what: "commit",
            source,
        })?;
        let by = self.by();
        self.shared.store.write(move |tx| {
            outbox::begin(tx, id, &body)?;
            let step = Move {
                dossier: id,
                expected: LocalState::Queued,
                next: LocalState::Sending,
                act: "sending",
                params: Params::new(),
            };
            life::advance(tx, &step, by)
        })?;
        self.changed(id);
        Ok(())
    }

    /// Stores every acknowledged offset, and the line's pace for the next start; tells the window.
    fn progress(&self, id: DossierId, submission: &Submission) -> impl FnMut(Event) + Send {
        let shared = Arc::clone(&self.shared);
        let unit = self.unit.id;
        let (done, of) = self.place;
        let total: u64 = submission.blobs.iter().map(|b| b.size).sum();
        let mut offsets: std::collections::BTreeMap<_, _> = submission
            .blobs
            .iter()
            .map(|b| (b.sha256, (b.acknowledged, b.size)))
            .collect();
        let mut places: std::collections::BTreeMap<_, _> = submission
            .blobs
            .iter()
            .filter_map(|b| b.location.clone().map(|url| (b.sha256, url)))
            .collect();
        move |event| {
            let blob = match event {
                Event::Located { blob, location } => {
                    places.insert(blob, location);
                    blob
                }
                Event::Acknowledged { blob, offset, size } => {
                    offsets.insert(blob, (offset, size));
                    blob
                }
                Event::Interrupted { .. } => return,
            };
            let pace = self.keep_pace();
            let (acknowledged, length) = offsets.get(&blob).copied().unwrap_or_default();
            let sum: u64 = offsets.values().map(|(offset, _)| offset).sum();
            shared.sends.note_left(id, total.saturating_sub(sum));
            let url = places.get(&blob).cloned().unwrap_or_default();
            let upload = Upload {
                unit,
                sha256: blob,
                length,
                url,
                acknowledged,
            };
            let at = shared.now();
            let stored = shared.store.write(move |tx| {
                uploads::put(tx, &upload, at)?;
                if let Some(pace) = pace {
                    settings::put(tx, Some(unit), key::PACE, &pace)?;
                }
                outbox::set_acknowledged(tx, id, sum)
            });
            if let Err(error) = stored {
                tracing::warn!(%error, "progress could not be stored");
            }
            let percent = sum
                .saturating_mul(100)
                .checked_div(total)
                .unwrap_or(100)
                .min(100);
            let percent = u8::try_from(percent).unwrap_or(100);
            shared.set_link(LinkView::Sending { done, of, percent });
            (shared.tell)(Fact::Sending {
                id,
                acknowledged: sum,
                total,
            });
        }
    }

    /// The receipt was verified: stored with the move to `sent`.
    fn accepted(&self, id: DossierId, verified: &VerifiedReceipt) -> Result<(), Error> {
        let said = verified.receipt();
        let bytes = serde_json::to_vec(verified.signed()).map_err(|source| Error::OwnData {
            what: "receipt",
            source,
        })?;
        let receipt = Receipt {
            dossier: id,
            revision: said.revision,
            bytes,
            digest: said.digest,
            received_at: said.received_at,
            seq: said.seq,
            signer: verified.signer().to_owned(),
        };
        let by = self.by();
        self.shared
            .store
            .write(move |tx| receipts::accept(tx, &receipt, by))?;
        self.changed(id);
        (self.shared.tell)(Fact::ResultsChanged);
        Ok(())
    }

    /// The planted fault: a 200 is taken for a receipt.
    #[cfg(feature = "planted-faults")]
    fn believed(&self, sent: &hoso_sync::Expected) -> Result<(), Error> {
        let by = self.by();
        let receipt = Receipt {
            dossier: sent.dossier,
            revision: sent.revision,
            bytes: b"200".to_vec(),
            digest: sent.digest,
            received_at: by.at,
            seq: 0,
            signer: String::new(),
        };
        Ok(self
            .shared
            .store
            .write(move |tx| receipts::accept(tx, &receipt, by))?)
    }

    fn failed(&self, id: DossierId, failure: Failure) -> Result<(), Stop> {
        match failure.disposition() {
            Disposition::Park => {
                let reason = failure.park_reason().unwrap_or(ParkReason::RefusedByPortal);
                let said = said_at_fields(&failure);
                self.park_with(id, LocalState::Sending, reason, &worded(&failure), said)?;
                Ok(())
            }
            Disposition::Retry { .. } | Disposition::Fatal => {
                self.moved(id, LocalState::Sending, LocalState::Queued, "queued")?;
                self.note(id, Noted::NotSent, &failure)?;
                if failure.stops_the_pass() {
                    Err(Stop::Link(failure))
                } else {
                    Ok(())
                }
            }
        }
    }

    /// Asks what became of a submission that went unanswered. Not accepted is not: never. A person
    /// who gave it up gets the portal's word that it refuses it from now on.
    pub(super) async fn ask(&self, id: DossierId) -> Result<(), Stop> {
        self.sending_is_unknown(id)?;
        let expected = self.submission(id)?.expected();
        let current = self.shared.store.read(|db| dossiers::current(db, id))?;
        let unknown = current.revision.state;
        let giving_up = LocalState::Parked {
            reason: ParkReason::GivingUp,
        };
        let (asked, next, act) = if unknown == giving_up {
            let given_up = LocalState::Parked {
                reason: ParkReason::GivenUp,
            };
            (self.portal.give_up(&expected).await, given_up, "given-up")
        } else {
            let asked = self.portal.ask(&expected).await;
            (asked, LocalState::Queued, "queued")
        };
        match asked {
            Ok(Asked::Accepted { receipt, .. }) => self.accepted(id, &receipt)?,
            Ok(Asked::NotAccepted) => {
                let by = self.by();
                self.shared.store.write(move |tx| {
                    outbox::set_outcome(tx, id, Noted::NotSent, "", None)?;
                    let step = Move {
                        dossier: id,
                        expected: unknown,
                        next,
                        act,
                        params: Params::new(),
                    };
                    life::advance(tx, &step, by)
                })?;
                self.changed(id);
            }
            Ok(Asked::Conflict { .. }) => {
                let why = AppError::new(Code::PortalConflict);
                self.park(id, unknown, ParkReason::Conflict, &why)?;
            }
            Err(failure) => {
                self.question_failed(id, &failure)?;
                if failure.stops_the_pass() {
                    return Err(Stop::Link(failure));
                }
            }
        }
        self.reached();
        Ok(())
    }

    /// A question that fails counts as a try of its row and rests by itself, longer each time, so that
    /// the others have their turn. What holds up every row is the link's word, and the link's time.
    fn question_failed(&self, id: DossierId, failure: &Failure) -> Result<(), Error> {
        if !failure.counts_against_the_row() {
            return Ok(());
        }
        let why = to_text(&worded(failure))?;
        let attempts = self.attempts(id)?.saturating_add(1);
        let next = Some(self.rest(attempts, wished(failure)));
        let store = &self.shared.store;
        Ok(store.write(move |tx| outbox::count_attempt(tx, id, &why, next))?)
    }

    /// A `sending` that no task of this run is behind.
    pub(super) fn sending_is_unknown(&self, id: DossierId) -> Result<(), Error> {
        let current = self.shared.store.read(|db| dossiers::current(db, id))?;
        if current.revision.state == LocalState::Sending {
            self.moved(id, LocalState::Sending, LocalState::Unknown, "unknown")?;
        }
        Ok(())
    }

    fn moved(
        &self,
        id: DossierId,
        expected: LocalState,
        next: LocalState,
        act: &'static str,
    ) -> Result<(), Error> {
        let by = self.by();
        self.shared.store.write(move |tx| {
            let step = Move {
                dossier: id,
                expected,
                next,
                act,
                params: Params::new(),
            };
            life::advance(tx, &step, by)
        })?;
        self.changed(id);
        Ok(())
    }

    fn park(
        &self,
        id: DossierId,
        expected: LocalState,
        reason: ParkReason,
        why: &AppError,
    ) -> Result<(), Error> {
        self.park_with(id, expected, reason, why, Vec::new())
    }

    /// [`Lane::park`], with what the portal said at fields.
    fn park_with(
        &self,
        id: DossierId,
        expected: LocalState,
        reason: ParkReason,
        why: &AppError,
        said: Vec<(Place, String)>,
    ) -> Result<(), Error> {
        let why = to_text(why)?;
        let by = self.by();
        self.shared.store.write(move |tx| {
            outbox::set_outcome(tx, id, Noted::Refused, &why, None)?;
            life::refuse(tx, id, &said, by.at)?;
            let next = LocalState::Parked { reason };
            let step = Move {
                dossier: id,
                expected,
                next,
                act: "parked",
                params: Params::new(),
            };
            life::advance(tx, &step, by)
        })?;
        self.changed(id);
        Ok(())
    }

    /// Keeps why a row waits and when it is tried again.
    fn note(&self, id: DossierId, outcome: Noted, failure: &Failure) -> Result<(), Error> {
        let why = to_text(&worded(failure))?;
        let attempts = self.attempts(id)?;
        // what holds up every row is the link's word, and the link's time
        let next = failure
            .counts_against_the_row()
            .then(|| self.rest(attempts, wished(failure)));
        self.shared
            .store
            .write(move |tx| outbox::set_outcome(tx, id, outcome, &why, next))?;
        Ok(())
    }

    fn attempts(&self, id: DossierId) -> Result<u32, Error> {
        let store: &Store = &self.shared.store;
        Ok(store
            .read(|db| outbox::get(db, id))?
            .map_or(1, |row| row.attempts))
    }
}

/// What a revision stands on: on none before it, or on the treasury's word it answers. That the
/// treasury has an earlier one is known by a receipt, or by the word alone where the receipt went
/// with a store that was lost.
fn base(db: &Db, id: DossierId, number: u32) -> Result<Base, StoreError> {
    let answered = life::answered_version(db, id)?;
    for earlier in 1..number {
        if receipts::of_revision(db, id, earlier)?.is_some() {
            return Ok(Base::Version(answered));
        }
    }
    Ok(match answered {
        0 => Base::First,
        version => Base::Version(version),
    })
}

/// The commit of a revision of which no try was made yet.
fn first_body(db: &Db, unit: UnitId, id: DossierId, number: u32) -> Result<Commit, StoreError> {
    let steps = signatures::of_revision(db, id, number)?;
    Ok(Commit {
        unit,
        revision: number,
        content: CommitContent {
            entries: revisions::entries(db, id, number)?,
            manifests: steps.iter().map(|s| s.manifest).collect(),
            signatures: steps.iter().map(|s| s.signature_value).collect(),
        },
        signatures: steps
            .iter()
            .map(|s| SignatureBlobs {
                manifest: BlobRef {
                    sha256: s.manifest,
                    size: s.manifest_size,
                },
                p7s: BlobRef {
                    sha256: s.p7s,
                    size: s.p7s_size,
                },
            })
            .collect(),
        audit_head: audit::head(db)?.hash,
    })
}

/// Every blob a commit names, once.
fn named(commit: &Commit) -> Vec<(BlobRef, Class)> {
    let mut blobs = Vec::new();
    for entry in &commit.content.entries {
        let blob = BlobRef {
            sha256: entry.sha256,
            size: entry.size,
        };
        blobs.push((blob, Class::Attachment));
    }
    for step in &commit.signatures {
        blobs.push((step.manifest, Class::Manifest));
        blobs.push((step.p7s, Class::Manifest));
    }
    blobs.sort_by_key(|(blob, _)| blob.sha256);
    blobs.dedup_by_key(|(blob, _)| blob.sha256);
    blobs
}

fn to_text(why: &AppError) -> Result<String, Error> {
    serde_json::to_string(why).map_err(|source| Error::OwnData {
        what: "reason",
        source,
    })
}

fn unreadable(error: StoreError) -> io::Error {
    use hoso_store::StoreError as E;
    let kind = match error {
        E::FileMissing(_) => io::ErrorKind::NotFound,
        E::FileDamaged(_) => io::ErrorKind::InvalidData,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}
