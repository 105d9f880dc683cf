//! Kill rounds: the last line is the tally, and a duplicate or a loss is an error.

use anyhow::Result;

use crate::shell::{phase, run};
use crate::{links, setup};

/// `--rounds N` (10), `--seed S` (by chance); or `--strace N`: up to the N-th write and flush.
/// With `--release` by optimised programs.
pub fn run_kill(arguments: &[&str]) -> Result<()> {
    setup::run()?;
    let mut kill = links::laboratory("hoso-kill", arguments)?;
    phase("kill rounds", || run(&mut kill))
}
