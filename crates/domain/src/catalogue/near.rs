//! The codes nearest to a mistyped one. Refuses to choose: it offers.

use std::collections::BTreeMap;

use crate::text;

/// Up to `limit` codes of a list that may have been meant: one slip of a finger away (a digit wrong,
/// missing, added, or two changed places) first, then two. What was typed may be a name as well.
pub fn nearest<'a>(list: &'a BTreeMap<String, String>, typed: &str, limit: usize) -> Vec<&'a str> {
    let wanted = text::fold(typed);
    if wanted.is_empty() {
        return Vec::new();
    }
    let as_code = wanted.bytes().all(|b| b.is_ascii_digit());
    let mut found: Vec<(usize, &str)> = list
        .iter()
        .filter_map(|(code, name)| {
            let slips = if as_code {
                slips(wanted.as_bytes(), code.as_bytes())
            } else {
                slips(wanted.as_bytes(), text::fold(name).as_bytes())
            };
            let allowed = if as_code { 2 } else { wanted.len() / 4 };
            (slips <= allowed).then_some((slips, code.as_str()))
        })
        .collect();
    found.sort();
    let best = found.first().map_or(0, |(slips, _)| *slips);
    found
        .into_iter()
        .take_while(|(slips, _)| *slips == best)
        .map(|(_, code)| code)
        .take(limit)
        .collect()
}

/// Optimal string alignment distance: insert, delete, change, swap two neighbours.
fn slips(a: &[u8], b: &[u8]) -> usize {
    let width = b.len().saturating_add(1);
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..width).collect();
    let mut last = None;
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(width);
        row.push(i.saturating_add(1));
        let mut previous = None;
        for (j, y) in b.iter().enumerate() {
            let at = |line: &[usize], k: usize| line.get(k).copied().unwrap_or(usize::MAX);
            let change = at(&above, j).saturating_add(usize::from(x != y));
            let delete = at(&above, j.saturating_add(1)).saturating_add(1);
            let insert = at(&row, j).saturating_add(1);
            let mut best = change.min(delete).min(insert);
            if last == Some(y) && previous == Some(x) {
                let swap = at(&before, j.saturating_sub(1)).saturating_add(1);
                best = best.min(swap);
            }
            row.push(best);
            previous = Some(y);
        }
        before = std::mem::replace(&mut above, row);
        last = Some(x);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> BTreeMap<String, String> {
        [
            ("6501", "Tiền điện"),
            ("6502", "Tiền nước"),
            ("6551", "Văn phòng phẩm"),
            ("7001", "Chi mua hàng hóa, vật tư"),
        ]
        .into_iter()
        .map(|(c, n)| (c.to_owned(), n.to_owned()))
        .collect()
    }

    #[test]
    fn one_slip_of_a_finger_leads_to_the_code_that_was_meant() {
        for (typed, meant) in [
            ("6510", "6501"),
            ("651", "6551"),
            ("65501", "6501"),
            ("7011", "7001"),
            ("tien diem", "6501"),
            ("van phong pham", "6551"),
        ] {
            assert!(
                nearest(&list(), typed, 3).contains(&meant),
                "{typed}: {:?}",
                nearest(&list(), typed, 3)
            );
        }
    }

    #[test]
    fn what_is_like_nothing_offers_nothing() {
        for typed in ["", "1234", "xi mang", "999999"] {
            assert_eq!(nearest(&list(), typed, 3), Vec::<&str>::new(), "{typed}");
        }
    }

    #[test]
    fn two_digits_that_changed_places_are_one_slip() {
        assert_eq!(slips(b"6510", b"6501"), 1);
        assert_eq!(slips(b"6501", b"6501"), 0);
        assert_eq!(slips(b"", b"65"), 2);
    }
}
