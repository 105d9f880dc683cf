//! A short run of the simulation with every other test; `cargo xtask simulate` runs thousands.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use acceptance::simulate::{self, World};

#[test]
fn ten_storms_cost_no_dossier_and_double_none() {
    let world = Arc::new(World::new(7).unwrap());
    let totals = simulate::run(&world, 0..10, None, |_, _| {}).unwrap();
    assert!(totals.clean(), "{totals}\n{:#?}", totals.breaches);
    assert!(totals.submissions + totals.carried >= 70, "{totals}");
    assert!(totals.amended > 0, "nothing was amended: {totals}");
}

#[test]
fn a_new_address_wakes_the_courier_at_once_whatever_its_back_off() {
    let world = Arc::new(World::new(1).unwrap());
    let waited = simulate::woken(&world, Duration::ZERO).unwrap();
    // a look every second, and the way there
    let soon = |time: &Duration| *time < Duration::from_secs(10);
    assert!(waited.iter().all(soon), "{waited:?}");
}

#[test]
fn a_new_address_whose_way_comes_later_is_tried_again_soon_whatever_failed_before() {
    let world = Arc::new(World::new(1).unwrap());
    let waited = simulate::woken(&world, Duration::from_secs(60)).unwrap();
    // a try that hangs, and a short rest
    let soon = |time: &Duration| *time < Duration::from_secs(90);
    assert!(waited.iter().all(soon), "{waited:?}");
}

#[test]
fn what_is_under_way_when_the_sending_hours_end_waits_and_goes_when_they_begin_again() {
    let world = Arc::new(World::new(20).unwrap());
    let day = simulate::closing(&world).unwrap();
    // one may have lacked nothing but its commit, which goes at any hour
    assert!(day.before <= day.closed + 1, "it goes on: {day:?}");
    assert!(day.closed > 0, "the line was dead: {day:?}");
    assert!(day.before < 20, "nothing was left to go: {day:?}");
    // all of them, and the one the portal refuses
    assert_eq!((day.after, day.waiting), (21, 0), "{day:?}");
}
