//! JSON in zstd, both ways.

use std::io::Read as _;

use hoso_portal_api::commit::DossierState;
use hoso_portal_api::device::ProofBody;
use hoso_portal_api::{Kind, path};

use crate::client::refused;
use crate::world::{World, new_dossier};

#[tokio::test]
async fn a_commit_packed_in_zstd_is_proven_as_it_was_sent() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    let sent = world.signed(&world.data(id, 1));
    for blob in &sent.blobs {
        device.put_bytes(blob).await;
    }
    let plain = serde_json::to_vec(&sent.commit).unwrap();
    let packed = zstd::encode_all(&plain[..], 3).unwrap();
    assert!(packed.len() < plain.len());
    let put = |proof: &[u8]| {
        device
            .request("PUT", &path::dossier(id), ProofBody::Bytes(proof))
            .header("content-encoding", "zstd")
            .body(packed.clone())
            .send()
    };
    refused(put(&plain).await.unwrap(), Kind::ProofInvalid).await;
    assert_eq!(put(&packed).await.unwrap().status(), 201);
}

#[tokio::test]
async fn a_large_answer_is_packed_for_who_reads_it_and_for_nobody_else() {
    let world = World::new().await;
    let device = world.device().await;
    let id = new_dossier();
    device.send(id, &world.signed(&world.data(id, 1))).await;
    let ask = |target: String, accept: &'static str| {
        device
            .request("GET", &target, ProofBody::Bytes(b""))
            .header("accept-encoding", accept)
            .send()
    };
    let plain = ask(path::dossier(id), "gzip, zstd;q=0").await.unwrap();
    assert!(!plain.headers().contains_key("content-encoding"));
    let plain = plain.bytes().await.unwrap();
    let packed = ask(path::dossier(id), "gzip, zstd;q=0.5").await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "zstd");
    assert_eq!(packed.headers()["vary"], "accept-encoding");
    let packed = packed.bytes().await.unwrap();
    assert!(packed.len() < plain.len());
    let read: DossierState =
        serde_json::from_slice(&zstd::decode_all(&packed[..]).unwrap()).unwrap();
    assert_eq!(read, serde_json::from_slice(&plain).unwrap());
    let small = ask(path::changes("", 1, 0), "zstd").await.unwrap();
    assert!(!small.headers().contains_key("content-encoding"));
}

#[tokio::test]
async fn a_bomb_is_refused_and_so_is_an_encoding_nobody_spoke_of() {
    let world = World::new().await;
    let device = world.device().await;
    let bomb = zstd::encode_all(std::io::repeat(b' ').take(64 << 20), 3).unwrap();
    assert!(bomb.len() < 200_000, "{}", bomb.len());
    let whole = bomb.len();
    for (encoding, body, kind) in [
        ("zstd", bomb.clone(), Kind::TooLarge),
        ("zstd", bomb[..whole / 2].to_vec(), Kind::TooLarge),
        ("zstd", b"not zstd".to_vec(), Kind::Malformed),
        ("br", b"{}".to_vec(), Kind::UnsupportedMedia),
    ] {
        let answer = device
            .request(
                "PUT",
                &path::dossier(new_dossier()),
                ProofBody::Bytes(&body),
            )
            .header("content-encoding", encoding)
            .body(body)
            .send()
            .await
            .unwrap();
        refused(answer, kind).await;
    }
}
