//! The full check.

use std::fs;
use std::ops::ControlFlow;

use hoso_domain::digest::Digest;
use hoso_store::check::{Report, full};
use hoso_store::{Store, dossiers};

use crate::world::{World, dossier};

fn report(w: &World) -> Report {
    full(w.store(), &mut |_| ControlFlow::Continue(()))
        .unwrap()
        .unwrap()
}

/// A store whose rows name only files that are there.
fn sound() -> World {
    let w = World::new();
    w.freeze(w.draft(1, "Tiền điện"));
    w
}

#[test]
fn a_sound_store_is_clean() {
    let w = sound();
    let seen = report(&w);
    assert!(seen.is_clean(), "{seen:?}");
    assert_eq!(seen.files, 1);
    assert!(seen.audit_rows >= 3);
}

#[test]
fn a_damaged_and_a_missing_file_are_named() {
    let w = sound();
    let name = Digest::of(b"{\"format\":1}\n");
    let place = w
        .dir()
        .join("files")
        .join(&name.hex()[..2])
        .join(name.hex());
    let good = fs::read(&place).unwrap();
    for at in [0, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 0x20;
        fs::write(&place, bad).unwrap();
        assert_eq!(report(&w).damaged, [name], "byte {at}");
    }
    fs::remove_file(&place).unwrap();
    let seen = report(&w);
    assert_eq!(seen.missing, [name]);
    assert!(!seen.is_clean());
}

#[test]
fn a_row_of_the_trail_that_was_changed_is_named() {
    let w = sound();
    w.store()
        .write(|tx| {
            tx.execute_batch(
                "DROP TRIGGER audit_fixed; UPDATE audit SET act = 'nothing' WHERE seq = 2;",
            )?;
            Ok(())
        })
        .unwrap();
    assert_eq!(report(&w).chain_broken_at, Some(2));
}

#[test]
fn a_page_that_a_power_cut_left_in_the_log_alone_is_no_damage() {
    let mut w = World::new();
    w.close();
    w.store = Some(Store::open_unproven(w.dir(), &w.keys).unwrap());
    for n in 1..=40 {
        w.draft(n, &"của trụ sở uỷ ban ".repeat(20));
    }
    // the folding had made the file longer, and the first of its new pages never reached the disk
    w.close();
    let file = fs::OpenOptions::new().write(true).open(w.database());
    let file = file.unwrap();
    file.set_len(file.metadata().unwrap().len() + 2 * 4096)
        .unwrap();
    w.store = Some(Store::open_unproven(w.dir(), &w.keys).unwrap());
    assert!(report(&w).is_clean(), "{:?}", report(&w));
    w.reopen();
    assert!(report(&w).is_clean(), "{:?}", report(&w));
    let last = w.store().read(|c| dossiers::current(c, dossier(40)));
    assert!(last.is_ok());
}

#[test]
fn a_page_changed_under_an_open_store_is_told() {
    let mut w = World::new();
    for n in 1..=40 {
        w.draft(n, &"của trụ sở uỷ ban ".repeat(20));
    }
    // folded into the database, with no page left in memory
    w.reopen();
    let mut bytes = fs::read(w.database()).unwrap();
    let at = bytes.len() - 3000;
    bytes[at] ^= 0xff;
    fs::write(w.database(), bytes).unwrap();
    let seen = report(&w);
    assert!(!seen.database.is_empty(), "{seen:?}");
}
