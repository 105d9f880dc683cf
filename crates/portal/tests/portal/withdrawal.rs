//! The unit asks for a dossier back; the treasury decides.

use hoso_domain::id::DossierId;
use hoso_domain::life::TreasuryState;
use hoso_portal_api::commit::{DossierState, Withdrawal};
use hoso_portal_api::feed::{DossierStatus, Item};
use hoso_portal_api::officer::Act;
use hoso_portal_api::{Kind, path};
use reqwest::Response;

use crate::client::{DeviceClient, read, refused};
use crate::world::{World, new_dossier};

async fn ask(device: &DeviceClient, id: DossierId, reason: &str) -> Response {
    let asked = Withdrawal {
        reason: reason.to_owned(),
    };
    device.send_json("PUT", &path::withdrawal(id), &asked).await
}

async fn heard(device: &DeviceClient) -> Vec<DossierStatus> {
    let items = device.changes("", 200, 0).await.items;
    let status = |c: hoso_portal_api::Change| match c.item {
        Item::Dossier(status) => status,
        other => panic!("{other:?}"),
    };
    items.into_iter().map(status).collect()
}

#[tokio::test]
async fn a_withdrawal_is_asked_once_and_accepted() {
    let world = World::new().await;
    let (device, officer) = (world.device().await, world.officer().await);
    let id = new_dossier();
    refused(ask(&device, id, "Sai tên").await, Kind::DossierUnknown).await;
    device.send(id, &world.signed(&world.data(id, 1))).await;
    officer.does(id, "receive", &Act::default()).await;
    refused(ask(&device, id, "  ").await, Kind::Malformed).await;
    let foreign = world.foreign_device().await;
    refused(ask(&foreign, id, "Sai tên").await, Kind::Forbidden).await;
    refused(
        officer.act(id, "accept-withdrawal", &Act::default()).await,
        Kind::WrongState,
    )
    .await;

    let asked = ask(&device, id, "Sai tên người nhận").await;
    assert_eq!(asked.status(), 201);
    let state: DossierState = read(asked).await;
    assert_eq!(
        (state.status.as_str(), state.version),
        ("withdrawal-asked", 2)
    );
    assert_eq!(ask(&device, id, "Sai tên người nhận").await.status(), 200);
    // Nothing is decided on a dossier its unit wants back.
    for act in ["check", "complete", "refuse"] {
        let answer = officer
            .act(
                id,
                act,
                &Act {
                    text: "x".into(),
                    ..Act::default()
                },
            )
            .await;
        refused(answer, Kind::WrongState).await;
    }
    let file = officer.does(id, "accept-withdrawal", &Act::default()).await;
    assert_eq!(file.summary.status, "withdrawn");
    assert_eq!(ask(&device, id, "Sai tên người nhận").await.status(), 200);

    let told = heard(&device).await;
    let words: Vec<_> = told
        .iter()
        .map(|s| (s.version, s.status.as_str()))
        .collect();
    assert_eq!(
        words,
        [(1, "received"), (2, "withdrawal-asked"), (3, "withdrawn")]
    );
    assert_eq!(told[1].text, "Sai tên người nhận");
    assert_eq!(told[2].treasury_state(), TreasuryState::Withdrawn);
    // It is over: another revision does not bring it back.
    let second = world.signed(&world.data(id, 2));
    for blob in &second.blobs {
        device.put_bytes(blob).await;
    }
    refused(
        device.commit_later(id, &second.commit, 3).await,
        Kind::Overtaken,
    )
    .await;
}

#[tokio::test]
async fn a_declined_withdrawal_leaves_the_dossier_where_it_was() {
    let world = World::new().await;
    let (device, officer) = (world.device().await, world.officer().await);
    let id = new_dossier();
    device.send(id, &world.signed(&world.data(id, 1))).await;
    assert_eq!(ask(&device, id, "Gửi nhầm").await.status(), 201);
    refused(
        officer.act(id, "decline-withdrawal", &Act::default()).await,
        Kind::Malformed,
    )
    .await;
    let why = Act {
        text: "Đã trình lãnh đạo".to_owned(),
        ..Act::default()
    };
    let file = officer.does(id, "decline-withdrawal", &why).await;
    assert_eq!(file.summary.status, "submitted");
    assert_eq!(file.summary.treasury_number, "", "not received yet");
    // The same question again, its answer lost, asks nothing anew.
    refused(ask(&device, id, "Gửi nhầm").await, Kind::WrongState).await;
    refused(
        officer.act(id, "check", &Act::default()).await,
        Kind::WrongState,
    )
    .await;
    officer.does(id, "receive", &Act::default()).await;
    officer.does(id, "complete", &Act::default()).await;
    let told = heard(&device).await;
    assert_eq!(
        (told[1].status.as_str(), told[1].text.as_str()),
        ("submitted", "Đã trình lãnh đạo")
    );

    let done = new_dossier();
    device.send(done, &world.signed(&world.data(done, 1))).await;
    officer.does(done, "receive", &Act::default()).await;
    officer.does(done, "complete", &Act::default()).await;
    refused(ask(&device, done, "Gửi nhầm").await, Kind::WrongState).await;
}
