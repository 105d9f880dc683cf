//! One blob to the portal by tus 1.0, over as many connections as it takes. Counts nothing but the
//! offsets the portal acknowledged, and says nothing of acceptance: upload done ≠ dossier accepted.
//!
//! Chunks last 10–15 s by the measured pace; the next one begins over a second connection shortly
//! before the end of the one under way, so that the line never waits for an answer. A chunk
//! unanswered for 25 s gives its connection up; the portal is asked how far it came and the rest
//! follows in smaller chunks. Creation is get-or-create by (unit, SHA-256, length), so a lost 201 is
//! simply asked for again. What is small travels with its creation: one round trip instead of two.

mod flight;

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use tokio::time::{Instant, sleep_until};

use hoso_domain::digest::Digest;
use hoso_portal_api::device::ProofBody;
use hoso_portal_api::upload::{
    OFFSET_OCTET_STREAM, TUS_RESUMABLE, UPLOAD_LENGTH, UPLOAD_METADATA, UPLOAD_OFFSET, VERSION,
    metadata,
};
use hoso_portal_api::{Kind, path};

use crate::answer::{self, Refusal};
use crate::cancel::Cancel;
use crate::failure::{Failure, Stage};
use crate::plan::{Class, Pending};
use crate::portal::{Portal, limit};
use crate::wire::{Answer, Lane};
use flight::Chunks;

/// What is not larger travels with its creation, in bytes: where the portal has it already, that
/// costs about what the round trip would.
const CARRIED: u64 = 8 * 1024;
/// Tries in a row without one newly acknowledged byte after which the blob rests.
const STRIKES: u32 = 3;

/// Reads `len` bytes from `offset`, neither more nor fewer.
pub type ReadAt = Arc<dyn Fn(u64, usize) -> io::Result<Vec<u8>> + Send + Sync>;

/// One blob to send.
#[derive(Clone)]
pub struct Source {
    pub sha256: Digest,
    pub size: u64,
    pub class: Class,
    /// Path below the portal's address at which an earlier try stands ([`Event::Located`]).
    pub location: Option<String>,
    /// Offset the portal acknowledged last; `size`: nothing left to send.
    pub acknowledged: u64,
    /// Where the bytes come from. Called on a blocking thread.
    pub read: ReadAt,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("sha256", &self.sha256)
            .field("size", &self.size)
            .field("acknowledged", &self.acknowledged)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// A blob nothing is known of at the portal.
    pub fn new(sha256: Digest, size: u64, class: Class, read: ReadAt) -> Self {
        Self {
            sha256,
            size,
            class,
            location: None,
            acknowledged: 0,
            read,
        }
    }

    /// A small blob that is in memory anyway.
    pub fn from_bytes(class: Class, bytes: Vec<u8>) -> Self {
        let (sha256, size) = (Digest::of(&bytes), bytes.len() as u64);
        let read = move |offset: u64, len: usize| {
            let from = usize::try_from(offset).unwrap_or(usize::MAX);
            let piece = bytes.get(from..from.saturating_add(len));
            piece
                .map(<[u8]>::to_vec)
                .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
        };
        Self::new(sha256, size, class, Arc::new(read))
    }

    /// What an earlier try left behind.
    pub fn resumed(mut self, location: Option<String>, acknowledged: u64) -> Self {
        self.location = location;
        self.acknowledged = acknowledged.min(self.size);
        self
    }

    /// As the plan sees it.
    pub fn pending(&self) -> Pending {
        Pending {
            class: self.class,
            remaining: self.size.saturating_sub(self.acknowledged),
            sha256: self.sha256,
        }
    }
}

/// What happens during an upload; to be stored so that the next try goes on from there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// The upload stands at this path below the portal's address.
    Located { blob: Digest, location: String },
    /// The portal holds the first `offset` of `size` bytes: the only progress there is.
    Acknowledged {
        blob: Digest,
        offset: u64,
        size: u64,
    },
    /// No progress for 25 s, or the connection broke: it is tried over a new one.
    Interrupted { blob: Digest, stage: Stage },
}

/// Gets every [`Event`] as it happens.
pub type Seen<'a> = dyn FnMut(Event) + Send + 'a;

/// Why an upload ended before its end.
#[derive(Debug)]
pub enum Ended {
    Cancelled,
    Failed(Failure),
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Ended::Failed(failure)
    }
}

/// What goes with the request that creates an upload.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Creation {
    Bare,
    WithBytes,
}

/// Where an upload stands.
pub(crate) struct Place {
    location: String,
    offset: u64,
}

/// An answer to a `PATCH`.
enum Patched {
    To(u64),
    /// Ask again where it stands.
    Unsure,
    /// Create it again: expired, removed, or its bytes did not fit their digest.
    Gone,
}

impl Portal {
    /// Brings `source` to the portal. Resolves when the portal acknowledged its last byte.
    pub async fn upload(
        &self,
        source: &Source,
        seen: &mut Seen<'_>,
        cancel: &Cancel,
    ) -> Result<(), Ended> {
        self.upload_by(Lane::Bodies, source, None, seen, cancel)
            .await
    }

    /// `place`: where it stands, when that was asked for already ([`Portal::place_ahead`]).
    pub(crate) async fn upload_by(
        &self,
        lane: Lane,
        source: &Source,
        place: Option<Place>,
        seen: &mut Seen<'_>,
        cancel: &Cancel,
    ) -> Result<(), Ended> {
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Ended::Cancelled),
            result = self.bring(lane, source, place, seen) => result.map_err(Ended::Failed),
        }
    }

    /// Gets or creates the place of what is to be sent next, while the line is busy with what is sent
    /// now. `None`: its upload will find out why not.
    pub(crate) async fn place_ahead(&self, source: &Source, cancel: &Cancel) -> Option<Place> {
        let (lane, creation) = (Lane::Control, Creation::Bare);
        tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            place = self.place(lane, source, creation, &source.location) => place.ok(),
        }
    }

    async fn bring(
        &self,
        lane: Lane,
        source: &Source,
        mut place: Option<Place>,
        seen: &mut Seen<'_>,
    ) -> Result<(), Failure> {
        let blob = source.sha256;
        let mut known = source.location.clone();
        let mut best = source.acknowledged;
        let mut strikes = 0u32;
        let mut checked = false;
        let mut creation = match (1..=CARRIED).contains(&source.size) {
            true => Creation::WithBytes,
            false => Creation::Bare,
        };
        loop {
            let failure = match self
                .attempt(
                    lane,
                    source,
                    place.take().ok_or(creation),
                    &mut known,
                    &mut best,
                    seen,
                )
                .await
            {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            // they may have arrived: asked without them, the portal says so
            creation = Creation::Bare;
            let (stage, progressed) = match &failure.why {
                Failure::Transport {
                    stage: stage @ (Stage::Broken | Stage::Stalled),
                    ..
                } => (*stage, failure.progressed),
                // its bytes did not fit: are ours still what they were?
                Failure::ItemRefused(p) if p.kind == Kind::DigestMismatch && !checked => {
                    checked = true;
                    self.check(source).await?;
                    known = None;
                    best = 0;
                    continue;
                }
                Failure::ItemRefused(p)
                    if matches!(p.kind, Kind::UploadGone | Kind::OffsetMismatch) =>
                {
                    (Stage::Broken, failure.progressed)
                }
                _ => return Err(failure.why),
            };
            strikes = if progressed { 0 } else { strikes + 1 };
            if strikes >= STRIKES {
                return Err(failure.why);
            }
            // a line that was cut is as fast as before when it is back
            if stage == Stage::Stalled {
                self.pace(crate::pace::Goodput::stalled);
            }
            seen(Event::Interrupted { blob, stage });
        }
    }

    /// Find out where it stands, then chunk after chunk until one goes unanswered.
    async fn attempt(
        &self,
        lane: Lane,
        source: &Source,
        place: Result<Place, Creation>,
        known: &mut Option<String>,
        best: &mut u64,
        seen: &mut Seen<'_>,
    ) -> Result<(), Attempt> {
        let blob = source.sha256;
        let mut progressed = false;
        let fail = |why, progressed| Attempt { why, progressed };
        let place = match place {
            Ok(place) => Ok(place),
            Err(creation) => self.place(lane, source, creation, known).await,
        };
        let Place { location, offset } = place.map_err(|why| fail(why, false))?;
        if known.as_ref() != Some(&location) {
            *known = Some(location.clone());
            seen(Event::Located {
                blob,
                location: location.clone(),
            });
        }
        let mut acknowledged = |offset: u64| {
            seen(Event::Acknowledged {
                blob,
                offset,
                size: source.size,
            });
        };
        if offset != *best {
            // more than was acknowledged: bytes of a chunk whose answer was lost
            progressed |= offset > *best;
            *best = offset;
            acknowledged(offset);
        }
        let mut chunks = Chunks::new(offset);
        while chunks.acknowledged() < source.size {
            let from = chunks.handed_over();
            let left = source.size - from;
            let due = chunks.due().filter(|_| left > 0);
            let due = due.filter(|_| from == chunks.acknowledged() || self.followed());
            if due.is_some_and(|at| at <= Instant::now()) {
                let goodput = self.goodput();
                let len = goodput.chunk().min(left);
                let bytes = read(source, from, len).await;
                let bytes = bytes.map_err(|why| fail(why, progressed))?;
                let answering = Box::pin(self.patch(lane, &location, from, bytes));
                chunks.begin(len, &goodput, answering);
                continue;
            }
            let before = chunks.acknowledged();
            let answered = tokio::select! {
                biased;
                answered = chunks.answer() => answered,
                () = until(due) => continue,
            };
            let answered = answered.map_err(|why| fail(why, progressed))?;
            match answered.patched {
                Patched::To(offset) => {
                    self.pace(|p| p.acknowledged(offset - before, answered.took));
                    progressed = true;
                    *best = offset;
                    acknowledged(offset);
                }
                lost => {
                    if answered.beside {
                        self.keep_chunks_apart();
                    }
                    if matches!(lost, Patched::Gone) {
                        *known = None;
                    }
                    let broken = Failure::Transport {
                        stage: Stage::Broken,
                        cause: None,
                    };
                    return Err(fail(broken, progressed));
                }
            }
        }
        Ok(())
    }

    /// Where the upload stands: asked at its known place, or got or created.
    async fn place(
        &self,
        lane: Lane,
        source: &Source,
        creation: Creation,
        known: &Option<String>,
    ) -> Result<Place, Failure> {
        if let Some(location) = known.as_deref().and_then(|l| self.own_path(l)) {
            let request = self
                .proven("HEAD", &location, ProofBody::Bytes(b""))?
                .header(TUS_RESUMABLE, VERSION);
            let answer = self.exchange(lane, request, Bytes::new(), limit(0)).await?;
            // an answer to HEAD has no body to explain itself: creation will say it again
            if matches!(answer.status, 200 | 204) {
                let offset = offset(&answer, source.size)?;
                return Ok(Place { location, offset });
            }
        }
        let mut answer = self.create(lane, source, creation).await?;
        if creation == Creation::WithBytes && matches!(answer.status, 400 | 413 | 415) {
            // a portal that does not know tus's creation-with-upload
            self.create_bare();
            answer = self.create(lane, source, Creation::Bare).await?;
        }
        let offset = match answer.status {
            201 if answer.header(TUS_RESUMABLE).is_none() => return Err(answer::stranger(&answer)),
            201 if answer.header(UPLOAD_OFFSET).is_none() => 0,
            200 | 201 => offset(&answer, source.size)?,
            _ => return Err(self.failure(answer).await),
        };
        let location = answer.header("location").and_then(|l| self.own_path(l));
        let location = location.ok_or(Failure::Nonsense {
            what: "an upload without a place",
        })?;
        Ok(Place { location, offset })
    }

    /// Gets or creates the upload.
    async fn create(
        &self,
        lane: Lane,
        source: &Source,
        creation: Creation,
    ) -> Result<Answer, Failure> {
        let bytes = match creation {
            Creation::WithBytes if self.creates_with_bytes() => {
                read(source, 0, source.size).await?
            }
            _ => Vec::new(),
        };
        let covered = match bytes.is_empty() {
            true => ProofBody::Bytes(b""),
            false => ProofBody::Upload,
        };
        let mut request = self
            .proven("POST", path::UPLOADS, covered)?
            .header(TUS_RESUMABLE, VERSION)
            .header(UPLOAD_LENGTH, source.size.to_string())
            .header(UPLOAD_METADATA, metadata(source.sha256));
        if !bytes.is_empty() {
            request = request.header("content-type", OFFSET_OCTET_STREAM);
        }
        let time = limit(bytes.len());
        self.exchange(lane, request, Bytes::from(bytes), time).await
    }

    async fn patch(
        &self,
        lane: Lane,
        location: &str,
        offset: u64,
        bytes: Vec<u8>,
    ) -> Result<Patched, Failure> {
        let request = self
            .proven("PATCH", location, ProofBody::Upload)?
            .header(TUS_RESUMABLE, VERSION)
            .header(UPLOAD_OFFSET, offset.to_string())
            .header("content-type", OFFSET_OCTET_STREAM);
        // the caller bounds the wait on what is acknowledged; here it may last
        let time = limit(bytes.len());
        let answer = self
            .exchange(lane, request, Bytes::from(bytes), time)
            .await?;
        if matches!(answer.status, 200 | 204) {
            return self::offset(&answer, u64::MAX).map(Patched::To);
        }
        match answer::refusal(answer).await {
            Refusal::Problem(p) if p.kind == Kind::OffsetMismatch => Ok(Patched::Unsure),
            Refusal::Problem(p) if matches!(p.kind, Kind::UploadGone | Kind::NotFound) => {
                Ok(Patched::Gone)
            }
            refusal => Err(refusal.into_failure(self.now())),
        }
    }

    /// Whether the stored bytes are still those of their digest.
    async fn check(&self, source: &Source) -> Result<(), Failure> {
        let bytes = read(source, 0, source.size).await?;
        if Digest::of(&bytes) == source.sha256 {
            return Ok(());
        }
        let damaged = io::Error::new(io::ErrorKind::InvalidData, "not the bytes of its digest");
        Err(Failure::LocalDisk(damaged))
    }
}

/// A try that ended, and whether the portal holds more than before it.
struct Attempt {
    why: Failure,
    progressed: bool,
}

/// Until then; `None`: for ever.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// `Upload-Offset` of an answer that bears the mark of tus.
fn offset(answer: &Answer, size: u64) -> Result<u64, Failure> {
    let text = answer
        .header(TUS_RESUMABLE)
        .and(answer.header(UPLOAD_OFFSET));
    let Some(text) = text else {
        return Err(answer::stranger(answer));
    };
    match text.trim().parse::<u64>() {
        Ok(offset) if offset <= size => Ok(offset),
        _ => Err(Failure::Nonsense {
            what: "an offset past the end",
        }),
    }
}

async fn read(source: &Source, offset: u64, len: u64) -> Result<Vec<u8>, Failure> {
    let short = || Failure::LocalDisk(io::ErrorKind::UnexpectedEof.into());
    let len = usize::try_from(len).map_err(|_| short())?;
    let reader = Arc::clone(&source.read);
    let read = tokio::task::spawn_blocking(move || reader(offset, len)).await;
    let bytes = read.map_err(|e| Failure::LocalDisk(io::Error::other(e)))?;
    let bytes = bytes.map_err(Failure::LocalDisk)?;
    if bytes.len() == len {
        Ok(bytes)
    } else {
        Err(short())
    }
}
