//! The main job in the real window, once by mouse and once by keyboard alone on a small
//! screen, and what it proves.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use acceptance::journey::{Evidence, Office, run};
use acceptance::record::Record;
use acceptance::window::Hand;
use hoso_domain::digest::Digest;

/// One person at a time: two windows at once on two cores only wait for each other.
static TURN: Mutex<()> = Mutex::new(());

/// Runs a journey and keeps its record below the target folder, where a failure can be looked at.
fn travel(
    hand: Hand,
    (width, height): (u32, u32),
    name: &str,
    after: impl FnOnce(&Office, &Evidence),
) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let dir = tempfile::tempdir().unwrap();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&out);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut office = Office::set_up(dir.path(), width, height).unwrap();
        let mut record = Record::new(&out, false).unwrap();
        let evidence = run(&mut office, hand, &mut record).await.unwrap();
        after(&office, &evidence);
    });
}

/// The container unpacked by `unzip`, as a stranger would.
fn unpack(container: &Path, into: &Path) {
    let status = Command::new("unzip")
        .arg("-q")
        .arg(container)
        .arg("-d")
        .arg(into)
        .status()
        .unwrap();
    assert!(status.success());
}

/// What docs/EVIDENCE.md tells anyone to type.
fn openssl_accepts(unpacked: &Path, step: u8, ca: &Path) -> bool {
    let meta = unpacked.join("META-INF");
    let out = Command::new("openssl")
        .args(["cms", "-verify", "-cades", "-binary", "-inform", "DER"])
        .arg("-in")
        .arg(meta.join(format!("signature{step:03}.p7s")))
        .arg("-content")
        .arg(meta.join(format!("ASiCManifest{step:03}.xml")))
        .arg("-CAfile")
        .arg(ca)
        .args(["-purpose", "any"])
        .output()
        .unwrap();
    out.status.success()
}

#[test]
fn by_mouse_and_what_is_left_convinces_a_stranger() {
    travel(Hand::Mouse, (1366, 768), "journey-mouse", |_, evidence| {
        let unpacked = tempfile::tempdir().unwrap();
        unpack(&evidence.container, unpacked.path());
        let mut manifests = String::new();
        for step in [1, 2] {
            assert!(
                openssl_accepts(unpacked.path(), step, &evidence.ca),
                "signature {step}"
            );
            let name = format!("META-INF/ASiCManifest{step:03}.xml");
            manifests.push_str(&std::fs::read_to_string(unpacked.path().join(name)).unwrap());
        }
        let revision = evidence.file.revisions.last().unwrap();
        for entry in &revision.entries {
            let bytes = std::fs::read(unpacked.path().join(&entry.path)).unwrap();
            assert_eq!(Digest::of(&bytes), entry.sha256, "{}", entry.path);
            assert!(
                manifests.contains(&format!("URI=\"{}\"", entry.path)),
                "{}",
                entry.path
            );
        }
        // the portal saw both revisions of one dossier, and completed it
        assert_eq!(evidence.file.revisions.len(), 2);
        assert_eq!(evidence.file.summary.status, "completed");

        // a changed byte of a manifest is refused by OpenSSL
        let manifest = unpacked.path().join("META-INF/ASiCManifest001.xml");
        let mut bytes = std::fs::read(&manifest).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(&manifest, bytes).unwrap();
        assert!(!openssl_accepts(unpacked.path(), 1, &evidence.ca));

        let text = Command::new("pdftotext")
            .arg(&evidence.voucher)
            .arg("-")
            .output()
            .unwrap();
        let text = String::from_utf8(text.stdout).unwrap();
        for part in [
            "GIẤY RÚT DỰ TOÁN NGÂN SÁCH NHÀ NƯỚC",
            "Tủ hồ sơ",
            "10.500.000",
        ] {
            assert!(text.contains(part), "{part}");
        }
    });
}

#[test]
fn by_keyboard_alone_on_a_small_screen() {
    travel(
        Hand::Keyboard,
        (1024, 768),
        "journey-keyboard",
        |_, evidence| {
            assert_eq!(evidence.file.summary.status, "completed");
        },
    );
}
