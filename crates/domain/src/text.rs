//! Vietnamese text: NFC, accent-free folding (đ included) for search, retired encodings. Refuses
//! to change what was typed in one: it says that a text looks so, and what it would say.

mod legacy;

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{UnicodeNormalization, is_nfc};

pub use legacy::to_unicode;

/// The text in NFC (TCVN 6909:2001 stores precomposed letters).
pub fn nfc(s: &str) -> String {
    if is_nfc(s) {
        s.to_owned()
    } else {
        s.nfc().collect()
    }
}

/// Whether no letter came in pieces: the text is in NFC already.
pub fn is_composed(s: &str) -> bool {
    is_nfc(s)
}

/// Lower-case and accent-free, đ as d, blanks collapsed: the key of every search.
///
/// NFC and NFD fold alike, and so do "hoà" and "hòa".
pub fn fold(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut gap = false;
    for c in s
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
    {
        if c.is_whitespace() {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push(' ');
            gap = false;
        }
        out.push(if c == 'đ' { 'd' } else { c });
    }
    out
}

/// Whether the text was typed in TCVN3 (".VnTime") or VNI and so shows as gibberish in Unicode.
///
/// Both encodings write Vietnamese with Latin-1 characters that Unicode Vietnamese never uses
/// (`©`, `¬`, `µ`, `®` inside words; `Ñ`, `Ö`, `ä`, `ö` after vowels). One such character may be a
/// foreign name, so a word must hold it beside an ASCII letter, and the text must hold no letter
/// that only Unicode Vietnamese has.
pub fn looks_like_tcvn3_or_vni(s: &str) -> bool {
    let s = nfc(s);
    if s.chars().any(only_in_unicode_vietnamese) {
        return false;
    }
    s.split_whitespace()
        .any(|word| tcvn3_word(word) || vni_word(word))
}

/// Letters with a code above Latin-1: ă đ ơ ư and all of U+1EA0–U+1EF9.
fn only_in_unicode_vietnamese(c: char) -> bool {
    matches!(
        c,
        'ă' | 'Ă' | 'đ' | 'Đ' | 'ơ' | 'Ơ' | 'ư' | 'Ư' | 'ĩ' | 'Ĩ' | 'ũ' | 'Ũ'
    ) || matches!(u32::from(c), 0x1EA0..=0x1EF9)
}

/// TCVN3 puts vowels on symbols of Latin-1: `®` đ, `­` ư, `¬` ơ, `©` â, `µ` à, `¸` á …
fn tcvn3_word(word: &str) -> bool {
    let symbols = word
        .chars()
        .filter(|c| matches!(u32::from(*c), 0xA8..=0xAF | 0xB5..=0xBE) && *c != '°')
        .count();
    // º and ª end ordinal numbers (Nº, 1ª); a digit before them is no word of TCVN3
    symbols > 0
        && word.chars().any(|c| c.is_ascii_alphabetic())
        && !word.chars().any(|c| c.is_ascii_digit())
        && !(symbols == 1 && word.ends_with(['º', 'ª', '®']))
}

/// VNI writes the accent as a character of its own after the vowel: `aø`, `eä`, `öô`, `ñ` đ.
fn vni_word(word: &str) -> bool {
    let chars: Vec<char> = word.chars().collect();
    let pairs = chars.windows(2).filter(|pair| {
        matches!(
            pair,
            [
                'a' | 'e' | 'o' | 'u' | 'y' | 'ô' | 'ö' | 'A' | 'E' | 'O' | 'U' | 'Y' | 'Ô' | 'Ö',
                'ø' | 'ù'
                    | 'û'
                    | 'õ'
                    | 'ï'
                    | 'â'
                    | 'ê'
                    | 'á'
                    | 'à'
                    | 'å'
                    | 'ã'
                    | 'ä'
                    | 'é'
                    | 'è'
                    | 'ú'
                    | 'ü'
                    | 'ë'
                    | 'Ø'
                    | 'Ù'
                    | 'Û'
                    | 'Õ'
                    | 'Ï'
                    | 'Â'
                    | 'Ê'
                    | 'Á'
                    | 'À'
                    | 'Å'
                    | 'Ã'
                    | 'Ä'
                    | 'É'
                    | 'È'
                    | 'Ú'
                    | 'Ü'
                    | 'Ë'
            ]
        ) && !unicode_diphthong(pair)
    });
    let strong = pairs.count();
    let d = chars
        .windows(2)
        .any(|p| matches!(p, ['ñ' | 'Ñ', c] if c.is_alphabetic()));
    strong > 0
        && (strong > 1
            || d
            || chars.iter().any(|c| {
                matches!(
                    c,
                    'ø' | 'ö'
                        | 'ä'
                        | 'ï'
                        | 'å'
                        | 'ë'
                        | 'û'
                        | 'Ø'
                        | 'Ö'
                        | 'Ä'
                        | 'Ï'
                        | 'Å'
                        | 'Ë'
                        | 'Û'
                )
            }))
        || d && chars.first().is_some_and(|c| matches!(c, 'ñ' | 'Ñ'))
}

/// Pairs that are plain Unicode Vietnamese: oà, uê, uý, yê …
fn unicode_diphthong(pair: &[char]) -> bool {
    matches!(
        pair,
        [
            'o' | 'O',
            'à' | 'á' | 'ã' | 'è' | 'é' | 'À' | 'Á' | 'Ã' | 'È' | 'É'
        ] | [
            'u' | 'U',
            'ê' | 'â' | 'à' | 'á' | 'ã' | 'è' | 'é' | 'Ê' | 'Â' | 'À' | 'Á' | 'Ã'
        ] | ['y' | 'Y', 'ê' | 'Ê']
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_composition_do_not_matter_to_a_search() {
        assert_eq!(fold("Đặng Thị Hoà"), "dang thi hoa");
        assert_eq!(fold("hoà"), fold("hòa"));
        let nfd: String = "Tiền điện".nfd().collect();
        assert_eq!(fold(&nfd), fold("TIỀN  ĐIỆN "));
        assert_eq!(fold(&nfd), "tien dien");
    }

    #[test]
    fn text_in_a_retired_encoding_is_noticed() {
        for s in [
            "Céng hßa x· héi chñ nghÜa ViÖt Nam §éc lËp µ",
            "TiÒn ®iÖn th¸ng 11",
            "v¨n phßng phÈm",
            "Tieàn ñieän thaùng 11",
            "Coäng hoøa xaõ hoäi",
            "vaên phoøng phaåm",
        ] {
            assert!(looks_like_tcvn3_or_vni(s), "{s}");
        }
    }

    #[test]
    fn unicode_vietnamese_and_foreign_names_are_left_alone() {
        for s in [
            "Tiền điện tháng 11",
            "hoà bình",
            "khuyên",
            "Toà án",
            "quê",
            "Nº 5",
            "Công ty Señor",
            "Müller GmbH",
            "Intel® Core",
            "25°C",
            "Café",
            "CÔNG TY TNHH ABC",
            "Sử dụng",
            "© 2026",
            "Thuê xe",
            "thu phí",
            "Hoàng Quý",
            "xã Bao La",
            "Yên Bái",
            "tuân",
            "quà",
        ] {
            assert!(!looks_like_tcvn3_or_vni(s), "{s}");
        }
    }
}
