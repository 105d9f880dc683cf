//! New certificates of signers (gia hạn chứng thư số): a unit announces one, an officer registers or
//! declines it, and the unit hears of it by its feed.
//!
//! It refuses a certificate for whom the register does not have today, and one that could not sign:
//! what an officer looks at is worth looking at. What was decided stays.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hoso_domain::digest::Digest;
use hoso_domain::id::{PersonId, UnitId};
use hoso_domain::party::Unit;
use hoso_portal_api::certificate::{
    Announcement, CertificateFile, CertificateState, CertificateWord,
};
use hoso_portal_api::feed::Item;
use hoso_portal_api::problem::Kind;
use hoso_proof::certificate::describe;
use rusqlite::{OptionalExtension as _, Transaction};

use crate::fault::Fault;
use crate::portal::Portal;
use crate::{clock, db, feed, moves};

/// What an officer makes of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Register,
    Decline,
}

impl Decision {
    pub(crate) const ALL: [Decision; 2] = [Decision::Register, Decision::Decline];

    /// The word in the path.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Decline => "decline",
        }
    }

    pub(crate) fn of(word: &str) -> Result<Self, Fault> {
        let found = Self::ALL.into_iter().find(|d| d.word() == word);
        found.ok_or_else(|| Fault::new(Kind::NotFound, "no such decision"))
    }

    fn state(self) -> CertificateState {
        match self {
            Self::Register => CertificateState::Registered,
            Self::Decline => CertificateState::Declined,
        }
    }
}

/// Takes an announcement. `true`: it is new.
pub(crate) async fn announce(
    portal: &Portal,
    unit: UnitId,
    sha256: Digest,
    announced: Announcement,
) -> Result<(CertificateFile, bool), Fault> {
    let decode = |text: &str| {
        let malformed = |e: base64::DecodeError| Fault::new(Kind::Malformed, e.to_string());
        STANDARD.decode(text).map_err(malformed)
    };
    let der = decode(&announced.certificate)?;
    if Digest::of(&der) != sha256 {
        return Err(Fault::new(
            Kind::Malformed,
            "the path names another certificate",
        ));
    }
    let issuers = announced.issuers.iter().map(|i| decode(i));
    let issuers = issuers.collect::<Result<Vec<_>, _>>()?;
    let now = portal.now();
    let refused = |what: String| Fault::new(Kind::SignerRefused, what);
    portal
        .0
        .signers
        .path(&der, &issuers, now)
        .map_err(|e| refused(e.to_string()))?;
    let person = announced.person;
    portal
        .0
        .db
        .call(move |tx| {
            if let Some(known) = file(tx, unit, sha256)? {
                return Ok((known, false));
            }
            let today = clock::day(now);
            let signers = register(tx, unit)?.signers;
            if !signers
                .iter()
                .any(|s| s.person == person && s.valid_on(today))
            {
                return Err(refused("nobody the register has today".to_owned()));
            }
            tx.execute(
                "INSERT INTO certificate (unit_id, sha256, person_id, der, announced_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                (
                    unit.to_string(),
                    sha256.hex(),
                    person.to_string(),
                    der,
                    db::stamp(now),
                ),
            )?;
            let kept = file(tx, unit, sha256)?;
            Ok((
                kept.ok_or_else(|| Fault::internal("kept and gone", sha256.hex()))?,
                true,
            ))
        })
        .await
}

/// Registers or declines; decided before, it is `wrong-state`.
pub(crate) async fn decide(
    portal: &Portal,
    officer: &str,
    unit: UnitId,
    sha256: Digest,
    decision: Decision,
    text: &str,
) -> Result<CertificateFile, Fault> {
    moves::short(text)?;
    let (officer, text) = (officer.to_owned(), text.trim().to_owned());
    let (now, kept) = (portal.now(), portal.0.config.limits.feed_kept());
    let decided = portal
        .0
        .db
        .call(move |tx| {
            let known = file(tx, unit, sha256)?
                .ok_or_else(|| Fault::new(Kind::NotFound, "nobody announced it"))?;
            if known.state != CertificateState::Announced {
                return Err(Fault::new(Kind::WrongState, "decided before"));
            }
            let state = decision.state();
            tx.execute(
                "UPDATE certificate SET state = ?3, text = ?4, officer = ?5, decided_at = ?6
                 WHERE unit_id = ?1 AND sha256 = ?2",
                (
                    unit.to_string(),
                    sha256.hex(),
                    word(state),
                    &text,
                    officer,
                    db::stamp(now),
                ),
            )?;
            if decision == Decision::Register {
                add(tx, unit, known.person, sha256)?;
            }
            let told = Item::Certificate(CertificateWord {
                sha256,
                person: known.person,
                state,
                text: text.clone(),
            });
            feed::append(tx, unit, now, kept, &told)?;
            Ok(CertificateFile {
                state,
                text,
                ..known
            })
        })
        .await?;
    portal.announce();
    Ok(decided)
}

/// All that were announced, those that wait first, then the newest.
pub(crate) fn files(tx: &Transaction<'_>) -> Result<Vec<CertificateFile>, Fault> {
    let mut statement = tx.prepare(
        "SELECT unit_id, sha256, person_id, der, announced_at, state, text FROM certificate
         ORDER BY state <> 'announced', announced_at DESC, sha256",
    )?;
    let rows = statement.query_map([], row)?;
    rows.map(|row| read(tx, row?)).collect()
}

/// A certificate with the name of its unit, for the console.
pub(crate) fn files_with_units(
    tx: &Transaction<'_>,
) -> Result<Vec<(CertificateFile, String)>, Fault> {
    let named = |file: CertificateFile| {
        let unit = register(tx, file.unit)?;
        Ok((file, format!("{} - {}", unit.code, unit.name)))
    };
    files(tx)?.into_iter().map(named).collect()
}

fn file(
    tx: &Transaction<'_>,
    unit: UnitId,
    sha256: Digest,
) -> Result<Option<CertificateFile>, Fault> {
    let found = tx
        .query_row(
            "SELECT unit_id, sha256, person_id, der, announced_at, state, text FROM certificate
             WHERE unit_id = ?1 AND sha256 = ?2",
            (unit.to_string(), sha256.hex()),
            row,
        )
        .optional()?;
    found.map(|row| read(tx, row)).transpose()
}

type Stored = ([String; 6], Vec<u8>);

fn row(r: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    let texts = [
        r.get(0)?,
        r.get(1)?,
        r.get(2)?,
        r.get(4)?,
        r.get(5)?,
        r.get(6)?,
    ];
    Ok((texts, r.get(3)?))
}

fn read(tx: &Transaction<'_>, (texts, der): Stored) -> Result<CertificateFile, Fault> {
    let [unit, sha256, person, announced_at, state, text] = texts;
    let unit: UnitId = db::id(&unit)?;
    let person: PersonId = db::id(&person)?;
    let signers = register(tx, unit)?.signers;
    let name = signers.into_iter().find(|s| s.person == person);
    let says = describe(&der).map_err(|e| Fault::internal("a kept certificate", e))?;
    let announced_at: DateTime<Utc> = db::time(&announced_at)?;
    Ok(CertificateFile {
        sha256: db::digest(&sha256)?,
        unit,
        person,
        name: name.map(|s| s.name).unwrap_or_default(),
        holder: says.subject,
        issuer: says.issuer,
        serial: says.serial,
        not_after: says.not_after,
        announced_at,
        state: db::json(&format!("\"{state}\""))?,
        text,
    })
}

/// As the table and the contract write it.
fn word(state: CertificateState) -> &'static str {
    match state {
        CertificateState::Announced => "announced",
        CertificateState::Registered => "registered",
        CertificateState::Declined => "declined",
    }
}

fn register(tx: &Transaction<'_>, unit: UnitId) -> Result<Unit, Fault> {
    let data: String = tx.query_row(
        "SELECT data FROM unit WHERE unit_id = ?1",
        [unit.to_string()],
        |r| r.get(0),
    )?;
    db::json(&data)
}

/// Adds the certificate wherever the register has the person.
fn add(tx: &Transaction<'_>, unit: UnitId, person: PersonId, sha256: Digest) -> Result<(), Fault> {
    let mut register = register(tx, unit)?;
    register.add_certificate(person, sha256);
    tx.execute(
        "UPDATE unit SET data = ?2 WHERE unit_id = ?1",
        (unit.to_string(), db::to_json(&register)?),
    )?;
    Ok(())
}
