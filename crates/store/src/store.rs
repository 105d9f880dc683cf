//! The open store: one writer on its own thread, readers that cannot write. Holds no SQL of its own
//! and decides nothing; topics do.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::connect::{self, Log};
use crate::error::{ReadOnly, StoreError};
use crate::files::Files;
use crate::key::Keys;
use crate::layout;
use crate::lock::Lock;
use crate::{backup, listing, schema, traces};

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Readers kept open between uses.
const READERS: usize = 4;

/// An open store. Closing it (drop) folds the write-ahead log back into the database.
pub struct Store {
    // dropped in this order: readers, writer, lock
    readers: Mutex<Vec<Connection>>,
    writer: Option<Writer>,
    files: Files,
    keys: Keys,
    path: PathBuf,
    log: Log,
    pages: Mutex<Pages>,
    /// Why it was opened to be read; `None`: for changes.
    read_only: Option<ReadOnly>,
    _lock: Option<Arc<Lock>>,
}

/// What is known of the database's pages.
enum Pages {
    /// Opened by its head alone. What is written stays in the write-ahead log until all pages were
    /// read, so the database itself keeps every byte it was found with.
    Unread,
    /// Being read; once the word is true, that ends.
    Reading(Arc<AtomicBool>),
    /// The reading is not wanted any more.
    Left,
    Sound,
    Damaged,
}

struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Store {
    /// Makes the database of a new store and fills it with `first` in the same step: a folder has a
    /// whole store or none.
    pub fn create(
        dir: &Path,
        keys: &Keys,
        first: impl FnOnce(&Transaction<'_>) -> Result<(), StoreError>,
    ) -> Result<Store, StoreError> {
        Self::create_under(Arc::new(Lock::take(dir)?), dir, keys, first)
    }

    /// [`Store::create`] under a lock that was taken before: for a first run that asks the person
    /// something between the keys and the database.
    pub fn create_under(
        lock: Arc<Lock>,
        dir: &Path,
        keys: &Keys,
        first: impl FnOnce(&Transaction<'_>) -> Result<(), StoreError>,
    ) -> Result<Store, StoreError> {
        let path = layout::database(dir);
        if path.exists() {
            return Err(StoreError::AlreadyThere);
        }
        let unfinished = dir.join("hoso.db.new");
        let journal = dir.join("hoso.db.new-journal");
        for left in [&unfinished, &journal] {
            if left.exists() {
                fs::remove_file(left)?;
            }
        }
        {
            let mut connection = connect::maker(&unfinished, &keys.master)?;
            schema::migrate(&mut connection)?;
            let tx = connection.transaction()?;
            first(&tx)?;
            tx.commit()?;
            connection.close().map_err(|(_, e)| e)?;
        }
        // Windows flushes only what is open for writing
        fs::OpenOptions::new()
            .write(true)
            .open(&unfinished)?
            .sync_all()?;
        layout::rename(&unfinished, &path)?;
        layout::sync_dir(dir)?;
        Self::start(dir, keys, lock, Pages::Sound)
    }

    /// Opens a store: refuses a second opener, a damaged and a newer file before writing a byte.
    pub fn open(dir: &Path, keys: &Keys) -> Result<Store, StoreError> {
        Self::open_under(Self::lock(dir)?, dir, keys)
    }

    /// [`Store::open`] under a lock that was taken before: for who unlocks the envelope first.
    pub fn open_under(lock: Arc<Lock>, dir: &Path, keys: &Keys) -> Result<Store, StoreError> {
        connect::judge(&layout::database(dir), &keys.master)?;
        Self::start(dir, keys, lock, Pages::Sound)
    }

    /// As [`Store::open`], by the head of the file alone: ten years of pages are read by
    /// [`Store::prove`] while people work. A store of an earlier schema is read whole first.
    pub fn open_unproven(dir: &Path, keys: &Keys) -> Result<Store, StoreError> {
        Self::open_unproven_under(Self::lock(dir)?, dir, keys)
    }

    /// [`Store::open_unproven`] under a lock that was taken before.
    pub fn open_unproven_under(
        lock: Arc<Lock>,
        dir: &Path,
        keys: &Keys,
    ) -> Result<Store, StoreError> {
        let path = layout::database(dir);
        if connect::judge_head(&path, &keys.master)? < schema::version() {
            connect::judge(&path, &keys.master)?;
            return Self::start(dir, keys, lock, Pages::Sound);
        }
        Self::start(dir, keys, lock, Pages::Unread).map_err(connect::unproven)
    }

    /// The lock of the store in `dir`, to be taken before its envelope is written: a second program
    /// counts no try and changes no slot.
    pub fn lock(dir: &Path) -> Result<Arc<Lock>, StoreError> {
        if layout::stage(dir)? != layout::Stage::Present {
            return Err(StoreError::Missing);
        }
        Ok(Arc::new(Lock::take(dir)?))
    }

    /// Opens whatever can still be read, also on a full disk and in a folder that cannot be written;
    /// no byte of the database is changed. A row that cannot be read is an error of that row alone. It
    /// counts as damaged where [`Store::because`] says nothing else.
    pub fn open_read_only(dir: &Path, keys: &Keys) -> Result<Store, StoreError> {
        if !layout::database(dir).exists() {
            return Err(StoreError::Missing);
        }
        let lock = match Lock::take(dir) {
            Ok(lock) => Some(Arc::new(lock)),
            // a folder that cannot be written has no lock to take
            Err(StoreError::DiskRefused(_) | StoreError::DiskFull) => None,
            Err(e) => return Err(e),
        };
        Self::open_read_only_under(lock, dir, keys)
    }

    /// [`Store::open_read_only`] under a lock that was taken before, where the disk gave one.
    pub fn open_read_only_under(
        lock: Option<Arc<Lock>>,
        dir: &Path,
        keys: &Keys,
    ) -> Result<Store, StoreError> {
        let path = layout::database(dir);
        if !path.exists() {
            return Err(StoreError::Missing);
        }
        Ok(Store {
            readers: Mutex::default(),
            writer: None,
            files: Files::at(&layout::files(dir), &keys.files),
            keys: keys.clone(),
            log: connect::probe(&path, &keys.master),
            path,
            pages: Mutex::new(Pages::Damaged),
            read_only: Some(ReadOnly::Damaged),
            _lock: lock,
        })
    }

    /// Says why a store was opened to be read only.
    pub fn because(mut self, why: ReadOnly) -> Store {
        self.read_only = self.read_only.map(|_| why);
        self
    }

    fn start(dir: &Path, keys: &Keys, lock: Arc<Lock>, pages: Pages) -> Result<Store, StoreError> {
        let path = layout::database(dir);
        let mut connection = connect::writer(&path, &keys.master)?;
        if matches!(pages, Pages::Unread) {
            connect::keep_log(&connection)?;
        }
        if schema::version_of(&connection)? < schema::version() {
            keep_before_upgrade(&connection, dir, keys)?;
        }
        schema::migrate(&mut connection)?;
        {
            let tx = connection.transaction()?;
            traces::rebuild_if_old(&tx)?;
            listing::rebuild_if_old(&tx)?;
            tx.commit()?;
        }
        let files = Files::open(&layout::files(dir), &keys.files)?;
        Ok(Store {
            readers: Mutex::default(),
            writer: Some(Writer::start(connection)?),
            files,
            keys: keys.clone(),
            path,
            log: Log::Followed,
            pages: Mutex::new(pages),
            read_only: None,
            _lock: Some(lock),
        })
    }

    /// The store's folder.
    pub fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// A connection of its own that cannot write, for long reading.
    pub(crate) fn reader(&self) -> Result<Connection, StoreError> {
        connect::reader(&self.path, &self.keys.master, self.log)
    }

    /// Whether this store can only be read: opened so, or found to be damaged since.
    pub fn is_read_only(&self) -> bool {
        self.why_read_only().is_some()
    }

    /// Why it can only be read, where that is so.
    pub fn why_read_only(&self) -> Option<ReadOnly> {
        let found = matches!(*self.pages(), Pages::Damaged).then_some(ReadOnly::Damaged);
        self.read_only.or(found)
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads every page of a store that was opened unproven; a proven one is not read again. From a
    /// finding on ([`StoreError::Damaged`]) nothing is written any more, and what was meanwhile lies
    /// in the log beside the database, where it is read as before.
    pub fn prove(&self) -> Result<Proof, StoreError> {
        if let Some(why) = self.read_only {
            return Err(StoreError::ReadOnly(why));
        }
        let writer = self.writer.as_ref().ok_or(StoreError::Closed)?;
        let connection = self.reader()?;
        let left = Arc::new(AtomicBool::new(false));
        connect::end_when(&connection, Arc::clone(&left))?;
        {
            let mut pages = self.pages();
            match *pages {
                Pages::Unread => *pages = Pages::Reading(left),
                Pages::Sound => return Ok(Proof::Sound),
                Pages::Left | Pages::Reading(_) => return Ok(Proof::Left),
                Pages::Damaged => return Err(StoreError::ReadOnly(ReadOnly::Damaged)),
            }
        }
        let found = connect::read_pages(&connection);
        drop(connection);
        let mut pages = self.pages();
        if matches!(*pages, Pages::Left) {
            return Ok(Proof::Left);
        }
        match found {
            Ok(()) => {
                *pages = Pages::Sound;
                drop(pages);
                writer.send(Box::new(|connection| {
                    // a log that goes on growing loses nothing
                    let _ = connect::fold_log(connection);
                }))?;
                Ok(Proof::Sound)
            }
            Err(e) => {
                let damaged = matches!(e, StoreError::Damaged { .. });
                *pages = if damaged {
                    Pages::Damaged
                } else {
                    Pages::Unread
                };
                Err(e)
            }
        }
    }

    /// Folds the write-ahead log into the database. Whether the database's own file now holds all: never
    /// before its pages were read, or while somebody reads an earlier state.
    pub(crate) fn fold(&self) -> Result<bool, StoreError> {
        let Some(writer) = &self.writer else {
            // opened without its log, the file is all there is
            return Ok(self.log == Log::Ignored);
        };
        if !matches!(*self.pages(), Pages::Sound) {
            return Ok(false);
        }
        let (answer, wait) = sync_channel(1);
        writer.send(Box::new(move |connection| {
            // the asker may be gone
            let _ = answer.send(connect::fold_log(connection));
        }))?;
        wait.recv().map_err(|_| StoreError::Closed)?
    }

    /// Ends a reading by [`Store::prove`], and lets none begin: the store is about to be closed.
    pub fn leave_unproven(&self) {
        let mut pages = self.pages();
        match &*pages {
            Pages::Reading(left) => left.store(true, Ordering::SeqCst),
            Pages::Unread => {}
            Pages::Left | Pages::Sound | Pages::Damaged => return,
        }
        *pages = Pages::Left;
    }

    /// The encrypted files beside the database.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// What opened this store, for changing slots.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Runs `f` as one immediate transaction on the writer's thread. It is on disk when this
    /// answers; an error or a panic leaves nothing behind.
    pub fn write<T, F>(&self, f: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        if let Some(why) = self.why_read_only() {
            return Err(StoreError::ReadOnly(why));
        }
        let writer = self.writer.as_ref().ok_or(StoreError::Closed)?;
        let (answer, wait) = sync_channel(1);
        writer.send(Box::new(move |connection| {
            let result = catch_unwind(AssertUnwindSafe(|| {
                let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let value = f(&tx)?;
                tx.commit()?;
                Ok(value)
            }))
            .unwrap_or(Err(StoreError::Defect));
            // the asker may be gone; the transaction counts all the same
            let _ = answer.send(result);
        }))?;
        let answer = wait.recv().map_err(|_| StoreError::Closed)?;
        answer.map_err(|e| self.seen(e))
    }

    /// Runs `f` on one consistent view of the database, beside the writer.
    pub fn read<T>(
        &self,
        f: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let kept = self
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match kept {
            Some(c) => c,
            None => connect::reader(&self.path, &self.keys.master, self.log)?,
        };
        let result = {
            let tx = connection.unchecked_transaction()?;
            f(&tx)
        };
        // after a bad page SQLCipher refuses everything on that connection: take a fresh one then
        if !matches!(result, Err(StoreError::Damaged { .. } | StoreError::Sql(_))) {
            let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.len() < READERS {
                readers.push(connection);
            }
        }
        match result {
            // a table that is gone, or the plain error of a page whose HMAC fails
            Err(StoreError::Sql(source)) if self.is_read_only() => Err(StoreError::Damaged {
                what: "what was asked for",
                source: Some(Box::new(source)),
            }),
            other => other.map_err(|e| self.seen(e)),
        }
    }

    /// A failure as it is named before all pages were read.
    fn seen(&self, e: StoreError) -> StoreError {
        match *self.pages() {
            Pages::Sound => e,
            _ => connect::unproven(e),
        }
    }

    /// Looks at every page again (the check that runs at opening).
    pub fn check(&self) -> Result<(), StoreError> {
        connect::judge(&self.path, &self.keys.master)
    }
}

/// How a reading of all pages ended that found no damage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proof {
    Sound,
    /// Somebody closed the store first.
    Left,
}

/// A copy of the database as it was, before a migration changes it. It has its name only when it
/// is whole, and is kept: a program that turns out to be bad can be taken back.
fn keep_before_upgrade(c: &Connection, dir: &Path, keys: &Keys) -> Result<(), StoreError> {
    let kept = layout::before_upgrade(dir, schema::version());
    let unfinished = dir.join("hoso.db.before.new");
    if unfinished.exists() {
        fs::remove_file(&unfinished)?;
    }
    backup::room_for(dir, connect::size(c)?)?;
    backup::copy_database(c, keys, &unfinished)?;
    layout::rename(&unfinished, &kept)?;
    Ok(layout::sync_dir(dir)?)
}

impl Writer {
    fn start(mut connection: Connection) -> Result<Writer, StoreError> {
        let (jobs, queue) = channel::<Job>();
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || {
                while let Ok(job) = queue.recv() {
                    job(&mut connection);
                }
            })?;
        Ok(Writer {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        self.jobs
            .as_ref()
            .ok_or(StoreError::Closed)?
            .send(job)
            .map_err(|_| StoreError::Closed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
