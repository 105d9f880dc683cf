//! The module: its one exported symbol, the function table, and what each call begins with.
#![allow(
    unsafe_code,
    reason = "PKCS#11 is a C interface; each block says why it holds"
)]

mod objects;
mod pin;
mod slots;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use cryptoki_sys::*;

use crate::script::{Act, Fault, Script};

static REAL: OnceLock<CK_FUNCTION_LIST> = OnceLock::new();
static SHIM: OnceLock<CK_FUNCTION_LIST> = OnceLock::new();
static STATE: Mutex<State> = Mutex::new(State {
    counts: BTreeMap::new(),
    sessions: BTreeMap::new(),
    present: BTreeSet::new(),
    accepted: BTreeMap::new(),
});

/// What a process of this module knows.
struct State {
    /// Calls so far, by name.
    counts: BTreeMap<&'static str, u32>,
    /// Sessions that stand, with their slot.
    sessions: BTreeMap<CK_SESSION_HANDLE, CK_SLOT_ID>,
    /// Slots with a token when events were asked for last.
    present: BTreeSet<CK_SLOT_ID>,
    /// The PIN that logged in, for keys that ask again.
    accepted: BTreeMap<CK_SLOT_ID, String>,
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn script() -> Script {
    let place = std::env::var_os("HOSO_SHIM_SCRIPT").map(PathBuf::from);
    let beside = || Some(Script::place(&PathBuf::from(std::env::args_os().nth(1)?)));
    place
        .or_else(beside)
        .and_then(|path| Script::read(&path))
        .unwrap_or_default()
}

/// A function of the target.
macro_rules! real {
    ($name:ident($($argument:expr),* $(,)?)) => {
        match crate::module::REAL.get().and_then(|real| real.$name) {
            // SAFETY: the target's own function, with arguments the standard allows: those of our
            // caller, or buffers that outlive the call.
            Some(function) => unsafe { function($($argument),*) },
            None => CKR_FUNCTION_NOT_SUPPORTED,
        }
    };
}
use real;

fn load(script: &Script) -> Option<CK_FUNCTION_LIST> {
    for (name, value) in &script.env {
        // SAFETY: the helper's other thread only reads its pipe; none reads the environment.
        unsafe { std::env::set_var(name, value) };
    }
    // SAFETY: the script names a PKCS#11 module, whose initialisers may run.
    let module = Box::leak(Box::new(unsafe { Pkcs11::new(&script.target) }.ok()?));
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
#[allow(non_snake_case, reason = "the name is the standard's")]
pub unsafe extern "C" fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    let Some(real) = REAL.get().copied().or_else(|| load(&script())) else {
        return CKR_GENERAL_ERROR;
    };
    let _ = REAL.set(real);
    let shim = SHIM.get_or_init(|| CK_FUNCTION_LIST {
        C_Initialize: Some(initialize),
        C_GetSlotList: Some(slots::list),
        C_GetSlotInfo: Some(slots::info),
        C_GetTokenInfo: Some(slots::token_info),
        C_WaitForSlotEvent: Some(slots::event),
        C_OpenSession: Some(slots::open),
        C_Login: Some(pin::login),
        C_SetPIN: Some(pin::set),
        C_InitPIN: Some(pin::init),
        C_GetMechanismList: Some(objects::mechanisms),
        C_GetAttributeValue: Some(objects::attributes),
        C_FindObjectsInit: Some(objects::find),
        C_SignInit: Some(objects::sign_init),
        C_Sign: Some(objects::sign),
        C_SignFinal: Some(objects::sign_final),
        ..real
    });
    // SAFETY: by the contract above.
    unsafe { *list = std::ptr::from_ref(shim).cast_mut() };
    CKR_OK
}

unsafe extern "C" fn initialize(arguments: CK_VOID_PTR) -> CK_RV {
    let call = Calling::new("C_Initialize");
    if let Some(rv) = call.answer_to("", None) {
        return rv;
    }
    let told = CString::new(call.script.parameters.as_str()).unwrap_or_default();
    if told.is_empty() {
        return real!(C_Initialize(arguments));
    }
    let own = CK_C_INITIALIZE_ARGS {
        CreateMutex: None,
        DestroyMutex: None,
        LockMutex: None,
        UnlockMutex: None,
        flags: CKF_OS_LOCKING_OK,
        pReserved: told.as_ptr().cast_mut().cast(),
    };
    let end = CK_C_INITIALIZE_ARGS {
        pReserved: std::ptr::null_mut(),
        ..own
    };
    // NSS reads one field beyond the standard's: a null, the first of what follows
    let mut both = [own, end];
    real!(C_Initialize(both.as_mut_ptr().cast()))
}

/// One call on its way: the script as it is now.
struct Calling {
    name: &'static str,
    number: u32,
    script: Script,
}

impl Calling {
    fn new(name: &'static str) -> Self {
        let script = script();
        let number = {
            let mut state = state();
            let count = state.counts.entry(name).or_default();
            *count = count.saturating_add(1);
            *count
        };
        slots::close_pulled(&script);
        Self {
            name,
            number,
            script,
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.script.faults.contains(&fault)
    }

    /// Writes the call down with `words`, and answers it where a rule says so. `slot`: whose token
    /// is pulled by [`Act::Pull`].
    fn answer_to(&self, words: &str, slot: Option<CK_SLOT_ID>) -> Option<CK_RV> {
        let line = [self.name, words];
        let line = line.iter().filter(|w| !w.is_empty()).copied();
        self.script.write_down(&line.collect::<Vec<_>>().join(" "));
        let rule = self
            .script
            .rules
            .iter()
            .find(|r| r.call == self.name && [0, self.number].contains(&r.nth))?;
        match rule.act {
            Act::Return(value) => Some(value as CK_RV),
            Act::Crash => std::process::abort(),
            Act::Hang => loop {
                std::thread::park();
            },
            Act::Wait => {
                let _ = std::fs::write(self.script.waiting(), "");
                while !self.script.gate().exists() {
                    std::thread::park_timeout(std::time::Duration::from_millis(5));
                }
                None
            }
            Act::Pull => {
                let label = slot.map(slots::label).unwrap_or_default();
                let _ = std::fs::write(self.script.pulled(&label), "");
                slots::close_pulled(&self.script);
                Some(CKR_DEVICE_REMOVED)
            }
        }
    }

    /// As [`Calling::answer_to`] for a call in a session; a session whose token was pulled is
    /// invalid for good.
    fn in_session(&self, words: &str, session: CK_SESSION_HANDLE) -> Option<CK_RV> {
        let slot = state().sessions.get(&session).copied();
        let answer = self.answer_to(words, slot);
        if answer.is_none() && slot.is_none() {
            return Some(CKR_SESSION_HANDLE_INVALID);
        }
        answer
    }
}
