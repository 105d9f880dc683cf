//! Bytes arrive in pieces, over lines that drop.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hoso_domain::digest::Digest;
use hoso_portal::{Clock, Portal};
use hoso_portal_api::device::ProofBody;
use hoso_portal_api::{Kind, path, upload};
use reqwest::RequestBuilder;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::client::{DeviceClient, location, offset, refused};
use crate::world::{World, new_dossier, now};

/// Longer than anything here takes, on a busy machine too.
pub const A_WHILE: Duration = Duration::from_secs(60);

fn bytes(n: usize, seed: u8) -> Vec<u8> {
    (0..n).map(|i| (i % 251) as u8 ^ seed).collect()
}

/// A line of our own: sends the head of a `PATCH` and the first bytes of its body, no more.
pub async fn half_a_patch(
    world: &World,
    device: &DeviceClient,
    place: &str,
    at: u64,
    part: &[u8],
    promised: usize,
) -> TlsStream<TcpStream> {
    half(world, device.patch(place, at), part, promised).await
}

/// The head of a request and the first bytes of its body, over a line of our own.
pub async fn half(
    world: &World,
    request: RequestBuilder,
    part: &[u8],
    promised: usize,
) -> TlsStream<TcpStream> {
    let request = request.build().unwrap();
    let (method, place) = (request.method(), request.url().path());
    let mut head = format!("{method} {place} HTTP/1.1\r\nhost: portal\r\n");
    for (name, value) in request.headers() {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    head.push_str(&format!("content-length: {promised}\r\n\r\n"));
    let mut roots = rustls::RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(world.connection.tls_ca.as_bytes()).unwrap();
    roots.add(ca).unwrap();
    let config = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = TcpStream::connect(world.base.trim_start_matches("https://"))
        .await
        .unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let mut line = TlsConnector::from(Arc::new(config))
        .connect(name, tcp)
        .await
        .unwrap();
    // in one piece, as far as it goes
    line.write_all(&[head.as_bytes(), part].concat())
        .await
        .unwrap();
    line.flush().await.unwrap();
    line
}

/// Sends a first part until some of it has arrived. Each `HEAD` ends the writer before it, so one
/// that comes ahead of the first byte finds nothing, and the part is sent again.
async fn first_part(
    world: &World,
    device: &DeviceClient,
    place: &str,
    part: &[u8],
    all: usize,
) -> (u64, TlsStream<TcpStream>) {
    for _ in 0..200 {
        let line = half_a_patch(world, device, place, 0, part, all).await;
        let at = offset(&device.head(place).await);
        if at > 0 {
            return (at, line);
        }
    }
    panic!("nothing arrived");
}

#[tokio::test]
async fn an_upload_goes_on_after_cuts_and_a_restart_of_the_portal() {
    let mut world = World::new().await;
    let device = world.device().await;
    let all = bytes(300_000, 1);
    let created = device.create(Digest::of(&all), all.len() as u64).await;
    assert_eq!(created.status(), 201);
    let place = location(&created);

    let (at, line) = first_part(&world, &device, &place, &all[..70_000], all.len()).await;
    drop(line);
    assert!(at <= 70_000);

    world.restart().await;
    let device = DeviceClient {
        http: world.http(),
        ..device
    };
    assert_eq!(
        offset(&device.head(&place).await),
        at,
        "the offset is durable"
    );
    let middle = at as usize + 100_000;
    let sent = device
        .patch(&place, at)
        .body(all[at as usize..middle].to_vec());
    assert_eq!(offset(&sent.send().await.unwrap()), middle as u64);
    let rest = device
        .patch(&place, middle as u64)
        .body(all[middle..].to_vec());
    let rest = rest.send().await.unwrap();
    assert_eq!(
        (rest.status().as_u16(), offset(&rest)),
        (204, all.len() as u64)
    );
}

#[tokio::test]
async fn a_dead_body_does_not_hold_the_upload_against_the_next_request() {
    let world = World::new().await;
    let device = world.device().await;
    let all = bytes(100_000, 2);
    let created = device.create(Digest::of(&all), all.len() as u64).await;
    let place = location(&created);
    // The line stays open and silent for the rest of the test.
    let (at, _line) = first_part(&world, &device, &place, &all[..10_000], all.len()).await;
    let rest = device
        .patch(&place, at)
        .body(all[at as usize..].to_vec())
        .send()
        .await
        .unwrap();
    assert_eq!(
        (rest.status().as_u16(), offset(&rest)),
        (204, all.len() as u64)
    );
}

#[tokio::test]
async fn a_body_that_goes_on_where_the_one_under_way_will_end_waits_for_it() {
    let mut world = World::new().await;
    world.limited(json!({ "bodies": 2 })).await;
    let device = world.device().await;
    let all = bytes(1_600_000, 9);
    let create = || device.create(Digest::of(&all), all.len() as u64);
    let place = location(&create().await);
    let mut line = half_a_patch(&world, &device, &place, 0, &all[..1_200_000], 1_500_000).await;
    // a long body's first bytes are durable before its end; asking so ends no writer
    let durable = async { while offset(&create().await) == 0 {} };
    timeout(A_WHILE, durable).await.unwrap();
    let waits = tokio::spawn(
        device
            .patch(&place, 1_500_000)
            .body(all[1_500_000..].to_vec())
            .send(),
    );
    // when both bodies are there no third one is taken
    let (target, asked) = (path::withdrawal(new_dossier()), json!({ "reason": "x" }));
    let full = async { while device.send_json("PUT", &target, &asked).await.status() != 503 {} };
    timeout(A_WHILE, full).await.unwrap();
    assert!(!waits.is_finished());
    line.write_all(&all[1_200_000..1_500_000]).await.unwrap();
    line.flush().await.unwrap();
    let answer = waits.await.unwrap().unwrap();
    assert_eq!(
        (answer.status().as_u16(), offset(&answer)),
        (204, all.len() as u64)
    );
}

#[tokio::test]
async fn creating_the_same_bytes_again_gives_the_same_upload() {
    let world = World::new().await;
    let device = world.device().await;
    let all = bytes(1000, 3);
    let sha256 = Digest::of(&all);
    let first = device.create(sha256, 1000).await;
    assert_eq!((first.status().as_u16(), offset(&first)), (201, 0));
    let place = location(&first);
    device
        .patch(&place, 0)
        .body(all[..400].to_vec())
        .send()
        .await
        .unwrap();

    let lost = device.create(sha256, 1000).await;
    assert_eq!((lost.status().as_u16(), offset(&lost)), (200, 400));
    assert_eq!(location(&lost), place);
    device
        .patch(&place, 400)
        .body(all[400..].to_vec())
        .send()
        .await
        .unwrap();

    let again = device.create(sha256, 1000).await;
    assert_eq!((again.status().as_u16(), offset(&again)), (200, 1000));
    // Another unit does not get bytes it never had.
    let foreign = world.foreign_device().await;
    let theirs = foreign.create(sha256, 1000).await;
    assert_eq!((theirs.status().as_u16(), offset(&theirs)), (201, 0));
}

#[tokio::test]
async fn a_wrong_offset_is_told_the_right_one() {
    let world = World::new().await;
    let device = world.device().await;
    let all = bytes(1000, 4);
    let place = location(&device.create(Digest::of(&all), 1000).await);
    device
        .patch(&place, 0)
        .body(all[..400].to_vec())
        .send()
        .await
        .unwrap();
    for wrong in [0, 399, 401, 1000] {
        let answer = device
            .patch(&place, wrong)
            .body(all[400..].to_vec())
            .send()
            .await
            .unwrap();
        assert_eq!((answer.status().as_u16(), offset(&answer)), (409, 400));
        refused(answer, Kind::OffsetMismatch).await;
    }
    // More than was promised is not taken.
    let beyond = device
        .patch(&place, 400)
        .body(bytes(601, 9))
        .send()
        .await
        .unwrap();
    assert_eq!((beyond.status().as_u16(), offset(&beyond)), (409, 400));
}

#[tokio::test]
async fn bytes_that_do_not_hash_are_removed_and_can_be_sent_anew() {
    let world = World::new().await;
    let device = world.device().await;
    let all = bytes(1000, 5);
    let sha256 = Digest::of(&all);
    let place = location(&device.create(sha256, 1000).await);
    let answer = device
        .patch(&place, 0)
        .body(bytes(1000, 6))
        .send()
        .await
        .unwrap();
    refused(answer, Kind::DigestMismatch).await;
    assert_eq!(device.head(&place).await.status(), 410);
    device.put_bytes(&all).await;
}

#[tokio::test]
async fn a_chunk_with_a_wrong_checksum_counts_for_nothing() {
    let world = World::new().await;
    let device = world.device().await;
    let all = bytes(1000, 7);
    let place = location(&device.create(Digest::of(&all), 1000).await);
    let checksum = |b: &[u8]| format!("sha256 {}", STANDARD.encode(Digest::of(b).0));
    let wrong = device
        .patch(&place, 0)
        .header(upload::UPLOAD_CHECKSUM, checksum(b"other"))
        .body(all[..500].to_vec())
        .send()
        .await
        .unwrap();
    assert_eq!((wrong.status().as_u16(), offset(&wrong)), (460, 0));
    let right = device
        .patch(&place, 0)
        .header(upload::UPLOAD_CHECKSUM, checksum(&all[..500]))
        .body(all[..500].to_vec())
        .send()
        .await
        .unwrap();
    assert_eq!((right.status().as_u16(), offset(&right)), (204, 500));
}

#[tokio::test]
async fn an_unfinished_upload_can_be_taken_back_and_a_file_too_large_is_refused() {
    let world = World::new().await;
    let device = world.device().await;
    let place = location(&device.create(Digest::of(b"x"), 10).await);
    let gone = device
        .request("DELETE", &place, ProofBody::Bytes(b""))
        .header(upload::TUS_RESUMABLE, upload::VERSION)
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), 204);
    assert_eq!(device.head(&place).await.status(), 410);
    let large = device.create(Digest::of(b"y"), 10 * 1024 * 1024 + 1).await;
    refused(large, Kind::TooLarge).await;
    // An empty file is whole at once.
    let empty = device.create(Digest::of(b""), 0).await;
    assert_eq!((empty.status().as_u16(), offset(&empty)), (201, 0));
}

#[tokio::test]
async fn a_portal_that_ended_before_it_checked_the_whole_checks_it_later() {
    let mut world = World::new().await;
    let device = world.device().await;
    let all = bytes(1000, 8);
    let sha256 = Digest::of(&all);
    let blob = world
        .dir
        .path()
        .join("blobs")
        .join(sha256.hex().chars().take(2).collect::<String>())
        .join(sha256.hex());
    for moved_in in [true, false] {
        device.put_bytes(&all).await;
        let place = location(&device.create(sha256, 1000).await);
        let id = place.rsplit('/').next().unwrap();
        let db = rusqlite::Connection::open(world.dir.path().join("portal.db")).unwrap();
        let undone = db.execute("UPDATE upload SET done = 0 WHERE upload_id = ?1", [id]);
        assert_eq!(undone.unwrap(), 1);
        if !moved_in {
            std::fs::rename(&blob, world.dir.path().join("partial").join(id)).unwrap();
        }
        let again = device.create(sha256, 1000).await;
        assert_eq!((again.status().as_u16(), offset(&again)), (200, 1000));
        let done: bool = db
            .query_row("SELECT done FROM upload WHERE upload_id = ?1", [id], |r| {
                r.get(0)
            })
            .unwrap();
        assert!(done && blob.is_file());
    }
    world.handle.take().unwrap().shutdown().await;
}

#[tokio::test]
async fn bytes_the_disk_lost_are_asked_for_again() {
    let world = World::new().await;
    let device = world.device().await;
    let partial = |place: &str| {
        let id = place.rsplit('/').next().unwrap();
        world.dir.path().join("partial").join(id)
    };

    // in the middle
    let all = bytes(1_000, 31);
    let sha256 = Digest::of(&all);
    let place = location(&device.create(sha256, 1_000).await);
    let part = device.patch(&place, 0).body(all[..600].to_vec());
    assert_eq!(offset(&part.send().await.unwrap()), 600);
    std::fs::write(partial(&place), &all[..200]).unwrap();
    let rest = device.patch(&place, 600).body(all[600..].to_vec());
    refused(rest.send().await.unwrap(), Kind::UploadGone).await;
    let made = device.create(sha256, 1_000).await;
    assert_eq!((made.status().as_u16(), offset(&made)), (201, 0));
    let whole = device.patch(&location(&made), 0).body(all.clone());
    assert_eq!(offset(&whole.send().await.unwrap()), 1_000);

    // all of it, before the whole was checked
    let place = location(&device.create(sha256, 1_000).await);
    let id = place.rsplit('/').next().unwrap();
    let db = rusqlite::Connection::open(world.dir.path().join("portal.db")).unwrap();
    let undone = db.execute("UPDATE upload SET done = 0 WHERE upload_id = ?1", [id]);
    assert_eq!(undone.unwrap(), 1);
    let hex = sha256.hex();
    let shard: String = hex.chars().take(2).collect();
    let blob = world.dir.path().join("blobs").join(shard).join(hex);
    std::fs::remove_file(blob).unwrap();
    assert_eq!(device.head(&place).await.status(), 460);
    assert_eq!(device.head(&place).await.status(), 410);
    let made = device.create(sha256, 1_000).await;
    assert_eq!((made.status().as_u16(), offset(&made)), (201, 0));
}

#[tokio::test]
async fn a_creation_may_carry_the_first_bytes_and_a_repeated_one_changes_nothing() {
    let world = World::new().await;
    let device = world.device().await;
    let all = bytes(900, 12);
    let (sha256, length) = (Digest::of(&all), 900);
    let made = device.create_with(sha256, length, &all).await;
    assert_eq!((made.status().as_u16(), offset(&made)), (201, 900));
    let again = device.create_with(sha256, length, &all).await;
    assert_eq!((again.status().as_u16(), offset(&again)), (200, 900));
    assert_eq!(location(&again), location(&made));

    // the first part alone; whoever comes with it later finds the upload further on
    let all = bytes(70_000, 13);
    let (sha256, length) = (Digest::of(&all), 70_000);
    let made = device.create_with(sha256, length, &all[..300]).await;
    assert_eq!((made.status().as_u16(), offset(&made)), (201, 300));
    let place = location(&made);
    let more = device.patch(&place, 300).body(all[300..50_000].to_vec());
    assert_eq!(offset(&more.send().await.unwrap()), 50_000);
    let again = device.create_with(sha256, length, &all[..300]).await;
    assert_eq!((again.status().as_u16(), offset(&again)), (200, 50_000));
    let rest = device.patch(&place, 50_000).body(all[50_000..].to_vec());
    assert_eq!(offset(&rest.send().await.unwrap()), 70_000);
}

#[tokio::test]
async fn bytes_that_come_with_a_creation_and_do_not_fit_are_refused() {
    let world = World::new().await;
    let device = world.device().await;
    let all = bytes(900, 14);
    let wrong = device.create_with(Digest::of(b"other"), 900, &all).await;
    refused(wrong, Kind::DigestMismatch).await;
    let json = device
        .request("POST", path::UPLOADS, ProofBody::Bytes(&all))
        .header(upload::TUS_RESUMABLE, upload::VERSION)
        .header(upload::UPLOAD_LENGTH, 900)
        .header(upload::UPLOAD_METADATA, upload::metadata(Digest::of(&all)))
        .body(all.clone());
    refused(json.send().await.unwrap(), Kind::UnsupportedMedia).await;
    // nothing of it stands in the way of the right bytes
    let made = device.create_with(Digest::of(&all), 900, &all).await;
    assert_eq!((made.status().as_u16(), offset(&made)), (201, 900));
}

#[tokio::test]
async fn two_creations_with_bytes_at_once_make_one_upload() {
    let world = World::new().await;
    let device = world.device().await;
    let all = bytes(40_000, 16);
    let one = || device.create_with(Digest::of(&all), 40_000, &all);
    let (first, second) = tokio::join!(one(), one());
    assert_eq!(location(&first), location(&second));
    assert!(first.status().is_success() && second.status().is_success());
    let stands = device.head(&location(&first)).await;
    assert_eq!(offset(&stands), 40_000);
}

#[tokio::test]
async fn an_upload_that_expired_is_gone_before_anybody_sweeps() {
    let mut world = World::new().await;
    let device = world.device().await;
    let whole = bytes(1_000, 9);
    let created = device.create(Digest::of(&whole), 1_000).await;
    let place = location(&created);
    let part = device.patch(&place, 0).body(whole[..400].to_vec());
    assert_eq!(part.send().await.unwrap().status(), 204);

    let week = chrono::TimeDelta::days(8);
    world
        .restart_as(|data| Portal::open_with(data, Clock::new(move || now() + week)).unwrap())
        .await;
    let http = world.http();
    let device = DeviceClient { http, ..device };
    let later = |method: &str, place: &str, body: ProofBody<'_>| {
        device
            .request_at(now() + week, method, place, body)
            .header(upload::TUS_RESUMABLE, upload::VERSION)
    };
    let head = later("HEAD", &place, ProofBody::Bytes(b"")).send().await;
    assert_eq!(head.unwrap().status(), 410);
    let rest = later("PATCH", &place, ProofBody::Upload)
        .header(upload::UPLOAD_OFFSET, 400)
        .header("content-type", upload::OFFSET_OCTET_STREAM)
        .body(whole[400..].to_vec());
    refused(rest.send().await.unwrap(), Kind::UploadGone).await;
    let anew = later("POST", path::UPLOADS, ProofBody::Bytes(b""))
        .header(upload::UPLOAD_LENGTH, 1_000)
        .header(
            upload::UPLOAD_METADATA,
            upload::metadata(Digest::of(&whole)),
        );
    let anew = anew.send().await.unwrap();
    assert_eq!((anew.status().as_u16(), offset(&anew)), (201, 0));
}
