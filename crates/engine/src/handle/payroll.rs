//! Trả lương: the pay table becomes its set of dossiers in one act.

use std::collections::BTreeMap;

use hoso_contract::book::{PayrollMade, PayrollTargets, PayrollView};
use hoso_contract::command::{GetPayrollTargets, MakePayroll, ReadPayroll};
use hoso_contract::{AppError, Code};
use hoso_domain::finding::Severity;
use hoso_domain::id::DossierId;
use hoso_domain::money::Dong;
use hoso_domain::payroll::{Deduction, Group, PayRow, PayTable, Payment};
use hoso_domain::voucher::Row;
use hoso_store::{books as kept, settings};

use super::editor::findings;
use super::tables::{Cells, Mapped};
use crate::clock;
use crate::compose::{Draft, OwnNumber, current, line};
use crate::dossier::load;
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::Open;

impl Handle<ReadPayroll> for Engine {
    fn act(&self, command: ReadPayroll) -> Result<PayrollView, Error> {
        let open = self.open()?;
        let mut mapped = Mapped::read(&open, &command.table)?;
        let table = read(&mut mapped, command.year, command.month);
        let (unit, month) = (open.unit_id(), month_of(&table));
        let (before, same): (Option<PayTable>, Option<PayTable>) = open.store.read(|db| {
            Ok((
                kept::pay_table_before(db, unit, &month)?,
                kept::pay_table(db, unit, &month)?,
            ))
        })?;
        Ok(PayrollView {
            gross: table.gross(),
            deductions: table.deductions(),
            net: table.net(),
            employer: table.employer_total(),
            findings: table.check(),
            errors: mapped.errors,
            differences: before.map(|b| table.differences(&b)).unwrap_or_default(),
            made_before: same.is_some(),
            table,
        })
    }
}

fn month_of(table: &PayTable) -> String {
    format!("{:04}-{:02}", table.year, table.month)
}

/// A tiểu mục of the employer's part.
fn of_employer(role: &str) -> bool {
    role.starts_with("63")
}

/// The tiểu mục of a role, which several columns may have.
fn content(role: &str) -> &str {
    role.split('#').next().unwrap_or(role)
}

/// Rows of people, and the row of totals, which has no account and is called so.
fn read(mapped: &mut Mapped, year: i32, month: u32) -> PayTable {
    let mut table = PayTable {
        year,
        month,
        ..PayTable::default()
    };
    let mut group = Group::Officials;
    for (row, cells) in std::mem::take(&mut mapped.rows) {
        let name = cells.get("name").map(String::as_str).unwrap_or_default();
        let amounts = amounts(mapped, row, &cells);
        if !cells.contains_key("account") {
            let folded = hoso_domain::text::fold(name);
            if amounts.is_empty() {
                // "II. Viên chức" heads the people under it
                let heading = folded.split_once('.').map_or(name, |(_, rest)| rest);
                group = Group::read(heading.trim()).unwrap_or(group);
                continue;
            }
            let total = name.is_empty() || folded.starts_with("tong") || folded.starts_with("cong");
            if total {
                for (role, amount) in amounts {
                    if !of_employer(&role) {
                        let sum = table.stated.entry(content(&role).to_owned()).or_default();
                        *sum = sum.checked_add(amount).unwrap_or(Dong::MAX);
                    }
                }
                continue;
            }
        }
        let name = mapped.needed(row, &cells, "name");
        let account = mapped.needed(row, &cells, "account");
        if let Some(said) = cells.get("group") {
            match Group::read(said) {
                Some(read) => group = read,
                None => mapped.error(row, "group", said, "unknown-kind"),
            }
        }
        if !cells.contains_key("net") {
            mapped.error(row, "net", "", "missing");
        }
        table.rows.push(person(
            row,
            name,
            account,
            &cells,
            group,
            amounts,
            &mut table.employer,
        ));
    }
    table
}

/// Every amount of a row by its role.
fn amounts(mapped: &mut Mapped, row: u32, cells: &Cells) -> BTreeMap<String, Dong> {
    let roles: Vec<String> = cells
        .keys()
        .filter(|r| !matches!(r.as_str(), "name" | "account" | "bank" | "group"))
        .cloned()
        .collect();
    roles
        .into_iter()
        .filter_map(|role| {
            let amount = mapped.money(row, cells, &role)?;
            Some((role, amount))
        })
        .collect()
}

fn person(
    row: u32,
    name: String,
    account: String,
    cells: &Cells,
    group: Group,
    amounts: BTreeMap<String, Dong>,
    employer: &mut BTreeMap<String, Dong>,
) -> PayRow {
    let mut out = PayRow {
        row,
        name,
        account,
        bank: cells.get("bank").cloned().unwrap_or_default(),
        group,
        ..PayRow::default()
    };
    for (role, amount) in amounts {
        match role.as_str() {
            "net" => out.net = amount,
            "gross" => out.stated_gross = Some(amount),
            "insurance" => {
                out.deductions.insert(Deduction::Insurance, amount);
            }
            "union" => {
                out.deductions.insert(Deduction::Union, amount);
            }
            "tax" => {
                out.deductions.insert(Deduction::Tax, amount);
            }
            said => {
                let content = content(said).to_owned();
                let sum = if of_employer(said) {
                    employer.entry(content).or_default()
                } else {
                    out.earnings.entry(content).or_default()
                };
                *sum = sum.checked_add(amount).unwrap_or(Dong::MAX);
            }
        }
    }
    out
}

impl Handle<MakePayroll> for Engine {
    fn act(&self, command: MakePayroll) -> Result<Vec<PayrollMade>, Error> {
        let open = self.writable()?;
        let MakePayroll { table, targets } = command;
        let wrong = table
            .check()
            .into_iter()
            .filter(|f| f.severity == Severity::Error)
            .count();
        if wrong > 0 || table.rows.is_empty() {
            return Err(AppError::new(Code::BlockedByFindings)
                .with("count", wrong)
                .into());
        }
        let mut made = Vec::new();
        for payment in table.payments() {
            let id = dossier(self, &open, &table, &targets, &payment)?;
            made.push(checked(&open, id, &payment)?);
        }
        let (unit, month, at) = (open.unit_id(), month_of(&table), clock::now());
        open.store.write(move |tx| {
            settings::put(tx, Some(unit), TARGETS, &targets)?;
            kept::put_pay_table(tx, unit, &month, &table, at)
        })?;
        Ok(made)
    }
}

/// The setting that remembers where payments went.
const TARGETS: &str = "payroll-targets";

impl Handle<GetPayrollTargets> for Engine {
    fn act(&self, _: GetPayrollTargets) -> Result<PayrollTargets, Error> {
        let open = self.open()?;
        let unit = open.unit()?;
        let known: Option<PayrollTargets> = open
            .store
            .read(|db| settings::get(db, Some(unit.id), TARGETS))?;
        let tax = [
            ("taxpayer_name", unit.name.as_str()),
            // thuế thu nhập từ tiền lương, tiền công (Circular 130/2025); Decree 347/2025, form 14
            ("tax_economic_content", "1001"),
            ("revenue_account", "7111"),
            ("revenue_treasury", unit.treasury.name.as_str()),
        ];
        let tax = tax.into_iter().filter(|(_, v)| !v.is_empty());
        Ok(known.unwrap_or_else(|| PayrollTargets {
            sector: String::new(),
            source: String::new(),
            payees: [(
                "tax".to_owned(),
                tax.map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            )]
            .into(),
        }))
    }
}

/// A dossier of the set as the accountant will see it: what its checks find now.
fn checked(open: &Open, id: DossierId, payment: &Payment) -> Result<PayrollMade, Error> {
    let loaded = load(&open.store, id)?;
    let found = findings(open, &loaded)?;
    let errors = found.iter().filter(|f| f.severity == Severity::Error);
    Ok(PayrollMade {
        id,
        purpose: payment.purpose.clone(),
        number: loaded.current.revision.summary.number.clone(),
        total: payment.total(),
        errors: u32::try_from(errors.count()).unwrap_or(u32::MAX),
    })
}

/// One payment of the set: net pay on 13 with its list 20, insurance and union on 13, tax on 14.
fn dossier(
    engine: &Engine,
    open: &Open,
    table: &PayTable,
    targets: &PayrollTargets,
    payment: &Payment,
) -> Result<DossierId, Error> {
    let period = format!("tháng {:02}/{}", table.month, table.year);
    let content = match payment.purpose.as_str() {
        "insurance" => format!("Nộp BHXH, BHYT, BHTN {period}"),
        "union" => format!("Nộp kinh phí công đoàn, đoàn phí {period}"),
        "tax" => format!("Nộp thuế thu nhập cá nhân {period}"),
        _ => format!("Chi trả tiền lương, phụ cấp {period}"),
    };
    let tax = payment.purpose == "tax";
    let amount = if tax { "tax_amount" } else { "amount" };
    let rows: Vec<Row> = payment
        .lines
        .iter()
        .map(|(code, sum)| {
            line(
                "",
                &[
                    ("content", content.clone()),
                    ("economic_content", code.clone()),
                    ("sector", targets.sector.clone()),
                    ("source", targets.source.clone()),
                    (amount, sum.get().to_string()),
                ],
            )
        })
        .collect();
    let mut fields = vec![("content", content)];
    if let Some(payee) = targets.payees.get(&payment.purpose) {
        fields.extend(payee.iter().map(|(id, value)| (id.as_str(), value.clone())));
    }
    if tax {
        fields.push(("tax_period", format!("{:02}/{}", table.month, table.year)));
    }
    let mut draft = Draft::new(open)?;
    let form = current(if tax { "14" } else { "13" })?;
    draft.add(form, OwnNumber::Yes, &fields, "lines", rows)?;
    if payment.purpose == "net" {
        let people: Vec<Row> = table
            .rows
            .iter()
            .enumerate()
            .filter(|(_, p)| p.net > Dong::ZERO)
            .map(|(index, person)| {
                line(
                    person.group.id(),
                    &[
                        ("ordinal", index.saturating_add(1).to_string()),
                        ("payee", person.name.clone()),
                        ("account", person.account.clone()),
                        ("bank", person.bank.clone()),
                        ("amount", person.net.get().to_string()),
                    ],
                )
            })
            .collect();
        draft.add(current("20")?, OwnNumber::No, &[], "payees", people)?;
    }
    draft.keep(engine, "")
}
