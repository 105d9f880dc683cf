//! Timestamps and revocation data that come after a revision was accepted.

use hoso_domain::digest::Digest;
use hoso_domain::id::DossierId;
use hoso_portal_api::commit::{DossierState, Evidence, EvidenceVersion, SignedReceipt};
use hoso_portal_api::officer::{self, DossierFile};
use hoso_portal_api::{BlobRef, Kind, path};
use hoso_proof::timestamp::{Query, stamped};
use reqwest::Response;

use crate::client::{DeviceClient, read, refused};
use crate::world::{World, new_dossier};

async fn put(device: &DeviceClient, id: DossierId, step: u8, p7s: BlobRef) -> Response {
    let target = path::evidence(id, 1, step);
    device.send_json("PUT", &target, &Evidence { p7s }).await
}

#[tokio::test]
async fn a_timestamp_made_later_is_kept_beside_the_signature_and_read_back() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    let sent = world.signed(&world.data(id, 1));
    let receipt = device.send(id, &sent).await;
    let p7s = &sent.container.signatures[0].p7s;
    let trust = world.timestamps();
    let first = device.stamped(p7s, &trust, 1).await;
    let second = device.stamped(&first, &trust, 2).await;

    let told = refused(
        put(&device, id, 1, BlobRef::of(&first)).await,
        Kind::BlobsMissing,
    )
    .await;
    assert_eq!(told.missing, [Digest::of(&first)]);
    for (bytes, status) in [(&first, 201), (&first, 200), (&second, 201), (&first, 200)] {
        device.put_bytes(bytes).await;
        let answer = put(&device, id, 1, BlobRef::of(bytes)).await;
        assert_eq!(answer.status(), status);
        assert_eq!(
            read::<EvidenceVersion>(answer).await.p7s,
            BlobRef::of(bytes)
        );
    }
    let newest = device.get(&path::evidence(id, 1, 1)).await;
    assert_eq!(&newest.bytes().await.unwrap()[..], &second[..]);
    let listed: Vec<EvidenceVersion> = read(device.get(&path::evidence_list(id, 1)).await).await;
    let kept: Vec<BlobRef> = listed.iter().map(|v| v.p7s).collect();
    assert_eq!(kept, [BlobRef::of(&first), BlobRef::of(&second)]);
    let older = device.get(&path::blob(id, Digest::of(&first))).await;
    assert_eq!(&older.bytes().await.unwrap()[..], &first[..]);

    // What was accepted is what it was.
    let state: DossierState = read(device.get(&path::dossier(id)).await).await;
    assert_eq!(state.revisions[0].digest, sent.commit.content.digest());
    let again = device.commit(id, &sent.commit).await;
    assert_eq!(read::<SignedReceipt>(again).await, receipt);
    let file: DossierFile = read(world.officer().await.get(&officer::dossier(id)).await).await;
    assert_eq!(file.revisions[0].evidence, listed);
}

#[tokio::test]
async fn another_signature_is_no_evidence_and_another_unit_adds_none() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    let sent = world.signed(&world.data(id, 1));
    device.send(id, &sent).await;
    let [chief, owner] = &sent.container.signatures[..] else {
        panic!("two signatures")
    };
    // Signed anew by the same person over the same manifest.
    let ca = world.ca.pem().unwrap();
    let anew = hoso_proof::sign_with_key(
        &chief.manifest,
        &world.chief.certificate_pem,
        &[&ca],
        &world.chief.key_pem().unwrap(),
        crate::world::now(),
    )
    .unwrap();
    // The right signature with the timestamp of another.
    let trust = world.timestamps();
    let query = Query::new(&owner.p7s, [1; 8]).unwrap();
    let answer = device.timestamp(query.bytes()).await;
    let token = query.read(&answer, &trust).unwrap().0;
    let misplaced = stamped(&chief.p7s, &token).unwrap();
    for wrong in [anew, owner.p7s.clone(), misplaced, b"no signature".to_vec()] {
        device.put_bytes(&wrong).await;
        let answer = put(&device, id, 1, BlobRef::of(&wrong)).await;
        refused(answer, Kind::SignatureInvalid).await;
    }
    let good = device.stamped(&chief.p7s, &trust, 1).await;
    device.put_bytes(&good).await;
    for step in [0, 3] {
        let answer = put(&device, id, step, BlobRef::of(&good)).await;
        refused(answer, Kind::NotFound).await;
    }
    refused(device.get(&path::evidence(id, 1, 1)).await, Kind::NotFound).await;
    let foreign = world.foreign_device().await;
    foreign.put_bytes(&good).await;
    let answer = put(&foreign, id, 1, BlobRef::of(&good)).await;
    refused(answer, Kind::Forbidden).await;
    let lost = put(&device, new_dossier(), 1, BlobRef::of(&good)).await;
    refused(lost, Kind::DossierUnknown).await;
}
