//! Words about tokens and certificates. Refuses to promise how many tries are left: PKCS#11 tells
//! only "few" and "last".

use hoso_domain::register::RegisterFault;

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
        "both-roles" => (
            "Một người không được vừa là Kế toán trưởng vừa là Chủ tài khoản",
            "One person may not be both chief accountant and account owner",
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

/// What to do about it; empty where it is not known.
pub fn obstacle_remedy(code: &str, lang: Lang) -> String {
    let (vi, en) = match code {
        "expired" => (
            "Gia hạn tại nơi cấp, rồi bấm Báo Kho bạc để đăng ký chứng thư số mới; hoặc ký bằng chứng thư \
             số khác đã đăng ký.",
            "Renew it at its issuer, then announce the new one to the treasury; or sign with another \
             registered one.",
        ),
        "not-yet-valid" => (
            "Kiểm tra ngày giờ của máy. Nếu đúng, chờ đến ngày chứng thư số có hiệu lực hoặc ký bằng \
             chứng thư số đang dùng.",
            "Check this PC’s date. If it is right, wait for the certificate’s first day or sign with the \
             one in use.",
        ),
        "no-key" => (
            "Cắm đúng thiết bị của người ký; nếu đã đúng, mang thiết bị đến nơi cấp để kiểm tra khóa.",
            "Plug in the signer’s own token; if it is, have its issuer look at the key.",
        ),
        "no-signing-usage" => (
            "Chọn chứng thư số dùng để ký trên thiết bị, hoặc đề nghị nơi cấp cấp loại dùng để ký.",
            "Choose the token’s certificate for signing, or ask the issuer for one.",
        ),
        "not-registered" => (
            "Nếu là chứng thư số mới của người đã đăng ký, bấm Báo Kho bạc; nếu không, làm thủ tục đăng ký \
             người ký với Kho bạc.",
            "If it is the new one of a registered person, announce it to the treasury; else register the \
             signer there.",
        ),
        "appointment-ended" => (
            "Gửi Kho bạc quyết định bổ nhiệm hoặc văn bản ủy quyền còn thời hạn; trong khi chờ, người khác \
             đã đăng ký ký thay.",
            "Bring the treasury an appointment or delegation in force; meanwhile another registered \
             person signs.",
        ),
        "both-roles" => (
            "Đề nghị Kho bạc sửa đăng ký: mỗi người chỉ giữ một chữ ký.",
            "Have the treasury correct the register: one person gives one signature.",
        ),
        "untrusted" => (
            "Dùng chứng thư số do tổ chức chứng thực công cộng hoặc Ban Cơ yếu Chính phủ cấp; nếu đúng là \
             loại đó, hỏi Kho bạc về tệp kết nối mới.",
            "Use one of a public authority or of the Government’s own; if it is such a one, ask the \
             treasury for a newer connection file.",
        ),
        "revoked" => (
            "Không ký bằng chứng thư số này nữa. Ký bằng chứng thư số khác đã đăng ký; nếu không rõ vì sao \
             bị thu hồi, hỏi ngay nơi cấp.",
            "Do not sign with it any more. Sign with another registered one; if you do not know why it \
             was revoked, ask its issuer at once.",
        ),
        _ => return String::new(),
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
            "Thiết bị đã bị khóa mã PIN. Liên hệ nơi cấp chứng thư số để mở khóa, hoặc mở bằng mã PUK \
             trong Cài đặt.",
            "The token’s PIN is locked. Ask its issuer to unlock it, or use the PUK in the settings.",
        ),
        "to-be-changed" => (
            "Mã PIN đang là mã mặc định hoặc phải đổi. Vào Cài đặt, mục Đổi mã PIN của thiết bị, đổi \
             trước khi ký.",
            "The PIN is a default one or must be changed. Change it in the settings before you sign.",
        ),
        "unknown" => (
            "Thiết bị không cho biết còn mấy lần thử mã PIN. Hãy nhập cẩn thận.",
            "The token does not tell how many tries are left. Type with care.",
        ),
        "untried" => (
            "Máy này chưa ký lần nào bằng thiết bị này nên không biết còn mấy lần thử mã PIN. Hãy nhập \
             cẩn thận.",
            "This PC has never used this token, so nothing is known of the tries left. Type with care.",
        ),
        "puk-final-try" => (
            "Mã mở khóa (PUK) CHỈ CÒN MỘT LẦN THỬ. Nếu không chắc, hãy mang thiết bị đến nơi cấp.",
            "ONE TRY LEFT for the PUK. If unsure, bring the token to its issuer.",
        ),
        "puk-locked" => (
            "Mã mở khóa (PUK) đã bị khóa; chỉ nơi cấp mới xử lý được.",
            "The PUK is locked; only the issuer can help.",
        ),
        "default-pin" => (
            "Mã PIN đang dùng là mã dễ đoán hoặc mã mặc định ai cũng biết. Hãy đổi mã PIN ngay.",
            "This PIN is a default one that everybody knows. Change it now.",
        ),
        other => return seen(other),
    };
    seen(lang.pick(vi, en))
}

/// A certificate or appointment that ends soon.
pub fn certificate_warning(code: &str, lang: Lang) -> String {
    let (vi, en) = match code {
        "ends-60" => (
            "Còn không quá 60 ngày là hết hạn. Nên làm thủ tục gia hạn và báo số sê-ri mới cho Kho bạc.",
            "Ends within 60 days. Renew it and register the new serial with the treasury.",
        ),
        "ends-30" => (
            "Còn không quá 30 ngày là hết hạn. Hãy gia hạn; số sê-ri mới phải đăng ký với Kho bạc trước \
             khi ký.",
            "Ends within 30 days. Renew it; the new serial must be registered before it signs.",
        ),
        "ends-7" => (
            "CÒN KHÔNG QUÁ 7 NGÀY là hết hạn. Gia hạn ngay, nếu không sẽ không ký được.",
            "ENDS WITHIN 7 DAYS. Renew it now, or signing will stop.",
        ),
        other => (other, other),
    };
    lang.pick(vi, en).to_owned()
}

/// A step of the token's test.
pub fn test_step(name: &str, lang: Lang) -> String {
    let (vi, en) = match name {
        "driver" => ("Trình điều khiển của nơi cấp", "The issuer’s driver"),
        "token" => ("Thiết bị ký (USB token)", "The token"),
        "certificate" => ("Chứng thư số và khóa bí mật", "Certificate and private key"),
        "authority" => (
            "Tổ chức chứng thực được công nhận",
            "A recognised authority",
        ),
        "register" => (
            "Đăng ký người ký với Kho bạc",
            "Registered with the treasury",
        ),
        "pin" => ("Mã PIN", "PIN"),
        "signature" => ("Ký thử và kiểm tra chữ ký", "A test signature, verified"),
        other => (other, other),
    };
    lang.pick(vi, en).to_owned()
}

/// What is wrong in the register of a unit's signers.
pub fn register_fault(fault: &RegisterFault, lang: Lang) -> String {
    use RegisterFault as F;
    match (fault, lang) {
        (F::TooManyFirst { account, count }, Lang::Vi) => format!(
            "Tài khoản {account} có {count} người ký chữ ký thứ nhất; Kho bạc nhận tối đa 4."
        ),
        (F::TooManyFirst { account, count }, Lang::En) => {
            format!("Account {account} has {count} first signatures; the treasury takes 4 at most.")
        }
        (F::TooManySecond { account, count }, Lang::Vi) => format!(
            "Tài khoản {account} có {count} người ký chữ ký thứ hai; Kho bạc nhận tối đa 3."
        ),
        (F::TooManySecond { account, count }, Lang::En) => {
            format!(
                "Account {account} has {count} second signatures; the treasury takes 3 at most."
            )
        }
        (F::BothRoles { name }, Lang::Vi) => format!(
            "{name} đang giữ cả hai chữ ký. Kế toán trưởng không được ký thay Chủ tài khoản."
        ),
        (F::BothRoles { name }, Lang::En) => {
            format!(
                "{name} holds both signatures. The chief accountant may not sign for the owner."
            )
        }
        (F::NobodyFor { account, role }, Lang::Vi) => format!(
            "Tài khoản {account} hiện không có người ký với vai trò {}.",
            crate::role(*role, lang)
        ),
        (F::NobodyFor { account, role }, Lang::En) => {
            format!(
                "Account {account} has nobody today to sign as {}.",
                crate::role(*role, lang)
            )
        }
    }
}

/// How the issuer of a certificate unlocks its tokens, by the issuer's name; general words where
/// this program knows nothing of it. Facts: domain notes on tokens in the field, 2025–2026.
pub fn unlock_way(issuer: &str, lang: Lang) -> String {
    let folded = hoso_domain::text::fold(issuer);
    let has = |name: &str| folded.contains(name);
    let (vi, en) = if has("viettel") {
        (
            "Viettel-CA mở khóa tại chi nhánh Viettel: người ký mang thiết bị và giấy tờ tùy thân đến. \
             Thiết bị khóa sau 5 lần nhập sai.",
            "Viettel-CA unlocks at a Viettel branch: the signer brings the token and an identity \
             card. The token locks after 5 wrong PINs.",
        )
    } else if has("co yeu") || has("chinh phu") || has("gca") {
        (
            "Chứng thư số chuyên dùng của Ban Cơ yếu Chính phủ: đơn vị gửi đề nghị mở khóa qua Sở Khoa \
             học và Công nghệ của tỉnh, thường xong trong 1 ngày làm việc.",
            "An official-use certificate of the Government’s Ban Cơ yếu: the unit asks the province’s \
             department of science and technology, mostly done in 1 working day.",
        )
    } else {
        (
            "Gọi tổng đài của nơi cấp chứng thư số (số in trên thiết bị hoặc hợp đồng) và chuẩn bị số \
             sê-ri của thiết bị; nhiều nơi mở khóa từ xa hoặc tại điểm giao dịch.",
            "Call the issuer’s hotline (on the token or the contract) with the token’s serial number \
             at hand; many unlock remotely or at a branch.",
        )
    };
    lang.pick(vi, en).to_owned()
}
