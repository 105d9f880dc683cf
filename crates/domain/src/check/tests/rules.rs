//! The named checks: for each a right case and a wrong one.

use rstest::rstest;

use super::*;

/// The finding of `code` in what `run` found, and nothing else of error weight.
pub(super) fn only(found: &[Finding], code: FindingCode) -> Finding {
    let codes: Vec<_> = found.iter().map(|f| f.code).collect();
    assert_eq!(codes, [code], "{found:?}");
    found[0].clone()
}

fn fill(voucher: &mut Voucher, pairs: &[(&str, &str)]) {
    for (id, value) in pairs {
        voucher.fields.insert((*id).to_owned(), (*value).to_owned());
    }
    recompute(voucher);
}

/// A contract of 30 million with an advance of at most 30 %.
pub(super) fn with_contract() -> Voucher {
    let mut voucher = right();
    fill(
        &mut voucher,
        &[
            ("contract_no", "05/2026/HĐ-SC"),
            ("contract_date", "2026-03-01"),
            ("contract_total", "30000000"),
            ("contract_party", "Công ty Điện lực Nghệ An"),
            ("advance_rule", "Tạm ứng tối đa 30% giá trị hợp đồng"),
        ],
    );
    voucher
}

/// A right voucher that pays as much to somebody else.
pub(super) fn another() -> Voucher {
    let mut voucher = right();
    fill(
        &mut voucher,
        &[
            ("number", "013"),
            ("payee_name", "Công ty Văn phòng phẩm Nậm Lay"),
            ("payee_tax_code", "0100047516"),
            ("payee_account", "1500205112345"),
        ],
    );
    voucher
}

pub(super) fn as_advance(voucher: &mut Voucher) {
    voucher.fields.remove("actual");
    voucher.fields.insert("advance".to_owned(), "x".to_owned());
}

pub(super) fn dong(n: i64) -> Dong {
    Dong::new(n).unwrap()
}

fn blank(number: &str) -> Voucher {
    form::blank(
        form::latest("nd347-2025", number).unwrap(),
        &BTreeMap::new(),
    )
}

// ---- codes -------------------------------------------------------------------------------------

#[test]
fn a_mistyped_code_is_offered_its_nearest_names() {
    let mut voucher = right();
    set_cell(&mut voucher, "economic_content", "6510");
    let found = only(&run(voucher, &facts()), FindingCode::CodeUnknown);
    assert!(
        found.params["nearest"].contains("6501 Tiền điện"),
        "{found:?}"
    );
}

#[test]
fn a_code_that_another_replaced_names_its_successor() {
    let mut voucher = right();
    set(&mut voucher, "chapter", "805");
    let mut facts = facts();
    facts.successors = catalogue::successors_on(today(), &[]);
    let found = only(&run(voucher.clone(), &facts), FindingCode::CodeExpired);
    assert_eq!(found.severity, Severity::Error);
    assert!(found.params["expected"].starts_with("830 "), "{found:?}");
    set(&mut voucher, "chapter", "830");
    assert_eq!(run(voucher, &facts), []);
}

#[test]
fn an_account_of_a_merged_commune_or_unit_names_what_took_its_place() {
    let account = right().field("account").to_owned();
    let (head, area) = account.rsplit_once('.').unwrap();
    assert!(
        catalogue::area_successors(area, today()).is_empty(),
        "{area}"
    );
    // 16759 Xã Châu Kim went into 16738 Xã Quế Phong on 01/07/2025
    let mut voucher = right();
    set(&mut voucher, "account", &format!("{head}.16759"));
    let found = only(&run(voucher.clone(), &facts()), FindingCode::CodeExpired);
    assert_eq!(
        (found.severity, found.params["value"].as_str()),
        (Severity::Warning, "16759")
    );
    assert!(found.params["expected"].starts_with("16738"), "{found:?}");
    // the unit noted that another took its place
    let unit = facts().unit_code;
    let mut known = facts();
    let units = [(unit, "1239999".to_owned())];
    known
        .successors
        .to_mut()
        .insert("unit".to_owned(), units.into());
    let found = only(&run(right(), &known), FindingCode::CodeExpired);
    assert_eq!(found.severity, Severity::Error);
    assert_eq!(found.params["expected"], "1239999");
}

#[rstest]
#[case("6501", None)]
#[case("1701", Some(FindingCode::CodeNotSpending))]
fn a_line_of_spending_carries_a_code_of_spending(
    #[case] code: &str,
    #[case] expected: Option<FindingCode>,
) {
    let mut voucher = right();
    set_cell(&mut voucher, "economic_content", code);
    let found = run(voucher, &facts());
    assert_eq!(found.first().map(|f| f.code), expected, "{found:?}");
    assert!(found.iter().all(|f| f.place == cell("economic_content")));
}

#[rstest]
#[case("Tiền điện tháng 11", "6501", false)]
#[case("Tiền điện tháng 11", "6502", true)]
#[case("Thanh toán tiền nước", "6501", true)]
#[case("Mua văn phòng phẩm", "6552", false)] // shares "văn phòng" with the chosen name
#[case("Chi hỗ trợ theo quyết định 15", "6502", false)]
fn words_that_name_another_code_are_a_warning(
    #[case] content: &str,
    #[case] code: &str,
    #[case] warns: bool,
) {
    let mut voucher = right();
    set_cell(&mut voucher, "content", content);
    set_cell(&mut voucher, "economic_content", code);
    let found = run(voucher, &facts());
    let seen = found.iter().any(|f| f.code == FindingCode::CodeContent);
    assert_eq!(seen, warns, "{found:?}");
}

#[rstest]
#[case("invoice_date", "")]
#[case("invoice_no", "")]
#[case("document_date", "")]
fn an_invoice_has_a_number_and_a_day(#[case] column: &str, #[case] value: &str) {
    let mut voucher = right();
    set_cell(&mut voucher, column, value);
    let found = only(&run(voucher, &facts()), FindingCode::InvoiceIncomplete);
    assert_eq!(found.severity, Severity::Warning);
}

// ---- account, year, deadlines --------------------------------------------------------------------

#[test]
fn a_withdrawal_from_an_estimate_draws_on_an_estimate_account() {
    let mut voucher = right();
    set(&mut voucher, "account", "3713.0.1234567.00000");
    let found = only(&run(voucher, &facts()), FindingCode::AccountKind);
    assert_eq!(found.place, field("account"));
}

#[rstest]
#[case("2026-12-30", false)]
#[case("2026-12-31", true)]
fn the_last_day_of_withdrawal_is_the_thirtieth_of_december(#[case] day: &str, #[case] late: bool) {
    let day: NaiveDate = day.parse().unwrap();
    let mut voucher = right();
    set(&mut voucher, "voucher_date", &day.to_string());
    let found = check(&dossier(voucher), &form::find, &facts(), day);
    let codes: Vec<_> = found.iter().map(|f| f.code).collect();
    let expected: &[FindingCode] = if late {
        &[FindingCode::DeadlinePassed]
    } else {
        &[]
    };
    assert_eq!(codes, expected);
}

#[rstest]
#[case("2027-01-28", false)]
#[case("2027-01-29", true)]
fn last_years_books_take_dossiers_until_two_working_days_before_they_close(
    #[case] day: &str,
    #[case] late: bool,
) {
    let day: NaiveDate = day.parse().unwrap();
    let mut voucher = right();
    set(&mut voucher, "voucher_date", &day.to_string());
    let found = check(&dossier(voucher), &form::find, &facts(), day);
    let seen = found.iter().any(|f| f.code == FindingCode::DeadlinePassed);
    assert_eq!(seen, late, "{found:?}");
}

#[rstest]
#[case("2026-12-31", false)]
#[case("2027-01-04", true)]
fn last_years_estimate_pays_what_was_accepted_last_year(
    #[case] accepted: &str,
    #[case] warns: bool,
) {
    let mut voucher = right();
    fill(
        &mut voucher,
        &[
            ("voucher_date", "2027-01-11"),
            ("acceptance_no", "02/BBNT"),
            ("acceptance_date", accepted),
            ("acceptance_total", "10500000"),
        ],
    );
    let day = "2027-01-11".parse().unwrap();
    let found = check(&dossier(voucher), &form::find, &facts(), day);
    let seen = found
        .iter()
        .any(|f| f.code == FindingCode::PriorYearAcceptance);
    assert_eq!(seen, warns, "{found:?}");
}

// ---- payee and cash ------------------------------------------------------------------------------

#[rstest]
#[case("Công ty Điện lực Nghệ An", false)]
#[case("CTY ĐIỆN LỰC NGHỆ AN", false)]
#[case("Công ty Điện lực Hà Tĩnh", true)]
fn an_account_is_known_by_its_name(#[case] name: &str, #[case] warns: bool) {
    let mut facts = facts();
    facts.payees.insert(
        "0101000123456".to_owned(),
        "Công ty Điện lực Nghệ An".to_owned(),
    );
    let mut voucher = right();
    set(&mut voucher, "payee_name", name);
    let found = run(voucher, &facts);
    assert_eq!(!found.is_empty(), warns, "{found:?}");
    if warns {
        assert_eq!(
            only(&found, FindingCode::PayeeName).place,
            field("payee_name")
        );
    }
}

/// Paid in cash to a person, `amount` in one line.
fn in_cash(amount: &str) -> Voucher {
    let mut voucher = right();
    for id in ["transfer", "payee_account", "payee_bank", "payee_tax_code"] {
        voucher.fields.remove(id);
    }
    voucher.grids.get_mut("lines").unwrap().truncate(1);
    fill(
        &mut voucher,
        &[
            ("cash", "x"),
            ("cash_receiver", "Lầu Bá Chò"),
            ("identity_no", "040080001234"),
            ("identity_date", "2021-05-10"),
            ("identity_place", "Cục Cảnh sát QLHC về TTXH"),
        ],
    );
    set_cell(&mut voucher, "amount", amount);
    voucher
}

#[rstest]
#[case("4999999", false)]
#[case("5000000", true)]
fn cash_ends_where_the_rules_want_a_transfer(#[case] amount: &str, #[case] warns: bool) {
    let found = run(in_cash(amount), &facts());
    assert_eq!(!found.is_empty(), warns, "{found:?}");
    if warns {
        assert_eq!(only(&found, FindingCode::CashAmount).place, field("cash"));
    }
}

#[test]
fn cash_with_an_account_beside_it_is_doubtful() {
    let mut voucher = in_cash("1000000");
    set(&mut voucher, "payee_account", "0101000123456");
    let found = only(&run(voucher, &facts()), FindingCode::CashAndAccount);
    assert_eq!(found.severity, Severity::Warning);
}

// ---- contract ------------------------------------------------------------------------------------

#[rstest]
#[case("contract_date")]
#[case("contract_total")]
#[case("contract_party")]
fn a_contract_that_is_named_is_filled_in_whole(#[case] missing: &str) {
    let mut voucher = with_contract();
    assert_eq!(run(voucher.clone(), &facts()), []);
    voucher.fields.remove(missing);
    let found = only(&run(voucher, &facts()), FindingCode::BlockIncomplete);
    assert_eq!(found.place, field(missing));
}

#[test]
fn all_dossiers_of_a_contract_stay_within_its_value() {
    let mut facts = facts();
    let key = contract_key("05/2026/HĐ-SC", "2026-03-01").unwrap();
    let mut known = ContractFacts {
        value: Some(dong(30_000_000)),
        paid: dong(19_500_000),
        advanced: Dong::ZERO,
    };
    facts.contracts.insert(key.clone(), known);
    assert_eq!(run(with_contract(), &facts), []);
    known.paid = dong(19_500_001);
    facts.contracts.insert(key.clone(), known);
    let found = only(&run(with_contract(), &facts), FindingCode::ContractOverpaid);
    assert_eq!(found.params["value"], "30.000.001");
    known.paid = Dong::ZERO;
    known.value = Some(dong(29_000_000));
    facts.contracts.insert(key, known);
    only(&run(with_contract(), &facts), FindingCode::ContractDiffers);
}

#[test]
fn an_advance_stays_within_the_share_the_contract_allows() {
    let mut voucher = with_contract();
    as_advance(&mut voucher);
    let found = only(
        &run(voucher.clone(), &facts()),
        FindingCode::OverAdvanceRule,
    );
    assert_eq!(found.params["expected"], "9.000.000");
    set(&mut voucher, "contract_total", "35000000");
    assert_eq!(run(voucher.clone(), &facts()), []);
    let mut facts = facts();
    let key = contract_key("05/2026/HĐ-SC", "2026-03-01").unwrap();
    let known = ContractFacts {
        value: None,
        paid: dong(1),
        advanced: dong(1),
    };
    facts.contracts.insert(key, known);
    only(&run(voucher, &facts), FindingCode::OverAdvanceRule);
}

#[rstest]
#[case("30%", Some(3000))]
#[case("không quá 20,5 % giá trị", Some(2050))]
#[case("tối đa 50%", Some(5000))]
#[case("theo quy định", None)]
#[case("%", None)]
#[case("130%", None)]
fn the_level_of_an_advance_is_read_where_it_is_a_share(
    #[case] words: &str,
    #[case] hundredths: Option<i64>,
) {
    assert_eq!(advance_percent(words), hundredths);
}

#[test]
fn no_more_is_paid_than_was_accepted() {
    let mut voucher = with_contract();
    fill(
        &mut voucher,
        &[
            ("acceptance_no", "01/BBNT"),
            ("acceptance_date", "2026-11-10"),
            ("acceptance_total", "10500000"),
        ],
    );
    assert_eq!(run(voucher.clone(), &facts()), []);
    set(&mut voucher, "acceptance_total", "10499999");
    only(&run(voucher, &facts()), FindingCode::OverAcceptance);
}

// ---- estimate ------------------------------------------------------------------------------------

#[test]
fn a_line_of_the_estimate_book_is_not_overdrawn() {
    let mut facts = facts();
    let key = estimate_key("13", "341", "");
    facts.estimates.insert(key.clone(), dong(10_500_000));
    assert_eq!(run(right(), &facts), []);
    facts.estimates.insert(key, dong(10_499_999));
    let found = only(&run(right(), &facts), FindingCode::OverEstimate);
    let second = Place::Cell {
        voucher: 0,
        block: "lines".to_owned(),
        row: 1,
        column: "amount".to_owned(),
    };
    assert_eq!(found.place, second, "the line that runs over");
}

#[test]
fn two_vouchers_of_a_dossier_share_one_balance() {
    let mut data = dossier(right());
    data.vouchers.push(another());
    let mut facts = facts();
    let account = "9523.4.1234567.16744".to_owned();
    facts.balances.insert(account.clone(), dong(21_000_000));
    assert_eq!(check(&data, &form::find, &facts, today()), []);
    facts.balances.insert(account, dong(20_999_999));
    let found = only(
        &check(&data, &form::find, &facts, today()),
        FindingCode::OverBalance,
    );
    assert!(matches!(found.place, Place::Field { voucher: 1, .. }));
}

#[test]
fn a_provisional_estimate_pays_people_and_office_work_as_far_as_it_was_granted() {
    let mut voucher = right();
    voucher.fields.remove("estimate_final");
    set(&mut voucher, "estimate_provisional", "x");
    let mut facts = facts();
    facts.provisional = Some(dong(10_500_000));
    assert_eq!(run(voucher.clone(), &facts), []);
    facts.provisional = Some(dong(10_499_999));
    let found = only(
        &run(voucher.clone(), &facts),
        FindingCode::ProvisionalNotGranted,
    );
    assert_eq!(found.place, field("estimate_provisional"));
    facts.provisional = Some(dong(10_500_000));
    set_cell(&mut voucher, "content", "Máy tính xách tay");
    set_cell(&mut voucher, "economic_content", "6956");
    only(&run(voucher, &facts), FindingCode::ProvisionalContent);
}

#[test]
fn the_first_dossier_after_an_adjustment_wants_its_decision() {
    let mut facts = facts();
    facts.adjustment_unsent = Some("15/QĐ-UBND".to_owned());
    let found = only(&run(right(), &facts), FindingCode::DecisionMissing);
    assert_eq!(found.params["other"], "15/QĐ-UBND");
    facts.decision_known = Some(false);
    let found = only(&run(right(), &facts), FindingCode::DecisionMissing);
    assert!(!found.params.contains_key("reason"), "said once: {found:?}");
}

#[rstest]
#[case("files/quyet-dinh.pdf", true)]
#[case("files/Quyết định giao dự toán.pdf", true)]
#[case("files/QĐ-UBND 12.pdf", true)]
#[case("files/QD123.pdf", true)]
#[case("files/Dự toán 2026.pdf", true)]
#[case("files/hop-dong.pdf", false)]
#[case("files/bien-ban-nghiem-thu.pdf", false)]
fn a_file_is_a_decision_by_its_name(#[case] file: &str, #[case] decision: bool) {
    assert_eq!(names_decision(file), decision);
}

// ---- the list of payees --------------------------------------------------------------------------

/// Form 13 of 10.500.000 with its list of two people.
fn salaries() -> DossierData {
    let mut voucher = right();
    for id in [
        "payee_name",
        "payee_account",
        "payee_bank",
        "payee_tax_code",
    ] {
        voucher.fields.remove(id);
    }
    let mut data = dossier(voucher);
    let mut list = blank("20");
    for (id, value) in [
        ("parent_no", "012"),
        ("parent_date", "2026-11-22"),
        ("unit_name", "Văn phòng HĐND và UBND xã Mường Lống"),
        ("unit_code", "1234567"),
        ("prepared_by", "Lô Thị Xuân"),
        ("voucher_date", "2026-11-22"),
    ] {
        list.fields.insert(id.to_owned(), value.to_owned());
    }
    for (name, account, amount) in [
        ("Vừ Bá Rê", "3605201001111", "6000000"),
        ("Xồng Y Mỷ", "3605201002222", "4500000"),
    ] {
        let cells = [
            ("payee", name),
            ("account", account),
            ("bank", "Agribank Kỳ Sơn"),
            ("amount", amount),
        ];
        list.grids
            .entry("payees".to_owned())
            .or_default()
            .push(Row {
                group: "officials".to_owned(),
                cells: cells.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            });
    }
    recompute(&mut list);
    data.vouchers.push(list);
    data
}

fn checked(data: &DossierData) -> Vec<Finding> {
    check(data, &form::find, &facts(), today())
}

fn list_of(data: &mut DossierData) -> &mut Voucher {
    &mut data.vouchers[1]
}

#[test]
fn a_list_adds_up_to_its_voucher() {
    let mut data = salaries();
    assert_eq!(checked(&data), []);
    let row = &mut list_of(&mut data).grids.get_mut("payees").unwrap()[0];
    row.cells.insert("amount".to_owned(), "6000001".to_owned());
    recompute(list_of(&mut data));
    let found = only(&checked(&data), FindingCode::ListTotal);
    assert_eq!(
        (
            found.params["value"].as_str(),
            found.params["expected"].as_str()
        ),
        ("10.500.001", "10.500.000")
    );
}

#[test]
fn a_list_belongs_to_a_voucher_of_its_dossier() {
    let mut data = salaries();
    let list = list_of(&mut data);
    list.fields.insert("parent_no".to_owned(), "999".to_owned());
    only(&checked(&data), FindingCode::ListWithoutVoucher);
}

#[test]
fn nobody_stands_twice_in_a_list() {
    let mut data = salaries();
    let row = &mut list_of(&mut data).grids.get_mut("payees").unwrap()[1];
    row.cells
        .insert("account".to_owned(), "3605.2010.01111".to_owned());
    let found = only(&checked(&data), FindingCode::ListTwice);
    assert_eq!(found.params["other"], "1");
}

// ---- the part for the budget ---------------------------------------------------------------------

/// Form 14: 10.000.000 to the contractor, 500.000 of VAT to the budget.
fn with_tax() -> Voucher {
    let form = form::latest("nd347-2025", "14").unwrap();
    let plain = right();
    let mut voucher = form::blank(form, &BTreeMap::new());
    voucher
        .fields
        .extend(plain.fields.into_iter().filter(|(id, _)| {
            !id.starts_with("total") && (form.field(id).is_some() || !id.contains("payee_tax"))
        }));
    voucher.fields.remove("payee_tax_code");
    for (id, value) in [
        ("taxpayer_name", "Công ty Điện lực Nghệ An"),
        ("taxpayer_tax_code", "0100100417"),
        ("tax_economic_content", "1701"),
        ("tax_chapter", "854"),
        ("revenue_account", "7111"),
        ("revenue_agency", "Thuế cơ sở 5 tỉnh Nghệ An"),
    ] {
        voucher.fields.insert(id.to_owned(), value.to_owned());
    }
    let cells = [
        ("content", "Sửa chữa trụ sở"),
        ("economic_content", "6907"),
        ("sector", "341"),
        ("source", "12"),
        ("tax_amount", "500000"),
        ("paid_amount", "10000000"),
    ];
    voucher.grids.insert(
        "lines".to_owned(),
        vec![Row {
            group: String::new(),
            cells: cells.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        }],
    );
    recompute(&mut voucher);
    voucher
}

#[rstest]
#[case("taxpayer_name")]
#[case("taxpayer_tax_code")]
#[case("tax_economic_content")]
#[case("tax_chapter")]
#[case("revenue_account")]
#[case("revenue_agency")]
fn an_amount_for_the_budget_says_whose_and_what_it_is(#[case] missing: &str) {
    let mut voucher = with_tax();
    assert_eq!(run(voucher.clone(), &facts()), []);
    voucher.fields.remove(missing);
    let found = only(&run(voucher, &facts()), FindingCode::TaxBlockIncomplete);
    assert_eq!(found.place, field(missing));
}

#[test]
fn a_payment_into_the_budget_carries_a_code_of_revenue() {
    let mut voucher = with_tax();
    set(&mut voucher, "tax_economic_content", "6501");
    let found = only(&run(voucher, &facts()), FindingCode::CodeNotRevenue);
    assert_eq!(found.place, field("tax_economic_content"));
}

#[test]
fn an_invoice_is_met_where_the_form_names_only_who_the_tax_is_paid_for() {
    let mut voucher = with_tax();
    set_cell(&mut voucher, "invoice_no", "1K26TEV 45");
    set_cell(&mut voucher, "invoice_date", "2026-11-20");
    let mut facts = facts();
    let key = invoice_key("0100100417", "1k26tev-45").unwrap();
    facts.invoices.insert(key, "003".to_owned());
    let found = only(&run(voucher.clone(), &facts), FindingCode::DuplicateInvoice);
    assert_eq!(found.place, cell("invoice_no"));
    set(&mut voucher, "taxpayer_tax_code", "0100109106");
    assert_eq!(run(voucher, &facts), []);
}

/// A list of 500 lines is checked while a person types; unoptimised, many times slower than in the
/// program.
#[test]
fn five_hundred_lines_are_checked_without_a_pause() {
    let mut voucher = right();
    let line = voucher.grids["lines"][0].clone();
    voucher.grids.insert("lines".to_owned(), vec![line; 500]);
    recompute(&mut voucher);
    let facts = open_balances();
    let begun = std::time::Instant::now();
    assert_eq!(run(voucher, &facts), []);
    let took = begun.elapsed();
    assert!(took.as_millis() < 1_000, "{took:?}");
}

fn open_balances() -> Facts {
    let mut facts = facts();
    facts.balances.clear();
    facts
}
