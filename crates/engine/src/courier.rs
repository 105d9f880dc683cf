//! The courier: one task per unit that sends what waits and reads what the treasury says, as long
//! as somebody is unlocked. `hoso_sync` plans and speaks; this module stores, and stores first.

mod books;
mod devices;
mod enrolment;
mod evidence;
mod feed;
mod hearing;
mod lane;
mod large;
mod network;
mod numbers;
mod permit;
mod renewal;
mod revocation;
mod send;
mod sends;
mod succession;
mod withdraw;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, broadcast};

use hoso_contract::view::{LinkView, Settings};
use hoso_contract::{AppError, Fact};
use hoso_domain::id::{DossierId, PersonId, UnitId};
use hoso_store::Store;
use hoso_sync::api::connection::Connection;
use hoso_sync::plan::Permit;
use hoso_sync::portal::SetupError;
use hoso_sync::wire::Line;
use hoso_sync::{Clock, Portal};

use crate::clock;
use crate::engine::Tell;
use lane::Lane;
use sends::{Sends, Wanted};

pub(crate) use books::dossier_of;
pub(crate) use feed::pdf as result_pdf;
pub(crate) use lane::key_lost;
pub(crate) use large::awaited;
pub use network::Addresses;
pub(crate) use permit::withheld;
pub(crate) use succession::pc_name;

/// A clock that differs from the portal's by more is told: signatures carry its time.
const CLOCK_DIFFERS: TimeDelta = TimeDelta::minutes(5);

/// What the window tells the courier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// Something may wait to be sent.
    Look,
    /// Gửi ngay: no back-off counts. For `all` rows, or for one that is brought forward in the store.
    SendNow { all: bool },
    /// The network came back: given by the courier itself.
    LinkUp,
    /// The window came to the front: the feed is held open.
    InFront,
    /// It went behind others: the feed is asked now and then.
    Behind,
}

/// Makes the client of the portal a connection file describes, not enrolled.
pub type MakePortal = Arc<dyn Fn(&Connection) -> Result<Portal, SetupError> + Send + Sync>;

/// What the courier takes from outside: time, luck, the line and the PC's addresses. A simulation
/// brings its own.
#[derive(Clone)]
pub struct Outside {
    pub clock: Clock,
    /// Spreads the tries of many PCs.
    pub luck: Arc<dyn Fn() -> u64 + Send + Sync>,
    pub portal: MakePortal,
    pub addresses: Addresses,
    #[cfg(feature = "planted-faults")]
    pub planted: Option<Planted>,
}

impl Outside {
    /// The PC's clock and the network.
    pub fn system() -> Self {
        Self {
            clock: Arc::new(clock::now),
            // the low bits of an id are random
            luck: Arc::new(|| clock::new_id().as_u64_pair().1),
            portal: Arc::new(|connection| Portal::new(connection, None, Arc::new(clock::now))),
            addresses: Arc::new(network::addresses),
            #[cfg(feature = "planted-faults")]
            planted: None,
        }
    }
}

/// A fault sewn in on purpose, to show that the simulation catches it.
#[cfg(feature = "planted-faults")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Planted {
    /// The cursor is stored before the rows it stands for.
    CursorFirst,
    /// Any answer with status 200 counts as accepted.
    Trust200,
}

/// One unit's work or the watch over the addresses, to be spawned; ends when its [`Courier`] is gone.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// This PC's clock beside the portal's, as its last answer told.
#[derive(Clone, Copy)]
struct ClockSeen {
    /// By this PC's clock.
    at: DateTime<Utc>,
    /// Minutes by which it is before the portal's (negative: behind), where that is too much.
    off: Option<i64>,
}

/// What all lanes share.
pub(crate) struct Shared {
    pub outside: Outside,
    pub store: Arc<Store>,
    pub connection: Connection,
    pub person: PersonId,
    pub tell: Tell,
    pub link: Mutex<LinkView>,
    /// Bytes per second measured last; 0 while unknown.
    pub pace: Mutex<u64>,
    /// `None` before the portal told.
    clock_seen: Mutex<Option<ClockSeen>>,
    /// Somebody may be looking; so as long as no window says otherwise.
    in_front: AtomicBool,
    /// One body at a time: two on a thin line are both too slow.
    pub line: Semaphore,
    pub sends: Sends,
    /// Units whose PCs somebody looks at, until the portal told.
    pub devices_asked: Mutex<BTreeSet<UnitId>>,
    /// Units whose account owner signed for this PC, until their lanes heed it.
    pub signed: Mutex<BTreeSet<UnitId>>,
    /// Units whose portal does not take this PC: never known there, or revoked.
    pub unknown: Mutex<BTreeSet<UnitId>>,
    /// Each unit's connections, to be let go of when the network comes back.
    lines: Mutex<BTreeMap<UnitId, Line>>,
}

impl Shared {
    /// Now, in whole milliseconds: what the store keeps.
    pub fn now(&self) -> DateTime<Utc> {
        (self.outside.clock)().trunc_subsecs(3)
    }

    pub fn keep_line(&self, unit: UnitId, line: Line) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.insert(unit, line);
    }

    /// The network came back: every back-off ends, every old connection is let go of.
    fn link_up(&self, orders: &broadcast::Sender<Order>) {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        for line in lines.values() {
            line.reconnect();
        }
        let _ = orders.send(Order::LinkUp);
    }

    #[cfg(feature = "planted-faults")]
    pub fn planted(&self, fault: Planted) -> bool {
        self.outside.planted == Some(fault)
    }

    pub fn in_front(&self) -> bool {
        self.in_front.load(Ordering::SeqCst)
    }

    /// The portal's answer told how far this PC's clock is before its own.
    pub fn saw_clock(&self, ahead: TimeDelta) {
        let off = (ahead.abs() > CLOCK_DIFFERS).then(|| clock::minutes(ahead));
        let seen = ClockSeen {
            at: self.now(),
            off,
        };
        let mut known = self
            .clock_seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = known.replace(seen);
        drop(known);
        // that it agrees is news as well: it may have been doubted
        if before.is_none_or(|before| before.off != off) {
            (self.tell)(Fact::SessionChanged);
        }
    }

    pub fn set_link(&self, link: LinkView) {
        let mut now = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = *now != link;
        *now = link;
        drop(now);
        if changed {
            (self.tell)(Fact::LinkChanged);
        }
    }
}

/// The courier of one open store. Dropping it ends its tasks.
pub struct Courier {
    orders: broadcast::Sender<Order>,
    shared: Option<Arc<Shared>>,
    runtime: Mutex<Option<Runtime>>,
}

impl Courier {
    /// Starts the lanes on a thread of their own.
    pub fn start(
        store: Arc<Store>,
        connection: Option<Connection>,
        person: PersonId,
        tell: Tell,
    ) -> Self {
        let (mut courier, tasks) =
            Self::prepare(store, connection, person, tell, Outside::system());
        if tasks.is_empty() {
            return courier;
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("courier")
            .enable_all()
            .build();
        match runtime {
            Ok(runtime) => {
                for task in tasks {
                    runtime.spawn(task);
                }
                courier.runtime = Mutex::new(Some(runtime));
            }
            Err(error) => {
                tracing::error!(%error, "the courier's threads could not be started");
                courier.shared = None;
            }
        }
        courier
    }

    /// A courier whose tasks the caller spawns; without a connection file, or with a store that
    /// cannot be written, there is nothing to carry and no task.
    pub fn prepare(
        store: Arc<Store>,
        connection: Option<Connection>,
        person: PersonId,
        tell: Tell,
        outside: Outside,
    ) -> (Self, Vec<Task>) {
        let (orders, _) = broadcast::channel(16);
        let mut courier = Self {
            orders,
            shared: None,
            runtime: Mutex::new(None),
        };
        let mut tasks: Vec<Task> = Vec::new();
        let Some(connection) = connection.filter(|_| !store.is_read_only()) else {
            return (courier, tasks);
        };
        let shared = Arc::new(Shared {
            outside,
            store,
            connection,
            person,
            tell,
            link: Mutex::new(LinkView::Offline {
                why: None,
                next_try: None,
            }),
            pace: Mutex::new(0),
            clock_seen: Mutex::default(),
            in_front: AtomicBool::new(true),
            line: Semaphore::new(1),
            sends: Sends::default(),
            devices_asked: Mutex::default(),
            signed: Mutex::default(),
            unknown: Mutex::default(),
            lines: Mutex::default(),
        });
        for unit in shared.connection.units.clone() {
            match Lane::new(Arc::clone(&shared), unit) {
                Ok(lane) => tasks.push(Box::pin(lane.run(courier.orders.subscribe()))),
                Err(error) => tracing::error!(%error, "a unit's lane could not be opened"),
            }
        }
        if !tasks.is_empty() {
            tasks.push(Box::pin(network::watch(
                Arc::downgrade(&shared),
                courier.orders.downgrade(),
                Arc::clone(&shared.outside.addresses),
            )));
        }
        courier.shared = Some(shared);
        (courier, tasks)
    }

    pub fn order(&self, order: Order) {
        // kept as well: a lane that is busy may miss an order
        if let (Some(shared), Order::InFront | Order::Behind) = (&self.shared, order) {
            let in_front = order == Order::InFront;
            shared.in_front.store(in_front, Ordering::SeqCst);
        }
        // without lanes nobody listens
        let _ = self.orders.send(order);
    }

    /// A person's word: a send of this dossier that is under way ends and stands as held, unless its
    /// commit was handed over already.
    pub fn call_off(&self, id: DossierId) {
        if let Some(shared) = &self.shared {
            shared.sends.call_off(id);
        }
    }

    /// The settings changed: what they do not let go by itself any more ends and waits.
    pub fn heed(&self, settings: &Settings) {
        let Some(shared) = &self.shared else { return };
        match permit::permit(settings, shared.now()).0 {
            Permit::Paused => shared.sends.let_wait(Wanted::WithAll),
            Permit::Small { bytes } => shared.sends.let_large_wait(bytes),
            Permit::All => {}
        }
        self.order(Order::Look);
    }

    /// Has the unit's PCs read, as soon as there is a link.
    pub fn ask_for_devices(&self, unit: UnitId) {
        let Some(shared) = &self.shared else { return };
        let asked = &shared.devices_asked;
        asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(unit);
        self.order(Order::Look);
    }

    /// The unit's account owner signed for this PC: brought to the portal as soon as there is a link.
    pub fn bring_signature(&self, unit: UnitId) {
        let Some(shared) = &self.shared else { return };
        let signed = shared.signed.lock();
        signed.unwrap_or_else(PoisonError::into_inner).insert(unit);
        self.order(Order::Look);
    }

    /// Units whose portal does not take this PC, as far as it was reached.
    pub fn unknown(&self) -> BTreeSet<UnitId> {
        let Some(shared) = &self.shared else {
            return BTreeSet::new();
        };
        let unknown = shared.unknown.lock();
        unknown.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The status bar's word.
    pub fn link(&self) -> LinkView {
        match &self.shared {
            Some(shared) => shared
                .link
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            None => LinkView::NotSetUp,
        }
    }

    /// Minutes by which this PC's clock is before the portal's (negative: behind); `None` where that
    /// is little or not known.
    pub fn clock_off(&self) -> Option<i64> {
        self.clock_seen()?.off
    }

    /// When this PC's clock agreed with the portal's by its last answer; `None` where it differed, or
    /// is not known.
    pub fn clock_agreed(&self) -> Option<DateTime<Utc>> {
        let seen = self.clock_seen()?;
        seen.off.is_none().then_some(seen.at)
    }

    fn clock_seen(&self) -> Option<ClockSeen> {
        let seen = self.shared.as_ref()?.clock_seen.lock();
        *seen.unwrap_or_else(PoisonError::into_inner)
    }

    /// Why nothing goes now, for rows that have no reason of their own.
    pub fn trouble(&self) -> Option<AppError> {
        match self.link() {
            LinkView::Offline { why, .. } => why,
            _ => None,
        }
    }

    /// Nothing is tried any more before a person acts.
    pub fn stands_still(&self) -> bool {
        let link = self.link();
        matches!(
            link,
            LinkView::Offline {
                why: Some(_),
                next_try: None
            }
        )
    }

    /// When the link is tried again.
    pub fn next_try(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        match self.link() {
            LinkView::Offline { next_try, .. } => next_try,
            _ => None,
        }
    }

    /// Seconds for `bytes` at the pace measured last.
    pub fn seconds(&self, bytes: u64) -> Option<u64> {
        let pace = *self
            .shared
            .as_ref()?
            .pace
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        bytes.checked_div(pace)
    }

    /// Ends all tasks. What is being sent is called off and waits again. A commit that was handed over
    /// is not: cut off it stands as `sending` in the store, which the next start takes for unknown and
    /// asks about.
    pub fn stop(&self) {
        let runtime = self
            .runtime
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(runtime) = runtime else { return };
        if let Some(shared) = &self.shared {
            shared.sends.end();
        }
        runtime.shutdown_timeout(Duration::from_secs(3));
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.stop();
    }
}
