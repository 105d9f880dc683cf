//! What only the first unit has: a payroll, a contract, a deposit account.

use hoso_testkit::pay;

use super::super::ledger::Did;
use super::super::office::{DEPOSIT, Office, lines};
use super::CONTRACT;
use crate::*;

/// A month's pay of 45 people out of its spreadsheet; a rise in July.
pub fn payroll(office: &mut Office, month: u32) {
    let mut rows = pay::table(45);
    if month >= 7 {
        rows = rows.into_iter().map(|r| r.raised(180_000)).collect();
    }
    let path = office.desk.path(&format!("luong-{month}.xlsx"));
    pay::write(&path, &rows, pay::totals(&rows)).unwrap();
    let read = ReadPayroll {
        table: choice(&office.desk, "payroll", &path),
        year: office.year,
        month,
    };
    let view = office.desk.engine.handle(read).unwrap();
    assert_eq!((view.errors.len(), view.findings.len()), (0, 0), "{view:?}");
    // July against June: everybody is paid otherwise
    let changed = if month == 7 { 45 } else { 0 };
    assert_eq!(view.differences.len(), changed, "month {month}");
    let made = office.desk.engine.handle(MakePayroll {
        table: view.table,
        targets: PayrollTargets {
            sector: "341".to_owned(),
            source: "13".to_owned(),
            payees: pay::payees("UBND xã Nậm Lay"),
        },
    });
    let on = office.day(month, 28);
    // by hand: 45 salaries of 6.000.000 and 10.000 for each place, five of them taxed
    let rise = if month >= 7 { 180_000 } else { 0 };
    let salaries = 45 * (6_000_000 + rise) + 10_000 * (45 * 46 / 2);
    let (insurance, union, tax) = (45 * 630_000, 45 * 60_000, 5 * 50_000);
    for one in made.unwrap() {
        let held: &[(&str, i64)] = match one.purpose.as_str() {
            "net" => &[
                ("6001", salaries - insurance - union - tax),
                ("6101", 45 * 500_000),
            ],
            "insurance" => &[("6001", insurance), ("6301", 45 * 1_290_000)],
            "union" => &[("6001", union)],
            _ => &[("6001", tax)],
        };
        let total: i64 = held.iter().map(|(_, amount)| amount).sum();
        assert_eq!((one.errors, one.total.get()), (0, total), "{one:?}");
        let drawn = office.date(0, one.id, on);
        office.complete(0, &drawn, on, Did::Spent, held);
    }
}

/// Signed in March for 300 million, 90 of them advanced; three instalments of 100.
pub fn contract(office: &mut Office, month: u32) {
    let signed = office.day(3, 1);
    let kept = Contract {
        number: CONTRACT.to_owned(),
        date: signed,
        party: "Công ty Xây dựng Kỳ Sơn".to_owned(),
        party_tax_code: "0100047516".to_owned(),
        party_account: "1500205112345".to_owned(),
        party_bank: "Agribank Kỳ Sơn".to_owned(),
        subject: "sửa chữa trụ sở".to_owned(),
        value: dong(300_000_000),
        advance_rule: "30%".to_owned(),
        ..Contract::default()
    };
    match month {
        4 => {
            let save = SaveContract {
                contract: kept.clone(),
            };
            office.desk.engine.handle(save).unwrap();
            let day = signed.to_string();
            let fields = [
                ("content", "Tạm ứng hợp đồng"),
                ("actual", ""),
                ("advance", "x"),
                ("contract_no", CONTRACT),
                ("contract_date", day.as_str()),
                ("contract_total", "300000000"),
                ("contract_party", kept.party.as_str()),
                ("advance_rule", "30%"),
                ("payee_name", kept.party.as_str()),
                ("payee_account", kept.party_account.as_str()),
                ("payee_bank", kept.party_bank.as_str()),
            ];
            let (on, sums) = (office.day(4, 1), [("6907", 90_000_000)]);
            let drawn = office.draw(0, "13", on, &fields, lines(&sums, &[]));
            office.complete(0, &drawn, on, Did::Advanced, &sums);
            office.ledger.contract = (90_000_000, 90_000_000);
        }
        6 => instalment(office, &kept, 6, 20_000_000),
        8 => instalment(office, &kept, 8, 30_000_000),
        10 => instalment(office, &kept, 10, 40_000_000),
        _ => {}
    }
}

/// One hundred million accepted, part of it out of the advance.
fn instalment(office: &mut Office, contract: &Contract, month: u32, recover: i64) {
    let on = office.day(month, 1);
    let accepted = Instalment {
        acceptance_number: format!("{month:02}/BBNT"),
        acceptance_date: on,
        accepted: dong(100_000_000),
        recover: Some(dong(recover)),
    };
    let shown = office.desk.engine.handle(SettleInstalment {
        contract: contract.key(),
        instalment: accepted.clone(),
    });
    let settled = shown.unwrap().settlement;
    let (out, open) = office.ledger.contract;
    assert_eq!(
        [
            settled.recovered,
            settled.paid,
            settled.open_after,
            settled.left_after
        ]
        .map(Dong::get),
        [
            recover,
            100_000_000 - recover,
            open - recover,
            300_000_000 - out - 100_000_000 + recover
        ]
    );
    let id = office.desk.engine.handle(PayInstalment {
        contract: contract.key(),
        instalment: accepted,
        economic_content: "6907".to_owned(),
        sector: "341".to_owned(),
        source: "13".to_owned(),
    });
    let drawn = office.date(0, id.unwrap(), on);
    let paid = 100_000_000 - recover;
    office.complete(0, &drawn, on, Did::Spent, &[("6907", paid)]);
    // the form 10 of the same dossier
    let cleared = Did::Cleared("6907");
    let account = office.account(0, on);
    office.ledger.complete(0, &account, cleared, recover);
    office.treasury.book(0, on, cleared, "6907", recover);
    office.ledger.contract = (out + paid, open - recover);
}

/// A deposit account: an opening balance, gifts, payments by form 17.
pub fn deposit(office: &mut Office, month: u32) {
    let on = |day| office.day(month, day);
    let gift = match month {
        1 => vec![(on(1), Kind::DepositOpening, 40_000_000)],
        2 => vec![(on(10), Kind::DepositIn, 15_000_000)],
        9 => vec![(on(10), Kind::DepositIn, 5_000_000)],
        _ => vec![],
    };
    if !gift.is_empty() {
        office.enter_at(0, DEPOSIT, &gift);
    }
    for (day, kind, amount) in gift {
        if kind == Kind::DepositIn {
            office.treasury.deposit.entry(month).or_default().0 += amount;
            office.moved(0, DEPOSIT, day, amount, "UNG-HO");
        }
    }
    let amount = match month {
        3 => 9_000_000,
        5 => 7_500_000,
        11 => 12_250_000,
        _ => return,
    };
    let fields = [
        ("content", "Chi từ tiền ủng hộ"),
        ("payee_name", "Lò Thị Xuân"),
        ("payee_account", "1500205177777"),
        ("payee_bank", "Agribank Điện Biên"),
    ];
    let (on, sums) = (office.day(month, 12), [("", amount)]);
    let rows = lines(&sums, &[("economic_content", ""), ("sector", "")]);
    let drawn = office.draw(0, "17", on, &fields, rows);
    office.complete(0, &drawn, on, Did::PaidOut, &sums);
}
