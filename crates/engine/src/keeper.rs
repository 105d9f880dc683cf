//! The keeper of backups: one thread that makes one a day when the place for them is there, and the
//! one way to make one by hand. It refuses to let two run at once.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use hoso_contract::view::{BackupAge, BackupBrief, BackupState, DiskView};
use hoso_contract::{AppError, Code, Fact};
use hoso_domain::id::PersonId;
use hoso_store::audit::{self, Act, Params};
use hoso_store::backup::{self, Again, Disk, Progress, Wish};
use hoso_store::{By, Connection as Db, Store, StoreError, settings};

use crate::clock;
use crate::engine::{ByItself, Tell};
use crate::error::Error;
use crate::open::key;

/// The first look after somebody began to work: the screen comes first.
const FIRST: Duration = Duration::from_secs(30);
/// Between two looks for a stick that was plugged in.
const LOOK: Duration = Duration::from_secs(300);
/// Older than this, the status bar warns.
const OVERDUE_DAYS: i64 = 3;
/// A clock that is corrected by the network jumps by less.
const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// What is remembered of backups, among the settings.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Remembered {
    #[serde(default)]
    folder: String,
    #[serde(default)]
    last: Option<BackupBrief>,
    #[serde(default)]
    failed: Option<AppError>,
}

impl Remembered {
    /// The folder as it is found now: Windows may give the stick with the last backup another letter, and
    /// its own to another stick.
    fn found(&self) -> String {
        let last = self.last.as_ref().map(|l| Path::new(&l.place));
        let room = last.and_then(|place| place.parent()?.file_name());
        let holds = |folder: &str| room.is_none_or(|room| Path::new(folder).join(room).is_dir());
        let moved = match cfg!(windows) && !holds(&self.folder) {
            true => elsewhere(&self.folder).into_iter().find(|f| holds(f)),
            false => None,
        };
        moved.unwrap_or_else(|| self.folder.clone())
    }
}

/// The same path under the other letters that Windows gives to disks which come and go.
fn elsewhere(folder: &str) -> Vec<String> {
    let rest = folder
        .strip_prefix(|c: char| c.is_ascii_alphabetic())
        .filter(|rest| rest.starts_with(':'));
    let Some(rest) = rest else {
        return Vec::new();
    };
    ('D'..='Z')
        .map(|letter| format!("{letter}{rest}"))
        .filter(|other| !other.eq_ignore_ascii_case(folder))
        .collect()
}

/// Backups of one open store. Ends with it.
pub struct Keeper {
    desk: Arc<Desk>,
    orders: Mutex<Option<Sender<()>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Desk {
    store: Arc<Store>,
    person: PersonId,
    tell: Tell,
    cancelled: AtomicBool,
    /// The store is being closed: a turn that comes after this begins nothing.
    stopped: AtomicBool,
    /// Held by whoever makes a backup, checks or restores.
    turn: Mutex<()>,
    /// What a store that can only be read cannot keep: remembered until it is closed.
    unkept: Mutex<Option<Remembered>>,
}

impl Keeper {
    pub fn start(store: Arc<Store>, person: PersonId, by_itself: ByItself, tell: Tell) -> Self {
        let desk = Arc::new(Desk {
            store,
            person,
            tell,
            cancelled: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            turn: Mutex::new(()),
            unkept: Mutex::new(None),
        });
        let mut keeper = Self {
            desk,
            orders: Mutex::new(None),
            thread: Mutex::new(None),
        };
        if keeper.desk.store.is_read_only() || by_itself == ByItself::Nothing {
            return keeper;
        }
        let (orders, heard) = channel::<()>();
        let desk = Arc::clone(&keeper.desk);
        let work = move || {
            let mut wait = FIRST;
            loop {
                match heard.recv_timeout(wait) {
                    Ok(()) | Err(RecvTimeoutError::Timeout) => desk.daily(),
                    Err(RecvTimeoutError::Disconnected) => return,
                }
                wait = LOOK;
            }
        };
        match std::thread::Builder::new()
            .name("keeper".to_owned())
            .spawn(work)
        {
            Ok(thread) => {
                keeper.orders = Mutex::new(Some(orders));
                keeper.thread = Mutex::new(Some(thread));
            }
            Err(error) => tracing::error!(%error, "no daily backups: no thread"),
        }
        keeper
    }

    /// Looks now whether a backup is due.
    pub fn look(&self) {
        if let Some(orders) = &*self.orders.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = orders.send(());
        }
    }

    /// Chooses the place.
    pub fn set_folder(&self, folder: String) -> Result<(), Error> {
        let writable = Path::new(&folder).is_dir() && tempfile::tempfile_in(&folder).is_ok();
        if !writable {
            return Err(Code::BackupPlaceFailed.into());
        }
        self.desk.remember(move |r| {
            // what lies elsewhere is not here
            if r.found() == folder {
                r.folder = folder;
            } else {
                *r = Remembered {
                    folder,
                    ..Remembered::default()
                };
            }
        })?;
        (self.desk.tell)(Fact::BackupChanged);
        Ok(())
    }

    /// Sao lưu ngay.
    pub fn back_up(&self) -> Result<(), Error> {
        let _turn = self.turn();
        self.desk.back_up(Again::All).map(drop)
    }

    /// One at a time: waits for a backup under way, and makes cancelling possible again.
    pub fn turn(&self) -> MutexGuard<'_, ()> {
        let turn = self
            .desk
            .turn
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.desk.cancelled.store(false, Ordering::SeqCst);
        turn
    }

    /// Tells progress; breaks once cancelled or stopped.
    pub fn watch(&self) -> impl FnMut(Progress) -> ControlFlow<()> + '_ {
        self.desk.watch()
    }

    pub fn cancel(&self) {
        self.desk.cancelled.store(true, Ordering::SeqCst);
    }

    /// The folder chosen, or [`Code::BackupNoPlace`].
    pub fn folder(&self) -> Result<String, Error> {
        match self.desk.remembered()?.found() {
            folder if folder.is_empty() => Err(Code::BackupNoPlace.into()),
            folder => Ok(folder),
        }
    }

    pub fn age(&self) -> Result<BackupAge, Error> {
        let remembered = self.desk.remembered()?;
        let last = remembered.last.map(|l| l.at);
        Ok(BackupAge {
            last,
            overdue: overdue(clock::now(), last) || remembered.failed.is_some(),
        })
    }

    pub fn state(&self) -> Result<BackupState, Error> {
        let remembered = self.desk.remembered()?;
        let found = remembered.found();
        let folder = Path::new(&found);
        let disk = match backup::disk_of(self.desk.store.dir(), folder) {
            Disk::Other => DiskView::Other,
            Disk::Same => DiskView::Same,
            Disk::Unsure => DiskView::Unsure,
        };
        Ok(BackupState {
            there: !found.is_empty() && folder.is_dir(),
            disk,
            running: matches!(self.desk.turn.try_lock(), Err(TryLockError::WouldBlock)),
            folder: found,
            last: remembered.last,
            failed: remembered.failed,
        })
    }

    /// Ends the thread; a backup under way is dropped, the ones before stay.
    pub fn stop(&self) {
        self.desk.stopped.store(true, Ordering::SeqCst);
        self.cancel();
        drop(
            self.orders
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Tells the end of a backup, also of one that panics: the window waits for it.
struct TellsEnd<'a>(&'a Tell);

impl Drop for TellsEnd<'_> {
    fn drop(&mut self) {
        (self.0)(Fact::BackupChanged);
        (self.0)(Fact::SessionChanged);
    }
}

impl Desk {
    /// A backup when the last one is of another day and the place is there; says nothing otherwise.
    fn daily(&self) {
        // found to be damaged since: the backups there are are the good ones
        if self.store.is_read_only() {
            return;
        }
        // somebody makes one by hand
        let Ok(_turn) = self.turn.try_lock() else {
            return;
        };
        let Ok(remembered) = self.remembered() else {
            return;
        };
        let folder = remembered.found();
        let there = !folder.is_empty() && Path::new(&folder).is_dir();
        let last = remembered.last.map(|l| l.at);
        if there
            && due(clock::now(), last)
            && let Err(error) = self.back_up(Again::Share)
        {
            tracing::warn!(error = error.worded().code.as_str(), "no daily backup");
        }
    }

    fn back_up(&self, again: Again) -> Result<BackupBrief, Error> {
        if self.is_stopped() {
            return Err(backup::BackupError::Cancelled.into());
        }
        let folder = self.remembered()?.found();
        if folder.is_empty() {
            return Err(Code::BackupNoPlace.into());
        }
        (self.tell)(Fact::BackupBegun);
        let _end = TellsEnd(&self.tell);
        let made = self.make(&folder, again);
        match &made {
            Ok(_) => {}
            Err(Error::Backup(backup::BackupError::Cancelled)) => {}
            Err(error) => {
                let failed = Some(error.worded());
                // a full disk must not hide why there is no backup
                let _ = self.remember(move |r| r.failed = failed);
            }
        }
        made
    }

    fn make(&self, folder: &str, again: Again) -> Result<BackupBrief, Error> {
        // a stick that is not plugged in: its drive may be there, empty
        if !Path::new(folder).is_dir() {
            return Err(Code::BackupPlaceFailed.into());
        }
        let wish = Wish {
            folder: Path::new(folder),
            pc: &hoso_store::host(),
            program: env!("CARGO_PKG_VERSION"),
            at: clock::now(),
        };
        let made = backup::make_looking(&self.store, &wish, again, &mut self.watch())?;
        let brief = BackupBrief {
            at: made.manifest.made_at,
            place: made.place.to_string_lossy().into_owned(),
            dossiers: made.manifest.dossiers,
            bytes: made.manifest.size(),
            missing: u32::try_from(made.manifest.missing.len()).unwrap_or(u32::MAX),
        };
        let kept = brief.clone();
        let note = move |all: &mut Remembered| {
            all.last = Some(kept);
            all.failed = None;
        };
        if self.store.is_read_only() {
            self.remember(note)?;
            return Ok(brief);
        }
        let params = Params::from([
            ("seq".to_owned(), made.manifest.audit.seq.to_string()),
            ("hash".to_owned(), made.manifest.audit.hash.hex()),
        ]);
        let by = By {
            person: self.person,
            at: clock::now(),
        };
        self.store.write(move |tx| {
            let mut all = remembered(tx)?;
            note(&mut all);
            settings::put(tx, None, key::BACKUP, &all)?;
            let act = Act {
                unit: None,
                act: "backup-made",
                dossier: None,
                params,
            };
            audit::append(tx, &act, by).map(drop)
        })?;
        Ok(brief)
    }

    fn remembered(&self) -> Result<Remembered, StoreError> {
        match &*self.unkept.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(unkept) => Ok(unkept.clone()),
            None => self.store.read(remembered),
        }
    }

    fn remember(&self, change: impl FnOnce(&mut Remembered) + Send + 'static) -> Result<(), Error> {
        if self.store.is_read_only() {
            let mut all = self.remembered()?;
            change(&mut all);
            *self.unkept.lock().unwrap_or_else(PoisonError::into_inner) = Some(all);
            return Ok(());
        }
        Ok(self.store.write(move |tx| {
            let mut all = remembered(tx)?;
            change(&mut all);
            settings::put(tx, None, key::BACKUP, &all)
        })?)
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    fn watch(&self) -> impl FnMut(Progress) -> ControlFlow<()> + '_ {
        let mut watch = watch(&self.cancelled, &self.tell);
        move |progress| match self.is_stopped() {
            true => ControlFlow::Break(()),
            false => watch(progress),
        }
    }
}

/// Tells each new hundredth, and breaks once `cancelled`.
pub fn watch<'a>(
    cancelled: &'a AtomicBool,
    tell: &'a Tell,
) -> impl FnMut(Progress) -> ControlFlow<()> + 'a {
    let mut told = None;
    move |Progress { done, of }| {
        let hundredth = done.saturating_mul(100).checked_div(of);
        if told != hundredth {
            told = hundredth;
            tell(Fact::BackingUp { done, of });
        }
        if cancelled.load(Ordering::SeqCst) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

fn remembered(db: &Db) -> Result<Remembered, StoreError> {
    Ok(settings::get(db, None, key::BACKUP)?.unwrap_or_default())
}

/// How old one of the future is nobody knows: the clock was wrong then, or is now.
fn overdue(now: DateTime<Utc>, last: Option<DateTime<Utc>>) -> bool {
    last.is_none_or(|at| now - at > TimeDelta::days(OVERDUE_DAYS) || at > now + AHEAD)
}

/// Once a day, by the day in Vietnam; a clock that was set back makes one too many, never none.
fn due(now: DateTime<Utc>, last: Option<DateTime<Utc>>) -> bool {
    last.is_none_or(|at| clock::day(at) != clock::day(now))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn the_end_of_a_backup_is_told_also_when_it_panics() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heard);
        let tell: Tell = Arc::new(move |fact| kept.lock().unwrap().push(fact));
        let panics = std::thread::spawn(move || {
            let _end = TellsEnd(&tell);
            panic!("as a defect would");
        });
        panics.join().unwrap_err();
        let told = heard.lock().unwrap();
        assert_eq!(*told, [Fact::BackupChanged, Fact::SessionChanged]);
    }

    #[test]
    fn a_stick_is_looked_for_under_every_other_letter_and_a_share_under_none() {
        let others = elsewhere(r"E:\Sao lưu");
        assert_eq!(others.len(), 22);
        assert_eq!(others.first().unwrap(), r"D:\Sao lưu");
        assert!(!others.contains(&r"E:\Sao lưu".to_owned()));
        assert_eq!(elsewhere(r"e:\Sao lưu"), others);
        for none in [r"\\may-chu\sao-luu", "/media/usb", "Ổ:", ""] {
            assert_eq!(elsewhere(none), Vec::<String>::new(), "{none}");
        }
    }

    #[test]
    fn a_backup_is_due_once_a_day_also_after_the_clock_was_set_back() {
        let at = |text: &str| -> DateTime<Utc> { text.parse().unwrap() };
        let evening = at("2026-11-22T16:59:00Z");
        assert!(due(evening, None));
        assert!(!due(evening, Some(at("2026-11-22T01:00:00Z"))));
        // one minute later it is the 23rd in Vietnam
        assert!(due(at("2026-11-22T17:00:00Z"), Some(evening)));
        assert!(due(at("2025-01-01T00:00:00Z"), Some(evening)));
    }

    #[test]
    fn a_backup_that_is_three_days_old_or_of_the_future_is_warned_of() {
        let now: DateTime<Utc> = "2026-11-22T08:00:00Z".parse().unwrap();
        assert!(overdue(now, None));
        for (minutes, warned) in [
            (0, false),
            (3 * 24 * 60, false),
            (3 * 24 * 60 + 1, true),
            (-10, false),
            (-11, true),
            (-24 * 60 * 365, true),
        ] {
            let last = now - TimeDelta::minutes(minutes);
            assert_eq!(overdue(now, Some(last)), warned, "{minutes} minutes ago");
        }
    }
}
