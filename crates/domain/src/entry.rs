//! Entries: the ordered files of a revision, and the digest that a commit is known by.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// One data object of a dossier: path inside the container, SHA-256 and size in bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Relative, `/`-separated, NFC, no `..`: e.g. `data/dossier.json`.
    pub path: String,
    pub sha256: Digest,
    pub size: u64,
}

/// Where each kind of entry lies in a container.
pub mod path {
    /// The documented, versioned data file (docs/EVIDENCE.md).
    pub const DATA: &str = "data/dossier.json";

    /// The printed voucher `index` (from 0): `voucher/01-mau13.pdf`.
    pub fn voucher(index: usize, form: &str) -> String {
        format!("voucher/{:02}-mau{form}.pdf", index + 1)
    }

    /// A file of the drawer "Gửi Kho bạc".
    pub fn file(name: &str) -> String {
        format!("files/{name}")
    }

    /// The approval record made at signature `step` (from 2).
    pub fn approval(step: u8) -> String {
        format!("approval/{step:03}.json")
    }
}

/// Duyệt: made at step 2 and later; ties the signature to the one before it.
///
/// It is a data object covered by the later signature, so it proves the order of signing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ApprovalRecord {
    /// The step being signed, from 2.
    pub step: u8,
    /// SHA-256 over the previous step's *SignatureValue* (not over its `.p7s`).
    pub previous_signature: Digest,
    /// SHA-256 over the signer's DER certificate.
    pub signer_certificate: Digest,
    /// Role in the form's data, e.g. `account-owner`.
    pub role: String,
    /// RFC 3339, UTC, as the signer's clock told it.
    pub at: chrono::DateTime<chrono::Utc>,
}

/// What the commit digest covers: entries, manifests and SignatureValues, in this order.
///
/// Never zip or `.p7s` bytes: those change when a timestamp is added.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CommitContent {
    pub entries: Vec<Entry>,
    /// SHA-256 of each `ASiCManifestNNN.xml`, in step order.
    pub manifests: Vec<Digest>,
    /// SHA-256 of each SignatureValue, in step order.
    pub signatures: Vec<Digest>,
}

impl CommitContent {
    /// The digest a submission is known by. Input: one line per item, LF ended, UTF-8:
    /// `entry <sha256> <size> <path>`, `manifest <sha256>`, `signature <sha256>`, after the
    /// header line `hoso-commit-1`.
    pub fn digest(&self) -> Digest {
        let mut text = String::from("hoso-commit-1\n");
        for e in &self.entries {
            text.push_str(&format!("entry {} {} {}\n", e.sha256, e.size, e.path));
        }
        for m in &self.manifests {
            text.push_str(&format!("manifest {m}\n"));
        }
        for s in &self.signatures {
            text.push_str(&format!("signature {s}\n"));
        }
        Digest::of(text.as_bytes())
    }
}
