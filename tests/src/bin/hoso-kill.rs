//! `hoso-kill --rounds N [--seed S]`: client and portal killed while they send, the books compared.
//! `hoso-kill --strace N`: the client's writes and flushes fail, or are its last, and its calls to the
//! network fail, up to the N-th.
//! The last line of output is the tally; exit code 1 on a breach.

use std::io::Write as _;

use acceptance::{inject, kill};
use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    let (mut rounds, mut seed, mut strace) = (10, fastrand::u32(..).into(), None);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let value = args.next().with_context(|| format!("{arg} needs a number"));
        match arg.as_str() {
            "--rounds" => rounds = value?.parse()?,
            "--seed" => seed = value?.parse()?,
            "--strace" => strace = Some(value?.parse()?),
            other => bail!("unknown option {other}"),
        }
    }
    let mut out = std::io::stdout();
    let told = |line: &str| {
        let _ = writeln!(out, "{line}");
    };
    if let Some(upto) = strace {
        let tally = inject::run(upto, told)?;
        writeln!(std::io::stdout(), "{tally}")?;
        return inject::judge(&tally);
    }
    let tally = kill::run(rounds, seed, told)?;
    writeln!(std::io::stdout(), "{tally}")?;
    kill::judge(&tally)
}
