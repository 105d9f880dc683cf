//! What a program acknowledged before it was killed, and whether its store still holds that.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use hoso_contract::command::*;
use hoso_contract::view::{DossierView, KnownRow, TrailHead};
use hoso_domain::id::{DossierId, PersonId};
use hoso_domain::life::LocalState;
use hoso_store::{Vault, backup};

use super::slots::Slots;
use crate::headless::Client;
use crate::lab::{Lab, PIN, SIGNED};

/// What the program has acknowledged.
pub(super) struct Known {
    pub dossiers: BTreeMap<DossierId, Told>,
    pub backups: Vec<PathBuf>,
    /// What the newest backup opens with.
    pub backup_pin: &'static str,
    pub slots: Slots,
    pub head: Option<TrailHead>,
    pub acts: u64,
}

/// One dossier: what is known of it, and what an act under way may have made of it.
#[derive(Default, Clone)]
pub(super) struct Told {
    pub content: String,
    /// Typed when the program was killed.
    pub maybe: Option<Typing>,
    pub files: Vec<String>,
    pub maybe_file: Option<String>,
    /// The least step it must be at; 3 in the outbox.
    pub step: u8,
    /// Held back in the outbox.
    pub held: bool,
    pub maybe_held: Option<bool>,
}

/// A text that was not acknowledged yet.
#[derive(Clone)]
pub(super) enum Typing {
    /// Saved at once or not at all.
    Whole(String),
    /// Typed key by key: a save may have caught its beginning.
    Begun(String),
}

impl Typing {
    fn allows(&self, content: &str) -> bool {
        match self {
            Typing::Whole(text) => content == text,
            Typing::Begun(text) => text.starts_with(content),
        }
    }
}

impl Known {
    /// What the laboratory's homes hold from before.
    pub fn of(lab: &Lab) -> Self {
        let signed = |(number, id): (usize, &DossierId)| {
            let told = Told {
                content: SIGNED.to_owned(),
                files: vec![format!("home-quyet-dinh-{number}.pdf")],
                step: 3,
                ..Told::default()
            };
            (*id, told)
        };
        Self {
            dossiers: lab.dossiers.iter().enumerate().map(signed).collect(),
            backups: Vec::new(),
            backup_pin: PIN,
            slots: Slots::of(lab),
            head: None,
            acts: 0,
        }
    }

    /// A new start: everything acknowledged is there, and nothing is half.
    pub fn look_again(
        &mut self,
        home: &Path,
        environment: &[(OsString, OsString)],
        losses: &mut Vec<String>,
    ) -> Result<()> {
        let store = home.join("store");
        let mut client = Client::start(home, environment)?;
        // ends a restore that was cut off
        client.call(&BootUp {})?;
        self.slots.settle(&store)?;
        let session = client.unlock(self.slots.pin())?;
        self.slots.check(&store, losses)?;
        ensure!(
            session.read_only.is_none(),
            "the store opened to be read only"
        );
        let report = client.call(&CheckStore {})?;
        if !report.is_clean() {
            losses.push(format!("the full check: {report:?}"));
        }
        let known = self.head.map(KnownRow::from);
        match client.ask(&VerifyTrail { known })? {
            Ok(head) => self.head = Some(head),
            Err(error) => losses.push(format!("the trail: {error:?}")),
        }
        for (id, told) in &mut self.dossiers {
            match client.ask(&OpenDossier { id: *id })? {
                Ok(view) => settle(told, &view, *id, losses),
                Err(error) => losses.push(format!("{id} is gone: {error:?}")),
            }
        }
        for place in &self.backups {
            if !place.exists() {
                // the rule of keeping lets none of the last week go
                losses.push(format!("the backup {} is gone", place.display()));
            }
        }
        if let Some(place) = self.backups.last()
            && let Err(error) = whole(place, session.person.person, self.backup_pin)
        {
            losses.push(format!("the backup {}: {error:#}", place.display()));
        }
        client.stop()
    }
}

/// Holds a dossier against what was acknowledged, and takes over what the cut-off act left.
fn settle(told: &mut Told, view: &DossierView, id: DossierId, losses: &mut Vec<String>) {
    let content = view.vouchers.first().map(|v| v.field("content").to_owned());
    let content = content.unwrap_or_default();
    let allowed = told.maybe.as_ref().is_some_and(|t| t.allows(&content));
    if content != told.content && !allowed {
        losses.push(format!("{id} says {content:?}, not {:?}", told.content));
    }
    told.content = content;
    told.maybe = None;
    let mut files: Vec<String> = view.attachments.iter().map(|a| a.name.clone()).collect();
    if let Some(maybe) = told.maybe_file.take()
        && let Some(at) = files.iter().position(|f| *f == maybe)
    {
        files.remove(at);
        told.files.push(maybe);
        files.extend(told.files.last().cloned());
    }
    let (mut have, mut want) = (files, told.files.clone());
    have.sort();
    want.sort();
    if have != want {
        losses.push(format!("{id} has the files {have:?}, not {want:?}"));
    }
    let step = match view.local {
        LocalState::Draft => 0,
        LocalState::Awaiting { step } => step,
        _ => 3,
    };
    // an act under way may have taken it one step on, never back
    if step < told.step || step > told.step + 1 {
        losses.push(format!("{id} is at step {step}, not {}", told.step));
    }
    told.step = step;
    let held = view.local == LocalState::Held;
    if held != told.held && told.maybe_held != Some(held) {
        losses.push(format!("{id}: held back {held}, not {}", told.held));
    }
    told.held = held;
    told.maybe_held = None;
}

/// Opens a backup as a restore would, with the PIN of its day.
pub(crate) fn whole(place: &Path, person: PersonId, pin: &str) -> Result<()> {
    let mut vault = Vault::of_backup(place)?;
    let keys = vault.unlock(person, pin, chrono::DateTime::UNIX_EPOCH)?;
    let mut on = |_| std::ops::ControlFlow::Continue(());
    backup::verify(place, &keys, &mut on)?;
    Ok(())
}
