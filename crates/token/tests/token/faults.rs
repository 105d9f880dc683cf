//! Modules that misbehave: the one with scripted faults before SoftHSM2.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use hoso_testkit::shim::{Act, Fault, Shim};
use hoso_token::message::{Request, frame, read_frame};
use hoso_token::{Algorithm, Host, Limits, Pin, TokenError};

use crate::desk::{DATA, Desk, behind, helper, logins, pin, typed, verify};

const RSA: Algorithm = Algorithm::RsaPkcs1Sha256;

#[test]
fn each_open_is_one_login_and_none_comes_by_itself() {
    let desk = Desk::new();
    let shim = desk.shim([]);
    let mut host = behind(&shim);
    let (made, issued) = &desk.rsa;
    host.tokens().unwrap();
    assert_eq!(logins(&shim), []);
    let wrong = host
        .open(&made.serial, issued.digest, Some(Pin::from("111111")))
        .map(drop);
    assert!(matches!(wrong, Err(TokenError::WrongPin { .. })));
    assert_eq!(logins(&shim), [typed(1, "111111")]);
    // Too short, empty, none, and another token's certificate: nothing reaches the module.
    for typed in [Some("1"), Some(""), None] {
        host.open(&made.serial, issued.digest, typed.map(Pin::from))
            .map(drop)
            .unwrap_err();
    }
    host.open(&made.serial, desk.ec.1.digest, pin(made))
        .map(drop)
        .unwrap_err();
    assert_eq!(logins(&shim).len(), 1);
    let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
    for _ in 0..5 {
        login.sign(DATA, RSA).unwrap();
    }
    drop(login);
    assert_eq!(
        logins(&shim),
        [typed(1, "111111"), typed(1, &made.pin)],
        "one login serves the whole batch"
    );
}

#[test]
fn a_token_with_its_own_keys_gets_no_pin_from_us() {
    let desk = Desk::new();
    let shim = desk.shim([Fault::ProtectedPath]);
    let mut host = behind(&shim);
    let (made, issued) = &desk.rsa;
    assert!(host.tokens().unwrap().iter().all(|t| t.protected_path));
    let refused = host.open(&made.serial, issued.digest, pin(made)).map(drop);
    assert_eq!(refused, Err(TokenError::PinOnReader));
    assert_eq!(logins(&shim), []);
    let mut login = host.open(&made.serial, issued.digest, None).unwrap();
    assert!(verify(issued, RSA, &login.sign(DATA, RSA).unwrap()));
    drop(login);
    assert_eq!(logins(&shim), [(1, "none".to_owned())]);
}

#[test]
fn a_token_that_cannot_be_read_does_not_hide_the_other() {
    let desk = Desk::new();
    let shim = desk.shim([Fault::BadClock]);
    let mut host = behind(&shim);
    let survey = host.survey().unwrap();
    let [token] = survey.tokens.as_slice() else {
        panic!("{survey:?}")
    };
    assert_eq!(token.serial, desk.rsa.0.serial);
    let [bad] = survey.unreadable.as_slice() else {
        panic!("{survey:?}")
    };
    assert!(
        matches!(bad.error, TokenError::Unreadable { .. }),
        "{:?}",
        bad.error
    );
    let (made, issued) = &desk.rsa;
    let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
    assert!(verify(issued, RSA, &login.sign(DATA, RSA).unwrap()));
}

#[test]
fn a_driver_that_tells_no_sizes_and_one_that_cannot_hash_still_sign() {
    let desk = Desk::new();
    for faults in [
        vec![Fault::NoSizes],
        vec![Fault::NoHashing],
        vec![Fault::NoSizes, Fault::NoHashing],
    ] {
        let shim = desk.shim(faults.clone());
        let mut host = behind(&shim);
        for ((made, issued), algorithms) in [
            (&desk.rsa, &[RSA, Algorithm::RsaPssSha256][..]),
            (&desk.ec, &[Algorithm::EcdsaP256Sha256][..]),
        ] {
            let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
            for algorithm in algorithms {
                let signature = login.sign(DATA, *algorithm).unwrap();
                assert!(
                    verify(issued, *algorithm, &signature),
                    "{faults:?}: {algorithm:?}"
                );
            }
        }
    }
}

#[test]
fn a_driver_that_refuses_sessions_that_write_still_signs() {
    let desk = Desk::new();
    let shim = desk.shim([Fault::ReadOnly]);
    let mut host = behind(&shim);
    let (made, issued) = &desk.rsa;
    let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
    assert!(verify(issued, RSA, &login.sign(DATA, RSA).unwrap()));
    drop(login);
    let refused = host.change_pin(&made.serial, pin(made), Some(Pin::from("13579024")));
    assert!(
        matches!(refused, Err(TokenError::ReadOnlyRefused { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_key_that_always_asks_is_given_the_pin_at_each_signature() {
    let desk = Desk::new();
    let shim = desk.shim([Fault::AlwaysAuthenticate]);
    let mut host = behind(&shim);
    let (made, issued) = &desk.rsa;
    let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
    assert!(login.opened().always_authenticate);
    for _ in 0..2 {
        assert!(verify(issued, RSA, &login.sign(DATA, RSA).unwrap()));
    }
    drop(login);
    let one = |user| typed(user, &made.pin);
    assert_eq!(logins(&shim), [one(1), one(2), one(2)]);
}

#[test]
fn a_module_that_prints_does_not_disturb_the_frames() {
    let desk = Desk::new();
    let shim = desk.shim([Fault::Noise]);
    let mut host = behind(&shim);
    let (made, issued) = &desk.rsa;
    let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
    assert!(verify(issued, RSA, &login.sign(DATA, RSA).unwrap()));
    drop(login);
    hoso_testkit::wait_until("the module's words", Duration::from_secs(5), || {
        host.complaints().contains("vendor module: signing")
    })
    .unwrap();
}

/// Limits that a module which hangs runs into soon.
fn short() -> Limits {
    let soon = Duration::from_millis(400);
    Limits {
        sign: soon,
        list: soon,
        ..Limits::default()
    }
}

fn impatient(shim: &Shim) -> Host {
    Host::start_with_env(helper(), shim.module(), &[], short()).unwrap()
}

#[test]
fn a_hang_a_crash_and_a_removal_during_a_signature_are_told_apart() {
    let desk = Desk::new();
    let (made, issued) = &desk.rsa;
    let sign = |act: Act| {
        let mut shim = desk.shim([]);
        shim.rule("C_Sign", 0, act).unwrap();
        let mut host = impatient(&shim);
        let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
        let error = login.sign(DATA, RSA).unwrap_err();
        let again = login.sign(DATA, RSA).unwrap_err();
        drop(login);
        // One login, and none to "repair" anything.
        assert_eq!(logins(&shim), [typed(1, &made.pin)]);
        let runs = Path::new(&format!("/proc/{}", host.process())).exists();
        (error, again, runs)
    };
    let (error, again, runs) = sign(Act::Hang);
    assert!(matches!(error, TokenError::Hung { .. }), "{error}");
    assert!(
        matches!(again, TokenError::HostLost { .. }) && !runs,
        "{again}"
    );
    let (error, _, runs) = sign(Act::Crash);
    assert!(
        matches!(error, TokenError::HostLost { .. }) && !runs,
        "{error}"
    );
    let (error, again, runs) = sign(Act::Pull);
    assert!(
        matches!(&error, TokenError::TokenRemoved { code, .. } if code == "CKR_DEVICE_REMOVED")
    );
    // The login is gone with the token; the process is not.
    assert_eq!((again, runs), (TokenError::NotOpen, true));
}

#[test]
fn a_module_that_hangs_or_crashes_anywhere_costs_one_error_and_a_new_host_works() {
    let desk = Desk::new();
    for call in [
        "C_GetSlotList",
        "C_GetTokenInfo",
        "C_OpenSession",
        "C_FindObjectsInit",
    ] {
        for act in [Act::Hang, Act::Crash] {
            let mut shim = desk.shim([]);
            let mut host = impatient(&shim);
            shim.rule(call, 0, act).unwrap();
            let error = host.tokens().unwrap_err();
            assert!(
                error.ends_host() && !host.is_alive(),
                "{call} {act:?}: {error}"
            );
            shim.heal().unwrap();
            assert_eq!(behind(&shim).tokens().unwrap().len(), 2, "{call} {act:?}");
            assert_eq!(logins(&shim), []);
        }
    }
}

#[test]
fn a_list_that_grows_between_two_questions_is_asked_for_once_more_and_never_for_ever() {
    const BUFFER_TOO_SMALL: u64 = 0x150;
    let desk = Desk::new();
    let mut shim = desk.shim([]);
    let mut ask = |calls: &[u32]| {
        shim.heal().unwrap();
        for nth in calls {
            let act = Act::Return(BUFFER_TOO_SMALL);
            shim.rule("C_GetSlotList", *nth, act).unwrap();
        }
        let mut host = behind(&shim);
        let tokens = host.tokens().map(|t| t.len());
        assert!(host.is_alive());
        tokens
    };
    // each look asks for the size first, then for the list
    assert_eq!(ask(&[2]), Ok(2));
    let error = ask(&[2, 4]).unwrap_err();
    assert_eq!(error.return_value(), Some("CKR_BUFFER_TOO_SMALL"));
}

#[test]
fn a_module_that_does_not_start_says_why() {
    let desk = Desk::new();
    let mut shim = desk.shim([]);
    shim.rule("C_Initialize", 0, Act::Return(0x0a)).unwrap();
    let error = Host::start(helper(), shim.module()).map(drop).unwrap_err();
    assert!(
        matches!(&error, TokenError::ModuleFailed { code, .. } if code == "CKR_CANT_LOCK"),
        "{error}"
    );
    shim.heal().unwrap();
    shim.rule("C_Initialize", 0, Act::Crash).unwrap();
    let error = Host::start(helper(), shim.module()).map(drop).unwrap_err();
    assert!(matches!(error, TokenError::HostLost { .. }), "{error}");
}

#[test]
fn the_helper_ends_with_its_caller_even_while_the_module_hangs() {
    use std::io::Write as _;
    let desk = Desk::new();
    let (made, issued) = &desk.rsa;
    let mut shim = desk.shim([]);
    shim.rule("C_Sign", 0, Act::Hang).unwrap();
    let mut child = Command::new(helper())
        .arg(shim.module())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = child.stdout.take().unwrap();
    let mut say = |request: &Request| input.write_all(&frame(request).unwrap()).unwrap();
    say(&Request::Open {
        serial: made.serial.clone(),
        certificate: issued.digest,
        pin: pin(made),
    });
    say(&Request::Sign {
        data: DATA.to_vec(),
        algorithm: RSA,
    });
    // Ready, then the login's answer: now the module hangs in the signature.
    for _ in 0..2 {
        read_frame(&mut output).unwrap().unwrap();
    }
    assert!(child.try_wait().unwrap().is_none());
    drop(input);
    let ended = hoso_testkit::wait_for("the helper's end", Duration::from_secs(10), || {
        child.try_wait().unwrap()
    });
    if ended.is_err() {
        child.kill().unwrap();
    }
    assert_eq!(ended.unwrap().code(), Some(3));
}
