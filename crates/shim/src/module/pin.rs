//! PINs: what is handed over is written down by its fingerprint, wrong ones are counted and lock.

use cryptoki_sys::*;

use super::{Calling, real, slots, state};
use crate::script::{Fault, Script, fingerprint};

/// Wrong tries of a token so far.
pub fn wrong(script: &Script, label: &str) -> u32 {
    let text = std::fs::read_to_string(script.wrong(label)).unwrap_or_default();
    text.parse().unwrap_or(0)
}

/// Counts a try of the user's PIN by its result.
fn count(script: &Script, label: &str, rv: CK_RV) {
    let wrong = match rv {
        CKR_OK => 0,
        CKR_PIN_INCORRECT => wrong(script, label).saturating_add(1),
        _ => return,
    };
    // a count that cannot be kept shows in the test that waits for the lock
    let _ = std::fs::write(script.wrong(label), wrong.to_string());
}

fn is_locked(script: &Script, label: &str) -> bool {
    script.tries.is_some_and(|n| wrong(script, label) >= n)
}

/// The caller's bytes; `None` for a null pointer.
fn given(pin: *mut CK_BYTE, length: CK_ULONG) -> Option<Vec<u8>> {
    if pin.is_null() {
        return None;
    }
    // SAFETY: the caller's buffer of that length.
    Some(unsafe { std::slice::from_raw_parts(pin, length as usize) }.to_vec())
}

fn words(pin: Option<&[u8]>) -> String {
    let mark = pin.map_or_else(|| "none".to_owned(), fingerprint);
    format!("pin={mark}")
}

pub unsafe extern "C" fn login(
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: *mut CK_BYTE,
    length: CK_ULONG,
) -> CK_RV {
    let call = Calling::new("C_Login");
    let pin = given(pin, length);
    let said = format!("user={user} {}", words(pin.as_deref()));
    if let Some(rv) = call.in_session(&said, session) {
        return rv;
    }
    let Some(slot) = state().sessions.get(&session).copied() else {
        return CKR_SESSION_HANDLE_INVALID;
    };
    let label = slots::label(slot);
    let mut pin = match pin {
        Some(pin) => pin,
        None if call.has(Fault::ProtectedPath) => call.script.typed.clone().into_bytes(),
        None => return CKR_ARGUMENTS_BAD,
    };
    if user == CKU_SO {
        return real!(C_Login(
            session,
            user,
            pin.as_mut_ptr(),
            pin.len() as CK_ULONG
        ));
    }
    if is_locked(&call.script, &label) {
        return CKR_PIN_LOCKED;
    }
    let mark = fingerprint(&pin);
    let rv = if user == CKU_CONTEXT_SPECIFIC && call.has(Fault::AlwaysAuthenticate) {
        // the target's keys do not ask; this module compares with the PIN of the login
        if state().accepted.get(&slot) == Some(&mark) {
            CKR_OK
        } else {
            CKR_PIN_INCORRECT
        }
    } else {
        real!(C_Login(
            session,
            user,
            pin.as_mut_ptr(),
            pin.len() as CK_ULONG
        ))
    };
    if rv == CKR_OK {
        state().accepted.insert(slot, mark);
    }
    count(&call.script, &label, rv);
    rv
}

pub unsafe extern "C" fn set(
    session: CK_SESSION_HANDLE,
    old: *mut CK_BYTE,
    old_length: CK_ULONG,
    new: *mut CK_BYTE,
    new_length: CK_ULONG,
) -> CK_RV {
    let call = Calling::new("C_SetPIN");
    let (before, after) = (given(old, old_length), given(new, new_length));
    let said = [words(before.as_deref()), words(after.as_deref())].join(" ");
    if let Some(rv) = call.in_session(&said, session) {
        return rv;
    }
    let slot = state().sessions.get(&session).copied();
    let label = slot.map(slots::label).unwrap_or_default();
    if is_locked(&call.script, &label) {
        return CKR_PIN_LOCKED;
    }
    let rv = real!(C_SetPIN(session, old, old_length, new, new_length));
    count(&call.script, &label, rv);
    if rv == CKR_OK {
        let _ = std::fs::write(call.script.changed(&label), "");
    }
    rv
}

pub unsafe extern "C" fn init(
    session: CK_SESSION_HANDLE,
    pin: *mut CK_BYTE,
    length: CK_ULONG,
) -> CK_RV {
    let call = Calling::new("C_InitPIN");
    let said = words(given(pin, length).as_deref());
    if let Some(rv) = call.in_session(&said, session) {
        return rv;
    }
    let rv = real!(C_InitPIN(session, pin, length));
    if rv == CKR_OK {
        let slot = state().sessions.get(&session).copied();
        let label = slot.map(slots::label).unwrap_or_default();
        count(&call.script, &label, CKR_OK);
    }
    rv
}
