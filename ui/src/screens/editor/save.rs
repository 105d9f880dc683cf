//! Saving by itself: within a second of the last key, on leaving a field, on leaving the screen.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::AppError;
use hoso_contract::command::SaveDraft;
use hoso_contract::view::{DossierView, Saved};
use hoso_domain::finding::Finding;
use hoso_domain::id::DossierId;
use hoso_domain::voucher::Voucher;

use super::draft::{VoucherDraft, trimmed};
use crate::ipc;

/// Wait after the last key.
const PAUSE: Duration = Duration::from_millis(700);

/// What the last saving came to.
#[derive(Clone, PartialEq, Debug)]
pub enum Kept {
    /// On disk since then.
    Saved(DateTime<Utc>),
    /// Typed, not yet on disk.
    Changed,
    Saving,
    /// Not on disk; the text is still in the window.
    Failed(AppError),
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
    pending: StoredValue<Pending>,
}

impl Saver {
    pub fn new(now: &DossierView, drafts: Vec<VoucherDraft>) -> Self {
        let id = now.id;
        let pending: Pending = Arc::new(Mutex::new(None));
        let (leaving, last) = (Arc::clone(&pending), drafts.clone());
        on_cleanup(move || {
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
            version: RwSignal::new(now.version),
            findings: RwSignal::new(now.findings.clone()),
            drafts: StoredValue::new(drafts),
            timer: StoredValue::new(None),
            running: StoredValue::new(false),
            again: StoredValue::new(false),
            pending: StoredValue::new(pending),
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

    /// Something was typed.
    pub fn changed(self) {
        if self.kept.with_untracked(|k| *k != Kept::Changed) {
            self.kept.set(Kept::Changed);
        }
        self.remember(Some(self.version.get_untracked()));
        self.stop_timer();
        let handle = set_timeout_with_handle(move || self.save(), PAUSE);
        self.timer.set_value(handle.ok());
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
            let vouchers = self.drafts.with_value(|d| read(d));
            let version = self.version.get_untracked();
            self.remember(None);
            self.kept.set(Kept::Saving);
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
                    if self.kept.get_untracked() == Kept::Saving {
                        self.kept.set(Kept::Saved(at));
                        break Ok(());
                    }
                    // typed on meanwhile
                    if !self.again.get_value() {
                        break Ok(());
                    }
                }
                Err(error) => {
                    self.kept.set(Kept::Failed(error.clone()));
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
