//! The command line, read strictly: what is not known is refused, never skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;

use hoso_contract::view::KnownRow;

use crate::office::Go;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Arguments {
    Help,
    Version,
    Verify(Verify),
    Office(Office),
}

/// A command over the store of this user.
#[derive(Debug, PartialEq, Eq)]
pub struct Office {
    /// Who unlocks, by name; needed only where there are several.
    pub person: Option<String>,
    /// The recovery code instead of a PIN; for a backup.
    pub recovery: bool,
    pub task: Task,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    /// `hoso backup [--to FOLDER]`
    Backup { to: Option<PathBuf> },
    /// `hoso restore FOLDER [--list | --preview] [--recovery]`
    Restore { from: PathBuf, go: Go },
    /// `hoso check [--mend]`
    Check { mend: bool },
    /// `hoso check --backup FOLDER [--recovery]`
    CheckBackup { from: PathBuf },
    /// `hoso export --year YEAR --to FOLDER`
    Export { year: i32, to: PathBuf },
    /// `hoso verify-audit [--head [SEQ:]HASH]`
    VerifyAudit { head: Option<KnownRow> },
    /// `hoso sync [--minutes N]`
    Sync { minutes: u64 },
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
    /// An option that this command needs.
    Missing(&'static str),
    /// A value that cannot be read.
    Value(&'static str),
}

impl Arguments {
    /// Reads the arguments after the program's name.
    pub fn read(mut arguments: impl Iterator<Item = OsString>) -> Result<Self, Wrong> {
        let command = arguments.next().ok_or(Wrong::NoCommand)?;
        match command.to_str() {
            Some("help" | "--help" | "-h") => Ok(Self::Help),
            Some("--version" | "-V") => Ok(Self::Version),
            Some("verify") => verify(arguments),
            Some(name @ ("backup" | "restore" | "check" | "export" | "verify-audit" | "sync")) => {
                office(name, arguments)
            }
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

/// What was given, in any order; each command takes out what it knows.
#[derive(Default)]
struct Given {
    values: BTreeMap<&'static str, OsString>,
    flags: BTreeSet<&'static str>,
    plain: Option<OsString>,
}

const VALUES: [&str; 6] = [
    "--person",
    "--to",
    "--year",
    "--head",
    "--minutes",
    "--backup",
];
const FLAGS: [&str; 4] = ["--recovery", "--list", "--preview", "--mend"];

fn office(
    command: &str,
    mut arguments: impl Iterator<Item = OsString>,
) -> Result<Arguments, Wrong> {
    let mut given = Given::default();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        if matches!(&*text, "--help" | "-h") {
            return Ok(Arguments::Help);
        }
        if let Some(name) = VALUES.into_iter().find(|n| *n == text) {
            let value = arguments.next().ok_or(Wrong::NoValue(name))?;
            if given.values.insert(name, value).is_some() {
                return Err(Wrong::Twice(name.to_owned()));
            }
        } else if let Some(name) = FLAGS.into_iter().find(|n| *n == text) {
            given.flags.insert(name);
        } else if text.starts_with('-') && text.len() > 1 {
            return Err(Wrong::UnknownOption(shown(&argument)));
        } else if given.plain.is_some() {
            return Err(Wrong::Twice(shown(&argument)));
        } else {
            given.plain = Some(argument);
        }
    }
    let person = given.text("--person");
    let of_backup = command == "restore" || given.values.contains_key("--backup");
    let recovery = of_backup && given.flags.remove("--recovery");
    let task = match command {
        "backup" => Task::Backup {
            to: given.path("--to"),
        },
        "restore" => Task::Restore {
            from: given.plain.take().map(PathBuf::from).ok_or(Wrong::NoFile)?,
            go: match (
                given.flags.remove("--list"),
                given.flags.remove("--preview"),
            ) {
                (true, _) => Go::List,
                (false, true) => Go::Preview,
                (false, false) => Go::Restore,
            },
        },
        "check" => match given.path("--backup") {
            Some(from) => Task::CheckBackup { from },
            None => Task::Check {
                mend: given.flags.remove("--mend"),
            },
        },
        "export" => Task::Export {
            year: given
                .text("--year")
                .ok_or(Wrong::Missing("--year"))?
                .parse()
                .ok()
                .filter(|year| (2000..=2200).contains(year))
                .ok_or(Wrong::Value("--year"))?,
            to: given.path("--to").ok_or(Wrong::Missing("--to"))?,
        },
        "verify-audit" => Task::VerifyAudit {
            head: given.text("--head").map(|t| head(&t)).transpose()?,
        },
        _ => Task::Sync {
            minutes: match given.text("--minutes") {
                Some(text) => text.parse().map_err(|_| Wrong::Value("--minutes"))?,
                None => 10,
            },
        },
    };
    given.nothing_left()?;
    Ok(Arguments::Office(Office {
        person,
        recovery,
        task,
    }))
}

impl Given {
    fn text(&mut self, name: &str) -> Option<String> {
        let value = self.values.remove(name)?;
        Some(value.to_string_lossy().into_owned())
    }

    fn path(&mut self, name: &str) -> Option<PathBuf> {
        self.values.remove(name).map(PathBuf::from)
    }

    /// What a command does not know is refused.
    fn nothing_left(self) -> Result<(), Wrong> {
        let option = self.values.into_keys().chain(self.flags).next();
        match (option, self.plain) {
            (Some(name), _) => Err(Wrong::UnknownOption(name.to_owned())),
            (None, Some(extra)) => Err(Wrong::Twice(shown(&extra))),
            (None, None) => Ok(()),
        }
    }
}

/// `SEQ:HASH` as a backup's manifest or an earlier check gives it, or the hash alone, as a commit and
/// its receipt do.
fn head(text: &str) -> Result<KnownRow, Wrong> {
    let wrong = || Wrong::Value("--head");
    let (seq, hash) = match text.split_once(':') {
        Some((seq, hash)) => (Some(seq.parse().map_err(|_| wrong())?), hash),
        None => (None, text),
    };
    let hash = serde_json::from_value(hash.into()).map_err(|_| wrong())?;
    Ok(KnownRow { seq, hash })
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

    fn task(line: &[&str]) -> Task {
        match read(line) {
            Ok(Arguments::Office(office)) => office.task,
            other => panic!("{line:?}: {other:?}"),
        }
    }

    #[test]
    fn commands_over_the_store_take_their_options_in_any_order() {
        assert_eq!(task(&["backup"]), Task::Backup { to: None });
        let to = Some("/mnt/usb".into());
        assert_eq!(task(&["backup", "--to", "/mnt/usb"]), Task::Backup { to });
        let go = Go::Preview;
        let from = "/mnt/usb".into();
        let line = ["restore", "--preview", "/mnt/usb", "--recovery"];
        assert_eq!(task(&line), Task::Restore { from, go });
        assert_eq!(task(&["check", "--mend"]), Task::Check { mend: true });
        let from = "/mnt/usb".into();
        let line = ["check", "--recovery", "--backup", "/mnt/usb"];
        assert_eq!(task(&line), Task::CheckBackup { from });
        let to = "out".into();
        let line = ["export", "--to", "out", "--year", "2026"];
        assert_eq!(task(&line), Task::Export { year: 2026, to });
        assert_eq!(task(&["sync"]), Task::Sync { minutes: 10 });
        let hash = "ab".repeat(32);
        for (given, seq) in [(format!("12:{hash}"), Some(12)), (hash.clone(), None)] {
            let Task::VerifyAudit { head: Some(head) } = task(&["verify-audit", "--head", &given])
            else {
                panic!("no head");
            };
            assert_eq!((head.seq, head.hash.to_string()), (seq, hash.clone()));
        }
    }

    #[test]
    fn what_a_command_over_the_store_does_not_know_is_refused() {
        for (line, wrong) in [
            (
                &["backup", "here"] as &[&str],
                Wrong::Twice("here".to_owned()),
            ),
            (
                &["backup", "--pin"],
                Wrong::UnknownOption("--pin".to_owned()),
            ),
            (
                &["backup", "--mend"],
                Wrong::UnknownOption("--mend".to_owned()),
            ),
            (
                &["check", "--recovery"],
                Wrong::UnknownOption("--recovery".to_owned()),
            ),
            (
                &["check", "--backup", "x", "--mend"],
                Wrong::UnknownOption("--mend".to_owned()),
            ),
            (&["restore"], Wrong::NoFile),
            (&["export", "--to", "x"], Wrong::Missing("--year")),
            (
                &["export", "--to", "x", "--year", "26"],
                Wrong::Value("--year"),
            ),
            (&["export", "--year", "2026"], Wrong::Missing("--to")),
            (&["verify-audit", "--head", "1:zz"], Wrong::Value("--head")),
            (&["verify-audit", "--head", "12"], Wrong::Value("--head")),
            (&["sync", "--minutes", "x"], Wrong::Value("--minutes")),
            (&["sync", "--minutes"], Wrong::NoValue("--minutes")),
        ] {
            assert_eq!(read(line), Err(wrong), "{line:?}");
        }
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
