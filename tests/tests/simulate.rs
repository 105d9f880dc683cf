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
    let waited = simulate::woken(&world).unwrap();
    // a look every two seconds, and the way there
    let soon = |time: &Duration| *time < Duration::from_secs(10);
    assert!(waited.iter().all(soon), "{waited:?}");
}
