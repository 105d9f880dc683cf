//! What makes a revision sent, and what does not.

use hoso_domain::digest::Digest;
use hoso_domain::life::ParkReason;
use hoso_portal_api::Kind;
use hoso_sync::failure::{ReceiptTrouble, Stage};
use hoso_sync::{Asked, Event, Expected, Failure, Outcome, VerifiedReceipt, submission};

use crate::bench::{Fault, bench};
use crate::{KIB, bytes, failed, patched, receipt, revision, send};

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
async fn a_connection_that_fails_in_tls_after_the_commit_leaves_it_unknown() {
    let bench = bench().await;
    let portal = bench.portal();
    let submission = revision(1, &[bytes(9, 9)]);
    bench.fault("PUT", "/v1/dossiers", Fault::GarbleAnswer);
    let (outcome, _) = send(&portal, &submission).await;
    assert!(
        matches!(
            outcome,
            Outcome::Unknown {
                why: Failure::Transport {
                    stage: Stage::Broken,
                    ..
                }
            }
        ),
        "{outcome:?}"
    );
    let asked = portal.ask(&submission.expected()).await.unwrap();
    assert!(matches!(asked, Asked::Accepted { .. }), "{asked:?}");
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
async fn a_later_revision_at_the_treasury_is_told_when_an_earlier_one_is_asked_for() {
    let bench = bench().await;
    let portal = bench.portal();
    let later = revision(2, &[bytes(2, 9)]);
    receipt(send(&portal, &later).await.0);
    let earlier = revision(1, &[bytes(1, 9)]).expected();
    let asked = portal.ask(&earlier).await.unwrap();
    let Asked::Conflict { digest } = asked else {
        panic!("{asked:?}")
    };
    assert_eq!(digest, later.expected().digest);
    // an earlier one stands in nobody's way
    let next = revision(3, &[bytes(3, 9)]).expected();
    let asked = portal.ask(&next).await.unwrap();
    assert!(matches!(asked, Asked::NotAccepted), "{asked:?}");
    // nor what the treasury gave back
    bench.state.lock().unwrap().withdrawn = true;
    let asked = portal.ask(&earlier).await.unwrap();
    assert!(matches!(asked, Asked::NotAccepted), "{asked:?}");
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
async fn a_new_receipt_names_the_trail_that_was_sent_and_one_given_again_may_be_of_a_lost_store() {
    let bench = bench().await;
    let submission = revision(1, &[bytes(1, 9)]);
    let first = receipt(send(&bench.portal(), &submission).await.0);
    assert_eq!(
        first.receipt().audit_head,
        Some(submission.commit.audit_head)
    );
    // a restored store has another head; what was accepted before is accepted
    let mut restored = submission.clone();
    restored.commit.audit_head = Digest::of(b"restored");
    let again = receipt(send(&bench.portal(), &restored).await.0);
    assert_eq!(again.signed(), first.signed());

    bench.fault("PUT", "/v1/dossiers", Fault::WrongHead);
    let (outcome, _) = send(&bench.portal(), &revision(2, &[bytes(2, 9)])).await;
    let Outcome::Unknown {
        why: Failure::ReceiptInvalid { why, .. },
    } = outcome
    else {
        panic!("{outcome:?}")
    };
    assert_eq!(why, ReceiptTrouble::AnotherSubmission);
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
