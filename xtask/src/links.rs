//! docs/LINKS.md: what a bad link does to one sending, measured.

use std::process::Command;

use anyhow::Result;

use crate::shell::{phase, root, run, target};
use crate::{setup, test};

/// Writes the table; a word picks scenarios by their names and only shows them.
pub fn run_links(filter: &[&str]) -> Result<()> {
    setup::run()?;
    build()?;
    let mut links = Command::new(target().join("debug/hoso-links"));
    links.args(filter);
    if filter.is_empty() {
        links.arg("--out").arg(root().join("docs/LINKS.md"));
    }
    phase("scenarios", || run(&mut links))
}

/// The programs that are set against each other.
pub fn build() -> Result<()> {
    phase("programs (the first time takes some minutes)", || {
        run(&mut test::build_programs())
    })
}
