//! Bytes on their way: cut, lost, silent, expired, damaged.

use std::time::Duration;

use hoso_domain::id::DossierId;
use hoso_domain::life::ParkReason;
use hoso_portal_api::Kind;
use hoso_sync::failure::Stage;
use hoso_sync::pace::STALL;
use hoso_sync::{Base, Cancel, Event, Failure, Goodput, submission};
use uuid::Uuid;

use crate::bench::{Fault, bench};
use crate::{KIB, bytes, failed, patched, receipt, revision, send};

#[tokio::test]
async fn a_body_cut_in_the_middle_goes_on_from_what_the_portal_holds() {
    let bench = bench().await;
    let portal = bench.portal();
    let file = bytes(3, 900 * KIB);
    for cut in [10 * KIB, 20 * KIB, 5 * KIB] {
        bench.fault("PATCH", "/v1/uploads/0", Fault::CutBody(cut));
    }
    let (outcome, events) = send(&portal, &revision(1, std::slice::from_ref(&file))).await;
    receipt(outcome);
    // the bench keeps what arrived before a cut, so not one byte is sent twice
    assert_eq!(patched(&bench), file.len());
    let cuts = events
        .iter()
        .filter(|e| matches!(e, Event::Interrupted { .. }))
        .count();
    assert_eq!(cuts, 3);
    let offsets: Vec<u64> = events
        .iter()
        .filter_map(|e| match e {
            Event::Acknowledged { offset, .. } => Some(*offset),
            _ => None,
        })
        .collect();
    assert!(offsets.is_sorted(), "{offsets:?}");
    assert_eq!(offsets.first(), Some(&(10 * KIB as u64)));
}

#[tokio::test]
async fn an_upload_whose_answers_are_lost_sends_no_acknowledged_byte_again() {
    let bench = bench().await;
    let file = bytes(4, 200 * KIB);
    bench.fault("PATCH", "/v1/uploads/0", Fault::LoseAnswer);
    bench.fault("HEAD", "/v1/uploads/0", Fault::LoseAnswer);
    receipt(
        send(&bench.portal(), &revision(1, std::slice::from_ref(&file)))
            .await
            .0,
    );
    assert_eq!(patched(&bench), file.len());
}

#[tokio::test]
async fn a_link_that_always_breaks_is_given_up_for_now_and_goes_on_next_time() {
    let bench = bench().await;
    for _ in 0..3 {
        bench.fault("PATCH", "/v1/uploads/0", Fault::CutBody(0));
    }
    let submission = revision(1, &[bytes(5, 9 * KIB)]);
    let (outcome, events) = send(&bench.portal(), &submission).await;
    let failure = failed(outcome);
    assert!(
        matches!(
            failure,
            Failure::Transport {
                stage: Stage::Broken,
                ..
            }
        ),
        "{failure:?}"
    );
    assert!(failure.stops_the_pass() && failure.counts_against_the_row());
    let Some(Event::Located { location, .. }) = events.first() else {
        panic!("{events:?}")
    };
    let mut resumed = submission.clone();
    resumed.blobs = vec![
        submission.blobs[0]
            .clone()
            .resumed(Some(location.clone()), 0),
    ];
    receipt(send(&bench.portal(), &resumed).await.0);
    assert_eq!(
        bench.requests("POST", "/v1/uploads"),
        1,
        "the known place is asked, not created"
    );
}

#[tokio::test]
async fn a_lost_answer_to_a_creation_leaves_no_second_upload() {
    let bench = bench().await;
    bench.fault("POST", "/v1/uploads", Fault::LoseAnswer);
    let file = bytes(6, 20 * KIB);
    receipt(
        send(&bench.portal(), &revision(1, std::slice::from_ref(&file)))
            .await
            .0,
    );
    assert_eq!(bench.state.lock().unwrap().uploads.len(), 1);
    assert_eq!(patched(&bench), file.len());
}

#[tokio::test]
async fn an_expired_upload_is_created_again() {
    let bench = bench().await;
    let submission = revision(1, &[bytes(7, 20 * KIB)]);
    let mut resumed = submission.clone();
    let place = Some("/v1/uploads/77".to_owned());
    resumed.blobs = vec![submission.blobs[0].clone().resumed(place, 5_000)];
    receipt(send(&bench.portal(), &resumed).await.0);
    assert_eq!(patched(&bench), 20 * KIB);
    // and one that goes away between two requests
    bench.fault("PATCH", "/v1/uploads/1", Fault::Say(Kind::UploadGone));
    let mut second = revision(1, &[bytes(8, 20 * KIB)]);
    second.dossier = DossierId(Uuid::from_u128(0xE));
    receipt(send(&bench.portal(), &second).await.0);
}

#[tokio::test]
async fn what_the_portal_has_already_costs_no_byte() {
    let bench = bench().await;
    let portal = bench.portal();
    let files = [bytes(1, 50 * KIB), bytes(2, 9 * KIB)];
    receipt(send(&portal, &revision(1, &files)).await.0);
    let before = patched(&bench);
    let mut second = revision(2, &files);
    second.base = Base::Version(1);
    receipt(send(&portal, &second).await.0);
    assert_eq!(patched(&bench), before);
}

#[tokio::test]
async fn a_silent_link_is_given_up_after_25_seconds_and_the_rest_goes_in_smaller_chunks() {
    let bench = bench().await;
    let portal = bench.portal();
    portal.set_goodput(Goodput::known(10_000.0));
    let submission = revision(1, &[bytes(1, 300 * KIB)]);
    bench.fault("PATCH", "/v1/uploads/0", Fault::Silence);
    let mut silent = Duration::ZERO;
    let began = tokio::time::Instant::now();
    let mut chunk_after = 0;
    let mut seen = |event| {
        if let Event::Interrupted {
            stage: Stage::Stalled,
            ..
        } = event
        {
            silent = began.elapsed();
            chunk_after = portal.goodput().chunk();
            tokio::time::resume();
        }
    };
    let outcome = submission::send(&portal, &submission, &mut seen, &Cancel::never()).await;
    receipt(outcome);
    assert!((25..30).contains(&silent.as_secs()), "{silent:?}");
    assert_eq!(chunk_after, Goodput::known(5_000.0).chunk());
}

#[tokio::test]
async fn answers_that_come_late_on_a_slow_link_are_waited_for() {
    let late = STALL - Duration::from_secs(1);
    let bench = bench().await;
    let portal = bench.portal();
    // each file goes in one piece
    portal.set_goodput(Goodput::known(1_000_000.0));
    let files = [1, 2, 3].map(|seed| bytes(seed, 60 * KIB));
    for place in ["/v1/uploads/0", "/v1/uploads/1", "/v1/uploads/2"] {
        bench.fault("PATCH", place, Fault::Late(late));
    }
    bench.fault("PUT", "/v1/", Fault::Late(late));
    let began = tokio::time::Instant::now();
    let (outcome, events) = send(&portal, &revision(1, &files)).await;
    receipt(outcome);
    assert!(began.elapsed() >= 4 * late, "{:?}", began.elapsed());
    let broken = |e: &Event| matches!(e, Event::Interrupted { .. });
    assert!(!events.iter().any(broken), "{events:?}");
    assert_eq!(patched(&bench), files.iter().map(Vec::len).sum::<usize>());
}

#[tokio::test]
async fn a_link_that_comes_back_takes_the_upload_up_at_once() {
    let bench = bench().await;
    let portal = bench.portal();
    let submission = revision(1, &[bytes(1, 300 * KIB)]);
    bench.fault("PATCH", "/v1/uploads/0", Fault::Mute);
    let line = portal.line();
    let link_up = async {
        bench.mute.notified().await;
        line.reconnect();
    };
    let began = tokio::time::Instant::now();
    let ((outcome, events), ()) = tokio::join!(send(&portal, &submission), link_up);
    receipt(outcome);
    assert!(
        began.elapsed() < STALL,
        "it did not wait for the silence to be noticed"
    );
    let broken = |e: &&Event| {
        matches!(
            e,
            Event::Interrupted {
                stage: Stage::Broken,
                ..
            }
        )
    };
    assert_eq!(events.iter().filter(broken).count(), 1);
}

#[tokio::test]
async fn the_place_of_the_next_large_file_is_asked_for_while_the_line_is_busy() {
    let bench = bench().await;
    let portal = bench.portal();
    let submission = revision(1, &[bytes(1, 60 * KIB), bytes(2, 50 * KIB)]);
    bench.fault("PATCH", "/v1/uploads", Fault::Mute);
    let line = portal.line();
    let busy = async {
        bench.mute.notified().await;
        while bench.requests("POST", "/v1/uploads") < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(bench.requests("PATCH", "/v1/uploads"), 1);
        line.reconnect();
    };
    let ((outcome, _), ()) = tokio::join!(send(&portal, &submission), busy);
    receipt(outcome);
    assert_eq!(bench.requests("POST", "/v1/uploads"), 2);
    let asked = bench.requests("HEAD", "/v1/uploads");
    assert_eq!(asked, 1, "of the one that was broken off alone");
}

#[tokio::test]
async fn a_damaged_file_is_found_out_and_parked() {
    let bench = bench().await;
    let mut submission = revision(1, &[bytes(1, 9 * KIB)]);
    submission.blobs[0].read = std::sync::Arc::new(|_, len| Ok(vec![0; len]));
    let failure = failed(send(&bench.portal(), &submission).await.0);
    assert_eq!(
        failure.park_reason(),
        Some(ParkReason::LocalFile),
        "{failure:?}"
    );
    submission.blobs[0].read = std::sync::Arc::new(|_, _| Err(std::io::ErrorKind::NotFound.into()));
    let failure = failed(send(&bench.portal(), &submission).await.0);
    assert_eq!(
        failure.park_reason(),
        Some(ParkReason::LocalFile),
        "{failure:?}"
    );
}

#[tokio::test]
async fn what_is_small_travels_with_its_creation_and_arrives_once() {
    let bench = bench().await;
    let small = revision(1, &[bytes(1, 900), bytes(2, 5 * KIB), vec![]]);
    // one answer is lost: asked again without the bytes, the portal has them
    bench.fault("POST", "/v1/uploads", Fault::LoseAnswer);
    receipt(send(&bench.portal(), &small).await.0);
    assert_eq!(bench.requests("POST", "/v1/uploads"), 4);
    assert_eq!(bench.requests("PATCH", "/v1/uploads"), 0);
    assert_eq!(bench.requests("HEAD", "/v1/uploads"), 0);
    assert_eq!(patched(&bench), 900 + 5 * KIB);
}

#[tokio::test]
async fn a_creation_cut_in_its_bytes_goes_on_from_what_arrived() {
    let bench = bench().await;
    bench.fault("POST", "/v1/uploads", Fault::CutBody(100));
    receipt(
        send(&bench.portal(), &revision(1, &[bytes(1, 900)]))
            .await
            .0,
    );
    assert_eq!(bench.state.lock().unwrap().uploads.len(), 1);
    assert_eq!(patched(&bench), 900);
}

#[tokio::test]
async fn a_portal_that_takes_no_bytes_with_a_creation_gets_them_after_it() {
    let bench = bench().await;
    bench.fault("POST", "/v1/uploads", Fault::Say(Kind::Malformed));
    let submission = revision(1, &[bytes(1, 900), bytes(2, 800)]);
    receipt(send(&bench.portal(), &submission).await.0);
    assert_eq!(bench.state.lock().unwrap().uploads.len(), 2);
}
