//! What is told about each check: its scope, its severity and the article it comes from. The words of
//! a finding live in `text`; docs/CHECKS.md is made of both.

use crate::finding::FindingCode;

/// What a check needs to know.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scope {
    /// One field or cell: shown when it is left.
    Field,
    /// One voucher alone.
    Voucher,
    /// All vouchers of the dossier.
    Dossier,
    /// Catalogues, books and other dossiers: only the engine and the portal can say.
    History,
    /// A book or a pay table, outside any dossier.
    Book,
}

/// How a finding of this code weighs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weight {
    Error,
    Warning,
    /// By how surely it is wrong: an error where a list is whole, a warning where it is not.
    Either,
}

/// One check as docs/CHECKS.md tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct About {
    pub scope: Scope,
    pub weight: Weight,
    /// Law and article, in its own short form; "Hoso" for what only care asks for.
    pub article: &'static str,
}

/// The entry of `code`.
pub fn about(code: FindingCode) -> About {
    use FindingCode as C;
    use Scope::{Book, Dossier, Field, History, Voucher};
    use Weight::{Either, Error, Warning};
    const VALID: &str = "347/2025/NĐ-CP Đ3.4";
    const CONTROL: &str = "347/2025/NĐ-CP Đ6.2b";
    const CODES: &str = "130/2025/TT-BTC";
    const FORMS: &str = "347/2025/NĐ-CP, phụ lục";
    const OWN: &str = "Hoso";
    let (scope, weight, article) = match code {
        C::FieldRequired => (Field, Error, VALID),
        C::FieldMalformed => (Field, Error, VALID),
        C::FieldTooLong => (Field, Error, OWN),
        C::TickRequired => (Field, Error, VALID),
        C::TickTooMany => (Field, Error, VALID),
        C::NoLines => (Voucher, Error, VALID),
        C::AmountNotPositive => (Field, Error, VALID),
        C::TotalTooLarge => (Field, Error, OWN),
        C::FormulaMismatch => (Voucher, Error, FORMS),
        C::CodeUnknown => (History, Either, CODES),
        C::CodeExpired => (History, Either, CODES),
        C::CodeNotSpending => (Voucher, Error, CONTROL),
        C::CodeNotRevenue => (Voucher, Error, FORMS),
        C::CodeContent => (Voucher, Warning, CONTROL),
        C::AccountShape => (Field, Error, "157/2025/TT-BTC Đ8"),
        C::AccountForeign => (Field, Error, "157/2025/TT-BTC Đ8"),
        C::AccountKind => (Voucher, Warning, "347/2025/NĐ-CP Đ6.3"),
        C::TaxCodeInvalid => (Field, Error, "105/2020/TT-BTC; 86/2024/TT-BTC"),
        C::DateInFuture => (Voucher, Error, OWN),
        C::BudgetYear => (Voucher, Error, "26/2026/TT-BTC Đ15; 73/2026/NĐ-CP Đ30"),
        C::DeadlinePassed => (Voucher, Warning, "26/2026/TT-BTC Đ15.2; 89/2025/QH15 Đ66.2"),
        C::PriorYearAcceptance => (Voucher, Warning, "73/2026/NĐ-CP Đ30.2"),
        C::PayeeAccountMissing => (Voucher, Error, VALID),
        C::CashReceiverMissing => (Voucher, Error, VALID),
        C::CashAmount => (Voucher, Warning, "347/2025/NĐ-CP Đ6.2b; 48/2024/QH15 Đ14"),
        C::CashAndAccount => (Voucher, Warning, CONTROL),
        C::PayeeName => (History, Warning, "157/2025/TT-BTC Đ9.1d"),
        C::BlockIncomplete => (Voucher, Error, FORMS),
        C::InvoiceIncomplete => (Voucher, Warning, FORMS),
        C::TaxBlockIncomplete => (Voucher, Error, FORMS),
        C::OverContract => (Voucher, Error, CONTROL),
        C::OverAdvanceRule => (History, Error, CONTROL),
        C::OverAcceptance => (Voucher, Warning, OWN),
        C::ContractOverpaid => (History, Error, CONTROL),
        C::ContractDiffers => (History, Warning, OWN),
        C::OverBalance => (History, Error, "347/2025/NĐ-CP Đ6.2c"),
        C::OverEstimate => (History, Warning, "347/2025/NĐ-CP Đ6.2d"),
        C::AdvanceContent => (Voucher, Either, CONTROL),
        C::AdvanceDifference => (Dossier, Error, "347/2025/NĐ-CP Đ6.2e"),
        C::AdvanceDiffers => (History, Warning, CONTROL),
        C::ProvisionalContent => (Voucher, Warning, "73/2026/NĐ-CP Đ21.3a"),
        C::ProvisionalOverTwelfth => (History, Error, "89/2025/QH15 Đ53"),
        C::ProvisionalNotGranted => (History, Error, "73/2026/NĐ-CP Đ21.3a"),
        C::ListTotal => (Dossier, Error, CONTROL),
        C::ListWithoutVoucher => (Dossier, Error, FORMS),
        C::ListTwice => (Voucher, Warning, OWN),
        C::DuplicateInvoice => (History, Warning, OWN),
        C::DuplicatePayment => (History, Warning, OWN),
        C::DuplicateNumber => (History, Error, FORMS),
        C::NumbersUsedUp => (History, Warning, OWN),
        C::SignerMissing => (History, Error, CONTROL),
        C::LegacyEncoding => (Field, Warning, "TCVN 6909:2001"),
        C::DecisionMissing => (History, Warning, "347/2025/NĐ-CP Đ6.3a"),
        C::FileTooLarge => (History, Error, OWN),
        C::FilesTooLarge => (History, Error, OWN),
        C::DifferenceUnexplained => (Voucher, Error, "347/2025/NĐ-CP Đ10; 157/2025/TT-BTC Đ11"),
        C::PayrollCrossFoot | C::PayrollGross | C::PayrollTotal => (Book, Error, CONTROL),
        C::PayrollTwice => (Book, Warning, OWN),
        C::BalanceNegative => (Book, Warning, OWN),
        C::MovementUnmatched | C::MovementAmbiguous | C::ComparisonOpen => {
            (Book, Warning, "157/2025/TT-BTC Đ11")
        }
    };
    About {
        scope,
        weight,
        article,
    }
}
