//! Paper: page images of the very PDF that is signed, and what leaves the store as a file.

use std::path::Path;

use hoso_contract::Code;
use hoso_contract::command::{
    CountPages, ExportContainer, ExportMarked, ExportPdf, PageImage, Raw,
};
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_domain::party::Unit;
use hoso_print::{Marks, Signed};
use hoso_store::revisions::{self, Revision};
use hoso_store::signatures::{self, Signature};

use crate::clock;
use crate::dossier::{load, pdf_path};
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::Open;
use crate::out::{self, OutFile};
use crate::signing;

/// The widest picture the window may ask for, in pixels.
const WIDEST: u32 = 4000;

/// A draft's PDF as it would be now; a frozen revision's own.
pub(super) fn pdf(open: &Open, id: DossierId, voucher: u32) -> Result<Vec<u8>, Error> {
    let loaded = load(&open.store, id)?;
    if loaded.current.revision.state == LocalState::Draft {
        let (form, filled) = loaded.voucher(voucher)?;
        return Ok(open.print.voucher(form, filled, &loaded.data())?);
    }
    frozen_pdf(open, &loaded.current.revision, voucher)
}

/// The PDF that was frozen with a revision: it is there also where its form is not known any more.
pub(super) fn frozen_pdf(open: &Open, revision: &Revision, voucher: u32) -> Result<Vec<u8>, Error> {
    let index = usize::try_from(voucher).map_err(|_| Code::NotFound)?;
    let frozen = revision.vouchers.get(index).ok_or(Code::NotFound)?;
    let path = pdf_path(index, &frozen.form.number);
    let (id, number) = (revision.dossier, revision.number);
    let entries = open.store.read(|db| revisions::entries(db, id, number))?;
    let entry = entries
        .into_iter()
        .find(|e| e.path == path)
        .ok_or(Code::NotFound)?;
    Ok(open.store.files().get(&entry.sha256)?)
}

/// A picture's width as far as it may be asked for.
pub(super) fn width(asked: u32) -> u32 {
    asked.clamp(100, WIDEST)
}

impl Handle<CountPages> for Engine {
    fn act(&self, command: CountPages) -> Result<u32, Error> {
        let open = self.open()?;
        Ok(hoso_print::pages(&pdf(
            &open,
            command.id,
            command.voucher,
        )?)?)
    }
}

impl Handle<PageImage> for Engine {
    fn act(&self, command: PageImage) -> Result<Raw, Error> {
        let open = self.open()?;
        let pdf = pdf(&open, command.id, command.voucher)?;
        let width = width(command.width);
        Ok(Raw(hoso_print::page_png(&pdf, command.page, width)?))
    }
}

impl Handle<ExportContainer> for Engine {
    fn act(&self, command: ExportContainer) -> Result<(), Error> {
        let open = self.open()?;
        let zip = signing::container(&open, command.id)?.zip()?;
        let mut out = OutFile::begin(Path::new(&command.path))?;
        out.write_by(|file| zip.write_to(file))?;
        Ok(out.finish()?)
    }
}

impl Handle<ExportPdf> for Engine {
    fn act(&self, command: ExportPdf) -> Result<(), Error> {
        let open = self.open()?;
        write_out(
            Path::new(&command.path),
            &pdf(&open, command.id, command.voucher)?,
        )
    }
}

impl Handle<ExportMarked> for Engine {
    fn act(&self, command: ExportMarked) -> Result<(), Error> {
        let open = self.open()?;
        let copy = marked(&open, command.id, command.voucher)?.ok_or(Code::WrongState)?;
        write_out(Path::new(&command.path), &copy)
    }
}

/// Bản thể hiện of a voucher; `None` while nobody signed it.
pub(super) fn marked(open: &Open, id: DossierId, voucher: u32) -> Result<Option<Vec<u8>>, Error> {
    let loaded = load(&open.store, id)?;
    let number = loaded.current.revision.number;
    let made = open
        .store
        .read(|db| signatures::of_revision(db, id, number))?;
    if made.is_empty() {
        return Ok(None);
    }
    let (form, filled) = loaded.voucher(voucher)?;
    let marks = Marks {
        dossier_code: loaded.current.dossier.treasury_number.clone(),
        signers: made.into_iter().map(|s| signed(&loaded.unit, s)).collect(),
    };
    Ok(Some(open.print.marked(
        form,
        filled,
        &loaded.data(),
        &marks,
    )?))
}

/// What a copy says of one signature: a delegate's entry in the register was the one of that day.
fn signed(unit: &Unit, signature: Signature) -> Signed {
    let day = clock::day(signature.signed_at);
    let delegate = unit.signers.iter().find(|s| {
        s.delegate
            && s.valid_on(day)
            && (s.person, s.role) == (signature.person, signature.role)
            && s.certificates.contains(&signature.certificate)
    });
    Signed {
        name: signature.holder,
        time: clock::shown(signature.signed_at),
        mark: delegate.map_or("", |s| s.mark()).to_owned(),
        title: delegate.map(|s| s.title.clone()).unwrap_or_default(),
    }
}

/// Writes a file for the person: whole, or not at all.
pub(super) fn write_out(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    Ok(out::write(path, bytes)?)
}
