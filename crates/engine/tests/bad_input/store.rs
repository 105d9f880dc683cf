//! A file in the store's place that is not this program's, or is a later one's; a stick pulled while a
//! backup is written. What is told says what happened, and that nothing is lost.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::DateTime;
use hoso_contract::command::*;
use hoso_contract::view::{Boot, ReadOnly};
use hoso_contract::{AppError, Code, Fact};
use hoso_domain::dossier::Drawer;
use hoso_engine::{Engine, Handle, Place};
use hoso_store::{Connection, Store, Vault, schema};
use hoso_text::{Lang, failure};

use crate::desk::{Desk, PIN};

/// The words of a failure must say that the last good state stays.
#[track_caller]
fn says(error: &AppError, title: &str) {
    let words = failure(error, Lang::Vi);
    assert_eq!(words.title, title);
    assert!(!words.remedy.is_empty(), "{words:?}");
    let stays = [
        "còn nguyên",
        "không bị ảnh hưởng",
        "không ghi đè",
        "không đụng vào",
        "Không mất gì",
    ];
    assert!(
        stays.iter().any(|s| words.cause.contains(s)),
        "{}",
        words.cause
    );
}

fn database(desk: &Desk) -> PathBuf {
    desk.home.join("store/hoso.db")
}

#[test]
fn a_file_that_is_no_store_is_told_and_kept_byte_by_byte() {
    let mut desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    desk.engine.handle(Lock {}).unwrap();
    let good = std::fs::read(database(&desk)).unwrap();
    let plain = desk.path("plain.db");
    Connection::open(&plain)
        .and_then(|c| c.execute_batch("CREATE TABLE dossier (id TEXT) STRICT;"))
        .unwrap();
    let plain = std::fs::read(plain).unwrap();
    assert!(plain.starts_with(b"SQLite format 3"));
    for odd in [plain, b"khong phai kho du lieu".repeat(1000), Vec::new()] {
        desk.restart();
        std::fs::write(database(&desk), &odd).unwrap();
        // read as far as it goes, which is nowhere, or refused
        match desk.unlock() {
            Ok(session) => assert_eq!(session.read_only, Some(ReadOnly::Damaged)),
            Err(error) => {
                assert_eq!(error.code, Code::StoreDamaged);
                says(&error, "Kho dữ liệu trên máy bị hỏng");
            }
        }
        desk.restart();
        assert_eq!(std::fs::read(database(&desk)).unwrap(), odd);
    }
    std::fs::write(database(&desk), &good).unwrap();
    desk.unlock().unwrap();
    assert_eq!(desk.view(id).id, id);
}

#[test]
fn a_store_of_a_later_program_is_told_and_not_touched() {
    let mut desk = Desk::ready();
    desk.draft("Tiền điện", "1.000.000");
    let person = desk.engine.handle(GetSession {}).unwrap().person.person;
    desk.engine.handle(Lock {}).unwrap();
    let dir = desk.home.join("store");
    let keys = Vault::open(&dir)
        .unwrap()
        .unlock(person, PIN, DateTime::UNIX_EPOCH)
        .ok()
        .unwrap();
    let set = |version: u32| {
        let store = Store::open(&dir, &keys).unwrap();
        store
            .write(move |tx| Ok(tx.pragma_update(None, "user_version", version)?))
            .unwrap();
    };
    set(schema::version() + 1);
    let later = std::fs::read(database(&desk)).unwrap();
    desk.restart();
    let error = desk.unlock().unwrap_err();
    assert_eq!(error.code, Code::StoreNewer);
    says(&error, "Dữ liệu do phiên bản mới hơn tạo ra");
    assert!(matches!(
        desk.engine.handle(BootUp {}).unwrap(),
        Boot::Locked { .. }
    ));
    desk.restart();
    assert_eq!(std::fs::read(database(&desk)).unwrap(), later);
}

#[test]
fn a_stick_pulled_while_a_backup_is_written_is_told_and_the_one_before_stays_whole() {
    let mut desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    let stick = desk.path("stick");
    let pulled = desk.path("pulled");
    std::fs::create_dir(&stick).unwrap();
    let folder = Some(stick.to_string_lossy().into_owned());
    let first = desk.engine.handle(BackUp { folder }).unwrap();
    let first = first.last.unwrap();
    for n in 0..12 {
        let file = desk.path(&format!("hoa-don-{n}.pdf"));
        std::fs::write(&file, format!("%PDF-1.4 {n}").repeat(9_000)).unwrap();
        let attach = Attach {
            id,
            drawer: Drawer::Unit,
            path: file.to_string_lossy().into_owned(),
        };
        desk.engine.handle(attach).unwrap();
    }
    desk.engine.handle(Lock {}).unwrap();
    // from now on somebody pulls it as soon as a part of it is written
    let there = Arc::new(AtomicBool::new(false));
    let (hand, from, to) = (Arc::clone(&there), stick.clone(), pulled.clone());
    desk.engine = Engine::new(
        Place::at(&desk.home),
        Arc::new(move |fact| {
            let part = matches!(fact, Fact::BackingUp { done, of } if done > 0 && done < of);
            if part && hand.swap(false, Ordering::SeqCst) {
                std::fs::rename(&from, &to).unwrap();
            }
        }),
    );
    desk.unlock().unwrap();
    there.store(true, Ordering::SeqCst);
    let error = desk.engine.handle(BackUp { folder: None }).unwrap_err();
    assert!(!there.load(Ordering::SeqCst), "nobody pulled it");
    assert_eq!(error.code, Code::BackupPlaceFailed);
    says(&error, "Không ghi được vào nơi sao lưu");
    let state = desk.engine.handle(GetBackupState {}).unwrap();
    assert!(!state.there);
    assert_eq!(state.last.unwrap().at, first.at);
    assert_eq!(state.failed.unwrap().code, Code::BackupPlaceFailed);
    assert_eq!(desk.view(id).attachments.len(), 12);
    // plugged in again: the one before is the only one, and opens; the next one is whole
    std::fs::rename(&pulled, &stick).unwrap();
    let found = || {
        let folder = stick.to_string_lossy().into_owned();
        desk.engine.handle(ListBackups { folder }).unwrap()
    };
    let places: Vec<String> = found().into_iter().map(|row| row.place).collect();
    assert_eq!(places, [first.place]);
    let preview = |place: String| {
        let key = hoso_contract::view::RestoreKey::Open;
        desk.engine.handle(PreviewRestore { place, key }).unwrap()
    };
    assert_eq!(preview(places[0].clone()).dossiers, 1);
    let again = desk.engine.handle(BackUp { folder: None }).unwrap();
    assert!(again.failed.is_none());
    assert_eq!(found().len(), 2);
    preview(again.last.unwrap().place);
}
