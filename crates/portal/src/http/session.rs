//! Officers: login, session, who speaks. A session is a random token; only its hash is stored.

use std::sync::PoisonError;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use chrono::{DateTime, TimeDelta, Utc};
use hoso_portal_api::problem::Kind;
use rusqlite::OptionalExtension as _;

use crate::fault::Fault;
use crate::portal::Portal;
use crate::{db, keep};

/// A working day.
const LASTS_HOURS: i64 = 10;
/// Wrong passwords in a row before one must wait.
const TRIES: u32 = 5;
/// How long, in seconds.
const WAIT: i64 = 60;
/// `Secure` and the prefix keep it from any other host and from plain HTTP.
pub(super) const COOKIE: &str = "__Host-hoso-officer";

/// Who is logged in.
#[derive(Clone, Debug)]
pub(super) struct Officer {
    pub(super) name: String,
    /// To be sent with every form.
    pub(super) csrf: String,
    pub(super) token: String,
}

/// By cookie: the console.
pub(super) struct Seated(pub(super) Officer);
/// By `Authorization: Bearer`: the API. A cookie does not open it, so no foreign page can.
pub(super) struct Bearer(pub(super) Officer);

pub(super) struct Session {
    pub(super) token: String,
    pub(super) expires: DateTime<Utc>,
}

/// A session for the right name and password.
pub(super) async fn login(
    portal: &Portal,
    name: String,
    password: String,
) -> Result<Session, Fault> {
    let now = portal.now();
    if let Some(seconds) = blocked(portal, &name, now.timestamp()) {
        return Err(Fault::new(Kind::RateLimited, "too many wrong passwords")
            .with(|p| p.retry_after = Some(seconds)));
    }
    let asked = name.clone();
    let hash: Option<String> = portal
        .0
        .db
        .call(move |tx| {
            Ok(tx
                .query_row(
                    "SELECT password FROM officer WHERE name = ?1",
                    [asked],
                    |r| r.get(0),
                )
                .optional()?)
        })
        .await?;
    let known = hash.is_some();
    // An unknown name costs as much time as a wrong password.
    let fits = tokio::task::spawn_blocking(move || match hash {
        Some(hash) => keep::password_fits(&password, &hash),
        None => keep::hash_password(&password).is_err(),
    })
    .await
    .map_err(|e| Fault::internal("a login task failed", e))?;
    if !fits {
        if known {
            failed(portal, &name, now.timestamp());
        }
        return Err(Fault::new(Kind::LoginRequired, "wrong name or password"));
    }
    portal
        .0
        .failures
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(&name);
    let (token, csrf) = (keep::token(), keep::token());
    let expires = now + TimeDelta::hours(LASTS_HOURS);
    let hashed = keep::hashed(&token);
    portal
        .0
        .db
        .call(move |tx| {
            tx.execute(
                "DELETE FROM officer_session WHERE expires_at < ?1",
                [db::stamp(now)],
            )?;
            tx.execute(
                "INSERT INTO officer_session (token_sha256, officer, csrf, expires_at)
                 VALUES (?1, ?2, ?3, ?4)",
                (hashed, name, csrf, db::stamp(expires)),
            )?;
            Ok(())
        })
        .await?;
    Ok(Session { token, expires })
}

pub(super) async fn logout(portal: &Portal, officer: &Officer) -> Result<(), Fault> {
    let hashed = keep::hashed(&officer.token);
    portal
        .0
        .db
        .call(move |tx| {
            tx.execute(
                "DELETE FROM officer_session WHERE token_sha256 = ?1",
                [hashed],
            )?;
            Ok(())
        })
        .await
}

async fn who(portal: &Portal, token: Option<String>) -> Result<Officer, Fault> {
    let out = || Fault::new(Kind::LoginRequired, "");
    let token = token.ok_or_else(out)?;
    let (hashed, now) = (keep::hashed(&token), db::stamp(portal.now()));
    let row: Option<(String, String)> = portal
        .0
        .db
        .call(move |tx| {
            Ok(tx
                .query_row(
                    "SELECT officer, csrf FROM officer_session
                     WHERE token_sha256 = ?1 AND expires_at > ?2",
                    (hashed, now),
                    |r| Ok((r.get(0)?, r.get(1)?)),
                )
                .optional()?)
        })
        .await?;
    let (name, csrf) = row.ok_or_else(out)?;
    Ok(Officer { name, csrf, token })
}

impl FromRequestParts<Portal> for Bearer {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Fault> {
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.strip_prefix("Bearer "))
            .map(|v| v.trim().to_owned());
        who(portal, token).await.map(Self)
    }
}

impl FromRequestParts<Portal> for Seated {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Fault> {
        let token = parts
            .headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(';'))
            .find_map(|c| {
                c.trim()
                    .strip_prefix(COOKIE)?
                    .strip_prefix('=')
                    .map(str::to_owned)
            });
        who(portal, token).await.map(Self)
    }
}

fn blocked(portal: &Portal, name: &str, now: i64) -> Option<u64> {
    let failures = portal
        .0
        .failures
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let (count, last) = failures.get(name)?;
    let left = last + WAIT - now;
    (*count >= TRIES && left > 0).then_some(left.unsigned_abs())
}

fn failed(portal: &Portal, name: &str, now: i64) {
    let mut failures = portal
        .0
        .failures
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let entry = failures.entry(name.to_owned()).or_insert((0, now));
    *entry = match now - entry.1 > WAIT {
        true => (1, now),
        false => (entry.0.saturating_add(1), now),
    };
}
