//! `hoso-links [--out FILE] [PART-OF-A-NAME]`: every scenario on a bad link, and the table of them.
//! `hoso-links --packets`: one dossier over a line that loses IP packets (root, TUN).
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
            "--packets" => return packets(),
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

/// A dossier arrives over a line that loses packets and changes its address.
#[cfg(target_os = "linux")]
fn packets() -> Result<()> {
    use acceptance::thin::{Cuts, Thin};
    use hoso_testkit::packet::{Line, missing};
    use std::time::Duration;

    if let Some(why) = missing() {
        bail!("{why}");
    }
    let line = Line {
        bits_per_second: 400_000,
        delay: Duration::from_millis(100),
        loss: 0.03,
        queue: 32 * 1024,
    };
    let cuts = Cuts {
        every: Duration::from_secs(3),
        lasting: Duration::from_secs(3),
    };
    // what `send` gives has one dossier at the portal and its receipt at the client
    let sent = Thin::prepare(250_000)?.send(line, Some(cuts))?;
    writeln!(std::io::stdout(), "{sent:?}")?;
    if sent.resumed.is_empty() || sent.up.lost == 0 {
        bail!("the line was never cut, or lost nothing");
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn packets() -> Result<()> {
    bail!("a line at packet level needs Linux")
}
