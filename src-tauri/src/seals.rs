//! The keys to which the page seals commands with a PIN.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use hoso_contract::seal::Opener;
use zeroize::Zeroizing;

/// Keys that wait for their command at one time; the oldest is let go.
const WAITING: usize = 8;

#[derive(Default)]
pub struct Seals(Mutex<VecDeque<Opener>>);

impl Seals {
    /// The public half of a new key.
    pub fn make(&self) -> Vec<u8> {
        let opener = Opener::new();
        let public = opener.public().to_vec();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push_back(opener);
        if waiting.len() > WAITING {
            waiting.pop_front();
        }
        public
    }

    /// The command in `sealed`, whose key is used up by it.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = waiting.iter().position(|o| o.is_for(sealed))?;
        let opener = waiting.remove(at)?;
        drop(waiting);
        opener.open(name, sealed).ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use hoso_contract::seal::seal;

    #[test]
    fn a_sealed_command_is_opened_once() {
        let seals = Seals::default();
        let keys = [seals.make(), seals.make()];
        for key in &keys {
            let sealed = seal(key, "unlock", b"482915").unwrap();
            assert_eq!(**seals.open("unlock", &sealed).unwrap(), *b"482915");
            assert!(seals.open("unlock", &sealed).is_none());
        }
        let forgotten = seals.make();
        (0..WAITING).for_each(|_| drop(seals.make()));
        let sealed = seal(&forgotten, "unlock", b"482915").unwrap();
        assert!(seals.open("unlock", &sealed).is_none());
    }
}
