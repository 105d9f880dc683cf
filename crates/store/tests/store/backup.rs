//! Backups and restores over real folders: what a person has after a stick was pulled, a disk was
//! full, a PC was stolen.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use hoso_domain::digest::Digest;
use hoso_domain::dossier::Drawer;
use hoso_domain::id::{AttachmentId, DeviceId};
use hoso_domain::life::LocalState;
use hoso_store::attachments::Attachment;
use hoso_store::backup::{self, Again, BackupError, Disk, Made, Manifest, Progress, Wish};
use hoso_store::devices::{Device, Enrolment};
use hoso_store::{Keys, Store, Vault, attachments, audit, devices, dossiers, restore};
use tempfile::TempDir;

use crate::files::tiny_disk;
use crate::world::{PIN, World, dossier, id, instant, person};

pub fn on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A store with a queued dossier, three drafts and some files, and a folder for backups.
pub struct Office {
    pub w: World,
    pub stick: TempDir,
}

impl Office {
    pub fn new() -> Self {
        let mut w = World::in_folder(tempfile::tempdir().unwrap());
        w.queued(1);
        for n in 2..=4 {
            w.draft(n, "Mua văn phòng phẩm");
        }
        let office = Self {
            stick: tempfile::tempdir().unwrap(),
            w: {
                w.reopen();
                w
            },
        };
        for n in 0..6u8 {
            office.attach(2, n);
        }
        office
    }

    /// A file in the drawer of dossier `n`; its content.
    pub fn attach(&self, n: u128, number: u8) -> Vec<u8> {
        let content = vec![number; 70_000 + usize::from(number)];
        let sha256 = self.w.store().files().put_bytes(&content).unwrap();
        let attachment = Attachment {
            id: AttachmentId(id(0xf100 + u128::from(number))),
            dossier: dossier(n),
            drawer: Drawer::Unit,
            name: format!("hoa-don-{number}.pdf"),
            sha256,
            size: content.len() as u64,
        };
        let by = self.w.at(50 + i64::from(number));
        self.w
            .store()
            .write(move |tx| attachments::add(tx, &attachment, by))
            .unwrap();
        content
    }

    pub fn wish(&self, days: i64) -> Wish<'_> {
        Wish {
            folder: self.stick.path(),
            pc: "MÁY-KẾ-TOÁN",
            program: "0.1.0",
            at: instant(1_000) + TimeDelta::days(days),
        }
    }

    pub fn back_up(&self, days: i64) -> Made {
        backup::make(self.w.store(), &self.wish(days), &mut on).unwrap()
    }

    pub fn backups(&self) -> Vec<PathBuf> {
        let now = self.wish(30).at;
        let found = backup::list(self.stick.path(), now).unwrap();
        found.into_iter().map(|l| l.place).collect()
    }

    pub fn unlock(place: &Path, recovery: &str) -> Keys {
        let mut vault = Vault::of_backup(place).unwrap();
        vault.unlock_with_recovery(recovery, instant(0)).unwrap()
    }

    /// Restores onto a bare PC.
    pub fn on_a_bare_pc(&self, made: &Made) -> (TempDir, Store) {
        self.restored_at(made, 5_000)
    }

    pub fn restored_at(&self, made: &Made, seconds: i64) -> (TempDir, Store) {
        let pc = tempfile::tempdir().unwrap();
        let dir = pc.path().join("store");
        let keys = Self::unlock(&made.place, &self.w.recovery);
        let by = self.w.at(seconds);
        restore::prepare(&made.place, &keys, &dir, by, &mut on).unwrap();
        let aside = restore::take_over(&dir, instant(seconds + 1)).unwrap();
        assert!(aside.is_none());
        let keys = Vault::open(&dir)
            .unwrap()
            .unlock(person(1), PIN, instant(0))
            .ok()
            .unwrap();
        (pc, Store::open(&dir, &keys).unwrap())
    }
}

pub fn everything_is_there(store: &Store) {
    let state = |n| {
        let current = store.read(|c| dossiers::current(c, dossier(n))).unwrap();
        current.revision.state
    };
    assert_eq!(state(1), LocalState::Queued);
    assert_eq!(state(4), LocalState::Draft);
    store.read(audit::verify).unwrap();
    for n in 0..6u8 {
        let content = vec![n; 70_000 + usize::from(n)];
        let got = store.files().get(&Digest::of(&content)).unwrap();
        assert_eq!(got, content);
    }
}

/// Every file below, with its bytes.
fn tree(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut out = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                out.push((path.clone(), fs::read(&path).unwrap()));
            }
        }
    }
    out.sort();
    out
}

#[test]
fn a_backup_brings_everything_back_on_a_bare_pc_with_the_recovery_code() {
    let office = Office::new();
    let head = office.w.store().read(audit::head).unwrap();
    let made = office.back_up(0);
    assert_eq!(made.manifest.audit, head);
    assert_eq!(made.manifest.dossiers, 4);
    assert!(
        made.manifest.missing.len() <= 4,
        "{:?}",
        made.manifest.missing
    );
    let (_pc, store) = office.on_a_bare_pc(&made);
    everything_is_there(&store);
    // the trail goes on where it was, with who restored what
    let rows = store.read(|c| audit::after(c, head.seq, 10)).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].act, "restored");
    assert_eq!(rows[0].params["pc"], "MÁY-KẾ-TOÁN");
    // and the store it came from works on
    everything_is_there(office.w.store());
}

#[test]
fn what_is_in_a_backup_is_shown_to_who_has_the_key_and_to_nobody_else() {
    let office = Office::new();
    let made = office.back_up(0);
    let manifest = Manifest::read(&made.place).unwrap();
    let words = manifest.words(&office.w.keys).unwrap();
    assert_eq!(words.units[0].name, "Đơn vị 1123456");
    assert_eq!(words.newest.unwrap().title, "Tiền điện tháng 10");
    let stranger = World::new();
    assert!(matches!(
        manifest.words(&stranger.keys),
        Err(BackupError::AnotherStore)
    ));
    for (path, bytes) in tree(office.stick.path()) {
        for secret in ["Đơn vị", "văn phòng", "1123456", "Điện lực", "hoa-don"] {
            assert!(
                !bytes.windows(secret.len()).any(|w| w == secret.as_bytes()),
                "{secret} in {}",
                path.display()
            );
        }
    }
}

#[test]
fn the_second_backup_copies_only_what_is_new() {
    let office = Office::new();
    let first = office.back_up(0);
    assert!(first.fresh > 6 * 70_000, "{}", first.fresh);
    let second = office.back_up(1);
    assert_eq!(second.fresh, 0);
    let content = office.attach(3, 77);
    let third = office.back_up(2);
    assert!(
        third.fresh >= 70_077 && third.fresh < 80_000,
        "{}",
        third.fresh
    );
    let (_pc, store) = office.on_a_bare_pc(&third);
    assert_eq!(store.files().get(&Digest::of(&content)).unwrap(), content);
    // an earlier one still opens
    let keys = Office::unlock(&first.place, &office.w.recovery);
    backup::verify(&first.place, &keys, &mut on).unwrap();
}

#[cfg(unix)]
#[test]
fn no_other_user_of_the_pc_reads_the_store_a_backup_or_what_was_restored() {
    use std::os::unix::fs::PermissionsExt as _;
    let others = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
    let mut office = Office::new();
    // as an earlier program left them
    office.w.close();
    let earlier = [
        (office.w.dir().to_owned(), 0o755),
        (office.w.database(), 0o644),
    ];
    for (path, mode) in earlier {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    office.w.reopen();
    let made = office.back_up(0);
    let (pc, _store) = office.on_a_bare_pc(&made);
    let restored = pc.path().join("store");
    assert_eq!((others(office.w.dir()), others(&restored)), (0, 0));
    for folder in [office.w.dir(), made.place.as_path(), restored.as_path()] {
        for (path, _) in tree(folder) {
            assert_eq!(others(&path), 0, "{}", path.display());
        }
    }
}

#[cfg(unix)]
#[test]
fn a_group_that_shares_the_folder_keeps_its_rights_and_nobody_else_does() {
    use std::os::unix::fs::PermissionsExt as _;
    let rights = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let mut w = World::new();
    w.close();
    for (path, mode) in [(w.dir().to_owned(), 0o775), (w.database(), 0o664)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    w.reopen();
    assert_eq!((rights(w.dir()), rights(&w.database())), (0o770, 0o660));
}

#[cfg(unix)]
#[test]
fn a_file_that_the_disk_does_not_give_is_noted_and_everything_else_is_backed_up() {
    let office = Office::new();
    let lost = Digest::of(&office.attach(3, 77));
    let name = lost.hex();
    let own = office.w.dir().join("files").join(&name[..2]).join(&name);
    crate::files::unreadable(&own);
    let made = office.back_up(0);
    assert!(made.manifest.missing.contains(&lost));
    let (_pc, store) = office.on_a_bare_pc(&made);
    everything_is_there(&store);
}

#[test]
fn a_stick_pulled_at_any_moment_leaves_the_backup_before_whole() {
    let office = Office::new();
    let first = office.back_up(0);
    let before = tree(&first.place);
    office.attach(3, 50);
    office.attach(3, 51);
    let mut steps = 0;
    // of the same day, whose turn is the same files'
    let counted = backup::make(office.w.store(), &office.wish(2), &mut |_| {
        steps += 1;
        ControlFlow::Continue(())
    });
    fs::remove_dir_all(counted.unwrap().place).unwrap();
    assert!(steps >= 3, "{steps}");
    for last in 1..=steps {
        let mut step = 0;
        let cut = backup::make(office.w.store(), &office.wish(2), &mut |_| {
            step += 1;
            if step == last {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(matches!(cut, Err(BackupError::Cancelled)), "step {last}");
        assert_eq!(
            office.backups(),
            std::slice::from_ref(&first.place),
            "step {last}"
        );
        assert_eq!(tree(&first.place), before, "step {last}");
    }
    // what was left is cleared, and the next one is whole
    let room = first.place.parent().unwrap();
    fs::create_dir(room.join(".new-left")).unwrap();
    fs::write(room.join(".new-left/hoso.db"), b"half").unwrap();
    fs::write(room.join("files/.new-file"), b"half").unwrap();
    let (_pc, store) = office.on_a_bare_pc(&office.back_up(3));
    everything_is_there(&store);
    assert!(!room.join(".new-left").exists());
    assert!(!room.join("files/.new-file").exists());
}

#[test]
fn a_place_without_room_is_refused_before_a_byte_is_written() {
    let office = Office::new();
    let Some(mount) = tiny_disk(office.stick.path(), "4m") else {
        return;
    };
    let full = backup::make(office.w.store(), &office.wish(0), &mut on);
    let Err(BackupError::PlaceFull { needed, free }) = full else {
        panic!("{full:?}");
    };
    assert!(needed > free && free > 0);
    assert!(office.backups().is_empty());
    drop(mount);
}

/// Takes all room that is left on the disk of `dir`; gives what to remove for it to come back.
pub fn fill(dir: &Path) -> PathBuf {
    let filler = dir.join("filler");
    let _ = io::copy(&mut io::repeat(1), &mut fs::File::create(&filler).unwrap());
    filler
}

#[test]
fn a_stick_that_fills_up_at_any_moment_leaves_the_backup_before_whole() {
    let office = Office::new();
    let stick = office.stick.path();
    let Some(mount) = tiny_disk(stick, "24m") else {
        return;
    };
    let first = office.back_up(0);
    let before = tree(&first.place);
    office.attach(3, 50);
    office.attach(3, 51);
    let mut steps = 0;
    let counted = backup::make(office.w.store(), &office.wish(2), &mut |_| {
        steps += 1;
        ControlFlow::Continue(())
    });
    fs::remove_dir_all(counted.unwrap().place).unwrap();
    assert!(steps >= 3, "{steps}");
    for last in 1..=steps {
        let (mut step, mut filler) = (0, None);
        let full = backup::make(office.w.store(), &office.wish(2), &mut |_| {
            step += 1;
            if step == last {
                filler = Some(fill(stick));
            }
            ControlFlow::Continue(())
        });
        let named = matches!(full, Err(BackupError::PlaceFull { .. }));
        assert!(named, "{last} of {steps}: {full:?}");
        fs::remove_file(filler.unwrap()).unwrap();
        assert_eq!(office.backups(), std::slice::from_ref(&first.place));
        assert_eq!(tree(&first.place), before);
        backup::verify(&first.place, &office.w.keys, &mut on).unwrap();
    }
    let (_pc, store) = office.on_a_bare_pc(&office.back_up(3));
    everything_is_there(&store);
    everything_is_there(office.w.store());
    drop(mount);
}

#[test]
fn a_place_that_is_gone_or_read_only_is_named_and_the_store_works_on() {
    let office = Office::new();
    let gone = Wish {
        folder: &office.stick.path().join("file/below"),
        ..office.wish(0)
    };
    fs::write(office.stick.path().join("file"), b"").unwrap();
    let e = backup::make(office.w.store(), &gone, &mut on).unwrap_err();
    assert!(matches!(e, BackupError::Place(_)), "{e:?}");
    everything_is_there(office.w.store());
}

#[test]
fn a_flipped_byte_anywhere_in_a_backup_is_found_and_no_database_with_one_is_restored() {
    let office = Office::new();
    let made = office.back_up(0);
    let keys = office.w.keys.clone();
    let dir = office.w.dir().to_owned();
    let own = fs::read(office.w.database()).unwrap();
    let room = made.place.parent().unwrap();
    for (path, good) in tree(room) {
        if path.ends_with("manifest.json") {
            continue;
        }
        let mut bad = good.clone();
        let at = bad.len() / 2;
        bad[at] ^= 1;
        fs::write(&path, &bad).unwrap();
        let e = backup::verify(&made.place, &keys, &mut on).unwrap_err();
        assert!(matches!(e, BackupError::Damaged { .. }), "{e:?}");
        if path.ends_with("hoso.db") {
            let by = office.w.at(1);
            let e = restore::prepare(&made.place, &keys, &dir, by, &mut on).unwrap_err();
            assert!(matches!(e, BackupError::Damaged { .. }), "{e:?}");
            assert!(restore::take_over(&dir, instant(1)).is_err());
        }
        fs::write(&path, &good).unwrap();
        fs::write(&path, &good[..good.len() / 2]).unwrap();
        assert!(backup::verify(&made.place, &keys, &mut on).is_err());
        fs::write(&path, &good).unwrap();
    }
    backup::verify(&made.place, &keys, &mut on).unwrap();
    assert_eq!(fs::read(office.w.database()).unwrap(), own);
}

/// Where a file with this content lies in the backups of `made`'s room.
pub fn in_pool(made: &Made, content: &[u8]) -> PathBuf {
    let name = Digest::of(content).hex();
    let room = made.place.parent().unwrap();
    room.join("files").join(&name[..2]).join(name)
}

pub fn content(n: u8) -> Vec<u8> {
    vec![n; 70_000 + usize::from(n)]
}

pub fn rot(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_file_that_rots_where_backups_lie_is_found_when_its_turn_comes_and_copied_anew() {
    let office = Office::new();
    let whole = |made: &Made| backup::verify(&made.place, &office.w.keys, &mut on).is_ok();
    let made = office.back_up(0);
    rot(&in_pool(&made, &content(0)));
    assert!(!whole(&made));
    // by hand all are read again
    let all = backup::make_looking(office.w.store(), &office.wish(1), Again::All, &mut on);
    let made = all.unwrap();
    assert!(made.fresh > 70_000 && whole(&made), "{}", made.fresh);
    // day by day each one comes to its turn, and only once
    rot(&in_pool(&made, &content(0)));
    let fresh: Vec<u64> = (2..34).map(|day| office.back_up(day).fresh).collect();
    assert_eq!(fresh.iter().filter(|n| **n > 0).count(), 1, "{fresh:?}");
    assert!(whole(&office.back_up(34)));
}

#[test]
fn a_backup_without_a_manifest_or_of_a_newer_program_is_refused() {
    let office = Office::new();
    let made = office.back_up(0);
    let path = made.place.join("manifest.json");
    let good = fs::read_to_string(&path).unwrap();
    for (from, to) in [
        ("\"format\":1", "\"format\":9"),
        ("\"schema\":", "\"schema\":9"),
    ] {
        assert!(good.contains(from), "{from}");
        fs::write(&path, good.replacen(from, to, 1)).unwrap();
        let e = Manifest::read(&made.place).unwrap_err();
        assert!(matches!(e, BackupError::Newer { .. }), "{e:?}");
    }
    for text in ["", "{", "[]", "{\"format\":1}"] {
        fs::write(&path, text).unwrap();
        let e = Manifest::read(&made.place).unwrap_err();
        assert!(matches!(e, BackupError::Damaged { .. }), "{text}: {e:?}");
        // listed, so that a person sees that something is wrong there
        assert!(
            backup::list(office.stick.path(), instant(0)).unwrap()[0]
                .manifest
                .is_err()
        );
    }
    fs::remove_file(&path).unwrap();
    let e = Manifest::read(&made.place).unwrap_err();
    assert!(matches!(e, BackupError::NotABackup), "{e:?}");
    assert!(office.backups().is_empty());
}

#[test]
fn a_wrong_pin_or_code_opens_no_backup_and_changes_no_byte_of_it() {
    let office = Office::new();
    let made = office.back_up(0);
    let before = tree(&made.place);
    let mut vault = Vault::of_backup(&made.place).unwrap();
    assert!(vault.unlock(person(1), "000000", instant(0)).is_err());
    assert!(
        vault
            .unlock_with_recovery(&"0".repeat(32), instant(0))
            .is_err()
    );
    assert!(vault.unlock(person(1), PIN, instant(1)).is_ok());
    assert_eq!(tree(&made.place), before);
    let stranger = World::new();
    let e = restore::prepare(
        &made.place,
        &stranger.keys,
        stranger.dir(),
        stranger.by,
        &mut on,
    );
    assert!(matches!(e, Err(BackupError::AnotherStore)));
}

#[test]
fn a_restore_over_a_store_sets_it_aside_and_keeps_out_who_was_taken_out() {
    let pc = tempfile::tempdir().unwrap();
    let dir = pc.path().join("store");
    fs::create_dir(&dir).unwrap();
    let mut office = Office::new();
    // the store lies where a program keeps it
    office.w.close();
    for entry in fs::read_dir(office.w.dir()).unwrap() {
        let entry = entry.unwrap();
        fs::rename(entry.path(), dir.join(entry.file_name())).unwrap();
    }
    let keys = office.w.keys.clone();
    let mut vault = Vault::open(&dir).unwrap();
    vault
        .add_person(&keys, person(2), "Lò Văn Páo", "135790")
        .unwrap();
    let store = Store::open(&dir, &keys).unwrap();
    let made = backup::make(&store, &office.wish(0), &mut on).unwrap();
    vault.remove_person(&keys, person(2)).unwrap();
    drop(store);
    let own = fs::read(dir.join("hoso.db")).unwrap();
    let by = office.w.at(9_000);
    restore::prepare(&made.place, &keys, &dir, by, &mut on).unwrap();
    // nothing of the present store was touched yet
    assert_eq!(fs::read(dir.join("hoso.db")).unwrap(), own);
    let aside = restore::take_over(&dir, by.at).unwrap().unwrap();
    assert_eq!(fs::read(aside.join("hoso.db")).unwrap(), own);
    let mut vault = Vault::open(&dir).unwrap();
    assert!(vault.unlock(person(2), "135790", instant(0)).is_err());
    let keys = vault.unlock(person(1), PIN, instant(0)).ok().unwrap();
    everything_is_there(&Store::open(&dir, &keys).unwrap());
    everything_is_there(&Store::open(&aside, &keys).unwrap());
}

#[test]
fn a_restored_store_holds_no_device_of_its_own_but_knows_the_ones_to_end() {
    let office = Office::new();
    let device = Device {
        id: DeviceId(id(0xf200)),
        unit: office.w.unit,
        portal: "https://cong.example".to_owned(),
        private_key: zeroize::Zeroizing::new(vec![9; 32]),
        state: Enrolment::Enrolled,
        doc: "{}".to_owned(),
    };
    office
        .w
        .store()
        .write(move |tx| devices::add(tx, &device, instant(1)))
        .unwrap();
    let (_pc, store) = office.on_a_bare_pc(&office.back_up(0));
    let unit = office.w.unit;
    assert!(store.read(|c| devices::of_unit(c, unit)).unwrap().is_none());
    let old = store.read(|c| devices::replaced(c, unit)).unwrap();
    assert_eq!(old.len(), 1);
    store
        .write(move |tx| devices::set_state(tx, old[0].id, Enrolment::Revoked, "{}", instant(2)))
        .unwrap();
    assert!(
        store
            .read(|c| devices::replaced(c, unit))
            .unwrap()
            .is_empty()
    );
    // the PC it came from goes on as it was
    let own = office.w.store().read(|c| devices::of_unit(c, unit));
    assert!(own.unwrap().is_some());
}

#[test]
fn people_work_on_while_a_backup_is_made_of_one_moment() {
    let office = Office::new();
    let before = office.w.store().read(audit::head).unwrap();
    let mut n = 100;
    let made = backup::make(office.w.store(), &office.wish(0), &mut |_| {
        n += 1;
        office.w.draft(n, "Trong lúc sao lưu");
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(n > 100);
    assert_eq!(made.manifest.audit, before);
    assert_eq!(made.manifest.dossiers, 4);
    let (_pc, store) = office.on_a_bare_pc(&made);
    everything_is_there(&store);
    assert_eq!(office.w.state(dossier(101)), LocalState::Draft);
}

#[test]
fn old_backups_go_by_the_rule_and_their_files_stay_for_the_others() {
    let office = Office::new();
    for days in 0..30 {
        office.back_up(days);
    }
    let left = office.backups();
    assert!(left.len() < 20 && left.len() >= 10, "{}", left.len());
    for place in &left {
        let keys = Office::unlock(place, &office.w.recovery);
        backup::verify(place, &keys, &mut on).unwrap();
    }
}

#[test]
fn the_stores_own_disk_is_recognised() {
    let office = Office::new();
    let own = office.w.dir();
    assert_eq!(backup::disk_of(own, own), Disk::Same);
    let Some(mount) = tiny_disk(office.stick.path(), "1m") else {
        return;
    };
    assert_eq!(backup::disk_of(own, office.stick.path()), Disk::Other);
    drop(mount);
    let nowhere = office.stick.path().join("nowhere");
    assert_eq!(backup::disk_of(own, &nowhere), Disk::Unsure);
}

#[test]
fn a_file_that_is_damaged_in_the_store_is_mended_from_a_backup_and_kept_aside() {
    let office = Office::new();
    let made = office.back_up(0);
    let content = vec![3u8; 70_003];
    let name = Digest::of(&content);
    let place = office
        .w
        .dir()
        .join("files")
        .join(&name.hex()[..2])
        .join(name.hex());
    let mut bytes = fs::read(&place).unwrap();
    bytes[40_000] ^= 1;
    fs::write(&place, &bytes).unwrap();
    let gone = Digest::of(&[4u8; 70_004]);
    fs::remove_file(
        office
            .w
            .dir()
            .join("files")
            .join(&gone.hex()[..2])
            .join(gone.hex()),
    )
    .unwrap();
    let report = hoso_store::check::full(office.w.store(), &mut on)
        .unwrap()
        .unwrap();
    assert_eq!(report.damaged, [name]);
    assert!(report.missing.contains(&gone));
    // the backup before still has both; a new one keeps them
    let again = office.back_up(1);
    assert!(!again.manifest.missing.contains(&name));
    assert!(!again.manifest.missing.contains(&gone));
    let mended = restore::mend(office.w.store(), &made.place, &[name, gone]).unwrap();
    assert_eq!(mended.len(), 2);
    everything_is_there(office.w.store());
    let aside = place.with_file_name(format!("{}.damaged-1", name.hex()));
    assert_eq!(fs::read(aside).unwrap(), bytes);
}
