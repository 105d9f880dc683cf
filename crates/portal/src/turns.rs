//! One at a time about a dossier: what is being judged is decided before anybody is told of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use hoso_domain::id::DossierId;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// Dossiers somebody judges or asks about now.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<DossierId, Weak<Turn<()>>>>);

impl Turns {
    /// Waits for whoever is at this dossier; the turn ends with what is given.
    pub(crate) async fn of(&self, id: DossierId) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| turn.strong_count() > 0);
            let known = turns.get(&id).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let turn = Arc::default();
                turns.insert(id, Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }
}
