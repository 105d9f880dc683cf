//! The quickest scenarios of docs/LINKS.md and a few kill rounds: real client, real portal, a bad
//! link between them.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may panic and says why it is passed over"
)]

use std::sync::{Mutex, OnceLock, PoisonError};

use acceptance::links::{Back, Bench, Beyond, Line, all, answers, ways};
use acceptance::{inject, kill};

/// One scenario at a time: they share the link.
fn on_the_bench(scenario: fn(&Bench) -> anyhow::Result<Line>) -> Line {
    static BENCH: OnceLock<Mutex<Bench>> = OnceLock::new();
    let bench = BENCH.get_or_init(|| Mutex::new(Bench::prepare().unwrap()));
    let bench = bench.lock().unwrap_or_else(PoisonError::into_inner);
    scenario(&bench).unwrap()
}

#[test]
fn a_lost_answer_to_the_commit_is_asked_about_and_nothing_goes_twice() {
    let line = on_the_bench(ways::lost_answer);
    assert!(line.said.contains("Chưa rõ kết quả"), "{}", line.said);
    assert!(matches!(line.back, Back::Unaided(_)), "{:?}", line.back);
    let Beyond { content, .. } = line.beyond.unwrap();
    assert!(content <= 0, "{content} bytes of content went twice");
}

#[test]
fn a_lost_201_costs_no_content() {
    let Beyond { content, .. } = on_the_bench(ways::lost_creation).beyond.unwrap();
    assert_eq!(content, 0);
}

#[test]
fn a_body_that_was_cut_goes_on_where_the_portal_says() {
    let Beyond { content, .. } = on_the_bench(ways::cut_body).beyond.unwrap();
    // from its beginning the 30 000 bytes that had arrived would go twice
    assert!(content < 30_000, "{content} bytes of content went twice");
}

#[test]
fn a_captive_portal_is_called_by_its_name() {
    let line = on_the_bench(answers::captive_portal);
    assert!(!line.said.contains("Cần xử lý"), "{}", line.said);
}

#[test]
fn a_portal_that_asks_to_wait_is_waited_for() {
    let line = on_the_bench(answers::too_many);
    assert!(!line.said.contains("Cần xử lý"), "{}", line.said);
}

#[test]
fn killed_at_any_moment_nothing_is_lost_and_nothing_doubled() {
    let tally = kill::run(3, 20_261_122, |_| {}).unwrap();
    kill::judge(&tally).unwrap();
    assert_eq!(tally.matched, 12, "{tally}");
}

#[test]
fn a_portal_whose_disk_is_full_is_waited_for() {
    if !rustix::process::geteuid().is_root() {
        assert!(
            std::env::var_os("CI").is_none(),
            "needs root, for a small disk"
        );
        eprintln!("passed over: needs root, for a small disk of its own");
        return;
    }
    let full = all()
        .into_iter()
        .find(|(name, _)| *name == "portal's disk full");
    let line = on_the_bench(full.unwrap().1);
    assert!(!line.said.contains("Cần xử lý"), "{}", line.said);
}

#[test]
fn a_write_that_fails_a_flush_that_is_the_last_and_a_reset_line_cost_nothing() {
    let tally = inject::run(2, |_| {}).unwrap();
    inject::judge(&tally).unwrap();
    assert_eq!(tally.receipts, tally.rounds as usize, "{tally}");
}
