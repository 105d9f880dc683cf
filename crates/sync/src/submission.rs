//! One revision, whole: uploads what the portal lacks, commits, verifies the receipt. Never decides
//! that something was sent, and never writes the outbox: **the caller stores its row as `sending`
//! (pessimistic: as good as unknown) before it calls**, and stores what [`Outcome`] says after.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hoso_domain::digest::Digest;
use hoso_domain::id::DossierId;
use hoso_portal_api::{Commit, Kind, Problem};

use crate::cancel::Cancel;
use crate::failure::Failure;
use crate::pace::MIN_CHUNK;
use crate::plan::{Class, Pending};
use crate::portal::{Base, CommitAnswer, Portal};
use crate::receipt::{Expected, VerifiedReceipt};
use crate::upload::{Ended, Place, Seen, Source};
use crate::wire::Lane;

/// Blobs up to this size, in bytes, are small.
const SMALL: u64 = MIN_CHUNK;
/// How often the portal may say that bytes are missing before it is not believed any more.
const ROUNDS: u32 = 3;

/// A frozen revision, ready to go. Its bytes and ids are the same at every try.
#[derive(Clone, Debug)]
pub struct Submission {
    pub dossier: DossierId,
    pub commit: Commit,
    pub base: Base,
    /// Every entry, manifest and `.p7s` once; see [`Submission::lacking`].
    pub blobs: Vec<Source>,
}

/// How a try ended. Nothing but [`Outcome::Receipt`] is a success.
#[derive(Debug)]
pub enum Outcome {
    /// Accepted, proven by the portal's signature.
    Receipt(Box<VerifiedReceipt>),
    /// The commit was handed over and no answer to be trusted came: the row becomes `unknown` and
    /// is resolved by [`Portal::ask`] only.
    Unknown { why: Failure },
    /// Not accepted; [`Failure::disposition`] says what to do.
    Failed(Failure),
    /// Called off before the commit was handed over.
    Cancelled,
}

impl Submission {
    /// What a receipt must repeat.
    pub fn expected(&self) -> Expected {
        Expected {
            dossier: self.dossier,
            unit: self.commit.unit,
            revision: self.commit.revision,
            digest: self.commit.content.digest(),
        }
    }

    /// Blobs the portal has not acknowledged whole, as a [`crate::plan::Row`] wants them.
    pub fn pending(&self) -> Vec<Pending> {
        let mut pending: Vec<Pending> = self
            .blobs
            .iter()
            .map(Source::pending)
            .filter(|p| p.remaining > 0)
            .collect();
        pending.sort();
        pending
    }

    /// Digests the commit names and `blobs` does not hold: a defect of the caller.
    pub fn lacking(&self) -> Vec<Digest> {
        let have: BTreeSet<Digest> = self.blobs.iter().map(|b| b.sha256).collect();
        let entries = self.commit.content.entries.iter().map(|e| e.sha256);
        let signatures = self
            .commit
            .signatures
            .iter()
            .flat_map(|s| [s.manifest.sha256, s.p7s.sha256]);
        entries
            .chain(signatures)
            .filter(|d| !have.contains(d))
            .collect()
    }
}

/// Sends a revision. `seen` gets every tus place and acknowledged offset, to be stored; `cancel` is
/// heeded until the commit is handed over.
pub async fn send(
    portal: &Portal,
    submission: &Submission,
    seen: &mut Seen<'_>,
    cancel: &Cancel,
) -> Outcome {
    let mut blobs: Vec<&Source> = submission
        .blobs
        .iter()
        .filter(|b| b.acknowledged < b.size || b.size == 0)
        .collect();
    blobs.sort_by_key(|b| b.pending());
    blobs.dedup_by_key(|b| b.sha256);
    if let Err(ended) = bring(portal, blobs, seen, cancel).await {
        return ended.into();
    }
    for _ in 0..ROUNDS {
        if cancel.is_cancelled() {
            return Outcome::Cancelled;
        }
        // from here on nothing may call it off: a dropped commit is an unknown one
        let missing = match portal
            .commit(submission.dossier, &submission.commit, submission.base)
            .await
        {
            CommitAnswer::Receipt(receipt) => return Outcome::Receipt(receipt),
            CommitAnswer::Unknown { why } => return Outcome::Unknown { why },
            CommitAnswer::Failed(failure) => return Outcome::Failed(failure),
            CommitAnswer::Missing(missing) => missing,
        };
        if let Err(ended) = upload_missing(portal, submission, &missing, seen, cancel).await {
            return ended.into();
        }
    }
    let detail = "the portal keeps missing bytes it acknowledged";
    let problem = Problem::new(Kind::BlobsMissing, detail, portal.now());
    Outcome::Failed(Failure::ItemRefused(Box::new(problem)))
}

/// Blobs that wait for their turn, and where the large ones stand, as far as that was asked for.
struct Waiting<'a> {
    small: Mutex<VecDeque<&'a Source>>,
    large: Mutex<VecDeque<&'a Source>>,
    places: Mutex<BTreeMap<Digest, Place>>,
}

impl<'a> Waiting<'a> {
    fn new(blobs: Vec<&'a Source>) -> Self {
        let (small, large): (VecDeque<_>, VecDeque<_>) =
            blobs.into_iter().partition(|b| b.size <= SMALL);
        Self {
            small: Mutex::new(small),
            large: Mutex::new(large),
            places: Mutex::default(),
        }
    }

    fn next_small(&self) -> Option<&'a Source> {
        lock(&self.small).pop_front()
    }

    fn next_body(&self) -> Option<(&'a Source, Option<Place>)> {
        let large = lock(&self.large).pop_front();
        let blob = large.or_else(|| self.next_small())?;
        Some((blob, lock(&self.places).remove(&blob.sha256)))
    }

    /// Whose place is to be asked for: that of the next large one alone, as long as something small waits.
    fn unplaced(&self) -> Option<&'a Source> {
        let far = match lock(&self.small).is_empty() {
            true => usize::MAX,
            false => 1,
        };
        let (large, places) = (lock(&self.large), lock(&self.places));
        let mut near = large.iter().take(far);
        near.find(|b| !places.contains_key(&b.sha256)).copied()
    }

    fn placed(&self, blob: &Source, place: Place) {
        // its turn may have come meanwhile
        if lock(&self.large).iter().any(|b| b.sha256 == blob.sha256) {
            lock(&self.places).insert(blob.sha256, place);
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Uploads blobs. What is small costs round trips rather than bytes: it goes, one after the other,
/// beside the large ones, which fill the line. So are the places of the large ones asked for, each
/// before its turn comes.
async fn bring(
    portal: &Portal,
    blobs: Vec<&Source>,
    seen: &mut Seen<'_>,
    cancel: &Cancel,
) -> Result<(), Ended> {
    let waiting = Waiting::new(blobs);
    let seen = Mutex::new(seen);
    let tell = |event| {
        let mut seen = lock(&seen);
        seen(event);
    };
    let bodies = async {
        while let Some((blob, place)) = waiting.next_body() {
            let mut tell = tell;
            let lane = Lane::Bodies;
            portal
                .upload_by(lane, blob, place, &mut tell, cancel)
                .await?;
        }
        Ok::<(), Ended>(())
    };
    let control = async {
        let mut ahead = true;
        loop {
            let small = waiting.next_small();
            if let Some(blob) = small {
                let mut tell = tell;
                let lane = Lane::Control;
                portal
                    .upload_by(lane, blob, None, &mut tell, cancel)
                    .await?;
            }
            match waiting.unplaced().filter(|_| ahead) {
                Some(blob) => match portal.place_ahead(blob, cancel).await {
                    Some(place) => waiting.placed(blob, place),
                    None => ahead = false,
                },
                None if small.is_none() => return Ok::<(), Ended>(()),
                None => {}
            }
        }
    };
    tokio::try_join!(bodies, control).map(|_| ())
}

/// Uploads what the portal named, whatever an earlier try believed about it.
async fn upload_missing(
    portal: &Portal,
    submission: &Submission,
    missing: &[Digest],
    seen: &mut Seen<'_>,
    cancel: &Cancel,
) -> Result<(), Ended> {
    let mut found: Vec<Source> = Vec::new();
    for digest in missing {
        let Some(blob) = submission.blobs.iter().find(|b| b.sha256 == *digest) else {
            let what = "the portal misses bytes the revision does not have";
            return Err(Ended::Failed(Failure::Nonsense { what }));
        };
        found.push(blob.clone().resumed(None, 0));
    }
    found.sort_by_key(|b| (b.class == Class::Attachment, b.size, b.sha256));
    for blob in &found {
        portal.upload(blob, seen, cancel).await?;
    }
    Ok(())
}

impl From<Ended> for Outcome {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Cancelled => Outcome::Cancelled,
            Ended::Failed(failure) => Outcome::Failed(failure),
        }
    }
}
