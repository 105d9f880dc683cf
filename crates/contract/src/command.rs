//! Every command, declared once: name, request, reply.
//!
//! The shell makes its handlers from [`commands!`]; a test holds handlers, capability file and this
//! list together. Replies travel as JSON bytes.

use std::any::{Any, TypeId};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::{Zeroize, ZeroizeOnDrop};

use hoso_domain::digest::Digest;
use hoso_domain::dossier::Drawer;
use hoso_domain::id::{AttachmentId, DossierId, PersonId, ResultId, UnitId};
use hoso_domain::voucher::Voucher;

use crate::view::*;

/// One command of the window to the engine.
pub trait Command: Serialize + DeserializeOwned + Send + 'static {
    const NAME: &'static str;
    type Reply: Serialize + DeserializeOwned + Send + 'static;
}

/// A PIN, a recovery code: zeroed when dropped, never shown by `Debug`.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Raw bytes as a reply (page images): not JSON on the wire.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Raw(pub Vec<u8>);

/// A reply as bytes: JSON, but [`Raw`] as it is.
pub fn encode<T: Serialize + 'static>(reply: &T) -> Vec<u8> {
    match (reply as &dyn Any).downcast_ref::<Raw>() {
        Some(raw) => raw.0.clone(),
        None => serde_json::to_vec(reply).expect("replies are plain data"),
    }
}

/// Reads what [`encode`] wrote.
pub fn decode<T: DeserializeOwned + 'static>(bytes: Vec<u8>) -> Result<T, serde_json::Error> {
    if TypeId::of::<T>() == TypeId::of::<Raw>() {
        let raw: Box<dyn Any> = Box::new(Raw(bytes));
        return Ok(*raw.downcast::<T>().expect("the type was just compared"));
    }
    serde_json::from_slice(&bytes)
}

macro_rules! declare {
    ($($(#[$doc:meta])* $name:literal $handler:ident $request:ident {
        $($field:ident : $ty:ty),* $(,)?
    } -> $reply:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, Serialize, Deserialize)]
            pub struct $request { $(pub $field: $ty,)* }

            impl Command for $request {
                const NAME: &'static str = $name;
                type Reply = $reply;
            }
        )*

        /// The names of all commands.
        pub const NAMES: &[&str] = &[$($name,)*];

        /// Calls `$m!{ (handler Request) … }` with every command.
        #[macro_export]
        macro_rules! commands {
            ($m:ident) => { $m! { $(($handler $request))* } };
        }
    };
}

declare! {
    /// Where the program stands. Never fails for a damaged store: it says so.
    "boot" boot BootUp {} -> Boot;
    /// Opens the system's file dialog; `None` when it was cancelled. `kind`: `connection`,
    /// `attachment`, `module`, `save-container`, `save-pdf`,
    /// `folder`.
    "pick_path" pick_path PickPath { kind: String, suggested: String } -> Option<String>;

    // first run
    /// Reads a connection file without taking anything over.
    "preview_connection" preview_connection PreviewConnection { path: String } -> ConnectionPreview;
    /// Makes the store for the first person; replies with the recovery code, to be typed back.
    "create_store" create_store CreateStore {
        connection: String, fingerprint: String, person_name: String, pin: Secret,
    } -> RecoveryCode;
    /// Ends the first run; a mistyped code is `wrong-recovery-code` and nothing is lost.
    "confirm_recovery" confirm_recovery ConfirmRecovery { code: Secret } -> Session;

    // people and lock
    "unlock" unlock Unlock { person: PersonId, pin: Secret } -> Session;
    /// Replaces a lost slot.
    "unlock_with_recovery" unlock_with_recovery UnlockWithRecovery {
        code: Secret, person: PersonId, new_pin: Secret,
    } -> Session;
    "lock" lock Lock {} -> Boot;
    "add_person" add_person AddPerson { name: String, pin: Secret } -> PersonChoice;
    "session" session GetSession {} -> Session;
    "select_unit" select_unit SelectUnit { unit: UnitId } -> Session;
    "save_settings" save_settings SaveSettings { settings: Settings } -> Session;

    // home and lists
    "today" today GetToday {} -> TodayView;
    "list_dossiers" list_dossiers ListDossiers {
        filter: ListFilter, after: Option<String>, limit: u32,
    } -> DossierPage;

    // editor
    "create_dossier" create_dossier CreateDossier { basis: String, form: String } -> DossierId;
    /// The five-minute practice dossier, in training mode only.
    "create_practice" create_practice CreatePractice {} -> DossierId;
    "duplicate_dossier" duplicate_dossier DuplicateDossier { id: DossierId } -> DossierId;
    "open_dossier" open_dossier OpenDossier { id: DossierId } -> DossierView;
    /// Durable when it answers. `version` is the one last read; another is `stale`.
    "save_draft" save_draft SaveDraft {
        id: DossierId, version: u64, vouchers: Vec<Voucher>,
    } -> Saved;
    "delete_draft" delete_draft DeleteDraft { id: DossierId } -> ();
    "attach" attach Attach { id: DossierId, drawer: Drawer, path: String } -> AttachmentView;
    "detach" detach Detach { id: DossierId, attachment: AttachmentId } -> ();
    /// Codes of a catalogue by digits or accent-free name, the unit's own first.
    "find_codes" find_codes FindCodes { catalogue: String, text: String, limit: u32 } -> Vec<Pick>;
    /// Payees of earlier dossiers.
    "find_payees" find_payees FindPayees { text: String, limit: u32 } -> Vec<Pick>;
    /// Pages of the voucher's PDF as it is now (draft) or as it was frozen.
    "count_pages" count_pages CountPages { id: DossierId, voucher: u32 } -> u32;
    /// One page as PNG, `width` CSS pixels wide.
    "page_image" page_image PageImage { id: DossierId, voucher: u32, page: u32, width: u32 } -> Raw;
    /// Trình ký: runs the checks, freezes the revision, makes its PDF.
    "submit_for_signing" submit_for_signing SubmitForSigning { id: DossierId, version: u64 } -> ();
    /// Rút về sửa / Lập lại / Bổ sung: a new revision to edit; signatures stay with the old one.
    "mend" mend Mend { id: DossierId } -> ();
    "export_container" export_container ExportContainer { id: DossierId, path: String } -> ();
    /// Every dossier of every unit into a new folder below `folder`: containers, prints, data and
    /// files. What cannot be read is counted.
    "export_all" export_all ExportAll { folder: String } -> Exported;
    "export_pdf" export_pdf ExportPdf { id: DossierId, voucher: u32, path: String } -> ();

    // signing
    "signing_queue" signing_queue SigningQueue {} -> Vec<SignItem>;
    "find_tokens" find_tokens FindTokens {} -> TokensView;
    /// Tries a module at `path` and keeps it in the settings when it answers.
    "try_module" try_module TryModule { path: String } -> TokensView;
    /// Signs the items in turn with one login. Stops at the first wrong PIN.
    "sign" sign Sign { items: Vec<DossierId>, certificate: Digest, pin: Secret } -> SignReport;
    /// Trả lại kế toán, with a reason.
    "give_back" give_back GiveBack { id: DossierId, reason: String } -> ();

    // outbox and results
    "outbox" outbox GetOutbox {} -> Vec<OutboxRow>;
    /// Gửi ngay: clears back-off for one row, or for all.
    "send_now" send_now SendNow { id: Option<DossierId> } -> ();
    "hold" hold Hold { id: DossierId } -> ();
    "release" release Release { id: DossierId } -> ();
    /// Đã nộp cách khác: it can never be sent as well.
    "handed_in_otherwise" handed_in_otherwise HandedInOtherwise {
        id: DossierId, how: String,
    } -> ();
    "results" results GetResults {} -> Vec<ResultRow>;
    "mark_read" mark_read MarkRead { id: DossierId } -> ();
    "result_page" result_page ResultPage { document: ResultId, page: u32, width: u32 } -> Raw;
    "export_result" export_result ExportResult { document: ResultId, path: String } -> ();
    "problem_report" problem_report GetProblemReport {} -> ProblemReport;

    // backup and restore
    /// Where backups go, and how old the newest is.
    "backup_state" backup_state GetBackupState {} -> BackupState;
    /// Chooses the place of backups; the first one is made at once.
    "set_backup_folder" set_backup_folder SetBackupFolder { folder: String } -> BackupState;
    /// Sao lưu ngay, to the place chosen, or to `folder`, which is the place from now on. Progress
    /// comes as facts.
    "back_up" back_up BackUp { folder: Option<String> } -> BackupState;
    /// Ends a backup, a restore or a check that is under way; what was there stays.
    "cancel_backup" cancel_backup CancelBackup {} -> ();
    /// The backups in a folder, newest first, as far as they can be read without a key.
    "list_backups" list_backups ListBackups { folder: String } -> Vec<BackupRow>;
    /// What is in a backup. Nothing is changed.
    "preview_restore" preview_restore PreviewRestore {
        place: String, key: RestoreKey,
    } -> RestorePreview;
    /// Khôi phục: the backup becomes the store; the one that was there is set aside. Also in a first
    /// run. Ends locked.
    "restore" restore Restore { place: String, key: RestoreKey } -> Boot;
    /// Every page, every file, the whole trail.
    "check_store" check_store CheckStore {} -> CheckReport;
    /// Walks Nhật ký from its first row; `known` is a row that was the last once, from a backup, a
    /// commit or an export.
    "verify_trail" verify_trail VerifyTrail { known: Option<TrailHead> } -> TrailHead;
    /// Puts damaged files back from the newest backup; gives what is still wrong.
    "mend_files" mend_files MendFiles {} -> CheckReport;
    /// One budget year of every unit into a new folder below `folder`: containers, prints, registers,
    /// the trail, and a page that opens them all in any browser.
    "export_year" export_year ExportYear { year: i32, folder: String } -> Exported;

    // slots
    "change_pin" change_pin ChangePin { old: Secret, new: Secret } -> ();
    /// Takes a person's slots away and notes the hand-over.
    "remove_person" remove_person RemovePerson { person: PersonId, to: PersonId } -> Vec<PersonChoice>;
    /// Everyone with a slot.
    "people" people GetPeople {} -> Vec<PersonChoice>;
    /// A new recovery code; the old one opens nothing from now on. To be typed back.
    "new_recovery" new_recovery NewRecovery { pin: Secret } -> RecoveryCode;
    "confirm_new_recovery" confirm_new_recovery ConfirmNewRecovery { code: Secret } -> ();
}
