//! What a signature gets after its dossier was received: a timestamp, and word of it at the portal.
//! Last of all that the courier does, one signature at a time.
//!
//! Refuses to be in anybody's way: nothing waits for it, no failure of it is an alarm or says anything
//! about the link, and what was signed and sent stays as it is. Each addition is verified and stored
//! before the portal hears of it; every step may be repeated.

use chrono::{DateTime, TimeDelta, Utc};

use hoso_contract::Fact;
use hoso_proof::revocation::{listed, with_lists};
use hoso_proof::timestamp::{self, Query, Standing, Timestamp};
use hoso_proof::{ProofError, RevocationError, TimestampError, Trust, verify_cms};
use hoso_store::evidence::{self, Due, Place, Stamp, Version};
use hoso_store::{Connection as Db, StoreError, signatures, uploads};
use hoso_sync::api::commit::BlobRef;
use hoso_sync::plan::{self, Class, Enrolment, Permit, Row, Step};
use hoso_sync::upload::Ended;
use hoso_sync::{Cancel, Failure};

use super::lane::Lane;
use crate::error::Error;

/// About what one signature costs on the line, in bytes: a line paid by volume lets it pass, one that is
/// closed for the hour does not.
const COST: u64 = 64 * 1024;
/// Larger revocation lists are looked at and not put into signatures, in bytes.
const LARGEST_LIST: usize = 512 * 1024;
/// After something failed on this PC.
const OWN_REST: TimeDelta = plan::LONGEST;

/// How long this lane leaves evidence alone.
#[derive(Default)]
pub(super) struct Rests {
    failures: u32,
    until: Option<DateTime<Utc>>,
}

/// Why a signature got nothing.
enum Trouble {
    /// Somebody was not reached, or answered nonsense.
    Away(Failure),
    /// The authority's answer, or what became of the signature with it, does not hold.
    Token(TimestampError),
    Signature(ProofError),
    List(RevocationError),
    Own(Error),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Away(failure)
    }
}

impl From<TimestampError> for Trouble {
    fn from(error: TimestampError) -> Self {
        Self::Token(error)
    }
}

impl From<ProofError> for Trouble {
    fn from(error: ProofError) -> Self {
        Self::Signature(error)
    }
}

impl From<RevocationError> for Trouble {
    fn from(error: RevocationError) -> Self {
        Self::List(error)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Own(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Own(error.into())
    }
}

impl Trouble {
    /// Why the trail says that it is late; `None` where it is not this signature's fault.
    fn said(&self) -> Option<&'static str> {
        match self {
            Self::Away(failure) if failure.stops_the_pass() => None,
            Self::Away(_) => Some("portal"),
            Self::Token(error) => Some(error.code()),
            Self::Signature(error) => Some(error.code()),
            Self::List(_) => Some("revocation-list"),
            Self::Own(_) => None,
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Away(failure) => failure.fmt(f),
            Self::Token(error) => error.fmt(f),
            Self::Signature(error) => error.fmt(f),
            Self::List(error) => error.fmt(f),
            Self::Own(error) => error.fmt(f),
        }
    }
}

/// A signature as it stands here.
struct Held {
    manifest: Vec<u8>,
    p7s: Vec<u8>,
}

impl Lane {
    /// Does what is due for one signature, where nothing else wants the line; answers when to come
    /// again.
    pub(super) async fn add_evidence(&mut self, rows: &[Row]) -> Option<DateTime<Utc>> {
        let connection = &self.shared.connection;
        if connection.timestamp.is_none() && connection.revocation_lists.is_empty() {
            return None;
        }
        let now = self.now();
        if !self.line_is_free(rows, now) {
            return None;
        }
        let rests = |until: &DateTime<Utc>| plan::is_ahead(now, *until);
        if let Some(until) = self.evidence.until.filter(rests) {
            return Some(until);
        }
        let unit = self.unit.id;
        let store = &self.shared.store;
        let due = store.read(|db| {
            let due = evidence::due(db, unit, now)?;
            // set before the clock was put back
            due.map_or_else(
                || evidence::beyond(db, unit, now + plan::LONGEST),
                |due| Ok(Some(due)),
            )
        });
        let due = match due {
            Ok(Some(due)) => due,
            Ok(None) => return store.read(|db| evidence::next_turn(db, unit)).ok()?,
            Err(error) => {
                tracing::error!(%error, "what signatures still get could not be read");
                return Some(now + OWN_REST);
            }
        };
        match self.complete(due.place).await {
            Ok(()) => {
                self.evidence = Rests::default();
                Some(self.now())
            }
            Err(trouble) => {
                let until = self.leave(due, &trouble);
                self.evidence.failures = self.evidence.failures.saturating_add(1);
                self.evidence.until = Some(until);
                Some(until)
            }
        }
    }

    /// Whether anything that matters more would go now, or this may not.
    fn line_is_free(&self, rows: &[Row], now: DateTime<Utc>) -> bool {
        let permitted = match self.link.permit {
            Permit::All => true,
            Permit::Small { bytes } => bytes >= COST,
            Permit::Paused => false,
        };
        let reached = self.link.device == Enrolment::Done && self.link.attempts == 0;
        let first = plan::plan(now, rows, &self.link);
        let busy = first.iter().any(|step| !matches!(step, Step::Poll));
        permitted && reached && !busy
    }

    /// Notes a failure quietly; answers when the lane tries again.
    fn leave(&self, due: Due, trouble: &Trouble) -> DateTime<Utc> {
        tracing::info!(%trouble, ?due, "a signature got no timestamp yet");
        let failures = self.evidence.failures.saturating_add(1);
        let until = match trouble {
            Trouble::Own(_) => self.now() + OWN_REST,
            _ => self.rest(failures, None),
        };
        let Some(why) = trouble.said() else {
            return until;
        };
        let next = self.rest(due.tries.saturating_add(1), None).max(until);
        let by = self.by();
        let noted = self
            .shared
            .store
            .write(move |tx| evidence::put_off(tx, due, next, why, by));
        if let Err(error) = noted {
            tracing::error!(%error, "a late timestamp could not be noted");
        }
        self.changed(due.place.dossier);
        until
    }

    async fn complete(&self, place: Place) -> Result<(), Trouble> {
        let trust = crate::connection::signers(&self.shared.connection)?;
        let held = self.held(place)?;
        let mut p7s = held.p7s.clone();
        if known(&p7s, &trust)?.is_none() {
            p7s = self.stamped(&held, &trust).await?;
        }
        if listed(&p7s, &trust)?.is_none() {
            p7s = self.with_lists(&p7s, &trust).await?;
        }
        if p7s != held.p7s {
            self.keep_version(place, &held.manifest, &p7s, &trust)?;
        }
        self.deliver(place).await?;
        Ok(self
            .shared
            .store
            .write(move |tx| evidence::settle(tx, place))?)
    }

    /// The signature with all that was added so far.
    fn held(&self, place: Place) -> Result<Held, Error> {
        let Place {
            dossier, revision, ..
        } = place;
        let store = &self.shared.store;
        let (manifest, p7s) = store.read(|db| {
            let made = signatures::of_revision(db, dossier, revision)?;
            let made = made.into_iter().find(|s| s.step == place.step);
            let made = made.ok_or(StoreError::NotFound { what: "signature" })?;
            let newest = newest(db, place)?;
            Ok((made.manifest, newest.map_or(made.p7s, |v| v.p7s)))
        })?;
        Ok(Held {
            manifest: store.files().get(&manifest)?,
            p7s: store.files().get(&p7s)?,
        })
    }

    /// The same signature with a timestamp of the authority the connection file names.
    async fn stamped(&self, held: &Held, trust: &Trust) -> Result<Vec<u8>, Trouble> {
        let Some(service) = &self.shared.connection.timestamp else {
            return Ok(held.p7s.clone());
        };
        let nonce = (self.shared.outside.luck)().to_be_bytes();
        let query = Query::new(&held.p7s, nonce)?;
        let answer = self.portal.timestamp(&service.url, query.bytes()).await?;
        let (token, _) = query.read(&answer, trust)?;
        Ok(timestamp::stamped(&held.p7s, &token)?)
    }

    /// The same signature with today's revocation lists of its issuer, as far as they are here and
    /// small enough to lie in every signature.
    async fn with_lists(&self, p7s: &[u8], trust: &Trust) -> Result<Vec<u8>, Trouble> {
        if self.shared.connection.revocation_lists.is_empty() {
            return Ok(p7s.to_vec());
        }
        self.refresh_lists().await;
        let (store, now) = (&self.shared.store, self.now());
        let mut lists = crate::revocation::kept(store, self.unit.id)?;
        lists.retain(|list| list.current(now) && list.der().len() <= LARGEST_LIST);
        Ok(with_lists(p7s, &lists, trust)?)
    }

    /// Verifies an addition as anybody would, and keeps it.
    fn keep_version(
        &self,
        place: Place,
        manifest: &[u8],
        p7s: &[u8],
        trust: &Trust,
    ) -> Result<(), Trouble> {
        verify_cms(manifest, p7s, trust)?;
        let stamp = known(p7s, trust)?;
        let listed = listed(p7s, trust)?;
        let version = Version {
            place,
            p7s: self.shared.store.files().put_bytes(p7s)?,
            p7s_size: p7s.len() as u64,
            stamped: stamp.map(|said| Stamp {
                at: said.at,
                authority: said.authority,
            }),
            listed_at: listed.map(|said| said.issued_at),
        };
        let by = self.by();
        self.shared
            .store
            .write(move |tx| evidence::add(tx, &version, by))?;
        self.changed(place.dossier);
        (self.shared.tell)(Fact::ResultsChanged);
        Ok(())
    }

    /// Brings the newest version to the portal; told before is as good as told now.
    async fn deliver(&self, place: Place) -> Result<(), Trouble> {
        let Some(version) = self.shared.store.read(|db| newest(db, place))? else {
            return Ok(());
        };
        let p7s = BlobRef {
            sha256: version.p7s,
            size: version.p7s_size,
        };
        let unit = self.unit.id;
        let known = self
            .shared
            .store
            .read(|db| uploads::get(db, unit, &p7s.sha256))?;
        let source = self.source(p7s, Class::Manifest, known);
        let sent = {
            let _line = self.shared.line.acquire().await.map_err(|_| {
                let closed: Error = hoso_contract::Code::Internal.into();
                closed
            })?;
            self.portal
                .upload(&source, &mut |_| {}, &Cancel::never())
                .await
        };
        match sent {
            Ok(()) => {}
            Err(Ended::Failed(failure)) => return Err(failure.into()),
            // nobody holds the other end of this
            Err(Ended::Cancelled) => return Ok(()),
        }
        let Place {
            dossier,
            revision,
            step,
        } = place;
        Ok(self
            .portal
            .add_evidence(dossier, revision, step, p7s)
            .await?)
    }
}

fn newest(db: &Db, place: Place) -> Result<Option<Version>, StoreError> {
    let all = evidence::newest(db, place.dossier, place.revision)?;
    Ok(all.into_iter().find(|v| v.place == place))
}

/// The timestamp of a known authority; one of another may stay, and does not count.
fn known(p7s: &[u8], trust: &Trust) -> Result<Option<Timestamp>, TimestampError> {
    let said = timestamp::timestamp(p7s, trust)?;
    Ok(said.filter(|t| t.standing == Standing::Known))
}
