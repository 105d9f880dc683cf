//! A data pack as it travels: its text and the treasury's signature over exactly these bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// The ending of a pack's file.
pub const PACK_ENDING: &str = "hosopack";
/// The largest pack that is read: 8 MiB.
pub const MAX_PACK: u64 = 8 * 1024 * 1024;

/// A pack file (JSON). Who signed it is found by verifying, under the receipt authority of the
/// connection file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedPack {
    /// JSON of [`hoso_domain::pack::Pack`], exactly the bytes signed.
    pub pack: String,
    /// Detached CAdES B-B, DER, base64; empty in a pack nobody signed.
    #[serde(default)]
    pub p7s: String,
}

impl SignedPack {
    /// `None` where the file is no pack at all.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The pack with its signature (DER) around it.
    pub fn new(pack: String, p7s: &[u8]) -> Self {
        Self {
            pack,
            p7s: STANDARD.encode(p7s),
        }
    }

    /// The `.p7s`, DER; `None` where there is none or it is not base64.
    pub fn p7s_der(&self) -> Option<Vec<u8>> {
        STANDARD
            .decode(&self.p7s)
            .ok()
            .filter(|der| !der.is_empty())
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a pack is plain data")
    }
}
