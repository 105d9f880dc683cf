//! A `.p7s` that changes after it was sent: an unsigned attribute, as a timestamp would be.

use std::path::Path;

use anyhow::{Context, Result};
use chrono::Utc;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerInfos};
use der::asn1::{ObjectIdentifier, SetOfVec};
use der::{Any, Decode as _, Encode as _, Tag};
use hoso_domain::id::DossierId;
use hoso_portal_api::Commit;
use hoso_portal_api::commit::BlobRef;
use hoso_store::{Store, Vault, outbox};
use x509_cert::attr::Attribute;

use crate::lab::PIN;

/// id-aa-signatureTimeStampToken, RFC 3161 appendix A.
const TIMESTAMP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");

/// Gives every signature of the dossier's commit an unsigned attribute, in the store of a program
/// that does not run.
#[allow(
    clippy::disallowed_methods,
    reason = "the vault counts wrong PINs by it"
)]
pub fn stamp(home: &Path, dossier: DossierId) -> Result<()> {
    let dir = home.join("store");
    let mut vault = Vault::open(&dir)?;
    let person = vault.people().first().context("nobody")?.person;
    let keys = vault.unlock(person, PIN, Utc::now())?;
    let store = Store::open(&dir, &keys)?;
    let row = store.read(|db| outbox::get(db, dossier))?;
    let mut commit: Commit = serde_json::from_str(&row.context("not in the outbox")?.commit)?;
    for signature in &mut commit.signatures {
        let bytes = stamped(&store.files().get(&signature.p7s.sha256)?)?;
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

fn stamped(p7s: &[u8]) -> Result<Vec<u8>> {
    let outer = ContentInfo::from_der(p7s)?;
    let mut signed: SignedData = outer.content.decode_as()?;
    let mut infos = signed.signer_infos.0.into_vec();
    for info in &mut infos {
        let value = Any::new(Tag::OctetString, *b"a token of a timestamp authority")?;
        let attribute = Attribute {
            oid: TIMESTAMP,
            values: SetOfVec::try_from(vec![value])?,
        };
        info.unsigned_attrs = Some(SetOfVec::try_from(vec![attribute])?);
    }
    signed.signer_infos = SignerInfos(SetOfVec::try_from(infos)?);
    let content = Any::encode_from(&signed)?;
    Ok(ContentInfo {
        content_type: outer.content_type,
        content,
    }
    .to_der()?)
}
