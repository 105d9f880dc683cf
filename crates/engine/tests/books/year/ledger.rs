//! What a bookkeeper and the treasury would have written, by hand: sums of the amounts of the story.
//! Nothing here asks the program.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

/// The office's own ledger, by unit.
#[derive(Default)]
pub struct Ledger {
    /// Estimate: carried over, given, adjusted.
    pub given: BTreeMap<usize, i64>,
    /// Estimate used, as completed.
    pub used: BTreeMap<usize, i64>,
    /// Handed in or signed, and not answered.
    pub under_way: BTreeMap<usize, i64>,
    /// Advances not cleared.
    pub advances: BTreeMap<usize, i64>,
    /// Left the account on the contract, and what of it is an open advance.
    pub contract: (i64, i64),
    pub dossiers: usize,
    /// Account → what is on it: given less used.
    pub accounts: BTreeMap<String, i64>,
}

/// What a dossier did to the treasury's books.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Did {
    Spent,
    Advanced,
    ReturnedSpent,
    ReturnedAdvance,
    /// An advance on the first content became spending on the second.
    Cleared(&'static str),
    /// Out of the deposit account.
    PaidOut,
}

/// One line of the treasury's statement.
#[derive(Clone, Debug)]
pub struct Line {
    pub unit: usize,
    pub account: String,
    pub day: NaiveDate,
    /// Money out is negative.
    pub amount: i64,
    /// Số chứng từ, where the treasury names one.
    pub reference: String,
}

/// The treasury's books.
#[derive(Default)]
pub struct Treasury {
    /// Unit, quarter, content → advanced less cleared, spent less returned.
    pub contents: BTreeMap<(usize, u32, String), (i64, i64)>,
    pub statement: Vec<Line>,
    /// Month → into and out of the deposit account.
    pub deposit: BTreeMap<u32, (i64, i64)>,
}

pub fn quarter(day: NaiveDate) -> u32 {
    day.month0() / 3 + 1
}

impl Treasury {
    fn add(&mut self, unit: usize, day: NaiveDate, content: &str, advance: i64, spent: i64) {
        let key = (unit, quarter(day), content.to_owned());
        let sums = self.contents.entry(key).or_default();
        sums.0 += advance;
        sums.1 += spent;
    }

    /// Books what one line of a completed dossier did.
    pub fn book(&mut self, unit: usize, day: NaiveDate, did: Did, content: &str, amount: i64) {
        match did {
            Did::Spent => self.add(unit, day, content, 0, amount),
            Did::Advanced => self.add(unit, day, content, amount, 0),
            Did::ReturnedSpent => self.add(unit, day, content, 0, -amount),
            Did::ReturnedAdvance => self.add(unit, day, content, -amount, 0),
            Did::Cleared(from) => {
                self.add(unit, day, from, -amount, 0);
                self.add(unit, day, content, 0, amount);
            }
            Did::PaidOut => self.deposit.entry(day.month()).or_default().1 += amount,
        }
    }

    /// A unit's contents to the end of a quarter, or within it: content → (advance, spent).
    pub fn of(&self, unit: usize, quarter: u32, within: bool) -> BTreeMap<String, (i64, i64)> {
        let mut out: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for ((of, q, content), (advance, spent)) in &self.contents {
            if *of == unit && (*q == quarter || !within && *q < quarter) {
                let sums = out.entry(content.clone()).or_default();
                sums.0 += advance;
                sums.1 += spent;
            }
        }
        out
    }
}

impl Ledger {
    /// What one completed dossier took from the estimate, or gave back.
    pub fn complete(&mut self, unit: usize, account: &str, did: Did, sum: i64) {
        let used = match did {
            Did::Spent | Did::Advanced => sum,
            Did::ReturnedSpent | Did::ReturnedAdvance => -sum,
            Did::Cleared(_) => 0,
            Did::PaidOut => {
                *self.accounts.entry(account.to_owned()).or_default() -= sum;
                return;
            }
        };
        let open = match did {
            Did::Advanced => sum,
            Did::ReturnedAdvance | Did::Cleared(_) => -sum,
            _ => 0,
        };
        *self.used.entry(unit).or_default() += used;
        *self.advances.entry(unit).or_default() += open;
        *self.accounts.entry(account.to_owned()).or_default() -= used;
    }

    pub fn give(&mut self, unit: usize, account: &str, amount: i64) {
        *self.given.entry(unit).or_default() += amount;
        *self.accounts.entry(account.to_owned()).or_default() += amount;
    }
}
