//! Follows the readers while somebody works, so that the status bar is right within two seconds of
//! a token that comes or goes. Never logs in, and never waits for a batch: it looks after it.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, TryLockError, Weak};
use std::thread::{JoinHandle, current};
use std::time::Duration;

use hoso_contract::Fact;

use crate::engine::Tell;
use crate::open::Open;
use crate::tokens::{TokenDesk, look};

/// Between two questions to the modules: the other 1.5 s are for a token to be read.
const EVERY: Duration = Duration::from_millis(500);

/// Ends its task when it is dropped, and waits for it: whoever closes the store must not find it
/// held by a look that is still under way.
pub struct Watch {
    going: Option<Sender<()>>,
    task: Option<JoinHandle<()>>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.going = None;
        // the task itself may hold what it watches last
        if let Some(task) = self
            .task
            .take()
            .filter(|t| t.thread().id() != current().id())
        {
            let _ = task.join();
        }
    }
}

impl Watch {
    /// Looks once, then follows what the modules say. `open` is let go of when the work ends.
    pub fn start(desk: Arc<Mutex<TokenDesk>>, open: Weak<Open>, tell: Tell) -> Self {
        let (going, ended) = channel::<()>();
        let task = std::thread::spawn(move || {
            let (mut wait, mut looked) = (Duration::ZERO, false);
            // nothing is ever sent: only the other end's drop is heard
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = EVERY;
                let Some(open) = open.upgrade() else { return };
                if is_ended(&open) {
                    return;
                }
                let mut desk = match desk.try_lock() {
                    Ok(desk) => desk,
                    Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                    // a batch or another look holds the tokens
                    Err(TryLockError::WouldBlock) => continue,
                };
                if is_ended(&open) {
                    return;
                }
                if desk.changed() || !looked {
                    looked = true;
                    match look(&mut desk, &open) {
                        Ok((_, true)) => tell(Fact::TokensChanged),
                        Ok((_, false)) => {}
                        Err(error) => tracing::warn!(%error, "the tokens cannot be looked at"),
                    }
                }
            }
        });
        Self {
            going: Some(going),
            task: Some(task),
        }
    }
}

fn is_ended(open: &Open) -> bool {
    open.watch
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .is_none()
}
