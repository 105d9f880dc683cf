#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::*;

const KINDS: [FieldKind; 3] = [FieldKind::Text, FieldKind::Date, FieldKind::Money];

const PLAIN: Choice = Choice {
    numbers: Numbers::Typed,
    to_unicode: false,
    skip_first: false,
};

fn table(lines: &[&[&str]]) -> Vec<Vec<String>> {
    let line = |cells: &&[&str]| cells.iter().map(|c| (*c).to_owned()).collect();
    lines.iter().map(line).collect()
}

fn amounts(taken: &Taken) -> Vec<&str> {
    let amount = |line: &Vec<Option<String>>| line[2].clone();
    assert!(taken.lines.iter().all(|l| amount(l).is_some()));
    taken
        .lines
        .iter()
        .map(|l| l[2].as_deref().unwrap())
        .collect()
}

#[test]
fn a_table_written_one_way_is_put_in_without_a_question() {
    let lines = table(&[
        &["Giấy in", "18/11/2026", "1.250.000"],
        &["Mực", "19/11/2026", "300000"],
        &["", "", ""],
    ]);
    assert!(look(&lines, &KINDS).none());
    let taken = take(&lines, &KINDS, PLAIN);
    assert_eq!(amounts(&taken), ["1250000", "300000", ""]);
    assert_eq!(taken.lines[0][1].as_deref(), Some("2026-11-18"));
    assert_eq!(taken.unread, []);
}

#[test]
fn numbers_written_in_two_ways_are_asked_about_and_read_as_chosen() {
    let lines = table(&[
        &["Giấy in", "18/11/2026", "1.250.000"],
        &["Mực", "18/11/2026", "1,250"],
        &["Bút", "18/11/2026", "12,00"],
    ]);
    let asked = look(&lines, &KINDS);
    assert_eq!(asked.numbers.len(), 3);
    assert_eq!(asked.numbers[1].dots, None, "1,25 is no whole amount");
    assert_eq!(asked.numbers[1].commas, Dong::new(1_250).ok());
    let dots = take(
        &lines,
        &KINDS,
        Choice {
            numbers: Numbers::Dots,
            ..PLAIN
        },
    );
    assert_eq!(amounts(&dots), ["1250000", "1,250", "12"]);
    assert_eq!(dots.unread.len(), 1);
    let commas = take(
        &lines,
        &KINDS,
        Choice {
            numbers: Numbers::Commas,
            ..PLAIN
        },
    );
    assert_eq!(amounts(&commas), ["1.250.000", "1250", "12,00"]);
    assert_eq!(
        commas.unread.len(),
        2,
        "what cannot be read is kept and named"
    );
}

#[test]
fn an_export_with_decimals_is_asked_about_even_when_it_is_of_one_hand() {
    let lines = table(&[&["Giấy in", "18/11/2026", "1,250,000.00"]]);
    assert_eq!(look(&lines, &KINDS).numbers.len(), 1);
    let taken = take(
        &lines,
        &KINDS,
        Choice {
            numbers: Numbers::Commas,
            ..PLAIN
        },
    );
    assert_eq!(amounts(&taken), ["1250000"]);
    // half a đồng is never rounded away
    assert_eq!(amount("1,250,000.50", Numbers::Commas), None);
    assert_eq!(amount("1.250,000", Numbers::Dots), Dong::new(1_250).ok());
    assert_eq!(amount("12.5000", Numbers::Commas), None);
    assert_eq!(
        amount("-1.250.000,00", Numbers::Dots),
        Dong::new(-1_250_000).ok()
    );
}

#[test]
fn text_in_a_retired_encoding_is_offered_in_unicode_and_only_then_changed() {
    let lines = table(&[
        &["v¨n phßng phÈm", "18/11/2026", "1"],
        &["Tieàn ñieän", "", "2"],
    ]);
    let asked = look(&lines, &KINDS);
    assert_eq!(asked.legacy_count, 2);
    assert_eq!(asked.legacy[0].1, "văn phòng phẩm");
    let left = take(&lines, &KINDS, PLAIN);
    assert_eq!(left.lines[0][0].as_deref(), Some("v¨n phßng phÈm"));
    let changed = take(
        &lines,
        &KINDS,
        Choice {
            to_unicode: true,
            ..PLAIN
        },
    );
    assert_eq!(changed.lines[1][0].as_deref(), Some("Tiền điện"));
}

#[test]
fn letters_in_pieces_are_joined_and_counted() {
    let nfd: String = "Tiền điện".nfd().collect();
    let lines = vec![vec![nfd]];
    let asked = look(&lines, &KINDS);
    assert_eq!(asked.decomposed, 1);
    assert!(asked.none(), "what looks the same is no question");
    let taken = take(&lines, &KINDS, PLAIN);
    assert_eq!(taken.lines[0], [Some("Tiền điện".to_owned()), None, None]);
}

#[test]
fn ten_thousand_lines_in_mixed_shapes_are_asked_about_and_none_is_lost() {
    let shapes = ["1.250.000", "1,250,000.00", "1250000", "12 nghìn"];
    let lines: Vec<Vec<String>> = (0..10_000)
        .map(|n| {
            let cells = [
                format!("Khoản {n}"),
                String::new(),
                shapes[n % 4].to_owned(),
            ];
            cells.to_vec()
        })
        .collect();
    assert!(
        !look(&lines, &KINDS).none(),
        "how amounts are written is asked"
    );
    let choice = Choice {
        numbers: Numbers::Dots,
        ..PLAIN
    };
    let taken = take(&lines, &KINDS, choice);
    assert_eq!(taken.lines.len(), 10_000);
    let last = taken.lines[9_999][0].as_deref();
    assert_eq!(last, Some("Khoản 9999"));
    // what the chosen way cannot read is told of and stands as it was
    let told: Vec<&str> = taken
        .unread
        .iter()
        .take(2)
        .map(|u| u.text.as_str())
        .collect();
    assert_eq!(told, ["1,250,000.00", "12 nghìn"]);
    assert_eq!(taken.unread.len(), 5_000);
}

#[test]
fn a_line_of_heads_and_cells_without_a_column_are_noticed() {
    let lines = table(&[
        &["Nội dung", "Ngày", "Số tiền", "Ghi chú"],
        &["Giấy in", "18/11/2026", "1.250.000", "gấp"],
    ]);
    let asked = look(&lines, &KINDS);
    assert!(asked.head);
    assert_eq!(
        (asked.beyond_count, &asked.beyond[..]),
        (1, &["gấp".to_owned()][..])
    );
    let taken = take(
        &lines,
        &KINDS,
        Choice {
            skip_first: true,
            ..PLAIN
        },
    );
    assert_eq!(amounts(&taken), ["1250000"]);
    // a single line is never taken for a head, nor one with an amount in it
    assert!(!look(&lines[..1], &KINDS).head);
    assert!(!look(&table(&[&["a", "b", "5"], &["c", "", "6"]]), &KINDS).head);
}

proptest! {
    #[test]
    fn no_line_is_ever_lost_and_what_is_read_as_written_stays(
        lines in prop::collection::vec(prop::collection::vec(".{0,12}", 0..5), 0..20),
        numbers in prop_oneof![Just(Numbers::Typed), Just(Numbers::Dots), Just(Numbers::Commas)],
        to_unicode in any::<bool>(),
    ) {
        let asked = look(&lines, &KINDS);
        let taken = take(&lines, &KINDS, Choice { numbers, to_unicode, skip_first: false });
        prop_assert_eq!(taken.lines.len(), lines.len());
        for unread in &taken.unread {
            let kept = taken.lines[unread.line][unread.column].as_deref().unwrap();
            prop_assert_eq!(kept, text::nfc(&unread.text));
        }
        if asked.none() && numbers == Numbers::Typed && !to_unicode {
            for (line, out) in lines.iter().zip(&taken.lines) {
                for (typed, kept) in line.iter().zip(out) {
                    let kept = kept.as_deref().unwrap();
                    prop_assert_eq!(kept.trim().is_empty(), typed.trim().is_empty());
                }
            }
        }
    }

    #[test]
    fn an_amount_written_in_either_way_is_read_back(dong in 0i64..=999_999_999_999_999) {
        let dong = Dong::new(dong).unwrap();
        let dots = dong.to_string();
        let commas = dots.replace('.', ",");
        prop_assert_eq!(amount(&format!("{dots},00"), Numbers::Dots), Some(dong));
        prop_assert_eq!(amount(&format!("{commas}.00"), Numbers::Commas), Some(dong));
    }
}
