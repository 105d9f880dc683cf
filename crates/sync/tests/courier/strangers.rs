//! Answers that are not the portal's.

use std::time::Duration;

use hoso_sync::failure::{Stage, TlsTrouble};
use hoso_sync::{Failure, Outcome, Portal};

use crate::bench::{Certificate, Fault, bench, noon, with_certificate};
use crate::{KIB, bytes, failed, revision, send};

#[tokio::test]
async fn a_captive_portals_page_is_never_a_success_wherever_it_comes() {
    for (method, path) in [("POST", "/v1/uploads"), ("PATCH", "/v1/uploads/0")] {
        for status in [200, 302, 403] {
            let bench = bench().await;
            bench.fault(method, path, Fault::Html(status));
            let file = bytes(1, 9 * KIB);
            let failure = failed(send(&bench.portal(), &revision(1, &[file])).await.0);
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
async fn json_of_another_shape_is_no_login_page_and_ends_no_pass() {
    let bench = bench().await;
    bench.fault("GET", "/v1/changes", Fault::OtherShape);
    let read = bench.portal().changes("", Duration::ZERO).await;
    let failure = read.unwrap_err();
    assert!(matches!(failure, Failure::Nonsense { .. }), "{failure:?}");
    assert!(!failure.stops_the_pass());
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
