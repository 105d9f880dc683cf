//! Kind of error, the paper, what is planted, the check that has to find it.

use FindingCode as C;
use hoso_domain::voucher::Voucher;

use super::super::office::{AREAS, DEPOSIT, Office, set};
use super::super::story::CONTRACT;
use crate::*;

/// A right paper that errors are planted in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Paper {
    /// Form 13 with contract and acceptance.
    Payment,
    /// Form 13 of a unit that has no estimate and no account owner.
    Bare,
    /// Form 10.
    Clearing,
    /// Form 13 with its list, form 20: errors go into the list.
    Salary,
    /// Form 14.
    Tax,
    /// Form 22.
    Grant,
    /// Form 32.
    Deposit,
    /// Two of form 13 in one dossier, numbered T-1 and T-2: errors go into the second.
    Together,
}

/// What is changed in it.
pub enum Plant {
    Nothing,
    /// A field takes this value.
    Field(&'static str, &'static str),
    /// A cell of the first line takes this value.
    Cell(&'static str, &'static str),
    /// Several fields at once.
    Fields(&'static [(&'static str, &'static str)]),
    /// Something of the year: its numbers, invoices, payees.
    Of(fn(&mut Voucher, &Office)),
}

pub use Paper::{Bare, Clearing, Deposit, Grant, Payment, Salary, Tax, Together};
pub use Plant::{Cell, Field, Fields, Nothing, Of};

/// Kind of error, the paper, what is planted, the check that has to find it.
pub type Row = (&'static str, Paper, Plant, FindingCode);

fn blanks() -> Vec<Row> {
    const KIND: &str = "left blank";
    let p = |plant, code| -> Row { (KIND, Payment, plant, code) };
    let fields = [
        "number",
        "budget_year",
        "voucher_date",
        "unit_name",
        "chapter",
        "address",
        "account",
        "treasury_name",
        "content",
        "payee_name",
    ];
    let cells = ["content", "economic_content", "sector", "source", "amount"];
    let mut all: Vec<Row> = fields.map(|id| p(Field(id, ""), C::FieldRequired)).into();
    all.extend(cells.map(|id| p(Cell(id, ""), C::FieldRequired)));
    all.extend([
        p(Field("actual", ""), C::TickRequired),
        p(Field("transfer", ""), C::TickRequired),
        p(Field("estimate_final", ""), C::TickRequired),
        p(Of(|v, _| drop(v.grids.remove("lines"))), C::NoLines),
        p(Field("payee_account", ""), C::PayeeAccountMissing),
        p(Field("payee_bank", ""), C::PayeeAccountMissing),
        p(Field("contract_party", ""), C::BlockIncomplete),
        p(Field("contract_total", ""), C::BlockIncomplete),
        p(Field("acceptance_date", ""), C::BlockIncomplete),
        p(Field("contractor_decision_no", "12/QĐ"), C::BlockIncomplete),
        p(Cell("invoice_date", ""), C::InvoiceIncomplete),
        p(Cell("document_no", "7"), C::InvoiceIncomplete),
        (
            KIND,
            Tax,
            Field("revenue_agency", ""),
            C::TaxBlockIncomplete,
        ),
        (KIND, Tax, Field("taxpayer_name", ""), C::TaxBlockIncomplete),
    ]);
    all
}

fn shapes() -> Vec<Row> {
    const KIND: &str = "wrongly written";
    let p = |plant, code| -> Row { (KIND, Payment, plant, code) };
    let two = |id| p(Field(id, "x"), C::TickTooMany);
    vec![
        p(Field("contract_date", "31/02/2026"), C::FieldMalformed),
        p(Field("budget_year", "26"), C::FieldMalformed),
        p(Cell("amount", "chín triệu"), C::FieldMalformed),
        p(Cell("invoice_date", "hôm qua"), C::FieldMalformed),
        p(Field("number", "000000000000000000001"), C::FieldTooLong),
        two("advance"),
        two("cash"),
        two("estimate_provisional"),
        p(Cell("amount", "0"), C::AmountNotPositive),
        p(Cell("amount", "-9300000"), C::AmountNotPositive),
        p(Cell("amount", "9999999999999999"), C::TotalTooLarge),
        p(Field("content", "Thanh to¸n tiÒn ®iÖn"), C::LegacyEncoding),
    ]
}

fn codes_and_accounts() -> Vec<Row> {
    const KIND: &str = "wrong code or account";
    let p = |plant, code| -> Row { (KIND, Payment, plant, code) };
    vec![
        p(Cell("economic_content", "6510"), C::CodeUnknown),
        p(Cell("economic_content", "6500"), C::CodeUnknown),
        p(Cell("sector", "340"), C::CodeUnknown),
        p(Cell("source", "77"), C::CodeUnknown),
        p(Field("programme_code", "99999"), C::CodeUnknown),
        p(Field("chapter", "805"), C::CodeExpired),
        p(Field("chapter", "755"), C::CodeExpired),
        p(
            Of(|v, _| set(v, "account", &format!("9523.4.1057713.{}", AREAS.0))),
            C::CodeExpired,
        ),
        p(Cell("economic_content", "1701"), C::CodeNotSpending),
        p(Cell("content", "Tiền nước tháng 11"), C::CodeContent),
        (
            KIND,
            Tax,
            Field("tax_economic_content", "6501"),
            C::CodeNotRevenue,
        ),
        p(Field("account", "9523.4.123"), C::AccountShape),
        p(Field("account", "9523.4.1057714.03424"), C::AccountForeign),
        p(Field("account", DEPOSIT), C::AccountKind),
        p(Field("payee_tax_code", "0100100418"), C::TaxCodeInvalid),
        p(Field("payee_tax_code", "123"), C::TaxCodeInvalid),
        (
            KIND,
            Tax,
            Field("taxpayer_tax_code", "0100100410"),
            C::TaxCodeInvalid,
        ),
    ]
}

fn days() -> Vec<Row> {
    const KIND: &str = "wrong day or year";
    let p = |plant, code| -> Row { (KIND, Payment, plant, code) };
    vec![
        p(
            Of(|v, o| cell(v, "invoice_date", &o.day(11, 21).to_string())),
            C::DateInFuture,
        ),
        p(
            Of(|v, o| set(v, "contract_date", &o.day(12, 1).to_string())),
            C::DateInFuture,
        ),
        p(
            Of(|v, o| set(v, "acceptance_date", &o.day(11, 21).to_string())),
            C::DateInFuture,
        ),
        p(
            Of(|v, o| set(v, "budget_year", &(o.year - 2).to_string())),
            C::BudgetYear,
        ),
        p(
            Of(|v, o| set(v, "budget_year", &(o.year + 1).to_string())),
            C::BudgetYear,
        ),
    ]
}

fn contracts_and_cash() -> Vec<Row> {
    const KIND: &str = "against the contract, in cash";
    let p = |plant, code| -> Row { (KIND, Payment, plant, code) };
    const CASH: Plant = Fields(&[("transfer", ""), ("cash", "x")]);
    vec![
        p(CASH, C::CashReceiverMissing),
        p(CASH, C::CashAmount),
        p(CASH, C::CashAndAccount),
        p(Field("contract_total", "10499999"), C::OverContract),
        p(Field("acceptance_total", "10499999"), C::OverAcceptance),
        p(
            Fields(&[("actual", ""), ("advance", "x")]),
            C::OverAdvanceRule,
        ),
        p(
            Of(|v, o| of_contract(v, o, "300000000")),
            C::ContractOverpaid,
        ),
        p(
            Of(|v, o| of_contract(v, o, "310000000")),
            C::ContractDiffers,
        ),
    ]
}

fn against_the_books() -> Vec<Row> {
    const KIND: &str = "against the books";
    let p = |plant, code| -> Row { (KIND, Payment, plant, code) };
    vec![
        p(Cell("amount", "9900000000"), C::OverEstimate),
        (KIND, Bare, Nothing, C::DecisionMissing),
        (KIND, Bare, Nothing, C::SignerMissing),
        (
            KIND,
            Bare,
            Fields(&[("estimate_final", ""), ("estimate_provisional", "x")]),
            C::ProvisionalNotGranted,
        ),
        p(
            Of(|v, _| {
                set(v, "estimate_final", "");
                set(v, "estimate_provisional", "x");
                cell(v, "economic_content", "6956");
            }),
            C::ProvisionalContent,
        ),
        (
            KIND,
            Grant,
            Field("monthly_amount", "400000002"),
            C::ProvisionalOverTwelfth,
        ),
        (
            KIND,
            Grant,
            Cell("amount", "400000001"),
            C::ProvisionalOverTwelfth,
        ),
        (
            KIND,
            Clearing,
            Cell("economic_content", "6001"),
            C::AdvanceContent,
        ),
        (
            KIND,
            Clearing,
            Cell("amount", "25000000"),
            C::AdvanceDifference,
        ),
        (
            KIND,
            Clearing,
            Cell("advance_balance", "19000000"),
            C::AdvanceDiffers,
        ),
        (
            KIND,
            Deposit,
            Of(|v, _| {
                let rows = v.grids.get_mut("accounts").unwrap();
                let theirs = ("treasury".to_owned(), "1".to_owned());
                rows[0].cells.extend([theirs]);
            }),
            C::DifferenceUnexplained,
        ),
    ]
}

fn twice() -> Vec<Row> {
    const KIND: &str = "paid twice, or to somebody else";
    let p = |plant, code| -> Row { (KIND, Payment, plant, code) };
    vec![
        p(
            Of(|v, o| set(v, "number", &o.paid.number)),
            C::DuplicateNumber,
        ),
        p(
            Of(|v, o| {
                set(v, "payee_tax_code", &o.paid.seller);
                cell(v, "invoice_no", &o.paid.invoice);
            }),
            C::DuplicateInvoice,
        ),
        (
            KIND,
            Tax,
            Of(|v, o| {
                set(v, "taxpayer_tax_code", &o.paid.seller);
                cell(v, "invoice_no", &o.paid.invoice);
            }),
            C::DuplicateInvoice,
        ),
        p(
            Of(|v, o| {
                set(v, "payee_account", &o.paid.account);
                set(v, "payee_name", &o.paid.name);
                v.grids.get_mut("lines").unwrap().truncate(1);
                cell(v, "amount", &o.paid.sum.to_string());
            }),
            C::DuplicatePayment,
        ),
        p(
            Of(|v, o| set(v, "payee_account", &o.paid.account)),
            C::PayeeName,
        ),
        (KIND, Salary, Cell("amount", "1800001"), C::ListTotal),
        (
            KIND,
            Salary,
            Field("parent_no", "999"),
            C::ListWithoutVoucher,
        ),
        (
            KIND,
            Salary,
            Cell("account", "3605.2099.00002"),
            C::ListTwice,
        ),
        (
            KIND,
            Salary,
            Of(|v, o| cell(v, "account", &o.paid.account)),
            C::PayeeName,
        ),
    ]
}

fn within_a_dossier() -> Vec<Row> {
    const KIND: &str = "two vouchers of one dossier";
    let p = |plant, code| -> Row { (KIND, Together, plant, code) };
    vec![
        p(Field("number", "T-1"), C::DuplicateNumber),
        p(Field("payee_tax_code", "0100100417"), C::DuplicateInvoice),
        p(Field("payee_account", "0101000123456"), C::DuplicatePayment),
        p(Field("contract_total", "20999999"), C::ContractOverpaid),
    ]
}

/// Everything that is planted in a paper.
pub fn all() -> Vec<Row> {
    [
        blanks(),
        shapes(),
        codes_and_accounts(),
        days(),
        contracts_and_cash(),
        against_the_books(),
        twice(),
        within_a_dossier(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Sets a cell of the first line of whatever list the voucher has.
pub fn cell(voucher: &mut Voucher, column: &str, value: &str) {
    let rows = voucher.grids.values_mut().next().unwrap();
    let cells = &mut rows[0].cells;
    if value.is_empty() {
        cells.remove(column);
    } else {
        cells.insert(column.to_owned(), value.to_owned());
    }
}

/// The contract that the year has paid in full, stated with this value.
fn of_contract(voucher: &mut Voucher, office: &Office, value: &str) {
    set(voucher, "contract_no", CONTRACT);
    set(voucher, "contract_date", &office.day(3, 1).to_string());
    set(voucher, "contract_total", value);
}
