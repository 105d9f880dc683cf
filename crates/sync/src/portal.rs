//! The client of the contract: one method per request. Keeps no state of dossiers and decides
//! nothing about when; that is the plan's and the caller's.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::Request;
use http::request::Builder;

use hoso_domain::digest::Digest;
use hoso_domain::id::{DossierId, PersonId};
use hoso_portal_api::certificate::{Announcement, CertificateFile};
use hoso_portal_api::commit::etag;
use hoso_portal_api::device::{HEADER_DEVICE, HEADER_PROOF, HEADER_TIME, ProofBody};
use hoso_portal_api::feed::{Snapshot, status};
use hoso_portal_api::{
    Changes, Commit, Connection, DossierEntries, DossierState, GivenUp, Kind, Problem,
    SignedReceipt, Withdrawal, path,
};
use hoso_proof::Trust;

use crate::answer::{self, Refusal, within};
use crate::device::{Device, time_text};
use crate::failure::{Failure, ReceiptTrouble, Stage};
use crate::pace::{Goodput, STALL};
use crate::receipt::{Expected, VerifiedReceipt};
use crate::wire::{Answer, CONNECT, Lane, Line, Pipe, Wire};

pub use crate::wire::SetupError;

mod document;
mod unit;

pub use document::Partial;

/// The caller's clock; this crate reads none.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// A portal as one connection file describes it. Share it by `Arc`; methods take `&self`.
pub struct Portal {
    base: String,
    line: Line,
    trust: Trust,
    device: Option<Device>,
    clock: Clock,
    /// How far this PC's clock was before the portal's at the last answer.
    ahead: Mutex<Option<TimeDelta>>,
    goodput: Mutex<Goodput>,
    /// It does not let a chunk wait for the one in front of it.
    apart: AtomicBool,
    /// It takes no bytes with a creation.
    bare: AtomicBool,
}

impl std::fmt::Debug for Portal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Portal")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

/// What a commit stands on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Base {
    /// The first revision this portal gets of the dossier.
    First,
    /// A later one, submitted for signing when the treasury's moves were at this version (`If-Match`):
    /// the same at every try, whatever was heard meanwhile.
    Version(u64),
}

/// How a commit was answered.
#[derive(Debug)]
pub enum CommitAnswer {
    Receipt(Box<VerifiedReceipt>),
    /// These blobs are not at the portal: upload them, then commit again.
    Missing(Vec<Digest>),
    /// The body may have arrived and no answer to be trusted came: ask, never send blindly.
    Unknown {
        why: Failure,
    },
    /// Not accepted.
    Failed(Failure),
}

/// What the portal says became of a submission.
#[derive(Debug)]
pub enum Asked {
    /// Accepted; `version` goes into [`Base::Version`] of the next revision.
    Accepted {
        receipt: Box<VerifiedReceipt>,
        version: u64,
    },
    /// Not accepted: it may be sent (again).
    NotAccepted,
    /// The treasury has this other digest: of the revision, or of a later one of its dossier. Needs a
    /// person.
    Conflict { digest: Digest },
}

/// One read of the feed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Feed {
    /// Store rows and cursor (`next`) in one transaction.
    Page(Changes),
    /// The cursor is no longer served: begin again with an empty one.
    Gone,
}

impl Portal {
    /// `device`: `None` before enrolment, when only [`Portal::enrol`], [`Portal::enrol_signed`] and
    /// [`Portal::hello`] work.
    pub fn new(
        connection: &Connection,
        device: Option<Device>,
        clock: Clock,
    ) -> Result<Self, SetupError> {
        let pipe = Wire::new(base(connection), &connection.tls_ca, Arc::clone(&clock))?;
        Self::over(Arc::new(pipe), connection, device, clock)
    }

    /// [`Portal::new`] over a pipe of the caller's, which stands for TLS as well.
    pub fn over(
        pipe: Arc<dyn Pipe>,
        connection: &Connection,
        device: Option<Device>,
        clock: Clock,
    ) -> Result<Self, SetupError> {
        let trust = Trust::from_pem(&[connection.receipt_ca.as_str()])
            .map_err(|e| SetupError::ReceiptAuthority(e.into()))?;
        Ok(Self {
            base: base(connection).to_owned(),
            line: Line::new(pipe),
            trust,
            device,
            clock,
            ahead: Mutex::default(),
            goodput: Mutex::default(),
            apart: AtomicBool::new(false),
            bare: AtomicBool::new(false),
        })
    }

    /// The same portal for a device that was just enrolled.
    pub fn with_device(mut self, device: Device) -> Self {
        self.device = Some(device);
        self
    }

    /// `https://host:port`.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// What receipts are verified under, also when they are read back from the store.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Its connections, for whoever hears that the link is back.
    pub fn line(&self) -> Line {
        self.line.clone()
    }

    /// [`Line::reconnect`].
    pub fn reconnect(&self) {
        self.line.reconnect();
    }

    /// How far this PC's clock is before the portal's (negative: behind), by the last answer.
    pub fn clock_ahead(&self) -> Option<TimeDelta> {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pace of acknowledged bytes, over all bodies sent so far.
    pub fn goodput(&self) -> Goodput {
        *self.goodput.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins with a pace known from an earlier run.
    pub fn set_goodput(&self, known: Goodput) {
        *self.goodput.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }

    /// Whether it is the portal that answers at its address.
    pub async fn hello(&self) -> Result<(), Failure> {
        let request = self.builder("GET", path::HELLO);
        let answer = self
            .exchange(Lane::Control, request, Bytes::new(), limit(0))
            .await?;
        if answer.status != 200 {
            return Err(self.failure(answer).await);
        }
        let stranger = answer::stranger(&answer);
        let body = answer::body(answer).await?;
        if body == path::PORTAL_MARK.as_bytes() {
            Ok(())
        } else {
            Err(stranger)
        }
    }

    /// Asks what became of a submission.
    pub async fn ask(&self, expected: &Expected) -> Result<Asked, Failure> {
        let Some(state) = self.state(expected.dossier).await? else {
            return Ok(Asked::NotAccepted);
        };
        if state.dossier != expected.dossier {
            return Err(Failure::Nonsense {
                what: "the state of another dossier",
            });
        }
        let later = later(&state, expected.revision);
        let mut revisions = state.revisions.into_iter();
        let Some(revision) = revisions.find(|r| r.revision == expected.revision) else {
            return Ok(later.map_or(Asked::NotAccepted, |digest| Asked::Conflict { digest }));
        };
        if revision.digest != expected.digest {
            return Ok(Asked::Conflict {
                digest: revision.digest,
            });
        }
        let receipt = VerifiedReceipt::verify(revision.receipt, &self.trust, expected)?;
        Ok(Asked::Accepted {
            receipt: Box::new(receipt),
            version: state.version,
        })
    }

    /// Gives a submission up: once the portal answers [`Asked::NotAccepted`] no commit of it is
    /// accepted any more, however late it arrives, nor has the treasury a later revision. Said twice is
    /// as good as once.
    pub async fn give_up(&self, expected: &Expected) -> Result<Asked, Failure> {
        let target = path::given_up(expected.dossier, expected.revision);
        let request = self.proven("PUT", &target, ProofBody::Bytes(b""))?;
        let answer = self
            .exchange(Lane::Control, request, Bytes::new(), limit(0))
            .await?;
        if matches!(answer.status, 200 | 201) {
            let said = answer::json::<GivenUp>(answer).await?;
            if (said.dossier, said.revision) != (expected.dossier, expected.revision) {
                return Err(Failure::Nonsense {
                    what: "another revision was given up",
                });
            }
            // the promise is about this revision alone: a store that was lost since may have sent a
            // later one
            return self.ask(expected).await;
        }
        let refusal = answer::refusal(answer).await;
        if refusal.kind() != Some(Kind::WrongState) {
            return Err(refusal.into_failure(self.now()));
        }
        match self.ask(expected).await? {
            Asked::NotAccepted => Err(Failure::Nonsense {
                what: "accepted, and not accepted",
            }),
            accepted => Ok(accepted),
        }
    }

    /// What the portal holds of a dossier; `None`: nothing was accepted.
    pub async fn state(&self, dossier: DossierId) -> Result<Option<DossierState>, Failure> {
        let answer = self.get(&path::dossier(dossier), 0).await?;
        if answer.status == 200 {
            return answer::json(answer).await.map(Some);
        }
        let refusal = answer::refusal(answer).await;
        match refusal.kind() {
            Some(Kind::DossierUnknown) => Ok(None),
            _ => Err(refusal.into_failure(self.now())),
        }
    }

    /// Asks for a dossier back; asked before is as good as asked now.
    pub async fn withdraw(&self, dossier: DossierId, reason: &str) -> Result<(), Failure> {
        let body = to_json(&Withdrawal {
            reason: reason.to_owned(),
        })?;
        let target = path::withdrawal(dossier);
        let request = self
            .proven("PUT", &target, ProofBody::Bytes(&body))?
            .header("content-type", JSON);
        let time = limit(body.len());
        let answer = self.exchange(Lane::Control, request, body, time).await?;
        match answer.status {
            // what the portal holds is told by the feed; a stranger's 200 has no such body
            200 | 201 => answer::json::<DossierState>(answer).await.map(|_| ()),
            _ => Err(self.failure(answer).await),
        }
    }

    /// Announces a signer's new certificate; announced before is as good as announced now.
    /// `issuers` are those between it and the authorities the portal knows; all in DER.
    pub async fn announce(
        &self,
        person: PersonId,
        certificate: &[u8],
        issuers: &[Vec<u8>],
    ) -> Result<CertificateFile, Failure> {
        let body = to_json(&Announcement {
            person,
            certificate: STANDARD.encode(certificate),
            issuers: issuers.iter().map(|i| STANDARD.encode(i)).collect(),
        })?;
        let target = path::certificate(Digest::of(certificate));
        let request = self
            .proven("PUT", &target, ProofBody::Bytes(&body))?
            .header("content-type", JSON);
        let time = limit(body.len());
        let answer = self.exchange(Lane::Control, request, body, time).await?;
        match answer.status {
            200 | 201 => answer::json(answer).await,
            _ => Err(self.failure(answer).await),
        }
    }

    /// What was sent, for a second or replaced PC.
    pub async fn entries(&self, dossier: DossierId) -> Result<DossierEntries, Failure> {
        let answer = self.get(&path::entries(dossier), 0).await?;
        match answer.status {
            200 => answer::json(answer).await,
            _ => Err(self.failure(answer).await),
        }
    }

    /// Hands a revision in; its blobs should be at the portal. Repeating the same commit is safe:
    /// the portal answers with the identical receipt.
    pub async fn commit(&self, dossier: DossierId, commit: &Commit, base: Base) -> CommitAnswer {
        let body = match to_json(commit).and_then(|plain| answer::packed(&plain)) {
            Ok(body) => body,
            Err(failure) => return CommitAnswer::Failed(failure),
        };
        let target = match base {
            Base::First => path::dossier(dossier),
            Base::Version(_) => path::revision(dossier, commit.revision),
        };
        let request = self.proven("PUT", &target, ProofBody::Bytes(&body));
        let mut request = match request {
            Ok(request) => request
                .header("content-type", JSON)
                .header("content-encoding", answer::ZSTD)
                .header("accept-encoding", answer::ZSTD),
            Err(failure) => return CommitAnswer::Failed(failure),
        };
        if let Base::Version(version) = base {
            request = request.header("if-match", etag(version));
        }
        let time = limit(body.len());
        let answer = match self.exchange(Lane::Control, request, body, time).await {
            Ok(answer) => answer,
            Err(why) => return unanswered(why),
        };
        let expected = Expected {
            dossier,
            unit: commit.unit,
            revision: commit.revision,
            digest: commit.content.digest(),
        };
        match answer.status {
            status @ (200 | 201) => match answer::json::<SignedReceipt>(answer).await {
                Err(why) => CommitAnswer::Unknown { why },
                Ok(signed) => match VerifiedReceipt::verify(signed, &self.trust, &expected) {
                    Ok(receipt) if status == 201 && !receipt.repeats(commit.audit_head) => {
                        CommitAnswer::Unknown {
                            why: Failure::ReceiptInvalid {
                                why: ReceiptTrouble::AnotherSubmission,
                                cause: None,
                            },
                        }
                    }
                    Ok(receipt) => CommitAnswer::Receipt(Box::new(receipt)),
                    Err(why) => CommitAnswer::Unknown { why },
                },
            },
            _ => self.refused(answer).await,
        }
    }

    async fn refused(&self, answer: Answer) -> CommitAnswer {
        match answer::refusal(answer).await {
            Refusal::Problem(problem) if problem.kind == Kind::BlobsMissing => {
                if problem.missing.is_empty() {
                    return CommitAnswer::Failed(Failure::ItemRefused(problem));
                }
                CommitAnswer::Missing(problem.missing)
            }
            // the portal itself says it failed: whether before or after its commit it cannot tell
            refusal @ Refusal::Problem(_) => match refusal.into_failure(self.now()) {
                why @ Failure::Server { status: 500, .. } => CommitAnswer::Unknown { why },
                failure => CommitAnswer::Failed(failure),
            },
            // nobody knows what stands behind a gateway's error page
            Refusal::Other(why) => CommitAnswer::Unknown { why },
        }
    }

    /// Reads the feed from `cursor` (empty: from the beginning), waiting up to `wait` for news.
    pub async fn changes(&self, cursor: &str, wait: Duration) -> Result<Feed, Failure> {
        use hoso_portal_api::feed::{MAX_LIMIT, MAX_WAIT};
        let wait = u32::try_from(wait.as_secs())
            .unwrap_or(MAX_WAIT)
            .min(MAX_WAIT);
        let target = path::changes(cursor, MAX_LIMIT, wait);
        let answer = self.get(&target, wait).await?;
        if answer.status == 200 {
            return answer::json(answer).await.map(Feed::Page);
        }
        let refusal = answer::refusal(answer).await;
        match refusal.kind() {
            Some(Kind::CursorGone) => Ok(Feed::Gone),
            _ => Err(refusal.into_failure(self.now())),
        }
    }

    /// One page of the state of everything (empty: the first), for when [`Feed::Gone`].
    pub async fn snapshot(&self, page: &str) -> Result<Snapshot, Failure> {
        let target = path::snapshot(page, hoso_portal_api::feed::MAX_LIMIT);
        let answer = self.get(&target, 0).await?;
        match answer.status {
            200 => answer::json(answer).await,
            _ => Err(self.failure(answer).await),
        }
    }

    /// A `GET` of JSON with proof over the control connection; `wait`: seconds the portal may hold
    /// it.
    async fn get(&self, target: &str, wait: u32) -> Result<Answer, Failure> {
        let request = self
            .proven("GET", target, ProofBody::Bytes(b""))?
            .header("accept-encoding", answer::ZSTD);
        let time = limit(0) + Duration::from_secs(u64::from(wait));
        self.exchange(Lane::Control, request, Bytes::new(), time)
            .await
    }

    pub(crate) fn builder(&self, method: &str, target: &str) -> Builder {
        Request::builder()
            .method(method)
            .uri(format!("{}{target}", self.base))
    }

    /// A request with the device's proof.
    pub(crate) fn proven(
        &self,
        method: &str,
        target: &str,
        body: ProofBody<'_>,
    ) -> Result<Builder, Failure> {
        let Some(device) = &self.device else {
            let what = "this computer is not enrolled yet";
            let problem = Problem::new(Kind::DeviceUnknown, what, self.now());
            return Err(Failure::Auth(Box::new(problem)));
        };
        let time = time_text(self.now());
        let proof = device.key.proof(method, target, &time, body);
        Ok(self
            .builder(method, target)
            .header(HEADER_DEVICE, device.id.to_string())
            .header(HEADER_TIME, time)
            .header(HEADER_PROOF, proof))
    }

    /// Sends and waits for status and headers, `time` at the most.
    pub(crate) async fn exchange(
        &self,
        lane: Lane,
        request: Builder,
        body: Bytes,
        time: Duration,
    ) -> Result<Answer, Failure> {
        let request = request.body(body).map_err(|_| Failure::Nonsense {
            what: "the request cannot be written",
        })?;
        let answer = within(time, self.line.send(lane, request)).await?;
        if let Some(ahead) = answer::ahead(&answer, self.now()) {
            *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
        }
        Ok(answer)
    }

    pub(crate) async fn failure(&self, answer: Answer) -> Failure {
        answer::refusal(answer).await.into_failure(self.now())
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    pub(crate) fn pace(&self, change: impl FnOnce(&mut Goodput)) {
        change(&mut self.goodput.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Whether a chunk may be under way behind another.
    pub(crate) fn followed(&self) -> bool {
        !self.apart.load(Ordering::Relaxed)
    }

    /// From now on one chunk at a time.
    pub(crate) fn keep_chunks_apart(&self) {
        self.apart.store(true, Ordering::Relaxed);
    }

    /// Whether bytes may travel with a creation.
    pub(crate) fn creates_with_bytes(&self) -> bool {
        !self.bare.load(Ordering::Relaxed)
    }

    /// From now on creations are bare.
    pub(crate) fn create_bare(&self) {
        self.bare.store(true, Ordering::Relaxed);
    }

    /// `Location` as a path below the portal's own address; `None` for any other place.
    pub(crate) fn own_path(&self, location: &str) -> Option<String> {
        let path = location.strip_prefix(&self.base).unwrap_or(location);
        (path.starts_with('/') && !path.starts_with("//")).then(|| path.to_owned())
    }
}

/// The newest revision after this one that is at the treasury, whatever was decided of it there; a
/// dossier that was withdrawn was given back.
fn later(state: &DossierState, revision: u32) -> Option<Digest> {
    let newest = state.revisions.iter().max_by_key(|r| r.revision)?;
    let there = newest.revision > revision && state.status != status::WITHDRAWN;
    there.then_some(newest.digest)
}

fn base(connection: &Connection) -> &str {
    connection.portal_url.trim_end_matches('/')
}

pub(crate) const JSON: &str = "application/json";

/// Time for a small request of `bytes`: reaching the portal, silence, and a line of 1 KiB/s.
pub(crate) fn limit(bytes: usize) -> Duration {
    CONNECT + STALL + Duration::from_secs(bytes as u64 / 1024)
}

pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<Bytes, Failure> {
    serde_json::to_vec(value)
        .map(Bytes::from)
        .map_err(|_| Failure::Nonsense {
            what: "the request cannot be written",
        })
}

/// A commit without an answer: only what never reached the portal is known not to be there.
fn unanswered(why: Failure) -> CommitAnswer {
    match why {
        Failure::Tls { .. }
        | Failure::Nonsense { .. }
        | Failure::Transport {
            stage: Stage::Name | Stage::Connect,
            ..
        } => CommitAnswer::Failed(why),
        why => CommitAnswer::Unknown { why },
    }
}
