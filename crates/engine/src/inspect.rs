//! Reads every page of the store once after each opening, beside the work: ten years of pages must
//! not stand between a person and the first screen. A finding is told at once, and from then on
//! nothing is written. Mends nothing.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread::{JoinHandle, current};
use std::time::Duration;

use hoso_contract::Fact;
use hoso_store::{Proof, Store, StoreError};

use crate::engine::Tell;
use crate::open::Open;

/// From opening to the first page, when nobody asks for the first screen.
const WAIT: Duration = Duration::from_secs(5);
/// From the first screen's answer to the first page: it is drawn first.
const DRAWN: Duration = Duration::from_millis(400);

/// Ends its task when it is dropped, and waits for it: whoever closes the store must not find it
/// held by a reading that is still under way.
pub struct Inspection {
    store: Arc<Store>,
    going: Option<Sender<()>>,
    task: Option<JoinHandle<()>>,
}

impl Drop for Inspection {
    fn drop(&mut self) {
        self.going = None;
        self.store.leave_unproven();
        // the task itself may hold what it reads last
        if let Some(task) = self
            .task
            .take()
            .filter(|t| t.thread().id() != current().id())
        {
            let _ = task.join();
        }
    }
}

impl Inspection {
    pub fn start(store: Arc<Store>, open: Weak<Open>, tell: Tell) -> Self {
        let (going, asked) = channel::<()>();
        let read = Arc::clone(&store);
        let task = std::thread::Builder::new()
            .name("inspection".to_owned())
            .spawn(move || {
                let shown = match asked.recv_timeout(WAIT) {
                    Ok(()) => asked.recv_timeout(DRAWN),
                    other => other,
                };
                if shown != Err(RecvTimeoutError::Disconnected) {
                    inspect(&read, &open, &tell);
                }
            });
        let task = task
            .inspect_err(|error| tracing::error!(%error, "the pages are not read: no thread"))
            .ok();
        Self {
            store,
            going: Some(going),
            task,
        }
    }

    /// The first screen was answered: now is the time.
    pub fn begin(&self) {
        if let Some(going) = &self.going {
            // it may be over
            let _ = going.send(());
        }
    }
}

fn inspect(store: &Store, open: &Weak<Open>, tell: &Tell) {
    match store.prove() {
        Ok(Proof::Sound) => tell(Fact::StoreRead { sound: true }),
        Ok(Proof::Left) => {}
        Err(error @ StoreError::Damaged { .. }) => {
            tracing::error!(%error, "the store can only be read from now on");
            // nothing may be sent that cannot be noted first
            if let Some(open) = open.upgrade() {
                open.connected().courier.stop();
            }
            tell(Fact::StoreRead { sound: false });
            tell(Fact::SessionChanged);
        }
        Err(error) => tracing::warn!(%error, "the pages could not all be read"),
    }
}
