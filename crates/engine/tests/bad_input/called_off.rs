//! What a person and the settings may do to a send that is under way on a slow line.

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::LinkView;
use hoso_domain::dossier::Drawer;
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_engine::Handle;
use hoso_testkit::link::{Link, Pace, Way};

use crate::desk::Desk;
use crate::desk::officer::Officer;

/// A dossier with a file of so many bytes, waiting to be sent.
fn with_file(desk: &Desk, content: &str, size: usize) -> DossierId {
    let id = desk.draft(content, "1.000.000");
    // told apart by its length and its name
    let mut bytes = format!("%PDF-1.7\n{content}\n").into_bytes();
    bytes.extend((0..size).map(|i| (i * 31 % 251) as u8));
    let path = desk.write(&format!("{id}.pdf"), &bytes);
    let drawer = Drawer::Treasury;
    desk.engine.handle(Attach { id, drawer, path }).unwrap();
    desk.finish(id);
    id
}

/// A portal behind a line on which a file takes a minute; nothing was sent yet.
fn slow() -> (Desk, Link, hoso_portal::Handle) {
    let (desk, link) = Desk::behind_a_link();
    desk.first_run();
    link.set_way(Way::Refused);
    let portal = desk.portal_up();
    (desk, link, portal)
}

fn open(desk: &Desk, link: &Link) {
    link.set_pace(Pace {
        bytes_per_second: 8_000,
        ..Pace::default()
    });
    link.set_way(Way::Open);
    desk.send_now();
}

fn until(desk: &Desk, id: DossierId, state: &LocalState) {
    desk.until(state.name(), || (desk.local(id) == *state).then_some(()));
}

#[test]
fn a_send_under_way_is_held_and_taken_back_at_a_persons_word() {
    let (desk, link, portal) = slow();
    let held = with_file(&desk, "Tiền điện", 400_000);
    open(&desk, &link);
    until(&desk, held, &LocalState::Sending);
    desk.engine.handle(Hold { id: held }).unwrap();
    assert_eq!(desk.local(held), LocalState::Held);

    desk.engine.handle(Release { id: held }).unwrap();
    until(&desk, held, &LocalState::Sending);
    desk.engine.handle(Mend { id: held }).unwrap();
    let view = desk.view(held);
    assert_eq!((view.revision, &view.local), (2, &LocalState::Draft));

    let carried = with_file(&desk, "Tiền nước", 400_000);
    until(&desk, carried, &LocalState::Sending);
    let how = "Mang giấy ra quầy".to_owned();
    let command = HandedInOtherwise { id: carried, how };
    desk.engine.handle(command).unwrap();
    assert_eq!(desk.local(carried), LocalState::Carried);
    assert_eq!(Officer::new(&desk).dossiers().len(), 0);
    link.heal();
    desk.down(portal);
}

#[test]
fn locking_in_mid_body_leaves_no_doubt_and_the_rest_goes_after_the_next_unlocking() {
    let (desk, link, portal) = slow();
    let id = with_file(&desk, "Tiền điện", 400_000);
    open(&desk, &link);
    until(&desk, id, &LocalState::Sending);
    desk.engine.handle(Lock {}).unwrap();

    link.set_way(Way::Refused);
    desk.unlock().unwrap();
    assert_eq!(desk.local(id), LocalState::Queued);
    link.heal();
    desk.send_now();
    desk.until_sent(id);
    let acts: Vec<String> = desk.view(id).history.into_iter().map(|h| h.act).collect();
    assert!(!acts.iter().any(|a| a == "unknown"), "{acts:?}");
    assert_eq!(Officer::new(&desk).file(id).revisions.len(), 1);
    desk.down(portal);
}

#[test]
fn a_pause_stops_what_goes_by_itself_and_not_what_a_person_brought_forward() {
    let (desk, link, portal) = slow();
    let set_paused = |paused| {
        let mut settings = desk.engine.handle(GetSession {}).unwrap().settings;
        settings.paused = paused;
        desk.engine.handle(SaveSettings { settings }).unwrap();
    };
    let plain = with_file(&desk, "Tiền điện", 400_000);
    open(&desk, &link);
    until(&desk, plain, &LocalState::Sending);
    set_paused(true);
    until(&desk, plain, &LocalState::Queued);
    desk.until_waits_for(plain, Code::SendingPaused);

    desk.engine.handle(SendNow { id: Some(plain) }).unwrap();
    until(&desk, plain, &LocalState::Sending);
    set_paused(false);
    set_paused(true);
    link.heal();
    desk.until_sent(plain);
    let acts: Vec<String> = desk
        .view(plain)
        .history
        .into_iter()
        .map(|h| h.act)
        .collect();
    let begun = acts.iter().filter(|a| *a == "sending").count();
    assert_eq!(begun, 2, "{acts:?}");
    desk.down(portal);
}

#[test]
fn what_a_person_presses_while_a_body_is_under_way_goes_next() {
    let (desk, link, portal) = slow();
    let first = with_file(&desk, "Tiền điện", 100_000);
    let second = with_file(&desk, "Tiền nước", 200_000);
    let pressed = with_file(&desk, "Tiền điện thoại", 300_000);
    open(&desk, &link);
    until(&desk, first, &LocalState::Sending);
    desk.engine.handle(SendNow { id: Some(pressed) }).unwrap();
    link.heal();
    for id in [first, second, pressed] {
        desk.until_sent(id);
    }
    let commits: Vec<String> = link
        .exchanges()
        .into_iter()
        .filter(|e| e.method == "PUT" && e.path.starts_with("/v1/dossiers/"))
        .map(|e| e.path)
        .filter(|path| !path.contains("/evidence/"))
        .collect();
    let wanted = [first, pressed, second].map(hoso_portal_api::path::dossier);
    assert_eq!(commits, wanted);
    desk.down(portal);
}

#[test]
fn which_of_how_many_is_on_its_way_is_told() {
    let (desk, link, portal) = slow();
    let sizes = [
        ("Tiền điện", 50_000),
        ("Tiền nước", 100_000),
        ("Tiền điện thoại", 300_000),
    ];
    let ids = sizes.map(|(content, size)| with_file(&desk, content, size));
    link.set_pace(Pace {
        bytes_per_second: 40_000,
        ..Pace::default()
    });
    link.set_way(Way::Open);
    desk.send_now();
    for wanted in [(1, 3), (2, 3)] {
        desk.until("a place in the queue", || {
            let link = desk.engine.handle(GetSession {}).unwrap().link;
            let LinkView::Sending { done, of, .. } = link else {
                return None;
            };
            ((done, of) == wanted).then_some(())
        });
    }
    link.heal();
    for id in ids {
        desk.until_sent(id);
    }
    desk.down(portal);
}

#[test]
fn what_a_person_brings_forward_on_a_line_paid_by_volume_takes_no_other_with_it() {
    let desk = Desk::ready();
    let set_metered = |metered| {
        let mut settings = desk.engine.handle(GetSession {}).unwrap().settings;
        settings.metered = metered;
        desk.engine.handle(SaveSettings { settings }).unwrap();
    };
    set_metered(true);
    let waits = with_file(&desk, "Tiền điện", 1_200_000);
    let pressed = with_file(&desk, "Tiền nước", 1_300_000);
    let portal = desk.portal_up();
    desk.engine.handle(SendNow { id: Some(pressed) }).unwrap();
    desk.until_sent(pressed);
    // time enough for whoever goes along
    let small = desk.queued("Tiền điện thoại", "3.000.000");
    desk.until_sent(small);
    assert_eq!(desk.local(waits), LocalState::Queued);
    desk.until_waits_for(waits, Code::SendingMetered);

    desk.send_now();
    desk.until_sent(waits);
    desk.down(portal);
}

#[test]
fn a_line_that_is_paid_by_volume_from_now_on_stops_what_is_large_and_went_by_itself() {
    let (desk, link, portal) = slow();
    let set_metered = |metered| {
        let mut settings = desk.engine.handle(GetSession {}).unwrap().settings;
        settings.metered = metered;
        desk.engine.handle(SaveSettings { settings }).unwrap();
    };
    let row = |id| {
        let rows = desk.engine.handle(GetOutbox {}).unwrap();
        rows.into_iter().find(|row| row.id == id).unwrap()
    };
    let first = with_file(&desk, "Tiền điện", 100_000);
    link.set_pace(Pace {
        bytes_per_second: 40_000,
        ..Pace::default()
    });
    link.set_way(Way::Open);
    // not for all: then the next one would go by a person's word as well
    desk.engine.handle(SendNow { id: Some(first) }).unwrap();
    desk.until_sent(first);

    let large = with_file(&desk, "Tiền nước", 2_000_000);
    desk.until("a part of it", || {
        let row = row(large);
        (row.local == LocalState::Sending && row.acknowledged > 400_000).then_some(())
    });
    set_metered(true);
    until(&desk, large, &LocalState::Queued);
    desk.until_waits_for(large, Code::SendingMetered);

    link.heal();
    link.count_anew();
    let bytes = row(large).bytes;
    desk.engine.handle(SendNow { id: Some(large) }).unwrap();
    desk.until_sent(large);
    let sent = link.counts().content_up;
    assert!(
        sent + 200_000 < bytes,
        "{sent} of {bytes} bytes: it began anew"
    );
    desk.down(portal);
}
