//! `hoso-crash --rounds N [--window M] [--seed S]`: the program killed at work, its store looked at
//! after each start; N rounds headless and M (a tenth of N) in the window. `hoso-crash --faults [--most N]`: file calls that fail instead, up to the N-th of each kind.
//! `hoso-crash --power-cut [--stride N] [--from A] [--until B] [--keep DIR] [--no-flush]`: the power
//! fails at every N-th call, of those from A to B; `DIR/call-N-FATE` gets the disk of the first
//! complaint as the power left it; with `--no-flush` on a disk that ignores flushes, which must show as
//! losses. The last line of output is the tally; exit code 1 on a loss.

use std::io::Write as _;

use acceptance::faults::Share;
use acceptance::powercut::{self, Cuts, Flushes};
use acceptance::{crash, faults};
use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    let (mut rounds, mut windows, mut seed, mut failing, mut most) =
        (200, None, fastrand::u32(..).into(), false, 1_000);
    let (mut power, mut cuts) = (false, Cuts::every(1, Flushes::Kept));
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--rounds" => rounds = value()?.parse()?,
            "--window" => windows = Some(value()?.parse()?),
            "--seed" => seed = value()?.parse()?,
            "--faults" => failing = true,
            "--power-cut" => power = true,
            "--stride" => cuts.stride = value()?.parse()?,
            "--from" => cuts.from = value()?.parse()?,
            "--until" => cuts.until = value()?.parse()?,
            "--keep" => cuts.keep = Some(value()?.into()),
            "--no-flush" => cuts.flushes = Flushes::Ignored,
            "--most" => most = value()?.parse()?,
            other => bail!("unknown option {other}"),
        }
    }
    let mut out = std::io::stdout();
    let mut told = |line: &str| {
        let _ = writeln!(out, "{line}");
    };
    if failing {
        let tally = faults::run(Share::Whole, most, &mut told)?;
        writeln!(std::io::stdout(), "{tally}")?;
        return faults::judge(&tally);
    }
    if power {
        let tally = powercut::run(&cuts, &mut told)?;
        // those that must not be were told as they came
        let wanted = tally.losses.iter().take(20);
        for loss in wanted.filter(|_| cuts.flushes == Flushes::Ignored) {
            writeln!(std::io::stdout(), "{loss}")?;
        }
        writeln!(std::io::stdout(), "{tally}")?;
        return powercut::judge(&tally, cuts.flushes);
    }
    let windows = windows.unwrap_or(rounds / 10);
    let headless = crash::run(rounds, seed, &mut told)?;
    let tally = headless.and(crash::window::run(windows, seed, &mut told)?);
    writeln!(std::io::stdout(), "{tally}")?;
    crash::judge(&tally)
}
