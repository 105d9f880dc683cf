//! The books of the year beside the office's ledger and the treasury's.

use std::collections::BTreeMap;

use hoso_domain::book::{
    self, Balances, Booked, Movement, Period, Side, Why, balance_rows, carried_deposit_rows,
    carried_estimate_rows, compare, estimate_rows, spending_rows,
};
use hoso_domain::catalogue;
use hoso_domain::money::Dong;
use hoso_domain::voucher::Row;

use crate::commune::{DEPOSIT, Treasury, account, day, dong, year};

fn total(amounts: impl Iterator<Item = Dong>) -> i128 {
    amounts.map(|d| i128::from(d.get())).sum()
}

fn cell(rows: &[Row], column: &str) -> i128 {
    rows.iter()
        .filter_map(|r| r.cell(column).parse::<i128>().ok())
        .sum()
}

#[test]
fn the_books_of_a_year_agree_with_a_ledger_kept_beside_them() {
    let year = year();
    assert!(year.ledger.dossiers >= 300, "{}", year.ledger.dossiers);
    let whole = Period {
        from: day("2026-01-01"),
        to: day("2026-12-31"),
    };
    for (unit, all) in &year.postings {
        let books = Balances::of(all);
        let row = &books.estimates[0];
        assert_eq!(books.estimates.len(), 1);
        let of = |map: &BTreeMap<usize, i128>| map.get(unit).copied().unwrap_or(0);
        let ledger = &year.ledger;
        assert_eq!(i128::from(row.used.get()), of(&ledger.used), "unit {unit}");
        assert_eq!(i128::from(row.under_way.get()), of(&ledger.under_way));
        assert_eq!(row.provisional, dong(400_000_000));
        let left = of(&ledger.given) - of(&ledger.used) - of(&ledger.under_way);
        assert_eq!(i128::from(row.left.get()), left);
        assert_eq!(
            total(books.advances.iter().map(|r| r.open)),
            of(&ledger.advances)
        );
        // forms 26 and 28 of the year, and the four quarters together
        let form26 = estimate_rows(all, whole);
        assert_eq!(cell(&form26, "used_to_date"), of(&ledger.used));
        let carried = cell(&form26, "carried_over");
        assert_eq!(carried + cell(&form26, "to_date"), of(&ledger.given));
        let quarters: i128 = (1..=4)
            .map(|q| {
                let period = Period::quarter(2026, q).unwrap();
                cell(&estimate_rows(all, period), "used_in_period")
            })
            .sum();
        assert_eq!(quarters, of(&ledger.used));
        let form28 = spending_rows(all, whole, &str::to_owned);
        assert_eq!(
            cell(&form28, "advance_to_date") + cell(&form28, "spent_to_date"),
            of(&ledger.used),
            "advanced and spent together are what was used"
        );
        assert_eq!(cell(&form28, "advance_to_date"), of(&ledger.advances));
        // form 31: what is not used goes over
        let form31 = carried_estimate_rows(all, &str::to_owned);
        assert_eq!(
            cell(&form31, "balance") + cell(&form31, "year_start") + cell(&form31, "adjusted")
                - cell(&form31, "used"),
            of(&ledger.given) - of(&ledger.used)
        );
        assert_eq!(cell(&form31, "carried_advance"), of(&ledger.advances));
    }
    let contracts = Balances::of(&year.postings[&0]).contracts;
    assert_eq!(contracts.len(), 1);
    assert_eq!(
        total(contracts.iter().map(|c| c.paid_out())),
        year.ledger.contract
    );
}

/// What the treasury has of a unit to the end of a quarter, and in it.
fn of_treasury(
    treasury: &Treasury,
    unit: usize,
    quarter: u32,
    within: bool,
) -> BTreeMap<String, (i64, i64)> {
    let mut out: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for ((of, q, content), (advance, spent)) in &treasury.contents {
        if *of == unit && (*q == quarter || !within && *q < quarter) {
            let sums = out.entry(content.clone()).or_default();
            sums.0 += advance;
            sums.1 += spent;
        }
    }
    out
}

#[test]
fn the_reconciliation_forms_match_the_treasurys_figures_in_every_quarter() {
    let year = year();
    for (unit, all) in &year.postings {
        for quarter in 1..=4 {
            let period = Period::quarter(2026, quarter).unwrap();
            let rows = spending_rows(all, period, &str::to_owned);
            let of_form = |advance: &str, spent: &str| -> BTreeMap<String, (i64, i64)> {
                let money = |row: &Row, column| row.cell(column).parse::<i64>().unwrap();
                rows.iter()
                    .map(|r| {
                        let content = r.cell("economic_content").to_owned();
                        (content, (money(r, advance), money(r, spent)))
                    })
                    .collect()
            };
            let to_date = of_treasury(&year.treasury, *unit, quarter, false);
            assert_eq!(
                of_form("advance_to_date", "spent_to_date"),
                to_date,
                "form 28, unit {unit}, quarter {quarter}"
            );
            let within = of_treasury(&year.treasury, *unit, quarter, true);
            let mut in_period = of_form("advance_in_period", "spent_in_period");
            in_period.retain(|content, _| within.contains_key(content));
            assert_eq!(in_period, within);
            // form 26 has the same, all contents together
            let sum: i64 = to_date.values().map(|(a, s)| a + s).sum();
            let used = cell(&estimate_rows(all, period), "used_to_date");
            assert_eq!(used, i128::from(sum), "form 26, unit {unit}, {quarter}");
        }
    }
    // form 32, month by month
    let mut closing = 40_000_000i64;
    for month in 1..=12 {
        let (into, out) = year
            .treasury
            .deposit
            .get(&month)
            .copied()
            .unwrap_or_default();
        closing += into - out;
        let period = Period::month(2026, month).unwrap();
        let theirs = dong(closing);
        let rows = balance_rows(&year.postings[&0], period, &|account, _| {
            (account == DEPOSIT).then(|| (theirs, String::new()))
        });
        let money = |column: &str| rows[0].cell(column).parse::<i64>().unwrap();
        assert_eq!(
            money("opening") + money("increase") - money("decrease"),
            closing,
            "month {month}"
        );
        assert_eq!(rows[0].cell("treasury"), "", "both sides agree");
    }
    // form 30: what the deposit account takes over, under the content it came for
    let rows = carried_deposit_rows(&year.postings[&0], &str::to_owned);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].cell("economic_content"), "7049");
    assert_eq!(rows[0].cell("balance"), closing.to_string());
}

#[test]
fn the_treasurys_statement_of_the_year_is_explained_to_the_dong() {
    let mut year = year();
    let to = day("2026-12-31");
    for unit in 0..3 {
        let mut accounts = vec![account(unit, day("2026-01-01")), account(unit, to)];
        accounts.dedup();
        // the merger gave the third unit a second account
        assert_eq!(accounts.len(), if unit == 2 { 2 } else { 1 });
        let documents = &year.documents[&unit];
        for name in &accounts {
            let side = Side {
                account: name,
                to,
                opening: Dong::ZERO,
                told: None,
            };
            let found = compare(&side, documents, &year.treasury.statement);
            assert_eq!(
                (found.difference, found.unexplained),
                (Dong::ZERO, Dong::ZERO),
                "{name}"
            );
            // money that came back from the bank stands twice in the statement, in no book
            assert!(found.reasons.iter().all(|r| r.why == Why::NotInBooks));
            let back: i64 = found.reasons.iter().map(|r| r.amount.get()).sum();
            assert_eq!((found.reasons.len() % 2, back), (0, 0));
        }
    }
    // three differences sewn in: a fee, a payment not booked yet, another amount
    let name = account(0, to);
    let fee = Booked {
        movement: Movement {
            day: to,
            account: name.clone(),
            amount: dong(-55_000),
            reference: "PHI".to_owned(),
            text: String::new(),
        },
        document: None,
    };
    let statement = &mut year.treasury.statement;
    let of_unit = |b: &Booked<usize>| b.movement.account == name && b.document.is_some();
    let late = statement.iter().rposition(of_unit).unwrap();
    let late = statement.remove(late);
    let other = statement.iter().rposition(of_unit).unwrap();
    let told = statement[other].movement.amount;
    statement[other].movement.amount = told.checked_sub(dong(1_000)).unwrap();
    statement.push(fee);
    let side = Side {
        account: &name,
        to,
        opening: Dong::ZERO,
        told: None,
    };
    let found = compare(&side, &year.documents[&0], &year.treasury.statement);
    assert_eq!(found.unexplained, Dong::ZERO);
    let mut sewn: Vec<(Why, i64)> = found
        .reasons
        .iter()
        .filter(|r| r.document.is_none() || r.why != Why::NotInBooks)
        .map(|r| (r.why, r.amount.get()))
        .collect();
    sewn.sort();
    assert_eq!(
        sewn,
        [
            (Why::NotAtTreasury, late.movement.amount.get()),
            (Why::NotInBooks, 55_000),
            (Why::OtherAmount, 1_000),
        ]
    );
    assert_eq!(
        found.difference.get(),
        sewn.iter().map(|(_, amount)| amount).sum::<i64>()
    );
}

#[test]
fn the_old_account_of_the_merged_commune_leads_to_the_new_one() {
    let (old, new) = (account(2, day("2026-06-30")), account(2, day("2026-07-01")));
    let code = |account: &str| account.rsplit('.').next().unwrap().to_owned();
    assert_eq!(
        catalogue::area_successors(&code(&old), day("2026-07-01")),
        [code(&new)]
    );
    // the estimate is the unit's, whatever its account is called
    let year = year();
    let rows = Balances::of(&year.postings[&2]).estimates;
    assert_eq!(rows.len(), 1);
    assert!(
        year.postings[&2]
            .iter()
            .any(|(p, _)| p.account == old && book::usable(p.amount, Dong::ZERO) > Dong::ZERO)
    );
}
