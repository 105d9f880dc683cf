//! The command line, read strictly: what is not known is refused, never skipped.

use std::ffi::OsString;
use std::path::PathBuf;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Arguments {
    Help,
    Version,
    Verify(Verify),
}

/// `hoso verify FILE --ca PATH [--json]`
#[derive(Debug, PartialEq, Eq)]
pub struct Verify {
    pub file: PathBuf,
    pub ca: PathBuf,
    pub json: bool,
}

/// Why the command line cannot be followed.
#[derive(Debug, PartialEq, Eq)]
pub enum Wrong {
    NoCommand,
    UnknownCommand(String),
    UnknownOption(String),
    NoValue(&'static str),
    Twice(String),
    NoFile,
    NoAuthorities,
}

impl Arguments {
    /// Reads the arguments after the program's name.
    pub fn read(mut arguments: impl Iterator<Item = OsString>) -> Result<Self, Wrong> {
        let command = arguments.next().ok_or(Wrong::NoCommand)?;
        match command.to_str() {
            Some("help" | "--help" | "-h") => Ok(Self::Help),
            Some("--version" | "-V") => Ok(Self::Version),
            Some("verify") => verify(arguments),
            _ => Err(Wrong::UnknownCommand(shown(&command))),
        }
    }
}

fn verify(mut arguments: impl Iterator<Item = OsString>) -> Result<Arguments, Wrong> {
    let (mut file, mut ca, mut json) = (None, None, false);
    let mut options = true;
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        if options && text == "--" {
            options = false;
        } else if options && matches!(&*text, "--help" | "-h") {
            return Ok(Arguments::Help);
        } else if options && text == "--json" {
            json = true;
        } else if options && text == "--ca" {
            let value = arguments.next().ok_or(Wrong::NoValue("--ca"))?;
            if ca.replace(PathBuf::from(value)).is_some() {
                return Err(Wrong::Twice("--ca".to_owned()));
            }
        } else if options && text.starts_with('-') && text.len() > 1 {
            return Err(Wrong::UnknownOption(shown(&argument)));
        } else if file.is_some() {
            return Err(Wrong::Twice(shown(&argument)));
        } else {
            file = Some(PathBuf::from(argument));
        }
    }
    let file = file.ok_or(Wrong::NoFile)?;
    let ca = ca.ok_or(Wrong::NoAuthorities)?;
    Ok(Arguments::Verify(Verify { file, ca, json }))
}

fn shown(argument: &std::ffi::OsStr) -> String {
    argument.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(line: &[&str]) -> Result<Arguments, Wrong> {
        Arguments::read(line.iter().map(OsString::from))
    }

    #[test]
    fn verify_takes_a_file_authorities_and_json_in_any_order() {
        let wanted = Arguments::Verify(Verify {
            file: "a.asice".into(),
            ca: "ca.pem".into(),
            json: true,
        });
        assert_eq!(
            read(&["verify", "a.asice", "--ca", "ca.pem", "--json"]).unwrap(),
            wanted
        );
        assert_eq!(
            read(&["verify", "--json", "--ca", "ca.pem", "--", "a.asice"]).unwrap(),
            wanted
        );
    }

    #[test]
    fn a_command_line_that_lacks_or_doubles_something_is_refused() {
        assert_eq!(read(&[]), Err(Wrong::NoCommand));
        assert_eq!(
            read(&["sign"]),
            Err(Wrong::UnknownCommand("sign".to_owned()))
        );
        assert_eq!(read(&["verify", "--ca", "x"]), Err(Wrong::NoFile));
        assert_eq!(read(&["verify", "a"]), Err(Wrong::NoAuthorities));
        assert_eq!(read(&["verify", "a", "--ca"]), Err(Wrong::NoValue("--ca")));
        assert_eq!(
            read(&["verify", "a", "b"]),
            Err(Wrong::Twice("b".to_owned()))
        );
        assert_eq!(
            read(&["verify", "-x"]),
            Err(Wrong::UnknownOption("-x".to_owned()))
        );
    }
}
