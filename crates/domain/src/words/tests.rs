#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;
use rstest::rstest;

use super::*;

mod public;

#[rstest]
#[case(0, "Không đồng.")]
#[case(1, "Một đồng.")]
#[case(5, "Năm đồng.")]
#[case(4, "Bốn đồng.")]
#[case(10, "Mười đồng.")]
#[case(11, "Mười một đồng.")]
#[case(15, "Mười lăm đồng.")]
#[case(20, "Hai mươi đồng.")]
#[case(21, "Hai mươi mốt đồng.")]
#[case(24, "Hai mươi tư đồng.")]
#[case(14, "Mười bốn đồng.")]
#[case(25, "Hai mươi lăm đồng.")]
#[case(55, "Năm mươi lăm đồng.")]
#[case(104, "Một trăm linh bốn đồng.")]
#[case(115, "Một trăm mười lăm đồng.")]
#[case(121, "Một trăm hai mươi mốt đồng.")]
#[case(124, "Một trăm hai mươi tư đồng.")]
#[case(1_000, "Một nghìn đồng.")]
#[case(1_000_005, "Một triệu không trăm linh năm đồng.")]
#[case(1_000_000_000, "Một tỷ đồng.")]
#[case(1_500_000_000_000, "Một nghìn năm trăm tỷ đồng.")]
#[case(100_000_000_000_000, "Một trăm nghìn tỷ đồng.")]
#[case(101, "Một trăm linh một đồng.")]
#[case(105, "Một trăm linh năm đồng.")]
#[case(110, "Một trăm mười đồng.")]
#[case(111, "Một trăm mười một đồng.")]
#[case(1_001, "Một nghìn không trăm linh một đồng.")]
#[case(2_021, "Hai nghìn không trăm hai mươi mốt đồng.")]
#[case(10_500_000, "Mười triệu năm trăm nghìn đồng.")]
#[case(1_000_000_001, "Một tỷ không trăm linh một đồng.")]
#[case(1_000_000_000_000, "Một nghìn tỷ đồng.")]
#[case(1_005_000_000_000, "Một nghìn không trăm linh năm tỷ đồng.")]
#[case(
    999_999_999_999_999,
    "Chín trăm chín mươi chín nghìn chín trăm chín mươi chín tỷ chín trăm chín mươi chín triệu \
     chín trăm chín mươi chín nghìn chín trăm chín mươi chín đồng."
)]
#[case(-21, "Âm hai mươi mốt đồng.")]
fn an_amount_is_said_as_the_form_prints_it(#[case] dong: i64, #[case] words: &str) {
    assert_eq!(amount(Dong::new(dong).unwrap(), ZeroTens::Linh), words);
}

#[test]
fn the_south_says_le() {
    assert_eq!(
        amount(Dong::new(101).unwrap(), ZeroTens::Le),
        "Một trăm lẻ một đồng."
    );
    assert_eq!(ZeroTens::from_setting("le"), ZeroTens::Le);
    assert_eq!(ZeroTens::from_setting("khac"), ZeroTens::Linh);
}

/// Reads words back into a number, by its own rules: a unit word closes what stands before it.
fn read(text: &str) -> i64 {
    let lower = text.strip_suffix(" đồng.").unwrap().to_lowercase();
    let (sign, words) = match lower.strip_prefix("âm ") {
        Some(rest) => (-1, rest),
        None => (1, lower.as_str()),
    };
    let (mut billions, mut below, mut group, mut pending) = (0i64, 0i64, 0i64, 0i64);
    for word in words.split(' ') {
        let digit = match word {
            "không" => Some(0),
            "một" | "mốt" => Some(1),
            "hai" => Some(2),
            "ba" => Some(3),
            "bốn" | "tư" => Some(4),
            "năm" | "lăm" => Some(5),
            "sáu" => Some(6),
            "bảy" => Some(7),
            "tám" => Some(8),
            "chín" => Some(9),
            _ => None,
        };
        match (digit, word) {
            (Some(d), _) => pending = d,
            (None, "trăm") => (group, pending) = (pending * 100, 0),
            (None, "mươi") => (group, pending) = (group + pending * 10, 0),
            (None, "mười") => group += 10,
            (None, "linh" | "lẻ") => {}
            (None, unit) => {
                let value = group + pending;
                (group, pending) = (0, 0);
                match unit {
                    "nghìn" => below += value * 1_000,
                    "triệu" => below += value * 1_000_000,
                    "tỷ" => (billions, below) = ((below + value) * 1_000_000_000, 0),
                    other => panic!("no word of a number: {other}"),
                }
            }
        }
    }
    sign * (billions + below + group + pending)
}

proptest! {
    #[test]
    fn words_say_the_number_and_no_other(
        dong in prop_oneof![
            -999_999_999_999_999i64..=999_999_999_999_999,
            0i64..10_000_000,
            // numbers with empty groups
            (0i64..1_000, 0usize..5).prop_map(|(n, zeros)| n * 1_000i64.pow(u32::try_from(zeros).unwrap())),
        ],
        south in any::<bool>(),
    ) {
        let style = if south { ZeroTens::Le } else { ZeroTens::Linh };
        let dong = Dong::new(dong.clamp(-999_999_999_999_999, 999_999_999_999_999)).unwrap();
        let text = amount(dong, style);
        prop_assert_eq!(read(&text), dong.get(), "{}", text);
        prop_assert!(text.starts_with(char::is_uppercase) && !text.contains("  "));
        let foreign = if south { "linh" } else { "lẻ" };
        prop_assert!(!text.contains(foreign));
    }
}
