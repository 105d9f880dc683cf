//! Where a dossier stands, and the one way it advances: state, history and feed row in a
//! transaction.

use chrono::{DateTime, TimeDelta, Utc};
use hoso_domain::id::{DossierId, ResultId, UnitId};
use hoso_portal_api::feed::{Document, DossierStatus, Item, Remark};
use hoso_portal_api::problem::Kind;
use rusqlite::{OptionalExtension as _, Transaction};

use crate::fault::Fault;
use crate::judge::Summary;
use crate::{db, feed};

/// Where a dossier stands.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) unit: UnitId,
    pub(crate) version: u64,
    pub(crate) status: String,
    pub(crate) revision: u32,
    pub(crate) treasury_number: String,
    pub(crate) supplement_asked: bool,
    pub(crate) appointment: String,
    /// The status to go back to when a withdrawal is declined; empty: none was ever asked.
    pub(crate) before_withdrawal: String,
    pub(crate) summary: Summary,
    pub(crate) received_at: DateTime<Utc>,
}

/// `None`: no revision of it was ever accepted.
pub(crate) fn standing(tx: &Transaction<'_>, id: DossierId) -> Result<Option<Standing>, Fault> {
    let row = tx
        .query_row(
            "SELECT unit_id, version, status, revision, treasury_number, supplement_asked,
                    appointment, before_withdrawal, summary, received_at
             FROM dossier WHERE dossier_id = ?1",
            [id.to_string()],
            |r| {
                let texts: [String; 7] = [
                    r.get(0)?,
                    r.get(2)?,
                    r.get(4)?,
                    r.get(6)?,
                    r.get(7)?,
                    r.get(8)?,
                    r.get(9)?,
                ];
                Ok((
                    texts,
                    r.get::<_, u64>(1)?,
                    r.get::<_, u32>(3)?,
                    r.get::<_, bool>(5)?,
                ))
            },
        )
        .optional()?;
    let Some((texts, version, revision, supplement_asked)) = row else {
        return Ok(None);
    };
    let [
        unit,
        status,
        treasury_number,
        appointment,
        before_withdrawal,
        summary,
        received_at,
    ] = texts;
    Ok(Some(Standing {
        unit: db::id(&unit)?,
        version,
        status,
        revision,
        treasury_number,
        supplement_asked,
        appointment,
        before_withdrawal,
        summary: db::json(&summary)?,
        received_at: db::time(&received_at)?,
    }))
}

/// Who makes the next step of a dossier, and what is said of it.
pub(crate) struct Step {
    /// Empty for the unit and for the portal itself.
    pub(crate) who: String,
    pub(crate) act: &'static str,
    pub(crate) text: String,
    pub(crate) remarks: Vec<Remark>,
    pub(crate) documents: Vec<Document>,
    pub(crate) at: DateTime<Utc>,
    /// How long replaced rows of the feed stay.
    pub(crate) kept: TimeDelta,
}

/// Makes `next` of `from`, one version later. A dossier that moved meanwhile is `overtaken`.
pub(crate) fn advance(
    tx: &Transaction<'_>,
    id: DossierId,
    from: &Standing,
    next: Standing,
    step: Step,
) -> Result<(), Fault> {
    let version = from.version + 1;
    let moved = tx.execute(
        "UPDATE dossier SET version = ?3, status = ?4, treasury_number = ?5, supplement_asked = ?6,
                appointment = ?7, before_withdrawal = ?8
         WHERE dossier_id = ?1 AND version = ?2 AND revision = ?9",
        (
            id.to_string(),
            from.version,
            version,
            &next.status,
            &next.treasury_number,
            next.supplement_asked,
            &next.appointment,
            &next.before_withdrawal,
            from.revision,
        ),
    )?;
    if moved == 0 {
        return Err(Fault::new(Kind::Overtaken, "the dossier moved meanwhile"));
    }
    for document in &step.documents {
        tx.execute(
            "INSERT INTO document (document_id, unit_id, dossier_id, name, sha256, size)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                document.id.to_string(),
                from.unit.to_string(),
                id.to_string(),
                &document.name,
                document.sha256.hex(),
                document.size,
            ),
        )?;
    }
    tx.execute(
        "INSERT INTO history (unit_id, dossier_id, at, who, act, revision, version, text, remarks)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        (
            from.unit.to_string(),
            id.to_string(),
            db::stamp(step.at),
            &step.who,
            step.act,
            from.revision,
            version,
            &step.text,
            db::to_json(&step.remarks)?,
        ),
    )?;
    let item = Item::Dossier(DossierStatus {
        dossier: id,
        version,
        revision: from.revision,
        appointment: next.appointment()?,
        status: next.status,
        treasury_number: next.treasury_number,
        text: step.text,
        remarks: step.remarks,
        documents: step.documents,
    });
    feed::append(tx, from.unit, step.at, step.kept, &item)
}

impl Standing {
    pub(crate) fn appointment(&self) -> Result<Option<DateTime<Utc>>, Fault> {
        match self.appointment.is_empty() {
            true => Ok(None),
            false => Ok(Some(db::time(&self.appointment)?)),
        }
    }
}

/// Every result document of a dossier, oldest first.
pub(crate) fn documents(tx: &Transaction<'_>, id: DossierId) -> Result<Vec<Document>, Fault> {
    let mut statement = tx.prepare(
        "SELECT document_id, name, sha256, size FROM document WHERE dossier_id = ?1
         ORDER BY document_id",
    )?;
    let rows = statement.query_map([id.to_string()], |r| {
        Ok((
            r.get::<_, String>(0)?,
            r.get(1)?,
            r.get::<_, String>(2)?,
            r.get(3)?,
        ))
    })?;
    let mut out = Vec::new();
    for row in rows {
        let (document, name, sha256, size) = row?;
        let id: ResultId = db::id(&document)?;
        out.push(Document {
            id,
            name,
            sha256: db::digest(&sha256)?,
            size,
        });
    }
    Ok(out)
}
