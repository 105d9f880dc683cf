use std::time::{Duration, Instant};

use hoso_print::{PrintError, pages, render, same_pages};

use crate::sample::{data, empty, filled, form, keep, line, pdf, squeezed, text};

/// Labels set in several lines beside another cell, which a line-by-line reading tears apart.
const SIDE_BY_SIDE: [&str; 5] = [
    "Mã nội dung kinh tế",
    "Mã ngành kinh tế",
    "Mã nguồn ngân sách nhà nước",
    "Tên ngân hàng/Kho bạc Nhà nước nơi nhận tiền mặt:",
    "Lãnh đạo Kho bạc Nhà nước nơi giao dịch",
];

const LABELS: &str = include_str!("../fixtures/form-13-labels.txt");

/// Labels missing from the text layer in poppler's reading order `mode`.
fn missing(pdf: &[u8], mode: &str) -> Vec<&'static str> {
    let text = text(pdf, mode);
    LABELS
        .lines()
        .filter(|label| !text.contains(label))
        .collect()
}

#[test]
fn every_label_of_the_prescribed_form_is_in_the_text_layer() {
    let (full, blank) = (pdf(&filled()), pdf(&empty()));
    keep("form13.pdf", &full);
    keep("form13-empty.pdf", &blank);
    let none = Vec::<&str>::new();
    for sheet in [&full, &blank] {
        assert_eq!(missing(sheet, "-q"), none, "as pdftotext reads by itself");
        assert_eq!(missing(sheet, "-raw"), none, "in the order of the content");
        // side by side on paper: labels of several lines in neighbouring cells interleave
        assert_eq!(missing(sheet, "-layout"), SIDE_BY_SIDE);
    }
}

#[test]
fn an_ordinary_voucher_fits_one_page() {
    assert_eq!(pages(&pdf(&filled())), Ok(1));
    assert_eq!(pages(&pdf(&empty())), Ok(1));
}

#[test]
fn lines_total_and_words_are_printed() {
    let voucher = filled();
    let text = text(&pdf(&voucher), "-raw");
    for part in [
        "RDT-0147",
        "9523.4.1234567",
        "12.500.000",
        "8.250.000",
        "28.000.000",
        "Tổng cộng 48.750.000",
        "18/11/2026",
        "ngày 12 tháng 10 năm 2026",
        "Ngày 22 tháng 11 năm 2026",
        "Sửa chữa, thay mực 04 máy in",
        "1C26THD- 0001236",
        voucher.field("total_words"),
    ] {
        assert!(
            !part.is_empty() && text.contains(part),
            "{part:?} in {text}"
        );
    }
}

#[test]
fn equal_vouchers_give_equal_bytes() {
    assert_eq!(pdf(&filled()), pdf(&filled()));
    let other = std::thread::spawn(|| pdf(&filled())).join().unwrap();
    assert_eq!(pdf(&filled()), other);
}

#[test]
fn the_date_in_the_file_is_the_vouchers() {
    let bytes = pdf(&filled());
    let head = String::from_utf8_lossy(&bytes);
    assert!(
        head.contains("2026-11-22T00:00:00"),
        "date of creation in the metadata"
    );
    assert!(head.contains("pdfaid:part"), "declared as PDF/A");
}

#[test]
fn another_amount_is_another_page() {
    let (one, mut other) = (filled(), filled());
    assert_eq!(same_pages(&pdf(&one), &pdf(&one)), Ok(true));
    other.grids.get_mut("lines").unwrap()[0]
        .cells
        .insert("amount".into(), "12500001".into());
    assert_eq!(same_pages(&pdf(&one), &pdf(&other)), Ok(false));
}

#[test]
fn another_revision_of_equal_text_shows_the_same_pages() {
    let mut later = data();
    later.revision = 2;
    let (one, two) = (pdf(&filled()), render(form(), &filled(), &later).unwrap());
    assert_ne!(one, two, "the identifier differs");
    assert_eq!(same_pages(&one, &two), Ok(true));
}

#[test]
fn two_hundred_lines_repeat_the_head_on_every_page() {
    let mut voucher = filled();
    let lines = (1..=200).map(|n| line(&format!("Khoản chi thứ {n}"), "0000001", "1000"));
    voucher.grids.insert("lines".into(), lines.collect());
    let bytes = pdf(&voucher);
    keep("form13-200.pdf", &bytes);
    let count = pages(&bytes).unwrap();
    assert!(count > 2, "{count} pages");
    let text = text(&bytes, "-raw");
    assert_eq!(
        text.matches("(1) (2) (3) (4)").count(),
        usize::try_from(count).unwrap() - 1
    );
    assert!(text.contains("Khoản chi thứ 200"));
    assert!(text.contains("Tổng cộng 200.000"));
}

#[test]
fn markup_in_a_value_is_printed_not_run() {
    let hostile = "#panic(\"x\") *bold* _it_ $x^2$ #sys.version \\u{41} [a](b) <l> @r = T";
    let mut voucher = filled();
    for id in [
        "content",
        "number",
        "payee_name",
        "contract_no",
        "acceptance_date",
    ] {
        voucher.fields.insert(id.into(), hostile.into());
    }
    voucher.grids.get_mut("lines").unwrap()[0]
        .cells
        .insert("content".into(), hostile.into());
    let text = text(&pdf(&voucher), "-raw").replace(' ', "");
    assert!(
        text.matches(&hostile.replace(' ', "")).count() >= 5,
        "{text}"
    );
}

#[test]
fn nonsense_is_printed_whole_and_never_stops_the_printer() {
    let nonsense = [
        "x".repeat(10_000),
        "từ ".repeat(3_000),
        "\u{0}\u{1}\u{7f}\u{85}\u{fffe}\u{202e}\u{10ffff}😀漢字\u{301}".to_owned(),
        "999999999999999999999999".to_owned(),
        "\"]}\\\n\r\t{[".to_owned(),
        " ".to_owned(),
    ];
    for value in &nonsense {
        let mut voucher = filled();
        for id in [
            "number",
            "content",
            "chapter",
            "contract_no",
            "acceptance_date",
            "payee_account",
        ] {
            voucher.fields.insert(id.into(), value.clone());
        }
        let mut row = line("", "", "");
        for cell in row.cells.values_mut() {
            cell.clone_from(value);
        }
        voucher.grids.insert("lines".into(), vec![row]);
        let bytes = pdf(&voucher);
        assert!(
            is_printed(&bytes, value),
            "{}",
            value.chars().take(20).collect::<String>()
        );
    }
}

/// The value's visible part is in the text layer once the breaks are taken out.
fn is_printed(pdf: &[u8], value: &str) -> bool {
    let wanted: String = value
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .collect();
    let found: String = text(pdf, "-raw")
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .collect();
    // page furniture may stand between two pages of one value: look for a page's worth
    let piece: String = wanted.chars().take(500).collect();
    found.contains(&piece)
}

#[test]
fn a_voucher_of_another_form_and_a_form_without_layout_are_refused() {
    let mut voucher = filled();
    voucher.form.number = "14".into();
    assert!(matches!(
        render(form(), &voucher, &data()),
        Err(PrintError::OtherForm { .. })
    ));
    let mut other = form().clone();
    other.number = "99".into();
    voucher.form = other.reference();
    assert!(matches!(
        render(&other, &voucher, &data()),
        Err(PrintError::NoLayout { .. })
    ));
}

#[test]
fn a_warm_printer_needs_less_than_a_second() {
    let voucher = filled();
    pdf(&voucher);
    let best = (0..3)
        .map(|n| {
            let mut voucher = voucher.clone();
            voucher.fields.insert("number".into(), format!("RDT-{n}"));
            let start = Instant::now();
            pdf(&voucher);
            start.elapsed()
        })
        .min()
        .unwrap();
    eprintln!("form 13, warm: {best:?}");
    assert!(best < Duration::from_secs(1), "{best:?}");
}

#[test]
fn the_fixture_itself_is_the_whole_form() {
    assert!(LABELS.lines().count() >= 70);
    assert_eq!(squeezed(LABELS).lines().count(), 1);
}
