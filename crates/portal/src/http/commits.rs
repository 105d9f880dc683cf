//! Commits: judged first, then accepted in one transaction with their receipt.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use hoso_domain::digest::Digest;
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::party::Unit;
use hoso_portal_api::commit::{Commit, DossierEntries, DossierState, Receipt, RevisionState};
use hoso_portal_api::commit::{SignedReceipt, Withdrawal, etag, version_of};
use hoso_portal_api::feed::status;
use hoso_portal_api::problem::Kind;
use rusqlite::{OptionalExtension as _, Transaction};

use super::{Parts1, json, pages};
use crate::device::{Device, Proven};
use crate::fault::Fault;
use crate::judge::{self, Judged};
use crate::portal::Portal;
#[cfg(feature = "planted-faults")]
use crate::rehearsal::Planted;
use crate::standing::standing;
use crate::{db, evidence, given_up, paper, withdrawal};

/// Which request a commit came by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    /// `PUT /v1/dossiers/{id}`.
    First,
    /// `PUT …/revisions/{n}` with the treasury version its sender saw.
    Later { seen: u64 },
}

pub(super) async fn first(
    State(portal): State<Portal>,
    Parts1(id): Parts1<DossierId>,
    proven: Proven,
) -> Result<Response, Fault> {
    let commit: Commit = proven.json()?;
    heard(portal, proven.device, id, commit, Door::First).await
}

pub(super) async fn later(
    State(portal): State<Portal>,
    Parts1((id, n)): Parts1<(DossierId, u32)>,
    proven: Proven,
) -> Result<Response, Fault> {
    let commit: Commit = proven.json()?;
    if commit.revision != n {
        return Err(Fault::new(
            Kind::Malformed,
            "path and body name different revisions",
        ));
    }
    let seen = proven
        .headers
        .get(header::IF_MATCH)
        .and_then(|v| v.to_str().ok())
        .and_then(version_of)
        .ok_or_else(|| Fault::new(Kind::Malformed, "If-Match needs a version"))?;
    heard(portal, proven.device, id, commit, Door::Later { seen }).await
}

/// Once begun it is brought to its end, though its sender is gone: whoever asks meanwhile waits for it.
async fn heard(
    portal: Portal,
    device: Device,
    id: DossierId,
    commit: Commit,
    door: Door,
) -> Result<Response, Fault> {
    tokio::spawn(async move {
        let _turn = portal.0.turns.of(id).await;
        accept(&portal, device, id, commit, door).await
    })
    .await
    .map_err(|e| Fault::internal("a commit's task failed", e))?
}

async fn accept(
    portal: &Portal,
    device: Device,
    id: DossierId,
    commit: Commit,
    door: Door,
) -> Result<Response, Fault> {
    if commit.unit != device.unit {
        return Err(Fault::new(Kind::Forbidden, "the commit names another unit"));
    }
    judge::shape(&commit, id)?;
    let key = id;
    #[cfg(feature = "planted-faults")]
    let key = without_key(portal, key).await?;
    // Asked before anything costly: a repeated commit is answered from what is stored.
    let asked = commit.clone();
    let (known, unit) = portal
        .0
        .db
        .call(move |tx| {
            if let Some(known) = admit(tx, key, &asked, door)? {
                return Ok((Some(known), None));
            }
            judge::all_there(tx, &asked)?;
            let unit: String = tx.query_row(
                "SELECT data FROM unit WHERE unit_id = ?1",
                [asked.unit.to_string()],
                |r| r.get(0),
            )?;
            Ok((None, Some(db::json::<Unit>(&unit)?)))
        })
        .await?;
    if let Some(receipt) = known {
        return json(StatusCode::OK, &receipt);
    }
    let Some(unit) = unit else {
        return Err(Fault::new(Kind::Internal, "no unit"));
    };

    let (shared, judged_commit) = (portal.clone(), commit.clone());
    let judged = tokio::task::spawn_blocking(move || shared.judged(&unit, id, &judged_commit))
        .await
        .map_err(|e| Fault::internal("a judging task failed", e))??;

    #[cfg(feature = "planted-faults")]
    if portal.planted(Planted::AckBeforeCommit) {
        return ack_before_commit(portal, device, id, commit, judged).await;
    }
    let shared = portal.clone();
    let (receipt, new) = portal
        .0
        .db
        .call(move |tx| {
            // Somebody may have been faster while this one was judged.
            if let Some(known) = admit(tx, key, &commit, door)? {
                return Ok((known, false));
            }
            let (receipt, signed) = confirm(&shared, tx, id, &commit)?;
            store(tx, device, key, &commit, &judged, &receipt, &signed)?;
            Ok((signed, true))
        })
        .await?;
    json(
        if new {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        },
        &receipt,
    )
}

/// `Some`: accepted before with this digest. `None`: it may be accepted now.
fn admit(
    tx: &Transaction<'_>,
    id: DossierId,
    commit: &Commit,
    door: Door,
) -> Result<Option<SignedReceipt>, Fault> {
    let gone = || -> Result<(), Fault> {
        match given_up::since(tx, commit.unit, id, commit.revision)? {
            Some(since) => Err(Fault::new(Kind::GivenUp, format!("since {since}"))),
            None => Ok(()),
        }
    };
    let Some(at) = standing(tx, id)? else {
        gone()?;
        return match door {
            Door::First => Ok(None),
            Door::Later { .. } => Err(Fault::new(Kind::DossierUnknown, "no revision yet")),
        };
    };
    if at.unit != commit.unit {
        return Err(Fault::new(Kind::Forbidden, "the dossier is another unit's"));
    }
    let stored = tx
        .query_row(
            "SELECT digest, receipt, p7s FROM revision WHERE dossier_id = ?1 AND revision = ?2",
            (id.to_string(), commit.revision),
            |r| {
                Ok((
                    r.get::<_, String>(0)?,
                    r.get::<_, String>(1)?,
                    r.get::<_, String>(2)?,
                ))
            },
        )
        .optional()?;
    if let Some((digest, receipt, p7s)) = stored {
        return match digest == commit.content.digest().hex() {
            true => Ok(Some(SignedReceipt { receipt, p7s })),
            false => Err(Fault::new(Kind::Conflict, format!("accepted as {digest}"))),
        };
    }
    gone()?;
    let Door::Later { seen } = door else {
        return Err(Fault::new(
            Kind::Conflict,
            format!("revision {} is here", at.revision),
        ));
    };
    let waits = matches!(
        at.status.as_str(),
        status::SUPPLEMENT | status::REFUSED | status::MONEY_RETURNED
    );
    if seen != at.version || !waits || commit.revision <= at.revision {
        let what = format!("the dossier is at version {}, {}", at.version, at.status);
        return Err(Fault::new(Kind::Overtaken, what).header("etag", etag(at.version)));
    }
    Ok(None)
}

/// The receipt of what this transaction accepts.
fn confirm(
    portal: &Portal,
    tx: &Transaction<'_>,
    id: DossierId,
    commit: &Commit,
) -> Result<(Receipt, SignedReceipt), Fault> {
    let seq: u64 = tx.query_row("SELECT COALESCE(MAX(seq), 0) + 1 FROM revision", [], |r| {
        r.get(0)
    })?;
    let receipt = Receipt {
        id,
        unit: commit.unit,
        revision: commit.revision,
        digest: commit.content.digest(),
        received_at: portal.now(),
        seq,
        audit_head: Some(commit.audit_head),
    };
    let signed = paper::sign_receipt(&receipt, &portal.0.seal)?;
    Ok((receipt, signed))
}

fn store(
    tx: &Transaction<'_>,
    device: Device,
    id: DossierId,
    commit: &Commit,
    judged: &Judged,
    receipt: &Receipt,
    signed: &SignedReceipt,
) -> Result<(), Fault> {
    let now = receipt.received_at;
    let (dossier, unit) = (id.to_string(), commit.unit.to_string());
    tx.execute(
        "INSERT INTO dossier (dossier_id, unit_id, status, revision, summary, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (dossier_id) DO UPDATE SET
             status = excluded.status, revision = excluded.revision, summary = excluded.summary",
        (
            &dossier,
            &unit,
            status::SUBMITTED,
            commit.revision,
            db::to_json(&judged.summary)?,
            db::stamp(now),
        ),
    )?;
    tx.execute(
        "INSERT INTO revision (dossier_id, revision, unit_id, device_id, digest, body, signers,
                               seq, receipt, p7s, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        (
            &dossier,
            commit.revision,
            &unit,
            device.id.to_string(),
            receipt.digest.hex(),
            db::to_json(commit)?,
            db::to_json(&judged.signers)?,
            receipt.seq,
            &signed.receipt,
            &signed.p7s,
            db::stamp(now),
        ),
    )?;
    tx.execute(
        "INSERT INTO history (unit_id, dossier_id, at, who, act, revision, version)
         SELECT unit_id, dossier_id, ?2, '', 'committed', revision, version
         FROM dossier WHERE dossier_id = ?1",
        (&dossier, db::stamp(now)),
    )?;
    Ok(())
}

/// The planted fault: under which id a submission is stored when nothing is its key.
#[cfg(feature = "planted-faults")]
async fn without_key(portal: &Portal, id: DossierId) -> Result<DossierId, Fault> {
    if !portal.planted(Planted::WithoutKey) {
        return Ok(id);
    }
    let known = portal.0.db.call(move |tx| standing(tx, id)).await?;
    Ok(known.map_or(id, |_| DossierId(crate::keep::new_id())))
}

/// The planted fault: the receipt goes out, and what it confirms is stored seconds later.
#[cfg(feature = "planted-faults")]
async fn ack_before_commit(
    portal: &Portal,
    device: Device,
    id: DossierId,
    commit: Commit,
    judged: Judged,
) -> Result<Response, Fault> {
    let (shared, asked) = (portal.clone(), commit.clone());
    let confirmed = portal.0.db.call(move |tx| confirm(&shared, tx, id, &asked));
    let (receipt, signed) = confirmed.await?;
    let (shared, kept) = (portal.clone(), signed.clone());
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        let stored = shared
            .0
            .db
            .call(move |tx| store(tx, device, id, &commit, &judged, &receipt, &kept));
        if let Err(fault) = stored.await {
            tracing::error!(?fault, "what was confirmed could not be stored");
        }
    });
    json(StatusCode::CREATED, &signed)
}

/// The question asked when an outcome is unknown.
pub(super) async fn state(
    State(portal): State<Portal>,
    Parts1(id): Parts1<DossierId>,
    proven: Proven,
) -> Result<Response, Fault> {
    let _turn = portal.0.turns.of(id).await;
    let state = state_of(&portal, proven.device.unit, id).await?;
    told(StatusCode::OK, &state)
}

/// The unit will not send a revision any more.
pub(super) async fn give_up(
    State(portal): State<Portal>,
    Parts1((id, n)): Parts1<(DossierId, u32)>,
    proven: Proven,
) -> Result<Response, Fault> {
    let _turn = portal.0.turns.of(id).await;
    let (given_up, new) = given_up::give_up(&portal, proven.device, id, n).await?;
    json(super::devices::created(new), &given_up)
}

/// The unit asks for a dossier back.
pub(super) async fn withdraw(
    State(portal): State<Portal>,
    Parts1(id): Parts1<DossierId>,
    proven: Proven,
) -> Result<Response, Fault> {
    let asked: Withdrawal = proven.json()?;
    let unit = proven.device.unit;
    let status = match withdrawal::ask(&portal, unit, id, asked.reason).await? {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    told(status, &state_of(&portal, unit, id).await?)
}

fn told(status: StatusCode, state: &DossierState) -> Result<Response, Fault> {
    let mut answer = json(status, state)?;
    if let Ok(tag) = HeaderValue::from_str(&etag(state.version)) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    Ok(answer)
}

async fn state_of(portal: &Portal, unit: UnitId, id: DossierId) -> Result<DossierState, Fault> {
    portal
        .0
        .db
        .call(move |tx| {
            let at = standing(tx, id)?.ok_or_else(|| Fault::new(Kind::DossierUnknown, ""))?;
            if at.unit != unit {
                return Err(Fault::new(Kind::Forbidden, ""));
            }
            let mut statement = tx.prepare(
                "SELECT revision, digest, receipt, p7s FROM revision WHERE dossier_id = ?1
                 ORDER BY revision",
            )?;
            let rows = statement.query_map([id.to_string()], |r| {
                let receipt = SignedReceipt {
                    receipt: r.get(2)?,
                    p7s: r.get(3)?,
                };
                Ok((r.get::<_, u32>(0)?, r.get::<_, String>(1)?, receipt))
            })?;
            let mut revisions = Vec::new();
            for row in rows {
                let (revision, digest, receipt) = row?;
                revisions.push(RevisionState {
                    revision,
                    digest: db::digest(&digest)?,
                    receipt,
                });
            }
            Ok(DossierState {
                dossier: id,
                unit,
                version: at.version,
                status: at.status,
                revisions,
            })
        })
        .await
}

/// What was sent, for a second or replaced PC.
pub(super) async fn entries(
    State(portal): State<Portal>,
    Parts1(id): Parts1<DossierId>,
    proven: Proven,
) -> Result<Response, Fault> {
    let commit = newest(&portal, id, proven.device).await?;
    json(
        StatusCode::OK,
        &DossierEntries {
            dossier: id,
            commit,
        },
    )
}

/// The bytes of one thing that was sent.
pub(super) async fn blob(
    State(portal): State<Portal>,
    Parts1((id, sha256)): Parts1<(DossierId, String)>,
    proven: Proven,
) -> Result<Response, Fault> {
    let none = || Fault::new(Kind::NotFound, "not part of the dossier");
    let sha256 = Digest::from_hex(&sha256).ok_or_else(none)?;
    let commit = newest(&portal, id, proven.device).await?;
    let added = portal
        .0
        .db
        .call(move |tx| evidence::holds(tx, id, sha256))
        .await?;
    if !added && !judge::named(&commit).any(|b| b.sha256 == sha256) {
        return Err(none());
    }
    pages::stored(&portal, &proven.headers, sha256, "application/octet-stream").await
}

async fn newest(portal: &Portal, id: DossierId, device: Device) -> Result<Commit, Fault> {
    portal
        .0
        .db
        .call(move |tx| {
            let at = standing(tx, id)?.ok_or_else(|| Fault::new(Kind::DossierUnknown, ""))?;
            if at.unit != device.unit {
                return Err(Fault::new(Kind::Forbidden, ""));
            }
            let body: String = tx.query_row(
                "SELECT body FROM revision WHERE dossier_id = ?1 AND revision = ?2",
                (id.to_string(), at.revision),
                |r| r.get(0),
            )?;
            db::json(&body)
        })
        .await
}
