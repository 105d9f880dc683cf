//! What the lost PC did after its backup: the restored one learns it from the portal. What the
//! treasury has is not paid on paper as well, and what it asks for can be answered.

use std::fs;

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::RestoreKey;
use hoso_domain::id::DossierId;
use hoso_domain::life::{LocalState, ParkReason, TreasuryState};
use hoso_engine::Handle;

use crate::desk::officer::Officer;
use crate::desk::{Desk, PIN, engine};

/// A first run, and a dossier that was sent: the portal knows this PC. Answers the recovery code.
fn known_to_the_portal() -> (Desk, String) {
    let desk = Desk::new();
    let (_, code) = desk.first_run();
    let portal = desk.portal_up();
    let id = desk.queued("Tiền nước", "1.000.000");
    desk.until_sent(id);
    desk.down(portal);
    (desk, code)
}

fn pause(desk: &Desk, paused: bool) {
    let mut settings = desk.engine.handle(GetSession {}).unwrap().settings;
    settings.paused = paused;
    desk.engine.handle(SaveSettings { settings }).unwrap();
}

fn stick(desk: &Desk) -> String {
    desk.path("stick").to_string_lossy().into_owned()
}

fn back_up(desk: &Desk) {
    fs::create_dir(desk.path("stick")).unwrap();
    let folder = Some(stick(desk));
    desk.engine.handle(BackUp { folder }).unwrap();
}

/// The PC is lost, and its backup opened on a bare one.
fn on_a_bare_pc(desk: &mut Desk, code: String) {
    desk.engine.handle(Lock {}).unwrap();
    desk.home = desk.path("new-pc");
    desk.engine = engine(&desk.home, &desk.heard);
    let folder = stick(desk);
    let row = desk
        .engine
        .handle(ListBackups { folder })
        .unwrap()
        .remove(0);
    let person = row.people[0].person;
    let restore = Restore {
        place: row.place,
        key: RestoreKey::Recovery {
            person,
            code: Secret(code),
        },
    };
    desk.engine.handle(restore).unwrap();
    let pin = Secret(PIN.to_owned());
    desk.engine.handle(Unlock { person, pin }).unwrap();
    pause(desk, false);
}

fn parked(reason: ParkReason) -> LocalState {
    LocalState::Parked { reason }
}

fn until(desk: &Desk, id: DossierId, state: &LocalState) {
    desk.until(state.name(), || (desk.local(id) == *state).then_some(()));
}

fn until_said(desk: &Desk, id: DossierId, word: &TreasuryState) {
    desk.until("the treasury's word", || {
        (desk.view(id).treasury == *word).then_some(())
    });
}

fn carry(desk: &Desk, id: DossierId) -> Result<(), hoso_contract::AppError> {
    let how = "Mang giấy ra quầy".to_owned();
    desk.engine.handle(HandedInOtherwise { id, how })
}

fn at_the_portal(desk: &Desk, id: DossierId) -> Vec<u32> {
    let file = Officer::new(desk).file(id);
    file.revisions.iter().map(|r| r.revision).collect()
}

#[test]
fn what_the_lost_pc_mended_and_sent_is_not_paid_on_paper_as_well() {
    let (mut desk, code) = known_to_the_portal();
    pause(&desk, true);
    let id = desk.queued("Mua văn phòng phẩm", "1.250.000");
    desk.engine.handle(Hold { id }).unwrap();
    back_up(&desk);
    // it never left, so nothing is given up
    desk.engine.handle(Mend { id }).unwrap();
    desk.finish(id);
    pause(&desk, false);
    let portal = desk.portal_up();
    desk.send_now();
    desk.until_sent(id);
    desk.down(portal);

    on_a_bare_pc(&mut desk, code);
    assert_eq!(desk.local(id), LocalState::Held);
    carry(&desk, id).unwrap();
    assert_eq!(desk.local(id), parked(ParkReason::GivingUp));
    let portal = desk.portal_up();
    desk.send_now();
    until(&desk, id, &parked(ParkReason::Conflict));
    desk.until_waits_for(id, Code::PortalConflict);
    let refused = carry(&desk, id).unwrap_err();
    assert_eq!(refused.code, Code::PortalConflict);
    assert_eq!(desk.local(id), parked(ParkReason::Conflict));
    // nor once it is a draft again
    desk.engine.handle(Mend { id }).unwrap();
    let refused = carry(&desk, id).unwrap_err();
    assert_eq!(refused.code, Code::PortalConflict);
    assert_eq!(desk.local(id), LocalState::Draft);
    assert_eq!(at_the_portal(&desk, id), [2]);
    desk.down(portal);
}

#[test]
fn a_supplement_is_answered_although_the_receipt_went_with_the_lost_pc() {
    let (mut desk, code) = known_to_the_portal();
    let id = desk.draft("Tiền điện tháng 10", "2.000.000");
    back_up(&desk);
    desk.finish(id);
    let portal = desk.portal_up();
    desk.send_now();
    desk.until_sent(id);
    Officer::new(&desk).act(id, "receive", "");
    desk.down(portal);

    on_a_bare_pc(&mut desk, code);
    assert_eq!(desk.local(id), LocalState::Draft);
    let portal = desk.portal_up();
    desk.send_now();
    until_said(&desk, id, &TreasuryState::Received);
    // finished anew it has other bytes than the treasury has
    desk.finish(id);
    until(&desk, id, &parked(ParkReason::Conflict));
    // and no other revision is taken before the treasury asks for one
    desk.engine.handle(Mend { id }).unwrap();
    desk.finish(id);
    until(&desk, id, &parked(ParkReason::Overtaken));
    let refused = carry(&desk, id).unwrap_err();
    assert_eq!(refused.code, Code::PortalOvertaken);
    assert_eq!(at_the_portal(&desk, id), [1]);

    Officer::new(&desk).act(id, "supplement", "Bổ sung hoá đơn.");
    until_said(&desk, id, &TreasuryState::SupplementAsked);
    desk.engine.handle(Mend { id }).unwrap();
    desk.finish(id);
    desk.until_sent(id);
    assert_eq!(at_the_portal(&desk, id), [1, 3]);
    desk.down(portal);
}
