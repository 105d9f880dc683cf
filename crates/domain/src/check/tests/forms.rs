//! The checks of forms 10, 22 and 32: for each a right case and a wrong one.

use rstest::rstest;

use super::rules::{dong, only};
use super::*;
use crate::form::{Block, Column, Field, FieldKind, Form, Grid, SignatureSlot, Summary};

/// Facts that know balances of no account, so that other amounts may be tried.
fn open_facts() -> Facts {
    let mut facts = facts();
    facts.balances.clear();
    facts
}

fn column(id: &str, kind: FieldKind) -> Column {
    Column {
        id: id.to_owned(),
        label: format!("Cột {id}"),
        printed: String::new(),
        group: String::new(),
        kind,
        required: false,
        formula: None,
        total: false,
        catalogue: String::new(),
        max: 0,
        width: 0,
        reserved: false,
    }
}

fn money_field(id: &str) -> Field {
    Field {
        id: id.to_owned(),
        label: format!("Ô {id}"),
        kind: FieldKind::Money,
        required: false,
        formula: None,
        catalogue: String::new(),
        max: 0,
        fill: String::new(),
        section: String::new(),
        help: String::new(),
    }
}

/// A form with the fields and columns a rule reads, and nothing else.
fn bare(number: &str, fields: &[&str], block: &str, columns: Vec<Column>) -> &'static Form {
    let form = Form {
        basis: "test".to_owned(),
        number: number.to_owned(),
        edition: 1,
        symbol: String::new(),
        title: String::new(),
        name: String::new(),
        procedure: String::new(),
        valid_from: today(),
        valid_to: None,
        offered: true,
        orientation: Default::default(),
        blocks: vec![
            Block::Fields {
                id: "fields".to_owned(),
                label: String::new(),
                fields: fields.iter().map(|id| money_field(id)).collect(),
            },
            Block::Grid(Grid {
                id: block.to_owned(),
                label: String::new(),
                columns,
                total_label: String::new(),
            }),
        ],
        signatures: Vec::<SignatureSlot>::new(),
        summary: Summary {
            content: String::new(),
            total: "total".to_owned(),
            payee: String::new(),
            number: "number".to_owned(),
        },
    };
    Box::leak(Box::new(form))
}

fn filled(form: &Form, fields: &[(&str, &str)], block: &str, cells: &[(&str, &str)]) -> Voucher {
    let pairs = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect::<BTreeMap<_, _>>()
    };
    Voucher {
        form: form.reference(),
        fields: pairs(fields),
        grids: [(
            block.to_owned(),
            vec![Row {
                group: String::new(),
                cells: pairs(cells),
            }],
        )]
        .into(),
    }
}

/// Advanced `open` on `from`; `asked` is to be cleared on `to`; `paid` goes by form 13.
fn clearing(from: &str, open: &str, to: &str, asked: &str, paid: Option<&str>) -> Vec<Finding> {
    let form10 = bare(
        "10",
        &["total"],
        "lines",
        vec![
            column("economic_content_advanced", FieldKind::Code),
            column("economic_content", FieldKind::Code),
            column("advance_balance", FieldKind::Money),
            column("amount", FieldKind::Money),
        ],
    );
    let cells = [
        ("economic_content_advanced", from),
        ("economic_content", to),
        ("advance_balance", open),
        ("amount", asked),
    ];
    let mut data = dossier(right());
    data.vouchers = vec![filled(form10, &[("total", asked)], "lines", &cells)];
    if let Some(paid) = paid {
        let mut voucher = right();
        voucher.grids.get_mut("lines").unwrap().truncate(1);
        set_cell(&mut voucher, "amount", paid);
        data.vouchers.push(voucher);
    }
    let find = move |wanted: &crate::voucher::FormRef| {
        if wanted.basis == "test" {
            Some(form10)
        } else {
            form::find(wanted)
        }
    };
    let mut facts = open_facts();
    facts.advances.insert("6649".to_owned(), dong(5_000_000));
    check(&data, &find, &facts, today())
}

#[rstest]
// the same content
#[case("6601", "6601", None)]
// advanced on the catch-all of its mục, cleared in the same group of goods and services
#[case("6649", "6601", None)]
#[case("6649", "6702", None)]
// another group: pay of people
#[case("6649", "6001", Some(Severity::Error))]
// a certain content was advanced: within its mục a person may explain it
#[case("6601", "6605", Some(Severity::Warning))]
#[case("6601", "6702", Some(Severity::Error))]
fn an_advance_is_cleared_within_its_group(
    #[case] advanced: &str,
    #[case] cleared: &str,
    #[case] expected: Option<Severity>,
) {
    let found = clearing(advanced, "5000000", cleared, "5000000", None);
    let seen = found
        .iter()
        .find(|f| f.code == FindingCode::AdvanceContent)
        .map(|f| f.severity);
    assert_eq!(seen, expected, "{found:?}");
}

#[rstest]
#[case("5000000", None, true)]
#[case("4000000", None, true)]
#[case("6000000", Some("1000000"), true)]
#[case("6000000", None, false)]
#[case("6000000", Some("999999"), false)]
// recovered in part, the rest of the acceptance paid
#[case("4000000", Some("1000000"), true)]
fn what_is_cleared_beyond_the_advance_is_paid_to_the_dong(
    #[case] asked: &str,
    #[case] paid: Option<&str>,
    #[case] right: bool,
) {
    let found = clearing("6649", "5000000", "6601", asked, paid);
    let seen = found
        .iter()
        .any(|f| f.code == FindingCode::AdvanceDifference);
    assert_eq!(seen, !right, "{found:?}");
}

#[test]
fn a_stated_advance_is_the_one_of_the_book() {
    let right = clearing("6649", "5000000", "6601", "5000000", None);
    assert_eq!(right, []);
    let wrong = clearing("6649", "5000001", "6601", "5000000", None);
    let found = only(&wrong, FindingCode::AdvanceDiffers);
    assert_eq!(found.params["expected"], "5.000.000");
}

#[rstest]
#[case("1200000000", "100000000", "100000000", None)]
#[case("1200000001", "100000001", "100000000", None)] // rounded up
#[case("1200000000", "100000002", "100000000", Some("monthly_amount"))]
#[case("1200000000", "100000000", "100000001", Some("total"))]
#[case("1200000000", "", "100000001", Some("total"))]
fn tam_cap_of_a_month_is_within_a_twelfth(
    #[case] prior: &str,
    #[case] average: &str,
    #[case] asked: &str,
    #[case] at: Option<&str>,
) {
    let form22 = bare(
        "22",
        &["base_amount", "monthly_amount", "total"],
        "lines",
        vec![column("amount", FieldKind::Money)],
    );
    let fields = [
        ("base_amount", prior),
        ("monthly_amount", average),
        ("total", asked),
    ];
    let voucher = filled(form22, &fields, "lines", &[("amount", asked)]);
    let found = super::super::voucher(form22, &voucher, 0, &Facts::default(), today());
    let seen: Vec<_> = found.iter().map(|f| (f.code, f.place.clone())).collect();
    let expected: Vec<_> = at
        .into_iter()
        .map(|id| (FindingCode::ProvisionalOverTwelfth, field(id)))
        .collect();
    assert_eq!(seen, expected);
}

#[rstest]
#[case(40_000_000, "60000000", None)]
#[case(40_000_001, "60000000", Some(0))]
#[case(0, "60000000 40000000", None)]
#[case(0, "60000000 40000001", Some(1))]
fn what_is_asked_for_in_a_month_is_within_the_twelfth_together(
    #[case] elsewhere: i64,
    #[case] asked: &str,
    #[case] over: Option<usize>,
) {
    let form22 = bare(
        "22",
        &["monthly_amount", "total"],
        "lines",
        vec![column("amount", FieldKind::Money)],
    );
    let mut data = dossier(right());
    data.vouchers = asked
        .split(' ')
        .map(|sum| {
            let fields = [
                ("voucher_date", "2026-01-15"),
                ("monthly_amount", "100000000"),
                ("total", sum),
            ];
            filled(form22, &fields, "lines", &[("amount", sum)])
        })
        .collect();
    let mut facts = facts();
    // another month's is not counted
    for (month, sum) in [("2026-01", elsewhere), ("2026-02", 90_000_000)] {
        facts.provisional_asked.insert(month.to_owned(), dong(sum));
    }
    let find = move |_: &crate::voucher::FormRef| Some(form22);
    let found = check(&data, &find, &facts, today());
    let over_twelfth = found
        .iter()
        .filter(|f| f.code == FindingCode::ProvisionalOverTwelfth);
    let at: Vec<Place> = over_twelfth.map(|f| f.place.clone()).collect();
    let expected = over.map(|voucher| Place::Field {
        voucher,
        field: "total".to_owned(),
    });
    assert_eq!(at, Vec::from_iter(expected), "{found:?}");
}

#[rstest]
#[case("100", "100", "", false)]
#[case("100", "90", "Kho bạc chưa hạch toán", false)]
#[case("100", "90", "", true)]
#[case("100", "", "", false)] // nothing heard from the treasury
fn a_difference_of_two_figures_has_a_cause(
    #[case] own: &str,
    #[case] theirs: &str,
    #[case] cause: &str,
    #[case] wrong: bool,
) {
    let form32 = bare(
        "32",
        &[],
        "accounts",
        ["closing", "treasury", "cause"]
            .map(|id| column(id, FieldKind::Text))
            .into(),
    );
    let cells = [("closing", own), ("treasury", theirs), ("cause", cause)];
    let voucher = filled(form32, &[], "accounts", &cells);
    let found = super::super::voucher(form32, &voucher, 0, &Facts::default(), today());
    let seen = found
        .iter()
        .any(|f| f.code == FindingCode::DifferenceUnexplained);
    assert_eq!(seen, wrong, "{found:?}");
}

#[test]
fn every_check_is_told_about_once() {
    let names: std::collections::BTreeSet<_> =
        FindingCode::ALL.iter().map(|c| c.as_str()).collect();
    assert_eq!(names.len(), FindingCode::ALL.len());
    for code in FindingCode::ALL {
        assert!(!about(*code).article.is_empty(), "{code:?}");
    }
}
