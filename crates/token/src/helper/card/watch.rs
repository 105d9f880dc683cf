//! Whether tokens came or went: by the module's own events where it has them, and by comparing what
//! is plugged in where it has none, or forgets one.

use super::Card;
use crate::error::TokenError;

/// Events read in one go: more than that many slots do not exist.
const EVENTS: usize = 64;

impl Card {
    /// Takes what is there now as known.
    pub(super) fn mark(&mut self) -> Result<(), TokenError> {
        self.drain_events();
        self.known = self.present()?;
        Ok(())
    }

    /// Whether tokens came or went since [`Card::mark`] or the last question.
    pub fn changed(&mut self) -> Result<bool, TokenError> {
        let event = self.drain_events();
        let now = self.present()?;
        let differs = now != self.known;
        self.known = now;
        Ok(event || differs)
    }

    /// Whether the module told of an event. It is asked without blocking: a call that waits would
    /// hold the one thread that may call it.
    fn drain_events(&self) -> bool {
        (0..EVENTS)
            .take_while(|_| matches!(self.module.get_slot_event(), Ok(Some(_))))
            .count()
            > 0
    }

    /// Slot and serial of each token. One that cannot be read just now keeps the serial it had:
    /// another program may be writing to it, and only a slot that is empty says that it is gone.
    fn present(&self) -> Result<Vec<(u64, String)>, TokenError> {
        let slots = self.slots()?;
        Ok(slots
            .into_iter()
            .map(|slot| {
                let known = || {
                    let same = self.known.iter().find(|(id, _)| *id == slot.id());
                    same.map(|(_, serial)| serial.clone()).unwrap_or_default()
                };
                let serial = self
                    .module
                    .get_token_info(slot)
                    .map_or_else(|_| known(), |info| info.serial_number().trim().to_owned());
                (slot.id(), serial)
            })
            .collect())
    }
}
