//! A PKCS#11 module for tests: forwards to another one and fails as its environment says.
//!
//! It refuses to have behaviour of its own beyond the faults named: `HOSO_SHIM_TARGET` is the
//! module forwarded to, `HOSO_SHIM_FAULT` a list of faults separated by commas, `HOSO_SHIM_LOG` a
//! file that gets one line per `C_Login`, `HOSO_SHIM_PIN` what "the person at the reader" types.
//!
//! | fault | what happens |
//! |---|---|
//! | `protected-path` | tokens have their own keys; a login without PIN uses `HOSO_SHIM_PIN` |
//! | `login-failed` | `C_Login` gives `CKR_FUNCTION_FAILED` |
//! | `bad-clock` | the token whose label starts with V tells a time without digits |
//! | `no-sizes` | every question for a size is answered 0 |
//! | `no-hashing` | `CKM_SHA256_RSA_PKCS` and its PSS kin are not offered |
//! | `always` | keys ask for the PIN at each signature |
//! | `noise` | prints to standard output while signing |
//! | `hang`, `crash`, `removed` | `C_Sign` never answers, ends the process, tells of removal |
#![allow(unsafe_code, reason = "this is a C interface, in tests only")]
#![allow(non_snake_case, reason = "exported C name")]

use std::io::Write as _;
use std::sync::OnceLock;

use cryptoki_sys::*;

static REAL: OnceLock<CK_FUNCTION_LIST> = OnceLock::new();
static SHIM: OnceLock<CK_FUNCTION_LIST> = OnceLock::new();

fn has(fault: &str) -> bool {
    std::env::var("HOSO_SHIM_FAULT").is_ok_and(|all| all.split(',').any(|f| f == fault))
}

fn load() -> Option<CK_FUNCTION_LIST> {
    let target = std::env::var_os("HOSO_SHIM_TARGET")?;
    // SAFETY: the test names a PKCS#11 module, whose initialisers may run.
    let module = Box::leak(Box::new(unsafe { Pkcs11::new(target) }.ok()?));
    let mut list = std::ptr::null_mut();
    let get = module.C_GetFunctionList.as_ref().ok()?;
    // SAFETY: the standard's function with a writable pointer; the list is static in the module,
    // which is never unloaded.
    unsafe { (get(&mut list) == CKR_OK).then(|| *list) }
}

/// The one exported symbol.
///
/// # Safety
/// `list` must be writable, as the standard asks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    let Some(real) = REAL.get().copied().or_else(load) else {
        return CKR_GENERAL_ERROR;
    };
    let _ = REAL.set(real);
    let shim = SHIM.get_or_init(|| CK_FUNCTION_LIST {
        C_Login: Some(login),
        C_GetTokenInfo: Some(token_info),
        C_GetMechanismList: Some(mechanisms),
        C_GetAttributeValue: Some(attributes),
        C_Sign: Some(sign),
        ..real
    });
    // SAFETY: by the contract above.
    unsafe { *list = std::ptr::from_ref(shim).cast_mut() };
    CKR_OK
}

fn real() -> &'static CK_FUNCTION_LIST {
    REAL.get().expect("C_GetFunctionList was called first")
}

unsafe extern "C" fn login(
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: *mut CK_BYTE,
    length: CK_ULONG,
) -> CK_RV {
    if let Some(log) = std::env::var_os("HOSO_SHIM_LOG") {
        let line = format!(
            "user {user} pin {}\n",
            if pin.is_null() { "none" } else { "given" }
        );
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log);
        let _ = file.and_then(|mut f| f.write_all(line.as_bytes()));
    }
    if has("login-failed") {
        return CKR_FUNCTION_FAILED;
    }
    let mut typed = std::env::var("HOSO_SHIM_PIN")
        .unwrap_or_default()
        .into_bytes();
    if user == CKU_CONTEXT_SPECIFIC {
        // SAFETY: the caller's buffer of that length.
        let given = unsafe { std::slice::from_raw_parts(pin, length as usize) };
        return if given == typed {
            CKR_OK
        } else {
            CKR_PIN_INCORRECT
        };
    }
    let Some(login) = real().C_Login else {
        return CKR_FUNCTION_NOT_SUPPORTED;
    };
    let (pin, length) = if pin.is_null() && has("protected-path") {
        (typed.as_mut_ptr(), typed.len() as CK_ULONG)
    } else {
        (pin, length)
    };
    // SAFETY: the caller's own arguments, or a buffer that outlives the call.
    unsafe { login(session, user, pin, length) }
}

unsafe extern "C" fn token_info(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) -> CK_RV {
    let Some(token_info) = real().C_GetTokenInfo else {
        return CKR_FUNCTION_NOT_SUPPORTED;
    };
    // SAFETY: forwarded as given.
    let rv = unsafe { token_info(slot, info) };
    if rv != CKR_OK {
        return rv;
    }
    // SAFETY: the module filled it and nobody else holds it.
    let info = unsafe { &mut *info };
    if has("protected-path") {
        info.flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
    }
    if has("bad-clock") && info.label.first() == Some(&b'V') {
        info.flags |= CKF_CLOCK_ON_TOKEN;
        info.utcTime = *b"not a time at al";
    }
    rv
}

unsafe extern "C" fn mechanisms(
    slot: CK_SLOT_ID,
    list: *mut CK_MECHANISM_TYPE,
    count: *mut CK_ULONG,
) -> CK_RV {
    let Some(get) = real().C_GetMechanismList else {
        return CKR_FUNCTION_NOT_SUPPORTED;
    };
    // SAFETY: forwarded as given.
    let rv = unsafe { get(slot, list, count) };
    if rv == CKR_OK && !list.is_null() && has("no-hashing") {
        // SAFETY: the module filled `count` entries of the caller's buffer.
        let list = unsafe { std::slice::from_raw_parts_mut(list, *count as usize) };
        for entry in list {
            if [CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS].contains(entry) {
                *entry = CKM_SHA256;
            }
        }
    }
    rv
}

unsafe extern "C" fn attributes(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    // SAFETY: the caller's template of that many attributes.
    let list = unsafe { std::slice::from_raw_parts_mut(template, count as usize) };
    if has("no-sizes") && list.iter().any(|a| a.pValue.is_null()) {
        list.iter_mut().for_each(|a| a.ulValueLen = 0);
        return CKR_OK;
    }
    let Some(get) = real().C_GetAttributeValue else {
        return CKR_FUNCTION_NOT_SUPPORTED;
    };
    // SAFETY: forwarded as given.
    let rv = unsafe { get(session, object, template, count) };
    for attribute in list {
        if has("always")
            && attribute.type_ == CKA_ALWAYS_AUTHENTICATE
            && !attribute.pValue.is_null()
        {
            // SAFETY: a CK_BBOOL of the caller.
            unsafe { *attribute.pValue.cast::<CK_BBOOL>() = CK_TRUE };
        }
    }
    rv
}

unsafe extern "C" fn sign(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_length: CK_ULONG,
    signature: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    if has("hang") {
        loop {
            std::thread::park();
        }
    }
    if has("crash") {
        std::process::abort();
    }
    if has("removed") {
        return CKR_DEVICE_REMOVED;
    }
    if has("noise") {
        let _ = writeln!(std::io::stdout(), "vendor module: signing");
    }
    if has("no-sizes") && signature.is_null() {
        // SAFETY: the caller asks for the size here.
        unsafe { *length = 0 };
        return CKR_OK;
    }
    let Some(sign) = real().C_Sign else {
        return CKR_FUNCTION_NOT_SUPPORTED;
    };
    // SAFETY: forwarded as given.
    unsafe { sign(session, data, data_length, signature, length) }
}
