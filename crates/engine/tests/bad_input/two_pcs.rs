//! Two PCs of one unit with one connection file.

use std::collections::BTreeSet;
use std::sync::Arc;

use hoso_contract::command::*;
use hoso_contract::view::{DeviceStanding, DevicesView, LinkView};
use hoso_contract::{AppError, Code};
use hoso_domain::finding::FindingCode;
use hoso_domain::id::DossierId;
use hoso_engine::{Engine, Handle};
use hoso_portal_api::path;

use crate::desk::officer::Officer;
use crate::desk::{Desk, Heard, PIN, engine, save};

/// A second PC, set up with the same file.
fn second(desk: &Desk) -> Engine {
    let pc = engine(&desk.path("may-hai"), &Arc::<Heard>::default());
    let command = CreateStore {
        connection: desk.connection.to_string_lossy().into_owned(),
        fingerprint: desk.preview().fingerprint,
        person_name: "Sùng Thị Dua".to_owned(),
        pin: Secret(PIN.to_owned()),
    };
    let code = Secret(pc.handle(command).unwrap().code);
    pc.handle(ConfirmRecovery { code }).unwrap();
    pc
}

fn until_online(desk: &Desk, pc: &Engine) {
    desk.until("a link", || {
        let link = pc.handle(GetSession {}).unwrap().link;
        matches!(link, LinkView::Online { .. }).then_some(())
    });
}

fn new(pc: &Engine) -> DossierId {
    let (basis, form) = ("nd347-2025".to_owned(), "13".to_owned());
    pc.handle(CreateDossier { basis, form }).unwrap()
}

fn number(pc: &Engine, id: DossierId) -> String {
    let view = pc.handle(OpenDossier { id }).unwrap();
    view.vouchers[0].field("number").to_owned()
}

#[test]
fn two_pcs_of_a_unit_never_give_the_same_number_and_one_that_has_none_says_so() {
    let desk = Desk::ready();
    let portal = desk.portal_up();
    desk.send_now();
    until_online(&desk, &desk.engine);
    let pc = second(&desk);
    // made before the portal told whose the file's numbers are
    let early = new(&pc);
    assert_eq!(number(&pc, early), "00001");
    pc.handle(SendNow { id: None }).unwrap();
    until_online(&desk, &pc);
    let first = desk.until("a number of its own", || {
        let id = new(&pc);
        let number = number(&pc, id);
        pc.handle(DeleteDraft { id }).unwrap();
        (!number.is_empty()).then_some(number)
    });

    desk.down(portal);
    let mut given = BTreeSet::from([first]);
    for _ in 0..5 {
        for pc in [&desk.engine, &pc] {
            let number = number(pc, new(pc));
            assert!(given.insert(number.clone()), "{number} was given twice");
        }
    }
    // the number it took too early is another PC's: the draft has to take another
    let view = pc.handle(OpenDossier { id: early }).unwrap();
    let saved = pc.handle(save(&view)).unwrap();
    let twice = |f: &hoso_domain::finding::Finding| f.code == FindingCode::DuplicateNumber;
    assert!(saved.findings.iter().any(twice), "{:?}", saved.findings);
}

fn devices(pc: &Engine) -> DevicesView {
    pc.handle(GetDevices {}).unwrap()
}

#[test]
fn a_lost_pc_is_revoked_from_another_also_without_a_link_and_is_told_so() {
    let desk = Desk::ready();
    let portal = desk.portal_up();
    desk.send_now();
    until_online(&desk, &desk.engine);
    let lost = second(&desk);
    lost.handle(SendNow { id: None }).unwrap();
    until_online(&desk, &lost);

    desk.engine.handle(AskDevices {}).unwrap();
    let seen = desk.until("the unit's PCs", || {
        let view = devices(&desk.engine);
        (view.devices.len() == 2).then_some(view)
    });
    assert_eq!(seen.devices[0].standing, DeviceStanding::This);
    assert_eq!(seen.devices[1].standing, DeviceStanding::Other);
    let (own, other) = (seen.devices[0].device, seen.devices[1].device);
    desk.down(portal);

    let revoke = |device, reason: &str| {
        let reason = reason.to_owned();
        desk.engine.handle(RevokeDevice { device, reason })
    };
    let refused = |answer: Result<DevicesView, AppError>| answer.unwrap_err().code;
    assert_eq!(refused(revoke(own, "Thử")), Code::WrongState);
    assert_eq!(refused(revoke(other, "  ")), Code::WrongState);
    let view = revoke(other, "Mất máy khi đi công tác").unwrap();
    let reason = "Mất máy khi đi công tác".to_owned();
    assert_eq!(view.devices[1].standing, DeviceStanding::Ending { reason });

    let portal = desk.portal_up();
    desk.send_now();
    desk.until("the end of the lost PC", || {
        let standing = devices(&desk.engine).devices[1].standing.clone();
        matches!(standing, DeviceStanding::Ended { .. }).then_some(())
    });
    lost.handle(SendNow { id: None }).unwrap();
    desk.until("the lost PC is told", || {
        match lost.handle(GetSession {}).unwrap().link {
            LinkView::Offline { why: Some(why), .. } => {
                (why.code == Code::DeviceRevoked).then_some(())
            }
            _ => None,
        }
    });
    assert_eq!(refused(revoke(other, "Lần nữa")), Code::WrongState);
    desk.down(portal);
}

#[test]
fn a_pc_leaves_at_the_portal_what_came_for_the_dossiers_of_another() {
    let (desk, link) = Desk::behind_a_link();
    desk.first_run();
    let portal = desk.portal_up();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.send_now();
    desk.until_sent(id);
    let officer = Officer::new(&desk);
    officer.act(id, "receive", "");
    officer.act(id, "complete", "");
    desk.until("the paper", || {
        let mut rows = desk.results().into_iter();
        rows.find(|row| row.id == id && !row.documents.is_empty())
    });

    // so that all that goes over the line from now on is the other's
    desk.engine.handle(Lock {}).unwrap();
    link.count_anew();
    let asked = |path: &str| {
        let all = link.exchanges();
        all.iter().filter(|e| e.path.starts_with(path)).count()
    };
    let pc = second(&desk);
    pc.handle(SendNow { id: None }).unwrap();
    // asked once more only after what came before is stored
    desk.until("a feed that was read", || {
        (asked(path::CHANGES) > 1).then_some(())
    });
    assert_eq!(asked("/v1/documents"), 0);
    desk.down(portal);
}
