//! A signer's new certificate, from the token to the treasury's register and back: announced by the
//! unit, brought by the courier, decided by an officer.
//!
//! It refuses to register anything by itself: only the treasury's word makes a certificate one of
//! the signer's.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use hoso_contract::view;
use hoso_domain::digest::Digest;
use hoso_domain::id::{PersonId, UnitId};
use hoso_domain::party::{Signer, Unit};
use hoso_domain::text::fold;
use hoso_store::audit::{self, Act};
use hoso_store::{By, Connection as Db, StoreError, Transaction, settings, units};
use hoso_sync::api::certificate::{CertificateState, CertificateWord};

use crate::open::key;

/// One announcement as it is kept.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Renewal {
    pub person: PersonId,
    pub der: Vec<u8>,
    pub issuers: Vec<Vec<u8>>,
    pub standing: Standing,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    Waiting,
    Announced,
    /// In the treasury's or the portal's words.
    Declined(String),
}

/// Everything a unit announced and the treasury has not registered.
pub fn all(db: &Db, unit: UnitId) -> Result<BTreeMap<Digest, Renewal>, StoreError> {
    Ok(settings::get(db, Some(unit), key::RENEWALS)?.unwrap_or_default())
}

/// Keeps an announcement, in place of one that was declined; audit row `certificate-announced`.
pub fn announce(
    tx: &Transaction<'_>,
    unit: UnitId,
    certificate: Digest,
    renewal: Renewal,
    by: By,
) -> Result<(), StoreError> {
    change(tx, unit, |all| {
        all.insert(certificate, renewal);
    })?;
    noted(tx, unit, "certificate-announced", certificate, by)
}

/// How the portal took it; audit row `certificate-declined` where it did not.
pub fn settle(
    tx: &Transaction<'_>,
    unit: UnitId,
    certificate: Digest,
    standing: &Standing,
    by: By,
) -> Result<(), StoreError> {
    change(tx, unit, |all| {
        // the treasury's word may have come first
        if let Some(kept) = all.get_mut(&certificate) {
            kept.standing = standing.clone();
        }
    })?;
    match standing {
        Standing::Declined(_) => noted(tx, unit, "certificate-declined", certificate, by),
        Standing::Waiting | Standing::Announced => Ok(()),
    }
}

/// The treasury's word. Registered: the certificate is one of the person's, whichever PC of the unit
/// announced it.
pub fn hear(
    tx: &Transaction<'_>,
    unit: UnitId,
    word: &CertificateWord,
    by: By,
) -> Result<(), StoreError> {
    let id = word.sha256;
    match word.state {
        CertificateState::Announced => Ok(()),
        CertificateState::Declined => {
            settle(tx, unit, id, &Standing::Declined(word.text.clone()), by)
        }
        CertificateState::Registered => {
            let mut register = units::get(tx, unit)?;
            register.add_certificate(word.person, id);
            units::put(tx, &register, by.at)?;
            change(tx, unit, |all| {
                all.remove(&id);
            })?;
            noted(tx, unit, "certificate-registered", id, by)
        }
    }
}

/// Whose certificate it would be: the one signer of today with the holder's name. Names are compared
/// without accents and case, as authorities write them in more than one way.
pub fn of_whom<'u>(unit: &'u Unit, holder: &str, today: NaiveDate) -> Option<&'u Signer> {
    let same = |s: &&Signer| s.valid_on(today) && fold(&s.name) == fold(holder);
    let mut found = unit.signers.iter().filter(same);
    let first = found.next()?;
    // two people of one name: nobody guesses
    found.all(|s| s.person == first.person).then_some(first)
}

pub fn shown(signer: &Signer, kept: Option<&Renewal>) -> view::Renewal {
    view::Renewal {
        name: signer.name.clone(),
        state: match kept.map(|k| &k.standing) {
            None => view::RenewalState::Possible,
            Some(Standing::Waiting) => view::RenewalState::Waiting,
            Some(Standing::Announced) => view::RenewalState::Announced,
            Some(Standing::Declined(why)) => view::RenewalState::Declined(why.clone()),
        },
    }
}

fn change(
    tx: &Transaction<'_>,
    unit: UnitId,
    with: impl FnOnce(&mut BTreeMap<Digest, Renewal>),
) -> Result<(), StoreError> {
    let mut kept = all(tx, unit)?;
    with(&mut kept);
    settings::put(tx, Some(unit), key::RENEWALS, &kept)
}

fn noted(
    tx: &Transaction<'_>,
    unit: UnitId,
    act: &'static str,
    certificate: Digest,
    by: By,
) -> Result<(), StoreError> {
    let act = Act {
        unit: Some(unit),
        dossier: None,
        act,
        params: [("certificate".to_owned(), certificate.hex())].into(),
    };
    audit::append(tx, &act, by).map(drop)
}
