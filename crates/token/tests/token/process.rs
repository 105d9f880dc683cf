//! The helper as a process: killed, stopped, dropped, and what it leaves.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hoso_testkit::ca::{Usage, Validity};
use hoso_token::{Algorithm, Host, Limits, Pin, TokenError};

use crate::desk::{DATA, Desk};

fn signal(host: &Host, signal: rustix::process::Signal) {
    let pid = i32::try_from(host.process()).unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
}

#[test]
fn a_killed_helper_is_a_lost_host_and_a_new_one_works() {
    let desk = Desk::new();
    let mut host = desk.host();
    signal(&host, rustix::process::Signal::KILL);
    let error = host.tokens().unwrap_err();
    assert!(
        matches!(&error, TokenError::HostLost { exit, .. } if exit.contains('9')),
        "{error}"
    );
    assert!(error.ends_host() && !host.is_alive());
    // It stays lost, and at once.
    assert!(matches!(host.tokens(), Err(TokenError::HostLost { .. })));
    assert_eq!(desk.host().tokens().unwrap().len(), 2);
}

#[test]
fn a_stopped_helper_is_hung_within_the_limit_and_is_gone_afterwards() {
    let desk = Desk::new();
    let limits = Limits {
        list: Duration::from_millis(200),
        ..Limits::default()
    };
    let mut host = desk.start(desk.hsm.module(), &[], limits).unwrap();
    let pid = host.process();
    signal(&host, rustix::process::Signal::STOP);
    let error = host.tokens().unwrap_err();
    assert!(
        matches!(&error, TokenError::Hung { call, .. } if call == "list"),
        "{error}"
    );
    assert!(
        !Path::new(&format!("/proc/{pid}")).exists(),
        "the hung helper is still there"
    );
    assert!(matches!(host.tokens(), Err(TokenError::HostLost { .. })));
}

#[test]
fn the_helper_ends_when_its_host_is_dropped() {
    let desk = Desk::new();
    let host = desk.host();
    let process = PathBuf::from(format!("/proc/{}", host.process()));
    assert!(process.exists());
    drop(host);
    assert!(!process.exists());
}

#[test]
fn the_helper_leaves_no_core() {
    let desk = Desk::new();
    let host = desk.host();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", host.process())).unwrap();
    let core = limits
        .lines()
        .find(|l| l.starts_with("Max core file size"))
        .unwrap();
    let values: Vec<_> = core.split_whitespace().skip(4).take(2).collect();
    assert_eq!(values, ["0", "0"], "{core}");
}

#[test]
fn no_pin_reaches_the_helpers_error_output_arguments_or_environment() {
    let desk = Desk::new();
    // The module itself talks as much as it can.
    let debug = std::fs::read_to_string(desk.hsm.env().1)
        .unwrap()
        .replace("ERROR", "DEBUG");
    let conf = desk.dir.path().join("debug.conf");
    std::fs::write(&conf, debug).unwrap();
    let env = [("SOFTHSM2_CONF", conf.to_str().unwrap())];
    let mut host = desk
        .start(desk.hsm.module(), &env, Limits::default())
        .unwrap();
    let (made, issued) = &desk.rsa;
    for pin in ["246810", "246811"] {
        let _ = host
            .open(&made.serial, issued.digest, Some(Pin::from(pin)))
            .map(drop);
    }
    let read = |what| std::fs::read(format!("/proc/{}/{what}", host.process())).unwrap();
    let seen = [
        read("cmdline"),
        read("environ"),
        host.complaints().into_bytes(),
    ]
    .concat();
    for text in ["24681", "323436383130", "323436383131"] {
        assert!(
            !seen.windows(text.len()).any(|w| w == text.as_bytes()),
            "{text} leaked"
        );
    }
}

/// Whether `pattern` stands anywhere in the writable memory of a process; `None` where the system
/// does not let us look.
pub fn in_memory(process: u32, patterns: &[&[u8]]) -> Option<Vec<String>> {
    use std::os::unix::fs::FileExt;
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).ok()?;
    let memory = std::fs::File::open(format!("/proc/{process}/mem")).ok()?;
    let mut found = Vec::new();
    for line in maps.lines().filter(|l| l.contains(" rw")) {
        let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let number = |s| u64::from_str_radix(s, 16).unwrap();
        let mut bytes = vec![0u8; usize::try_from(number(to) - number(from)).unwrap()];
        if memory.read_exact_at(&mut bytes, number(from)).is_err() {
            continue;
        }
        for pattern in patterns {
            if bytes.windows(pattern.len()).any(|w| w == *pattern) {
                found.push(format!("{} in {line}", String::from_utf8_lossy(pattern)));
            }
        }
    }
    Some(found)
}

#[test]
fn after_the_logout_the_helpers_memory_holds_no_pin() {
    let desk = Desk::new();
    let mut host = desk.host();
    let ca = &desk.ca;
    let issued = ca
        .issue("x", "x", "x", Usage::Signing, Validity::Current)
        .unwrap();
    let made = desk
        .hsm
        .add_token("memory", "73519482", "87654321", &issued)
        .unwrap();
    drop(host);
    host = desk.host();
    let label: &[u8] = b"memory";
    let patterns: [&[u8]; 2] = [b"73519482", b"3733353139343832"];
    let mut login = host
        .open(&made.serial, issued.digest, crate::desk::pin(&made))
        .unwrap();
    login.sign(DATA, Algorithm::RsaPkcs1Sha256).unwrap();
    drop(login);
    match in_memory(host.process(), &patterns) {
        Some(found) => {
            assert_eq!(found, Vec::<String>::new());
            // The search can find: the token's label is there.
            assert!(!in_memory(host.process(), &[label]).unwrap().is_empty());
        }
        // Closed to a user without privileges, which is what the helper asked for.
        None => assert!(!rustix::process::geteuid().is_root()),
    }
}
