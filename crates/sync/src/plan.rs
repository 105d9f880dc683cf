//! What to do next, in which order. Reads no clock, no store and no network, and gives up on
//! nothing: it only decides.
//!
//! - One blocked row delays no other: a row is judged by itself.
//! - A row whose outcome is unknown is asked about first and never sent blindly again.
//! - Held, parked and finished rows never appear, but for one whose giving up the portal has not
//!   confirmed: that is a question, too.
//! - Sending hours, a line paid by volume and "Tạm dừng" withhold rows ([`Permit`]), but never the
//!   question what became of one, nor a row a person asked for.
//! - Back-off ends at `next_try`, and at once by link-up, "Gửi ngay" or start ([`Wake`]): for one
//!   try, after which everything rests again.
//! - Tiny control messages first, then rows by smallest remaining; inside a row manifests and
//!   signatures, then attachments, smallest remaining first, then the commit. A feed that failed
//!   comes last; where the link failed otherwise it comes before every commit.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use hoso_domain::digest::Digest;
use hoso_domain::id::DossierId;
use hoso_domain::life::{LocalState, ParkReason};

use crate::backoff::{CAP, backoff};

/// One revision in the outbox.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    pub dossier: DossierId,
    /// From 1.
    pub revision: u32,
    pub state: LocalState,
    /// Failed tries in a row that brought no byte further; rows with fewer go first.
    pub attempts: u32,
    /// End of the back-off; `None`: its turn is now.
    pub next_try: Option<DateTime<Utc>>,
    /// What the portal has not acknowledged whole yet; empty: only the commit is missing.
    pub blobs: Vec<Pending>,
    /// Larger goes first. Above 0: "Gửi ngay" was pressed for this row; that it is tried at once is
    /// the wake's doing ([`Wake::SendNow`]), so that afterwards it rests as others do.
    pub priority: i32,
}

impl Row {
    /// Bytes not acknowledged yet.
    pub fn remaining(&self) -> u64 {
        self.blobs
            .iter()
            .fold(0, |sum, blob| sum.saturating_add(blob.remaining))
    }

    fn rests(&self, now: DateTime<Utc>, wake: Wake) -> bool {
        self.next_try.is_some_and(|at| is_ahead(now, at)) && wake == Wake::Timer
    }

    fn sendable(&self) -> bool {
        matches!(self.state, LocalState::Queued)
    }

    fn withheld(&self, link: &LinkState) -> bool {
        let small = match link.permit {
            Permit::All => true,
            Permit::Small { bytes } => self.remaining() <= bytes,
            Permit::Paused => false,
        };
        // what a person brought forward goes on until it has arrived
        self.sendable() && self.priority <= 0 && !small
    }

    /// `Sending` met by a plan is a leftover of a process that ended: as unknown as `Unknown`.
    fn unknown(&self) -> bool {
        matches!(
            self.state,
            LocalState::Unknown
                | LocalState::Sending
                | LocalState::Parked {
                    reason: ParkReason::GivingUp
                }
        )
    }
}

/// One blob of a row the portal lacks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Pending {
    pub class: Class,
    /// Bytes not acknowledged yet.
    pub remaining: u64,
    pub sha256: Digest,
}

/// What a blob is to the order of sending.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Class {
    /// Manifests and signatures: small, and they tell what the rest is.
    Manifest,
    /// Data, vouchers and files.
    Attachment,
}

/// The way to the portal as this PC sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkState {
    pub network: Network,
    pub device: Enrolment,
    /// What made this pass begin.
    pub wake: Wake,
    /// Passes in a row that ended by a link error.
    pub attempts: u32,
    /// End of the link's own back-off, set when a link error stopped a pass.
    pub next_try: Option<DateTime<Utc>>,
    /// When the feed is due; `None`: never asked yet, so now.
    pub next_poll: Option<DateTime<Utc>>,
    /// Times in a row the feed failed while the portal answered, or 1 where it broke the line: then
    /// what is to be sent goes before it.
    pub feed_attempts: u32,
    pub permit: Permit,
    /// When `permit` may change by itself, e.g. the sending hours begin.
    pub permit_until: Option<DateTime<Utc>>,
}

/// What the unit's settings let go by itself. "Gửi ngay" at a row lets that row go all the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Permit {
    All,
    /// Only rows with at most this many bytes left, e.g. on a line paid by volume; for whom "Gửi ngay"
    /// for all was pressed, the caller says [`Permit::All`].
    Small {
        bytes: u64,
    },
    /// Tạm dừng: nothing is handed in until a person says so.
    Paused,
}

/// What the operating system says of the network. Not knowing counts as up.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Network {
    Up,
    Down,
}

/// Whether the portal knows this PC.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Enrolment {
    /// The device key is known to the portal.
    Done,
    /// Code or owner's signature are at hand: enrol in this pass.
    Ready,
    /// Somebody must bring a code or a signature first, or press "Gửi ngay" (whereupon the caller
    /// says [`Enrolment::Done`] or [`Enrolment::Ready`] once more), or the device was revoked.
    Missing,
}

/// Why a pass begins. Everything but the timer clears all back-off.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wake {
    Timer,
    /// The program started.
    Start,
    /// The network came back.
    LinkUp,
    /// "Gửi ngay", for all rows or for one.
    SendNow,
}

/// One thing to do. A link error ends the pass; an item's error skips the rest of that item.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    /// Make this PC known; all that follows needs it.
    Enrol,
    /// Ask what became of a submission that went unanswered, or have it given up.
    Ask { dossier: DossierId, revision: u32 },
    /// Read the feed.
    Poll,
    /// Bring one blob to the portal.
    Upload {
        dossier: DossierId,
        revision: u32,
        blob: Digest,
    },
    /// Hand in the revision; its blobs are there by now.
    Commit { dossier: DossierId, revision: u32 },
}

impl Step {
    /// The dossier a step is about, if any.
    pub fn dossier(&self) -> Option<DossierId> {
        match *self {
            Step::Enrol | Step::Poll => None,
            Step::Ask { dossier, .. }
            | Step::Upload { dossier, .. }
            | Step::Commit { dossier, .. } => Some(dossier),
        }
    }
}

/// The steps of one pass, in order. Equal input gives equal output, whatever the order of `rows`.
pub fn plan(now: DateTime<Utc>, rows: &[Row], link: &LinkState) -> Vec<Step> {
    // the system's word on the network can be wrong: a person's wish is tried all the same
    let insists = matches!(link.wake, Wake::SendNow | Wake::Start);
    if link.network == Network::Down && !insists {
        return Vec::new();
    }
    let rests = link.next_try.is_some_and(|at| is_ahead(now, at));
    if rests && link.wake == Wake::Timer {
        return Vec::new();
    }

    let mut steps = Vec::new();
    match link.device {
        Enrolment::Done => {}
        Enrolment::Ready => steps.push(Step::Enrol),
        Enrolment::Missing => return steps,
    }

    let mut awake: Vec<&Row> = rows
        .iter()
        .filter(|r| !r.rests(now, link.wake) && !r.withheld(link))
        .collect();
    awake.sort_by_key(|r| {
        (
            std::cmp::Reverse(r.priority),
            // bytes that break the connection each time must not stand in front of all others
            r.attempts,
            r.remaining(),
            r.dossier,
            r.revision,
        )
    });

    let about = |r: &Row| (r.dossier, r.revision);
    steps.extend(awake.iter().filter(|r| r.unknown()).map(|r| {
        let (dossier, revision) = about(r);
        Step::Ask { dossier, revision }
    }));
    let waits = link.next_poll.is_some_and(|at| is_ahead(now, at));
    let polls = !waits || link.wake != Wake::Timer;
    let feed_works = link.feed_attempts == 0;
    // what failed last may fail again, and would end the pass
    let early = link.attempts > 0;
    if polls && feed_works && early {
        steps.push(Step::Poll);
    }
    // nothing but the commit is missing: a tiny message
    let bare = |r: &&&Row| r.sendable() && r.blobs.is_empty();
    steps.extend(awake.iter().filter(bare).map(|r| {
        let (dossier, revision) = about(r);
        Step::Commit { dossier, revision }
    }));
    if polls && feed_works && !early {
        steps.push(Step::Poll);
    }
    for row in awake.iter().filter(|r| r.sendable() && !r.blobs.is_empty()) {
        let (dossier, revision) = about(row);
        let mut blobs = row.blobs.clone();
        blobs.sort();
        steps.extend(blobs.iter().map(|b| Step::Upload {
            dossier,
            revision,
            blob: b.sha256,
        }));
        steps.push(Step::Commit { dossier, revision });
    }
    if polls && !feed_works {
        steps.push(Step::Poll);
    }
    steps
}

/// When to plan again if nothing happens before; `None`: only an event can bring work.
pub fn next_wake(now: DateTime<Utc>, rows: &[Row], link: &LinkState) -> Option<DateTime<Utc>> {
    if link.network == Network::Down || link.device == Enrolment::Missing {
        return None;
    }
    let live = rows.iter().filter(|r| r.sendable() || r.unknown());
    let (withheld, rows): (Vec<&Row>, Vec<&Row>) = live.partition(|r| r.withheld(link));
    let turn = |at: Option<DateTime<Utc>>| at.filter(|at| is_ahead(now, *at)).unwrap_or(now);
    let poll = turn(link.next_poll);
    let permitted = link.permit_until.filter(|_| !withheld.is_empty());
    let first = rows.iter().map(|r| turn(r.next_try)).min();
    let earliest = [first, permitted]
        .into_iter()
        .flatten()
        .fold(poll, |earliest, at| earliest.min(at));
    Some(earliest.max(turn(link.next_try)))
}

/// The longest that anything waits for its next try or its next question.
pub const LONGEST: TimeDelta = TimeDelta::seconds(CAP.as_secs() as i64);

/// Whether the end of a rest is still to come. One further off than any rest lasts was set before
/// the clock was put back: it has come.
pub fn is_ahead(now: DateTime<Utc>, at: DateTime<Utc>) -> bool {
    at > now && at - now <= LONGEST
}

/// The time of the next try after the `attempts`-th failure (from 1). `asked`: what the portal
/// wished by Retry-After; it lengthens the rest, but never past the cap.
pub fn next_try(
    now: DateTime<Utc>,
    attempts: u32,
    asked: Option<Duration>,
    seed: u64,
) -> DateTime<Utc> {
    let rest = backoff(attempts, seed)
        .max(asked.unwrap_or_default())
        .min(CAP);
    now + TimeDelta::from_std(rest).unwrap_or(LONGEST)
}

#[cfg(test)]
#[path = "plan/tests.rs"]
mod tests;
