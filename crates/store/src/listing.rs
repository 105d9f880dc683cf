//! The list Hồ sơ: filters, accent-free search, paging by key. Everything in it is derived from
//! dossier and revision and can be rebuilt.

use chrono::{DateTime, FixedOffset, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Transaction, params, params_from_iter};

use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::money::Dong;
use hoso_domain::text::fold;

use crate::dossiers::{self, Current};
use crate::error::StoreError;
use crate::{life, sql, traces};

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
}

/// One row; newest change first.
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

/// The user's day: UTC+7, whatever the machine's zone.
fn month(at: DateTime<Utc>) -> String {
    match FixedOffset::east_opt(7 * 3600) {
        Some(zone) => at.with_timezone(&zone).format("%Y-%m").to_string(),
        None => at.format("%Y-%m").to_string(),
    }
}

/// Brings the derived row up to its dossier.
pub(crate) fn refresh(tx: &Transaction<'_>, id: DossierId) -> Result<(), StoreError> {
    let current = dossiers::current(tx, id)?;
    let word = life::word_of(tx, &current)?;
    let Current { dossier, revision } = current;
    let s = &revision.summary;
    let folded = format!(
        "{} {} {} {} {} {}",
        fold(&s.title),
        fold(&s.payee),
        fold(&s.number),
        s.total.get(),
        fold(&dossier.treasury_number),
        fold(&s.search)
    );
    let month = s
        .day
        .map(|d| d.format("%Y-%m").to_string())
        .unwrap_or_else(|| month(dossier.created_at));
    tx.prepare_cached(
        "INSERT INTO listing (dossier_id, unit_id, stage, form, month, changed_at, folded)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (dossier_id) DO UPDATE SET
             stage = excluded.stage, form = excluded.form, month = excluded.month,
             changed_at = excluded.changed_at, folded = excluded.folded",
    )?
    .execute(params![
        id.to_string(),
        dossier.unit.to_string(),
        stage(&revision.state, &word),
        s.form,
        month,
        sql::instant(dossier.changed_at),
        folded,
    ])?;
    traces::refresh(tx, id)
}

/// Makes every derived row anew.
pub fn rebuild(tx: &Transaction<'_>) -> Result<(), StoreError> {
    let ids: Vec<DossierId> = {
        let mut statement = tx.prepare("SELECT id FROM dossier")?;
        let rows = statement.query_map([], |r| sql::parsed(r, 0))?;
        rows.collect::<Result<_, _>>()?
    };
    for id in ids {
        refresh(tx, id)?;
    }
    Ok(())
}

/// The search as FTS5 reads it: every word a quoted prefix. `None`: nothing to look for.
fn matching(text: &str) -> Option<String> {
    let folded = fold(text);
    // 1.250.000 is one amount, not three words
    let joined = join_thousands(&folded);
    let words: Vec<String> = joined
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(|w| format!("\"{w}\"*"))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn join_thousands(text: &str) -> String {
    text.split_whitespace()
        .map(|w| {
            let plain: String = w.chars().filter(|c| !matches!(c, '.' | ',')).collect();
            let groups = w.split(['.', ',']).skip(1).all(|g| g.len() == 3);
            let digits = !plain.is_empty() && plain.chars().all(|c| c.is_ascii_digit());
            if digits && groups {
                plain
            } else {
                w.to_owned()
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
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
    let (from, condition, values) = condition(unit, filter);
    let total: i64 = c
        .prepare_cached(&format!("SELECT count(*) FROM {from} WHERE {condition}"))?
        .query_row(params_from_iter(values.iter()), |r| r.get(0))?;
    let key = after.and_then(|k| k.split_once(' '));
    let (key_condition, key_values) = match key {
        Some((changed, id)) => (
            "AND (l.changed_at, l.dossier_id) < (?, ?)",
            vec![Value::from(changed.to_owned()), Value::from(id.to_owned())],
        ),
        None => ("", Vec::new()),
    };
    let query = format!(
        "SELECT l.dossier_id, r.doc_number, r.form, r.title, r.payee, r.total, r.state, r.step,
                r.park_reason, d.treasury, l.changed_at
         FROM {from}
         JOIN dossier d ON d.id = l.dossier_id
         JOIN revision r ON r.dossier_id = d.id AND r.number = d.revision
         WHERE {condition} {key_condition}
         ORDER BY l.changed_at DESC, l.dossier_id DESC LIMIT ?"
    );
    let wanted = limit.max(1);
    // one more than asked for tells whether there is a next page
    let all = values
        .into_iter()
        .chain(key_values)
        .chain([Value::from(i64::from(wanted) + 1)]);
    let mut statement = c.prepare_cached(&query)?;
    let mut rows: Vec<ListRow> = statement
        .query_map(params_from_iter(all), |r| {
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
        })?
        .collect::<Result<_, _>>()?;
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let more = rows.len() > wanted;
    rows.truncate(wanted);
    let after = rows
        .last()
        .filter(|_| more)
        .map(|r| format!("{} {}", sql::instant(r.changed), r.id));
    Ok(Page {
        rows,
        after,
        total: u64::try_from(total).unwrap_or(0),
    })
}

/// Where to look, what must hold there, and its values in their order. A search begins with the hits
/// of the text: walked in the list's own order, each of 100,000 rows would be asked whether it is one.
fn condition(unit: UnitId, filter: &Filter) -> (&'static str, String, Vec<Value>) {
    let mut from = "listing l";
    let mut condition = String::from("l.unit_id = ?");
    let mut values = vec![Value::from(unit.to_string())];
    for (column, wanted) in [
        ("stage", &filter.stage),
        ("form", &filter.form),
        ("month", &filter.month),
    ] {
        if !wanted.is_empty() {
            condition.push_str(&format!(" AND l.{column} = ?"));
            values.push(Value::from(wanted.clone()));
        }
    }
    if let Some(words) = matching(&filter.text) {
        from = "listing_text CROSS JOIN listing l ON l.row = listing_text.rowid";
        condition.push_str(" AND listing_text MATCH ?");
        values.push(Value::from(words));
    }
    (from, condition, values)
}

/// When a dossier changed last, by the clock of that moment: a clock that says less was set back.
pub fn newest_change(c: &Connection) -> Result<Option<DateTime<Utc>>, StoreError> {
    let newest = c
        .prepare_cached(
            "SELECT coalesce(max((SELECT l.changed_at FROM listing l WHERE l.unit_id = u.unit_id
                 ORDER BY l.changed_at DESC LIMIT 1)), '') FROM unit u",
        )?
        .query_row([], |r| sql::parsed_or_blank(r, 0))?;
    Ok(newest)
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
