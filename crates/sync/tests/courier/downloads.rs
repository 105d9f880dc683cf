//! What the treasury says, and its documents.

use std::time::Duration;

use hoso_domain::digest::Digest;
use hoso_domain::id::ResultId;
use hoso_portal_api::{Changes, Document, Kind};
use hoso_sync::pace::STALL;
use hoso_sync::{Failure, Feed, Partial};
use uuid::Uuid;

use crate::bench::{Bench, Fault, bench, noon};
use crate::{KIB, bytes};

/// A document the portal has.
fn stored(bench: &Bench, content: &[u8]) -> Document {
    let id = ResultId(Uuid::from_u128(5));
    let mut state = bench.state.lock().unwrap();
    state.documents.insert(id.to_string(), content.to_vec());
    Document {
        id,
        name: "bao-no.asice".into(),
        sha256: Digest::of(content),
        size: content.len() as u64,
    }
}

#[tokio::test]
async fn the_feed_is_read_and_a_cursor_that_is_gone_begins_anew() {
    let bench = bench().await;
    let portal = bench.portal();
    assert_eq!(
        portal.changes("old", Duration::ZERO).await.unwrap(),
        Feed::Gone
    );
    let page = Changes {
        items: vec![],
        next: "c1".into(),
        up_to_date: true,
        server_time: noon(),
    };
    bench.state.lock().unwrap().changes = Some(page.clone());
    let feed = portal.changes("", Duration::from_secs(20)).await.unwrap();
    assert_eq!(feed, Feed::Page(page));
    assert_eq!(
        bench.requests("GET", "/v1/changes?cursor=&limit=200&wait=20"),
        1
    );
}

#[tokio::test]
async fn a_link_that_comes_back_takes_a_download_up_at_once() {
    let bench = bench().await;
    let portal = bench.portal();
    let content = bytes(2, 300 * KIB);
    let document = stored(&bench, &content);
    bench.fault("GET", "/v1/documents", Fault::HalfAnswer);
    let (line, mut have) = (portal.line(), Partial::default());
    let link_up = async {
        bench.mute.notified().await;
        line.reconnect();
    };
    let began = tokio::time::Instant::now();
    let mut seen = |_, _| {};
    let (came, ()) = tokio::join!(portal.document(&document, &mut have, &mut seen), link_up);
    came.unwrap();
    assert_eq!(have.bytes(), content);
    assert!(
        began.elapsed() < STALL,
        "it did not wait for the silence to be noticed"
    );
}

#[tokio::test]
async fn a_document_cut_in_the_middle_goes_on_where_it_was_and_is_checked() {
    let bench = bench().await;
    let portal = bench.portal();
    let content = bytes(1, 400 * KIB);
    let document = stored(&bench, &content);
    bench.fault("GET", "/v1/documents", Fault::CutAnswer);
    bench.fault("GET", "/v1/documents", Fault::CutAnswer);
    let mut have = Partial::default();
    let mut last = 0;
    portal
        .document(&document, &mut have, &mut |here, _| last = here)
        .await
        .unwrap();
    assert_eq!(have.bytes(), content);
    assert_eq!(last, document.size);
    let served = bench.state.lock().unwrap().served;
    assert!(
        served < content.len() + 4 * KIB,
        "{served} bytes for {}",
        content.len()
    );

    bench.fault("GET", "/v1/documents", Fault::Html(200));
    let captive = portal
        .document(&document, &mut Partial::default(), &mut |_, _| {})
        .await;
    assert!(
        matches!(captive, Err(Failure::CaptivePortal { .. })),
        "{captive:?}"
    );
    let other = Document {
        sha256: Digest::of(b"other"),
        ..document
    };
    let mut kept = have.clone();
    let swapped = portal.document(&other, &mut kept, &mut |_, _| {}).await;
    assert!(
        matches!(swapped, Err(Failure::Nonsense { .. })),
        "{swapped:?}"
    );
    assert!(
        kept.bytes().is_empty(),
        "damaged bytes are not gone on from"
    );
}

#[tokio::test]
async fn a_part_of_a_document_that_is_another_by_now_is_not_gone_on_from() {
    let bench = bench().await;
    let portal = bench.portal();
    let (old, new) = (bytes(1, 40 * KIB), bytes(2, 40 * KIB));
    let id = ResultId(Uuid::from_u128(6));
    let document = Document {
        id,
        name: "bao-no.asice".into(),
        sha256: Digest::of(&new),
        size: new.len() as u64,
    };
    let put = |content: &[u8]| {
        let mut state = bench.state.lock().unwrap();
        state.documents.insert(id.to_string(), content.to_vec());
    };
    put(&old);
    for fault in [Fault::CutAnswer, Fault::Say(Kind::Busy)] {
        bench.fault("GET", "/v1/documents", fault);
    }
    let mut have = Partial::default();
    let cut = portal.document(&document, &mut have, &mut |_, _| {}).await;
    assert!(matches!(cut, Err(Failure::Server { .. })), "{cut:?}");
    assert!(!have.bytes().is_empty());
    put(&new);
    let done = portal.document(&document, &mut have, &mut |_, _| {}).await;
    assert!(done.is_ok(), "{done:?}");
    assert_eq!(have.bytes(), new);
}
