#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::*;

fn dong(n: i64) -> Dong {
    Dong::new(n).unwrap()
}

fn person(row: u32, name: &str, earnings: &[(&str, i64)], held: [i64; 3]) -> PayRow {
    let earnings: BTreeMap<String, Dong> = earnings
        .iter()
        .map(|(content, amount)| ((*content).to_owned(), dong(*amount)))
        .collect();
    let deductions: BTreeMap<Deduction, Dong> =
        Deduction::ALL.into_iter().zip(held.map(dong)).collect();
    let net = minus(sum(earnings.values()), sum(deductions.values()));
    PayRow {
        row,
        name: name.to_owned(),
        account: format!("36052010{row:05}"),
        bank: "Agribank Kỳ Sơn".to_owned(),
        group: Group::Officials,
        earnings,
        deductions,
        net,
        stated_gross: None,
    }
}

fn table() -> PayTable {
    PayTable {
        year: 2026,
        month: 11,
        rows: vec![
            person(
                5,
                "Lô Văn Páo",
                &[("6001", 8_000_000), ("6101", 1_000_000)],
                [945_000, 80_000, 0],
            ),
            person(
                6,
                "Vi Thị Hoà",
                &[("6001", 6_000_000)],
                [630_000, 60_000, 12_345],
            ),
            person(7, "Xồng Bá Tủa", &[("6051", 5_000_000)], [525_000, 0, 0]),
        ],
        employer: [
            ("6301", 3_400_000),
            ("6302", 600_000),
            ("6303", 400_000),
            ("6304", 200_000),
        ]
        .into_iter()
        .map(|(c, d)| (c.to_owned(), dong(d)))
        .collect(),
        stated: BTreeMap::new(),
    }
}

#[test]
fn a_right_table_has_no_finding_and_becomes_a_cross_footed_set() {
    let mut table = table();
    table.stated = [
        ("gross", 20_000_000),
        ("insurance", 2_100_000),
        ("6001", 14_000_000),
    ]
    .into_iter()
    .map(|(c, d)| (c.to_owned(), dong(d)))
    .collect();
    assert_eq!(table.check(), []);
    let payments = table.payments();
    let purposes: Vec<_> = payments.iter().map(|p| p.purpose.as_str()).collect();
    assert_eq!(purposes, ["net", "insurance", "union", "tax"]);
    assert_eq!(payments[0].total(), table.net());
    // 2.100.000 held back on the largest content, and the employer's part
    assert_eq!(
        payments[1].lines,
        [
            ("6001".to_owned(), dong(2_100_000)),
            ("6301".to_owned(), dong(3_400_000)),
            ("6302".to_owned(), dong(600_000)),
            ("6304".to_owned(), dong(200_000)),
        ]
    );
    assert_eq!(payments[2].total(), dong(140_000 + 400_000));
    assert_eq!(payments[3].lines, [("6001".to_owned(), dong(12_345))]);
}

#[test]
fn a_row_that_does_not_cross_foot_is_named() {
    let mut table = table();
    table.rows[1].net = dong(5_300_000);
    let found = table.check();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, FindingCode::PayrollCrossFoot);
    assert_eq!(found[0].params["line"], "6");
    assert_eq!(found[0].place, at(6, "net"));
}

#[test]
fn a_row_that_states_another_gross_than_its_earnings_is_named() {
    let mut table = table();
    table.rows[0].stated_gross = Some(dong(9_000_000));
    table.rows[1].stated_gross = Some(dong(6_500_000));
    let found = table.check();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].code, FindingCode::PayrollGross);
    assert_eq!(found[0].place, at(6, "gross"));
    assert_eq!(found[0].params["expected"], "6.000.000");
}

#[test]
fn a_stated_total_is_what_its_column_comes_to() {
    let mut table = table();
    table.stated.insert("net".to_owned(), dong(1));
    table.stated.insert("6101".to_owned(), dong(1_000_000));
    let found = table.check();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].code, found[0].params["label"].as_str()),
        (FindingCode::PayrollTotal, "net")
    );
}

#[test]
fn nobody_stands_twice_in_a_pay_table() {
    let mut table = table();
    table.rows[2].account = table.rows[0].account.clone();
    let found = table.check();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].code, found[0].params["other"].as_str()),
        (FindingCode::PayrollTwice, "5")
    );
}

#[test]
fn last_month_shows_who_is_new_gone_or_paid_otherwise() {
    let before = table();
    let mut now = table();
    now.rows[0].net = dong(9_000_000);
    now.rows[1].name = "Cụt Văn May".to_owned();
    let found = now.differences(&before);
    let names: Vec<_> = found
        .iter()
        .map(|d| (d.name.as_str(), d.before.is_some(), d.now.is_some()))
        .collect();
    assert_eq!(
        names,
        [
            ("Cụt Văn May", false, true),
            ("Lô Văn Páo", true, true),
            ("Vi Thị Hoà", true, false)
        ]
    );
    assert_eq!(before.differences(&before), []);
}

#[test]
fn groups_are_read_as_people_write_them() {
    for (said, group) in [
        ("I", Some(Group::Officials)),
        ("Công chức", Some(Group::Officials)),
        ("viên chức", Some(Group::Employees)),
        ("Hợp đồng", Some(Group::ContractLabour)),
        ("IV.", Some(Group::Others)),
        ("giám đốc", None),
    ] {
        assert_eq!(Group::read(said), group, "{said}");
    }
}

prop_compose! {
    fn any_row()(
        row in 2u32..500,
        main in 1_000_000i64..20_000_000,
        extra in 0i64..5_000_000,
        insurance in 0i64..400_000,
        union in 0i64..100_000,
        tax in 0i64..400_000,
        content in prop::sample::select(vec!["6001", "6051"]),
    ) -> PayRow {
        let mut person = person(
            row,
            &format!("Người {row}"),
            &[(content, main), ("6101", extra)],
            [insurance, union, tax],
        );
        person.account = row.to_string();
        person
    }
}

proptest! {
    #[test]
    fn the_set_is_gross_and_the_employers_part_to_the_dong(
        rows in prop::collection::vec(any_row(), 1..60),
        employer in 0i64..50_000_000,
    ) {
        let table = PayTable {
            year: 2026,
            month: 11,
            rows,
            employer: [("6301".to_owned(), dong(employer))].into(),
            stated: BTreeMap::new(),
        };
        let cross = table.check().into_iter().filter(|f| f.code == FindingCode::PayrollCrossFoot);
        prop_assert_eq!(cross.count(), 0);
        let payments = table.payments();
        let all = sum(&payments.iter().map(Payment::total).collect::<Vec<_>>());
        prop_assert_eq!(all, plus(table.gross(), dong(employer)));
        let net = payments.iter().find(|p| p.purpose == "net").map(Payment::total);
        prop_assert_eq!(net, Some(table.net()));
        // no tiểu mục pays more than was earned on it
        for (content, earned) in table.by_content() {
            let paid = sum(&payments
                .iter()
                .flat_map(|p| &p.lines)
                .filter(|(c, _)| *c == content)
                .map(|(_, d)| *d)
                .collect::<Vec<_>>());
            prop_assert_eq!(paid, earned);
        }
    }
}
