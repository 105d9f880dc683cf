#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::voucher::FormRef;

fn row(text: &str) -> Row {
    Row {
        group: String::new(),
        cells: [("content".to_owned(), text.to_owned())].into(),
    }
}

fn voucher(content: &str, lines: &[&str]) -> Voucher {
    let mut fields = BTreeMap::new();
    if !content.is_empty() {
        fields.insert("content".to_owned(), content.to_owned());
    }
    Voucher {
        form: FormRef {
            basis: "nd347-2025".to_owned(),
            number: "13".to_owned(),
            edition: 1,
        },
        fields,
        grids: [("lines".to_owned(), lines.iter().map(|l| row(l)).collect())].into(),
    }
}

#[test]
fn one_line_put_between_others_is_one_line_of_change() {
    let before = [voucher("a", &["1", "2", "3"])];
    let after = [voucher("a", &["1", "2", "2b", "3"])];
    let patch = Patch::between(&before, &after).unwrap();
    assert_eq!(patch.fields, []);
    assert_eq!((patch.lines[0].at, patch.lines[0].before.len()), (2, 0));
    assert_eq!(patch.lines[0].after, [row("2b")]);
    assert_eq!(Patch::between(&after, &after), None);
}

#[test]
fn a_step_that_no_longer_fits_changes_no_line() {
    let patch = Patch::between(&[voucher("", &["1", "2"])], &[voucher("", &["1", "9"])]).unwrap();
    let mut other = [voucher("", &["1"])];
    assert!(!patch.apply(&mut other));
    assert_eq!(other, [voucher("", &["1"])]);
}

fn any_vouchers() -> impl Strategy<Value = Vec<Voucher>> {
    let one = ("[ab]{0,2}", prop::collection::vec("[ab]{1,2}", 0..8)).prop_map(|(c, lines)| {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        voucher(&c, &lines)
    });
    prop::collection::vec(one, 2..3)
}

proptest! {
    #[test]
    fn a_step_taken_back_and_done_again_leads_to_the_very_states(
        before in any_vouchers(),
        after in any_vouchers(),
    ) {
        let Some(patch) = Patch::between(&before, &after) else {
            prop_assert_eq!(before, after);
            return Ok(());
        };
        let mut now = before.clone();
        prop_assert!(patch.apply(&mut now));
        prop_assert_eq!(&now, &after);
        prop_assert!(patch.clone().reversed().apply(&mut now));
        prop_assert_eq!(&now, &before);
        prop_assert!(patch.apply(&mut now));
        prop_assert_eq!(&now, &after);
    }
}
