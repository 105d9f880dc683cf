//! The courier against a portal over real TLS and a link that does what links do.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

mod bench;
mod commits;
mod downloads;
mod strangers;
mod uploads;

use bench::{Bench, unit};
use hoso_domain::digest::Digest;
use hoso_domain::entry::{CommitContent, Entry};
use hoso_domain::id::DossierId;
use hoso_portal_api::Commit;
use hoso_sync::plan::Class;
use hoso_sync::{
    Base, Cancel, Event, Failure, Outcome, Portal, Source, Submission, VerifiedReceipt, submission,
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
