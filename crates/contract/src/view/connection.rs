//! Kết nối Kho bạc: the connection file in use, and what a newer one changes.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A connection file as a person knows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConnectionView {
    pub portal: String,
    pub treasury: String,
    pub training: bool,
    /// `https://host:port`.
    pub address: String,
    /// The last day it may be taken over.
    pub valid_to: NaiveDate,
    /// As the printed one; blank for a file that was taken over before it was kept.
    pub fingerprint: String,
}

/// A newer file beside the one in use; nothing is taken over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConnectionChange {
    pub present: ConnectionView,
    pub new: ConnectionView,
    /// What the two say differently, each once.
    pub changes: Vec<Changed>,
    /// This PC makes itself known to the portal, anew or for the first time.
    pub to_enrol: bool,
    /// Names of units in the file that this PC does not keep: they are not added.
    pub not_added: Vec<String>,
}

/// One thing a newer connection file says differently.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Changed {
    PortalName,
    Address,
    /// The authority of the portal's own certificate.
    Tls,
    /// The authority of receipts, results and data packs.
    Receipts,
    /// The authorities of the signers' certificates.
    Signers,
    Timestamps,
    RevocationLists,
    /// Details of a unit kept here: accounts, registered signers.
    Units,
    ValidTo,
}
