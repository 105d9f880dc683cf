//! What the kept revocation lists say of signers' certificates. Warns and never forbids to send: a
//! signature made before the certificate was revoked may well count, which the treasury judges.

use hoso_domain::id::{DossierId, UnitId};
use hoso_proof::Trust;
use hoso_proof::revocation::{Listed, RevocationList, said_by};
use hoso_store::audit::{self, Act, Params};
use hoso_store::signatures::{self, Signature};
use hoso_store::{By, Store, StoreError, Transaction, dossiers, revocation};

use crate::clock;

/// The lists of a unit that can be read; one that is damaged is as good as none, and will be fetched
/// anew.
pub fn kept(store: &Store, unit: UnitId) -> Result<Vec<RevocationList>, StoreError> {
    let mut lists = Vec::new();
    for list in store.read(|db| revocation::all(db, unit))? {
        let bytes = match store.files().get(&list.sha256) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::warn!(%error, url = list.url, "a revocation list cannot be read");
                continue;
            }
        };
        match RevocationList::read(&bytes) {
            Ok(list) => lists.push(list),
            Err(error) => tracing::warn!(%error, url = list.url, "a kept file is no list"),
        }
    }
    Ok(lists)
}

/// Whether any list calls this certificate (DER) revoked today.
pub fn is_revoked(
    lists: &[RevocationList],
    certificate: &[u8],
    pool: &[Vec<u8>],
    trust: &Trust,
) -> bool {
    let says = |list: &RevocationList| list.says(certificate, pool, trust, clock::now());
    let mut said = lists.iter().filter_map(|list| says(list).ok().flatten());
    said.any(|listed| listed.revoked_at.is_some())
}

/// Looks up the signers of a dossier's current revision and notes in its trail whose certificate is
/// revoked, once for each signature; answers whether there was news.
pub fn note_revoked(
    store: &Store,
    id: DossierId,
    lists: &[RevocationList],
    trust: &Trust,
    by: By,
) -> Result<bool, StoreError> {
    if lists.is_empty() {
        return Ok(false);
    }
    let (revision, made) = store.read(|db| {
        let revision = dossiers::get(db, id)?.revision;
        Ok((revision, signatures::of_revision(db, id, revision)?))
    })?;
    let mut news = false;
    for signature in made {
        let p7s = store.files().get(&signature.p7s)?;
        let said = said_by(&p7s, lists, trust).unwrap_or_else(|error| {
            tracing::warn!(%error, "a revocation list says nothing of a signature");
            None
        });
        let Some(listed) = said.filter(|listed| listed.revoked_at.is_some()) else {
            continue;
        };
        news |= store.write(move |tx| note(tx, id, revision, &signature, listed, by))?;
    }
    Ok(news)
}

fn note(
    tx: &Transaction<'_>,
    id: DossierId,
    revision: u32,
    signature: &Signature,
    listed: Listed,
    by: By,
) -> Result<bool, StoreError> {
    let place = [
        ("revision".to_owned(), revision.to_string()),
        ("step".to_owned(), signature.step.to_string()),
    ];
    let told = |row: &audit::AuditRow| {
        row.act == "signer-revoked" && place.iter().all(|(k, v)| row.params.get(k) == Some(v))
    };
    if audit::of_dossier(tx, id)?.iter().any(told) {
        return Ok(false);
    }
    let day = clock::day(listed.issued_at).format("%d/%m/%Y").to_string();
    let mut params = Params::from(place);
    params.insert("name".to_owned(), signature.holder.clone());
    params.insert("listed".to_owned(), day);
    let act = Act {
        unit: Some(dossiers::get(tx, id)?.unit),
        dossier: Some(id),
        act: "signer-revoked",
        params,
    };
    audit::append(tx, &act, by)?;
    Ok(true)
}
