//! Modules that misbehave: the shim of `examples/fault_shim.rs` before SoftHSM2.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use hoso_token::message::{Request, frame, read_frame};
use hoso_token::{Algorithm, Host, Limits, Pin, TokenError};

use crate::desk::{DATA, Desk, helper, pin, verify};

const RSA: Algorithm = Algorithm::RsaPkcs1Sha256;

/// Built beside the helper by the same `cargo test`.
fn shim() -> PathBuf {
    let name = format!("examples/libfault_shim{}", std::env::consts::DLL_SUFFIX);
    let path = helper().parent().unwrap().join(name);
    assert!(
        path.is_file(),
        "run cargo test without --test, so that examples are built"
    );
    path
}

impl Desk {
    fn log(&self) -> PathBuf {
        self.dir.path().join("logins")
    }

    fn faulty(&self, faults: &str, limits: Limits) -> Host {
        let log = self.log();
        let env = [
            ("HOSO_SHIM_TARGET", self.hsm.module().to_str().unwrap()),
            ("HOSO_SHIM_FAULT", faults),
            ("HOSO_SHIM_LOG", log.to_str().unwrap()),
            ("HOSO_SHIM_PIN", self.rsa.0.pin.as_str()),
        ];
        self.start(&shim(), &env, limits).unwrap()
    }

    /// One line per `C_Login` the module saw.
    fn logins(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }
}

#[test]
fn each_open_is_one_login_and_none_comes_by_itself() {
    let desk = Desk::new();
    let mut host = desk.faulty("", Limits::default());
    let (made, issued) = &desk.rsa;
    host.tokens().unwrap();
    assert_eq!(desk.logins().len(), 0);
    let wrong = host
        .open(&made.serial, issued.digest, Some(Pin::from("111111")))
        .map(drop);
    assert!(matches!(wrong, Err(TokenError::WrongPin { .. })));
    assert_eq!(desk.logins(), ["user 1 pin given"]);
    // Too short, empty, none, and another token's certificate: nothing reaches the module.
    for typed in [Some("1"), Some(""), None] {
        host.open(&made.serial, issued.digest, typed.map(Pin::from))
            .map(drop)
            .unwrap_err();
    }
    host.open(&made.serial, desk.ec.1.digest, pin(made))
        .map(drop)
        .unwrap_err();
    assert_eq!(desk.logins().len(), 1);
    let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
    for _ in 0..5 {
        login.sign(DATA, RSA).unwrap();
    }
    drop(login);
    assert_eq!(desk.logins().len(), 2, "one login serves the whole batch");
}

#[test]
fn a_token_with_its_own_keys_gets_no_pin_from_us() {
    let desk = Desk::new();
    let mut host = desk.faulty("protected-path", Limits::default());
    let (made, issued) = &desk.rsa;
    assert!(host.tokens().unwrap().iter().all(|t| t.protected_path));
    let refused = host.open(&made.serial, issued.digest, pin(made)).map(drop);
    assert_eq!(refused, Err(TokenError::PinOnReader));
    assert_eq!(desk.logins().len(), 0);
    let mut login = host.open(&made.serial, issued.digest, None).unwrap();
    assert!(verify(issued, RSA, &login.sign(DATA, RSA).unwrap()));
    drop(login);
    assert_eq!(desk.logins(), ["user 1 pin none"]);
}

#[test]
fn a_failed_login_function_is_not_a_wrong_pin() {
    let desk = Desk::new();
    let mut host = desk.faulty("login-failed", Limits::default());
    let (made, issued) = &desk.rsa;
    let error = host
        .open(&made.serial, issued.digest, pin(made))
        .map(drop)
        .unwrap_err();
    assert_eq!(
        error,
        TokenError::FunctionFailed {
            call: "C_Login".into()
        }
    );
    assert!(!error.spent_a_try());
    assert_eq!(desk.logins().len(), 1, "it was tried again");
}

#[test]
fn a_token_that_cannot_be_read_does_not_hide_the_other() {
    let desk = Desk::new();
    let mut host = desk.faulty("bad-clock", Limits::default());
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
    for faults in ["no-sizes", "no-hashing", "no-sizes,no-hashing"] {
        let mut host = desk.faulty(faults, Limits::default());
        for ((made, issued), algorithms) in [
            (&desk.rsa, &[RSA, Algorithm::RsaPssSha256][..]),
            (&desk.ec, &[Algorithm::EcdsaP256Sha256][..]),
        ] {
            // SoftHSM2 is asked with the PIN of the token at hand.
            let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
            for algorithm in algorithms {
                let signature = login.sign(DATA, *algorithm).unwrap();
                assert!(
                    verify(issued, *algorithm, &signature),
                    "{faults}: {algorithm:?}"
                );
            }
        }
    }
}

#[test]
fn a_key_that_always_asks_is_given_the_pin_at_each_signature() {
    let desk = Desk::new();
    let mut host = desk.faulty("always", Limits::default());
    let (made, issued) = &desk.rsa;
    let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
    assert!(login.opened().always_authenticate);
    for _ in 0..2 {
        assert!(verify(issued, RSA, &login.sign(DATA, RSA).unwrap()));
    }
    drop(login);
    let logins = desk.logins();
    assert_eq!(
        logins,
        ["user 1 pin given", "user 2 pin given", "user 2 pin given"]
    );
}

#[test]
fn a_module_that_prints_does_not_disturb_the_frames() {
    let desk = Desk::new();
    let mut host = desk.faulty("noise", Limits::default());
    let (made, issued) = &desk.rsa;
    let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
    assert!(verify(issued, RSA, &login.sign(DATA, RSA).unwrap()));
    drop(login);
    hoso_testkit::wait_until("the module's words", Duration::from_secs(5), || {
        host.complaints().contains("vendor module: signing")
    })
    .unwrap();
}

#[test]
fn a_hang_a_crash_and_a_removal_during_a_signature_are_told_apart() {
    let desk = Desk::new();
    let (made, issued) = &desk.rsa;
    let sign = |fault: &str| {
        let limits = Limits {
            sign: Duration::from_millis(200),
            ..Limits::default()
        };
        let mut host = desk.faulty(fault, limits);
        let mut login = host.open(&made.serial, issued.digest, pin(made)).unwrap();
        let error = login.sign(DATA, RSA).unwrap_err();
        let again = login.sign(DATA, RSA).unwrap_err();
        drop(login);
        (
            error,
            again,
            Path::new(&format!("/proc/{}", host.process())).exists(),
        )
    };
    let (error, again, runs) = sign("hang");
    assert!(matches!(error, TokenError::Hung { .. }), "{error}");
    assert!(
        matches!(again, TokenError::HostLost { .. }) && !runs,
        "{again}"
    );
    let (error, _, runs) = sign("crash");
    assert!(
        matches!(error, TokenError::HostLost { .. }) && !runs,
        "{error}"
    );
    let (error, again, runs) = sign("removed");
    assert!(
        matches!(&error, TokenError::TokenRemoved { code, .. } if code == "CKR_DEVICE_REMOVED")
    );
    // The login is gone with the token; the process is not.
    assert_eq!((again, runs), (TokenError::NotOpen, true));
    // One login per host, and none to "repair" anything.
    assert_eq!(desk.logins().len(), 3);
}

#[test]
fn the_helper_ends_with_its_caller_even_while_the_module_hangs() {
    use std::io::Write as _;
    let desk = Desk::new();
    let (made, issued) = &desk.rsa;
    let (name, conf) = desk.hsm.env();
    let mut child = Command::new(helper())
        .arg(shim())
        .env(name, conf)
        .env("HOSO_SHIM_TARGET", desk.hsm.module())
        .env("HOSO_SHIM_FAULT", "hang")
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
