//! `envelope.json`: read with the copy before its last change at hand, written so that a damaged one
//! never takes the place of a good one. Opens no slot.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::KeyError;
use super::slot::Slot;
use crate::key::Sealed;
use crate::layout;

/// The version of the envelope's JSON written by this program; a higher one is refused.
pub(super) const FORMAT: u32 = 1;

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Envelope {
    pub format: u32,
    /// Random; ties slots to this store and names it in the system's key store.
    pub store: Uuid,
    /// The files' age identity under the master key.
    pub files: Sealed,
    pub slots: Vec<Slot>,
}

impl Envelope {
    pub(super) fn write(&self, dir: &Path, keep: Keep) -> Result<(), KeyError> {
        let path = layout::envelope(dir);
        let before = layout::envelope_before(dir);
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|_| KeyError::Damaged {
            what: "not writable as JSON",
        })?;
        bytes.push(b'\n');
        // a damaged envelope never takes the place of the good copy
        let keep = matches!(keep, Keep::Before) && read(&path).is_ok();
        layout::replace(&path, &bytes, keep.then_some(before.as_path()))?;
        Ok(())
    }
}

/// Whether the envelope's last state is kept aside: for changed slots, not for counted tries.
pub(super) enum Keep {
    Before,
    Nothing,
}

/// An envelope as it lies, and whose it is.
pub(crate) struct Slots {
    pub store: Uuid,
    pub bytes: Vec<u8>,
}

/// The envelope in `dir`; a damaged one is taken from the copy before its last change.
pub(crate) fn slots(dir: &Path) -> Result<Slots, KeyError> {
    let (envelope, bytes) = good(dir)?;
    Ok(Slots {
        store: envelope.store,
        bytes,
    })
}

pub(super) fn good(dir: &Path) -> Result<(Envelope, Vec<u8>), KeyError> {
    match read(&layout::envelope(dir)) {
        Err(e @ (KeyError::Missing | KeyError::Damaged { .. })) => {
            read(&layout::envelope_before(dir)).map_err(|_| e)
        }
        other => other,
    }
}

pub(super) fn read(path: &Path) -> Result<(Envelope, Vec<u8>), KeyError> {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    let bytes = match fs::read(path) {
        Ok(b) => b,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(KeyError::Missing),
        Err(e) => return Err(e.into()),
    };
    let damaged = |_| KeyError::Damaged {
        what: "not an envelope",
    };
    let version: Version = serde_json::from_slice(&bytes).map_err(damaged)?;
    if version.format > FORMAT {
        return Err(KeyError::Newer {
            found: version.format,
        });
    }
    let envelope = serde_json::from_slice(&bytes).map_err(damaged)?;
    Ok((envelope, bytes))
}
