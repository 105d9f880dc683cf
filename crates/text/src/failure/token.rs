//! Words of failures at the token: driver, PIN, PUK, key.

use hoso_contract::Code;

use crate::Params;

fn own(title: &str, cause: &str, remedy: &str) -> [String; 3] {
    [title, cause, remedy].map(str::to_owned)
}

/// Title, cause, remedy; blank for a code whose words stand elsewhere.
pub(super) fn vi(code: Code, p: Params<'_>) -> [String; 3] {
    use Code as C;
    let path = p.quoted("path");
    let bounds = match (p.number("min"), p.number("max")) {
        (Some(min), Some(max)) => format!("từ {min} đến {max} ký tự"),
        (Some(min), None) => format!("ít nhất {min} ký tự"),
        _ => "dài hoặc ngắn hơn".to_owned(),
    };
    match code {
        C::ModuleUnreadable => own(
            &format!("Không đọc được trình điều khiển{path}"),
            "Tệp trình điều khiển có trên máy nhưng hệ điều hành không cho đọc. Hồ sơ vẫn chờ ký.",
            "Kiểm tra quyền đọc tệp, hoặc nhờ người quản trị máy cài lại phần mềm của nơi cấp.",
        ),
        C::ModuleTruncated => own(
            &format!("Tệp trình điều khiển{path} bị cụt"),
            "Tệp tải về hoặc cài đặt chưa trọn vẹn nên không nạp được. Hồ sơ vẫn chờ ký.",
            "Cài lại phần mềm của nơi cấp chứng thư số.",
        ),
        C::ModuleOtherSystem => own(
            &format!("Trình điều khiển{path} dành cho hệ điều hành khác"),
            &match p.given("found") {
                Some(system) => {
                    format!("Thư viện này của {system}, máy này không dùng được. Hồ sơ vẫn chờ ký.")
                }
                None => "Máy này không dùng được thư viện đó. Hồ sơ vẫn chờ ký.".to_owned(),
            },
            "Cài bản trình điều khiển dành cho hệ điều hành của máy này.",
        ),
        C::ModuleNotPkcs11 => own(
            &format!("Thư viện{path} không phải PKCS#11"),
            "Đây là thư viện khác, có thể là phần vỏ CSP (tên có đuôi _s.dll). Hồ sơ vẫn chờ ký.",
            "Chọn tệp PKCS#11 nằm cạnh đó, thường cùng tên nhưng không có đuôi _s.",
        ),
        C::ModuleNotLoaded => own(
            &format!("Không nạp được trình điều khiển{path}"),
            "Thường do thiếu một thư viện mà trình điều khiển cần. Hồ sơ vẫn chờ ký.",
            "Cài lại trọn bộ phần mềm của nơi cấp chứng thư số rồi tìm lại thiết bị.",
        ),
        C::TokenHelperMissing => own(
            "Thiếu chương trình phụ hoso-token",
            "Chương trình phụ nói chuyện với thiết bị ký không chạy được, có thể bị phần mềm diệt vi-rút \
             cách ly. Hồ sơ vẫn chờ ký.",
            "Cài lại Hoso; nếu vẫn thiếu, khôi phục tệp trong phần mềm diệt vi-rút.",
        ),
        C::TokenHelperForeign => own(
            "Chương trình phụ hoso-token khác phiên bản",
            "Hai phần của chương trình không hiểu nhau nên chưa ký gì. Hồ sơ vẫn chờ ký.",
            "Cài lại Hoso để hai phần cùng phiên bản.",
        ),
        C::TokenUnreadable => own(
            "Thiết bị ký cắm vào nhưng không đọc được",
            "Có thiết bị trong khe cắm, nhưng trình điều khiển không hiểu thông tin của nó. Hồ sơ vẫn \
             chờ ký.",
            "Cắm sang cổng khác, hoặc chọn đúng trình điều khiển của thiết bị này.",
        ),
        C::TokenTwins => own(
            "Hai thiết bị ký có cùng số sê-ri",
            "Không phân biệt được hai thiết bị nên mã PIN không được gửi tới thiết bị nào. Chưa dùng lần \
             thử nào; hồ sơ vẫn chờ ký.",
            "Rút bớt một thiết bị rồi tìm lại.",
        ),
        C::NoPrivateKey => own(
            "Thiết bị không có khóa bí mật của chứng thư số",
            "Chứng thư số nằm trên thiết bị nhưng khóa để ký thì không. Hồ sơ vẫn chờ ký.",
            "Cắm đúng thiết bị của người ký, hoặc nhờ nơi cấp nạp lại chứng thư số.",
        ),
        C::TokenPinInvalid => own(
            "Mã PIN có ký tự thiết bị không nhận",
            "Thường do bộ gõ tiếng Việt thêm dấu vào mã. Hồ sơ vẫn chờ ký.",
            "Tắt bộ gõ tiếng Việt rồi nhập lại mã PIN.",
        ),
        C::TokenPinNotSet => own(
            "Thiết bị ký chưa được đặt mã PIN",
            "Thiết bị mới chưa khởi tạo mã PIN của người dùng nên chưa ký được. Hồ sơ vẫn chờ ký.",
            "Đặt mã PIN lần đầu bằng phần mềm của nơi cấp chứng thư số.",
        ),
        C::TokenPinNeeded => own(
            "Chưa nhập mã PIN",
            "Thiết bị này cần mã PIN để ký; chương trình không gửi mã trống. Chưa dùng lần thử nào.",
            "Nhập mã PIN của thiết bị ký.",
        ),
        C::TokenPinOnReader => own(
            "Mã PIN nhập trên bàn phím của thiết bị",
            "Thiết bị có bàn phím riêng nên chương trình không gửi mã PIN. Chưa dùng lần thử nào.",
            "Để trống ô mã PIN, bấm Ký rồi nhập mã trên thiết bị.",
        ),
        C::TokenCancelled => own(
            "Đã hủy ở thiết bị ký",
            "Người ký bấm hủy hoặc không nhập mã trên thiết bị. Hồ sơ vẫn chờ ký.",
            "Bấm ký lại khi người ký sẵn sàng.",
        ),
        C::TokenOtherUser => own(
            "Thiết bị ký đang mở cho người khác",
            "Chương trình khác đang đăng nhập thiết bị với vai trò khác. Chưa dùng lần thử nào.",
            "Đóng phần mềm quản lý thiết bị của nơi cấp rồi cắm lại thiết bị.",
        ),
        C::TokenNotOpen => own(
            "Phiên làm việc với thiết bị ký đã đóng",
            "Những hồ sơ ký xong đã được cất; hồ sơ còn lại vẫn chờ ký.",
            "Nhập lại mã PIN để ký tiếp.",
        ),
        C::TokenKeyRefused => own(
            "Khóa trên thiết bị không được phép ký",
            "Khóa của chứng thư số này không dùng cho chữ ký, hoặc độ dài không được chấp nhận. Hồ sơ vẫn \
             chờ ký.",
            "Chọn chứng thư số khác, hoặc hỏi nơi cấp chứng thư số.",
        ),
        C::TokenFailed => own(
            "Trình điều khiển báo lỗi chung",
            "Lỗi này không có nghĩa là sai mã PIN. Chương trình đã dừng và không tự thử lại; hồ sơ vẫn \
             chờ ký.",
            "Rút và cắm lại thiết bị, đợi đèn sáng rồi ký lại.",
        ),
        C::TokenBusy => own(
            "Thiết bị ký đang bận",
            "Chương trình khác đang giữ thiết bị. Hồ sơ vẫn chờ ký.",
            "Đóng trình duyệt và phần mềm khác đang dùng thiết bị rồi thử lại.",
        ),
        C::TokenReadOnly => own(
            "Thiết bị ký không cho ghi",
            "Việc này cần ghi lên thiết bị mà trình điều khiển từ chối. Không có gì thay đổi.",
            "Đổi mã PIN bằng phần mềm của nơi cấp chứng thư số.",
        ),
        C::TokenNoMemory => own(
            "Máy hoặc thiết bị ký hết bộ nhớ",
            "Chưa ký được vì thiếu bộ nhớ. Hồ sơ vẫn chờ ký.",
            "Đóng bớt chương trình, rút và cắm lại thiết bị rồi thử lại.",
        ),
        C::TokenNotSupported => own(
            "Trình điều khiển không làm được việc này",
            "Phần mềm của nơi cấp không có chức năng này. Thiết bị và hồ sơ không thay đổi.",
            "Làm bằng phần mềm quản lý thiết bị của nơi cấp, hoặc liên hệ nơi cấp.",
        ),
        C::TokenNewPinLength => own(
            "Mã PIN mới chưa đúng độ dài",
            &format!("Thiết bị nhận mã {bounds}. Mã PIN cũ vẫn dùng được."),
            "Đặt lại mã PIN mới đúng độ dài.",
        ),
        C::TokenNewPinRefused => own(
            "Thiết bị không nhận mã PIN mới",
            "Mã mới quá dễ đoán, trùng mã cũ hoặc có ký tự không được nhận. Mã PIN cũ vẫn dùng được.",
            "Đặt mã khác, chỉ gồm chữ không dấu và chữ số.",
        ),
        C::TokenWrongPuk => own(
            "Sai mã mở khóa (PUK) của thiết bị",
            "Một lần thử mã PUK đã bị trừ; chương trình đã dừng. Khi hết lần thử, thiết bị phải cấp mới.",
            "Xem lại giấy ghi mã PUK của nơi cấp; nếu không chắc, hãy dừng lại và liên hệ nơi cấp.",
        ),
        C::TokenPukLocked => own(
            "Mã mở khóa (PUK) của thiết bị đã bị khóa",
            "Thiết bị không mở khóa được ở đây nữa. Hồ sơ vẫn chờ ký.",
            "Mang thiết bị đến nơi cấp; trong lúc đó người được ủy quyền có thể ký thay.",
        ),
        C::TrainingSignerOnly => own(
            "Chữ ký tập huấn không dùng cho hồ sơ thật",
            "Khóa tập huấn chỉ ký được khi kết nối cổng tập huấn. Hồ sơ vẫn chờ ký.",
            "Cắm thiết bị ký của người đã đăng ký với Kho bạc.",
        ),
        C::SignerBothRoles => own(
            "Một người không được ký cả hai chữ ký",
            "Người này đang giữ cả vai trò Kế toán trưởng và Chủ tài khoản, hoặc đã ký bước trước của hồ sơ. \
             Chưa dùng lần thử mã PIN nào; hồ sơ vẫn chờ ký.",
            "Nhờ đúng người còn lại ký, hoặc đăng ký lại người ký với Kho bạc.",
        ),
        C::SignerReplaced => own(
            "Người đã ký bước trước không còn được ký",
            "Đăng ký người ký đã thay đổi giữa chừng, nên chữ ký trước không dùng được nữa. Hồ sơ vẫn được \
             lưu.",
            "Rút về sửa rồi trình ký lại; người ký mới ký từ đầu.",
        ),
        C::SignerBeyond => own(
            &match p.given("name") {
                Some(name) => format!("{name} vượt quá số người được ký"),
                None => "Vượt quá số người được ký".to_owned(),
            },
            &match (p.given("account"), p.number("most")) {
                (Some(account), Some(most)) => format!(
                    "Tài khoản {account} đã có đủ {most} người được bổ nhiệm trước ký vai trò này, Kho bạc \
                     không nhận thêm. Chưa dùng lần thử mã PIN nào; hồ sơ vẫn chờ ký."
                ),
                _ => "Kho bạc nhận tối đa 4 chữ ký thứ nhất và 3 chữ ký thứ hai cho một tài khoản. Chưa dùng \
                      lần thử mã PIN nào; hồ sơ vẫn chờ ký."
                    .to_owned(),
            },
            "Nhờ người được bổ nhiệm trước ký, hoặc đăng ký lại người ký với Kho bạc.",
        ),
        C::SigningStopped => own(
            "Đã dừng ký theo yêu cầu",
            "Những hồ sơ ký xong đã được cất; hồ sơ còn lại vẫn chờ ký.",
            "Bấm ký lại khi muốn ký tiếp các hồ sơ còn lại.",
        ),
        C::SigningRuns => own(
            "Đang ký một loạt hồ sơ khác",
            "Mỗi lúc chỉ ký một loạt. Mã PIN vừa nhập không được gửi tới thiết bị; hồ sơ vẫn chờ ký.",
            "Đợi loạt đang ký xong, hoặc dừng loạt đó, rồi ký tiếp.",
        ),
        _ => Default::default(),
    }
}

/// As [`vi`], in English.
pub(super) fn en(code: Code, p: Params<'_>) -> [String; 3] {
    use Code as C;
    let path = p.quoted("path");
    let bounds = match (p.number("min"), p.number("max")) {
        (Some(min), Some(max)) => format!("{min} to {max} characters"),
        (Some(min), None) => format!("at least {min} characters"),
        _ => "another length".to_owned(),
    };
    match code {
        C::ModuleUnreadable => own(
            &format!("The driver{path} cannot be read"),
            "The driver is there, but the system does not let it be read.",
            "Check the file’s permissions, or install the issuer’s program again.",
        ),
        C::ModuleTruncated => own(
            &format!("The driver{path} is cut short"),
            "Its file is not whole, so it cannot be loaded.",
            "Install the issuer’s program again.",
        ),
        C::ModuleOtherSystem => own(
            &format!("The driver{path} is for another system"),
            "It is made for another operating system than this PC’s.",
            "Install the driver for this operating system.",
        ),
        C::ModuleNotPkcs11 => own(
            &format!("The library{path} is not PKCS#11"),
            "It is another library, perhaps the CSP shell (a name ending in _s.dll).",
            "Choose the PKCS#11 file beside it, mostly the same name without _s.",
        ),
        C::ModuleNotLoaded => own(
            &format!("The driver{path} could not be loaded"),
            "Mostly a library it needs is missing.",
            "Install the issuer’s whole program again and look for the token.",
        ),
        C::TokenHelperMissing => own(
            "The helper program hoso-token is missing",
            "The program that speaks with tokens does not run; a virus scanner may hold it.",
            "Install Hoso again, or restore the file in the virus scanner.",
        ),
        C::TokenHelperForeign => own(
            "The helper program hoso-token is of another version",
            "The two parts of the program do not understand each other; nothing was signed.",
            "Install Hoso again.",
        ),
        C::TokenUnreadable => own(
            "A token is plugged in but cannot be read",
            "The driver does not understand what the token says of itself.",
            "Use another port, or choose this token’s own driver.",
        ),
        C::TokenTwins => own(
            "Two tokens have the same serial number",
            "They cannot be told apart, so the PIN went to neither. No try was spent.",
            "Unplug one of them and look again.",
        ),
        C::NoPrivateKey => own(
            "The token holds no private key for this certificate",
            "The certificate is there, the key to sign with is not.",
            "Plug in the signer’s own token, or ask the issuer.",
        ),
        C::TokenPinInvalid => own(
            "The PIN has characters the token does not take",
            "Mostly a Vietnamese keyboard program added marks.",
            "Switch it off and type the PIN again.",
        ),
        C::TokenPinNotSet => own(
            "The token has no PIN yet",
            "It is new, and its user PIN was never set.",
            "Set it with the issuer’s program.",
        ),
        C::TokenPinNeeded => own(
            "No PIN was typed",
            "This token needs one; an empty PIN is never sent. No try was spent.",
            "Type the token’s PIN.",
        ),
        C::TokenPinOnReader => own(
            "The PIN is typed on the reader",
            "The reader has keys of its own, so no PIN is sent. No try was spent.",
            "Leave the PIN empty, press Sign and type it on the reader.",
        ),
        C::TokenCancelled => own(
            "Cancelled at the reader",
            "The signer cancelled, or typed nothing on the reader.",
            "Sign again when the signer is ready.",
        ),
        C::TokenOtherUser => own(
            "The token is open for somebody else",
            "Another program is logged in with another role. No try was spent.",
            "Close the issuer’s program and plug the token in again.",
        ),
        C::TokenNotOpen => own(
            "The session with the token is closed",
            "What was signed is kept; the rest still waits for signing.",
            "Type the PIN again to go on.",
        ),
        C::TokenKeyRefused => own(
            "The key on the token may not sign",
            "It is not meant for signatures, or its length is not accepted.",
            "Choose another certificate, or ask the issuer.",
        ),
        C::TokenFailed => own(
            "The driver reports a general failure",
            "That does not mean a wrong PIN. The program stopped and does not try again by itself.",
            "Plug the token in again, wait for its light and sign again.",
        ),
        C::TokenBusy => own(
            "The token is busy",
            "Another program holds it.",
            "Close the browser and other programs that use it and try again.",
        ),
        C::TokenReadOnly => own(
            "The token does not let itself be written",
            "This needs writing to the token, which its driver refuses. Nothing changed.",
            "Change the PIN with the issuer’s program.",
        ),
        C::TokenNoMemory => own(
            "The PC or the token is out of memory",
            "There was not enough memory to sign.",
            "Close some programs, plug the token in again and try again.",
        ),
        C::TokenNotSupported => own(
            "The driver cannot do this",
            "The issuer’s driver lacks this function. Nothing changed.",
            "Use the issuer’s own program, or ask the issuer.",
        ),
        C::TokenNewPinLength => own(
            "The new PIN has the wrong length",
            &format!("The token takes {bounds}. The old PIN still works."),
            "Choose a new PIN of the right length.",
        ),
        C::TokenNewPinRefused => own(
            "The token does not take the new PIN",
            "It is too easy to guess, the same as before, or has characters it does not take.",
            "Choose another, of plain letters and digits.",
        ),
        C::TokenWrongPuk => own(
            "Wrong PUK of the token",
            "One try of the PUK was spent; the program stopped.",
            "Look at the issuer’s paper again. If unsure, stop and ask the issuer.",
        ),
        C::TokenPukLocked => own(
            "The token’s PUK is locked",
            "The token cannot be unlocked here any more.",
            "Bring it to its issuer; meanwhile a delegate may sign.",
        ),
        C::TrainingSignerOnly => own(
            "A training signature is not for real dossiers",
            "The training key signs only where the training portal is connected.",
            "Plug in the token of a signer who is registered with the treasury.",
        ),
        C::SignerBothRoles => own(
            "One person may not give both signatures",
            "This person holds both roles, or signed the step before. No PIN try was spent.",
            "Let the other signer sign, or register the signers anew with the treasury.",
        ),
        C::SignerReplaced => own(
            "Who signed the step before may not sign any more",
            "The registered signers changed meanwhile, so that signature no longer stands.",
            "Take the dossier back and submit it again; the new signer signs from the start.",
        ),
        C::SignerBeyond => own(
            &match p.given("name") {
                Some(name) => format!("{name} is one signer too many"),
                None => "One signer too many".to_owned(),
            },
            &match (p.given("account"), p.number("most")) {
                (Some(account), Some(most)) => format!(
                    "Account {account} has {most} signers of this role who were appointed earlier; the \
                     treasury takes no more. No PIN try was spent."
                ),
                _ => "The treasury takes 4 first and 3 second signatures to an account. No PIN try was \
                      spent."
                    .to_owned(),
            },
            "Let one appointed earlier sign, or register the signers anew with the treasury.",
        ),
        C::SigningStopped => own(
            "Signing was stopped as asked",
            "What was signed is kept; the rest still waits for signing.",
            "Sign again to go on with the rest.",
        ),
        C::SigningRuns => own(
            "Another batch is being signed",
            "One is signed at a time. The PIN just typed went to no token; the dossiers still wait.",
            "Wait for its end, or stop it, and sign then.",
        ),
        _ => Default::default(),
    }
}
