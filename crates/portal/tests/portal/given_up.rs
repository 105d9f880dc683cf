//! What a unit gave up never arrives, however late it comes.

use hoso_domain::id::DossierId;
use hoso_portal_api::commit::GivenUp;
use hoso_portal_api::device::ProofBody;
use hoso_portal_api::officer::Act;
use hoso_portal_api::{Kind, path};
use reqwest::Response;

use crate::client::{DeviceClient, read, refused};
use crate::world::{Sent, World, new_dossier};

async fn give_up(device: &DeviceClient, id: DossierId, revision: u32) -> Response {
    let target = path::given_up(id, revision);
    let request = device.request("PUT", &target, ProofBody::Bytes(b""));
    request.send().await.unwrap()
}

/// Signed, and all its bytes at the portal.
async fn uploaded(world: &World, device: &DeviceClient, id: DossierId, revision: u32) -> Sent {
    let sent = world.signed(&world.data(id, revision));
    for blob in &sent.blobs {
        device.put_bytes(blob).await;
    }
    sent
}

#[tokio::test]
async fn a_commit_that_was_given_up_is_refused_and_the_mended_one_is_accepted() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    let late = uploaded(&world, &device, id, 1).await;
    let first = give_up(&device, id, 1).await;
    assert_eq!(first.status(), 201);
    let said: GivenUp = read(first).await;
    assert_eq!((said.dossier, said.revision), (id, 1));
    let again = give_up(&device, id, 1).await;
    assert_eq!(again.status(), 200);
    assert_eq!(read::<GivenUp>(again).await, said);

    refused(device.commit(id, &late.commit).await, Kind::GivenUp).await;
    let second = world.second_device().await;
    refused(second.commit(id, &late.commit).await, Kind::GivenUp).await;
    let asked = device.get(&path::dossier(id)).await;
    refused(asked, Kind::DossierUnknown).await;

    let mended = world.signed(&world.data(id, 2));
    device.send(id, &mended).await;
    refused(device.commit(id, &late.commit).await, Kind::GivenUp).await;
}

#[tokio::test]
async fn what_was_accepted_cannot_be_given_up_and_a_later_revision_can() {
    let world = World::new().await;
    let (device, officer) = (world.device().await, world.officer().await);
    let id = new_dossier();
    device.send(id, &world.signed(&world.data(id, 1))).await;
    refused(give_up(&device, id, 1).await, Kind::WrongState).await;
    officer.does(id, "receive", &Act::default()).await;
    let why = Act {
        text: "Sai số tài khoản".to_owned(),
        ..Act::default()
    };
    officer.does(id, "refuse", &why).await;
    let late = uploaded(&world, &device, id, 2).await;
    assert_eq!(give_up(&device, id, 2).await.status(), 201);
    let came = device.commit_later(id, &late.commit, 2).await;
    refused(came, Kind::GivenUp).await;
    let third = uploaded(&world, &device, id, 3).await;
    let came = device.commit_later(id, &third.commit, 2).await;
    assert_eq!(came.status(), 201);
}

#[tokio::test]
async fn another_unit_gives_up_nothing_of_this_one() {
    let world = World::new().await;
    let (device, foreign) = (world.device().await, world.foreign_device().await);
    let id = new_dossier();
    assert_eq!(give_up(&foreign, id, 1).await.status(), 201);
    device.send(id, &world.signed(&world.data(id, 1))).await;
    refused(give_up(&foreign, id, 2).await, Kind::Forbidden).await;
    refused(give_up(&device, id, 0).await, Kind::Malformed).await;
}
