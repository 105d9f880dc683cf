#![allow(clippy::unwrap_used)]
use chrono::{DateTime, Utc};

use super::*;

fn problem(kind: Kind) -> Problem {
    let at: DateTime<Utc> = "2026-11-22T05:00:00Z".parse().unwrap();
    Problem::new(kind, "", at)
}

fn of(kind: Kind) -> Failure {
    Failure::of_problem(problem(kind), None)
}

#[test]
fn what_a_person_must_mend_is_parked_with_its_reason_and_stops_no_other() {
    for (kind, reason) in [
        (Kind::Conflict, ParkReason::Conflict),
        (Kind::Overtaken, ParkReason::Overtaken),
        (Kind::Findings, ParkReason::Findings),
        (Kind::SignatureInvalid, ParkReason::RefusedByPortal),
        (Kind::PdfMismatch, ParkReason::RefusedByPortal),
    ] {
        let failure = of(kind);
        assert_eq!(failure.disposition(), Disposition::Park, "{kind:?}");
        assert_eq!(failure.park_reason(), Some(reason), "{kind:?}");
        assert!(!failure.stops_the_pass(), "{kind:?}");
        assert!(failure.counts_against_the_row(), "{kind:?}");
    }
}

#[test]
fn a_missing_or_damaged_file_is_parked_and_a_full_disk_is_tried_again() {
    let disk = |kind: std::io::ErrorKind| Failure::LocalDisk(kind.into());
    let damaged = disk(std::io::ErrorKind::InvalidData);
    assert_eq!(damaged.park_reason(), Some(ParkReason::LocalFile));
    assert!(!damaged.stops_the_pass());
    let full = disk(std::io::ErrorKind::StorageFull);
    assert_eq!(full.disposition(), Disposition::Retry { after: None });
    assert_eq!(full.park_reason(), None);
}

#[test]
fn a_link_error_ends_the_pass_and_is_tried_again() {
    let captive = Failure::CaptivePortal {
        status: 200,
        content_type: "text/html".into(),
    };
    let away = Failure::Transport {
        stage: Stage::Connect,
        cause: None,
    };
    for failure in [
        captive,
        away,
        of(Kind::Clock),
        of(Kind::RateLimited),
        of(Kind::Busy),
    ] {
        assert!(failure.stops_the_pass(), "{failure}");
        assert!(!failure.counts_against_the_row(), "{failure}");
        assert!(
            matches!(failure.disposition(), Disposition::Retry { .. }),
            "{failure}"
        );
    }
}

#[test]
fn a_connection_that_breaks_under_a_row_counts_against_it() {
    let broken = Failure::Transport {
        stage: Stage::Broken,
        cause: None,
    };
    assert!(broken.stops_the_pass() && broken.counts_against_the_row());
}

#[test]
fn an_inner_error_of_the_portal_may_be_one_items_fault() {
    assert!(!of(Kind::Internal).stops_the_pass());
    assert!(of(Kind::NoSpace).stops_the_pass());
}

#[test]
fn a_device_the_portal_does_not_take_is_nothing_to_retry() {
    for kind in [Kind::DeviceRevoked, Kind::DeviceUnknown, Kind::ProofInvalid] {
        assert_eq!(of(kind).disposition(), Disposition::Fatal);
        assert!(of(kind).stops_the_pass());
    }
}

#[test]
fn every_kind_of_problem_has_a_class_that_fits_what_it_says_of_itself() {
    for kind in Kind::ALL {
        let failure = of(*kind);
        if kind.retryable() {
            let retry = matches!(failure.disposition(), Disposition::Retry { .. });
            assert!(retry, "{kind:?} is retryable and would not be retried");
        } else if *kind != Kind::Clock {
            assert!(
                matches!(
                    failure.disposition(),
                    Disposition::Park | Disposition::Fatal
                ),
                "{kind:?} would be retried for ever"
            );
        }
    }
}

#[test]
fn the_portals_wish_to_wait_is_kept() {
    let busy = Problem {
        retry_after: Some(90),
        ..problem(Kind::Busy)
    };
    let after = Some(Duration::from_secs(90));
    assert_eq!(
        Failure::of_problem(busy, None).disposition(),
        Disposition::Retry { after }
    );
}
