#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn noon() -> DateTime<Utc> {
    "2026-11-22T05:00:00Z".parse().unwrap()
}

fn id(n: u128) -> DossierId {
    DossierId(Uuid::from_u128(n))
}

fn blob(class: Class, remaining: u64) -> Pending {
    let sha256 = Digest::of(format!("{class:?}{remaining}").as_bytes());
    Pending {
        class,
        remaining,
        sha256,
    }
}

fn row(n: u128, state: LocalState, remaining: &[u64]) -> Row {
    Row {
        dossier: id(n),
        revision: 1,
        state,
        attempts: 0,
        next_try: None,
        blobs: remaining
            .iter()
            .map(|r| blob(Class::Attachment, *r))
            .collect(),
        priority: 0,
    }
}

fn up() -> LinkState {
    LinkState {
        network: Network::Up,
        device: Enrolment::Done,
        wake: Wake::Timer,
        attempts: 0,
        next_try: None,
        next_poll: Some(noon() + TimeDelta::minutes(10)),
        feed_attempts: 0,
        permit: Permit::All,
        permit_until: None,
    }
}

fn state() -> impl Strategy<Value = LocalState> {
    prop_oneof![
        3 => Just(LocalState::Queued),
        1 => Just(LocalState::Unknown),
        1 => Just(LocalState::Sending),
        1 => Just(LocalState::Held),
        1 => Just(LocalState::Draft),
        1 => Just(LocalState::Sent),
        1 => Just(LocalState::Carried),
        1 => Just(LocalState::Superseded),
        1 => Just(LocalState::Awaiting { step: 1 }),
        1 => Just(LocalState::Parked { reason: ParkReason::Conflict }),
        1 => Just(LocalState::Parked { reason: ParkReason::GivingUp }),
        1 => Just(LocalState::Parked { reason: ParkReason::GivenUp }),
    ]
}

prop_compose! {
    fn any_row()(
        state in state(),
        attempts in 0u32..30,
        rest in prop::option::of(-900i64..900),
        sizes in prop::collection::vec((any::<bool>(), 1u64..10_000_000), 0..4),
        priority in -1i32..2,
    ) -> Row {
        let class = |m| if m { Class::Manifest } else { Class::Attachment };
        Row {
            dossier: id(0),
            revision: 1,
            state,
            attempts,
            next_try: rest.map(|s| noon() + TimeDelta::seconds(s)),
            blobs: sizes.into_iter().map(|(m, size)| blob(class(m), size)).collect(),
            priority,
        }
    }
}

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec(any_row(), 0..12).prop_map(|mut rows| {
        for (row, n) in rows.iter_mut().zip(1..) {
            row.dossier = id(n);
        }
        rows
    })
}

fn any_link() -> impl Strategy<Value = LinkState> {
    let wake = prop::sample::select(vec![Wake::Timer, Wake::Start, Wake::LinkUp, Wake::SendNow]);
    let permit = prop::sample::select(vec![
        Permit::All,
        Permit::Small { bytes: 0 },
        Permit::Small { bytes: 1_000_000 },
        Permit::Paused,
    ]);
    let failed = (0u32..4, 0u32..3);
    let rested = prop::option::of(-60i64..0);
    (wake, permit, failed, rested, -60i64..60).prop_map(
        |(wake, permit, (attempts, feed_attempts), rested, poll)| LinkState {
            wake,
            permit,
            attempts,
            feed_attempts,
            next_try: rested.map(|s| noon() + TimeDelta::seconds(s)),
            next_poll: Some(noon() + TimeDelta::seconds(poll)),
            ..up()
        },
    )
}

/// Whether a row may appear in a plan, told in other words than the code's.
fn blocked(row: &Row, link: &LinkState) -> bool {
    let resting = row.next_try.is_some_and(|at| at > noon());
    let lives = matches!(
        row.state,
        LocalState::Queued
            | LocalState::Unknown
            | LocalState::Sending
            | LocalState::Parked {
                reason: ParkReason::GivingUp
            }
    );
    let left: u64 = row.blobs.iter().map(|b| b.remaining).sum();
    let forbidden = match link.permit {
        Permit::All => false,
        Permit::Small { bytes } => left > bytes,
        Permit::Paused => true,
    };
    // a question is always allowed, and what a person brought forward
    let withheld = forbidden && row.state == LocalState::Queued && row.priority < 1;
    !lives || withheld || (resting && link.wake == Wake::Timer)
}

proptest! {
    #[test]
    fn a_blocked_row_delays_no_other(rows in any_rows(), link in any_link()) {
        let free: Vec<Row> = rows.iter().filter(|r| !blocked(r, &link)).cloned().collect();
        prop_assert_eq!(plan(noon(), &rows, &link), plan(noon(), &free, &link));
    }

    #[test]
    fn every_free_row_gets_its_turn_and_no_other(rows in any_rows(), link in any_link()) {
        let steps = plan(noon(), &rows, &link);
        for row in &rows {
            let appears = steps.iter().any(|s| s.dossier() == Some(row.dossier));
            prop_assert_eq!(appears, !blocked(row, &link));
        }
    }

    #[test]
    fn an_unknown_row_is_asked_before_anything_is_sent_and_never_sent_blindly(
        rows in any_rows(), link in any_link(),
    ) {
        let steps = plan(noon(), &rows, &link);
        let last_ask = steps.iter().rposition(|s| matches!(s, Step::Ask { .. }));
        let first_other = steps.iter().position(|s| !matches!(s, Step::Ask { .. }));
        if let (Some(ask), Some(other)) = (last_ask, first_other) {
            prop_assert!(ask < other);
        }
        for row in rows.iter().filter(|r| r.state != LocalState::Queued) {
            let sent = steps.iter().any(|s| {
                s.dossier() == Some(row.dossier) && !matches!(s, Step::Ask { .. })
            });
            prop_assert!(!sent, "{:?} was sent", row.state);
        }
    }

    #[test]
    fn a_commit_comes_after_its_own_blobs_and_each_blob_once(
        rows in any_rows(), link in any_link(),
    ) {
        let steps = plan(noon(), &rows, &link);
        for row in rows.iter().filter(|r| r.state == LocalState::Queued) {
            let own: Vec<&Step> =
                steps.iter().filter(|s| s.dossier() == Some(row.dossier)).collect();
            if own.is_empty() { continue; }
            prop_assert_eq!(own.len(), row.blobs.len() + 1);
            let last = matches!(own[own.len() - 1], Step::Commit { .. });
            prop_assert!(last);
            let first = steps.iter().position(|s| s == own[0]).unwrap();
            prop_assert_eq!(&steps[first..first + own.len()], &own.iter().map(|s| **s).collect::<Vec<_>>()[..]);
        }
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(
        (rows, shuffled) in any_rows().prop_flat_map(|r| (Just(r.clone()), Just(r).prop_shuffle())),
        link in any_link(),
    ) {
        prop_assert_eq!(plan(noon(), &rows, &link), plan(noon(), &shuffled, &link));
    }

    #[test]
    fn the_courier_wakes_no_later_than_the_first_row_that_is_due(rows in any_rows()) {
        let link = up();
        let wake = next_wake(noon(), &rows, &link).unwrap();
        prop_assert!(wake >= noon());
        let pressed = LinkState { wake: Wake::SendNow, ..up() };
        for row in rows.iter().filter(|r| !blocked(r, &pressed)) {
            prop_assert!(wake <= row.next_try.unwrap_or(noon()).max(noon()));
        }
        let at_wake = LinkState { next_poll: link.next_poll, ..up() };
        prop_assert!(!plan(wake, &rows, &at_wake).is_empty());
    }

    #[test]
    fn no_rest_is_longer_than_fifteen_minutes(attempts: u32, seed: u64, asked in 0u64..1_000_000) {
        let at = next_try(noon(), attempts, Some(Duration::from_secs(asked)), seed);
        prop_assert!(at > noon() && at - noon() <= TimeDelta::from_std(CAP).unwrap());
    }
}

#[test]
fn small_dossiers_go_first_and_inside_one_manifests_then_the_smallest() {
    let mut small = row(2, LocalState::Queued, &[10, 5]);
    small.blobs.push(blob(Class::Manifest, 7));
    let rows = [
        row(1, LocalState::Queued, &[1_000]),
        small,
        row(3, LocalState::Queued, &[]),
    ];
    let up = LinkState {
        next_poll: None,
        ..up()
    };
    let (a, m) = (Class::Attachment, Class::Manifest);
    let upload = |n, class, size| Step::Upload {
        dossier: id(n),
        revision: 1,
        blob: blob(class, size).sha256,
    };
    let commit = |n| Step::Commit {
        dossier: id(n),
        revision: 1,
    };
    assert_eq!(
        plan(noon(), &rows, &up),
        [
            commit(3),
            Step::Poll,
            upload(2, m, 7),
            upload(2, a, 5),
            upload(2, a, 10),
            commit(2),
            upload(1, a, 1_000),
            commit(1),
        ]
    );
}

#[test]
fn a_row_that_keeps_breaking_the_connection_goes_behind_the_others() {
    let poisoned = Row {
        attempts: 3,
        ..row(1, LocalState::Queued, &[10])
    };
    let rows = [poisoned, row(2, LocalState::Queued, &[1_000])];
    let link = LinkState {
        wake: Wake::LinkUp,
        ..up()
    };
    let commits: Vec<_> = plan(noon(), &rows, &link)
        .into_iter()
        .filter(|s| matches!(s, Step::Commit { .. }))
        .filter_map(|s| s.dossier())
        .collect();
    assert_eq!(commits, [id(2), id(1)]);
}

#[test]
fn link_up_send_now_and_start_clear_every_rest_and_the_timer_does_not() {
    let later = Some(noon() + TimeDelta::minutes(10));
    let rows = [Row {
        next_try: later,
        ..row(1, LocalState::Queued, &[])
    }];
    let with = |wake| LinkState {
        wake,
        next_try: later,
        ..up()
    };
    assert_eq!(plan(noon(), &rows, &with(Wake::Timer)), []);
    for wake in [Wake::LinkUp, Wake::SendNow, Wake::Start] {
        let steps = plan(noon(), &rows, &with(wake));
        assert_eq!(
            steps,
            [
                Step::Commit {
                    dossier: id(1),
                    revision: 1
                },
                Step::Poll
            ],
            "{wake:?}"
        );
    }
}

#[test]
fn a_row_a_person_brought_forward_goes_first_once_and_then_rests_with_the_link() {
    let pressed = Row {
        priority: 1,
        ..row(1, LocalState::Queued, &[9_000])
    };
    let rows = [pressed, row(2, LocalState::Queued, &[10])];
    let rest = Some(noon() + TimeDelta::minutes(10));
    let with = |wake| LinkState {
        wake,
        attempts: 1,
        next_try: rest,
        ..up()
    };
    let commits: Vec<_> = plan(noon(), &rows, &with(Wake::SendNow))
        .into_iter()
        .filter(|s| matches!(s, Step::Commit { .. }))
        .filter_map(|s| s.dossier())
        .collect();
    assert_eq!(commits, [id(1), id(2)]);
    // the try met a dead link, which wrote no rest at the row
    assert_eq!(plan(noon(), &rows, &with(Wake::Timer)), []);
    assert_eq!(next_wake(noon(), &rows, &with(Wake::Timer)), rest);
    // or one of the row's own
    let failed = Row {
        next_try: rest,
        ..rows[0].clone()
    };
    let link = up();
    assert_eq!(plan(noon(), std::slice::from_ref(&failed), &link), []);
    assert_eq!(next_wake(noon(), &[failed], &link), rest);
}

#[test]
fn a_feed_that_failed_is_read_after_what_is_to_be_sent() {
    let rows = [row(1, LocalState::Queued, &[10])];
    let failed = LinkState {
        next_poll: Some(noon()),
        feed_attempts: 1,
        ..up()
    };
    assert_eq!(plan(noon(), &rows, &failed).last(), Some(&Step::Poll));
    assert_eq!(plan(noon(), &[], &failed), [Step::Poll]);
    // and while it rests it wakes nobody
    let resting = LinkState {
        next_poll: Some(noon() + TimeDelta::minutes(2)),
        ..failed
    };
    assert_eq!(plan(noon(), &[], &resting), []);
    assert_eq!(next_wake(noon(), &[], &resting), resting.next_poll);
}

#[test]
fn after_a_commit_that_was_put_off_the_feed_is_read_before_it_is_tried_again() {
    let rows = [
        row(1, LocalState::Queued, &[]),
        row(2, LocalState::Unknown, &[]),
    ];
    // as a failure of the link leaves it
    let put_off = LinkState {
        attempts: 1,
        next_poll: None,
        ..up()
    };
    let revision = 1;
    let (first, second) = (id(1), id(2));
    let ask = Step::Ask {
        dossier: second,
        revision,
    };
    let commit = Step::Commit {
        dossier: first,
        revision,
    };
    assert_eq!(plan(noon(), &rows, &put_off), [ask, Step::Poll, commit]);
}

#[test]
fn a_clock_put_back_makes_nothing_wait_for_the_time_it_showed() {
    let rows = |next_try| {
        [Row {
            next_try,
            ..row(1, LocalState::Queued, &[])
        }]
    };
    let link = |rest| LinkState {
        attempts: 3,
        next_try: rest,
        next_poll: rest,
        ..up()
    };
    let before = Some(noon() + TimeDelta::days(30));
    let commit = Step::Commit {
        dossier: id(1),
        revision: 1,
    };
    let steps = plan(noon(), &rows(before), &link(before));
    assert_eq!(steps, [Step::Poll, commit]);
    let wake = next_wake(noon(), &rows(before), &link(before));
    assert_eq!(wake, Some(noon()));
    // the longest rest there is is one all the same
    let longest = Some(noon() + LONGEST);
    assert_eq!(plan(noon(), &rows(longest), &up()), []);
    assert_eq!(plan(noon(), &rows(None), &link(longest)), []);
    let wake = next_wake(noon(), &rows(longest), &link(longest));
    assert_eq!(wake, longest);
}

#[test]
fn without_a_network_nothing_goes_unless_a_person_insists() {
    let down = |wake| LinkState {
        network: Network::Down,
        wake,
        next_poll: None,
        ..up()
    };
    let rows = [row(1, LocalState::Queued, &[])];
    assert_eq!(plan(noon(), &rows, &down(Wake::Timer)), []);
    assert!(!plan(noon(), &rows, &down(Wake::SendNow)).is_empty());
    let link = LinkState {
        network: Network::Down,
        ..up()
    };
    assert_eq!(next_wake(noon(), &rows, &link), None);
}

#[test]
fn a_pc_the_portal_does_not_know_enrols_first_or_waits_for_a_person() {
    let rows = [
        row(1, LocalState::Unknown, &[]),
        row(2, LocalState::Queued, &[1]),
    ];
    let ready = LinkState {
        device: Enrolment::Ready,
        ..up()
    };
    let steps = plan(noon(), &rows, &ready);
    assert_eq!(
        steps[..2],
        [
            Step::Enrol,
            Step::Ask {
                dossier: id(1),
                revision: 1
            }
        ]
    );
    let missing = LinkState {
        device: Enrolment::Missing,
        ..up()
    };
    assert_eq!(plan(noon(), &rows, &missing), []);
}

#[test]
fn what_the_settings_withhold_waits_and_the_question_of_an_unknown_one_does_not() {
    let pressed = Row {
        priority: 1,
        ..row(4, LocalState::Queued, &[9_000])
    };
    let rows = [
        row(1, LocalState::Queued, &[2_000]),
        row(2, LocalState::Queued, &[500]),
        row(3, LocalState::Unknown, &[]),
        pressed,
    ];
    let touched = |permit, wake| -> Vec<DossierId> {
        let link = LinkState {
            permit,
            wake,
            ..up()
        };
        let mut ids: Vec<_> = plan(noon(), &rows, &link)
            .iter()
            .filter_map(Step::dossier)
            .collect();
        ids.sort();
        ids.dedup();
        ids
    };
    let small = Permit::Small { bytes: 1_000 };
    assert_eq!(touched(small, Wake::Timer), [id(2), id(3), id(4)]);
    assert_eq!(touched(small, Wake::LinkUp), [id(2), id(3), id(4)]);
    assert_eq!(
        touched(small, Wake::SendNow),
        [id(2), id(3), id(4)],
        "pressed at one row"
    );
    assert_eq!(touched(Permit::Paused, Wake::SendNow), [id(3), id(4)]);
}

#[test]
fn a_withheld_row_wakes_nobody_before_the_sending_hours_begin() {
    let evening = noon() + TimeDelta::minutes(5);
    let link = LinkState {
        permit: Permit::Small { bytes: 0 },
        permit_until: Some(evening),
        ..up()
    };
    let rows = [row(1, LocalState::Queued, &[10])];
    assert_eq!(next_wake(noon(), &rows, &link), Some(evening));
    assert_eq!(next_wake(noon(), &[], &link), link.next_poll);
    let paused = LinkState {
        permit: Permit::Paused,
        permit_until: None,
        ..up()
    };
    assert_eq!(next_wake(noon(), &rows, &paused), paused.next_poll);
}
