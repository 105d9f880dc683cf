//! Revisions: drafts that are saved, frozen, reopened or replaced. A frozen one is never edited.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use hoso_domain::digest::Digest;
use hoso_domain::entry::Entry;
use hoso_domain::id::{DossierId, PersonId};
use hoso_domain::life::LocalState;
use hoso_domain::money::Dong;
use hoso_domain::voucher::Voucher;

use crate::audit::Params;
use crate::dossiers::{self, Current, NewDossier, Source};
use crate::error::StoreError;
use crate::life::{self, Move};
use crate::{By, listing, sql};

/// What lists show of a revision, made by the engine from the forms' data.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Số chứng từ.
    pub number: String,
    /// Form number, e.g. `13`.
    pub form: String,
    pub title: String,
    pub payee: String,
    pub total: Dong,
    /// The voucher's day.
    pub day: Option<NaiveDate>,
    /// Further text to be found by; number, title, payee and total are found anyway.
    pub search: String,
}

/// Why a draft came back to the drafter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Returned {
    pub by: PersonId,
    pub reason: String,
}

/// One revision as it stands.
#[derive(Clone, PartialEq, Debug)]
pub struct Revision {
    pub dossier: DossierId,
    /// From 1.
    pub number: u32,
    pub state: LocalState,
    /// Rises with each save and with each new revision of the dossier.
    pub version: u64,
    pub vouchers: Vec<Voucher>,
    pub summary: Summary,
    pub returned: Option<Returned>,
    pub saved_at: DateTime<Utc>,
    pub saved_by: PersonId,
    /// Set while content is frozen.
    pub frozen_at: Option<DateTime<Utc>>,
}

pub(crate) const COLUMNS: &str =
    "r.dossier_id, r.number, r.state, r.step, r.park_reason, r.version,
    r.vouchers, r.doc_number, r.form, r.title, r.payee, r.total, r.day, r.search, r.returned_by,
    r.returned, r.saved_at, r.saved_by, r.frozen_at";

pub(crate) fn row(r: &Row<'_>, from: usize) -> rusqlite::Result<Revision> {
    let by: Option<PersonId> = sql::parsed_or_blank(r, from + 14)?;
    let reason: String = r.get(from + 15)?;
    Ok(Revision {
        dossier: sql::parsed(r, from)?,
        number: r.get(from + 1)?,
        state: life::state(r, from + 2)?,
        version: sql::unsigned(r, from + 5)?,
        vouchers: sql::json(r, from + 6)?,
        summary: Summary {
            number: r.get(from + 7)?,
            form: r.get(from + 8)?,
            title: r.get(from + 9)?,
            payee: r.get(from + 10)?,
            total: sql::dong(r, from + 11)?,
            day: sql::parsed_or_blank(r, from + 12)?,
            search: r.get(from + 13)?,
        },
        returned: by.map(|by| Returned { by, reason }),
        saved_at: sql::parsed(r, from + 16)?,
        saved_by: sql::parsed(r, from + 17)?,
        frozen_at: sql::parsed_or_blank(r, from + 18)?,
    })
}

pub(crate) fn insert_first(
    tx: &Transaction<'_>,
    new: &NewDossier,
    by: By,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO revision
             (dossier_id, number, unit_id, vouchers, doc_number, form, title, payee, total, day,
              search, created_at, saved_at, saved_by)
         VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12)",
    )?
    .execute(params![
        new.id.to_string(),
        new.unit.to_string(),
        sql::to_json("vouchers", &new.vouchers)?,
        new.summary.number,
        new.summary.form,
        new.summary.title,
        new.summary.payee,
        new.summary.total.get(),
        day(&new.summary),
        new.summary.search,
        sql::instant(by.at),
        by.person.to_string(),
    ])?;
    Ok(())
}

/// The voucher's day as it is kept; `''` without one.
pub(crate) fn day(summary: &Summary) -> String {
    summary.day.map(|d| d.to_string()).unwrap_or_default()
}

/// Saves a draft; durable when the transaction is. Answers the new version.
///
/// `expected` is the version last read: another one is [`StoreError::Stale`]. A revision that is no
/// draft is [`StoreError::WrongState`].
pub fn save_draft(
    tx: &Transaction<'_>,
    id: DossierId,
    expected: u64,
    vouchers: &[Voucher],
    summary: &Summary,
    by: By,
) -> Result<u64, StoreError> {
    let at = sql::instant(by.at);
    let changed = tx
        .prepare_cached(
            "UPDATE revision SET
                 version = version + 1, vouchers = ?3, doc_number = ?4, form = ?5, title = ?6,
                 payee = ?7, total = ?8, day = ?9, search = ?10, saved_at = ?11, saved_by = ?12
             WHERE dossier_id = ?1 AND version = ?2 AND state = 'draft'
               AND number = (SELECT revision FROM dossier WHERE id = ?1)",
        )?
        .execute(params![
            id.to_string(),
            sql::signed(expected),
            sql::to_json("vouchers", vouchers)?,
            summary.number,
            summary.form,
            summary.title,
            summary.payee,
            summary.total.get(),
            day(summary),
            summary.search,
            at,
            by.person.to_string(),
        ])?;
    if changed != 1 {
        return Err(refusal(tx, id)?);
    }
    tx.prepare_cached("UPDATE dossier SET changed_at = ?2 WHERE id = ?1")?
        .execute(params![id.to_string(), at])?;
    // what was just written is not read back: drafts are saved at every pause of the keys
    let dossier = dossiers::get(tx, id)?;
    let source = Source {
        dossier: &dossier,
        state: &LocalState::Draft,
        word: &life::word_of(tx, &dossier)?,
        summary,
        vouchers,
    };
    listing::derive(tx, source)?;
    Ok(expected.saturating_add(1))
}

fn refusal(tx: &Transaction<'_>, id: DossierId) -> Result<StoreError, StoreError> {
    let revision = dossiers::current(tx, id)?.revision;
    Ok(if revision.state == LocalState::Draft {
        StoreError::Stale {
            version: revision.version,
        }
    } else {
        StoreError::WrongState {
            found: revision.state,
        }
    })
}

/// Trình ký: the draft's content becomes its entries, which are what is signed. Waits for step 1;
/// audit row `submitted`. The files of `entries` must be in [`crate::Files`] already.
pub fn freeze(
    tx: &Transaction<'_>,
    id: DossierId,
    expected: u64,
    entries: &[Entry],
    by: By,
) -> Result<(), StoreError> {
    let Current { dossier, revision } = dossiers::current(tx, id)?;
    if revision.state != LocalState::Draft || revision.version != expected {
        return Err(refusal(tx, id)?);
    }
    for entry in entries {
        add_entry(tx, &dossier, entry)?;
    }
    tx.prepare_cached(
        "UPDATE revision SET frozen_at = ?3, returned = '', returned_by = ''
         WHERE dossier_id = ?1 AND number = ?2",
    )?
    .execute(params![
        id.to_string(),
        dossier.revision,
        sql::instant(by.at)
    ])?;
    let step = Move {
        dossier: id,
        expected: LocalState::Draft,
        next: LocalState::Awaiting { step: 1 },
        act: "submitted",
        params: Params::new(),
    };
    life::shift(tx, &step, by)
}

pub(crate) fn add_entry(
    tx: &Transaction<'_>,
    dossier: &dossiers::Dossier,
    entry: &Entry,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO entry (dossier_id, revision, position, unit_id, path, sha256, size)
         SELECT ?1, ?2, coalesce(max(position), 0) + 1, ?3, ?4, ?5, ?6 FROM entry
         WHERE dossier_id = ?1 AND revision = ?2",
    )?
    .execute(params![
        dossier.id.to_string(),
        dossier.revision,
        dossier.unit.to_string(),
        entry.path,
        entry.sha256.hex(),
        sql::signed(entry.size),
    ])?;
    Ok(())
}

/// The entries of a revision in their order.
pub fn entries(c: &Connection, id: DossierId, number: u32) -> Result<Vec<Entry>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT path, sha256, size FROM entry WHERE dossier_id = ?1 AND revision = ?2
         ORDER BY position",
    )?;
    let rows = statement.query_map(params![id.to_string(), number], |r| {
        Ok(Entry {
            path: r.get(0)?,
            sha256: sql::digest(r, 1)?,
            size: sql::unsigned(r, 2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Rút về sửa / Lập lại / Bổ sung: back to editing; audit row `mended`. Answers the number of the
/// revision to edit: the same one as long as nobody signed it, else a new one with the content
/// copied, the old one superseded with its signatures.
pub fn mend(
    tx: &Transaction<'_>,
    id: DossierId,
    expected: &LocalState,
    by: By,
) -> Result<u32, StoreError> {
    reopen(tx, id, expected, None, by)
}

/// Trả lại kế toán: [`mend`] with the signer's reason; audit row `given-back`.
pub fn give_back(
    tx: &Transaction<'_>,
    id: DossierId,
    expected: &LocalState,
    reason: &str,
    by: By,
) -> Result<u32, StoreError> {
    reopen(tx, id, expected, Some(reason), by)
}

fn reopen(
    tx: &Transaction<'_>,
    id: DossierId,
    expected: &LocalState,
    reason: Option<&str>,
    by: By,
) -> Result<u32, StoreError> {
    let Current { dossier, revision } = dossiers::current(tx, id)?;
    let signed: bool = tx
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM signature WHERE dossier_id = ?1 AND revision = ?2)",
        )?
        .query_row(params![id.to_string(), dossier.revision], |r| r.get(0))?;
    let same = matches!(revision.state, LocalState::Awaiting { .. }) && !signed;
    let params = reason
        .map(|r| ("reason".to_owned(), r.to_owned()))
        .into_iter()
        .collect();
    let step = Move {
        dossier: id,
        expected: expected.clone(),
        next: if same {
            LocalState::Draft
        } else {
            LocalState::Superseded
        },
        act: if reason.is_some() {
            "given-back"
        } else {
            "mended"
        },
        params,
    };
    if same {
        tx.prepare_cached("DELETE FROM entry WHERE dossier_id = ?1 AND revision = ?2")?
            .execute(params![id.to_string(), dossier.revision])?;
    }
    life::shift(tx, &step, by)?;
    let number = if same {
        dossier.revision
    } else {
        dossier.revision.saturating_add(1)
    };
    if !same {
        tx.prepare_cached(
            "INSERT INTO revision
                 (dossier_id, number, unit_id, version, vouchers, doc_number, form, title, payee,
                  total, day, search, created_at, saved_at, saved_by)
             SELECT dossier_id, ?3, unit_id, version, vouchers, doc_number, form, title, payee,
                  total, day, search, ?4, ?4, ?5
             FROM revision WHERE dossier_id = ?1 AND number = ?2",
        )?
        .execute(params![
            id.to_string(),
            dossier.revision,
            number,
            sql::instant(by.at),
            by.person.to_string(),
        ])?;
        tx.prepare_cached("UPDATE dossier SET revision = ?2 WHERE id = ?1")?
            .execute(params![id.to_string(), number])?;
        // what waited to be sent is replaced; it can never be sent as well
        tx.prepare_cached("DELETE FROM outbox WHERE dossier_id = ?1")?
            .execute([id.to_string()])?;
    }
    // a window that still shows the old state must not save over this one
    tx.prepare_cached(
        "UPDATE revision SET version = version + 1, frozen_at = '', returned = ?3, returned_by = ?4
         WHERE dossier_id = ?1 AND number = ?2",
    )?
    .execute(params![
        id.to_string(),
        number,
        reason.unwrap_or_default(),
        reason.map(|_| by.person.to_string()).unwrap_or_default(),
    ])?;
    listing::refresh(tx, id)?;
    Ok(number)
}

/// One revision by number.
pub fn get(c: &Connection, id: DossierId, number: u32) -> Result<Revision, StoreError> {
    let query =
        format!("SELECT {COLUMNS} FROM revision r WHERE r.dossier_id = ?1 AND r.number = ?2");
    c.prepare_cached(&query)?
        .query_row(params![id.to_string(), number], |r| row(r, 0))
        .optional()?
        .ok_or(StoreError::NotFound { what: "revision" })
}

/// All revisions of a dossier, oldest first.
pub fn all(c: &Connection, id: DossierId) -> Result<Vec<Revision>, StoreError> {
    let query =
        format!("SELECT {COLUMNS} FROM revision r WHERE r.dossier_id = ?1 ORDER BY r.number");
    let mut statement = c.prepare_cached(&query)?;
    let rows = statement.query_map([id.to_string()], |r| row(r, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Every digest the rows of this store name: what a check of the files walks over.
pub fn named_files(c: &Connection) -> Result<Vec<Digest>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT sha256 FROM entry UNION SELECT sha256 FROM attachment
         UNION SELECT manifest_sha256 FROM signature UNION SELECT p7s_sha256 FROM signature
         UNION SELECT p7s_sha256 FROM evidence UNION SELECT sha256 FROM revocation_list
         UNION SELECT sha256 FROM result_document",
    )?;
    let rows = statement.query_map([], |r| sql::digest(r, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
