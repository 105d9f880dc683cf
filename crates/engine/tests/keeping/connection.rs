//! A newer connection file in the running program: the portal moved, took other authorities, or does
//! not know this PC any more.

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::*;
use hoso_domain::id::UnitId;
use hoso_engine::Handle;
use hoso_portal::{Further, TlsWish};
use hoso_portal_api::device::Revocation;
use hoso_portal_api::officer::{self, DeviceFile};
use hoso_store::{Store, Vault, audit};
use serde_json::Value;
use uuid::Uuid;

use crate::desk::officer::Officer;
use crate::desk::{Desk, PIN, free_address, now, prepare};

fn until_enrolled(desk: &Desk) {
    desk.send_now();
    desk.until("a link", || {
        let link = desk.engine.handle(GetSession {}).unwrap().link;
        matches!(link, LinkView::Online { .. }).then_some(())
    });
}

fn in_use(desk: &Desk) -> ConnectionView {
    desk.engine.handle(GetConnection {}).unwrap().unwrap()
}

/// Changes a connection file by hand.
fn altered(desk: &Desk, change: &dyn Fn(&mut Value)) -> String {
    let mut value: Value =
        serde_json::from_slice(&std::fs::read(&desk.connection).unwrap()).unwrap();
    change(&mut value);
    desk.write("sua.hoso", &serde_json::to_vec(&value).unwrap())
}

/// Rows of Nhật ký of this act, read from the store itself; the desk is locked afterwards.
fn noted(desk: &Desk, act: &str) -> Vec<audit::AuditRow> {
    let person = desk.engine.handle(GetSession {}).unwrap().person.person;
    desk.engine.handle(Lock {}).unwrap();
    let folder = desk.home.join("store");
    let keys = Vault::open(&folder).unwrap().unlock(person, PIN, now());
    let store = Store::open(&folder, &keys.ok().unwrap()).unwrap();
    let rows = store.read(|db| audit::after(db, 0, 10_000)).unwrap();
    rows.into_iter().filter(|row| row.act == act).collect()
}

#[test]
fn a_dossier_that_waits_arrives_at_the_new_address_under_another_tls_authority() {
    let mut desk = Desk::ready();
    let portal = desk.portal_up();
    until_enrolled(&desk);
    let before = in_use(&desk);
    assert_eq!(before.fingerprint, desk.preview().fingerprint);
    let old = desk.address.clone();
    desk.down(portal);
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.until_waits_for(id, Code::PortalUnreachable);

    desk.address = free_address();
    let file = desk.issue(&Further {
        url: Some(format!("https://{}", desk.address)),
        tls: TlsWish::New,
        ..Further::default()
    });
    let portal = desk.portal_up();
    let change = desk.compare(&file).unwrap();
    assert_eq!(change.present, before);
    assert_eq!(change.new.address, format!("https://{}", desk.address));
    for what in [Changed::Address, Changed::Tls, Changed::Timestamps] {
        assert!(change.changes.contains(&what), "{change:?}");
    }
    for what in [Changed::Receipts, Changed::Signers, Changed::Units] {
        assert!(!change.changes.contains(&what), "{change:?}");
    }
    assert!(!change.to_enrol);
    assert_eq!(change.not_added, Vec::<String>::new());

    // shown, and not taken over; nor by another fingerprint than the printed one
    let swapped = desk.engine.handle(RenewConnection {
        path: file.clone(),
        fingerprint: before.fingerprint.clone(),
    });
    assert_eq!(swapped.unwrap_err().code, Code::FingerprintMismatch);
    assert_eq!(in_use(&desk), before);
    assert_eq!(before.address, format!("https://{old}"));

    assert_eq!(desk.renew(&file), change.new);
    desk.until_sent(id);
    assert_eq!(desk.results().len(), 1);
    let officer = Officer::new(&desk);
    assert_eq!(officer.dossiers().len(), 1);
    assert_eq!(officer.devices().len(), 1, "it stayed the device it was");

    desk.restart();
    desk.unlock().unwrap();
    assert_eq!(in_use(&desk), change.new);
    let second = desk.queued("Tiền nước", "300.000");
    desk.until_sent(second);
    desk.down(portal);
    let rows = noted(&desk, "connection-renewed");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].params["text"], change.new.address);
    assert_eq!(rows[0].params["fingerprint"], change.new.fingerprint);
}

#[test]
fn a_file_of_another_unit_or_treasury_of_training_or_an_older_one_changes_nothing() {
    let desk = Desk::ready();
    let portal = desk.portal_up();
    until_enrolled(&desk);
    let before = in_use(&desk);
    let foreign = UnitId(Uuid::from_u128(7)).to_string();
    type Change<'a> = (&'a str, &'a dyn Fn(&mut Value));
    let changes: [Change<'_>; 6] = [
        ("unit", &|v| {
            v["units"][0]["id"] = foreign.clone().into();
            v["enrolments"][0]["unit"] = foreign.clone().into();
        }),
        ("treasury", &|v| v["treasury"]["code"] = "9999".into()),
        ("real", &|v| v["training"] = false.into()),
        ("older", &|v| {
            let day = now().date_naive() + chrono::Days::new(300);
            v["valid_to"] = day.to_string().into();
        }),
        ("", &|v| v["valid_to"] = "2020-12-31".into()),
        ("", &|v| v["units"] = Value::Array(Vec::new())),
    ];
    for (why, change) in changes {
        let path = altered(&desk, change);
        let shown = desk.compare(&path).unwrap_err();
        assert_eq!(shown.code, Code::ConnectionForeign);
        let given = shown.params.get("why").map_or("", String::as_str);
        assert_eq!(given, why);
        let taken = desk.engine.handle(RenewConnection {
            fingerprint: fingerprint(&path),
            path,
        });
        assert_eq!(taken.unwrap_err().code, Code::ConnectionForeign, "{why}");
        assert_eq!(in_use(&desk), before);
    }
    let path = desk.write("khac.hoso", b"<html></html>");
    let malformed = desk.compare(&path).unwrap_err();
    assert_eq!(malformed.code, Code::ConnectionMalformed);
    // the portal is reached as before
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.until_sent(id);
    desk.down(portal);
    assert!(noted(&desk, "connection-renewed").is_empty());

    let real = Desk::with(|wish| wish.training = false);
    real.first_run();
    let path = altered(&real, &|v| v["training"] = true.into());
    assert_eq!(real.compare(&path).unwrap_err().params["why"], "training");
}

fn fingerprint(path: &str) -> String {
    hoso_portal_api::connection::fingerprint(&std::fs::read(path).unwrap())
}

#[test]
fn a_newer_file_brings_the_units_newest_register_and_no_unit_that_is_not_kept_here() {
    let desk = Desk::ready();
    let path = altered(&desk, &|v| {
        let mut other = v["units"][0].clone();
        other["id"] = UnitId(Uuid::from_u128(7)).to_string().into();
        other["code"] = "1057999".into();
        other["name"] = "UBND xã bên cạnh".into();
        v["units"].as_array_mut().unwrap().push(other);
        v["units"][0]["signers"][0]["title"] = "Phụ trách kế toán".into();
        v["units"][0]["signers"][0]["certificates"] = Value::Array(Vec::new());
    });
    let change = desk.compare(&path).unwrap();
    assert_eq!(change.changes, [Changed::Units]);
    assert_eq!(change.not_added, ["UBND xã bên cạnh"]);
    let known = desk.engine.handle(GetSession {}).unwrap().units;
    desk.renew(&path);
    let units = desk.engine.handle(GetSession {}).unwrap().units;
    assert_eq!(units.len(), 1);
    let (before, after) = (&known[0].signers[0], &units[0].signers[0]);
    assert_eq!(after.title, "Phụ trách kế toán");
    // registered beside the file, by the portal's word
    assert_eq!(after.certificates, before.certificates);
    assert_eq!(desk.compare(&path).unwrap().changes, []);
}

#[test]
fn a_pc_that_was_revoked_sends_again_by_the_codes_of_a_new_file_and_not_by_those_it_had() {
    let desk = Desk::ready();
    let portal = desk.portal_up();
    until_enrolled(&desk);
    let officer = Officer::new(&desk);
    let device = officer.devices()[0].device;
    let body = Revocation {
        reason: "Nhầm máy".to_owned(),
    };
    officer.tell::<DeviceFile>(&officer::revoke(device), &body);
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.send_now();
    desk.until_waits_for(id, Code::DeviceRevoked);

    let same = desk.connection.to_string_lossy().into_owned();
    assert_eq!(desk.compare(&same).unwrap_err().params["why"], "codes");
    let new = desk.issue(&Further::default());
    assert!(desk.compare(&new).unwrap().to_enrol);
    desk.renew(&new);
    desk.until_sent(id);
    let devices = officer.devices();
    assert_eq!(devices.len(), 2);
    assert_eq!(devices.iter().filter(|d| d.revoked_at.is_none()).count(), 1);
    desk.down(portal);
}

#[test]
fn a_file_that_ends_soon_is_told_of_until_a_newer_one_is_taken() {
    let told = |desk: &Desk| {
        let deadlines = desk.engine.handle(GetToday {}).unwrap().deadlines;
        deadlines.iter().any(|d| d.code == "connection-ends")
    };
    let desk = Desk::new();
    let newer = std::fs::read(&desk.connection).unwrap();
    let day = (now().date_naive() + chrono::Days::new(25)).to_string();
    let ending = altered(&desk, &|v| v["valid_to"] = day.clone().into());
    std::fs::copy(&ending, &desk.connection).unwrap();
    desk.first_run();
    assert!(told(&desk));
    let newer = desk.write("moi.hoso", &newer);
    assert_eq!(desk.compare(&newer).unwrap().changes, [Changed::ValidTo]);
    desk.renew(&newer);
    assert!(!told(&desk));
}

#[test]
fn another_portal_of_the_same_treasury_learns_of_this_pc_and_gets_what_waits() {
    let mut desk = Desk::ready();
    let portal = desk.portal_up();
    until_enrolled(&desk);
    desk.down(portal);
    let id = desk.queued("Tiền điện", "1.000.000");

    desk.address = free_address();
    let data = desk.path("cong-moi");
    let bytes = prepare(&data, &desk.address, desk.world.unit.clone(), true);
    let file = desk.write("moi.hoso", &bytes);
    let change = desk.compare(&file).unwrap();
    assert!(change.changes.contains(&Changed::Receipts));
    assert!(change.to_enrol);
    desk.renew(&file);
    let portal = desk.listen(&data);
    desk.send_now();
    desk.until_sent(id);
    desk.down(portal);
}
