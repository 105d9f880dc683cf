//! The engine: closed, in its first run, or open for one person.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};

use hoso_contract::{AppError, Code, Command, Fact};
use hoso_store::backup::Progress;
use hoso_store::{Keys, Lock, ReadOnly, Vault};
use hoso_sync::api::connection::Connection;

use crate::courier::Order;
use crate::error::{Error, read_only};
use crate::open::Open;
use crate::place::Place;
use crate::tokens::TokenDesk;

/// Where facts go: the window, or a test.
pub type Tell = Arc<dyn Fn(Fact) + Send + Sync>;

/// One program on one PC. Every method may be called from any thread.
pub struct Engine {
    pub(crate) place: Place,
    pub(crate) tell: Tell,
    pub(crate) by_itself: ByItself,
    phase: RwLock<Phase>,
    /// Nobody wants the export or the restore under way any more.
    cancelled: AtomicBool,
    /// Backups that somebody tried to open, with the wrong tries.
    pub(crate) tried: Mutex<Vec<Vault>>,
    desk: Arc<Mutex<TokenDesk>>,
    /// Held while a batch is signed: one at a time.
    batch: Mutex<()>,
    /// Nobody wants the rest of the batch that runs.
    stopping: AtomicBool,
}

/// What an engine does without being asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByItself {
    /// Sends, reads the feed, backs up daily.
    Everything,
    Nothing,
}

/// What the engine can do now.
pub(crate) enum Phase {
    Closed,
    /// The keys are made; the recovery code was not typed back yet, and there is no store.
    Unconfirmed(Box<Unconfirmed>),
    Open(Arc<Open>),
}

/// A first run that waits for the recovery code. A program that ends here leaves keys without a
/// store, and the next first run replaces them.
pub(crate) struct Unconfirmed {
    /// Keeps a second program out of the folder meanwhile.
    pub lock: Arc<Lock>,
    pub vault: Vault,
    pub keys: Keys,
    pub person: hoso_contract::view::PersonChoice,
    pub connection: Connection,
    /// Of the file it was read from.
    pub fingerprint: String,
}

/// One command's use-case.
pub trait Handle<C: Command> {
    /// The use-case itself.
    fn act(&self, command: C) -> Result<C::Reply, Error>;

    /// What the window gets: failures become codes, their causes go to the log.
    fn handle(&self, command: C) -> Result<C::Reply, AppError> {
        self.act(command).map_err(Error::told)
    }
}

impl Engine {
    /// For a console command: nothing is sent and nothing backed up by itself.
    pub fn quiet(place: Place, tell: Tell) -> Self {
        let mut engine = Self::new(place, tell);
        engine.by_itself = ByItself::Nothing;
        engine
    }

    pub fn new(place: Place, tell: Tell) -> Self {
        if let Err(error) = hoso_store::restore::finish(&place.store()) {
            tracing::error!(%error, "a restore that was cut off could not be finished");
        }
        Self {
            place,
            tell,
            by_itself: ByItself::Everything,
            phase: RwLock::new(Phase::Closed),
            cancelled: AtomicBool::new(false),
            tried: Mutex::default(),
            desk: Arc::new(Mutex::new(TokenDesk::default())),
            batch: Mutex::new(()),
            stopping: AtomicBool::new(false),
        }
    }

    /// What is open, or [`Code::Locked`].
    pub(crate) fn open(&self) -> Result<Arc<Open>, Error> {
        match &*self.phase.read().unwrap_or_else(PoisonError::into_inner) {
            Phase::Open(open) => Ok(Arc::clone(open)),
            _ => Err(Code::Locked.into()),
        }
    }

    /// What is open for changes, or [`Code::StoreReadOnly`].
    pub(crate) fn writable(&self) -> Result<Arc<Open>, Error> {
        let open = self.open()?;
        match open.store.why_read_only() {
            Some(why) => Err(read_only(why).into()),
            None => Ok(open),
        }
    }

    /// What is open for being copied: not a damaged store, whose earlier backups are the good ones.
    pub(crate) fn copyable(&self) -> Result<Arc<Open>, Error> {
        let open = self.open()?;
        match open.store.why_read_only() {
            Some(why @ ReadOnly::Damaged) => Err(read_only(why).into()),
            _ => Ok(open),
        }
    }

    /// The connection file of a first run that is not over yet.
    pub(crate) fn unconfirmed(&self) -> Option<Connection> {
        match &*self.phase.read().unwrap_or_else(PoisonError::into_inner) {
            Phase::Unconfirmed(waiting) => Some(waiting.connection.clone()),
            _ => None,
        }
    }

    /// Puts the engine into another phase and hands back the one before.
    pub(crate) fn enter(&self, next: Phase) -> Phase {
        let mut phase = self.phase.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut phase, next)
    }

    /// The tokens on this desk; one caller at a time, as PKCS#11 wants it.
    pub(crate) fn desk(&self) -> MutexGuard<'_, TokenDesk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same tokens for a task that goes on beside the commands.
    pub(crate) fn share_desk(&self) -> Arc<Mutex<TokenDesk>> {
        Arc::clone(&self.desk)
    }

    /// Before an export or a restore. To be called before the store is asked for: then a lock finds the
    /// work, or the work finds the lock.
    pub(crate) fn begin_long_work(&self) {
        self.cancelled.store(false, Ordering::SeqCst);
    }

    /// Tells progress; breaks once a person cancelled.
    pub(crate) fn watch_long_work(&self) -> impl FnMut(Progress) -> ControlFlow<()> + '_ {
        crate::keeper::watch(&self.cancelled, &self.tell)
    }

    /// Ends an export, a restore, a backup or a check that is under way.
    pub(crate) fn cancel_long_work(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        if let Ok(open) = self.open() {
            open.keeper.cancel();
        }
    }

    /// Begins a batch, unless one is signed now. To be called before the store is asked for: then a lock
    /// finds the batch, or the batch finds the lock.
    pub(crate) fn begin_batch(&self) -> Result<MutexGuard<'_, ()>, Error> {
        let batch = match self.batch.try_lock() {
            Ok(batch) => batch,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(Code::SigningRuns.into()),
        };
        self.stopping.store(false, Ordering::SeqCst);
        Ok(batch)
    }

    /// Gives up what a batch has not signed yet.
    pub(crate) fn stop_batch(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Returns when no batch holds the store any more.
    pub(crate) fn await_batch(&self) {
        drop(self.batch.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The window came to the front: what the treasury says is shown at once.
    pub fn in_front(&self) {
        self.order(Order::InFront);
    }

    /// It went behind others: the portal is asked every ten minutes or so.
    pub fn behind(&self) {
        self.order(Order::Behind);
    }

    fn order(&self, order: Order) {
        if let Ok(open) = self.open() {
            open.connected().courier.order(order);
        }
    }

    pub(crate) fn tell(&self, fact: Fact) {
        (self.tell)(fact);
    }
}

impl Drop for Engine {
    /// The store is free for the next one as soon as this one is gone.
    fn drop(&mut self) {
        if let Ok(open) = self.open() {
            open.stop_watching();
            open.stop_inspecting();
        }
    }
}
