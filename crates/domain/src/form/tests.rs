#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use rstest::rstest;

use super::*;
use crate::voucher::{Row, Voucher};

fn form(number: &str) -> &'static Form {
    latest("nd347-2025", number).unwrap()
}

/// Columns are those of the printed table; form 24 prints four, the second a cell of six blanks.
#[rstest]
#[case("09", "entries", 21, &[Role::ChiefAccountant, Role::AccountOwner])]
#[case("13", "lines", 9, &[Role::ChiefAccountant, Role::AccountOwner])]
#[case("14", "lines", 11, &[Role::ChiefAccountant, Role::AccountOwner])]
#[case("20", "payees", 5, &[Role::ChiefAccountant, Role::AccountOwner])]
#[case("24", "accounts", 7, &[Role::AccountOwner])]
#[case("26", "rows", 12, &[Role::ChiefAccountant, Role::AccountOwner])]
fn the_forms_of_the_decree_are_whole(
    #[case] number: &str,
    #[case] grid: &str,
    #[case] columns: usize,
    #[case] signers: &[Role],
) {
    let form = form(number);
    assert_eq!(form.grid(grid).unwrap().columns.len(), columns);
    let roles: Vec<Role> = form.signatures.iter().map(|s| s.role).collect();
    assert_eq!(roles, signers);
    assert_eq!(find(&form.reference()), Some(form));
}

#[test]
fn every_kind_of_block_is_used_and_a_form_survives_the_ipc() {
    let mut kinds = std::collections::BTreeSet::new();
    for form in library() {
        for block in &form.blocks {
            kinds.insert(serde_json::to_value(block).unwrap()["kind"].to_string());
        }
        let json = serde_json::to_vec(form).unwrap();
        assert_eq!(
            &serde_json::from_slice::<Form>(&json).unwrap(),
            form,
            "{}",
            form.number
        );
    }
    assert_eq!(kinds.len(), 6);
}

#[test]
fn an_edition_that_is_not_there_is_not_replaced_by_another() {
    let mut reference = form("13").reference();
    reference.edition = 99;
    assert_eq!(find(&reference), None);
    assert_eq!(latest("nd11-2020", "13"), None);
}

#[test]
fn a_form_that_was_published_never_changes() {
    let mut changed = form("13").clone();
    changed.title.push('!');
    assert!(matches!(add(changed), Err(AddError::OtherContents { .. })));
    assert_eq!(add(form("13").clone()).unwrap(), form("13"));
    let mut newer = form("13").clone();
    newer.basis = "nd-thu".to_owned();
    newer.edition = 2;
    assert_eq!(newer.reference().stem(), "nd-thu/13-2");
    let newer = add(newer).unwrap();
    assert_eq!(latest("nd-thu", "13"), Some(newer));
    assert!(added().contains(&newer) && !added().contains(&form("13")));
}

#[test]
fn what_others_write_on_paper_is_no_cell_to_fill() {
    let lines = form("02").grid("lines").unwrap();
    assert_eq!(lines.columns.len(), 9);
    assert_eq!(lines.own_columns().count(), 6);
}

#[test]
fn every_catalogue_of_a_form_exists() {
    for form in library() {
        let of_fields = form.fields().map(|f| (f.kind, &f.catalogue));
        let of_columns = form
            .grids()
            .flat_map(|g| &g.columns)
            .map(|c| (c.kind, &c.catalogue));
        for (kind, list) in of_fields.chain(of_columns) {
            if kind == FieldKind::Code {
                assert!(
                    crate::catalogue::catalogue(list).is_some(),
                    "{} {list}",
                    form.number
                );
            }
        }
    }
}

#[test]
fn a_new_voucher_is_ticked_and_filled() {
    let fills = BTreeMap::from([
        ("unit.name".to_owned(), "UBND xã".to_owned()),
        ("today".to_owned(), "22/11/2026".to_owned()),
        ("no-such-key".to_owned(), "x".to_owned()),
    ]);
    let voucher = blank(form("13"), &fills);
    assert!(voucher.ticked("estimate_final") && voucher.ticked("transfer"));
    assert_eq!(voucher.field("unit_name"), "UBND xã");
    assert_eq!(voucher.field("voucher_date"), "2026-11-22");
    assert_eq!(voucher.fields.len(), 5);
}

fn with_rows(number: &str, block: &str, rows: &[&[(&str, &str)]]) -> Voucher {
    let mut voucher = blank(form(number), &BTreeMap::new());
    let rows = rows.iter().map(|cells| Row {
        group: String::new(),
        cells: cells
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
    });
    voucher.grids.insert(block.to_owned(), rows.collect());
    compute(form(number), &mut voucher);
    voucher
}

#[test]
fn the_total_and_its_words_follow_the_lines() {
    let voucher = with_rows(
        "13",
        "lines",
        &[&[("amount", "10000000")], &[], &[("amount", "500.000")]],
    );
    assert_eq!(voucher.field("total"), "10500000");
    assert_eq!(
        voucher.field("total_words"),
        "Mười triệu năm trăm nghìn đồng."
    );
    let empty = with_rows("13", "lines", &[&[]]);
    assert!(!empty.fields.contains_key("total") && !empty.fields.contains_key("total_words"));
}

#[test]
fn a_total_over_an_unreadable_line_is_not_shown() {
    let mut voucher = with_rows("13", "lines", &[&[("amount", "5")]]);
    voucher.grids.get_mut("lines").unwrap()[0]
        .cells
        .insert("amount".to_owned(), "5 k".to_owned());
    compute(form("13"), &mut voucher);
    assert!(!voucher.fields.contains_key("total"));
}

#[test]
fn form_14_adds_tax_and_payment_across_and_says_three_amounts_in_words() {
    let line: &[(&str, &str)] = &[("tax_amount", "100000"), ("paid_amount", "900000")];
    let voucher = with_rows("14", "lines", &[line, &[("paid_amount", "1000000")]]);
    assert_eq!(voucher.rows("lines")[0].cell("amount"), "1000000");
    assert_eq!(voucher.field("total"), "2000000");
    assert_eq!(voucher.field("total_words"), "Hai triệu đồng.");
    assert_eq!(voucher.field("tax_words"), "Một trăm nghìn đồng.");
    assert_eq!(
        voucher.field("paid_words"),
        "Một triệu chín trăm nghìn đồng."
    );
}

#[test]
fn form_26_computes_columns_that_read_computed_columns() {
    let row: &[(&str, &str)] = &[
        ("carried_over", "10"),
        ("to_date", "90"),
        ("used_to_date", "120"),
    ];
    let voucher = with_rows("26", "rows", &[row]);
    assert_eq!(voucher.rows("rows")[0].cell("usable"), "100");
    assert_eq!(voucher.rows("rows")[0].cell("left"), "-20");
}

fn read(blocks: &str) -> Result<Form, FormError> {
    Form::from_toml(&format!(
        "basis='x'\nnumber='1'\nedition=1\ntitle='t'\nname='n'\nvalid_from='2026-01-01'\n\
         signatures=[]\nsummary={{ total='b' }}\n{blocks}"
    ))
}

fn fields(list: &str) -> Result<Form, FormError> {
    read(&format!(
        "[[blocks]]\nkind='fields'\nid='f'\nfields=[{list}]\n"
    ))
}

#[test]
fn a_form_that_does_not_hold_together_is_refused() {
    let a = "{ id='a', label='A', type='money' }";
    let b = "{ id='b', label='B', type='money', formula='a + 1' }";
    assert!(fields(&format!("{a}, {b}")).is_ok());
    assert!(matches!(fields(b), Err(FormError::UnknownId { .. })));
    assert!(matches!(
        fields(&format!("{a}, {a}, {b}")),
        Err(FormError::DuplicateId { .. })
    ));
    assert!(matches!(fields(a), Err(FormError::SummaryUnknown { .. })));
    let cycle = "{ id='a', label='A', type='money', formula='b' }";
    assert!(matches!(
        fields(&format!("{cycle}, {b}")),
        Err(FormError::FormulaCycle { .. })
    ));
    let bad = "{ id='Đ', label='A', type='money' }";
    assert!(matches!(fields(bad), Err(FormError::BadId { .. })));
    let code = "{ id='b', label='B', type='code' }";
    assert!(matches!(fields(code), Err(FormError::NoCatalogue { .. })));
    let unknown = "{ id='b', label='B', type='money', colour='red' }";
    assert!(matches!(fields(unknown), Err(FormError::Toml(_))));
    let ticks = "[[blocks]]\nkind='ticks'\nid='t'\nlabel='T'\noptions=[\
                 {id='x',label='X',default=true},{id='y',label='Y',default=true}]\n";
    assert!(matches!(
        read(ticks),
        Err(FormError::TickDefaults { defaults: 2, .. })
    ));
}

#[test]
fn a_short_label_is_named_with_what_it_stands_under() {
    let form = form("13");
    assert_eq!(
        form.field("acceptance_date").unwrap().full_label(),
        "Nghiệm thu – ngày"
    );
    let lines = form.grid("lines").unwrap();
    assert_eq!(
        lines.column("invoice_no").unwrap().full_label(),
        "Hóa đơn – Số"
    );
    assert_eq!(
        lines.column("sector").unwrap().full_label(),
        "Mã ngành kinh tế"
    );
    assert_eq!(form.field("total").unwrap().full_label(), "Tổng cộng");
}
