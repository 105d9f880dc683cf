//! The labels. `{}` is filled by the caller, in turn. Those of Sổ theo dõi stand in `books`, those of
//! Đăng ký máy in `enrolment`, those of what is not on disk in `keeping`, those of Bàn giao and of a new
//! recovery code in `leaving`.

macro_rules! labels {
    ($($name:ident = $vi:literal / $en:literal;)*) => {
        /// A label of the shell.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum W { $($name,)* }

        impl W {
            /// Vietnamese and English.
            pub fn both(self) -> (&'static str, &'static str) {
                match self { $(W::$name => ($vi, $en),)* }
            }
        }
    };
}

with_leaving! { with_keeping { with_enrolment { with_books { labels {
    // frame
    Menu = "Menu chính" / "Main menu";
    SkipToContent = "Tới nội dung" / "Skip to content";
    Today = "Hôm nay" / "Today";
    Dossiers = "Hồ sơ" / "Dossiers";
    Sign = "Ký" / "Sign";
    Outbox = "Chờ gửi" / "Outbox";
    Results = "Kết quả" / "Results";
    Settings = "Cài đặt" / "Settings";
    Help = "Giúp" / "Help";
    Working = "Người đang làm" / "Working now";
    Lock = "Khóa chương trình" / "Lock";
    SwitchUnit = "đổi đơn vị" / "switch unit";
    NowWorkingFor = "Đang làm việc cho {}" / "Now working for {}";
    ReadOnly = "Dữ liệu đang mở ở chế độ chỉ đọc: xem, in và xuất được; không sửa, ký hay gửi được."
        / "The data is open read-only: you can view, print and export, not change, sign or send.";
    ClockBehind = "Đồng hồ máy đang chậm hơn lần ghi sau cùng ({}). Dữ liệu vẫn còn nguyên; hãy chỉnh lại ngày giờ của máy trước khi lập chứng từ, ký hay gửi."
        / "The PC’s clock is behind the newest change ({}). The data is kept; set date and time right before drafting, signing or sending.";
    ClockOff = "Đồng hồ máy đang {} so với cổng của Kho bạc. Hồ sơ vẫn gửi khi cổng còn nhận; hãy chỉnh lại ngày giờ của máy trước khi ký, vì chữ ký mang giờ của máy."
        / "The PC’s clock is {}, compared with the treasury’s portal. Dossiers still go while the portal takes them; set it right before signing: signatures carry the PC’s time.";
    ExportAll = "Xuất toàn bộ hồ sơ…" / "Export everything…";
    ExportedAll = "Đã xuất {} hồ sơ ra {}." / "Exported {} dossiers to {}.";
    ExportedPart = "Đã xuất {} hồ sơ ra {}; {} hồ sơ không đọc được trọn vẹn."
        / "Exported {} dossiers to {}; {} could not be read whole.";
    ExportedTrailPart = "Nhật ký chỉ đọc được đến dòng {}." / "The trail could be read up to row {} only.";
    Practice = "Làm hồ sơ thực hành (5 phút)" / "Practice dossier (5 minutes)";
    PracticeNote = "Một giấy rút dự toán mẫu đã điền gần đủ: sửa chỗ thiếu, trình ký, ký thử và gửi tới cổng tập huấn. Không có tiền thật."
        / "A sample voucher, almost filled in: mend what is missing, have it signed, send it to the training portal. No real money.";
    Pause = "Tạm dừng" / "Pause";
    Resume = "Tiếp tục gửi" / "Resume sending";
    PausedNote = "Đang tạm dừng: chương trình không tự gửi hồ sơ nào cho tới khi bấm Tiếp tục gửi."
        / "Paused: nothing goes by itself until you press Resume.";
    SendingWord = "Gửi dữ liệu" / "Sending";
    MeteredTick = "Mạng tính tiền theo dung lượng (4G): hồ sơ trên 1 MB chờ bấm Gửi ngay, tệp trên 1 MB từ cổng chờ mạng khác"
        / "Line paid by volume (4G): dossiers over 1 MB wait for Send now, the portal's files over 1 MB for another line";
    SendingFrom = "Tự gửi tệp từ" / "Send files from";
    SendingTo = "đến trước" / "up to";
    WholeDay = "Cả ngày" / "All day";
    OClock = "{} giờ" / "{}:00";
    SendingNote = "Ngoài giờ này, chương trình vẫn hỏi kết quả; hồ sơ gấp thì bấm Gửi ngay."
        / "Outside these hours results are still asked for; press Send now for what is urgent.";
    Unsent = "Chưa gửi:" / "Unsent:";
    DossierCount = "{} hồ sơ" / "{} dossiers";
    DossierWord = "hồ sơ" / "dossiers";
    NoTokenIn = "Chưa cắm token" / "No token plugged in";
    ExpiresOn = "hết hạn {}" / "expires {}";
    Training = "TẬP HUẤN — không gửi tiền thật" / "TRAINING — no real money";
    LinkNotSetUp = "Chưa nối cổng" / "No portal set up";
    Offline = "Ngoại tuyến" / "Offline";
    NextTryAt = "thử lại lúc {}" / "next try {}";
    NextTryNote = "Máy tự thử lại lúc {}." / "It is tried again by itself at {}.";
    SendingNow = "Đang gửi {}/{} ({} %)" / "Sending {}/{} ({} %)";
    UpdatedAt = "Đã cập nhật {}" / "Updated {}";

    // common
    Close = "Đóng" / "Close";
    CloseEsc = "Đóng (Esc)" / "Close (Esc)";
    Cancel = "Thôi" / "Cancel";
    Back = "Quay lại" / "Back";
    Next = "Tiếp tục" / "Continue";
    Skip = "Bỏ qua" / "Skip";
    Finish = "Hoàn tất" / "Finish";
    Understood = "Đã hiểu" / "OK";
    TryAgain = "Thử lại" / "Try again";
    NotDone = "Chưa làm được" / "Not done";
    Incident = "Số sự cố {}" / "Incident {}";
    Reason = "Lý do" / "Reason";
    ReasonNeeded = "Ghi lý do để người khác hiểu." / "Give a reason so that others understand.";
    Progress = "Tiến trình" / "Progress";
    Loading = "Đang đọc…" / "Loading…";
    Search = "Tìm" / "Search";
    Print = "In" / "Print";
    Open = "Mở" / "Open";
    View = "Xem" / "View";
    Export = "Xuất ra tệp" / "Export";
    ExportedTo = "Đã xuất ra {}" / "Exported to {}";
    Copy = "Chép" / "Copy";
    Copied = "Đã chép" / "Copied";
    Amount = "Số tiền" / "Amount";
    State = "Tình trạng" / "State";
    Size = "Dung lượng" / "Size";
    Act = "Việc làm" / "Action";
    Or = "hoặc" / "or";
    TwoSentences = "{}. {}" / "{}. {}";
    Number = "Số {}" / "No. {}";
    NumberWord = "Số" / "No.";
    FormNumber = "Mẫu {}" / "Form {}";
    FormWord = "Mẫu" / "Form";
    Required = "Bắt buộc" / "Required";
    Optional = "không bắt buộc" / "optional";
    Usable = "Dự toán còn dùng được" / "Usable estimate";
    UsableShort = "còn {}" / "{} left";
    Suggestions = "Gợi ý" / "Suggestions";
    DateShape = "nn/tt/nnnn" / "dd/mm/yyyy";

    // today
    TodayTitle = "Hôm nay, {}" / "Today, {}";
    TodayNote = "Việc cần làm trước, việc đang chờ sau. Không có mạng vẫn làm được mọi việc dưới đây."
        / "What needs you first, what waits after. All of this works without a link.";
    NewDossier = "Lập hồ sơ" / "New dossier";
    NewDossierNote = "Chọn mẫu chứng từ. Có thể Nhân bản một hồ sơ cũ cho nhanh hơn (Ctrl+Q)."
        / "Choose a form. Duplicating an earlier dossier is quicker (Ctrl+Q).";
    NeedsMe = "Cần tôi xử lý" / "Needs me";
    Due = "Hạn" / "Due";
    BetterBy = "Nên xong" / "Better by";
    DueOn = "nên xong {}" / "better by {}";
    NothingToDo = "Không còn việc nào chờ anh/chị" / "Nothing needs you";
    NothingToDoNote = "Lập hồ sơ mới bằng Ctrl+N, hoặc xem các hồ sơ đang chờ gửi."
        / "Make a new dossier with Ctrl+N, or look at what waits to be sent.";
    WaitingToSend = "Đang chờ gửi" / "Waiting to be sent";
    AboutLastSpeed = "{} ở tốc độ gần nhất" / "{} at the last speed";
    LastSent = "Lần gửi gần nhất {}." / "Last sent {}.";
    SendsItself = "Tự gửi khi có mạng." / "Sent by itself when there is a link.";
    TreasuryNotices = "Thông báo của Kho bạc" / "Notices of the Treasury";
    NoticesAllRead = "Không có thông báo mới." / "No new notice.";
    NoticesRead = "Đã đọc: {}" / "Read: {}";
    NoticeSeen = "Đánh dấu đã đọc" / "Mark as read";
    EstimateLeft = "Dự toán còn dùng được" / "Estimate left";
    TreasuryFigure = "Kho bạc: {}" / "Treasury: {}";
    TreasuryFigureAt = "Số Kho bạc lúc {}, đã trừ hồ sơ đã ký và đang chờ."
        / "Treasury's figure of {}, less what is signed and waiting.";
    DueSoon = "Sắp đến hạn" / "Due soon";
    SignCount = "{} hồ sơ chờ {} ký" / "{} dossiers for {} to sign";
    TaskRefused = "Kho bạc từ chối" / "Refused";
    TaskSupplement = "Yêu cầu bổ sung" / "Supplement asked";
    TaskMoneyReturned = "Tiền bị trả lại" / "Money returned";
    TaskParked = "Cần xử lý" / "Needs attention";
    TaskReturned = "Trả lại để sửa" / "Given back";
    TaskSign = "Chờ ký" / "To sign";
    TaskDraft = "Đang lập" / "Draft";
    TaskAnswered = "Có kết quả" / "Answered";

    // list
    SearchHint = "Nội dung, người nhận, số, số tiền — không cần dấu" / "Content, payee, number, amount";
    Stage = "Tình trạng" / "Stage";
    StageAll = "Tất cả" / "All";
    StageDraft = "Đang lập" / "Draft";
    StageSigning = "Đang ký" / "Signing";
    StageWaiting = "Chờ gửi" / "Waiting";
    StageSent = "Đã gửi" / "Sent";
    StageAnswered = "Có trả lời" / "Answered";
    StageDone = "Đã xong" / "Done";
    Month = "Tháng" / "Month";
    SortWord = "Sắp xếp" / "Sort";
    SortNewest = "Mới sửa trước" / "Newest change first";
    SortOldest = "Cũ trước" / "Oldest change first";
    SortLargest = "Số tiền lớn trước" / "Largest amount first";
    SortSmallest = "Số tiền nhỏ trước" / "Smallest amount first";
    SortLatestDay = "Ngày chứng từ mới trước" / "Latest voucher day first";
    SortEarliestDay = "Ngày chứng từ cũ trước" / "Earliest voucher day first";
    VoucherDay = "Ngày chứng từ" / "Voucher day";
    Content = "Nội dung · người nhận" / "Content · payee";
    Changed = "Sửa lúc" / "Changed";
    NoContentYet = "(chưa ghi nội dung)" / "(no content yet)";
    NoDossiers = "Không có hồ sơ nào" / "No dossiers";
    NoDossiersNote = "Bỏ bớt điều kiện lọc, hoặc lập hồ sơ mới bằng Ctrl+N."
        / "Loosen the filters, or make a new one with Ctrl+N.";

    // editor
    BackToList = "Về danh sách hồ sơ" / "Back to the list";
    Packs = "Gói dữ liệu" / "Data packs";
    PacksNote = "Mẫu biểu, danh mục, thời hạn mới do Kho bạc phát hành và ký số. Chứng từ cũ giữ nguyên mẫu đã lập."
        / "New forms, lists and deadlines, issued and signed by the treasury. Older vouchers keep their forms.";
    AddPack = "Nạp gói dữ liệu…" / "Take a data pack in…";
    PackAdded = "Đã nạp gói “{}”" / "Data pack “{}” taken in";
    PackForms = "Mẫu: {}" / "Forms: {}";
    PackLists = "Danh mục: {}" / "Lists: {}";
    PackSigned = "{} · {} ký" / "{} · signed by {}";
    NoPacks = "Chưa nạp gói nào; đang dùng mẫu biểu đi kèm chương trình." / "None yet; the program’s own forms are in use.";
    SaveMarked = "Bản thể hiện mẫu {}" / "Marked copy of form {}";
    MarkedNote = "Bản in có tên người ký, giờ ký, mã số hồ sơ và mã QR; không thay cho chứng từ đã ký"
        / "A copy with signers, times, dossier code and QR; it does not replace what was signed";
    ToUnicode = "Đổi thành “{}”" / "Change to “{}”";
    Register = "In sổ hồ sơ" / "Print the register";
    VoucherTabs = "Các chứng từ của hồ sơ" / "Vouchers of the dossier";
    AddVoucher = "Thêm chứng từ…" / "Add a voucher…";
    AddVoucherNote = "Chứng từ cùng thủ tục, nộp chung một hồ sơ" / "A voucher of the same procedure, sent in one dossier";
    RemoveVoucher = "Bỏ chứng từ này" / "Remove this voucher";
    RemoveVoucherAsk = "Bỏ chứng từ Mẫu {} khỏi hồ sơ? Những gì đã ghi trên chứng từ này sẽ mất."
        / "Take form {} out of the dossier? What is written on it will be lost.";
    Templates = "Hồ sơ mẫu" / "Templates";
    AllForms = "Các mẫu chứng từ" / "All forms";
    Duplicate = "Nhân bản" / "Duplicate";
    Duplicated = "Đã nhân bản thành hồ sơ mới" / "Duplicated into a new dossier";
    Preview = "Xem bản in" / "Preview";
    PreviewTitle = "Bản in — đúng như tệp được ký" / "Preview — the very file that is signed";
    SavePdf = "Lưu PDF mẫu {}…" / "Save PDF of form {}…";
    Submit = "Trình ký" / "Submit for signing";
    SubmitAnyway = "Vẫn trình ký" / "Submit anyway";
    Submitted = "Đã trình ký" / "Submitted for signing";
    ToSign = "Sang màn hình Ký" / "Go to signing";
    ExportContainer = "Xuất hồ sơ…" / "Export…";
    DeleteDraft = "Xóa bản đang lập" / "Delete draft";
    DeleteDraftAsk = "Xóa hồ sơ đang lập này? Các tệp đính kèm của nó cũng bị bỏ. Việc xóa được ghi vào Nhật ký."
        / "Delete this draft with its files? The deletion is recorded.";
    DeleteDraftYes = "Xóa" / "Delete";
    Deleted = "Đã xóa" / "Deleted";
    TakeBack = "Rút về sửa" / "Take back to mend";
    Supplement = "Bổ sung" / "Supplement";
    Remake = "Lập lại" / "Make again";
    Mend = "Sửa" / "Mend";
    MendAsk = "Hồ sơ mở ra thành bản mới để sửa. Chữ ký và bản đã gửi vẫn giữ nguyên ở bản cũ; bản mới phải ký lại từ đầu."
        / "A new revision opens for editing. Signatures stay with the old one; the new one is signed from the start.";
    SavedAt = "đã cất {}" / "saved {}";
    SavingNow = "đang cất…" / "saving…";
    NotSaved = "chưa cất được" / "not saved";
    WarningsTitle = "Có cảnh báo" / "There are warnings";
    WarningsAsk = "Xem lại trước khi trình ký:" / "Look again before submitting:";
    Blocked = "Chưa trình ký được: còn {} lỗi phải sửa." / "Not submitted: {} errors to mend.";
    ToFirstError = "Tới lỗi đầu tiên" / "To the first error";
    ReturnedBy = "{} trả lại:" / "Given back by {}:";
    PortalSays = "Cổng: “{}”" / "Portal: “{}”";
    TreasurySays = "Kho bạc: “{}”" / "Treasury: “{}”";
    TreasuryNumber = "Mã hồ sơ Kho bạc {}" / "Treasury no. {}";
    InWords = "Bằng chữ" / "In words";
    Total = "Tổng số tiền" / "Total";
    Checks = "Kiểm tra" / "Checks";
    Errors = "{} lỗi" / "{} errors";
    Warnings = "{} cảnh báo" / "{} warnings";
    AllChecksPass = "Mọi kiểm tra đều đạt" / "All checks pass";
    StillMissing = "Còn {} chỗ bắt buộc chưa điền" / "{} required places still empty";
    DrawerTreasury = "Gửi Kho bạc" / "To the Treasury";
    DrawerTreasuryNote = "Ký cùng chứng từ và gửi đi. Chỉ những tệp thủ tục yêu cầu."
        / "Signed and sent. Only what the procedure lists.";
    DrawerUnit = "Lưu tại đơn vị" / "Kept at the unit";
    DrawerUnitNote = "Không gửi Kho bạc; giữ cho kiểm toán." / "Never sent; kept for audit.";
    AddFile = "Thêm tệp…" / "Add a file…";
    Adding = "Đang thêm…" / "Adding…";
    FileShrunk = "Đã thêm {}: ảnh thu nhỏ từ {} còn {} để gửi nhanh; tệp gốc của bạn giữ nguyên."
        / "Added {}: the picture went from {} to {} for the line; your own file stays as it is.";
    AboutPoorLine = "{} ở mạng yếu 64 kbit/s" / "{} on a poor line of 64 kbit/s";
    DrawerTime = "{} · gửi mất {}" / "{} · takes {} to send";
    FileAdded = "Đã thêm {}" / "Added {}";
    TakeOut = "Bỏ {}" / "Remove {}";
    TakeOutTitle = "Bỏ tệp khỏi hồ sơ" / "Remove the file";
    TakeOutAsk = "Bỏ “{}” khỏi hồ sơ này?" / "Remove “{}” from this dossier?";
    TakeOutYes = "Bỏ tệp" / "Remove";
    History = "Nhật ký" / "History";
    PageLoading = "Đang dựng trang…" / "Rendering…";
    PageOf = "Trang {} / {}" / "Page {} of {}";
    PageCount = "{} trang" / "{} pages";
    NoPages = "Không có trang nào." / "No pages.";
    StepDraft = "Đang lập" / "Draft";
    StepAwaiting = "Chờ {}" / "Awaiting {}";
    StepQueued = "Chờ gửi" / "Outbox";
    StepTreasury = "Kho bạc xử lý" / "At the Treasury";
    StepDone = "Đã hoàn thành giao nhận" / "Completed";

    // lines
    Lines = "Các dòng" / "Lines";
    LineTools = "Công cụ dòng" / "Line tools";
    NewLine = "Dòng mới — Enter ở ô cuối, hoặc dán từ Excel" / "New line — Enter in the last cell, or paste from Excel";
    RemoveLine = "Bỏ dòng này (Ctrl+Delete)" / "Remove this line (Ctrl+Delete)";
    LineColumn = "Dòng {}, {}" / "Line {}, {}";
    PasteUnread = "{} ô dán vào chưa đọc được, giữ nguyên như đã dán:" / "{} pasted cells could not be read and are kept as pasted:";

    PagesForPaper = "Đang chuẩn bị trang in…" / "Preparing pages…";
    Batch = "In hàng loạt" / "Print all";
    BatchNote = "Xem và in chứng từ của mọi hồ sơ đang lọc" / "Look through and print the vouchers of every dossier in the list";
    BatchMarked = "Bản thể hiện: người ký, giờ ký, mã số hồ sơ" / "With signers, times, dossier code";
    BatchRegister = "Kèm sổ theo dõi hồ sơ" / "With the register";
    BatchTitle = "In hàng loạt" / "Print all";
    BatchLeftOut = "Còn {} hồ sơ chưa in lần này: lọc hẹp hơn rồi in tiếp." / "{} more dossiers are not in this print: narrow the list and go on.";
    AndMore = "và {} chỗ nữa" / "and {} more";
    PasteJoined = "{} ô dán vào có dấu tách rời chữ: đã ghép thành chữ liền, mặt chữ không đổi."
        / "{} pasted cells had letters in pieces: they are joined, nothing looks different.";
    PasteTitle = "Dán {} dòng từ bảng tính" / "Paste {} lines from a spreadsheet";
    PasteNumbers = "Số tiền được viết theo nhiều kiểu. Đọc theo kiểu nào?" / "Amounts are written in several ways. Which one is meant?";
    PasteDots = "Dấu chấm ngăn nghìn, dấu phẩy thập phân (1.250.000,00)" / "Dots between thousands, decimal comma (1.250.000,00)";
    PasteCommas = "Dấu phẩy ngăn nghìn, dấu chấm thập phân (1,250,000.00)" / "Commas between thousands, decimal point (1,250,000.00)";
    PasteTyped = "Dấu chấm hay dấu phẩy đều ngăn nghìn, không có số lẻ" / "Dots and commas both stand between thousands, no decimals";
    PasteNotRead = "không đọc được" / "cannot be read";
    PasteFails = "{} ô không đọc được theo kiểu này" / "{} cells cannot be read this way";
    PasteChooseFirst = "Chọn kiểu viết số trước khi dán" / "Choose how amounts are written first";
    PasteLegacy = "{} ô là chữ TCVN3 (ABC) hoặc VNI" / "{} cells are in TCVN3 (ABC) or VNI";
    PasteToUnicode = "Chuyển sang Unicode khi dán" / "Turn into Unicode when pasting";
    PasteSkipHead = "Dòng đầu là tiêu đề cột, không dán" / "The first line names the columns: leave it out";
    PasteBeyond = "{} ô nằm ngoài cột cuối, không có chỗ dán: “{}”. Hãy bắt đầu dán từ cột bên trái hơn."
        / "{} cells lie beyond the last column and have no place: “{}”. Begin further to the left.";
    PasteWillKeep = "{} ô chưa đọc được; vẫn dán nguyên văn và đánh dấu để sửa:" / "{} cells cannot be read; they are pasted as they are and marked:";
    PasteMoreLines = "và {} dòng nữa" / "and {} more lines";
    PasteYes = "Dán" / "Paste";
    Undo = "Hoàn tác (Ctrl+Z)" / "Undo (Ctrl+Z)";
    Redo = "Làm lại (Ctrl+Y)" / "Redo (Ctrl+Y)";

    // signing
    SignTitle = "Ký hồ sơ" / "Signing";
    Seen = "đã xem {}/{} · tổng" / "seen {}/{} · total";
    SeenOne = "đã xem" / "seen";
    NothingToSign = "Không có hồ sơ nào chờ ký" / "Nothing waits for a signature";
    NothingToSignNote = "Hồ sơ đến đây sau khi kế toán bấm Trình ký." / "Dossiers arrive here when submitted.";
    PagesToSign = "Các trang được ký" / "Pages to be signed";
    ToSignList = "Hồ sơ chờ ký" / "To sign";
    TickAll = "Chọn tất cả" / "Tick all";
    TickItem = "Chọn {}" / "Tick {}";
    NotForThisRole = "Chứng thư đang chọn không đăng ký cho bước ký này" / "The chosen certificate is not registered for this step";
    SignedOk = "Đã ký và cất" / "Signed and stored";
    Signer = "Người ký" / "Signer";
    Payee = "Người nhận" / "Payee";
    LookingForTokens = "Đang tìm token…" / "Looking for tokens…";
    PlugToken = "Cắm token của người ký rồi chờ vài giây. Nếu đã cắm mà không thấy, cài phần mềm của nhà cung cấp token hoặc chỉ tệp thư viện."
        / "Plug in the signer's token and wait a moment. If it is not found, install its vendor's software or point to its library.";
    ModuleProblems = "{} thư viện token không dùng được" / "{} token libraries cannot be used";
    SearchAgain = "Tìm lại" / "Search again";
    OwnModule = "Chỉ tệp thư viện…" / "Choose a library…";
    NoCertificateOnToken = "Token này không có chứng thư nào." / "No certificate on this token.";
    ChooseCertificate = "Chọn chứng thư của người ký." / "Choose the signer's certificate.";
    TickSomething = "Chọn ít nhất một hồ sơ." / "Tick at least one dossier.";
    LookFirst = "Còn {} hồ sơ đã chọn nhưng chưa xem." / "{} ticked dossiers have not been looked at.";
    UnitChanged = "Đơn vị vừa đổi: {} ({})" / "The unit has changed: {} ({})";
    ConfirmUnit = "Xác nhận ký cho {}." / "Confirm that you sign for {}.";
    KnowsUnit = "Tôi ký cho {}" / "I sign for {}";
    TokenIsLocked = "Token đã khóa; liên hệ nhà cung cấp chứng thư." / "The token is locked; ask its issuer.";
    PinLength = "PIN của token dài {}–{} ký tự." / "The token's PIN has {}–{} characters.";
    ConfirmLastTry = "Xác nhận đã biết đây là lần thử cuối." / "Confirm that this is the last try.";
    KnowsLastTry = "Tôi biết: sai lần này token sẽ khóa" / "I know: a mistake now locks the token";
    PinOfToken = "Mã PIN của token" / "PIN of the token";
    PinOf = "Mã PIN — {}" / "PIN — {}";
    StopSigning = "Dừng ký" / "Stop signing";
    StoppingSigning = "Đang dừng sau hồ sơ này…" / "Stopping after this one…";
    RootOf = "gốc: {}" / "root: {}";
    AnnounceCertificate = "Báo Kho bạc: chứng thư mới của {}" / "Tell the treasury: new certificate of {}";
    RenewalWaiting = "Sẽ báo Kho bạc ngay khi có mạng." / "The treasury is told as soon as there is a link.";
    RenewalAnnounced = "Đã báo Kho bạc. Ký được khi Kho bạc đăng ký xong." / "The treasury was told. It can sign once it is registered.";
    RenewalDeclined = "Kho bạc chưa đăng ký: {}" / "The treasury did not register it: {}";
    RenewalNoted = "Đã ghi lại, sẽ báo Kho bạc." / "Noted; the treasury will be told.";
    UnreadableSlot = "{}: không đọc được" / "{}: cannot be read";
    TestToken = "Kiểm tra USB token" / "Test the token";
    TestTokenNote = "Ký thử một câu không có giá trị để biết thiết bị, trình điều khiển và đăng ký người ký có ổn không. Dùng một lần thử mã PIN."
        / "Signs a sentence of no value, to see whether token, driver and registration are in order. Spends one PIN try.";
    TestNow = "Ký thử" / "Sign a test";
    TestRunning = "Đang ký thử…" / "Signing a test…";
    TestPassed = "Thiết bị ký được trên máy này." / "This token can sign here.";
    TestFailed = "Thiết bị chưa ký được. Xem dòng có dấu ✕." / "This token cannot sign yet. See the line marked ✕.";
    NotReached = "chưa tới" / "not reached";
    ChangeTokenPin = "Đổi mã PIN của thiết bị" / "Change the token's PIN";
    OldPin = "Mã PIN đang dùng" / "PIN in use";
    NewTokenPin = "Mã PIN mới" / "New PIN";
    NewPinAgain = "Nhập lại mã PIN mới" / "New PIN again";
    TokenPinChanged = "Đã đổi mã PIN của thiết bị" / "The token's PIN was changed";
    ChangePinAct = "Đổi mã PIN" / "Change PIN";
    UnlockToken = "Mở khóa bằng mã PUK" / "Unlock with the PUK";
    PukWord = "Mã mở khóa (PUK) do nơi cấp giao" / "PUK given by the issuer";
    UnlockAct = "Mở khóa và đặt mã PIN mới" / "Unlock and set the new PIN";
    TokenUnlocked = "Đã mở khóa thiết bị và đặt mã PIN mới" / "The token is unlocked and has a new PIN";
    ReaderAsks = "Thiết bị có bàn phím riêng: bấm nút rồi nhập các mã trên thiết bị." / "The reader has its own keys: press the button and type there.";
    PreferPss = "Ưu tiên chữ ký RSA-PSS (Thông tư 15/2025) khi thiết bị có" / "Prefer RSA-PSS signatures (Circular 15/2025) where the token offers them";
    ForMemory = "Mã PIN không được lưu; riêng bộ nhớ của khung cửa sổ web nằm ngoài tầm xóa của chương trình." / "PINs are never stored; the web view's own memory is outside the program's reach.";
    RegisterWrong = "Đăng ký người ký cần xem lại" / "The register of signers needs a look";
    PinOnReader = "Nhập PIN trên bàn phím của đầu đọc sau khi bấm Ký." / "Type the PIN on the reader's own keys after pressing Sign.";
    ShowPin = "Hiện PIN" / "Show PIN";
    CapsLock = "Caps Lock đang bật" / "Caps Lock is on";
    SignThese = "Ký {} hồ sơ" / "Sign {} dossiers";
    SigningWait = "Đang ký…" / "Signing…";
    SigningNow = "Đang ký {}/{}" / "Signing {}/{}";
    SignedCount = "Đã ký {} hồ sơ" / "{} dossiers signed";
    GiveBack = "Trả lại kế toán…" / "Give back…";
    GiveBackTitle = "Trả lại kế toán" / "Give back to the accountant";
    GiveBackAsk = "“{}” trở về để sửa; chữ ký đã có của bản này bị bỏ." / "“{}” goes back to be mended; its signatures are voided.";
    GiveBackYes = "Trả lại" / "Give back";
    GivenBack = "Đã trả lại kế toán" / "Given back";

    // outbox
    OutboxNote = "Hồ sơ nằm đây cho đến khi có biên nhận của Kho bạc, hoặc anh/chị đánh dấu đã nộp cách khác."
        / "Dossiers stay here until the Treasury's receipt comes, or you mark them handed in otherwise.";
    SendNow = "Gửi ngay" / "Send now";
    SendingAll = "Đang thử gửi" / "Trying to send";
    Dossier = "Hồ sơ" / "Dossier";
    WhyWhen = "Vì sao · khi nào" / "Why · when";
    OutboxEmpty = "Không có hồ sơ nào chờ gửi" / "Nothing waits to be sent";
    OutboxEmptyNote = "Hồ sơ ký đủ sẽ tự đến đây." / "Fully signed dossiers arrive here by themselves.";
    SendingOf = "Đang gửi {}/{}" / "Sending {}/{}";
    ServerHas = "máy chủ đã nhận {} / {}" / "server has {} of {}";
    SizeOf = "{} / {}" / "{} / {}";
    Attempts = "đã thử {} lần" / "{} tries";
    AboutTime = "mất {}" / "takes {}";
    AskingPortal = "Đã gửi hết, chưa có biên nhận — đang hỏi Kho bạc, không gửi lại."
        / "All sent, no receipt yet — asking the Treasury, not sending again.";
    HeldByYou = "Anh/chị đang giữ lại." / "Held by you.";
    TurnNext = "Đến lượt." / "Its turn is next.";
    Hold = "Giữ lại" / "Hold";
    Release = "Bỏ giữ" / "Release";
    TakeBackAsk = "“{}” rời hàng chờ và mở thành bản mới để sửa. Bản mới phải ký lại từ đầu."
        / "“{}” leaves the queue and opens as a new revision, to be signed again.";
    Withdraw = "Xin rút hồ sơ" / "Ask to withdraw";
    WithdrawAsk = "Đề nghị Kho bạc cho rút hồ sơ này? Kho bạc quyết định có cho rút hay không; chừng nào chưa có trả lời thì hồ sơ vẫn đang được xử lý."
        / "Ask the treasury to give this dossier back? The treasury decides; until it answers, the dossier is still being processed.";
    WithdrawReason = "Lý do rút" / "Reason";
    WithdrawYes = "Gửi đề nghị" / "Send the request";
    WithdrawKept = "Đã ghi đề nghị rút hồ sơ" / "The request is kept";
    WithdrawWaiting = "Đề nghị rút hồ sơ đang chờ gửi:" / "The request to withdraw waits to be sent:";
    WithdrawDelivered = "Đề nghị rút hồ sơ đã tới Kho bạc:" / "The request to withdraw reached the treasury:";
    WithdrawRefused = "Kho bạc không nhận đề nghị rút hồ sơ ({}):" / "The request to withdraw was not taken ({}):";
    HandedInOtherwise = "Đã nộp cách khác" / "Handed in otherwise";
    HandedInAsk = "“{}” đã được nộp bằng cách khác (bản giấy, cổng Kho bạc)? Sau khi đánh dấu, chương trình không bao giờ gửi nó nữa."
        / "“{}” was handed in another way? Once marked, the program can never send it.";
    HandedInHow = "Nộp bằng cách nào, cho ai, ngày nào" / "How, to whom, when";
    HandedInYes = "Đánh dấu đã nộp" / "Mark as handed in";

    // results
    ResultsNote = "Trả lời của Kho bạc, đọc được cả khi không có mạng." / "The Treasury's answers, readable without a link.";
    NoResults = "Chưa có trả lời nào" / "No answers yet";
    OlderResults = "Xem kết quả cũ hơn" / "Older results";
    NoResultsNote = "Tình trạng và kết quả về đây khi có mạng." / "Statuses and results come here when there is a link.";
    Unread = "Chưa đọc" / "Unread";
    TreasuryNumberWord = "Mã hồ sơ Kho bạc" / "Treasury number";
    AnsweredAt = "Lúc" / "At";
    AnswerDue = "Kho bạc trả lời chậm nhất" / "The treasury answers by";
    Appointment = "Hẹn trả kết quả" / "Appointment";
    OpenDossier = "Mở hồ sơ" / "Open dossier";
    Documents = "Kết quả kèm theo" / "Documents";
    DocumentAwaited = "Chưa tải về máy: {} ({}). Chương trình tự tải khi mạng cho phép." / "Not on this PC yet: {} ({}). It is fetched when the link allows.";
    SignatureGood = "Chữ ký Kho bạc hợp lệ" / "Treasury's signature valid";
    SignatureNotProven = "Chưa chứng minh được chữ ký" / "Signature not proven";
    Receipt = "Biên nhận" / "Receipt";
    ReceivedAt = "Nhận lúc" / "Received";
    ReceiptSeq = "Số biên nhận" / "Receipt no.";
    ReceiptSigner = "Ký bởi" / "Signed by";
    SignaturesSent = "Chữ ký đã gửi" / "Signatures sent";
    TimestampSays = "Dấu thời gian: {}, {}" / "Timestamp: {}, {}";
    TimestampNone = "Dấu thời gian: chưa có – gắn khi có mạng" / "Timestamp: none yet – added when there is a link";

    // settings
    DisplayWord = "Hiển thị" / "Display";
    Language = "Ngôn ngữ" / "Language";
    LanguageNote = "Mẫu chứng từ luôn bằng tiếng Việt." / "Forms stay Vietnamese.";
    Theme = "Nền" / "Theme";
    ThemeSystem = "Theo máy" / "As the system";
    ThemeLight = "Sáng" / "Light";
    ThemeDark = "Tối" / "Dark";
    Zoom = "Cỡ chữ" / "Zoom";
    ZeroTens = "Đọc số: 101" / "Reading of 101";
    ZeroLinh = "một trăm linh một" / "một trăm linh một";
    ZeroLe = "một trăm lẻ một" / "một trăm lẻ một";
    TokenWord = "Token" / "Token";
    UnitWord = "Đơn vị" / "Unit";
    NameWord = "Tên" / "Name";
    UnitCode = "Mã ĐVQHNS" / "Unit code";
    TreasuryWord = "Kho bạc" / "Treasury";
    Accounts = "Tài khoản" / "Accounts";
    Signers = "Người ký" / "Signers";
    AddPerson = "Thêm người làm việc" / "Add a person";
    AddPersonNote = "Mỗi người một PIN; Nhật ký ghi đúng người làm." / "A PIN each; the history names who did what.";
    AddPersonAct = "Thêm người" / "Add";
    PersonAdded = "Đã thêm {}" / "Added {}";
    PersonName = "Họ và tên" / "Full name";
    ProblemReport = "Báo sự cố" / "Problem report";
    ReportNote = "Chỉ hiện ở đây cho anh/chị đọc; chương trình không tự gửi đi đâu."
        / "Shown here for you to read; the program sends it nowhere.";
    ShowReport = "Xem báo cáo" / "Show the report";

    // first run
    Welcome = "Hồ Sơ Kho Bạc" / "Hồ Sơ Kho Bạc";
    WelcomeNote = "Thiết lập lần đầu, khoảng năm phút." / "First setup, about five minutes.";
    SetupConnection = "Tệp kết nối" / "Connection file";
    SetupPerson = "Người làm việc" / "Person";
    SetupToken = "Token" / "Token";
    SetupRecovery = "Mã khôi phục" / "Recovery code";
    ConnectionNote = "Chọn tệp kết nối Kho bạc đã cấp cho đơn vị (thường trên USB, kèm tờ giấy in dấu vân tay)."
        / "Choose the connection file the Treasury issued to your unit (usually on USB, with its fingerprint on paper).";
    PickConnection = "Chọn tệp kết nối…" / "Choose the connection file…";
    TrainingPortal = "Đây là cổng tập huấn: không có tiền thật." / "This is a training portal: no real money.";
    PortalWord = "Cổng" / "Portal";
    ValidTo = "Dùng đến ngày" / "Valid until";
    UnitsWord = "Đơn vị" / "Units";
    BringsCount = "{} tài khoản · {} người ký" / "{} accounts · {} signers";
    FingerprintCompare = "Dấu vân tay — so với tờ giấy in" / "Fingerprint — compare with the printed one";
    FingerprintLast = "Gõ nhóm cuối trên giấy" / "Type the last group on paper";
    FingerprintChecked = "Đã so khớp cả dãy" / "I compared it all";
    FingerprintDiffers = "Không khớp. Đừng dùng tệp này; hỏi lại Kho bạc." / "Different. Do not use this file; ask the Treasury.";
    CompareFirst = "So dấu vân tay trước đã" / "Compare the fingerprint first";
    PersonNote = "Người dùng máy này. Mọi việc làm được ghi dưới tên này." / "Who uses this PC. Every act is recorded under this name.";
    NameNeeded = "Ghi họ và tên." / "Give your name.";
    PinOfProgram = "Mã PIN mở chương trình" / "PIN that opens the program";
    PinAgain = "Gõ lại mã PIN" / "PIN again";
    PinsDiffer = "Hai lần gõ không giống nhau." / "The two differ.";
    PinNote = "Khác với PIN của token. Quên PIN này thì mở bằng mã khôi phục." / "Not the token's PIN. If forgotten, the recovery code opens.";
    MakingStore = "Đang tạo kho dữ liệu mã hóa…" / "Making the encrypted store…";
    TokenNote = "Người ký cắm token để thử ngay. Kế toán không có token: bấm Bỏ qua."
        / "A signer plugs the token in to try it. Accountants have none: skip.";
    RecoveryStepNote = "Mã khôi phục mở được dữ liệu khi quên PIN hoặc hỏng máy. In ra, cất nơi an toàn, không chụp ảnh."
        / "The recovery code opens the data when the PIN is lost or the PC fails. Print it and keep it safe.";
    PrintCode = "In mã" / "Print the code";
    HideCode = "Ẩn mã" / "Hide";
    ShowCode = "Hiện mã" / "Show";
    CodeHidden = "Mã đang ẩn — gõ lại theo tờ giấy in" / "Hidden — type it from the paper";
    TypeCodeBack = "Gõ lại mã theo tờ giấy" / "Type the code back from the paper";

    // unlock
    WhoWorks = "Ai làm việc?" / "Who is working?";
    NoPeople = "Chưa có ai trên máy này." / "Nobody is set up on this PC.";
    Unlock = "Mở khóa" / "Unlock";
    Unlocking = "Đang mở…" / "Opening…";
    ForgotPin = "Quên PIN — dùng mã khôi phục" / "Forgot the PIN — use the recovery code";
    UsePin = "Dùng PIN" / "Use the PIN";
    RecoveryCode = "Mã khôi phục trên giấy" / "Recovery code from paper";
    RecoveryNote = "Không phân biệt chữ hoa, dấu cách." / "Case and blanks do not matter.";
    NewPin = "PIN mới" / "New PIN";
    UnlockBySystem = "Mở bằng tài khoản máy này, không cần PIN" / "Open by this PC’s account, without a PIN";

    // backup
    BackupWord = "Sao lưu" / "Backups";
    BackupFolder = "Nơi sao lưu" / "Place";
    BackupAway = "(đang không có: cắm lại USB hoặc ổ mạng)" / "(not there: plug it in again)";
    LastBackup = "Bản gần nhất" / "Newest";
    BackupFacts = "{} · {} hồ sơ · {}" / "{} · {} dossiers · {}";
    BackupRowFacts = "{} · máy {} · {} hồ sơ · {}" / "{} · PC {} · {} dossiers · {}";
    BackupMissing = "Có {} tệp trên máy không đọc được khi sao lưu. Bấm Kiểm tra toàn bộ."
        / "{} files on this PC could not be read. Press Check everything.";
    NeverBackedUp = "Chưa sao lưu lần nào" / "Never backed up";
    BackedUpOn = "Sao lưu {}" / "Backed up {}";
    NoBackupPlace = "Chưa chọn nơi sao lưu: máy hỏng hoặc mất là mất hết hồ sơ. Chọn USB hoặc ổ đĩa khác; sau đó chương trình tự sao lưu mỗi ngày."
        / "No place was chosen: if this PC fails or is stolen, everything is lost. Choose a USB stick or another disk; from then on it is backed up daily.";
    SameDisk = "Không an toàn: nơi này cùng ổ đĩa với dữ liệu, ổ hỏng thì mất cả hai. Nên dùng USB hoặc máy khác."
        / "Not safe: this place is on the same disk as the data; both are lost together. Use a USB stick or another PC.";
    UnsureDisk = "Kiểm tra lại: nếu đây là một phần của cùng ổ cứng (ví dụ ổ D:) thì ổ hỏng là mất cả hai. An toàn nhất là USB."
        / "Check: if this is a part of the same disk (such as D:), both are lost together. A USB stick is safest.";
    ChooseBackupFolder = "Chọn nơi sao lưu…" / "Choose the place…";
    BackUpNow = "Sao lưu ngay" / "Back up now";
    BackedUp = "Đã sao lưu và mở thử thành công" / "Backed up, and opened to make sure";
    BackupLater = "Để sau" / "Later";
    BackupStepNote = "Chọn nơi sao lưu ở ổ đĩa khác (USB, ổ cứng ngoài, thư mục mạng). Bản sao được mã hóa, người khác nhặt được cũng không đọc được."
        / "Choose a place on another disk (USB stick, external disk, share). Backups are encrypted: nobody else can read them.";
    SetupBackup = "Sao lưu" / "Backups";
    HaveBackup = "Máy mới, đã có bản sao lưu?" / "A new PC, and you have a backup?";
    RestoreFrom = "Khôi phục từ bản sao lưu…" / "Restore from a backup…";
    RestoreTitle = "Khôi phục từ bản sao lưu" / "Restore from a backup";
    RestoreNote = "Chọn thư mục hoặc USB đã dùng để sao lưu. Chưa có gì thay đổi cho tới khi bấm Khôi phục."
        / "Choose the folder or stick backups were made to. Nothing changes until you press Restore.";
    ChooseRestoreFolder = "Chọn thư mục…" / "Choose a folder…";
    WhichBackup = "Bản sao lưu" / "Backup";
    RestoreLook = "Xem trong bản sao lưu" / "Look into it";
    RestoreGo = "Khôi phục" / "Restore";
    RestoreDone = "Đã khôi phục. Mở khóa để làm việc tiếp." / "Restored. Unlock to go on.";
    BackupMadeAt = "Sao lưu lúc" / "Made";
    NewestDossier = "Hồ sơ sửa sau cùng" / "Changed last";
    NewestFacts = "{} {} ({})" / "{} {} ({})";
    TrailWord = "Nhật ký" / "Trail";
    RestoreBehind = "Bản này cũ hơn dữ liệu trên máy {} việc trong nhật ký. Những việc đó nằm trong dữ liệu được để riêng, không nằm trong bản khôi phục."
        / "This backup is {} acts older than the data on this PC. Those stay in the data that is set aside.";
    RestoreKeepsOld = "Dữ liệu đang có trên máy (nếu có) được để riêng, không xóa. Khi có mạng, máy cũ bị thu hồi và máy này được đăng ký thay."
        / "Data on this PC is set aside, not deleted. With a link, the PC before is revoked and this one enrolled.";
    RestoreLost = "Nơi sao lưu đã mất {} tệp đính kèm của bản này. Phần còn lại vẫn khôi phục được."
        / "{} attached files of this backup are gone from its folder. Everything else can be restored.";
    RestoreDoneLost = "Đã khôi phục, trừ {} tệp hỏng hoặc mất trong bản sao lưu. Mở khóa rồi Kiểm tra toàn bộ để tìm lại từ bản khác."
        / "Restored, without {} files that were damaged or gone in the backup. Unlock and check everything to mend them from another one.";
    CheckStore = "Kiểm tra toàn bộ" / "Check everything";
    CheckClean = "Nguyên vẹn: {} tệp, {} dòng nhật ký nối liền." / "Sound: {} files, {} rows of the trail.";
    CheckBad = "Có hư hỏng: {} chỗ trong cơ sở dữ liệu, {} tệp mất, {} tệp hỏng."
        / "Damage: {} places in the database, {} files missing, {} damaged.";
    CheckChain = "Nhật ký không khớp từ dòng {}." / "The trail does not fit from row {}.";
    MendFiles = "Lấy lại tệp từ bản sao lưu" / "Mend files from the backup";
    AuditExport = "Hồ sơ kiểm toán" / "Audit export";
    AuditExportNote = "Một năm ngân sách ra một thư mục: hồ sơ đã ký, bản in, sổ đăng ký Excel, nhật ký; mở index.html bằng trình duyệt bất kỳ. Thư mục này không mã hóa."
        / "One budget year into a folder: containers, prints, an Excel register, the trail; index.html opens in any browser. It is not encrypted.";
    AuditExportYear = "Xuất năm {}…" / "Export {}…";

    // slots
    SlotsWord = "Mã mở khóa và bàn giao" / "PINs and hand-over";
    ChangePin = "Đổi PIN của tôi" / "Change my PIN";
    PinNow = "PIN đang dùng" / "PIN now";
    PinChanged = "Đã đổi PIN" / "PIN changed";
    SystemSlot = "Mở không cần PIN" / "Open without a PIN";
    SystemSlotNote = "Khóa mở dữ liệu được cất trong kho khóa của tài khoản đăng nhập máy này. Chỉ bật khi máy có mật khẩu đăng nhập và mỗi người một tài khoản: ai ngồi vào tài khoản này đều mở được."
        / "The key is kept in the key store of this PC’s account. Only where the account has a password of its own and one person: whoever sits at it can open the data.";
    SystemSlotOn = "Bật, không hỏi PIN nữa" / "Switch on";
    SystemSlotOff = "Tắt, luôn hỏi PIN" / "Switch off";
    SystemSlotIsOn = "Đang bật: tài khoản máy này mở được dữ liệu của {}." / "On: this PC’s account opens the data for {}.";
    SystemSlotSet = "Từ nay mở được không cần PIN; PIN vẫn dùng được" / "Opens without a PIN from now on; the PIN still works";
    SystemSlotUnset = "Từ nay luôn hỏi PIN" / "The PIN is asked for from now on";
    TreasuryLink = "Kết nối Kho bạc" / "Connection to the treasury";
    TreasuryLinkNote = "Khi Kho bạc đổi địa chỉ, đổi chứng chỉ hoặc tệp sắp hết hạn, nạp tệp kết nối mới do Kho bạc cấp. Hồ sơ đang chờ gửi vẫn giữ nguyên."
        / "When the treasury changes its address or certificates, or the file ends, take in the new one it issues. What waits to be sent is kept.";
    AddressWord = "Địa chỉ" / "Address";
    FingerprintWord = "Dấu vân tay" / "Fingerprint";
    PastDay = "đã quá hạn" / "past";
    NewConnection = "Nạp tệp kết nối mới…" / "Take in a new connection file…";
    NewConnectionTitle = "Tệp kết nối mới" / "New connection file";
    WhatChanges = "Tệp mới thay đổi" / "What changes";
    NothingChanges = "Tệp này không khác tệp đang dùng." / "The file says the same as the one in use.";
    FromTo = "{} → {}" / "{} → {}";
    ChangedPortalName = "Tên cổng" / "Name of the portal";
    ChangedTls = "Chứng chỉ gốc của cổng" / "Authority of the portal’s certificate";
    ChangedReceipts = "Chứng chỉ gốc ký biên nhận và kết quả" / "Authority of receipts and results";
    ChangedSigners = "Chứng chỉ gốc của chứng thư số người ký" / "Authorities of the signers’ certificates";
    ChangedTimestamps = "Dịch vụ dấu thời gian" / "Timestamp service";
    ChangedLists = "Địa chỉ danh sách thu hồi" / "Addresses of revocation lists";
    ChangedUnits = "Tài khoản, người ký của đơn vị" / "The unit’s accounts and signers";
    ToEnrol = "Máy này đăng ký với cổng bằng tệp mới; chương trình tự làm khi có mạng. Hồ sơ đang chờ vẫn giữ nguyên và đi theo địa chỉ mới."
        / "This PC is enrolled by the new file; the program does so by itself when there is a link. What waits is kept and goes to the new address.";
    EnrolmentKept = "Không phải đăng ký lại máy. Hồ sơ đang chờ gửi đi theo địa chỉ mới; hồ sơ chưa rõ kết quả được hỏi lại ở đó."
        / "This PC stays enrolled. What waits goes to the new address; what is unanswered is asked for there.";
    NotAddedUnits = "Tệp còn có đơn vị không thuộc máy này, không thêm vào: {}" / "Units in the file that this PC does not keep are not added: {}";
    UseThisFile = "Dùng tệp này" / "Use this file";
    ConnectionRenewed = "Đã dùng tệp kết nối mới" / "The new connection file is in use";
    DevicesWord = "Máy của đơn vị" / "The unit’s computers";
    DevicesNote = "Các máy được gửi hồ sơ thay đơn vị. Máy bị mất hay đã thay thì thu hồi: cổng không nhận gì từ máy đó nữa; dữ liệu trên máy đó không bị xóa."
        / "Computers that may send for the unit. Revoke one that was lost or replaced: the portal takes nothing from it any more; its data is not deleted.";
    DevicesUntold = "Chưa hỏi được cổng. Danh sách hiện ra khi có mạng." / "The portal could not be asked yet. The list comes with a link.";
    DevicesTold = "Theo cổng lúc {}." / "As the portal said at {}.";
    AskAgain = "Hỏi lại cổng" / "Ask again";
    EnrolledAt = "đăng ký {}" / "enrolled {}";
    DeviceThis = "Máy đang dùng" / "This computer";
    DeviceMaySend = "Được gửi hồ sơ" / "May send";
    DeviceEnding = "Chờ báo cổng thu hồi: {}" / "To be revoked: {}";
    DeviceEnded = "Đã thu hồi {}: {}" / "Revoked {}: {}";
    RevokeAct = "Thu hồi máy" / "Revoke";
    RevokeReason = "Lý do thu hồi" / "Reason";
    RevokeQuestion = "Thu hồi máy {}? Cổng sẽ không nhận hồ sơ từ máy này nữa và việc này không lấy lại được; muốn dùng lại phải xin Kho bạc tệp kết nối mới. Hồ sơ đã gửi từ máy đó không bị ảnh hưởng."
        / "Revoke {}? The portal will take nothing from it, and this cannot be undone: using it again needs a new connection file. What it has sent stays sent.";
    RevokeKept = "Đã ghi việc thu hồi {}; chương trình báo cổng ngay khi có mạng." / "Kept: {} is to be revoked; the portal is told as soon as there is a link.";
    SwitchPerson = "Đổi người làm" / "Switch person";
    LockAfter = "Tự khóa khi không dùng" / "Lock when idle";
    LockMinutes = "{} phút" / "{} minutes";
    LockNever = "Không tự khóa" / "Never";

    // store
    StoreUnusable = "Chưa mở được dữ liệu" / "The data cannot be opened";
    NothingOverwritten = "Không có gì bị ghi đè. Tệp dữ liệu và các bản sao lưu vẫn nguyên chỗ cũ."
        / "Nothing was overwritten. The data file and its backups are where they were.";
    StartsSlowly = "Chương trình khởi động chậm hơn mọi khi" / "The program starts more slowly than usual";
    StartsSlowlyHint = "Dữ liệu vẫn nguyên vẹn. Chương trình đang tự thử lại. Nếu chờ lâu vẫn chưa được, hãy đóng cửa sổ rồi mở lại."
        / "Your data is as it was. The program is trying again by itself. If it takes long, close the window and open it again.";
    StoreLies = "Tệp dữ liệu nằm ở" / "The data file lies at";

    // keys
    KeysWindow = "Phím trong cả cửa sổ" / "Keys everywhere";
    KeysLines = "Phím trong bảng dòng" / "Keys in the lines";
    KeyMenu = "Hôm nay, Hồ sơ, Ký, Chờ gửi, Kết quả, Cài đặt, Sổ theo dõi" / "The menu, top to bottom";
    KeyNew = "Lập hồ sơ mới" / "New dossier";
    KeySave = "Cất ngay (vẫn tự cất sau mỗi lần gõ)" / "Save now (it saves by itself)";
    KeyPreview = "Xem bản in" / "Preview";
    KeyDuplicate = "Nhân bản hồ sơ" / "Duplicate";
    KeyHelp = "Trang này" / "This page";
    KeyReload = "Nạp lại" / "Reload";
    KeyEsc = "Đóng hộp thoại" / "Close a dialog";
    KeyEnter = "Cất ô, sang ô nhập tiếp theo; ở ô cuối thêm dòng" / "Keep, go to the next cell; at the end add a line";
    KeyTab = "Ô sau, ô trước" / "Next and previous cell";
    KeyArrows = "Đi giữa các ô" / "Move among cells";
    KeyF2 = "Sửa trong ô" / "Edit inside the cell";
    KeyF3 = "Mở danh mục mã theo cây" / "Open the tree of codes";
    KeyEscCell = "Trả ô về như cũ" / "Put the cell back";
    KeyFillDown = "Chép ô bên trên xuống" / "Copy the cell above";
    KeyInsert = "Chèn dòng" / "Insert a line";
    KeyDelete = "Bỏ dòng" / "Remove the line";
    KeySelect = "Chọn nhiều ô" / "Select cells";
    KeyCopy = "Chép ra và dán từ Excel" / "Copy to and paste from Excel";
    GoodToKnow = "Nên biết" / "Good to know";
    Know1 = "Mọi chữ gõ vào nằm trên đĩa trong vòng một giây; tắt máy đột ngột cũng không mất."
        / "What you type is on disk within a second.";
    Know2 = "Đã ký là không đổi được nữa. Muốn sửa thì Rút về sửa và ký lại."
        / "What is signed cannot change. To mend it, take it back and sign again.";
    Know3 = "“Đã gửi” nghĩa là có biên nhận đã ký của cổng. “Đã hoàn thành giao nhận” là lời của Kho bạc."
        / "“Sent” means a signed receipt. “Completed” is the Treasury's word.";
    Know4 = "Gõ sai PIN của token nhiều lần thì token khóa. Chương trình không bao giờ tự thử."
        / "Wrong token PINs lock the token. The program never tries by itself.";
    Know5 = "Kho bạc báo đổi địa chỉ hay cấp tệp kết nối mới: nạp ở Cài đặt → Kết nối Kho bạc, so dấu vân tay với tờ giấy in. Hồ sơ đang chờ không phải ký lại."
        / "When the Treasury issues a new connection file, take it in under Settings and compare the fingerprint. What waits need not be signed again.";
}}}}}
