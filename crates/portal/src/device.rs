//! Which device speaks: enrolment, and the proof every later request carries.
//!
//! A request without a good proof reaches no handler. Replays inside the time window are harmless:
//! every request of a device is idempotent.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use hoso_domain::id::{DeviceId, UnitId};
use hoso_domain::party::{Role, Unit};
use hoso_portal_api::device::{
    Enrol, EnrolSigned, Enrolled, HEADER_DEVICE, HEADER_PROOF, HEADER_TIME, ProofBody, SIGNED_DAYS,
    Succession, TIME_WINDOW_SECONDS, enrolment_text, proof_text,
};
use hoso_portal_api::problem::Kind;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;
use rusqlite::{OptionalExtension as _, Transaction};

use crate::fault::Fault;
use crate::portal::Portal;
use crate::{body, db, judge, keep};

/// A device whose proof verified.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Device {
    pub(crate) id: DeviceId,
    pub(crate) unit: UnitId,
}

/// A proven request and its whole body.
pub(crate) struct Proven {
    pub(crate) device: Device,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A proven tus `PATCH`; the body is still to be read.
pub(crate) struct ProvenUpload(pub(crate) Device);

impl FromRequest<Portal> for Proven {
    type Rejection = Fault;

    async fn from_request(request: Request<Body>, portal: &Portal) -> Result<Self, Fault> {
        let (parts, body) = request.into_parts();
        let sent = body::whole(portal, body).await?;
        let device = prove(portal, &parts, ProofBody::Bytes(&sent)).await?;
        // The proof is over the bytes as sent; they are read as they were meant.
        let body = body::plain(&parts.headers, sent)?;
        Ok(Self {
            device,
            headers: parts.headers,
            body,
        })
    }
}

impl FromRequestParts<Portal> for ProvenUpload {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Fault> {
        prove(portal, parts, ProofBody::Upload).await.map(Self)
    }
}

/// A proven request of a device that may be revoked already: it asks again for what it was answered.
pub(crate) struct Ending {
    device: Device,
    standing: Standing,
    body: Bytes,
}

impl FromRequest<Portal> for Ending {
    type Rejection = Fault;

    async fn from_request(request: Request<Body>, portal: &Portal) -> Result<Self, Fault> {
        let (parts, body) = request.into_parts();
        let sent = body::whole(portal, body).await?;
        let (device, standing) = proven(portal, &parts, ProofBody::Bytes(&sent)).await?;
        let body = body::plain(&parts.headers, sent)?;
        Ok(Self {
            device,
            standing,
            body,
        })
    }
}

/// Whether a device may still speak.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Enrolled,
    Revoked,
}

impl Proven {
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_json::from_slice(&self.body).map_err(|e| Fault::new(Kind::Malformed, e.to_string()))
    }
}

async fn prove(portal: &Portal, parts: &Parts, body: ProofBody<'_>) -> Result<Device, Fault> {
    match proven(portal, parts, body).await? {
        (device, Standing::Enrolled) => Ok(device),
        (_, Standing::Revoked) => Err(Fault::new(Kind::DeviceRevoked, "")),
    }
}

async fn proven(
    portal: &Portal,
    parts: &Parts,
    body: ProofBody<'_>,
) -> Result<(Device, Standing), Fault> {
    if !parts.headers.contains_key(HEADER_PROOF)
        && let Some(device) = by_token(portal, parts).await?
    {
        return Ok((device, Standing::Enrolled));
    }
    let given = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|v| v.to_str().ok())
            .ok_or_else(|| Fault::new(Kind::ProofInvalid, format!("the header {name} is missing")))
    };
    let time = given(HEADER_TIME)?;
    let proof = given(HEADER_PROOF)?;
    let unknown = || Fault::new(Kind::DeviceUnknown, "");
    let id: DeviceId = given(HEADER_DEVICE)?.parse().map_err(|_| unknown())?;

    let row = portal
        .0
        .db
        .call(move |tx| {
            Ok(tx
                .query_row(
                    "SELECT unit_id, public_key, revoked_at FROM device WHERE device_id = ?1",
                    [id.to_string()],
                    |r| {
                        let unit: String = r.get(0)?;
                        let key: Vec<u8> = r.get(1)?;
                        let revoked: String = r.get(2)?;
                        Ok((unit, key, revoked))
                    },
                )
                .optional()?)
        })
        .await?;
    let (unit, key, revoked) = row.ok_or_else(unknown)?;

    let target = parts
        .uri
        .path_and_query()
        .map_or(parts.uri.path(), |p| p.as_str());
    let text = proof_text(parts.method.as_str(), target, time, body);
    let key = VerifyingKey::from_public_key_der(&key)
        .map_err(|e| Fault::internal("a device key cannot be read", e))?;
    let fits = STANDARD
        .decode(proof)
        .ok()
        .and_then(|bytes| Signature::from_slice(&bytes).ok())
        .is_some_and(|signature| key.verify(text.as_bytes(), &signature).is_ok());
    if !fits {
        return Err(Fault::new(Kind::ProofInvalid, ""));
    }
    let unit = db::id(&unit)?;
    // Only who holds the key learns that the device was revoked or its clock is wrong.
    if !revoked.is_empty() {
        return Ok((Device { id, unit }, Standing::Revoked));
    }
    let made: DateTime<Utc> = time
        .parse()
        .map_err(|_| Fault::new(Kind::Malformed, format!("{HEADER_TIME} is not RFC 3339")))?;
    let off = portal.now().signed_duration_since(made).num_seconds();
    if off.abs() > TIME_WINDOW_SECONDS {
        return Err(Fault::new(Kind::Clock, format!("off by {off} s")));
    }
    portal
        .0
        .load
        .admit(id, &portal.0.config.limits, portal.now())?;
    Ok((Device { id, unit }, Standing::Enrolled))
}

/// Who a training token stands for. Independent clients that cannot make proofs practise with it;
/// a portal that moves money knows none.
async fn by_token(portal: &Portal, parts: &Parts) -> Result<Option<Device>, Fault> {
    let token = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    let (true, Some(token)) = (portal.0.config.training, token) else {
        return Ok(None);
    };
    let hashed = keep::hashed(token);
    let row = portal
        .0
        .db
        .call(move |tx| {
            Ok(tx
                .query_row(
                    "SELECT d.device_id, d.unit_id, d.revoked_at FROM device_token t
                     JOIN device d ON d.device_id = t.device_id WHERE t.token_sha256 = ?1",
                    [hashed],
                    |r| Ok([r.get::<_, String>(0)?, r.get(1)?, r.get(2)?]),
                )
                .optional()?)
        })
        .await?;
    let [id, unit, revoked] = row.ok_or_else(|| Fault::new(Kind::DeviceUnknown, ""))?;
    if !revoked.is_empty() {
        return Err(Fault::new(Kind::DeviceRevoked, ""));
    }
    let (id, unit) = (db::id(&id)?, db::id(&unit)?);
    portal
        .0
        .load
        .admit(id, &portal.0.config.limits, portal.now())?;
    Ok(Some(Device { id, unit }))
}

/// Makes a token for a device of a training portal.
pub(crate) async fn give_token(portal: &Portal, id: DeviceId) -> Result<String, Fault> {
    if !portal.0.config.training {
        return Err(Fault::new(Kind::Forbidden, "only a training portal"));
    }
    let token = keep::token();
    let hashed = keep::hashed(&token);
    portal
        .0
        .db
        .call(move |tx| {
            let made = tx.execute(
                "INSERT INTO device_token (token_sha256, device_id)
                 SELECT ?1, device_id FROM device WHERE device_id = ?2",
                (hashed, id.to_string()),
            )?;
            match made {
                0 => Err(Fault::new(Kind::NotFound, "no such device")),
                _ => Ok(()),
            }
        })
        .await?;
    Ok(token)
}

/// Spends a one-time code. The same code and key again give the same device; `true`: it is new.
pub(crate) async fn enrol(portal: &Portal, enrol: Enrol) -> Result<(Enrolled, bool), Fault> {
    let new = New::read(&enrol.public_key, enrol.name, portal.now())?;
    portal
        .0
        .db
        .call(move |tx| {
            let code = keep::hashed(&enrol.code);
            let (unit, spent): (String, String) = tx
                .query_row(
                    "SELECT c.unit_id, c.device_id FROM enrolment_code c
                     JOIN unit u ON u.unit_id = c.unit_id
                     WHERE c.code_sha256 = ?1 AND u.code = ?2",
                    (&code, &enrol.unit_code),
                    |r| Ok((r.get(0)?, r.get(1)?)),
                )
                .optional()?
                .ok_or_else(refused)?;
            let unit: UnitId = db::id(&unit)?;
            if !spent.is_empty() {
                let known = new.known(tx, unit)?.filter(|d| d.to_string() == spent);
                let device = known.ok_or_else(refused)?;
                return Ok((Enrolled { device, unit }, false));
            }
            // a key that was revoked does not come back by a code it has not spent yet
            if let Some(device) = new.known(tx, unit)? {
                return Ok((Enrolled { device, unit }, false));
            }
            let device = new.insert(tx, unit)?;
            tx.execute(
                "UPDATE enrolment_code SET device_id = ?2 WHERE code_sha256 = ?1",
                (&code, device.to_string()),
            )?;
            Ok((Enrolled { device, unit }, true))
        })
        .await
}

/// Enrols by the account owner's signature. The same key again gives the same device; `true`: it is
/// new.
pub(crate) async fn enrol_signed(
    portal: &Portal,
    enrol: EnrolSigned,
) -> Result<(Enrolled, bool), Fault> {
    let now = portal.now();
    let text = enrolment_text(
        portal.url(),
        &enrol.unit_code,
        &enrol.public_key,
        &enrol.name,
    );
    let new = New::read(&enrol.public_key, enrol.name, now)?;
    let signature = STANDARD
        .decode(&enrol.signature)
        .map_err(|_| malformed("signature is not base64"))?;
    let signer = hoso_proof::verify_cms(text.as_bytes(), &signature, &portal.0.signers)
        .map_err(|e| Fault::new(Kind::SignatureInvalid, format!("{}: {e}", e.code())))?;
    let age = now.signed_duration_since(signer.signed_at);
    if age > TimeDelta::days(SIGNED_DAYS) || age < TimeDelta::seconds(-TIME_WINDOW_SECONDS) {
        let what = format!("signed at {}", signer.signed_at);
        let said = format!("chữ ký làm lúc {}", hoso_text::date_time(signer.signed_at));
        return Err(Fault::new(Kind::EnrolmentRefused, what).in_vietnamese(said));
    }
    portal
        .0
        .db
        .call(move |tx| {
            let unit: Option<String> = tx
                .query_row(
                    "SELECT data FROM unit WHERE code = ?1",
                    [&enrol.unit_code],
                    |r| r.get(0),
                )
                .optional()?;
            let unit: Unit = db::json(&unit.ok_or_else(refused)?)?;
            if !judge::registered(&unit, Role::AccountOwner, &signer) {
                let what = format!("{} is not the unit's account owner", signer.subject);
                let said = format!(
                    "{} không phải Chủ tài khoản đơn vị đã đăng ký",
                    signer.subject
                );
                return Err(Fault::new(Kind::SignerRefused, what).in_vietnamese(said));
            }
            let unit = unit.id;
            if let Some(device) = new.known(tx, unit)? {
                return Ok((Enrolled { device, unit }, false));
            }
            let device = new.insert(tx, unit)?;
            Ok((Enrolled { device, unit }, true))
        })
        .await
}

/// Enrols the key a device hands over to, and revokes the device, in one step. The same key again
/// gives the same device; `true`: it is new.
pub(crate) async fn succeed(portal: &Portal, ending: Ending) -> Result<(Enrolled, bool), Fault> {
    let asked: Succession = serde_json::from_slice(&ending.body)
        .map_err(|e| Fault::new(Kind::Malformed, e.to_string()))?;
    let new = New::read(&asked.public_key, asked.name, portal.now())?;
    let Device { id: old, unit } = ending.device;
    portal
        .0
        .db
        .call(move |tx| {
            match new.known(tx, unit)? {
                Some(device) if device == old => return Err(refused()),
                Some(device) => return Ok((Enrolled { device, unit }, false)),
                None => {}
            }
            if ending.standing == Standing::Revoked {
                return Err(Fault::new(Kind::DeviceRevoked, ""));
            }
            let device = new.insert(tx, unit)?;
            tx.execute(
                "UPDATE device SET revoked_at = ?2 WHERE device_id = ?1",
                (old.to_string(), db::stamp(new.now)),
            )?;
            Ok((Enrolled { device, unit }, true))
        })
        .await
}

fn malformed(what: &str) -> Fault {
    Fault::new(Kind::Malformed, what)
}

fn refused() -> Fault {
    Fault::new(Kind::EnrolmentRefused, "")
}

/// A device that asks to be enrolled.
struct New {
    /// SubjectPublicKeyInfo, DER.
    key: Vec<u8>,
    name: String,
    now: DateTime<Utc>,
}

impl New {
    fn read(public_key: &str, name: String, now: DateTime<Utc>) -> Result<Self, Fault> {
        let key = STANDARD
            .decode(public_key)
            .ok()
            .filter(|der| VerifyingKey::from_public_key_der(der).is_ok())
            .ok_or_else(|| malformed("public_key is not a P-256 key as SPKI, DER, base64"))?;
        if name.chars().count() > 200 || name.chars().any(char::is_control) {
            return Err(malformed("name is at most 200 printable characters"));
        }
        Ok(Self { key, name, now })
    }

    /// The device with this key; one that was revoked does not come back.
    fn known(&self, tx: &Transaction<'_>, unit: UnitId) -> Result<Option<DeviceId>, Fault> {
        let row: Option<(String, String)> = tx
            .query_row(
                "SELECT device_id, revoked_at FROM device WHERE unit_id = ?1 AND public_key = ?2
                 ORDER BY revoked_at DESC LIMIT 1",
                (unit.to_string(), &self.key),
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .optional()?;
        match row {
            None => Ok(None),
            Some((device, revoked)) if revoked.is_empty() => Ok(Some(db::id(&device)?)),
            Some(_) => Err(refused()),
        }
    }

    fn insert(&self, tx: &Transaction<'_>, unit: UnitId) -> Result<DeviceId, Fault> {
        let device = DeviceId(keep::new_id());
        tx.execute(
            "INSERT INTO device (device_id, unit_id, public_key, name, enrolled_at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            (
                device.to_string(),
                unit.to_string(),
                &self.key,
                &self.name,
                db::stamp(self.now),
            ),
        )?;
        Ok(device)
    }
}
