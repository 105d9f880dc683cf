//! `hoso-kill --rounds N [--seed S]`: client and portal killed while they send, the books compared.
//! The last line of output is the tally; exit code 1 on a breach.

use std::io::Write as _;

use acceptance::kill::{judge, run};
use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    let (mut rounds, mut seed) = (10, fastrand::u32(..).into());
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let value = args.next().with_context(|| format!("{arg} needs a number"));
        match arg.as_str() {
            "--rounds" => rounds = value?.parse()?,
            "--seed" => seed = value?.parse()?,
            other => bail!("unknown option {other}"),
        }
    }
    let mut out = std::io::stdout();
    let tally = run(rounds, seed, |line| {
        let _ = writeln!(out, "{line}");
    })?;
    writeln!(std::io::stdout(), "{tally}")?;
    judge(&tally)
}
