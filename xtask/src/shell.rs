//! Running programs: shown before they run, timed, with their output passed through.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The workspace's folder. Asked of cargo when it runs this program: several clones may share one
/// target folder, and a path taken when it was built would be another clone's.
pub fn root() -> PathBuf {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").expect("xtask runs as `cargo xtask`");
    Path::new(&own)
        .parent()
        .expect("xtask lies in the workspace")
        .into()
}

/// The folder native builds go to.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// Rustup's cargo, as it runs this program.
pub fn cargo() -> Command {
    let mut c = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    c.current_dir(root());
    forget_own_package(&mut c);
    c
}

/// Takes away what cargo told this program about its own package. Build programs that watch it
/// (ring's) would run again, and all above them with it, whenever cargo is started by hand in between.
pub fn forget_own_package(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
}

/// Runs to the end; an exit code other than 0 is an error that names the command.
pub fn run(command: &mut Command) -> Result<()> {
    let line = shown(command);
    eprintln!("  $ {line}");
    let status = command
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    Ok(())
}

/// Runs to the end and hands each line of standard output to `each`, echoing it.
///
/// Replies whether the program succeeded.
pub fn run_lines(command: &mut Command, mut each: impl FnMut(&str)) -> Result<bool> {
    let line = shown(command);
    eprintln!("  $ {line}");
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{line}`"))?;
    let out = child.stdout.take().context("no standard output")?;
    echo(out, &mut each)?;
    Ok(child.wait()?.success())
}

/// As [`run_lines`], with the lines of standard error among them.
pub fn run_all_lines(command: &mut Command, mut each: impl FnMut(&str)) -> Result<bool> {
    let line = shown(command);
    eprintln!("  $ {line}");
    // one pipe for both, so that lines stay in their order
    let (out, end) = std::io::pipe()?;
    let mut child = command
        .stderr(end.try_clone()?)
        .stdout(end)
        .spawn()
        .with_context(|| format!("cannot start `{line}`"))?;
    // the command keeps ends of the pipe, which else would never be read to its end
    command.stdout(Stdio::null()).stderr(Stdio::null());
    echo(out, &mut each)?;
    Ok(child.wait()?.success())
}

fn echo(out: impl std::io::Read, each: &mut impl FnMut(&str)) -> Result<()> {
    for text in BufReader::new(out).lines() {
        let text = text?;
        println!("{text}");
        each(&text);
    }
    Ok(())
}

/// Whether the command runs and succeeds; its output is dropped.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

/// The standard output of a command that must succeed, trimmed.
pub fn output(command: &mut Command) -> Result<String> {
    let line = shown(command);
    let out = command
        .output()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !out.status.success() {
        bail!(
            "`{line}` ended with {}\n{}",
            out.status,
            String::from_utf8_lossy(&out.stderr)
        );
    }
    Ok(String::from_utf8(out.stdout)?.trim().to_owned())
}

fn shown(command: &Command) -> String {
    let mut parts = vec![command.get_program().to_string_lossy().into_owned()];
    parts.extend(
        command
            .get_args()
            .map(|a: &OsStr| a.to_string_lossy().into_owned()),
    );
    parts.join(" ")
}

/// Names a phase, runs it, says how long it took.
pub fn phase<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("== {name}");
    let start = Instant::now();
    let result = work();
    let word = if result.is_ok() { "done" } else { "FAILED" };
    eprintln!("== {name}: {word} after {} s", start.elapsed().as_secs());
    result
}
