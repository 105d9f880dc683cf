//! `envelope.json`: read with a copy of it at hand, which follows each change of slots, so that a slot
//! that was taken away lies in neither. Opens no slot.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::KeyError;
use super::slot::{Kind, Slot};
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
    pub(super) fn write(&self, dir: &Path, change: Change) -> Result<(), KeyError> {
        let (place, bytes) = (layout::envelope(dir), self.bytes()?);
        // its copy was opened instead, and stays until this one lies there
        if matches!(read(&place), Err(KeyError::Damaged { .. })) {
            layout::set_aside(&place)?;
        }
        layout::replace(&place, &bytes)?;
        // only now, so that one of the two is whole at any moment
        if matches!(change, Change::Slots) {
            copy(dir, &bytes);
            // a slot that is taken away lies in no damaged one either
            layout::clear_aside(&place);
        }
        Ok(())
    }

    /// Makes a copy follow that a power cut, or an earlier program, left with other slots, and makes one
    /// where a restore or a full disk left none. Only for an envelope that a slot opened: one that opens
    /// nothing takes no copy's place.
    pub(super) fn settle(&self, dir: &Path) {
        let follows = match read(&layout::envelope_copy(dir)) {
            Ok((copied, _)) => copied.same_slots(self),
            Err(KeyError::Missing | KeyError::Damaged { .. }) => false,
            Err(_) => true,
        };
        if !follows && let Ok(bytes) = self.bytes() {
            copy(dir, &bytes);
        }
    }

    fn bytes(&self) -> Result<Vec<u8>, KeyError> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|_| KeyError::Damaged {
            what: "not writable as JSON",
        })?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Whether the same secrets open both.
    pub(super) fn same_slots(&self, other: &Envelope) -> bool {
        let kinds =
            |e: &Envelope| -> Vec<Kind> { e.slots.iter().map(|s| s.kind.clone()).collect() };
        self.store == other.store && kinds(self) == kinds(other)
    }
}

/// What is new in the envelope: the copy follows changed slots, not counted tries.
pub(super) enum Change {
    Slots,
    Tries,
}

/// The change has landed: without room for its copy there is none, rather than one that opens with
/// what was taken away.
fn copy(dir: &Path, bytes: &[u8]) {
    let place = layout::envelope_copy(dir);
    if layout::replace(&place, bytes).is_err() {
        let _ = fs::remove_file(&place).and_then(|()| layout::sync_dir(dir));
    }
}

/// An envelope as it lies, and whose it is.
pub(crate) struct Slots {
    pub store: Uuid,
    pub bytes: Vec<u8>,
}

/// The envelope in `dir`; one that is missing or damaged, or that the disk does not give, is taken from
/// its copy.
pub(crate) fn slots(dir: &Path) -> Result<Slots, KeyError> {
    let (envelope, bytes) = good(dir)?;
    Ok(Slots {
        store: envelope.store,
        bytes,
    })
}

pub(super) fn good(dir: &Path) -> Result<(Envelope, Vec<u8>), KeyError> {
    match read(&layout::envelope(dir)) {
        // one of a newer program is whole: no copy of ours stands for it
        Err(e @ (KeyError::Missing | KeyError::Damaged { .. } | KeyError::Disk(_))) => {
            read(&layout::envelope_copy(dir)).map_err(|_| e)
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
