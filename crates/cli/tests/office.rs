//! `hoso backup`, `restore`, `check`, `export`, `verify-audit` and `sync` as processes, over a real
//! store; secrets by standard input.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use chrono::{DateTime, Utc};
use hoso_domain::digest::Digest;
use hoso_domain::dossier::Drawer;
use hoso_domain::id::{AttachmentId, DossierId, PersonId, UnitId};
use hoso_domain::party::{Treasury, Unit};
use hoso_store::attachments::{self, Attachment};
use hoso_store::dossiers::{self, NewDossier};
use hoso_store::revisions::Summary;
use hoso_store::{By, Store, Vault, people, units};
use tempfile::TempDir;
use uuid::Uuid;

const PIN: &str = "258036";
const NAME: &str = "Vi Thị Hoà";

/// A home with a store of one unit, and a folder for backups.
struct Office {
    dir: TempDir,
    recovery: String,
}

impl Office {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at: DateTime<Utc> = "2026-11-22T01:00:00Z".parse().unwrap();
        let person = PersonId(Uuid::from_u128(7));
        let store = dir.path().join("home/store");
        fs::create_dir_all(&store).unwrap();
        fs::create_dir(dir.path().join("usb")).unwrap();
        let (mut vault, keys, code) = Vault::create(&store, person, NAME, PIN).unwrap();
        let recovery = code.text().to_string();
        vault.confirm_recovery(&recovery, at).unwrap();
        let unit = Unit {
            id: UnitId(Uuid::from_u128(9)),
            code: "1123456".to_owned(),
            name: "Trường Mầm non Mường Lống".to_owned(),
            address: "Xã Mường Lống".to_owned(),
            chapter: "822".to_owned(),
            area: "17234".to_owned(),
            treasury: Treasury {
                code: "1361".to_owned(),
                name: "Phòng giao dịch số 5".to_owned(),
            },
            accounts: vec![],
            signers: vec![],
            hue: 210,
        };
        Store::create(&store, &keys, |tx| {
            units::put(tx, &unit, at)?;
            people::put(tx, person, NAME, By { person, at })
        })
        .unwrap();
        Self { dir, recovery }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn store(&self) -> PathBuf {
        self.path("home/store")
    }

    /// A draft has a file which is in the store no more.
    fn lose_a_file(&self) {
        let at: DateTime<Utc> = "2026-11-22T02:00:00Z".parse().unwrap();
        let person = PersonId(Uuid::from_u128(7));
        let by = By { person, at };
        let dossier = DossierId(Uuid::from_u128(11));
        let mut vault = Vault::open(&self.store()).unwrap();
        let keys = vault.unlock(person, PIN, at).ok().unwrap();
        let store = Store::open(&self.store(), &keys).unwrap();
        let new = NewDossier {
            id: dossier,
            unit: UnitId(Uuid::from_u128(9)),
            procedure: "recurrent-payment".to_owned(),
            budget_year: 2026,
            vouchers: vec![],
            summary: Summary::default(),
        };
        let file = Attachment {
            id: AttachmentId(Uuid::from_u128(12)),
            dossier,
            drawer: Drawer::Unit,
            name: "hoa-don.pdf".to_owned(),
            sha256: Digest::of(b"never there"),
            size: 11,
        };
        store
            .write(move |tx| {
                dossiers::create(tx, &new, by)?;
                attachments::add(tx, &file, by)
            })
            .unwrap();
    }

    fn hoso(&self, line: &[&str], secret: &str) -> Told {
        self.hoso_at(&self.path("home"), line, secret)
    }

    fn hoso_at(&self, home: &Path, line: &[&str], secret: &str) -> Told {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hoso"))
            .args(line)
            .current_dir(self.dir.path())
            .env("HOSO_HOME", home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        writeln!(input, "{secret}").unwrap();
        drop(input);
        Told::from(child.wait_with_output().unwrap())
    }
}

struct Told {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Told {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Told {
    #[track_caller]
    fn says(&self, code: i32, words: &str) {
        let all = format!("{}{}", self.out, self.err);
        assert_eq!(self.code, code, "{all}");
        assert!(all.contains(words), "{words:?} in {all}");
        assert!(!all.contains(PIN), "{all}");
    }
}

#[test]
fn a_backup_is_made_listed_previewed_and_restored_on_a_bare_pc() {
    let office = Office::new();
    let made = office.hoso(&["backup", "--to", "usb"], PIN);
    made.says(0, "Đã sao lưu 0 hồ sơ");
    made.says(0, "KHÔNG AN TOÀN");
    // the place is remembered
    office.hoso(&["backup"], PIN).says(0, "Đã sao lưu");
    let bare = office.path("bare");
    office
        .hoso_at(&bare, &["check", "--backup", "usb"], PIN)
        .says(0, "BẢN SAO LƯU NGUYÊN VẸN");
    let listed = office.hoso_at(&bare, &["restore", "usb", "--list"], "");
    listed.says(0, "0 hồ sơ");
    assert_eq!(listed.out.lines().count(), 2, "{}", listed.out);
    let line = ["restore", "usb", "--preview", "--recovery"];
    office
        .hoso_at(&bare, &line, &office.recovery)
        .says(0, "Trường Mầm non Mường Lống");
    assert!(!bare.join("store").exists());
    let line = ["restore", "usb", "--recovery"];
    let wrong = "0000-0000-0000-0000-0000-0000-0000-0000";
    office
        .hoso_at(&bare, &line, wrong)
        .says(2, "Mã khôi phục không đúng");
    office
        .hoso_at(&bare, &line, &office.recovery)
        .says(0, "Đã khôi phục");
    office
        .hoso_at(&bare, &["check"], PIN)
        .says(0, "DỮ LIỆU NGUYÊN VẸN");
    // a database that rotted is told before it is needed
    let made = made.out.lines().next().unwrap();
    let (_, place) = made.split_once(" vào ").unwrap();
    let database = Path::new(place).join("hoso.db");
    let mut bytes = fs::read(&database).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(&database, bytes).unwrap();
    office
        .hoso(
            &["check", "--backup", place, "--recovery"],
            &office.recovery,
        )
        .says(1, "Bản sao lưu này bị hỏng");
}

#[test]
fn on_a_stick_of_several_pcs_its_own_backup_is_taken_or_a_person_chooses() {
    let (own, other) = (Office::new(), Office::new());
    let usb = own.path("usb").to_string_lossy().into_owned();
    let place = |told: Told| {
        let line = told.out.lines().next().unwrap();
        line.split_once(" vào ").unwrap().1.to_owned()
    };
    let first = place(own.hoso(&["backup", "--to", &usb], PIN));
    // the other PC's is newer
    let second = place(other.hoso(&["backup", "--to", &usb], PIN));
    for (office, place) in [(&own, &first), (&other, &second)] {
        // its code opens no other
        let line = ["restore", &usb, "--preview", "--recovery"];
        office.hoso(&line, &office.recovery).says(0, "Mường Lống");
        let line = ["check", "--backup", &usb, "--recovery"];
        office.hoso(&line, &office.recovery).says(0, place);
    }
    let bare = own.path("bare");
    for line in [
        &["restore", &usb, "--recovery"] as &[&str],
        &["restore", &usb, "--preview", "--recovery"],
        &["check", "--backup", &usb, "--recovery"],
    ] {
        let told = own.hoso_at(&bare, line, &own.recovery);
        told.says(2, "của nhiều máy");
        for part in [&first, &second, NAME] {
            told.says(2, part);
        }
    }
    assert!(!bare.join("store").exists());
    let listed = own.hoso_at(&bare, &["restore", &usb, "--list"], "");
    listed.says(0, &first);
    // one is chosen by its path
    let line = ["restore", &first, "--recovery"];
    own.hoso_at(&bare, &line, &own.recovery)
        .says(0, "Đã khôi phục");
}

#[test]
fn what_a_check_found_is_told_also_where_nothing_can_be_mended() {
    let office = Office::new();
    office.lose_a_file();
    for line in [&["check"] as &[&str], &["check", "--mend"]] {
        let told = office.hoso(line, PIN);
        told.says(1, "DỮ LIỆU CÓ HƯ HỎNG");
        told.says(1, "có 1 tệp mất");
        if line.contains(&"--mend") {
            told.says(1, "Chưa chọn nơi sao lưu");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_crash_while_a_pin_is_waited_for_leaves_no_picture_of_the_memory() {
    use hoso_testkit::wait_until;
    use std::time::Duration;

    let office = Office::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_hoso"))
        .arg("check")
        .env("HOSO_HOME", office.path("home"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let limits = format!("/proc/{}/limits", child.id());
    let none = || {
        let limits = fs::read_to_string(&limits).unwrap_or_default();
        limits.lines().any(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.starts_with(&["Max", "core", "file", "size", "0", "0"])
        })
    };
    let told = wait_until("the limit", Duration::from_secs(60), none);
    child.kill().unwrap();
    child.wait().unwrap();
    told.unwrap();
}

#[test]
fn a_wrong_pin_and_a_place_that_is_not_there_are_told_and_change_nothing() {
    let office = Office::new();
    let before = fs::read(office.store().join("hoso.db")).unwrap();
    office
        .hoso(&["backup", "--to", "usb"], "000000")
        .says(2, "Sai mã mở khóa");
    office
        .hoso(&["backup", "--to", "nowhere"], PIN)
        .says(2, "Không ghi được vào nơi sao lưu");
    office
        .hoso(&["backup"], PIN)
        .says(2, "Chưa chọn nơi sao lưu");
    office
        .hoso(&["restore", "usb"], PIN)
        .says(2, "Thư mục này không có bản sao lưu");
    office
        .hoso_at(&office.path("bare"), &["check"], PIN)
        .says(2, "Máy này chưa có dữ liệu");
    office
        .hoso(&["check", "--person", "Không Có"], PIN)
        .says(2, NAME);
    assert_eq!(fs::read(office.store().join("hoso.db")).unwrap(), before);
    assert_eq!(fs::read_dir(office.path("usb")).unwrap().count(), 0);
}

#[test]
fn a_damaged_store_and_a_changed_trail_end_with_one() {
    let office = Office::new();
    let head = office.hoso(&["verify-audit"], PIN);
    head.says(0, "NHẬT KÝ NGUYÊN VẸN");
    let known = head.out.lines().last().unwrap();
    let known = known.strip_prefix("Dòng cuối: ").unwrap().to_owned();
    office
        .hoso(&["verify-audit", "--head", &known], PIN)
        .says(0, "NGUYÊN VẸN");
    let other = format!("1:{}", "ab".repeat(32));
    office
        .hoso(&["verify-audit", "--head", &other], PIN)
        .says(1, "Nhật ký không còn khớp từ dòng 1");
    let database = office.store().join("hoso.db");
    let good = fs::read(&database).unwrap();
    let mut bad = good.clone();
    let at = bad.len() - 2_000;
    bad[at] ^= 1;
    fs::write(&database, bad).unwrap();
    // opened as far as it goes: the check says what is wrong, and nothing is written
    let told = office.hoso(&["check"], PIN);
    assert_eq!(told.code, 1, "{}{}", told.out, told.err);
    fs::write(&database, b"").unwrap();
    let told = office.hoso(&["check"], PIN);
    assert_ne!(told.code, 0, "{}{}", told.out, told.err);
    assert_eq!(fs::read(&database).unwrap(), b"");
    fs::write(&database, good).unwrap();
    office.hoso(&["check"], PIN).says(0, "DỮ LIỆU NGUYÊN VẸN");
}

#[test]
fn a_year_is_exported_and_nothing_is_sent_without_a_portal() {
    let office = Office::new();
    fs::create_dir(office.path("out")).unwrap();
    let told = office.hoso(&["export", "--year", "2026", "--to", "out"], PIN);
    told.says(0, "Đã xuất 0 hồ sơ");
    assert!(office.path("out/hoso-kiem-toan-2026/index.html").is_file());
    office.hoso(&["sync"], PIN).says(2, "Chưa nối cổng");
    office
        .hoso(&["export", "--year", "2026"], PIN)
        .says(2, "Thiếu --to");
}
