//! `hoso-links [--out FILE] [PART-OF-A-NAME]`: every scenario on a bad link, and the table of them.
//! Exit code 1 when one does not end as it must.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Instant;

use acceptance::links::{Bench, all, table};
use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    let (mut out, mut part) = (None, String::new());
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--out" => out = Some(args.next().context("--out needs a file")?),
            name => name.clone_into(&mut part),
        }
    }
    let bench = Bench::prepare()?;
    let mut lines = Vec::new();
    let mut broken = BTreeMap::new();
    for (name, run) in all().into_iter().filter(|(n, _)| n.contains(&part)) {
        let began = Instant::now();
        let told = match run(&bench) {
            Ok(line) => {
                let told = format!("{} | {:?} | {}", line.said, line.back, line.outcome);
                lines.push(line);
                told
            }
            Err(error) => {
                let told = format!("{error:#}");
                broken.insert(name, told.clone());
                format!("FAILED: {told}")
            }
        };
        let seconds = began.elapsed().as_secs();
        writeln!(std::io::stdout(), "{name} ({seconds} s): {told}")?;
    }
    let text = table(&lines, &broken);
    match out {
        Some(file) => std::fs::write(file, text)?,
        None => writeln!(std::io::stdout(), "\n{text}")?,
    }
    if !broken.is_empty() {
        bail!("{} scenarios did not end as they must", broken.len());
    }
    Ok(())
}
