//! Who may speak at all.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use hoso_domain::digest::Digest;
use hoso_portal_api::connection::NumberBlock;
use hoso_portal_api::device::{
    AskNumbers, EnrolSigned, Enrolled, ProofBody, Succession, enrolment_text,
};
use hoso_portal_api::officer::{self, DeviceFile};
use hoso_portal_api::{Kind, path};
use hoso_testkit::ca::Issued;
use p256::ecdsa::SigningKey;
use reqwest::Response;
use uuid::Uuid;

use crate::client::{DeviceClient, enrol, enrolment, location, new_key, read, refused};
use crate::world::{World, new_dossier, now};

#[tokio::test]
async fn a_code_is_spent_by_one_key_and_a_lost_answer_costs_nothing() {
    let world = World::new().await;
    let (http, code) = (world.http(), world.code(&world.unit, 0));
    let asked = enrolment(&world.unit.code, &code, &new_key());
    let first = enrol(&http, &world.base, &asked).await;
    assert_eq!(first.status(), 201);
    let again = enrol(&http, &world.base, &asked).await;
    assert_eq!(again.status(), 200);
    let (first, again): (Enrolled, Enrolled) = (read(first).await, read(again).await);
    assert_eq!(first, again);

    let thief = enrolment(&world.unit.code, &code, &new_key());
    refused(
        enrol(&http, &world.base, &thief).await,
        Kind::EnrolmentRefused,
    )
    .await;
    let elsewhere = enrolment(&world.other.code, &world.code(&world.unit, 1), &new_key());
    refused(
        enrol(&http, &world.base, &elsewhere).await,
        Kind::EnrolmentRefused,
    )
    .await;
    let guess = enrolment(&world.unit.code, "0000-0000-0000-0000", &new_key());
    refused(
        enrol(&http, &world.base, &guess).await,
        Kind::EnrolmentRefused,
    )
    .await;
}

#[tokio::test]
async fn a_request_without_the_devices_own_proof_is_refused() {
    let world = World::new().await;
    let device = world.device().await;
    let target = path::changes("", 10, 0);
    let bare = device
        .http
        .get(format!("{}{target}", device.base))
        .send()
        .await
        .unwrap();
    refused(bare, Kind::ProofInvalid).await;

    let stolen = DeviceClient {
        http: device.http.clone(),
        key: new_key(),
        ..other(&device)
    };
    refused(stolen.get(&target).await, Kind::ProofInvalid).await;

    // A proof for another target or body is no proof.
    let moved = device.request("GET", &path::changes("", 11, 0), ProofBody::Bytes(b""));
    let moved = moved.build().unwrap();
    let mut replayed = device.http.get(format!("{}{target}", device.base));
    replayed = replayed.headers(moved.headers().clone());
    refused(replayed.send().await.unwrap(), Kind::ProofInvalid).await;
    let id = new_dossier();
    let altered = device
        .request("PUT", &path::dossier(id), ProofBody::Bytes(b"{}"))
        .body("{ }")
        .send()
        .await
        .unwrap();
    refused(altered, Kind::ProofInvalid).await;
}

fn other(device: &DeviceClient) -> DeviceClient {
    DeviceClient {
        http: device.http.clone(),
        base: device.base.clone(),
        id: device.id,
        key: device.key.clone(),
    }
}

#[tokio::test]
async fn a_wrong_clock_is_told_and_a_slightly_wrong_one_is_borne() {
    let world = World::new().await;
    let device = world.device().await;
    let target = path::changes("", 10, 0);
    for (minutes, fine) in [
        (-9, true),
        (9, true),
        (-11, false),
        (11, false),
        (576_000, false),
    ] {
        let at = now() + TimeDelta::minutes(minutes);
        let request = device.request_at(at, "GET", &target, ProofBody::Bytes(b""));
        let answer = request.send().await.unwrap();
        assert!(answer.headers().contains_key("date"));
        match fine {
            true => assert_eq!(answer.status(), 200, "{minutes}"),
            false => {
                let told = refused(answer, Kind::Clock).await;
                assert!((told.server_time - now()).num_seconds().abs() < 60);
            }
        }
    }
}

#[tokio::test]
async fn a_device_of_another_unit_sees_and_touches_nothing() {
    let world = World::new().await;
    let (device, foreign) = (world.device().await, world.foreign_device().await);
    let id = new_dossier();
    let sent = world.signed(&world.data(id, 1));
    device.send(id, &sent).await;

    refused(foreign.get(&path::dossier(id)).await, Kind::Forbidden).await;
    refused(foreign.get(&path::entries(id)).await, Kind::Forbidden).await;
    refused(
        foreign.get(&path::blob(id, Digest::of(b"x"))).await,
        Kind::Forbidden,
    )
    .await;
    refused(foreign.commit(id, &sent.commit).await, Kind::Forbidden).await;
    let mut own = sent.commit.clone();
    own.unit = world.other.id;
    refused(foreign.commit(id, &own).await, Kind::Forbidden).await;

    let place = location(&device.create(Digest::of(b"secret"), 6).await);
    assert_eq!(foreign.head(&place).await.status(), 403);
    let written = foreign
        .patch(&place, 0)
        .body("secret")
        .send()
        .await
        .unwrap();
    refused(written, Kind::Forbidden).await;
}

#[tokio::test]
async fn a_revoked_device_is_told_so_and_no_code_brings_it_back() {
    let world = World::new().await;
    let (device, officer) = (world.device().await, world.officer().await);
    let listed: Vec<DeviceFile> = read(officer.get(officer::DEVICES).await).await;
    assert_eq!(listed[0].device, device.id);
    let url = format!("{}{}", world.base, officer::revoke(device.id));
    let done = officer
        .http
        .post(url)
        .bearer_auth(&officer.token)
        .send()
        .await
        .unwrap();
    assert_eq!(done.status(), 200);
    refused(
        device.get(&path::changes("", 1, 0)).await,
        Kind::DeviceRevoked,
    )
    .await;
    // neither the one it spent nor those that lie unspent in its connection file
    for n in 0..4 {
        let asked = enrolment(&world.unit.code, &world.code(&world.unit, n), &device.key);
        refused(
            enrol(&device.http, &world.base, &asked).await,
            Kind::EnrolmentRefused,
        )
        .await;
    }
    let listed: Vec<DeviceFile> = read(officer.get(officer::DEVICES).await).await;
    assert_eq!(listed.len(), 1);
    // which are not lost by that: another PC comes in by one of them
    let other = enrolment(&world.unit.code, &world.code(&world.unit, 1), &new_key());
    let other = enrol(&device.http, &world.base, &other).await;
    assert_eq!(other.status(), 201);
}

#[tokio::test]
async fn hello_needs_no_proof_and_unknown_paths_are_problems() {
    let world = World::new().await;
    let http = world.http();
    let hello = http
        .get(format!("{}{}", world.base, path::HELLO))
        .send()
        .await
        .unwrap();
    assert_eq!(hello.text().await.unwrap(), path::PORTAL_MARK);
    let lost = http
        .get(format!("{}/v1/nowhere", world.base))
        .send()
        .await
        .unwrap();
    refused(lost, Kind::NotFound).await;
    let wrong = http
        .delete(format!("{}{}", world.base, path::DEVICES))
        .send()
        .await
        .unwrap();
    refused(wrong, Kind::MethodNotAllowed).await;
}

#[tokio::test]
async fn a_unit_sees_its_devices_and_takes_a_stolen_one_out() {
    let world = World::new().await;
    let (device, stolen) = (world.device().await, world.second_device().await);
    let foreign = world.foreign_device().await;
    let listed: Vec<DeviceFile> = read(device.get(path::DEVICES).await).await;
    let ids: Vec<_> = listed.iter().map(|d| d.device).collect();
    assert_eq!(ids, [device.id, stolen.id]);

    refused(foreign.revoke(stolen.id, "Mất máy").await, Kind::NotFound).await;
    refused(device.revoke(stolen.id, "  ").await, Kind::Malformed).await;
    for reason in ["Mất máy", "Nói lại"] {
        let answer = device.revoke(stolen.id, reason).await;
        assert_eq!(answer.status(), 200);
        let file: DeviceFile = read(answer).await;
        assert!(file.revoked_at.is_some());
        assert_eq!(file.revoked_reason, "Mất máy", "the first reason stays");
    }
    refused(stolen.get(path::DEVICES).await, Kind::DeviceRevoked).await;
    assert_eq!(device.get(path::DEVICES).await.status(), 200);
}

/// What `signer` signs to let a key in.
fn signed(world: &World, signer: &Issued, key: &SigningKey, at: DateTime<Utc>) -> EnrolSigned {
    let asked = enrolment(&world.unit.code, "", key);
    let text = enrolment_text(
        &world.base,
        &asked.unit_code,
        &asked.public_key,
        &asked.name,
    );
    let ca = world.ca.pem().unwrap();
    let p7s = hoso_proof::sign_with_key(
        text.as_bytes(),
        &signer.certificate_pem,
        &[&ca],
        &signer.key_pem().unwrap(),
        at,
    )
    .unwrap();
    EnrolSigned {
        unit_code: asked.unit_code,
        public_key: asked.public_key,
        name: asked.name,
        signature: STANDARD.encode(p7s),
    }
}

async fn enrol_signed(world: &World, asked: &EnrolSigned) -> Response {
    let url = format!("{}{}", world.base, path::DEVICES_SIGNED);
    let body = serde_json::to_vec(asked).unwrap();
    world.http().post(url).body(body).send().await.unwrap()
}

#[tokio::test]
async fn the_account_owners_signature_enrols_a_device_without_a_code() {
    let world = World::new().await;
    let key = new_key();
    let asked = signed(&world, &world.owner, &key, now());
    let first = enrol_signed(&world, &asked).await;
    assert_eq!(first.status(), 201);
    let enrolled: Enrolled = read(first).await;
    let again = enrol_signed(&world, &asked).await;
    assert_eq!(again.status(), 200);
    assert_eq!(read::<Enrolled>(again).await, enrolled);
    let device = DeviceClient {
        http: world.http(),
        base: world.base.clone(),
        id: enrolled.device,
        key,
    };
    assert_eq!(device.get(path::DEVICES).await.status(), 200);

    let chief = signed(&world, &world.chief, &new_key(), now());
    refused(enrol_signed(&world, &chief).await, Kind::SignerRefused).await;
    let mut renamed = asked.clone();
    renamed.name = "Máy khác".to_owned();
    refused(enrol_signed(&world, &renamed).await, Kind::SignatureInvalid).await;
    let stale = signed(&world, &world.owner, &new_key(), now() - TimeDelta::days(8));
    refused(enrol_signed(&world, &stale).await, Kind::EnrolmentRefused).await;
    // Revoked: the old signature does not bring it back.
    let other = world.device().await;
    other.revoke(device.id, "Máy cũ").await;
    refused(enrol_signed(&world, &asked).await, Kind::EnrolmentRefused).await;
}

#[tokio::test]
async fn number_blocks_never_overlap_and_a_lost_answer_gives_the_same_block() {
    let world = World::new().await;
    let devices = [world.device().await, world.second_device().await];
    let year = world.connection.enrolments[0].numbers.year;
    let mut given: Vec<NumberBlock> = vec![world.connection.enrolments[0].numbers.clone()];
    for device in &devices {
        for _ in 0..2 {
            let asked = AskNumbers {
                key: Uuid::now_v7(),
                year,
                series: String::new(),
            };
            let first = device.send_json("POST", path::NUMBER_BLOCKS, &asked).await;
            assert_eq!(first.status(), 201);
            let block: NumberBlock = read(first).await;
            let again = device.send_json("POST", path::NUMBER_BLOCKS, &asked).await;
            assert_eq!(again.status(), 200);
            assert_eq!(read::<NumberBlock>(again).await, block);
            given.push(block);
        }
    }
    given.sort_by_key(|b| b.first);
    for pair in given.windows(2) {
        assert!(pair[0].last < pair[1].first, "{given:?}");
    }
    // Another year or series counts from 1.
    for (year, series) in [(year + 1, ""), (year, "XDCB")] {
        let asked = AskNumbers {
            key: Uuid::now_v7(),
            year,
            series: series.to_owned(),
        };
        let answer = devices[0]
            .send_json("POST", path::NUMBER_BLOCKS, &asked)
            .await;
        assert_eq!(read::<NumberBlock>(answer).await.first, 1);
    }
    let odd = AskNumbers {
        key: Uuid::now_v7(),
        year: 12,
        series: String::new(),
    };
    let answer = devices[0]
        .send_json("POST", path::NUMBER_BLOCKS, &odd)
        .await;
    refused(answer, Kind::Malformed).await;
}

#[tokio::test]
async fn a_device_hands_over_to_its_successor_and_is_ended_in_the_same_step() {
    let world = World::new().await;
    let old = world.device().await;
    let key = new_key();
    let asked = Succession {
        public_key: enrolment(&world.unit.code, "", &key).public_key,
        name: "Máy mới".to_owned(),
    };
    let first = old.send_json("POST", path::DEVICES_SUCCESSOR, &asked).await;
    assert_eq!(first.status(), 201);
    let enrolled: Enrolled = read(first).await;
    let new = DeviceClient {
        http: world.http(),
        base: world.base.clone(),
        id: enrolled.device,
        key,
    };
    assert_eq!(new.get(&path::changes("", 1, 0)).await.status(), 200);
    refused(old.get(&path::changes("", 1, 0)).await, Kind::DeviceRevoked).await;
    // the answer may have been lost: the same key again gives the same device, another none
    let again = old.send_json("POST", path::DEVICES_SUCCESSOR, &asked).await;
    assert_eq!(again.status(), 200);
    assert_eq!(read::<Enrolled>(again).await, enrolled);
    let other = Succession {
        public_key: enrolment(&world.unit.code, "", &new_key()).public_key,
        name: "Máy lạ".to_owned(),
    };
    let late = old.send_json("POST", path::DEVICES_SUCCESSOR, &other).await;
    refused(late, Kind::DeviceRevoked).await;
}

#[tokio::test]
async fn a_device_is_not_its_own_successor() {
    let world = World::new().await;
    let old = world.device().await;
    let asked = Succession {
        public_key: enrolment(&world.unit.code, "", &old.key).public_key,
        name: "Máy".to_owned(),
    };
    let own = old.send_json("POST", path::DEVICES_SUCCESSOR, &asked).await;
    refused(own, Kind::EnrolmentRefused).await;
    assert_eq!(old.get(&path::changes("", 1, 0)).await.status(), 200);
}
