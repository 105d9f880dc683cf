//! Measurements as ratios against a reference in the same run, one JSON object per line.
//! A missed goal is an error unless docs/BENCH.md gives the reason under the measurement's name.

use std::process::Command;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::shell::{cargo, phase, root, run, run_lines, target};
use crate::{setup, tus, ui};

pub fn run_bench(filter: &[&str]) -> Result<()> {
    setup::run()?;
    ui::build(ui::Profile::Ship)?;
    ui::build_empty()?;
    phase("programs, release (the first time takes long)", || {
        run(cargo()
            .args([
                "build",
                "--release",
                "--workspace",
                "--exclude",
                "hoso-ui",
                "--bins",
            ])
            .args(["--features", "hoso-desktop/empty-window"]))
    })?;
    let reasons = std::fs::read_to_string(root().join("docs/BENCH.md")).unwrap_or_default();
    let mut missed = Vec::new();
    let mut bench = Command::new(target().join("release/hoso-bench"));
    bench.args(filter);
    if filter.is_empty() || filter.iter().any(|part| part.contains("link")) {
        // another maker's client on the same line
        bench.env("NODE_PATH", tus::client()?);
    }
    let fine = run_lines(&mut bench, |line| {
        let Ok(result) = serde_json::from_str::<Value>(line) else {
            return;
        };
        let (Some(name), Some(ratio), Some(goal)) = (
            result.get("name").and_then(Value::as_str),
            result.get("ratio").and_then(Value::as_f64),
            result.get("goal").and_then(Value::as_f64),
        ) else {
            return;
        };
        let explained = reasons.contains(&format!("### {name}\n"));
        if ratio > goal && !explained {
            missed.push(format!("{name}: {ratio:.2} > {goal}"));
        }
    })?;
    if !fine {
        bail!("a measurement could not be taken");
    }
    if !missed.is_empty() {
        bail!(
            "goals missed without a reason in docs/BENCH.md: {}",
            missed.join(", ")
        );
    }
    Ok(())
}
