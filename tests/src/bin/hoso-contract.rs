//! `hoso-contract SCHEMATHESIS`: schemathesis over the portal's own description, logged in. Says for
//! each operation what was answered, in the last line the sum; exit code 1 on a server error, an
//! undocumented answer, or too few operations that reached 2xx.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use acceptance::contract;
use anyhow::{Context, Result};

fn main() -> Result<ExitCode> {
    let schemathesis = std::env::args_os().nth(1);
    let schemathesis = schemathesis.context("`cargo xtask contract` brings schemathesis")?;
    let told = |line: &str| {
        let _ = writeln!(std::io::stdout(), "{line}");
    };
    let ran = contract::run(&PathBuf::from(schemathesis), told)?;
    let judged = ran.judge();
    if let Err(why) = &judged {
        told(&format!("BREACH: {why}"));
    }
    told(&ran.tally.sum());
    Ok(match judged {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}
