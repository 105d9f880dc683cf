//! Movements of the treasury that say the same: money each, whichever way they came, and counted once.

use hoso_domain::book::Movement;
use hoso_domain::id::{EntryId, ResultId};
use hoso_domain::money::Dong;
use hoso_store::Connection;
use hoso_store::books::{self, KeptMovement};

use crate::world::{World, id, instant};

/// A fee the treasury took.
pub fn fee(row: usize) -> KeptMovement {
    KeptMovement {
        id: EntryId(id(0xb000 + row as u128)),
        movement: Movement {
            day: instant(0).date_naive(),
            account: "9523.4.1123456.17234".to_owned(),
            amount: Dong::new(-55_000).unwrap(),
            reference: String::new(),
            text: "Phí chuyển tiền".to_owned(),
        },
        dossier: None,
        by_hand: false,
    }
}

/// Takes in a statement with `count` such rows; how many of them were new.
fn imported(w: &World, count: u32) -> usize {
    let (unit, before) = (w.unit, kept(w).len());
    w.store()
        .write(move |tx| {
            let mut new = 0;
            for (row, ordinal) in (100 * before..).zip(0..count) {
                let taken = books::put_movement(tx, unit, &fee(row), ordinal, instant(0))?;
                new += usize::from(taken);
            }
            Ok(new)
        })
        .unwrap()
}

/// Hears the one that the portal calls `n`; how many rows came of it.
fn told(w: &World, n: u128) -> usize {
    let (unit, before) = (w.unit, kept(w).len());
    let (row, told) = (fee(100 * before), ResultId(id(0xc000 + n)));
    w.store()
        .write(move |tx| books::put_told_movement(tx, unit, &row, told, instant(0)))
        .unwrap();
    kept(w).len() - before
}

/// What the portal calls each row, in their order; 0: not told.
fn kept(w: &World) -> Vec<u128> {
    let read = |c: &Connection| {
        let mut statement = c.prepare("SELECT told_id FROM movement ORDER BY ordinal")?;
        let rows = statement.query_map([], |r| r.get::<_, String>(0))?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    };
    let number = |told: &String| match told.as_str() {
        "" => 0,
        told => told.parse::<ResultId>().unwrap().0.as_u128() & 0xfff,
    };
    w.store().read(read).unwrap().iter().map(number).collect()
}

#[test]
fn rows_of_a_statement_that_say_the_same_are_each_kept_and_once() {
    let w = World::new();
    assert_eq!(imported(&w, 2), 2);
    assert_eq!(imported(&w, 2), 0, "read again");
    assert_eq!(imported(&w, 1), 0, "a shorter statement");
    assert_eq!(imported(&w, 3), 1, "a longer one");
    let all = w
        .store()
        .read(|c| books::movements(c, w.unit, instant(0).date_naive()))
        .unwrap();
    let sum: i64 = all.iter().map(|m| m.movement.amount.get()).sum();
    assert_eq!((all.len(), sum), (3, -165_000));
}

#[test]
fn the_portals_id_tells_movements_apart_that_say_the_same() {
    let w = World::new();
    assert_eq!([told(&w, 1), told(&w, 1)], [1, 0], "told twice");
    assert_eq!([told(&w, 2), told(&w, 2)], [1, 0], "another one");
    assert_eq!(kept(&w), [1, 2]);
    assert_eq!(imported(&w, 2), 0, "the statement says nothing new");
    assert_eq!(imported(&w, 3), 1, "one was not told yet");
    assert_eq!(told(&w, 3), 0, "and is told now");
    assert_eq!(kept(&w), [1, 2, 3]);
}

#[test]
fn a_row_that_was_imported_is_the_one_told_later() {
    let w = World::new();
    assert_eq!(imported(&w, 2), 2);
    assert_eq!([told(&w, 1), told(&w, 1)], [0, 0]);
    assert_eq!(kept(&w), [1, 0]);
    assert_eq!([told(&w, 2), told(&w, 3)], [0, 1]);
    assert_eq!(kept(&w), [1, 2, 3]);
    assert_eq!(imported(&w, 3), 0);
}
