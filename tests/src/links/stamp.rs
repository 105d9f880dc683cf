//! A `.p7s` that changes after it was sent: a timestamp.

use std::path::Path;

use anyhow::{Context, Result};
use chrono::Utc;
use hoso_domain::id::DossierId;
use hoso_portal_api::Commit;
use hoso_portal_api::commit::BlobRef;
use hoso_proof::Trust;
use hoso_proof::timestamp::{self, Authority, Query};
use hoso_store::{Store, Vault, outbox};

use crate::lab::PIN;

/// Gives every signature of the dossier's commit a timestamp, in the store of a program that does not
/// run; `portal` is the data folder of its portal.
#[allow(
    clippy::disallowed_methods,
    reason = "the vault counts wrong PINs by it"
)]
pub fn stamp(home: &Path, portal: &Path, dossier: DossierId) -> Result<()> {
    let dir = home.join("store");
    let mut vault = Vault::open(&dir)?;
    let person = vault.people().first().context("nobody")?.person;
    let keys = vault.unlock(person, PIN, Utc::now())?;
    let store = Store::open(&dir, &keys)?;
    let row = store.read(|db| outbox::get(db, dossier))?;
    let mut commit: Commit = serde_json::from_str(&row.context("not in the outbox")?.commit)?;
    for signature in &mut commit.signatures {
        let bytes = stamped(&store.files().get(&signature.p7s.sha256)?, portal)?;
        signature.p7s = BlobRef {
            sha256: store.files().put_bytes(&bytes)?,
            size: bytes.len() as u64,
        };
    }
    let body = serde_json::to_string(&commit)?;
    store.write(move |tx| {
        let change = "UPDATE outbox SET commit_json = ?1 WHERE dossier_id = ?2";
        tx.execute(change, (body, dossier.to_string()))?;
        Ok(())
    })?;
    Ok(())
}

/// With a timestamp of the portal's own authority, as its program would fetch it.
#[allow(
    clippy::disallowed_methods,
    reason = "the authority's clock, which stands beside the portal's"
)]
fn stamped(p7s: &[u8], portal: &Path) -> Result<Vec<u8>> {
    let read = |name: &str| std::fs::read_to_string(portal.join(name));
    let ca = read("timestamp-ca.pem")?;
    let (certificate, key) = (read("timestamp-cert.pem")?, read("timestamp-key.pem")?);
    let authority = Authority::new(&certificate, &[&ca], &key)?;
    let query = Query::new(p7s, [7; 8])?;
    let answer = authority.answer(query.bytes(), [9; 16], Utc::now())?;
    let trust = Trust::from_pem(&[&ca])?.with_timestamps(&ca)?;
    let (token, _) = query.read(&answer, &trust)?;
    Ok(timestamp::stamped(p7s, &token)?)
}
