//! `hoso-tus`: tus-js-client and tuspy (in the interpreter HOSO_PYTHON) against the portal over a
//! link that cuts. Exit code 1 when bytes do not arrive.

use std::io::Write as _;

use acceptance::tus::{self, Peer};
use anyhow::{Result, ensure};

fn main() -> Result<()> {
    let python = std::env::var_os("HOSO_PYTHON").unwrap_or_else(|| "python3".into());
    let peers = [Peer::TusJsClient, Peer::Tuspy(python.into())];
    for peer in &peers {
        ensure!(
            peer.at_hand(),
            "{} is not found: `cargo xtask tus` brings it, or set NODE_PATH and HOSO_PYTHON",
            peer.name()
        );
    }
    tus::run(&peers, |line| {
        let _ = writeln!(std::io::stdout(), "{line}");
    })
}
