//! `hoso-simulate [--seeds N] [--from S] [--seed X] [--submissions N]
//! [--planted | --without-key | --cursor-first | --trust-200 | --ack-before-commit]`: the simulation of
//! [`acceptance::simulate`]. Exit code 1: an invariant broke. With `--seed` one seed is told line by
//! line. With `--planted` each fault is sewn in in turn, and exit code 1 says that one was not caught.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a console program"
)]

use std::ops::Range;
use std::process::ExitCode;
use std::sync::Arc;

use acceptance::simulate::{self, Planted, World};
use anyhow::{Context, Result, bail};

fn main() -> Result<ExitCode> {
    let (mut seeds, mut from, mut only, mut planted) = (100, 0, None, None);
    let (mut submissions, mut every_fault) = (40, false);
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
            "--planted" => every_fault = true,
            flag => match Planted::ALL.into_iter().find(|p| p.name() == flag) {
                Some(fault) => planted = Some(fault),
                None => bail!("no option `{flag}`"),
            },
        }
    }
    let world = Arc::new(World::new(submissions)?);
    if every_fault {
        return catch_all(&world, from..from + seeds);
    }
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

/// A line for each fault.
fn catch_all(world: &Arc<World>, seeds: Range<u64>) -> Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    for fault in Planted::ALL {
        let name = fault.name();
        match simulate::catch(world, seeds.clone(), fault)? {
            Some((seed, breach)) => {
                println!(
                    "{name}: caught by {} in seed {seed}: {}",
                    breach.invariant, breach.what
                );
            }
            None => {
                println!(
                    "{name}: NOT caught by {} in seeds {seeds:?}",
                    fault.caught_by().join(", ")
                );
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}
