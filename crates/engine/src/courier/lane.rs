//! One unit's way to the portal: its device, its rows, its feed. A pass plans and acts, and plans
//! anew after each body.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::broadcast::{
    self,
    error::{RecvError, TryRecvError},
};
use tokio::time::Instant;

use hoso_contract::view::LinkView;
use hoso_contract::{AppError, Code, Fact};
use hoso_domain::digest::Digest;
use hoso_domain::id::{DeviceId, DossierId, ResultId};
use hoso_domain::life::LocalState;
use hoso_domain::party::Unit;
use hoso_store::devices::{self, Device as StoredDevice, Enrolment as Stored};
use hoso_store::numbers::Owner;
use hoso_store::{By, outbox, settings};
use hoso_sync::api::device::Enrolled;
use hoso_sync::api::problem::Kind;
use hoso_sync::plan::{self, Enrolment, LinkState, Network, Permit, Row, Step, Wake};
use hoso_sync::{Device, DeviceKey, Disposition, Failure, Goodput, Partial, Portal};

use super::evidence::Rests;
use super::hearing::POLL;
use super::large::Rest;
use super::permit::permit;
use super::succession::pc_name;
use super::{Order, Shared};
use crate::error::{Error, courier as worded};
use crate::open::key;
use crate::{clock, enrolment};

/// A portal that answered so long ago is there: it need not be asked before a dossier is begun.
const FRESH: Duration = Duration::from_secs(10);
/// After a step that failed on this PC: a full disk is not emptied by trying.
const REST: TimeDelta = TimeDelta::seconds(15);

pub(super) struct Lane {
    pub shared: Arc<Shared>,
    pub unit: Unit,
    pub portal: Portal,
    pub key: DeviceKey,
    device: StoredDevice,
    /// The portal gave this PC a device, whatever it says of it since.
    enrolled: bool,
    /// It ended that device: asking again is of no use.
    revoked: bool,
    pub(super) link: LinkState,
    pub(super) evidence: Rests,
    /// When the revocation lists were last asked for in this run.
    pub(super) lists_asked: tokio::sync::Mutex<Option<DateTime<Utc>>>,
    /// "Gửi ngay" for all: what the settings withhold goes too, until nothing waits.
    pub(super) insisted: bool,
    /// Which dossier of how many this pass sends.
    pub(super) place: (u32, u32),
    /// Failed tries of result documents in this run.
    pub tries: Mutex<BTreeMap<ResultId, u32>>,
    /// Files of which a part is here, as long as this run lasts. They grow where they are: whoever
    /// stops a download in the middle leaves what came.
    pub parts: tokio::sync::Mutex<BTreeMap<Digest, Partial>>,
    /// Large files that could not be brought.
    pub(super) rests: Mutex<BTreeMap<Digest, Rest>>,
    /// When the portal answered last.
    answered: Mutex<Option<Instant>>,
    /// Why what the treasury says could not be read.
    pub(super) unread: Option<AppError>,
    /// How often in a row the portal put off what was sent.
    put_off: u32,
}

/// Why a step, or the whole pass, ended early.
pub(super) enum Stop {
    Link(Failure),
    /// The portal is there, and its feed alone fails: what is to be sent goes on.
    Feed(Failure),
    Own(Error),
}

impl Stop {
    /// A failure met while the feed was read.
    pub fn reading(failure: Failure) -> Self {
        if failure.stops_the_pass() {
            Stop::Link(failure)
        } else {
            Stop::Feed(failure)
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Own(error)
    }
}

impl From<hoso_store::StoreError> for Stop {
    fn from(error: hoso_store::StoreError) -> Self {
        Stop::Own(error.into())
    }
}

impl Lane {
    /// Makes the unit's device key on the first start; it is stored before the portal hears of it.
    pub fn new(shared: Arc<Shared>, unit: Unit) -> Result<Self, Error> {
        let (stored, key) = device(&shared, &unit)?;
        let portal = client(&shared)?;
        let enrolled: Option<Enrolled> = serde_json::from_str(&stored.doc).ok();
        let (portal, enrolment) = match (stored.state, enrolled) {
            (Stored::Enrolled, Some(known)) => {
                let key = DeviceKey::from_bytes(&stored.private_key).map_err(key_lost)?;
                (
                    portal.with_device(Device {
                        id: known.device,
                        key,
                    }),
                    Enrolment::Done,
                )
            }
            _ => (portal, Enrolment::Ready),
        };
        shared.keep_line(unit.id, portal.line());
        let pace: Option<u64> = shared
            .store
            .read(|db| settings::get(db, Some(unit.id), key::PACE))?;
        if let Some(pace) = pace {
            portal.set_goodput(Goodput::known(pace as f64));
        }
        let lane = Self {
            shared,
            unit,
            portal,
            key,
            device: stored,
            enrolled: enrolment == Enrolment::Done,
            revoked: false,
            link: LinkState {
                network: Network::Up,
                device: enrolment,
                wake: Wake::Start,
                attempts: 0,
                next_try: None,
                next_poll: None,
                feed_attempts: 0,
                permit: Permit::All,
                permit_until: None,
            },
            evidence: Rests::default(),
            lists_asked: tokio::sync::Mutex::default(),
            insisted: false,
            place: (0, 0),
            tries: Mutex::default(),
            parts: tokio::sync::Mutex::default(),
            rests: Mutex::default(),
            answered: Mutex::default(),
            unread: None,
            put_off: 0,
        };
        lane.keep_pace();
        Ok(lane)
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.shared.now()
    }

    pub fn by(&self) -> By {
        By {
            person: self.shared.person,
            at: self.now(),
        }
    }

    /// Works until the runtime is shut down.
    pub async fn run(mut self, mut orders: broadcast::Receiver<Order>) {
        if let Err(error) = self.leftovers() {
            tracing::error!(%error, "rows of the last run could not be read");
        }
        loop {
            let wake_at = self.pass().await;
            self.link.wake = Wake::Timer;
            let rest = wake_at.map_or(POLL, |at| {
                (at - self.now()).to_std().unwrap_or(Duration::ZERO)
            });
            let free = self.link.attempts == 0 && self.link.device == Enrolment::Done;
            let mut heard = Ok(());
            tokio::select! {
                order = orders.recv() => {
                    if self.heed(order, &mut orders).is_break() {
                        return;
                    }
                }
                () = tokio::time::sleep(rest) => {}
                ended = self.listen(), if free => heard = ended,
            }
            match heard {
                Err(Stop::Link(failure)) => self.link_failed(&failure),
                Err(Stop::Feed(failure)) => self.feed_failed(&failure),
                Err(Stop::Own(error)) => self.feed_not_kept(&error),
                Ok(()) => {}
            }
        }
    }

    /// One pass for all orders that wait, as the most urgent of them asks for; `Break`: no more come.
    fn heed(
        &mut self,
        first: Result<Order, RecvError>,
        orders: &mut broadcast::Receiver<Order>,
    ) -> ControlFlow<()> {
        let mut order = first;
        loop {
            match order {
                Ok(Order::SendNow { all }) => {
                    self.insisted |= all;
                    self.link.wake = Wake::SendNow;
                }
                // a missed order may have been "Gửi ngay"; what the settings withhold goes by none
                // that was not heard
                Err(RecvError::Lagged(_)) => self.link.wake = Wake::SendNow,
                Err(RecvError::Closed) => return ControlFlow::Break(()),
                // its connections were let go of by whoever gave the order
                Ok(Order::LinkUp) if self.link.wake == Wake::Timer => {
                    self.link.wake = Wake::LinkUp;
                }
                Ok(Order::LinkUp | Order::Look | Order::InFront | Order::Behind) => {}
            }
            order = match orders.try_recv() {
                Ok(next) => Ok(next),
                Err(TryRecvError::Lagged(missed)) => Err(RecvError::Lagged(missed)),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            };
        }
        if self.link.wake == Wake::SendNow {
            self.portal.reconnect();
        }
        ControlFlow::Continue(())
    }

    /// `sending` left by a run that ended is as unknown as `unknown`.
    fn leftovers(&self) -> Result<(), Error> {
        let rows = self.shared.store.read(outbox::all)?;
        for row in rows.into_iter().filter(|r| r.unit == self.unit.id) {
            self.sending_is_unknown(row.dossier)?;
        }
        Ok(())
    }

    /// One pass: plan, act, and say when to plan again. After each body the plan is made anew, so
    /// that small messages and what a person pressed meanwhile wait for one body at the most.
    async fn pass(&mut self) -> Option<DateTime<Utc>> {
        let woken = self.link.wake != Wake::Timer;
        if woken {
            self.evidence = Rests::default();
            self.wake_rests();
            self.link.next_try = None;
            self.link.next_poll = None;
        }
        self.heed_press();
        self.place = (0, 0);
        let mut rest = TimeDelta::zero();
        let mut tried = BTreeSet::new();
        loop {
            let now = self.now();
            let mut rows = match self.rows() {
                Ok(rows) => rows,
                Err(error) => {
                    tracing::error!(%error, "the outbox could not be read");
                    return Some(now + REST);
                }
            };
            self.heed_settings(&rows, now);
            self.heed_wishes();
            self.heed_signature();
            // a row has one turn in a pass; until then what woke the pass ends its back-off
            rows.retain(|row| !tried.contains(&row.dossier));
            for row in rows.iter_mut().filter(|_| woken) {
                row.next_try = None;
            }
            if !self.act(&rows, now, &mut tried, &mut rest).await {
                break;
            }
            self.link.wake = Wake::Timer;
        }
        let rows = self.rows().unwrap_or_default();
        let evidence = self.add_evidence(&rows).await;
        let now = self.now();
        let wake = plan::next_wake(now, &rows, &self.link).map(|at| at.max(now + rest));
        wake.into_iter().chain(evidence).min()
    }

    /// Acts by a plan; `true`: a body went, and it is time to plan anew.
    async fn act(
        &mut self,
        rows: &[Row],
        now: DateTime<Utc>,
        tried: &mut BTreeSet<DossierId>,
        rest: &mut TimeDelta,
    ) -> bool {
        let steps = plan::plan(now, rows, &self.link);
        let commits = steps.iter().filter(|s| matches!(s, Step::Commit { .. }));
        let more = u32::try_from(commits.count()).unwrap_or(u32::MAX);
        self.place.1 = self.place.0.saturating_add(more);
        for step in steps {
            let done = match step {
                Step::Enrol => self.enrol().await,
                Step::Poll => self.converse().await,
                Step::Ask { dossier, .. } => self.ask(dossier).await,
                // `send` uploads what is missing, in the plan's order
                Step::Upload { .. } => continue,
                Step::Commit { dossier, .. } => {
                    self.place.0 = self.place.0.saturating_add(1);
                    self.send(dossier).await
                }
            };
            tried.extend(step.dossier());
            match done {
                Ok(()) => {
                    self.link_held();
                    match step {
                        Step::Poll => self.feed_was_read(),
                        Step::Commit { .. } => self.put_off = 0,
                        _ => {}
                    }
                }
                Err(Stop::Link(failure)) => {
                    // feed and bodies go first by turns: what breaks the line in one must not keep
                    // the other from its turn
                    self.link.feed_attempts = match step {
                        // the length of the feed's own rest is no matter of the line
                        Step::Poll => self.link.feed_attempts.max(1),
                        _ => 0,
                    };
                    let asks_to_wait = matches!(
                        failure,
                        Failure::Server { .. } | Failure::RateLimited { .. }
                    );
                    if asks_to_wait && matches!(step, Step::Commit { .. }) {
                        // that its feed is read meanwhile is no sign that it takes anything
                        self.link.attempts = self.link.attempts.max(self.put_off);
                        self.put_off = self.put_off.saturating_add(1);
                    }
                    self.link_failed(&failure);
                    return false;
                }
                Err(Stop::Feed(failure)) => {
                    self.link_held();
                    self.feed_failed(&failure);
                }
                Err(Stop::Own(error)) if step == Step::Poll => self.feed_not_kept(&error),
                Err(Stop::Own(error)) => {
                    tracing::error!(%error, ?step, "a step of the courier failed here");
                    *rest = REST;
                }
            }
            let had_body = |row: &Row| Some(row.dossier) == step.dossier() && !row.blobs.is_empty();
            if matches!(step, Step::Commit { .. }) && rows.iter().any(had_body) {
                // the feed's turn, but where it rests by itself
                let poll = self.link.next_poll;
                if poll.is_none_or(|at| !plan::is_ahead(self.now(), at)) {
                    self.link.feed_attempts = 0;
                }
                return true;
            }
        }
        false
    }

    /// "Gửi ngay" asks a portal once more that did not take this PC.
    fn heed_press(&mut self) {
        let refused = self.link.device == Enrolment::Missing && !self.revoked;
        if self.link.wake == Wake::SendNow && refused {
            self.link.device = match self.enrolled {
                true => Enrolment::Done,
                false => Enrolment::Ready,
            };
        }
    }

    /// What waits to be told is brought to the portal together with the next look at the feed: now.
    fn heed_wishes(&mut self) {
        let waits = self.withdrawals().and_then(|wishes| {
            Ok(self.devices_are_looked_at()
                || !wishes.is_empty()
                || !self.renewals()?.is_empty()
                || !self.revocations()?.is_empty())
        });
        match waits {
            Ok(true) => self.link.next_poll = None,
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "what waits to be told could not be read"),
        }
    }

    /// What goes by itself now.
    fn heed_settings(&mut self, rows: &[Row], now: DateTime<Utc>) {
        self.insisted &= rows.iter().any(|r| r.state == LocalState::Queued);
        match self.shared.store.read(crate::open::read_settings) {
            Ok(settings) => {
                (self.link.permit, self.link.permit_until) = permit(&settings, now);
            }
            Err(error) => tracing::error!(%error, "the settings could not be read"),
        }
        if self.insisted && matches!(self.link.permit, Permit::Small { .. }) {
            self.link.permit = Permit::All;
        }
    }

    /// The portal answered: the link need not rest.
    fn link_held(&mut self) {
        self.link.attempts = 0;
        self.link.next_try = None;
    }

    fn link_failed(&mut self, failure: &Failure) {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.link.attempts = match self.link.wake {
            // a new network: what failed over the old one says nothing of it, and its route or names
            // may come a moment after its address
            Wake::LinkUp => 1,
            _ => self.link.attempts.saturating_add(1),
        };
        if let Failure::Auth(problem) = failure {
            self.not_taken();
            self.revoked = problem.kind == Kind::DeviceRevoked;
        }
        if let Failure::Clock { ahead: Some(ahead) } = failure {
            self.shared.saw_clock(*ahead);
        }
        let next = self.rest(self.link.attempts, wished(failure));
        self.link.next_try = Some(next);
        // what was said meanwhile is asked for as soon as the portal is there again
        self.link.next_poll = None;
        tracing::info!(%failure, attempts = self.link.attempts, "the portal was not reached");
        let tries = self.link.device != Enrolment::Missing;
        self.shared.set_link(LinkView::Offline {
            why: Some(worded(failure)),
            next_try: Some(next).filter(|_| tries),
        });
    }

    /// Only a person can help: by another connection file, or by "Gửi ngay" where that was the
    /// portal's mistake.
    fn not_taken(&mut self) {
        self.link.device = Enrolment::Missing;
        let mut unknown = self
            .shared
            .unknown
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        unknown.insert(self.unit.id);
    }

    /// A portal that is not there must not cost a row a state and the trail a line: asked, unless it
    /// answered a moment ago.
    pub async fn portal_is_there(&self) -> Result<(), Stop> {
        let answered = *self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        if answered.is_some_and(|at| at.elapsed() < FRESH) {
            return Ok(());
        }
        self.portal.hello().await.map_err(Stop::Link)
    }

    /// Says that the portal answered.
    pub fn reached(&self) {
        let now = Some(Instant::now());
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = now;
        self.taken_again();
        self.tell_online();
        if let Some(ahead) = self.portal.clock_ahead() {
            self.shared.saw_clock(ahead);
        }
        self.keep_pace();
    }

    /// What was said of this PC before does not count any more.
    fn taken_again(&self) {
        let unknown = self.shared.unknown.lock();
        let mut unknown = unknown.unwrap_or_else(PoisonError::into_inner);
        let changed = unknown.remove(&self.unit.id);
        drop(unknown);
        if changed {
            (self.shared.tell)(Fact::DevicesChanged);
        }
    }

    pub(super) fn tell_online(&self) {
        self.shared.set_link(LinkView::Online {
            updated: self.now(),
            unread: self.unread.clone(),
        });
    }

    /// Keeps the pace of the line, for the estimates; answers it where it is known.
    pub fn keep_pace(&self) -> Option<u64> {
        let pace = self.portal.goodput().bytes_per_second()? as u64;
        *self
            .shared
            .pace
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = pace;
        Some(pace)
    }

    /// The rows of this unit as the plan wants them.
    fn rows(&self) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        let all = self.shared.store.read(outbox::all)?;
        for row in all.into_iter().filter(|r| r.unit == self.unit.id) {
            let state = self
                .shared
                .store
                .read(|db| hoso_store::dossiers::current(db, row.dossier))?;
            let blobs = match self.submission(row.dossier) {
                Ok(submission) => submission.pending(),
                Err(error) => {
                    // the send itself says what is wrong, at this row
                    tracing::warn!(%error, "a row's files cannot be read");
                    Vec::new()
                }
            };
            rows.push(Row {
                dossier: row.dossier,
                revision: row.revision,
                state: state.revision.state,
                attempts: row.attempts,
                next_try: row.next_try,
                blobs,
                priority: row.priority,
            });
        }
        Ok(rows)
    }

    /// Makes this PC known: by what the account owner signed, or with one of the connection file's
    /// one-time codes.
    async fn enrol(&mut self) -> Result<(), Stop> {
        let codes = self
            .shared
            .connection
            .enrolment(self.unit.id)
            .map(|e| e.codes.clone())
            .unwrap_or_default();
        let name = pc_name();
        if let Some((enrolled, old)) = self.succeed(&name).await? {
            return Ok(self.enrolled(&enrolled, Some(old), None)?);
        }
        if let Some(enrolled) = self.enrol_signed().await? {
            // the file's numbers are for who spends its first code
            return Ok(self.enrolled(&enrolled, None, Some(Owner::Other))?);
        }
        let mut refused = None;
        // the first code is the first PC's, and so are the file's numbers
        let owners = std::iter::once(Owner::Own).chain(std::iter::repeat(Owner::Other));
        for (code, owner) in codes.into_iter().zip(owners) {
            match self
                .portal
                .enrol(&self.key, &self.unit.code, &code, &name)
                .await
            {
                Ok(enrolled) => return Ok(self.enrolled(&enrolled, None, Some(owner))?),
                // a used code: the file holds one per device
                Err(Failure::Auth(problem)) => refused = Some(Failure::Auth(problem)),
                Err(failure) => return Err(Stop::Link(failure)),
            }
        }
        match refused {
            Some(failure) => Err(Stop::Link(failure)),
            None => {
                self.not_taken();
                Err(Stop::Own(Code::DeviceUnknown.into()))
            }
        }
    }

    /// `old` is the device that handed over: both are noted in one step, so that neither is asked
    /// for again. `owner`: of the numbers in the connection file, where the enrolment told it.
    fn enrolled(
        &mut self,
        enrolled: &Enrolled,
        old: Option<DeviceId>,
        owner: Option<Owner>,
    ) -> Result<(), Error> {
        let doc = serde_json::to_string(enrolled).map_err(|source| Error::OwnData {
            what: "enrolment",
            source,
        })?;
        let (id, unit, at) = (self.device.id, self.unit.id, self.now());
        let first_block = owner.map(|owner| self.first_block(owner));
        self.shared.store.write(move |tx| {
            first_block.map_or(Ok(()), |settle| settle(tx))?;
            enrolment::forget(tx, unit)?;
            if let Some(old) = old {
                devices::set_state(tx, old, Stored::Revoked, "{}", at)?;
            }
            devices::set_state(tx, id, Stored::Enrolled, &doc, at)
        })?;
        let key = DeviceKey::from_bytes(&self.device.private_key).map_err(key_lost)?;
        let pace = self.portal.goodput();
        self.portal = client(&self.shared)?.with_device(Device {
            id: enrolled.device,
            key,
        });
        self.portal.set_goodput(pace);
        self.shared.keep_line(self.unit.id, self.portal.line());
        self.link.device = Enrolment::Done;
        (self.enrolled, self.revoked) = (true, false);
        self.taken_again();
        (self.shared.tell)(Fact::DevicesChanged);
        Ok(())
    }

    /// The next try of a row after its `attempts`-th failure.
    pub fn rest(&self, attempts: u32, after: Option<Duration>) -> DateTime<Utc> {
        let luck = (self.shared.outside.luck)();
        plan::next_try(self.now(), attempts.max(1), after, luck)
    }

    pub fn changed(&self, id: DossierId) {
        (self.shared.tell)(Fact::DossierChanged { id });
    }
}

/// How long the portal itself wishes to be left alone.
pub(super) fn wished(failure: &Failure) -> Option<Duration> {
    match failure.disposition() {
        Disposition::Retry { after } => after,
        Disposition::Park | Disposition::Fatal => None,
    }
}

/// A client of the portal that is not enrolled.
pub(super) fn client(shared: &Shared) -> Result<Portal, Error> {
    (shared.outside.portal)(&shared.connection).map_err(|error| {
        tracing::error!(%error, "no client can be made of the connection file");
        Code::ConnectionForeign.into()
    })
}

/// The unit's device as stored, made on the first start.
fn device(shared: &Shared, unit: &Unit) -> Result<(StoredDevice, DeviceKey), Error> {
    let stored = shared.store.read(|db| devices::of_unit(db, unit.id))?;
    if let Some(stored) = stored {
        let key = DeviceKey::from_bytes(&stored.private_key).map_err(key_lost)?;
        return Ok((stored, key));
    }
    let key = DeviceKey::generate().map_err(key_lost)?;
    let new = StoredDevice {
        id: DeviceId(clock::new_id()),
        unit: unit.id,
        portal: shared.connection.portal_url.clone(),
        private_key: key.to_bytes(),
        state: Stored::New,
        doc: "{}".to_owned(),
    };
    let (kept, at) = (new.clone(), shared.now());
    shared.store.write(move |tx| devices::add(tx, &kept, at))?;
    Ok((new, key))
}

pub(crate) fn key_lost(error: hoso_sync::device::DeviceKeyError) -> Error {
    tracing::error!(%error, "the device key cannot be used");
    Code::Internal.into()
}
