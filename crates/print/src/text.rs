//! What may stand on paper: every value passes here before it reaches a layout.
//!
//! Refuses nothing: a character that cannot be shown becomes a visible mark, so that the signer
//! sees that something stood there.

use unicode_normalization::UnicodeNormalization;

use crate::press::shows;

/// Stands for a character the fonts cannot show (PDF/A forbids the missing-glyph box).
const UNKNOWN: char = '□';

/// The value in NFC, on one line, with only characters that can be shown.
///
/// Spaces, tabs and line ends become one space each; zero-width characters vanish; control
/// characters, direction overrides (which could turn an amount round) and characters outside the
/// fonts become `□`.
pub(crate) fn printable(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.nfc() {
        match c {
            '\r' => {}
            c if c.is_whitespace() && c != '\u{a0}' => out.push(' '),
            '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => {}
            c if shows(c) => out.push(c),
            _ => out.push(UNKNOWN),
        }
    }
    out
}

/// Width that printable text on one line surely keeps to, in parts of its size; none where that is
/// not known.
pub(crate) fn ems(printable: &str) -> Option<f64> {
    printable.chars().map(crate::press::ems).sum()
}

#[cfg(test)]
mod tests {
    use super::{ems, printable};

    #[test]
    fn vietnamese_is_composed_and_kept() {
        assert_eq!(
            printable("Tie\u{302}\u{301}ng Vie\u{323}\u{302}t"),
            "Tiếng Việt"
        );
        for letters in [
            "ăâđêôơư ẮẰẲẴẶ ẤẦẨẪẬ ẾỀỂỄỆ ỐỒỔỖỘ ỚỜỞỠỢ ỨỪỬỮỰ",
            "ỳỵỷỹý ỲỴỶỸÝ ₫ “…” –",
        ] {
            assert_eq!(printable(letters), letters);
        }
    }

    #[test]
    fn what_cannot_be_shown_leaves_a_mark() {
        assert_eq!(printable("a\u{7}b"), "a□b");
        assert_eq!(printable("1\u{202e}23"), "1□23");
        assert_eq!(printable("😀"), "□");
        assert_eq!(printable("□"), "□", "the mark itself can be shown");
        assert!(crate::press::shows(super::UNKNOWN));
        assert_eq!(printable("dòng\r\nhai\tba\u{200b}"), "dòng hai ba");
    }
    #[test]
    fn a_width_is_known_of_latin_letters_alone() {
        assert_eq!(ems(""), Some(0.0));
        assert_eq!(ems("2026"), Some(2.0), "a digit is half as wide as high");
        assert!(ems("Mua giấy in A4, bút, bìa hồ sơ").is_some_and(|w| w > 10.0 && w < 15.0));
        assert_eq!(ems("Юг"), None);
        assert_eq!(ems("f\u{2019}"), None, "kerning parts the two");
    }
}
