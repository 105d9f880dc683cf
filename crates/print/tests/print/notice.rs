use chrono::NaiveDate;
use hoso_print::{Notice, notice, pages};

use crate::sample::{keep, text};

fn advice() -> Notice {
    Notice {
        parent: "KHO BẠC NHÀ NƯỚC KHU VỰC XVII".into(),
        issuer: "PHÒNG GIAO DỊCH SỐ 5".into(),
        number: "0147/GBN".into(),
        title: "GIẤY BÁO NỢ".into(),
        subtitle: "(Đào tạo)".into(),
        opening: vec![
            "Kho bạc Nhà nước thông báo đã ghi Nợ tài khoản của đơn vị theo nội dung sau:".into(),
        ],
        rows: [
            ("Đơn vị", "Ủy ban nhân dân xã Tân Phú"),
            ("Tài khoản", "9523.4.1234567"),
            ("Số chứng từ", "RDT-0147"),
            ("Số tiền", "48.750.000"),
            (
                "Bằng chữ",
                "Bốn mươi tám triệu bảy trăm năm mươi nghìn đồng",
            ),
            (
                "Đơn vị nhận tiền",
                "Công ty TNHH Thương mại và Dịch vụ Hồng Đức",
            ),
        ]
        .map(|(label, value)| (label.into(), value.into()))
        .into(),
        closing: vec!["Đề nghị đơn vị đối chiếu và hạch toán theo quy định.".into()],
        place: "Đồng Nai".into(),
        date: NaiveDate::from_ymd_opt(2026, 11, 24).unwrap(),
        signer_title: "KẾ TOÁN TRƯỞNG".into(),
        signer_name: "Nguyễn Thị Hạnh".into(),
    }
}

#[test]
fn a_notice_says_what_it_was_given_and_is_equal_each_time() {
    let bytes = notice(&advice()).unwrap();
    keep("notice.pdf", &bytes);
    assert_eq!(bytes, notice(&advice()).unwrap());
    assert_eq!(pages(&bytes), Ok(1));
    let text = text(&bytes, "-layout");
    for part in [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "PHÒNG GIAO DỊCH SỐ 5",
        "Số: 0147/GBN",
        "GIẤY BÁO NỢ",
        "48.750.000",
        "Bốn mươi tám triệu bảy trăm năm mươi nghìn đồng",
        "Đồng Nai, ngày 24 tháng 11 năm 2026",
        "Nguyễn Thị Hạnh",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn an_empty_notice_and_one_of_markup_are_still_papers() {
    assert_eq!(pages(&notice(&Notice::default()).unwrap()), Ok(1));
    let mut hostile = advice();
    hostile
        .rows
        .push(("#panic()".into(), "#read(\"/etc/passwd\") *x*".into()));
    let text = text(&notice(&hostile).unwrap(), "-layout");
    assert!(text.contains("#read(\"/etc/passwd\") *x*"), "{text}");
}
