//! Measurements as ratios against a reference in the same run, one JSON object per line.
//! A missed goal is an error unless docs/BENCH.md gives the reason under the measurement's name, and
//! how far that reason goes: `### name, up to 2.6`.

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
        let allowed = explained(&reasons, name).map_or(goal, |bound| bound.max(goal));
        if ratio > allowed {
            missed.push(format!("{name}: {ratio:.2} > {allowed}"));
        }
    })?;
    if !fine {
        bail!("a measurement could not be taken");
    }
    if !missed.is_empty() {
        bail!(
            "goals missed without a reason in docs/BENCH.md, or by more than it explains: {}",
            missed.join(", ")
        );
    }
    Ok(())
}

/// The ratio up to which the reasons explain a miss of `name`.
fn explained(reasons: &str, name: &str) -> Option<f64> {
    let heading = format!("### {name}, up to ");
    let bound = reasons.lines().find_map(|l| l.strip_prefix(&heading))?;
    bound.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_goes_as_far_as_its_heading_says_and_for_its_own_name_alone() {
        let reasons = "# Bench\n\n### window-start-100000, up to 3.2\n\n872 ms.\n\n### codes\n";
        assert_eq!(explained(reasons, "window-start-100000"), Some(3.2));
        assert_eq!(explained(reasons, "window-start"), None);
        assert_eq!(explained(reasons, "codes"), None);
    }
}
