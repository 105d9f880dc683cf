//! A signer's new certificate: announced by the unit, registered or declined by the treasury.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hoso_domain::id::PersonId;
use hoso_domain::party::Role;
use hoso_portal_api::certificate::{Announcement, CertificateFile, CertificateState};
use hoso_portal_api::feed::Item;
use hoso_portal_api::officer::{self, Decision};
use hoso_portal_api::{Kind, path};
use hoso_testkit::ca::{Issued, TestCa, Usage, Validity};
use reqwest::Response;
use uuid::Uuid;

use crate::client::{DeviceClient, OfficerClient, read, refused};
use crate::world::{World, entries, issue, new_dossier};

fn chief(world: &World) -> PersonId {
    let signers = &world.unit.signers;
    let chief = signers.iter().find(|s| s.role == Role::ChiefAccountant);
    chief.unwrap().person
}

async fn announce(device: &DeviceClient, person: PersonId, issued: &Issued) -> Response {
    let body = Announcement {
        person,
        certificate: STANDARD.encode(&issued.certificate_der),
        issuers: Vec::new(),
    };
    let target = path::certificate(issued.digest);
    device.send_json("PUT", &target, &body).await
}

async fn decide(
    world: &World,
    officer: &OfficerClient,
    issued: &Issued,
    act: &str,
    text: &str,
) -> Response {
    let body = Decision {
        text: text.to_owned(),
    };
    let target = officer::certificate(world.unit.id, issued.digest, act);
    officer.post(&target, &body).await
}

#[tokio::test]
async fn a_new_certificate_signs_once_an_officer_registered_it_and_not_before() {
    let world = World::new().await;
    let (device, officer) = (world.device().await, world.officer().await);
    let renewed = issue(&world.ca, "Lò Thị Hoa");
    let sent = |revision| {
        let data = world.data(new_dossier(), revision);
        let signers = [&renewed, &world.owner];
        (
            data.dossier,
            world.signed_by(entries(&data), &signers, revision),
        )
    };
    let (id, early) = sent(1);
    for blob in &early.blobs {
        device.put_bytes(blob).await;
    }
    refused(device.commit(id, &early.commit).await, Kind::SignerRefused).await;

    let new = announce(&device, chief(&world), &renewed).await;
    assert_eq!(new.status(), 201);
    let again = announce(&device, chief(&world), &renewed).await;
    assert_eq!(again.status(), 200);
    let (new, again): (CertificateFile, CertificateFile) = (read(new).await, read(again).await);
    assert_eq!(new, again);
    assert_eq!(
        (new.name.as_str(), new.state),
        ("Lò Thị Hoa", CertificateState::Announced)
    );
    // announcing alone changes nothing
    refused(device.commit(id, &early.commit).await, Kind::SignerRefused).await;

    let listed: Vec<CertificateFile> = read(officer.get(officer::CERTIFICATES).await).await;
    assert_eq!(listed, [new]);
    let file: CertificateFile =
        read(decide(&world, &officer, &renewed, "register", "").await).await;
    assert_eq!(file.state, CertificateState::Registered);
    refused(
        decide(&world, &officer, &renewed, "decline", "nhầm").await,
        Kind::WrongState,
    )
    .await;
    assert_eq!(device.commit(id, &early.commit).await.status(), 201);
    // the one before stays good
    let id = new_dossier();
    device.send(id, &world.signed(&world.data(id, 1))).await;

    for told in [
        device.changes("", 200, 0).await.items,
        read::<hoso_portal_api::Snapshot>(device.get(&path::snapshot("", 200)).await)
            .await
            .items,
    ] {
        let word = told.into_iter().find_map(|c| match c.item {
            Item::Certificate(word) => Some(word),
            _ => None,
        });
        let word = word.unwrap();
        assert_eq!(
            (word.sha256, word.person, word.state),
            (renewed.digest, chief(&world), CertificateState::Registered)
        );
    }
}

#[tokio::test]
async fn a_certificate_that_could_not_sign_or_is_nobodys_is_refused_and_a_declined_one_says_why() {
    let world = World::new().await;
    let (device, officer) = (world.device().await, world.officer().await);
    let one = |ca: &TestCa, usage, validity| {
        ca.issue("Lò Thị Hoa", "Kế toán trưởng", "Xã", usage, validity)
            .unwrap()
    };
    let stranger = TestCa::new("Gốc lạ").unwrap();
    let good = issue(&world.ca, "Lò Thị Hoa");
    for bad in [
        one(&stranger, Usage::Signing, Validity::Current),
        one(&world.ca, Usage::Signing, Validity::Expired),
        one(&world.ca, Usage::NoNonRepudiation, Validity::NotYet),
    ] {
        refused(
            announce(&device, chief(&world), &bad).await,
            Kind::SignerRefused,
        )
        .await;
    }
    let nobody = PersonId(Uuid::from_u128(7));
    refused(announce(&device, nobody, &good).await, Kind::SignerRefused).await;
    // another unit's person is nobody here
    let foreign = world.foreign_device().await;
    refused(
        announce(&foreign, chief(&world), &good).await,
        Kind::SignerRefused,
    )
    .await;
    let unknown = decide(&world, &officer, &good, "register", "").await;
    refused(unknown, Kind::NotFound).await;

    assert_eq!(announce(&device, chief(&world), &good).await.status(), 201);
    let no = decide(&world, &officer, &good, "decline", "Tên chưa đúng").await;
    let no: CertificateFile = read(no).await;
    assert_eq!(
        (no.state, no.text.as_str()),
        (CertificateState::Declined, "Tên chưa đúng")
    );
    let again = announce(&device, chief(&world), &good).await;
    assert_eq!(again.status(), 200);
    let again: CertificateFile = read(again).await;
    assert_eq!(again.text, "Tên chưa đúng");
}
