//! A smart card of our own, as PIV has them (NIST SP 800-73-4): a PIN with three tries, its PUK, one
//! key that asks for the PIN once and one that asks at each signature.
//!
//! It refuses to be more than a signer's card: nothing is generated, imported or deciphered on it.
//! What it gets into is a reader of [`readers`](crate::readers).

mod apdu;
mod card;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use anyhow::Result;

use crate::ca::Issued;
use card::{Reply, State};

/// Where on the card a key lies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// 9A: signs any number of times after one PIN. OpenSC's id 01.
    Authentication,
    /// 9C: asks for the PIN before each signature. OpenSC's id 02.
    Signature,
}

impl Place {
    fn of(reference: u8) -> Option<Self> {
        match reference {
            0x9a => Some(Self::Authentication),
            0x9c => Some(Self::Signature),
            _ => None,
        }
    }

    /// The name of the certificate's data object.
    fn object(self) -> [u8; 3] {
        match self {
            Self::Authentication => [0x5f, 0xc1, 0x05],
            Self::Signature => [0x5f, 0xc1, 0x0a],
        }
    }
}

/// A card, in a reader or in a drawer. Clones are the same card.
#[derive(Clone)]
pub struct Card(Arc<Inner>);

struct Inner {
    serial: [u8; 8],
    state: Mutex<State>,
    work: Mutex<Work>,
    changed: Condvar,
}

/// How the card works just now.
#[derive(Default)]
struct Work {
    /// Signatures are begun and not answered.
    held: bool,
    signing: bool,
    /// In no reader.
    out: bool,
}

impl std::fmt::Debug for Card {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Card({})", self.serial())
    }
}

impl Card {
    /// An empty card with a serial of its own. PIN and PUK: 6 to 8 digits.
    pub fn new(pin: &str, puk: &str) -> Result<Self> {
        let mut serial = [0; 8];
        openssl::rand::rand_bytes(&mut serial)?;
        let mut guid = [0; 16];
        for (to, from) in guid.iter_mut().zip(serial.iter().cycle()) {
            *to = *from;
        }
        Ok(Self(Arc::new(Inner {
            serial,
            state: Mutex::new(State::new(guid, pin, puk)),
            work: Mutex::default(),
            changed: Condvar::new(),
        })))
    }

    /// Puts a key with its certificate on it; what lay there is gone.
    pub fn put(&self, place: Place, issued: &Issued) {
        let (key, der) = (issued.key.clone(), issued.certificate_der.clone());
        self.state().put(place, key, der);
    }

    /// As OpenSC tells it.
    pub fn serial(&self) -> String {
        self.0.serial.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// How often a PIN reached the card.
    pub fn verifications(&self) -> u32 {
        self.state().verifications
    }

    /// While held, the card begins signatures and does not answer.
    pub fn hold_signatures(&self, held: bool) {
        self.work().held = held;
        self.0.changed.notify_all();
    }

    /// Whether a signature was begun and is not answered.
    pub fn is_signing(&self) -> bool {
        self.work().signing
    }

    /// Put into a reader.
    pub(crate) fn power_up(&self) {
        self.work().out = false;
        self.reset();
    }

    /// The reader took the power away, gave it, or sent a reset.
    pub(crate) fn reset(&self) {
        self.state().reset();
    }

    /// Pulled out of its reader: what is under way is never answered.
    pub(crate) fn power_down(&self) {
        self.work().out = true;
        self.0.changed.notify_all();
    }

    /// The answer to one command; `None`: the card was pulled out meanwhile.
    pub(crate) fn answer(&self, command: &[u8]) -> Option<Vec<u8>> {
        let reply = self.state().take(command);
        let (place, block) = match reply {
            Reply::Bytes(bytes) => return Some(bytes),
            Reply::Sign(place, block) => (place, block),
        };
        let mut work = self.work();
        work.signing = true;
        while work.held && !work.out {
            let waited = self.0.changed.wait(work);
            work = waited.unwrap_or_else(PoisonError::into_inner);
        }
        work.signing = false;
        if work.out {
            return None;
        }
        drop(work);
        Some(self.state().sign(place, &block))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.0.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        let work = self.0.work.lock();
        work.unwrap_or_else(PoisonError::into_inner)
    }
}
