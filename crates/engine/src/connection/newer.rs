//! A newer connection file in the place of the one in use: whether it may be, what it changes, what
//! stays. It refuses another unit's file, another treasury's, an older one, and training beside real.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use hoso_contract::view::{Changed, ConnectionChange};
use hoso_contract::{AppError, Code};
use hoso_domain::id::UnitId;
use hoso_domain::party::Unit;
use hoso_store::audit::{self, Act};
use hoso_store::devices::{self, Enrolment as Device};
use hoso_store::{By, Connection as Db, StoreError, Transaction, settings, units};
use hoso_sync::api::connection::{Connection, Enrolment};

use super::{still_valid, view};
use crate::error::Error;
use crate::open::key;

/// Refuses a file that may not take the place of `present` in a store that keeps `units`. `unknown`:
/// those whose portal does not take this PC.
pub fn fits(
    new: &Connection,
    present: &Connection,
    units: &[Unit],
    unknown: &BTreeSet<UnitId>,
    today: NaiveDate,
) -> Result<(), Error> {
    let foreign = |why: &str| AppError::new(Code::ConnectionForeign).with("why", why);
    if new.training != present.training {
        let why = if new.training { "training" } else { "real" };
        return Err(foreign(why).into());
    }
    if new.treasury.code != present.treasury.code {
        return Err(foreign("treasury").with("name", &new.treasury.name).into());
    }
    if let Some(unit) = units.iter().find(|u| found(new, u.id).is_none()) {
        return Err(foreign("unit").with("name", &unit.name).into());
    }
    still_valid(new, today)?;
    if new.valid_to < present.valid_to {
        let day = new.valid_to.format("%d/%m/%Y");
        return Err(foreign("older").with("valid_to", day).into());
    }
    // whoever ended this PC did not mean the codes it had left
    let had = |id: UnitId| codes(new, id).any(|code| codes(present, id).any(|had| had == code));
    if unknown.iter().any(|id| had(*id)) {
        return Err(foreign("codes").into());
    }
    Ok(())
}

/// What is shown before a file that [`fits`] is taken over.
pub fn change(
    db: &Db,
    new: (&Connection, &str),
    present: (&Connection, &str),
    unknown: &BTreeSet<UnitId>,
) -> Result<ConnectionChange, StoreError> {
    let kept = units::all(db)?;
    let mut to_enrol = false;
    for unit in &kept {
        to_enrol |= !enrolled(db, unit.id)? || anew(new.0, present.0, unknown, unit.id);
    }
    let is_kept = |id: UnitId| kept.iter().any(|u| u.id == id);
    let strangers = new.0.units.iter().filter(|u| !is_kept(u.id));
    Ok(ConnectionChange {
        changes: changes(new.0, present.0, &kept),
        to_enrol,
        not_added: strangers.map(|u| u.name.clone()).collect(),
        present: view(present.0, present.1),
        new: view(new.0, new.1),
    })
}

fn changes(new: &Connection, present: &Connection, kept: &[Unit]) -> Vec<Changed> {
    let unit_differs = |known: &Unit| {
        found(new, known.id).is_some_and(|unit| newest(unit.clone(), known) != *known)
    };
    let differ = [
        (Changed::PortalName, new.portal_name != present.portal_name),
        (Changed::Address, new.portal_url != present.portal_url),
        (Changed::Tls, !same(&new.tls_ca, &present.tls_ca)),
        (
            Changed::Receipts,
            !same(&new.receipt_ca, &present.receipt_ca),
        ),
        (Changed::Signers, new.signer_cas != present.signer_cas),
        (Changed::Timestamps, new.timestamp != present.timestamp),
        (
            Changed::RevocationLists,
            new.revocation_lists != present.revocation_lists,
        ),
        (Changed::Units, kept.iter().any(unit_differs)),
        (Changed::ValidTo, new.valid_to != present.valid_to),
    ];
    let differ = differ.into_iter().filter(|(_, differs)| *differs);
    differ.map(|(what, _)| what).collect()
}

/// Takes the file `new` over; audit row `connection-renewed`. Gives it as it is kept.
pub fn take(
    tx: &Transaction<'_>,
    (new, fingerprint): (&Connection, &str),
    present: &Connection,
    unknown: &BTreeSet<UnitId>,
    by: By,
) -> Result<Connection, StoreError> {
    let mut taken = Connection {
        units: Vec::new(),
        enrolments: Vec::new(),
        ..new.clone()
    };
    for known in units::all(tx)? {
        let id = known.id;
        let Some(unit) = found(new, id) else {
            return Err(StoreError::NotFound { what: "unit" });
        };
        let unit = newest(unit.clone(), &known);
        if unit != known {
            units::put(tx, &unit, by.at)?;
        }
        let (enrolled, anew) = (enrolled(tx, id)?, anew(new, present, unknown, id));
        if enrolled && anew {
            devices::replace(tx, id, by.at)?;
        }
        devices::moved(tx, id, &new.portal_url)?;
        let enrolment = match (enrolled, anew) {
            (true, false) => present.enrolment(id).cloned(),
            (true, true) => new.enrolment(id).cloned(),
            (false, _) => both(new.enrolment(id), present.enrolment(id)),
        };
        taken.enrolments.extend(enrolment);
        taken.units.push(unit);
    }
    if !same(&new.receipt_ca, &present.receipt_ca) {
        let mut former = former_authorities(tx)?;
        former.push(present.receipt_ca.clone());
        settings::put(tx, None, key::FORMER_RECEIPT_CAS, &former)?;
    }
    settings::put(tx, None, key::CONNECTION, &taken)?;
    settings::put(tx, None, key::FINGERPRINT, fingerprint)?;
    let day = taken.valid_to.format("%d/%m/%Y").to_string();
    let params = [
        ("name", taken.portal_name.clone()),
        ("text", taken.portal_url.clone()),
        ("fingerprint", fingerprint.to_owned()),
        ("valid_to", day),
    ];
    let act = Act {
        unit: None,
        act: "connection-renewed",
        dossier: None,
        params: params.map(|(name, value)| (name.to_owned(), value)).into(),
    };
    audit::append(tx, &act, by)?;
    Ok(taken)
}

/// Authorities of receipts (PEM) of the files before: what they signed and is kept stays good.
pub fn former_authorities(db: &Db) -> Result<Vec<String>, StoreError> {
    Ok(settings::get(db, None, key::FORMER_RECEIPT_CAS)?.unwrap_or_default())
}

fn found(file: &Connection, id: UnitId) -> Option<&Unit> {
    file.units.iter().find(|u| u.id == id)
}

fn codes(file: &Connection, id: UnitId) -> impl Iterator<Item = &String> {
    file.enrolment(id).into_iter().flat_map(|e| &e.codes)
}

/// Whether two authorities are the same certificate; white space of the PEM does not count.
fn same(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}

/// The unit as the file has it, with the certificates the treasury registered beside the file.
fn newest(mut unit: Unit, known: &Unit) -> Unit {
    for signer in &known.signers {
        for certificate in &signer.certificates {
            unit.add_certificate(signer.person, *certificate);
        }
    }
    unit
}

fn enrolled(db: &Db, unit: UnitId) -> Result<bool, StoreError> {
    let device = devices::of_unit(db, unit)?;
    Ok(device.is_some_and(|d| d.state == Device::Enrolled))
}

/// Whether the portal must learn of this PC again: it signs under another authority, as another
/// portal would, or it does not take this PC any more. A device that is known there all the same
/// hands over to the new one, and no code is spent.
fn anew(new: &Connection, present: &Connection, unknown: &BTreeSet<UnitId>, unit: UnitId) -> bool {
    unknown.contains(&unit) || !same(&new.receipt_ca, &present.receipt_ca)
}

/// What two files bring for a PC no portal has known yet. The codes of the one before go first, since
/// they tell whose its numbers are, of which drafts were given some.
fn both(new: Option<&Enrolment>, present: Option<&Enrolment>) -> Option<Enrolment> {
    let Some(mut enrolment) = present.cloned() else {
        return new.cloned();
    };
    for code in new.iter().flat_map(|e| &e.codes) {
        if !enrolment.codes.contains(code) {
            enrolment.codes.push(code.clone());
        }
    }
    Some(enrolment)
}

#[cfg(test)]
mod tests {
    use hoso_sync::api::connection::NumberBlock;
    use uuid::Uuid;

    use super::*;

    fn enrolment(codes: &[&str], first: u32) -> Enrolment {
        Enrolment {
            unit: UnitId(Uuid::nil()),
            codes: codes.iter().map(|c| (*c).to_owned()).collect(),
            numbers: NumberBlock {
                year: 2026,
                series: String::new(),
                first,
                last: first + 999,
            },
        }
    }

    #[test]
    fn a_pc_no_portal_knows_keeps_its_numbers_and_gains_codes() {
        let old = enrolment(&["A", "B"], 1);
        let new = enrolment(&["C", "B"], 2001);
        let merged = both(Some(&new), Some(&old));
        assert_eq!(merged, Some(enrolment(&["A", "B", "C"], 1)));
        assert_eq!(both(Some(&new), None), Some(new));
        assert_eq!(both(None, Some(&old)), Some(old));
    }
}
