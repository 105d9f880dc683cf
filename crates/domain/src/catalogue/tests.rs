#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;

fn day() -> NaiveDate {
    "2026-11-22".parse().unwrap()
}

fn codes(id: &str, typed: &str, preferred: &[&str]) -> Vec<String> {
    let preferred: Vec<String> = preferred.iter().map(|s| (*s).to_owned()).collect();
    let found = catalogue(id).unwrap().find(typed, 5, &preferred);
    found.into_iter().map(|r| r.code.clone()).collect()
}

#[test]
fn the_law_is_whole() {
    let count = |id: &str| catalogue(id).unwrap().rows.len();
    assert_eq!(count("chapter"), 216);
    assert_eq!(count("sector"), 120);
    assert_eq!(count("economic-content"), 1034);
    // 205 programmes of three sources and "none"
    assert_eq!(count("programme"), 616);
    assert!(catalogue("economic-content").unwrap().complete());
    assert!(!catalogue("source").unwrap().complete());
}

#[test]
fn a_code_is_found_by_its_digits_or_by_its_name_without_accents() {
    assert_eq!(codes("economic-content", "6501", &[])[0], "6501");
    assert_eq!(codes("economic-content", "tien dien", &[])[0], "6501");
    assert_eq!(codes("economic-content", "Văn phòng phẩm", &[])[0], "6551");
    assert_eq!(codes("economic-content", "dien tien", &[])[0], "6501");
    assert_eq!(codes("chapter", "dang uy xa", &[]), ["819"]);
    assert!(
        codes("economic-content", "650", &[])
            .iter()
            .all(|c| c.starts_with("650"))
    );
    assert!(codes("economic-content", "khong co ten nay", &[]).is_empty());
}

#[test]
fn the_units_own_codes_come_first_but_a_whole_code_is_meant() {
    assert_eq!(
        codes("economic-content", "", &["6551", "6501"])[..2],
        ["6551", "6501"]
    );
    assert_eq!(codes("economic-content", "tien", &["6502"])[0], "6502");
    assert_eq!(codes("economic-content", "6501", &["6502"])[0], "6501");
}

#[test]
fn a_heading_is_never_offered_and_an_empty_name_brings_its_heading() {
    assert!(!codes("economic-content", "6500", &[]).contains(&"6500".to_owned()));
    let list = catalogue("economic-content").unwrap();
    let other = list.lookup("6549", day()).unwrap();
    assert_eq!(other.full_name, "Chi khác (Thanh toán dịch vụ công cộng)");
    assert_eq!(list.lookup("6501", day()).unwrap().full_name, "Tiền điện");
}

#[test]
fn a_code_holds_only_within_its_dates() {
    let list = catalogue("chapter").unwrap();
    assert!(list.lookup("819", day()).is_some());
    assert!(list.lookup("819", "2025-12-31".parse().unwrap()).is_none());
    assert!(list.lookup("805", day()).is_none());
}

#[test]
fn the_slices_for_the_checks_hold_no_heading() {
    let codes = codes_on(day());
    assert!(codes["economic-content"].contains_key("6501"));
    assert!(!codes["economic-content"].contains_key("6500"));
    assert!(codes_on("2025-01-01".parse().unwrap())["chapter"].is_empty());
}

#[test]
fn a_code_that_stands_twice_on_a_day_is_refused() {
    let head = "code,name,kind,parent,note,certainty,valid_from,valid_to,source\n";
    let one = "1,A,code,,,law,2026-01-01,2026-06-30,x\n";
    let ok = format!("{head}{one}1,B,code,,,law,2026-07-01,,x\n");
    assert!(Catalogue::from_csv("x", &ok).is_ok());
    let twice = format!("{head}{one}1,B,code,,,law,2026-06-30,,x\n");
    assert_eq!(
        Catalogue::from_csv("x", &twice),
        Err(CatalogueError::Duplicate {
            code: "1".to_owned()
        })
    );
}

#[test]
fn every_text_of_the_lists_is_nfc() {
    for list in library() {
        for row in &list.rows {
            assert_eq!(text::nfc(&row.name), row.name, "{} {}", list.id, row.code);
            assert!(!row.name.trim().is_empty(), "{} {}", list.id, row.code);
        }
    }
}
