//! The list Hồ sơ: filters, accent-free search, orders, paging by key. Everything in it is derived
//! from dossier and revision and can be rebuilt.

mod derive;
mod sorted;
mod words;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, ParamsFromIter, params_from_iter};

use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::money::Dong;

use crate::error::StoreError;
use crate::{dossiers, life, sql};
use sorted::Column;

pub use derive::rebuild;
pub(crate) use derive::{derive, rebuild_if_old, refresh, remove};

/// What the list is narrowed to; blank parts narrow nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// Accent-free search over content, payee, number, amount: every word must begin a word there.
    pub text: String,
    /// `draft`, `signing`, `waiting`, `sent`, `answered`, `done`.
    pub stage: String,
    /// Form number.
    pub form: String,
    /// `2026-11`, of the voucher's day, or of its making while it has none.
    pub month: String,
    pub order: Order,
}

/// The order of a list: by when a dossier changed last, by its amount, or by its voucher's day.
/// Without a day it stands last, whichever way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Order {
    #[default]
    NewestFirst,
    OldestFirst,
    LargestFirst,
    SmallestFirst,
    LatestDayFirst,
    EarliestDayFirst,
}

impl Order {
    fn descends(self) -> bool {
        matches!(
            self,
            Self::NewestFirst | Self::LargestFirst | Self::LatestDayFirst
        )
    }

    fn sql(self) -> &'static str {
        if self.descends() { "DESC" } else { "ASC" }
    }

    /// How what comes later compares with what came before.
    fn beyond(self) -> &'static str {
        if self.descends() { "<" } else { ">" }
    }
}

/// One row of a list.
#[derive(Clone, PartialEq, Debug)]
pub struct ListRow {
    pub id: DossierId,
    pub number: String,
    pub form: String,
    pub title: String,
    pub payee: String,
    pub total: Dong,
    /// The voucher's day.
    pub day: Option<NaiveDate>,
    pub local: LocalState,
    pub treasury: TreasuryState,
    pub changed: DateTime<Utc>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Page {
    pub rows: Vec<ListRow>,
    /// Key for the rows after these; `None` at the end.
    pub after: Option<String>,
    /// Rows that pass the filter, over all pages.
    pub total: u64,
}

/// Numbers beside the menu.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    pub to_sign: u32,
    pub waiting: u32,
    /// Answers nobody has opened yet, or that still wait for the unit's next step.
    pub answers: u32,
}

/// The stage a dossier is shown under: what the unit sees of the two columns together.
pub fn stage(local: &LocalState, treasury: &TreasuryState) -> &'static str {
    use LocalState as L;
    use TreasuryState as T;
    match (local, treasury) {
        (L::Draft, _) => "draft",
        (L::Awaiting { .. }, _) => "signing",
        (L::Queued | L::Held | L::Sending | L::Unknown | L::Parked { .. }, _) => "waiting",
        (L::Sent | L::Carried | L::Superseded, T::Completed) => "done",
        (L::Sent | L::Carried | L::Superseded, T::None | T::Received | T::Checking) => "sent",
        (L::Sent | L::Carried | L::Superseded, _) => "answered",
    }
}

/// One page of a unit's list. `after` is [`Page::after`] of the page before; one that cannot be
/// read, or is of another order, starts from the top.
pub fn page(
    c: &Connection,
    unit: UnitId,
    filter: &Filter,
    after: Option<&str>,
    limit: u32,
) -> Result<Page, StoreError> {
    let wanted = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
    // one more than asked for tells whether there is a next page
    let most = wanted.saturating_add(1);
    let mut hits = match filter.order {
        Order::NewestFirst | Order::OldestFirst => by_change(c, unit, filter, after, most)?,
        Order::LargestFirst | Order::SmallestFirst => {
            sorted::hits(c, unit, filter, Column::Total, after, most)?
        }
        Order::LatestDayFirst | Order::EarliestDayFirst => {
            sorted::hits(c, unit, filter, Column::Day, after, most)?
        }
    };
    let more = hits.found.len() > wanted;
    hits.found.truncate(wanted);
    let after = hits.found.last().filter(|_| more).map(|h| h.key.clone());
    let rows = hits.found.iter().map(|hit| shown(c, hit.row));
    Ok(Page {
        rows: rows.collect::<Result<_, _>>()?,
        after,
        total: hits.total,
    })
}

/// Rows of `listing` in their order, and how many there are in all.
#[derive(Default)]
struct Hits {
    found: Vec<Hit>,
    total: u64,
}

struct Hit {
    row: i64,
    /// What the page after it is asked for by.
    key: String,
}

impl Hit {
    /// `row` is the order of change.
    fn by_change(row: i64) -> Self {
        Self {
            row,
            key: row.to_string(),
        }
    }
}

fn by_change(
    c: &Connection,
    unit: UnitId,
    filter: &Filter,
    after: Option<&str>,
    most: usize,
) -> Result<Hits, StoreError> {
    let order = filter.order;
    let top = if order.descends() { i64::MAX } else { i64::MIN };
    let stretch = Stretch {
        order,
        after: after.and_then(|k| k.parse().ok()).unwrap_or(top),
        most,
    };
    match words::asked(unit, filter) {
        Some(words) => searched(c, &words, stretch),
        None => narrowed(c, &Narrowing::of(unit, filter), stretch),
    }
}

/// Which of the hits are wanted: `most` of them that come after row `after`.
#[derive(Clone, Copy)]
struct Stretch {
    order: Order,
    after: i64,
    most: usize,
}

impl Stretch {
    fn holds(self, row: i64) -> bool {
        if self.order.descends() {
            row < self.after
        } else {
            row > self.after
        }
    }
}

/// A search is answered by its index alone: unit and filters are words there, and its rows come in the
/// order of change. All of them are counted in the same walk, since beginning one is what costs.
fn searched(c: &Connection, words: &str, stretch: Stretch) -> Result<Hits, StoreError> {
    let mut statement = c.prepare_cached(&matching(stretch.order))?;
    let mut rows = statement.query([words])?;
    let mut hits = Hits::default();
    while let Some(row) = rows.next()? {
        let row: i64 = row.get(0)?;
        hits.total = hits.total.saturating_add(1);
        if stretch.holds(row) && hits.found.len() < stretch.most {
            hits.found.push(Hit::by_change(row));
        }
    }
    Ok(hits)
}

/// The rows that match a search, by when they changed last.
fn matching(order: Order) -> String {
    format!(
        "SELECT rowid FROM listing_text WHERE listing_text MATCH ?1 ORDER BY rowid {}",
        order.sql()
    )
}

/// Any other list is a stretch of one of the indexes of `listing`.
fn narrowed(c: &Connection, narrowing: &Narrowing, stretch: Stretch) -> Result<Hits, StoreError> {
    let mut statement = c.prepare_cached(&format!(
        "SELECT row FROM listing WHERE {} AND row {} ? ORDER BY row {} LIMIT ?",
        narrowing.condition,
        stretch.order.beyond(),
        stretch.order.sql()
    ))?;
    let most = i64::try_from(stretch.most).unwrap_or(i64::MAX);
    let bounds = [Value::from(stretch.after), Value::from(most)];
    let rows = statement.query_map(narrowing.values_and(bounds), |r| {
        r.get::<_, i64>(0).map(Hit::by_change)
    })?;
    Ok(Hits {
        found: rows.collect::<Result<_, _>>()?,
        total: narrowing.count(c)?,
    })
}

/// Unit and filters as conditions on `listing`.
struct Narrowing {
    condition: String,
    values: Vec<Value>,
    /// What they are counted by. Left to itself SQLite may walk all amounts or days for that, since
    /// those indexes hold every filter.
    index: &'static str,
}

impl Narrowing {
    fn of(unit: UnitId, filter: &Filter) -> Self {
        let mut narrowing = Self {
            condition: String::from("unit_id = ?"),
            values: vec![Value::from(unit.to_string())],
            index: "listing_of_unit",
        };
        // the last one narrows most
        for (column, wanted, index) in [
            ("stage", &filter.stage, "listing_by_stage"),
            ("form", &filter.form, "listing_by_form"),
            ("month", &filter.month, "listing_by_month"),
        ] {
            if !wanted.is_empty() {
                narrowing.condition.push_str(&format!(" AND {column} = ?"));
                narrowing.values.push(Value::from(wanted.clone()));
                narrowing.index = index;
            }
        }
        narrowing
    }

    /// Whether it leaves out any of the unit's dossiers.
    fn narrows(&self) -> bool {
        self.values.len() > 1
    }

    fn values_and(&self, more: impl IntoIterator<Item = Value>) -> ParamsFromIter<Vec<Value>> {
        let mut values = self.values.clone();
        values.extend(more);
        params_from_iter(values)
    }

    fn count(&self, c: &Connection) -> Result<u64, StoreError> {
        let total = c
            .prepare_cached(&self.query("count(*)"))?
            .query_row(self.values_and([]), |r| sql::unsigned(r, 0))?;
        Ok(total)
    }

    fn rows(&self, c: &Connection) -> Result<Vec<i64>, StoreError> {
        let mut statement = c.prepare_cached(&self.query("row"))?;
        let rows = statement.query_map(self.values_and([]), |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn query(&self, what: &str) -> String {
        let Self {
            condition, index, ..
        } = self;
        format!("SELECT {what} FROM listing INDEXED BY {index} WHERE {condition}")
    }
}

/// What the list shows of a row; the treasury's word as [`life::word_shown`] has it.
fn shown(c: &Connection, row: i64) -> Result<ListRow, StoreError> {
    let (mut shown, revision): (ListRow, u32) = c
        .prepare_cached(
            "SELECT d.id, r.doc_number, r.form, r.title, r.payee, r.total, r.state, r.step,
                    r.park_reason, d.treasury, d.changed_at, r.day, d.revision
             FROM listing l
             CROSS JOIN dossier d ON d.id = l.dossier_id
             CROSS JOIN revision r ON r.dossier_id = d.id AND r.number = d.revision
             WHERE l.row = ?1",
        )?
        .query_row([row], |r| {
            let shown = ListRow {
                id: sql::parsed(r, 0)?,
                number: r.get(1)?,
                form: r.get(2)?,
                title: r.get(3)?,
                payee: r.get(4)?,
                total: sql::dong(r, 5)?,
                day: sql::parsed_or_blank(r, 11)?,
                local: life::state(r, 6)?,
                treasury: sql::json(r, 9)?,
                changed: sql::parsed(r, 10)?,
            };
            Ok((shown, r.get(12)?))
        })?;
    if life::handed_in(&shown.local) && life::is_answered(c, shown.id, revision, &shown.treasury)? {
        shown.treasury = TreasuryState::None;
    }
    Ok(shown)
}

/// When a dossier changed last, by the clock of that moment: a clock that says less was set back, or
/// this one was ahead.
pub fn newest_change(c: &Connection) -> Result<Option<DateTime<Utc>>, StoreError> {
    let newest = c
        .prepare_cached(
            "SELECT coalesce(max((SELECT d.changed_at FROM dossier d WHERE d.unit_id = u.unit_id
                 ORDER BY d.changed_at DESC LIMIT 1)), '') FROM unit u",
        )?
        .query_row([], |r| sql::parsed_or_blank(r, 0))?;
    Ok(newest)
}

/// How many dossiers of a unit are at each [`stage`].
pub fn stages(c: &Connection, unit: UnitId) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut statement =
        c.prepare_cached("SELECT stage, count(*) FROM listing WHERE unit_id = ?1 GROUP BY stage")?;
    let rows = statement.query_map([unit.to_string()], |r| {
        Ok((r.get(0)?, sql::unsigned(r, 1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Numbers beside the menu of a unit. An answer that a new revision is being made for, or was sent
/// for, is not counted any more.
pub fn counts(c: &Connection, unit: UnitId) -> Result<Counts, StoreError> {
    let found = c
        .prepare_cached(&format!(
            "SELECT
                 (SELECT count(*) FROM listing WHERE unit_id = ?1 AND stage = 'signing'),
                 (SELECT count(*) FROM listing WHERE unit_id = ?1 AND stage = 'waiting'),
                 (SELECT count(*) FROM dossier d
                  CROSS JOIN revision r ON r.dossier_id = d.id AND r.number = d.revision
                  WHERE d.unit_id = ?1 AND {}
                    AND (d.unread = 1 OR r.state = 'sent' AND EXISTS (
                        SELECT 1 FROM listing l
                        WHERE l.dossier_id = d.id AND l.stage = 'answered')))",
            dossiers::TO_LOOK_AT
        ))?
        .query_row([unit.to_string()], |r| {
            Ok(Counts {
                to_sign: r.get(0)?,
                waiting: r.get(1)?,
                answers: r.get(2)?,
            })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}
