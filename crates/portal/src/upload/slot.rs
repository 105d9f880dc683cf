//! Who writes to an upload. It refuses two writers at once: the newest request wins, except one that
//! goes on where the one under way will end.

use std::sync::{Arc, PoisonError};

use tokio::sync::{Mutex, watch};
use uuid::Uuid;

use crate::portal::Portal;

/// Who writes to an upload: one at a time; raising `turn` tells the writer to stop and leave.
pub(crate) struct Slot {
    pub(super) turn: watch::Sender<u64>,
    pub(super) writing: Mutex<()>,
    /// The offset at which whoever writes will end, as announced.
    end: watch::Sender<Option<u64>>,
}

impl Slot {
    /// Tells whoever writes to leave; gives the number of the new turn. `end`: see [`Slot::end`].
    pub(super) fn take_turn(&self, end: Option<u64>) -> u64 {
        let mut mine = 0;
        self.turn.send_modify(|t| {
            *t = t.wrapping_add(1);
            mine = *t;
        });
        self.end.send_replace(end);
        mine
    }

    /// Nobody writes any more, unless somebody took a turn after `mine`.
    pub(super) fn leave(&self, mine: u64) {
        if *self.turn.borrow() == mine {
            self.end.send_replace(None);
        }
    }

    /// A body that goes on where the one under way will end waits for it, instead of ending it.
    /// `false`: a newer request came meanwhile.
    pub(super) async fn follow(&self, offset: u64) -> bool {
        let (turn, mut end) = (*self.turn.borrow(), self.end.subscribe());
        // an error: there is no such slot any more
        let _ = end.wait_for(|end| *end != Some(offset)).await;
        *self.turn.borrow() == turn
    }
}

pub(super) fn slot(portal: &Portal, id: Uuid) -> Arc<Slot> {
    let mut slots = portal
        .0
        .slots
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let fresh = || {
        Arc::new(Slot {
            turn: watch::Sender::new(0),
            writing: Mutex::new(()),
            end: watch::Sender::new(None),
        })
    };
    slots.entry(id).or_insert_with(fresh).clone()
}

pub(super) fn forget(portal: &Portal, id: Uuid) {
    portal
        .0
        .slots
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(&id);
}
