//! What a text in TCVN3 (".VnTime") or VNI says in Unicode. Refuses to convert by itself: a person
//! sees the proposal and takes it.

use unicode_normalization::UnicodeNormalization;

use super::{looks_like_tcvn3_or_vni, nfc, tcvn3_word};

/// TCVN 5712:1993 VN3, one code for one letter; capitals with accents have none of their own.
const TCVN3: &str = "µà¶ả·ã¸á¹ạ¨ă»ằ¼ẳ½ẵ¾ắÆặ©âÇầÈẩÉẫÊấËậ®đÌèÎẻÏẽÐéÑẹªêÒềÓểÔễÕếÖệ×ìØỉÜĩÝíÞị\
                     ßòáỏâõãóäọ«ôåồæổçỗèốéộ¬ơêờëởìỡíớîợïùñủòũóúôụ\u{ad}ưõừöử÷ữøứùựúỳûỷüỹýýþỵ\
                     ¡Ă¢Â§Đ£Ê¤Ô¥Ơ¦Ư";

/// VNI: the mark after its vowel, as combining characters.
const VNI_MARKS: [(char, &str); 17] = [
    ('ù', "\u{301}"),
    ('ø', "\u{300}"),
    ('û', "\u{309}"),
    ('õ', "\u{303}"),
    ('ï', "\u{323}"),
    ('â', "\u{302}"),
    ('á', "\u{302}\u{301}"),
    ('à', "\u{302}\u{300}"),
    ('å', "\u{302}\u{309}"),
    ('ã', "\u{302}\u{303}"),
    ('ä', "\u{302}\u{323}"),
    ('ê', "\u{306}"),
    ('é', "\u{306}\u{301}"),
    ('è', "\u{306}\u{300}"),
    ('ú', "\u{306}\u{309}"),
    ('ü', "\u{306}\u{303}"),
    ('ë', "\u{306}\u{323}"),
];

/// VNI: letters of one code.
const VNI_LETTERS: &str = "ñđÑĐôơÔƠöưÖƯæỉÆỈóĩÓĨòịÒỊîỵÎỴ";

/// The text in Unicode; `None` where it is in no retired encoding.
pub fn to_unicode(s: &str) -> Option<String> {
    if !looks_like_tcvn3_or_vni(s) {
        return None;
    }
    let s = nfc(s);
    Some(if s.split_whitespace().any(tcvn3_word) {
        letter_by_letter(&s, TCVN3)
    } else {
        vni(&s)
    })
}

/// The letter that stands for `c` in pairs of letters.
fn partner(c: char, pairs: &str) -> Option<char> {
    let mut letters = pairs.chars();
    while let (Some(from), Some(to)) = (letters.next(), letters.next()) {
        if from == c {
            return Some(to);
        }
    }
    None
}

fn letter_by_letter(s: &str, pairs: &str) -> String {
    s.chars().map(|c| partner(c, pairs).unwrap_or(c)).collect()
}

fn vni(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut after_vowel = false;
    for c in s.chars() {
        let mark = c.to_lowercase().next().and_then(|small| {
            let known = VNI_MARKS.iter().find(|(code, _)| *code == small);
            known.map(|(_, mark)| *mark)
        });
        match mark {
            Some(mark) if after_vowel => {
                out.push_str(mark);
                after_vowel = false;
            }
            _ => {
                out.push(partner(c, VNI_LETTERS).unwrap_or(c));
                after_vowel = matches!(
                    c,
                    'a' | 'e'
                        | 'o'
                        | 'u'
                        | 'y'
                        | 'ô'
                        | 'ö'
                        | 'A'
                        | 'E'
                        | 'O'
                        | 'U'
                        | 'Y'
                        | 'Ô'
                        | 'Ö'
                );
            }
        }
    }
    out.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::to_unicode;

    #[test]
    fn text_in_a_retired_encoding_is_read() {
        for (typed, meant) in [
            (
                "Céng hßa x· héi chñ nghÜa ViÖt Nam",
                "Cộng hòa xã hội chủ nghĩa Việt Nam",
            ),
            ("TiÒn ®iÖn th¸ng 11", "Tiền điện tháng 11"),
            ("v¨n phßng phÈm", "văn phòng phẩm"),
            ("§éc lËp - Tù do - H¹nh phóc", "Độc lập - Tự do - Hạnh phúc"),
            ("Tieàn ñieän thaùng 11", "Tiền điện tháng 11"),
            ("Coäng hoøa xaõ hoäi", "Cộng hòa xã hội"),
            ("vaên phoøng phaåm", "văn phòng phẩm"),
            ("Ñoäc laäp - Töï do", "Độc lập - Tự do"),
        ] {
            assert_eq!(to_unicode(typed).as_deref(), Some(meant), "{typed}");
        }
        assert_eq!(to_unicode("Tiền điện tháng 11"), None);
    }
}
