//! Hồ sơ: what is signed and sent. `data/dossier.json` of a container is this type as JSON.

use serde::{Deserialize, Serialize};

use crate::id::DossierId;
use crate::party::Treasury;
use crate::voucher::Voucher;

/// The version of [`DossierData`]'s JSON shape written by this program.
pub const DATA_FORMAT: u32 = 1;

/// The documented, versioned data file of a revision (docs/EVIDENCE.md).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DossierData {
    /// [`DATA_FORMAT`]; a reader refuses a higher one.
    pub format: u32,
    pub dossier: DossierId,
    /// From 1; each mend makes the next.
    pub revision: u32,
    pub unit: DossierUnit,
    pub treasury: Treasury,
    /// Procedure id in the forms' data, e.g. `recurrent-payment`.
    pub procedure: String,
    /// Năm ngân sách.
    pub budget_year: i32,
    pub vouchers: Vec<Voucher>,
}

/// The unit as it stood when the dossier was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DossierUnit {
    /// Mã ĐVQHNS.
    pub code: String,
    pub name: String,
    pub address: String,
    pub chapter: String,
}

/// The drawer a file lies in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drawer {
    /// Gửi Kho bạc: only what the procedure lists; becomes an entry.
    Treasury,
    /// Lưu tại đơn vị: kept for audit, never sent.
    Unit,
}

impl DossierData {
    /// The bytes of `data/dossier.json`: pretty JSON with sorted keys and a final newline.
    ///
    /// Deterministic: equal data gives equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("plain data always serializes");
        bytes.push(b'\n');
        bytes
    }

    /// Reads `data/dossier.json`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DataError> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let version: Version = serde_json::from_slice(bytes).map_err(DataError::Malformed)?;
        if version.format > DATA_FORMAT {
            return Err(DataError::Newer {
                format: version.format,
            });
        }
        serde_json::from_slice(bytes).map_err(DataError::Malformed)
    }
}

/// Why a data file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("not a dossier data file")]
    Malformed(#[source] serde_json::Error),
    #[error("data format {format} is newer than this program")]
    Newer { format: u32 },
}
