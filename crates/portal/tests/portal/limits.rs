//! What the portal refuses when it is asked too much, or told not to serve.

use hoso_domain::digest::Digest;
use hoso_portal_api::device::ProofBody;
use hoso_portal_api::officer::{self, DeviceToken, Service};
use hoso_portal_api::{Kind, path, upload};
use reqwest::Response;
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use crate::client::{DeviceClient, location, offset, read, refused};
use crate::upload::{A_WHILE, half, half_a_patch};
use crate::world::{OFFICER, PASSWORD, World, new_dossier};

/// The problem says how long to wait, in the body and in the header.
async fn told_to_wait(answer: Response, kind: Kind) {
    let header = answer.headers()["retry-after"].to_str().unwrap().to_owned();
    let told = refused(answer, kind).await;
    assert_eq!(told.retry_after, Some(header.parse().unwrap()));
    assert!(told.retryable);
}

#[tokio::test]
async fn a_device_that_asks_too_often_is_told_when_to_come_again_and_others_are_not() {
    let mut world = World::new().await;
    world.limited(json!({ "requests_per_minute": 3 })).await;
    let (device, second) = (world.device().await, world.second_device().await);
    let ask = path::changes("", 1, 0);
    for _ in 0..3 {
        assert_eq!(device.get(&ask).await.status(), 200);
    }
    told_to_wait(device.get(&ask).await, Kind::RateLimited).await;
    assert_eq!(second.get(&ask).await.status(), 200);
}

#[tokio::test]
async fn a_unit_may_not_leave_more_unfinished_than_its_share() {
    let mut world = World::new().await;
    world.limited(json!({ "unfinished_bytes": 1000 })).await;
    let device = world.device().await;
    let first = [7u8; 600];
    assert_eq!(device.create(Digest::of(&first), 600).await.status(), 201);
    told_to_wait(
        device.create(Digest::of(b"other"), 600).await,
        Kind::RateLimited,
    )
    .await;
    assert_eq!(device.create(Digest::of(&first), 600).await.status(), 200);
    device.put_bytes(&first).await;
    assert_eq!(device.create(Digest::of(b"other"), 600).await.status(), 201);
}

#[tokio::test]
async fn when_all_bodies_are_taken_the_next_is_told_to_wait() {
    let mut world = World::new().await;
    world.limited(json!({ "bodies": 1 })).await;
    let device = world.device().await;
    let bytes = [1u8; 5000];
    let place = location(&device.create(Digest::of(&bytes), 5000).await);
    let _line = half_a_patch(&world, &device, &place, 0, &bytes[..100], 5000).await;
    let asked = json!({ "reason": "x" });
    let target = path::withdrawal(new_dossier());
    let mut answer = device.send_json("PUT", &target, &asked).await;
    for _ in 0..200 {
        if answer.status() == 503 {
            break;
        }
        answer = device.send_json("PUT", &target, &asked).await;
    }
    told_to_wait(answer, Kind::Busy).await;
    // Asking needs no body, and the newest request ends the one that holds it.
    let at = offset(&device.head(&place).await);
    let rest = bytes[at as usize..].to_vec();
    let sent = device.patch(&place, at).body(rest).send().await.unwrap();
    assert_eq!(sent.status(), 204);
}

/// Everything that comes over a line until the portal ends it.
async fn to_its_end(mut line: TlsStream<TcpStream>) -> String {
    let mut told = Vec::new();
    let _ = timeout(A_WHILE, line.read_to_end(&mut told)).await.unwrap();
    String::from_utf8(told).unwrap()
}

#[tokio::test]
async fn a_body_that_falls_silent_gives_its_place_back_and_what_came_of_an_upload_is_kept() {
    let mut world = World::new().await;
    world
        .limited(json!({ "bodies": 1, "silent_seconds": 1 }))
        .await;
    let device = world.device().await;
    let bytes = [1u8; 5000];
    let place = location(&device.create(Digest::of(&bytes), 5000).await);
    let line = half_a_patch(&world, &device, &place, 0, &bytes[..100], 5000).await;
    let told = to_its_end(line).await;
    assert!(told.starts_with("HTTP/1.1 409 "), "{told}");
    assert!(told.contains("upload-offset: 100\r\n"), "{told}");

    let asked = json!({ "reason": "x" }).to_string();
    let target = path::withdrawal(new_dossier());
    let request = device.request("PUT", &target, ProofBody::Bytes(asked.as_bytes()));
    let line = half(&world, request, &asked.as_bytes()[..5], asked.len()).await;
    let told = to_its_end(line).await;
    assert!(told.starts_with("HTTP/1.1 503 "), "{told}");
    assert!(told.contains("retry-after: "), "{told}");

    // the one place is free again
    assert_eq!(offset(&device.head(&place).await), 100);
    let rest = device.patch(&place, 100).body(bytes[100..].to_vec());
    assert_eq!(offset(&rest.send().await.unwrap()), 5000);
}

async fn serve(world: &World, serving: bool) {
    let officer = world.officer().await;
    let url = format!("{}{}", world.base, officer::SERVICE);
    let answer = officer
        .http
        .put(url)
        .bearer_auth(&officer.token)
        .body(serde_json::to_vec(&Service { serving }).unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(read::<Service>(answer).await, Service { serving });
}

#[tokio::test]
async fn a_paused_portal_says_so_to_devices_until_officers_resume_it() {
    let mut world = World::new().await;
    let device = world.device().await;
    let ask = path::changes("", 1, 0);
    serve(&world, false).await;
    told_to_wait(device.get(&ask).await, Kind::Busy).await;
    let hello = world.http().get(format!("{}{}", world.base, path::HELLO));
    assert_eq!(hello.send().await.unwrap().status(), 200);
    world.restart().await;
    let device = DeviceClient {
        http: world.http(),
        ..device
    };
    told_to_wait(device.get(&ask).await, Kind::Busy).await;
    serve(&world, true).await;
    assert_eq!(device.get(&ask).await.status(), 200);
}

#[tokio::test]
async fn the_console_pauses_the_service_and_revokes_a_machine() {
    let world = World::new().await;
    let (http, device) = (world.http(), world.device().await);
    let form = |target: String, cookie: String, body: String| {
        http.post(format!("{}{target}", world.base))
            .header("cookie", cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
    };
    let login = crate::officer::encoded(&[("name", OFFICER), ("password", PASSWORD)]);
    let entered = form("/officer/login".into(), String::new(), login)
        .await
        .unwrap();
    let cookie = entered.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let page = |target: &str| {
        http.get(format!("{}{target}", world.base))
            .header("cookie", cookie.clone())
            .send()
    };
    let list = page("/officer").await.unwrap().text().await.unwrap();
    assert!(list.contains("Tạm ngừng phục vụ"));
    let csrf = list.split("name=\"csrf\" value=\"").nth(1).unwrap();
    let csrf = csrf.split('"').next().unwrap();
    let ask = path::changes("", 1, 0);
    for (serving, status) in [("false", 503), ("true", 200)] {
        let body = format!("csrf={csrf}&serving={serving}");
        let sent = form("/officer/service".into(), cookie.clone(), body).await;
        assert_eq!(sent.unwrap().status(), 303);
        assert_eq!(device.get(&ask).await.status(), status);
    }
    let devices = page("/officer/devices").await.unwrap();
    let devices = devices.text().await.unwrap();
    assert!(devices.contains("Máy kế toán") && devices.contains(&world.unit.code));
    let target = format!("/officer/devices/{}/revoke", device.id);
    let forged = form(target.clone(), cookie.clone(), "csrf=forged".into()).await;
    assert_eq!(forged.unwrap().status(), 403);
    assert_eq!(device.get(&ask).await.status(), 200);
    let sent = form(target, cookie.clone(), format!("csrf={csrf}")).await;
    assert_eq!(sent.unwrap().status(), 303);
    refused(device.get(&ask).await, Kind::DeviceRevoked).await;
}

#[tokio::test]
async fn a_training_token_stands_for_a_proof_and_a_real_portal_knows_none() {
    let mut world = World::new().await;
    let (device, officer) = (world.device().await, world.officer().await);
    let target = officer::token(device.id);
    let given = officer.post(&target, &()).await;
    assert_eq!(given.status(), 201);
    let token = read::<DeviceToken>(given).await.token;
    let ask = path::changes("", 1, 0);
    let url = format!("{}{ask}", world.base);
    let answer = device.http.get(&url).bearer_auth(&token).send().await;
    assert_eq!(answer.unwrap().status(), 200);
    let wrong = device.http.get(&url).bearer_auth("00").send().await;
    refused(wrong.unwrap(), Kind::DeviceUnknown).await;

    // tus as an independent client speaks it.
    let created = device
        .http
        .post(format!("{}{}", world.base, path::UPLOADS))
        .bearer_auth(&token)
        .header(upload::TUS_RESUMABLE, upload::VERSION)
        .header(upload::UPLOAD_LENGTH, 3)
        .header(
            upload::UPLOAD_METADATA,
            upload::metadata(Digest::of(b"abc")),
        )
        .send()
        .await
        .unwrap();
    assert_eq!(created.status(), 201);
    let sent = device
        .http
        .patch(format!("{}{}", world.base, location(&created)))
        .bearer_auth(&token)
        .header(upload::TUS_RESUMABLE, upload::VERSION)
        .header(upload::UPLOAD_OFFSET, 0)
        .header("content-type", upload::OFFSET_OCTET_STREAM)
        .body("abc")
        .send()
        .await
        .unwrap();
    assert_eq!((sent.status().as_u16(), offset(&sent)), (204, 3));

    world.configured("training", json!(false)).await;
    let http = world.http();
    let answer = http.get(&url).bearer_auth(&token).send().await.unwrap();
    refused(answer, Kind::ProofInvalid).await;
    let officer = world.officer().await;
    refused(officer.post(&target, &()).await, Kind::Forbidden).await;
    let device = DeviceClient { http, ..device };
    let proven = device.request("GET", &ask, ProofBody::Bytes(b""));
    assert_eq!(proven.send().await.unwrap().status(), 200);
}
