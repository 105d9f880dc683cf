//! What the portal holds before it is asked: dossiers, a result, a certificate, a pack, devices; and
//! for each operation requests about them.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Datelike as _, Utc};
use hoso_domain::digest::Digest;
use hoso_domain::id::{DossierId, ResultId};
use hoso_portal_api::device::enrolment_text;
use hoso_portal_api::officer::Act;
use hoso_portal_api::{Commit, Connection};
use hoso_proof::sign_with_key;
use hoso_sync::{Device, DeviceKey, Portal};
use hoso_testkit::ca::{Usage, Validity};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::desk::own_file;
use crate::lab::Round;
use crate::officer::Officer;
use crate::portal::OFFICER;

#[allow(
    clippy::disallowed_methods,
    reason = "a device with a right clock, played from outside"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The devices schemathesis speaks for.
struct Devices {
    own: Device,
    /// Hands over to another.
    leaving: Device,
    /// Is revoked, again and again.
    ended: Device,
}

fn shown(device: &Device) -> Value {
    let key = STANDARD.encode(device.key.to_bytes().as_slice());
    json!({ "id": device.id, "key": key })
}

/// The file that `hooks.py` reads. Writes `contract-ca.pem` beside `log`.
pub(super) async fn prepare(round: &Round<'_>, log: &Path) -> Result<Value> {
    let lab = round.lab;
    let mut connection = Connection::from_bytes(&std::fs::read(&round.portal.connection)?)?;
    // what an owner signs for names the address in the file, the link's
    let address = std::mem::replace(&mut connection.portal_url, round.portal.url());
    let ca = log.with_file_name("contract-ca.pem");
    std::fs::write(&ca, &connection.tls_ca)?;
    let unit = &lab.world.unit;
    let codes = &connection.enrolment(unit.id).context("no codes")?.codes;
    // the first one is the client's
    let [_, first, second, third] = codes.as_slice() else {
        anyhow::bail!("another number of codes");
    };
    let enrol = async |code: &String| -> Result<Device> {
        let key = DeviceKey::generate()?;
        let portal = Portal::new(&connection, None, Arc::new(now))?;
        let enrolled = portal.enrol(&key, &unit.code, code, "Máy thử").await?;
        let id = enrolled.device;
        Ok(Device { id, key })
    };
    let devices = Devices {
        own: enrol(first).await?,
        leaving: enrol(second).await?,
        ended: enrol(third).await?,
    };
    let portal = Portal::new(&connection, Some(devices.own.clone()), Arc::new(now))?;
    let officer = Officer::log_in(&round.portal).await?;
    let sent = Sent::make(round, &portal, &officer).await?;

    let mut real = of_devices(round, &address, &devices, first)?;
    merge(&mut real, of_dossiers(&sent)?);
    merge(&mut real, of_the_rest(round, &sent));
    Ok(json!({
        "url": round.portal.url(),
        "ca": ca,
        "log": log,
        "officer": officer.token(),
        "devices": {
            "own": shown(&devices.own),
            "leaving": shown(&devices.leaving),
            "ended": devices.ended.id,
        },
        "real": real,
    }))
}

fn merge(all: &mut Value, more: Value) {
    if let (Value::Object(all), Value::Object(more)) = (all, more) {
        all.extend(more);
    }
}

/// What was brought to the portal.
struct Sent {
    /// Completed, with its commit.
    completed: (DossierId, Commit),
    document: ResultId,
    /// Untouched by the treasury, with its commit.
    waiting: (DossierId, Commit),
    /// To be asked back, and to be received.
    unwanted: DossierId,
    fresh: DossierId,
    pack: Digest,
    /// Announced before, and not yet.
    announced: Digest,
    renewed: (Digest, Vec<u8>),
}

impl Sent {
    async fn make(round: &Round<'_>, portal: &Portal, officer: &Officer) -> Result<Self> {
        let lab = round.lab;
        let [done, waiting, unwanted, fresh] = lab.dossiers.as_slice() else {
            anyhow::bail!("another number of dossiers");
        };
        officer.act(*done, "receive", &Act::default()).await?;
        let file = officer.act(*done, "complete", &Act::default()).await?;
        let document = file.documents.first().context("no document")?.id;
        let folder = own_file("../crates/engine/tests/fixtures/pack")?;
        let pack = round.portal.pack(&folder, "thu-90", "Gói thử")?;
        let chief = &lab.world.chief;
        let renewed = || {
            let organisation = "Văn phòng HĐND và UBND xã Nậm Lay";
            let (usage, validity) = (Usage::Signing, Validity::Current);
            let ca = &lab.world.ca;
            ca.issue(chief.name, chief.title, organisation, usage, validity)
        };
        let (announced, other) = (renewed()?, renewed()?);
        let der = &announced.certificate_der;
        portal.announce(chief.person, der, &[]).await?;
        Ok(Self {
            completed: (*done, portal.entries(*done).await?.commit),
            document,
            waiting: (*waiting, portal.entries(*waiting).await?.commit),
            unwanted: *unwanted,
            fresh: *fresh,
            pack: Digest::of(&std::fs::read(pack)?),
            announced: announced.digest,
            renewed: (other.digest, other.certificate_der),
        })
    }
}

fn of_devices(round: &Round<'_>, address: &str, devices: &Devices, code: &str) -> Result<Value> {
    let world = &round.lab.world;
    let unit = &world.unit.code;
    let signed = DeviceKey::generate()?.public_key()?;
    let owner = &world.owner.issued;
    let signature = sign_with_key(
        enrolment_text(address, unit, &signed, "Máy mới").as_bytes(),
        &owner.certificate_pem,
        &[&world.ca.pem()?],
        &owner.key_pem()?,
        now(),
    )?;
    let ended = json!([{ "path": { "id": devices.ended.id }, "body": { "reason": "Mất máy" } }]);
    Ok(json!({
        "post-devices": [{ "body": {
            "unit_code": unit, "code": code, "name": "Máy thử",
            "public_key": devices.own.key.public_key()?,
        } }],
        "post-devices-signed": [{ "body": {
            "unit_code": unit, "public_key": signed, "name": "Máy mới",
            "signature": STANDARD.encode(signature),
        } }],
        "post-devices-successor": [{ "body": {
            "public_key": DeviceKey::generate()?.public_key()?, "name": "Máy thay",
        } }],
        "put-devices-id-revocation": ended,
        "post-officer-devices-id-revoke": ended,
        "post-officer-devices-id-token": [{ "path": { "id": devices.own.id } }],
        "post-number-blocks": [{ "body": {
            "key": Uuid::now_v7(), "year": now().year(), "series": "",
        } }],
    }))
}

fn of_dossiers(sent: &Sent) -> Result<Value> {
    let (done, first) = &sent.completed;
    let (waiting, second) = &sent.waiting;
    let blob = first.content.entries.first().context("no entry")?.sha256;
    let p7s = first.signatures.first().context("no signature")?.p7s;
    let one = json!({ "path": { "id": done } });
    let part = json!({ "path": { "id": done, "sha256": blob } });
    let ranged = json!({
        "path": { "id": done, "sha256": blob }, "headers": { "Range": "bytes=1-7" },
    });
    let step = json!({ "path": { "id": done, "n": 1, "k": 1 } });
    let evidence = json!({ "path": { "id": done, "n": 1, "k": 1 }, "body": { "p7s": p7s } });
    let again = |id, commit| json!({ "path": { "id": id }, "body": commit });
    let result = json!({ "path": { "id": sent.document } });
    let beyond = json!({
        "path": { "id": sent.document }, "headers": { "Range": "bytes=99999999-" },
    });
    let act =
        |id, act: &str, body: Value| json!({ "path": { "id": id, "act": act }, "body": body });
    let remark = json!([{
        "place": { "at": "field", "voucher": 0, "field": "payee_account" }, "text": "Sai số",
    }]);
    Ok(json!({
        "put-dossiers-id": [again(waiting, second), again(done, first)],
        "get-dossiers-id": [one],
        "put-dossiers-id-revisions-n": [{
            "path": { "id": done, "n": 1 }, "headers": { "If-Match": "\"1\"" }, "body": first,
        }],
        "put-dossiers-id-revisions-n-given-up": [{ "path": { "id": done, "n": 9 } }],
        "get-dossiers-id-revisions-n-evidence": [step],
        "put-dossiers-id-revisions-n-evidence-k": [evidence],
        "get-dossiers-id-revisions-n-evidence-k": [step],
        "put-dossiers-id-withdrawal": [{
            "path": { "id": sent.unwanted }, "body": { "reason": "Lập sai người hưởng" },
        }],
        "get-dossiers-id-entries": [one],
        "get-dossiers-id-blobs-sha256": [part, ranged],
        "get-documents-id": [result, beyond],
        "get-packs-sha256": [{ "path": { "sha256": sent.pack } }],
        "get-officer-dossiers-id": [one],
        "get-officer-dossiers-id-blobs-sha256": [part, ranged],
        "post-officer-dossiers-id-act": [
            act(sent.fresh, "receive", json!({ "appointment": now() })),
            act(sent.fresh, "supplement", json!({ "text": "Bổ sung", "remarks": remark })),
            act(*done, "money-returned", json!({ "text": "Sai số tài khoản" })),
        ],
    }))
}

fn of_the_rest(round: &Round<'_>, sent: &Sent) -> Value {
    let unit = &round.lab.world.unit;
    let account = unit.accounts.first().map(|a| a.number.as_str());
    let (sha256, der) = &sent.renewed;
    let decide = |word: &str| {
        json!({
            "path": { "unit": unit.id, "sha256": sent.announced, "decision": word },
            "body": { "text": "" },
        })
    };
    json!({
        "put-certificates-sha256": [{
            "path": { "sha256": sha256 },
            "body": {
                "person": round.lab.world.chief.person, "certificate": STANDARD.encode(der),
            },
        }],
        "post-officer-certificates-unit-sha256-decision": [decide("register"), decide("decline")],
        "get-changes": [{ "query": {} }, { "query": { "limit": 5 } }],
        "get-snapshot": [{ "query": { "limit": 5 } }],
        "post-officer-login": [{ "body": { "name": OFFICER.0, "password": OFFICER.1 } }],
        "post-officer-balances": [{
            "body": { "unit": unit.id, "account": account, "figure": 125_000_000 },
        }],
        "post-officer-movements": [{
            "body": {
                "unit": unit.id, "day": "2026-11-20", "account": account, "amount": -1_250_000,
                "reference": "00001", "text": "Văn phòng phẩm",
            },
        }],
        "post-officer-estimates": [{
            "body": {
                "unit": unit.id, "year": 2026, "source": "13", "sector": "341", "programme": "",
                "given": 500_000_000, "used": 125_000_000,
            },
        }],
        "post-officer-notices": [{
            "body": { "unit": unit.id, "title": "Lịch nghỉ", "text": "Nghỉ ngày 2/9" },
        }],
        "put-officer-service": [{ "body": { "serving": true } }],
    })
}
