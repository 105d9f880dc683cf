//! What can go wrong with a module, its process or a token: one name per situation.
//!
//! The values cross the pipe between helper and caller, so a cause is text here, not a `source`.
//! No variant ever holds a PIN.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::message::{Algorithm, PinFlags, PukFlags};

/// One situation each; the return values named are those of PKCS#11 v3.1, section 5.1.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error, Serialize, Deserialize)]
pub enum TokenError {
    // the module's file
    #[error("no file at {}", path.display())]
    ModuleMissing { path: PathBuf },
    #[error("cannot read {}: {reason}", path.display())]
    ModuleUnreadable { path: PathBuf, reason: String },
    /// A text file, a program, a picture: anything that is no dynamic library.
    #[error("{} is not a library", path.display())]
    ModuleNotALibrary { path: PathBuf },
    /// The header promises more bytes than the file has.
    #[error("{} is cut short", path.display())]
    ModuleTruncated { path: PathBuf },
    /// A library of another system: a Windows DLL on Linux and the reverse.
    #[error("{} is a library for {found}", path.display())]
    ModuleOtherSystem { path: PathBuf, found: String },
    /// `found` and `wanted` as in `std::env::consts::ARCH`.
    #[error("{} is built for {found}, this program for {wanted}", path.display())]
    ModuleWrongArchitecture {
        path: PathBuf,
        found: String,
        wanted: String,
    },
    /// The loader refused it, mostly because a library it needs is missing.
    #[error("{} could not be loaded: {reason}", path.display())]
    ModuleNotLoaded { path: PathBuf, reason: String },
    /// A library without `C_GetFunctionList`.
    #[error("{} is not a PKCS#11 module", path.display())]
    ModuleNotPkcs11 { path: PathBuf },
    /// `C_GetFunctionList` or `C_Initialize` failed.
    #[error("{} refused to start: {code}", path.display())]
    ModuleFailed { path: PathBuf, code: String },

    // the helper process
    #[error("the helper program is missing at {}", path.display())]
    HelperMissing { path: PathBuf },
    #[error("the helper program could not be started: {reason}")]
    HelperNotStarted { reason: String },
    /// It ended, was killed or crashed inside the module. Start another host.
    #[error("the helper process ended during {call} ({exit})")]
    HostLost { call: String, exit: String },
    /// It did not answer in time and was killed. Start another host.
    #[error("the module did not answer {call} within {seconds} s")]
    Hung { call: String, seconds: u64 },
    /// A frame that is too long or not of this protocol: two versions mixed.
    #[error("the helper process spoke another protocol: {reason}")]
    Protocol { reason: String },

    // tokens and certificates
    #[error("no token with serial {serial}")]
    NoSuchToken { serial: String },
    #[error("the certificate is not on the token")]
    NoSuchCertificate,
    /// Two tokens tell the same serial: which one is meant cannot be known, so no PIN is sent.
    #[error("two tokens have the serial {serial}")]
    TwinTokens { serial: String },
    /// The certificate is there, its private key is not.
    #[error("the token holds no private key for the certificate")]
    NoPrivateKey,
    /// Token or slot answers in a way that cannot be read (`CKR_TOKEN_NOT_RECOGNIZED`, bad info).
    #[error("the token cannot be read: {reason}")]
    Unreadable { reason: String },

    // login
    /// `CKR_PIN_INCORRECT`. `flags` were read again after the try.
    #[error("wrong PIN")]
    WrongPin { flags: PinFlags },
    /// `CKR_PIN_LOCKED`.
    #[error("the PIN is locked")]
    PinLocked { flags: PinFlags },
    /// Outside the token's limits: found before a try was spent, or `CKR_PIN_LEN_RANGE`.
    #[error("the PIN must have {min} to {max} bytes")]
    PinLength { min: u32, max: u32 },
    /// `CKR_PIN_INVALID`: characters the token does not take.
    #[error("the PIN has characters the token does not take")]
    PinInvalid,
    /// `CKR_PIN_EXPIRED`: change it first.
    #[error("the PIN must be changed first")]
    PinExpired,
    /// `CKR_USER_PIN_NOT_INITIALIZED`.
    #[error("the token has no user PIN yet")]
    PinNotInitialised,
    /// A new PIN outside the token's limits, found before anything was sent.
    #[error("the new PIN must have {min} to {max} bytes")]
    NewPinLength { min: u32, max: u32 },
    /// The token does not take the new PIN (`CKR_PIN_LEN_RANGE`, `CKR_PIN_INVALID`,
    /// `CKR_PIN_TOO_WEAK` when it is set).
    #[error("the token does not take the new PIN ({code})")]
    NewPinRefused { code: String },
    /// `CKR_PIN_INCORRECT` at the login with the PUK.
    #[error("wrong PUK")]
    WrongPuk { flags: PukFlags },
    /// `CKR_PIN_LOCKED` at the login with the PUK.
    #[error("the PUK is locked")]
    PukLocked,
    /// No PIN was given and the token has no keys of its own to type it on.
    #[error("a PIN is needed")]
    PinNeeded,
    /// The PIN belongs on the reader's own keys; none was sent to the token.
    #[error("the PIN is to be typed on the reader")]
    PinOnReader,
    /// `CKR_FUNCTION_CANCELED`, `CKR_CANCEL`, `CKR_FUNCTION_REJECTED`: stopped at the reader.
    #[error("cancelled at the reader ({code})")]
    Cancelled { code: String },
    /// `CKR_USER_ANOTHER_ALREADY_LOGGED_IN`, `CKR_SESSION_READ_WRITE_SO_EXISTS`.
    #[error("somebody else is logged in to the token ({code})")]
    OtherUser { code: String },
    /// A signature was asked without a login before it.
    #[error("nobody is logged in")]
    NotOpen,

    // signing
    /// Removed, or its session was lost: list again and ask for the PIN again.
    #[error("the token was removed ({code} in {call})")]
    TokenRemoved { call: String, code: String },
    /// Neither token nor key offers it.
    #[error("the token does not offer {algorithm:?} for this key")]
    NoMechanism { algorithm: Algorithm },
    /// `CKR_MECHANISM_INVALID`, `CKR_MECHANISM_PARAM_INVALID`: offered and then refused.
    #[error("the token refused a mechanism it offers ({code})")]
    MechanismRefused { code: String },
    /// `CKR_KEY_FUNCTION_NOT_PERMITTED`, `CKR_KEY_TYPE_INCONSISTENT`, `CKR_KEY_SIZE_RANGE`.
    #[error("the key may not sign ({code})")]
    KeyRefused { code: String },
    /// `CKR_FUNCTION_FAILED`: never read as a wrong PIN.
    #[error("the module failed in {call}")]
    FunctionFailed { call: String },
    /// `CKR_SESSION_COUNT`, `CKR_SESSION_EXISTS`: other programs hold the token.
    #[error("the token is busy with other programs ({code})")]
    Busy { code: String },
    /// `CKR_SESSION_READ_ONLY`, `CKR_TOKEN_WRITE_PROTECTED`: it wants to write where none is needed.
    #[error("the token refuses read-only work ({code})")]
    ReadOnlyRefused { code: String },
    /// `CKR_DEVICE_MEMORY`, `CKR_HOST_MEMORY`.
    #[error("out of memory ({code})")]
    OutOfMemory { code: String },
    /// `CKR_FUNCTION_NOT_SUPPORTED`.
    #[error("the module has no {call}")]
    NotSupported { call: String },
    /// Everything else, vendor codes included, as the module named it.
    #[error("the module refused {call}: {code}")]
    Refused { call: String, code: String },
}

impl TokenError {
    /// Whether the token saw a PIN and refused it: the batch stops, the count of wrong tries rises.
    pub fn spent_a_try(&self) -> bool {
        matches!(self, Self::WrongPin { .. })
    }

    /// The module's return value behind it, by its name in PKCS#11, where there was one.
    pub fn return_value(&self) -> Option<&str> {
        match self {
            Self::ModuleFailed { code, .. }
            | Self::TokenRemoved { code, .. }
            | Self::KeyRefused { code }
            | Self::Busy { code }
            | Self::ReadOnlyRefused { code }
            | Self::OutOfMemory { code }
            | Self::NewPinRefused { code }
            | Self::OtherUser { code }
            | Self::Cancelled { code }
            | Self::MechanismRefused { code }
            | Self::Refused { code, .. } => Some(code),
            Self::Unreadable { reason } if reason.starts_with("CKR_") => Some(reason),
            Self::WrongPin { .. } | Self::WrongPuk { .. } => Some("CKR_PIN_INCORRECT"),
            Self::PinLocked { .. } | Self::PukLocked => Some("CKR_PIN_LOCKED"),
            Self::PinInvalid => Some("CKR_PIN_INVALID"),
            Self::PinExpired => Some("CKR_PIN_EXPIRED"),
            Self::PinNotInitialised => Some("CKR_USER_PIN_NOT_INITIALIZED"),
            Self::FunctionFailed { .. } => Some("CKR_FUNCTION_FAILED"),
            Self::NotSupported { .. } => Some("CKR_FUNCTION_NOT_SUPPORTED"),
            _ => None,
        }
    }

    /// Whether the host is gone and another must be started.
    pub fn ends_host(&self) -> bool {
        matches!(
            self,
            Self::HostLost { .. } | Self::Hung { .. } | Self::Protocol { .. }
        )
    }
}
