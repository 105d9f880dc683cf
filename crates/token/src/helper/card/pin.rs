//! PINs beyond the login: their bounds, changing one, unblocking one by the PUK.
//!
//! It refuses to send a PIN that cannot be right or is locked, to try one twice, and to touch the PIN of a token
//! that cannot be told from another.

use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;

use super::super::fault::{self, PinFacts};
use super::{Card, logout};
use crate::error::TokenError;
use crate::message::{Pin, PinFlags, PukFlags};

pub(super) fn facts(info: &TokenInfo) -> PinFacts {
    let bound = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    PinFacts {
        flags: PinFlags {
            initialised: info.user_pin_initialized(),
            count_low: info.user_pin_count_low(),
            final_try: info.user_pin_final_try(),
            locked: info.user_pin_locked(),
            to_be_changed: info.user_pin_to_be_changed(),
        },
        min: bound(info.min_pin_length()),
        max: bound(info.max_pin_length()),
    }
}

pub(super) fn puk_flags(info: &TokenInfo) -> PukFlags {
    PukFlags {
        count_low: info.so_pin_count_low(),
        final_try: info.so_pin_final_try(),
        locked: info.so_pin_locked(),
    }
}

/// A PIN outside the token's bounds cannot be right: it is refused before it costs a try. Modules
/// that tell no bounds (0) are not believed.
pub(super) fn check(pin: &Pin, facts: PinFacts) -> Result<(), TokenError> {
    let length = u32::try_from(pin.expose().len()).unwrap_or(u32::MAX);
    let max = if facts.max < facts.min || facts.max == 0 {
        u32::MAX
    } else {
        facts.max
    };
    if length == 0 || length < facts.min || length > max {
        return Err(TokenError::PinLength {
            min: facts.min.max(1),
            max,
        });
    }
    Ok(())
}

/// As [`check`], for a PIN to be set.
fn check_new(pin: &Pin, facts: PinFacts) -> Result<(), TokenError> {
    check(pin, facts).map_err(|error| match error {
        TokenError::PinLength { min, max } => TokenError::NewPinLength { min, max },
        other => other,
    })
}

/// Both typed, or both on the reader's own keys: never one of each.
fn both(
    first: Option<Pin>,
    new: Option<Pin>,
    on_reader: bool,
) -> Result<Option<(Pin, Pin)>, TokenError> {
    match (first, new, on_reader) {
        (None, None, true) => Ok(None),
        (Some(first), Some(new), false) => Ok(Some((first, new))),
        (_, _, true) => Err(TokenError::PinOnReader),
        (_, _, false) => Err(TokenError::PinNeeded),
    }
}

impl Card {
    /// A PIN the token itself calls locked opens nothing, whatever is typed. Modules that never set the
    /// flag say nothing here, and are asked.
    pub(super) fn check_lock(&self, serial: &str, facts: PinFacts) -> Result<(), TokenError> {
        if facts.flags.locked && !self.unblocked.contains(serial) {
            return Err(TokenError::PinLocked { flags: facts.flags });
        }
        Ok(())
    }

    /// One try of the old PIN.
    pub fn change_pin(
        &mut self,
        serial: &str,
        old: Option<Pin>,
        new: Option<Pin>,
    ) -> Result<PinFlags, TokenError> {
        self.close();
        let (slot, info) = self.find_token(serial, None)?;
        let known = facts(&info);
        self.check_lock(serial, known)?;
        let pins = both(old, new, info.protected_authentication_path())?;
        if let Some((old, new)) = &pins {
            check(old, known)?;
            check_new(new, known)?;
        }
        let session = self.writing(slot)?;
        let result = self.raw.set_pin(&session, pins.as_ref());
        result.map_err(|e| {
            let flags = self.flags(slot, known);
            fault::with_new_pin(&e, PinFacts { flags, ..known })
        })?;
        Ok(self.flags_after_success(slot, known))
    }

    /// One try of the PUK.
    pub fn unblock(
        &mut self,
        serial: &str,
        puk: Option<Pin>,
        new: Option<Pin>,
    ) -> Result<PinFlags, TokenError> {
        self.close();
        let (slot, info) = self.find_token(serial, None)?;
        let known = facts(&info);
        let pins = both(puk, new, info.protected_authentication_path())?;
        if let Some((puk, new)) = &pins {
            // the standard tells no bounds for a PUK
            if puk.expose().is_empty() {
                return Err(TokenError::PinNeeded);
            }
            check_new(new, known)?;
        }
        let session = self.writing(slot)?;
        let secret = pins
            .as_ref()
            .map(|(puk, _)| AuthPin::new(Box::<str>::from(puk.expose())));
        match session.login(UserType::So, secret.as_ref()) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(e) => {
                let flags = self.puk_flags(slot, puk_flags(&info));
                return Err(fault::with_puk(&e, flags));
            }
        }
        let result = self
            .raw
            .init_pin(&session, pins.as_ref().map(|(_, new)| new));
        logout(&session);
        // some modules look at the PUK only now
        result.map_err(|e| match fault::with_new_pin(&e, known) {
            TokenError::WrongPin { .. } | TokenError::PinLocked { .. } => {
                fault::with_puk(&e, self.puk_flags(slot, puk_flags(&info)))
            }
            other => other,
        })?;
        self.unblocked.insert(serial.to_owned());
        Ok(PinFlags {
            locked: false,
            ..self.flags_after_success(slot, known)
        })
    }

    /// The PUK's flags as they are now; those known before where the token does not answer.
    fn puk_flags(&self, slot: Slot, known: PukFlags) -> PukFlags {
        self.module
            .get_token_info(slot)
            .map_or(known, |info| puk_flags(&info))
    }

    /// The one kind of session that may write.
    fn writing(&self, slot: Slot) -> Result<Session, TokenError> {
        self.module
            .open_rw_session(slot)
            .map_err(|e| fault::on_token(&e))
    }

    /// A success sets the count back, also where a module leaves its flags standing.
    pub(super) fn flags_after_success(&self, slot: Slot, known: PinFacts) -> PinFlags {
        PinFlags {
            count_low: false,
            final_try: false,
            ..self.flags(slot, known)
        }
    }
}
