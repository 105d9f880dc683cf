//! Đăng ký máy: whether the portal takes this PC, and the account owner's signature that it may.

use chrono::{DateTime, Utc};

use hoso_contract::command::{GetEnrolment, Secret, SignEnrolment};
use hoso_contract::state::TokenWarning;
use hoso_contract::view::{EnrolmentView, SignedEnrolment};
use hoso_contract::{Code, Fact};
use hoso_domain::digest::Digest;
use hoso_domain::id::UnitId;
use hoso_domain::party::Unit;
use hoso_proof::{Trust, verify_cms};
use hoso_store::devices::{self, Enrolment as State};
use hoso_sync::DeviceKey;
use hoso_sync::api::connection::Connection;

use super::tokens::{is_default, login, preference, refused, signed, usable};
use crate::clock;
use crate::courier::{key_lost, pc_name};
use crate::engine::{Engine, Handle};
use crate::enrolment::{self, Asked, Kept};
use crate::error::Error;
use crate::open::{Connected, Open};
use crate::signing::{self, Pen};
use crate::tokens::{Found, TokenDesk};

impl Handle<GetEnrolment> for Engine {
    fn act(&self, _: GetEnrolment) -> Result<Option<EnrolmentView>, Error> {
        let open = self.open()?;
        let (connected, unit) = (open.connected(), open.unit_id());
        let connection = connected.connection.as_ref();
        connection
            .map(|connection| view(&open, &connected, connection, unit))
            .transpose()
    }
}

fn view(
    open: &Open,
    connected: &Connected,
    connection: &Connection,
    unit: UnitId,
) -> Result<EnrolmentView, Error> {
    let unknown = connected.courier.unknown().contains(&unit);
    let now = clock::now();
    Ok(EnrolmentView {
        pc: pc_name(),
        portal: connection.portal_name.clone(),
        address: connection.portal_url.clone(),
        standing: open
            .store
            .read(|db| enrolment::standing(db, unit, unknown, now))?,
    })
}

impl Handle<SignEnrolment> for Engine {
    /// Durable when it answers; the courier brings it to the portal.
    fn act(&self, command: SignEnrolment) -> Result<SignedEnrolment, Error> {
        let _batch = self.begin_batch()?;
        let open = self.writable()?;
        let (unit, connected) = (open.unit()?, open.connected());
        let connection = connected.connection.as_ref().ok_or(Code::NotFound)?;
        let trust = connected.trust.as_ref().ok_or(Code::NotFound)?;
        let asked = asked(&open, connection, &unit)?;
        let (pin, certificate) = (&command.pin, command.certificate);
        let signer = signing::owner(&unit, certificate, clock::now())?
            .name
            .clone();

        let settings = open.settings()?;
        let mut desk = self.desk();
        let found = desk
            .find(&TokenDesk::modules(&settings.module), certificate)?
            .ok_or(Code::NoToken)?;
        let wanted = Wanted {
            text: asked.text(),
            trust,
            pen: Pen {
                certificate: &found.certificate,
                between: usable(&open, &found)?,
                prefer: preference(&settings),
            },
        };
        let made = sign(self, &open, &mut desk, &found, pin, &wanted);
        desk.end(&found.module);
        drop(desk);
        let (p7s, at) = made?;

        let kept = Kept {
            asked,
            p7s,
            signer,
            at,
            refused: None,
        };
        let (id, by) = (unit.id, open.by());
        open.store
            .write(move |tx| enrolment::keep(tx, id, &kept, by))?;
        connected.courier.bring_signature(id);
        self.tell(Fact::DevicesChanged);
        let warning = is_default(pin).then(|| String::from(TokenWarning::DefaultPin));
        Ok(SignedEnrolment {
            enrolment: view(&open, &connected, connection, id)?,
            warnings: warning.into_iter().collect(),
        })
    }
}

/// This PC as it is signed for; refused where the portal takes it, or took it once.
fn asked(open: &Open, connection: &Connection, unit: &Unit) -> Result<Asked, Error> {
    let device = open
        .store
        .read(|db| devices::of_unit(db, unit.id))?
        .filter(|device| device.state == State::New)
        .ok_or(Code::WrongState)?;
    let key = DeviceKey::from_bytes(&device.private_key).map_err(key_lost)?;
    Ok(Asked {
        portal: connection.portal_url.clone(),
        unit_code: unit.code.clone(),
        public_key: key.public_key().map_err(key_lost)?,
        name: pc_name(),
    })
}

/// What is signed, and how.
struct Wanted<'a> {
    text: String,
    /// The authorities of the signers.
    trust: &'a Trust,
    pen: Pen<'a>,
}

/// One login and one signature, verified before it is handed on; with when it was made.
fn sign(
    engine: &Engine,
    open: &Open,
    desk: &mut TokenDesk,
    found: &Found,
    pin: &Secret,
    wanted: &Wanted<'_>,
) -> Result<(Vec<u8>, DateTime<Utc>), Error> {
    // locked while it waited for the tokens: no PIN is sent
    if engine.is_stopping() {
        return Err(Code::SigningStopped.into());
    }
    let mut login = login(open, desk, found, pin)??;
    let (content, at) = (wanted.text.as_bytes(), clock::now());
    let p7s = match signing::detached(content, &wanted.pen, &mut login, at) {
        Ok(p7s) => p7s,
        Err(Error::Token(error)) => {
            return Err(refused(open, &found.token.serial, error)?.into());
        }
        Err(error) => return Err(error),
    };
    signed(open, found, &login)?;
    let signer = verify_cms(content, &p7s, wanted.trust)?;
    if Digest::of(&signer.certificate) != found.certificate.digest {
        return Err(Code::SignatureInvalid.into());
    }
    Ok((p7s, at))
}
