//! The books of the year beside the ledger kept by hand, the reconciliation forms beside the treasury's.

use std::collections::BTreeSet;

use hoso_domain::book::Why;
use hoso_domain::voucher::Row;

use super::ledger::Line;
use super::office;
use super::office::{DEPOSIT, MERGED, Office};
use super::story::{CONTRACT, PROVISIONAL, WORKING};
use crate::*;

fn money(row: &Row, column: &str) -> i64 {
    match row.cell(column) {
        "" => 0,
        said => said.parse().unwrap(),
    }
}

fn sum(rows: &[Row], column: &str) -> i64 {
    rows.iter().map(|row| money(row, column)).sum()
}

/// The lines of a reconciliation form as the program fills it; nothing may be wrong with it.
fn filled(office: &Office, form: &str, period: u32) -> Vec<Row> {
    let fill = FillReconciliation {
        form: form.to_owned(),
        year: office.year,
        period,
    };
    let id = office.desk.engine.handle(fill).unwrap();
    let view = office.desk.view(id);
    assert_eq!(errors(&view.findings), [], "form {form}, {period}");
    let block = if form == "32" { "accounts" } else { "rows" };
    view.vouchers[0].rows(block).to_vec()
}

#[test]
fn the_books_of_a_year_agree_with_the_ledger_kept_by_hand() {
    let office = office();
    assert!(office.ledger.dossiers >= 300, "{}", office.ledger.dossiers);
    let ledger = &office.ledger;
    for unit in WORKING {
        office.at(unit);
        let view = office.books();
        let rows = &view.balances.estimates;
        assert_eq!(rows.len(), 1, "{rows:?}");
        let row = &rows[0];
        let (given, used) = (ledger.given[&unit], ledger.used[&unit]);
        let under_way = ledger.under_way.get(&unit).copied().unwrap_or(0);
        assert_eq!(
            [row.used, row.under_way, row.provisional, row.left].map(Dong::get),
            [used, under_way, PROVISIONAL, given - used - under_way],
            "unit {unit}"
        );
        let advances: i64 = view.balances.advances.iter().map(|r| r.open.get()).sum();
        assert_eq!(advances, ledger.advances[&unit]);
        assert_eq!(
            view.findings,
            [],
            "unit {unit}: every movement has its place"
        );
        let named =
            |m: &&MovementView| m.movement.amount < Dong::ZERO || !m.movement.reference.is_empty();
        let open = view
            .movements
            .iter()
            .filter(named)
            .find(|m| m.dossier.is_none() && m.entry.is_none());
        assert_eq!(open, None, "unit {unit}");
    }
    office.at(0);
    let view = office.books();
    let contract = &view.contracts[0];
    assert_eq!(contract.contract.number, CONTRACT);
    let (out, open) = ledger.contract;
    assert_eq!(
        [contract.paid_out, contract.open, contract.left].map(Dong::get),
        [out, open, 300_000_000 - out]
    );
    let deposit = &view.balances.deposits[0];
    assert_eq!(
        (deposit.account.as_str(), deposit.closing.get()),
        (DEPOSIT, ledger.accounts[DEPOSIT])
    );
}

#[test]
fn forms_26_and_28_of_every_quarter_have_the_treasurys_figures() {
    let office = office();
    for unit in WORKING {
        office.at(unit);
        for quarter in 1..=4 {
            let rows = filled(&office, "28", quarter);
            let of_form = |advance: &str, spent: &str| -> BTreeMap<String, (i64, i64)> {
                let cells = |r: &Row| (money(r, advance), money(r, spent));
                rows.iter()
                    .map(|r| (r.cell("economic_content").to_owned(), cells(r)))
                    .collect()
            };
            let to_date = office.treasury.of(unit, quarter, false);
            assert_eq!(
                of_form("advance_to_date", "spent_to_date"),
                to_date,
                "form 28, unit {unit}, quarter {quarter}"
            );
            let within = office.treasury.of(unit, quarter, true);
            let mut in_period = of_form("advance_in_period", "spent_in_period");
            in_period.retain(|content, sums| within.contains_key(content) || *sums != (0, 0));
            assert_eq!(in_period, within, "form 28, unit {unit}, quarter {quarter}");
            // form 26 has the same, all contents together
            let rows = filled(&office, "26", quarter);
            let all = |of: &BTreeMap<String, (i64, i64)>| of.values().map(|(a, s)| a + s).sum();
            let (to_date, within): (i64, i64) = (all(&to_date), all(&within));
            assert_eq!(
                (sum(&rows, "used_to_date"), sum(&rows, "used_in_period")),
                (to_date, within),
                "form 26, unit {unit}, quarter {quarter}"
            );
            if quarter == 4 {
                let given = office.ledger.given[&unit];
                assert_eq!(sum(&rows, "usable"), given);
                assert_eq!(sum(&rows, "left"), given - to_date);
            }
        }
        let rows = filled(&office, "31", 0);
        let used = office.ledger.used[&unit];
        assert_eq!(
            ["used", "carried_advance", "carried_balance"].map(|c| sum(&rows, c)),
            [
                used,
                office.ledger.advances[&unit],
                office.ledger.given[&unit] - used
            ],
            "form 31, unit {unit}"
        );
    }
}

#[test]
fn forms_30_and_32_have_the_treasurys_figures_of_the_deposit_account() {
    let office = office();
    office.at(0);
    let mut closing = 40_000_000;
    for month in 1..=12 {
        let (into, out) = office
            .treasury
            .deposit
            .get(&month)
            .copied()
            .unwrap_or_default();
        let rows = filled(&office, "32", month);
        let before = closing;
        closing += into - out;
        assert_eq!(
            ["opening", "increase", "decrease", "closing"].map(|c| money(&rows[0], c)),
            [before, into, out, closing],
            "month {month}"
        );
        // both sides agree: the treasury's columns stay blank (note 2)
        let theirs = ["treasury", "difference", "cause"].map(|c| rows[0].cell(c).to_owned());
        assert_eq!(theirs, ["", "", ""], "month {month}");
    }
    assert_eq!(closing, office.ledger.accounts[DEPOSIT]);
    let rows = filled(&office, "30", 0);
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].cell("economic_content"), money(&rows[0], "balance")),
        ("7049", closing)
    );
}

#[test]
fn every_account_agrees_with_the_treasurys_statement_to_the_dong_at_the_years_end() {
    let office = office();
    for unit in WORKING {
        office.at(unit);
        let command = CompareBooks {
            year: office.year,
            month: 12,
        };
        let view = office.desk.engine.handle(command).unwrap();
        assert_eq!(view.findings, []);
        let lines: Vec<&Line> = office.treasury.statement.iter().collect();
        let of = |account: &str| lines.iter().filter(|l| l.account == account).count();
        let accounts: BTreeSet<&str> = view.accounts.iter().map(|a| a.account.as_str()).collect();
        let expected = match unit {
            // the estimate and the deposit; the old commune's and the new one's
            0 | MERGED => 2,
            _ => 1,
        };
        assert_eq!(accounts.len(), expected, "unit {unit}: {accounts:?}");
        for found in &view.accounts {
            assert!(of(&found.account) > 0);
            let own = office.ledger.accounts[&found.account];
            assert_eq!(
                (found.own.get(), found.treasury.map(Dong::get)),
                (own, Some(own)),
                "{}",
                found.account
            );
            assert_eq!(found.unexplained, Dong::ZERO);
            // money that the bank gave back stands twice in the statement, in no book
            assert!(found.reasons.iter().all(|r| r.why == Why::NotInBooks));
            let back: i64 = found.reasons.iter().map(|r| r.amount.get()).sum();
            assert_eq!((found.reasons.len() % 2, back), (0, 0));
        }
    }
}

#[test]
fn the_account_of_the_merged_commune_is_empty_and_leads_to_the_new_one() {
    let office = office();
    office.at(MERGED);
    let (old, new) = (
        office.account(MERGED, office.day(6, 30)),
        office.account(MERGED, office.day(7, 1)),
    );
    assert_eq!(office.ledger.accounts[&old], 0);
    let id = office.create("13");
    let mut view = office.desk.view(id);
    super::office::set(&mut view.vouchers[0], "account", &old);
    let found = office.desk.save(&view).findings;
    let expired = found.iter().find(|f| f.code == FindingCode::CodeExpired);
    let offered = &expired.unwrap().params["expected"];
    let area = new.rsplit('.').next().unwrap();
    assert!(offered.contains(area), "{offered}");
    office.desk.engine.handle(DeleteDraft { id }).unwrap();
}
