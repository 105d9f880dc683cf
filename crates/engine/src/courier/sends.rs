//! Sends under way, and their calling off: by a person, who then finds the row held, by the settings
//! or by the end of the courier, which let it wait. Nobody calls off a commit that was handed over.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hoso_domain::id::DossierId;
use hoso_sync::Cancel;
use hoso_sync::cancel::{self, Canceller};

/// How long a person, or the end of the courier, waits for a send to end.
const PATIENCE: Duration = Duration::from_secs(3);

/// By whose wish a send goes on, and so what ends it beside a person's word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Wanted {
    /// By nobody's: ended by "Tạm dừng", with the sending hours, and where the line is paid by volume.
    ByItself,
    /// "Gửi ngay" for all: ended by "Tạm dừng".
    WithAll,
    /// "Gửi ngay" at this row.
    Alone,
}

#[derive(Default)]
pub(crate) struct Sends {
    under_way: Mutex<BTreeMap<DossierId, UnderWay>>,
    ended: Condvar,
    /// Nothing is begun any more; set while `under_way` is held.
    over: AtomicBool,
}

struct UnderWay {
    end: Canceller,
    wanted: Wanted,
    /// Bytes the portal has not acknowledged yet.
    left: u64,
    by_person: bool,
}

/// One send, for as long as it lasts: dropped when the row stands as whatever became of it.
pub(crate) struct Sending<'a> {
    sends: &'a Sends,
    id: DossierId,
    pub cancel: Cancel,
}

impl Sends {
    fn all(&self) -> MutexGuard<'_, BTreeMap<DossierId, UnderWay>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// With `left` bytes to go. `None`: the courier ends.
    pub fn begin(&self, id: DossierId, wanted: Wanted, left: u64) -> Option<Sending<'_>> {
        let (end, cancel) = cancel::pair();
        let send = UnderWay {
            end,
            wanted,
            left,
            by_person: false,
        };
        let mut all = self.all();
        if self.over.load(Ordering::SeqCst) {
            return None;
        }
        all.insert(id, send);
        Some(Sending {
            sends: self,
            id,
            cancel,
        })
    }

    /// The portal acknowledged more: so many bytes are left.
    pub fn note_left(&self, id: DossierId, left: u64) {
        if let Some(send) = self.all().get_mut(&id) {
            send.left = left;
        }
    }

    /// A person's word: answers when the send has ended, or cannot be ended any more.
    pub fn call_off(&self, id: DossierId) {
        let mut all = self.all();
        if let Some(send) = all.get_mut(&id) {
            send.by_person = true;
            send.end.cancel();
        }
        let ended = self
            .ended
            .wait_timeout_while(all, PATIENCE, |all| all.contains_key(&id));
        drop(ended);
    }

    /// The settings' word on what nobody wants more than so.
    pub fn let_wait(&self, most: Wanted) {
        for send in self.all().values().filter(|s| s.wanted <= most) {
            send.end.cancel();
        }
    }

    /// The settings' word on what goes by itself and has more than so many bytes left.
    pub fn let_large_wait(&self, bytes: u64) {
        let all = self.all();
        let by_itself = all.values().filter(|s| s.wanted == Wanted::ByItself);
        for send in by_itself.filter(|s| s.left > bytes) {
            send.end.cancel();
        }
    }

    /// The courier ends: answers when each send has ended and its row waits, or cannot be ended any more.
    pub fn end(&self) {
        let all = self.all();
        self.over.store(true, Ordering::SeqCst);
        for send in all.values() {
            send.end.cancel();
        }
        let ended = self
            .ended
            .wait_timeout_while(all, PATIENCE, |all| !all.is_empty());
        drop(ended);
    }
}

impl Sending<'_> {
    /// Whether a person called it off.
    pub fn held(&self) -> bool {
        self.sends.all().get(&self.id).is_some_and(|s| s.by_person)
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.sends.all().remove(&self.id);
        self.sends.ended.notify_all();
    }
}
