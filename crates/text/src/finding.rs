//! One sentence per finding: what is wrong and what is expected. Refuses to name the place: the
//! screen leads there ([`place`] names it where a list stands alone).

use hoso_domain::finding::{Finding, FindingCode, Place};
use hoso_domain::form::{FieldKind, display};

use crate::{Lang, Params, size};

/// The finding in words. Values come from the check: `label`, `value`, `expected`, `other` …
pub fn finding(finding: &Finding, lang: Lang) -> String {
    let p = Params(&finding.params);
    let label = p.get("label");
    let value = p.get("value");
    let expected = p.get("expected");
    let named = || p.quoted("label");
    let line = match (p.given("line"), &finding.place) {
        (Some(line), Place::Cell { .. }) => match lang {
            Lang::Vi => format!("Dòng {line}: "),
            Lang::En => format!("Line {line}: "),
        },
        _ => String::new(),
    };
    let text = match lang {
        Lang::Vi => vietnamese(finding.code, p, label, value, expected, &named()),
        Lang::En => english(finding.code, p, label, value, expected, &named()),
    };
    format!("{line}{text}")
}

fn vietnamese(
    code: FindingCode,
    p: Params<'_>,
    label: &str,
    value: &str,
    expected: &str,
    named: &str,
) -> String {
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
            format!("{label} {value} không có trong danh mục đang áp dụng{list}.")
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
        C::OverAdvance => format!(
            "Đề nghị thanh toán {value} lớn hơn số dư tạm ứng {expected}. Phần vượt lập ở giấy rút dự \
             toán (Thực chi)."
        ),
        C::ListWithoutVoucher => format!(
            "Danh sách ghi kèm theo chứng từ số {value}, nhưng hồ sơ này không có chứng từ số đó."
        ),
        C::ListTotal => format!(
            "Danh sách cộng {value}, còn chứng từ số {} trả {expected}. Hai số phải bằng nhau.",
            p.get("other")
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
        C::DuplicateNumber => {
            format!("Số chứng từ {value} đã dùng cho hồ sơ khác trong năm. Hãy lấy số khác.")
        }
        C::SignerMissing => {
            format!("Chưa có người ký nào đăng ký với Kho bạc cho chức danh{named}.")
        }
        C::LegacyEncoding => format!(
            "Ô{named} có chữ gõ bằng bảng mã cũ (TCVN3, VNI): “{value}”. Hãy đổi hoặc gõ lại bằng Unicode."
        ),
        C::DecisionMissing => format!(
            "Chưa thấy quyết định giao dự toán năm {value} ở Kho bạc. Hồ sơ đầu năm cần kèm quyết định \
             này trong ngăn Gửi Kho bạc."
        ),
        C::FileTooLarge => format!(
            "Tệp{named} nặng {}, cổng chỉ nhận tối đa {}. Hãy quét lại ở độ phân giải thấp hơn.",
            bytes(value, Lang::Vi),
            bytes(expected, Lang::Vi)
        ),
    }
}

fn english(
    code: FindingCode,
    p: Params<'_>,
    label: &str,
    value: &str,
    expected: &str,
    named: &str,
) -> String {
    use FindingCode as C;
    match code {
        C::FieldRequired => format!("Not filled in:{named}."),
        C::FieldMalformed => format!("“{value}” is not {}.", kind_en(expected)),
        C::FieldTooLong => format!("Field{named} has {value} characters, at most {expected}."),
        C::TickRequired => format!("Nothing ticked for{named}: {expected}."),
        C::TickTooMany => format!("Tick only one for{named}: {expected}."),
        C::NoLines => "The voucher has no line yet.".to_owned(),
        C::AmountNotPositive => format!("The amount must be above 0 (it is {value})."),
        C::TotalTooLarge => format!("The amount in{named} has more than 15 digits."),
        C::FormulaMismatch => {
            format!(
                "Field{named} says “{value}” but comes to “{expected}”. Open the voucher again."
            )
        }
        C::CodeUnknown => format!("{label} {value} is not in the list now in force."),
        C::AccountShape => {
            format!("Account “{value}” is not of the shape 9523.4.1234567 or 9523.4.1234567.12345.")
        }
        C::AccountForeign => {
            format!("Account {value} does not carry the code {expected} of the unit that pays.")
        }
        C::TaxCodeInvalid => format!(
            "Tax code “{value}” is wrong. It has 10 digits, 10 and 3 of a branch, or 12 of a citizen."
        ),
        C::DateInFuture => format!("{label} is {value}, after the voucher’s day {expected}."),
        C::BudgetYear if p.get("reason") == "advance" => {
            format!("In the adjustment period the estimate of {value} pays nothing in advance.")
        }
        C::BudgetYear => format!(
            "Budget year {value} is closed; this year is {expected} (last year only to 31 January)."
        ),
        C::PayeeAccountMissing => format!("A transfer needs the payee’s{named}."),
        C::CashReceiverMissing => format!("Cash needs the receiver’s{named}."),
        C::OverContract => {
            format!("The total {value} is over the contract’s or decision’s {expected}.")
        }
        C::OverBalance => format!(
            "The total {value} is over the usable balance {expected} of account {}.",
            p.get("account")
        ),
        C::OverAdvance => format!("{value} to settle is more than the advance left, {expected}."),
        C::ListWithoutVoucher => {
            format!("The list belongs to voucher {value}, which is not in this dossier.")
        }
        C::ListTotal => format!(
            "The list comes to {value}, but voucher {} pays {expected}. They must be equal.",
            p.get("other")
        ),
        C::DuplicateInvoice => format!(
            "Invoice {value} of this seller stands on voucher {} already. Do not pay twice.",
            p.get("other")
        ),
        C::DuplicatePayment => format!(
            "Voucher {} of this month pays {value} to this account already. Do not pay twice.",
            p.get("other")
        ),
        C::DuplicateNumber => format!("Number {value} is used by another dossier of the year."),
        C::SignerMissing => format!("No signer is registered with the treasury as{named}."),
        C::LegacyEncoding => {
            format!("Field{named} holds text in TCVN3 or VNI. Type it again in Unicode: “{value}”.")
        }
        C::DecisionMissing => format!(
            "The treasury is not known to hold the estimate decision of {value}. The year’s first \
             dossier needs it in the drawer for the treasury."
        ),
        C::FileTooLarge => format!(
            "File{named} has {}, the portal takes at most {}.",
            bytes(value, Lang::En),
            bytes(expected, Lang::En)
        ),
    }
}

fn bytes(text: &str, lang: Lang) -> String {
    text.parse()
        .map_or_else(|_| text.to_owned(), |n| size(n, lang))
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

fn kind_en(kind: &str) -> &'static str {
    match kind {
        "money" => "a whole amount such as 1.250.000",
        "date" => "a day such as 22/11/2026",
        "year" => "a year of four digits",
        "integer" => "a whole number",
        "code" => "a code",
        "treasury-account" | "bank-account" => "an account number",
        "identity-number" => "an identity number of 12 (or 9) digits",
        _ => "what this field takes",
    }
}

/// Where a finding belongs, for lists that stand alone: `Chứng từ 2, dòng 3`; blank for the dossier.
pub fn place(place: &Place, lang: Lang) -> String {
    let number = |n: &usize| display(FieldKind::Integer, &n.saturating_add(1).to_string());
    let voucher = |n: &usize| format!("{} {}", lang.pick("Chứng từ", "Voucher"), number(n));
    match place {
        Place::Dossier => String::new(),
        Place::Voucher { voucher: v } | Place::Field { voucher: v, .. } => voucher(v),
        Place::Cell {
            voucher: v, row, ..
        } => {
            format!(
                "{}, {} {}",
                voucher(v),
                lang.pick("dòng", "line"),
                number(row)
            )
        }
        Place::File { path } => path.rsplit('/').next().unwrap_or(path).to_owned(),
    }
}
