//! The two drawers. A file is read once, checked by its own bytes, and stored encrypted.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use hoso_contract::command::{Attach, Detach};
use hoso_contract::view::AttachmentView;
use hoso_contract::{AppError, Code, Fact};
use hoso_domain::dossier::Drawer;
use hoso_domain::id::AttachmentId;
use hoso_domain::text::nfc;
use hoso_store::attachments::{self, Attachment};

use super::editor::attachment_view;
use crate::clock;
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::shrink::shrink;

/// The largest file the treasury takes, in bytes; the cautious default of 10 MB.
const LARGEST: u64 = 10 * 1024 * 1024;
/// A picture may be larger before it is made small.
const LARGEST_PICTURE: u64 = 40 * 1024 * 1024;

impl Handle<Attach> for Engine {
    fn act(&self, command: Attach) -> Result<AttachmentView, Error> {
        let open = self.writable()?;
        let (name, bytes) = read_up_to(&command.path, LARGEST_PICTURE)?;
        let (name, bytes, original) = made_small(&command, name, bytes);
        let about = |code: Code| AppError::new(code).with("name", &name);
        if bytes.len() as u64 > LARGEST {
            let size = bytes.len();
            let error = about(Code::FileTooLarge).with("limit", LARGEST);
            return Err(error.with("size", size).into());
        }
        if command.drawer == Drawer::Treasury && !known_kind(&bytes) {
            return Err(about(Code::FileKindRefused).into());
        }
        let sha256 = open.store.files().put_bytes(&bytes)?;
        let new = Attachment {
            id: AttachmentId(clock::new_id()),
            dossier: command.id,
            drawer: command.drawer,
            name: name.clone(),
            sha256,
            size: bytes.len() as u64,
        };
        let (kept, by) = (new.clone(), open.by());
        open.store
            .write(move |tx| attachments::add(tx, &kept, by))
            .map_err(|error| match error {
                hoso_store::StoreError::Taken { .. } => about(Code::FileNameTaken).into(),
                other => Error::from(other),
            })?;
        self.tell(Fact::DossierChanged { id: command.id });
        Ok(AttachmentView {
            original,
            ..attachment_view(new)
        })
    }
}

/// A picture for the treasury is made small, for the line's sake; in the unit's own drawer it stays
/// as it is. Name, bytes, and the size it had before where it was changed.
fn made_small(command: &Attach, name: String, bytes: Vec<u8>) -> (String, Vec<u8>, Option<u64>) {
    let small = match command.drawer {
        Drawer::Treasury => shrink(&bytes),
        Drawer::Unit => None,
    };
    match small {
        None => (name, bytes, None),
        Some(small) => {
            let stem = name
                .rsplit_once('.')
                .map_or(name.as_str(), |(stem, _)| stem);
            (format!("{stem}.jpg"), small, Some(bytes.len() as u64))
        }
    }
}

/// A file by its path, looked at before it is opened and never larger than the treasury takes:
/// name and bytes.
pub(super) fn read_document(path: &str) -> Result<(String, Vec<u8>), Error> {
    read_up_to(path, LARGEST)
}

fn read_up_to(path: &str, most: u64) -> Result<(String, Vec<u8>), Error> {
    let path = Path::new(path);
    let name = path
        .file_name()
        .map(|n| nfc(&n.to_string_lossy()))
        .unwrap_or_default();
    let about = |code: Code| AppError::new(code).with("name", &name);
    // looked at before it is opened: opening a pipe would wait for its writer
    let about_file = path.metadata().map_err(|_| about(Code::FileUnreadable))?;
    let size = about_file.len();
    if size == 0 || !about_file.is_file() {
        return Err(about(Code::FileUnreadable).into());
    }
    let too_large = |size: u64| {
        about(Code::FileTooLarge)
            .with("limit", LARGEST)
            .with("size", size)
    };
    if size > most {
        return Err(too_large(size).into());
    }
    // in memory, the kind is known before anything is stored; a file that grows meanwhile is
    // read no further than what shows it
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most + 1).read_to_end(&mut bytes))
        .map_err(|_| about(Code::FileUnreadable))?;
    if bytes.len() as u64 > most {
        return Err(too_large(bytes.len() as u64).into());
    }
    Ok((name, bytes))
}

/// What the treasury's portal takes, told by the file's own bytes: PDF, JPEG, PNG, docx.
fn known_kind(bytes: &[u8]) -> bool {
    let heads: [&[u8]; 4] = [b"%PDF-", &[0xff, 0xd8, 0xff], b"\x89PNG\r\n", b"PK\x03\x04"];
    heads.iter().any(|head| bytes.starts_with(head))
}

impl Handle<Detach> for Engine {
    fn act(&self, command: Detach) -> Result<(), Error> {
        let open = self.writable()?;
        let by = open.by();
        let (id, attachment) = (command.id, command.attachment);
        open.store
            .write(move |tx| attachments::remove(tx, id, attachment, by))?;
        self.tell(Fact::DossierChanged { id });
        Ok(())
    }
}
