//! Verifying a container: every signature, what each covers, and the order they were made in.
//!
//! Refuses to stop at the first problem, and to judge what only the form's data knows: how many
//! signatures there should be and whose.

use std::collections::BTreeSet;

use hoso_domain::digest::Digest;
use hoso_domain::entry::{ApprovalRecord, path};

use crate::container::{Container, SignatureFiles, allowed_entry};
use crate::error::Problem;
use crate::manifest::{Manifest, ObjectReference, read_manifest, signature_path};
use crate::revocation::{Listed, listed};
use crate::timestamp::{Timestamp, timestamp};
use crate::trust::Trust;
use crate::verify::{Signer, signature_value, verify_cms};

/// What verification found, step by step.
#[derive(Debug)]
pub struct Report {
    /// Problems of the container as a whole.
    pub problems: Vec<Problem>,
    /// One for each signature, step 1 first.
    pub steps: Vec<Step>,
}

/// One signature of a container.
#[derive(Debug)]
pub struct Step {
    pub step: u8,
    /// The signer, where the signature itself holds.
    pub signer: Option<Signer>,
    /// The approval record made at this step (from 2), where it can be read.
    pub approval: Option<ApprovalRecord>,
    /// When it was there at the latest, where an authority said so and what it said can be read.
    /// Who is unknown is told, and no problem; what is wrong is one.
    pub timestamp: Option<Timestamp>,
    /// What the revocation list in the signature says of the signer's certificate, if there is one.
    pub listed: Option<Listed>,
    pub problems: Vec<Problem>,
}

impl Report {
    /// Whether there is a signature and nothing is wrong with any.
    pub fn ok(&self) -> bool {
        !self.steps.is_empty()
            && self.problems.is_empty()
            && self
                .steps
                .iter()
                .all(|s| s.problems.is_empty() && s.signer.is_some())
    }

    /// Every problem with its step; step 0 is the container as a whole.
    pub fn all_problems(&self) -> impl Iterator<Item = (u8, &Problem)> {
        let whole = self.problems.iter().map(|p| (0, p));
        whole.chain(
            self.steps
                .iter()
                .flat_map(|s| s.problems.iter().map(|p| (s.step, p))),
        )
    }
}

/// Verifies all of a container against `trust`.
///
/// Holds when: each signature verifies over its manifest with a path at its signing time; each
/// manifest's digests are those of the entries; step 1 covers all entries but approval records;
/// each later step covers what the one before did, in order, and its own approval record, which
/// names the SignatureValue before it and the signer's certificate.
pub fn verify(container: &Container, trust: &Trust) -> Report {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for object in &container.entries {
        let path = object.path();
        if !allowed_entry(path) || !seen.insert(path.to_lowercase()) {
            problems.push(Problem::EntryName {
                path: path.to_owned(),
            });
        }
    }
    if container.signatures.is_empty() {
        problems.push(Problem::NotSigned);
    }
    let mut steps = Vec::new();
    let mut previous: Option<(&SignatureFiles, Vec<ObjectReference>)> = None;
    for (number, files) in (1..=u8::MAX).zip(&container.signatures) {
        let mut found = Step {
            step: number,
            signer: None,
            approval: None,
            timestamp: None,
            listed: None,
            problems: Vec::new(),
        };
        match verify_cms(&files.manifest, &files.p7s, trust) {
            Ok(signer) => {
                found.signer = Some(signer);
                match timestamp(&files.p7s, trust) {
                    Ok(said) => found.timestamp = said,
                    Err(e) => found.problems.push(Problem::Timestamp(e)),
                }
                match listed(&files.p7s, trust) {
                    Ok(said) => found.listed = said,
                    Err(e) => found.problems.push(Problem::Revocation(e)),
                }
            }
            Err(e) => found.problems.push(Problem::Signature(e)),
        }
        match read_manifest(&files.manifest) {
            Ok(manifest) => {
                covers(container, &manifest, &mut found);
                follows(container, &manifest.objects, previous.as_ref(), &mut found);
                previous = Some((files, manifest.objects));
            }
            Err(e) => {
                found.problems.push(Problem::Manifest(e));
                previous = Some((files, Vec::new()));
            }
        }
        steps.push(found);
    }
    let covered = previous.map(|(_, objects)| objects).unwrap_or_default();
    for object in &container.entries {
        if !covered.iter().any(|o| o.path == object.path()) {
            problems.push(Problem::EntryNotCovered {
                path: object.path().to_owned(),
            });
        }
    }
    Report { problems, steps }
}

/// Digests of the bytes that are there: an [`crate::Object`] tells no other.
fn covers(container: &Container, manifest: &Manifest, found: &mut Step) {
    let expected = signature_path(found.step);
    if manifest.signature != expected {
        let found_at = manifest.signature.clone();
        found.problems.push(Problem::SignatureReference {
            expected,
            found: found_at,
        });
    }
    for object in &manifest.objects {
        let path = object.path.clone();
        match container.object(&path) {
            None => found.problems.push(Problem::EntryMissing { path }),
            Some(there) if there.entry().sha256 != object.sha256 => {
                found.problems.push(Problem::EntryChanged { path });
            }
            Some(_) => {}
        }
    }
}

/// Step n covers exactly what step n-1 did, and its own approval record; step 1 covers no record.
fn follows(
    container: &Container,
    objects: &[ObjectReference],
    previous: Option<&(&SignatureFiles, Vec<ObjectReference>)>,
    found: &mut Step,
) {
    let Some((files, before)) = previous else {
        for object in objects.iter().filter(|o| o.path.starts_with("approval/")) {
            found.problems.push(Problem::ScopeChanged {
                path: object.path.clone(),
            });
        }
        return;
    };
    let own = path::approval(found.step);
    for (index, object) in before.iter().enumerate() {
        if objects.get(index) != Some(object) {
            found.problems.push(Problem::ScopeChanged {
                path: object.path.clone(),
            });
        }
    }
    for object in objects.iter().skip(before.len()).filter(|o| o.path != own) {
        found.problems.push(Problem::ScopeChanged {
            path: object.path.clone(),
        });
    }
    let covered = objects.iter().any(|o| o.path == own);
    let Some(bytes) = container.get(&own).filter(|_| covered) else {
        found.problems.push(Problem::ApprovalMissing);
        return;
    };
    let Ok(record) = serde_json::from_slice::<ApprovalRecord>(bytes) else {
        found
            .problems
            .push(Problem::ApprovalMalformed { path: own });
        return;
    };
    if record.step != found.step {
        found
            .problems
            .push(Problem::ApprovalStep { found: record.step });
    }
    let value = signature_value(&files.p7s).ok();
    if value.is_none_or(|v| Digest::of(&v) != record.previous_signature) {
        found.problems.push(Problem::ApprovalOrder);
    }
    if found
        .signer
        .as_ref()
        .is_some_and(|s| Digest::of(&s.certificate) != record.signer_certificate)
    {
        found.problems.push(Problem::ApprovalSigner);
    }
    found.approval = Some(record);
}
