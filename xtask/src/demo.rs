//! The main job before your eyes: a training portal, two soft tokens, the real window.

use std::process::Command;

use anyhow::{Result, bail};

use crate::shell::{cargo, phase, run, target};
use crate::{setup, ui};

/// `demo`: a window to work in. `demo --headless --out DIR`: the same journey by itself.
pub fn run_demo(args: &[&str]) -> Result<()> {
    let mut out = None;
    let mut headless = false;
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match *arg {
            "--headless" => headless = true,
            "--out" => out = rest.next().copied(),
            other => bail!("demo does not know `{other}`"),
        }
    }
    build()?;
    let mut journey = Command::new(target().join("debug/hoso-journey"));
    if headless {
        let out = std::path::absolute(out.unwrap_or("demo-out"))?;
        journey.args(["--headless", "--out"]).arg(&out);
        phase("journey", || run(&mut journey))?;
        eprintln!("look at {}", out.display());
        Ok(())
    } else {
        run(&mut journey)
    }
}

/// The program with your own data.
pub fn open_window() -> Result<()> {
    build()?;
    run(&mut Command::new(target().join("debug/hoso-desktop")))
}

fn build() -> Result<()> {
    setup::run()?;
    ui::build(ui::Profile::Develop)?;
    phase("programs (the first time takes some minutes)", || {
        run(cargo().args(["build", "--workspace", "--bins"]))
    })
}
