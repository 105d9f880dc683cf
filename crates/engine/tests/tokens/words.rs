//! Whatever a module answers and whatever else goes wrong at a token has a title, a cause and a
//! remedy.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hoso_contract::state::{CertificateWarning, Obstacle, TokenWarning};
use hoso_contract::{AppError, Code};
use hoso_engine::error::Error;
use hoso_text::{Lang, failure, return_value};
use hoso_token::{Algorithm, PinFlags, PukFlags, TokenError, return_values, situation};

fn worded(error: TokenError) -> AppError {
    Error::from(error).worded()
}

/// Title, cause and remedy, each whole.
fn check(what: &str, error: &AppError) -> [String; 3] {
    for lang in [Lang::Vi, Lang::En] {
        let words = failure(error, lang);
        for part in [&words.title, &words.cause, &words.remedy] {
            assert!(
                !part.trim().is_empty() && !part.contains("  "),
                "{what}: {part}"
            );
            assert!(lang == Lang::En || !part.is_ascii(), "{what}: {part}");
        }
    }
    let words = failure(error, Lang::Vi);
    [words.title, words.cause, words.remedy]
}

#[test]
fn every_return_value_has_title_cause_and_remedy_and_is_named() {
    for (name, value) in return_values() {
        let vi = return_value(name, Lang::Vi).unwrap_or_else(|| panic!("{name} has no words"));
        assert!(
            !vi.is_ascii() && return_value(name, Lang::En).is_some(),
            "{name}"
        );
        let error = worded(situation(value).unwrap());
        assert_ne!(error.code, Code::Internal, "{name}");
        let [_, cause, _] = check(name, &error);
        // a PIN's length is told with the token's bounds instead
        if error.code != Code::TokenPinLength {
            assert!(cause.contains(&format!("{name}: {vi}")), "{name}: {cause}");
        }
    }
    // and no two of them the same words
    let mut seen = BTreeMap::new();
    for (name, _) in return_values() {
        if let Some(other) = seen.insert(return_value(name, Lang::Vi), name) {
            panic!("{name} and {other} read alike");
        }
    }
    let vendor = worded(situation(0x8000_0001).unwrap());
    assert!(check("a vendor's own", &vendor)[1].contains("0x80000001"));
}

/// One of each; a new variant does not compile until it stands here.
fn every() -> Vec<TokenError> {
    use TokenError as E;
    let path = || PathBuf::from("C:\\Windows\\System32\\vnptca_p11_v8.dll");
    let text = || "x".to_owned();
    let flags = PinFlags::default();
    let all = vec![
        E::ModuleMissing { path: path() },
        E::ModuleUnreadable {
            path: path(),
            reason: text(),
        },
        E::ModuleNotALibrary { path: path() },
        E::ModuleTruncated { path: path() },
        E::ModuleOtherSystem {
            path: path(),
            found: "windows".to_owned(),
        },
        E::ModuleWrongArchitecture {
            path: path(),
            found: "x86".to_owned(),
            wanted: "x86_64".to_owned(),
        },
        E::ModuleNotLoaded {
            path: path(),
            reason: text(),
        },
        E::ModuleNotPkcs11 { path: path() },
        E::ModuleFailed {
            path: path(),
            code: "CKR_CANT_LOCK".to_owned(),
        },
        E::HelperMissing { path: path() },
        E::HelperNotStarted { reason: text() },
        E::HostLost {
            call: text(),
            exit: text(),
        },
        E::Hung {
            call: text(),
            seconds: 30,
        },
        E::Protocol { reason: text() },
        E::NoSuchToken { serial: text() },
        E::TwinTokens { serial: text() },
        E::NoSuchCertificate,
        E::NoPrivateKey,
        E::Unreadable { reason: text() },
        E::WrongPin { flags },
        E::PinLocked { flags },
        E::PinLength { min: 6, max: 12 },
        E::PinInvalid,
        E::PinExpired,
        E::PinNotInitialised,
        E::NewPinLength {
            min: 6,
            max: u32::MAX,
        },
        E::NewPinRefused {
            code: "CKR_PIN_TOO_WEAK".to_owned(),
        },
        E::WrongPuk {
            flags: PukFlags::default(),
        },
        E::PukLocked,
        E::PinNeeded,
        E::PinOnReader,
        E::Cancelled {
            code: "CKR_CANCEL".to_owned(),
        },
        E::OtherUser {
            code: "CKR_USER_ANOTHER_ALREADY_LOGGED_IN".to_owned(),
        },
        E::NotOpen,
        E::TokenRemoved {
            call: text(),
            code: "CKR_DEVICE_REMOVED".to_owned(),
        },
        E::NoMechanism {
            algorithm: Algorithm::RsaPssSha256,
        },
        E::MechanismRefused {
            code: "CKR_MECHANISM_INVALID".to_owned(),
        },
        E::KeyRefused {
            code: "CKR_KEY_SIZE_RANGE".to_owned(),
        },
        E::FunctionFailed { call: text() },
        E::Busy {
            code: "CKR_SESSION_COUNT".to_owned(),
        },
        E::ReadOnlyRefused {
            code: "CKR_SESSION_READ_ONLY".to_owned(),
        },
        E::OutOfMemory {
            code: "CKR_HOST_MEMORY".to_owned(),
        },
        E::NotSupported { call: text() },
        E::Refused {
            call: text(),
            code: "CKR_ARGUMENTS_BAD".to_owned(),
        },
    ];
    for error in &all {
        match error {
            E::ModuleMissing { .. }
            | E::ModuleUnreadable { .. }
            | E::ModuleNotALibrary { .. }
            | E::ModuleTruncated { .. }
            | E::ModuleOtherSystem { .. }
            | E::ModuleWrongArchitecture { .. }
            | E::ModuleNotLoaded { .. }
            | E::ModuleNotPkcs11 { .. }
            | E::ModuleFailed { .. }
            | E::HelperMissing { .. }
            | E::HelperNotStarted { .. }
            | E::HostLost { .. }
            | E::Hung { .. }
            | E::Protocol { .. }
            | E::NoSuchToken { .. }
            | E::TwinTokens { .. }
            | E::NoSuchCertificate
            | E::NoPrivateKey
            | E::Unreadable { .. }
            | E::WrongPin { .. }
            | E::PinLocked { .. }
            | E::PinLength { .. }
            | E::PinInvalid
            | E::PinExpired
            | E::PinNotInitialised
            | E::NewPinLength { .. }
            | E::NewPinRefused { .. }
            | E::WrongPuk { .. }
            | E::PukLocked
            | E::PinNeeded
            | E::PinOnReader
            | E::Cancelled { .. }
            | E::OtherUser { .. }
            | E::NotOpen
            | E::TokenRemoved { .. }
            | E::NoMechanism { .. }
            | E::MechanismRefused { .. }
            | E::KeyRefused { .. }
            | E::FunctionFailed { .. }
            | E::Busy { .. }
            | E::ReadOnlyRefused { .. }
            | E::OutOfMemory { .. }
            | E::NotSupported { .. }
            | E::Refused { .. } => {}
        }
    }
    all
}

#[test]
fn every_state_of_our_own_has_words_of_its_own() {
    // the same for whoever sits there, and told apart in the log
    let alike = [
        ("the helper program", 2),
        ("does not offer", 2),
        ("refused a mechanism", 2),
    ];
    let mut titles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for error in every() {
        let name = error.to_string();
        let [title, ..] = check(&name, &worded(error));
        titles.entry(title).or_default().push(name);
    }
    for (title, names) in titles {
        let allowed = names
            .iter()
            .filter_map(|n| alike.iter().find(|(part, _)| n.contains(part)))
            .map(|(_, count)| *count)
            .max()
            .unwrap_or(1);
        assert!(names.len() <= allowed, "{title}: {names:?}");
    }
}

#[test]
fn a_certificate_that_cannot_sign_says_why_and_what_to_do_for_each_reason() {
    let mut seen = BTreeMap::new();
    for obstacle in Obstacle::ALL {
        let name = obstacle.as_str();
        let error = AppError::new(Code::CertificateUnusable).with("obstacle", name);
        let [_, cause, remedy] = check(name, &error);
        assert!(
            cause.starts_with(&hoso_text::obstacle(name, Lang::Vi)),
            "{cause}"
        );
        if let Some(other) = seen.insert((cause, remedy), name) {
            panic!("{name} and {other} read alike");
        }
    }
}

#[test]
fn every_warning_is_whole_and_no_two_read_alike() {
    let tokens = TokenWarning::ALL.iter().map(|w| w.as_str());
    let of_tokens = tokens.map(|w| (w, hoso_text::token_warning(w, 0, Lang::Vi)));
    let ends = CertificateWarning::ALL.iter().map(|w| w.as_str());
    let of_ends = ends.map(|w| (w, hoso_text::certificate_warning(w, Lang::Vi)));
    let mut seen = BTreeMap::new();
    for (name, words) in of_tokens.chain(of_ends) {
        // what is so, and what to do about it
        let parts = words
            .split(['.', ';', ','])
            .filter(|p| !p.trim().is_empty());
        assert!(!words.is_ascii() && parts.count() >= 2, "{words}");
        if let Some(other) = seen.insert(words, name) {
            panic!("{name} and {other} read alike");
        }
    }
}
