//! The dossier that is frozen, signed by both and queued: how it came to that in the traced session,
//! and whether a disk holds what was answered of it, whole and in no half state.

use anyhow::{Result, ensure};
use hoso_contract::command::*;
use hoso_domain::digest::Digest;
use hoso_domain::entry::{CommitContent, Entry, path};
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_domain::party::Role;
use hoso_store::signatures::{self, Signature};
use hoso_store::{Store, dossiers, outbox, revisions};

use super::{allowed, counted};
use crate::headless::Client;
use crate::lab::Lab;

/// The revision that is signed; mending makes the next.
const SIGNED: u32 = 1;
/// The last signature of form 13; its approval record is the last entry.
const LAST: u8 = 2;

/// Trình ký and both signatures, the last of which queues; where it stands after each answer.
pub fn queued(
    lab: &Lab,
    client: &mut Client,
    id: DossierId,
    answers: &mut usize,
) -> Result<Vec<(usize, LocalState)>> {
    let version = counted(client, &OpenDossier { id }, answers)?.version;
    counted(client, &SubmitForSigning { id, version }, answers)?;
    let mut stands = vec![(*answers, LocalState::Awaiting { step: 1 })];
    for (role, next) in [
        (Role::ChiefAccountant, LocalState::Awaiting { step: LAST }),
        (Role::AccountOwner, LocalState::Queued),
    ] {
        let signer = lab.world.signer(role);
        let sign = Sign {
            items: vec![id],
            certificate: signer.certificate(),
            pin: Secret(signer.pin.to_owned()),
        };
        let report = counted(client, &sign, answers)?;
        let signed = report.stopped.is_none() && report.items.iter().all(|i| i.error.is_none());
        ensure!(signed, "not signed: {report:?}");
        stands.push((*answers, next));
    }
    Ok(stands)
}

/// What was answered of the revision that is signed.
pub struct Signing {
    dossier: DossierId,
    /// By the number of answers, where it stands from then on.
    stands: Vec<(usize, LocalState)>,
    /// Once it is queued, in their order.
    entries: Vec<Entry>,
    signatures: Vec<Signature>,
    /// What the outbox knows it by.
    commit: Digest,
}

impl Signing {
    /// By the store in which it ended: queued, with all its signatures.
    pub fn of(store: &Store, dossier: DossierId, stands: Vec<(usize, LocalState)>) -> Result<Self> {
        let (entries, signatures) = store.read(|c| {
            Ok((
                revisions::entries(c, dossier, SIGNED)?,
                signatures::of_revision(c, dossier, SIGNED)?,
            ))
        })?;
        let steps: Vec<u8> = signatures.iter().map(|s| s.step).collect();
        ensure!(steps == [1, LAST], "the session ended with {signatures:?}");
        let last = entries.last().map(|e| e.path.as_str());
        ensure!(
            last == Some(path::approval(LAST).as_str()),
            "the session ended with {entries:?}"
        );
        let content = CommitContent {
            entries: entries.clone(),
            manifests: signatures.iter().map(|s| s.manifest).collect(),
            signatures: signatures.iter().map(|s| s.signature_value).collect(),
        };
        Ok(Self {
            dossier,
            stands,
            entries,
            signatures,
            commit: content.digest(),
        })
    }

    /// What is not as it was answered, or half.
    pub fn losses(&self, store: &Store, answers: usize) -> Result<Vec<String>> {
        let (state, current, entries, made, row) = store.read(|c| {
            Ok((
                revisions::get(c, self.dossier, SIGNED)?.state,
                dossiers::get(c, self.dossier)?.revision,
                revisions::entries(c, self.dossier, SIGNED)?,
                signatures::of_revision(c, self.dossier, SIGNED)?,
                outbox::get(c, self.dossier)?,
            ))
        })?;
        let mut losses = Vec::new();
        let stands = allowed(&self.stands, answers);
        if !stands.contains(&&state) {
            losses.push(format!("it stands as {state:?}, not as one of {stands:?}"));
        }
        let (frozen, signed) = match state {
            LocalState::Draft => (0, 0),
            LocalState::Awaiting { step } => {
                (self.entries.len() - 1, usize::from(step).saturating_sub(1))
            }
            _ => (self.entries.len(), self.signatures.len()),
        };
        if !entries.iter().eq(self.entries.iter().take(frozen)) {
            losses.push(format!("{state:?} with the entries {entries:?}"));
        }
        if !made.iter().eq(self.signatures.iter().take(signed)) {
            losses.push(format!("{state:?} with the signatures {made:?}"));
        }
        let waits = row
            .as_ref()
            .map(|row| row.revision == SIGNED && row.digest == self.commit);
        if waits != (state == LocalState::Queued).then_some(true) {
            losses.push(format!("{state:?} with {row:?} in the outbox"));
        }
        if (current > SIGNED) != (state == LocalState::Superseded) {
            losses.push(format!("{state:?}, and revision {current} is the current"));
        }
        let steps = made
            .iter()
            .flat_map(|s| [(s.manifest, s.manifest_size), (s.p7s, s.p7s_size)]);
        for (file, size) in entries.iter().map(|e| (e.sha256, e.size)).chain(steps) {
            match store.files().verify(&file) {
                Ok(found) if found == size => {}
                Ok(found) => losses.push(format!("{file} has {found} bytes, not {size}")),
                Err(error) => losses.push(format!("{file}: {error}")),
            }
        }
        Ok(losses)
    }
}
