//! `hoso-simulate [--seeds N] [--from S] [--seed X] [--submissions N]
//! [--without-key | --cursor-first | --trust-200 | --ack-before-commit]`: the simulation of [`acceptance::simulate`]. Exit code 1: an invariant
//! broke. With `--seed` one seed is told line by line.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a console program"
)]

use std::process::ExitCode;
use std::sync::Arc;

use acceptance::simulate::{self, Planted, World};
use anyhow::{Context, Result, bail};

fn main() -> Result<ExitCode> {
    let (mut seeds, mut from, mut only, mut planted) = (100, 0, None, None);
    let mut submissions = 40;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || -> Result<u64> {
            let text = arguments.next();
            text.and_then(|t| t.parse().ok())
                .with_context(|| format!("{argument} needs a number"))
        };
        match argument.as_str() {
            "--seeds" => seeds = number()?,
            "--from" => from = number()?,
            "--submissions" => submissions = usize::try_from(number()?)?,
            "--seed" => only = Some(number()?),
            flag => match Planted::ALL.into_iter().find(|p| p.name() == flag) {
                Some(fault) => planted = Some(fault),
                None => bail!("no option `{flag}`"),
            },
        }
    }
    let world = Arc::new(World::new(submissions)?);
    let totals = match only {
        Some(seed) => simulate::replay(&world, seed, planted)?,
        None => simulate::run(&world, from..from + seeds, planted, |seed, verdict| {
            for breach in &verdict.breaches {
                eprintln!("seed {seed}: {}: {}", breach.invariant, breach.what);
            }
        })?,
    };
    for (seed, breach) in totals.breaches.iter().take(20) {
        println!("seed {seed}: {}: {}", breach.invariant, breach.what);
    }
    println!("{totals}");
    Ok(if totals.clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
