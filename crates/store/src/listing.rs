//! The list Hồ sơ: filters, accent-free search, paging by key. Everything in it is derived from
//! dossier and revision and can be rebuilt.

mod derive;
mod words;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::money::Dong;

use crate::error::StoreError;
use crate::{dossiers, life, sql};

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

/// The order of a list, by when a dossier changed last.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Order {
    #[default]
    NewestFirst,
    OldestFirst,
}

impl Order {
    fn sql(self) -> &'static str {
        match self {
            Self::NewestFirst => "DESC",
            Self::OldestFirst => "ASC",
        }
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
/// read starts from the top.
pub fn page(
    c: &Connection,
    unit: UnitId,
    filter: &Filter,
    after: Option<&str>,
    limit: u32,
) -> Result<Page, StoreError> {
    let order = filter.order;
    let top = match order {
        Order::NewestFirst => i64::MAX,
        Order::OldestFirst => i64::MIN,
    };
    let wanted = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
    // one more than asked for tells whether there is a next page
    let stretch = Stretch {
        order,
        after: after.and_then(|k| k.parse().ok()).unwrap_or(top),
        most: wanted.saturating_add(1),
    };
    let mut hits = match words::asked(unit, filter) {
        Some(words) => searched(c, &words, stretch)?,
        None => narrowed(c, unit, filter, stretch)?,
    };
    let more = hits.rows.len() > wanted;
    hits.rows.truncate(wanted);
    let after = hits.rows.last().filter(|_| more).map(i64::to_string);
    let rows = hits.rows.iter().map(|row| shown(c, *row));
    Ok(Page {
        rows: rows.collect::<Result<_, _>>()?,
        after,
        total: hits.total,
    })
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
        match self.order {
            Order::NewestFirst => row < self.after,
            Order::OldestFirst => row > self.after,
        }
    }
}

/// Rows of `listing` in their order, and how many there are in all.
#[derive(Default)]
struct Hits {
    rows: Vec<i64>,
    total: u64,
}

/// A search is answered by its index alone: unit and filters are words there, and its rows come in the
/// order of change. All of them are counted in the same walk, since beginning one is what costs.
fn searched(c: &Connection, words: &str, stretch: Stretch) -> Result<Hits, StoreError> {
    let mut statement = c.prepare_cached(&format!(
        "SELECT rowid FROM listing_text WHERE listing_text MATCH ?1 ORDER BY rowid {}",
        stretch.order.sql()
    ))?;
    let mut rows = statement.query([words])?;
    let mut hits = Hits::default();
    while let Some(row) = rows.next()? {
        let row: i64 = row.get(0)?;
        hits.total = hits.total.saturating_add(1);
        if stretch.holds(row) && hits.rows.len() < stretch.most {
            hits.rows.push(row);
        }
    }
    Ok(hits)
}

/// Any other list is a stretch of one of the indexes of `listing`.
fn narrowed(
    c: &Connection,
    unit: UnitId,
    filter: &Filter,
    stretch: Stretch,
) -> Result<Hits, StoreError> {
    let mut condition = String::from("unit_id = ?");
    let mut values = vec![Value::from(unit.to_string())];
    for (column, wanted) in [
        ("stage", &filter.stage),
        ("form", &filter.form),
        ("month", &filter.month),
    ] {
        if !wanted.is_empty() {
            condition.push_str(&format!(" AND {column} = ?"));
            values.push(Value::from(wanted.clone()));
        }
    }
    let total: i64 = c
        .prepare_cached(&format!("SELECT count(*) FROM listing WHERE {condition}"))?
        .query_row(params_from_iter(values.iter()), |r| r.get(0))?;
    let beyond = match stretch.order {
        Order::NewestFirst => '<',
        Order::OldestFirst => '>',
    };
    let mut statement = c.prepare_cached(&format!(
        "SELECT row FROM listing WHERE {condition} AND row {beyond} ? ORDER BY row {} LIMIT ?",
        stretch.order.sql()
    ))?;
    let most = i64::try_from(stretch.most).unwrap_or(i64::MAX);
    let bounds = [Value::from(stretch.after), Value::from(most)];
    let rows = statement.query_map(params_from_iter(values.into_iter().chain(bounds)), |r| {
        r.get(0)
    })?;
    Ok(Hits {
        rows: rows.collect::<Result<_, _>>()?,
        total: u64::try_from(total).unwrap_or(0),
    })
}

/// What the list shows of a row.
fn shown(c: &Connection, row: i64) -> Result<ListRow, StoreError> {
    let shown = c
        .prepare_cached(
            "SELECT d.id, r.doc_number, r.form, r.title, r.payee, r.total, r.state, r.step,
                    r.park_reason, d.treasury, d.changed_at
             FROM listing l
             CROSS JOIN dossier d ON d.id = l.dossier_id
             CROSS JOIN revision r ON r.dossier_id = d.id AND r.number = d.revision
             WHERE l.row = ?1",
        )?
        .query_row([row], |r| {
            Ok(ListRow {
                id: sql::parsed(r, 0)?,
                number: r.get(1)?,
                form: r.get(2)?,
                title: r.get(3)?,
                payee: r.get(4)?,
                total: sql::dong(r, 5)?,
                local: life::state(r, 6)?,
                treasury: sql::json(r, 9)?,
                changed: sql::parsed(r, 10)?,
            })
        })?;
    Ok(shown)
}

/// When a dossier changed last, by the clock of that moment: a clock that says less was set back.
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

/// Numbers beside the menu of a unit. An answer that a new revision is being made for is not
/// counted any more.
pub fn counts(c: &Connection, unit: UnitId) -> Result<Counts, StoreError> {
    let found = c
        .prepare_cached(&format!(
            "SELECT
                 (SELECT count(*) FROM listing WHERE unit_id = ?1 AND stage = 'signing'),
                 (SELECT count(*) FROM listing WHERE unit_id = ?1 AND stage = 'waiting'),
                 (SELECT count(*) FROM dossier d
                  CROSS JOIN revision r ON r.dossier_id = d.id AND r.number = d.revision
                  WHERE d.unit_id = ?1 AND {}
                    AND (d.unread = 1 OR r.state = 'sent'))",
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
