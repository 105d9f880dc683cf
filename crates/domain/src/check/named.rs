//! The rules between fields that a form file cannot express. Refuses to apply a rule to a form that
//! lacks the fields it is about: ids mean the same in every form.

use chrono::{Datelike, NaiveDate};

use super::voucher::{in_future, issue_day};
use super::{Facts, Today};
use crate::finding::{Finding, FindingCode, Place};
use crate::form::value::{self, Value};
use crate::form::{FieldKind, Form};
use crate::money::Dong;
use crate::voucher::Voucher;

/// The named checks of `form`.
pub(super) fn voucher(
    form: &Form,
    voucher: &Voucher,
    index: usize,
    facts: &Facts,
    today: Today,
    out: &mut Vec<Finding>,
) {
    let rules = Rules {
        form,
        voucher,
        index,
    };
    if form.field("budget_year").is_some() {
        out.extend(rules.budget_year(today));
    }
    rules.basis_dates(issue_day(voucher, today), out);
    out.extend(rules.over_contract());
    if form.field("payee_account").is_some() {
        rules.payee(out);
        out.extend(rules.over_balance(facts));
    }
    rules.over_advance(out);
}

struct Rules<'a> {
    form: &'a Form,
    voucher: &'a Voucher,
    index: usize,
}

impl Rules<'_> {
    fn place(&self, field: &str) -> Place {
        Place::Field {
            voucher: self.index,
            field: field.to_owned(),
        }
    }

    fn label(&self, field: &str) -> String {
        self.form
            .field(field)
            .map(|f| f.full_label())
            .unwrap_or_default()
    }

    fn empty(&self, field: &str) -> bool {
        self.voucher.field(field).trim().is_empty()
    }

    fn error(&self, code: FindingCode, field: &str) -> Finding {
        Finding::error(code, self.place(field)).with("label", self.label(field))
    }

    fn money(&self, field: &str) -> Option<Dong> {
        Dong::parse(self.voucher.field(field)).ok()
    }

    /// This year, or last year until its books close on 31 January (Circular 26/2026 art. 15). In
    /// that time last year's estimate pays nothing in advance (Decree 73/2026 art. 30).
    fn budget_year(&self, today: Today) -> Option<Finding> {
        let year = match value::parse(FieldKind::Year, self.voucher.field("budget_year")) {
            Ok(Value::Year(year)) => year,
            _ => return None,
        };
        let error = |field: &str| {
            self.error(FindingCode::BudgetYear, field)
                .with("value", year.to_string())
                .with("expected", today.year().to_string())
        };
        if year == today.year() {
            return None;
        }
        let adjusting = year.checked_add(1) == Some(today.year()) && today.month() == 1;
        if !adjusting {
            return Some(error("budget_year"));
        }
        let advance = self.voucher.ticked("advance");
        advance.then(|| error("advance").with("reason", "advance"))
    }

    /// Transfer: name, account and bank; cash: receiver and identity card.
    ///
    /// A form 14 or 18 that only pays taxes pays nobody, so it needs no payee. A form without the
    /// choice (18) pays by transfer.
    fn payee(&self, out: &mut Vec<Finding>) {
        let splits = |grid: &crate::form::Grid| grid.column("paid_amount").is_some();
        if self.form.grids().any(splits)
            && self
                .voucher
                .rows("lines")
                .iter()
                .all(|r| r.cell("paid_amount").is_empty())
        {
            return;
        }
        if self.voucher.ticked("transfer") || self.form.field("cash_receiver").is_none() {
            if self.empty("payee_name") {
                out.push(self.error(FindingCode::FieldRequired, "payee_name"));
            }
            for field in ["payee_account", "payee_bank"] {
                if self.empty(field) {
                    out.push(self.error(FindingCode::PayeeAccountMissing, field));
                }
            }
        }
        if self.voucher.ticked("cash") {
            for field in [
                "cash_receiver",
                "identity_no",
                "identity_date",
                "identity_place",
            ] {
                if self.empty(field) {
                    out.push(self.error(FindingCode::CashReceiverMissing, field));
                }
            }
        }
    }

    /// Decision, contract and acceptance are older than the voucher.
    fn basis_dates(&self, day: NaiveDate, out: &mut Vec<Finding>) {
        for field in [
            "contractor_decision_date",
            "contract_date",
            "acceptance_date",
        ] {
            let known = |f: &crate::form::Field| f.kind == FieldKind::Date;
            if !self.form.field(field).is_some_and(known) {
                continue;
            }
            let text = self.voucher.field(field);
            let label = self.label(field);
            out.extend(in_future(
                FieldKind::Date,
                text,
                day,
                &label,
                self.place(field),
            ));
        }
    }

    /// The total is not over the contract or decision declared on the voucher.
    fn over_contract(&self) -> Option<Finding> {
        let (total, contract) = (self.money("total")?, self.money("contract_total")?);
        let finding = self.error(FindingCode::OverContract, "contract_total");
        (total > contract).then(|| {
            finding
                .with("value", total.to_string())
                .with("expected", contract.to_string())
        })
    }

    /// Form 10: no line settles more than was advanced.
    fn over_advance(&self, out: &mut Vec<Finding>) {
        for grid in self.form.grids() {
            let Some(amount) = grid
                .column("amount")
                .filter(|_| grid.column("advance_balance").is_some())
            else {
                continue;
            };
            for (number, row) in self.voucher.rows(&grid.id).iter().enumerate() {
                let read = |column| Dong::parse(row.cell(column)).ok();
                let (Some(settled), Some(left)) = (read("amount"), read("advance_balance")) else {
                    continue;
                };
                if settled > left {
                    let place = Place::Cell {
                        voucher: self.index,
                        block: grid.id.clone(),
                        row: number,
                        column: "amount".to_owned(),
                    };
                    out.push(
                        Finding::error(FindingCode::OverAdvance, place)
                            .with("label", amount.full_label())
                            .with("value", settled.to_string())
                            .with("expected", left.to_string())
                            .with("line", number.saturating_add(1).to_string()),
                    );
                }
            }
        }
    }

    fn over_balance(&self, facts: &Facts) -> Option<Finding> {
        let total = self.money("total")?;
        let account = self.voucher.field("account");
        let balance = *facts.balances.get(account)?;
        let finding = self.error(FindingCode::OverBalance, "total");
        (total > balance).then(|| {
            finding
                .with("value", total.to_string())
                .with("expected", balance.to_string())
                .with("account", account)
        })
    }
}
