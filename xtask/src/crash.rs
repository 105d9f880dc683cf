//! Crash rounds: the last line is rounds, kills by phase and losses; a loss is an error.

use anyhow::{Result, ensure};

use crate::shell::{phase, run};
use crate::{links, setup, ui};

/// `--rounds N` (200), `--window M` (a tenth of N), `--seed S` (by chance). With `--release` by
/// optimised programs, and without the window: only its development build can be told what its file
/// dialogs answer.
pub fn run_crash(arguments: &[&str]) -> Result<()> {
    let release = arguments.contains(&"--release");
    ensure!(
        !(release && arguments.contains(&"--window")),
        "the window's file dialogs answer by themselves in a development build only: \
         --window goes without --release"
    );
    setup::run()?;
    if !release {
        ui::build(ui::Profile::Develop)?;
    }
    let mut crash = links::laboratory("hoso-crash", arguments)?;
    if release {
        crash.args(["--window", "0"]);
    }
    phase("crash rounds", || run(&mut crash))
}
