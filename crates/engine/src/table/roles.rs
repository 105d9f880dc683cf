//! What the columns of a table may be, and a guess from their heads. The person has the last word.

use hoso_domain::text::fold;

const PAYROLL: &[&str] = &[
    "name",
    "account",
    "bank",
    "group",
    "gross",
    "insurance",
    "union",
    "tax",
    "net",
];
const PAYEES: &[&str] = &["name", "account", "bank", "tax_code"];
const ENTRIES: &[&str] = &[
    "day",
    "kind",
    "account",
    "source",
    "sector",
    "programme",
    "economic_content",
    "amount",
    "document_no",
    "document_day",
    "note",
    "contract",
];
const MOVEMENTS: &[&str] = &["day", "account", "out", "in", "reference", "text"];
const CODES: &[&str] = &[
    "catalogue",
    "code",
    "name",
    "replaces",
    "valid_from",
    "valid_to",
    "source",
];
/// Danh sách đối tượng thụ hưởng (form 20).
const LIST: &[&str] = &["name", "account", "bank", "group", "amount"];
const LINES: &[&str] = &[
    "content",
    "invoice_no",
    "invoice_date",
    "document_no",
    "document_date",
    "economic_content",
    "sector",
    "source",
    "amount",
];

/// The roles a purpose knows; none for an unknown purpose. A pay table also takes any tiểu mục
/// (6001 …): an earning of that content, or from 6301 on the employer's part.
pub fn roles(purpose: &str) -> &'static [&'static str] {
    match purpose {
        "payroll" => PAYROLL,
        "payees" => PAYEES,
        "entries" => ENTRIES,
        "movements" => MOVEMENTS,
        "codes" => CODES,
        "lines" => LINES,
        "list" => LIST,
        _ => &[],
    }
}

/// The roles without which no row of a purpose can be taken.
pub fn needed(purpose: &str) -> &'static [&'static str] {
    match purpose {
        "payroll" => &["name", "account", "net"],
        "payees" => &["name", "account"],
        "entries" => &["day", "kind", "amount"],
        "movements" => &["day", "account"],
        "codes" => &["catalogue", "code", "name", "valid_from"],
        "lines" => &["content", "amount"],
        "list" => &["name", "account", "amount"],
        _ => &[],
    }
}

/// Whether a role of a pay table is a tiểu mục: several columns may go to one.
pub fn is_content(role: &str) -> bool {
    role.len() == 4 && role.bytes().all(|b| b.is_ascii_digit())
}

/// The role a column's head seems to name; empty for none.
pub fn guess(purpose: &str, head: &str) -> String {
    let head = fold(head);
    let said = |words: &[&str]| words.iter().any(|w| head.contains(w));
    if let Some(role) = roles(purpose).iter().find(|r| head == fold(r)) {
        return (*role).to_owned();
    }
    let content: String = head.chars().filter(char::is_ascii_digit).collect();
    if purpose == "payroll" && content.len() == 4 && content.starts_with('6') {
        return content;
    }
    let role = match purpose {
        "payroll" => {
            if said(&["ho va ten", "ho ten"]) {
                "name"
            } else if said(&["so tai khoan", "so tk", "tai khoan"]) {
                "account"
            } else if said(&["ngan hang"]) {
                "bank"
            } else if said(&["nhom", "doi tuong"]) {
                "group"
            } else if said(&["thuc linh", "thuc nhan", "con nhan"]) {
                "net"
            } else if said(&["khau tru", "khoan tru"]) {
                ""
            } else if said(&["tong luong", "tong thu nhap", "tong cong"]) {
                "gross"
            } else if said(&["doan phi", "cong doan"]) {
                "union"
            } else if said(&["thue"]) {
                "tax"
            } else if said(&["bao hiem", "bhxh"]) {
                "insurance"
            } else if said(&["phu cap chuc vu"]) {
                "6101"
            } else if said(&["phu cap khu vuc"]) {
                "6102"
            } else if said(&["hop dong"]) && said(&["luong"]) {
                "6051"
            } else if said(&["luong"]) {
                "6001"
            } else {
                ""
            }
        }
        "payees" => {
            if said(&["ma so thue", "mst"]) {
                "tax_code"
            } else if said(&["tai khoan", "so tk"]) {
                "account"
            } else if said(&["ngan hang", "kho bac"]) {
                "bank"
            } else if said(&["ten", "don vi"]) {
                "name"
            } else {
                ""
            }
        }
        "entries" => {
            if said(&["ngay quyet dinh", "ngay van ban"]) {
                "document_day"
            } else if said(&["so quyet dinh", "so van ban"]) {
                "document_no"
            } else if said(&["hop dong"]) && !said(&["ngay"]) {
                "contract"
            } else if said(&["ngay"]) {
                "day"
            } else if said(&["loai", "but toan"]) {
                "kind"
            } else if said(&["tai khoan"]) {
                "account"
            } else if said(&["nguon"]) {
                "source"
            } else if said(&["nganh", "khoan"]) {
                "sector"
            } else if said(&["chuong trinh", "ctmt"]) {
                "programme"
            } else if said(&["noi dung kinh te", "tieu muc"]) {
                "economic_content"
            } else if said(&["so tien"]) {
                "amount"
            } else if said(&["ghi chu", "dien giai"]) {
                "note"
            } else {
                ""
            }
        }
        "movements" => {
            if said(&["ngay"]) {
                "day"
            } else if said(&["ghi no", "so tien no", "phat sinh no", "no"]) {
                "out"
            } else if said(&["ghi co", "so tien co", "phat sinh co", "co"]) {
                "in"
            } else if said(&["tai khoan"]) {
                "account"
            } else if said(&["chung tu", "ma ho so"]) {
                "reference"
            } else if said(&["dien giai", "noi dung"]) {
                "text"
            } else {
                ""
            }
        }
        "codes" => {
            if said(&["thay the", "ma cu"]) {
                "replaces"
            } else if said(&["danh muc"]) {
                "catalogue"
            } else if said(&["tu ngay", "hieu luc"]) {
                "valid_from"
            } else if said(&["den ngay"]) {
                "valid_to"
            } else if said(&["ten"]) {
                "name"
            } else if said(&["can cu", "nguon tin"]) {
                "source"
            } else if said(&["ma"]) {
                "code"
            } else {
                ""
            }
        }
        "list" => {
            if said(&["tai khoan", "so tk"]) && !said(&["ten tai khoan", "chu tai khoan"]) {
                "account"
            } else if said(&["ngan hang"]) {
                "bank"
            } else if said(&["nhom"]) {
                "group"
            } else if said(&["so tien", "thuc linh", "thuc nhan", "thanh tien"]) {
                "amount"
            } else if said(&["ho va ten", "ho ten", "doi tuong", "ten"]) {
                "name"
            } else {
                ""
            }
        }
        "lines" => {
            if said(&["ngay hoa don"]) {
                "invoice_date"
            } else if said(&["hoa don"]) {
                "invoice_no"
            } else if said(&["ngay chung tu"]) {
                "document_date"
            } else if said(&["chung tu"]) {
                "document_no"
            } else if said(&["noi dung kinh te", "tieu muc"]) {
                "economic_content"
            } else if said(&["nganh", "khoan"]) {
                "sector"
            } else if said(&["nguon"]) {
                "source"
            } else if said(&["so tien", "thanh tien"]) {
                "amount"
            } else if said(&["noi dung", "dien giai"]) {
                "content"
            } else {
                ""
            }
        }
        _ => "",
    };
    role.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_as_accountants_write_them_are_recognised() {
        for (purpose, head, role) in [
            ("payroll", "Họ và tên", "name"),
            ("payroll", "Số tài khoản", "account"),
            ("payroll", "Lương ngạch bậc (6001)", "6001"),
            ("payroll", "Phụ cấp chức vụ", "6101"),
            ("payroll", "BHXH, BHYT, BHTN (10,5%)", "insurance"),
            ("payroll", "Đoàn phí", "union"),
            ("payroll", "Thuế TNCN", "tax"),
            ("payroll", "Thực lĩnh", "net"),
            ("payroll", "Tổng cộng", "gross"),
            ("payroll", "Tổng cộng các khoản trừ", ""),
            ("payroll", "Ký nhận", ""),
            ("entries", "Ngày quyết định", "document_day"),
            ("entries", "Mã nguồn", "source"),
            ("entries", "Số hợp đồng", "contract"),
            ("movements", "Phát sinh nợ", "out"),
            ("payees", "Mã số thuế", "tax_code"),
            ("lines", "Số tiền", "amount"),
        ] {
            assert_eq!(guess(purpose, head), role, "{head}");
        }
        for purpose in [
            "payroll",
            "payees",
            "entries",
            "movements",
            "codes",
            "lines",
            "list",
        ] {
            for role in roles(purpose) {
                assert_eq!(guess(purpose, role), *role, "a written file reads back");
            }
        }
    }
}
