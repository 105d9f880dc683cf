//! Crash rounds: the last line is rounds, kills by phase and losses; a loss is an error.

use std::process::Command;

use anyhow::Result;

use crate::shell::{phase, run, target};
use crate::{links, setup, ui};

/// `--rounds N` (200), `--window M` (a tenth of N), `--seed S` (by chance).
pub fn run_crash(arguments: &[&str]) -> Result<()> {
    setup::run()?;
    ui::build(ui::Profile::Develop)?;
    links::build()?;
    let mut crash = Command::new(target().join("debug/hoso-crash"));
    phase("crash rounds", || run(crash.args(arguments)))
}
