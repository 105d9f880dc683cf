//! Every command, declared once: name, request, reply.
//!
//! The shell makes its handlers from [`commands!`]; a test holds handlers, capability file and this
//! list together. Replies travel as JSON bytes.

use std::any::{Any, TypeId};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::{Zeroize, ZeroizeOnDrop};

use hoso_domain::book::{Contract, Instalment};
use hoso_domain::catalogue::OwnCode;
use hoso_domain::digest::Digest;
use hoso_domain::dossier::Drawer;
use hoso_domain::form::Form;
use hoso_domain::id::{AttachmentId, DeviceId, DossierId, EntryId, PersonId, ResultId, UnitId};
use hoso_domain::payroll::PayTable;
use hoso_domain::voucher::Voucher;

use crate::book::*;
use crate::view::*;

/// One command of the window to the engine.
pub trait Command: Serialize + DeserializeOwned + Send + 'static {
    const NAME: &'static str;
    type Reply: Serialize + DeserializeOwned + Send + 'static;

    /// Whether it holds a [`Secret`], and so crosses [sealed](crate::seal).
    fn is_sealed() -> bool;
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

                fn is_sealed() -> bool {
                    let fields: &[TypeId] = &[$(TypeId::of::<$ty>(),)*];
                    fields.contains(&TypeId::of::<Secret>())
                }
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
    /// A key for the next command with a PIN, used once.
    "seal_key" seal_key SealKey {} -> Raw;
    /// Opens the system's file dialog; `None` when it was cancelled. `kind`: `connection`,
    /// `attachment`, `module`, `pack`, `folder`, `table`,
    /// `save-table`, `save-xml`, `save-container`, `save-pdf`, `save-document` (of the suggested name's
    /// own ending).
    "pick_path" pick_path PickPath { kind: String, suggested: String } -> Option<String>;
    /// Whether something typed is not on disk: the window asks before it closes as long as that is so. Any
    /// such word answers [`Fact::Closing`](crate::Fact::Closing).
    "hold_window" hold_window HoldWindow { unsaved: bool } -> ();
    /// Closes the window, and the program with it.
    "close_window" close_window CloseWindow {} -> ();

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
    /// By the key store of the system's user, without a PIN.
    "unlock_by_system" unlock_by_system UnlockBySystem { person: PersonId } -> Session;
    "lock" lock Lock {} -> Boot;
    "add_person" add_person AddPerson { name: String, pin: Secret } -> PersonChoice;
    "session" session GetSession {} -> Session;
    "select_unit" select_unit SelectUnit { unit: UnitId } -> Session;
    "save_settings" save_settings SaveSettings { settings: Settings } -> Session;

    // home and lists
    "today" today GetToday {} -> TodayView;
    /// What the treasury told the unit beside its dossiers, newest first.
    "notices" notices GetNotices {} -> Vec<NoticeView>;
    "mark_notice_read" mark_notice_read MarkNoticeRead { id: ResultId } -> ();
    "list_dossiers" list_dossiers ListDossiers {
        filter: ListFilter, after: Option<String>, limit: u32,
    } -> DossierPage;

    // editor
    "create_dossier" create_dossier CreateDossier { basis: String, form: String } -> DossierId;
    /// The five-minute practice dossier, in training mode only.
    "create_practice" create_practice CreatePractice {} -> DossierId;
    /// A dossier from one of the program's templates.
    "create_from_template" create_from_template CreateFromTemplate {
        template: String,
    } -> DossierId;
    /// A further voucher of the same procedure at the end of a draft; `version` as in `save_draft`.
    "add_voucher" add_voucher AddVoucher { id: DossierId, version: u64, form: String } -> ();
    /// Takes a voucher (not the first, 0) out of a draft.
    "remove_voucher" remove_voucher RemoveVoucher {
        id: DossierId, version: u64, voucher: u32,
    } -> ();
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
    /// files. What cannot be read is counted. Progress comes as facts, and `cancel_backup` ends it.
    "export_all" export_all ExportAll { folder: String } -> Exported;
    "export_pdf" export_pdf ExportPdf { id: DossierId, voucher: u32, path: String } -> ();
    /// A copy with signers, times, Mã số hồ sơ and QR code; what was signed stays as it is.
    "export_marked" export_marked ExportMarked { id: DossierId, voucher: u32, path: String } -> ();
    /// In hàng loạt: whose vouchers the list, as narrowed, would print.
    "print_batch" print_batch PrintBatch { filter: ListFilter } -> BatchView;
    /// Pages of one paper of a batch.
    "batch_pages" batch_pages BatchPages { paper: BatchPaper } -> u32;
    /// One of them as PNG, `width` CSS pixels wide.
    "batch_page" batch_page BatchPage { paper: BatchPaper, page: u32, width: u32 } -> Raw;
    /// The list as narrowed, as one PDF; how many dossiers stand in it.
    "export_register" export_register ExportRegister { filter: ListFilter, path: String } -> u32;

    // data packs
    /// Takes a data pack in: forms, lists, deadlines. Refused as a whole or taken as a whole.
    "add_pack" add_pack AddPack { path: String } -> PackView;
    "packs" packs GetPacks {} -> Vec<PackView>;
    /// The forms that packs brought: the window knows the program's own.
    "forms" forms GetForms {} -> Vec<Form>;

    // signing
    "signing_queue" signing_queue SigningQueue {} -> Vec<SignItem>;
    "find_tokens" find_tokens FindTokens {} -> TokensView;
    /// Tries a module at `path` and keeps it in the settings when it answers.
    "try_module" try_module TryModule { path: String } -> TokensView;
    /// Signs the items in turn with one login. Stops at the first wrong PIN.
    "sign" sign Sign { items: Vec<DossierId>, certificate: Digest, pin: Secret } -> SignReport;
    /// Gives up the rest of the batch that runs now; what is signed stays signed.
    "stop_signing" stop_signing StopSigning {} -> ();
    /// Kiểm tra USB token: a signature over a sentence of no value, with one try of the PIN.
    "announce_certificate" announce_certificate AnnounceCertificate { certificate: Digest } -> TokensView;
    "test_token" test_token TestToken { certificate: Digest, pin: Secret } -> TokenTest;
    /// One try of the old PIN. Both stay empty for a reader with its own keys.
    "change_token_pin" change_token_pin ChangeTokenPin {
        module: String, serial: String, old: Secret, new: Secret,
    } -> TokensView;
    /// One try of the PUK, which sets a new PIN. Both stay empty as above.
    "unblock_token" unblock_token UnblockToken {
        module: String, serial: String, puk: Secret, new: Secret,
    } -> TokensView;
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
    /// Newest first, `limit` from the key `after` on; `with`: this one too, however old.
    "results" results GetResults {
        after: Option<String>, limit: u32, with: Option<DossierId>,
    } -> ResultsPage;
    /// Xin rút hồ sơ: kept at once, brought to the treasury when the link is there. Only after it was
    /// sent and before the treasury decided; else `wrong-state`.
    "ask_withdrawal" ask_withdrawal AskWithdrawal { id: DossierId, reason: String } -> ();
    "mark_read" mark_read MarkRead { id: DossierId } -> ();
    "result_page" result_page ResultPage { document: ResultId, page: u32, width: u32 } -> Raw;
    "export_result" export_result ExportResult { document: ResultId, path: String } -> ();
    // books
    /// Sổ theo dõi of a budget year, worked out of entries and dossiers.
    "books" books GetBooks { year: i32 } -> BooksView;
    /// Keeps entries of one act: decisions, opening figures, what happened outside Hoso.
    "enter_postings" enter_postings EnterPostings { year: i32, entries: Vec<EntryInput> } -> ();
    /// Strikes an entry out; it stays in the file.
    "strike_entry" strike_entry StrikeEntry { entry: EntryId } -> ();
    "save_contract" save_contract SaveContract { contract: Contract } -> ();
    /// What an instalment would come to; makes nothing.
    "settle_instalment" settle_instalment SettleInstalment {
        contract: String, instalment: Instalment,
    } -> InstalmentView;
    /// Makes the dossier of an instalment: form 10 for what is recovered, form 13 for the rest.
    "pay_instalment" pay_instalment PayInstalment {
        contract: String, instalment: Instalment, economic_content: String, sector: String,
        source: String,
    } -> DossierId;
    "match_movement" match_movement MatchMovement {
        movement: EntryId, dossier: Option<DossierId>,
    } -> ();
    /// The unit's figures beside the treasury's to the end of a month, each difference explained line
    /// by line.
    "compare_books" compare_books CompareBooks { year: i32, month: u32 } -> ComparisonView;
    /// A reconciliation form (26, 28 by quarter; 32 by month; 30, 31 of the year) filled from the
    /// books.
    "fill_reconciliation" fill_reconciliation FillReconciliation {
        form: String, year: i32, period: u32,
    } -> DossierId;
    "own_codes" own_codes GetOwnCodes {} -> Vec<OwnCode>;
    "save_code" save_code SaveCode { code: OwnCode } -> ();

    // tables
    /// The head of a spreadsheet. `purpose`: `payroll`, `payees`, `entries`, `movements`, `codes`,
    /// `lines`, `list`.
    "preview_table" preview_table PreviewTable {
        path: String, purpose: String, sheet: String,
    } -> TablePreview;
    /// Takes over payees, entries, movements or codes: all rows or none.
    "import_table" import_table ImportTable { table: TableChoice, year: i32 } -> ImportReport;
    /// Lines for a voucher's grid, for the editor to put in.
    "read_lines" read_lines ReadLines { table: TableChoice } -> LinesRead;
    /// Writes an .xlsx. `what`: `list`, `books`, `comparison:<month>`, `voucher:<dossier>`,
    /// `sample:<purpose>`; or XML for accounting programs: `voucher-xml:<dossier>`, `year-xml`.
    "export_table" export_table ExportTable { what: String, year: i32, path: String } -> ();
    "read_payroll" read_payroll ReadPayroll {
        table: TableChoice, year: i32, month: u32,
    } -> PayrollView;
    /// Makes the dossiers of a pay table that has no error: net pay with its list, insurance, union,
    /// tax.
    "make_payroll" make_payroll MakePayroll {
        table: PayTable, targets: PayrollTargets,
    } -> Vec<PayrollMade>;
    /// Where the payments of the last pay table went; before the first, what is known of the unit.
    "payroll_targets" payroll_targets GetPayrollTargets {} -> PayrollTargets;

    // beside the browser portal
    /// Chuyển tay: every value in the order of the form.
    "carry_sheet" carry_sheet GetCarrySheet { id: DossierId } -> CarrySheet;
    /// What the browser portal said of a carried dossier, typed in by a person.
    "record_carried" record_carried RecordCarried {
        id: DossierId, treasury_number: String, status: String, text: String,
        document: Option<String>,
    } -> ();
    "problem_report" problem_report GetProblemReport {} -> ProblemReport;

    // backup and restore
    /// Where backups go, and how old the newest is.
    "backup_state" backup_state GetBackupState {} -> BackupState;
    /// Chooses the place of backups; the first one is made at once.
    "set_backup_folder" set_backup_folder SetBackupFolder { folder: String } -> BackupState;
    /// Sao lưu ngay, to the place chosen, or to `folder`, which is the place from now on. Progress
    /// comes as facts.
    "back_up" back_up BackUp { folder: Option<String> } -> BackupState;
    /// Ends a backup, a restore, a check or an export that is under way; what was there stays.
    "cancel_backup" cancel_backup CancelBackup {} -> ();
    /// The backups in a folder, newest first, as far as they can be read without a key.
    "list_backups" list_backups ListBackups { folder: String } -> Vec<BackupRow>;
    /// What is in a backup. Nothing is changed.
    "preview_restore" preview_restore PreviewRestore {
        place: String, key: RestoreKey,
    } -> RestorePreview;
    /// Khôi phục: the backup becomes the store; the one that was there is set aside. Also in a first
    /// run. Ends locked. Damaged files of the backup cost those files alone.
    "restore" restore Restore { place: String, key: RestoreKey } -> Restored;
    /// Every page, every file, the whole trail.
    "check_store" check_store CheckStore {} -> CheckReport;
    /// Walks Nhật ký from its first row; `known` is a row that was the last once, from a backup, a
    /// commit, a receipt or an export. `trail-broken` without `seq`: all rows chain, and that one is
    /// not among them.
    "verify_trail" verify_trail VerifyTrail { known: Option<KnownRow> } -> TrailHead;
    /// Puts damaged files back from the newest backup that has them; gives what is still wrong.
    "mend_files" mend_files MendFiles {} -> CheckReport;
    /// One budget year of every unit into a new folder below `folder`: containers, prints, registers,
    /// the trail, and a page that opens them all in any browser.
    "export_year" export_year ExportYear { year: i32, folder: String } -> Exported;

    // connection to the treasury
    /// The connection file in use; `None`: this store has none.
    "connection" connection GetConnection {} -> Option<ConnectionView>;
    /// What a newer connection file would change. Nothing is taken over. `connection-foreign` with
    /// `why`: `unit` (`name`), `treasury` (`name`), `training`, `real`, `older` (`valid_to`),
    /// `codes`: the portal does not take this PC, and the file has no code it has not had.
    "compare_connection" compare_connection CompareConnection { path: String } -> ConnectionChange;
    /// Takes that file over; `fingerprint` as it was shown. What waits goes by it from now on.
    "renew_connection" renew_connection RenewConnection {
        path: String, fingerprint: String,
    } -> ConnectionView;

    // this PC
    /// Whether the portal takes it; `None`: this store has no connection file.
    "enrolment" enrolment GetEnrolment {} -> Option<EnrolmentView>;
    /// The account owner signs that this PC may send for the unit: one login, one try of the PIN. Kept
    /// when it answers, brought to the portal when there is a link. `not-the-owner` and `wrong-state`
    /// (the portal knows this PC, or knew it) before a PIN is sent.
    "sign_enrolment" sign_enrolment SignEnrolment {
        certificate: Digest, pin: Secret,
    } -> SignedEnrolment;

    // the unit's PCs
    /// As the portal told last.
    "devices" devices GetDevices {} -> DevicesView;
    /// Asks the portal; what it tells comes with a fact.
    "ask_devices" ask_devices AskDevices {} -> ();
    /// Thu hồi máy: kept at once, brought to the portal when there is a link. Not this PC, and none
    /// that was ended before: `wrong-state`.
    "revoke_device" revoke_device RevokeDevice { device: DeviceId, reason: String } -> DevicesView;

    // slots
    "change_pin" change_pin ChangePin { old: Secret, new: Secret } -> ();
    /// Lets the system's user open for who works, from now on without a PIN.
    "add_system_slot" add_system_slot AddSystemSlot { pin: Secret } -> Vec<PersonChoice>;
    "remove_system_slot" remove_system_slot RemoveSystemSlot {} -> Vec<PersonChoice>;
    /// Takes a person's slots away and notes the hand-over. The recovery code they may know opens until
    /// a new one is made and typed back.
    "remove_person" remove_person RemovePerson { person: PersonId, to: PersonId } -> Vec<PersonChoice>;
    /// Biên bản bàn giao of this moment as PDF: units, open dossiers, balances, certificates, backup,
    /// whether the recovery code was replaced, head of the trail. Nobody's slots are touched; `person`
    /// may have left.
    "export_hand_over" export_hand_over ExportHandOver {
        person: PersonId, to: PersonId, path: String,
    } -> ();
    /// Everyone with a slot.
    "people" people GetPeople {} -> Vec<PersonChoice>;
    /// A new recovery code, to be typed back; those before it open until then.
    "new_recovery" new_recovery NewRecovery { pin: Secret } -> RecoveryCode;
    /// The newest code as it was typed back: no other opens from now on.
    "confirm_new_recovery" confirm_new_recovery ConfirmNewRecovery { code: Secret } -> ();
}
