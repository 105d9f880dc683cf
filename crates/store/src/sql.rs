//! Small conversions between rows and domain values. No statement lives here.

use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::types::Type;
use rusqlite::{Row, RowIndex};
use serde::Serialize;
use serde::de::DeserializeOwned;

use hoso_domain::digest::Digest;
use hoso_domain::money::Dong;

use crate::error::StoreError;

/// RFC 3339 UTC with microseconds: fixed width, so that text order is time order.
pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// [`instant`], or `''`.
pub(crate) fn instant_or_blank(at: Option<DateTime<Utc>>) -> String {
    at.map(instant).unwrap_or_default()
}

fn unreadable<E: std::error::Error + Send + Sync + 'static>(e: E) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(e))
}

#[derive(Debug, thiserror::Error)]
#[error("not the text expected in this column")]
struct Malformed;

/// A text column parsed: ids, instants.
pub(crate) fn parsed<T>(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<T>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    row.get::<_, String>(column)?.parse().map_err(unreadable)
}

/// [`parsed`], `None` where the column is blank.
pub(crate) fn parsed_or_blank<T>(
    row: &Row<'_>,
    column: impl RowIndex,
) -> rusqlite::Result<Option<T>>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let text: String = row.get(column)?;
    if text.is_empty() {
        Ok(None)
    } else {
        text.parse().map(Some).map_err(unreadable)
    }
}

pub(crate) fn digest(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Digest> {
    Digest::from_hex(&row.get::<_, String>(column)?).ok_or_else(|| unreadable(Malformed))
}

pub(crate) fn dong(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Dong> {
    Dong::new(row.get(column)?).map_err(unreadable)
}

/// SQLite holds i64; counts and sizes here are never negative.
pub(crate) fn unsigned(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<u64> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(unreadable)
}

pub(crate) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A JSON column.
pub(crate) fn json<T: DeserializeOwned>(
    row: &Row<'_>,
    column: impl RowIndex,
) -> rusqlite::Result<T> {
    serde_json::from_str(&row.get::<_, String>(column)?).map_err(unreadable)
}

/// JSON for a column.
pub(crate) fn to_json<T: Serialize + ?Sized>(
    what: &'static str,
    value: &T,
) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(StoreError::content(what))
}

/// A unit-only enum written as its serde name.
pub(crate) fn word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value).map_err(StoreError::content("word"))? {
        serde_json::Value::String(s) => Ok(s),
        _ => Err(StoreError::Content {
            what: "word",
            source: serde::ser::Error::custom("not a plain word"),
        }),
    }
}

/// Reads [`word`].
pub(crate) fn from_word<T: DeserializeOwned>(
    row: &Row<'_>,
    column: impl RowIndex,
) -> rusqlite::Result<T> {
    serde_json::from_value(serde_json::Value::String(row.get(column)?)).map_err(unreadable)
}
