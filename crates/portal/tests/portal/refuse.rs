//! What a portal must not accept, each for its own reason.

use hoso_domain::check::MAX_FILES_BYTES;
use hoso_domain::digest::Digest;
use hoso_domain::entry::{self, Entry};
use hoso_domain::finding::{FindingCode, Place};
use hoso_domain::form;
use hoso_portal_api::{Kind, Problem, path};
use hoso_proof::Object;

use crate::client::{DeviceClient, refused};
use crate::world::{Sent, World, entries, issue, new_dossier, print};

/// Uploads everything and commits; the problem.
async fn refusal(
    device: &DeviceClient,
    id: hoso_domain::id::DossierId,
    sent: &Sent,
    kind: Kind,
) -> Problem {
    for blob in &sent.blobs {
        device.put_bytes(blob).await;
    }
    let problem = refused(device.commit(id, &sent.commit).await, kind).await;
    refused(device.get(&path::dossier(id)).await, Kind::DossierUnknown).await;
    problem
}

#[tokio::test]
async fn a_changed_byte_of_any_part_is_refused() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    let good = world.signed(&world.data(id, 1));
    for i in 0..good.container.entries.len() {
        let mut container = good.container.clone();
        let object = &mut container.entries[i];
        let mut bytes = object.bytes().to_vec();
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        *object = Object::new(object.path(), bytes);
        refusal(
            &device,
            id,
            &world.sent(container, 1),
            Kind::ContainerInvalid,
        )
        .await;
    }
    // A manifest is what the signature covers.
    let mut container = good.container.clone();
    let text = String::from_utf8(container.signatures[0].manifest.clone()).unwrap();
    let other = text.replacen("data/dossier.json", "data/dossiex.json", 1);
    assert_ne!(other, text);
    container.signatures[0].manifest = other.into_bytes();
    refusal(
        &device,
        id,
        &world.sent(container, 1),
        Kind::SignatureInvalid,
    )
    .await;
}

#[tokio::test]
async fn a_signer_who_is_not_registered_or_not_of_a_known_authority_is_refused() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    let data = world.data(id, 1);
    let unknown = issue(&world.ca, "Người Lạ");
    let sent = world.signed_by(entries(&data), &[&unknown, &world.owner], 1);
    let said = refusal(&device, id, &sent, Kind::SignerRefused)
        .await
        .detail_vi;
    assert!(
        said.contains("của Người Lạ") && said.contains("Kế toán trưởng"),
        "{said}"
    );

    let foreign_ca = hoso_testkit::ca::TestCa::new("CA khác").unwrap();
    let foreign = issue(&foreign_ca, "Lò Thị Hoa");
    let sent = world.signed_by(entries(&data), &[&foreign, &world.owner], 1);
    refusal(&device, id, &sent, Kind::SignatureInvalid).await;
}

#[tokio::test]
async fn the_wrong_order_or_a_missing_signature_is_refused() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    let data = world.data(id, 1);
    for signers in [
        vec![&world.owner, &world.chief],
        vec![&world.chief],
        vec![&world.chief, &world.chief],
    ] {
        let sent = world.signed_by(entries(&data), &signers, 1);
        refusal(&device, id, &sent, Kind::SignerRefused).await;
    }
    // The second signature made without sight of the first.
    let mut good = world.signed(&data).container;
    let other = world.signed(&data).container;
    good.signatures[0] = other.signatures[0].clone();
    refusal(&device, id, &world.sent(good, 1), Kind::SignerRefused).await;
}

#[tokio::test]
async fn a_pdf_of_another_amount_with_valid_signatures_is_refused() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    let data = world.data(id, 1);
    let mut dearer = data.clone();
    let voucher = &mut dearer.vouchers[0];
    let row = &mut voucher.grids.get_mut("lines").unwrap()[0];
    row.cells.insert("amount".to_owned(), "10500001".to_owned());
    form::compute(form::find(&voucher.form.clone()).unwrap(), voucher);
    let mut swapped = entries(&data);
    let place = entry::path::voucher(0, "13");
    let pdf = swapped.iter_mut().find(|(p, _)| *p == place).unwrap();
    pdf.1 = print(&dearer, 0);
    let sent = world.signed_by(swapped.clone(), &[&world.chief, &world.owner], 1);
    refusal(&device, id, &sent, Kind::PdfMismatch).await;

    let pdf = swapped.iter_mut().find(|(p, _)| *p == place).unwrap();
    pdf.1 = b"%PDF-1.7 not really".to_vec();
    let sent = world.signed_by(swapped.clone(), &[&world.chief, &world.owner], 1);
    refusal(&device, id, &sent, Kind::PdfMismatch).await;

    swapped.retain(|(p, _)| *p != place);
    let sent = world.signed_by(swapped, &[&world.chief, &world.owner], 1);
    refusal(&device, id, &sent, Kind::ContainerInvalid).await;
}

#[tokio::test]
async fn findings_come_back_with_their_places() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    let mut data = world.data(id, 1);
    data.vouchers[0]
        .fields
        .insert("payee_tax_code".to_owned(), "0100100418".to_owned());
    let told = refusal(&device, id, &world.signed(&data), Kind::Findings).await;
    assert_eq!(told.findings.len(), 1, "{:?}", told.findings);
    let known = told.findings[0].known().unwrap();
    assert_eq!(known.code, FindingCode::TaxCodeInvalid);
    assert!(told.findings[0].text.contains("0100100418"), "{told:?}");
    let place = Place::Field {
        voucher: 0,
        field: "payee_tax_code".to_owned(),
    };
    assert_eq!(told.findings[0].place, place);
}

#[tokio::test]
async fn a_revision_is_too_large_only_beyond_what_the_check_allows_its_files() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    let mut commit = world.signed(&world.data(id, 1)).commit;
    commit.content.entries.push(Entry {
        path: entry::path::file("quet.pdf"),
        sha256: Digest::of(b"never uploaded"),
        size: MAX_FILES_BYTES,
    });
    refused(device.commit(id, &commit).await, Kind::BlobsMissing).await;
    commit.content.entries.last_mut().unwrap().size += 16 * 1024 * 1024;
    refused(device.commit(id, &commit).await, Kind::TooLarge).await;
}

#[tokio::test]
async fn data_of_another_dossier_revision_or_unit_is_refused() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    let sent = world.signed(&world.data(new_dossier(), 1));
    refusal(&device, id, &sent, Kind::ContainerInvalid).await;
    let mut sent = world.signed(&world.data(id, 2));
    sent.commit.revision = 1;
    refusal(&device, id, &sent, Kind::ContainerInvalid).await;
    let mut data = world.data(id, 1);
    data.unit.code = world.other.code.clone();
    refusal(&device, id, &world.signed(&data), Kind::ContainerInvalid).await;
    let mut stray = entries(&world.data(id, 1));
    stray.push(("elsewhere/x.txt".to_owned(), b"x".to_vec()));
    let sent = world.signed_by(stray, &[&world.chief, &world.owner], 1);
    refusal(&device, id, &sent, Kind::ContainerInvalid).await;
}

#[tokio::test]
async fn bodies_that_are_no_commit_are_malformed() {
    let world = World::new().await;
    let device = world.device().await;
    let target = path::dossier(new_dossier());
    for body in ["", "[]", "<html></html>", "{\"unit\":1}"] {
        let proof = hoso_portal_api::device::ProofBody::Bytes(body.as_bytes());
        let answer = device
            .request("PUT", &target, proof)
            .body(body)
            .send()
            .await
            .unwrap();
        refused(answer, Kind::Malformed).await;
    }
    let large = vec![b' '; 1024 * 1024 + 1];
    let proof = hoso_portal_api::device::ProofBody::Bytes(&large);
    let answer = device
        .request("PUT", &target, proof)
        .body(large.clone())
        .send()
        .await
        .unwrap();
    refused(answer, Kind::TooLarge).await;
}
