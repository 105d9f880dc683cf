//! Two independent tus clients against the portal. They come from npm's and PyPI's registries, so
//! this is no part of `test`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::shell::{phase, run, succeeds, target};
use crate::{links, python, setup};

/// The version that was seen to arrive.
const PACKAGE: &str = "tus-js-client@4.3.1";

pub fn run_tus() -> Result<()> {
    setup::run()?;
    let modules = client()?;
    let programs = python::programs()?;
    links::build()?;
    let mut tus = Command::new(target().join("debug/hoso-tus"));
    tus.env("NODE_PATH", modules);
    tus.env("HOSO_PYTHON", programs.join("python"));
    phase("tus-js-client and tuspy over a bad link", || run(&mut tus))
}

/// Brings npm's client; where node finds it (`NODE_PATH`).
pub fn client() -> Result<PathBuf> {
    if !succeeds(Command::new("npm").arg("--version")) {
        setup::run_packages(&["nodejs", "npm"])?;
    }
    let folder = target().join("tus");
    std::fs::create_dir_all(&folder)?;
    phase(PACKAGE, || {
        let mut npm = Command::new("npm");
        npm.args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--prefix",
        ]);
        run(npm.arg(&folder).arg(PACKAGE))
    })?;
    Ok(folder.join("node_modules"))
}
