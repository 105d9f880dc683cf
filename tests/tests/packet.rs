//! The programs that ship over a line that loses IP packets.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may panic and says why it is passed over"
)]

use std::time::Duration;

use acceptance::thin::{Cuts, Thin};
use hoso_testkit::packet::{Line, missing};

#[test]
fn a_dossier_arrives_over_a_line_that_loses_packets_and_changes_its_address() {
    if let Some(why) = missing() {
        assert!(std::env::var_os("CI").is_none(), "{why}");
        eprintln!("passed over: {why}");
        return;
    }
    let thin = Thin::prepare(250_000).unwrap();
    let line = Line {
        bits_per_second: 400_000,
        delay: Duration::from_millis(100),
        loss: 0.03,
        queue: 32 * 1024,
    };
    let cuts = Cuts {
        every: Duration::from_secs(3),
        lasting: Duration::from_secs(3),
    };
    // what `send` gives has one dossier at the portal and its receipt at the client
    let sent = thin.send(line, Some(cuts)).unwrap();
    assert!(!sent.resumed.is_empty(), "{sent:?}");
    assert!(sent.up.lost > 0, "{sent:?}");
}
