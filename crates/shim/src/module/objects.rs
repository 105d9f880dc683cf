//! Objects and signatures.

use std::io::Write as _;

use cryptoki_sys::*;

use super::{Calling, real};
use crate::script::Fault;

pub unsafe extern "C" fn mechanisms(
    slot: CK_SLOT_ID,
    list: *mut CK_MECHANISM_TYPE,
    count: *mut CK_ULONG,
) -> CK_RV {
    let call = Calling::new("C_GetMechanismList");
    if let Some(rv) = call.answer_to("", Some(slot)) {
        return rv;
    }
    let rv = real!(C_GetMechanismList(slot, list, count));
    if rv == CKR_OK && !list.is_null() && call.has(Fault::NoHashing) {
        // SAFETY: the target filled `count` entries of the caller's buffer.
        let list = unsafe { std::slice::from_raw_parts_mut(list, *count as usize) };
        for entry in list {
            if [CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS].contains(entry) {
                *entry = CKM_SHA256;
            }
        }
    }
    rv
}

pub unsafe extern "C" fn find(
    session: CK_SESSION_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    let call = Calling::new("C_FindObjectsInit");
    call.in_session("", session)
        .unwrap_or_else(|| real!(C_FindObjectsInit(session, template, count)))
}

pub unsafe extern "C" fn attributes(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    let call = Calling::new("C_GetAttributeValue");
    if let Some(rv) = call.in_session("", session) {
        return rv;
    }
    // SAFETY: the caller's template of that many attributes.
    let list = unsafe { std::slice::from_raw_parts_mut(template, count as usize) };
    if call.has(Fault::NoSizes) && list.iter().any(|a| a.pValue.is_null()) {
        list.iter_mut().for_each(|a| a.ulValueLen = 0);
        return CKR_OK;
    }
    let rv = real!(C_GetAttributeValue(session, object, template, count));
    for attribute in list {
        if call.has(Fault::AlwaysAuthenticate)
            && attribute.type_ == CKA_ALWAYS_AUTHENTICATE
            && !attribute.pValue.is_null()
        {
            // SAFETY: a CK_BBOOL of the caller.
            unsafe { *attribute.pValue.cast::<CK_BBOOL>() = CK_TRUE };
        }
    }
    rv
}

pub unsafe extern "C" fn sign_init(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    let call = Calling::new("C_SignInit");
    call.in_session("", session)
        .unwrap_or_else(|| real!(C_SignInit(session, mechanism, key)))
}

pub unsafe extern "C" fn sign(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_length: CK_ULONG,
    signature: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    let call = Calling::new("C_Sign");
    if let Some(rv) = call.in_session("", session) {
        return rv;
    }
    if call.has(Fault::Noise) {
        let _ = writeln!(std::io::stdout(), "vendor module: signing");
    }
    if call.has(Fault::NoSizes) && signature.is_null() {
        // SAFETY: the caller asks for the size here.
        unsafe { *length = 0 };
        return CKR_OK;
    }
    real!(C_Sign(session, data, data_length, signature, length))
}

pub unsafe extern "C" fn sign_final(
    session: CK_SESSION_HANDLE,
    signature: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    let call = Calling::new("C_SignFinal");
    call.in_session("", session)
        .unwrap_or_else(|| real!(C_SignFinal(session, signature, length)))
}
