//! A failed command in three parts: what happened, what it means for the work, what to do next.
//! Refuses to guess: every code has words of its own, and nothing is read out of a message's text.

mod en;
mod token;
mod vi;

use hoso_contract::{AppError, Code};

use crate::{Lang, Params};

/// The words of one failure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// What happened.
    pub title: String,
    /// Why, and that the work is kept.
    pub cause: String,
    /// What to do.
    pub remedy: String,
    /// The one button that does it, where the program can.
    pub action: Option<Action>,
}

/// What the button of a failure does; the window carries it out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Action {
    /// The same command again.
    Retry,
    /// Reads the screen's data again.
    Reload,
    /// Leads to the first finding.
    ShowFindings,
    Unlock,
    UseRecoveryCode,
    /// Picks another file for the same command.
    ChooseFile,
    /// Settings, section of tokens and modules.
    OpenTokenSettings,
    /// Settings, section of signers.
    OpenSignerSettings,
    /// Settings, section of the portal.
    OpenPortalSettings,
    /// Looks for tokens again.
    FindTokens,
    /// Puts the dossier into a file.
    Export,
    /// Takes the dossier back to mend it.
    Mend,
    /// The problem report, shown before it is saved anywhere.
    ProblemReport,
    /// Settings, section Sao lưu.
    OpenBackupSettings,
}

impl Action {
    /// The button's label.
    pub fn label(self, lang: Lang) -> &'static str {
        let (vi, en) = match self {
            Action::Retry => ("Thử lại", "Try again"),
            Action::Reload => ("Nạp lại", "Reload"),
            Action::ShowFindings => ("Xem lỗi", "Show the errors"),
            Action::Unlock => ("Mở khóa", "Unlock"),
            Action::UseRecoveryCode => ("Dùng mã khôi phục", "Use the recovery code"),
            Action::ChooseFile => ("Chọn tệp khác", "Choose another file"),
            Action::OpenTokenSettings => ("Mở cài đặt thiết bị ký", "Open token settings"),
            Action::OpenSignerSettings => ("Mở danh sách người ký", "Open signers"),
            Action::OpenPortalSettings => ("Mở cài đặt cổng", "Open portal settings"),
            Action::FindTokens => ("Tìm lại thiết bị", "Look for tokens again"),
            Action::Export => ("Xuất tệp", "Export"),
            Action::Mend => ("Rút về sửa", "Take back to mend"),
            Action::ProblemReport => ("Xem báo cáo sự cố", "Show the problem report"),
            Action::OpenBackupSettings => ("Mở phần Sao lưu", "Open backups"),
        };
        lang.pick(vi, en)
    }
}

/// The words for a failed command. Values used where given: `path`, `name`, `min`, `max`,
/// `seconds`, `count`, `wrong`, `size`, `limit`, `found`, `wanted`, `said`, `detail`, `detail_vi`, `minutes`, `valid_to`, `obstacle` (of a
/// certificate), `ckr` (the return value's name in PKCS#11).
pub fn failure(error: &AppError, lang: Lang) -> Failure {
    let p = Params(&error.params);
    let [title, mut cause, mut remedy] = match lang {
        Lang::Vi => vi::words(error.code, p),
        Lang::En => en::words(error.code, p),
    };
    if let Some(said) = p.given("said") {
        let intro = lang.pick("Cổng trả lời", "The portal said");
        cause = format!("{cause} {intro}: “{said}”.");
    }
    let vietnamese = p.given("detail_vi").filter(|_| lang == Lang::Vi);
    if let Some(detail) = vietnamese.or(p.given("detail")) {
        let intro = lang.pick("Chi tiết để báo Kho bạc", "Details for the treasury");
        cause = format!("{cause} {intro}: {detail}.");
    }
    if let Some(minutes) = p.given("minutes").and_then(|m| m.parse().ok()) {
        let intro = lang.pick("So với cổng, giờ máy", "By the portal’s, the clock is");
        cause = format!("{cause} {intro} {}.", crate::clock_off(minutes, lang));
    }
    if let Some(value) = p.given("ckr") {
        let intro = lang.pick("Trình điều khiển báo", "The driver reports");
        let meaning = crate::return_value(value, lang)
            .map(|words| format!(": {words}"))
            .unwrap_or_default();
        cause = format!("{cause} {intro} {value}{meaning}.");
    }
    if let Some(obstacle) = p.given("obstacle") {
        let known = Some(crate::obstacle_remedy(obstacle, lang)).filter(|r| !r.is_empty());
        if let Some(known) = known {
            let kept = lang.pick(
                "Chưa dùng lần thử mã PIN nào; hồ sơ vẫn chờ ký.",
                "No PIN try was spent; the dossiers still wait for signing.",
            );
            cause = format!("{}. {kept}", crate::obstacle(obstacle, lang));
            remedy = known;
        }
    }
    if !error.incident.is_empty() && error.code == Code::Internal {
        let number = lang.pick("Số sự cố", "Incident");
        remedy = format!("{remedy} {number}: {}.", error.incident);
    }
    Failure {
        title,
        cause,
        remedy,
        action: action(error.code, p),
    }
}

fn action(code: Code, p: Params<'_>) -> Option<Action> {
    use Code as C;
    Some(match code {
        C::Internal | C::PrintFailed | C::StoreDamaged => Action::ProblemReport,
        C::Stale | C::NotFound | C::WrongState => Action::Reload,
        C::BlockedByFindings => Action::ShowFindings,
        C::Locked => Action::Unlock,
        C::WrongPin | C::TryLater => Action::UseRecoveryCode,
        C::WrongRecoveryCode
        | C::PinTooShort
        | C::KeyStoreFailed
        | C::TokenWrongPin
        | C::TokenPinLength => {
            return None;
        }
        C::BackupNoPlace | C::BackupPlaceFull => Action::OpenBackupSettings,
        C::BackupPlaceFailed => Action::Retry,
        C::NotABackup | C::BackupDamaged | C::BackupForeign => Action::ChooseFile,
        C::BackupNewer | C::Cancelled | C::LastPerson => return None,
        C::TrailBroken => Action::ProblemReport,
        // a disk that is well again is noticed there
        C::StoreReadOnly if p.get("why").starts_with("disk") => Action::Unlock,
        C::StoreReadOnly => Action::Export,
        C::StoreNewer
        | C::AlreadySetUp
        | C::CodeRefused
        | C::DossierNotSent
        | C::RegisterTooLong => return None,
        C::StoreInUse | C::DiskFull | C::DiskRefused => Action::Retry,
        C::FileUnreadable | C::FileTooLarge | C::FileKindRefused | C::FileNameTaken => {
            Action::ChooseFile
        }
        C::PackForeign | C::PackMalformed | C::PackConflict => Action::ChooseFile,
        C::PackNewer | C::FormUnknown => return None,
        C::ConnectionForeign | C::ConnectionMalformed | C::FingerprintMismatch => {
            Action::ChooseFile
        }
        C::ModuleMissing
        | C::ModuleNotALibrary
        | C::ModuleWrongArchitecture
        | C::ModuleFailed
        | C::TokenMechanism => Action::OpenTokenSettings,
        C::TokenHostLost | C::TokenHung | C::NoToken | C::NoCertificate | C::TokenRemoved => {
            Action::FindTokens
        }
        C::CertificateUnusable | C::NotTheSigner | C::NotTheOwner => Action::OpenSignerSettings,
        // where the PIN is changed, and set anew by the PUK
        C::TokenLocked | C::TokenPinExpired => Action::OpenTokenSettings,
        C::TokenRefused | C::SignatureInvalid => Action::Retry,
        C::PortalUnreachable | C::PortalBusy | C::FeedUnreadable => Action::Retry,
        C::PortalNotAPortal | C::PortalTls | C::DeviceUnknown | C::DeviceRevoked => {
            Action::OpenPortalSettings
        }
        C::PortalRefused | C::PortalConflict | C::PortalOvertaken => Action::Mend,
        C::SendingPaused | C::SendingHours | C::SendingMetered | C::EnrolmentRefused => {
            return None;
        }
        C::ClockWrong | C::PortalCertificateDate | C::ReceiptInvalid => Action::Retry,
        C::ContainerInvalid => Action::ChooseFile,
        C::PdfMismatch => Action::Mend,
        C::ModuleUnreadable
        | C::ModuleTruncated
        | C::ModuleOtherSystem
        | C::ModuleNotPkcs11
        | C::ModuleNotLoaded
        | C::TokenKeyRefused => Action::OpenTokenSettings,
        C::TokenUnreadable
        | C::TokenTwins
        | C::NoPrivateKey
        | C::TokenOtherUser
        | C::TokenNotOpen => Action::FindTokens,
        C::TokenCancelled | C::TokenFailed | C::TokenBusy | C::TokenReadOnly | C::TokenNoMemory => {
            Action::Retry
        }
        C::TokenHelperMissing | C::TokenHelperForeign => Action::ProblemReport,
        C::SignerBothRoles | C::SignerBeyond => Action::OpenSignerSettings,
        C::SignerReplaced => Action::Mend,
        // what to do next is done at the token, or in the field just typed in
        C::TokenPinInvalid
        | C::TokenPinNotSet
        | C::TokenPinNeeded
        | C::TokenPinOnReader
        | C::TokenNotSupported
        | C::TokenNewPinLength
        | C::TokenNewPinRefused
        | C::TokenWrongPuk
        | C::TokenPukLocked
        | C::TrainingSignerOnly
        | C::SigningStopped
        | C::SigningRuns => return None,
    })
}
