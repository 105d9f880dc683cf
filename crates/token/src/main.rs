//! `hoso-token MODULE`: the helper process. It refuses to run by hand: it is started by the
//! program, speaks frames on its standard input and output, and ends when its input closes.
//!
//! `hoso-token training-signer CERTIFICATE.pem KEY.pem LABEL FILE`, with a PIN on one line of
//! standard input, is for the trainer of a workshop: it makes the file of a training signer.

use std::ffi::OsString;
use std::io::{BufRead, Write};
use std::process::ExitCode;

use hoso_token::Pin;
use hoso_token::training::seal;
use p256::elliptic_curve::rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [first, rest @ ..] if first == "training-signer" => match make(rest) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                let _ = writeln!(std::io::stderr(), "hoso-token: {why}");
                ExitCode::FAILURE
            }
        },
        _ => hoso_token::helper::main(),
    }
}

fn make(arguments: &[OsString]) -> Result<(), Box<dyn std::error::Error>> {
    let [certificate, key, label, file] = arguments else {
        return Err("training-signer CERTIFICATE.pem KEY.pem LABEL FILE".into());
    };
    let certificate = std::fs::read_to_string(certificate)?;
    let key = Zeroizing::new(std::fs::read_to_string(key)?);
    let mut typed = Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut typed)?;
    let pin = Pin::from(typed.trim_end_matches(['\r', '\n']));
    let mut random = [0u8; 28];
    OsRng.fill_bytes(&mut random);
    let sealed = seal(&certificate, &key, &label.to_string_lossy(), &pin, random)?;
    std::fs::write(file, sealed)?;
    Ok(())
}
