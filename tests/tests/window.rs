//! The real window, switched off when it hurts most.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::time::Duration;

use acceptance::crash::window::kill_all_in;
use acceptance::desk::{Desk, program};
use acceptance::lab::{Lab, PIN, accepted_by};
use acceptance::officer::Officer;
use acceptance::steps::unlock;
use acceptance::window::{Hand, Window};
use hoso_testkit::link::{Effect, Rule};

#[test]
fn a_window_killed_between_commit_and_answer_asks_and_sends_nothing_twice() {
    let lab = Lab::prepare(1, 20_000).unwrap();
    let round = lab.round().unwrap();
    let held = lab
        .link
        .when(Rule::on("PUT", "/v1/dossiers/"), Effect::HoldAnswer);
    let mut environment: Vec<(String, String)> = lab
        .world
        .env()
        .into_iter()
        .map(|(name, value)| {
            let text = |s: std::ffi::OsString| s.to_string_lossy().into_owned();
            (text(name), text(value))
        })
        .collect();
    environment.push(("HOSO_HOME".to_owned(), round.home.display().to_string()));
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
