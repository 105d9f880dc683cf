//! Facts: what happened, told to the window. They never say what to refresh.

use serde::{Deserialize, Serialize};

use hoso_domain::id::DossierId;

/// The one event of the program.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "kebab-case")]
pub enum Fact {
    DossierChanged {
        id: DossierId,
    },
    /// Sending moved on: acknowledged bytes of all.
    Sending {
        id: DossierId,
        acknowledged: u64,
        total: u64,
    },
    LinkChanged,
    TokensChanged,
    ResultsChanged,
    /// The unit's PCs, a wish about one, or whether the portal takes this one.
    DevicesChanged,
    SessionChanged,
    /// A backup is being made, whoever asked for it; its end is `BackupChanged`.
    BackupBegun,
    /// A backup, a restore, a check or an export under way: `done` of `of`, in its own measure. One that is
    /// heard after the reply to its command is late.
    BackingUp {
        done: u64,
        of: u64,
    },
    /// Every page of the store was read, beside the work. Not sound: it is read only from now on.
    StoreRead {
        sound: bool,
    },
    /// A backup was made or failed, or its place changed.
    BackupChanged,
    /// A person closes the window, and the page said that something is not on disk: it goes on by
    /// `close_window`, once that is saved or given up.
    Closing,
    /// Signing a batch: `done` of `total`.
    Signing {
        done: u32,
        total: u32,
    },
}
