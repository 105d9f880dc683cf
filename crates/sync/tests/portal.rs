//! The courier against the reference portal itself: real proofs, real tus, real refusals.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::sync::Arc;
use std::time::Duration;

use hoso_domain::digest::Digest;
use hoso_domain::entry::{CommitContent, Entry};
use hoso_domain::id::{DossierId, ResultId, UnitId};
use hoso_domain::life::ParkReason;
use hoso_domain::party::{Treasury, Unit};
use hoso_portal::{Handle, Setup};
use hoso_portal_api::{Commit, Connection, Document, Kind};
use hoso_sync::plan::Class;
use hoso_sync::upload::Ended;
use hoso_sync::{
    Asked, Base, Cancel, Clock, Device, DeviceKey, Disposition, Event, Failure, Feed, Goodput,
    Outcome, Partial, Portal, Source, Submission, submission,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
use uuid::Uuid;

/// A portal that listens, its connection file, and the folder it lives in.
struct Served {
    connection: Connection,
    portal: hoso_portal::Portal,
    handle: Option<Handle>,
    _data: tempfile::TempDir,
}

fn unit() -> Unit {
    Unit {
        id: UnitId(Uuid::now_v7()),
        code: "1234567".into(),
        name: "UBND xã".into(),
        address: String::new(),
        chapter: "860".into(),
        area: "00001".into(),
        treasury: Treasury {
            code: "0011".into(),
            name: "KBNN".into(),
        },
        accounts: vec![],
        signers: vec![],
        hue: 0,
    }
}

async fn serve() -> Served {
    let key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(vec![]).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.distinguished_name.push(DnType::CommonName, "signers");
    let signer_ca = ca.self_signed(&key).unwrap().pem();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let setup = Setup {
        name: "bench".into(),
        url: format!("https://{}", listener.local_addr().unwrap()),
        training: true,
        units: vec![unit()],
        signer_cas: vec![signer_ca],
        revocation_lists: Vec::new(),
        officers: vec![],
    };
    let data = tempfile::tempdir().unwrap();
    let prepared = hoso_portal::Portal::prepare(data.path(), &setup).unwrap();
    let portal = hoso_portal::Portal::open(data.path()).unwrap();
    let handle = portal.serve(listener).unwrap();
    let connection = Connection::from_bytes(&prepared.connection).unwrap();
    Served {
        connection,
        portal,
        handle: Some(handle),
        _data: data,
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the reference portal judges proofs by its own clock"
)]
fn clock() -> Clock {
    Arc::new(chrono::Utc::now)
}

impl Served {
    fn stranger(&self) -> Portal {
        Portal::new(&self.connection, None, clock()).unwrap()
    }

    async fn enrolled(&self) -> Portal {
        let (key, portal) = (DeviceKey::generate().unwrap(), self.stranger());
        let code = &self.connection.enrolments[0].codes[0];
        let enrolled = portal
            .enrol(&key, "1234567", code, "PC kế toán")
            .await
            .unwrap();
        assert_eq!(enrolled.unit, self.connection.units[0].id);
        portal.with_device(Device {
            id: enrolled.device,
            key,
        })
    }
}

#[tokio::test]
async fn a_pc_enrols_once_by_its_code_and_a_lost_answer_costs_nothing() {
    let served = serve().await;
    let portal = served.stranger();
    portal.hello().await.unwrap();
    let key = DeviceKey::generate().unwrap();
    let refused = portal
        .enrol(&key, "1234567", "0000", "PC")
        .await
        .unwrap_err();
    assert!(
        matches!(&refused, Failure::Auth(p) if p.kind == Kind::EnrolmentRefused),
        "{refused:?}"
    );
    assert_eq!(refused.disposition(), Disposition::Fatal);
    let code = &served.connection.enrolments[0].codes[1];
    let first = portal.enrol(&key, "1234567", code, "PC").await.unwrap();
    let again = portal.enrol(&key, "1234567", code, "PC").await.unwrap();
    assert_eq!(first, again);
    let stolen = DeviceKey::generate().unwrap();
    assert!(portal.enrol(&stolen, "1234567", code, "PC").await.is_err());
    // the id without its key opens nothing
    let thief = served.stranger().with_device(Device {
        id: first.device,
        key: stolen,
    });
    let refused = thief.changes("", Duration::ZERO).await.unwrap_err();
    assert!(matches!(refused, Failure::Auth(_)), "{refused:?}");
}

#[tokio::test]
async fn questions_of_an_enrolled_pc_are_answered() {
    let served = serve().await;
    let portal = served.enrolled().await;
    let Feed::Page(page) = portal.changes("", Duration::ZERO).await.unwrap() else {
        panic!("no page")
    };
    assert!(page.up_to_date && page.items.is_empty());
    assert!(
        portal
            .changes(&page.next, Duration::from_secs(1))
            .await
            .is_ok()
    );
    let submission = revision(UnitId(Uuid::nil()), &[b"x".to_vec()]);
    let asked = portal.ask(&submission.expected()).await.unwrap();
    assert!(matches!(asked, Asked::NotAccepted), "{asked:?}");
    assert!(
        portal
            .clock_ahead()
            .is_none_or(|a| a.num_seconds().abs() < 5)
    );
    let nothing = Document {
        id: ResultId(Uuid::now_v7()),
        name: "none.asice".into(),
        sha256: Digest::of(b"none"),
        size: 4,
    };
    let refused = portal
        .document(&nothing, &mut Partial::default(), &mut |_, _| {})
        .await
        .unwrap_err();
    assert_eq!(refused.disposition(), Disposition::Park, "{refused:?}");
}

#[tokio::test]
async fn an_upload_outlives_a_cancel_and_a_restart_of_the_portal() {
    let mut served = serve().await;
    let portal = served.enrolled().await;
    portal.set_goodput(Goodput::known(2_000.0));
    let file: Vec<u8> = (0..90_000u32).map(|i| (i / 7) as u8).collect();
    let source = Source::from_bytes(Class::Attachment, file);

    let (canceller, cancel) = hoso_sync::cancel::pair();
    let (mut location, mut acknowledged) = (None, 0);
    let mut seen = |event| match event {
        Event::Located {
            location: place, ..
        } => location = Some(place),
        Event::Acknowledged { offset, .. } => {
            acknowledged = offset;
            canceller.cancel();
        }
        Event::Interrupted { .. } => {}
    };
    let ended = portal.upload(&source, &mut seen, &cancel).await;
    assert!(matches!(ended, Err(Ended::Cancelled)), "{ended:?}");
    assert!(
        acknowledged > 0 && acknowledged < source.size,
        "{acknowledged}"
    );

    let address = served.handle.as_ref().unwrap().address();
    served.handle.take().unwrap().shutdown().await;
    let down = portal.changes("", Duration::ZERO).await.unwrap_err();
    assert!(down.stops_the_pass(), "{down:?}");
    served.handle = Some(served.portal.listen(address).await.unwrap());

    portal.reconnect();
    let resumed = source.clone().resumed(location, acknowledged);
    let mut first = None;
    let mut seen = |event| {
        if let Event::Acknowledged { offset, .. } = event {
            first.get_or_insert(offset);
        }
    };
    portal
        .upload(&resumed, &mut seen, &Cancel::never())
        .await
        .unwrap();
    assert!(first.unwrap() > acknowledged, "it went on from {first:?}");
    // and the whole again costs one question
    let mut events = Vec::new();
    let mut seen = |event| events.push(event);
    portal
        .upload(&source, &mut seen, &Cancel::never())
        .await
        .unwrap();
    let end = Event::Acknowledged {
        blob: source.sha256,
        offset: source.size,
        size: source.size,
    };
    assert_eq!(events[1..], [end]);
}

#[tokio::test]
async fn a_revision_that_is_no_container_is_refused_and_parked_with_the_portals_word() {
    let served = serve().await;
    let portal = served.enrolled().await;
    let unit = served.connection.units[0].id;
    let mut submission = revision(unit, &[b"not a dossier".to_vec(), b"and this".to_vec()]);
    // believed there; the portal knows better
    submission.blobs[1].acknowledged = submission.blobs[1].size;
    let outcome = submission::send(&portal, &submission, &mut |_| {}, &Cancel::never()).await;
    let Outcome::Failed(failure) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        failure.park_reason(),
        Some(ParkReason::RefusedByPortal),
        "{failure:?}"
    );
    assert!(failure.problem().is_some_and(|p| !p.title_vi.is_empty()));
    let asked = portal.ask(&submission.expected()).await.unwrap();
    assert!(matches!(asked, Asked::NotAccepted), "{asked:?}");
}

fn revision(unit: UnitId, files: &[Vec<u8>]) -> Submission {
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
    Submission {
        dossier: DossierId(Uuid::now_v7()),
        commit: Commit {
            unit,
            revision: 1,
            content: CommitContent {
                entries,
                manifests: vec![],
                signatures: vec![],
            },
            signatures: vec![],
            audit_head: Digest::of(b""),
        },
        base: Base::First,
        blobs,
    }
}
