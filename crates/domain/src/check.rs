//! Checks return findings, never failures. One function runs in the editor, before signing, at
//! sending and in the portal.

mod about;
mod advance;
mod codes;
mod contract;
mod dossier;
mod entry;
mod estimate;
mod lines;
mod list;
mod named;
mod number;
mod payee;
mod reconcile;
mod rules;
mod voucher;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::catalogue::Lists;
use crate::money::Dong;
use crate::party::Role;

pub use about::{About, Scope, Weight, about};
pub use contract::{advance_percent, contract_key};
pub use dossier::{MAX_FILE_BYTES, MAX_FILES_BYTES, check, invoice_key, payment_key, seller};
pub use entry::entry;
pub use estimate::{estimate_key, names_decision, provisional_month};
pub use number::{AccountParts, tax_code_valid};
pub use voucher::voucher;

/// What the checks may know beside the dossier itself. Gathered by engine or portal; plain data.
///
/// An empty or `None` part means "not known here": its checks stay silent.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Mã ĐVQHNS of the paying unit.
    pub unit_code: String,
    /// Catalogue id → code → name, the slices in force on the voucher's day. A catalogue that is
    /// absent is not checked.
    pub codes: Lists,
    /// Account number → usable balance.
    pub balances: BTreeMap<String, Dong>,
    /// Invoices on other live dossiers: `seller tax code|series+number` → Số chứng từ there.
    pub invoices: BTreeMap<String, String>,
    /// Payments on other live dossiers of this month: `payee account|amount` → Số chứng từ there.
    pub payments: BTreeMap<String, String>,
    /// Số chứng từ used by other dossiers of the unit's budget year.
    pub numbers: BTreeSet<String>,
    /// How many Số chứng từ this PC may still give in the voucher's budget year.
    pub numbers_left: Option<u64>,
    /// Roles with a signer registered today; `None` where unknown.
    pub signers: Option<BTreeSet<Role>>,
    /// Whether an estimate decision of the budget year is known at the treasury.
    pub decision_known: Option<bool>,
    /// What the last adjustment of the estimate is called, where its decision is not known at the
    /// treasury.
    pub adjustment_unsent: Option<String>,
    /// Files of the drawer "Gửi Kho bạc": path → size in bytes.
    pub files: BTreeMap<String, u64>,
    /// Catalogue id → old code → the code that took its place.
    pub successors: Lists,
    /// Payee's account → the name it is known by.
    pub payees: BTreeMap<String, String>,
    /// [`contract_key`] → what the books and other live dossiers say.
    pub contracts: BTreeMap<String, ContractFacts>,
    /// [`estimate_key`] → what the estimate book has left, this dossier not counted.
    pub estimates: BTreeMap<String, Dong>,
    /// Tiểu mục → advance still open, this dossier not counted.
    pub advances: BTreeMap<String, Dong>,
    /// What is left of the tạm cấp that the treasury granted this year; zero where none was.
    pub provisional: Option<Dong>,
    /// [`provisional_month`] → tạm cấp that other dossiers and the books asked for in it.
    pub provisional_asked: BTreeMap<String, Dong>,
}

/// What is known of one contract beside the voucher that names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ContractFacts {
    /// Value in the contract book, changes included.
    pub value: Option<Dong>,
    /// Paid and advanced by other live dossiers, and before Hoso.
    pub paid: Dong,
    /// Of that, advances not yet recovered.
    pub advanced: Dong,
}

/// The day the checks run on, in Asia/Ho_Chi_Minh.
pub type Today = NaiveDate;

#[cfg(test)]
mod tests;
