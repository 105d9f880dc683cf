//! Errors as the window gets them: a closed code, values for the words, the log's incident number.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A failed command. `text::failure` turns it into title, cause, remedy and action.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AppError {
    pub code: Code,
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Number under which the chain of causes stands in the log.
    #[serde(default)]
    pub incident: String,
}

impl AppError {
    pub fn new(code: Code) -> Self {
        Self {
            code,
            params: BTreeMap::new(),
            incident: String::new(),
        }
    }

    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// The closed list of situations a command can end in.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        pub enum Code { $($(#[$doc])* #[serde(rename = $code)] $name,)* }

        impl Code {
            /// Every code, so that a test can hold that each has words.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $code,)* }
            }
        }
    };
}

codes! {
    /// A defect of the program (also a caught panic).
    Internal = "internal",
    /// The screen is older than the data: someone else saved first.
    Stale = "stale",
    NotFound = "not-found",
    /// The move is not allowed in the dossier's state.
    WrongState = "wrong-state",
    /// The program does not know the form (`form`) a voucher was made with: it can be read, not changed.
    FormUnknown = "form-unknown",
    /// Findings of severity error block the act.
    BlockedByFindings = "blocked-by-findings",

    // store
    Locked = "locked",
    WrongPin = "wrong-pin",
    /// Wrong tries slow down: `seconds` to wait.
    TryLater = "try-later",
    WrongRecoveryCode = "wrong-recovery-code",
    PinTooShort = "pin-too-short",
    /// The system's key store is silent, or holds no key of this store any more.
    KeyStoreFailed = "key-store-failed",
    StoreDamaged = "store-damaged",
    /// `why`: a word of [`crate::view::ReadOnly`].
    StoreReadOnly = "store-read-only",
    StoreNewer = "store-newer",
    /// `host`: another PC of the share the data lies on.
    StoreInUse = "store-in-use",
    DiskFull = "disk-full",
    DiskRefused = "disk-refused",
    AlreadySetUp = "already-set-up",

    // backup and restore
    /// No place for backups was chosen yet.
    BackupNoPlace = "backup-no-place",
    /// The stick was pulled, the folder is gone or refuses writing.
    BackupPlaceFailed = "backup-place-failed",
    /// `needed` and `free` bytes, where known.
    BackupPlaceFull = "backup-place-full",
    NotABackup = "not-a-backup",
    BackupDamaged = "backup-damaged",
    BackupNewer = "backup-newer",
    /// The key opens another store than the backup's.
    BackupForeign = "backup-foreign",
    Cancelled = "cancelled",
    LastPerson = "last-person",
    /// Nhật ký was changed by other hands; `seq` is the first row that does not fit.
    TrailBroken = "trail-broken",

    // files
    FileUnreadable = "file-unreadable",
    FileTooLarge = "file-too-large",
    FileKindRefused = "file-kind-refused",
    FileNameTaken = "file-name-taken",

    /// A code of the unit's own that cannot be taken: `code`, `why`.
    CodeRefused = "code-refused",
    /// A movement of the treasury was to be tied to a dossier that was never handed in.
    DossierNotSent = "dossier-not-sent",
    /// `count` dossiers are more than the `limit` that one register holds.
    RegisterTooLong = "register-too-long",

    // connection file
    ConnectionForeign = "connection-foreign",
    ConnectionMalformed = "connection-malformed",
    FingerprintMismatch = "fingerprint-mismatch",

    // data packs
    /// Not signed by the treasury of the connection file.
    PackForeign = "pack-foreign",
    PackMalformed = "pack-malformed",
    /// For a newer program.
    PackNewer = "pack-newer",
    /// It changes an edition that vouchers were made with (`name`).
    PackConflict = "pack-conflict",

    // token
    ModuleMissing = "module-missing",
    ModuleNotALibrary = "module-not-a-library",
    ModuleWrongArchitecture = "module-wrong-architecture",
    ModuleFailed = "module-failed",
    TokenHostLost = "token-host-lost",
    TokenHung = "token-hung",
    NoToken = "no-token",
    NoCertificate = "no-certificate",
    CertificateUnusable = "certificate-unusable",
    NotTheSigner = "not-the-signer",
    TokenWrongPin = "token-wrong-pin",
    TokenLocked = "token-locked",
    TokenPinLength = "token-pin-length",
    TokenPinExpired = "token-pin-expired",
    TokenRemoved = "token-removed",
    /// Any other return value of the module, named by `ckr`.
    TokenRefused = "token-refused",
    TokenMechanism = "token-mechanism",
    SignatureInvalid = "signature-invalid",
    ModuleUnreadable = "module-unreadable",
    ModuleTruncated = "module-truncated",
    ModuleOtherSystem = "module-other-system",
    ModuleNotPkcs11 = "module-not-pkcs11",
    /// A library it needs is missing.
    ModuleNotLoaded = "module-not-loaded",
    TokenHelperMissing = "token-helper-missing",
    /// The helper is of another version.
    TokenHelperForeign = "token-helper-foreign",
    TokenUnreadable = "token-unreadable",
    /// Two tokens with one serial: no PIN goes to either.
    TokenTwins = "token-twins",
    NoPrivateKey = "no-private-key",
    TokenPinInvalid = "token-pin-invalid",
    TokenPinNotSet = "token-pin-not-set",
    TokenPinNeeded = "token-pin-needed",
    TokenPinOnReader = "token-pin-on-reader",
    TokenCancelled = "token-cancelled",
    TokenOtherUser = "token-other-user",
    TokenNotOpen = "token-not-open",
    TokenKeyRefused = "token-key-refused",
    /// `CKR_FUNCTION_FAILED`: says nothing of the PIN.
    TokenFailed = "token-failed",
    TokenBusy = "token-busy",
    TokenReadOnly = "token-read-only",
    TokenNoMemory = "token-no-memory",
    TokenNotSupported = "token-not-supported",
    TokenNewPinLength = "token-new-pin-length",
    TokenNewPinRefused = "token-new-pin-refused",
    TokenWrongPuk = "token-wrong-puk",
    TokenPukLocked = "token-puk-locked",
    /// A training signature is asked for where money is real.
    TrainingSignerOnly = "training-signer-only",
    /// One person may not give both signatures.
    SignerBothRoles = "signer-both-roles",
    /// Who signed an earlier step may not sign any more: the revision is to be made anew.
    SignerReplaced = "signer-replaced",
    /// More people hold the role for the account (`account`) than the treasury takes (`most`), and `name`
    /// came after them.
    SignerBeyond = "signer-beyond",
    /// Only the unit's account owner signs a PC in.
    NotTheOwner = "not-the-owner",
    /// A person stopped the batch, or locked the program.
    SigningStopped = "signing-stopped",
    /// Another batch is being signed.
    SigningRuns = "signing-runs",

    // portal and link
    PortalUnreachable = "portal-unreachable",
    /// The portal answered that it is busy or failing (429, 5xx); `said`: its words, if any.
    PortalBusy = "portal-busy",
    PortalNotAPortal = "portal-not-a-portal",
    /// The portal's news are of a shape this version does not know; sending goes on.
    FeedUnreadable = "feed-unreadable",
    PortalTls = "portal-tls",
    /// Not valid at this PC's time: the clock is wrong or the certificate ran out.
    PortalCertificateDate = "portal-certificate-date",
    PortalRefused = "portal-refused",
    /// 409: the portal has another content of this dossier; `said`: its words.
    PortalConflict = "portal-conflict",
    /// 412: the treasury moved before this revision came; `said`: the portal's words.
    PortalOvertaken = "portal-overtaken",
    /// `minutes`: how far this PC's clock is before the portal's, negative: behind.
    ClockWrong = "clock-wrong",
    ReceiptInvalid = "receipt-invalid",
    DeviceUnknown = "device-unknown",
    /// Thu hồi máy: this PC may not send any more; `said`: the portal's words.
    DeviceRevoked = "device-revoked",
    /// What the account owner signed did not bring this PC in; `why`: `signer` (not the account owner
    /// by the treasury's register), `late`, `other` (another PC, or an address of before), or blank.
    EnrolmentRefused = "enrolment-refused",
    /// Tạm dừng gửi: a person said so.
    SendingPaused = "sending-paused",
    /// Outside the sending hours (`from`, `to`).
    SendingHours = "sending-hours",
    /// The line is paid by volume and the dossier is large.
    SendingMetered = "sending-metered",

    // evidence
    ContainerInvalid = "container-invalid",
    PdfMismatch = "pdf-mismatch",
    PrintFailed = "print-failed",
}
