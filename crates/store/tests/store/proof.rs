//! Pages that are read while people work: the database keeps every byte it was found with until
//! they were, and a finding ends all writing.

use std::fs;

use hoso_store::{Proof, ReadOnly, Store, StoreError, Vault, audit, dossiers, schema};

use crate::world::{PIN, World, dossier, instant, person};

/// A closed store with rows on many pages, and its bytes.
fn filled() -> (World, Vec<u8>) {
    let mut w = World::new();
    for n in 1..=40 {
        w.draft(
            n,
            &format!("Tiền điện tháng {n} {}", "của trụ sở uỷ ban ".repeat(20)),
        );
    }
    w.close();
    let bytes = fs::read(w.database()).unwrap();
    (w, bytes)
}

fn title(store: &Store, n: u128) -> String {
    let current = store.read(|c| dossiers::current(c, dossier(n))).unwrap();
    current.revision.summary.title
}

/// A byte of a page that the head of the file does not need.
fn spoilt(good: &[u8]) -> Vec<u8> {
    let mut bad = good.to_vec();
    let place = bad.len() - 3000;
    bad[place] ^= 0xff;
    bad
}

#[test]
fn until_all_pages_were_read_the_database_keeps_every_byte() {
    let (mut w, good) = filled();
    w.store = Some(Store::open_unproven(w.dir(), &w.keys).unwrap());
    w.draft(50, "Viết khi trang còn đang đọc");
    w.close();
    assert_eq!(fs::read(w.database()).unwrap(), good);
    // a power cut later it is there, and goes into the database once that was read
    w.store = Some(Store::open_unproven(w.dir(), &w.keys).unwrap());
    assert_eq!(title(w.store(), 50), "Viết khi trang còn đang đọc");
    assert_eq!(w.store().prove().unwrap(), Proof::Sound);
    assert_eq!(w.store().prove().unwrap(), Proof::Sound);
    w.close();
    assert_ne!(fs::read(w.database()).unwrap(), good);
    assert!(!w.dir().join("hoso.db-wal").exists());
    w.reopen();
    assert_eq!(title(w.store(), 50), "Viết khi trang còn đang đọc");
    w.store().read(audit::verify).unwrap();
}

#[test]
fn a_finding_ends_all_writing_and_what_was_written_before_is_read_on() {
    let (mut w, good) = filled();
    // a page that neither opening nor writing needs
    let bad = (3..good.len() / 4096)
        .find_map(|page| {
            w.close();
            for log in ["hoso.db-wal", "hoso.db-shm"] {
                let _ = fs::remove_file(w.dir().join(log));
            }
            let mut bad = good.clone();
            bad[page * 4096 + 100] ^= 0xff;
            fs::write(w.database(), &bad).unwrap();
            w.store = Some(Store::open_unproven(w.dir(), &w.keys).ok()?);
            assert!(!w.store().is_read_only());
            let written = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                w.draft(50, "Viết trước khi thấy")
            }));
            written.is_ok().then_some(bad)
        })
        .expect("most pages are old rows");
    let e = w.store().prove().unwrap_err();
    assert!(matches!(e, StoreError::Damaged { .. }), "{e}");
    assert!(w.store().is_read_only());
    assert!(matches!(
        w.store().write(|_| Ok(())),
        Err(StoreError::ReadOnly(ReadOnly::Damaged))
    ));
    assert_eq!(title(w.store(), 50), "Viết trước khi thấy");
    w.close();
    assert_eq!(fs::read(w.database()).unwrap(), bad);
    let rest = Store::open_read_only(w.dir(), &w.keys).unwrap();
    assert_eq!(title(&rest, 50), "Viết trước khi thấy");
    drop(rest);
    assert_eq!(fs::read(w.database()).unwrap(), bad);
}

#[test]
fn a_foreign_a_newer_and_a_cut_off_file_are_refused_by_the_head_alone() {
    let (mut w, good) = filled();
    for length in [0, 7, 1024, 4096, good.len() / 2, good.len() - 4096] {
        fs::write(w.database(), &good[..length]).unwrap();
        let e = Store::open_unproven(w.dir(), &w.keys).err().unwrap();
        assert!(matches!(e, StoreError::Damaged { .. }), "{length}: {e}");
        assert_eq!(fs::read(w.database()).unwrap(), &good[..length], "{length}");
    }
    fs::write(w.database(), vec![b'x'; 9000]).unwrap();
    let e = Store::open_unproven(w.dir(), &w.keys).err().unwrap();
    assert!(matches!(e, StoreError::Damaged { .. }), "{e}");
    fs::write(w.database(), &good).unwrap();
    w.reopen();
    w.store()
        .write(|tx| Ok(tx.pragma_update(None, "user_version", schema::version() + 1)?))
        .unwrap();
    w.close();
    let e = Store::open_unproven(w.dir(), &w.keys).err().unwrap();
    assert!(matches!(e, StoreError::Newer { .. }), "{e}");
}

#[test]
fn a_store_that_is_closed_meanwhile_is_read_at_the_next_opening() {
    let (mut w, good) = filled();
    w.store = Some(Store::open_unproven(w.dir(), &w.keys).unwrap());
    w.store().leave_unproven();
    assert_eq!(w.store().prove().unwrap(), Proof::Left);
    w.draft(50, "Kịp cất");
    w.close();
    assert_eq!(fs::read(w.database()).unwrap(), good);
    w.store = Some(Store::open_unproven(w.dir(), &w.keys).unwrap());
    assert_eq!(w.store().prove().unwrap(), Proof::Sound);
    assert_eq!(title(w.store(), 50), "Kịp cất");
}

#[test]
fn a_reading_is_ended_by_who_closes_the_store() {
    let (mut w, _) = filled();
    w.reopen();
    for n in 100..600 {
        w.draft(n, &"của trụ sở uỷ ban ".repeat(40));
    }
    w.close();
    let store = Store::open_unproven(w.dir(), &w.keys).unwrap();
    std::thread::scope(|s| {
        let reading = s.spawn(|| store.prove());
        store.leave_unproven();
        // whichever came first: the end, or the wish for it
        let end = reading.join().unwrap().unwrap();
        assert!(matches!(end, Proof::Sound | Proof::Left), "{end:?}");
    });
    drop(store);
    w.reopen();
}

#[test]
fn a_store_of_an_earlier_schema_is_read_whole_before_its_upgrade() {
    let own = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let frozen = std::path::Path::new(&own).join("tests/fixtures/schema-05");
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("store");
    crate::upgrade::copy(&frozen, &dir);
    let mut vault = Vault::open(&dir).unwrap();
    let keys = vault.unlock(person(1), PIN, instant(0)).ok().unwrap();
    let good = fs::read(dir.join("hoso.db")).unwrap();
    let bad = spoilt(&good);
    fs::write(dir.join("hoso.db"), &bad).unwrap();
    let e = Store::open_unproven(&dir, &keys).err().unwrap();
    assert!(matches!(e, StoreError::Damaged { .. }), "{e}");
    assert_eq!(fs::read(dir.join("hoso.db")).unwrap(), bad);
    fs::write(dir.join("hoso.db"), &good).unwrap();
    let store = Store::open_unproven(&dir, &keys).unwrap();
    assert_eq!(store.prove().unwrap(), Proof::Sound);
}
