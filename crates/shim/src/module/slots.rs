//! Slots: which tokens are in, what they say of themselves, sessions on them.

use std::collections::BTreeSet;

use cryptoki_sys::*;

use super::{Calling, real, state};
use crate::script::{Fault, Script};

/// All slots, or those the target finds a token in. A token that comes meanwhile finds room.
fn of_target(present: CK_BBOOL) -> Result<Vec<CK_SLOT_ID>, CK_RV> {
    const MORE: CK_ULONG = 8;
    let mut count = 0;
    let rv = real!(C_GetSlotList(present, std::ptr::null_mut(), &mut count));
    if rv != CKR_OK {
        return Err(rv);
    }
    count += MORE;
    let mut slots = vec![0; count as usize];
    let rv = real!(C_GetSlotList(present, slots.as_mut_ptr(), &mut count));
    slots.truncate(count as usize);
    if rv == CKR_OK { Ok(slots) } else { Err(rv) }
}

/// The label of the token in a slot, pulled or not; blank where there is none.
pub fn label(slot: CK_SLOT_ID) -> String {
    let mut info = CK_TOKEN_INFO::default();
    if real!(C_GetTokenInfo(slot, &mut info)) != CKR_OK {
        return String::new();
    }
    String::from_utf8_lossy(&info.label).trim().to_owned()
}

fn is_pulled(script: &Script, slot: CK_SLOT_ID) -> bool {
    !script.memory.as_os_str().is_empty() && script.pulled(&label(slot)).exists()
}

/// Sessions on tokens that are gone end, and with them the login: as with a real one.
pub fn close_pulled(script: &Script) {
    let slots: BTreeSet<CK_SLOT_ID> = state().sessions.values().copied().collect();
    for slot in slots.into_iter().filter(|s| is_pulled(script, *s)) {
        real!(C_CloseAllSessions(slot));
        let mut state = state();
        state.sessions.retain(|_, s| *s != slot);
        state.accepted.remove(&slot);
    }
}

pub unsafe extern "C" fn list(
    present: CK_BBOOL,
    list: *mut CK_SLOT_ID,
    count: *mut CK_ULONG,
) -> CK_RV {
    let call = Calling::new("C_GetSlotList");
    if let Some(rv) = call.answer_to("", None) {
        return rv;
    }
    let mut slots = match of_target(present) {
        Ok(slots) => slots,
        Err(rv) => return rv,
    };
    if present == CK_TRUE {
        slots.retain(|slot| !is_pulled(&call.script, *slot));
    }
    // SAFETY: `count` is the caller's, to be read and written.
    let room = unsafe { std::mem::replace(&mut *count, slots.len() as CK_ULONG) };
    if list.is_null() {
        return CKR_OK;
    }
    if (room as usize) < slots.len() {
        return CKR_BUFFER_TOO_SMALL;
    }
    // SAFETY: the caller's buffer has room for that many, as it just said.
    unsafe { std::ptr::copy_nonoverlapping(slots.as_ptr(), list, slots.len()) };
    CKR_OK
}

pub unsafe extern "C" fn info(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO) -> CK_RV {
    let call = Calling::new("C_GetSlotInfo");
    if let Some(rv) = call.answer_to("", Some(slot)) {
        return rv;
    }
    let rv = real!(C_GetSlotInfo(slot, info));
    if rv == CKR_OK && is_pulled(&call.script, slot) {
        // SAFETY: the target filled it and nobody else holds it.
        unsafe { (*info).flags &= !CKF_TOKEN_PRESENT };
    }
    rv
}

pub unsafe extern "C" fn token_info(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) -> CK_RV {
    let call = Calling::new("C_GetTokenInfo");
    if let Some(rv) = call.answer_to("", Some(slot)) {
        return rv;
    }
    if is_pulled(&call.script, slot) {
        return CKR_TOKEN_NOT_PRESENT;
    }
    let rv = real!(C_GetTokenInfo(slot, info));
    if rv != CKR_OK {
        return rv;
    }
    // SAFETY: the target filled it and nobody else holds it.
    let info = unsafe { &mut *info };
    let label = String::from_utf8_lossy(&info.label).trim().to_owned();
    if call.has(Fault::ProtectedPath) {
        info.flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
    }
    if call.has(Fault::NoLogin) {
        info.flags &= !CKF_LOGIN_REQUIRED;
    }
    if call.has(Fault::SameSerial) {
        info.serialNumber = *b"4711            ";
    }
    if call.has(Fault::BadClock) && label.starts_with('V') {
        info.flags |= CKF_CLOCK_ON_TOKEN;
        info.utcTime = *b"not a time at al";
    }
    if call.has(Fault::ToBeChanged) && !call.script.changed(&label).exists() {
        info.flags |= CKF_USER_PIN_TO_BE_CHANGED;
    }
    if let Some(tries) = call.script.tries {
        let wrong = super::pin::wrong(&call.script, &label);
        let left = tries.saturating_sub(wrong);
        info.flags &= !(CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
        info.flags |= match left {
            0 => CKF_USER_PIN_LOCKED,
            1 => CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_COUNT_LOW,
            _ if wrong > 0 => CKF_USER_PIN_COUNT_LOW,
            _ => 0,
        };
    }
    if call.has(Fault::SilentFlags) {
        info.flags &= !(CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
    }
    rv
}

/// Never blocks: the tests ask as the program does, with `CKF_DONT_BLOCK`.
pub unsafe extern "C" fn event(
    flags: CK_FLAGS,
    slot: *mut CK_SLOT_ID,
    _reserved: CK_VOID_PTR,
) -> CK_RV {
    let call = Calling::new("C_WaitForSlotEvent");
    if let Some(rv) = call.answer_to("", None) {
        return rv;
    }
    if !call.has(Fault::SlotEvents) || flags & CKF_DONT_BLOCK == 0 {
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
    let now: BTreeSet<CK_SLOT_ID> = match of_target(CK_TRUE) {
        Ok(slots) => slots
            .into_iter()
            .filter(|s| !is_pulled(&call.script, *s))
            .collect(),
        Err(rv) => return rv,
    };
    let mut state = state();
    let Some(changed) = now.symmetric_difference(&state.present).next().copied() else {
        return CKR_NO_EVENT;
    };
    if !state.present.remove(&changed) {
        state.present.insert(changed);
    }
    // SAFETY: the caller's, to be written.
    unsafe { *slot = changed };
    CKR_OK
}

pub unsafe extern "C" fn open(
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    application: CK_VOID_PTR,
    notify: CK_NOTIFY,
    session: *mut CK_SESSION_HANDLE,
) -> CK_RV {
    let call = Calling::new("C_OpenSession");
    if let Some(rv) = call.answer_to("", Some(slot)) {
        return rv;
    }
    if is_pulled(&call.script, slot) {
        return CKR_TOKEN_NOT_PRESENT;
    }
    if call.has(Fault::ReadOnly) && flags & CKF_RW_SESSION != 0 {
        return CKR_TOKEN_WRITE_PROTECTED;
    }
    let rv = real!(C_OpenSession(slot, flags, application, notify, session));
    if rv == CKR_OK {
        // SAFETY: the target just wrote it.
        state().sessions.insert(unsafe { *session }, slot);
    }
    rv
}
