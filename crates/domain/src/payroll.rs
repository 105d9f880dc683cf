//! Bảng lương → bộ chứng từ: net pay, insurance, union and tax, per economic content, cross-footed to
//! the đồng. Refuses a table that does not cross-foot: it says on which row.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, FindingCode, Place};
use crate::money::Dong;
use crate::text;

/// Block id of findings on a pay table.
pub const BLOCK: &str = "payroll";

/// Nhóm của mẫu 20.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// I. Công chức.
    #[default]
    Officials,
    /// II. Viên chức.
    Employees,
    /// III. Lao động hợp đồng.
    ContractLabour,
    /// IV. Đối tượng khác.
    Others,
}

impl Group {
    /// The group's id on form 20.
    pub fn id(self) -> &'static str {
        match self {
            Group::Officials => "officials",
            Group::Employees => "employees",
            Group::ContractLabour => "contract_labour",
            Group::Others => "others",
        }
    }

    /// Reads what a pay table writes: `I`, `Công chức`, `cán bộ`, `hợp đồng` …
    pub fn read(said: &str) -> Option<Group> {
        let folded = text::fold(said);
        match folded.trim_end_matches('.') {
            "i" | "1" | "cong chuc" | "can bo" | "can bo, cong chuc" | "cc" => {
                Some(Group::Officials)
            }
            "ii" | "2" | "vien chuc" | "vc" => Some(Group::Employees),
            "iii" | "3" | "lao dong hop dong" | "hop dong" | "hd" => Some(Group::ContractLabour),
            "iv" | "4" | "doi tuong khac" | "khac" | "khong chuyen trach" => Some(Group::Others),
            _ => None,
        }
    }
}

/// What is held back from a person's pay.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deduction {
    /// BHXH, BHYT, BHTN of the person.
    Insurance,
    /// Đoàn phí công đoàn.
    Union,
    /// Thuế thu nhập cá nhân.
    Tax,
}

impl Deduction {
    pub const ALL: [Deduction; 3] = [Deduction::Insurance, Deduction::Union, Deduction::Tax];

    pub fn id(self) -> &'static str {
        match self {
            Deduction::Insurance => "insurance",
            Deduction::Union => "union",
            Deduction::Tax => "tax",
        }
    }
}

/// One person's pay.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct PayRow {
    /// Row in the spreadsheet, from 1.
    pub row: u32,
    pub name: String,
    pub account: String,
    pub bank: String,
    #[serde(default)]
    pub group: Group,
    /// Tiểu mục → amount: 6001, 6051, 6101 …
    pub earnings: BTreeMap<String, Dong>,
    pub deductions: BTreeMap<Deduction, Dong>,
    /// Thực lĩnh as the table has it.
    pub net: Dong,
    /// Tổng cộng as the table has it; `None` where it has no such column.
    #[serde(default)]
    pub stated_gross: Option<Dong>,
}

impl PayRow {
    pub fn gross(&self) -> Dong {
        sum(self.earnings.values())
    }

    pub fn deducted(&self) -> Dong {
        sum(self.deductions.values())
    }
}

/// Bảng lương of a month.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct PayTable {
    pub year: i32,
    pub month: u32,
    pub rows: Vec<PayRow>,
    /// What the employer pays on top: tiểu mục (6301, 6302, 6303, 6304) → amount.
    #[serde(default)]
    pub employer: BTreeMap<String, Dong>,
    /// Totals the table states, by column: `gross`, `net`, `insurance`, `union`, `tax`, a tiểu mục.
    #[serde(default)]
    pub stated: BTreeMap<String, Dong>,
}

/// One payment of the set, by tiểu mục.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Payment {
    /// `net`, `insurance`, `union` or `tax`.
    pub purpose: String,
    pub lines: Vec<(String, Dong)>,
}

impl Payment {
    pub fn total(&self) -> Dong {
        sum(self.lines.iter().map(|(_, amount)| amount))
    }
}

/// One person of two months beside each other.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Difference {
    pub name: String,
    /// `None`: not in that month's table.
    pub before: Option<Dong>,
    pub now: Option<Dong>,
}

fn sum<'a>(amounts: impl IntoIterator<Item = &'a Dong>) -> Dong {
    Dong::sum(amounts.into_iter().copied()).unwrap_or(Dong::MAX)
}

fn plus(a: Dong, b: Dong) -> Dong {
    a.checked_add(b).unwrap_or(Dong::MAX)
}

fn minus(a: Dong, b: Dong) -> Dong {
    a.checked_sub(b).unwrap_or(a)
}

impl PayTable {
    pub fn gross(&self) -> Dong {
        Dong::sum(self.rows.iter().map(PayRow::gross)).unwrap_or(Dong::MAX)
    }

    pub fn net(&self) -> Dong {
        sum(self.rows.iter().map(|r| &r.net))
    }

    pub fn deducted(&self, deduction: Deduction) -> Dong {
        sum(self
            .rows
            .iter()
            .filter_map(|r| r.deductions.get(&deduction)))
    }

    pub fn deductions(&self) -> Dong {
        Dong::sum(Deduction::ALL.map(|d| self.deducted(d))).unwrap_or(Dong::MAX)
    }

    pub fn employer_total(&self) -> Dong {
        sum(self.employer.values())
    }

    /// Gross = net + deductions on each row, and as the row states it; columns against their stated
    /// totals; nobody twice.
    pub fn check(&self) -> Vec<Finding> {
        let mut out = Vec::new();
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for row in &self.rows {
            let made = plus(row.net, row.deducted());
            if made != row.gross() {
                let finding = Finding::error(FindingCode::PayrollCrossFoot, at(row.row, "net"));
                out.push(
                    finding
                        .with("value", row.gross().to_string())
                        .with("expected", made.to_string())
                        .with("line", row.row.to_string()),
                );
            }
            if let Some(stated) = row.stated_gross.filter(|s| *s != row.gross()) {
                let finding = Finding::error(FindingCode::PayrollGross, at(row.row, "gross"));
                out.push(
                    finding
                        .with("value", stated.to_string())
                        .with("expected", row.gross().to_string())
                        .with("line", row.row.to_string()),
                );
            }
            let account: String = row
                .account
                .chars()
                .filter(|c| c.is_alphanumeric())
                .collect();
            let key = if account.is_empty() {
                text::fold(&row.name)
            } else {
                account
            };
            if let Some(first) = seen.get(&key) {
                let finding = Finding::warning(FindingCode::PayrollTwice, at(row.row, "account"));
                out.push(
                    finding
                        .with("value", &row.name)
                        .with("other", first.to_string())
                        .with("line", row.row.to_string()),
                );
            } else {
                seen.insert(key, row.row);
            }
        }
        let contents = self.by_content();
        for (column, stated) in &self.stated {
            let found = match column.as_str() {
                "gross" => self.gross(),
                "net" => self.net(),
                "insurance" => self.deducted(Deduction::Insurance),
                "union" => self.deducted(Deduction::Union),
                "tax" => self.deducted(Deduction::Tax),
                content => contents.get(content).copied().unwrap_or_default(),
            };
            if found != *stated {
                let finding = Finding::error(FindingCode::PayrollTotal, at(0, column));
                out.push(
                    finding
                        .with("label", column)
                        .with("value", stated.to_string())
                        .with("expected", found.to_string()),
                );
            }
        }
        out
    }

    /// Gross by tiểu mục.
    fn by_content(&self) -> BTreeMap<String, Dong> {
        let mut out: BTreeMap<String, Dong> = BTreeMap::new();
        for (content, amount) in self.rows.iter().flat_map(|r| &r.earnings) {
            let total = out.entry(content.clone()).or_default();
            *total = plus(*total, *amount);
        }
        out
    }

    /// The payments that together are gross pay and the employer's part.
    ///
    /// What is held back was earned, so it is paid from the tiểu mục of the earnings: from the largest
    /// first, insurance before union before tax. The rest of each tiểu mục is net pay. Payments of
    /// nothing are left out.
    pub fn payments(&self) -> Vec<Payment> {
        let mut left = self.by_content();
        let mut take = |amount: Dong| -> Vec<(String, Dong)> {
            let mut wanted = amount;
            let mut lines = Vec::new();
            let mut order: Vec<(String, Dong)> =
                left.iter().map(|(c, d)| (c.clone(), *d)).collect();
            order.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
            for (content, there) in order {
                let part = wanted.min(there);
                if part <= Dong::ZERO {
                    continue;
                }
                wanted = minus(wanted, part);
                left.insert(content.clone(), minus(there, part));
                lines.push((content, part));
            }
            lines.sort();
            lines
        };
        let held: Vec<(Deduction, Vec<(String, Dong)>)> = Deduction::ALL
            .into_iter()
            .map(|d| (d, take(self.deducted(d))))
            .collect();
        let net: Vec<(String, Dong)> = left
            .into_iter()
            .filter(|(_, amount)| *amount > Dong::ZERO)
            .collect();
        let mut out = vec![Payment {
            purpose: "net".to_owned(),
            lines: net,
        }];
        for (deduction, mut lines) in held {
            let employers = self
                .employer
                .iter()
                .filter(|(content, _)| deduction == union_or_insurance(content));
            for (content, amount) in employers {
                match lines.iter_mut().find(|(c, _)| c == content) {
                    Some((_, there)) => *there = plus(*there, *amount),
                    None => lines.push((content.clone(), *amount)),
                }
            }
            lines.retain(|(_, amount)| *amount > Dong::ZERO);
            out.push(Payment {
                purpose: deduction.id().to_owned(),
                lines,
            });
        }
        out.retain(|p| !p.lines.is_empty());
        out
    }

    /// By person against an earlier table: who is new, gone or paid otherwise.
    pub fn differences(&self, before: &PayTable) -> Vec<Difference> {
        let by_name = |table: &PayTable| -> BTreeMap<String, (String, Dong)> {
            let mut out: BTreeMap<String, (String, Dong)> = BTreeMap::new();
            for row in &table.rows {
                let (_, net) = out
                    .entry(text::fold(&row.name))
                    .or_insert_with(|| (row.name.clone(), Dong::ZERO));
                *net = plus(*net, row.net);
            }
            out
        };
        let (old, new) = (by_name(before), by_name(self));
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        names
            .into_iter()
            .filter_map(|key| {
                let (was, is) = (old.get(key), new.get(key));
                let difference = Difference {
                    name: is.or(was).map(|(name, _)| name.clone()).unwrap_or_default(),
                    before: was.map(|(_, net)| *net),
                    now: is.map(|(_, net)| *net),
                };
                (difference.before != difference.now).then_some(difference)
            })
            .collect()
    }
}

/// 6303 is kinh phí công đoàn; every other contribution is insurance.
fn union_or_insurance(content: &str) -> Deduction {
    if content == "6303" {
        Deduction::Union
    } else {
        Deduction::Insurance
    }
}

fn at(row: u32, column: &str) -> Place {
    Place::Cell {
        voucher: 0,
        block: BLOCK.to_owned(),
        row: usize::try_from(row).unwrap_or(usize::MAX),
        column: column.to_owned(),
    }
}

#[cfg(test)]
mod tests;
