//! Uploads: how bytes arrive and stay. An offset is answered only after it is durable, and the
//! newest request wins over a body whose connection is dead.

use axum::body::Body;
use chrono::{DateTime, TimeDelta, Utc};
use hoso_domain::digest::Digest;
use hoso_domain::id::UnitId;
use hoso_portal_api::problem::Kind;
use http_body_util::BodyExt as _;
use rusqlite::{OptionalExtension as _, Row};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _, SeekFrom};
use tokio::sync::watch;
use uuid::Uuid;

use crate::db;
use crate::fault::Fault;
use crate::portal::Portal;
use crate::{keep, limit};

mod slot;

pub(crate) use slot::Slot;
use slot::{forget, slot};

/// How long an unfinished upload waits for its rest.
const EXPIRES_DAYS: i64 = 7;
/// A long body is made durable at least this often, in bytes.
const CHECKPOINT: u64 = 1024 * 1024;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Upload {
    pub(crate) id: Uuid,
    pub(crate) unit: UnitId,
    pub(crate) sha256: Digest,
    pub(crate) length: u64,
    pub(crate) received: u64,
    pub(crate) done: bool,
    pub(crate) expires: DateTime<Utc>,
}

/// A row in the order of [`Upload::COLUMNS`].
type Stored = (String, String, String, u64, u64, bool, String);

impl Upload {
    const COLUMNS: &str = "upload_id, unit_id, sha256, length, received, done, expires_at";

    fn of(row: &Row<'_>) -> Result<Stored, rusqlite::Error> {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
            row.get(5)?,
            row.get(6)?,
        ))
    }

    fn read(row: Stored) -> Result<Self, Fault> {
        let (id, unit, sha256, length, received, done, expires) = row;
        Ok(Self {
            id: db::id(&id)?,
            unit: db::id(&unit)?,
            sha256: db::digest(&sha256)?,
            length,
            received,
            done,
            expires: db::time(&expires)?,
        })
    }
}

/// Get-or-create by (unit, SHA-256, length). `true`: it is new.
pub(crate) async fn create(
    portal: &Portal,
    unit: UnitId,
    sha256: Digest,
    length: u64,
) -> Result<(Upload, bool), Fault> {
    sweep(portal).await?;
    let expires = portal.now() + TimeDelta::days(EXPIRES_DAYS);
    let limits = portal.0.config.limits.clone();
    let (upload, new) = portal
        .0
        .db
        .call(move |tx| {
            let known: bool = tx.query_row(
                "SELECT EXISTS (SELECT 1 FROM upload
                                WHERE unit_id = ?1 AND sha256 = ?2 AND length = ?3)",
                (unit.to_string(), sha256.hex(), length),
                |r| r.get(0),
            )?;
            if !known {
                limit::unfinished(tx, unit, length, &limits)?;
            }
            let inserted = tx.execute(
                "INSERT INTO upload (upload_id, unit_id, sha256, length, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (unit_id, sha256, length) DO NOTHING",
                (
                    keep::new_id().to_string(),
                    unit.to_string(),
                    sha256.hex(),
                    length,
                    db::stamp(expires),
                ),
            )?;
            let row = tx.query_row(
                &format!(
                    "SELECT {} FROM upload WHERE unit_id = ?1 AND sha256 = ?2 AND length = ?3",
                    Upload::COLUMNS
                ),
                (unit.to_string(), sha256.hex(), length),
                Upload::of,
            )?;
            Ok((Upload::read(row)?, inserted == 1))
        })
        .await?;
    if upload.done || upload.received < upload.length {
        return Ok((upload, new));
    }
    // Empty, or the portal ended between the last byte and the check of the whole.
    let slot = slot(portal, upload.id);
    let _writing = slot.writing.lock().await;
    let upload = find(portal, unit, upload.id).await?;
    Ok((completed(portal, upload).await?, new))
}

/// The upload, when it is the unit's and did not expire.
pub(crate) async fn find(portal: &Portal, unit: UnitId, id: Uuid) -> Result<Upload, Fault> {
    let row = portal
        .0
        .db
        .call(move |tx| {
            Ok(tx
                .query_row(
                    &format!(
                        "SELECT {} FROM upload WHERE upload_id = ?1",
                        Upload::COLUMNS
                    ),
                    [id.to_string()],
                    Upload::of,
                )
                .optional()?)
        })
        .await?;
    let upload = row.map(Upload::read).transpose()?;
    let upload = upload.ok_or_else(|| Fault::new(Kind::UploadGone, "create it again"))?;
    if upload.unit != unit {
        return Err(Fault::new(Kind::Forbidden, ""));
    }
    // its bytes go with the next creation
    if !upload.done && upload.expires < portal.now() {
        return Err(Fault::new(Kind::UploadGone, "it expired: create it again"));
    }
    Ok(upload)
}

/// Ends whoever still writes to it, then says where it stands.
pub(crate) async fn settle(portal: &Portal, unit: UnitId, id: Uuid) -> Result<Upload, Fault> {
    let upload = find(portal, unit, id).await?;
    if upload.done {
        return Ok(upload);
    }
    let slot = slot(portal, id);
    slot.take_turn(None);
    let _writing = slot.writing.lock().await;
    let upload = find(portal, unit, id).await?;
    completed(portal, upload).await
}

/// Checks an upload whose bytes are all there; to be called by who may write to it.
async fn completed(portal: &Portal, upload: Upload) -> Result<Upload, Fault> {
    if upload.done || upload.received < upload.length {
        return Ok(upload);
    }
    finish(portal, &upload).await?;
    forget(portal, upload.id);
    Ok(Upload {
        done: true,
        ..upload
    })
}

/// Where a body belongs, and what is known of it beforehand.
pub(crate) struct Piece {
    pub(crate) offset: u64,
    /// `Content-Length`.
    pub(crate) length: Option<u64>,
    pub(crate) checksum: Option<Digest>,
}

/// Appends a body; gives the upload as it stands durably afterwards.
pub(crate) async fn append(
    portal: &Portal,
    unit: UnitId,
    id: Uuid,
    piece: Piece,
    body: Body,
) -> Result<Upload, Fault> {
    find(portal, unit, id).await?;
    let load = portal.0.load.body()?;
    let slot = slot(portal, id);
    if !slot.follow(piece.offset).await {
        return Err(misplaced(&find(portal, unit, id).await?));
    }
    let end = piece.length.and_then(|l| piece.offset.checked_add(l));
    let mine = slot.take_turn(end);
    let mut turn = slot.turn.subscribe();
    let portal = portal.clone();
    // A task of its own: what arrived is kept even when the connection's task is dropped.
    let work = async move {
        let writing = slot.writing.lock().await;
        let written = write(&portal, unit, id, piece, body, &mut turn, mine).await;
        slot.leave(mine);
        drop((writing, load));
        written
    };
    tokio::spawn(work)
        .await
        .map_err(|e| Fault::internal("an upload task failed", e))?
}

/// The bytes that come with a creation. An upload that is further on, or that somebody writes to,
/// keeps what it has: they are heard and passed over.
pub(crate) async fn begin(
    portal: &Portal,
    upload: Upload,
    piece: Piece,
    mut body: Body,
) -> Result<Upload, Fault> {
    let load = portal.0.load.body()?;
    let slot = slot(portal, upload.id);
    let (portal, unit, id) = (portal.clone(), upload.unit, upload.id);
    // as in `append`: what was begun is ended, whoever still listens
    let work = async move {
        let begun = upload.done || upload.received > 0;
        let writing = slot.writing.try_lock().ok().filter(|_| !begun);
        let Some(writing) = writing else {
            while let Some(Ok(_)) = body.frame().await {}
            return find(&portal, unit, id).await;
        };
        let mine = slot.take_turn(piece.length);
        let mut turn = slot.turn.subscribe();
        let written = write(&portal, unit, id, piece, body, &mut turn, mine).await;
        slot.leave(mine);
        drop((writing, load));
        match written {
            // somebody was faster, or a newer request took over: it stands where it stands
            Err(fault) if fault.kind() == Kind::OffsetMismatch => find(&portal, unit, id).await,
            written => written,
        }
    };
    tokio::spawn(work)
        .await
        .map_err(|e| Fault::internal("an upload task failed", e))?
}

/// To be called by whoever holds the slot.
async fn write(
    portal: &Portal,
    unit: UnitId,
    id: Uuid,
    piece: Piece,
    body: Body,
    turn: &mut watch::Receiver<u64>,
    mine: u64,
) -> Result<Upload, Fault> {
    let mut upload = find(portal, unit, id).await?;
    if upload.received != piece.offset {
        return Err(misplaced(&upload));
    }
    let outcome = receive(portal, &mut upload, piece.checksum, body, turn, mine).await;
    if outcome.is_ok() {
        upload = completed(portal, upload).await?;
    }
    outcome
        .map(|()| upload)
        .map_err(|fault| fault.header(hoso_portal_api::upload::UPLOAD_OFFSET, upload.received))
}

/// The body does not begin where the upload stands.
fn misplaced(upload: &Upload) -> Fault {
    Fault::new(Kind::OffsetMismatch, format!("at {}", upload.received))
        .header(hoso_portal_api::upload::UPLOAD_OFFSET, upload.received)
}

async fn receive(
    portal: &Portal,
    upload: &mut Upload,
    checksum: Option<Digest>,
    mut body: Body,
    turn: &mut watch::Receiver<u64>,
    mine: u64,
) -> Result<(), Fault> {
    if upload.done {
        return Ok(());
    }
    let mut file = tokio::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(portal.0.blobs.partial(upload.id))
        .await?;
    if file.metadata().await?.len() < upload.received {
        return Err(lost(portal, upload.id).await?);
    }
    // Bytes past the durable offset were never promised to anybody.
    file.set_len(upload.received).await?;
    file.seek(SeekFrom::Start(upload.received)).await?;
    let mut at = upload.received;
    let mut hash = Sha256::new();
    let end = loop {
        let frame = tokio::select! {
            frame = body.frame() => frame,
            // a writer whose bytes are all here has nothing left to be taken over
            _ = turn.wait_for(|t| *t != mine) => {
                break (at < upload.length).then_some("a newer request took over");
            }
        };
        let data = match frame {
            None => break None,
            Some(Err(_)) => break Some("the body ended early"),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => data,
                Err(_) => continue,
            },
        };
        if at + data.len() as u64 > upload.length {
            break Some("the body goes beyond Upload-Length");
        }
        file.write_all(&data).await?;
        if checksum.is_some() {
            hash.update(&data);
        }
        at += data.len() as u64;
        // A body with a checksum counts as a whole or not at all.
        if checksum.is_none() && at - upload.received >= CHECKPOINT {
            keep_offset(portal, &mut file, upload, at).await?;
        }
    };
    if let Some(wanted) = checksum
        && (end.is_some() || Digest(hash.finalize().into()) != wanted)
    {
        file.set_len(upload.received).await?;
        return Err(match end {
            Some(why) => Fault::new(Kind::OffsetMismatch, why),
            None => Fault::new(Kind::DigestMismatch, "Upload-Checksum does not fit"),
        });
    }
    keep_offset(portal, &mut file, upload, at).await?;
    match end {
        None => Ok(()),
        Some(why) => Err(Fault::new(Kind::OffsetMismatch, why)),
    }
}

/// Bytes first, then the offset that promises them.
async fn keep_offset(
    portal: &Portal,
    file: &mut tokio::fs::File,
    upload: &mut Upload,
    at: u64,
) -> Result<(), Fault> {
    file.flush().await?;
    file.sync_data().await?;
    if upload.received == 0 {
        portal.0.blobs.keep_name(upload.id).await?;
    }
    let (id, expires) = (upload.id, portal.now() + TimeDelta::days(EXPIRES_DAYS));
    let kept = portal
        .0
        .db
        .call(move |tx| {
            Ok(tx.execute(
                "UPDATE upload SET received = ?2, expires_at = ?3 WHERE upload_id = ?1",
                (id.to_string(), at, db::stamp(expires)),
            )?)
        })
        .await?;
    if kept == 0 {
        // Taken back while its bytes arrived; its file is mostly gone as well.
        match tokio::fs::remove_file(portal.0.blobs.partial(id)).await {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
        return Err(Fault::new(Kind::UploadGone, "create it again"));
    }
    upload.received = at;
    upload.expires = expires;
    Ok(())
}

/// Promised bytes are not there: the disk lost them, or somebody's hand did. What is left is forgotten.
async fn lost(portal: &Portal, id: Uuid) -> Result<Fault, Fault> {
    tracing::error!(%id, "bytes of an upload are gone from the disk");
    tokio::fs::remove_file(portal.0.blobs.partial(id)).await?;
    let forget = move |tx: &rusqlite::Transaction<'_>| {
        Ok(tx.execute("DELETE FROM upload WHERE upload_id = ?1", [id.to_string()])?)
    };
    portal.0.db.call(forget).await?;
    Ok(Fault::new(Kind::UploadGone, "create it again"))
}

/// Checks the whole against its SHA-256 and makes it a blob; a misfit, or what is not there any more, is
/// removed.
async fn finish(portal: &Portal, upload: &Upload) -> Result<(), Fault> {
    let (blobs, upload) = (portal.0.blobs.clone(), *upload);
    let fits = tokio::task::spawn_blocking(move || {
        if upload.length == 0 {
            return Ok(blobs.put(b"")? == upload.sha256);
        }
        blobs.adopt(&blobs.partial(upload.id), upload.sha256)
    })
    .await
    .map_err(|e| Fault::internal("an upload task failed", e))?
    .map_err(Fault::from)?;
    portal
        .0
        .db
        .call(move |tx| {
            let id = upload.id.to_string();
            match fits {
                true => tx.execute("UPDATE upload SET done = 1 WHERE upload_id = ?1", [id])?,
                false => tx.execute("DELETE FROM upload WHERE upload_id = ?1", [id])?,
            };
            Ok(())
        })
        .await?;
    match fits {
        true => Ok(()),
        false => Err(Fault::new(Kind::DigestMismatch, "the upload was removed")),
    }
}

/// tus termination: forgets an unfinished upload. A finished one may belong to a dossier: it stays.
pub(crate) async fn terminate(portal: &Portal, unit: UnitId, id: Uuid) -> Result<(), Fault> {
    let upload = settle(portal, unit, id).await?;
    if upload.done {
        return Err(Fault::new(Kind::Forbidden, "a finished upload stays"));
    }
    remove(portal, vec![id]).await
}

/// Removes what expired.
async fn sweep(portal: &Portal) -> Result<(), Fault> {
    let now = db::stamp(portal.now());
    let ids = portal
        .0
        .db
        .call(move |tx| {
            let mut statement =
                tx.prepare("SELECT upload_id FROM upload WHERE done = 0 AND expires_at < ?1")?;
            let rows = statement.query_map([now], |r| r.get::<_, String>(0))?;
            let mut ids = Vec::new();
            for row in rows {
                ids.push(db::id::<Uuid>(&row?)?);
            }
            Ok(ids)
        })
        .await?;
    match ids.is_empty() {
        true => Ok(()),
        false => remove(portal, ids).await,
    }
}

async fn remove(portal: &Portal, ids: Vec<Uuid>) -> Result<(), Fault> {
    for id in &ids {
        forget(portal, *id);
    }
    let blobs = portal.0.blobs.clone();
    portal
        .0
        .db
        .call(move |tx| {
            for id in ids {
                tx.execute(
                    "DELETE FROM upload WHERE upload_id = ?1 AND done = 0",
                    [id.to_string()],
                )?;
                match std::fs::remove_file(blobs.partial(id)) {
                    Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
                    _ => {}
                }
            }
            Ok(())
        })
        .await
}
