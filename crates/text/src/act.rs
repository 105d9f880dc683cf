//! Lines of Nhật ký and the names of deadlines. Refuses to hide what it does not know: an unknown
//! key is shown as it is.

use std::collections::BTreeMap;

use crate::{Lang, Params};

/// One act of a dossier's history; what the feed brought carries the prefix `treasury-`. Values used where given: `role`, `name`, `title`, `number`,
/// `how`, `reason`, `text`.
pub fn act(key: &str, params: &BTreeMap<String, String>, lang: Lang) -> String {
    let p = Params(params);
    let (vi, en) = match key {
        "draft-created" => ("Lập hồ sơ", "Dossier made"),
        "draft-saved" => ("Cất bản đang lập", "Draft saved"),
        "draft-deleted" => ("Xóa bản đang lập", "Draft deleted"),
        "duplicated" => ("Nhân bản từ hồ sơ khác", "Copied from another dossier"),
        "attached" => ("Đính kèm tệp", "File attached"),
        "detached" => ("Bỏ tệp đính kèm", "File removed"),
        "submitted" => ("Trình ký", "Submitted for signing"),
        "signed" => ("Ký số", "Signed"),
        "given-back" => ("Trả lại kế toán", "Given back to the accountant"),
        "mended" => ("Rút về sửa, lập bản mới", "Taken back, new version made"),
        "queued" => ("Đưa vào Chờ gửi", "Put in the queue"),
        "held" => ("Giữ lại, chưa gửi", "Held back"),
        "released" => ("Thôi giữ, cho gửi", "Released for sending"),
        "sending" => ("Bắt đầu gửi Kho bạc", "Sending began"),
        "receipt" => (
            "Cổng tiếp nhận ký giấy báo nhận",
            "Portal’s signed receipt verified",
        ),
        "unknown" => (
            "Mất liên lạc khi đang gửi; sẽ hỏi lại, không gửi đè",
            "Link lost while sending; will ask, never resend blindly",
        ),
        "parked" => ("Dừng gửi, cần xử lý", "Stopped, needs attention"),
        "giving-up" => (
            "Thôi gửi bản chưa rõ kết quả; đang hỏi cổng",
            "Given up while its outcome is unknown; asking the portal",
        ),
        "given-up" => (
            "Cổng xác nhận không nhận bản này nữa",
            "The portal confirmed that it will not accept this version",
        ),
        "superseded" => ("Được thay bằng bản mới", "Replaced by a new version"),
        "treasury-received" => ("Kho bạc đã tiếp nhận", "Received by the treasury"),
        "treasury-checking" => ("Kho bạc đang kiểm soát", "Being checked by the treasury"),
        "supplement-asked" | "treasury-supplement-asked" => (
            "Kho bạc yêu cầu bổ sung",
            "The treasury asked for a supplement",
        ),
        "refused" | "treasury-refused" => ("Kho bạc từ chối", "Refused by the treasury"),
        "completed" | "treasury-completed" => (
            "Kho bạc đã hoàn thành giao nhận",
            "Completed by the treasury",
        ),
        "money-returned" | "treasury-money-returned" => {
            ("Ngân hàng trả lại tiền", "Money returned by the bank")
        }
        "certificate-announced" => (
            "Báo Kho bạc chứng thư số mới",
            "New certificate announced to the treasury",
        ),
        "certificate-registered" => (
            "Kho bạc đã đăng ký chứng thư số",
            "Certificate registered by the treasury",
        ),
        "certificate-declined" => (
            "Kho bạc không đăng ký chứng thư số",
            "Certificate declined by the treasury",
        ),
        "evidence-added" => (
            "Gắn dấu thời gian vào chữ ký đã gửi",
            "Timestamp added to a signature that was sent",
        ),
        "evidence-listed" => (
            "Bổ sung danh sách thu hồi vào chữ ký đã gửi",
            "Revocation list added to a signature that was sent",
        ),
        "signer-revoked" => (
            "Chứng thư số đã bị thu hồi theo danh sách ngày",
            "Certificate revoked by the list of",
        ),
        "evidence-late" => (
            "Chưa gắn được dấu thời gian vào chữ ký; hồ sơ đã gửi không ảnh hưởng, máy tự thử lại",
            "No timestamp for a signature yet; what was sent is not affected, it is tried again",
        ),
        "withdrawal-asked" => ("Xin rút hồ sơ", "Withdrawal asked for"),
        "withdrawal-delivered" => (
            "Đề nghị rút hồ sơ đã tới Kho bạc",
            "The wish to withdraw reached the treasury",
        ),
        "withdrawal-refused" => (
            "Cổng không nhận đề nghị rút hồ sơ",
            "The portal did not take the wish to withdraw",
        ),
        "treasury-withdrawal-asked" => ("Đơn vị xin rút hồ sơ", "Withdrawal asked for"),
        "treasury-withdrawn" => (
            "Kho bạc đồng ý cho rút hồ sơ",
            "Withdrawn with the treasury's consent",
        ),
        "treasury-other" => ("Kho bạc báo", "The treasury says"),
        "handed-in-otherwise" => ("Đã nộp cách khác", "Handed in otherwise"),
        "pack-refused" => (
            "Từ chối một gói dữ liệu Kho bạc gửi đến; mẫu biểu và danh mục giữ nguyên",
            "A data pack from the treasury was refused; forms and lists stay as they are",
        ),
        "pack-added" => ("Nạp gói dữ liệu", "Data pack taken in"),
        "connection-renewed" => ("Nạp tệp kết nối mới", "New connection file taken"),
        "device-enrolment-signed" => (
            "Chủ tài khoản ký cho máy này gửi hồ sơ",
            "The account owner signed that this PC may send",
        ),
        "device-revocation-asked" => ("Đề nghị thu hồi máy", "Revocation of a PC asked for"),
        "device-revoked" => ("Cổng đã thu hồi máy", "PC revoked by the portal"),
        "exported" => ("Xuất tệp", "Exported"),
        "result-typed" => (
            "Ghi kết quả do người làm nhập, không phải biên nhận của cổng",
            "Result typed in by a person; not a receipt of the portal",
        ),
        "book-entered" => ("Ghi sổ", "Entered in the books"),
        "book-struck" => ("Bỏ một bút toán", "An entry struck out"),
        "codes-added" => ("Thêm mã của đơn vị", "Codes of the unit added"),
        "contract-kept" => ("Cất hợp đồng", "Contract kept"),
        "movement-matched" => ("Gắn phát sinh với hồ sơ", "Movement matched"),
        "backup-made" => ("Sao lưu", "Backed up"),
        "restored" => ("Khôi phục từ bản sao lưu", "Restored from a backup"),
        "person-added" => ("Thêm người làm việc", "Person added"),
        "person-left" => ("Người làm việc nghỉ", "Person left"),
        "handed-over" => ("Bàn giao công việc", "Work handed over"),
        "pin-changed" => ("Đổi mã mở khóa", "PIN changed"),
        "system-slot-added" => (
            "Cho mở bằng tài khoản đăng nhập của máy",
            "Opening by the PC’s account switched on",
        ),
        "system-slot-removed" => (
            "Thôi mở bằng tài khoản đăng nhập của máy",
            "Opening by the PC’s account switched off",
        ),
        "recovery-used" => (
            "Mở bằng mã khôi phục, đặt mã mở khóa mới",
            "Opened with the recovery code, new PIN set",
        ),
        "recovery-made" => (
            "Tạo mã khôi phục mới, chờ gõ lại",
            "New recovery code made, to be typed back",
        ),
        "recovery-replaced" => ("Đổi mã khôi phục", "Recovery code replaced"),
        "year-exported" => ("Xuất hồ sơ kiểm toán", "Audit export made"),
        other => (other, other),
    };
    let head = lang.pick(vi, en);
    let dated = p.given("listed").map(|day| format!("{head} {day}"));
    let head = dated.as_deref().unwrap_or(head);
    let role = p.given("role").map(|role| match role {
        "chief-accountant" => lang.pick("Kế toán trưởng", "chief accountant"),
        "account-owner" => lang.pick("Chủ tài khoản", "account owner"),
        other => other,
    });
    let details = [
        role,
        p.given("name"),
        p.given("title"),
        p.given("number"),
        p.given("how"),
        p.given("reason"),
        p.given("text"),
    ];
    let details: Vec<&str> = details.into_iter().flatten().collect();
    if details.is_empty() {
        head.to_owned()
    } else {
        format!("{head}: {}", details.join(" – "))
    }
}

/// What a deadline of Hôm nay is about. Values used where given: `name`, `count`, `year`.
pub fn deadline(code: &str, params: &BTreeMap<String, String>, lang: Lang) -> String {
    let p = Params(params);
    let (vi, en) = match code {
        "year-end-withdrawal" => (
            "Hồ sơ rút dự toán, tạm ứng của năm phải đến Kho bạc",
            "Withdrawals and advances of the year must reach the treasury",
        ),
        "adjustment-end" => (
            "Hồ sơ thời gian chỉnh lý quyết toán phải đến Kho bạc",
            "Dossiers of the adjustment period must reach the treasury",
        ),
        "advance-repayment" => (
            "Nộp trả tạm ứng không được chuyển nguồn",
            "Advances that are not carried over must be repaid",
        ),
        "reconciliation-deposit" => (
            "Đối chiếu số dư tài khoản tiền gửi tháng trước",
            "Reconcile last month’s deposits",
        ),
        "reconciliation-estimate" => (
            "Đối chiếu dự toán quý trước",
            "Reconcile last quarter’s estimates",
        ),
        "reconciliation-year" => (
            "Đối chiếu số liệu cả năm với Kho bạc",
            "Reconcile the year with the treasury",
        ),
        "answer" | "answer-recurrent-payment" => (
            "Kho bạc trả lời hồ sơ đã nhận",
            "The treasury answers what it received",
        ),
        "answer-late" => (
            "Đã quá hạn Kho bạc trả lời, nên hỏi lại",
            "The treasury’s answer is late; ask",
        ),
        "certificate-ends" => ("Chứng thư số hết hạn", "Certificate ends"),
        "connection-ends" => (
            "Tệp kết nối hết hạn; xin Kho bạc tệp mới",
            "Connection file ends; ask the treasury for a new one",
        ),
        "appointment-ends" => (
            "Hết thời hạn bổ nhiệm, ủy quyền ký",
            "Appointment or delegation ends",
        ),
        "supplement-due" => ("Bổ sung hồ sơ theo yêu cầu Kho bạc", "Supplement due"),
        other => (other, other),
    };
    let details: Vec<&str> = ["name", "count", "year"]
        .iter()
        .filter_map(|n| p.given(n))
        .collect();
    let head = lang.pick(vi, en);
    if details.is_empty() {
        head.to_owned()
    } else {
        format!("{head}: {}", details.join(" – "))
    }
}
