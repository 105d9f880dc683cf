//! Ký: what waits for a signature, tokens, how a batch went.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use hoso_domain::digest::Digest;
use hoso_domain::finding::Finding;
use hoso_domain::id::DossierId;
use hoso_domain::money::Dong;
use hoso_domain::party::Role;

use crate::error::AppError;

/// One dossier on the screen Ký.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SignItem {
    pub id: DossierId,
    pub revision: u32,
    pub number: String,
    pub form: String,
    pub title: String,
    pub payee: String,
    pub payee_bank: String,
    pub total: Dong,
    pub role: Role,
    pub usable: Option<Dong>,
    pub warnings: Vec<Finding>,
    /// How many vouchers it has; their pages are counted when they are looked at.
    pub vouchers: u32,
    /// Certificates registered for this step and this account, today.
    pub certificates: Vec<Digest>,
}

/// One certificate on a token, usable or greyed with the reason.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CertificateView {
    /// SHA-256 of the DER certificate.
    pub id: Digest,
    pub token: String,
    pub holder: String,
    pub issuer: String,
    /// Hex, upper case, grouped by two.
    pub serial: String,
    pub not_before: DateTime<Utc>,
    pub not_after: DateTime<Utc>,
    /// Roles it is registered for in the unit chosen now.
    pub roles: Vec<Role>,
    /// Empty when it can sign; else codes such as `expired`, `not-yet-valid`, `no-key`,
    /// `no-signing-usage`, `not-registered`, `appointment-ended`, `both-roles`, `untrusted`,
    /// `revoked`.
    pub obstacles: Vec<String>,
    /// The authority its path ends at; blank where there is none.
    pub root: String,
    /// "KT." or "TUQ.", what stands before the title of someone who signs for another.
    pub mark: String,
    /// `ends-60`, `ends-30`, `ends-7`: days until it ends, or until the appointment does.
    pub warnings: Vec<String>,
    /// Not registered, and the holder has the name of somebody who is.
    pub renewal: Option<Renewal>,
}

/// Báo chứng thư số mới: whose certificate it would be, and how far the announcement came.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Renewal {
    /// The registered signer's name.
    pub name: String,
    pub state: RenewalState,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RenewalState {
    /// Nobody told the treasury yet.
    Possible,
    /// Written down; the portal has not heard of it.
    Waiting,
    /// The portal has it; an officer has yet to look.
    Announced,
    /// The treasury declined, or the portal did not take it: in its own words.
    Declined(String),
}

/// A token that is plugged in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TokenView {
    pub module: String,
    pub label: String,
    pub serial: String,
    pub model: String,
    pub pin_min: u32,
    pub pin_max: u32,
    /// Entered on the reader's own keys.
    pub protected_path: bool,
    /// Flags and our own count: `count-low`, `final-try`, `locked`, `to-be-changed`, `unknown`,
    /// `untried` (never used on this PC: nothing is known), `puk-final-try`, `puk-locked`.
    pub warnings: Vec<String>,
    /// Wrong tries we saw since the last success.
    pub wrong_tries: u32,
    pub certificates: Vec<CertificateView>,
}

/// What the search for modules found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TokensView {
    pub tokens: Vec<TokenView>,
    /// Modules that could not be used: path and why.
    pub failed: Vec<(String, AppError)>,
    pub modules: Vec<String>,
    /// Slots with something in them that cannot be read: their description and why.
    pub unreadable: Vec<(String, AppError)>,
    /// What the modules that run say of themselves.
    pub drivers: Vec<Driver>,
}

/// A driver that runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Driver {
    pub path: String,
    /// Its maker's words; may be blank.
    pub description: String,
    pub version: String,
}

/// Kiểm tra USB token: what was looked at, in order, and how it is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TokenTest {
    pub steps: Vec<TestStep>,
    /// A signature was made and verifies: this token can sign here.
    pub passed: bool,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TestStep {
    /// `driver`, `token`, `certificate`, `authority`, `register`, `pin`, `signature`.
    pub name: String,
    pub state: TestState,
    /// What was found, as read: a path, a holder, an algorithm.
    pub found: String,
    /// Codes of obstacles and token warnings.
    pub remarks: Vec<String>,
    /// What went wrong.
    pub error: Option<AppError>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestState {
    Good,
    /// It works, and something wants attention.
    Warning,
    Bad,
    /// A step before it failed.
    NotReached,
}

/// Result of one item of a batch.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Signed {
    pub id: DossierId,
    /// `None`: signed and stored.
    pub error: Option<AppError>,
}

/// Result of a batch: it stops at the first wrong PIN; `stopped` says why.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SignReport {
    pub items: Vec<Signed>,
    pub stopped: Option<AppError>,
    /// Said after a login that worked, e.g. `default-pin`.
    pub warnings: Vec<String>,
}
