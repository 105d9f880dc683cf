//! Saving by itself: within a second of the last key, on leaving a field, on leaving the screen. What
//! failed is tried again, and nothing typed is given up without a person's word.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::command::SaveDraft;
use hoso_contract::view::{DossierView, Saved};
use hoso_contract::{AppError, Code};
use hoso_domain::finding::Finding;
use hoso_domain::id::DossierId;
use hoso_domain::voucher::Voucher;

use super::draft::{VoucherDraft, trimmed};
use crate::ipc;

/// Wait after the last key.
const PAUSE: Duration = Duration::from_millis(700);
/// Wait after a save that failed; each further failure doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What the last saving came to.
#[derive(Clone, PartialEq, Debug)]
pub enum Kept {
    /// On disk since then.
    Saved(DateTime<Utc>),
    /// Typed, not yet on disk.
    Changed,
    Saving,
    /// Not on disk; the text is still in the window. Stays until a save succeeds.
    Failed(AppError),
}

/// Whether the same save may succeed later without anything else being done in the program.
pub fn may_pass(code: Code) -> bool {
    use Code as C;
    !matches!(
        code,
        C::Stale
            | C::NotFound
            | C::WrongState
            | C::FormUnknown
            | C::Locked
            | C::StoreReadOnly
            | C::StoreDamaged
    )
}

/// The version that what is typed and not sent goes upon; outlives the screen so that leaving can
/// still save.
type Pending = Arc<Mutex<Option<u64>>>;

/// The vouchers as they are on the screen, everything computed.
fn read(drafts: &[VoucherDraft]) -> Vec<Voucher> {
    drafts.iter().map(|d| trimmed(d.worked())).collect()
}

#[derive(Clone, Copy)]
pub struct Saver {
    id: DossierId,
    pub kept: RwSignal<Kept>,
    pub version: RwSignal<u64>,
    pub findings: RwSignal<Vec<Finding>>,
    drafts: StoredValue<Vec<VoucherDraft>>,
    timer: StoredValue<Option<TimeoutHandle>>,
    running: StoredValue<bool>,
    again: StoredValue<bool>,
    /// Typed on since the save under way began.
    typed: StoredValue<bool>,
    /// Until a save that fails now is tried again.
    back_off: StoredValue<Duration>,
    pending: StoredValue<Pending>,
    /// The window's: whoever would leave waits.
    unsaved: RwSignal<bool>,
}

impl Saver {
    /// `version` outlives the screen's bench: it says which views are older than what was saved.
    pub fn new(
        now: &DossierView,
        drafts: Vec<VoucherDraft>,
        version: RwSignal<u64>,
        unsaved: RwSignal<bool>,
    ) -> Self {
        let id = now.id;
        version.set(now.version);
        let pending: Pending = Arc::new(Mutex::new(None));
        let (leaving, last) = (Arc::clone(&pending), drafts.clone());
        on_cleanup(move || {
            unsaved.set(false);
            let left = leaving
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            if let Some(version) = left {
                let vouchers = read(&last);
                spawn_local(async move {
                    // the screen is gone; a failure here was shown there before or is the store's own
                    let _ = ipc::call(SaveDraft {
                        id,
                        version,
                        vouchers,
                    })
                    .await;
                });
            }
        });
        Self {
            id,
            kept: RwSignal::new(Kept::Saved(now.saved)),
            version,
            findings: RwSignal::new(now.findings.clone()),
            drafts: StoredValue::new(drafts),
            timer: StoredValue::new(None),
            running: StoredValue::new(false),
            again: StoredValue::new(false),
            typed: StoredValue::new(false),
            back_off: StoredValue::new(FIRST_WAIT),
            pending: StoredValue::new(pending),
            unsaved,
        }
    }

    fn remember(self, waiting: Option<u64>) {
        self.pending.with_value(|p| {
            *p.lock().unwrap_or_else(PoisonError::into_inner) = waiting;
        });
    }

    /// What was typed during a save follows the version that save made.
    fn carry_on_from(self, version: u64) {
        self.pending.with_value(|p| {
            if let Some(waiting) = p.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
                *waiting = version;
            }
        });
    }

    /// Tells the window, once for each change: who listens acts on it.
    fn mark(self, unsaved: bool) {
        if self.unsaved.get_untracked() != unsaved {
            self.unsaved.set(unsaved);
        }
    }

    /// Something was typed.
    pub fn changed(self) {
        if self
            .kept
            .with_untracked(|k| matches!(k, Kept::Saved(_) | Kept::Saving))
        {
            self.kept.set(Kept::Changed);
        }
        self.typed.set_value(true);
        self.remember(Some(self.version.get_untracked()));
        self.mark(true);
        self.save_in(PAUSE);
    }

    fn save_in(self, pause: Duration) {
        self.stop_timer();
        let handle = set_timeout_with_handle(move || self.save(), pause);
        self.timer.set_value(handle.ok());
    }

    /// Gives up what is not on disk: its dossier was deleted, or a person said so.
    pub fn let_go(self) {
        self.stop_timer();
        self.remember(None);
        self.mark(false);
    }

    fn has_failed(self) -> bool {
        self.kept.with_untracked(|k| matches!(k, Kept::Failed(_)))
    }

    /// What was typed stays pending, and is tried again where that may help.
    fn failed(self, version: u64, error: &AppError) {
        self.remember(Some(version));
        // told once: each try has an incident of its own, which is no news
        let is_told = self.kept.with_untracked(|k| {
            matches!(k, Kept::Failed(told) if told.code == error.code && told.params == error.params)
        });
        if !is_told {
            self.kept.set(Kept::Failed(error.clone()));
        }
        self.mark(true);
        if may_pass(error.code) {
            let wait = self.back_off.get_value();
            self.back_off
                .set_value(wait.saturating_mul(2).min(LONGEST_WAIT));
            self.save_in(wait);
        }
    }

    fn stop_timer(self) {
        if let Some(Some(handle)) = self.timer.try_get_value() {
            handle.clear();
            self.timer.set_value(None);
        }
    }

    /// Saves what is not on disk yet.
    pub fn save(self) {
        spawn_local(async move {
            let _ = self.settle().await;
        });
    }

    /// Saves and waits: before an act that reads the stored draft.
    pub async fn settle(self) -> Result<(), AppError> {
        self.stop_timer();
        if self
            .kept
            .try_with_untracked(|k| matches!(k, Kept::Saved(_)))
            != Some(false)
        {
            return Ok(());
        }
        if self.running.get_value() {
            self.again.set_value(true);
            return self.wait().await;
        }
        self.running.set_value(true);
        let end = loop {
            self.again.set_value(false);
            self.typed.set_value(false);
            let vouchers = self.drafts.with_value(|d| read(d));
            let version = self.version.get_untracked();
            self.remember(None);
            if !self.has_failed() {
                self.kept.set(Kept::Saving);
            }
            let sent = ipc::call(SaveDraft {
                id: self.id,
                version,
                vouchers,
            })
            .await;
            // the screen may be gone by now
            if self.running.try_get_value().is_none() {
                return Ok(());
            }
            match sent {
                Ok(Saved {
                    version,
                    at,
                    findings,
                }) => {
                    self.version.set(version);
                    self.findings.set(findings);
                    self.carry_on_from(version);
                    self.back_off.set_value(FIRST_WAIT);
                    if !self.typed.get_value() {
                        self.kept.set(Kept::Saved(at));
                        self.mark(false);
                        break Ok(());
                    }
                    self.kept.set(Kept::Changed);
                    if !self.again.get_value() {
                        break Ok(());
                    }
                }
                Err(error) => {
                    self.failed(version, &error);
                    break Err(error);
                }
            }
        };
        self.running.set_value(false);
        end
    }

    /// Until the save under way has ended.
    async fn wait(self) -> Result<(), AppError> {
        loop {
            let tick = js_sys::Promise::new(&mut |done, _| {
                let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&done, 20);
            });
            let _ = wasm_bindgen_futures::JsFuture::from(tick).await;
            match self.running.try_get_value() {
                Some(true) => {}
                _ => break,
            }
        }
        match self.kept.try_get_untracked() {
            Some(Kept::Failed(error)) => Err(error),
            _ => Ok(()),
        }
    }
}
