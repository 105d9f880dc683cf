//! Which device speaks: enrolment, and the proof every later request carries.
//!
//! A request without a good proof reaches no handler. Replays inside the time window are harmless:
//! every request of a device is idempotent.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hoso_domain::id::{DeviceId, UnitId};
use hoso_portal_api::device::{
    Enrol, Enrolled, HEADER_DEVICE, HEADER_PROOF, HEADER_TIME, ProofBody, TIME_WINDOW_SECONDS,
    proof_text,
};
use hoso_portal_api::problem::Kind;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;
use rusqlite::OptionalExtension as _;

use crate::db;
use crate::fault::Fault;
use crate::keep;
use crate::portal::Portal;

/// Largest JSON body, in bytes.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

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
        let body = axum::body::to_bytes(body, MAX_BODY).await.map_err(|e| {
            let large = std::error::Error::source(&e)
                .is_some_and(|s| s.is::<http_body_util::LengthLimitError>());
            match large {
                true => Fault::new(
                    Kind::TooLarge,
                    format!("a body is at most {MAX_BODY} bytes"),
                ),
                false => Fault::new(Kind::Malformed, "the body ended early"),
            }
        })?;
        let device = prove(portal, &parts, ProofBody::Bytes(&body)).await?;
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

impl Proven {
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_json::from_slice(&self.body).map_err(|e| Fault::new(Kind::Malformed, e.to_string()))
    }
}

async fn prove(portal: &Portal, parts: &Parts, body: ProofBody<'_>) -> Result<Device, Fault> {
    let header = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|v| v.to_str().ok())
            .ok_or_else(|| Fault::new(Kind::ProofInvalid, format!("the header {name} is missing")))
    };
    let time = header(HEADER_TIME)?;
    let proof = header(HEADER_PROOF)?;
    let unknown = || Fault::new(Kind::DeviceUnknown, "");
    let id: DeviceId = header(HEADER_DEVICE)?.parse().map_err(|_| unknown())?;

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
    // Only who holds the key learns that the device was revoked or its clock is wrong.
    if !revoked.is_empty() {
        return Err(Fault::new(Kind::DeviceRevoked, ""));
    }
    let made: DateTime<Utc> = time
        .parse()
        .map_err(|_| Fault::new(Kind::Malformed, format!("{HEADER_TIME} is not RFC 3339")))?;
    let off = portal.now().signed_duration_since(made).num_seconds();
    if off.abs() > TIME_WINDOW_SECONDS {
        return Err(Fault::new(Kind::Clock, format!("off by {off} s")));
    }
    Ok(Device {
        id,
        unit: db::id(&unit)?,
    })
}

/// Spends a one-time code. The same code and key again give the same device; `true`: it is new.
pub(crate) async fn enrol(portal: &Portal, enrol: Enrol) -> Result<(Enrolled, bool), Fault> {
    let malformed = |what: &str| Fault::new(Kind::Malformed, what);
    let key = STANDARD
        .decode(&enrol.public_key)
        .ok()
        .filter(|der| VerifyingKey::from_public_key_der(der).is_ok())
        .ok_or_else(|| malformed("public_key is not a P-256 key as SPKI, DER, base64"))?;
    if enrol.name.chars().count() > 200 {
        return Err(malformed("name is longer than 200 characters"));
    }
    let now = portal.now();
    portal
        .0
        .db
        .call(move |tx| {
            let refused = || Fault::new(Kind::EnrolmentRefused, "");
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
            let unit_id: UnitId = db::id(&unit)?;
            if !spent.is_empty() {
                let same: bool = tx.query_row(
                    "SELECT public_key = ?2 AND revoked_at = '' FROM device WHERE device_id = ?1",
                    (&spent, &key),
                    |r| r.get(0),
                )?;
                let device = db::id(&spent)?;
                return match same {
                    true => Ok((
                        Enrolled {
                            device,
                            unit: unit_id,
                        },
                        false,
                    )),
                    false => Err(refused()),
                };
            }
            let device = DeviceId(keep::new_id());
            tx.execute(
                "INSERT INTO device (device_id, unit_id, public_key, name, enrolled_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                (device.to_string(), &unit, &key, &enrol.name, db::stamp(now)),
            )?;
            tx.execute(
                "UPDATE enrolment_code SET device_id = ?2 WHERE code_sha256 = ?1",
                (&code, device.to_string()),
            )?;
            Ok((
                Enrolled {
                    device,
                    unit: unit_id,
                },
                true,
            ))
        })
        .await
}
