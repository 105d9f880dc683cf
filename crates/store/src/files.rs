//! Files by SHA-256 of their content, encrypted with age. Nothing readable ever touches the disk:
//! temporary files are ciphertext as well. Deletes nothing.
//!
//! `files/ab/<64 hex digits>` is an age file (x25519, 64 KiB chunks) of the content the name is the
//! SHA-256 of. Every read checks the digest.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use hoso_domain::digest::Digest;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::error::StoreError;
use crate::key::FilesKey;
use crate::layout;

/// Room left for the database when a file is taken in.
const RESERVE: u64 = 1024 * 1024;

const CHUNK: usize = 64 * 1024;

/// The files of one store.
#[derive(Clone)]
pub struct Files {
    dir: PathBuf,
    key: FilesKey,
}

/// A file of the store that has no name yet.
struct Unnamed {
    temp: NamedTempFile,
    digest: Digest,
    size: u64,
}

impl Files {
    pub(crate) fn open(dir: &Path, key: &FilesKey) -> Result<Files, StoreError> {
        if !dir.exists() {
            fs::create_dir_all(dir)?;
        }
        layout::clear_unfinished(dir);
        Ok(Self::at(dir, key))
    }

    /// Without making the folder: to be read only.
    pub(crate) fn at(dir: &Path, key: &FilesKey) -> Files {
        Files {
            dir: dir.to_owned(),
            key: key.clone(),
        }
    }

    fn place(&self, digest: &Digest) -> PathBuf {
        let name = digest.hex();
        let shelf: String = name.chars().take(2).collect();
        self.dir.join(shelf).join(name)
    }

    /// Takes in `content`; durable when this answers. The same content twice is stored once; a
    /// damaged copy is set aside. `expected` bytes are looked for on the disk beforehand.
    pub fn put(&self, content: impl Read, expected: u64) -> Result<(Digest, u64), StoreError> {
        self.room_for(expected)?;
        let sealed = self.seal(content)?;
        let (digest, size) = (sealed.digest, sealed.size);
        if !self.is_kept(&digest)? {
            self.shelve(vec![sealed])?;
        }
        Ok((digest, size))
    }

    /// Takes in all of `contents`, flushed together; durable when this answers.
    pub fn put_all(&self, contents: &[&[u8]]) -> Result<Vec<Digest>, StoreError> {
        let sizes = contents.iter().map(|c| c.len()).sum::<usize>();
        self.room_for(u64::try_from(sizes).unwrap_or(u64::MAX))?;
        let (mut digests, mut new) = (Vec::new(), Vec::new());
        for content in contents {
            let digest = Digest::of(content);
            if !digests.contains(&digest) && !self.is_kept(&digest)? {
                new.push(self.seal(*content)?);
            }
            digests.push(digest);
        }
        self.shelve(new)?;
        Ok(digests)
    }

    /// Encrypts content into a file that has no name yet and is not flushed.
    fn seal(&self, mut content: impl Read) -> Result<Unnamed, StoreError> {
        let temp = layout::unfinished(&self.dir)?;
        let recipient = self.key.0.to_public();
        let recipients = std::iter::once(&recipient as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients)
            .map_err(|e| StoreError::Disk(io::Error::other(e)))?;
        let mut sealed = encryptor.wrap_output(BufWriter::new(temp.as_file()))?;
        let (mut hash, mut size) = (Sha256::new(), 0u64);
        let mut buffer = vec![0u8; CHUNK];
        loop {
            let n = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(StoreError::Source(e)),
            };
            let part = buffer.get(..n).unwrap_or_default();
            hash.update(part);
            sealed.write_all(part)?;
            size = size.saturating_add(u64::try_from(n).unwrap_or(0));
        }
        sealed
            .finish()?
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        let digest = Digest(hash.finalize().into());
        Ok(Unnamed { temp, digest, size })
    }

    /// Whether the content is there and whole; a damaged copy is set aside. One that the disk does not
    /// give is not known to be damaged, and the same content is written over it.
    fn is_kept(&self, digest: &Digest) -> Result<bool, StoreError> {
        match self.verify(digest) {
            Ok(_) => Ok(true),
            Err(StoreError::FileMissing(_) | StoreError::Disk(_)) => Ok(false),
            Err(StoreError::FileDamaged(_)) => {
                layout::set_aside(&self.place(digest))?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Flushes files, then gives them their names and flushes those.
    fn shelve(&self, files: Vec<Unnamed>) -> Result<(), StoreError> {
        let temps: Vec<&File> = files.iter().map(|f| f.temp.as_file()).collect();
        layout::sync_files(&temps)?;
        let mut shelves = BTreeSet::new();
        for file in files {
            let place = self.place(&file.digest);
            let shelf = place.parent().unwrap_or(&self.dir);
            if !shelf.exists() {
                fs::create_dir_all(shelf)?;
                layout::sync_dir(&self.dir)?;
            }
            layout::persist(file.temp, &place)?;
            shelves.insert(shelf.to_owned());
        }
        Ok(layout::sync_dirs(&shelves)?)
    }

    /// [`Files::put`] of bytes already in memory.
    pub fn put_bytes(&self, content: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(content);
        if self.verify(&digest).is_ok() {
            return Ok(digest);
        }
        self.put(content, u64::try_from(content.len()).unwrap_or(u64::MAX))
            .map(|(d, _)| d)
    }

    /// The file as it lies, encrypted, after it was read through and held against its name.
    pub(crate) fn sealed(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        let bytes = match fs::read(self.place(digest)) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::FileMissing(*digest));
            }
            Err(e) => return Err(e.into()),
        };
        self.drain(digest, bytes.as_slice(), &mut io::sink())?;
        Ok(bytes)
    }

    /// Takes in a file as it lay in a backup, where the own one is missing or damaged; that one is
    /// set aside.
    pub(crate) fn mend(&self, digest: &Digest, sealed: &[u8]) -> Result<(), StoreError> {
        self.drain(digest, sealed, &mut io::sink())?;
        let place = self.place(digest);
        if place.exists() {
            layout::set_aside(&place)?;
        }
        let shelf = place.parent().unwrap_or(&self.dir);
        fs::create_dir_all(shelf)?;
        layout::sync_dir(&self.dir)?;
        let mut temp = layout::unfinished(&self.dir)?;
        temp.write_all(sealed)?;
        temp.as_file().sync_all()?;
        layout::persist(temp, &place)?;
        Ok(layout::sync_dir(shelf)?)
    }

    /// Every file that is there, with its size as it lies; in no order.
    pub(crate) fn names(&self) -> Result<Vec<(Digest, u64)>, StoreError> {
        let mut names = Vec::new();
        for shelf in fs::read_dir(&self.dir)? {
            let shelf = shelf?;
            if !shelf.file_type()?.is_dir() {
                continue;
            }
            for file in fs::read_dir(shelf.path())? {
                let file = file?;
                // what is unfinished or was set aside has another name
                if let Some(name) = Digest::from_hex(&file.file_name().to_string_lossy()) {
                    names.push((name, file.metadata()?.len()));
                }
            }
        }
        Ok(names)
    }

    /// Whether the file is there, without reading it.
    pub fn has(&self, digest: &Digest) -> bool {
        self.place(digest).exists()
    }

    /// The whole content, checked.
    pub fn get(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        let mut out = Vec::new();
        self.copy_to(digest, &mut out)?;
        Ok(out)
    }

    /// Streams the content; the digest is known to be right only when this answers `Ok`.
    pub fn copy_to(&self, digest: &Digest, to: &mut impl Write) -> Result<u64, StoreError> {
        let file = match File::open(self.place(digest)) {
            Ok(f) => f,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::FileMissing(*digest));
            }
            Err(e) => return Err(e.into()),
        };
        self.drain(digest, BufReader::new(file), to)
    }

    fn drain(
        &self,
        digest: &Digest,
        sealed: impl BufRead,
        to: &mut impl Write,
    ) -> Result<u64, StoreError> {
        let mut content = self.opened(digest, sealed)?;
        let (mut hash, mut size) = (Sha256::new(), 0u64);
        let mut buffer = vec![0u8; CHUNK];
        loop {
            // what fails below age is either a changed byte or a cut file
            let n = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) if e.raw_os_error().is_some() => return Err(e.into()),
                Err(_) => return Err(StoreError::FileDamaged(*digest)),
            };
            let part = buffer.get(..n).unwrap_or_default();
            hash.update(part);
            to.write_all(part)?;
            size = size.saturating_add(u64::try_from(n).unwrap_or(0));
        }
        if Digest(hash.finalize().into()) != *digest {
            return Err(StoreError::FileDamaged(*digest));
        }
        Ok(size)
    }

    /// Reads the file through and forgets it.
    pub fn verify(&self, digest: &Digest) -> Result<u64, StoreError> {
        self.copy_to(digest, &mut io::sink())
    }

    fn opened(&self, digest: &Digest, sealed: impl BufRead) -> Result<impl Read, StoreError> {
        let damaged = |e: age::DecryptError| match e {
            age::DecryptError::Io(e) if e.raw_os_error().is_some() => e.into(),
            _ => StoreError::FileDamaged(*digest),
        };
        let sealed = age::Decryptor::new_buffered(sealed).map_err(damaged)?;
        sealed
            .decrypt(std::iter::once(&self.key.0 as &dyn age::Identity))
            .map_err(damaged)
    }

    fn room_for(&self, expected: u64) -> Result<(), StoreError> {
        let free = fs4::available_space(&self.dir)?;
        if free < expected.saturating_add(RESERVE) {
            Err(StoreError::DiskFull)
        } else {
            Ok(())
        }
    }
}
