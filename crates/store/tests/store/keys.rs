//! Slots of the key envelope.

use std::fs;

use chrono::TimeDelta;
use hoso_store::{KeyError, LONGEST_WAIT, Recovery, Store, StoreError, Vault};

use crate::world::{PIN, World, instant, person};

#[test]
fn the_right_pin_opens_the_store_and_the_wrong_one_does_not() {
    let mut w = World::new();
    w.close();
    let mut vault = Vault::open(w.dir()).unwrap();
    let wrong = vault.unlock(person(1), "000000", instant(0));
    assert!(matches!(wrong, Err(KeyError::WrongPin { wrong: 1 })));
    let keys = vault.unlock(person(1), PIN, instant(1)).ok().unwrap();
    assert!(Store::open(w.dir(), &keys).is_ok());
}

#[test]
fn wrong_tries_slow_down_also_across_a_restart_and_a_clock_set_back() {
    let w = World::new();
    for n in 1..=3 {
        // a new process each time
        let mut vault = Vault::open(w.dir()).unwrap();
        let e = vault.unlock(person(1), "111111", instant(n)).err().unwrap();
        assert!(
            matches!(e, KeyError::WrongPin { wrong } if i64::from(wrong) == n),
            "{e}"
        );
    }
    let mut vault = Vault::open(w.dir()).unwrap();
    let e = vault.unlock(person(1), PIN, instant(4)).err().unwrap();
    assert!(matches!(e, KeyError::TryLater { seconds: 4 }), "{e}");
    // set back by a year: never longer than the wait itself
    let back = instant(0) - TimeDelta::days(365);
    let e = vault.unlock(person(1), PIN, back).err().unwrap();
    assert!(matches!(e, KeyError::TryLater { seconds: 1..=5 }), "{e}");
    assert!(
        vault
            .unlock(person(1), PIN, back + TimeDelta::seconds(6))
            .is_ok()
    );
    // a success starts anew
    let e = vault
        .unlock(person(1), "111111", instant(20))
        .err()
        .unwrap();
    assert!(matches!(e, KeyError::WrongPin { wrong: 1 }), "{e}");
}

#[test]
fn the_wait_grows_to_a_quarter_of_an_hour_and_not_beyond() {
    let w = World::new();
    let mut vault = Vault::open(w.dir()).unwrap();
    let mut now = instant(0);
    let mut longest = 0;
    for _ in 0..14 {
        match vault
            .unlock_with_recovery(&"0".repeat(32), now)
            .err()
            .unwrap()
        {
            KeyError::WrongRecoveryCode { .. } => {}
            e => panic!("{e}"),
        }
        if let Err(KeyError::TryLater { seconds }) =
            vault.unlock_with_recovery(&"0".repeat(32), now)
        {
            longest = seconds;
            now += TimeDelta::seconds(i64::try_from(seconds).unwrap());
        }
    }
    assert_eq!(i64::try_from(longest).unwrap(), LONGEST_WAIT);
}

#[test]
fn the_recovery_code_is_read_as_people_write_it() {
    let mut w = World::new();
    w.close();
    assert_eq!(w.recovery.len(), 39);
    assert_eq!(w.recovery.split('-').count(), 8);
    let sloppy: String = w
        .recovery
        .to_lowercase()
        .replace('0', "o")
        .replace('1', "l")
        .chars()
        .flat_map(|c| [c, ' '])
        .collect();
    let mut vault = Vault::open(w.dir()).unwrap();
    assert_eq!(vault.recovery(), Recovery::Unconfirmed);
    vault.confirm_recovery(&sloppy, instant(0)).unwrap();
    let again = Vault::open(w.dir()).unwrap();
    assert_eq!(again.recovery(), Recovery::Confirmed);
    let keys = vault
        .unlock_with_recovery(&w.recovery, instant(1))
        .ok()
        .unwrap();
    // replaces a lost PIN without touching the data
    vault.set_pin(&keys, person(1), "905512").unwrap();
    assert!(matches!(
        vault.unlock(person(1), PIN, instant(2)),
        Err(KeyError::WrongPin { .. })
    ));
    let keys = vault.unlock(person(1), "905512", instant(3)).ok().unwrap();
    assert!(Store::open(w.dir(), &keys).is_ok());
}

#[test]
fn a_slip_of_the_pen_is_not_counted_and_a_wrong_code_opens_nothing() {
    let w = World::new();
    let mut vault = Vault::open(w.dir()).unwrap();
    for typed in [
        "",
        "ABCD",
        &w.recovery[1..],
        &format!("{}7", w.recovery),
        "UUUU-".repeat(8).as_str(),
    ] {
        assert!(
            matches!(
                vault.unlock_with_recovery(typed, instant(0)),
                Err(KeyError::NotARecoveryCode)
            ),
            "{typed}"
        );
    }
    let first = if w.recovery.starts_with('7') {
        "8"
    } else {
        "7"
    };
    let wrong = format!("{first}{}", &w.recovery[1..]);
    assert!(matches!(
        vault.unlock_with_recovery(&wrong, instant(0)),
        Err(KeyError::WrongRecoveryCode { wrong: 1 })
    ));
}

#[test]
fn people_come_and_go_without_the_data_being_rewritten() {
    let mut w = World::new();
    w.close();
    let before = fs::read(w.database()).unwrap();
    let mut vault = Vault::open(w.dir()).unwrap();
    vault
        .add_person(&w.keys, person(2), "Lô Văn Páo", "771204")
        .unwrap();
    assert!(matches!(
        vault.add_person(&w.keys, person(2), "Lô Văn Páo", "771204"),
        Err(KeyError::SlotTaken)
    ));
    assert!(matches!(
        vault.add_person(&w.keys, person(3), "Ai đó", "12345"),
        Err(KeyError::PinTooShort)
    ));
    assert!(vault.unlock(person(2), "771204", instant(0)).is_ok());
    vault.remove_person(&w.keys, person(2)).unwrap();
    let mut vault = Vault::open(w.dir()).unwrap();
    assert!(matches!(
        vault.unlock(person(2), "771204", instant(0)),
        Err(KeyError::NoSlot)
    ));
    assert!(matches!(
        vault.remove_person(&w.keys, person(1)),
        Err(KeyError::LastSlot)
    ));
    assert_eq!(vault.people().len(), 1);
    assert_eq!(fs::read(w.database()).unwrap(), before);
}

#[test]
fn a_new_recovery_code_ends_those_before_it_when_it_was_typed_back_and_not_before() {
    let w = World::new();
    let mut vault = Vault::open(w.dir()).unwrap();
    vault.confirm_recovery(&w.recovery, instant(0)).unwrap();
    // the first of two never got onto paper
    let lost = vault.add_recovery(&w.keys).unwrap();
    let new = vault.add_recovery(&w.keys).unwrap();
    let mut vault = Vault::open(w.dir()).unwrap();
    assert_eq!(vault.recovery(), Recovery::Unconfirmed);
    for code in [w.recovery.as_str(), &lost.text(), &new.text()] {
        assert!(vault.unlock_with_recovery(code, instant(1)).is_ok());
    }
    for older in [w.recovery.as_str(), &lost.text()] {
        assert!(matches!(
            vault.confirm_recovery(older, instant(2)),
            Err(KeyError::WrongRecoveryCode { .. })
        ));
    }
    assert_eq!(vault.recovery(), Recovery::Unconfirmed);
    vault.confirm_recovery(&new.text(), instant(3)).unwrap();
    let mut vault = Vault::open(w.dir()).unwrap();
    assert_eq!(vault.recovery(), Recovery::Confirmed);
    for older in [w.recovery.as_str(), &lost.text()] {
        assert!(matches!(
            vault.unlock_with_recovery(older, instant(4)),
            Err(KeyError::WrongRecoveryCode { .. })
        ));
    }
    assert!(vault.unlock_with_recovery(&new.text(), instant(5)).is_ok());
}

#[test]
fn a_recovery_code_that_somebody_took_along_is_marked_until_a_newer_one_was_typed_back() {
    let w = World::new();
    let mut vault = Vault::open(w.dir()).unwrap();
    vault.confirm_recovery(&w.recovery, instant(0)).unwrap();
    // an envelope of before has no such mark
    let envelope = w.dir().join("envelope.json");
    let text = fs::read_to_string(&envelope).unwrap();
    let before = text.replace("\"handed_over\": false,", "");
    assert_ne!(before, text);
    fs::write(&envelope, before).unwrap();
    let mut vault = Vault::open(w.dir()).unwrap();
    assert_eq!(vault.recovery(), Recovery::Confirmed);
    vault
        .add_person(&w.keys, person(2), "Lô Văn Páo", "771204")
        .unwrap();
    vault.remove_person(&w.keys, person(2)).unwrap();
    let mut vault = Vault::open(w.dir()).unwrap();
    assert_eq!(vault.recovery(), Recovery::HandedOver);
    assert!(vault.unlock_with_recovery(&w.recovery, instant(1)).is_ok());
    let new = vault.add_recovery(&w.keys).unwrap();
    assert_eq!(vault.recovery(), Recovery::HandedOver);
    vault.confirm_recovery(&new.text(), instant(2)).unwrap();
    assert_eq!(vault.recovery(), Recovery::Confirmed);
}

#[test]
fn wrong_recovery_codes_are_counted_together_however_many_open() {
    let w = World::new();
    let mut vault = Vault::open(w.dir()).unwrap();
    vault.add_recovery(&w.keys).unwrap();
    for n in 1..=3 {
        let e = vault.unlock_with_recovery(&"0".repeat(32), instant(0));
        assert!(matches!(e, Err(KeyError::WrongRecoveryCode { wrong }) if wrong == n));
    }
    assert!(matches!(
        vault.unlock_with_recovery(&w.recovery, instant(0)),
        Err(KeyError::TryLater { .. })
    ));
}

#[test]
fn a_key_store_that_is_absent_is_an_ordinary_error() {
    let w = World::new();
    let mut vault = Vault::open(w.dir()).unwrap();
    let before = fs::read(w.dir().join("envelope.json")).unwrap();
    match vault.add_key_store(&w.keys, person(1)) {
        // a desktop with a key store: then it must open as well
        Ok(()) => {
            assert!(vault.unlock_with_key_store(person(1)).is_ok());
            vault
                .add_person(&w.keys, person(2), "Lô Văn Páo", "771204")
                .unwrap();
            vault.remove_person(&w.keys, person(1)).unwrap();
        }
        Err(KeyError::KeyStore(_)) => {
            assert_eq!(fs::read(w.dir().join("envelope.json")).unwrap(), before);
            assert!(matches!(
                vault.unlock_with_key_store(person(1)),
                Err(KeyError::NoSlot)
            ));
        }
        Err(e) => panic!("{e}"),
    }
}

#[test]
fn a_damaged_envelope_is_read_from_its_copy_and_never_copied_over_it() {
    let w = World::new();
    let mut vault = Vault::open(w.dir()).unwrap();
    vault
        .add_person(&w.keys, person(2), "Lô Văn Páo", "771204")
        .unwrap();
    let envelope = w.dir().join("envelope.json");
    let bytes = fs::read(&envelope).unwrap();
    fs::write(&envelope, &bytes[..bytes.len() / 2]).unwrap();
    let copy = fs::read(w.dir().join("envelope.json.bak")).unwrap();
    let mut vault = Vault::open(w.dir()).unwrap();
    assert!(vault.unlock(person(1), PIN, instant(0)).is_ok());
    assert!(vault.unlock(person(2), "771204", instant(0)).is_ok());
    assert_eq!(fs::read(w.dir().join("envelope.json.bak")).unwrap(), copy);
    // the damaged one lies beside it, for whoever wants to look, while nobody's slots change
    let aside = |n: u8| w.dir().join(format!("envelope.json.damaged-{n}"));
    assert_eq!(fs::read(aside(1)).unwrap(), &bytes[..bytes.len() / 2]);
    assert!(!aside(2).exists());
    vault.remove_person(&w.keys, person(2)).unwrap();
    assert!(!aside(1).exists());

    fs::write(&envelope, b"\xff\x00garbage").unwrap();
    fs::remove_file(w.dir().join("envelope.json.bak")).unwrap();
    assert!(matches!(
        Vault::open(w.dir()),
        Err(KeyError::Damaged { .. })
    ));
}

#[test]
fn an_envelope_that_the_disk_does_not_give_is_read_from_its_copy_and_a_newer_one_never() {
    let w = World::new();
    let envelope = w.dir().join("envelope.json");
    fs::write(&envelope, b"{\"format\": 2}").unwrap();
    assert!(matches!(
        Vault::open(w.dir()),
        Err(KeyError::Newer { found: 2 })
    ));
    fs::remove_file(&envelope).unwrap();
    // opens, and gives an error of the system at the first byte
    fs::create_dir(&envelope).unwrap();
    let mut vault = Vault::open(w.dir()).unwrap();
    assert!(vault.unlock(person(1), PIN, instant(0)).is_ok());
    fs::remove_file(w.dir().join("envelope.json.bak")).unwrap();
    assert!(matches!(Vault::open(w.dir()), Err(KeyError::Disk(_))));
}

#[test]
fn what_was_taken_away_opens_nothing_when_the_envelope_is_missing_or_damaged_either() {
    let w = World::new();
    let envelope = w.dir().join("envelope.json");
    let lost = [None, Some(&b"{\"format\""[..])];
    let again = |lost: Option<&[u8]>| {
        match lost {
            None => fs::remove_file(&envelope).unwrap(),
            Some(bytes) => fs::write(&envelope, bytes).unwrap(),
        }
        Vault::open(w.dir()).unwrap()
    };
    let mut vault = Vault::open(w.dir()).unwrap();
    vault
        .add_person(&w.keys, person(2), "Lô Văn Páo", "771204")
        .unwrap();
    vault.remove_person(&w.keys, person(2)).unwrap();
    for lost in lost {
        let gone = again(lost).unlock(person(2), "771204", instant(0));
        assert!(matches!(gone, Err(KeyError::NoSlot)));
    }
    vault.set_pin(&w.keys, person(1), "905512").unwrap();
    for lost in lost {
        let mut vault = again(lost);
        let old = vault.unlock(person(1), PIN, instant(0));
        assert!(matches!(old, Err(KeyError::WrongPin { .. })));
        assert!(vault.unlock(person(1), "905512", instant(1)).is_ok());
    }
    let new = vault.add_recovery(&w.keys).unwrap();
    vault.confirm_recovery(&new.text(), instant(0)).unwrap();
    for lost in lost {
        let mut vault = again(lost);
        let old = vault.unlock_with_recovery(&w.recovery, instant(0));
        assert!(matches!(old, Err(KeyError::WrongRecoveryCode { .. })));
        assert!(vault.unlock_with_recovery(&new.text(), instant(1)).is_ok());
    }
}

#[test]
fn a_copy_that_a_power_cut_left_behind_follows_at_the_next_unlock() {
    let w = World::new();
    let envelope = w.dir().join("envelope.json");
    let copy = w.dir().join("envelope.json.bak");
    let mut vault = Vault::open(w.dir()).unwrap();
    let before = fs::read(&envelope).unwrap();
    vault.set_pin(&w.keys, person(1), "905512").unwrap();
    fs::write(&copy, before).unwrap();
    let mut vault = Vault::open(w.dir()).unwrap();
    assert!(vault.unlock(person(1), "905512", instant(0)).is_ok());
    fs::remove_file(&envelope).unwrap();
    let mut vault = Vault::open(w.dir()).unwrap();
    let old = vault.unlock(person(1), PIN, instant(1));
    assert!(matches!(old, Err(KeyError::WrongPin { .. })));
    assert!(vault.unlock(person(1), "905512", instant(2)).is_ok());
}

#[test]
fn a_store_without_a_copy_of_its_envelope_gets_one_at_the_next_unlock() {
    let w = World::new();
    let copy = w.dir().join("envelope.json.bak");
    fs::remove_file(&copy).unwrap();
    let mut vault = Vault::open(w.dir()).unwrap();
    assert!(vault.unlock(person(1), "111111", instant(0)).is_err());
    assert!(!copy.exists(), "nobody was let in yet");
    assert!(vault.unlock(person(1), PIN, instant(1)).is_ok());
    assert!(copy.exists());
    fs::remove_file(w.dir().join("envelope.json")).unwrap();
    let mut vault = Vault::open(w.dir()).unwrap();
    assert!(vault.unlock(person(1), PIN, instant(2)).is_ok());
}

#[test]
fn an_envelope_that_a_kill_left_unfinished_is_gone_once_the_store_is_opened() {
    let mut w = World::new();
    w.close();
    let slots = fs::read(w.dir().join("envelope.json")).unwrap();
    let left = w.dir().join(".new-x7Kq2a");
    fs::write(&left, &slots).unwrap();
    w.reopen();
    assert!(!left.exists());
    // nobody clears under the hands of who has the store open
    fs::write(&left, &slots).unwrap();
    assert!(matches!(
        Store::open(w.dir(), &w.keys),
        Err(StoreError::InUse { .. })
    ));
    assert!(left.exists());
    // a damaged store as well
    w.close();
    drop(Store::open_read_only(w.dir(), &w.keys).unwrap());
    assert!(!left.exists());
    assert_eq!(fs::read(w.dir().join("envelope.json")).unwrap(), slots);
}

#[test]
fn an_altered_slot_or_another_stores_key_opens_nothing() {
    let w = World::new();
    let other = World::new();
    let envelope = w.dir().join("envelope.json");
    let text = fs::read_to_string(&envelope).unwrap();
    // a slot renamed to another person is not that person's
    fs::write(
        &envelope,
        text.replace(&person(1).to_string(), &person(9).to_string()),
    )
    .unwrap();
    let mut vault = Vault::open(w.dir()).unwrap();
    assert!(matches!(
        vault.unlock(person(9), PIN, instant(0)),
        Err(KeyError::WrongPin { .. })
    ));
    // absurd argon2 costs do not take the PC's memory
    fs::write(&envelope, text.replace("65536", "4294967295")).unwrap();
    let mut vault = Vault::open(w.dir()).unwrap();
    assert!(matches!(
        vault.unlock(person(1), PIN, instant(0)),
        Err(KeyError::Damaged { .. })
    ));
    assert!(
        vault
            .add_person(&other.keys, person(5), "Kẻ lạ", "123456")
            .is_err()
    );
    assert!(matches!(
        Store::open(other.dir(), &w.keys),
        Err(StoreError::InUse { .. })
    ));
    drop(other.store);
    assert!(matches!(
        Store::open(other.folder.path(), &w.keys),
        Err(StoreError::Damaged { .. })
    ));
}

#[test]
fn a_first_run_that_was_cut_off_can_be_done_again_and_a_finished_one_cannot() {
    let folder = tempfile::tempdir().unwrap();
    drop(Vault::create(folder.path(), person(1), "Vi Thị Hoà", PIN).unwrap());
    assert_eq!(
        hoso_store::layout::stage(folder.path()).unwrap(),
        hoso_store::layout::Stage::Unfinished
    );
    fs::write(folder.path().join("hoso.db.new"), b"half").unwrap();
    let w = World::in_folder(folder);
    assert!(matches!(
        Vault::create(w.dir(), person(1), "Vi Thị Hoà", PIN),
        Err(KeyError::AlreadyThere)
    ));
}
