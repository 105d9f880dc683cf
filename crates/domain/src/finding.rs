//! A finding: what a check has to say, and where. Findings are data; their words live in `text`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Errors block "Trình ký" and sending; warnings ask once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Error,
    Warning,
}

/// Where a finding belongs, so that the screen can lead there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "kebab-case")]
pub enum Place {
    /// The dossier as a whole (its files, its signers).
    Dossier,
    /// A voucher as a whole.
    Voucher { voucher: usize },
    /// One field outside a grid.
    Field { voucher: usize, field: String },
    /// One cell of a grid: block id, row index from 0, column id.
    Cell {
        voucher: usize,
        block: String,
        row: usize,
        column: String,
    },
    /// One file of the drawer "Gửi Kho bạc".
    File { path: String },
}

/// One result of [`crate::check::check`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// Stable name of the check, e.g. `field-required`. `text::finding` has words for each.
    pub code: FindingCode,
    pub severity: Severity,
    pub place: Place,
    /// Values for the words: `label`, `value`, `expected` …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

macro_rules! finding_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// The closed list of checks. Each carries the article it comes from in its doc comment.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        pub enum FindingCode { $($(#[$doc])* #[serde(rename = $code)] $name,)* }

        impl FindingCode {
            /// Every code, for tests and generated docs.
            pub const ALL: &[FindingCode] = &[$(FindingCode::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(FindingCode::$name => $code,)* }
            }
        }
    };
}

finding_codes! {
    /// A required field is empty (Decree 347/2025 art. 3: a valid dossier has all fields filled).
    FieldRequired = "field-required",
    /// The text is not of the field's kind (amount, date, year, whole number).
    FieldMalformed = "field-malformed",
    /// The text is longer than the field holds.
    FieldTooLong = "field-too-long",
    /// A tick group that needs a choice has none.
    TickRequired = "tick-required",
    /// A tick group of one choice has several.
    TickTooMany = "tick-too-many",
    /// The voucher has no line.
    NoLines = "no-lines",
    /// A line amount is zero or negative.
    AmountNotPositive = "amount-not-positive",
    /// A total is beyond 15 digits.
    TotalTooLarge = "total-too-large",
    /// A computed field differs from its formula.
    FormulaMismatch = "formula-mismatch",
    /// The code is not in the catalogue in force on the voucher's day (Circular 130/2025).
    CodeUnknown = "code-unknown",
    /// The account number is not 3 or 4 parts of TKKT.cấp.ĐVQHNS.ĐBHC (Circular 157/2025 art. 8).
    AccountShape = "account-shape",
    /// The account's unit code is not the unit that pays.
    AccountForeign = "account-foreign",
    /// The tax code's check digit is wrong (10, 10-3 or 12 digits; Circular 105/2020).
    TaxCodeInvalid = "tax-code-invalid",
    /// An invoice or document date lies after the voucher's day.
    DateInFuture = "date-in-future",
    /// The budget year is neither this year nor last year in its adjustment period.
    BudgetYear = "budget-year",
    /// Paying by transfer needs the payee's account and bank (form 13).
    PayeeAccountMissing = "payee-account-missing",
    /// Paying in cash needs the receiver's name and identity card (form 13).
    CashReceiverMissing = "cash-receiver-missing",
    /// Sum of payments over the contract value declared on the voucher (Decree 347/2025 art. 6).
    OverContract = "over-contract",
    /// The payment is over the account's usable balance (Decree 347/2025 art. 6).
    OverBalance = "over-balance",
    /// The same seller's invoice stands on another dossier, or another voucher of this one.
    DuplicateInvoice = "duplicate-invoice",
    /// The same payee and amount within the month.
    DuplicatePayment = "duplicate-payment",
    /// The voucher's own number stands on another dossier of the year, or another voucher of this one.
    DuplicateNumber = "duplicate-number",
    /// The voucher has no number: the blocks the portal gave this PC are used up.
    NumbersUsedUp = "numbers-used-up",
    /// No signer is registered for a step of the form.
    SignerMissing = "signer-missing",
    /// Text in a retired Vietnamese encoding (TCVN3, VNI).
    LegacyEncoding = "legacy-encoding",
    /// The first dossier of the year, or after an adjustment, needs the estimate decision (Decree
    /// 347/2025 art. 6.3a).
    DecisionMissing = "decision-missing",
    /// A file is larger than the portal takes.
    FileTooLarge = "file-too-large",
    /// All files together are larger than the portal takes.
    FilesTooLarge = "files-too-large",
    /// The code was in the list once, or will be, but is not in force on the voucher's day.
    CodeExpired = "code-expired",
    /// A line of spending carries a code of revenue.
    CodeNotSpending = "code-not-spending",
    /// A payment into the budget carries a code of spending.
    CodeNotRevenue = "code-not-revenue",
    /// The line's words name another tiểu mục than its code.
    CodeContent = "code-content",
    /// An estimate form on a deposit account, or the reverse.
    AccountKind = "account-kind",
    /// A decision, contract or acceptance is named but not filled in whole.
    BlockIncomplete = "block-incomplete",
    /// An invoice has a number without a day, or a day without a number.
    InvoiceIncomplete = "invoice-incomplete",
    /// An amount for the budget without the block that says which.
    TaxBlockIncomplete = "tax-block-incomplete",
    /// The list of payees does not add up to the voucher it belongs to.
    ListTotal = "list-total",
    /// The list of payees names no voucher of its dossier.
    ListWithoutVoucher = "list-without-voucher",
    /// One account stands twice in a list of payees.
    ListTwice = "list-twice",
    /// The account belongs to another name as far as is known.
    PayeeName = "payee-name",
    /// Cash where the rules want a transfer.
    CashAmount = "cash-amount",
    /// Cash, and an account as well.
    CashAndAccount = "cash-and-account",
    /// An advance is over what the contract or decision allows.
    OverAdvanceRule = "over-advance-rule",
    /// All dossiers of a contract together pay more than it is worth.
    ContractOverpaid = "contract-overpaid",
    /// The voucher states another value than the contract book.
    ContractDiffers = "contract-differs",
    /// More is paid than was accepted.
    OverAcceptance = "over-acceptance",
    /// The estimate book has less left on this line.
    OverEstimate = "over-estimate",
    /// Cleared on content other than what was advanced.
    AdvanceContent = "advance-content",
    /// Cleared more than was advanced, without the voucher for the difference.
    AdvanceDifference = "advance-difference",
    /// The stated advance differs from the advance book.
    AdvanceDiffers = "advance-differs",
    /// Tạm cấp for content it does not cover.
    ProvisionalContent = "provisional-content",
    /// Tạm cấp over a month's average of last year.
    ProvisionalOverTwelfth = "provisional-over-twelfth",
    /// Paid from tạm cấp that was not granted, or is used up.
    ProvisionalNotGranted = "provisional-not-granted",
    /// Last year's estimate pays what was accepted this year.
    PriorYearAcceptance = "prior-year-acceptance",
    /// The day by which the dossier had to be at the treasury has passed.
    DeadlinePassed = "deadline-passed",
    /// The unit's figure and the treasury's differ and no cause is given.
    DifferenceUnexplained = "difference-unexplained",
    /// The pay table does not cross-foot on a row.
    PayrollCrossFoot = "payroll-cross-foot",
    /// A row of the pay table states another gross than its earnings make.
    PayrollGross = "payroll-gross",
    /// A column of the pay table does not come to its stated total.
    PayrollTotal = "payroll-total",
    /// One person or account stands twice in the pay table.
    PayrollTwice = "payroll-twice",
    /// A book's balance is below zero.
    BalanceNegative = "balance-negative",
    /// A movement of the treasury fits no dossier.
    MovementUnmatched = "movement-unmatched",
    /// A movement of the treasury fits several dossiers.
    MovementAmbiguous = "movement-ambiguous",
    /// The unit's balance and the treasury's differ by more than their lines explain.
    ComparisonOpen = "comparison-open",
}

impl Finding {
    /// An error at `place`.
    pub fn error(code: FindingCode, place: Place) -> Self {
        Self {
            code,
            severity: Severity::Error,
            place,
            params: BTreeMap::new(),
        }
    }

    /// A warning at `place`.
    pub fn warning(code: FindingCode, place: Place) -> Self {
        Self {
            code,
            severity: Severity::Warning,
            place,
            params: BTreeMap::new(),
        }
    }

    /// Adds a value for the words.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }
}
