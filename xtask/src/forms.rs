//! Every form on paper, to look at.

use std::process::Command;

use anyhow::Result;

use crate::shell::{cargo, phase, root, run, target};

pub fn run_forms(arguments: &[&str]) -> Result<()> {
    phase("program", || {
        run(cargo().args(["build", "--workspace", "--bin", "hoso-forms"]))
    })?;
    let mut forms = Command::new(target().join("debug/hoso-forms"));
    if !arguments.contains(&"--forms") {
        forms.arg("--forms").arg(root().join("forms"));
    }
    run(forms.args(arguments))
}
