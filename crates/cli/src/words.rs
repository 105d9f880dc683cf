//! The words of the console program, in Vietnamese. Every code has words; one that is newer than
//! this table is shown with its code, never dropped.

mod office;

use std::fmt::Write;

use chrono::{DateTime, FixedOffset, Utc};
use hoso_engine::evidence::{EvidenceError, SignatureVerdict, Trouble, Verdict, VoucherVerdict};

use crate::arguments::Wrong;
pub use office::*;

/// Shown by `--help` and after a wrong command line.
pub const HELP: &str = "\
hoso — hồ sơ thanh toán Kho bạc, không cần cửa sổ

Cách dùng:
  hoso verify TỆP --ca ĐƯỜNG_DẪN [--json]      kiểm tra một hồ sơ đã ký
  hoso backup [--to THƯ_MỤC]                   sao lưu
  hoso restore THƯ_MỤC [--list | --preview] [--recovery]
                                               khôi phục bản sao lưu mới nhất của máy này trong
                                               thư mục, hoặc của máy duy nhất có ở đó
  hoso check [--mend]                          kiểm tra toàn bộ dữ liệu trên máy
  hoso check --backup THƯ_MỤC [--recovery]     kiểm tra trọn bản sao lưu mới nhất trong thư mục
  hoso export --year NĂM --to THƯ_MỤC          xuất hồ sơ kiểm toán của một năm ngân sách
  hoso verify-audit [--head [DÒNG:]SHA256]     kiểm tra nhật ký; --head: có dòng này không
  hoso sync [--minutes SỐ_PHÚT]                gửi hồ sơ đang chờ của mọi đơn vị và nhận kết quả

  TỆP           tệp hồ sơ .asice
  --ca          thư mục hoặc tệp chứng thư số gốc (PEM hoặc DER) được tin cậy
  --json        in kết quả dạng JSON
  --to          nơi ghi; với backup thì nhớ luôn làm nơi sao lưu
  --list        chỉ liệt kê các bản sao lưu
  --preview     chỉ xem trong bản sao lưu có gì
  --recovery    dùng mã khôi phục đã in thay cho mã mở khóa
  --mend        lấy lại tệp hỏng từ bản sao lưu
  --person      tên người mở khóa, khi máy có nhiều người

Mã mở khóa và mã khôi phục được hỏi trên màn hình, hoặc đọc một dòng từ đầu vào chuẩn.

Mã kết thúc: 0 xong, hợp lệ · 1 không hợp lệ, có hư hỏng, chưa gửi hết hoặc còn hồ sơ giữ lại, cần xử \
lý · 2 không đọc được, sai mã hoặc sai tham số
";

/// Words for a wrong command line.
pub fn argument(wrong: &Wrong) -> String {
    match wrong {
        Wrong::NoCommand => "Thiếu lệnh.".to_owned(),
        Wrong::UnknownCommand(name) => format!("Không có lệnh “{name}”."),
        Wrong::UnknownOption(name) => format!("Không có tùy chọn “{name}”."),
        Wrong::NoValue(name) => format!("Tùy chọn {name} cần một giá trị."),
        Wrong::Twice(name) => format!("Thừa tham số “{name}”."),
        Wrong::NoFile => "Thiếu tệp hồ sơ hoặc thư mục sao lưu.".to_owned(),
        Wrong::Missing(name) => format!("Thiếu {name}."),
        Wrong::Value(name) => format!("Giá trị của {name} không đúng."),
        Wrong::NoAuthorities => "Thiếu --ca: nơi đặt chứng thư số gốc được tin cậy.".to_owned(),
    }
}

/// Words for an input that cannot be read.
pub fn unreadable(error: &EvidenceError) -> String {
    match error {
        EvidenceError::File { path, .. } => {
            format!(
                "Không đọc được tệp {}. Kiểm tra đường dẫn và quyền đọc.",
                path.display()
            )
        }
        EvidenceError::Authorities { path, .. } => format!(
            "Không đọc được chứng thư số gốc ở {}. Cần tệp .pem, .crt hoặc .cer.",
            path.display()
        ),
        EvidenceError::NotAContainer { path } => format!(
            "{} không phải tệp hồ sơ .asice, hoặc tệp bị cắt cụt. Xuất hoặc tải lại tệp.",
            path.display()
        ),
    }
}

/// The whole verdict, with a final newline.
pub fn verdict(verdict: &Verdict) -> String {
    let mut text = String::new();
    let head = if verdict.ok {
        "HỢP LỆ"
    } else {
        "KHÔNG HỢP LỆ"
    };
    line(&mut text, format_args!("{head}"));
    for problem in &verdict.problems {
        line(&mut text, format_args!("  ✗ {}", trouble(problem)));
    }
    if !verdict.entries.is_empty() {
        line(&mut text, format_args!("\nTệp trong hồ sơ:"));
        for entry in &verdict.entries {
            let size = grouped(&entry.size.to_string());
            line(&mut text, format_args!("  {} — {size} byte", entry.path));
            line(&mut text, format_args!("    SHA-256 {}", entry.sha256));
        }
    }
    for voucher in &verdict.vouchers {
        self::voucher(&mut text, voucher);
    }
    for signature in &verdict.signatures {
        self::signature(&mut text, signature);
    }
    if let Some(commit) = &verdict.commit {
        line(
            &mut text,
            format_args!("\nMã đối chiếu của hồ sơ (SHA-256): {commit}"),
        );
    }
    if verdict.signatures.iter().any(|s| s.listed.is_none()) {
        line(
            &mut text,
            format_args!("Chưa kiểm tra chứng thư số có bị thu hồi hay không (cần mạng)."),
        );
    }
    text
}

fn voucher(text: &mut String, voucher: &VoucherVerdict) {
    line(
        text,
        format_args!("\nChứng từ mẫu {}: {}", voucher.form, voucher.path),
    );
    if !voucher.number.is_empty() {
        line(text, format_args!("  Số: {}", voucher.number));
    }
    if !voucher.total.is_empty() {
        line(
            text,
            format_args!("  Số tiền: {} đồng", grouped(&voucher.total)),
        );
    }
    let tied = if voucher.tied {
        "✓ bản in khớp"
    } else {
        "✗ bản in không khớp"
    };
    line(text, format_args!("  {tied} với dữ liệu"));
}

fn signature(text: &mut String, signature: &SignatureVerdict) {
    let role = match signature.role.as_str() {
        "" => String::new(),
        "chief-accountant" => " — Kế toán trưởng".to_owned(),
        "account-owner" => " — Chủ tài khoản".to_owned(),
        other => format!(" — {other}"),
    };
    line(text, format_args!("\nChữ ký {}{role}", signature.step));
    let parts = [
        ("Người ký", &signature.name),
        ("Chức danh trong chứng thư", &signature.title),
        ("Đơn vị trong chứng thư", &signature.organisation),
        ("Nơi cấp chứng thư", &signature.issuer),
        ("Số sê-ri", &signature.serial),
    ];
    for (label, value) in parts.iter().filter(|(_, value)| !value.is_empty()) {
        line(text, format_args!("  {label}: {value}"));
    }
    if let Some(at) = signature.signed_at {
        line(
            text,
            format_args!("  Thời điểm ký: {} (giờ máy của người ký)", local(at)),
        );
    }
    if let Some(stamp) = &signature.timestamp {
        let (at, authority) = (local(stamp.at), &stamp.authority);
        if stamp.known {
            line(text, format_args!("  Dấu thời gian: {at}, {authority}"));
        } else {
            line(
                text,
                format_args!(
                    "  Dấu thời gian: {at}, {authority} — chưa rõ tổ chức cấp (xem --ca), \
                     chưa dùng làm căn cứ"
                ),
            );
        }
    } else if signature.signed_at.is_some() && !stamp_is_wrong(signature) {
        line(text, format_args!("  Dấu thời gian: không có"));
    }
    if let Some(said) = &signature.listed {
        let list = local(said.issued_at);
        let word = match said.revoked_at {
            Some(at) => format!("! chứng thư số đã bị thu hồi từ {}", local(at)),
            None => "✓ chứng thư số không bị thu hồi".to_owned(),
        };
        line(text, format_args!("  {word}, theo danh sách ngày {list}"));
    }
    if signature.problems.is_empty() {
        line(
            text,
            format_args!("  ✓ chữ ký đúng, chứng thư có hiệu lực tại thời điểm ký"),
        );
    }
    for problem in &signature.problems {
        line(text, format_args!("  ✗ {}", trouble(problem)));
    }
}

fn stamp_is_wrong(signature: &SignatureVerdict) -> bool {
    signature
        .problems
        .iter()
        .any(|p| p.code.starts_with("timestamp-"))
}

/// Words for one problem.
pub fn trouble(problem: &Trouble) -> String {
    let path = &problem.path;
    match problem.code.as_str() {
        "zip-structure" => "Cấu trúc tệp không nhất quán; tệp đã bị sửa.".to_owned(),
        "zip-feature" => format!("“{path}” dùng kiểu nén hoặc mã hóa không được phép."),
        "wrong-mimetype" => "Không phải tệp ASiC-E: sai phần “mimetype” ở đầu.".to_owned(),
        "too-many-entries" => "Có quá nhiều tệp bên trong.".to_owned(),
        "zip-bomb" => "Tệp nén phình ra quá lớn; từ chối giải nén.".to_owned(),
        "entry-damaged" => format!("“{path}” bị hỏng hoặc đã bị sửa."),
        "entry-name" => format!("Tên “{path}” không được phép trong hồ sơ."),
        "entry-duplicate" => format!("“{path}” có hai lần."),
        "entry-not-covered" => format!("“{path}” không được chữ ký nào bao trùm."),
        "entry-missing" => format!("“{path}” có trong bản kê đã ký nhưng không có trong hồ sơ."),
        "entry-changed" => format!("“{path}” đã bị sửa sau khi ký."),
        "scope-changed" => format!("Chữ ký này không bao trùm “{path}” như chữ ký trước."),
        "not-signed" => "Hồ sơ chưa có chữ ký.".to_owned(),
        "manifest-without-signature" => format!("Bản kê “{path}” không có chữ ký kèm theo."),
        "signature-without-manifest" => format!("Chữ ký “{path}” không có bản kê kèm theo."),
        "manifest-malformed" => "Không đọc được bản kê (ASiCManifest).".to_owned(),
        "signature-reference" => "Bản kê trỏ tới tệp chữ ký khác.".to_owned(),
        "signature-malformed" | "signature-not-der" | "signature-not-detached" => {
            "Không đọc được tệp chữ ký (.p7s).".to_owned()
        }
        "signer-count" => "Tệp chữ ký phải có đúng một người ký.".to_owned(),
        "signed-attribute" => "Chữ ký thiếu hoặc sai thuộc tính bắt buộc (CAdES).".to_owned(),
        "algorithm" | "key-unfit" => "Thuật toán hoặc khóa ký không được chấp nhận.".to_owned(),
        "message-digest" => "Bản kê đã bị sửa sau khi ký.".to_owned(),
        "certificate-absent" => "Không có chứng thư số của người ký.".to_owned(),
        "certificate-other" => "Chữ ký nêu một chứng thư số khác.".to_owned(),
        "certificate-malformed" => "Không đọc được chứng thư số.".to_owned(),
        "signature-wrong" => "Chữ ký sai.".to_owned(),
        "key-usage" => "Chứng thư số không được cấp để ký văn bản.".to_owned(),
        "certificate-expired" => "Chứng thư số đã hết hạn tại thời điểm ký.".to_owned(),
        "certificate-not-yet-valid" => "Chứng thư số chưa có hiệu lực tại thời điểm ký.".to_owned(),
        "certificate-untrusted" => {
            "Chứng thư số không do tổ chức được tin cậy cấp (xem --ca).".to_owned()
        }
        "timestamp-malformed" | "timestamp-algorithm" | "timestamp-certificate-absent" => {
            "Không đọc được dấu thời gian của chữ ký.".to_owned()
        }
        "timestamp-other" => "Dấu thời gian thuộc chữ ký khác.".to_owned(),
        "timestamp-wrong" => "Dấu thời gian đã bị sửa hoặc sai chữ ký.".to_owned(),
        "timestamp-certificate" => {
            "Chứng thư số cấp dấu thời gian không có hiệu lực cho việc này.".to_owned()
        }
        "revocation-list" => "Danh sách thu hồi kèm theo không đúng.".to_owned(),
        "approval-missing" => "Thiếu bản ghi duyệt; không chứng minh được thứ tự ký.".to_owned(),
        "approval-malformed" => format!("Không đọc được bản ghi duyệt “{path}”."),
        "approval-step" => "Bản ghi duyệt ghi sai bước ký.".to_owned(),
        "approval-order" => "Bản ghi duyệt không nối với chữ ký trước; sai thứ tự ký.".to_owned(),
        "approval-signer" => "Bản ghi duyệt nêu người ký khác.".to_owned(),
        "approval-role" => "Bản ghi duyệt lập cho vai trò khác.".to_owned(),
        "signature-count" => "Số chữ ký không đúng như mẫu chứng từ yêu cầu.".to_owned(),
        "data-unreadable" => "Không đọc được dữ liệu hồ sơ (data/dossier.json).".to_owned(),
        "no-voucher" => "Dữ liệu hồ sơ không có chứng từ nào.".to_owned(),
        "form-unknown" => format!("“{path}”: chương trình không có phiên bản mẫu này."),
        "pdf-missing" => format!("Thiếu bản in “{path}”."),
        "pdf-unprintable" => format!("Không in lại được chứng từ để so với “{path}”."),
        "pdf-differs" => format!("Bản in “{path}” khác với dữ liệu: không được chấp nhận."),
        "pdf-unreadable" => format!("Không đọc được bản in “{path}”."),
        "pdf-unknown" => format!("Bản in “{path}” không thuộc chứng từ nào trong dữ liệu."),
        code => format!("Không hợp lệ ({code}): {}", problem.detail),
    }
}

/// `1250000` as `1.250.000`; what is not digits stays as it is.
fn grouped(digits: &str) -> String {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return digits.to_owned();
    }
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

/// The time in Việt Nam, which has no daylight saving.
fn local(at: DateTime<Utc>) -> String {
    let zone = FixedOffset::east_opt(7 * 3600).expect("seven hours are a valid offset");
    at.with_timezone(&zone)
        .format("%d/%m/%Y %H:%M:%S")
        .to_string()
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments)
        .expect("writing to a string cannot fail");
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_grouped_by_threes_and_text_is_left_alone() {
        assert_eq!(grouped("1250000"), "1.250.000");
        assert_eq!(grouped("999"), "999");
        assert_eq!(grouped("12 nghìn"), "12 nghìn");
    }

    #[test]
    fn a_code_newer_than_the_table_is_shown_with_its_detail() {
        let problem = Trouble {
            code: "brand-new".to_owned(),
            path: String::new(),
            detail: "something else".to_owned(),
        };
        assert_eq!(
            trouble(&problem),
            "Không hợp lệ (brand-new): something else"
        );
    }
}
