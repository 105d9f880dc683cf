//! Restores over disks that fail, and those that are cut off: what is told, what is kept, and whose
//! fault it was.

use std::fs;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;

use hoso_domain::digest::Digest;
use hoso_domain::id::DossierId;
use hoso_domain::life::{LocalState, ParkReason};
use hoso_store::audit::Params;
use hoso_store::backup::{self, BackupError, Made, Manifest, Progress};
use hoso_store::life::{self, Move};
use hoso_store::{Store, StoreError, outbox, restore, revisions, signatures};
use tempfile::TempDir;

use crate::backup::{Office, content, everything_is_there, fill, in_pool, on, rot};
use crate::files::tiny_disk;
use crate::world::{dossier, instant};

#[test]
fn a_pc_that_fills_up_at_any_moment_of_a_restore_keeps_nothing_of_it_and_says_so() {
    let office = Office::new();
    let made = office.back_up(0);
    let pc = tempfile::tempdir().unwrap();
    let Some(mount) = tiny_disk(pc.path(), "24m") else {
        return;
    };
    let dir = pc.path().join("store");
    let lay_out = |watch: backup::Watch<'_>| {
        let by = office.w.at(5_000);
        restore::prepare(&made.place, &office.w.keys, &dir, by, watch)
    };
    let mut steps = 0;
    let counted = lay_out(&mut |_| {
        steps += 1;
        ControlFlow::Continue(())
    });
    counted.unwrap();
    fs::remove_dir_all(dir.with_extension("restoring")).unwrap();
    for last in 0..=steps {
        // known beforehand
        let mut filler = (last == 0).then(|| fill(pc.path()));
        let mut step = 0;
        let full = lay_out(&mut |_| {
            step += 1;
            if step == last {
                filler = Some(fill(pc.path()));
            }
            ControlFlow::Continue(())
        });
        let own = matches!(full, Err(BackupError::Store(StoreError::DiskFull)));
        assert!(own, "{last} of {steps}: {full:?}");
        fs::remove_file(filler.unwrap()).unwrap();
        assert!(fs::read_dir(pc.path()).unwrap().next().is_none(), "{last}");
    }
    lay_out(&mut on).unwrap();
    restore::take_over(&dir, instant(5_001)).unwrap();
    everything_is_there(&Store::open(&dir, &office.w.keys).unwrap());
    drop(mount);
}

#[test]
fn a_pc_that_fills_up_while_the_database_is_laid_out_does_not_blame_the_stick() {
    let office = Office::new();
    let made = office.back_up(0);
    let pc = tempfile::tempdir().unwrap();
    let Some(mount) = tiny_disk(pc.path(), "24m") else {
        return;
    };
    // a pipe in the database's place gives its bytes once the disk is full
    let database = made.place.join("hoso.db");
    let bytes = fs::read(&database).unwrap();
    fs::remove_file(&database).unwrap();
    let piped = Command::new("mkfifo").arg(&database).status().unwrap();
    assert!(piped.success());
    let full = pc.path().to_owned();
    std::thread::spawn(move || {
        let mut pipe = fs::OpenOptions::new().write(true).open(database).unwrap();
        fill(&full);
        // the other end may be gone by then
        let _ = pipe.write_all(&bytes);
    });
    let dir = pc.path().join("store");
    let by = office.w.at(5_000);
    let failed = restore::prepare(&made.place, &office.w.keys, &dir, by, &mut on);
    let own = matches!(failed, Err(BackupError::Store(StoreError::DiskFull)));
    assert!(own, "{failed:?}");
    drop(mount);
}

/// Takes the folder of backups away at a word of progress, as a stick whose letter goes.
fn pulls(room: &Path, last: usize) -> impl FnMut(Progress) -> ControlFlow<()> {
    let (from, to) = (room.to_owned(), away(room));
    let mut step = 0;
    move |_| {
        step += 1;
        if step == last {
            fs::rename(&from, &to).unwrap();
        }
        ControlFlow::Continue(())
    }
}

fn away(room: &Path) -> PathBuf {
    room.with_extension("away")
}

#[test]
fn a_stick_that_is_pulled_at_any_moment_is_gone_and_not_damaged() {
    let office = Office::new();
    let made = office.back_up(0);
    let keys = office.w.keys.clone();
    let room = made.place.parent().unwrap();
    let pc = tempfile::tempdir().unwrap();
    let dir = pc.path().join("store");
    let gone = |e: &BackupError| matches!(e, BackupError::Place(_));
    let steps = 1 + made.manifest.files.len();
    for last in 1..=steps {
        let looked = backup::look(&made.place, &keys, &mut pulls(room, last));
        let failed = looked.unwrap_err();
        assert!(gone(&failed), "{last} of {steps}: {failed:?}");
        fs::rename(away(room), room).unwrap();
    }
    // with the last file all was read that a restore needs of it
    for last in 1..steps {
        let by = office.w.at(5_000);
        let laid = restore::prepare(&made.place, &keys, &dir, by, &mut pulls(room, last));
        let failed = laid.unwrap_err();
        assert!(gone(&failed), "{last} of {steps}: {failed:?}");
        fs::rename(away(room), room).unwrap();
    }
    fs::rename(room, away(room)).unwrap();
    let failed = Manifest::read(&made.place).unwrap_err();
    assert!(gone(&failed), "{failed:?}");
}

#[test]
fn a_restore_does_without_files_that_are_damaged_or_gone_and_names_them() {
    let office = Office::new();
    let made = office.back_up(0);
    rot(&in_pool(&made, &content(0)));
    fs::remove_file(in_pool(&made, &content(1))).unwrap();
    assert_eq!(backup::absent(&made.place, &made.manifest), 1);
    let mut wanted = [0, 1].map(|n| Digest::of(&content(n)));
    wanted.sort_unstable();
    let keys = Office::unlock(&made.place, &office.w.recovery);
    let (_, seen) = backup::look(&made.place, &keys, &mut on).unwrap();
    assert_eq!(seen, wanted);
    let pc = tempfile::tempdir().unwrap();
    let dir = pc.path().join("store");
    let by = office.w.at(5_000);
    let laid = restore::prepare(&made.place, &keys, &dir, by, &mut on).unwrap();
    assert_eq!(laid.lost, wanted);
    restore::take_over(&dir, instant(5_001)).unwrap();
    let store = Store::open(&dir, &keys).unwrap();
    for n in 2..6 {
        let got = store.files().get(&Digest::of(&content(n))).unwrap();
        assert_eq!(got, content(n));
    }
    let report = hoso_store::check::full(&store, &mut on).unwrap().unwrap();
    assert!(report.database.is_empty() && report.damaged.is_empty());
    let mut missing = report.missing;
    missing.retain(|name| wanted.contains(name));
    assert_eq!(missing.len(), 2);
    // over the store they came from nothing is lost
    let own = office.w.dir();
    let laid = restore::prepare(&made.place, &keys, own, by, &mut on).unwrap();
    assert!(laid.lost.is_empty(), "{:?}", laid.lost);
    fs::remove_dir_all(own.with_extension("restoring")).ok();
}

/// A backup with a file, that file, and a store that was restored from an earlier backup, took the same
/// file in again and was backed up before it did.
fn taken_in_again(office: &Office) -> (Made, Vec<u8>, TempDir, Store) {
    let early = office.back_up(0);
    let file = office.attach(3, 77);
    let later = office.back_up(1);
    let (pc, store) = office.on_a_bare_pc(&early);
    backup::make(&store, &office.wish(2), &mut on).unwrap();
    store.files().put_bytes(&file).unwrap();
    (later, file, pc, store)
}

#[test]
fn what_is_taken_in_again_after_a_restore_leaves_earlier_backups_as_they_were() {
    let office = Office::new();
    let (later, file, _pc, store) = taken_in_again(&office);
    let bytes = fs::read(in_pool(&later, &file)).unwrap();
    let newest = backup::make(&store, &office.wish(3), &mut on).unwrap();
    assert_eq!(fs::read(in_pool(&later, &file)).unwrap(), bytes);
    assert_eq!(newest.fresh, 0);
    for made in [&later, &newest] {
        backup::verify(&made.place, &office.w.keys, &mut on).unwrap();
    }
    let (_bare, restored) = office.on_a_bare_pc(&newest);
    assert_eq!(restored.files().get(&Digest::of(&file)).unwrap(), file);
}

#[test]
fn a_damaged_file_that_was_replaced_by_its_content_encrypted_anew_is_whole_for_earlier_backups() {
    let office = Office::new();
    let (later, file, _pc, store) = taken_in_again(&office);
    let name = Digest::of(&file);
    let bytes = fs::read(in_pool(&later, &file)).unwrap();
    rot(&in_pool(&later, &file));
    let newest = backup::make(&store, &office.wish(3), &mut on).unwrap();
    assert!(newest.fresh > 70_000, "{}", newest.fresh);
    assert_ne!(fs::read(in_pool(&later, &file)).unwrap(), bytes);
    for made in [&later, &newest] {
        backup::verify(&made.place, &office.w.keys, &mut on).unwrap();
    }
    let (_bare, restored) = office.on_a_bare_pc(&later);
    assert_eq!(restored.files().get(&name).unwrap(), file);
    // and so it is for a store that lost its own
    let hex = name.hex();
    let own = office.w.dir().join("files").join(&hex[..2]).join(&hex);
    fs::remove_file(own).unwrap();
    let mended = restore::mend(office.w.store(), &later.place, &[name]).unwrap();
    assert_eq!(mended, [name]);
    assert_eq!(office.w.store().files().get(&name).unwrap(), file);
}

#[test]
fn a_bad_sector_on_a_write_protected_stick_costs_a_restore_that_file_alone() {
    let office = Office::new();
    let Some(mount) = tiny_disk(office.stick.path(), "24m") else {
        return;
    };
    let made = office.back_up(0);
    // it opens and cannot be read
    let bad = in_pool(&made, &content(0));
    fs::remove_file(&bad).unwrap();
    fs::create_dir(&bad).unwrap();
    let protected = Command::new("mount")
        .args(["-o", "remount,ro"])
        .arg(office.stick.path())
        .status();
    assert!(protected.unwrap().success());
    let wanted = [Digest::of(&content(0))];
    let keys = Office::unlock(&made.place, &office.w.recovery);
    let (_, seen) = backup::look(&made.place, &keys, &mut on).unwrap();
    assert_eq!(seen, wanted);
    let pc = tempfile::tempdir().unwrap();
    let dir = pc.path().join("store");
    let by = office.w.at(5_000);
    let laid = restore::prepare(&made.place, &keys, &dir, by, &mut on).unwrap();
    assert_eq!(laid.lost, wanted);
    restore::take_over(&dir, instant(5_001)).unwrap();
    let store = Store::open(&dir, &keys).unwrap();
    assert_eq!(
        store.files().get(&Digest::of(&content(1))).unwrap(),
        content(1)
    );
    drop(mount);
}

/// Moves the dossier's revision as the courier or a person would.
fn go(office: &Office, store: &Store, id: DossierId, from: &LocalState, to: &LocalState) -> bool {
    let (expected, next, by) = (from.clone(), to.clone(), office.w.at(6_000));
    let moved = store.write(move |tx| {
        let step = Move {
            dossier: id,
            expected,
            next,
            act: "moved",
            params: Params::new(),
        };
        life::advance(tx, &step, by)
    });
    match moved {
        Ok(()) => true,
        Err(StoreError::MayArrive) => false,
        Err(e) => panic!("{e:?}"),
    }
}

#[test]
fn what_waited_in_a_backup_may_have_been_sent_since_and_is_given_up_before_it_is_carried() {
    use LocalState as S;
    let office = Office::new();
    let waiting = dossier(1);
    let held = office.w.queued(7);
    assert!(go(&office, office.w.store(), held, &S::Queued, &S::Held));
    let made = office.back_up(0);
    let (_pc, store) = office.on_a_bare_pc(&made);
    let may_arrive = |store: &Store, id| store.read(|c| life::may_arrive(c, id)).unwrap();
    // the store the backup was made of knows that it sent neither
    assert!(!may_arrive(office.w.store(), waiting));
    for (id, state) in [(waiting, S::Queued), (held, S::Held)] {
        assert!(may_arrive(&store, id));
        assert!(!go(&office, &store, id, &state, &S::Carried));
        let (expected, by) = (state.clone(), office.w.at(6_000));
        let mended = store.write(move |tx| revisions::mend(tx, id, &expected, by));
        assert!(matches!(mended, Err(StoreError::MayArrive)), "{mended:?}");
    }

    let by = office.w.at(6_100);
    store
        .write(move |tx| life::give_up(tx, held, S::Held, by))
        .unwrap();
    let parked = |reason| S::Parked { reason };
    let (giving_up, given_up) = (parked(ParkReason::GivingUp), parked(ParkReason::GivenUp));
    assert!(go(&office, &store, held, &giving_up, &given_up));
    assert!(go(&office, &store, held, &given_up, &S::Carried));

    // a draft of the backup has other bytes once it is finished: the portal takes one of two
    let draft = dossier(4);
    let by = office.w.at(6_200);
    let entries = store.read(|c| revisions::entries(c, waiting, 1)).unwrap();
    let signed = [1, 2].map(|step| office.w.signature(step));
    store
        .write(move |tx| {
            revisions::freeze(tx, draft, 1, &entries, by)?;
            for (signature, next) in signed.iter().zip([S::Awaiting { step: 2 }, S::Queued]) {
                signatures::add(tx, draft, signature, None, next, by)?;
            }
            outbox::put(tx, draft, Digest::of(b"commit"), 5_000, by.at)
        })
        .unwrap();
    assert!(!may_arrive(&store, draft));
    assert!(go(&office, &store, draft, &S::Queued, &S::Carried));
}

#[test]
fn a_store_at_work_is_not_replaced() {
    let office = Office::new();
    let made = office.back_up(0);
    let by = office.w.at(9_000);
    restore::prepare(&made.place, &office.w.keys, office.w.dir(), by, &mut on).unwrap();
    let e = restore::take_over(office.w.dir(), by.at).unwrap_err();
    assert!(
        matches!(&e, BackupError::Store(StoreError::InUse { .. })),
        "{e:?}"
    );
    everything_is_there(office.w.store());
    assert!(!beside(office.w.dir(), "restoring").exists());
}

/// A folder beside a store's.
fn beside(dir: &Path, what: &str) -> PathBuf {
    let name = dir.file_name().unwrap().to_string_lossy();
    dir.with_file_name(format!("{name}.{what}"))
}

#[test]
fn what_a_restore_that_was_cut_off_laid_out_is_gone_at_the_next_start() {
    let mut office = Office::new();
    let made = office.back_up(0);
    let (dir, by) = (office.w.dir().to_owned(), office.w.at(9_000));
    let restoring = beside(&dir, "restoring");
    restore::prepare(&made.place, &office.w.keys, &dir, by, &mut on).unwrap();
    // a second program beside the one that restores disturbs nothing
    restore::finish(&dir).unwrap();
    assert!(restoring.exists());
    office.w.close();
    restore::finish(&dir).unwrap();
    assert!(!restoring.exists());
    // one that was cut off while it was laid out
    fs::create_dir(&restoring).unwrap();
    fs::write(restoring.join("hoso.db"), b"half").unwrap();
    restore::finish(&dir).unwrap();
    assert!(!restoring.exists());
    office.w.reopen();
    everything_is_there(office.w.store());
}

#[test]
fn a_power_cut_between_the_two_renames_is_finished_at_the_next_start() {
    let mut office = Office::new();
    let made = office.back_up(0);
    let keys = office.w.keys.clone();
    let pc = tempfile::tempdir().unwrap();
    let dir = pc.path().join("store");
    let by = office.w.at(9_000);
    restore::prepare(&made.place, &keys, &dir, by, &mut on).unwrap();
    // the old store was moved away, the new one has not its name yet
    assert!(!dir.exists());
    restore::finish(&dir).unwrap();
    everything_is_there(&Store::open(&dir, &keys).unwrap());
    restore::finish(&dir).unwrap();
    // half of one is never taken for a store
    let other = pc.path().join("other");
    let cut = restore::prepare(&made.place, &keys, &other, by, &mut |p| {
        if p.done * 2 > p.of {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert!(matches!(cut, Err(BackupError::Cancelled)));
    restore::finish(&other).unwrap();
    assert!(!other.exists());
    office.w.close();
}
