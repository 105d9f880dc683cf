//! Hồ sơ kiểm toán: one budget year of every unit, opened with nothing but a browser. Writes into a
//! new folder, over no file; what cannot be read is counted and left.

use std::path::Path;

use hoso_contract::command::ExportYear;
use hoso_contract::view::Exported;
use hoso_domain::dossier::Drawer;
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_store::attachments::Attachment;
use hoso_store::audit::{self, Act, Head, Params};
use hoso_store::backup::{Progress, Watch};
use hoso_store::{dossiers, people, revisions, signatures, units};

use super::paper::write_out;
use super::rescue::{self, GoOn, Whole};
use crate::clock;
use crate::dossier::{Loaded, load};
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::Open;
use crate::out::OutFile;
use crate::year::trail::Reach;
use crate::year::{Book, page, register, trail};

/// Rows of the trail that are read at once: after ten years they are a million.
const AT_ONCE: u32 = 1000;

impl Handle<ExportYear> for Engine {
    fn act(&self, command: ExportYear) -> Result<Exported, Error> {
        self.begin_long_work();
        let open = self.open()?;
        let year = command.year;
        let root = rescue::free(&Path::new(&command.folder).join(format!("hoso-kiem-toan-{year}")));
        rescue::make(&root)?;
        let done = export(&open, year, &root, &mut self.watch_long_work());
        rescue::whole_or_nothing(done, &root)
    }
}

fn export(open: &Open, year: i32, root: &Path, watch: Watch<'_>) -> Result<Exported, Error> {
    let units = open.store.read(units::all)?;
    // without them the trail names people by their ids
    let people = open.store.read(people::all).unwrap_or_else(|error| {
        tracing::warn!(%error, "the people's names are unreadable");
        Vec::new()
    });
    let mut book = Book::new(year, clock::now(), units, people);
    let mut unreadable = 0u32;
    // one whose year cannot be read is looked at
    let made = dossiers::years(&open.store).unwrap_or_default();
    let mut ids = dossiers::readable_ids(&open.store)?;
    ids.retain(|id| made.get(id).is_none_or(|made| made.abs_diff(year) <= 1));
    let own: Vec<DossierId> = ids
        .iter()
        .copied()
        .filter(|id| made.get(id) == Some(&year))
        .collect();
    rescue::has_room(open, &own, root)?;
    note(open, year)?;
    let of = ids.len() as u64;
    for (done, id) in (0u64..).zip(ids) {
        let mut go_on = || rescue::go_on(watch(Progress { done, of }));
        go_on()?;
        let Ok(evidence) = load(&open.store, id).and_then(|l| as_evidence(open, l)) else {
            unreadable = unreadable.saturating_add(1);
            continue;
        };
        let Some(loaded) = evidence.filter(|l| l.current.books_year() == year) else {
            continue;
        };
        let mut written = rescue::write(open, &loaded, root, &mut go_on)?;
        let kept = rescue::write_answers(open, id, &mut written, &mut go_on)?;
        if book.add(&open.store, &loaded, root, &written, kept) == Whole::No {
            unreadable = unreadable.saturating_add(1);
        }
    }
    write_out(&root.join("so-dang-ky.xlsx"), &register::workbook(&book)?)?;
    let mut go_on = || rescue::go_on(watch(Progress { done: of, of }));
    let reach = write_trail(open, &book, root, &mut go_on)?;
    write_out(
        &root.join("index.html"),
        page::index(&book, &reach).as_bytes(),
    )?;
    Ok(Exported {
        folder: root.to_string_lossy().into_owned(),
        dossiers: u32::try_from(book.entries.len()).unwrap_or(u32::MAX),
        unreadable,
        trail_until: reach.until(),
    })
}

/// The trail from its first row, as far as it can be read, into the table and the page.
fn write_trail(open: &Open, book: &Book, root: &Path, go_on: GoOn<'_>) -> Result<Reach, Error> {
    let mut table = OutFile::begin(&root.join("nhat-ky.csv"))?;
    let mut page = OutFile::begin(&root.join("nhat-ky.html"))?;
    table.write(trail::csv_head().as_bytes())?;
    page.write(trail::page_head(book).as_bytes())?;
    let (mut reach, mut at_once) = (Reach::default(), AT_ONCE);
    loop {
        go_on()?;
        let after = reach.last.map_or(0, |head| head.seq);
        match open.store.read(|db| audit::after(db, after, at_once)) {
            Ok(rows) => {
                let Some(last) = rows.last() else { break };
                reach.last = Some(Head {
                    seq: last.seq,
                    hash: last.hash,
                });
                table.write(trail::csv_rows(&rows).as_bytes())?;
                page.write(trail::page_rows(book, &rows).as_bytes())?;
            }
            // up to the one that cannot be read, row by row
            Err(_) if at_once > 1 => at_once = 1,
            Err(error) => {
                tracing::warn!(%error, after, "the trail is unreadable from here on");
                reach.broken = true;
                break;
            }
        }
    }
    page.write(trail::page_end(&reach).as_bytes())?;
    table.finish()?;
    page.finish()?;
    Ok(reach)
}

/// The row of an export comes first, as that of a changed PIN: what fails after it leaves a row too many,
/// and no whole export goes for want of one. A store that can only be read is exported without.
fn note(open: &Open, year: i32) -> Result<(), Error> {
    if open.store.is_read_only() {
        return Ok(());
    }
    let params = Params::from([("year".to_owned(), year.to_string())]);
    let by = open.by();
    let act = Act {
        unit: None,
        act: "year-exported",
        dossier: None,
        params,
    };
    open.store
        .write(move |tx| audit::append(tx, &act, by).map(drop))?;
    Ok(())
}

/// A dossier as it is evidence. A draft is none: while one is mended, the revision signed last stands for
/// it, with the files that were signed and the unit's own; nothing does where nobody signed.
fn as_evidence(open: &Open, mut loaded: Loaded) -> Result<Option<Loaded>, Error> {
    let id = loaded.current.dossier.id;
    if loaded.current.revision.state != LocalState::Draft {
        return Ok(Some(loaded));
    }
    let signed = open.store.read(|db| {
        let last = signatures::revisions(db, id)?.pop();
        last.map(|number| {
            let entries = revisions::entries(db, id, number)?;
            Ok((revisions::get(db, id, number)?, entries))
        })
        .transpose()
    })?;
    Ok(signed.map(|(revision, entries)| {
        let signed = |file: &Attachment| entries.iter().any(|e| e.sha256 == file.sha256);
        loaded
            .attachments
            .retain(|file| file.drawer == Drawer::Unit || signed(file));
        loaded.current.revision = revision;
        loaded
    }))
}
