//! A small share of what `cargo xtask crash` does.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use acceptance::crash;

#[test]
fn killed_at_work_and_while_upgrading_nothing_acknowledged_is_lost() {
    let tally = crash::run(2, 20_261_129, |_| {}).unwrap();
    crash::judge(&tally).unwrap();
    // four at work and one while upgrading, each round
    assert_eq!(tally.kills.values().sum::<u32>(), 10, "{tally}");
}
