//! PINs, hand-over, a new recovery code.

use chrono::DateTime;
use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::{Boot, RecoveryStanding, RestoreKey};
use hoso_engine::Handle;
use hoso_store::{Store, Vault};

use crate::desk::{Desk, PIN};

fn pin(text: &str) -> Secret {
    Secret(text.to_owned())
}

#[test]
fn a_pin_is_changed_by_who_knows_the_old_one() {
    let mut desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    let change = |old: &str, new: &str| ChangePin {
        old: pin(old),
        new: pin(new),
    };
    let e = desk.engine.handle(change("000000", "741852")).unwrap_err();
    assert_eq!(e.code, Code::WrongPin);
    let e = desk.engine.handle(change(PIN, "12")).unwrap_err();
    assert_eq!(e.code, Code::PinTooShort);
    desk.engine.handle(change(PIN, "741852")).unwrap();
    desk.restart();
    assert_eq!(desk.unlock().unwrap_err().code, Code::WrongPin);
    desk.unlock_with("741852").unwrap();
    assert_eq!(desk.view(id).id, id);
}

/// The store between two sittings: its work is ended.
pub fn store(desk: &Desk) -> Store {
    desk.engine.handle(Lock {}).unwrap();
    let dir = desk.home.join("store");
    let mut vault = Vault::open(&dir).unwrap();
    let person = vault.people()[0].person;
    let keys = vault.unlock(person, PIN, DateTime::UNIX_EPOCH);
    Store::open(&dir, &keys.ok().unwrap()).unwrap()
}

/// A row of `act` fails from now on, as on a full disk, while all others are written.
fn refuse_rows(desk: &Desk, act: &str) {
    let sql = format!(
        "CREATE TRIGGER refused BEFORE INSERT ON audit WHEN NEW.act = '{act}'
         BEGIN SELECT RAISE(ABORT, 'no room'); END"
    );
    store(desk)
        .write(move |tx| Ok(tx.execute_batch(&sql)?))
        .unwrap();
    desk.unlock().unwrap();
}

fn take_rows(desk: &Desk) {
    let sql = "DROP TRIGGER refused";
    store(desk)
        .write(move |tx| Ok(tx.execute_batch(sql)?))
        .unwrap();
    desk.unlock().unwrap();
}

/// What `act` answers while the envelope cannot be replaced; it lies there as before afterwards.
fn with_the_envelope_stuck<T>(desk: &Desk, act: impl FnOnce() -> T) -> T {
    let envelope = desk.home.join("store/envelope.json");
    let slots = std::fs::read(&envelope).unwrap();
    std::fs::remove_file(&envelope).unwrap();
    std::fs::create_dir_all(envelope.join("in-the-way")).unwrap();
    let answer = act();
    std::fs::remove_dir_all(&envelope).unwrap();
    std::fs::write(&envelope, slots).unwrap();
    answer
}

#[test]
fn a_pin_whose_change_failed_opens_as_before() {
    let mut desk = Desk::ready();
    let change = ChangePin {
        old: pin(PIN),
        new: pin("741852"),
    };
    refuse_rows(&desk, "pin-changed");
    assert!(desk.engine.handle(change.clone()).is_err());
    desk.restart();
    desk.unlock().unwrap();
    take_rows(&desk);
    let stuck = with_the_envelope_stuck(&desk, || desk.engine.handle(change.clone()));
    assert!(stuck.is_err());
    desk.restart();
    desk.unlock().unwrap();
    // what is refused beforehand is no try
    let short = ChangePin {
        old: pin(PIN),
        new: pin("12"),
    };
    let rows = trail(&desk).matches("pin-changed").count();
    assert_eq!(
        desk.engine.handle(short).unwrap_err().code,
        Code::PinTooShort
    );
    assert_eq!(trail(&desk).matches("pin-changed").count(), rows);
    desk.engine.handle(change).unwrap();
    desk.restart();
    desk.unlock_with("741852").unwrap();
}

#[test]
fn a_person_whose_adding_failed_is_added_once_by_the_next_try() {
    let desk = Desk::ready();
    let add = AddPerson {
        name: "Lò Văn Tú".to_owned(),
        pin: pin("135790"),
    };
    let people = |desk: &Desk| desk.engine.handle(GetPeople {}).unwrap().len();
    refuse_rows(&desk, "person-added");
    assert!(desk.engine.handle(add.clone()).is_err());
    assert_eq!(people(&desk), 1, "a slot without a row");
    take_rows(&desk);
    let stuck = with_the_envelope_stuck(&desk, || desk.engine.handle(add.clone()));
    assert!(stuck.is_err());
    assert_eq!(people(&desk), 1);
    let added = desk.engine.handle(add).unwrap();
    assert_eq!(people(&desk), 2);
    let known = store(&desk).read(hoso_store::people::all).unwrap();
    let of_that_name: Vec<_> = known.iter().filter(|p| p.name == added.name).collect();
    assert_eq!(of_that_name.len(), 1, "{known:?}");
    assert_eq!(of_that_name[0].id, added.person);
    let unlock = Unlock {
        person: added.person,
        pin: pin("135790"),
    };
    assert_eq!(desk.engine.handle(unlock).unwrap().person, added);
}

#[test]
fn who_leaves_opens_nothing_any_more_and_the_trail_keeps_the_hand_over() {
    let mut desk = Desk::ready();
    let me = desk.engine.handle(GetSession {}).unwrap().person;
    let alone = RemovePerson {
        person: me.person,
        to: me.person,
    };
    let e = desk.engine.handle(alone).unwrap_err();
    assert_eq!(e.code, Code::LastPerson);
    let add = AddPerson {
        name: "Lò Văn Tú".to_owned(),
        pin: pin("135790"),
    };
    let other = desk.engine.handle(add).unwrap();
    assert_eq!(desk.engine.handle(GetPeople {}).unwrap().len(), 2);
    let left = desk
        .engine
        .handle(RemovePerson {
            person: other.person,
            to: me.person,
        })
        .unwrap();
    assert_eq!(left, std::slice::from_ref(&me));
    desk.restart();
    let Boot::Locked { people } = desk.engine.handle(BootUp {}).unwrap() else {
        panic!("not locked")
    };
    assert_eq!(people, [me]);
    let gone = Unlock {
        person: other.person,
        pin: pin("135790"),
    };
    assert_eq!(desk.engine.handle(gone).unwrap_err().code, Code::NotFound);
    desk.unlock().unwrap();
    let again = RemovePerson {
        person: other.person,
        to: people[0].person,
    };
    assert_eq!(desk.engine.handle(again).unwrap_err().code, Code::NotFound);
    let trail = trail(&desk);
    assert!(trail.contains("handed-over"), "{trail}");
    assert!(trail.contains("Lò Văn Tú → "), "{trail}");
}

/// The whole trail, as an auditor gets it.
fn trail(desk: &Desk) -> String {
    let home = desk.path("out");
    std::fs::create_dir_all(&home).unwrap();
    let folder = home.to_string_lossy().into_owned();
    let out = desk
        .engine
        .handle(ExportYear { year: 2026, folder })
        .unwrap();
    let trail = std::path::Path::new(&out.folder).join("nhat-ky.csv");
    std::fs::read_to_string(trail).unwrap()
}

#[test]
fn a_hand_over_that_was_cut_short_keeps_its_row_and_ends_at_the_next_try_or_unlock() {
    let mut desk = Desk::ready();
    let me = desk.engine.handle(GetSession {}).unwrap().person;
    let add = AddPerson {
        name: "Lò Văn Tú".to_owned(),
        pin: pin("135790"),
    };
    let other = desk.engine.handle(add).unwrap();
    let remove = RemovePerson {
        person: other.person,
        to: me.person,
    };
    let rows = |desk: &Desk| trail(desk).matches("handed-over").count();
    // the envelope cannot be replaced: the row is there, the slot as well
    let envelope = desk.home.join("store/envelope.json");
    let slots = std::fs::read(&envelope).unwrap();
    std::fs::remove_file(&envelope).unwrap();
    std::fs::create_dir_all(envelope.join("in-the-way")).unwrap();
    assert!(desk.engine.handle(remove.clone()).is_err());
    std::fs::remove_dir_all(&envelope).unwrap();
    assert_eq!(desk.engine.handle(GetPeople {}).unwrap().len(), 2);
    assert_eq!(rows(&desk), 1);
    let left = desk.engine.handle(remove).unwrap();
    assert_eq!(left, std::slice::from_ref(&me));
    assert_eq!(rows(&desk), 1, "the second try adds none");

    // a power cut at the same moment: who left is refused, and gone for whoever comes next
    for by in [other.person, me.person] {
        desk.engine.close();
        std::fs::write(&envelope, &slots).unwrap();
        std::fs::write(envelope.with_extension("json.bak"), &slots).unwrap();
        desk.restart();
        let typed = if by == me.person { PIN } else { "135790" };
        let opened = desk.engine.handle(Unlock {
            person: by,
            pin: pin(typed),
        });
        match by == me.person {
            true => assert_eq!(opened.unwrap().person, me),
            false => assert_eq!(opened.unwrap_err().code, Code::NotFound),
        }
        let now = std::fs::read_to_string(&envelope).unwrap();
        assert!(!now.contains("Lò Văn Tú"), "{now}");
    }
    assert_eq!(rows(&desk), 1);
}

#[test]
fn who_was_added_after_the_backup_that_was_restored_is_named_from_the_next_unlock_on() {
    let desk = Desk::ready();
    let stick = desk.path("usb");
    std::fs::create_dir(&stick).unwrap();
    let folder = Some(stick.to_string_lossy().into_owned());
    let place = desk.engine.handle(BackUp { folder }).unwrap().last;
    let add = AddPerson {
        name: "Lò Văn Tú".to_owned(),
        pin: pin("135790"),
    };
    let other = desk.engine.handle(add).unwrap();
    let restore = Restore {
        place: place.unwrap().place,
        key: RestoreKey::Open,
    };
    desk.engine.handle(restore).unwrap();
    let named = |desk: &Desk| trail(desk).matches("Lò Văn Tú").count();
    desk.unlock().unwrap();
    // the present slots stay, the rows are those of the backup
    assert_eq!(desk.engine.handle(GetPeople {}).unwrap().len(), 2);
    assert_eq!(named(&desk), 0);
    for _ in 0..2 {
        desk.engine.handle(Lock {}).unwrap();
        let unlock = Unlock {
            person: other.person,
            pin: pin("135790"),
        };
        desk.engine.handle(unlock).unwrap();
        assert_eq!(named(&desk), 1);
    }
}

#[test]
fn the_hand_over_record_says_on_paper_what_is_handed_over() {
    let desk = Desk::ready();
    let me = desk.engine.handle(GetSession {}).unwrap().person;
    desk.draft("Sửa mái nhà văn hoá thôn", "12.345.000");
    let add = AddPerson {
        name: "Lò Văn Tú".to_owned(),
        pin: pin("135790"),
    };
    let heir = desk.engine.handle(add).unwrap();
    let path = desk.path("bien-ban.pdf");
    let record = |person, to| {
        desk.engine.handle(ExportHandOver {
            person,
            to,
            path: path.to_string_lossy().into_owned(),
        })
    };
    let e = record(me.person, me.person).unwrap_err();
    assert_eq!(e.code, Code::LastPerson);
    let nobody = hoso_domain::id::PersonId(uuid::Uuid::now_v7());
    assert_eq!(
        record(nobody, heir.person).unwrap_err().code,
        Code::NotFound
    );
    assert!(!path.exists());
    record(me.person, heir.person).unwrap();
    let before = paper(&path);
    assert!(before.contains("Chưa có bản sao lưu nào"), "{before}");
    let folder = desk.path("usb");
    std::fs::create_dir(&folder).unwrap();
    let folder = Some(folder.to_string_lossy().into_owned());
    desk.engine.handle(BackUp { folder }).unwrap();
    let head = desk.engine.handle(VerifyTrail { known: None }).unwrap();
    record(me.person, heir.person).unwrap();
    let said = paper(&path);
    let unit = &desk.world.unit;
    let certificate = unit.signers[0].certificates[0].hex();
    for part in [
        "BIÊN BẢN BÀN GIAO",
        &format!("Bên giao: {}.", me.name),
        "Bên nhận: Lò Văn Tú.",
        &unit.code,
        &unit.name,
        "Đang lập: 1; Đang ký: 0; Chờ gửi: 0;",
        "Sửa mái nhà văn hoá thôn",
        "12.345.000",
        &unit.signers[0].name,
        "(hôm nay)",
        "1 hồ sơ, ",
        &format!("Dòng cuối, số {}", head.seq),
        "BÊN GIAO",
        "THỦ TRƯỞNG ĐƠN VỊ",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    // a digest is broken over lines
    let run_on: String = said.split_whitespace().collect();
    for digest in [&certificate, &head.hash.hex()] {
        assert!(run_on.contains(digest.as_str()), "{digest} in {said}");
    }
    // it is a look: nobody lost a slot, and the trail tells of no hand-over yet
    assert_eq!(desk.engine.handle(GetPeople {}).unwrap().len(), 2);
    let now = desk.engine.handle(VerifyTrail { known: None }).unwrap();
    assert_eq!(now, head);
}

/// The text layer as poppler reads it, every run of whitespace one space.
fn paper(pdf: &std::path::Path) -> String {
    let out = std::process::Command::new("pdftotext")
        .args(["-raw", "-enc", "UTF-8"])
        .arg(pdf)
        .arg("-")
        .output()
        .expect("pdftotext (poppler-utils) is installed");
    assert!(out.status.success());
    let text = String::from_utf8(out.stdout).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_new_recovery_code_ends_the_old_one() {
    let desk = Desk::new();
    let (session, old) = desk.first_run();
    let e = desk.engine.handle(NewRecovery { pin: pin("000000") });
    assert_eq!(e.unwrap_err().code, Code::WrongPin);
    let new = desk.engine.handle(NewRecovery { pin: pin(PIN) }).unwrap();
    let back = |code: &str| ConfirmNewRecovery { code: pin(code) };
    let e = desk.engine.handle(back(&old)).unwrap_err();
    assert_eq!(e.code, Code::WrongRecoveryCode);
    desk.engine.handle(back(&new.code)).unwrap();
    desk.engine.handle(Lock {}).unwrap();
    let with = |code: &str| UnlockWithRecovery {
        code: pin(code),
        person: session.person.person,
        new_pin: pin("741852"),
    };
    let e = desk.engine.handle(with(&old)).unwrap_err();
    assert_eq!(e.code, Code::WrongRecoveryCode);
    desk.engine.handle(with(&new.code)).unwrap();
}

/// How the codes stand for who opens with this one; the desk is unlocked by PIN afterwards.
fn opened_by_code(desk: &Desk, code: &str) -> Result<RecoveryStanding, Code> {
    let person = desk.engine.handle(GetSession {}).unwrap().person.person;
    desk.engine.handle(Lock {}).unwrap();
    let with = UnlockWithRecovery {
        code: pin(code),
        person,
        new_pin: pin(PIN),
    };
    let opened = desk.engine.handle(with);
    desk.engine.handle(Lock {}).unwrap();
    desk.unlock().unwrap();
    opened.map(|s| s.recovery).map_err(|e| e.code)
}

#[test]
fn the_recovery_code_before_opens_until_the_new_one_was_typed_back() {
    const UNCONFIRMED: RecoveryStanding = RecoveryStanding::Unconfirmed;
    let mut desk = Desk::new();
    let (session, old) = desk.first_run();
    assert_eq!(session.recovery, RecoveryStanding::Confirmed);
    let standing = |desk: &Desk| desk.engine.handle(GetSession {}).unwrap().recovery;
    let make = NewRecovery { pin: pin(PIN) };
    let back = |code: &str| ConfirmNewRecovery { code: pin(code) };
    // no row, no code: the one on paper stands
    refuse_rows(&desk, "recovery-made");
    assert!(desk.engine.handle(make.clone()).is_err());
    take_rows(&desk);
    assert_eq!(standing(&desk), RecoveryStanding::Confirmed);

    let new = desk.engine.handle(make).unwrap().code;
    assert_eq!(standing(&desk), UNCONFIRMED);
    // the power fails before it is typed back
    desk.restart();
    assert_eq!(desk.unlock().unwrap().recovery, UNCONFIRMED);
    for code in [&old, &new] {
        assert_eq!(opened_by_code(&desk, code), Ok(UNCONFIRMED));
    }
    // mistyped, or without its row: nothing changes
    let e = desk.engine.handle(back(&old)).unwrap_err();
    assert_eq!(e.code, Code::WrongRecoveryCode);
    refuse_rows(&desk, "recovery-replaced");
    assert!(desk.engine.handle(back(&new)).is_err());
    take_rows(&desk);
    assert_eq!(opened_by_code(&desk, &old), Ok(UNCONFIRMED));

    desk.engine.handle(back(&new)).unwrap();
    assert_eq!(standing(&desk), RecoveryStanding::Confirmed);
    assert_eq!(opened_by_code(&desk, &new), Ok(RecoveryStanding::Confirmed));
    assert_eq!(opened_by_code(&desk, &old), Err(Code::WrongRecoveryCode));
    let trail = trail(&desk);
    for act in ["recovery-made", "recovery-replaced"] {
        assert_eq!(trail.matches(act).count(), 1, "{act}");
    }
}

#[test]
fn after_a_hand_over_a_new_recovery_code_is_asked_for_and_the_record_says_whether_it_was_made() {
    let mut desk = Desk::new();
    let (session, known) = desk.first_run();
    let add = AddPerson {
        name: "Lò Văn Tú".to_owned(),
        pin: pin("135790"),
    };
    let gone = desk.engine.handle(add).unwrap().person;
    let me = session.person.person;
    let path = desk.path("bien-ban.pdf");
    let record = |desk: &Desk| {
        let export = ExportHandOver {
            person: gone,
            to: me,
            path: path.to_string_lossy().into_owned(),
        };
        desk.engine.handle(export).unwrap();
        paper(&path)
    };
    let said = record(&desk);
    assert!(said.contains("mã chưa đổi theo"), "{said}");
    assert!(said.contains("cất trong tủ có khóa hoặc hủy"), "{said}");
    let remove = RemovePerson {
        person: gone,
        to: me,
    };
    desk.engine.handle(remove).unwrap();
    // who left may know it, and it opens: that is told until it is replaced
    let standing = |desk: &Desk| desk.engine.handle(GetSession {}).unwrap().recovery;
    assert_eq!(standing(&desk), RecoveryStanding::HandedOver);
    desk.restart();
    assert_eq!(
        desk.unlock().unwrap().recovery,
        RecoveryStanding::HandedOver
    );
    assert_eq!(
        opened_by_code(&desk, &known),
        Ok(RecoveryStanding::HandedOver)
    );
    let said = record(&desk);
    assert!(said.contains("Bên giao: Lò Văn Tú."), "{said}");
    assert!(said.contains("CHƯA đổi sau khi bàn giao"), "{said}");

    let make = NewRecovery { pin: pin(PIN) };
    let code = desk.engine.handle(make).unwrap().code;
    assert_eq!(standing(&desk), RecoveryStanding::HandedOver);
    let code = pin(&code);
    desk.engine.handle(ConfirmNewRecovery { code }).unwrap();
    assert_eq!(standing(&desk), RecoveryStanding::Confirmed);
    assert_eq!(opened_by_code(&desk, &known), Err(Code::WrongRecoveryCode));
    let said = record(&desk);
    assert!(said.contains("Đã đổi sau khi bàn giao"), "{said}");
}

#[test]
fn a_pin_replaced_by_the_recovery_code_leaves_a_row_and_a_refused_one_leaves_none() {
    let desk = Desk::new();
    let (session, code) = desk.first_run();
    desk.engine.handle(Lock {}).unwrap();
    let with = |code: &str, person, new_pin: &str| UnlockWithRecovery {
        code: pin(code),
        person,
        new_pin: pin(new_pin),
    };
    let me = session.person.person;
    let nobody = hoso_domain::id::PersonId(uuid::Uuid::now_v7());
    let other = "0000-0000-0000-0000-0000-0000-0000-0000";
    for (refused, why) in [
        (with(other, me, "741852"), Code::WrongRecoveryCode),
        (with(&code, me, "1"), Code::PinTooShort),
        (with(&code, nobody, "741852"), Code::NotFound),
    ] {
        assert_eq!(desk.engine.handle(refused).unwrap_err().code, why);
    }
    desk.unlock().unwrap();
    assert_eq!(trail(&desk).matches("recovery-used").count(), 0);
    desk.engine.handle(Lock {}).unwrap();
    desk.engine.handle(with(&code, me, "741852")).unwrap();
    assert_eq!(trail(&desk).matches("recovery-used").count(), 1);
    desk.engine.handle(Lock {}).unwrap();
    desk.unlock_with("741852").unwrap();
}
