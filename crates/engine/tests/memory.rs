//! After a batch, and after the program was locked, no PIN is in the memory of the program or of its
//! token helper, in a file or in a log, whichever kind of token signed: some modules keep the PIN, and so
//! the helper that was given it has ended by then.
//!
//! The program runs itself a second time as the one that signs: a test that knew the PIN would find
//! its own copy. It gets the PIN masked, as the window would hand it over: in JSON.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test with a main of its own"
)]

#[path = "desk/mod.rs"]
mod desk;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::Boot;
use hoso_domain::id::DossierId;
use hoso_domain::party::Role;
use hoso_engine::{Handle, Place};
use hoso_testkit::ca::{Usage, Validity};
use hoso_testkit::kinds::{Kind, Tokens, Wanted};
use hoso_testkit::processes::{family, in_memory};
use hoso_testkit::world::World;
use zeroize::{Zeroize, Zeroizing};

use desk::{Desk, Heard, PIN, engine};

const NAME: &str = "no_pin_stays_in_memory_file_or_log_after_a_batch_and_after_the_lock";
const CHILD: &str = "HOSO_MEMORY_CHILD";
const MASK: u8 = 0x5a;

fn main() {
    if let Some(home) = std::env::var_os(CHILD) {
        return sign(Path::new(&home));
    }
    let filters: Vec<String> = std::env::args().skip(1).collect();
    let tests = Kind::ALL.map(|kind| (kind, format!("{kind:?}::{NAME}")));
    if filters.iter().any(|f| f == "--list") {
        tests.iter().for_each(|(_, name)| println!("{name}: test"));
        return;
    }
    let parts: Vec<&String> = filters.iter().filter(|f| !f.starts_with('-')).collect();
    let mut passed = 0;
    for (kind, name) in tests {
        if parts.is_empty() || parts.iter().any(|p| name.contains(p.as_str())) {
            search(kind);
            println!("test {name} ... ok");
            passed += 1;
        }
    }
    println!("test result: ok. {passed} passed; 0 failed; 0 ignored");
}

/// The program that signs. It says a word after each part and waits for one.
fn sign(home: &Path) {
    hoso_engine::no_core_dumps();
    hoso_engine::log::start(&Place::at(home)).unwrap();
    let engine = engine(home, &Arc::new(Heard::default()));
    let Boot::Locked { people } = engine.handle(BootUp {}).unwrap() else {
        panic!("not locked")
    };
    let person = people[0].person;
    let pin = Secret(PIN.to_owned());
    engine.handle(Unlock { person, pin }).unwrap();
    let mut input = std::io::stdin().lock();
    let mut length = [0u8; 4];
    input.read_exact(&mut length).unwrap();
    // read past the buffer of standard input, straight to a place that is wiped
    let mut masked = Zeroizing::new(vec![0u8; u32::from_be_bytes(length) as usize]);
    input.read_exact(&mut masked).unwrap();
    masked.iter_mut().for_each(|b| *b ^= MASK);
    let command: Sign = serde_json::from_slice(&masked).unwrap();
    masked.zeroize();
    drop(masked);
    // a failed try is what the log tells of
    let wrong = Sign {
        items: command.items.clone(),
        certificate: command.certificate,
        pin: Secret("99999999".to_owned()),
    };
    let stopped = engine.handle(wrong).unwrap().stopped;
    assert_eq!(stopped.unwrap().code, Code::TokenWrongPin);
    let report = engine.handle(command).unwrap();
    assert_eq!(report.stopped, None);
    assert!(report.items.iter().all(|i| i.error.is_none()), "{report:?}");
    // the helper that signed has ended, and another one watches
    engine.handle(FindTokens {}).unwrap();
    for word in ["signed", "locked"] {
        if word == "locked" {
            engine.handle(Lock {}).unwrap();
        }
        println!("{word}");
        let mut go = String::new();
        input.read_line(&mut go).unwrap();
    }
}

/// A PIN that stands nowhere else, as long as a PIV card takes it.
fn random_pin() -> String {
    let id = uuid::Uuid::now_v7();
    format!("{:08}", id.as_u128() % 100_000_000)
}

fn search(kind: Kind) {
    let dir = tempfile::tempdir().unwrap();
    let world: &'static World = Box::leak(Box::new(World::new(dir.path()).unwrap()));
    let pin = random_pin();
    let issued = world
        .ca
        .issue(
            "Người ký thử",
            "Kế toán trưởng",
            "Xã",
            Usage::Signing,
            Validity::Current,
        )
        .unwrap();
    let wanted = Wanted {
        label: "memory",
        pin: &pin,
        issued: &issued,
        asks: false,
    };
    let tokens = Tokens::make(kind, dir.path(), &[wanted]).unwrap();
    let desk = Desk::with(|w| {
        w.world = world;
        w.unit = world.unit.clone();
        let chief = w
            .unit
            .signers
            .iter_mut()
            .find(|s| s.role == Role::ChiefAccountant);
        chief.unwrap().certificates = vec![issued.digest];
    });
    desk.first_run();
    let items: Vec<DossierId> = (1..=3)
        .map(|n| {
            let id = desk.draft(&format!("Tiền điện kỳ {n}"), &format!("{}", 1_000_000 + n));
            desk.submit(id);
            id
        })
        .collect();
    let path = tokens.module().to_string_lossy().into_owned();
    let settings = desk.engine.handle(GetSession {}).unwrap().settings;
    let settings = hoso_contract::view::Settings {
        module: path,
        ..settings
    };
    desk.engine.handle(SaveSettings { settings }).unwrap();
    desk.engine.handle(Lock {}).unwrap();

    let command = Sign {
        items,
        certificate: issued.digest,
        pin: Secret(pin.clone()),
    };
    let mut masked = serde_json::to_vec(&command).unwrap();
    masked.iter_mut().for_each(|b| *b ^= MASK);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(CHILD, &desk.home)
        .envs(tokens.env().iter().cloned())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to = child.stdin.take().unwrap();
    let mut from = BufReader::new(child.stdout.take().unwrap());
    let length = u32::try_from(masked.len()).unwrap();
    to.write_all(&length.to_be_bytes()).unwrap();
    to.write_all(&masked).unwrap();
    let hex: String = pin.bytes().map(|b| format!("{b:02x}")).collect();
    let patterns = [pin.as_bytes(), hex.as_bytes()];
    for word in ["signed", "locked"] {
        let mut line = String::new();
        from.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), word);
        let processes = family(child.id());
        // with the work goes its token helper
        assert_eq!(processes.len() > 1, word == "signed", "{processes:?}");
        for process in processes {
            match in_memory(process, &patterns) {
                Some(found) => assert_eq!(found, Vec::<String>::new(), "{word}"),
                // closed to a user without privileges, which is what the program asked for
                None => assert!(!rustix_is_root(), "the memory of {process} cannot be read"),
            }
        }
        // the search can find
        let module = tokens.module().as_os_str().as_encoded_bytes();
        if let Some(found) = in_memory(child.id(), &[module]) {
            assert!(word == "locked" || !found.is_empty());
        }
        to.write_all(b"go\n").unwrap();
    }
    assert!(child.wait().unwrap().success());
    let mut files = 0;
    in_files(&desk.home, &patterns, &mut files);
    assert!(files > 2, "the program's folder was searched");
    // and the log among it, which speaks of the PIN
    let log = std::fs::read_to_string(desk.home.join("logs/hoso.log")).unwrap();
    assert!(log.contains(Code::TokenWrongPin.as_str()), "{log}");
}

fn rustix_is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status
        .lines()
        .any(|l| l.starts_with("Uid:") && l.split_whitespace().nth(2) == Some("0"))
}

fn in_files(folder: &Path, patterns: &[&[u8]], files: &mut u32) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            in_files(&path, patterns, files);
            continue;
        }
        *files += 1;
        let bytes = std::fs::read(&path).unwrap_or_default();
        for pattern in patterns {
            let there = bytes.windows(pattern.len()).any(|w| w == *pattern);
            assert!(!there, "{} holds the PIN", path.display());
        }
    }
}
