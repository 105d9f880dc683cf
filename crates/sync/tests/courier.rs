//! The courier against a portal over real TLS and a link that does what links do.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

#[path = "courier/bench.rs"]
mod bench;

use std::time::Duration;

use bench::{Bench, Certificate, Fault, bench, noon, unit, with_certificate};
use hoso_domain::digest::Digest;
use hoso_domain::entry::{CommitContent, Entry};
use hoso_domain::id::{DossierId, ResultId};
use hoso_domain::life::ParkReason;
use hoso_portal_api::{Changes, Commit, Document, Kind};
use hoso_sync::failure::{ReceiptTrouble, Stage, TlsTrouble};
use hoso_sync::pace::STALL;
use hoso_sync::plan::Class;
use hoso_sync::{
    Asked, Base, Cancel, Event, Expected, Failure, Feed, Goodput, Outcome, Portal, Source,
    Submission, VerifiedReceipt, submission,
};
use uuid::Uuid;

const KIB: usize = 1024;

fn bytes(seed: u8, len: usize) -> Vec<u8> {
    (0..len)
        .map(|i| (i as u32).wrapping_mul(2_654_435_761).to_le_bytes()[3] ^ seed)
        .collect()
}

fn dossier() -> DossierId {
    DossierId(Uuid::from_u128(0xD))
}

/// A revision of these files.
fn revision(number: u32, files: &[Vec<u8>]) -> Submission {
    let blobs: Vec<Source> = files
        .iter()
        .map(|f| Source::from_bytes(Class::Attachment, f.clone()))
        .collect();
    let entries = blobs
        .iter()
        .zip(1..)
        .map(|(b, n)| Entry {
            path: format!("files/{n}"),
            sha256: b.sha256,
            size: b.size,
        })
        .collect();
    let content = CommitContent {
        entries,
        manifests: vec![],
        signatures: vec![],
    };
    Submission {
        dossier: dossier(),
        commit: Commit {
            unit: unit(),
            revision: number,
            content,
            signatures: vec![],
            audit_head: Digest::of(b""),
        },
        base: Base::First,
        blobs,
    }
}

async fn send(portal: &Portal, submission: &Submission) -> (Outcome, Vec<Event>) {
    let mut events = Vec::new();
    let mut seen = |e| events.push(e);
    let outcome = submission::send(portal, submission, &mut seen, &Cancel::never()).await;
    (outcome, events)
}

fn receipt(outcome: Outcome) -> Box<VerifiedReceipt> {
    match outcome {
        Outcome::Receipt(receipt) => receipt,
        other => panic!("no receipt: {other:?}"),
    }
}

fn failed(outcome: Outcome) -> Failure {
    match outcome {
        Outcome::Failed(failure) => failure,
        other => panic!("not failed: {other:?}"),
    }
}

fn patched(bench: &Bench) -> usize {
    bench.state.lock().unwrap().patched
}

#[tokio::test]
async fn a_revision_is_sent_whole_and_its_receipt_is_verified() {
    let bench = bench().await;
    let portal = bench.portal();
    let submission = revision(1, &[bytes(1, 300 * KIB), bytes(2, 10), vec![]]);
    let (outcome, events) = send(&portal, &submission).await;
    let receipt = receipt(outcome);
    assert_eq!(receipt.receipt().digest, submission.expected().digest);
    assert_eq!(receipt.signer(), "receipt signer");
    assert_eq!(patched(&bench), 300 * KIB + 10);
    for blob in &submission.blobs {
        let end = Event::Acknowledged {
            blob: blob.sha256,
            offset: blob.size,
            size: blob.size,
        };
        assert!(blob.size == 0 || events.contains(&end), "{events:?}");
    }
    let connections = bench.state.lock().unwrap().connections;
    assert_eq!(
        connections, 2,
        "one for what is large, one for what is small"
    );
    // read back from a store it still proves itself, and proves nothing else
    let again = |e: Expected| VerifiedReceipt::verify(receipt.signed().clone(), portal.trust(), &e);
    assert!(again(submission.expected()).is_ok());
    assert!(
        again(Expected {
            revision: 2,
            ..submission.expected()
        })
        .is_err()
    );
    // the bench's Date is ten minutes behind the test's clock
    assert_eq!(portal.clock_ahead().unwrap().num_minutes(), 10);
}

#[tokio::test]
async fn a_captive_portals_page_is_never_a_success_wherever_it_comes() {
    for (method, path) in [("POST", "/v1/uploads"), ("PATCH", "/v1/uploads/0")] {
        for status in [200, 302, 403] {
            let bench = bench().await;
            bench.fault(method, path, Fault::Html(status));
            let failure = failed(send(&bench.portal(), &revision(1, &[bytes(1, 9)])).await.0);
            assert!(
                matches!(failure, Failure::CaptivePortal { .. }),
                "{method} {failure:?}"
            );
            assert!(failure.stops_the_pass());
        }
    }
    let bench = bench().await;
    bench.fault("PUT", "/v1/dossiers", Fault::Html(200));
    let (outcome, _) = send(&bench.portal(), &revision(1, &[bytes(1, 9)])).await;
    let Outcome::Unknown {
        why: Failure::CaptivePortal { status: 200, .. },
    } = outcome
    else {
        panic!("{outcome:?}")
    };
    for path in ["/v1/dossiers", "/v1/changes", "/v1/hello"] {
        bench.fault("GET", path, Fault::Html(200));
    }
    let portal = bench.portal();
    let captive = |e: &Failure| matches!(e, Failure::CaptivePortal { .. });
    let expected = revision(1, &[]).expected();
    assert!(portal.ask(&expected).await.is_err_and(|e| captive(&e)));
    assert!(
        portal
            .changes("", Duration::ZERO)
            .await
            .is_err_and(|e| captive(&e))
    );
    assert!(portal.hello().await.is_err_and(|e| captive(&e)));
    assert!(portal.hello().await.is_ok());
}

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
async fn a_lost_answer_after_the_commit_is_unknown_and_asking_brings_the_receipt() {
    let bench = bench().await;
    let portal = bench.portal();
    let submission = revision(1, &[bytes(9, 9)]);
    bench.fault("PUT", "/v1/dossiers", Fault::LoseAnswer);
    let (outcome, _) = send(&portal, &submission).await;
    assert!(
        matches!(
            outcome,
            Outcome::Unknown {
                why: Failure::Transport { .. }
            }
        ),
        "{outcome:?}"
    );
    let asked = portal.ask(&submission.expected()).await.unwrap();
    let Asked::Accepted { receipt: first, .. } = asked else {
        panic!("{asked:?}")
    };
    // sent again all the same, the portal gives the identical receipt
    let again = receipt(send(&portal, &submission).await.0);
    assert_eq!(first.signed(), again.signed());
    assert_eq!(bench.state.lock().unwrap().commits.len(), 1);
}

#[tokio::test]
async fn a_commit_that_never_arrived_is_known_not_to_be_there_when_asked() {
    let bench = bench().await;
    let submission = revision(1, &[bytes(9, 9)]);
    bench.fault("PUT", "/v1/dossiers", Fault::CutBody(5));
    let (outcome, _) = send(&bench.portal(), &submission).await;
    // the bench carries out only whole requests, the client cannot know that
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    bench.state.lock().unwrap().commits.clear();
    let asked = bench.portal().ask(&submission.expected()).await.unwrap();
    assert!(matches!(asked, Asked::NotAccepted), "{asked:?}");
    receipt(send(&bench.portal(), &submission).await.0);
}

#[tokio::test]
async fn another_digest_under_the_same_id_is_parked() {
    let bench = bench().await;
    let portal = bench.portal();
    receipt(send(&portal, &revision(1, &[bytes(1, 9)])).await.0);
    let other = revision(1, &[bytes(2, 9)]);
    let failure = failed(send(&portal, &other).await.0);
    assert_eq!(failure.park_reason(), Some(ParkReason::Conflict));
    let asked = portal.ask(&other.expected()).await.unwrap();
    assert!(matches!(asked, Asked::Conflict { .. }), "{asked:?}");
}

#[tokio::test]
async fn bytes_the_portal_misses_are_uploaded_and_the_commit_is_repeated() {
    let bench = bench().await;
    let mut submission = revision(1, &[bytes(1, 5 * KIB), bytes(2, 7 * KIB)]);
    // the client believes both are there
    submission.blobs = submission
        .blobs
        .into_iter()
        .map(|b| b.clone().resumed(None, b.size))
        .collect();
    receipt(send(&bench.portal(), &submission).await.0);
    assert_eq!(bench.requests("PUT", "/v1/dossiers"), 2);
    assert_eq!(patched(&bench), 12 * KIB);
}

#[tokio::test]
async fn what_the_portal_has_already_costs_no_byte() {
    let bench = bench().await;
    let portal = bench.portal();
    let files = [bytes(1, 50 * KIB), bytes(2, 9)];
    receipt(send(&portal, &revision(1, &files)).await.0);
    let before = patched(&bench);
    let mut second = revision(2, &files);
    second.base = Base::Version(1);
    receipt(send(&portal, &second).await.0);
    assert_eq!(patched(&bench), before);
}

#[tokio::test]
async fn a_forged_receipt_and_one_for_something_else_are_refused() {
    for (fault, trouble) in [
        (Fault::Forge, ReceiptTrouble::Signature),
        (Fault::WrongReceipt, ReceiptTrouble::AnotherSubmission),
    ] {
        let bench = bench().await;
        bench.fault("PUT", "/v1/dossiers", fault);
        let submission = revision(1, &[bytes(1, 9)]);
        let (outcome, _) = send(&bench.portal(), &submission).await;
        let Outcome::Unknown {
            why: Failure::ReceiptInvalid { why, .. },
        } = outcome
        else {
            panic!("{outcome:?}")
        };
        assert_eq!(why, trouble);
        let asked = bench.portal().ask(&submission.expected()).await;
        assert!(
            matches!(asked, Err(Failure::ReceiptInvalid { .. })),
            "{asked:?}"
        );
    }
}

#[tokio::test]
async fn a_certificate_the_connection_file_does_not_vouch_for_ends_the_talk() {
    for (kind, trouble) in [
        (Certificate::Foreign, TlsTrouble::Foreign),
        (Certificate::OtherName, TlsTrouble::WrongName),
        (Certificate::Expired, TlsTrouble::Expired),
    ] {
        let bench = with_certificate(kind).await;
        let failure = failed(send(&bench.portal(), &revision(1, &[bytes(1, 9)])).await.0);
        let Failure::Tls { why, .. } = failure else {
            panic!("{failure:?}")
        };
        assert_eq!(why, trouble);
        assert!(bench.state.lock().unwrap().requests.is_empty());
    }
}

#[tokio::test]
async fn a_portal_that_is_down_is_a_link_error_and_nothing_was_handed_over() {
    let bench = bench().await;
    let mut connection = bench.connection.clone();
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    connection.portal_url = format!("https://{free}");
    let down = Portal::new(&connection, None, std::sync::Arc::new(noon)).unwrap();
    let failure = down.hello().await.unwrap_err();
    assert!(
        matches!(
            failure,
            Failure::Transport {
                stage: Stage::Connect,
                ..
            }
        ),
        "{failure:?}"
    );
    assert!(!failure.counts_against_the_row());
    // and a PC that is not enrolled asks for nothing
    let failure = down.changes("", Duration::ZERO).await.unwrap_err();
    assert!(matches!(failure, Failure::Auth(_)), "{failure:?}");
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
async fn a_send_that_was_called_off_hands_nothing_in() {
    let bench = bench().await;
    let portal = bench.portal();
    let (canceller, cancel) = hoso_sync::cancel::pair();
    let submission = revision(1, &[bytes(1, 300 * KIB)]);
    let mut seen = |_| canceller.cancel();
    let outcome = submission::send(&portal, &submission, &mut seen, &cancel).await;
    assert!(matches!(outcome, Outcome::Cancelled), "{outcome:?}");
    assert_eq!(bench.requests("PUT", "/v1/dossiers"), 0);
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
async fn the_portals_refusals_keep_their_class() {
    for kind in [
        Kind::RateLimited,
        Kind::Busy,
        Kind::DeviceRevoked,
        Kind::SignatureInvalid,
    ] {
        let bench = bench().await;
        bench.fault("PUT", "/v1/dossiers", Fault::Say(kind));
        let failure = failed(send(&bench.portal(), &revision(1, &[bytes(1, 9)])).await.0);
        let fits = match kind {
            Kind::RateLimited => matches!(failure, Failure::RateLimited { .. }),
            Kind::Busy => matches!(failure, Failure::Server { status: 503, .. }),
            Kind::DeviceRevoked => matches!(failure, Failure::Auth(_)),
            Kind::Clock => matches!(failure, Failure::Clock { ahead: Some(_) }),
            _ => failure.park_reason() == Some(ParkReason::RefusedByPortal),
        };
        assert!(fits, "{kind:?} became {failure:?}");
    }
    // the portal failed inside: whether before or after it took the revision nobody knows
    let bench = bench().await;
    bench.fault("PUT", "/v1/dossiers", Fault::Say(Kind::Internal));
    let (outcome, _) = send(&bench.portal(), &revision(1, &[bytes(1, 9)])).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
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
async fn a_document_cut_in_the_middle_goes_on_where_it_was_and_is_checked() {
    let bench = bench().await;
    let portal = bench.portal();
    let content = bytes(1, 400 * KIB);
    let id = ResultId(Uuid::from_u128(5));
    let document = Document {
        id,
        name: "bao-no.asice".into(),
        sha256: Digest::of(&content),
        size: content.len() as u64,
    };
    bench
        .state
        .lock()
        .unwrap()
        .documents
        .insert(id.to_string(), content.clone());
    bench.fault("GET", "/v1/documents", Fault::CutAnswer);
    bench.fault("GET", "/v1/documents", Fault::CutAnswer);
    let mut have = Vec::new();
    let mut last = 0;
    portal
        .document(&document, &mut have, &mut |here, _| last = here)
        .await
        .unwrap();
    assert_eq!(have, content);
    assert_eq!(last, document.size);
    let served = bench.state.lock().unwrap().served;
    assert!(
        served < content.len() + 4 * KIB,
        "{served} bytes for {}",
        content.len()
    );

    bench.fault("GET", "/v1/documents", Fault::Html(200));
    let captive = portal
        .document(&document, &mut Vec::new(), &mut |_, _| {})
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
    assert!(kept.is_empty(), "damaged bytes are not gone on from");
}
