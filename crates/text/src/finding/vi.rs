//! Findings in Vietnamese, as a treasury clerk would say them.

use hoso_domain::finding::FindingCode;

use super::bytes;
use crate::{Lang, Params};

pub(super) fn words(code: FindingCode, p: Params<'_>) -> String {
    let (label, value, expected, other) = (
        p.get("label"),
        p.get("value"),
        p.get("expected"),
        p.get("other"),
    );
    let named = p.quoted("label");
    use FindingCode as C;
    match code {
        C::FieldRequired => format!("Chưa điền{named}."),
        C::FieldMalformed => {
            format!("“{value}” không phải là {}.", kind_vi(expected))
        }
        C::FieldTooLong => format!("Ô{named} dài {value} ký tự, tối đa {expected}."),
        C::TickRequired => format!("Chưa chọn{named}: {expected}."),
        C::TickTooMany => format!("Chỉ được chọn một ô ở{named}: {expected}."),
        C::NoLines => "Chứng từ chưa có dòng chi tiết nào.".to_owned(),
        C::AmountNotPositive => format!("Số tiền phải lớn hơn 0 (đang là {value})."),
        C::TotalTooLarge => format!("Số tiền ở{named} vượt quá 15 chữ số."),
        C::FormulaMismatch => {
            format!(
                "Ô{named} ghi “{value}” nhưng tính ra “{expected}”. Mở lại chứng từ để tính lại."
            )
        }
        C::CodeUnknown => {
            let list = match p.get("catalogue") {
                "economic-content" => " (phải là tiểu mục, không phải mục)",
                "sector" => " (phải là khoản, không phải loại)",
                _ => "",
            };
            let near = match p.given("nearest") {
                Some(near) => format!(" Có phải: {near}?"),
                None => String::new(),
            };
            format!("{label} {value} không có trong danh mục đang áp dụng{list}.{near}")
        }
        C::AccountShape => format!(
            "Số tài khoản “{value}” chưa đúng dạng: 9523.4.1234567 hoặc thêm 5 số địa bàn \
             (9523.4.1234567.12345)."
        ),
        C::AccountForeign => {
            format!("Tài khoản {value} không mang mã đơn vị {expected} của đơn vị trả tiền.")
        }
        C::TaxCodeInvalid => format!(
            "Mã số thuế “{value}” không đúng. Mã đúng có 10 số, 10 số kèm 3 số chi nhánh, hoặc 12 số \
             định danh cá nhân; hãy dò lại từng số."
        ),
        C::DateInFuture => {
            format!("{label} là {value}, sau ngày chứng từ {expected}.")
        }
        C::BudgetYear if p.get("reason") == "advance" => format!(
            "Trong thời gian chỉnh lý, dự toán năm {value} không được tạm ứng; chỉ chọn Thực chi."
        ),
        C::BudgetYear if p.get("reason") == "entry" => {
            format!("Bút toán ngày {value} không thuộc sổ năm {expected}. Bỏ và ghi lại đúng năm.")
        }
        C::BudgetYear => format!(
            "Năm ngân sách {value} không còn chi được; năm nay là {expected} (năm trước chỉ đến hết \
             31/01)."
        ),
        C::PayeeAccountMissing => format!("Chuyển khoản thì phải có{named} của người hưởng."),
        C::CashReceiverMissing => format!("Chi tiền mặt thì phải có{named} của người nhận."),
        C::OverContract => format!(
            "Tổng thanh toán {value} lớn hơn tổng số tiền {expected} của hợp đồng hoặc quyết định."
        ),
        C::OverBalance => format!(
            "Tổng {value} lớn hơn số còn dùng được {expected} của tài khoản {}.",
            p.get("account")
        ),
        C::DuplicateInvoice => format!(
            "Hóa đơn {value} của người bán này đã có ở chứng từ số {}. Kiểm tra để không trả hai lần.",
            p.get("other")
        ),
        C::DuplicatePayment => format!(
            "Trong tháng đã có chứng từ số {} trả {value} cho tài khoản này. Kiểm tra để không trả \
             hai lần.",
            p.get("other")
        ),
        C::DuplicateNumber if p.get("reason") == "dossier" => {
            format!("Số chứng từ {value} đã ghi ở chứng từ khác của hồ sơ này. Hãy lấy số khác.")
        }
        C::DuplicateNumber => {
            format!("Số chứng từ {value} đã dùng cho hồ sơ khác trong năm. Hãy lấy số khác.")
        }
        C::NumbersUsedUp => {
            "Máy này đã dùng hết khối số chứng từ được cấp cho năm nay. Khi có mạng, cổng \
             cấp khối mới; cần gấp thì tự gõ một số mà máy khác của đơn vị không dùng."
                .to_owned()
        }
        C::SignerMissing => {
            format!("Chưa có người ký nào đăng ký với Kho bạc cho chức danh{named}.")
        }
        C::LegacyEncoding => format!(
            "Ô{named} có chữ gõ bằng bảng mã cũ (TCVN3, VNI): “{value}”. Hãy đổi hoặc gõ lại bằng Unicode."
        ),
        C::DecisionMissing if p.get("reason") == "adjustment" => format!(
            "Chưa thấy quyết định điều chỉnh dự toán ({other}) ở Kho bạc. Hồ sơ đầu tiên sau điều chỉnh \
             cần kèm quyết định này trong ngăn Gửi Kho bạc, tên tệp có chữ “quyết định”."
        ),
        C::DecisionMissing => format!(
            "Chưa thấy quyết định giao dự toán năm {value} ở Kho bạc. Hồ sơ đầu năm cần kèm quyết định \
             này trong ngăn Gửi Kho bạc, tên tệp có chữ “quyết định”."
        ),
        C::CodeExpired => match p.given("expected") {
            Some(new) => format!("{label} {value} đã hết hiệu lực; mã thay thế: {new}."),
            None => format!("{label} {value} không còn trong danh mục áp dụng cho ngày chứng từ."),
        },
        C::CodeNotSpending => format!(
            "{value} ({other}) là mã nội dung thu, không dùng cho khoản chi. Hãy chọn tiểu mục chi."
        ),
        C::CodeNotRevenue => format!(
            "{value} ({other}) là mã nội dung chi. Phần nộp ngân sách nhà nước cần tiểu mục thu, ví \
             dụ 1701."
        ),
        C::CodeContent => format!(
            "Nội dung dòng này giống tên tiểu mục {expected}, nhưng mã đang chọn là {value}. Kiểm \
             tra lại mã."
        ),
        C::AccountKind => {
            let kind = if expected == "9" {
                "tài khoản dự toán (đầu 9)"
            } else {
                "tài khoản tiền gửi (đầu 3)"
            };
            format!("Mẫu này dùng {kind}; tài khoản {value} có vẻ không phải.")
        }
        C::BlockIncomplete => format!("Đã ghi “{other}” thì phải điền đủ cả{named}."),
        C::InvoiceIncomplete => {
            format!("Còn thiếu{named}: số và ngày của hóa đơn, chứng từ đi cùng nhau.")
        }
        C::TaxBlockIncomplete => {
            format!("Có số nộp ngân sách nhà nước thì phải điền{named} ở phần nộp ngân sách.")
        }
        C::ListTotal => format!(
            "Danh sách cộng {value}, chứng từ số {other} trả cho đối tượng thụ hưởng {expected}. Hai số \
             phải bằng nhau."
        ),
        C::ListWithoutVoucher => format!(
            "Danh sách ghi kèm theo chứng từ số {value}, nhưng hồ sơ này không có chứng từ đó."
        ),
        C::ListTwice => format!(
            "Tài khoản {value} đã có ở dòng {other} của danh sách. Kiểm tra để không trả hai lần."
        ),
        C::PayeeName => format!(
            "Tài khoản {} trước nay mang tên “{other}”, dòng này ghi “{value}”. Sai tên hoặc số tài \
             khoản thì ngân hàng trả lại tiền.",
            p.get("account")
        ),
        C::CashAmount => format!(
            "Chi tiền mặt {value}. Từ {expected} trở lên phải thanh toán không dùng tiền mặt, trừ \
             trường hợp được phép."
        ),
        C::CashAndAccount => format!(
            "Đã chọn Tiền mặt nhưng vẫn ghi tài khoản {value}. Bỏ tài khoản hoặc chọn Chuyển khoản."
        ),
        C::OverAdvanceRule => {
            format!("Tạm ứng {value} vượt mức {expected} quy định tại hợp đồng hoặc quyết định.")
        }
        C::ContractOverpaid => format!(
            "Cùng các hồ sơ, chứng từ khác đã trả {other}, tổng của hợp đồng là {value}, vượt giá trị \
             {expected}."
        ),
        C::ContractDiffers => format!(
            "Chứng từ ghi giá trị hợp đồng {value}, sổ theo dõi ghi {expected}. Sửa một trong hai cho \
             khớp."
        ),
        C::OverAcceptance => {
            format!("Thanh toán {value} nhiều hơn giá trị nghiệm thu {expected}.")
        }
        C::OverEstimate => format!(
            "Nguồn, ngành {other}: hồ sơ này lấy {value}, sổ dự toán còn {expected}. Kiểm tra quyết \
             định giao, điều chỉnh dự toán."
        ),
        C::AdvanceContent => format!(
            "Thanh toán vào {value} nhưng đã tạm ứng ở {expected}. Chỉ thanh toán đúng nội dung đã \
             tạm ứng, hoặc trong cùng nhóm mục nếu đã tạm ứng ở tiểu mục khác."
        ),
        C::AdvanceDifference => format!(
            "Số đề nghị thanh toán vượt số đã tạm ứng {value}; chứng từ chuyển tiền trong hồ sơ là \
             {expected}. Hai số phải bằng nhau."
        ),
        C::AdvanceDiffers => {
            format!("Chứng từ ghi dư tạm ứng {value} ở {other}, sổ tạm ứng còn {expected}.")
        }
        C::ProvisionalContent => format!(
            "Tạm cấp chỉ chi lương, phụ cấp và nghiệp vụ; {value} thuộc mục “{other}”. Chờ dự toán \
             chính thức."
        ),
        C::ProvisionalOverTwelfth if p.get("reason") == "month" => format!(
            "Cùng các giấy đề nghị tạm cấp khác trong tháng, tổng là {value}, vượt bình quân một tháng \
             năm trước là {expected}."
        ),
        C::ProvisionalOverTwelfth => {
            format!("Ô{named} ghi {value}, vượt bình quân một tháng năm trước là {expected}.")
        }
        C::ProvisionalNotGranted => format!(
            "Chi từ dự toán tạm cấp {value}, nhưng số đã tạm cấp chỉ còn {expected}. Gửi mẫu 22 trước, \
             hoặc ghi số đã tạm cấp vào Sổ theo dõi."
        ),
        C::PriorYearAcceptance => format!(
            "Nghiệm thu ngày {value}, sau {expected}. Dự toán năm trước chỉ chi khối lượng hoàn thành \
             đến {expected}, trừ trường hợp được phép."
        ),
        C::DeadlinePassed => {
            let what = if p.get("reason") == "adjustment-end" {
                "trong thời gian chỉnh lý"
            } else {
                "rút dự toán, tạm ứng của năm"
            };
            format!("Hạn gửi hồ sơ {what} là {value}, đã qua. Hỏi Kho bạc trước khi trình ký.")
        }
        C::DifferenceUnexplained => format!(
            "Số đơn vị {value}, số Kho bạc {expected}. Ghi nguyên nhân chênh lệch vào ô{named}."
        ),
        C::PayrollCrossFoot => format!(
            "Tổng lương {value} khác thực lĩnh cộng các khoản trừ {expected}. Sửa bảng lương rồi nhập \
             lại."
        ),
        C::PayrollGross => format!(
            "Cột Tổng cộng ghi {value}, các khoản lương, phụ cấp cộng được {expected}. Kiểm tra xem có \
             cột nào chưa ghép."
        ),
        C::PayrollTotal => {
            format!("Cột{named} cộng được {expected}, bảng ghi tổng {value}.")
        }
        C::PayrollTwice => format!("“{value}” đã có ở dòng {other} của bảng lương."),
        C::BalanceNegative => {
            format!("{label} còn {value}: số dư không thể âm. Xem lại các bút toán.")
        }
        C::MovementUnmatched => format!(
            "Kho bạc ghi {value} ngày {expected}, chưa hồ sơ nào khớp. Chọn hồ sơ hoặc ghi bút toán \
             ngoài."
        ),
        C::MovementAmbiguous => format!(
            "Kho bạc ghi {value} ngày {expected}, có {other} hồ sơ cùng khớp. Hãy chọn đúng một."
        ),
        C::ComparisonOpen => format!(
            "Tài khoản {}: số đơn vị {value}, số Kho bạc {expected}; còn {other} chưa rõ nguyên nhân. \
             Nhập sao kê của Kho bạc hoặc ghi bút toán còn thiếu.",
            p.get("account")
        ),
        C::FileTooLarge => format!(
            "Tệp{named} nặng {}, cổng chỉ nhận tối đa {}. Hãy quét lại ở độ phân giải thấp hơn.",
            bytes(value, Lang::Vi),
            bytes(expected, Lang::Vi)
        ),
        C::FilesTooLarge => format!(
            "Các tệp trong ngăn Gửi Kho bạc cộng lại nặng {}, cổng chỉ nhận tối đa {} một hồ sơ. Hãy \
             quét lại ở độ phân giải thấp hơn, hoặc bớt tệp Kho bạc không yêu cầu.",
            bytes(value, Lang::Vi),
            bytes(expected, Lang::Vi)
        ),
    }
}

fn kind_vi(kind: &str) -> &'static str {
    match kind {
        "money" => "số tiền nguyên đồng, ví dụ 1.250.000",
        "date" => "ngày, ví dụ 22/11/2026",
        "year" => "năm gồm 4 chữ số",
        "integer" => "số nguyên",
        "code" => "mã số",
        "treasury-account" | "bank-account" => "số tài khoản",
        "identity-number" => "số căn cước gồm 12 số (hoặc 9 số cũ)",
        _ => "nội dung hợp lệ cho ô này",
    }
}
