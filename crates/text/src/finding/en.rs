//! Findings in English.

use hoso_domain::finding::FindingCode;

use super::bytes;
use crate::{Lang, Params};

pub(super) fn words(code: FindingCode, p: Params<'_>) -> String {
    let (label, value, expected, other) = (
        p.get("label"),
        p.get("value"),
        p.get("expected"),
        p.get("other"),
    );
    let named = p.quoted("label");
    use FindingCode as C;
    match code {
        C::FieldRequired => format!("Not filled in:{named}."),
        C::FieldMalformed => format!("“{value}” is not {}.", kind_en(expected)),
        C::FieldTooLong => format!("Field{named} has {value} characters, at most {expected}."),
        C::TickRequired => format!("Nothing ticked for{named}: {expected}."),
        C::TickTooMany => format!("Tick only one for{named}: {expected}."),
        C::NoLines => "The voucher has no line yet.".to_owned(),
        C::AmountNotPositive => format!("The amount must be above 0 (it is {value})."),
        C::TotalTooLarge => format!("The amount in{named} has more than 15 digits."),
        C::FormulaMismatch => {
            format!(
                "Field{named} says “{value}” but comes to “{expected}”. Open the voucher again."
            )
        }
        C::CodeUnknown => {
            let near = match p.given("nearest") {
                Some(near) => format!(" Is it {near}?"),
                None => String::new(),
            };
            format!("{label} {value} is not in the list now in force.{near}")
        }
        C::AccountShape => {
            format!("Account “{value}” is not of the shape 9523.4.1234567 or 9523.4.1234567.12345.")
        }
        C::AccountForeign => {
            format!("Account {value} does not carry the code {expected} of the unit that pays.")
        }
        C::TaxCodeInvalid => format!(
            "Tax code “{value}” is wrong. It has 10 digits, 10 and 3 of a branch, or 12 of a citizen."
        ),
        C::DateInFuture => format!("{label} is {value}, after the voucher’s day {expected}."),
        C::BudgetYear if p.get("reason") == "advance" => {
            format!("In the adjustment period the estimate of {value} pays nothing in advance.")
        }
        C::BudgetYear if p.get("reason") == "entry" => {
            format!("An entry of {value} does not belong to the books of {expected}.")
        }
        C::BudgetYear => format!(
            "Budget year {value} is closed; this year is {expected} (last year only to 31 January)."
        ),
        C::PayeeAccountMissing => format!("A transfer needs the payee’s{named}."),
        C::CashReceiverMissing => format!("Cash needs the receiver’s{named}."),
        C::OverContract => {
            format!("The total {value} is over the contract’s or decision’s {expected}.")
        }
        C::OverBalance => format!(
            "The total {value} is over the usable balance {expected} of account {}.",
            p.get("account")
        ),
        C::DuplicateInvoice => format!(
            "Invoice {value} of this seller stands on voucher {} already. Do not pay twice.",
            p.get("other")
        ),
        C::DuplicatePayment => format!(
            "Voucher {} of this month pays {value} to this account already. Do not pay twice.",
            p.get("other")
        ),
        C::DuplicateNumber if p.get("reason") == "dossier" => {
            format!("Number {value} stands on another voucher of this dossier.")
        }
        C::DuplicateNumber => format!("Number {value} is used by another dossier of the year."),
        C::NumbersUsedUp => {
            "This computer’s block of voucher numbers is used up. With a link the portal \
             gives another; meanwhile type a number no other computer of the unit uses."
                .to_owned()
        }
        C::SignerMissing => format!("No signer is registered with the treasury as{named}."),
        C::LegacyEncoding => {
            format!("Field{named} holds text in TCVN3 or VNI. Type it again in Unicode: “{value}”.")
        }
        C::DecisionMissing if p.get("reason") == "adjustment" => format!(
            "The treasury is not known to hold the decision that adjusted the estimate ({other}). The \
             first dossier after it needs it in the drawer for the treasury, with “quyết định” in the \
             file’s name."
        ),
        C::DecisionMissing => format!(
            "The treasury is not known to hold the estimate decision of {value}. The year’s first \
             dossier needs it in the drawer for the treasury, with “quyết định” in the file’s name."
        ),
        C::CodeExpired => match p.given("expected") {
            Some(new) => format!("{label} {value} is no longer in force; in its place: {new}."),
            None => format!("{label} {value} is not in force on the voucher’s day."),
        },
        C::CodeNotSpending => {
            format!("{value} ({other}) is a code of revenue. Choose one of spending.")
        }
        C::CodeNotRevenue => format!(
            "{value} ({other}) is a code of spending. The part for the budget needs one of revenue."
        ),
        C::CodeContent => format!(
            "This line is called like {expected}, but the code chosen is {value}. Look again."
        ),
        C::AccountKind => {
            let kind = if expected == "9" {
                "an estimate account (9…)"
            } else {
                "a deposit account (3…)"
            };
            format!("This form draws on {kind}; account {value} does not look like one.")
        }
        C::BlockIncomplete => format!("With “{other}” given,{named} is needed as well."),
        C::InvoiceIncomplete => format!("Missing{named}: number and day go together."),
        C::TaxBlockIncomplete => format!("An amount for the budget needs{named}."),
        C::ListTotal => format!(
            "The list adds up to {value}, voucher {other} pays {expected}. They must be equal."
        ),
        C::ListWithoutVoucher => {
            format!("The list belongs to voucher {value}, which is not in this dossier.")
        }
        C::ListTwice => {
            format!("Account {value} stands on line {other} already. Do not pay twice.")
        }
        C::PayeeName => format!(
            "Account {} has been known as “{other}”; here it says “{value}”. A wrong name comes back.",
            p.get("account")
        ),
        C::CashAmount => {
            format!(
                "{value} in cash: from {expected} on a transfer is required, with few exceptions."
            )
        }
        C::CashAndAccount => {
            format!("Cash is ticked and account {value} given. Choose one of them.")
        }
        C::OverAdvanceRule => {
            format!("The advance {value} is over the {expected} the contract or decision allows.")
        }
        C::ContractOverpaid => format!(
            "With {other} paid by other dossiers and vouchers, {value} is over the contract’s {expected}."
        ),
        C::ContractDiffers => format!(
            "The voucher says the contract is worth {value}, the contract book says {expected}."
        ),
        C::OverAcceptance => format!("{value} is paid for {expected} accepted."),
        C::OverEstimate => format!(
            "Source and sector {other}: this dossier takes {value}, the estimate book has {expected}."
        ),
        C::AdvanceContent => format!("Cleared on {value}, but advanced on {expected}."),
        C::AdvanceDifference => format!(
            "{value} is cleared beyond the advance; the dossier’s transfer is {expected}. They must be \
             equal."
        ),
        C::AdvanceDiffers => {
            format!("The voucher states {value} advanced on {other}, the book has {expected}.")
        }
        C::ProvisionalContent => format!(
            "A provisional estimate pays people and office work only; {value} belongs to “{other}”."
        ),
        C::ProvisionalOverTwelfth if p.get("reason") == "month" => format!(
            "With the other requests of the month, {value} is asked for, over last year’s monthly \
             average {expected}."
        ),
        C::ProvisionalOverTwelfth => {
            format!("Field{named} has {value}, over last year’s monthly average {expected}.")
        }
        C::ProvisionalNotGranted => format!(
            "{value} from a provisional estimate of which {expected} is left. Send form 22 first, or \
             enter what was granted in the books."
        ),
        C::PriorYearAcceptance => format!(
            "Accepted on {value}; last year’s estimate pays work done by {expected}, with few \
             exceptions."
        ),
        C::DeadlinePassed => {
            format!("The dossier had to be at the treasury by {value}. Ask there before signing.")
        }
        C::DifferenceUnexplained => {
            format!("The unit has {value}, the treasury {expected}. Give the cause in{named}.")
        }
        C::PayrollCrossFoot => {
            format!("Gross {value} is not net plus deductions {expected}. Mend the pay table.")
        }
        C::PayrollGross => format!(
            "The row states {value} in all, its earnings come to {expected}; a column may not be mapped."
        ),
        C::PayrollTotal => {
            format!("Column{named} adds up to {expected}; the table states {value}.")
        }
        C::PayrollTwice => format!("“{value}” stands on row {other} of the pay table already."),
        C::BalanceNegative => format!("{label} comes to {value}: a balance cannot be negative."),
        C::MovementUnmatched => {
            format!("The treasury booked {value} on {expected}; no dossier fits.")
        }
        C::MovementAmbiguous => {
            format!("The treasury booked {value} on {expected}; {other} dossiers fit. Choose one.")
        }
        C::ComparisonOpen => format!(
            "Account {}: the unit has {value}, the treasury {expected}; {other} is not explained yet. \
             Take in the treasury's statement or enter what is missing.",
            p.get("account")
        ),
        C::FileTooLarge => format!(
            "File{named} has {}, the portal takes at most {}.",
            bytes(value, Lang::En),
            bytes(expected, Lang::En)
        ),
        C::FilesTooLarge => format!(
            "The files for the treasury have {} together, the portal takes at most {} a dossier.",
            bytes(value, Lang::En),
            bytes(expected, Lang::En)
        ),
    }
}

fn kind_en(kind: &str) -> &'static str {
    match kind {
        "money" => "a whole amount such as 1.250.000",
        "date" => "a day such as 22/11/2026",
        "year" => "a year of four digits",
        "integer" => "a whole number",
        "code" => "a code",
        "treasury-account" | "bank-account" => "an account number",
        "identity-number" => "an identity number of 12 (or 9) digits",
        _ => "what this field takes",
    }
}
