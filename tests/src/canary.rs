//! Looks for what must not be on a disk in the clear: planted canaries, and files that begin as a
//! readable document, archive or database does.
//!
//! A canary is sought as the program, the web view or a library might have written it: UTF-8 and
//! UTF-16, composed and decomposed, deflated in an archive or in a zlib stream (PDF, PNG, caches).

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, DirEntry};
use std::io::{Cursor, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use flate2::{Decompress, FlushDecompress, Status};
use unicode_normalization::UnicodeNormalization as _;
use zip::ZipArchive;

/// Heads of plaintext at the start of a file, and what they mean.
const HEADS: [(&[u8], &str); 2] = [
    (ZIP_ENTRY, "begins as a zip"),
    (b"%PDF-", "begins as a PDF"),
];
/// A database is forbidden wherever it lies: a backup may have wrapped it.
const SQLITE: &[u8] = b"SQLite format 3\0";
/// The local file header (APPNOTE.TXT 4.3.7).
const ZIP_ENTRY: &[u8] = b"PK\x03\x04";
/// Bytes of a local file header before the name.
const ZIP_ENTRY_LEN: usize = 30;
/// The most bytes taken out of one compressed stream.
const MOST: usize = 8 << 20;
/// The most bytes asked of the inflater at once.
const CHUNK: usize = 64 << 10;
/// How deep streams are opened inside streams: a zip holding a zip holding a PDF needs three.
const DEPTH: u8 = 3;

/// Something readable where nothing may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub file: PathBuf,
    pub what: String,
}

impl Hit {
    /// WebKit's list of hosts that insist on TLS is a database. Only a driven window keeps a profile.
    pub fn is_webkits_own(&self) -> bool {
        self.file.ends_with("web/hsts-storage.sqlite") && self.what == "holds an SQLite database"
    }
}

/// Reads every regular file below the folders; links are not followed. `ignore` is asked about
/// files and folders; nothing below an ignored folder is read. What vanishes meanwhile is fine.
///
/// Fails when a given folder is missing or anything cannot be read: what was not read was not
/// found clean.
pub fn scan(
    folders: &[&Path],
    canaries: &[&str],
    ignore: &dyn Fn(&Path) -> bool,
) -> Result<Vec<Hit>> {
    let needles = Needles::new(canaries)?;
    let mut hits = Vec::new();
    for folder in folders {
        let given = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
        let mut open = vec![given];
        while let Some(entries) = open.pop() {
            for entry in entries {
                let Some(entry) = present(entry)? else {
                    continue;
                };
                let path = entry.path();
                if ignore(&path) {
                    continue;
                }
                let read = visit(&entry, &mut open);
                let Some(bytes) = read.with_context(|| path.display().to_string())? else {
                    continue;
                };
                hits.extend(needles.examine(&bytes).into_iter().map(|what| Hit {
                    file: path.clone(),
                    what,
                }));
            }
        }
    }
    Ok(hits)
}

/// A file's bytes; a folder is put aside for later, and sockets, pipes and links give nothing.
fn visit(entry: &DirEntry, open: &mut Vec<fs::ReadDir>) -> std::io::Result<Option<Vec<u8>>> {
    let Some(kind) = present(entry.file_type())? else {
        return Ok(None);
    };
    if kind.is_dir() {
        open.extend(present(fs::read_dir(entry.path()))?);
    }
    if kind.is_file() {
        return present(fs::read(entry.path()));
    }
    Ok(None)
}

/// Nothing where the file is gone by now.
fn present<T>(result: std::io::Result<T>) -> std::io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// The canaries in all their spellings, by first byte, so that one pass over a file is enough.
struct Needles {
    by_first: Vec<Vec<(Vec<u8>, String)>>,
}

impl Needles {
    fn new(canaries: &[&str]) -> Result<Self> {
        let mut by_first = vec![Vec::new(); 256];
        let mut known = HashSet::new();
        for canary in canaries {
            ensure!(!canary.is_empty(), "an empty canary is everywhere");
            for (form, text) in [
                ("NFC", canary.nfc().collect::<String>()),
                ("NFD", canary.nfd().collect::<String>()),
            ] {
                let units = || text.encode_utf16();
                for (coding, bytes) in [
                    ("UTF-8", text.as_bytes().to_vec()),
                    ("UTF-16LE", units().flat_map(u16::to_le_bytes).collect()),
                    ("UTF-16BE", units().flat_map(u16::to_be_bytes).collect()),
                ] {
                    let first = bytes.first().copied().map_or(0, usize::from);
                    // Most words have one form only, and are reported once.
                    if known.insert(bytes.clone())
                        && let Some(bucket) = by_first.get_mut(first)
                    {
                        bucket.push((bytes, format!("{canary:?} as {coding} {form}")));
                    }
                }
            }
        }
        Ok(Self { by_first })
    }

    /// What is wrong with a file, each thing once.
    fn examine(&self, bytes: &[u8]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (head, what) in HEADS {
            if bytes.starts_with(head) {
                found.insert(what.to_owned());
            }
        }
        let mut parts = bytes.windows(SQLITE.len());
        if parts.any(|part| part.first() == Some(&b'S') && part == SQLITE) {
            found.insert("holds an SQLite database".to_owned());
        }
        self.search(bytes, "", DEPTH, &mut found);
        found
    }

    /// Searches the bytes and every compressed stream in them; `place` says where they were.
    fn search(&self, bytes: &[u8], place: &str, depth: u8, found: &mut BTreeSet<String>) {
        let mut streams = Vec::new();
        let mut entries = Vec::new();
        for (at, byte) in bytes.iter().enumerate() {
            let needles = self.by_first.get(usize::from(*byte)).map_or(&[][..], |n| n);
            // Most bytes begin nothing: this keeps an unoptimised build quick.
            if needles.is_empty() && !matches!(byte, 0x78 | b'P') {
                continue;
            }
            let rest = bytes.get(at..).unwrap_or_default();
            for (needle, name) in needles {
                if rest.starts_with(needle) {
                    found.insert(format!("{name}{place}"));
                }
            }
            match rest {
                [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => streams.push(rest),
                [b'P', ..] if rest.starts_with(ZIP_ENTRY) => entries.push(at),
                _ => {}
            }
        }
        let Some(deeper) = depth.checked_sub(1) else {
            return;
        };
        let mut inside = |plain: &[u8], what: &str| {
            self.search(plain, &format!("{place} in {what}"), deeper, found);
        };
        for stream in streams {
            inside(&inflate(stream, true), "a zlib stream");
        }
        let Some(first) = entries.first().copied() else {
            return;
        };
        let listed = unzip(bytes.get(first..).unwrap_or_default(), &mut inside);
        // What no directory lists: a torn archive, or one followed by something else. Entries
        // stored without compression were searched above as they lie.
        for at in entries {
            let data = entry_data(bytes, at).unwrap_or(bytes.len());
            if !listed.contains(&data.saturating_sub(first)) {
                let rest = bytes.get(data..).unwrap_or_default();
                inside(&inflate(rest, false), "a zip entry");
            }
        }
    }
}

/// Hands on each entry of an archive; gives the places where the data of those read begin.
fn unzip(bytes: &[u8], inside: &mut dyn FnMut(&[u8], &str)) -> HashSet<usize> {
    let mut read = HashSet::new();
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return read;
    };
    for number in 0..archive.len() {
        let Ok(entry) = archive.by_index(number) else {
            continue;
        };
        let start = entry.data_start().and_then(|at| usize::try_from(at).ok());
        let mut plain = Vec::new();
        if entry.take(MOST as u64).read_to_end(&mut plain).is_ok() {
            read.extend(start);
        }
        inside(&plain, "a zip entry");
    }
    read
}

/// Where the data of the entry whose local header is at `at` begin.
fn entry_data(bytes: &[u8], at: usize) -> Option<usize> {
    let header = bytes.get(at..)?.get(..ZIP_ENTRY_LEN)?;
    let name = u16::from_le_bytes(header.get(26..28)?.try_into().ok()?);
    let extra = u16::from_le_bytes(header.get(28..30)?.try_into().ok()?);
    Some(at + ZIP_ENTRY_LEN + usize::from(name) + usize::from(extra))
}

/// As much as can be inflated of a zlib or bare deflate stream; what follows or breaks it ends it.
fn inflate(stream: &[u8], zlib: bool) -> Vec<u8> {
    let mut inflater = Decompress::new(zlib);
    let mut plain = Vec::new();
    while plain.len() < MOST {
        plain.reserve(CHUNK);
        let (taken, given) = (inflater.total_in(), inflater.total_out());
        let rest = usize::try_from(taken).ok().and_then(|at| stream.get(at..));
        let rest = rest.unwrap_or_default();
        let status = inflater.decompress_vec(rest, &mut plain, FlushDecompress::None);
        let moved = (taken, given) != (inflater.total_in(), inflater.total_out());
        if !matches!(status, Ok(Status::Ok | Status::BufError)) || !moved {
            break;
        }
    }
    plain
}
