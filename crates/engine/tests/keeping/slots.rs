//! PINs, hand-over, a new recovery code.

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::Boot;
use hoso_engine::Handle;

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
    let home = desk.path("out");
    std::fs::create_dir(&home).unwrap();
    let folder = home.to_string_lossy().into_owned();
    let out = desk
        .engine
        .handle(ExportYear { year: 2026, folder })
        .unwrap();
    let trail = std::path::Path::new(&out.folder).join("nhat-ky.csv");
    let trail = std::fs::read_to_string(trail).unwrap();
    assert!(trail.contains("handed-over"), "{trail}");
    assert!(trail.contains("Lò Văn Tú → "), "{trail}");
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
