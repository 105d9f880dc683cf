//! Damaged, foreign, newer and busy stores.

use std::fs;

use hoso_store::audit;
use hoso_store::{Disposition, ReadOnly, Store, StoreError};
use hoso_store::{dossiers, units};

use crate::world::World;

/// A closed store with enough rows to span many pages.
fn filled() -> World {
    let mut w = World::new();
    for n in 1..=40 {
        w.draft(
            n,
            &format!("Tiền điện tháng {n} {}", "của trụ sở uỷ ban ".repeat(20)),
        );
    }
    w.close();
    w
}

fn damaged(result: Result<Store, StoreError>) -> bool {
    matches!(result, Err(StoreError::Damaged { .. }))
}

#[test]
fn a_flipped_byte_anywhere_is_found_and_the_file_stays_as_it_is() {
    let w = filled();
    let good = fs::read(w.database()).unwrap();
    let mut found = 0u32;
    let places: Vec<usize> = (0..good.len()).step_by(good.len() / 60).collect();
    for place in &places {
        let mut bad = good.clone();
        bad[*place] ^= 0x10;
        fs::write(w.database(), &bad).unwrap();
        match Store::open(w.dir(), &w.keys) {
            Err(StoreError::Damaged { .. }) => {
                found += 1;
                assert_eq!(fs::read(w.database()).unwrap(), bad, "byte {place}");
            }
            // a page no table uses: nothing can be lost in it
            Ok(store) => {
                let left = store.read(|c| dossiers::current(c, crate::world::dossier(40)));
                assert!(left.is_ok(), "byte {place}");
                drop(store);
            }
            Err(e) => panic!("byte {place}: {e}"),
        }
        for log in ["hoso.db-wal", "hoso.db-shm"] {
            let _ = fs::remove_file(w.dir().join(log));
        }
    }
    assert!(
        found as usize * 10 >= places.len() * 9,
        "{found} of {}",
        places.len()
    );
}

#[test]
fn a_damaged_store_is_read_as_far_as_it_goes_and_cannot_be_written() {
    let w = filled();
    let mut bytes = fs::read(w.database()).unwrap();
    // the last pages: rows that came last
    let place = bytes.len() - 3000;
    bytes[place] ^= 0xff;
    fs::write(w.database(), &bytes).unwrap();
    assert!(damaged(Store::open(w.dir(), &w.keys)));
    let store = Store::open_read_only(w.dir(), &w.keys).unwrap();
    assert!(store.is_read_only());
    assert_eq!(store.read(units::all).unwrap().len(), 1);
    let readable = (1..=40)
        .filter(|n| {
            store
                .read(|c| dossiers::current(c, crate::world::dossier(*n)))
                .is_ok()
        })
        .count();
    assert!(readable >= 30, "{readable} of 40");
    assert!(matches!(
        store.write(|_| Ok(())),
        Err(StoreError::ReadOnly(ReadOnly::Damaged))
    ));
    drop(store);
    assert_eq!(fs::read(w.database()).unwrap(), bytes);
}

#[test]
fn a_cut_off_file_is_damaged_and_stays_as_it_is() {
    let w = filled();
    let good = fs::read(w.database()).unwrap();
    for length in [
        0,
        7,
        1024,
        4096,
        4096 * 3 + 100,
        good.len() / 2,
        good.len() - 4096,
        good.len() - 1,
    ] {
        let cut = &good[..length];
        fs::write(w.database(), cut).unwrap();
        let result = Store::open(w.dir(), &w.keys);
        assert!(damaged(result), "{length}");
        assert_eq!(fs::read(w.database()).unwrap(), cut, "{length}");
    }
}

#[test]
fn a_plain_sqlite_file_and_plain_rubbish_are_damaged_not_overwritten() {
    let w = filled();
    let plain = w.dir().join("plain.db");
    {
        let c = hoso_store::Connection::open(&plain).unwrap();
        c.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1);")
            .unwrap();
    }
    for bytes in [fs::read(&plain).unwrap(), vec![b'x'; 9000]] {
        fs::write(w.database(), &bytes).unwrap();
        let e = Store::open(w.dir(), &w.keys).err().unwrap();
        assert!(matches!(e, StoreError::Damaged { .. }), "{e}");
        assert_eq!(e.disposition(), Disposition::Fatal);
        assert_eq!(fs::read(w.database()).unwrap(), bytes);
        assert!(matches!(
            Store::create(w.dir(), &w.keys, |_| Ok(())),
            Err(StoreError::AlreadyThere)
        ));
    }
}

#[test]
fn a_bad_page_among_the_ids_hides_neither_what_came_before_nor_what_came_after() {
    let mut w = World::new();
    let last = 400;
    for n in 1..=last {
        w.draft(n, "Tiền điện");
    }
    w.close();
    let good = fs::read(w.database()).unwrap();
    let all = usize::try_from(last).unwrap();
    let (first, last) = (crate::world::dossier(1), crate::world::dossier(last));
    // most pages hold other things: until one of the ids in the middle is met
    let both_ends = (0..good.len() / 4096).any(|page| {
        let mut bad = good.clone();
        bad[page * 4096 + 2000] ^= 0xff;
        fs::write(w.database(), &bad).unwrap();
        let ids = Store::open_read_only(w.dir(), &w.keys)
            .and_then(|store| dossiers::readable_ids(&store))
            .unwrap_or_default();
        ids.len() < all && ids.contains(&first) && ids.contains(&last)
    });
    assert!(both_ends);
}

#[test]
fn a_store_of_a_newer_program_is_refused_untouched() {
    let mut w = World::new();
    w.store()
        .write(|tx| {
            tx.pragma_update(None, "user_version", 4711)?;
            Ok(())
        })
        .unwrap();
    w.close();
    let before = fs::read(w.database()).unwrap();
    let e = Store::open(w.dir(), &w.keys).err().unwrap();
    assert!(matches!(e, StoreError::Newer { found: 4711, .. }), "{e}");
    assert_eq!(fs::read(w.database()).unwrap(), before);
}

#[test]
fn a_second_opener_is_refused_and_told_who_is_first() {
    let mut w = World::new();
    for second in [
        Store::open(w.dir(), &w.keys),
        Store::open_read_only(w.dir(), &w.keys),
    ] {
        match second.err().unwrap() {
            StoreError::InUse { pid, host } => {
                assert_eq!(pid, std::process::id());
                assert!(!host.is_empty());
            }
            e => panic!("{e}"),
        }
    }
    w.close();
    assert!(Store::open(w.dir(), &w.keys).is_ok());
}

#[test]
fn a_folder_without_a_store_is_missing_and_nothing_is_made() {
    let w = World::new();
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(
        Store::open(empty.path(), &w.keys),
        Err(StoreError::Missing)
    ));
    assert!(matches!(
        Store::open_read_only(empty.path(), &w.keys),
        Err(StoreError::Missing)
    ));
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0);
}

#[test]
fn a_store_that_failed_at_its_making_is_no_store() {
    let mut w = World::new();
    w.close();
    let folder = tempfile::tempdir().unwrap();
    let e = Store::create(folder.path(), &w.keys, |_| {
        Err(StoreError::NotFound { what: "x" })
    });
    assert!(e.is_err());
    assert!(!folder.path().join("hoso.db").exists());
    Store::create(folder.path(), &w.keys, |_| Ok(())).unwrap();
}

#[test]
fn what_was_saved_survives_closing_and_opening() {
    let mut w = World::new();
    let d = w.queued(1);
    let head = w.store().read(audit::head).unwrap();
    w.reopen();
    assert_eq!(w.state(d), hoso_domain::life::LocalState::Queued);
    assert_eq!(
        w.store().read(|c| audit::verify_against(c, head)).unwrap(),
        head
    );
    w.store().check().unwrap();
}
