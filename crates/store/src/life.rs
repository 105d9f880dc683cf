//! The only place where a state changes. Every move is checked against the life cycle and writes
//! its audit row in the same transaction; the two columns never mix.

use chrono::{DateTime, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, Row, Transaction, params};

use hoso_domain::finding::Place;
use hoso_domain::id::DossierId;
use hoso_domain::life::{LocalState, ParkReason, TreasuryState};

use crate::audit::{self, Act, Params};
use crate::dossiers::{self, Current, Dossier};
use crate::error::StoreError;
use crate::{By, listing, outbox, sql};

/// A move of the current revision.
#[derive(Clone, Debug)]
pub struct Move<'a> {
    pub dossier: DossierId,
    /// What the caller saw; another state is [`StoreError::WrongState`].
    pub expected: LocalState,
    pub next: LocalState,
    /// Key of the audit row, `a-z` and dashes.
    pub act: &'a str,
    pub params: Params,
}

/// Moves a revision along the courier's part of its life, or out of it by hand.
///
/// Refused as [`StoreError::IllegalMove`], beside what the life cycle forbids: moves that need
/// content with them. Freezing is [`crate::revisions::freeze`], signing
/// [`crate::signatures::add`], going back [`crate::revisions::mend`], and `sent` needs the stored
/// receipt ([`crate::receipts::accept`]). What the treasury holds is not carried as well
/// ([`StoreError::WrongState`]): a store that was lost may have sent what is a draft in its backup.
pub fn advance(tx: &Transaction<'_>, step: &Move<'_>, by: By) -> Result<(), StoreError> {
    use LocalState as S;
    let with_content = matches!(
        (&step.expected, &step.next),
        (S::Draft, S::Awaiting { .. })
            | (S::Awaiting { .. }, _)
            | (_, S::Sent | S::Superseded | S::Draft)
    );
    if with_content {
        return Err(StoreError::IllegalMove {
            from: step.expected.clone(),
            to: step.next.clone(),
        });
    }
    shift(tx, step, by)
}

/// [`advance`] without the gate, for the modules that bring the content along.
pub(crate) fn shift(tx: &Transaction<'_>, step: &Move<'_>, by: By) -> Result<(), StoreError> {
    let Current { dossier, revision } = dossiers::current(tx, step.dossier)?;
    if revision.state != step.expected {
        return Err(StoreError::WrongState {
            found: revision.state,
        });
    }
    if !revision.state.may_become(&step.next) {
        return Err(StoreError::IllegalMove {
            from: revision.state,
            to: step.next.clone(),
        });
    }
    if matches!(step.next, LocalState::Superseded | LocalState::Carried)
        && may_arrive(tx, step.dossier)?
    {
        return Err(StoreError::MayArrive);
    }
    if step.next == LocalState::Carried && treasury_holds(tx, &dossier)? {
        return Err(StoreError::WrongState {
            found: revision.state,
        });
    }
    let (name, at_step, reason) = columns(&step.next)?;
    let mut params = step.params.clone();
    if !reason.is_empty() {
        params.insert("why".to_owned(), reason.clone());
    }
    tx.prepare_cached(
        "UPDATE revision SET state = ?3, step = ?4, park_reason = ?5
         WHERE dossier_id = ?1 AND number = ?2",
    )?
    .execute(params![
        step.dossier.to_string(),
        dossier.revision,
        name,
        at_step,
        reason
    ])?;
    tx.prepare_cached("UPDATE dossier SET changed_at = ?2 WHERE id = ?1")?
        .execute(params![step.dossier.to_string(), sql::instant(by.at)])?;
    params.insert("revision".to_owned(), dossier.revision.to_string());
    params.insert("state".to_owned(), name.to_owned());
    let act = Act {
        unit: Some(dossier.unit),
        act: step.act,
        dossier: Some(step.dossier),
        params,
    };
    audit::append(tx, &act, by)?;
    // after its row, as a word of the treasury is
    listing::refresh(tx, step.dossier)
}

/// Whether a try of the current revision may still arrive at the portal, or has: one ended without an
/// answer (the trail's `unknown`), or it was queued before a restore, and the lost store may have sent
/// it after the backup; and the portal has not said since what it will hold of it.
pub fn may_arrive(c: &Connection, id: DossierId) -> Result<bool, StoreError> {
    use LocalState as S;
    let Current { dossier, revision } = dossiers::current(c, id)?;
    match revision.state {
        S::Parked {
            reason: ParkReason::GivenUp | ParkReason::Conflict,
        } => return Ok(false),
        S::Queued | S::Held | S::Sending | S::Unknown | S::Parked { .. } => {}
        _ => return Ok(false),
    }
    let in_doubt = c
        .prepare_cached(
            "SELECT EXISTS (
                 SELECT 1 FROM audit
                 WHERE dossier_id = ?1 AND json_extract(params, '$.revision') = ?2
                   AND (act = 'unknown'
                        OR json_extract(params, '$.state') = 'queued' AND seq < (
                            SELECT max(seq) FROM audit
                            WHERE dossier_id = '' AND act = 'restored')))",
        )?
        .query_row(params![id.to_string(), dossier.revision.to_string()], |r| {
            r.get(0)
        })?;
    Ok(in_doubt)
}

/// Whether the treasury has a dossier in hand or has paid it, by its own last word or by what the portal
/// said since: that it took other bytes or a later revision, or that the treasury moved first. On paper
/// it could be paid once more.
pub fn treasury_holds(c: &Connection, dossier: &Dossier) -> Result<bool, StoreError> {
    if dossier.treasury.holds() {
        return Ok(true);
    }
    let told = c
        .prepare_cached(
            "SELECT coalesce(max(CASE WHEN act = 'parked'
                                       AND json_extract(params, '$.why') IN ('conflict', 'overtaken')
                                      THEN seq END), 0)
                  > coalesce(max(CASE WHEN act LIKE 'treasury-%' THEN seq END), 0)
             FROM audit WHERE dossier_id = ?1",
        )?
        .query_row([dossier.id.to_string()], |r| r.get(0))?;
    Ok(told)
}

/// Giving up a revision that may still arrive: from now on it is not sent, and the portal is asked to
/// refuse it; audit row `giving-up`.
pub fn give_up(
    tx: &Transaction<'_>,
    id: DossierId,
    expected: LocalState,
    by: By,
) -> Result<(), StoreError> {
    let step = Move {
        dossier: id,
        expected,
        next: LocalState::Parked {
            reason: ParkReason::GivingUp,
        },
        act: "giving-up",
        params: Params::new(),
    };
    advance(tx, &step, by)?;
    // its turn is now, whatever it waited for
    outbox::set_outcome(tx, id, outbox::Outcome::Unknown, "", None)
}

/// What the treasury said about a dossier.
#[derive(Clone, Debug)]
pub struct Word {
    pub dossier: DossierId,
    /// Rises with every word of the portal; an old one changes nothing. `None`: a person typed the
    /// word in, and the portal gave it no version.
    pub version: Option<u64>,
    pub state: TreasuryState,
    /// The treasury's own words.
    pub text: String,
    /// Mã số hồ sơ; `None` leaves the one known.
    pub number: Option<String>,
    pub appointment: Option<DateTime<Utc>>,
    /// When the treasury said it.
    pub said_at: DateTime<Utc>,
    pub remarks: Vec<(Place, String)>,
}

/// Takes over the treasury's word. `false` when it is not newer than the one known: items of the
/// feed may come twice. One typed in leaves the portal's version as it is. Audit row
/// `treasury-<status>`, by whoever is unlocked.
pub fn hear(tx: &Transaction<'_>, word: &Word, by: By) -> Result<bool, StoreError> {
    let dossier = dossiers::get(tx, word.dossier)?;
    let version = word.version.unwrap_or(dossier.treasury_version);
    // the trail is asked as well: words typed in once had versions of their own
    if word.version.is_some()
        && version <= dossier.treasury_version
        && version <= portal_version(tx, word.dossier, i64::MAX)?
    {
        return Ok(false);
    }
    let state = sql::to_json("treasury state", &word.state)?;
    tx.prepare_cached(
        "UPDATE dossier SET
             treasury = ?2, treasury_version = ?3, treasury_text = ?4, treasury_at = ?5,
             treasury_number = ?6, appointment = ?7, unread = 1, changed_at = ?8
         WHERE id = ?1",
    )?
    .execute(params![
        word.dossier.to_string(),
        state,
        sql::signed(version),
        word.text,
        sql::instant(word.said_at),
        word.number.as_ref().unwrap_or(&dossier.treasury_number),
        sql::instant_or_blank(word.appointment.or(dossier.appointment)),
        sql::instant(by.at),
    ])?;
    add_remarks(tx, &dossier, version, &word.remarks, word.said_at)?;
    let mut params = Params::new();
    if let Some(version) = word.version {
        params.insert("version".to_owned(), version.to_string());
    }
    if !word.text.is_empty() {
        params.insert("text".to_owned(), word.text.clone());
    }
    let act = format!("treasury-{}", status_name(&word.state)?);
    let act = Act {
        unit: Some(dossier.unit),
        act: &act,
        dossier: Some(word.dossier),
        params,
    };
    audit::append(tx, &act, by)?;
    // after its row: which revision a word is about is told by the order of the rows
    listing::refresh(tx, word.dossier)?;
    Ok(true)
}

/// Keeps what the portal said at fields when it refused the current revision, so that it is there
/// while a person mends it. No word of the treasury brought it: version 0. The audit row `parked` is
/// to come in the same transaction and of the same moment: its place in the trail is the refusal's.
pub fn refuse(
    tx: &Transaction<'_>,
    id: DossierId,
    said: &[(Place, String)],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    add_remarks(tx, &dossiers::get(tx, id)?, 0, said, at)
}

fn add_remarks(
    tx: &Transaction<'_>,
    dossier: &Dossier,
    version: u64,
    remarks: &[(Place, String)],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    for (place, text) in remarks {
        tx.prepare_cached(
            "INSERT INTO remark (dossier_id, version, position, unit_id, place, text, at)
             SELECT ?1, ?2, coalesce(max(position) + 1, 0), ?3, ?4, ?5, ?6 FROM remark
             WHERE dossier_id = ?1 AND version = ?2",
        )?
        .execute(params![
            dossier.id.to_string(),
            sql::signed(version),
            dossier.unit.to_string(),
            sql::to_json("place", place)?,
            text,
            sql::instant(at),
        ])?;
    }
    Ok(())
}

/// The treasury's word as far as it is about the current revision: what it asked or refused before
/// that was made, submitted for signing or carried is about an earlier one, and answered by it.
pub fn word_of(c: &Connection, dossier: &Dossier) -> Result<TreasuryState, StoreError> {
    let word = &dossier.treasury;
    Ok(match is_answered(c, dossier.id, dossier.revision, word)? {
        true => TreasuryState::None,
        false => word.clone(),
    })
}

/// The treasury's word as it is shown: what an earlier revision was asked or refused for stands until
/// the one that answers it is handed in.
pub fn word_shown(c: &Connection, current: &Current) -> Result<TreasuryState, StoreError> {
    match handed_in(&current.revision.state) {
        true => word_of(c, &current.dossier),
        false => Ok(current.dossier.treasury.clone()),
    }
}

/// Whether the revision went to the treasury: sent, or carried.
pub fn handed_in(state: &LocalState) -> bool {
    matches!(state, LocalState::Sent | LocalState::Carried)
}

/// Whether a dossier's current revision answers what the treasury asked or refused last. The portal
/// takes no revision that was submitted before its last word; so a word heard since is about this one.
pub(crate) fn is_answered(
    c: &Connection,
    id: DossierId,
    revision: u32,
    word: &TreasuryState,
) -> Result<bool, StoreError> {
    if revision == 1 || !word.needs_unit() {
        return Ok(false);
    }
    let answered = c
        .prepare_cached(
            "SELECT coalesce(max(CASE WHEN act IN ('mended', 'submitted', 'handed-in-otherwise')
                                      THEN seq END), 0)
                  > coalesce(max(CASE WHEN act LIKE 'treasury-%' THEN seq END), 0)
             FROM audit WHERE dossier_id = ?1",
        )?
        .query_row([id.to_string()], |r| r.get(0))?;
    Ok(answered)
}

/// The version of the portal's word that was known when the current revision was submitted for
/// signing: what it answers, whatever was heard since. 0: none was.
pub fn answered_version(c: &Connection, id: DossierId) -> Result<u64, StoreError> {
    let dossier = dossiers::get(c, id)?;
    let submitted: Option<i64> = c
        .prepare_cached(
            "SELECT max(seq) FROM audit
             WHERE dossier_id = ?1 AND act = 'submitted'
               AND json_extract(params, '$.revision') = ?2",
        )?
        .query_row(params![id.to_string(), dossier.revision.to_string()], |r| {
            r.get(0)
        })?;
    submitted.map_or(Ok(0), |row| portal_version(c, id, row))
}

/// The version of the portal's newest word before a row of the trail; 0: none. What a person typed
/// in is none of the portal's, also where its row has a version: the row after it tells.
fn portal_version(c: &Connection, id: DossierId, before: i64) -> Result<u64, StoreError> {
    let version = c
        .prepare_cached(
            "SELECT coalesce(max(CAST(json_extract(word.params, '$.version') AS INTEGER)), 0)
             FROM audit word
             WHERE word.dossier_id = ?1 AND word.act LIKE 'treasury-%' AND word.seq < ?2
               AND NOT EXISTS (
                   SELECT 1 FROM audit typed
                   WHERE typed.seq = word.seq + 1 AND typed.dossier_id = ?1
                     AND typed.act = 'result-typed')",
        )?
        .query_row(params![id.to_string(), before], |r| sql::unsigned(r, 0))?;
    Ok(version)
}

/// A remark of the treasury, or of its portal, at a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remark {
    pub place: Place,
    pub text: String,
    pub at: DateTime<Utc>,
}

/// The remarks that came with the treasury's newest word that had any.
pub fn remarks(c: &Connection, id: DossierId) -> Result<Vec<Remark>, StoreError> {
    read_remarks(
        c,
        id,
        "SELECT place, text, at FROM remark
         WHERE dossier_id = ?1 AND version > 0
           AND version = (SELECT max(version) FROM remark WHERE dossier_id = ?1)
         ORDER BY position",
    )
}

/// What the portal said at fields when it refused last; nothing once a later revision was accepted.
/// Which came later the order of the rows tells, since clocks go wrong.
pub fn refusal(c: &Connection, id: DossierId) -> Result<Vec<Remark>, StoreError> {
    read_remarks(
        c,
        id,
        "SELECT r.place, r.text, r.at FROM remark r
         WHERE r.dossier_id = ?1 AND r.version = 0
           AND r.at = (SELECT at FROM remark WHERE dossier_id = ?1 AND version = 0
                       ORDER BY position DESC LIMIT 1)
           AND (SELECT coalesce(max(seq), 0) FROM audit
                WHERE dossier_id = ?1 AND act = 'parked' AND at = r.at)
            >= (SELECT coalesce(max(seq), 0) FROM audit
                WHERE dossier_id = ?1 AND act = 'receipt')
         ORDER BY r.position",
    )
}

fn read_remarks(c: &Connection, id: DossierId, query: &str) -> Result<Vec<Remark>, StoreError> {
    let mut statement = c.prepare_cached(query)?;
    let rows = statement.query_map([id.to_string()], |r| {
        Ok(Remark {
            place: sql::json(r, 0)?,
            text: r.get(1)?,
            at: sql::parsed(r, 2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn status_name(state: &TreasuryState) -> Result<String, StoreError> {
    let value = serde_json::to_value(state).map_err(StoreError::content("treasury state"))?;
    Ok(value
        .get("status")
        .and_then(|s| s.as_str())
        .unwrap_or("other")
        .to_owned())
}

/// A local state as its three columns.
pub(crate) fn columns(state: &LocalState) -> Result<(&'static str, u8, String), StoreError> {
    Ok(match state {
        LocalState::Awaiting { step } => (state.name(), *step, String::new()),
        LocalState::Parked { reason } => (state.name(), 0, sql::word(reason)?),
        _ => (state.name(), 0, String::new()),
    })
}

/// Reads [`columns`]: state, step and reason from column `at` on.
pub(crate) fn state(r: &Row<'_>, at: usize) -> rusqlite::Result<LocalState> {
    let (name, step, reason): (String, u8, String) = (r.get(at)?, r.get(at + 1)?, r.get(at + 2)?);
    let value = match name.as_str() {
        "awaiting" => serde_json::json!({ "state": name, "step": step }),
        "parked" => serde_json::json!({ "state": name, "reason": reason }),
        _ => serde_json::json!({ "state": name }),
    };
    serde_json::from_value(value)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(e)))
}
