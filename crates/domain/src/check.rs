//! Checks return findings, never failures. One function runs in the editor, before signing, at
//! sending and in the portal.

mod codes;
mod dossier;
mod named;
mod number;
mod voucher;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::money::Dong;
use crate::party::Role;

pub use dossier::{MAX_FILE_BYTES, check, invoice_key, payment_key};
pub use number::{AccountParts, tax_code_valid};
pub use voucher::voucher;

/// What the checks may know beside the dossier itself. Gathered by engine or portal; plain data.
///
/// An empty or `None` part means "not known here": its checks stay silent.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Mã ĐVQHNS of the paying unit.
    pub unit_code: String,
    /// Catalogue id → code → name, the slices in force on the voucher's day. A catalogue that is
    /// absent is not checked.
    pub codes: BTreeMap<String, BTreeMap<String, String>>,
    /// Account number → usable balance.
    pub balances: BTreeMap<String, Dong>,
    /// Invoices on other live dossiers: `seller tax code|series+number` → Số chứng từ there.
    pub invoices: BTreeMap<String, String>,
    /// Payments on other live dossiers of this month: `payee account|amount` → Số chứng từ there.
    pub payments: BTreeMap<String, String>,
    /// Số chứng từ used by other dossiers of the unit's budget year.
    pub numbers: BTreeSet<String>,
    /// Roles with a signer registered today; `None` where unknown.
    pub signers: Option<BTreeSet<Role>>,
    /// Whether an estimate decision of the budget year is known at the treasury.
    pub decision_known: Option<bool>,
    /// Files of the drawer "Gửi Kho bạc": path → size in bytes.
    pub files: BTreeMap<String, u64>,
}

/// The day the checks run on, in Asia/Ho_Chi_Minh.
pub type Today = NaiveDate;

#[cfg(test)]
mod tests;
