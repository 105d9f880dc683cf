//! Our words beside those of a public implementation (see the head of the fixture). Its style is ours
//! but for two spellings.

use super::*;

const FIXTURE: &str = include_str!("../../../../../tests/fixtures/words/vi.tsv");

/// Where both styles are in use, and it took the other: "lẻ" is our own other setting, "tỉ" the
/// spelling of dictionaries; the decree's forms and the treasury's papers write "tỷ".
const SPELLINGS: [(&str, &str); 1] = [("tỉ", "tỷ")];

fn respelled(words: &str) -> String {
    let word = |word: &str| {
        let other = SPELLINGS.iter().find(|(theirs, _)| *theirs == word);
        other.map_or_else(|| word.to_owned(), |(_, ours)| (*ours).to_owned())
    };
    words.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_public_implementation_says_every_number_in_the_same_words() {
    let rows = FIXTURE.lines().filter(|l| !l.starts_with('#'));
    let (mut count, mut longest) = (0, 0);
    for row in rows {
        let (number, words) = row.split_once('\t').unwrap();
        let number: i64 = number.parse().unwrap();
        let dong = Dong::new(number).unwrap();
        let ours = amount(dong, ZeroTens::Le).to_lowercase();
        assert_eq!(ours, format!("{} đồng.", respelled(words)), "{number}");
        // the other setting differs in that word alone
        let north = amount(dong, ZeroTens::Linh).to_lowercase();
        assert_eq!(north.replace("linh", "lẻ"), ours, "{number}");
        assert_eq!(read(&amount(dong, ZeroTens::Linh)), number);
        (count, longest) = (count + 1, longest.max(number));
    }
    assert!(count > 1_500, "{count}");
    assert_eq!(longest, 999_999_999_999_999);
}
