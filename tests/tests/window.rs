//! The real window, switched off when it hurts most.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use acceptance::crash::window::{kill_all_in, kill_page_of};
use acceptance::desk::{Desk, Running, program};
use acceptance::lab::{Lab, PIN, Round, accepted_by};
use acceptance::officer::Officer;
use acceptance::steps::unlock;
use acceptance::window::{Hand, Window};
use chrono::DateTime;
use hoso_portal_api::Kind;
use hoso_portal_api::officer::Act;
use hoso_testkit::link::{Canned, Effect, Rule};

/// What a window needs to begin a round.
fn environment(lab: &Lab, round: &Round<'_>) -> Vec<(String, String)> {
    let text = |s: std::ffi::OsString| s.to_string_lossy().into_owned();
    let token = lab.world.env().into_iter();
    let mut all: Vec<_> = token
        .map(|(name, value)| (text(name), text(value)))
        .collect();
    all.push(("HOSO_HOME".to_owned(), round.home.display().to_string()));
    all
}

#[test]
fn a_window_killed_between_commit_and_answer_asks_and_sends_nothing_twice() {
    let lab = Lab::prepare(1, 20_000).unwrap();
    let round = lab.round().unwrap();
    let held = lab
        .link
        .when(Rule::on("PUT", "/v1/dossiers/"), Effect::HoldAnswer);
    let environment = environment(&lab, &round);
    let desk = || Desk::set_up(1366, 768, &lab.path("logs"), &environment).unwrap();
    let desktop = program("hoso-desktop").unwrap();
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("withdrawal");
    std::fs::create_dir_all(&pictures).unwrap();

    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let first = desk();
        let window = Window::open(&first, &desktop, Hand::Mouse).await.unwrap();
        unlock(&window, PIN).await.unwrap();
        let end = tokio::time::Instant::now() + Duration::from_secs(60);
        while held.times() == 0 {
            assert!(tokio::time::Instant::now() < end, "nothing was handed in");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(kill_all_in(&round.home).unwrap(), 1);
        drop(first);
        assert_eq!(accepted_by(&round.data).unwrap().len(), 1);

        lab.calm().unwrap();
        let second = desk();
        let window = Window::open(&second, &desktop, Hand::Mouse).await.unwrap();
        unlock(&window, PIN).await.unwrap();
        window.press("nav-results").await.unwrap();
        let shown = window.read("receipt-digest").await.unwrap();
        assert_eq!(shown.len(), 64, "a digest in full");
        window.press("nav-outbox").await.unwrap();
        window.find("outbox-none").await.unwrap();

        // handed in twice by another way, say: it is asked back
        window.press("nav-results").await.unwrap();
        window.press("result-withdraw").await.unwrap();
        window.press("withdraw-yes").await.unwrap();
        window.find("withdraw-reason").await.unwrap();
        window
            .fill("withdraw-reason", "Đã nộp bản giấy tại quầy.")
            .await
            .unwrap();
        second.picture(&pictures.join("withdraw.png")).unwrap();
        window.press("withdraw-yes").await.unwrap();
        window
            .wait_until("result-withdrawal", "đã tới Kho bạc")
            .await
            .unwrap();
        second
            .picture(&pictures.join("withdrawal-asked.png"))
            .unwrap();
        window.close().await.unwrap();

        let officer = Officer::log_in(&round.portal).await.unwrap();
        let file = officer.dossier(round.watched).await.unwrap();
        assert_eq!(file.summary.status, "withdrawal-asked");
        let digests: Vec<String> = file.revisions.iter().map(|r| r.digest.hex()).collect();
        assert_eq!(digests, [shown]);
        assert_eq!(accepted_by(&round.data).unwrap().len(), 1);
    });
}

#[test]
fn a_paper_that_does_not_come_is_named_until_it_is_here() {
    let lab = Lab::prepare(1, 20_000).unwrap();
    let round = lab.round().unwrap();
    let missing = Canned::problem(Kind::NotFound, None, DateTime::UNIX_EPOCH);
    lab.link
        .when(Rule::on("GET", "/v1/documents"), Effect::Answer(missing));
    let environment = environment(&lab, &round);
    let desk = Desk::set_up(1024, 768, &lab.path("logs"), &environment).unwrap();
    let desktop = program("hoso-desktop").unwrap();
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("awaited");
    std::fs::create_dir_all(&pictures).unwrap();

    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let window = Window::open(&desk, &desktop, Hand::Mouse).await.unwrap();
        unlock(&window, PIN).await.unwrap();
        window.press("nav-results").await.unwrap();
        window.find("receipt-digest").await.unwrap();
        let officer = Officer::log_in(&round.portal).await.unwrap();
        for act in ["receive", "complete"] {
            let words = Act::default();
            officer.act(round.watched, act, &words).await.unwrap();
        }
        let said = window.wait_until("result-awaited", "Chưa tải về máy");
        let said = said.await.unwrap();
        assert!(said.contains(".asice (") && said.contains("KB"), "{said}");
        desk.picture(&pictures.join("awaited.png")).unwrap();
        assert_eq!(window.cut().await.unwrap(), Vec::<String>::new());
        lab.calm().unwrap();
        window
            .wait_for("[data-testid=result-document]")
            .await
            .unwrap();
        window.wait_gone("result-awaited").await.unwrap();
        window.close().await.unwrap();
    });
}

/// Waits until the program's log has the line so many times; the log.
fn wait_for_log(home: &Path, line: &str, times: usize) -> String {
    let log = home.join("logs/hoso.log");
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        if text.matches(line).count() >= times {
            return text;
        }
        assert!(Instant::now() < end, "not {times} times {line:?}:\n{text}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

#[test]
fn a_page_whose_process_dies_comes_anew_even_where_it_had_not_come_yet() {
    const ENDED: &str = "the page's process ended";
    const HERE: &str = "the page is here";
    let lab = Lab::prepare(0, 0).unwrap();
    let home = lab.path("home");
    let desk = Desk::set_up(1366, 768, &lab.path("logs"), &[]).unwrap();
    let killed_before_it_came = || {
        let _ = std::fs::remove_file(home.join("logs/hoso.log"));
        let mut window = Command::new(program("hoso-desktop").unwrap());
        window
            .env("HOSO_HOME", &home)
            .env("DISPLAY", &desk.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &desk.bus)
            .env("NO_AT_BRIDGE", "1")
            .env("GTK_USE_PORTAL", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let window = Running::start(&mut window).unwrap();
        let kill_page = || {
            let end = Instant::now() + Duration::from_secs(60);
            while !kill_page_of(window.id()).unwrap() {
                assert!(Instant::now() < end, "there is no page to kill");
                std::thread::park_timeout(Duration::from_millis(2));
            }
        };
        // as soon as it is there, and once more when it has come
        kill_page();
        wait_for_log(&home, ENDED, 1);
        wait_for_log(&home, HERE, 1);
        kill_page();
        wait_for_log(&home, ENDED, 2);
        wait_for_log(&home, HERE, 2).contains(r#""came":false"#)
    };
    // where this test was late, the page had come before its first end
    assert!((0..10).any(|_| killed_before_it_came()));
}

#[test]
fn a_page_that_waits_long_for_its_first_answer_says_so_and_asks_again() {
    let lab = Lab::prepare(0, 0).unwrap();
    let home = lab.path("home");
    let envelope = home.join("store/envelope.json");
    let kept = home.join("store/envelope.kept");
    std::fs::rename(&envelope, &kept).unwrap();
    // whoever reads it waits until somebody writes into it
    let made = Command::new("mkfifo").arg(&envelope).status().unwrap();
    assert!(made.success());
    let environment = [("HOSO_HOME".to_owned(), home.display().to_string())];
    let desk = Desk::set_up(1366, 768, &lab.path("logs"), &environment).unwrap();
    let desktop = program("hoso-desktop").unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let window = Window::open(&desk, &desktop, Hand::Mouse).await.unwrap();
        window.find("screen-starting").await.unwrap();
        assert!(!window.has("screen-unlock").await.unwrap());
        std::fs::rename(&kept, &envelope).unwrap();
        unlock(&window, PIN).await.unwrap();
        window.close().await.unwrap();
    });
}

#[test]
fn a_screen_whose_program_stopped_says_so_and_is_opened_again() {
    let lab = Lab::prepare(0, 0).unwrap();
    let home = lab.path("home").display().to_string();
    let environment = [("HOSO_HOME".to_owned(), home)];
    let desk = Desk::set_up(1024, 768, &lab.path("logs"), &environment).unwrap();
    let desktop = program("hoso-desktop").unwrap();
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stopped");
    std::fs::create_dir_all(&pictures).unwrap();
    // what a browser tells when WebAssembly traps
    const TRAP: &str = "const [done] = arguments;
        const error = new WebAssembly.RuntimeError('unreachable');
        dispatchEvent(new ErrorEvent('error', {error}));
        done(document.querySelectorAll('nav').length);";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let window = Window::open(&desk, &desktop, Hand::Mouse).await.unwrap();
        unlock(&window, PIN).await.unwrap();
        let left = window.measure(TRAP, vec![]).await.unwrap();
        assert_eq!(left, 0, "nothing is left that answers no key");
        let said = window.read("screen-stopped").await.unwrap();
        assert!(said.contains("vẫn nguyên vẹn"), "{said}");
        window.painted().await.unwrap();
        desk.picture(&pictures.join("stopped.png")).unwrap();
        // who works here is known to the program, not to the screen
        window.press("btn-reload").await.unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        // a page that is going away refuses questions
        while !window.has("screen-today").await.unwrap_or_default() {
            assert!(Instant::now() < end, "{}", window.shown().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        window.close().await.unwrap();
    });
}
