//! The project's own commands: `cargo xtask <command>`. It refuses to be clever: every command is
//! a list of programs to run, shown as they run.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a console program"
)]

mod bench;
mod contract;
mod crash;
mod demo;
mod forms;
mod kill;
mod links;
mod python;
mod setup;
mod shell;
mod simulate;
mod test;
mod tus;
mod ui;
mod wasm;
mod windows;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask <command>

  setup                  install what builds and tests need (system packages, wasm target)
  ui [--shipped]         build the window's page into ui/dist, quickly or as small as it ships
  run                    build and open the window with your own data
  demo [--headless --out DIR]
                         training portal, two soft tokens and the main job, step by step
  test [NAME]            format, lints, all tests; with NAME only tests whose name contains it
  bench [NAME]           measurements as JSON lines; exit 1 on an unexplained miss
  forms --out DIR [--only 24,25] [--forms DIR]
                         every form filled, empty and with 500 lines, as PDF and PNG
  links [NAME]           every scenario on a bad link, into docs/LINKS.md; with NAME only shown;
                         --packets: a dossier over a line that loses IP packets
  kill [--rounds N] [--seed S] [--release]
                         client and portal killed while they send; exit 1 on a duplicate or a loss
  kill --strace N [--release]
                         the client's writes and flushes fail, or are its last, and its calls to the
                         network fail, up to the N-th
  crash [--rounds N] [--window M] [--seed S] | --faults [--most N] |
        --power-cut [--stride N] [--from A] [--until B] [--keep DIR] [--no-flush]
                         the program killed while it saves, attaches, signs, backs up and restores;
                         its N-th file call failing; the power failing at every call; exit 1 on a
                         loss; each with --release by optimised programs, without the window
  simulate [--seeds N] [--from S] [--seed X] [--submissions N] [--release]
           [--without-key | --cursor-first | --trust-200 | --ack-before-commit]
                         courier, store and portal in simulated storms; a flag sews a fault in,
                         which must be caught; exit 1 on a broken invariant
  simulate --planted [--seeds N]
                         each of the faults in turn; exit 1 if one is not caught
  tus                    tus-js-client (npm) and tuspy (PyPI) against the portal over a link that cuts
  contract               schemathesis (PyPI), logged in, over the portal's openapi.json; exit 1 on a
                         server error, an undocumented answer, or less than 60 % that reach 2xx
  windows                cross-build for Windows and run domain, store and proof tests under wine
";

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
    match args.first().map(String::as_str) {
        Some("setup") => setup::run(),
        Some("ui") => setup::run().and_then(|()| match rest.contains(&"--shipped") {
            true => ui::build(ui::Profile::Ship),
            false => ui::build(ui::Profile::Develop),
        }),
        Some("run") => demo::open_window(),
        Some("demo") => demo::run_demo(&rest),
        Some("test") => test::run(&rest),
        Some("bench") => bench::run_bench(&rest),
        Some("forms") => forms::run_forms(&rest),
        Some("links") => links::run_links(&rest),
        Some("kill") => kill::run_kill(&rest),
        Some("crash") => crash::run_crash(&rest),
        Some("simulate") => simulate::run_simulate(&rest),
        Some("tus") => tus::run_tus(),
        Some("contract") => contract::run_contract(),
        Some("windows") => windows::run_windows(),
        Some("help" | "--help" | "-h") | None => {
            print!("{HELP}");
            Ok(())
        }
        Some(other) => bail!("no command `{other}`\n\n{HELP}"),
    }
}
