//! The helper process: loads one module, answers frames, ends when its input closes.
//!
//! It refuses to load a second module, to keep a PIN beyond a login (and then only for keys that
//! ask each time), to try a PIN twice, and to write anything of a PIN anywhere. All PKCS#11 calls
//! are made on the main thread; a second thread only reads the pipe, so that an input that closes
//! ends the process even while a module hangs.
//!
//! The training signer (a software key in a file) lives here as another kind of module.

mod card;
pub(crate) mod fault;
mod harden;
mod key;
mod raw;
mod training;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use zeroize::Zeroizing;

pub use harden::no_core_dumps;

use crate::error::TokenError;
use crate::message::{ModuleInfo, Request, Response, frame, parse, read_frame};
use crate::training::Sealed;
use card::Card;
use training::Training;

/// How long a call may go on after the caller is gone.
const GRACE: Duration = Duration::from_secs(2);

/// Runs the helper: `hoso-token MODULE`, where MODULE is a library or a training signer. Exit code 0 when the input closed, 2 for wrong use.
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
    let mut module = match load(&module) {
        Ok(module) => {
            if say(&mut output, &Response::Ready(module.info())).is_err() {
                return ExitCode::SUCCESS;
            }
            module
        }
        Err(error) => {
            // Nobody may be listening any more; the process ends either way.
            let _ = say(&mut output, &Response::Failed(error));
            return ExitCode::FAILURE;
        }
    };
    for content in requests {
        let response = match parse::<Request>(&content) {
            Ok(request) => answer(&mut module, request),
            Err(error) => Response::Failed(error),
        };
        drop(content);
        if say(&mut output, &response).is_err() {
            break;
        }
    }
    module.close();
    // Without C_Finalize and without unloading: some drivers lock up there, and the process ends.
    std::process::exit(0)
}

/// What this process was started for.
enum Module {
    Pkcs11(Box<Card>),
    Training(Box<Training>),
}

impl Module {
    fn info(&self) -> ModuleInfo {
        match self {
            Self::Pkcs11(card) => card.info(),
            Self::Training(signer) => signer.info(),
        }
    }

    fn close(&mut self) {
        match self {
            Self::Pkcs11(card) => card.close(),
            Self::Training(signer) => signer.close(),
        }
    }
}

fn load(module: &Path) -> Result<Module, TokenError> {
    if let Some(file) = Sealed::read(module) {
        return Ok(Module::Training(Box::new(Training::new(file?))));
    }
    crate::module::check_module(module)?;
    Ok(Module::Pkcs11(Box::new(Card::load(module)?)))
}

fn answer(module: &mut Module, request: Request) -> Response {
    let result = match module {
        Module::Pkcs11(card) => ask_card(card, request),
        Module::Training(signer) => ask_training(signer, request),
    };
    result.unwrap_or_else(Response::Failed)
}

fn ask_card(card: &mut Card, request: Request) -> Result<Response, TokenError> {
    match request {
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
    }
}

fn ask_training(signer: &mut Training, request: Request) -> Result<Response, TokenError> {
    match request {
        Request::Survey => Ok(Response::Survey(signer.survey())),
        Request::Open {
            serial,
            certificate,
            pin,
        } => signer.open(&serial, certificate, pin).map(Response::Opened),
        // a file is not plugged in or out
        Request::Changed => Ok(Response::Changed(false)),
        Request::ChangePin { .. } | Request::Unblock { .. } => Err(TokenError::NotSupported {
            call: "C_SetPIN".to_owned(),
        }),
        Request::Sign { data, algorithm } => signer.sign(&data, algorithm).map(Response::Signature),
        Request::Close => {
            signer.close();
            Ok(Response::Closed)
        }
    }
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
