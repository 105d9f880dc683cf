//! The status bar follows the readers by itself.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use hoso_contract::command::*;
use hoso_engine::Handle;
use hoso_testkit::shim::{Act, Fault};

use crate::bench::{Bench, CHIEF, OWNER};

const SOON: Duration = Duration::from_secs(2);

fn holder(bench: &Bench) -> Option<String> {
    let session = bench.desk.engine.handle(GetSession {}).unwrap();
    session.token.map(|t| t.holder)
}

/// Waits until the status bar shows that holder, and tells how long it took.
fn shows(bench: &Bench, wanted: Option<&str>) -> Duration {
    let begun = Instant::now();
    bench.desk.until("the status bar's word", || {
        (holder(bench).as_deref() == wanted).then_some(())
    });
    begun.elapsed()
}

#[test]
fn a_token_that_goes_or_comes_is_in_the_status_bar_within_two_seconds() {
    for faults in [vec![], vec![Fault::SlotEvents]] {
        let mut bench = Bench::new();
        bench
            .shim
            .script(|s| s.faults = faults.into_iter().collect())
            .unwrap();
        let world = bench.desk.world;
        let (chief, owner) = (&world.chief, &world.owner);
        bench.tokens();
        for label in [&chief.token.label, &owner.token.label] {
            bench.shim.pull(label).unwrap();
        }
        assert!(shows(&bench, None) < SOON);
        bench.shim.insert(&owner.token.label).unwrap();
        assert!(shows(&bench, Some(owner.name)) < SOON);
        bench.shim.pull(&owner.token.label).unwrap();
        assert!(shows(&bench, None) < SOON);
        bench.shim.insert(&chief.token.label).unwrap();
        assert!(shows(&bench, Some(chief.name)) < SOON);
        assert_eq!(bench.logins(), [], "looking costs no login");
    }
}

#[test]
fn looking_again_at_the_same_tokens_tells_nothing_new() {
    let bench = Bench::new();
    bench.tokens();
    let told = || bench.desk.heard.tokens.load(Ordering::Relaxed);
    let before = told();
    for _ in 0..3 {
        bench.tokens();
    }
    assert_eq!(told(), before);
    bench
        .shim
        .pull(&bench.desk.world.chief.token.label)
        .unwrap();
    bench.tokens();
    assert_eq!(told(), before + 1);
}

#[test]
fn a_module_that_crashes_while_it_is_watched_is_started_again_and_the_desk_still_signs() {
    let mut bench = Bench::new();
    let items = bench.submitted(1);
    bench.shim.rule("C_GetSlotList", 0, Act::Crash).unwrap();
    shows(&bench, None);
    bench.shim.heal().unwrap();
    assert_eq!(bench.sign(&items, CHIEF).stopped, None);
    assert_eq!(bench.sign(&items, OWNER).stopped, None);
}

#[test]
fn locking_the_program_ends_the_token_processes() {
    let bench = Bench::new();
    bench.tokens();
    let running = || helpers_of(bench.shim.module());
    assert!(!running().is_empty());
    bench.desk.engine.handle(Lock {}).unwrap();
    assert_eq!(running(), Vec::<String>::new());
}

/// Processes that have this module as an argument.
fn helpers_of(module: &std::path::Path) -> Vec<String> {
    let wanted = module.to_string_lossy().into_owned();
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|p| std::fs::read(p.path().join("cmdline")).ok())
        .map(|c| String::from_utf8_lossy(&c).replace('\0', " "))
        .filter(|c| c.contains(&wanted))
        .collect()
}
