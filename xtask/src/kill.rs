//! Kill rounds: the last line is the tally, and a duplicate or a loss is an error.

use std::process::Command;

use anyhow::Result;

use crate::shell::{phase, run, target};
use crate::{links, setup};

/// `--rounds N` (10), `--seed S` (by chance); or `--strace N`: up to the N-th write and flush.
pub fn run_kill(arguments: &[&str]) -> Result<()> {
    setup::run()?;
    links::build()?;
    let mut kill = Command::new(target().join("debug/hoso-kill"));
    phase("kill rounds", || run(kill.args(arguments)))
}
