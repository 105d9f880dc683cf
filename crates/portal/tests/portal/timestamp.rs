//! The training portal's authority of timestamps.

use std::process::Command;

use hoso_portal::Portal;
use hoso_portal_api::connection::Connection;
use hoso_portal_api::device::ProofBody;
use hoso_portal_api::{Kind, path};
use hoso_proof::timestamp::{Query, Standing, stamped, timestamp};
use hoso_proof::{Trust, sign_with_key};
use reqwest::Response;

use crate::client::{DeviceClient, refused};
use crate::world::{World, now};

/// A signature of the chief accountant over nothing in particular.
fn signature(world: &World) -> Vec<u8> {
    let (certificate, key) = (&world.chief.certificate_pem, world.chief.key_pem().unwrap());
    sign_with_key(b"content", certificate, &[], &key, now()).unwrap()
}

fn trust(world: &World) -> Trust {
    let service = world.connection.timestamp.as_ref().unwrap();
    let trust = Trust::from_pem(&[&world.ca.pem().unwrap()]).unwrap();
    trust.with_timestamps(&service.ca).unwrap()
}

async fn ask(device: &DeviceClient, query: &[u8], kind: &str) -> Response {
    let target = path::TIMESTAMP;
    let request = device.request("POST", target, ProofBody::Bytes(query));
    let request = request.header("content-type", kind).body(query.to_vec());
    request.send().await.unwrap()
}

impl DeviceClient {
    pub async fn timestamp(&self, query: &[u8]) -> Vec<u8> {
        let answer = ask(self, query, path::TIMESTAMP_QUERY).await;
        answer.bytes().await.unwrap().to_vec()
    }

    /// The same signature with a timestamp of this portal.
    pub async fn stamped(&self, p7s: &[u8], trust: &Trust, nonce: u8) -> Vec<u8> {
        let query = Query::new(p7s, [nonce; 8]).unwrap();
        let answer = self.timestamp(query.bytes()).await;
        stamped(p7s, &query.read(&answer, trust).unwrap().0).unwrap()
    }
}

impl World {
    pub fn timestamps(&self) -> Trust {
        trust(self)
    }
}

#[tokio::test]
#[cfg_attr(windows, ignore = "asks programs of a Unix system")]
async fn a_signature_gets_a_timestamp_that_openssl_accepts_under_the_connection_files_authority() {
    let world = World::new().await;
    let device = world.device().await;
    let service = world.connection.timestamp.clone().unwrap();
    assert_eq!(service.url, format!("{}{}", world.base, path::TIMESTAMP));
    let p7s = signature(&world);
    let query = Query::new(&p7s, [7; 8]).unwrap();
    let began = now();
    let answer = ask(&device, query.bytes(), path::TIMESTAMP_QUERY).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], path::TIMESTAMP_REPLY);
    let answer = answer.bytes().await.unwrap();
    let (token, said) = query.read(&answer, &trust(&world)).unwrap();
    assert_eq!(said.standing, Standing::Known);
    assert_eq!(said.authority, "Cổng thử - Timestamps");
    assert!((said.at - began).num_seconds().abs() < 60, "{said:?}");
    let both = stamped(&p7s, &token).unwrap();
    assert_eq!(timestamp(&both, &trust(&world)).unwrap(), Some(said));

    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("query.tsq", query.bytes()),
        ("answer.tsr", &answer),
        ("ca.pem", service.ca.as_bytes()),
    ] {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    let verify = Command::new("openssl")
        .args(["ts", "-verify", "-queryfile", "query.tsq"])
        .args(["-in", "answer.tsr", "-CAfile", "ca.pem"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(verify.status.success(), "{verify:?}");
    // no two tokens are the same
    let again = device.timestamp(query.bytes()).await;
    assert_ne!(query.read(&again, &trust(&world)).unwrap().0, token);
}

#[tokio::test]
async fn what_is_no_query_is_refused_and_strangers_get_nothing() {
    let world = World::new().await;
    let device = world.device().await;
    let query = Query::new(&signature(&world), [7; 8]).unwrap();
    refused(
        ask(&device, query.bytes(), "application/json").await,
        Kind::UnsupportedMedia,
    )
    .await;
    let long = vec![0x30; 5000];
    refused(
        ask(&device, &long, path::TIMESTAMP_QUERY).await,
        Kind::TooLarge,
    )
    .await;
    // what cannot be read is answered as the authority's own refusal
    let answer = ask(&device, b"no query", path::TIMESTAMP_QUERY).await;
    assert_eq!(answer.status(), 200);
    let answer = answer.bytes().await.unwrap();
    let told = query.read(&answer, &trust(&world)).unwrap_err();
    assert_eq!(told.code(), "timestamp-refused");
    let url = format!("{}{}", world.base, path::TIMESTAMP);
    let stranger = world.http().post(url).body(query.bytes().to_vec());
    refused(stranger.send().await.unwrap(), Kind::ProofInvalid).await;
}

#[tokio::test]
async fn a_folder_prepared_before_there_were_timestamps_gets_its_authority_once() {
    let mut world = World::new().await;
    let kept = |name: &str| std::fs::read(world.dir.path().join(name)).unwrap();
    let first = kept("timestamp-ca.pem");
    for name in [
        "timestamp-ca.pem",
        "timestamp-cert.pem",
        "timestamp-key.pem",
    ] {
        std::fs::remove_file(world.dir.path().join(name)).unwrap();
    }
    world.restart().await;
    let kept = |name: &str| std::fs::read(world.dir.path().join(name)).unwrap();
    let made = kept("timestamp-ca.pem");
    assert_ne!(made, first);
    world.restart().await;
    assert_eq!(
        std::fs::read(world.dir.path().join("timestamp-ca.pem")).unwrap(),
        made
    );
    let device = world.device().await;
    let (p7s, ca) = (signature(&world), String::from_utf8(made).unwrap());
    let trust = Trust::from_pem(&[&world.ca.pem().unwrap()]).unwrap();
    let trust = trust.with_timestamps(&ca).unwrap();
    let both = device.stamped(&p7s, &trust, 7).await;
    assert!(timestamp(&both, &trust).unwrap().is_some());
}

#[tokio::test]
async fn a_portal_that_moves_money_makes_no_timestamps() {
    let mut world = World::new().await;
    let device = world.device().await;
    world.configured("training", serde_json::json!(false)).await;
    let query = Query::new(&signature(&world), [7; 8]).unwrap();
    let answer = ask(&device, query.bytes(), path::TIMESTAMP_QUERY).await;
    refused(answer, Kind::NotFound).await;

    let dir = tempfile::tempdir().unwrap();
    let setup = world.setup(false);
    let prepared = Portal::prepare(dir.path(), &setup).unwrap();
    let connection = Connection::from_bytes(&prepared.connection).unwrap();
    assert_eq!(connection.timestamp, None);
    // and its file reads as those did that were made before there were any
    assert!(
        !String::from_utf8(prepared.connection)
            .unwrap()
            .contains("timestamp")
    );
}

#[tokio::test]
async fn a_revocation_list_is_passed_on_and_a_newer_one_takes_its_place() {
    let world = World::new().await;
    let device = world.device().await;
    let first = world.ca.revocation_list(&[], now()).unwrap();
    let place = world.dir.path().join("revocation-1.crl");
    refused(device.get(&path::revocation_list(1)).await, Kind::NotFound).await;
    let mut etags = Vec::new();
    for list in [
        first,
        world.ca.revocation_list(&[&world.chief], now()).unwrap(),
    ] {
        std::fs::write(&place, &list).unwrap();
        let answer = device.get(&path::revocation_list(1)).await;
        assert_eq!(answer.headers()["content-type"], path::REVOCATION_LIST);
        let etag = answer.headers()["etag"].to_str().unwrap().to_owned();
        assert_eq!(&answer.bytes().await.unwrap()[..], &list[..]);
        let target = path::revocation_list(1);
        let again = device.request("GET", &target, ProofBody::Bytes(b""));
        let again = again.header("if-none-match", &etag).send().await.unwrap();
        assert_eq!(again.status(), 304);
        etags.push(etag);
    }
    assert_ne!(etags[0], etags[1]);
}

#[test]
fn a_portal_is_prepared_with_lists_that_can_be_read_and_names_them() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::new());
    let list = world.ca.revocation_list(&[], now()).unwrap();
    let mut setup = world.setup(true);
    setup.revocation_lists = vec![list.clone()];
    let dir = tempfile::tempdir().unwrap();
    let prepared = Portal::prepare(dir.path(), &setup).unwrap();
    let connection = Connection::from_bytes(&prepared.connection).unwrap();
    let url = format!("{}/v1/revocation-lists/1", world.base);
    assert_eq!(connection.revocation_lists, [url]);
    assert_eq!(
        std::fs::read(dir.path().join("revocation-1.crl")).unwrap(),
        list
    );
    setup.revocation_lists = vec![b"no list".to_vec()];
    let dir = tempfile::tempdir().unwrap();
    assert!(Portal::prepare(dir.path(), &setup).is_err());
}
