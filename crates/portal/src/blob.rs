//! Bytes on disk, named by their SHA-256. A blob is whole or absent: temporary file, fsync,
//! rename, fsync of the folder.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use hoso_domain::digest::Digest;
use sha2::{Digest as _, Sha256};

#[derive(Clone)]
pub(crate) struct Blobs {
    root: PathBuf,
}

impl Blobs {
    /// `root/blobs` and `root/partial` are made when they are not there.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root.join("blobs"))?;
        fs::create_dir_all(root.join("partial"))?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    pub(crate) fn path(&self, sha256: Digest) -> PathBuf {
        let hex = sha256.hex();
        let shard: String = hex.chars().take(2).collect();
        self.root.join("blobs").join(shard).join(hex)
    }

    /// Where an upload grows. `upload` is an id of ours, never a name from outside.
    pub(crate) fn partial(&self, upload: uuid::Uuid) -> PathBuf {
        self.root.join("partial").join(upload.to_string())
    }

    pub(crate) fn read(&self, sha256: Digest) -> io::Result<Vec<u8>> {
        let bytes = fs::read(self.path(sha256))?;
        if Digest::of(&bytes) != sha256 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a stored blob is damaged",
            ));
        }
        Ok(bytes)
    }

    /// Stores bytes of our own making.
    pub(crate) fn put(&self, bytes: &[u8]) -> io::Result<Digest> {
        let sha256 = Digest::of(bytes);
        let mut file = tempfile::NamedTempFile::new_in(self.root.join("partial"))?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        let target = self.make_shard(sha256)?;
        file.persist(&target).map_err(|e| e.error)?;
        sync_parent(&target)?;
        Ok(sha256)
    }

    /// Makes the name of an upload's file durable; its bytes are by now.
    pub(crate) async fn keep_name(&self, upload: uuid::Uuid) -> io::Result<()> {
        let partial = self.partial(upload);
        let kept = tokio::task::spawn_blocking(move || sync_parent(&partial));
        kept.await.map_err(io::Error::other)?
    }

    /// Moves a finished upload in when its bytes hash to `sha256`; else `false` and it is removed.
    pub(crate) fn adopt(&self, partial: &Path, sha256: Digest) -> io::Result<bool> {
        // Windows flushes only what is open for writing
        let mut file = match OpenOptions::new().read(true).write(true).open(partial) {
            Ok(file) => file,
            // Moved in before, but the portal ended before it could note it; or lost, or spoiled there.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return match self.read(sha256) {
                    Ok(_) => Ok(true),
                    Err(e)
                        if matches!(
                            e.kind(),
                            io::ErrorKind::NotFound | io::ErrorKind::InvalidData
                        ) =>
                    {
                        Ok(false)
                    }
                    Err(e) => Err(e),
                };
            }
            Err(e) => return Err(e),
        };
        let mut hash = Sha256::new();
        let mut buffer = vec![0u8; 64 * 1024];
        loop {
            let n = file.read(&mut buffer)?;
            if n == 0 {
                break;
            }
            hash.update(buffer.get(..n).unwrap_or_default());
        }
        if Digest(hash.finalize().into()) != sha256 {
            fs::remove_file(partial)?;
            return Ok(false);
        }
        file.sync_all()?;
        let target = self.make_shard(sha256)?;
        fs::rename(partial, &target)?;
        sync_parent(&target)?;
        Ok(true)
    }

    fn make_shard(&self, sha256: Digest) -> io::Result<PathBuf> {
        let target = self.path(sha256);
        if let Some(shard) = target.parent()
            && !shard.is_dir()
        {
            fs::create_dir_all(shard)?;
            sync_parent(shard)?;
        }
        Ok(target)
    }
}

/// Makes a rename or a new file in the folder of `path` durable.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(parent) = path.parent() {
        fs::File::open(parent)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
