//! What a PC can do to a store: be the second one at it, have its clock set back.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::process::Command;

use acceptance::desk::program;
use acceptance::headless::{Client, wrong_clock};
use acceptance::lab::{Lab, PIN, SOON};
use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::Boot;
use hoso_text::{Lang, failure};

#[test]
fn the_second_pc_at_a_share_is_told_on_which_one_the_data_is_open() {
    let lab = Lab::prepare(0, 0).unwrap();
    let home = lab.path("home");
    // another PC is another host name
    let mut elsewhere = Command::new("unshare");
    elsewhere
        .args(["--user", "--map-root-user", "--uts", "sh", "-c"])
        .arg("hostname may-ke-toan-2 && exec \"$0\"")
        .arg(program("hoso-headless").unwrap());
    let mut first = Client::run(elsewhere, &home).unwrap();
    first.unlock(PIN).unwrap();

    let mut second = Client::start(&home, &[]).unwrap();
    let Boot::Locked { people } = second.call(&BootUp {}).unwrap() else {
        panic!("not locked")
    };
    let unlock = Unlock {
        person: people.first().unwrap().person,
        pin: Secret(PIN.to_owned()),
    };
    let refused = second.ask(&unlock).unwrap().unwrap_err();
    assert_eq!(refused.code, Code::StoreInUse);
    let words = failure(&refused, Lang::Vi);
    assert_eq!(words.title, "Dữ liệu đang mở trên máy may-ke-toan-2");
    // switched off at the wall: nothing of it stays behind
    first.kill();
    second.call(&unlock).unwrap();
    second.stop().unwrap();
}

#[test]
fn a_clock_set_back_is_told_and_nothing_is_lost_by_it() {
    let lab = Lab::prepare(2, 2_000).unwrap();
    let home = lab.path("home");
    let environment = [wrong_clock("-400d").unwrap(), lab.world.env()].concat();
    let mut client = Client::start(&home, &environment).unwrap();
    let session = client.unlock(PIN).unwrap();
    assert!(session.clock_behind.is_some());
    assert!(session.read_only.is_none());
    let id = client
        .call(&CreateDossier {
            basis: "nd347-2025".to_owned(),
            form: "13".to_owned(),
        })
        .unwrap();
    // it stays told while somebody works
    let session = client.call(&GetSession {}).unwrap();
    assert!(session.clock_behind.is_some());
    client.stop().unwrap();

    let mut client = Client::start(&home, &lab.world.env()).unwrap();
    let session = client.unlock(PIN).unwrap();
    assert_eq!(session.clock_behind, None);
    client.call(&OpenDossier { id }).unwrap();
    for id in &lab.dossiers {
        client.call(&OpenDossier { id: *id }).unwrap();
    }
    client.call(&VerifyTrail { known: None }).unwrap();
    assert!(client.call(&CheckStore {}).unwrap().is_clean());
    client.stop().unwrap();
}

#[test]
fn a_clock_that_differs_from_the_portals_is_told_in_minutes_before_it_hinders_and_after() {
    let lab = Lab::prepare(1, 2_000).unwrap();
    // the portal still takes it
    let mut round = lab.round().unwrap();
    let mut client = round.client_in(&wrong_clock("+7m").unwrap()).unwrap();
    round.until_sent(&mut client).unwrap();
    let session = client.call(&GetSession {}).unwrap();
    assert_eq!(session.clock_off, Some(7));
    client.stop().unwrap();

    // and no more
    let mut round = lab.round().unwrap();
    let mut client = round.client_in(&wrong_clock("+17m").unwrap()).unwrap();
    let why = round
        .until(&mut client, "the clock's word", SOON, |looked| {
            let why = looked.row.as_ref()?.why.clone()?;
            (why.code == Code::ClockWrong).then_some(why)
        })
        .unwrap();
    let cause = failure(&why, Lang::Vi).cause;
    assert!(cause.ends_with("giờ máy nhanh ≈ 17 phút."), "{cause}");
    let session = client.call(&GetSession {}).unwrap();
    assert_eq!(session.clock_off, Some(17));
    client.stop().unwrap();

    // put right, nothing is told
    let mut client = round.client().unwrap();
    round.until_sent(&mut client).unwrap();
    assert_eq!(client.call(&GetSession {}).unwrap().clock_off, None);
    client.stop().unwrap();
}
