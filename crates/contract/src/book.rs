//! Views of the books, of tables that are imported, of the pay table and of a dossier carried by
//! hand.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use hoso_domain::book::{Balances, Compared, Contract, Movement, Posting, Settlement};
use hoso_domain::finding::Finding;
use hoso_domain::id::{DossierId, EntryId};
use hoso_domain::money::Dong;
use hoso_domain::payroll::{Difference, PayTable};
use hoso_domain::voucher::Row;

use crate::view::BalanceRow;

/// Sổ theo dõi of a unit's year.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BooksView {
    pub year: i32,
    pub balances: Balances,
    /// The treasury's figures and what is usable of them.
    pub accounts: Vec<BalanceRow>,
    /// The treasury's figures of the estimate, line by line.
    pub told: Vec<ToldRow>,
    pub contracts: Vec<ContractView>,
    pub entries: Vec<EntryView>,
    pub movements: Vec<MovementView>,
    /// Negative balances, entries with wrong codes, movements without a dossier or entry, or with
    /// several.
    pub findings: Vec<Finding>,
}

/// A line of the estimate as the treasury told it, beside the unit's book.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ToldRow {
    pub source: String,
    pub sector: String,
    /// `00000` for none.
    pub programme: String,
    pub given: Dong,
    pub used: Dong,
    /// In the unit's book; `None`: it has no such line.
    pub own_given: Option<Dong>,
    pub own_used: Option<Dong>,
    /// What is left by the unit's book less by the treasury's, of what the treasury completed.
    pub difference: Option<Dong>,
    pub at: DateTime<Utc>,
}

/// One contract with what happened on it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ContractView {
    pub contract: Contract,
    /// Money that left: paid and advanced, also before Hoso.
    pub paid_out: Dong,
    /// Advance not yet recovered.
    pub open: Dong,
    /// Value less what left; negative where it runs over.
    pub left: Dong,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EntryView {
    pub id: EntryId,
    pub posting: Posting,
    pub document_no: String,
    pub document_day: Option<NaiveDate>,
    pub note: String,
    pub who: String,
}

/// A posting to be entered.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EntryInput {
    pub posting: Posting,
    #[serde(default)]
    pub document_no: String,
    #[serde(default)]
    pub document_day: Option<NaiveDate>,
    #[serde(default)]
    pub note: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MovementView {
    pub id: EntryId,
    pub movement: Movement,
    pub dossier: Option<DossierId>,
    /// The entry a person made for it, where it is no dossier's.
    #[serde(default)]
    pub entry: Option<EntryId>,
    /// Dossiers it may belong to, while it has none: id, Số chứng từ.
    pub candidates: Vec<(DossierId, String)>,
}

/// What an instalment would come to, before it is made.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct InstalmentView {
    pub settlement: Settlement,
    /// The codes the lines carry.
    pub economic_content: String,
    pub sector: String,
    pub source: String,
}

/// The first rows of a table, and what its columns seem to be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TablePreview {
    pub sheets: Vec<String>,
    pub sheet: String,
    /// As text, at most 20 rows.
    pub rows: Vec<Vec<String>>,
    pub total_rows: u32,
    /// Row (from 0) where the data begins.
    pub first_row: u32,
    /// Role of each column; empty for "not used". As mapped last, else guessed from the heads.
    pub columns: Vec<String>,
    /// The roles this purpose knows.
    pub roles: Vec<String>,
    /// The roles without which no row can be taken.
    pub needed: Vec<String>,
    /// Every head was mapped by a person before.
    pub remembered: bool,
}

/// What a table was read as. Nothing is kept while `errors` is not empty.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ImportReport {
    pub taken: u32,
    /// Rows that were there already.
    pub known: u32,
    /// Row (from 1, as the spreadsheet shows it), column's role, what stands there.
    pub errors: Vec<RowError>,
}

/// One cell or row that cannot be taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RowError {
    pub row: u32,
    pub column: String,
    pub value: String,
    /// `missing`, `not-money`, `not-a-date`, `other-year`, `unknown-code`, `unknown-kind`, `overlap`, `unknown-contract`,
    /// `too-long`, `twice`, `too-many-rows`; of a code [`hoso_domain::catalogue::OwnCodeError::key`].
    pub reason: String,
}

/// A pay table read and checked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PayrollView {
    pub table: PayTable,
    pub gross: Dong,
    pub deductions: Dong,
    pub net: Dong,
    pub employer: Dong,
    pub findings: Vec<Finding>,
    pub errors: Vec<RowError>,
    /// Against the newest table before this month, by person.
    pub differences: Vec<Difference>,
    /// Dossiers were made of a pay table of this month already.
    pub made_before: bool,
}

/// Chuyển tay: every value in the order the browser portal asks it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CarrySheet {
    pub id: DossierId,
    pub number: String,
    pub vouchers: Vec<CarryVoucher>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CarryVoucher {
    pub form: String,
    pub title: String,
    pub fields: Vec<CarryField>,
    pub lines: Vec<Vec<CarryField>>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CarryField {
    pub label: String,
    /// As a person types it there: `1250000`, `22/11/2026`.
    pub value: String,
}

/// One dossier of a pay table's set, checked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PayrollMade {
    pub id: DossierId,
    /// `net`, `insurance`, `union` or `tax`.
    pub purpose: String,
    /// Số chứng từ.
    pub number: String,
    pub total: Dong,
    /// Errors among its findings.
    pub errors: u32,
}

/// The unit's figures beside the treasury's, at the end of a month.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ComparisonView {
    pub year: i32,
    pub month: u32,
    pub accounts: Vec<Compared<Origin>>,
    /// Differences that nothing explains.
    pub findings: Vec<Finding>,
}

/// Where a figure of the unit's books comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(tag = "from", content = "id", rename_all = "kebab-case")]
pub enum Origin {
    Dossier(DossierId),
    /// Entered by hand.
    Entry(EntryId),
}

/// Which codes each payment of a pay table's set goes to. Remembered with the unit.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct PayrollTargets {
    pub sector: String,
    pub source: String,
    /// Who is paid, by `insurance`, `union`, `tax`: field id → value.
    pub payees: BTreeMap<String, BTreeMap<String, String>>,
}

/// A spreadsheet with its columns mapped.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct TableChoice {
    pub path: String,
    pub purpose: String,
    pub sheet: String,
    /// Row (from 0) where the data begins.
    pub first_row: u32,
    /// Role of each column; empty for "not used".
    pub columns: Vec<String>,
}

/// Lines read from a table.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct LinesRead {
    pub rows: Vec<Row>,
    pub errors: Vec<RowError>,
}
