//! `hoso-tus`: tus-js-client against the portal over a link that cuts. Exit code 1 when its bytes
//! do not arrive.

use std::io::Write as _;

use acceptance::tus;
use anyhow::{Result, ensure};

fn main() -> Result<()> {
    ensure!(
        tus::at_hand(),
        "node does not find tus-js-client: `cargo xtask tus` brings it, or set NODE_PATH"
    );
    tus::run(|line| {
        let _ = writeln!(std::io::stdout(), "{line}");
    })
}
