//! The officer's JSON API, and the files it shows of dossiers.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use hoso_domain::digest::Digest;
use hoso_domain::id::{DeviceId, DossierId, ResultId, UnitId};
use hoso_portal_api::commit::{Commit, SignedReceipt};
use hoso_portal_api::device::Revocation;
use hoso_portal_api::feed::{Balance, Estimate, Item, Movement, Notice};
use hoso_portal_api::officer::{
    self, Act, Decision, DeviceToken, DossierFile, DossierSummary, HistoryFile, LoggedIn, Login,
    RevisionFile, SendMovement, SendNotice, Service, SetBalance, SetEstimate,
};
use hoso_portal_api::problem::Kind;
use rusqlite::Transaction;

use super::session::{self, Bearer};
use super::{Parts1, Sent, devices, json, pages};
use crate::fault::Fault;
use crate::moves::{self, Move};
use crate::portal::Portal;
use crate::standing::{Standing, documents, standing};
use crate::{certificate, db, device, evidence, feed, keep, limit, numbers};

/// Rows of the list.
const LIST: u32 = 500;

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route(officer::LOGIN, post(login))
        .route(officer::DOSSIERS, get(list))
        .route("/officer/v1/dossiers/{id}", get(show))
        .route("/officer/v1/dossiers/{id}/blobs/{sha256}", get(blob))
        .route("/officer/v1/dossiers/{id}/{act}", post(act))
        .route(officer::BALANCES, post(balance))
        .route(officer::MOVEMENTS, post(movement))
        .route(officer::ESTIMATES, post(estimate))
        .route(officer::NOTICES, post(notice))
        .route(officer::CERTIFICATES, get(list_certificates))
        .route(
            "/officer/v1/certificates/{unit}/{sha256}/{decision}",
            post(decide),
        )
        .route(officer::DEVICES, get(list_devices))
        .route("/officer/v1/devices/{id}/revoke", post(revoke))
        .route("/officer/v1/devices/{id}/token", post(token))
        .route(officer::SERVICE, get(service).put(set_service))
}

async fn login(State(portal): State<Portal>, sent: Sent) -> Result<Response, Fault> {
    let login: Login = sent.json()?;
    let made = session::login(&portal, login.name, login.password).await?;
    json(
        StatusCode::OK,
        &LoggedIn {
            token: made.token,
            expires: made.expires,
        },
    )
}

async fn list(State(portal): State<Portal>, _: Bearer) -> Result<Response, Fault> {
    json(StatusCode::OK, &summaries(&portal).await?)
}

async fn show(
    State(portal): State<Portal>,
    _: Bearer,
    Parts1(id): Parts1<DossierId>,
) -> Result<Response, Fault> {
    json(StatusCode::OK, &dossier_file(&portal, id).await?)
}

async fn act(
    State(portal): State<Portal>,
    Bearer(officer): Bearer,
    Parts1((id, act)): Parts1<(DossierId, String)>,
    sent: Sent,
) -> Result<Response, Fault> {
    let made = Move::of(&act).ok_or_else(|| Fault::new(Kind::NotFound, "no such move"))?;
    let asked: Act = match sent.is_empty() {
        true => Act::default(),
        false => sent.json()?,
    };
    moves::make(&portal, &officer.name, id, made, asked).await?;
    json(StatusCode::OK, &dossier_file(&portal, id).await?)
}

async fn list_certificates(State(portal): State<Portal>, _: Bearer) -> Result<Response, Fault> {
    let found = portal.0.db.call(certificate::files).await?;
    json(StatusCode::OK, &found)
}

async fn decide(
    State(portal): State<Portal>,
    Bearer(officer): Bearer,
    Parts1((unit, sha256, act)): Parts1<(UnitId, Digest, String)>,
    sent: Sent,
) -> Result<Response, Fault> {
    let asked: Decision = match sent.is_empty() {
        true => Decision::default(),
        false => sent.json()?,
    };
    let decision = certificate::Decision::of(&act)?;
    let file =
        certificate::decide(&portal, &officer.name, unit, sha256, decision, &asked.text).await?;
    json(StatusCode::OK, &file)
}

async fn blob(
    State(portal): State<Portal>,
    _: Bearer,
    Parts1((id, sha256)): Parts1<(DossierId, String)>,
    headers: axum::http::HeaderMap,
) -> Result<Response, Fault> {
    let (sha256, bytes) = stored(&portal, id, &sha256).await?;
    Ok(pages::bytes(
        &headers,
        bytes,
        sha256,
        "application/octet-stream",
    ))
}

async fn balance(State(portal): State<Portal>, _: Bearer, sent: Sent) -> Result<Response, Fault> {
    let set: SetBalance = sent.json()?;
    let item = Item::Balance(Balance {
        account: set.account.clone(),
        figure: set.figure,
        at: portal.now(),
    });
    tell(&portal, set.unit, item).await?;
    json(StatusCode::OK, &set)
}

async fn movement(State(portal): State<Portal>, _: Bearer, sent: Sent) -> Result<Response, Fault> {
    let asked: SendMovement = sent.json()?;
    if asked.account.trim().is_empty() {
        return Err(Fault::new(Kind::Malformed, "a movement is on an account"));
    }
    for text in [&asked.account, &asked.reference, &asked.text] {
        moves::short(text)?;
    }
    let movement = Movement {
        id: ResultId(keep::new_id()),
        day: asked.day,
        account: asked.account,
        amount: asked.amount,
        reference: asked.reference,
        text: asked.text,
    };
    tell(&portal, asked.unit, Item::Movement(movement.clone())).await?;
    json(StatusCode::CREATED, &movement)
}

async fn estimate(State(portal): State<Portal>, _: Bearer, sent: Sent) -> Result<Response, Fault> {
    let set: SetEstimate = sent.json()?;
    numbers::budget_year(set.year)?;
    for code in [&set.source, &set.sector, &set.programme] {
        moves::short(code)?;
    }
    let programme = match set.programme.trim() {
        "" => "00000",
        code => code,
    };
    let item = Item::Estimate(Estimate {
        year: set.year,
        source: set.source.trim().to_owned(),
        sector: set.sector.trim().to_owned(),
        programme: programme.to_owned(),
        given: set.given,
        used: set.used,
        at: portal.now(),
    });
    tell(&portal, set.unit, item).await?;
    json(StatusCode::OK, &set)
}

async fn notice(State(portal): State<Portal>, _: Bearer, sent: Sent) -> Result<Response, Fault> {
    json(
        StatusCode::CREATED,
        &notify(&portal, sent.json::<SendNotice>()?).await?,
    )
}

/// Thông báo cho một đơn vị.
pub(super) async fn notify(portal: &Portal, asked: SendNotice) -> Result<Notice, Fault> {
    if asked.title.trim().is_empty() {
        return Err(Fault::new(Kind::Malformed, "a notice needs a title"));
    }
    moves::short(&asked.title)?;
    moves::short(&asked.text)?;
    let notice = Notice {
        id: ResultId(keep::new_id()),
        title: asked.title,
        text: asked.text,
    };
    tell(portal, asked.unit, Item::Notice(notice.clone())).await?;
    Ok(notice)
}

/// Puts an item that belongs to no dossier into a unit's feed.
async fn tell(portal: &Portal, unit: UnitId, item: Item) -> Result<(), Fault> {
    let (now, kept) = (portal.now(), portal.0.config.limits.feed_kept());
    portal
        .0
        .db
        .call(move |tx| {
            let known: bool = tx.query_row(
                "SELECT EXISTS (SELECT 1 FROM unit WHERE unit_id = ?1)",
                [unit.to_string()],
                |r| r.get(0),
            )?;
            match known {
                true => feed::append(tx, unit, now, kept, &item),
                false => Err(Fault::new(Kind::NotFound, "no such unit")),
            }
        })
        .await?;
    portal.announce();
    Ok(())
}

async fn list_devices(State(portal): State<Portal>, _: Bearer) -> Result<Response, Fault> {
    let found = portal.0.db.call(|tx| devices::files(tx, None)).await?;
    json(StatusCode::OK, &found)
}

async fn revoke(
    State(portal): State<Portal>,
    _: Bearer,
    Parts1(id): Parts1<DeviceId>,
    sent: Sent,
) -> Result<Response, Fault> {
    let reason = match sent.is_empty() {
        true => String::new(),
        false => sent.json::<Revocation>()?.reason,
    };
    let file = devices::revoked(&portal, id, None, reason).await?;
    json(StatusCode::OK, &file)
}

/// For independent clients at a training portal.
async fn token(
    State(portal): State<Portal>,
    _: Bearer,
    Parts1(id): Parts1<DeviceId>,
) -> Result<Response, Fault> {
    let token = device::give_token(&portal, id).await?;
    json(StatusCode::CREATED, &DeviceToken { token })
}

async fn service(State(portal): State<Portal>, _: Bearer) -> Result<Response, Fault> {
    let serving = !portal.0.load.paused();
    json(StatusCode::OK, &Service { serving })
}

async fn set_service(
    State(portal): State<Portal>,
    _: Bearer,
    sent: Sent,
) -> Result<Response, Fault> {
    let asked: Service = sent.json()?;
    limit::pause(&portal, !asked.serving).await?;
    json(StatusCode::OK, &asked)
}

/// Newest first.
pub(super) async fn summaries(portal: &Portal) -> Result<Vec<DossierSummary>, Fault> {
    portal
        .0
        .db
        .call(|tx| {
            let mut statement =
                tx.prepare("SELECT dossier_id FROM dossier ORDER BY received_at DESC LIMIT ?1")?;
            let ids = statement.query_map([LIST], |r| r.get::<_, String>(0))?;
            let mut out = Vec::new();
            for id in ids {
                let id: DossierId = db::id(&id?)?;
                if let Some(at) = standing(tx, id)? {
                    out.push(summary(id, &at));
                }
            }
            Ok(out)
        })
        .await
}

fn summary(id: DossierId, at: &Standing) -> DossierSummary {
    let s = &at.summary;
    DossierSummary {
        dossier: id,
        unit: at.unit,
        unit_code: s.unit_code.clone(),
        unit_name: s.unit_name.clone(),
        treasury_number: at.treasury_number.clone(),
        revision: at.revision,
        status: at.status.clone(),
        version: at.version,
        form: s.form.clone(),
        number: s.number.clone(),
        title: s.title.clone(),
        payee: s.payee.clone(),
        total: s.total,
        received_at: at.received_at,
    }
}

pub(super) async fn dossier_file(portal: &Portal, id: DossierId) -> Result<DossierFile, Fault> {
    portal.0.db.call(move |tx| whole(tx, id)).await
}

fn whole(tx: &Transaction<'_>, id: DossierId) -> Result<DossierFile, Fault> {
    let at = standing(tx, id)?.ok_or_else(|| Fault::new(Kind::DossierUnknown, ""))?;
    let mut revisions = Vec::new();
    let mut statement = tx.prepare(
        "SELECT body, signers, receipt, p7s, device_id FROM revision WHERE dossier_id = ?1
         ORDER BY revision",
    )?;
    let rows = statement.query_map([id.to_string()], |r| {
        Ok([
            r.get::<_, String>(0)?,
            r.get(1)?,
            r.get(2)?,
            r.get(3)?,
            r.get(4)?,
        ])
    })?;
    for row in rows {
        let [body, signers, receipt, p7s, device] = row?;
        let commit: Commit = db::json(&body)?;
        revisions.push(RevisionFile {
            revision: commit.revision,
            digest: commit.content.digest(),
            receipt: db::json(&receipt)?,
            signed_receipt: SignedReceipt { receipt, p7s },
            entries: commit.content.entries,
            manifests: commit.content.manifests,
            signatures: commit.content.signatures,
            signers: db::json(&signers)?,
            device: db::id(&device)?,
            audit_head: commit.audit_head,
            evidence: evidence::versions(tx, id, commit.revision)?,
        });
    }
    Ok(DossierFile {
        summary: summary(id, &at),
        supplement_asked: at.supplement_asked,
        revisions,
        history: history(tx, id)?,
        documents: documents(tx, id)?,
    })
}

fn history(tx: &Transaction<'_>, id: DossierId) -> Result<Vec<HistoryFile>, Fault> {
    let mut statement = tx.prepare(
        "SELECT at, who, act, revision, version, text, remarks FROM history
         WHERE dossier_id = ?1 ORDER BY history_id",
    )?;
    let rows = statement.query_map([id.to_string()], |r| {
        let texts: [String; 5] = [r.get(0)?, r.get(1)?, r.get(2)?, r.get(5)?, r.get(6)?];
        Ok((texts, r.get::<_, u32>(3)?, r.get::<_, u64>(4)?))
    })?;
    let mut out = Vec::new();
    for row in rows {
        let ([at, who, act, text, remarks], revision, version) = row?;
        let (at, remarks) = (db::time(&at)?, db::json(&remarks)?);
        out.push(HistoryFile {
            at,
            who,
            act,
            revision,
            version,
            text,
            remarks,
        });
    }
    Ok(out)
}

/// Bytes that are part of a dossier: of any revision, or a result.
pub(super) async fn stored(
    portal: &Portal,
    id: DossierId,
    sha256: &str,
) -> Result<(Digest, Vec<u8>), Fault> {
    let none = || Fault::new(Kind::NotFound, "not part of the dossier");
    let sha256 = Digest::from_hex(sha256).ok_or_else(none)?;
    let belongs = portal
        .0
        .db
        .call(move |tx| {
            let mut statement = tx.prepare("SELECT body FROM revision WHERE dossier_id = ?1")?;
            let rows = statement.query_map([id.to_string()], |r| r.get::<_, String>(0))?;
            for row in rows {
                let commit: Commit = db::json(&row?)?;
                if crate::judge::named(&commit).any(|b| b.sha256 == sha256) {
                    return Ok(true);
                }
            }
            Ok(evidence::holds(tx, id, sha256)?
                || documents(tx, id)?.iter().any(|d| d.sha256 == sha256))
        })
        .await?;
    if !belongs {
        return Err(none());
    }
    let blobs = portal.0.blobs.clone();
    let bytes = tokio::task::spawn_blocking(move || blobs.read(sha256))
        .await
        .map_err(|e| Fault::internal("a reading task failed", e))??;
    Ok((sha256, bytes))
}
