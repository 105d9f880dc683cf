//! Hồ sơ with the treasury's column. Moves no state: [`crate::life`] and [`crate::revisions`] do.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use hoso_domain::id::{DossierId, PersonId, UnitId};
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::voucher::Voucher;

use crate::audit::{self, Act, Params};
use crate::error::StoreError;
use crate::revisions::{self, Revision, Summary};
use crate::store::Store;
use crate::{By, listing, sql};

/// What a new dossier starts with.
#[derive(Clone, Debug)]
pub struct NewDossier {
    pub id: DossierId,
    pub unit: UnitId,
    pub procedure: String,
    pub budget_year: i32,
    pub vouchers: Vec<Voucher>,
    pub summary: Summary,
}

/// A dossier over all its revisions.
#[derive(Clone, PartialEq, Debug)]
pub struct Dossier {
    pub id: DossierId,
    pub unit: UnitId,
    pub procedure: String,
    pub budget_year: i32,
    /// The current revision's number.
    pub revision: u32,
    pub treasury: TreasuryState,
    /// Version of the portal's last word; 0 before the first.
    pub treasury_version: u64,
    /// Mã số hồ sơ, blank until the treasury gives it.
    pub treasury_number: String,
    /// The treasury's own words with its last status.
    pub treasury_text: String,
    pub treasury_at: Option<DateTime<Utc>>,
    pub appointment: Option<DateTime<Utc>>,
    /// Nobody has opened the treasury's last answer yet.
    pub unread: bool,
    pub created_at: DateTime<Utc>,
    pub created_by: PersonId,
    pub changed_at: DateTime<Utc>,
}

/// A dossier with its current revision.
#[derive(Clone, PartialEq, Debug)]
pub struct Current {
    pub dossier: Dossier,
    pub revision: Revision,
}

/// What lists, search and books are derived from.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub dossier: &'a Dossier,
    pub state: &'a LocalState,
    /// The treasury's word as far as it is about this revision: [`crate::life::word_of`].
    pub word: &'a TreasuryState,
    pub summary: &'a Summary,
    pub vouchers: &'a [Voucher],
}

impl Source<'_> {
    pub(crate) fn books_year(&self) -> i32 {
        books_year(self.dossier, self.vouchers)
    }
}

/// As the vouchers say, until 31 January also the year before the one the dossier was made in.
fn books_year(dossier: &Dossier, vouchers: &[Voucher]) -> i32 {
    let said = |v: &Voucher| v.field("budget_year").parse().ok();
    vouchers
        .iter()
        .find_map(said)
        .unwrap_or(dossier.budget_year)
}

impl Current {
    pub(crate) fn source<'a>(&'a self, word: &'a TreasuryState) -> Source<'a> {
        Source {
            dossier: &self.dossier,
            state: &self.revision.state,
            word,
            summary: &self.revision.summary,
            vouchers: &self.revision.vouchers,
        }
    }

    /// The budget year whose books it stands in.
    pub fn books_year(&self) -> i32 {
        books_year(&self.dossier, &self.revision.vouchers)
    }
}

/// Which dossiers of a unit [`select`] brings.
#[derive(Clone, Copy, Debug)]
pub enum Which {
    /// Being written.
    Drafts,
    /// Waiting for a signature.
    ToSign,
    /// Signed and not sent: queued, held, sending, unknown, parked.
    Waiting,
    /// Answers nobody has opened yet, or that wait for the unit's next step.
    ToLookAt,
}

/// Makes a dossier with its first revision as a draft; audit row `draft-created`.
pub fn create(tx: &Transaction<'_>, new: &NewDossier, by: By) -> Result<(), StoreError> {
    let at = sql::instant(by.at);
    tx.prepare_cached(
        "INSERT INTO dossier
             (id, unit_id, procedure, budget_year, created_at, created_by, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5)",
    )?
    .execute(params![
        new.id.to_string(),
        new.unit.to_string(),
        new.procedure,
        new.budget_year,
        at,
        by.person.to_string(),
    ])?;
    revisions::insert_first(tx, new, by)?;
    listing::refresh(tx, new.id)?;
    let act = Act {
        unit: Some(new.unit),
        act: "draft-created",
        dossier: Some(new.id),
        params: Params::from([("form".to_owned(), new.summary.form.clone())]),
    };
    audit::append(tx, &act, by)?;
    Ok(())
}

/// Throws a dossier away that was never signed; audit row `draft-deleted`. Of one the treasury has said
/// something the store that was lost since the backup sent it, and it stays ([`StoreError::WrongState`]).
pub fn delete_draft(tx: &Transaction<'_>, id: DossierId, by: By) -> Result<(), StoreError> {
    let Current { dossier, revision } = current(tx, id)?;
    let spoken_of = dossier.treasury_version > 0 || dossier.treasury != TreasuryState::None;
    if revision.state != LocalState::Draft || dossier.revision != 1 || spoken_of {
        return Err(StoreError::WrongState {
            found: revision.state,
        });
    }
    listing::remove(tx, id)?;
    for statement in [
        "DELETE FROM posting WHERE dossier_id = ?1",
        "DELETE FROM trace WHERE dossier_id = ?1",
        "DELETE FROM contract_dossier WHERE dossier_id = ?1",
        "DELETE FROM attachment WHERE dossier_id = ?1",
        "DELETE FROM revision WHERE dossier_id = ?1",
        "DELETE FROM dossier WHERE id = ?1",
    ] {
        tx.prepare_cached(statement)?.execute([id.to_string()])?;
    }
    let act = Act {
        unit: Some(dossier.unit),
        act: "draft-deleted",
        dossier: Some(id),
        params: Params::from([("title".to_owned(), revision.summary.title)]),
    };
    audit::append(tx, &act, by)?;
    Ok(())
}

/// The treasury's last answer was opened.
pub fn mark_read(tx: &Transaction<'_>, id: DossierId) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE dossier SET unread = 0 WHERE id = ?1")?
        .execute([id.to_string()])?;
    Ok(())
}

const COLUMNS: &str = "d.id, d.unit_id, d.procedure, d.budget_year, d.revision, d.treasury,
    d.treasury_version, d.treasury_number, d.treasury_text, d.treasury_at, d.appointment, d.unread,
    d.created_at, d.created_by, d.changed_at";

/// How many columns of [`COLUMNS`] come before the revision's.
const WIDTH: usize = 15;

pub fn get(c: &Connection, id: DossierId) -> Result<Dossier, StoreError> {
    c.prepare_cached(&format!("SELECT {COLUMNS} FROM dossier d WHERE d.id = ?1"))?
        .query_row([id.to_string()], row)
        .optional()?
        .ok_or(StoreError::NotFound { what: "dossier" })
}

/// A dossier with its current revision.
pub fn current(c: &Connection, id: DossierId) -> Result<Current, StoreError> {
    one(c, id, revisions::COLUMNS)
}

/// [`current`] without its vouchers, however long they are.
pub fn described(c: &Connection, id: DossierId) -> Result<Current, StoreError> {
    one(c, id, &revisions::COLUMNS.replace("r.vouchers", "'[]'"))
}

fn one(c: &Connection, id: DossierId, of_revision: &str) -> Result<Current, StoreError> {
    let query = format!(
        "SELECT {COLUMNS}, {of_revision} FROM dossier d
         JOIN revision r ON r.dossier_id = d.id AND r.number = d.revision WHERE d.id = ?1"
    );
    c.prepare_cached(&query)?
        .query_row([id.to_string()], both)
        .optional()?
        .ok_or(StoreError::NotFound { what: "dossier" })
}

/// The ids of all dossiers, oldest first; in a damaged file those before the first page that cannot be
/// read and those after the last.
pub fn readable_ids(store: &Store) -> Result<Vec<DossierId>, StoreError> {
    // a connection each: after a bad page one answers nothing more
    let one_way = |order: &str| -> Result<(Vec<DossierId>, bool), StoreError> {
        let c = store.reader()?;
        let mut statement = c.prepare(&format!("SELECT id FROM dossier ORDER BY id {order}"))?;
        let rows = statement.query_map([], |r| sql::parsed(r, 0))?;
        let found: Vec<rusqlite::Result<DossierId>> = rows.collect();
        let whole = found.iter().all(Result::is_ok);
        Ok((found.into_iter().flatten().collect(), whole))
    };
    let (mut ids, whole) = one_way("ASC")?;
    if !whole {
        let (end, _) = one_way("DESC").unwrap_or_default();
        let known: BTreeSet<DossierId> = ids.iter().copied().collect();
        ids.extend(end.into_iter().rev().filter(|id| !known.contains(id)));
    }
    Ok(ids)
}

/// The budget year each dossier was made in, as far as they can be read. Its books may be those of the
/// year before or after: see [`Current::books_year`].
pub fn years(store: &Store) -> Result<BTreeMap<DossierId, i32>, StoreError> {
    let c = store.reader()?;
    let mut statement = c.prepare("SELECT id, budget_year FROM dossier")?;
    let rows = statement.query_map([], |r| {
        Ok((sql::parsed::<DossierId>(r, 0)?, r.get::<_, i32>(1)?))
    })?;
    Ok(rows.map_while(Result::ok).collect())
}

/// Bytes of a dossier's files when they are written out: both drawers, and what was signed in each
/// revision.
pub fn size(c: &Connection, id: DossierId) -> Result<u64, StoreError> {
    let size = c
        .prepare_cached(
            "SELECT (SELECT coalesce(sum(size), 0) FROM attachment WHERE dossier_id = ?1)
                  + (SELECT coalesce(sum(size), 0) FROM entry WHERE dossier_id = ?1)",
        )?
        .query_row([id.to_string()], |r| sql::unsigned(r, 0))?;
    Ok(size)
}

/// The condition of the index `dossier_to_look_at`, word for word: SQLite takes it for no other.
pub(crate) const TO_LOOK_AT: &str = "(d.unread = 1 OR json_extract(d.treasury, '$.status')
    IN ('supplement-asked', 'refused', 'money-returned'))";

/// Dossiers of a unit with their current revisions, newest change first.
pub fn select(c: &Connection, unit: UnitId, which: Which) -> Result<Vec<Current>, StoreError> {
    // begins with what is few, since after ten years nearly every dossier is done; the + keeps
    // SQLite from walking them all for the sake of the order
    let (from, condition) = match which {
        Which::Drafts => (BY_STATE, "r.unit_id = ?1 AND r.state = 'draft'"),
        Which::ToSign => (BY_STATE, "r.unit_id = ?1 AND r.state = 'awaiting'"),
        Which::Waiting => (
            BY_STATE,
            "r.unit_id = ?1 AND r.state IN ('queued', 'held', 'sending', 'unknown', 'parked')",
        ),
        Which::ToLookAt => (BY_UNIT, TO_LOOK_AT),
    };
    let query = format!(
        "SELECT {COLUMNS}, {} FROM {from}
         WHERE d.unit_id = ?1 AND {condition} ORDER BY +d.changed_at DESC, d.id DESC",
        revisions::COLUMNS
    );
    let mut statement = c.prepare_cached(&query)?;
    let rows = statement.query_map([unit.to_string()], both)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What Kết quả shows: sent or answered, newest change first; and the key of the rows after these.
pub fn answered(
    c: &Connection,
    unit: UnitId,
    after: Option<&str>,
    limit: u32,
) -> Result<(Vec<Current>, Option<String>), StoreError> {
    let query = format!(
        "SELECT {COLUMNS}, {} FROM {BY_UNIT}
         WHERE d.unit_id = ?1 AND (d.changed_at, d.id) < (?2, ?3)
           AND (r.state = 'sent' OR d.treasury_at <> '')
         ORDER BY d.changed_at DESC, d.id DESC LIMIT ?4",
        revisions::COLUMNS
    );
    // above every instant that is written
    let (changed, id) = after.and_then(|k| k.split_once(' ')).unwrap_or(("~", ""));
    let mut statement = c.prepare_cached(&query)?;
    // one more than asked for tells whether there is a next page
    let wanted = limit.max(1);
    let asked = params![unit.to_string(), changed, id, i64::from(wanted) + 1];
    let mut rows: Vec<Current> = statement
        .query_map(asked, both)?
        .collect::<Result<_, _>>()?;
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let more = rows.len() > wanted;
    rows.truncate(wanted);
    let last = rows.last().filter(|_| more).map(|r| &r.dossier);
    let after = last.map(|d| format!("{} {}", sql::instant(d.changed_at), d.id));
    Ok((rows, after))
}

/// A CROSS JOIN keeps its order.
const BY_STATE: &str =
    "revision r CROSS JOIN dossier d ON d.id = r.dossier_id AND d.revision = r.number";
const BY_UNIT: &str =
    "dossier d CROSS JOIN revision r ON r.dossier_id = d.id AND r.number = d.revision";

/// Dossiers of all units whose current revision is in one of the courier's states: what is taken
/// up again at start.
pub fn waiting(c: &Connection) -> Result<Vec<Current>, StoreError> {
    let query = format!(
        "SELECT {COLUMNS}, {} FROM unit u
         CROSS JOIN revision r ON r.unit_id = u.unit_id
         CROSS JOIN dossier d ON d.id = r.dossier_id AND d.revision = r.number
         WHERE r.state IN ('queued', 'held', 'sending', 'unknown', 'parked')
         ORDER BY d.changed_at, d.id",
        revisions::COLUMNS
    );
    let mut statement = c.prepare_cached(&query)?;
    let rows = statement.query_map([], both)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn row(r: &Row<'_>) -> rusqlite::Result<Dossier> {
    Ok(Dossier {
        id: sql::parsed(r, 0)?,
        unit: sql::parsed(r, 1)?,
        procedure: r.get(2)?,
        budget_year: r.get(3)?,
        revision: r.get(4)?,
        treasury: sql::json(r, 5)?,
        treasury_version: sql::unsigned(r, 6)?,
        treasury_number: r.get(7)?,
        treasury_text: r.get(8)?,
        treasury_at: sql::parsed_or_blank(r, 9)?,
        appointment: sql::parsed_or_blank(r, 10)?,
        unread: r.get(11)?,
        created_at: sql::parsed(r, 12)?,
        created_by: sql::parsed(r, 13)?,
        changed_at: sql::parsed(r, 14)?,
    })
}

fn both(r: &Row<'_>) -> rusqlite::Result<Current> {
    Ok(Current {
        dossier: row(r)?,
        revision: revisions::row(r, WIDTH)?,
    })
}
