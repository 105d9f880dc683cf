//! The books: sums of postings by line. Refuses to round, to guess and to hide a negative balance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Kind, Posting, Standing};
use crate::check::estimate_key;
use crate::money::Dong;

/// Every book of a unit's year.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Balances {
    pub estimates: Vec<EstimateRow>,
    pub advances: Vec<AdvanceRow>,
    pub deposits: Vec<DepositRow>,
    pub contracts: Vec<ContractRow>,
}

impl Balances {
    /// Works all books out of one list of postings.
    pub fn of(all: &[(Posting, Standing)]) -> Balances {
        Balances {
            estimates: estimates(all),
            advances: advances(all),
            deposits: deposits(all),
            contracts: contracts(all),
        }
    }
}

/// Sổ dự toán: one line by source, sector and programme.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct EstimateRow {
    pub source: String,
    pub sector: String,
    /// `00000` for none.
    pub programme: String,
    pub carried_over: Dong,
    pub year_start: Dong,
    pub adjusted: Dong,
    pub provisional: Dong,
    pub withheld: Dong,
    pub cancelled: Dong,
    /// Spent and advanced less returned, completed by the treasury.
    pub used: Dong,
    /// The same, signed and not completed.
    pub under_way: Dong,
    /// What may still be used: given − withheld − cancelled − used − under way. While no estimate
    /// was given, of the tạm cấp.
    pub left: Dong,
}

/// Sổ tạm ứng: one line by content, source, sector and programme.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct AdvanceRow {
    pub economic_content: String,
    pub source: String,
    pub sector: String,
    pub programme: String,
    pub advanced: Dong,
    pub cleared: Dong,
    pub returned: Dong,
    /// Dư tạm ứng.
    pub open: Dong,
}

/// Sổ tài khoản tiền gửi.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DepositRow {
    pub account: String,
    pub opening: Dong,
    pub increase: Dong,
    pub decrease: Dong,
    pub under_way: Dong,
    /// Opening + increase − decrease.
    pub closing: Dong,
}

/// What the postings say of one contract.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ContractRow {
    pub contract: String,
    /// Paid out as spending.
    pub paid: Dong,
    /// Paid out in advance.
    pub advanced: Dong,
    /// Advances cleared or returned.
    pub recovered: Dong,
    /// Of these, advances given back: money that came home.
    #[serde(default)]
    pub returned: Dong,
}

impl ContractRow {
    /// Money that left the account and did not come back: paid and advanced less returned.
    pub fn paid_out(&self) -> Dong {
        minus(plus(self.paid, self.advanced), self.returned)
    }

    /// Advance still open.
    pub fn open(&self) -> Dong {
        minus(self.advanced, self.recovered)
    }
}

fn plus(a: Dong, b: Dong) -> Dong {
    a.checked_add(b).unwrap_or(Dong::MAX)
}

fn minus(a: Dong, b: Dong) -> Dong {
    a.checked_sub(b).unwrap_or(a)
}

/// Postings that stand: neither void nor only planned, with whether they are done.
fn standing(all: &[(Posting, Standing)]) -> impl Iterator<Item = (&Posting, bool)> {
    all.iter().filter_map(|(posting, standing)| match standing {
        Standing::Done => Some((posting, true)),
        Standing::UnderWay => Some((posting, false)),
        Standing::Planned | Standing::Void => None,
    })
}

fn programme(posting: &Posting) -> String {
    match posting.programme.trim() {
        "" => "00000".to_owned(),
        other => other.to_owned(),
    }
}

/// The estimate book. A decision counts when it is done; a use from the moment it is signed.
pub fn estimates(all: &[(Posting, Standing)]) -> Vec<EstimateRow> {
    let mut rows: BTreeMap<String, EstimateRow> = BTreeMap::new();
    for (posting, done) in standing(all).filter(|(p, _)| !p.kind.of_deposit()) {
        let key = estimate_key(&posting.source, &posting.sector, &posting.programme);
        let row = rows.entry(key).or_insert_with(|| EstimateRow {
            source: posting.source.clone(),
            sector: posting.sector.clone(),
            programme: programme(posting),
            ..EstimateRow::default()
        });
        let amount = posting.amount;
        let grant = match posting.kind {
            Kind::CarriedOver => Some(&mut row.carried_over),
            Kind::YearStart => Some(&mut row.year_start),
            Kind::Adjustment => Some(&mut row.adjusted),
            Kind::Provisional => Some(&mut row.provisional),
            Kind::Withheld => Some(&mut row.withheld),
            Kind::Cancelled => Some(&mut row.cancelled),
            _ => None,
        };
        if let Some(sum) = grant {
            if done {
                *sum = plus(*sum, amount);
            }
            continue;
        }
        let used = if done {
            &mut row.used
        } else {
            &mut row.under_way
        };
        match posting.kind {
            Kind::Spent | Kind::Advance => *used = plus(*used, amount),
            // money comes back when the treasury has it, not when it is promised
            Kind::ReturnedSpent | Kind::ReturnedAdvance if done => *used = minus(*used, amount),
            _ => {}
        }
    }
    rows.into_values()
        .map(|mut row| {
            let given = plus(plus(row.carried_over, row.year_start), row.adjusted);
            let given = if given == Dong::ZERO {
                row.provisional
            } else {
                given
            };
            let bound = plus(row.withheld, row.cancelled);
            row.left = minus(minus(given, bound), plus(row.used, row.under_way));
            row
        })
        .collect()
}

/// The advance book: what is signed is advanced, and cleared as soon as it is signed.
pub fn advances(all: &[(Posting, Standing)]) -> Vec<AdvanceRow> {
    let mut rows: BTreeMap<(String, String), AdvanceRow> = BTreeMap::new();
    for (posting, _) in standing(all) {
        let line = estimate_key(&posting.source, &posting.sector, &posting.programme);
        let key = (posting.economic_content.clone(), line);
        let new = || AdvanceRow {
            economic_content: posting.economic_content.clone(),
            source: posting.source.clone(),
            sector: posting.sector.clone(),
            programme: programme(posting),
            ..AdvanceRow::default()
        };
        match posting.kind {
            Kind::Advance | Kind::AdvanceOpening => {
                let row = rows.entry(key).or_insert_with(new);
                row.advanced = plus(row.advanced, posting.amount);
            }
            Kind::Cleared => {
                let row = rows.entry(key).or_insert_with(new);
                row.cleared = plus(row.cleared, posting.amount);
            }
            Kind::ReturnedAdvance => {
                let row = rows.entry(key).or_insert_with(new);
                row.returned = plus(row.returned, posting.amount);
            }
            _ => {}
        }
    }
    rows.into_values()
        .map(|mut row| {
            row.open = minus(row.advanced, plus(row.cleared, row.returned));
            row
        })
        .collect()
}

/// The deposit book.
pub fn deposits(all: &[(Posting, Standing)]) -> Vec<DepositRow> {
    let mut rows: BTreeMap<String, DepositRow> = BTreeMap::new();
    for (posting, done) in standing(all).filter(|(p, _)| p.kind.of_deposit()) {
        let row = rows
            .entry(posting.account.clone())
            .or_insert_with(|| DepositRow {
                account: posting.account.clone(),
                ..DepositRow::default()
            });
        let sum = match (posting.kind, done) {
            (Kind::DepositOpening, true) => &mut row.opening,
            (Kind::DepositIn, true) => &mut row.increase,
            (Kind::DepositOut, true) => &mut row.decrease,
            (Kind::DepositOut, false) => &mut row.under_way,
            _ => continue,
        };
        *sum = plus(*sum, posting.amount);
    }
    rows.into_values()
        .map(|mut row| {
            row.closing = minus(plus(row.opening, row.increase), row.decrease);
            row
        })
        .collect()
}

/// What was paid, advanced and recovered on each contract.
pub fn contracts(all: &[(Posting, Standing)]) -> Vec<ContractRow> {
    let mut rows: BTreeMap<String, ContractRow> = BTreeMap::new();
    for (posting, _) in standing(all).filter(|(p, _)| !p.contract.is_empty()) {
        let row = rows
            .entry(posting.contract.clone())
            .or_insert_with(|| ContractRow {
                contract: posting.contract.clone(),
                ..ContractRow::default()
            });
        match posting.kind {
            Kind::Spent | Kind::DepositOut => row.paid = plus(row.paid, posting.amount),
            Kind::Advance | Kind::AdvanceOpening => {
                row.advanced = plus(row.advanced, posting.amount);
            }
            Kind::Cleared => row.recovered = plus(row.recovered, posting.amount),
            Kind::ReturnedAdvance => {
                row.recovered = plus(row.recovered, posting.amount);
                row.returned = plus(row.returned, posting.amount);
            }
            Kind::ReturnedSpent => row.paid = minus(row.paid, posting.amount),
            _ => {}
        }
    }
    rows.into_values().collect()
}
