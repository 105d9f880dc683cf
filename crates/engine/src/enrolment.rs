//! Đăng ký máy by the account owner's signature: what is signed, and the signature until the portal has
//! heard of it.
//!
//! It refuses to sign for a PC the portal took once: only a new connection file brings that one back.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use hoso_contract::view::EnrolmentStanding;
use hoso_contract::{AppError, Code};
use hoso_domain::id::UnitId;
use hoso_store::audit::{self, Act};
use hoso_store::devices::{self, Enrolment as State};
use hoso_store::{By, Connection as Db, StoreError, Transaction, settings};
use hoso_sync::api::device::{SIGNED_DAYS, enrolment_text};

use crate::open::key;

/// What the signed text names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// The portal's address.
    pub portal: String,
    pub unit_code: String,
    /// As the portal is shown it.
    pub public_key: String,
    /// The PC's.
    pub name: String,
}

impl Asked {
    /// The text that is signed.
    pub fn text(&self) -> String {
        enrolment_text(&self.portal, &self.unit_code, &self.public_key, &self.name)
    }
}

/// A signature as it is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kept {
    pub asked: Asked,
    /// CAdES B-B over the text, DER.
    pub p7s: Vec<u8>,
    /// Who signed.
    pub signer: String,
    pub at: DateTime<Utc>,
    /// Why it is good for nothing.
    pub refused: Option<AppError>,
}

impl Kept {
    fn standing(self, now: DateTime<Utc>) -> EnrolmentStanding {
        let until = self.at + TimeDelta::days(SIGNED_DAYS);
        let late = (now > until).then(|| refusal("late"));
        match self.refused.or(late) {
            Some(why) => EnrolmentStanding::Refused {
                name: self.signer,
                why,
            },
            None => EnrolmentStanding::Signed {
                name: self.signer,
                until,
            },
        }
    }
}

/// The word for a signature that does not bring this PC in.
pub fn refusal(why: &str) -> AppError {
    AppError::new(Code::EnrolmentRefused).with("why", why)
}

/// The account owner's signature for this PC, until the portal took it.
pub fn kept(db: &Db, unit: UnitId) -> Result<Option<Kept>, StoreError> {
    Ok(settings::get::<Option<Kept>>(db, Some(unit), key::ENROLMENT)?.flatten())
}

/// How far this PC came. `unknown`: the unit's portal was reached, and does not take it.
pub fn standing(
    db: &Db,
    unit: UnitId,
    unknown: bool,
    now: DateTime<Utc>,
) -> Result<EnrolmentStanding, StoreError> {
    use EnrolmentStanding as S;
    let state = devices::of_unit(db, unit)?.map(|device| device.state);
    Ok(match (state, kept(db, unit)?) {
        (Some(State::Enrolled), _) if unknown => S::Ended,
        (Some(State::Enrolled), _) => S::Done,
        (_, Some(kept)) => kept.standing(now),
        (_, None) if unknown => S::Missing,
        (_, None) => S::ByCode,
    })
}

/// Keeps a signature, in place of one before; audit row `device-enrolment-signed`. Nothing is kept where
/// a code was taken meanwhile.
pub fn keep(tx: &Transaction<'_>, unit: UnitId, kept: &Kept, by: By) -> Result<(), StoreError> {
    let device = devices::of_unit(tx, unit)?;
    if device.is_none_or(|device| device.state != State::New) {
        return Ok(());
    }
    settings::put(tx, Some(unit), key::ENROLMENT, kept)?;
    let act = Act {
        unit: Some(unit),
        dossier: None,
        act: "device-enrolment-signed",
        params: [
            ("name".to_owned(), kept.signer.clone()),
            ("text".to_owned(), kept.asked.name.clone()),
        ]
        .into(),
    };
    audit::append(tx, &act, by).map(drop)
}

/// Notes why the signature is good for nothing.
pub fn refuse(tx: &Transaction<'_>, unit: UnitId, why: AppError) -> Result<(), StoreError> {
    let Some(mut kept) = kept(tx, unit)? else {
        return Ok(());
    };
    kept.refused = Some(why);
    settings::put(tx, Some(unit), key::ENROLMENT, &kept)
}

/// The portal takes this PC: a signature has done its work, or is not needed.
pub fn forget(tx: &Transaction<'_>, unit: UnitId) -> Result<(), StoreError> {
    settings::put(tx, Some(unit), key::ENROLMENT, &None::<Kept>)
}
