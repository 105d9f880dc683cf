//! A commit is accepted once, with one receipt, however often it is sent.

use hoso_domain::digest::Digest;
use hoso_portal::{Portal, Rehearsal};
use hoso_portal_api::commit::{DossierEntries, DossierState, Receipt, SignedReceipt};
use hoso_portal_api::{Kind, path};
use hoso_proof::verify_cms;

use crate::client::{read, refused};
use crate::world::{World, new_dossier};

#[tokio::test]
async fn a_commit_gets_a_signed_receipt_and_the_same_one_when_it_is_sent_again() {
    let mut world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    let sent = world.signed(&world.data(id, 1));
    refused(device.get(&path::dossier(id)).await, Kind::DossierUnknown).await;
    let receipt = device.send(id, &sent).await;

    let told = receipt.read().unwrap();
    assert_eq!((told.id, told.unit, told.revision), (id, world.unit.id, 1));
    assert_eq!(told.digest, sent.commit.content.digest());
    assert_eq!(told.audit_head, Some(sent.commit.audit_head));
    // a receipt of before it named the trail is a receipt still
    let mut old: serde_json::Value = serde_json::from_str(&receipt.receipt).unwrap();
    old.as_object_mut().unwrap().remove("audit_head");
    let old: Receipt = serde_json::from_value(old).unwrap();
    assert_eq!(old.audit_head, None);
    let p7s = receipt.p7s_der().unwrap();
    verify_cms(receipt.receipt.as_bytes(), &p7s, &world.receipt_trust()).unwrap();
    let forged = receipt.receipt.replace("\"revision\":1", "\"revision\":2");
    assert!(verify_cms(forged.as_bytes(), &p7s, &world.receipt_trust()).is_err());

    let again = device.commit(id, &sent.commit).await;
    assert_eq!(again.status(), 200);
    assert_eq!(read::<SignedReceipt>(again).await, receipt);
    world.restart().await;
    let device = crate::client::DeviceClient {
        http: world.http(),
        ..device
    };
    let again = device.commit(id, &sent.commit).await;
    assert_eq!(read::<SignedReceipt>(again).await, receipt);

    // Asked instead of sent again.
    let state: DossierState = read(device.get(&path::dossier(id)).await).await;
    assert_eq!((state.version, state.status.as_str()), (0, "submitted"));
    assert_eq!(state.revisions.len(), 1);
    assert_eq!(state.revisions[0].receipt, receipt);
}

#[tokio::test]
async fn a_timestamp_added_later_does_not_make_it_another_dossier() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    let sent = world.signed(&world.data(id, 1));
    let receipt = device.send(id, &sent).await;
    let mut augmented = sent.commit.clone();
    augmented.signatures[0].p7s.sha256 = Digest::of(b"the same signature with a timestamp");
    let again = device.commit(id, &augmented).await;
    assert_eq!(again.status(), 200);
    assert_eq!(read::<SignedReceipt>(again).await, receipt);
}

#[tokio::test]
async fn commits_sent_at_the_same_time_end_in_one_dossier_and_one_receipt() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    let sent = world.signed(&world.data(id, 1));
    for blob in &sent.blobs {
        device.put_bytes(blob).await;
    }
    let one = || device.commit(id, &sent.commit);
    let (a, b, c, d) = tokio::join!(one(), one(), one(), one());
    let mut statuses = Vec::new();
    let mut receipts = Vec::new();
    for answer in [a, b, c, d] {
        statuses.push(answer.status().as_u16());
        receipts.push(read::<SignedReceipt>(answer).await);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 201]);
    receipts.dedup();
    assert_eq!(receipts.len(), 1);
}

#[tokio::test]
async fn another_content_under_the_same_id_is_a_conflict() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    device.send(id, &world.signed(&world.data(id, 1))).await;
    // Signed a second time: other SignatureValues, so another digest.
    let other = world.signed(&world.data(id, 1));
    for blob in &other.blobs {
        device.put_bytes(blob).await;
    }
    refused(device.commit(id, &other.commit).await, Kind::Conflict).await;
}

#[tokio::test]
async fn missing_bytes_are_named_and_half_uploaded_ones_count_as_missing() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    let sent = world.signed(&world.data(id, 1));
    let told = refused(device.commit(id, &sent.commit).await, Kind::BlobsMissing).await;
    let mut wanted: Vec<Digest> = sent.blobs.iter().map(|b| Digest::of(b)).collect();
    wanted.sort_unstable();
    let mut missing = told.missing;
    missing.sort_unstable();
    assert_eq!(missing, wanted);

    let (last, rest) = sent.blobs.split_last().unwrap();
    for blob in rest {
        device.put_bytes(blob).await;
    }
    let created = device.create(Digest::of(last), last.len() as u64).await;
    let place = crate::client::location(&created);
    device
        .patch(&place, 0)
        .body(last[..10].to_vec())
        .send()
        .await
        .unwrap();
    let told = refused(device.commit(id, &sent.commit).await, Kind::BlobsMissing).await;
    assert_eq!(told.missing, [Digest::of(last)]);
    device
        .patch(&place, 10)
        .body(last[10..].to_vec())
        .send()
        .await
        .unwrap();
    assert_eq!(device.commit(id, &sent.commit).await.status(), 201);
}

#[tokio::test]
async fn a_replaced_pc_gets_back_what_was_sent() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    let sent = world.signed(&world.data(id, 1));
    device.send(id, &sent).await;
    let second = crate::client::DeviceClient::enrolled(
        world.http(),
        &world.base,
        &world.unit.code,
        &world.code(&world.unit, 1),
    )
    .await;
    let entries: DossierEntries = read(second.get(&path::entries(id)).await).await;
    assert_eq!(entries.commit, sent.commit);
    for blob in &sent.blobs {
        let answer = second.get(&path::blob(id, Digest::of(blob))).await;
        assert_eq!(&answer.bytes().await.unwrap()[..], &blob[..]);
    }
    refused(
        second.get(&path::blob(id, Digest::of(b"x"))).await,
        Kind::NotFound,
    )
    .await;
}

#[tokio::test]
async fn who_asks_while_a_commit_is_judged_hears_what_became_of_it() {
    let mut world = World::new().await;
    let (begun, mut judging) = tokio::sync::mpsc::unbounded_channel();
    let (release, released) = std::sync::mpsc::channel();
    let released = std::sync::Mutex::new(released);
    let rehearsal = Rehearsal::judging(move || {
        begun.send(()).unwrap();
        released.lock().unwrap().recv().unwrap();
    });
    world
        .restart_as(|data| {
            let portal = Portal::open(data).unwrap();
            portal.rehearse(rehearsal);
            portal
        })
        .await;
    let device = world.device().await;
    let id = new_dossier();
    let sent = world.signed(&world.data(id, 1));
    for blob in &sent.blobs {
        device.put_bytes(blob).await;
    }
    let place = path::dossier(id);
    let question = async {
        judging.recv().await.unwrap();
        let mut asked = std::pin::pin!(device.get(&place));
        let bound = std::time::Duration::from_millis(500);
        let early = tokio::time::timeout(bound, &mut asked).await;
        release.send(()).unwrap();
        assert!(early.is_err(), "told while nothing was decided: {early:?}");
        asked.await
    };
    let (committed, told) = tokio::join!(device.commit(id, &sent.commit), question);
    assert_eq!(committed.status(), 201);
    let state: DossierState = read(told).await;
    let receipt: SignedReceipt = read(committed).await;
    assert_eq!(state.revisions[0].receipt, receipt);
}
