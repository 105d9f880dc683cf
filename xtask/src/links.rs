//! docs/LINKS.md: what a bad link does to one sending, measured.

use std::process::Command;

use anyhow::Result;

use crate::shell::{cargo, phase, root, run, target};
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

/// A laboratory ready to run, with the programs it sets against each other, the window's not among
/// them with `--release`; the other arguments are its own.
pub fn laboratory(name: &str, arguments: &[&str]) -> Result<Command> {
    let profile = match arguments.contains(&"--release") {
        true => {
            build_optimised(name)?;
            "release"
        }
        false => {
            build()?;
            "debug"
        }
    };
    let mut laboratory = Command::new(target().join(profile).join(name));
    laboratory.args(arguments.iter().filter(|a| **a != "--release"));
    Ok(laboratory)
}

fn build_optimised(laboratory: &str) -> Result<()> {
    let mut build = cargo();
    build.args(["build", "--release", "--workspace"]);
    for name in [laboratory, "hoso-headless", "hoso-portal", "hoso-token"] {
        build.args(["--bin", name]);
    }
    phase("programs, release (the first time takes long)", || {
        run(&mut build)
    })
}
