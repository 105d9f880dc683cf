//! Số tiền bằng chữ: an amount in Vietnamese words. Refuses fractions: money is whole đồng.
//!
//! Rules: "mốt", "tư" and "lăm" after tens, "linh" or "lẻ" for a zero between hundreds and ones,
//! "không trăm" inside a number, all-zero groups skipped, "nghìn tỷ" and "triệu tỷ" above 10⁹.

use crate::money::Dong;

/// The word for a zero in the tens: 101 is "một trăm linh một" or "một trăm lẻ một".
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ZeroTens {
    /// The north's word and the default.
    #[default]
    Linh,
    /// The south's word.
    Le,
}

impl ZeroTens {
    /// Reads the setting `linh` or `le`; anything else is the default.
    pub fn from_setting(setting: &str) -> Self {
        if setting == "le" {
            ZeroTens::Le
        } else {
            ZeroTens::Linh
        }
    }

    fn word(self) -> &'static str {
        match self {
            ZeroTens::Linh => "linh",
            ZeroTens::Le => "lẻ",
        }
    }
}

const DIGITS: [&str; 10] = [
    "không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín",
];
/// The unit of each group of three digits, from the ones up.
const UNITS: [&[&str]; 6] = [
    &[],
    &["nghìn"],
    &["triệu"],
    &["tỷ"],
    &["nghìn", "tỷ"],
    &["triệu", "tỷ"],
];

/// `10500000` → `Mười triệu năm trăm nghìn đồng.`: first letter capital, ends in "đồng.".
pub fn amount(amount: Dong, zero_tens: ZeroTens) -> String {
    let mut words = Vec::new();
    if amount < Dong::ZERO {
        words.push("âm");
    }
    number(amount.get().unsigned_abs(), zero_tens, &mut words);
    words.push("đồng");
    let text = words.join(" ");
    let mut chars = text.chars();
    let first: String = chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    format!("{first}{}.", chars.as_str())
}

fn number(n: u64, zero_tens: ZeroTens, words: &mut Vec<&'static str>) {
    if n == 0 {
        words.push("không");
        return;
    }
    let groups = |n: u64| {
        std::iter::successors(Some(n), |n| Some(n / 1000))
            .take_while(|n| *n > 0)
            .map(|n| n % 1000)
    };
    let groups: Vec<u64> = groups(n).collect();
    let top = groups.len().saturating_sub(1);
    // the word "tỷ" closes all groups from 10⁹ up, and stands once: 1.500.000.000.000 is
    // "một nghìn năm trăm tỷ"
    let lowest_billion = groups
        .iter()
        .skip(3)
        .position(|g| *g > 0)
        .map(|i| i.saturating_add(3));
    for (i, group) in groups.iter().enumerate().rev().filter(|(_, g)| **g > 0) {
        hundreds(*group, i == top, zero_tens, words);
        let unit = UNITS.get(i).copied().unwrap_or_default();
        let closes = i < 3 || Some(i) == lowest_billion;
        words.extend(unit.iter().filter(|u| closes || **u != "tỷ"));
    }
}

/// One group of three digits; inside a number a missing hundred is said.
fn hundreds(group: u64, first: bool, zero_tens: ZeroTens, words: &mut Vec<&'static str>) {
    let (h, t, u) = (group / 100, group / 10 % 10, group % 10);
    if h > 0 || !first {
        words.extend([digit(h), "trăm"]);
    }
    match t {
        0 if u > 0 && (h > 0 || !first) => words.push(zero_tens.word()),
        0 => {}
        1 => words.push("mười"),
        _ => words.extend([digit(t), "mươi"]),
    }
    match (t, u) {
        (_, 0) => {}
        (2.., 1) => words.push("mốt"),
        (2.., 4) => words.push("tư"),
        (1.., 5) => words.push("lăm"),
        _ => words.push(digit(u)),
    }
}

fn digit(d: u64) -> &'static str {
    usize::try_from(d)
        .ok()
        .and_then(|d| DIGITS.get(d))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
