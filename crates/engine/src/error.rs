//! Every failure of the engine's parts, and the closed code the window gets for it.
//!
//! The chain of causes goes to the log under an incident number; the window gets code and values.

use std::error::Error as _;

use hoso_contract::{AppError, Code};
use hoso_domain::finding::Place;
use hoso_print::{PageError, PrintError};
use hoso_proof::{ContainerError, ProofError};
use hoso_store::backup::BackupError;
use hoso_store::{KeyError, StoreError};
use hoso_sync::Failure;
use hoso_sync::api::problem::{Kind, Problem};
use hoso_sync::failure::TlsTrouble;
use hoso_token::TokenError;

/// A failed use-case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Said outright by the use-case.
    #[error("{}", .0.code.as_str())]
    Said(AppError),
    #[error("store")]
    Store(#[from] StoreError),
    #[error("keys")]
    Keys(#[from] KeyError),
    #[error("backup")]
    Backup(#[from] BackupError),
    #[error("token")]
    Token(#[from] TokenError),
    #[error("signature")]
    Proof(#[from] ProofError),
    #[error("container")]
    Container(#[from] ContainerError),
    #[error("print")]
    Print(#[from] PrintError),
    #[error("page image")]
    Page(#[from] PageError),
    #[error("courier")]
    Courier(#[from] Failure),
    #[error("a workbook cannot be written")]
    Workbook(#[source] Box<rust_xlsxwriter::XlsxError>),
    #[error("own data cannot be read back: {what}")]
    OwnData {
        what: &'static str,
        #[source]
        source: serde_json::Error,
    },
}

impl From<AppError> for Error {
    fn from(error: AppError) -> Self {
        Error::Said(error)
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Error::Said(AppError::new(code))
    }
}

impl Error {
    /// What the window gets. Everything but what a use-case said outright is logged.
    pub fn told(self) -> AppError {
        let told = self.worded();
        if matches!(self, Error::Said(_)) {
            return told;
        }
        let incident = incident();
        let mut chain = self.to_string();
        let mut cause = self.source();
        while let Some(next) = cause {
            chain.push_str(" ← ");
            chain.push_str(&next.to_string());
            cause = next.source();
        }
        tracing::warn!(%incident, code = told.code.as_str(), chain, "a command failed");
        AppError { incident, ..told }
    }

    /// Code and values, without logging.
    pub fn worded(&self) -> AppError {
        match self {
            Error::Said(error) => error.clone(),
            Error::Store(error) => store(error),
            Error::Keys(error) => keys(error),
            Error::Backup(error) => backup(error),
            Error::Token(error) => token(error),
            Error::Proof(_) => AppError::new(Code::SignatureInvalid),
            Error::Container(error) => {
                AppError::new(Code::ContainerInvalid).with("file", error.path())
            }
            Error::Print(_) | Error::Page(_) => AppError::new(Code::PrintFailed),
            Error::Courier(error) => courier(error),
            Error::OwnData { .. } | Error::Workbook(_) => AppError::new(Code::Internal),
        }
    }
}

/// Eight characters to tell over the telephone.
fn incident() -> String {
    let id = crate::clock::new_id().simple().to_string();
    id.chars().skip(24).collect::<String>().to_uppercase()
}

fn store(error: &StoreError) -> AppError {
    use StoreError as E;
    match error {
        E::InUse { pid, host } if host.is_empty() || *host == hoso_store::host() => {
            AppError::new(Code::StoreInUse).with("pid", pid)
        }
        // on a share: the window to close is on another desk
        E::InUse { host, .. } => AppError::new(Code::StoreInUse).with("host", host),
        E::ChainBroken { seq } => AppError::new(Code::TrailBroken).with("seq", seq),
        E::Damaged { .. } | E::Missing => AppError::new(Code::StoreDamaged),
        E::Newer { .. } => AppError::new(Code::StoreNewer),
        E::ReadOnly(why) => read_only(*why),
        E::DiskFull => AppError::new(Code::DiskFull),
        E::DiskRefused(_) | E::Disk(_) => AppError::new(Code::DiskRefused),
        E::FileMissing(_) | E::FileDamaged(_) | E::Source(_) => AppError::new(Code::FileUnreadable),
        E::NotFound { .. } => AppError::new(Code::NotFound),
        E::Stale { .. } => AppError::new(Code::Stale),
        E::WrongState { .. } | E::MayArrive => AppError::new(Code::WrongState),
        E::Taken { .. } => AppError::new(Code::FileNameTaken),
        E::AlreadyThere => AppError::new(Code::AlreadySetUp),
        E::Closed => AppError::new(Code::Locked),
        E::IllegalMove { .. }
        | E::AppendOnly
        | E::Content { .. }
        | E::Migration(_)
        | E::Defect
        | E::Sql(_) => AppError::new(Code::Internal),
    }
}

/// What a store that can only be read says to a change.
pub fn read_only(why: hoso_store::ReadOnly) -> AppError {
    AppError::new(Code::StoreReadOnly).with("why", crate::open::read_only(why).as_str())
}

fn keys(error: &KeyError) -> AppError {
    use KeyError as E;
    match error {
        E::WrongPin { wrong } => AppError::new(Code::WrongPin).with("wrong", wrong),
        E::WrongRecoveryCode { .. } | E::NotARecoveryCode => AppError::new(Code::WrongRecoveryCode),
        E::TryLater { seconds } => AppError::new(Code::TryLater).with("seconds", seconds),
        E::PinTooShort => AppError::new(Code::PinTooShort).with("min", hoso_store::MIN_PIN),
        E::AlreadyThere => AppError::new(Code::AlreadySetUp),
        E::Missing | E::Damaged { .. } => AppError::new(Code::StoreDamaged),
        E::Newer { .. } => AppError::new(Code::StoreNewer),
        E::LastSlot => AppError::new(Code::LastPerson),
        E::NoSlot | E::SlotTaken => AppError::new(Code::NotFound),
        E::Disk(error) => store(error),
        E::KeyStore(_) | E::KeyStoreForeign => AppError::new(Code::KeyStoreFailed),
        E::NoRandomness => AppError::new(Code::Internal),
    }
}

fn backup(error: &BackupError) -> AppError {
    use BackupError as E;
    match error {
        E::Place(_) => AppError::new(Code::BackupPlaceFailed),
        E::PlaceFull { needed: 0, .. } => AppError::new(Code::BackupPlaceFull),
        E::PlaceFull { needed, free } => AppError::new(Code::BackupPlaceFull)
            .with("needed", needed)
            .with("free", free),
        E::NotABackup => AppError::new(Code::NotABackup),
        E::Damaged { what } => AppError::new(Code::BackupDamaged).with("what", what),
        E::Newer { .. } => AppError::new(Code::BackupNewer),
        E::AnotherStore => AppError::new(Code::BackupForeign),
        E::Cancelled => AppError::new(Code::Cancelled),
        E::Keys(error) => keys(error),
        E::Store(error) => store(error),
    }
}

/// The closed code of a token's failure; the module's own return value goes along as `ckr`.
fn token(error: &TokenError) -> AppError {
    use TokenError as E;
    let at = |code, path: &std::path::Path| AppError::new(code).with("path", path.display());
    let bounds = |code, min: &u32, max: &u32| {
        let told = AppError::new(code).with("min", min);
        // no bound is no number to show
        if *max == u32::MAX {
            told
        } else {
            told.with("max", max)
        }
    };
    let told = match error {
        E::ModuleMissing { path } => at(Code::ModuleMissing, path),
        E::ModuleUnreadable { path, .. } => at(Code::ModuleUnreadable, path),
        E::ModuleNotALibrary { path } => at(Code::ModuleNotALibrary, path),
        E::ModuleTruncated { path } => at(Code::ModuleTruncated, path),
        E::ModuleOtherSystem { path, found } => {
            at(Code::ModuleOtherSystem, path).with("found", found)
        }
        E::ModuleNotPkcs11 { path } => at(Code::ModuleNotPkcs11, path),
        E::ModuleWrongArchitecture {
            path,
            found,
            wanted,
        } => at(Code::ModuleWrongArchitecture, path)
            .with("found", found)
            .with("wanted", wanted),
        E::ModuleNotLoaded { path, .. } => at(Code::ModuleNotLoaded, path),
        E::ModuleFailed { path, .. } => at(Code::ModuleFailed, path),
        E::HelperMissing { .. } | E::HelperNotStarted { .. } => {
            AppError::new(Code::TokenHelperMissing)
        }
        E::Protocol { .. } => AppError::new(Code::TokenHelperForeign),
        E::HostLost { .. } => AppError::new(Code::TokenHostLost),
        E::Hung { seconds, .. } => AppError::new(Code::TokenHung).with("seconds", seconds),
        E::NoSuchToken { .. } => AppError::new(Code::NoToken),
        E::TwinTokens { .. } => AppError::new(Code::TokenTwins),
        E::Unreadable { .. } => AppError::new(Code::TokenUnreadable),
        E::NoSuchCertificate => AppError::new(Code::NoCertificate),
        E::NoPrivateKey => AppError::new(Code::NoPrivateKey),
        E::WrongPin { flags } if flags.locked => AppError::new(Code::TokenLocked),
        E::WrongPin { flags } => {
            let told = AppError::new(Code::TokenWrongPin);
            if flags.final_try {
                told.with("final", "1")
            } else {
                told
            }
        }
        E::PinLocked { .. } => AppError::new(Code::TokenLocked),
        E::PinLength { min, max } => bounds(Code::TokenPinLength, min, max),
        E::NewPinLength { min, max } => bounds(Code::TokenNewPinLength, min, max),
        E::NewPinRefused { .. } => AppError::new(Code::TokenNewPinRefused),
        E::WrongPuk { flags } if flags.locked => AppError::new(Code::TokenPukLocked),
        E::WrongPuk { .. } => AppError::new(Code::TokenWrongPuk),
        E::PukLocked => AppError::new(Code::TokenPukLocked),
        E::PinInvalid => AppError::new(Code::TokenPinInvalid),
        E::PinNeeded => AppError::new(Code::TokenPinNeeded),
        E::PinExpired => AppError::new(Code::TokenPinExpired),
        E::PinNotInitialised => AppError::new(Code::TokenPinNotSet),
        E::PinOnReader => AppError::new(Code::TokenPinOnReader),
        E::Cancelled { .. } => AppError::new(Code::TokenCancelled),
        E::OtherUser { .. } => AppError::new(Code::TokenOtherUser),
        E::NotOpen => AppError::new(Code::TokenNotOpen),
        E::TokenRemoved { .. } => AppError::new(Code::TokenRemoved),
        E::NoMechanism { .. } | E::MechanismRefused { .. } => AppError::new(Code::TokenMechanism),
        E::KeyRefused { .. } => AppError::new(Code::TokenKeyRefused),
        E::FunctionFailed { .. } => AppError::new(Code::TokenFailed),
        E::Busy { .. } => AppError::new(Code::TokenBusy),
        E::ReadOnlyRefused { .. } => AppError::new(Code::TokenReadOnly),
        E::OutOfMemory { .. } => AppError::new(Code::TokenNoMemory),
        E::NotSupported { .. } => AppError::new(Code::TokenNotSupported),
        E::Refused { .. } => AppError::new(Code::TokenRefused),
    };
    match error.return_value() {
        Some(value) => told.with("ckr", value),
        None => told,
    }
}

/// The word for a link or portal failure; also kept in the outbox as the reason of waiting.
pub fn courier(error: &Failure) -> AppError {
    let said = |code: Code| match error.problem() {
        Some(problem) => AppError::new(code).with("said", &problem.title_vi),
        None => AppError::new(code),
    };
    match error {
        Failure::Transport { .. } => AppError::new(Code::PortalUnreachable),
        Failure::CaptivePortal { .. } | Failure::Nonsense { .. } => {
            AppError::new(Code::PortalNotAPortal)
        }
        Failure::Tls {
            why: TlsTrouble::Expired | TlsTrouble::NotYetValid,
            ..
        } => AppError::new(Code::PortalCertificateDate),
        Failure::Clock { ahead: Some(ahead) } => {
            AppError::new(Code::ClockWrong).with("minutes", crate::clock::minutes(*ahead))
        }
        Failure::Clock { ahead: None } => AppError::new(Code::ClockWrong),
        Failure::Tls { .. } => AppError::new(Code::PortalTls),
        Failure::Auth(problem) if problem.kind == Kind::DeviceRevoked => said(Code::DeviceRevoked),
        Failure::Auth(_) => said(Code::DeviceUnknown),
        Failure::ItemRefused(problem) => {
            let code = match problem.kind {
                Kind::Conflict => Code::PortalConflict,
                Kind::Overtaken => Code::PortalOvertaken,
                _ => Code::PortalRefused,
            };
            with_detail(said(code), problem)
        }
        Failure::RateLimited { .. } | Failure::Server { .. } => said(Code::PortalBusy),
        Failure::LocalDisk(_) => AppError::new(Code::FileUnreadable),
        Failure::ReceiptInvalid { .. } => AppError::new(Code::ReceiptInvalid),
    }
}

/// With what exactly is wrong by the portal's word, in both languages.
pub fn with_detail(error: AppError, problem: &Problem) -> AppError {
    error
        .with("detail", &problem.detail)
        .with("detail_vi", &problem.detail_vi)
}

/// What the portal said at fields, in Vietnamese as the treasury's own words are: its findings, then
/// its remarks.
pub fn said_at_fields(failure: &Failure) -> Vec<(Place, String)> {
    let Some(problem) = failure.problem() else {
        return Vec::new();
    };
    let found = problem.findings.iter().map(|f| {
        let words = match f.known() {
            Some(finding) => hoso_text::finding(&finding, hoso_text::Lang::Vi),
            None => f.text.clone(),
        };
        (f.place.clone(), words)
    });
    let remarks = problem.remarks.iter();
    found
        .chain(remarks.map(|r| (r.place.clone(), r.text.clone())))
        .collect()
}
