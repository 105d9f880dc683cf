//! One budget year as books: what the audit export writes. Knows no folder and no store but what it
//! is given; the words are Vietnamese whatever the shell's language, as on the forms.

pub mod page;
pub mod register;
pub mod trail;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};

use hoso_domain::form;
use hoso_domain::id::{DossierId, PersonId, UnitId};
use hoso_domain::money::Dong;
use hoso_domain::party::Unit;
use hoso_store::people::Person;
use hoso_store::{Store, StoreError, evidence, receipts, signatures};
use hoso_text::Lang;

use crate::dossier::Loaded;
use crate::handle::{Whole, Written};

/// The words of the export.
const LANG: Lang = Lang::Vi;

/// Everything the export lists.
pub struct Book {
    pub year: i32,
    pub made_at: DateTime<Utc>,
    pub units: Vec<Unit>,
    people: BTreeMap<PersonId, String>,
    pub entries: Vec<Entry>,
}

/// One dossier of the year.
pub struct Entry {
    pub unit: UnitId,
    pub number: String,
    pub form: String,
    pub day: String,
    pub title: String,
    pub payee: String,
    pub total: Dong,
    pub local: String,
    pub treasury: String,
    pub treasury_number: String,
    /// Role, holder and time of each signature of each revision.
    pub signatures: Vec<String>,
    /// Number and time of the portal's receipts.
    pub receipts: Vec<String>,
    /// What was signed, a file for each revision.
    pub containers: Vec<String>,
    /// The dossier's folder below the export's, with `/`.
    pub folder: String,
    pub files: Vec<String>,
    /// Whole names of files that could not be written under them.
    pub names: BTreeMap<String, String>,
    pub whole: bool,
}

impl Book {
    pub fn new(year: i32, made_at: DateTime<Utc>, units: Vec<Unit>, people: Vec<Person>) -> Self {
        Self {
            year,
            made_at,
            units,
            people: people.into_iter().map(|p| (p.id, p.name)).collect(),
            entries: Vec::new(),
        }
    }

    /// Who acted, by name where this store knows it.
    pub fn name(&self, person: PersonId) -> String {
        let known = self.people.get(&person);
        known.cloned().unwrap_or_else(|| person.to_string())
    }

    /// Notes a dossier that was written out, as far as it can be read; `files` are all in its folder.
    pub fn add(
        &mut self,
        store: &Store,
        loaded: &Loaded,
        root: &Path,
        written: &Written,
        files: Vec<String>,
    ) -> Whole {
        let revision = &loaded.current.revision;
        let dossier = &loaded.current.dossier;
        let (mut signatures, mut receipts) = (Vec::new(), Vec::new());
        let mut whole = written.whole;
        for number in &written.revisions {
            let of = match written.revisions.len() {
                1 => String::new(),
                _ => format!(" – bản {number}"),
            };
            let (made, receipt) = proof(store, dossier.id, *number, &mut whole);
            signatures.extend(made.into_iter().map(|text| text + &of));
            receipts.extend(receipt.map(|text| text + &of));
        }
        let folder = written.folder.as_path();
        let below = folder.strip_prefix(root).unwrap_or(folder);
        let folder: Vec<String> = below
            .components()
            .map(|c| c.as_os_str().to_string_lossy().into_owned())
            .collect();
        let summary = &revision.summary;
        let title = form::latest("nd347-2025", &summary.form).map(|f| f.title.clone());
        self.entries.push(Entry {
            unit: dossier.unit,
            number: summary.number.clone(),
            form: match title {
                Some(title) => format!("{} – {title}", summary.form),
                None => summary.form.clone(),
            },
            day: summary.day.map(hoso_text::date).unwrap_or_default(),
            title: summary.title.clone(),
            payee: summary.payee.clone(),
            total: summary.total,
            local: hoso_text::local_state(&revision.state, None, LANG),
            treasury: hoso_text::treasury_state(&dossier.treasury, LANG),
            treasury_number: dossier.treasury_number.clone(),
            signatures,
            receipts,
            containers: written.containers.clone(),
            folder: folder.join("/"),
            files,
            names: written.names.clone(),
            whole: whole == Whole::Yes,
        });
        whole
    }

    /// The unit's entries, in the order of their making.
    pub fn of(&self, unit: UnitId) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |e| e.unit == unit)
    }
}

/// The signatures of a revision, and its receipt, as far as they can be read.
fn proof(
    store: &Store,
    id: DossierId,
    revision: u32,
    whole: &mut Whole,
) -> (Vec<String>, Option<String>) {
    let steps = store.read(|db| signatures::of_revision(db, id, revision));
    let added = store.read(|db| evidence::newest(db, id, revision));
    let receipt = store.read(|db| receipts::of_revision(db, id, revision));
    let (steps, added) = (readable(steps, id, whole), readable(added, id, whole));
    let receipt = readable(receipt, id, whole);
    let made = steps
        .iter()
        .map(|s| {
            let role = hoso_text::role(s.role, LANG);
            let at = hoso_text::date_time(s.signed_at);
            let stamp = added.iter().find(|v| v.place.step == s.step);
            let stamp = stamp.and_then(|v| v.stamped.as_ref()).map(|stamp| {
                let at = hoso_text::date_time(stamp.at);
                format!("; dấu thời gian {at}, {}", stamp.authority)
            });
            let stamp = stamp.unwrap_or_default();
            format!("{role}: {} ({at}{stamp})", s.holder)
        })
        .collect();
    let receipt = receipt.map(|r| {
        let at = hoso_text::date_time(r.received_at);
        format!("số {} lúc {at}", r.seq)
    });
    (made, receipt)
}

/// What could be read; a part that could not is noted.
fn readable<T: Default>(part: Result<T, StoreError>, id: DossierId, whole: &mut Whole) -> T {
    part.unwrap_or_else(|error| {
        tracing::warn!(%error, %id, "a part of a dossier is unreadable");
        *whole = Whole::No;
        T::default()
    })
}
