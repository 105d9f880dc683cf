//! A disk of a few megabytes, to be filled. It refuses to outlive its owner.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

/// A tmpfs at a folder of its own.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one of `size`, such as `10m`; `None` where mounting is not allowed, as it must be in CI.
    pub fn mount(at: &Path, size: &str) -> Result<Option<Self>> {
        fs::create_dir_all(at)?;
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(at)
            .stderr(Stdio::null())
            .status();
        if status.is_ok_and(|s| s.success()) {
            return Ok(Some(Self(at.to_owned())));
        }
        ensure!(
            std::env::var("CI").as_deref() != Ok("true"),
            "a tmpfs must be mountable in CI"
        );
        Ok(None)
    }

    /// Mounts it in another way: `ro`, `rw`, `size=24m`.
    pub fn remount(&self, how: &str) -> Result<()> {
        let status = Command::new("mount")
            .args(["-o", &format!("remount,{how}")])
            .arg(&self.0)
            .status()?;
        ensure!(status.success(), "it cannot be remounted {how}");
        Ok(())
    }

    /// Takes what room is left.
    pub fn fill(&self) -> Result<()> {
        let mut ballast = File::options()
            .create(true)
            .append(true)
            .open(self.ballast())?;
        while ballast.write_all(&[3; 4096]).is_ok() {}
        Ok(())
    }

    /// Gives the room back.
    pub fn free(&self) -> Result<()> {
        Ok(fs::remove_file(self.ballast())?)
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
