use hoso_print::{PageError, page_png, pages, same_pages};

use crate::sample::{filled, keep, pdf};

/// Width and height from a PNG's first chunk.
fn size(png: &[u8]) -> (u32, u32) {
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn a_page_picture_has_the_width_asked_for_and_the_pages_shape() {
    let png = page_png(&pdf(&filled()), 0, 1000).unwrap();
    keep("form13-hayro.png", &png);
    let (width, height) = size(&png);
    assert_eq!(width, 1000);
    assert!(
        (1412..=1416).contains(&height),
        "A4 is 1 : 1.414, got {height}"
    );
}

#[test]
fn a_page_picture_is_not_blank() {
    let full = page_png(&pdf(&filled()), 0, 600).unwrap();
    let blank = page_png(BLANK, 0, 600).unwrap();
    assert_eq!(size(&blank), (600, 600));
    assert!(
        full.len() > 10 * blank.len(),
        "{} and {} bytes",
        full.len(),
        blank.len()
    );
}

#[test]
fn what_is_no_pdf_or_no_page_is_an_error() {
    for bytes in [&b""[..], b"%PDF-1.7", b"<html>503</html>", &[0xff; 5000]] {
        assert_eq!(pages(bytes), Err(PageError::Unreadable));
        assert_eq!(page_png(bytes, 0, 100), Err(PageError::Unreadable));
        assert_eq!(same_pages(bytes, BLANK), Err(PageError::Unreadable));
    }
    assert_eq!(page_png(BLANK, 1, 100), Err(PageError::NoPage { page: 1 }));
    for width in [0, 10_001, 70_000, u32::MAX] {
        assert_eq!(page_png(BLANK, 0, width), Err(PageError::TooLarge));
    }
}

#[test]
fn a_page_of_a_kilometre_is_refused_before_it_is_drawn() {
    let huge = String::from_utf8(BLANK.to_vec())
        .unwrap()
        .replace("0 0 100 100", "0 0 2834646 2834646");
    assert_eq!(page_png(huge.as_bytes(), 0, 100), Err(PageError::TooLarge));
}

#[test]
fn a_damaged_document_never_shows_the_same_pages() {
    let whole = pdf(&filled());
    for cut in [10, whole.len() / 3, whole.len() / 2] {
        assert_ne!(same_pages(&whole, &whole[..cut]), Ok(true), "cut at {cut}");
    }
}

/// One empty page, 100 points square.
const BLANK: &[u8] = b"%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Resources<<>>>> endobj
trailer <</Root 1 0 R>>
";
