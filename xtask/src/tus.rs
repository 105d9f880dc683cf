//! An independent tus client against the portal. It comes from npm's registry, so this is no part
//! of `test`.

use std::process::Command;

use anyhow::Result;

use crate::shell::{phase, run, succeeds, target};
use crate::{links, setup};

/// The version that was seen to arrive.
const PACKAGE: &str = "tus-js-client@4.3.1";

pub fn run_tus() -> Result<()> {
    setup::run()?;
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
    links::build()?;
    let mut tus = Command::new(target().join("debug/hoso-tus"));
    tus.env("NODE_PATH", folder.join("node_modules"));
    phase("tus-js-client over a bad link", || run(&mut tus))
}
