#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use rstest::rstest;

mod forms;
mod rules;
mod together;

use super::*;
use crate::catalogue;
use crate::dossier::{DATA_FORMAT, DossierData, DossierUnit};
use crate::finding::{Finding, FindingCode, Place, Severity};
use crate::form;
use crate::id::DossierId;
use crate::party::Treasury;
use crate::voucher::{Row, Voucher};

fn today() -> NaiveDate {
    "2026-11-22".parse().unwrap()
}

/// A right voucher of form 13: two lines of 10.500.000 in all.
fn right() -> Voucher {
    let fills = [
        ("number", "012"),
        ("budget-year", "2026"),
        ("today", "22/11/2026"),
        ("unit.name", "Văn phòng HĐND và UBND xã Mường Lống"),
        ("unit.chapter", "830"),
        ("unit.address", "Bản Trung Tâm, xã Mường Lống"),
        ("account", "9523.4.1234567.16744"),
        (
            "treasury.name",
            "Kho bạc Nhà nước khu vực XI – Phòng Giao dịch số 9",
        ),
    ];
    let fills = fills.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let form = form::latest("nd347-2025", "13").unwrap();
    let mut voucher = form::blank(form, &fills);
    for (id, value) in [
        (
            "content",
            "Thanh toán tiền điện, văn phòng phẩm tháng 11 năm 2026",
        ),
        ("payee_name", "Công ty Điện lực Nghệ An"),
        ("payee_tax_code", "0100100417"),
        ("payee_account", "0101000123456"),
        ("payee_bank", "Ngân hàng TMCP Ngoại thương Việt Nam"),
    ] {
        voucher.fields.insert(id.to_owned(), value.to_owned());
    }
    for (content, code, amount) in [
        ("Tiền điện", "6501", "9.300.000"),
        ("Giấy in", "6551", "1.200.000"),
    ] {
        add_line(&mut voucher, content, code, amount);
    }
    form::canonicalise(form, &mut voucher);
    form::compute(form, &mut voucher);
    voucher
}

fn add_line(voucher: &mut Voucher, content: &str, code: &str, amount: &str) {
    let cells = [
        ("content", content),
        ("invoice_no", "1K26TEV 45"),
        ("invoice_date", "2026-11-20"),
        ("document_no", "PX 12"),
        ("document_date", "2026-11-20"),
        ("economic_content", code),
        ("sector", "341"),
        ("source", "13"),
        ("amount", amount),
    ];
    let cells = cells.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let rows = voucher.grids.entry("lines".to_owned()).or_default();
    rows.push(Row {
        group: String::new(),
        cells,
    });
}

fn facts() -> Facts {
    Facts {
        unit_code: "1234567".to_owned(),
        codes: catalogue::codes_on(today()),
        balances: [(
            "9523.4.1234567.16744".to_owned(),
            Dong::new(10_500_000).unwrap(),
        )]
        .into(),
        signers: Some([Role::ChiefAccountant, Role::AccountOwner].into()),
        decision_known: Some(true),
        files: [("files/quyet-dinh.pdf".to_owned(), MAX_FILE_BYTES)].into(),
        ..Facts::default()
    }
}

fn dossier(voucher: Voucher) -> DossierData {
    DossierData {
        format: DATA_FORMAT,
        dossier: "0197a000-0000-7000-8000-000000000001"
            .parse::<DossierId>()
            .unwrap(),
        revision: 1,
        unit: DossierUnit {
            code: "1234567".to_owned(),
            name: voucher.field("unit_name").to_owned(),
            address: voucher.field("address").to_owned(),
            chapter: "830".to_owned(),
        },
        treasury: Treasury {
            code: "0011".to_owned(),
            name: "Kho bạc".to_owned(),
        },
        procedure: "recurrent-payment".to_owned(),
        budget_year: 2026,
        vouchers: vec![voucher],
    }
}

fn run(voucher: Voucher, facts: &Facts) -> Vec<Finding> {
    check(&dossier(voucher), &form::find, facts, today())
}

fn set(voucher: &mut Voucher, field: &str, value: &str) {
    voucher.fields.insert(field.to_owned(), value.to_owned());
    recompute(voucher);
}

fn set_cell(voucher: &mut Voucher, column: &str, value: &str) {
    let rows = voucher.grids.get_mut("lines").unwrap();
    rows[0].cells.insert(column.to_owned(), value.to_owned());
    recompute(voucher);
}

fn recompute(voucher: &mut Voucher) {
    form::compute(form::find(&voucher.form).unwrap(), voucher);
}

fn field(id: &str) -> Place {
    Place::Field {
        voucher: 0,
        field: id.to_owned(),
    }
}

fn cell(column: &str) -> Place {
    Place::Cell {
        voucher: 0,
        block: "lines".to_owned(),
        row: 0,
        column: column.to_owned(),
    }
}

#[test]
fn a_right_voucher_has_no_finding() {
    assert_eq!(run(right(), &facts()), []);
}

/// Each field or cell set wrong gives exactly one finding, at its place.
#[rstest]
#[case("content", "", FindingCode::FieldRequired)]
#[case("payee_name", "", FindingCode::FieldRequired)]
#[case("contract_date", "31/02/2026", FindingCode::FieldMalformed)]
#[case("budget_year", "hai nghìn", FindingCode::FieldMalformed)]
#[case("number", "123456789012345678901", FindingCode::FieldTooLong)]
#[case("chapter", "805", FindingCode::CodeUnknown)]
#[case("account", "9523.4.123", FindingCode::AccountShape)]
#[case("account", "9523.4.7654321.16744", FindingCode::AccountForeign)]
#[case("payee_tax_code", "0100100418", FindingCode::TaxCodeInvalid)]
#[case("payee_tax_code", "01001", FindingCode::TaxCodeInvalid)]
#[case("contract_date", "2026-11-23", FindingCode::DateInFuture)]
#[case("acceptance_date", "2026-12-01", FindingCode::DateInFuture)]
#[case("budget_year", "2025", FindingCode::BudgetYear)]
#[case("budget_year", "2027", FindingCode::BudgetYear)]
#[case("payee_account", "", FindingCode::PayeeAccountMissing)]
#[case("payee_bank", "", FindingCode::PayeeAccountMissing)]
#[case("contract_total", "10499999", FindingCode::OverContract)]
#[case("contract_total", "9999999999999999", FindingCode::TotalTooLarge)]
fn a_wrong_field_is_found_at_its_place(
    #[case] id: &str,
    #[case] value: &str,
    #[case] code: FindingCode,
) {
    let mut voucher = right();
    set(&mut voucher, id, value);
    let found = run(voucher, &facts());
    assert_eq!(
        found.iter().map(|f| f.code).collect::<Vec<_>>(),
        [code],
        "{found:?}"
    );
    assert_eq!(found[0].place, field(id));
    assert_eq!(found[0].severity, Severity::Error);
}

#[rstest]
#[case("content", "", FindingCode::FieldRequired)]
#[case("amount", "mười triệu", FindingCode::FieldMalformed)]
#[case("amount", "0", FindingCode::AmountNotPositive)]
#[case("amount", "-5", FindingCode::AmountNotPositive)]
#[case("economic_content", "6500", FindingCode::CodeUnknown)]
#[case("sector", "340", FindingCode::CodeUnknown)]
#[case("invoice_date", "2026-11-23", FindingCode::DateInFuture)]
#[case("document_date", "2027-01-01", FindingCode::DateInFuture)]
fn a_wrong_cell_is_found_at_its_place(
    #[case] column: &str,
    #[case] value: &str,
    #[case] code: FindingCode,
) {
    let mut voucher = right();
    set_cell(&mut voucher, column, value);
    let found = run(voucher, &facts());
    assert_eq!(
        found.iter().map(|f| f.code).collect::<Vec<_>>(),
        [code],
        "{found:?}"
    );
    assert_eq!(
        (&found[0].place, found[0].params["line"].as_str()),
        (&cell(column), "1")
    );
}

/// The nearest right value of each check gives nothing.
#[rstest]
#[case("account", "9523.4.1234567")]
#[case("payee_tax_code", "0100109106-001")]
#[case("payee_tax_code", "001080000123")]
#[case("contract_date", "2026-11-22")]
#[case("contract_total", "10500000")]
#[case("programme_code", "00000")]
fn a_right_value_at_the_edge_is_left_alone(#[case] id: &str, #[case] value: &str) {
    let mut voucher = right();
    set(&mut voucher, id, value);
    let mut facts = facts();
    facts.balances.clear();
    assert_eq!(run(voucher, &facts), []);
}

#[rstest]
#[case(FindingCode::OverBalance, field("total"), Severity::Error, |f: &mut Facts| {
    f.balances.insert("9523.4.1234567.16744".to_owned(), Dong::new(10_499_999).unwrap());
})]
#[case(FindingCode::DuplicateNumber, field("number"), Severity::Error, |f: &mut Facts| {
    f.numbers.insert("012".to_owned());
})]
#[case(FindingCode::DuplicatePayment, field("payee_account"), Severity::Warning, |f: &mut Facts| {
    let key = payment_key("0101000123456", Dong::new(10_500_000).unwrap()).unwrap();
    f.payments.insert(key, "007".to_owned());
})]
#[case(FindingCode::SignerMissing, Place::Dossier, Severity::Error, |f: &mut Facts| {
    f.signers = Some([Role::AccountOwner].into());
})]
#[case(FindingCode::DecisionMissing, Place::Dossier, Severity::Warning, |f: &mut Facts| {
    f.decision_known = Some(false);
})]
#[case(
    FindingCode::FileTooLarge,
    Place::File { path: "files/to.pdf".to_owned() },
    Severity::Error,
    |f: &mut Facts| { f.files.insert("files/to.pdf".to_owned(), MAX_FILE_BYTES + 1); }
)]
#[case(FindingCode::FilesTooLarge, Place::Dossier, Severity::Error, |f: &mut Facts| fill(f, 1))]
fn what_other_dossiers_and_the_register_say_is_found(
    #[case] code: FindingCode,
    #[case] place: Place,
    #[case] severity: Severity,
    #[case] change: fn(&mut Facts),
) {
    let mut facts = facts();
    change(&mut facts);
    let found = run(right(), &facts);
    let seen: Vec<_> = found
        .iter()
        .map(|f| (f.code, &f.place, f.severity))
        .collect();
    assert_eq!(seen, [(code, &place, severity)], "{found:?}");
}

/// The drawer holds what a portal takes, and a file of `more` bytes.
fn fill(facts: &mut Facts, more: u64) {
    let whole = MAX_FILES_BYTES / MAX_FILE_BYTES;
    facts.files = (0..whole)
        .map(|n| (format!("files/{n}.pdf"), MAX_FILE_BYTES))
        .chain([("files/them.pdf".to_owned(), more)])
        .collect();
}

#[test]
fn files_of_just_what_a_portal_takes_are_left_alone() {
    let mut facts = facts();
    fill(&mut facts, 0);
    assert_eq!(run(right(), &facts), []);
}

#[test]
fn the_same_invoice_of_the_same_seller_is_found_on_every_line_that_cites_it() {
    let mut facts = facts();
    facts.invoices.insert(
        invoice_key("0100100417", "1k26tev-45").unwrap(),
        "003".to_owned(),
    );
    let found = run(right(), &facts);
    assert_eq!(found.len(), 2);
    assert!(
        found
            .iter()
            .all(|f| f.code == FindingCode::DuplicateInvoice)
    );
    assert_eq!(found[0].place, cell("invoice_no"));
    let mut other_seller = right();
    set(&mut other_seller, "payee_tax_code", "0100109106");
    assert_eq!(run(other_seller, &facts), []);
}

#[test]
fn ticks_of_one_choice_want_exactly_one() {
    let mut none = right();
    none.fields.remove("actual");
    let mut two = right();
    set(&mut two, "advance", "x");
    for (voucher, code) in [
        (none, FindingCode::TickRequired),
        (two, FindingCode::TickTooMany),
    ] {
        let found = run(voucher, &facts());
        assert_eq!(found.iter().map(|f| f.code).collect::<Vec<_>>(), [code]);
        assert_eq!(found[0].place, field("actual"));
    }
}

#[test]
fn cash_wants_a_receiver_and_no_bank() {
    let mut voucher = right();
    // a sum that may be paid in cash
    voucher.grids.get_mut("lines").unwrap().remove(0);
    for id in [
        "transfer",
        "payee_name",
        "payee_account",
        "payee_bank",
        "payee_tax_code",
    ] {
        voucher.fields.remove(id);
    }
    set(&mut voucher, "cash", "x");
    let found = run(voucher.clone(), &facts());
    assert_eq!(found.len(), 4);
    assert!(
        found
            .iter()
            .all(|f| f.code == FindingCode::CashReceiverMissing)
    );
    for (id, value) in [
        ("cash_receiver", "Lầu Bá Chò"),
        ("identity_no", "040080001234"),
        ("identity_date", "2021-05-10"),
        ("identity_place", "Cục Cảnh sát QLHC về TTXH"),
    ] {
        set(&mut voucher, id, value);
    }
    assert_eq!(run(voucher, &facts()), []);
}

#[test]
fn with_a_list_of_payees_the_voucher_itself_names_nobody() {
    let mut voucher = right();
    for id in [
        "payee_name",
        "payee_account",
        "payee_bank",
        "payee_tax_code",
    ] {
        voucher.fields.remove(id);
    }
    assert_eq!(run(voucher.clone(), &facts()).len(), 3);
    let mut data = dossier(voucher);
    data.vouchers.push(form::blank(
        form::latest("nd347-2025", "20").unwrap(),
        &BTreeMap::new(),
    ));
    let found = check(&data, &form::find, &facts(), today());
    let first = |f: &&Finding| matches!(&f.place, Place::Field { voucher: 0, .. });
    assert_eq!(found.iter().filter(first).count(), 0, "{found:?}");
}

#[test]
fn a_list_of_payees_names_its_voucher_and_comes_to_its_sum() {
    let paying = right();
    let form = form::latest("nd347-2025", "20").unwrap();
    let mut list = form::blank(form, &BTreeMap::new());
    let row = |amount: &str| Row {
        group: "officials".to_owned(),
        cells: [("amount".to_owned(), amount.to_owned())].into(),
    };
    let codes = |list: &Voucher| -> Vec<FindingCode> {
        let mut data = dossier(paying.clone());
        data.vouchers.push(list.clone());
        let found = check(&data, &form::find, &facts(), today());
        let about = [FindingCode::ListTotal, FindingCode::ListWithoutVoucher];
        found
            .iter()
            .map(|f| f.code)
            .filter(|c| about.contains(c))
            .collect()
    };
    list.fields.insert("parent_no".to_owned(), "99".to_owned());
    list.grids
        .insert("payees".to_owned(), vec![row("10000000")]);
    recompute(&mut list);
    assert_eq!(codes(&list), [FindingCode::ListWithoutVoucher]);
    list.fields.insert("parent_no".to_owned(), "012".to_owned());
    assert_eq!(codes(&list), [FindingCode::ListTotal], "it pays 10.500.000");
    list.grids.get_mut("payees").unwrap().push(row("500000"));
    recompute(&mut list);
    assert_eq!(codes(&list), []);
}

#[test]
fn a_voucher_without_lines_says_so_once() {
    let mut voucher = right();
    voucher
        .grids
        .insert("lines".to_owned(), vec![Row::default()]);
    recompute(&mut voucher);
    let found = run(voucher, &facts());
    assert_eq!(
        found.iter().map(|f| f.code).collect::<Vec<_>>(),
        [FindingCode::NoLines]
    );
    assert_eq!(found[0].place, cell("content"));
}

#[test]
fn a_sum_beyond_fifteen_digits_keeps_the_old_total_and_is_found() {
    let mut voucher = right();
    let before = voucher.field("total").to_owned();
    set_cell(&mut voucher, "amount", "999999999999999");
    assert_eq!(voucher.field("total"), before);
    let found = run(voucher, &facts());
    assert!(
        found
            .iter()
            .any(|f| f.code == FindingCode::TotalTooLarge && f.place == field("total"))
    );
}

#[test]
fn a_total_that_nobody_could_have_computed_is_found() {
    for (id, value) in [("total", "10500001"), ("total_words", "Mười triệu đồng.")] {
        let mut voucher = right();
        voucher.fields.insert(id.to_owned(), value.to_owned());
        let mut facts = facts();
        facts.balances.clear();
        let found = run(voucher, &facts);
        assert!(
            found
                .iter()
                .any(|f| f.code == FindingCode::FormulaMismatch && f.place != field("content")),
            "{id}: {found:?}"
        );
    }
    let mut southern = right();
    let form = form::find(&southern.form).unwrap();
    set_cell(&mut southern, "amount", "1001000");
    form::compute_with(form, &mut southern, crate::words::ZeroTens::Le);
    assert!(southern.field("total_words").contains("lẻ"));
    assert_eq!(run(southern, &facts()), []);
}

#[test]
fn text_in_a_retired_encoding_is_a_warning() {
    let mut voucher = right();
    set(&mut voucher, "content", "Thanh to¸n tiÒn ®iÖn th¸ng 11");
    let found = run(voucher, &facts());
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].code, found[0].severity),
        (FindingCode::LegacyEncoding, Severity::Warning)
    );
}

#[test]
fn last_years_estimate_pays_in_january_but_nothing_in_advance() {
    let january: NaiveDate = "2027-01-20".parse().unwrap();
    let mut voucher = right();
    set(&mut voucher, "voucher_date", "2027-01-20");
    let data = dossier(voucher.clone());
    assert_eq!(check(&data, &form::find, &facts(), january), []);
    let february = check(&data, &form::find, &facts(), "2027-02-01".parse().unwrap());
    assert_eq!(february[0].code, FindingCode::BudgetYear);
    voucher.fields.remove("actual");
    set(&mut voucher, "advance", "x");
    let found = check(&dossier(voucher), &form::find, &facts(), january);
    assert_eq!((found.len(), &found[0].place), (1, &field("advance")));
    assert_eq!(found[0].params["reason"], "advance");
}

#[test]
fn what_is_not_known_here_is_not_checked() {
    let mut voucher = right();
    set(&mut voucher, "account", "9523.4.1234567");
    set(&mut voucher, "chapter", "805");
    assert_eq!(run(voucher, &Facts::default()), []);
}

#[test]
fn a_code_of_an_open_list_is_only_a_warning() {
    let mut voucher = right();
    set_cell(&mut voucher, "source", "77");
    let found = run(voucher, &facts());
    assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));
}

#[test]
fn findings_come_in_the_order_of_the_printed_form() {
    let mut voucher = right();
    for id in ["payee_bank", "content", "number", "address"] {
        voucher.fields.remove(id);
    }
    set_cell(&mut voucher, "sector", "999");
    let places: Vec<_> = run(voucher, &facts())
        .into_iter()
        .map(|f| match f.place {
            Place::Field { field, .. } => field,
            Place::Cell { column, .. } => column,
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        places,
        ["number", "address", "content", "sector", "payee_bank"]
    );
}

#[rstest]
#[case("0100109106", true)]
#[case("0100047516", true)]
#[case("0100109107", false)]
#[case("0100109106-001", true)]
#[case("0100109106-1", false)]
#[case("040080001234", true)]
#[case("04008000123a", false)]
#[case("", false)]
fn the_check_digit_of_a_tax_code_holds(#[case] code: &str, #[case] valid: bool) {
    assert_eq!(tax_code_valid(code), valid, "{code}");
}
