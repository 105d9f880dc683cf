//! Another connection file of a portal that was prepared before: moved, renewed, for one unit.

use std::process::Command;

use chrono::Days;
use hoso_portal::{Clock, Further, Portal, SetupError, TlsWish};
use hoso_portal_api::connection::{Connection, fingerprint};
use hoso_portal_api::path;
use tokio::net::TcpListener;

use crate::client::{DeviceClient, http};
use crate::world::{World, now};

fn issued(portal: &Portal, further: &Further) -> Connection {
    Connection::from_bytes(&portal.issue_connection(further).unwrap()).unwrap()
}

fn config(world: &World) -> Vec<u8> {
    std::fs::read(world.dir.path().join("portal.json")).unwrap()
}

/// Ends the portal, and serves the folder as it is now at another port.
async fn moved(world: &mut World, listener: TcpListener) {
    world.handle.take().unwrap().shutdown().await;
    let portal = Portal::open(world.dir.path()).unwrap();
    world.handle = Some(portal.serve(listener).unwrap());
}

#[tokio::test]
async fn a_portal_that_moved_says_so_in_a_file_with_codes_and_numbers_of_its_own() {
    let mut world = World::new().await;
    let device = world.device().await;
    let before = world.connection.clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());

    let portal = Portal::open(world.dir.path()).unwrap();
    let new = issued(
        &portal,
        &Further {
            url: Some(url.clone()),
            units: vec![world.unit.code.clone()],
            ..Further::default()
        },
    );
    assert_eq!(new.portal_url, url);
    assert_eq!(new.units, [world.unit.clone()]);
    // the same portal: what a device was told before still holds
    assert_eq!(
        (&new.tls_ca, &new.receipt_ca, &new.signer_cas),
        (&before.tls_ca, &before.receipt_ca, &before.signer_cas)
    );
    let stamps = new.timestamp.as_ref().unwrap();
    assert_eq!(stamps.url, format!("{url}{}", path::TIMESTAMP));

    let (old, own) = (
        before.enrolment(world.unit.id).unwrap(),
        new.enrolment(world.unit.id).unwrap(),
    );
    assert!(own.codes.iter().all(|code| !old.codes.contains(code)));
    // 1–1000 in the file for all units, 1001–2000 in the unit's own
    assert_eq!((own.numbers.first, own.numbers.last), (2001, 3000));
    let again = issued(&portal, &Further::default());
    let next = again.enrolment(world.unit.id).unwrap();
    assert_eq!((again.units.len(), next.numbers.first), (2, 3001));
    let later = Clock::new(|| now() + Days::new(40));
    let portal = Portal::open_with(world.dir.path(), later).unwrap();
    let later = issued(&portal, &Further::default());
    assert_eq!(later.valid_to, before.valid_to + Days::new(40));

    moved(&mut world, listener).await;
    let target = path::changes("", 10, 0);
    let there = DeviceClient {
        http: http(&new.tls_ca),
        base: url.clone(),
        ..device
    };
    assert_eq!(there.get(&target).await.status(), 200);
    let (http, code) = (http(&new.tls_ca), &own.codes[0]);
    let second = DeviceClient::enrolled(http, &url, &world.unit.code, code).await;
    assert_eq!(second.get(&target).await.status(), 200);
}

#[tokio::test]
async fn another_tls_authority_is_made_where_it_is_wished_or_the_address_asks_for_it() {
    let mut world = World::new().await;
    let before = world.connection.clone();
    let portal = Portal::open(world.dir.path()).unwrap();
    let settings = config(&world);
    let elsewhere = |url: &str| Further {
        url: Some(url.to_owned()),
        ..Further::default()
    };
    let refused = portal.issue_connection(&elsewhere("http://127.0.0.1"));
    assert!(matches!(refused, Err(SetupError::Unusable(_))));
    let nobody = Further {
        units: vec!["9999999".to_owned()],
        ..elsewhere("https://cong.example")
    };
    let refused = portal.issue_connection(&nobody);
    assert!(matches!(refused, Err(SetupError::NoSuchUnit(code)) if code == "9999999"));
    assert_eq!(config(&world), settings, "nothing was settled");

    // the certificate names 127.0.0.1 and localhost
    let same = issued(&portal, &elsewhere("https://localhost:8443"));
    assert_eq!(same.tls_ca, before.tls_ca);
    let named = issued(&portal, &elsewhere("https://cong.example"));
    assert_ne!(named.tls_ca, before.tls_ca);

    let new = issued(
        &portal,
        &Further {
            url: Some(world.base.clone()),
            tls: TlsWish::New,
            ..Further::default()
        },
    );
    assert_ne!(new.tls_ca, named.tls_ca);
    assert_eq!(new.receipt_ca, before.receipt_ca);
    let hello = format!("{}{}", world.base, path::HELLO);
    // it runs as it was until it is started again
    assert!(http(&before.tls_ca).get(&hello).send().await.is_ok());
    world.restart().await;
    assert!(http(&new.tls_ca).get(&hello).send().await.is_ok());
    assert!(http(&before.tls_ca).get(&hello).send().await.is_err());
}

#[tokio::test]
async fn the_program_writes_the_file_and_prints_its_fingerprint() {
    let world = World::new().await;
    let out = world.dir.path().join("moi.hoso");
    let run = |more: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_hoso-portal"))
            .args(["connection", "--data"])
            .arg(world.dir.path())
            .arg("--out")
            .arg(&out)
            .args(more)
            .output()
            .unwrap()
    };
    let done = run(&["--listen-url", "https://127.0.0.1:9443/"]);
    assert!(done.status.success(), "{done:?}");
    let bytes = std::fs::read(&out).unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    assert_eq!(
        said,
        format!("{}  {}\n", out.display(), fingerprint(&bytes))
    );
    let file = Connection::from_bytes(&bytes).unwrap();
    assert_eq!(file.portal_url, "https://127.0.0.1:9443");
    let wrong = run(&["--unit", "9999999"]);
    assert!(!wrong.status.success());
    assert_eq!(std::fs::read(&out).unwrap(), bytes, "nothing is written");
}
