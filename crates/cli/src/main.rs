//! `hoso`: the console program, without a window. It verifies containers, and backs up, restores,
//! checks, exports and syncs the store of this user.
//!
//! Refuses to decide anything: it reads arguments, asks the engine and writes the answer. Exit code
//! 0 holds, 1 refused or damaged, 2 the input or the arguments cannot be read.

mod arguments;
mod office;
mod words;

use std::io::Write;
use std::process::ExitCode;

use hoso_engine::evidence::{EvidenceError, verify_file};

use arguments::{Arguments, Verify};

fn main() -> ExitCode {
    // PINs and codes are read here: a crash must not write them to disk
    hoso_engine::no_core_dumps();
    let mut out = std::io::stdout().lock();
    let mut err = std::io::stderr().lock();
    let code = match Arguments::read(std::env::args_os().skip(1)) {
        Ok(Arguments::Help) => out.write_all(words::HELP.as_bytes()).map(|()| 0),
        Ok(Arguments::Version) => writeln!(out, "hoso {}", env!("CARGO_PKG_VERSION")).map(|()| 0),
        Ok(Arguments::Verify(wanted)) => verify(&wanted, &mut out, &mut err),
        Ok(Arguments::Office(wanted)) => office::run(&wanted, &mut out, &mut err),
        Err(wrong) => write!(err, "{}\n\n{}", words::argument(&wrong), words::HELP).map(|()| 2),
    };
    // Nobody reads what cannot be written; the code still tells.
    ExitCode::from(code.unwrap_or(2))
}

fn verify(wanted: &Verify, out: &mut dyn Write, err: &mut dyn Write) -> std::io::Result<u8> {
    match verify_file(&wanted.file, &wanted.ca) {
        Ok(verdict) => {
            if wanted.json {
                writeln!(out, "{}", verdict.to_json())?;
            } else {
                out.write_all(words::verdict(&verdict).as_bytes())?;
            }
            out.flush()?;
            Ok(if verdict.ok { 0 } else { 1 })
        }
        Err(error) => {
            writeln!(err, "{}", words::unreadable(&error))?;
            writeln!(err, "({})", chain(&error))?;
            Ok(2)
        }
    }
}

fn chain(error: &EvidenceError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
