//! Files that leave the store for the person: each is whole in its place, or not there at all.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use hoso_contract::{AppError, Code};
use hoso_store::StoreError;
use tempfile::NamedTempFile;

/// A file while it is written, beside the place it is meant for.
pub struct OutFile {
    file: NamedTempFile,
    place: PathBuf,
    /// The place as it was asked for.
    asked: PathBuf,
}

impl OutFile {
    pub fn begin(path: &Path) -> Result<Self, AppError> {
        let folder = path
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let folder = verbatim(folder);
        let place = match path.file_name() {
            Some(name) => folder.join(name),
            None => path.to_owned(),
        };
        let file = NamedTempFile::new_in(&folder).map_err(|e| refused(path, e))?;
        Ok(Self {
            file,
            place,
            asked: path.to_owned(),
        })
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<(), AppError> {
        self.write_by(|file| file.write_all(bytes))
    }

    /// [`OutFile::write`] of what writes itself.
    pub fn write_by(
        &mut self,
        write: impl FnOnce(&mut NamedTempFile) -> io::Result<()>,
    ) -> Result<(), AppError> {
        write(&mut self.file).map_err(|e| refused(&self.asked, e))
    }

    /// Puts it in its place, over what lay there.
    pub fn finish(self) -> Result<(), AppError> {
        let Self { file, place, asked } = self;
        let kept = file.as_file().sync_all();
        let put = kept.and_then(|()| file.persist(place).map_err(|e| e.error));
        put.map(drop).map_err(|e| refused(&asked, e))
    }
}

/// Writes a file.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    let mut out = OutFile::begin(path)?;
    out.write(bytes)?;
    out.finish()
}

/// The folder in the form in which Windows takes more than 259 characters for the place of a file.
fn verbatim(folder: &Path) -> PathBuf {
    std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())
}

/// What a folder or file of the person's is refused with. Of a file that another program holds open the
/// system says the same as of one that nobody may write.
pub fn refused(path: &Path, error: io::Error) -> AppError {
    tracing::warn!(%error, "the place of an export refuses");
    match StoreError::from(error) {
        StoreError::DiskFull => AppError::new(Code::DiskFull),
        _ => AppError::new(Code::DiskRefused).with("path", path.display()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_file_is_there_whole_or_not_at_all_and_a_refusal_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("so.csv");
        let mut out = OutFile::begin(&path).unwrap();
        out.write(b"a,").unwrap();
        assert!(!path.exists());
        out.write(b"b").unwrap();
        out.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"a,b");
        write(&path, b"c").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"c");
        // what lies there cannot be replaced
        let taken = dir.path().join("taken");
        std::fs::create_dir_all(taken.join("kept")).unwrap();
        let nowhere = dir.path().join("nowhere").join("so.csv");
        for path in [taken, nowhere] {
            let told = write(&path, b"d").unwrap_err();
            assert_eq!(told.code, Code::DiskRefused);
            let named = told.params.get("path").map(String::as_str);
            assert_eq!(named, path.to_str());
        }
        let mut left: Vec<_> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["so.csv", "taken"]);
    }
}
