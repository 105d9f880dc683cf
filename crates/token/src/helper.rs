//! The helper process: loads one module, answers frames, ends when its input closes.
//!
//! It refuses to load a second module, to keep a PIN beyond a login (and then only for keys that
//! ask each time), to try a PIN twice, and to write anything of a PIN anywhere. All PKCS#11 calls
//! are made on the main thread; a second thread only reads the pipe, so that an input that closes
//! ends the process even while a module hangs.
//!
//! A training signer (software key under a training CA) will live here as another kind of module;
//! it is not built yet.

mod card;
pub(crate) mod fault;
mod harden;
mod key;
mod raw;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use zeroize::Zeroizing;

pub use harden::no_core_dumps;

use crate::error::TokenError;
use crate::message::{Request, Response, frame, parse, read_frame};
use card::Card;

/// How long a call may go on after the caller is gone.
const GRACE: Duration = Duration::from_secs(2);

/// Runs the helper: `hoso-token MODULE`. Exit code 0 when the input closed, 2 for wrong use.
pub fn main() -> ExitCode {
    no_core_dumps();
    let mut arguments = std::env::args_os().skip(1);
    let (Some(module), None) = (arguments.next(), arguments.next()) else {
        return ExitCode::from(2);
    };
    let Ok((input, mut output)) = harden::pipes() else {
        return ExitCode::from(2);
    };
    let requests = listen(input);
    let module = PathBuf::from(module);
    let mut card = match load(&module) {
        Ok(card) => {
            if say(&mut output, &Response::Ready(card.info())).is_err() {
                return ExitCode::SUCCESS;
            }
            card
        }
        Err(error) => {
            // Nobody may be listening any more; the process ends either way.
            let _ = say(&mut output, &Response::Failed(error));
            return ExitCode::FAILURE;
        }
    };
    for content in requests {
        let response = match parse::<Request>(&content) {
            Ok(request) => answer(&mut card, request),
            Err(error) => Response::Failed(error),
        };
        drop(content);
        if say(&mut output, &response).is_err() {
            break;
        }
    }
    card.close();
    // Without C_Finalize and without unloading: some drivers lock up there, and the process ends.
    std::process::exit(0)
}

fn load(module: &Path) -> Result<Card, TokenError> {
    crate::module::check_module(module)?;
    Card::load(module)
}

fn answer(card: &mut Card, request: Request) -> Response {
    let result = match request {
        Request::Survey => card.survey().map(Response::Survey),
        Request::Open {
            serial,
            certificate,
            pin,
        } => card.open(&serial, certificate, pin).map(Response::Opened),
        Request::Changed => card.changed().map(Response::Changed),
        Request::ChangePin { serial, old, new } => {
            card.change_pin(&serial, old, new).map(Response::PinChanged)
        }
        Request::Unblock { serial, puk, new } => {
            card.unblock(&serial, puk, new).map(Response::PinChanged)
        }
        Request::Sign { data, algorithm } => card.sign(&data, algorithm).map(Response::Signature),
        Request::Close => {
            card.close();
            Ok(Response::Closed)
        }
    };
    result.unwrap_or_else(Response::Failed)
}

fn say(output: &mut File, response: &Response) -> io::Result<()> {
    output.write_all(&frame(response)?)?;
    output.flush()
}

/// Reads frames on a thread of its own. At the end of input the main thread gets [`GRACE`] to
/// log out; a module that hangs does not keep the process.
fn listen(mut input: File) -> Receiver<Zeroizing<Vec<u8>>> {
    let (send, requests) = channel();
    std::thread::spawn(move || {
        while let Ok(Some(content)) = read_frame(&mut input) {
            if send.send(content).is_err() {
                return;
            }
        }
        drop(send);
        let mut left = GRACE;
        while let Some(rest) = left.checked_sub(Duration::from_millis(100)) {
            std::thread::park_timeout(Duration::from_millis(100));
            left = rest;
        }
        std::process::exit(3)
    });
    requests
}
