//! One process per store: an operating-system lock that ends with the process, whatever ended it.

use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::path::Path;

use crate::error::StoreError;
use crate::layout;

/// Held while a store is open, or is being made.
pub struct Lock(File);

impl Lock {
    /// Makes the folder where it is not there, and clears what a kill left of an envelope that was being
    /// written. A second taker is [`StoreError::InUse`].
    pub fn take(dir: &Path) -> Result<Lock, StoreError> {
        layout::own_folder(dir)?;
        // before anything opens the database: what lies beside it is made with its rights
        layout::close_to_others(dir, &layout::database(dir));
        let file = layout::own_file()
            .read(true)
            .truncate(false)
            .open(layout::lock(dir))?;
        match file.try_lock() {
            Ok(()) => {
                // beside the lock file: on Windows nobody else can read a locked one
                let line = format!("{} {}\n", std::process::id(), host());
                // only for the message to a second opener: a full disk may refuse it
                let _ = layout::create(&layout::owner(dir))
                    .and_then(|mut owner| owner.write_all(line.as_bytes()));
                // half a change of slots opens with what was taken away since
                layout::clear_unfinished(dir);
                Ok(Lock(file))
            }
            Err(TryLockError::WouldBlock) => {
                let (pid, host) = owner(dir);
                Err(StoreError::InUse { pid, host })
            }
            Err(TryLockError::Error(e)) => Err(e.into()),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// The name other PCs know this one by; blank where the system does not say.
pub fn host() -> String {
    let named = || {
        std::env::var("COMPUTERNAME")
            .or_else(|_| std::env::var("HOSTNAME"))
            .ok()
    };
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(named)
        .map(|s| s.trim().to_owned())
        .unwrap_or_default()
}

fn owner(dir: &Path) -> (u32, String) {
    let text = std::fs::read_to_string(layout::owner(dir)).unwrap_or_default();
    match text.trim().split_once(' ') {
        Some((pid, host)) => (pid.parse().unwrap_or(0), host.to_owned()),
        None => (0, String::new()),
    }
}
