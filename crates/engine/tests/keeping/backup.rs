//! From a backup to work on another PC.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use hoso_contract::command::*;
use hoso_contract::view::{
    BackupRow, BackupState, Boot, DiskView, KnownRow, LinkView, ReadOnly, RestoreKey,
};
use hoso_contract::{Code, Fact};
use hoso_domain::life::{LocalState, ParkReason};
use hoso_engine::{Engine, Handle, Place};

use crate::desk::officer::Officer;
use crate::desk::{Desk, PIN, engine};

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Sao lưu ngay, into the desk's folder `stick`.
fn back_up(desk: &Desk) -> BackupState {
    let stick = desk.path("stick");
    fs::create_dir_all(&stick).unwrap();
    let folder = Some(text(&stick));
    desk.engine.handle(BackUp { folder }).unwrap()
}

fn newest(engine: &Engine, desk: &Desk) -> BackupRow {
    let folder = text(&desk.path("stick"));
    let mut rows = engine.handle(ListBackups { folder }).unwrap();
    assert!(rows[0].error.is_none(), "{rows:?}");
    rows.remove(0)
}

fn recovery(row: &BackupRow, code: &str) -> RestoreKey {
    RestoreKey::Recovery {
        person: row.people[0].person,
        code: Secret(code.to_owned()),
    }
}

#[test]
fn the_first_backup_is_made_when_its_place_is_chosen_and_its_age_is_told() {
    let desk = Desk::ready();
    let before = desk.engine.handle(GetSession {}).unwrap().backup;
    assert_eq!(before.last, None);
    assert!(before.overdue);
    let none = desk.engine.handle(BackUp { folder: None }).unwrap_err();
    assert_eq!(none.code, Code::BackupNoPlace);
    let stick = desk.path("stick");
    fs::create_dir(&stick).unwrap();
    let folder = text(&stick);
    let state = desk.engine.handle(SetBackupFolder { folder }).unwrap();
    // a folder beside the data dies with it
    assert_eq!((state.there, state.disk), (true, DiskView::Same));
    let last = desk.until("the first backup", || {
        desk.engine.handle(GetBackupState {}).unwrap().last
    });
    assert_eq!((last.dossiers, last.missing), (0, 0));
    let after = desk.engine.handle(GetSession {}).unwrap().backup;
    assert_eq!((after.last, after.overdue), (Some(last.at), false));
    // locking in the middle of whatever comes next ends it
    desk.engine.handle(Lock {}).unwrap();
    desk.unlock().unwrap();
    let state = desk.engine.handle(GetBackupState {}).unwrap();
    assert_eq!(state.last.unwrap().at, last.at);
}

#[test]
fn a_backup_that_nobody_asked_for_tells_its_beginning_and_its_end() {
    let desk = Desk::ready();
    let person = desk.engine.handle(GetSession {}).unwrap().person.person;
    desk.engine.handle(Lock {}).unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heard);
    let engine = Engine::new(
        Place::at(&desk.home),
        Arc::new(move |fact: Fact| kept.lock().unwrap().push(fact)),
    );
    let pin = Secret(PIN.to_owned());
    engine.handle(Unlock { person, pin }).unwrap();
    let stick = desk.path("stick");
    fs::create_dir(&stick).unwrap();
    let folder = text(&stick);
    engine.handle(SetBackupFolder { folder }).unwrap();
    let backup = desk.until("the day's backup and its end", || {
        let heard = heard.lock().unwrap();
        let begun = heard.iter().position(|f| *f == Fact::BackupBegun)?;
        let rest = &heard[begun..];
        let end = rest.iter().position(|f| *f == Fact::BackupChanged)?;
        Some((heard[..begun].to_vec(), rest[..end].to_vec()))
    });
    let tells = |facts: &[Fact]| facts.iter().any(|f| matches!(f, Fact::BackingUp { .. }));
    assert!(!tells(&backup.0) && tells(&backup.1), "{backup:?}");
}

#[test]
fn a_stick_that_was_pulled_is_named_and_the_last_backup_counts_on() {
    let desk = Desk::ready();
    let made = back_up(&desk).last.unwrap();
    fs::rename(desk.path("stick"), desk.path("pulled")).unwrap();
    let e = desk.engine.handle(BackUp { folder: None }).unwrap_err();
    assert_eq!(e.code, Code::BackupPlaceFailed);
    let state = desk.engine.handle(GetBackupState {}).unwrap();
    assert!(!state.there);
    assert_eq!(state.failed.unwrap().code, Code::BackupPlaceFailed);
    assert_eq!(state.last.unwrap().at, made.at);
    let nowhere = text(&desk.path("nowhere"));
    let e = desk.engine.handle(SetBackupFolder { folder: nowhere });
    assert_eq!(e.unwrap_err().code, Code::BackupPlaceFailed);
    fs::rename(desk.path("pulled"), desk.path("stick")).unwrap();
    let state = desk.engine.handle(BackUp { folder: None }).unwrap();
    assert!(state.failed.is_none() && state.last.unwrap().at > made.at);
}

#[test]
fn another_pc_goes_on_where_the_stolen_one_was_and_that_one_is_ended_at_the_portal() {
    let desk = Desk::new();
    let (_, code) = desk.first_run();
    let waiting = desk.queued("Mua văn phòng phẩm", "1.250.000");
    let sent = desk.queued("Tiền điện tháng 10", "2.000.000");
    let portal = desk.portal_up();
    desk.send_now();
    desk.until_sent(waiting);
    desk.until_sent(sent);
    let stolen = Officer::new(&desk).devices();
    assert_eq!((stolen.len(), stolen[0].revoked_at), (1, None));
    desk.down(portal);
    let later = desk.queued("Sửa mái trụ sở", "3.000.000");
    back_up(&desk);

    // a bare PC: only the stick and the printed code
    let home = desk.path("new-pc");
    let pc = engine(&home, &desk.heard);
    assert!(matches!(pc.handle(BootUp {}).unwrap(), Boot::FirstRun));
    let row = newest(&pc, &desk);
    assert!(!row.own);
    let place = row.place.clone();
    let wrong = RestoreKey::Recovery {
        person: row.people[0].person,
        code: Secret("0".repeat(32)),
    };
    let e = pc.handle(PreviewRestore {
        place: place.clone(),
        key: wrong,
    });
    assert_eq!(e.unwrap_err().code, Code::WrongRecoveryCode);
    let key = recovery(&row, &code);
    let preview = pc
        .handle(PreviewRestore {
            place: place.clone(),
            key: key.clone(),
        })
        .unwrap();
    assert_eq!(preview.dossiers, 3);
    assert_eq!(preview.units[0].0, desk.world.unit.code);
    assert_eq!(preview.newest.unwrap().1, "Sửa mái trụ sở");
    assert_eq!(preview.behind, None);
    assert!(matches!(pc.handle(BootUp {}).unwrap(), Boot::FirstRun));
    let restored = pc.handle(Restore { place, key }).unwrap();
    let Boot::Locked { people } = restored.boot else {
        panic!("not locked")
    };
    assert_eq!(restored.lost, 0);
    pc.handle(Unlock {
        person: people[0].person,
        pin: Secret(PIN.to_owned()),
    })
    .unwrap();
    let local = |e: &Engine, id| e.handle(OpenDossier { id }).unwrap().local;
    assert_eq!(local(&pc, sent), LocalState::Sent);
    assert_eq!(local(&pc, later), LocalState::Queued);

    // with a link the new PC takes over: it sends, and the stolen one is refused
    let portal = desk.portal_up();
    pc.handle(SendNow { id: None }).unwrap();
    desk.until("sending from the new PC", || {
        (local(&pc, later) == LocalState::Sent).then_some(())
    });
    // one step at the portal: there is no moment at which both, or neither, could send for the unit
    let (old, new): (Vec<_>, Vec<_>) = Officer::new(&desk)
        .devices()
        .into_iter()
        .partition(|d| d.device == stolen[0].device);
    assert_eq!((new.len(), new[0].revoked_at), (1, None), "{old:?} {new:?}");
    assert_eq!(old[0].revoked_at, Some(new[0].enrolled_at));
    desk.send_now();
    desk.until("the stolen PC is told", || {
        match desk.engine.handle(GetSession {}).unwrap().link {
            LinkView::Offline { why: Some(why), .. } => {
                (why.code == Code::DeviceRevoked).then_some(())
            }
            _ => None,
        }
    });
    // nor does it come back by the codes that its connection file still holds
    assert_eq!(Officer::new(&desk).devices().len(), 2);
    desk.down(portal);
}

#[test]
fn what_waited_in_a_backup_is_carried_only_once_the_portal_has_told_what_became_of_it() {
    let desk = Desk::new();
    let (_, code) = desk.first_run();
    let portal = desk.portal_up();
    let before = desk.queued("Tiền nước", "1.000.000");
    desk.until_sent(before);
    desk.down(portal);
    let pause = |paused| {
        let mut settings = desk.engine.handle(GetSession {}).unwrap().settings;
        settings.paused = paused;
        desk.engine.handle(SaveSettings { settings }).unwrap();
    };
    pause(true);
    let held = desk.queued("Mua văn phòng phẩm", "1.250.000");
    desk.engine.handle(Hold { id: held }).unwrap();
    let sent = desk.queued("Tiền điện tháng 10", "2.000.000");
    back_up(&desk);
    // after the backup one of them goes, and the PC is lost
    pause(false);
    let portal = desk.portal_up();
    desk.send_now();
    desk.until_sent(sent);
    desk.down(portal);
    desk.engine.handle(Lock {}).unwrap();

    let pc = engine(&desk.path("new-pc"), &desk.heard);
    let row = newest(&pc, &desk);
    let restore = Restore {
        place: row.place.clone(),
        key: recovery(&row, &code),
    };
    pc.handle(restore).unwrap();
    pc.handle(Unlock {
        person: row.people[0].person,
        pin: Secret(PIN.to_owned()),
    })
    .unwrap();
    let local = |id| pc.handle(OpenDossier { id }).unwrap().local;
    let carry = |id| {
        let how = "Mang giấy ra quầy".to_owned();
        pc.handle(HandedInOtherwise { id, how }).unwrap();
    };
    assert_eq!(local(held), LocalState::Held);
    for id in [held, sent] {
        carry(id);
        assert_eq!(local(id), giving_up(), "without a link it is a wish");
    }

    let portal = desk.portal_up();
    pc.handle(SendNow { id: None }).unwrap();
    desk.until("the portal's word on what it has", || {
        (local(sent) == LocalState::Sent).then_some(())
    });
    let given_up = LocalState::Parked {
        reason: ParkReason::GivenUp,
    };
    desk.until("the portal's promise", || {
        (local(held) == given_up).then_some(())
    });
    carry(held);
    assert_eq!(local(held), LocalState::Carried);
    let mut accepted: Vec<_> = Officer::new(&desk)
        .dossiers()
        .into_iter()
        .map(|d| d.dossier)
        .collect();
    accepted.sort();
    assert_eq!(accepted, [before, sent], "ids follow time");
    desk.down(portal);
}

fn giving_up() -> LocalState {
    LocalState::Parked {
        reason: ParkReason::GivingUp,
    }
}

#[test]
fn a_restore_over_the_present_store_says_what_it_sets_aside_and_keeps_it() {
    let mut desk = Desk::ready();
    let kept = desk.draft("Tiền điện", "1.000.000");
    back_up(&desk);
    let newer = desk.draft("Tiền nước", "2.000.000");
    let row = newest(&desk.engine, &desk);
    assert!(row.own);
    let preview = desk
        .engine
        .handle(PreviewRestore {
            place: row.place.clone(),
            key: RestoreKey::Open,
        })
        .unwrap();
    assert!(preview.behind.unwrap() >= 2, "{preview:?}");
    let restored = desk
        .engine
        .handle(Restore {
            place: row.place,
            key: RestoreKey::Open,
        })
        .unwrap();
    assert!(matches!(restored.boot, Boot::Locked { .. }));
    desk.unlock().unwrap();
    assert_eq!(desk.local(kept), LocalState::Draft);
    let e = desk.engine.handle(OpenDossier { id: newer }).unwrap_err();
    assert_eq!(e.code, Code::NotFound);
    // what was set aside still opens, as a store of its own
    let aside = fs::read_dir(&desk.home)
        .unwrap()
        .map(|e| e.unwrap().path())
        .find(|p| text(p).contains("store.aside-"))
        .unwrap();
    desk.engine.handle(Lock {}).unwrap();
    let other = desk.path("other");
    fs::create_dir(&other).unwrap();
    fs::rename(aside, other.join("store")).unwrap();
    desk.home = other;
    desk.restart();
    desk.unlock().unwrap();
    assert_eq!(desk.local(newer), LocalState::Draft);
}

#[test]
fn wrong_tries_at_a_backup_slow_down_as_long_as_the_program_runs() {
    let desk = Desk::ready();
    back_up(&desk);
    back_up(&desk);
    let pc = engine(&desk.path("new-pc"), &desk.heard);
    let folder = text(&desk.path("stick"));
    let rows = pc.handle(ListBackups { folder }).unwrap();
    let key = |pin: &str| RestoreKey::Pin {
        person: rows[0].people[0].person,
        pin: Secret(pin.to_owned()),
    };
    let preview = |row: &BackupRow, pin: &str| {
        let (place, key) = (row.place.clone(), key(pin));
        pc.handle(PreviewRestore { place, key })
    };
    for wrong in 1..=3 {
        // another day's backup with the same slots is no fresh start
        let e = preview(&rows[wrong % 2], "000000").unwrap_err();
        assert_eq!(e.code, Code::WrongPin);
        assert_eq!(e.params["wrong"], wrong.to_string());
    }
    for row in &rows {
        assert_eq!(preview(row, PIN).unwrap_err().code, Code::TryLater);
    }
    let (place, key) = (rows[0].place.clone(), key(PIN));
    let e = pc.check_backup(Path::new(&place), &key).unwrap_err();
    assert_eq!(e.code, Code::TryLater);
    let e = pc.handle(Restore { place, key }).unwrap_err();
    assert_eq!(e.code, Code::TryLater);
}

#[test]
fn a_restore_over_a_damaged_store_brings_the_work_back_and_keeps_the_damaged_file() {
    let mut desk = Desk::ready();
    let person = desk.engine.handle(GetSession {}).unwrap().person.person;
    let id = desk.draft("Tiền điện", "1.000.000");
    let place = back_up(&desk).last.unwrap().place;
    desk.engine.handle(Lock {}).unwrap();
    let database = desk.home.join("store/hoso.db");
    let good = fs::read(&database).unwrap();
    let plain = desk.path("plain.db");
    hoso_store::Connection::open(&plain)
        .and_then(|c| c.execute_batch("CREATE TABLE dossier (id TEXT) STRICT;"))
        .unwrap();
    let mut flipped = good.clone();
    for at in (good.len() / 2..good.len()).step_by(4096) {
        flipped[at] ^= 0x20;
    }
    let half = good[..good.len() / 2].to_vec();
    let plain = fs::read(plain).unwrap();
    for bad in [
        Some(plain),
        Some(half),
        Some(Vec::new()),
        Some(flipped),
        None,
    ] {
        for old in ["hoso.db", "hoso.db-wal", "hoso.db-shm"] {
            let _ = fs::remove_file(database.with_file_name(old));
        }
        if let Some(bytes) = &bad {
            fs::write(&database, bytes).unwrap();
        }
        desk.restart();
        // open to be read as far as it goes, or not at all: the backup opens either way
        let key = match desk.unlock_and_wait() {
            Ok(session) => {
                assert_eq!(session.read_only, Some(ReadOnly::Damaged));
                RestoreKey::Open
            }
            Err(error) => {
                assert_eq!(error.code, Code::StoreDamaged);
                let pin = Secret(PIN.to_owned());
                RestoreKey::Pin { person, pin }
            }
        };
        let preview = PreviewRestore {
            place: place.clone(),
            key: key.clone(),
        };
        assert_eq!(desk.engine.handle(preview).unwrap().dossiers, 1);
        let restore = Restore {
            place: place.clone(),
            key,
        };
        let restored = desk.engine.handle(restore).unwrap();
        assert!(matches!(restored.boot, Boot::Locked { .. }));
        let aside = fs::read_dir(&desk.home)
            .unwrap()
            .map(|e| e.unwrap().path())
            .find(|p| text(p).contains("store.aside-"))
            .unwrap();
        assert_eq!(fs::read(aside.join("hoso.db")).ok(), bad);
        fs::remove_dir_all(aside).unwrap();
        assert_eq!(desk.unlock_and_wait().unwrap().read_only, None);
        assert_eq!(desk.local(id), LocalState::Draft);
        desk.engine.handle(Lock {}).unwrap();
    }
}

#[test]
fn a_restore_without_a_damaged_file_says_so_before_and_after() {
    let desk = Desk::new();
    let (_, code) = desk.first_run();
    let id = desk.draft("Tiền điện", "1.000.000");
    let attach = |name: &str, bytes: &[u8]| {
        let path = desk.write(name, bytes);
        let drawer = hoso_domain::dossier::Drawer::Unit;
        let file = desk.engine.handle(Attach { id, drawer, path }).unwrap();
        file.sha256.hex()
    };
    let gone = attach("hoa-don.pdf", b"%PDF-1.4 hoa don");
    let rotten = attach("hop-dong.pdf", b"%PDF-1.4 hop dong");
    attach("bien-ban.pdf", b"%PDF-1.4 bien ban");
    let made = back_up(&desk).last.unwrap();
    let pool = Path::new(&made.place).with_file_name("files");
    let at = |name: &str| pool.join(name.get(..2).unwrap()).join(name);
    fs::remove_file(at(&gone)).unwrap();
    let mut bytes = fs::read(at(&rotten)).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(at(&rotten), bytes).unwrap();

    let pc = engine(&desk.path("new-pc"), &desk.heard);
    let row = newest(&pc, &desk);
    let (place, key) = (row.place.clone(), recovery(&row, &code));
    let seen = pc.check_backup(Path::new(&place), &key).unwrap();
    assert_eq!((seen.files, seen.missing, seen.damaged), (3, 1, 1));
    let preview = PreviewRestore {
        place: place.clone(),
        key: key.clone(),
    };
    // only reading all of it finds the rotten one
    assert_eq!(pc.handle(preview).unwrap().lost, 1);
    let restored = pc.handle(Restore { place, key }).unwrap();
    assert_eq!(restored.lost, 2);
    pc.handle(Unlock {
        person: row.people[0].person,
        pin: Secret(PIN.to_owned()),
    })
    .unwrap();
    let report = pc.handle(CheckStore {}).unwrap();
    assert_eq!((report.missing, report.damaged), (2, 0), "{report:?}");
    assert_eq!(report.database, 0);
}

#[test]
fn a_file_that_was_gone_when_the_backup_was_made_is_told_before_the_restore() {
    let desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    let path = desk.write("hoa-don.pdf", b"%PDF-1.4 hoa don");
    let drawer = hoso_domain::dossier::Drawer::Unit;
    let file = desk.engine.handle(Attach { id, drawer, path }).unwrap();
    let name = file.sha256.hex();
    let shelf = desk.home.join("store/files").join(name.get(..2).unwrap());
    fs::remove_file(shelf.join(&name)).unwrap();
    let made = back_up(&desk).last.unwrap();
    assert_eq!(made.missing, 1);
    let preview = PreviewRestore {
        place: made.place.clone(),
        key: RestoreKey::Open,
    };
    let told = desk.engine.handle(preview).unwrap();
    assert_eq!((told.missing, told.lost), (1, 0));
    // gone before the backup: the restore itself loses none
    let restore = Restore {
        place: made.place,
        key: RestoreKey::Open,
    };
    assert_eq!(desk.engine.handle(restore).unwrap().lost, 0);
}

#[test]
fn a_stick_that_is_pulled_while_the_pin_is_typed_is_gone_and_no_damage() {
    let desk = Desk::ready();
    let made = back_up(&desk).last.unwrap();
    let person = newest(&desk.engine, &desk).people[0].person;
    fs::remove_dir_all(desk.path("stick")).unwrap();
    let pin = Secret(PIN.to_owned());
    for key in [RestoreKey::Pin { person, pin }, RestoreKey::Open] {
        let place = made.place.clone();
        let e = desk.engine.handle(Restore { place, key }).unwrap_err();
        assert_eq!(e.code, Code::BackupPlaceFailed);
    }
}

#[test]
fn what_is_no_backup_or_a_damaged_one_is_named_and_the_store_stays() {
    let desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    fs::create_dir(desk.path("empty")).unwrap();
    for (folder, code) in [
        (desk.path("empty"), Code::NotABackup),
        (desk.path("nowhere"), Code::BackupPlaceFailed),
    ] {
        let folder = text(&folder);
        let e = desk.engine.handle(ListBackups { folder }).unwrap_err();
        assert_eq!(e.code, code);
    }
    let made = back_up(&desk).last.unwrap();
    let database = Path::new(&made.place).join("hoso.db");
    let good = fs::read(&database).unwrap();
    let mut bad = good.clone();
    bad[good.len() / 3] ^= 4;
    let restore = || Restore {
        place: made.place.clone(),
        key: RestoreKey::Open,
    };
    for bytes in [bad, good[..good.len() / 2].to_vec(), Vec::new()] {
        fs::write(&database, bytes).unwrap();
        let e = desk.engine.handle(restore()).unwrap_err();
        assert_eq!(e.code, Code::BackupDamaged);
        assert_eq!(desk.local(id), LocalState::Draft);
    }
    fs::write(&database, good).unwrap();
    let manifest = Path::new(&made.place).join("manifest.json");
    let whole = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, whole.replacen("\"format\":1", "\"format\":2", 1)).unwrap();
    let e = desk.engine.handle(restore()).unwrap_err();
    assert_eq!(e.code, Code::BackupNewer);
    fs::write(&manifest, whole).unwrap();
    // of another store: its keys are not these
    let other = Desk::ready();
    let e = other.engine.handle(restore()).unwrap_err();
    assert_eq!(e.code, Code::BackupForeign);
    assert_eq!(desk.local(id), LocalState::Draft);
}

#[test]
fn the_full_check_names_a_damaged_file_and_mends_it_from_the_backup() {
    let desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    let path = desk.path("hoa-don.pdf");
    fs::write(&path, b"%PDF-1.4 hoa don").unwrap();
    let attach = Attach {
        id,
        drawer: hoso_domain::dossier::Drawer::Treasury,
        path: text(&path),
    };
    let file = desk.engine.handle(attach).unwrap();
    let report = desk.engine.handle(CheckStore {}).unwrap();
    assert!(report.is_clean() && report.files == 1, "{report:?}");
    back_up(&desk);
    let name = file.sha256.hex();
    let stored = desk
        .home
        .join("store/files")
        .join(name.get(..2).unwrap())
        .join(&name);
    fs::write(&stored, b"rubbish").unwrap();
    let report = desk.engine.handle(CheckStore {}).unwrap();
    assert_eq!((report.damaged, report.missing), (1, 0));
    let report = desk.engine.handle(MendFiles {}).unwrap();
    assert!(report.is_clean(), "{report:?}");
    // the damaged one lies beside it, for whoever wants to look
    let beside = stored.with_file_name(format!("{name}.damaged-1"));
    assert_eq!(fs::read(beside).unwrap(), b"rubbish");
}

#[test]
fn a_file_that_the_newest_backup_has_not_is_mended_from_an_older_one() {
    let desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    let attach = Attach {
        id,
        drawer: hoso_domain::dossier::Drawer::Treasury,
        path: desk.write("hoa-don.pdf", b"%PDF-1.4 hoa don"),
    };
    let name = desk.engine.handle(attach).unwrap().sha256.hex();
    let shelf = Path::new("files").join(name.get(..2).unwrap()).join(&name);
    // what this PC left there under an earlier name
    let room = |made: &BackupState| {
        let place = &made.last.as_ref().unwrap().place;
        Path::new(place).parent().unwrap().to_owned()
    };
    let first = room(&back_up(&desk));
    fs::rename(&first, first.with_file_name("hoso-ten-cu-12345678")).unwrap();
    let second = room(&back_up(&desk));
    fs::write(second.join(&shelf), b"rotten").unwrap();
    fs::write(desk.home.join("store").join(&shelf), b"rubbish").unwrap();
    let report = desk.engine.handle(CheckStore {}).unwrap();
    assert_eq!(report.damaged, 1);
    let report = desk.engine.handle(MendFiles {}).unwrap();
    assert!(report.is_clean(), "{report:?}");
}

#[test]
fn a_trail_is_held_against_a_head_that_was_kept_elsewhere() {
    let desk = Desk::ready();
    let head = desk.engine.handle(VerifyTrail { known: None }).unwrap();
    desk.draft("Tiền điện", "1.000.000");
    let hold = |seq, hash| {
        let known = Some(KnownRow { seq, hash });
        desk.engine.handle(VerifyTrail { known })
    };
    let now = hold(Some(head.seq), head.hash).unwrap();
    assert!(now.seq > head.seq);
    let other = hoso_domain::digest::Digest([7; 32]);
    let e = hold(Some(head.seq), other).unwrap_err();
    assert_eq!(e.code, Code::TrailBroken);
    assert_eq!(e.params["seq"], head.seq.to_string());
    let e = hold(Some(now.seq + 5), now.hash).unwrap_err();
    assert_eq!(e.code, Code::TrailBroken);
    // by its hash alone, wherever it stands
    assert_eq!(hold(None, head.hash).unwrap(), now);
    let e = hold(None, other).unwrap_err();
    assert_eq!(e.code, Code::TrailBroken);
    assert!(!e.params.contains_key("seq"), "{e:?}");
}
