//! Getting everything out at once: what a person does with a damaged store before anything else.
//! Reads as far as it goes; what cannot be read is counted and left, never guessed.

mod names;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use hoso_contract::command::ExportAll;
use hoso_contract::view::Exported;
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_store::backup::{BackupError, Progress, Watch};
use hoso_store::revisions::{self, Revision};
use hoso_store::{backup, dossiers, receipts, results, signatures};

use super::paper::{frozen_pdf, pdf, write_out};
use crate::clock;
use crate::dossier::{Loaded, load};
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::Open;
use crate::out;
use crate::signing;
pub(super) use names::free;
use names::plain;

impl Handle<ExportAll> for Engine {
    fn act(&self, command: ExportAll) -> Result<Exported, Error> {
        self.begin_long_work();
        let open = self.open()?;
        let day = clock::day(clock::now());
        let root = free(&Path::new(&command.folder).join(format!("hoso-{day}")));
        make(&root)?;
        let done = all(&open, &root, &mut self.watch_long_work());
        whole_or_nothing(done, &root)
    }
}

fn all(open: &Open, root: &Path, watch: Watch<'_>) -> Result<Exported, Error> {
    let mut exported = Exported {
        folder: root.to_string_lossy().into_owned(),
        dossiers: 0,
        unreadable: 0,
        trail_until: None,
    };
    let ids = dossiers::readable_ids(&open.store)?;
    has_room(open, &ids, root)?;
    let of = ids.len() as u64;
    for (done, id) in (0u64..).zip(ids) {
        let mut go_on = || go_on(watch(Progress { done, of }));
        go_on()?;
        match one(open, id, root, &mut go_on)? {
            Whole::Yes => exported.dossiers += 1,
            Whole::No => exported.unreadable += 1,
        }
    }
    Ok(exported)
}

/// Asked before each file, so that who locks waits for one file and not for a dossier.
pub(super) type GoOn<'a> = &'a mut dyn FnMut() -> Result<(), Error>;

pub(super) fn go_on(flow: ControlFlow<()>) -> Result<(), Error> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(BackupError::Cancelled.into()),
    }
}

/// An export that did not end leaves no half of it, as far as its disk is still there; the folder is of
/// our making.
pub(super) fn whole_or_nothing(
    done: Result<Exported, Error>,
    root: &Path,
) -> Result<Exported, Error> {
    if done.is_err()
        && let Err(error) = std::fs::remove_dir_all(root)
    {
        tracing::warn!(%error, "half of an export is left");
    }
    done
}

/// Refuses a place without room for the files of these dossiers before the first is written.
pub(super) fn has_room(open: &Open, ids: &[DossierId], root: &Path) -> Result<(), Error> {
    let size = |id: &DossierId| open.store.read(|db| dossiers::size(db, *id));
    // one that cannot be read takes no room
    let bytes = ids
        .iter()
        .map(|id| size(id).unwrap_or(0))
        .fold(0, u64::saturating_add);
    Ok(backup::room_for(root, bytes)?)
}

/// Whether all of a dossier could be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whole {
    Yes,
    No,
}

/// One dossier and what was answered to it, into a folder of its own. An error is the target folder's:
/// going on would meet it at each dossier.
fn one(open: &Open, id: DossierId, root: &Path, go_on: GoOn<'_>) -> Result<Whole, Error> {
    let loaded = match load(&open.store, id) {
        Ok(loaded) => loaded,
        Err(error) => {
            tracing::warn!(%error, %id, "a dossier is unreadable");
            return Ok(Whole::No);
        }
    };
    let mut written = write(open, &loaded, root, go_on)?;
    write_answers(open, id, &mut written, go_on)?;
    Ok(written.whole)
}

/// A dossier that was written out.
pub struct Written {
    pub folder: PathBuf,
    pub whole: Whole,
    /// The revisions in the folder, oldest first.
    pub revisions: Vec<u32>,
    /// Their containers, by file name.
    pub containers: Vec<String>,
    /// Whole names of files that could not be written under them, by the names they have in the folder.
    pub names: BTreeMap<String, String>,
}

/// The data, prints and container of every revision that was signed and of the one at hand, the files of
/// both drawers. Everything that can be read is written; where there are several revisions, files are
/// named by theirs.
pub(super) fn write(
    open: &Open,
    loaded: &Loaded,
    root: &Path,
    go_on: GoOn<'_>,
) -> Result<Written, Error> {
    let at_hand = &loaded.current.revision;
    let id = loaded.current.dossier.id;
    let folder = free(&root.join(&loaded.unit.code).join(folder_name(loaded)));
    make(&folder)?;
    let mut filling = Filling {
        id,
        folder,
        whole: Whole::Yes,
        names: BTreeMap::new(),
        go_on,
    };
    let earlier = filling
        .read(signed_before(open, at_hand))
        .unwrap_or_default();
    filling.put("ho-so.json", Ok(loaded.data().to_bytes()))?;
    let (mut revisions, mut containers) = (Vec::new(), Vec::new());
    for revision in earlier.iter().chain([at_hand]) {
        let of = match earlier.is_empty() {
            true => String::new(),
            false => format!("-ban-{}", revision.number),
        };
        for (number, _) in (0u32..).zip(&revision.vouchers) {
            let name = format!("chung-tu-{}{of}.pdf", number.saturating_add(1));
            let bytes = match revision.state {
                LocalState::Draft => pdf(open, id, number),
                _ => frozen_pdf(open, revision, number),
            };
            filling.put(&name, bytes)?;
        }
        if revision.state != LocalState::Draft {
            let name = format!("ho-so{of}.asice");
            let container = signing::container_of(open, id, revision.number);
            if filling.put(&name, container.and_then(|c| Ok(c.to_zip()?)))? {
                containers.push(name);
            }
        }
        revisions.push(revision.number);
    }
    for file in &loaded.attachments {
        let bytes = open.store.files().get(&file.sha256);
        filling.put(&file.name, bytes.map_err(Error::from))?;
    }
    Ok(Written {
        folder: filling.folder,
        whole: filling.whole,
        revisions,
        containers,
        names: filling.names,
    })
}

/// The revisions before this one that somebody signed: evidence, whatever came after them.
fn signed_before(open: &Open, at_hand: &Revision) -> Result<Vec<Revision>, Error> {
    let id = at_hand.dossier;
    // where a page is bad, nothing is read for the sake of none
    if at_hand.number == 1 {
        return Ok(Vec::new());
    }
    Ok(open.store.read(|db| {
        let signed = signatures::revisions(db, id)?.into_iter();
        let before = signed.filter(|number| *number < at_hand.number);
        before
            .map(|number| revisions::get(db, id, number))
            .collect()
    })?)
}

/// A dossier's folder while it is filled.
struct Filling<'a> {
    id: DossierId,
    folder: PathBuf,
    whole: Whole,
    names: BTreeMap<String, String>,
    go_on: GoOn<'a>,
}

impl Filling<'_> {
    /// What could be read; a part that could not is noted.
    fn read<T>(&mut self, part: Result<T, Error>) -> Option<T> {
        part.inspect_err(|error| {
            let id = self.id;
            tracing::warn!(%error, %id, "a part of a dossier is unreadable");
            self.whole = Whole::No;
        })
        .ok()
    }

    /// Writes a part over no other; whether it could be read. An error is the target folder's.
    fn put(&mut self, name: &str, part: Result<Vec<u8>, Error>) -> Result<bool, Error> {
        (self.go_on)()?;
        let Some(bytes) = self.read(part) else {
            return Ok(false);
        };
        let plain = plain(name);
        let path = free(&self.folder.join(&plain));
        write_out(&path, &bytes)?;
        if plain != name {
            let kept = path.file_name().unwrap_or_default();
            let kept = kept.to_string_lossy().into_owned();
            self.names.insert(kept, name.to_owned());
        }
        Ok(true)
    }
}

/// What the treasury answered, beside the dossier that was written out: receipts as they were signed,
/// result documents. Gives the names of all files in the folder. An error is the target folder's.
pub(super) fn write_answers(
    open: &Open,
    id: DossierId,
    written: &mut Written,
    go_on: GoOn<'_>,
) -> Result<Vec<String>, Error> {
    let mut filling = Filling {
        id,
        folder: written.folder.clone(),
        whole: written.whole,
        names: std::mem::take(&mut written.names),
        go_on,
    };
    let numbers = filling
        .read(numbers(open, id))
        .unwrap_or_else(|| written.revisions.clone());
    for number in numbers {
        let receipt = open
            .store
            .read(|db| receipts::of_revision(db, id, number))
            .map_err(Error::from);
        if let Some(receipt) = filling.read(receipt).flatten() {
            filling.put(&format!("bien-nhan-{number}.json"), Ok(receipt.bytes))?;
        }
    }
    let documents = open.store.read(|db| results::of_dossier(db, id));
    let documents = filling.read(documents.map_err(Error::from));
    for document in documents.unwrap_or_default() {
        let bytes = open.store.files().get(&document.sha256);
        filling.put(&document.name, bytes.map_err(Error::from))?;
    }
    written.whole = filling.whole;
    written.names = filling.names;
    let folder = &written.folder;
    let listed = std::fs::read_dir(folder).map_err(|e| out::refused(folder, e))?;
    let mut names: Vec<String> = listed
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

/// The numbers of all revisions.
fn numbers(open: &Open, id: DossierId) -> Result<Vec<u32>, Error> {
    let all = open.store.read(|db| revisions::all(db, id))?;
    Ok(all.into_iter().map(|revision| revision.number).collect())
}

/// Year, number and title: what a person looks for in a folder.
fn folder_name(loaded: &Loaded) -> String {
    let summary = &loaded.current.revision.summary;
    let year = loaded.current.books_year();
    let title: String = summary.title.chars().take(40).collect();
    plain(&format!("{year} {} {title}", summary.number))
}

pub(super) fn make(folder: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(folder).map_err(|e| out::refused(folder, e).into())
}
