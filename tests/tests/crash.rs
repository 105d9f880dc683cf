//! A small share of what `cargo xtask crash` does: kills, failing file calls, power cuts.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use acceptance::powercut::{self, Flushes};
use acceptance::{crash, faults};

#[test]
fn killed_at_work_and_while_upgrading_nothing_acknowledged_is_lost() {
    let tally = crash::run(2, 20_261_129, |_| {}).unwrap();
    crash::judge(&tally).unwrap();
    assert_eq!(tally.kills.values().sum::<u32>(), 10, "{tally}");
}

#[test]
fn the_first_call_of_each_kind_that_fails_costs_nothing_and_is_told() {
    let tally = faults::run(1, |_| {}).unwrap();
    faults::judge(&tally).unwrap();
    assert!(tally.refused > 0, "{tally}");
}

#[test]
fn a_power_cut_costs_nothing_that_was_answered() {
    let tally = powercut::run(97, Flushes::Kept, |_| {}).unwrap();
    powercut::judge(&tally, Flushes::Kept).unwrap();
}

#[test]
fn on_a_disk_that_ignores_flushes_the_replay_shows_losses() {
    let tally = powercut::run(97, Flushes::Ignored, |_| {}).unwrap();
    powercut::judge(&tally, Flushes::Ignored).unwrap();
}
