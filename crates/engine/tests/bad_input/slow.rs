//! A thin line: how long is left is told while the first dossier is still on its way, and at the next
//! start before anything is.

use std::time::Duration;

use hoso_contract::command::*;
use hoso_domain::dossier::Drawer;
use hoso_domain::life::LocalState;
use hoso_engine::Handle;
use hoso_testkit::link::Pace;

use crate::desk::Desk;

/// A scan that nothing makes smaller.
fn scan(desk: &Desk, size: usize) -> String {
    let mut state = 1u32;
    let mut bytes = b"%PDF-1.4\n".to_vec();
    bytes.resize_with(size, || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    desk.write("quyet-dinh.pdf", &bytes)
}

#[test]
fn the_time_left_is_told_while_the_first_dossier_is_on_its_way() {
    const PACE: u64 = 40_000;
    let (desk, link) = Desk::behind_a_link();
    let portal = desk.portal_up();
    desk.first_run();
    let id = desk.draft("Tiền điện", "1.000.000");
    let path = scan(&desk, 600_000);
    let drawer = Drawer::Treasury;
    desk.engine.handle(Attach { id, drawer, path }).unwrap();
    link.set_pace(Pace {
        bytes_per_second: PACE,
        round_trip: Duration::from_millis(100),
    });
    desk.finish(id);
    desk.send_now();
    let (left, seconds) = desk.until("an estimate", || {
        let rows = desk.engine.handle(GetOutbox {}).unwrap();
        let row = rows.into_iter().find(|r| r.id == id)?;
        let sending = row.local == LocalState::Sending;
        let left = row.bytes.saturating_sub(row.acknowledged);
        let told = row.seconds.filter(|_| sending && left > 100_000)?;
        Some((left, told))
    });
    // by what the line carries; two connections carry twice as much
    let (least, most) = (left / (PACE * 2), left * 2 / PACE);
    assert!(
        (least..=most).contains(&seconds),
        "{seconds} s for {left} bytes at {PACE} a second"
    );
    link.heal();
    desk.until_sent(id);
    desk.down(portal);
}

#[test]
fn the_next_start_knows_the_pace_of_the_line_while_there_is_none() {
    let mut desk = Desk::ready();
    let portal = desk.portal_up();
    let id = desk.draft("Tiền điện", "1.000.000");
    let path = scan(&desk, 600_000);
    let drawer = Drawer::Treasury;
    desk.engine.handle(Attach { id, drawer, path }).unwrap();
    desk.finish(id);
    desk.send_now();
    desk.until_sent(id);
    desk.down(portal);

    desk.restart();
    desk.unlock().unwrap();
    let later = desk.queued("Tiền nước", "2.000.000");
    let rows = desk.engine.handle(GetOutbox {}).unwrap();
    let row = rows.into_iter().find(|r| r.id == later).unwrap();
    assert!(row.seconds.is_some(), "{row:?}");
}
