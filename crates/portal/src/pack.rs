//! Data packs of this portal: issued under its seal, kept in its data folder, taken in at start so
//! that dossiers made with their forms are understood.
//!
//! It refuses to issue what its own program could not print.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use hoso_domain::digest::Digest;
use hoso_domain::id::UnitId;
use hoso_domain::pack::{PACK_FORMAT, Pack, PackForm, PackList};
use hoso_portal_api::feed::{Item, PackNews};
use hoso_portal_api::pack::{PACK_ENDING, SignedPack};
use hoso_proof::{Trust, sign_with_key, verify_cms};

use crate::fault::Fault;
use crate::portal::{Portal, Seal};
use crate::{db, feed};

/// The folder of packs in the data folder.
const FOLDER: &str = "packs";

/// Why a pack is not issued or not taken in.
#[derive(Debug, thiserror::Error)]
pub enum PackFault {
    #[error("{} cannot be read or written", path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is not a pack of this portal", .0.display())]
    NotOurs(PathBuf),
    #[error("the pack cannot be told of: {0}")]
    State(String),
    #[error("the signature")]
    Signature(#[from] hoso_proof::ProofError),
    #[error("the pack")]
    Content(#[from] hoso_domain::pack::PackError),
    #[error("the pack")]
    Refused(#[from] hoso_print::pack::TakeError),
}

/// A pack of every form (`*.toml` with its `*.typ`) and list (`*.csv`) in `folder`.
fn gather(folder: &Path, id: &str, name: &str, issued: NaiveDate) -> Result<Pack, PackFault> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| PackFault::File { path, source }
    };
    let entries = std::fs::read_dir(folder).map_err(failed(folder))?;
    let mut paths = entries
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed(folder))?;
    paths.sort();
    let read = |path: &Path| std::fs::read_to_string(path).map_err(failed(path));
    let mut pack = Pack {
        format: PACK_FORMAT,
        id: id.to_owned(),
        name: name.to_owned(),
        issued,
        forms: Vec::new(),
        lists: Vec::new(),
    };
    for path in paths {
        match path.extension().and_then(|e| e.to_str()) {
            Some("toml") => pack.forms.push(PackForm {
                form: read(&path)?,
                layout: read(&path.with_extension("typ"))?,
            }),
            Some("csv") => pack.lists.push(PackList {
                id: path
                    .file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                csv: read(&path)?,
            }),
            _ => {}
        }
    }
    Ok(pack)
}

impl Portal {
    /// Makes a pack of every form and list in `folder`, takes it in, signs and keeps it, and tells
    /// every unit in its feed; replies the file, for a unit without a link.
    pub fn issue_pack(&self, folder: &Path, id: &str, name: &str) -> Result<SignedPack, PackFault> {
        let at = self.0.clock.now();
        let pack = gather(folder, id, name, crate::clock::day(at))?;
        let text = serde_json::to_string(&pack).expect("a pack is plain data");
        // read as a unit will read it
        hoso_print::pack::take(&Pack::from_json(&text)?)?;
        let seal = &self.0.seal;
        let p7s = sign_with_key(
            text.as_bytes(),
            &seal.certificate,
            &[seal.ca.as_str()],
            &seal.key,
            at,
        )?;
        let signed = SignedPack::new(text, &p7s);
        let folder = self.0.root.join(FOLDER);
        let path = folder.join(format!("{}.{PACK_ENDING}", safe(&pack.id)));
        std::fs::create_dir_all(&folder)
            .and_then(|()| crate::keep::write(&path, &signed.to_bytes()))
            .map_err(|source| PackFault::File { path, source })?;
        self.tell_of_pack(&pack, &signed.to_bytes())?;
        Ok(signed)
    }

    fn tell_of_pack(&self, pack: &Pack, bytes: &[u8]) -> Result<(), PackFault> {
        let sha256 = self.0.blobs.put(bytes).map_err(|source| PackFault::File {
            path: self.0.root.clone(),
            source,
        })?;
        let news = PackNews {
            id: pack.id.clone(),
            name: pack.name.clone(),
            sha256,
            size: bytes.len() as u64,
        };
        let (at, kept) = (self.0.clock.now(), self.0.config.limits.feed_kept());
        let told = self.0.db.call_here(|tx| {
            tx.execute(
                "INSERT OR IGNORE INTO pack (sha256, pack_id, size, issued_at)
                 VALUES (?1, ?2, ?3, ?4)",
                (sha256.to_string(), &news.id, news.size, db::stamp(at)),
            )?;
            let mut statement = tx.prepare("SELECT unit_id FROM unit")?;
            let units = statement.query_map([], |r| r.get::<_, String>(0))?;
            let units = units.collect::<Result<Vec<_>, _>>()?;
            for unit in units {
                let unit: UnitId = db::id(&unit)?;
                feed::append(tx, unit, at, kept, &Item::Pack(news.clone()))?;
            }
            Ok(())
        });
        told.map_err(|fault: Fault| PackFault::State(fault.problem.detail))?;
        self.announce();
        Ok(())
    }

    /// Whether a pack with these bytes was issued here.
    pub(crate) fn is_pack(&self, sha256: Digest) -> Result<bool, Fault> {
        self.0.db.call_here(|tx| {
            Ok(tx.query_row(
                "SELECT EXISTS (SELECT 1 FROM pack WHERE sha256 = ?1)",
                [sha256.to_string()],
                |r| r.get(0),
            )?)
        })
    }
}

/// Takes in every pack kept in the data folder.
pub(crate) fn take_kept(root: &Path, seal: &Seal) -> Result<(), PackFault> {
    let folder = root.join(FOLDER);
    if !folder.is_dir() {
        return Ok(());
    }
    let trust = Trust::from_pem(&[&seal.ca])?;
    let failed = |source| PackFault::File {
        path: folder.clone(),
        source,
    };
    let entries = std::fs::read_dir(&folder).map_err(failed)?;
    let mut paths = entries
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    paths.sort();
    for path in paths {
        let bytes = std::fs::read(&path).map_err(|source| PackFault::File {
            path: path.clone(),
            source,
        })?;
        let signed = SignedPack::from_bytes(&bytes);
        let (signed, p7s) = signed
            .and_then(|s| s.p7s_der().map(|p7s| (s, p7s)))
            .ok_or(PackFault::NotOurs(path))?;
        verify_cms(signed.pack.as_bytes(), &p7s, &trust)?;
        hoso_print::pack::take(&Pack::from_json(&signed.pack)?)?;
    }
    Ok(())
}

/// A pack's id as a file's name.
fn safe(id: &str) -> String {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    id.chars().map(|c| if fine(c) { c } else { '-' }).collect()
}
