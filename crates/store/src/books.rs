//! Sổ theo dõi as a person keeps it: entries, contracts, movements of the treasury, column maps and
//! pay tables. Works out nothing: `domain::book` does.

mod candidates;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use hoso_domain::book::{Contract, Document, Movement, Posting};
use hoso_domain::id::{DossierId, EntryId, PersonId, ResultId, UnitId};

use crate::audit::{self, Act, Params};
use crate::error::StoreError;
use crate::{By, sql, traces};

pub use candidates::candidates;

/// A posting a person entered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BookEntry {
    pub id: EntryId,
    pub posting: Posting,
    /// Budget year it counts for.
    pub year: i32,
    /// Quyết định, giấy báo …
    pub document_no: String,
    pub document_day: Option<NaiveDate>,
    pub note: String,
    pub entered_at: DateTime<Utc>,
    pub entered_by: PersonId,
}

/// Keeps entries of one act; audit row `book-entered` with their number.
pub fn enter(
    tx: &Transaction<'_>,
    unit: UnitId,
    entries: &[BookEntry],
    by: By,
) -> Result<(), StoreError> {
    for entry in entries {
        let p = &entry.posting;
        tx.prepare_cached(
            "INSERT INTO book_entry
                 (id, unit_id, year, day, kind, account, source, sector, programme,
                  economic_content, contract, amount, document_no, document_day, note, entered_at,
                  entered_by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        )?
        .execute(params![
            entry.id.to_string(),
            unit.to_string(),
            entry.year,
            p.day.to_string(),
            sql::word(&p.kind)?,
            p.account,
            p.source,
            p.sector,
            p.programme,
            p.economic_content,
            p.contract,
            p.amount.get(),
            entry.document_no,
            entry
                .document_day
                .map(|d| d.to_string())
                .unwrap_or_default(),
            entry.note,
            sql::instant(by.at),
            by.person.to_string(),
        ])?;
    }
    let params = Params::from([("count".to_owned(), entries.len().to_string())]);
    act(tx, unit, "book-entered", params, by)
}

/// Strikes an entry out, and with it the other half of a pair; both stay readable. Audit row
/// `book-struck` for each.
pub fn strike(tx: &Transaction<'_>, unit: UnitId, id: EntryId, by: By) -> Result<(), StoreError> {
    let twin = twin(tx, unit, id)?;
    strike_one(tx, unit, id, by)?;
    match twin {
        Some(twin) => strike_one(tx, unit, twin, by),
        None => Ok(()),
    }
}

/// A cleared advance and the same amount as spending were entered by one act and say the same; of
/// several such pairs it does not matter which is whose.
fn twin(c: &Connection, unit: UnitId, id: EntryId) -> Result<Option<EntryId>, StoreError> {
    let found = c
        .prepare_cached(
            "SELECT b.id FROM book_entry a
             JOIN book_entry b ON b.unit_id = a.unit_id AND b.year = a.year AND b.day = a.day
                 AND b.entered_at = a.entered_at AND b.account = a.account AND b.source = a.source
                 AND b.sector = a.sector AND b.programme = a.programme
                 AND b.economic_content = a.economic_content AND b.contract = a.contract
                 AND b.amount = a.amount AND b.document_no = a.document_no
                 AND b.document_day = a.document_day AND b.note = a.note AND b.struck_at = ''
             WHERE a.id = ?1 AND a.unit_id = ?2
               AND (a.kind = 'cleared' AND b.kind = 'settled'
                    OR a.kind = 'settled' AND b.kind = 'cleared')
             ORDER BY b.id LIMIT 1",
        )?
        .query_row(params![id.to_string(), unit.to_string()], |r| {
            sql::parsed(r, 0)
        })
        .optional()?;
    Ok(found)
}

fn strike_one(tx: &Transaction<'_>, unit: UnitId, id: EntryId, by: By) -> Result<(), StoreError> {
    let n = tx
        .prepare_cached(
            "UPDATE book_entry SET struck_at = ?3, struck_by = ?4
             WHERE id = ?1 AND unit_id = ?2 AND struck_at = ''",
        )?
        .execute(params![
            id.to_string(),
            unit.to_string(),
            sql::instant(by.at),
            by.person.to_string()
        ])?;
    if n == 0 {
        return Err(StoreError::NotFound { what: "book entry" });
    }
    let params = Params::from([("entry".to_owned(), id.to_string())]);
    act(tx, unit, "book-struck", params, by)
}

fn act(
    tx: &Transaction<'_>,
    unit: UnitId,
    name: &str,
    params: Params,
    by: By,
) -> Result<(), StoreError> {
    let act = Act {
        unit: Some(unit),
        act: name,
        dossier: None,
        params,
    };
    audit::append(tx, &act, by)?;
    Ok(())
}

/// The entries of a unit's year that stand, oldest first.
pub fn entries(c: &Connection, unit: UnitId, year: i32) -> Result<Vec<BookEntry>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT day, kind, account, source, sector, programme, economic_content, contract, amount,
                id, year, document_no, document_day, note, entered_at, entered_by
         FROM book_entry WHERE unit_id = ?1 AND year = ?2 AND struck_at = '' ORDER BY day, id",
    )?;
    let rows = statement.query_map(params![unit.to_string(), year], entry)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The entries of every year that belong to a contract.
pub fn entries_of_contract(
    c: &Connection,
    unit: UnitId,
    contract: &str,
) -> Result<Vec<BookEntry>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT day, kind, account, source, sector, programme, economic_content, contract, amount,
                id, year, document_no, document_day, note, entered_at, entered_by
         FROM book_entry
         WHERE unit_id = ?1 AND contract = ?2 AND contract <> '' AND struck_at = ''
         ORDER BY day, id",
    )?;
    let rows = statement.query_map(params![unit.to_string(), contract], entry)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn entry(r: &rusqlite::Row<'_>) -> rusqlite::Result<BookEntry> {
    Ok(BookEntry {
        posting: traces::posting(r)?,
        id: sql::parsed(r, 9)?,
        year: r.get(10)?,
        document_no: r.get(11)?,
        document_day: sql::parsed_or_blank(r, 12)?,
        note: r.get(13)?,
        entered_at: sql::parsed(r, 14)?,
        entered_by: sql::parsed(r, 15)?,
    })
}

/// Keeps a contract, or its newer state; audit row `contract-kept`.
pub fn put_contract(
    tx: &Transaction<'_>,
    unit: UnitId,
    contract: &Contract,
    by: By,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO contract (unit_id, key, doc, changed_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (unit_id, key) DO UPDATE SET
             doc = excluded.doc, changed_at = excluded.changed_at",
    )?
    .execute(params![
        unit.to_string(),
        contract.key(),
        sql::to_json("contract", contract)?,
        sql::instant(by.at),
    ])?;
    let params = Params::from([
        ("number".to_owned(), contract.number.clone()),
        ("value".to_owned(), contract.value.to_string()),
    ]);
    act(tx, unit, "contract-kept", params, by)
}

pub fn contracts(c: &Connection, unit: UnitId) -> Result<Vec<Contract>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT doc FROM contract WHERE unit_id = ?1 ORDER BY changed_at DESC, key",
    )?;
    let rows = statement.query_map([unit.to_string()], |r| sql::json(r, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn contract(c: &Connection, unit: UnitId, key: &str) -> Result<Option<Contract>, StoreError> {
    let found = c
        .prepare_cached("SELECT doc FROM contract WHERE unit_id = ?1 AND key = ?2")?
        .query_row(params![unit.to_string(), key], |r| sql::json(r, 0))
        .optional()?;
    Ok(found)
}

/// Ties a dossier to a contract that its forms cannot name.
pub fn tie(
    tx: &Transaction<'_>,
    unit: UnitId,
    dossier: DossierId,
    contract: &str,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO contract_dossier (dossier_id, unit_id, contract) VALUES (?1, ?2, ?3)
         ON CONFLICT (dossier_id) DO UPDATE SET contract = excluded.contract",
    )?
    .execute(params![dossier.to_string(), unit.to_string(), contract])?;
    traces::refresh(tx, dossier)
}

/// A movement as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptMovement {
    pub id: EntryId,
    pub movement: Movement,
    /// The dossier it belongs to; `None`: not matched.
    pub dossier: Option<DossierId>,
    /// A person chose it.
    pub by_hand: bool,
}

/// Keeps a row of a statement, number `ordinal` (from 0) of those in it that say the same. `false`
/// when that one is there already: statements overlap.
pub fn put_movement(
    tx: &Transaction<'_>,
    unit: UnitId,
    kept: &KeptMovement,
    ordinal: u32,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    put(tx, unit, kept, ordinal, "", at)
}

/// Keeps a movement the portal told, once for each `id` of the portal. A statement may have brought
/// it before: the first row that says the same and was not told yet is this one.
pub fn put_told_movement(
    tx: &Transaction<'_>,
    unit: UnitId,
    kept: &KeptMovement,
    id: ResultId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let told = id.to_string();
    let heard = tx
        .prepare_cached(
            "SELECT 1 FROM movement WHERE unit_id = ?1 AND told_id = ?2 AND told_id <> ''",
        )?
        .exists(params![unit.to_string(), told])?;
    if heard {
        return Ok(());
    }
    let m = &kept.movement;
    let ordinal = tx
        .prepare_cached(
            "SELECT coalesce(min(ordinal) FILTER (WHERE told_id = ''), count(*)) FROM movement
             WHERE unit_id = ?1 AND day = ?2 AND account = ?3 AND amount = ?4 AND reference = ?5
               AND text = ?6",
        )?
        .query_row(
            params![
                unit.to_string(),
                m.day.to_string(),
                m.account,
                m.amount.get(),
                m.reference,
                m.text,
            ],
            |r| r.get(0),
        )?;
    put(tx, unit, kept, ordinal, &told, at).map(drop)
}

/// `false` when nothing was added to the table and nothing to a row of it.
fn put(
    tx: &Transaction<'_>,
    unit: UnitId,
    kept: &KeptMovement,
    ordinal: u32,
    told: &str,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let m = &kept.movement;
    let n = tx
        .prepare_cached(
            "INSERT INTO movement
                 (id, unit_id, day, account, amount, reference, text, ordinal, dossier_id, told_id,
                  entered_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (unit_id, day, account, amount, reference, text, ordinal) DO UPDATE SET
                 told_id = excluded.told_id
             WHERE excluded.told_id <> ''",
        )?
        .execute(params![
            kept.id.to_string(),
            unit.to_string(),
            m.day.to_string(),
            m.account,
            m.amount.get(),
            m.reference,
            m.text,
            ordinal,
            kept.dossier.map(|d| d.to_string()).unwrap_or_default(),
            told,
            sql::instant(at),
        ])?;
    Ok(n == 1)
}

/// Ties a movement to a dossier, or unties it; audit row `movement-matched`.
pub fn match_by_hand(
    tx: &Transaction<'_>,
    unit: UnitId,
    movement: EntryId,
    dossier: Option<DossierId>,
    by: By,
) -> Result<(), StoreError> {
    let n = tx
        .prepare_cached(
            "UPDATE movement SET dossier_id = ?3, matched_by = ?4 WHERE id = ?1 AND unit_id = ?2",
        )?
        .execute(params![
            movement.to_string(),
            unit.to_string(),
            dossier.map(|d| d.to_string()).unwrap_or_default(),
            by.person.to_string(),
        ])?;
    if n == 0 {
        return Err(StoreError::NotFound { what: "movement" });
    }
    let act = Act {
        unit: Some(unit),
        act: "movement-matched",
        dossier,
        params: Params::from([("movement".to_owned(), movement.to_string())]),
    };
    audit::append(tx, &act, by)?;
    Ok(())
}

/// The movements of a unit from a day on, newest first.
pub fn movements(
    c: &Connection,
    unit: UnitId,
    from: NaiveDate,
) -> Result<Vec<KeptMovement>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT id, day, account, amount, reference, text, dossier_id, matched_by FROM movement
         WHERE unit_id = ?1 AND day >= ?2 ORDER BY day DESC, id DESC",
    )?;
    let rows = statement.query_map(params![unit.to_string(), from.to_string()], |r| {
        Ok(KeptMovement {
            id: sql::parsed(r, 0)?,
            movement: Movement {
                day: sql::parsed(r, 1)?,
                account: r.get(2)?,
                amount: sql::dong(r, 3)?,
                reference: r.get(4)?,
                text: r.get(5)?,
            },
            dossier: sql::parsed_or_blank(r, 6)?,
            by_hand: !r.get::<_, String>(7)?.is_empty(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What dossiers of a year took from each account, or put back, as the treasury completed it.
pub fn documents(
    c: &Connection,
    unit: UnitId,
    year: i32,
) -> Result<Vec<Document<DossierId>>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT p.dossier_id, p.account, r.doc_number, min(p.day),
                sum(CASE WHEN p.kind IN ('returned-spent', 'returned-advance')
                         THEN p.amount ELSE -p.amount END)
         FROM posting p
         JOIN dossier d ON d.id = p.dossier_id
         JOIN revision r ON r.dossier_id = d.id AND r.number = d.revision
         WHERE p.unit_id = ?1 AND p.year = ?2 AND p.standing = 'done'
           AND p.kind IN ('spent', 'advance', 'deposit-out', 'returned-spent', 'returned-advance')
         GROUP BY p.dossier_id, p.account",
    )?;
    let rows = statement.query_map(params![unit.to_string(), year], |r| {
        Ok(Document {
            id: sql::parsed(r, 0)?,
            account: r.get(1)?,
            number: r.get(2)?,
            day: sql::parsed(r, 3)?,
            amount: sql::dong(r, 4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Remembers how a table's columns were mapped.
pub fn put_column_map<T: Serialize>(
    tx: &Transaction<'_>,
    unit: UnitId,
    purpose: &str,
    map: &T,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO column_map (unit_id, purpose, doc, used_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (unit_id, purpose) DO UPDATE SET
             doc = excluded.doc, used_at = excluded.used_at",
    )?
    .execute(params![
        unit.to_string(),
        purpose,
        sql::to_json("column map", map)?,
        sql::instant(at)
    ])?;
    Ok(())
}

pub fn column_map<T: DeserializeOwned>(
    c: &Connection,
    unit: UnitId,
    purpose: &str,
) -> Result<Option<T>, StoreError> {
    let found = c
        .prepare_cached("SELECT doc FROM column_map WHERE unit_id = ?1 AND purpose = ?2")?
        .query_row(params![unit.to_string(), purpose], |r| sql::json(r, 0))
        .optional()?;
    Ok(found)
}

/// Keeps the pay table of a month (`2026-11`), to compare the next with.
pub fn put_pay_table<T: Serialize>(
    tx: &Transaction<'_>,
    unit: UnitId,
    month: &str,
    table: &T,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO pay_table (unit_id, month, doc, taken_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (unit_id, month) DO UPDATE SET
             doc = excluded.doc, taken_at = excluded.taken_at",
    )?
    .execute(params![
        unit.to_string(),
        month,
        sql::to_json("pay table", table)?,
        sql::instant(at)
    ])?;
    Ok(())
}

/// The pay table of a month.
pub fn pay_table<T: DeserializeOwned>(
    c: &Connection,
    unit: UnitId,
    month: &str,
) -> Result<Option<T>, StoreError> {
    let found = c
        .prepare_cached("SELECT doc FROM pay_table WHERE unit_id = ?1 AND month = ?2")?
        .query_row(params![unit.to_string(), month], |r| sql::json(r, 0))
        .optional()?;
    Ok(found)
}

/// The newest pay table before a month.
pub fn pay_table_before<T: DeserializeOwned>(
    c: &Connection,
    unit: UnitId,
    month: &str,
) -> Result<Option<T>, StoreError> {
    let found = c
        .prepare_cached(
            "SELECT doc FROM pay_table WHERE unit_id = ?1 AND month < ?2
             ORDER BY month DESC LIMIT 1",
        )?
        .query_row(params![unit.to_string(), month], |r| sql::json(r, 0))
        .optional()?;
    Ok(found)
}
