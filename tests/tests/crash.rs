//! A small share of what `cargo xtask crash` does.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use acceptance::powercut::{Cuts, Flushes, Traced};
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
        let kept = tempfile::tempdir().unwrap();
        let cuts = Cuts {
            keep: Some(kept.path().to_owned()),
            ..Cuts::every(stride, flushes)
        };
        let tally = traced.replay(&cuts, |_| {}).unwrap();
        powercut::judge(&tally, flushes).unwrap();
        let disks = std::fs::read_dir(kept.path()).unwrap().count();
        assert_eq!(disks, usize::from(flushes == Flushes::Ignored));
    }
    // the upgrade is short: it gets cuts of its own
    let upgrade = traced.upgrade();
    let within = Cuts {
        from: upgrade.start,
        until: upgrade.end,
        ..Cuts::every((upgrade.len() / 3).max(1), Flushes::Kept)
    };
    let tally = traced.replay(&within, |_| {}).unwrap();
    powercut::judge(&tally, Flushes::Kept).unwrap();
    // one call looked at alone, with its three fates
    let alone = Cuts {
        from: stride,
        until: stride,
        ..Cuts::every(1, Flushes::Kept)
    };
    assert_eq!(traced.replay(&alone, |_| {}).unwrap().cuts, 3);
}

#[test]
fn a_file_call_of_each_kind_that_fails_loses_nothing() {
    let tally = faults::run(faults::Share::Small, 1, |_| {}).unwrap();
    faults::judge(&tally).unwrap();
    assert_eq!(tally.tries, 11, "{tally}");
}
