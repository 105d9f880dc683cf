//! The simulation: courier, store and portal as they are shipped, over a simulated line, in
//! thousands of storms. The last line counts; a broken invariant is an error.

use anyhow::Result;

use crate::shell::{cargo, phase, run, target};

/// Flags of the faults sewn in on purpose, all or one, which only a build of its own has.
const PLANTED: [&str; 5] = [
    "--planted",
    "--without-key",
    "--cursor-first",
    "--trust-200",
    "--ack-before-commit",
];

pub fn run_simulate(arguments: &[&str]) -> Result<()> {
    // thousands of seeds are worth an optimised build
    let profile = match arguments.contains(&"--release") {
        true => "release",
        false => "debug",
    };
    let planted = arguments.iter().any(|a| PLANTED.contains(a));
    phase("program", || {
        // planted faults never come near the other programs: they are built into this one alone. All
        // packages are named, so that what all of them share is not built anew
        run(cargo()
            .args(["build", "--workspace"])
            .args(planted.then_some("--features=acceptance/planted-faults"))
            .args((profile == "release").then_some("--release"))
            .args(["--bin", "hoso-simulate"]))
    })?;
    let program = target().join(profile).join("hoso-simulate");
    run(std::process::Command::new(program).args(arguments.iter().filter(|a| **a != "--release")))
}
