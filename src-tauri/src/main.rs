//! The window. It holds no rules: each command of the contract goes to the engine as it came.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod closing;
mod dialog;
mod handlers;
mod page;
mod seals;
#[cfg(windows)]
mod webview2;
mod window;

use std::process::ExitCode;

fn main() -> ExitCode {
    // PINs are typed here: a crash must not write them to disk
    hoso_engine::no_core_dumps();
    window::prepare_process();
    match window::open() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the window could not be opened");
            ExitCode::FAILURE
        }
    }
}
