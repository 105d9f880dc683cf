//! `hoso sync`, `export`, `verify`, `backup` and `restore` as a person at a console runs them, one after
//! the other, against a real portal.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use acceptance::desk::program;
use acceptance::lab::{Lab, PIN, copy};
use chrono::{Datelike, TimeDelta};
use hoso_contract::command::{GetOutbox, OpenDossier};
use hoso_domain::life::LocalState;

/// What the program said, and its exit code.
struct Told {
    code: i32,
    text: String,
}

impl Told {
    #[track_caller]
    fn says(&self, code: i32, words: &str) {
        assert_eq!(self.code, code, "{}", self.text);
        assert!(self.text.contains(words), "{words:?} in {}", self.text);
        assert!(!self.text.contains(PIN), "{}", self.text);
    }
}

/// `hoso` with this line over the store in `home`; the PIN comes by standard input.
fn hoso(home: &Path, line: &[&str]) -> Told {
    let mut child = Command::new(program("hoso").unwrap())
        .args(line)
        .current_dir(home.parent().unwrap())
        .env("HOSO_HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // `verify` asks for none and may have ended
    let _ = writeln!(input, "{PIN}");
    drop(input);
    let out = child.wait_with_output().unwrap();
    let both = [out.stdout, out.stderr].concat();
    Told {
        code: out.status.code().unwrap(),
        text: String::from_utf8(both).unwrap(),
    }
}

/// Every file of this name below `dir`.
fn below(dir: &Path, name: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(&path, name, found);
        } else if path.ends_with(name) {
            found.push(path);
        }
    }
}

/// The end of the trail in every commit the portal keeps, as the receipt it signed repeats it.
fn heads(data: &Path) -> Vec<String> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let book = rusqlite::Connection::open_with_flags(data.join("portal.db"), flags).unwrap();
    let mut ask = book.prepare("SELECT body, receipt FROM revision").unwrap();
    let rows = ask
        .query_map([], |r| Ok([r.get::<_, String>(0)?, r.get(1)?]))
        .unwrap();
    rows.map(|row| {
        let [commit, receipt] = row.unwrap().map(|text| {
            let said: serde_json::Value = serde_json::from_str(&text).unwrap();
            said.get("audit_head").unwrap().as_str().unwrap().to_owned()
        });
        assert_eq!(commit, receipt);
        receipt
    })
    .collect()
}

#[test]
fn what_waits_is_sent_exported_and_verified_without_a_window() {
    let lab = Lab::prepare(2, 20_000).unwrap();
    let round = lab.round().unwrap();
    // the same store where the line is dead: told how many wait, and why
    let offline = lab.path("offline/home");
    copy(&lab.path("home"), &offline).unwrap();
    lab.link.set_way(hoso_testkit::link::Way::Refused);
    let told = hoso(&offline, &["sync", "--minutes", "1"]);
    told.says(2, "Còn 2 hồ sơ chờ gửi; không mất gì, lần sau gửi tiếp.");
    lab.calm().unwrap();

    hoso(&round.home, &["sync", "--minutes", "2"])
        .says(0, "Không còn hồ sơ nào chờ gửi; kết quả đã cập nhật.");
    // a second time has nothing to do
    hoso(&round.home, &["sync"]).says(0, "Không còn hồ sơ nào chờ gửi");
    let mut client = round.client().unwrap();
    let verdict = round.verdict(&mut client, &lab.dossiers).unwrap();
    assert!(verdict.holds() && verdict.matched == 2, "{verdict:?}");
    assert!(client.call(&GetOutbox {}).unwrap().is_empty());
    let id = lab.dossiers.first().copied().unwrap();
    let saved = client.call(&OpenDossier { id }).unwrap().saved;
    client.stop().unwrap();

    // what the portal signed stands in the trail of this PC, and nothing else does
    let heads = heads(&round.data);
    assert_eq!(heads.len(), 2, "{heads:?}");
    for head in &heads {
        hoso(&round.home, &["verify-audit", "--head", head]).says(0, "NHẬT KÝ NGUYÊN VẸN");
    }
    let other = "ab".repeat(32);
    hoso(&round.home, &["verify-audit", "--head", &other]).says(1, "không có dòng cần đối chiếu");

    let beside = round.home.parent().unwrap();
    std::fs::create_dir(beside.join("out")).unwrap();
    // the budget year goes by the day in Vietnam
    let year = (saved + TimeDelta::hours(7)).year().to_string();
    hoso(&round.home, &["export", "--year", &year, "--to", "out"]).says(0, "Đã xuất 2 hồ sơ");
    let mut containers = Vec::new();
    below(&beside.join("out"), "ho-so.asice", &mut containers);
    assert_eq!(containers.len(), 2, "{containers:?}");
    let ca = beside.join("signers.pem");
    std::fs::write(&ca, lab.world.ca.pem().unwrap()).unwrap();
    for container in containers {
        let file = container.to_string_lossy().into_owned();
        let line = ["verify", &file, "--ca", "signers.pem"];
        let told = hoso(&round.home, &line);
        told.says(0, "HỢP LỆ");
        assert!(!told.text.contains("KHÔNG HỢP LỆ"), "{}", told.text);
        // one byte of it changed
        let mut bytes = std::fs::read(&container).unwrap();
        let at = bytes.len() / 2;
        *bytes.get_mut(at).unwrap() ^= 1;
        std::fs::write(&container, bytes).unwrap();
        hoso(&round.home, &line).says(1, "KHÔNG HỢP LỆ");
    }

    // the stick goes to another PC, which holds the same
    std::fs::create_dir(beside.join("stick")).unwrap();
    hoso(&round.home, &["backup", "--to", "stick"]).says(0, "Đã sao lưu 2 hồ sơ");
    let other = beside.join("other");
    hoso(&other, &["restore", "stick"]).says(0, "Đã khôi phục");
    hoso(&other, &["check"]).says(0, "DỮ LIỆU NGUYÊN VẸN");
    let mut client = acceptance::headless::Client::start(&other, &lab.world.env()).unwrap();
    client.unlock(PIN).unwrap();
    for id in &lab.dossiers {
        let view = client.call(&OpenDossier { id: *id }).unwrap();
        assert_eq!(view.local, LocalState::Sent);
    }
    client.stop().unwrap();
}
