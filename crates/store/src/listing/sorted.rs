//! The list by amount or by voucher's day. Equal ones stand by their dossiers' ids, so that a page
//! follows the one before it whatever changes meanwhile; those without a day stand last, either way.

use std::cmp::Ordering;

use chrono::NaiveDate;
use rusqlite::types::Value;
use rusqlite::{Connection, Row};

use hoso_domain::id::{DossierId, UnitId};

use super::{Filter, Hit, Hits, Narrowing, Order, matching, words};
use crate::error::StoreError;

/// Up to so many hits are looked up and sorted. Where there are more, the order's own index is walked:
/// it meets one of them every few steps, so a page is full soon.
const FEW: u64 = 500;

/// What the list goes by.
#[derive(Clone, Copy)]
pub(super) enum Column {
    Total,
    Day,
}

impl Column {
    /// In `listing`; its index is `listing_by_` this.
    fn name(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Day => "day",
        }
    }

    /// The place that stands first in a row: this column, then `dossier_id`.
    fn place(self, r: &Row<'_>) -> rusqlite::Result<Place> {
        let key = match self {
            Self::Total => Key::Total(r.get(0)?),
            Self::Day => Key::Day(r.get(0)?),
        };
        Ok(Place { key, id: r.get(1)? })
    }
}

/// One page of hits that come after the key of the page before.
pub(super) fn hits(
    c: &Connection,
    unit: UnitId,
    filter: &Filter,
    column: Column,
    after: Option<&str>,
    most: usize,
) -> Result<Hits, StoreError> {
    let list = Sorted {
        column,
        order: filter.order,
    };
    let after = after.and_then(|key| list.read(key));
    let narrowing = Narrowing::of(unit, filter);
    let matched = words::asked(unit, filter)
        .map(|words| matched(c, &words))
        .transpose()?;
    let total = match &matched {
        Some(rows) => u64::try_from(rows.len()).unwrap_or(u64::MAX),
        None => narrowing.count(c)?,
    };
    let found = match matched {
        Some(rows) if total <= FEW => list.looked_up(c, &rows, after.as_ref(), most)?,
        None if total <= FEW && narrowing.narrows() => {
            list.looked_up(c, &narrowing.rows(c)?, after.as_ref(), most)?
        }
        matched => list.walked(c, &narrowing, matched.as_deref(), after, most)?,
    };
    Ok(Hits { found, total })
}

/// The rows a search finds, ascending.
fn matched(c: &Connection, words: &str) -> Result<Vec<i64>, StoreError> {
    let mut statement = c.prepare_cached(&matching(Order::OldestFirst))?;
    let rows = statement.query_map([words], |r| r.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[derive(Clone, Copy)]
struct Sorted {
    column: Column,
    order: Order,
}

impl Sorted {
    /// The place a page's key says; `None` for a key of another order.
    fn read(self, key: &str) -> Option<Place> {
        let (key, id) = key.split_once(' ')?;
        let id: DossierId = id.parse().ok()?;
        let key = match self.column {
            Column::Total => Key::Total(key.parse().ok()?),
            Column::Day if key.is_empty() => Key::Day(String::new()),
            Column::Day => Key::Day(key.parse::<NaiveDate>().ok()?.to_string()),
        };
        let id = id.to_string();
        Some(Place { key, id })
    }

    fn compare(self, a: &Place, b: &Place) -> Ordering {
        let apart = if self.order.descends() {
            b.cmp(a)
        } else {
            a.cmp(b)
        };
        a.undated().cmp(&b.undated()).then(apart)
    }

    /// Of few rows the first ones after a place.
    fn looked_up(
        self,
        c: &Connection,
        rows: &[i64],
        after: Option<&Place>,
        most: usize,
    ) -> Result<Vec<Hit>, StoreError> {
        let mut statement = c.prepare_cached(&format!(
            "SELECT {}, dossier_id FROM listing WHERE row = ?1",
            self.column.name()
        ))?;
        let mut places = Vec::with_capacity(rows.len());
        for row in rows {
            let place = statement.query_row([*row], |r| self.column.place(r))?;
            if after.is_none_or(|after| self.compare(&place, after).is_gt()) {
                places.push((place, *row));
            }
        }
        places.sort_by(|(a, _), (b, _)| self.compare(a, b));
        places.truncate(most);
        Ok(places.iter().map(|(place, row)| place.hit(*row)).collect())
    }

    /// The first ones after a place, by the order's own index; of a search's those that matched it.
    fn walked(
        self,
        c: &Connection,
        narrowing: &Narrowing,
        matched: Option<&[i64]>,
        after: Option<Place>,
        most: usize,
    ) -> Result<Vec<Hit>, StoreError> {
        let (column, order) = (self.column.name(), self.order.sql());
        let (condition, beyond) = (&narrowing.condition, self.order.beyond());
        let mut statement = c.prepare_cached(&format!(
            "SELECT {column}, dossier_id, row FROM listing INDEXED BY listing_by_{column}
             WHERE {condition} AND ({column}, dossier_id) {beyond} (?, ?)
             ORDER BY {column} {order}, dossier_id {order}"
        ))?;
        let mut hits = Vec::new();
        for start in self.starts(after) {
            let bounds = [start.key.value(), Value::from(start.id.clone())];
            let mut rows = statement.query(narrowing.values_and(bounds))?;
            while let Some(r) = rows.next()? {
                let place = self.column.place(r)?;
                if place.undated() != start.undated() {
                    break;
                }
                let row: i64 = r.get(2)?;
                if matched.is_none_or(|all| all.binary_search(&row).is_ok()) {
                    hits.push(place.hit(row));
                }
                if hits.len() >= most {
                    return Ok(hits);
                }
            }
        }
        Ok(hits)
    }

    /// Where the index is entered: after the page before or at its end, and once more for those
    /// without a day, which it holds before all days.
    fn starts(self, after: Option<Place>) -> Vec<Place> {
        // in ASCII around every day and id
        let edge = if self.order.descends() { "~" } else { "!" };
        let at = |key| Place {
            key,
            id: edge.to_owned(),
        };
        let top = match self.column {
            Column::Total if self.order.descends() => Key::Total(i64::MAX),
            Column::Total => Key::Total(i64::MIN),
            Column::Day => Key::Day(edge.to_owned()),
        };
        let first = after.unwrap_or_else(|| at(top));
        match self.column {
            Column::Day if !first.undated() => vec![first, at(Key::Day(String::new()))],
            _ => vec![first],
        }
    }
}

/// Where a dossier stands in such a list.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    key: Key,
    id: String,
}

/// Amount, or ISO day; `''` without one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Total(i64),
    Day(String),
}

impl Key {
    fn value(&self) -> Value {
        match self {
            Self::Total(total) => Value::from(*total),
            Self::Day(day) => Value::from(day.clone()),
        }
    }
}

impl Place {
    fn undated(&self) -> bool {
        matches!(&self.key, Key::Day(day) if day.is_empty())
    }

    fn hit(&self, row: i64) -> Hit {
        let id = &self.id;
        let key = match &self.key {
            Key::Total(total) => format!("{total} {id}"),
            Key::Day(day) => format!("{day} {id}"),
        };
        Hit { row, key }
    }
}
