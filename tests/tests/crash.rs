//! A small share of what `cargo xtask crash` does.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use acceptance::powercut::{Flushes, Traced};
use acceptance::{crash, faults, powercut};

#[test]
fn killed_at_work_and_while_upgrading_nothing_acknowledged_is_lost() {
    let tally = crash::run(2, 20_261_129, |_| {}).unwrap();
    crash::judge(&tally).unwrap();
    // four at work and one while upgrading, each round
    assert_eq!(tally.kills.values().sum::<u32>(), 10, "{tally}");
}

#[test]
fn the_power_fails_at_any_call_and_only_a_disk_that_ignores_flushes_loses() {
    const PREFIXES: usize = 6;
    let traced = Traced::take().unwrap();
    let stride = (traced.calls() / PREFIXES).max(1);
    for flushes in [Flushes::Kept, Flushes::Ignored] {
        let tally = traced.replay(stride, flushes, |_| {}).unwrap();
        powercut::judge(&tally, flushes).unwrap();
    }
}

#[test]
fn a_file_call_of_each_kind_that_fails_loses_nothing() {
    let tally = faults::run(faults::Share::Small, 1, |_| {}).unwrap();
    faults::judge(&tally).unwrap();
    assert_eq!(tally.tries, 7, "{tally}");
}
