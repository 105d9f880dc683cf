//! `cargo xtask test`: format, lints, unit and boundary tests, then the window.
//! The last line is `N passed, N failed`; with `CI=true` a skipped test is a failure.

use std::process::Command;

use anyhow::{Result, bail};

use crate::shell::{self, cargo, phase, run_all_lines};
use crate::{setup, ui, wasm};

/// Sums of what the test runners said.
#[derive(Default)]
struct Counts {
    passed: u64,
    failed: u64,
    ignored: u64,
    /// Test programs that a signal ended, in cargo's words: no test of theirs is said to have failed.
    killed: Vec<String>,
}

impl Counts {
    /// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; …` and `… (signal: 11, SIGSEGV: …)`.
    fn read(&mut self, line: &str) {
        if line.contains("process didn't exit successfully") && line.contains("(signal: ") {
            self.failed += 1;
            self.killed.push(line.trim().to_owned());
        }
        let Some(rest) = line.trim().strip_prefix("test result: ") else {
            return;
        };
        for part in rest.split(['.', ';']) {
            let mut words = part.split_whitespace();
            let (Some(number), Some(word)) = (words.next(), words.next()) else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

pub fn run(filter: &[&str]) -> Result<()> {
    setup::run()?;
    if shell::output(Command::new("id").arg("-u"))? != "0" {
        eprintln!(
            "not root: the tests with card readers (piv_card) and those that look into the window's \
             process will fail"
        );
    }
    let mut counts = Counts::default();
    let mut broken: Vec<&str> = Vec::new();
    let mut step = |name: &'static str, work: &mut dyn FnMut() -> Result<bool>| -> Result<()> {
        if !phase(name, work)? {
            broken.push(name);
        }
        Ok(())
    };
    if filter.is_empty() {
        step("format", &mut || {
            Ok(shell::run(cargo().args(["fmt", "--all", "--check"])).is_ok())
        })?;
    }
    step("page for the window", &mut || {
        ui::build(ui::Profile::Develop).map(|()| true)
    })?;
    if filter.is_empty() {
        step("lints, native", &mut || {
            Ok(shell::run(cargo().args(["clippy", "--workspace"]).args([
                "--all-targets",
                "--quiet",
                "--",
                "-D",
                "warnings",
            ]))
            .is_ok())
        })?;
        step("lints, wasm", &mut || {
            Ok(shell::run(
                wasm::cargo_for_page("clippy")?.args(["--quiet", "--", "-D", "warnings"]),
            )
            .is_ok())
        })?;
    }
    // the helper and the programs under test, from the same build
    step("programs", &mut || {
        Ok(shell::run(&mut build_programs()).is_ok())
    })?;
    step("second soft token", &mut || {
        Ok(shell::run(&mut build_kryoptic()).is_ok())
    })?;
    step("tests", &mut || {
        let mut tests = cargo();
        tests.args(["test", "--workspace", "--no-fail-fast", "--"]);
        tests.args(filter);
        run_all_lines(&mut tests, |line| counts.read(line))
    })?;
    let ci = std::env::var("CI").is_ok_and(|v| v == "true");
    if ci && counts.ignored > 0 {
        eprintln!("{} skipped tests count as failed in CI", counts.ignored);
        counts.failed += counts.ignored;
    }
    // a phase without tests of its own that failed is one failure
    counts.failed += broken.iter().filter(|name| **name != "tests").count() as u64;
    if broken.contains(&"tests") && counts.failed == 0 {
        counts.failed = 1;
    }
    for name in &broken {
        eprintln!("failed: {name}");
    }
    for program in &counts.killed {
        eprintln!("failed: {program}");
    }
    println!("{} passed, {} failed", counts.passed, counts.failed);
    if counts.failed > 0 {
        bail!("not all is well");
    }
    Ok(())
}

/// The module of tests/kryoptic, into the folder the test programs lie in.
fn build_kryoptic() -> Command {
    let mut c = cargo();
    c.args([
        "build",
        "--locked",
        "--manifest-path",
        "tests/kryoptic/Cargo.toml",
    ]);
    c.arg("--target-dir").arg(shell::target());
    c
}

pub fn build_programs() -> Command {
    let mut c = cargo();
    c.args(["build", "--workspace", "--bins"]);
    c
}
