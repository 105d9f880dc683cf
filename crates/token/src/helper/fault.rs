//! Return values of PKCS#11 to situations. It refuses to guess: `CKR_FUNCTION_FAILED` is never a
//! wrong PIN, and a code it does not know is handed on by name.

use std::path::Path;

use cryptoki::error::{Error, RvError};

use crate::error::TokenError;
use crate::message::{PinFlags, PukFlags};
use crate::return_value;

/// What is known of the PIN when a call fails.
#[derive(Clone, Copy, Default)]
pub struct PinFacts {
    pub flags: PinFlags,
    pub min: u32,
    pub max: u32,
}

/// The PKCS#11 name where it is one, else the wrapper's own words.
pub fn code(error: &Error) -> String {
    match error {
        Error::Pkcs11(RvError::VendorDefined(code), _) => format!("vendor code {code:#x}"),
        Error::Pkcs11(RvError::UnknownErrorCode(code), _) => {
            return_value::name(*code).map_or_else(|| format!("code {code:#x}"), str::to_owned)
        }
        // the wrapper spells the standard's names in its own case
        Error::Pkcs11(rv, _) => {
            let mut name = String::from("CKR");
            for c in format!("{rv:?}").chars() {
                if c.is_ascii_uppercase() {
                    name.push('_');
                }
                name.push(c.to_ascii_uppercase());
            }
            name
        }
        other => other.to_string(),
    }
}

fn call(error: &Error) -> String {
    match error {
        Error::Pkcs11(_, function) => format!("C_{function:?}"),
        _ => "the module".to_owned(),
    }
}

/// A failure while the module starts.
pub fn at_start(path: &Path, error: &Error) -> TokenError {
    let path = path.to_path_buf();
    match error {
        Error::LibraryLoading(e) => TokenError::ModuleNotLoaded {
            path,
            reason: e.to_string(),
        },
        Error::MissingSymbol(_) => TokenError::ModuleNotPkcs11 { path },
        other => TokenError::ModuleFailed {
            path,
            code: code(other),
        },
    }
}

/// A failure on a token, outside login.
pub fn on_token(error: &Error) -> TokenError {
    with_pin(error, PinFacts::default())
}

/// A failure on a token; `pin` fills the answers that speak of it.
pub fn with_pin(error: &Error, pin: PinFacts) -> TokenError {
    let (code, call) = (code(error), call(error));
    let Error::Pkcs11(rv, _) = error else {
        return match error {
            Error::NullFunctionPointer => TokenError::NotSupported { call },
            _ => TokenError::Refused { call, code },
        };
    };
    match rv {
        RvError::PinIncorrect => TokenError::WrongPin { flags: pin.flags },
        RvError::PinLocked => TokenError::PinLocked { flags: pin.flags },
        RvError::PinLenRange => TokenError::PinLength {
            min: pin.min,
            max: pin.max,
        },
        RvError::PinInvalid => TokenError::PinInvalid,
        RvError::PinExpired => TokenError::PinExpired,
        RvError::UserPinNotInitialized => TokenError::PinNotInitialised,
        RvError::FunctionCanceled | RvError::Cancel | RvError::FunctionRejected => {
            TokenError::Cancelled { code }
        }
        RvError::UserAnotherAlreadyLoggedIn | RvError::SessionReadWriteSoExists => {
            TokenError::OtherUser { code }
        }
        // The session is lost: list again and ask again, never go on by oneself.
        RvError::DeviceRemoved
        | RvError::DeviceError
        | RvError::GeneralError
        | RvError::TokenNotPresent
        | RvError::SessionHandleInvalid
        | RvError::SessionClosed
        | RvError::ObjectHandleInvalid
        | RvError::KeyHandleInvalid
        | RvError::UserNotLoggedIn => TokenError::TokenRemoved { call, code },
        RvError::TokenNotRecognized => TokenError::Unreadable { reason: code },
        RvError::KeyFunctionNotPermitted | RvError::KeyTypeInconsistent | RvError::KeySizeRange => {
            TokenError::KeyRefused { code }
        }
        RvError::MechanismInvalid | RvError::MechanismParamInvalid => {
            TokenError::MechanismRefused { code }
        }
        RvError::FunctionFailed => TokenError::FunctionFailed { call },
        RvError::FunctionNotSupported => TokenError::NotSupported { call },
        RvError::SessionCount | RvError::SessionExists => TokenError::Busy { code },
        RvError::SessionReadOnly | RvError::TokenWriteProtected => {
            TokenError::ReadOnlyRefused { code }
        }
        RvError::DeviceMemory | RvError::HostMemory => TokenError::OutOfMemory { code },
        _ => TokenError::Refused { call, code },
    }
}

/// A failure of `C_SetPIN` or `C_InitPIN`, where a refusal of length or characters speaks of the
/// new PIN: the old one was measured before.
pub fn with_new_pin(error: &Error, pin: PinFacts) -> TokenError {
    match error {
        Error::Pkcs11(
            RvError::PinLenRange
            | RvError::PinInvalid
            | RvError::PinTooWeak
            | RvError::ArgumentsBad,
            _,
        ) => TokenError::NewPinRefused { code: code(error) },
        other => with_pin(other, pin),
    }
}

/// A failure of the login with the PUK.
pub fn with_puk(error: &Error, flags: PukFlags) -> TokenError {
    match error {
        Error::Pkcs11(RvError::PinIncorrect, _) => TokenError::WrongPuk { flags },
        Error::Pkcs11(RvError::PinLocked, _) => TokenError::PukLocked,
        other => with_pin(other, PinFacts::default()),
    }
}

/// Whether a failure means that login and handles are gone.
pub fn loses_session(error: &TokenError) -> bool {
    matches!(
        error,
        TokenError::TokenRemoved { .. }
            | TokenError::WrongPin { .. }
            | TokenError::PinLocked { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptoki::context::Function;

    fn told(rv: RvError) -> TokenError {
        on_token(&Error::Pkcs11(rv, Function::Sign))
    }

    #[test]
    fn every_code_of_a_lost_session_reads_as_removed() {
        for rv in [
            RvError::DeviceRemoved,
            RvError::DeviceError,
            RvError::GeneralError,
            RvError::TokenNotPresent,
            RvError::SessionHandleInvalid,
            RvError::SessionClosed,
            RvError::ObjectHandleInvalid,
            RvError::KeyHandleInvalid,
            RvError::UserNotLoggedIn,
        ] {
            let error = told(rv);
            assert!(
                matches!(error, TokenError::TokenRemoved { .. }),
                "{rv:?} reads as {error}"
            );
            assert!(loses_session(&error));
        }
    }

    #[test]
    fn a_failed_function_is_never_a_wrong_pin() {
        let error = on_token(&Error::Pkcs11(RvError::FunctionFailed, Function::Login));
        assert_eq!(
            error,
            TokenError::FunctionFailed {
                call: "C_Login".into()
            }
        );
        assert!(!error.spent_a_try());
    }

    #[test]
    fn every_value_of_the_standard_keeps_its_name() {
        for (name, value) in return_value::return_values() {
            let cryptoki::error::Rv::Error(rv) =
                cryptoki::error::Rv::from(value as cryptoki_sys::CK_RV)
            else {
                panic!("{name} reads as success");
            };
            assert_eq!(code(&Error::Pkcs11(rv, Function::Sign)), name);
            let told = told(rv);
            let kept = told.return_value();
            // a PIN's length is told with its bounds, not with a code
            assert!(
                kept == Some(name) || matches!(told, TokenError::PinLength { .. }),
                "{name}"
            );
        }
    }

    #[test]
    fn codes_carry_the_names_of_the_standard() {
        let name = |rv| code(&Error::Pkcs11(rv, Function::Login));
        assert_eq!(name(RvError::PinIncorrect), "CKR_PIN_INCORRECT");
        assert_eq!(
            name(RvError::VendorDefined(0x8000_0001)),
            "vendor code 0x80000001"
        );
    }
}
