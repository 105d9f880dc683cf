//! Which backup is the newest, whatever clocks said and after restores.

use std::fs;

use hoso_store::backup::{self, Manifest, Restored};
use hoso_store::people;
use serde_json::Value;

use crate::backup::{Office, on};
use crate::world::{instant, person};

#[test]
fn the_newest_backup_is_that_of_the_longest_trail_whatever_the_clock_said() {
    let office = Office::new();
    let ahead = office.back_up(400).place;
    office.attach(3, 77);
    let right = office.back_up(1).place;
    assert_eq!(office.backups(), [right.clone(), ahead.clone()]);
    // what it vouches for is not copied anew day by day
    office.attach(3, 78);
    let next = office.back_up(2);
    assert!(next.fresh < 80_000, "{}", next.fresh);
    // a battery that was empty: the clock begins in another year
    office.attach(3, 79);
    let behind = office.back_up(-400).place;
    assert_eq!(office.backups(), [behind, next.place, right, ahead]);
}

#[test]
fn a_clock_that_was_years_ahead_for_days_costs_no_backup() {
    let office = Office::new();
    for day in 0..20 {
        office.back_up(day);
    }
    let before = office.backups();
    for ahead in [366, 367, 4_016, 4_017] {
        assert_eq!(office.back_up(ahead).removed, 0);
    }
    // the battery is empty: it begins in another year
    office.back_up(-9_000);
    let left = office.backups();
    assert!(before.iter().all(|place| left.contains(place)), "{left:?}");
    // and once the clock is right the rule goes on
    let removed: usize = (20..30).map(|day| office.back_up(day).removed).sum();
    assert!(removed > 3, "{removed}");
}

#[test]
fn after_a_restore_the_newest_backup_is_one_of_the_trail_that_goes_on() {
    let office = Office::new();
    let first = office.back_up(0);
    for number in 77..80 {
        office.attach(3, number);
    }
    let given_up = office.back_up(1);
    let (_pc, store) = office.on_a_bare_pc(&first);
    let made = backup::make(&store, &office.wish(2), &mut on).unwrap();
    // its trail is shorter than the one that was given up
    assert!(made.manifest.audit.seq < given_up.manifest.audit.seq);
    assert_eq!(made.manifest.restored, Restored::At(instant(5_000)));
    assert_eq!(first.manifest.restored, Restored::Never);
    let in_turn = [made.place, given_up.place, first.place];
    assert_eq!(office.backups(), in_turn);
    // those of an earlier program say nothing of restores
    for earlier in [2, 0, 1] {
        let path = in_turn[earlier].join("manifest.json");
        let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        manifest
            .as_object_mut()
            .unwrap()
            .remove("restored")
            .unwrap();
        fs::write(&path, manifest.to_string()).unwrap();
        let read = Manifest::read(&in_turn[earlier]).unwrap();
        assert_eq!(read.restored, Restored::Unsaid);
        assert_eq!(office.backups(), in_turn);
    }
}

#[test]
fn of_two_restores_of_one_backup_the_later_goes_on_unless_its_clock_was_ahead() {
    let office = Office::new();
    let first = office.back_up(0);
    let (_pc, given_up) = office.restored_at(&first, 5_000);
    let by = office.w.at(6_000);
    for _ in 0..3 {
        given_up
            .write(move |tx| people::put(tx, person(2), "Lô Văn Páo", by))
            .unwrap();
    }
    let given_up = backup::make(&given_up, &office.wish(1), &mut on).unwrap();
    let (_second, goes_on) = office.restored_at(&first, 100_000);
    let goes_on = backup::make(&goes_on, &office.wish(2), &mut on).unwrap();
    assert!(goes_on.manifest.audit.seq < given_up.manifest.audit.seq);
    let (_third, ahead) = office.restored_at(&first, 400 * 86_400);
    let ahead = backup::make(&ahead, &office.wish(3), &mut on).unwrap();
    assert_eq!(
        office.backups(),
        [goes_on.place, given_up.place, first.place, ahead.place]
    );
}
