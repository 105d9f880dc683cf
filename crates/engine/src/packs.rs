//! Data packs of this PC: verified, taken in, kept among the settings and taken in again when the
//! program starts. Refuses a pack the treasury did not sign.

use std::path::Path;

use hoso_contract::view::PackView;
use hoso_contract::{AppError, Code};
use hoso_domain::pack::{Pack, PackError};
use hoso_print::pack::{TakeError, take};
use hoso_proof::{Trust, verify_cms};
use hoso_store::{Connection as Db, StoreError, settings};
use hoso_sync::api::connection::Connection;
use hoso_sync::api::pack::{MAX_PACK, SignedPack};

use crate::connection::newer;
use crate::error::Error;

const KEY: &str = "packs";

/// A file that may be anything.
pub fn read(path: &Path) -> Result<SignedPack, Error> {
    let unreadable = || AppError::new(Code::FileUnreadable).with("path", path.display());
    let size = path.metadata().map_err(|_| unreadable())?.len();
    if size > MAX_PACK {
        return Err(Code::PackMalformed.into());
    }
    let bytes = std::fs::read(path).map_err(|_| unreadable())?;
    SignedPack::from_bytes(&bytes).ok_or_else(|| Code::PackMalformed.into())
}

/// The pack inside, once its signature holds under one of the treasury's `authorities` (PEM); and
/// who signed it.
pub fn open(signed: &SignedPack, authorities: &[&str]) -> Result<(Pack, String), Error> {
    let foreign = || AppError::new(Code::PackForeign);
    let trust = Trust::from_pem(authorities).map_err(|_| foreign())?;
    let p7s = signed.p7s_der().ok_or_else(foreign)?;
    let signer = verify_cms(signed.pack.as_bytes(), &p7s, &trust).map_err(|error| {
        tracing::warn!(%error, "a data pack's signature was refused");
        foreign()
    })?;
    let pack = Pack::from_json(&signed.pack).map_err(|error| {
        tracing::warn!(%error, "a data pack was refused");
        AppError::new(match error {
            PackError::Newer(_) => Code::PackNewer,
            _ => Code::PackMalformed,
        })
    })?;
    Ok((pack, signer.subject))
}

/// Takes a pack in, all of it or nothing.
pub fn take_in(pack: &Pack, signer: String) -> Result<PackView, Error> {
    let forms = take(pack).map_err(|error| {
        tracing::warn!(%error, cause = ?std::error::Error::source(&error), "a data pack was refused");
        AppError::new(match error {
            TakeError::Form(_) => Code::PackConflict,
            _ => Code::PackMalformed,
        })
        .with("name", &pack.name)
    })?;
    Ok(PackView {
        id: pack.id.clone(),
        name: pack.name.clone(),
        issued: pack.issued,
        signer,
        forms: forms.into_iter().map(|f| f.number.clone()).collect(),
        lists: pack.lists.iter().map(|l| l.id.clone()).collect(),
    })
}

/// Who may have signed what is kept: the treasury of the connection file and of those before it.
fn authorities(db: &Db, connection: Option<&Connection>) -> Result<Vec<String>, StoreError> {
    let mut all = newer::former_authorities(db)?;
    all.extend(connection.map(|c| c.receipt_ca.clone()));
    Ok(all)
}

fn pems(authorities: &[String]) -> Vec<&str> {
    authorities.iter().map(String::as_str).collect()
}

/// The packs kept on this PC, oldest first.
pub fn kept(db: &Db) -> Result<Vec<SignedPack>, StoreError> {
    Ok(settings::get(db, None, KEY)?.unwrap_or_default())
}

/// Keeps a pack; the same one twice is once.
pub fn keep(tx: &hoso_store::Transaction<'_>, signed: &SignedPack) -> Result<(), StoreError> {
    let mut all = kept(tx)?;
    if !all.contains(signed) {
        all.push(signed.clone());
        settings::put(tx, None, KEY, &all)?;
    }
    Ok(())
}

/// Takes in what was kept. One that no longer verifies is left out and said in the log: vouchers
/// made with its forms can then be read, not edited.
pub fn take_kept(db: &Db, connection: Option<&Connection>) -> Result<(), StoreError> {
    let authorities = authorities(db, connection)?;
    for signed in kept(db)? {
        let taken =
            open(&signed, &pems(&authorities)).and_then(|(pack, signer)| take_in(&pack, signer));
        if taken.is_err() {
            tracing::error!("a kept data pack is not taken in");
        }
    }
    Ok(())
}

/// What was taken in, for the person to see.
pub fn list(db: &Db, connection: Option<&Connection>) -> Result<Vec<PackView>, StoreError> {
    let authorities = authorities(db, connection)?;
    let views = kept(db)?.into_iter().filter_map(|signed| {
        let (pack, signer) = open(&signed, &pems(&authorities)).ok()?;
        take_in(&pack, signer).ok()
    });
    Ok(views.collect())
}
