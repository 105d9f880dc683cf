#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::*;
use crate::form::{blank, compute_with, latest, library};

/// A line of a form's grid: each cell one of a few values, readable and not.
fn typed_row(grid: &Grid, picks: &[usize]) -> Row {
    const VALUES: [&str; 6] = ["", "1", "250000", "-7", "999999999999999", "một triệu"];
    let cells = grid.columns.iter().zip(picks.iter().cycle());
    Row {
        group: String::new(),
        cells: cells
            .map(|(c, pick)| (c.id.clone(), VALUES[pick % VALUES.len()].to_owned()))
            .filter(|(_, value)| !value.is_empty())
            .collect(),
    }
}

fn sheet(
    form: &Form,
    voucher: &Voucher,
    before: Option<&Sheet>,
    old: &BTreeMap<String, Lines>,
) -> (Sheet, BTreeMap<String, Lines>) {
    // a line that is as it was is the same line
    let shared = |id: &str, at: usize, row: &Row| {
        let there = old.get(id).and_then(|l| l.get(at));
        match there.filter(|there| there.as_ref() == row) {
            Some(there) => Arc::clone(there),
            None => Arc::new(row.clone()),
        }
    };
    let typed: BTreeMap<String, Lines> = voucher
        .grids
        .iter()
        .map(|(id, rows)| {
            let lines = rows.iter().enumerate().map(|(at, row)| shared(id, at, row));
            (id.clone(), lines.collect())
        })
        .collect();
    let fields = Arc::new(voucher.fields.clone());
    let made = Sheet::work(form, fields, typed.clone(), before, ZeroTens::Linh);
    (made, typed)
}

proptest! {
    /// Whatever is typed, in whatever order: the sheet holds what the whole voucher computed anew
    /// would.
    #[test]
    fn a_sheet_worked_on_line_by_line_is_the_voucher_computed_whole(
        number in prop::sample::select(vec!["13", "14", "18", "20", "26", "31", "32"]),
        lines in prop::collection::vec(prop::collection::vec(0usize..6, 1..9), 1..6),
        edits in prop::collection::vec((0usize..6, prop::collection::vec(0usize..6, 1..9), any::<bool>()), 0..8),
    ) {
        let form = latest("nd347-2025", number).unwrap();
        let grid = form.grids().next().unwrap();
        let mut voucher = blank(form, &BTreeMap::new());
        let rows = lines.iter().map(|picks| typed_row(grid, picks)).collect();
        voucher.grids.insert(grid.id.clone(), rows);
        let (mut now, mut typed) = sheet(form, &voucher, None, &BTreeMap::new());
        for (at, picks, insert) in edits {
            let rows = voucher.grids.get_mut(&grid.id).unwrap();
            let at = at.min(rows.len().saturating_sub(1));
            let row = typed_row(grid, &picks);
            if insert {
                rows.insert(at, row);
            } else {
                rows[at] = row;
            }
            voucher.fields.insert("estimate_final".to_owned(), "x".to_owned());
            (now, typed) = sheet(form, &voucher, Some(&now), &typed);
            let mut whole = voucher.clone();
            compute_with(form, &mut whole, ZeroTens::Linh);
            let mut told = voucher.clone();
            now.write_to(&mut told);
            prop_assert_eq!(&told, &whole);
            prop_assert_eq!(now.field(&form.summary.total), whole.field(&form.summary.total));
        }
    }
}

#[test]
fn a_key_in_one_of_five_hundred_lines_copies_that_line_alone() {
    let form = latest("nd347-2025", "14").unwrap();
    let grid = form.grid("lines").unwrap();
    let mut voucher = blank(form, &BTreeMap::new());
    let row = typed_row(grid, &[1, 2, 2, 2]);
    voucher.grids.insert("lines".to_owned(), vec![row; 500]);
    let (before, typed) = sheet(form, &voucher, None, &BTreeMap::new());
    let cells = &mut voucher.grids.get_mut("lines").unwrap()[250].cells;
    cells.insert("tax_amount".to_owned(), "77".to_owned());
    let (after, _) = sheet(form, &voucher, Some(&before), &typed);
    let pairs = before.lines("lines").iter().zip(after.lines("lines"));
    let other: Vec<usize> = pairs
        .enumerate()
        .filter(|(_, (a, b))| !Arc::ptr_eq(a, b))
        .map(|(at, _)| at)
        .collect();
    assert_eq!(other, [250]);
    assert_ne!(before.field("total"), after.field("total"));
}

#[test]
fn what_no_formula_of_a_line_asks_is_not_worked_anew() {
    // no form of the program asks the other lines from within one; a pack may bring one that does
    for form in library() {
        for grid in form.grids() {
            assert!(!sums(grid), "{} {}", form.number, grid.id);
        }
    }
    let both = |formula: &str| {
        let mut form = latest("nd347-2025", "14").unwrap().clone();
        for block in &mut form.blocks {
            if let crate::form::Block::Grid(grid) = block {
                let column = grid.columns.iter_mut().find(|c| c.formula.is_some());
                column.unwrap().formula = Some(formula.parse().unwrap());
                return (reads_beyond_its_line(grid), sums(grid));
            }
        }
        unreachable!("form 14 has lines")
    };
    assert_eq!(both("tax_amount + paid_amount"), (false, false));
    assert_eq!(both("if(actual, tax_amount, paid_amount)"), (true, false));
    assert_eq!(both("sum(lines.tax_amount) - paid_amount"), (false, true));
}
