//! Rows of the reconciliation forms, filled from the books. Refuses to fill what only the treasury
//! knows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{Kind, Posting, Standing};
use crate::check::estimate_key;
use crate::money::Dong;
use crate::voucher::Row;

/// Kỳ: both days belong to it; what is "to date" counts from the first day of the same year.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Period {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

impl Period {
    /// Quarter 1–4 of a year.
    pub fn quarter(year: i32, quarter: u32) -> Option<Period> {
        let first = quarter.checked_sub(1)?.checked_mul(3)?.checked_add(1)?;
        let last = first.checked_add(2)?;
        Self::months(year, first, last)
    }

    pub fn month(year: i32, month: u32) -> Option<Period> {
        Self::months(year, month, month)
    }

    fn months(year: i32, first: u32, last: u32) -> Option<Period> {
        let from = NaiveDate::from_ymd_opt(year, first, 1)?;
        let after = match last {
            12 => NaiveDate::from_ymd_opt(year.checked_add(1)?, 1, 1)?,
            _ => NaiveDate::from_ymd_opt(year, last.checked_add(1)?, 1)?,
        };
        let to = after.pred_opt()?;
        Some(Period { from, to })
    }

    fn holds(&self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }
}

/// Sums of kinds over what is done, in the period and to its end.
struct Sums<'a> {
    period: Period,
    postings: Vec<&'a Posting>,
}

impl Sums<'_> {
    fn of(&self, plus: &[Kind], minus: &[Kind], within: bool) -> Dong {
        let mut sum = Dong::ZERO;
        for posting in &self.postings {
            let counted = if within {
                self.period.holds(posting.day)
            } else {
                posting.day <= self.period.to
            };
            if !counted {
                continue;
            }
            if plus.contains(&posting.kind) {
                sum = sum.checked_add(posting.amount).unwrap_or(Dong::MAX);
            } else if minus.contains(&posting.kind) {
                sum = sum.checked_sub(posting.amount).unwrap_or(sum);
            }
        }
        sum
    }

    fn in_period(&self, plus: &[Kind], minus: &[Kind]) -> Dong {
        self.of(plus, minus, true)
    }

    fn to_date(&self, plus: &[Kind], minus: &[Kind]) -> Dong {
        self.of(plus, minus, false)
    }
}

fn by<'a, K: Ord>(
    all: &'a [(Posting, Standing)],
    period: Period,
    key: impl Fn(&Posting) -> Option<K>,
) -> BTreeMap<K, Sums<'a>> {
    let mut out: BTreeMap<K, Sums<'a>> = BTreeMap::new();
    for (posting, standing) in all {
        if *standing != Standing::Done || posting.day > period.to {
            continue;
        }
        if let Some(key) = key(posting) {
            out.entry(key)
                .or_insert_with(|| Sums {
                    period,
                    postings: Vec::new(),
                })
                .postings
                .push(posting);
        }
    }
    out
}

fn row(cells: Vec<(&str, String)>) -> Row {
    Row {
        group: String::new(),
        cells: cells
            .into_iter()
            .filter(|(_, v)| !v.is_empty())
            .map(|(k, v)| (k.to_owned(), v))
            .collect(),
    }
}

fn money(amount: Dong) -> String {
    amount.get().to_string()
}

const ADVANCED: &[Kind] = &[Kind::Advance, Kind::AdvanceOpening];
const CLEARED: &[Kind] = &[Kind::Cleared, Kind::ReturnedAdvance];
const GIVEN: &[Kind] = &[Kind::YearStart, Kind::Adjustment];
const TAKEN: &[Kind] = &[Kind::Spent, Kind::Advance];
const RETURNED: &[Kind] = &[Kind::ReturnedSpent, Kind::ReturnedAdvance];

/// Form 26: one row by source, sector and programme. Columns (5) and (9) are the form's own formulas.
pub fn estimate_rows(all: &[(Posting, Standing)], period: Period) -> Vec<Row> {
    let lines = by(all, period, |p| {
        (!p.kind.of_deposit()).then(|| estimate_key(&p.source, &p.sector, &p.programme))
    });
    lines
        .into_iter()
        .map(|(key, sums)| {
            let mut codes = key.split('|').map(str::to_owned);
            let mut next = || codes.next().unwrap_or_default();
            row(vec![
                ("source", next()),
                ("sector", next()),
                ("programme", next()),
                (
                    "carried_over",
                    money(sums.to_date(&[Kind::CarriedOver], &[])),
                ),
                ("year_start", money(sums.to_date(&[Kind::YearStart], &[]))),
                ("in_period", money(sums.in_period(GIVEN, &[]))),
                ("to_date", money(sums.to_date(GIVEN, &[]))),
                ("used_in_period", money(sums.in_period(TAKEN, RETURNED))),
                ("used_to_date", money(sums.to_date(TAKEN, RETURNED))),
                ("withheld", money(sums.to_date(&[Kind::Withheld], &[]))),
            ])
        })
        .collect()
}

/// Form 28: one row by source, sector, content and programme. `name` gives column (A).
pub fn spending_rows(
    all: &[(Posting, Standing)],
    period: Period,
    name: &dyn Fn(&str) -> String,
) -> Vec<Row> {
    let uses: BTreeSet<Kind> = [
        Kind::Spent,
        Kind::Advance,
        Kind::AdvanceOpening,
        Kind::Cleared,
        Kind::Settled,
        Kind::ReturnedSpent,
        Kind::ReturnedAdvance,
    ]
    .into();
    let lines = by(all, period, |p| {
        uses.contains(&p.kind).then(|| {
            let line = estimate_key(&p.source, &p.sector, &p.programme);
            (line, p.economic_content.clone())
        })
    });
    const SPENT: &[Kind] = &[Kind::Spent, Kind::Settled];
    lines
        .into_iter()
        .map(|((key, content), sums)| {
            let mut codes = key.split('|').map(str::to_owned);
            let mut next = || codes.next().unwrap_or_default();
            let spent_back = &[Kind::ReturnedSpent];
            row(vec![
                ("content", name(&content)),
                ("source", next()),
                ("sector", next()),
                ("economic_content", content),
                ("programme", next()),
                (
                    "advance_in_period",
                    money(sums.in_period(&[Kind::Advance], CLEARED)),
                ),
                ("advance_to_date", money(sums.to_date(ADVANCED, CLEARED))),
                ("spent_in_period", money(sums.in_period(SPENT, spent_back))),
                ("spent_to_date", money(sums.to_date(SPENT, spent_back))),
            ])
        })
        .collect()
}

/// The treasury's closing figure of an account beside the unit's own, and why they differ, in words.
pub type Told<'a> = &'a dyn Fn(&str, Dong) -> Option<(Dong, String)>;

/// Form 32: one row by deposit account. `told` gives the treasury's closing figure and, where it
/// differs, the cause in words; its three columns stay blank where both sides agree (note 2).
pub fn balance_rows(all: &[(Posting, Standing)], period: Period, told: Told<'_>) -> Vec<Row> {
    let accounts = by(all, period, |p| {
        p.kind.of_deposit().then(|| p.account.clone())
    });
    const IN: &[Kind] = &[Kind::DepositOpening, Kind::DepositIn];
    const OUT: &[Kind] = &[Kind::DepositOut];
    accounts
        .into_iter()
        .map(|(account, sums)| {
            let before: Vec<&Posting> = sums
                .postings
                .iter()
                .filter(|p| p.day < period.from || p.kind == Kind::DepositOpening)
                .copied()
                .collect();
            let opening = Sums {
                period,
                postings: before,
            }
            .to_date(IN, OUT);
            let increase = sums.in_period(&[Kind::DepositIn], &[]);
            let decrease = sums.in_period(OUT, &[]);
            let closing = sums.to_date(IN, OUT);
            let (theirs, difference, cause) = match told(&account, closing) {
                Some((theirs, cause)) if theirs != closing => {
                    let difference = closing.checked_sub(theirs).unwrap_or_default();
                    (money(theirs), money(difference), cause)
                }
                _ => Default::default(),
            };
            row(vec![
                ("account", account),
                ("opening", money(opening)),
                ("increase", money(increase)),
                ("decrease", money(decrease)),
                ("treasury", theirs),
                ("difference", difference),
                ("cause", cause),
            ])
        })
        .collect()
}

/// Everything done in a budget year, its adjustment period included.
fn whole_year<'a, K: Ord>(
    all: &'a [(Posting, Standing)],
    key: impl Fn(&Posting) -> Option<K>,
) -> BTreeMap<K, Sums<'a>> {
    let ever = Period {
        from: NaiveDate::MIN,
        to: NaiveDate::MAX,
    };
    by(all, ever, key)
}

/// Form 30: what is left on deposit accounts, one row by source, sector and content. `name` gives
/// column (2).
///
/// A payment out carries no sector and no content: it comes off the one line of its account and
/// source, and stands alone where there are several.
pub fn carried_deposit_rows(
    all: &[(Posting, Standing)],
    name: &dyn Fn(&str) -> String,
) -> Vec<Row> {
    // sector, content, programme
    type Line = (String, String, String);
    let line = |p: &Posting| -> Line {
        (
            p.sector.clone(),
            p.economic_content.clone(),
            p.programme.clone(),
        )
    };
    let mut lines: BTreeMap<(String, String), BTreeSet<Line>> = BTreeMap::new();
    for (p, _) in all.iter().filter(|(p, s)| {
        *s == Standing::Done && matches!(p.kind, Kind::DepositOpening | Kind::DepositIn)
    }) {
        let place = (p.account.clone(), p.source.clone());
        lines.entry(place).or_default().insert(line(p));
    }
    let only = |p: &Posting| {
        let there = lines.get(&(p.account.clone(), p.source.clone()))?;
        (there.len() == 1).then(|| there.first().cloned()).flatten()
    };
    let rows = whole_year(all, |p| {
        p.kind.of_deposit().then(|| {
            let (sector, content, programme) = match only(p) {
                Some(line) if p.economic_content.is_empty() => line,
                _ => line(p),
            };
            (group(&programme), p.source.clone(), sector, content)
        })
    });
    rows.into_iter()
        .filter_map(|((group, source, sector, content), sums)| {
            let left = sums.to_date(
                &[Kind::DepositOpening, Kind::DepositIn],
                &[Kind::DepositOut],
            );
            (left != Dong::ZERO).then(|| Row {
                group: group.to_owned(),
                ..row(vec![
                    ("content", name(&content)),
                    ("source", source),
                    ("sector", sector),
                    ("economic_content", content),
                    ("balance", money(left)),
                ])
            })
        })
        .collect()
}

/// Form 31: estimates and advances that go over into the next year, one row by source, sector and
/// programme. `unit` gives column (2) for a programme. Lines with nothing left are left out.
///
/// An advance of the year before was drawn then: it is among what was given (7) and among what was
/// used (10).
pub fn carried_estimate_rows(
    all: &[(Posting, Standing)],
    unit: &dyn Fn(&str) -> String,
) -> Vec<Row> {
    let lines = whole_year(all, |p| {
        (!p.kind.of_deposit()).then(|| estimate_key(&p.source, &p.sector, &p.programme))
    });
    const USED: &[Kind] = &[Kind::Spent, Kind::Advance, Kind::AdvanceOpening];
    let all_given = &[
        Kind::CarriedOver,
        Kind::AdvanceOpening,
        Kind::YearStart,
        Kind::Adjustment,
    ];
    let mut rows: Vec<(&str, Row)> = lines
        .into_iter()
        .filter_map(|(key, sums)| {
            let mut codes = key.split('|').map(str::to_owned);
            let mut next = || codes.next().unwrap_or_default();
            let (source, sector, programme) = (next(), next(), next());
            let one = |kind| money(sums.to_date(&[kind], &[]));
            let used = sums.to_date(USED, RETURNED);
            let cancelled = sums.to_date(&[Kind::Cancelled], &[]);
            let open = sums.to_date(ADVANCED, CLEARED);
            let given = sums.to_date(all_given, &[]);
            let bound = used.checked_add(cancelled).unwrap_or(Dong::MAX);
            if given == bound && open == Dong::ZERO {
                return None;
            }
            let cells = vec![
                ("unit", unit(&programme)),
                ("source", source),
                ("sector", sector),
                ("balance", one(Kind::CarriedOver)),
                ("advance_balance", one(Kind::AdvanceOpening)),
                ("year_start", one(Kind::YearStart)),
                ("adjusted", one(Kind::Adjustment)),
                ("used", money(used)),
                ("cancelled", money(cancelled)),
                ("carried_advance", money(open)),
            ];
            Some((group(&programme), row(cells)))
        })
        .collect();
    rows.sort_by_key(|(group, _)| *group == PROGRAMMES);
    rows.into_iter()
        .map(|(group, row)| Row {
            group: group.to_owned(),
            ..row
        })
        .collect()
}

const PROGRAMMES: &str = "programmes";

/// The group of forms 30 and 31 a line belongs to.
fn group(programme: &str) -> &'static str {
    match programme.trim() {
        "" | "00000" => "recurrent",
        _ => PROGRAMMES,
    }
}
