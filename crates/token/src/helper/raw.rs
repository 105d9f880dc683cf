//! The calls the safe wrapper lacks: `C_Sign` and `C_GetAttributeValue` with a buffer of fixed size,
//! `C_GetSlotList` with an end, `C_SetPIN` and `C_InitPIN` for a reader with its own keys.
//!
//! The usual way asks for a size first; drivers in the field answer 0 to that (VNPT, NCCA), and
//! the wrapper then returns nothing; it asks for ever where a module calls each buffer too small; and
//! it has no way to hand over no PIN. This is the only file that calls C; it refuses to do more than
//! these five calls.
#![allow(
    unsafe_code,
    reason = "PKCS#11 is a C interface; each block says why it holds"
)]

use std::path::Path;

use cryptoki::context::Function;
use cryptoki::error::{Error, Result, Rv, RvError};
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use cryptoki::slot::Slot;
use cryptoki_sys::{
    CK_ATTRIBUTE, CK_ATTRIBUTE_TYPE, CK_FUNCTION_LIST, CK_TRUE, CK_ULONG,
    CK_UNAVAILABLE_INFORMATION,
};

use crate::message::Pin;

/// Longest RSA signature taken: 8192 bits.
const SIGNATURE: usize = 1024;
/// Room for slots beyond those a module tells of.
const SLOTS: CK_ULONG = 32;

/// The module's own function table.
pub struct Raw {
    functions: CK_FUNCTION_LIST,
    /// Keeps the module mapped while `functions` point into it.
    _module: cryptoki_sys::Pkcs11,
}

impl Raw {
    /// Reads the table of a module that is loaded already; the loader counts this as a second
    /// use of the same library.
    pub fn of(path: &Path) -> Result<Self> {
        // SAFETY: loading runs the library's initialisers; that was accepted when the same file
        // was loaded through the safe wrapper just before, and they do not run again.
        let module = unsafe { cryptoki_sys::Pkcs11::new(path) }.map_err(Error::LibraryLoading)?;
        let mut table: *mut CK_FUNCTION_LIST = std::ptr::null_mut();
        let get = module
            .C_GetFunctionList
            .as_ref()
            .map_err(|_| Error::MissingSymbol("C_GetFunctionList"))?;
        // SAFETY: `get` is the symbol of the standard with its signature, `table` is writable.
        Rv::from(unsafe { get(&mut table) }).into_result(Function::GetFunctionList)?;
        if table.is_null() {
            return Err(Error::NullFunctionPointer);
        }
        // SAFETY: on CKR_OK the pointer names the module's static table; it is copied out, also
        // where the structure is packed (Windows).
        let functions = unsafe { std::ptr::read_unaligned(table) };
        Ok(Self {
            functions,
            _module: module,
        })
    }

    /// The slots with a token. A token that is put in between the question for the size and the one for
    /// the list finds room; a module that calls the room too small all the same is asked once more.
    pub fn slots(&self) -> Result<Vec<Slot>> {
        match self.slots_once() {
            Err(Error::Pkcs11(RvError::BufferTooSmall, _)) => self.slots_once(),
            result => result,
        }
    }

    fn slots_once(&self) -> Result<Vec<Slot>> {
        let get = self
            .functions
            .C_GetSlotList
            .ok_or(Error::NullFunctionPointer)?;
        let mut count: CK_ULONG = 0;
        // SAFETY: a null list asks for the size alone, which is written to `count`.
        let rv = unsafe { get(CK_TRUE, std::ptr::null_mut(), &mut count) };
        Rv::from(rv).into_result(Function::GetSlotList)?;
        // whatever a module says
        let mut count = count.saturating_add(SLOTS).min(SLOTS * SLOTS);
        let mut list = vec![0; usize::try_from(count)?];
        // SAFETY: the buffer lives through the call and has room for the number told.
        let rv = unsafe { get(CK_TRUE, list.as_mut_ptr(), &mut count) };
        Rv::from(rv).into_result(Function::GetSlotList)?;
        list.truncate(usize::try_from(count)?);
        list.into_iter().map(Slot::try_from).collect()
    }

    /// `C_Sign` after `C_SignInit` in `session`.
    pub fn sign(&self, session: &Session, data: &[u8]) -> Result<Vec<u8>> {
        let sign = self.functions.C_Sign.ok_or(Error::NullFunctionPointer)?;
        let mut signature = vec![0u8; SIGNATURE];
        let mut length = SIGNATURE as CK_ULONG;
        let data_length = CK_ULONG::try_from(data.len())?;
        // SAFETY: both buffers live through the call and their true lengths are told; the module
        // only reads `data`, the C type merely lacks `const`.
        let rv = unsafe {
            sign(
                session.handle(),
                data.as_ptr().cast_mut(),
                data_length,
                signature.as_mut_ptr(),
                &mut length,
            )
        };
        Rv::from(rv).into_result(Function::Sign)?;
        signature.truncate(usize::try_from(length)?);
        Ok(signature)
    }

    /// The value of one attribute of at most `size` bytes; empty where the object has none.
    pub fn attribute(
        &self,
        session: &Session,
        object: ObjectHandle,
        kind: CK_ATTRIBUTE_TYPE,
        size: usize,
    ) -> Result<Vec<u8>> {
        let get = self
            .functions
            .C_GetAttributeValue
            .ok_or(Error::NullFunctionPointer)?;
        let mut value = vec![0u8; size];
        let mut template = CK_ATTRIBUTE {
            type_: kind,
            pValue: value.as_mut_ptr().cast(),
            ulValueLen: CK_ULONG::try_from(size)?,
        };
        // SAFETY: one template, which names a buffer of the length it tells; both outlive the
        // call.
        let rv = unsafe { get(session.handle(), object.handle(), &mut template, 1) };
        Rv::from(rv).into_result(Function::GetAttributeValue)?;
        let length = template.ulValueLen;
        if length == CK_UNAVAILABLE_INFORMATION {
            return Ok(Vec::new());
        }
        value.truncate(usize::try_from(length)?);
        Ok(value)
    }

    /// `C_SetPIN` with old and new PIN; `None` where both are typed on the reader.
    pub fn set_pin(&self, session: &Session, pins: Option<&(Pin, Pin)>) -> Result<()> {
        let set = self.functions.C_SetPIN.ok_or(Error::NullFunctionPointer)?;
        let (old, old_length) = pointer(pins.map(|(old, _)| old))?;
        let (new, new_length) = pointer(pins.map(|(_, new)| new))?;
        // SAFETY: each pointer is null with length 0, or names a PIN of that length that outlives
        // the call; the module only reads it, the C type merely lacks `const`.
        let rv = unsafe { set(session.handle(), old, old_length, new, new_length) };
        Rv::from(rv).into_result(Function::SetPIN)
    }

    /// `C_InitPIN` with the new PIN; `None` where it is typed on the reader.
    pub fn init_pin(&self, session: &Session, new: Option<&Pin>) -> Result<()> {
        let init = self.functions.C_InitPIN.ok_or(Error::NullFunctionPointer)?;
        let (new, length) = pointer(new)?;
        // SAFETY: as in `set_pin`.
        let rv = unsafe { init(session.handle(), new, length) };
        Rv::from(rv).into_result(Function::InitPIN)
    }
}

fn pointer(pin: Option<&Pin>) -> Result<(*mut u8, CK_ULONG)> {
    match pin {
        None => Ok((std::ptr::null_mut(), 0)),
        Some(pin) => {
            let bytes = pin.expose().as_bytes();
            Ok((bytes.as_ptr().cast_mut(), CK_ULONG::try_from(bytes.len())?))
        }
    }
}
