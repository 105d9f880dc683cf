//! Words about tokens and certificates. Refuses to promise how many tries are left: PKCS#11 tells
//! only "few" and "last".

use crate::Lang;

/// Why a certificate cannot sign here; the code itself where it is not known.
pub fn obstacle(code: &str, lang: Lang) -> String {
    let (vi, en) = match code {
        "expired" => ("Chứng thư số đã hết hạn", "The certificate has expired"),
        "not-yet-valid" => (
            "Chứng thư số chưa đến ngày có hiệu lực",
            "The certificate is not valid yet",
        ),
        "no-key" => (
            "Thiết bị không có khóa bí mật của chứng thư số này",
            "The token holds no private key for this certificate",
        ),
        "no-signing-usage" => (
            "Chứng thư số này không được cấp để ký",
            "The certificate was not issued for signing",
        ),
        "not-registered" => (
            "Chứng thư số chưa đăng ký với Kho bạc cho đơn vị này",
            "The certificate is not registered with the treasury for this unit",
        ),
        "appointment-ended" => (
            "Người ký đã hết thời hạn bổ nhiệm hoặc ủy quyền",
            "The signer’s appointment or delegation has ended",
        ),
        "untrusted" => (
            "Chứng thư số không do tổ chức chứng thực được công nhận cấp",
            "The certificate does not come from a recognised authority",
        ),
        "revoked" => (
            "Chứng thư số đã bị thu hồi",
            "The certificate has been revoked",
        ),
        other => return lang.pick("Không ký được: ", "Cannot sign: ").to_owned() + other,
    };
    lang.pick(vi, en).to_owned()
}

/// A token's warning, shown before a try is spent. `wrong_tries`: wrong PINs seen since the last
/// right one on this PC.
pub fn token_warning(code: &str, wrong_tries: u32, lang: Lang) -> String {
    let seen = |text: &str| {
        if wrong_tries == 0 {
            return text.to_owned();
        }
        let seen = match lang {
            Lang::Vi => format!(" Máy này đã ghi nhận {wrong_tries} lần nhập sai."),
            Lang::En => format!(" Wrong PINs seen on this PC: {wrong_tries}."),
        };
        format!("{text}{seen}")
    };
    let (vi, en) = match code {
        "count-low" => (
            "Thiết bị báo đã có lần nhập sai mã PIN. Hãy kiểm tra bộ gõ tiếng Việt và Caps Lock \
             trước khi nhập.",
            "The token reports a wrong PIN before. Check the keyboard and Caps Lock first.",
        ),
        "final-try" => (
            "CHỈ CÒN MỘT LẦN THỬ. Nhập sai lần nữa là thiết bị khóa; nếu không chắc mã PIN, hãy \
             dừng lại và liên hệ nơi cấp.",
            "ONE TRY LEFT. Another wrong PIN locks the token; if unsure, stop and ask its issuer.",
        ),
        "locked" => (
            "Thiết bị đã bị khóa mã PIN. Liên hệ nơi cấp chứng thư số để mở khóa.",
            "The token’s PIN is locked. Ask its issuer to unlock it.",
        ),
        "to-be-changed" => (
            "Mã PIN đang là mã mặc định hoặc phải đổi. Đổi bằng phần mềm của nơi cấp trước khi ký.",
            "The PIN is a default one or must be changed. Change it with the issuer’s program.",
        ),
        "unknown" => (
            "Thiết bị không cho biết còn mấy lần thử mã PIN. Hãy nhập cẩn thận.",
            "The token does not tell how many tries are left. Type with care.",
        ),
        other => return seen(other),
    };
    seen(lang.pick(vi, en))
}
