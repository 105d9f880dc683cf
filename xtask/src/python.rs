//! A Python of its own for programs from PyPI, with the versions of tests/python/requirements.txt.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::setup;
use crate::shell::{phase, root, run, succeeds, target};

/// The folder of its programs: `python`, `schemathesis`. Made once, and again when the versions change.
pub fn programs() -> Result<PathBuf> {
    let wanted = std::fs::read_to_string(root().join("tests/python/requirements.txt"))?;
    let folder = target().join("python");
    let (programs, mark) = (folder.join("bin"), folder.join("requirements.txt"));
    if std::fs::read_to_string(&mark).is_ok_and(|made| made == wanted) {
        return Ok(programs);
    }
    phase("packages from PyPI", || {
        if !succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"])) {
            setup::run_packages(&["python3", "python3-venv"])?;
        }
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder))?;
        let mut pip = Command::new(programs.join("python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
        ]);
        run(pip.arg(root().join("tests/python/requirements.txt")))?;
        // last: what was cut off is made anew
        Ok(std::fs::write(&mark, &wanted)?)
    })?;
    Ok(programs)
}
