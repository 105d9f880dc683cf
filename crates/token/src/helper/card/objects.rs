//! The objects on a token: certificates, and the private key of one.
//!
//! It refuses to believe `CKA_ID` where the key's own numbers say otherwise, and to let one broken
//! object hide the others.

use cryptoki::object::{Attribute, CertificateType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use cryptoki_sys::{CK_ATTRIBUTE_TYPE, CKA_EC_POINT, CKA_ID, CKA_LABEL, CKA_MODULUS, CKA_VALUE};
use hoso_domain::digest::Digest;

use super::super::{fault, key};
use super::Card;
use crate::error::TokenError;
use crate::message::{Certificate, KeyPresence, Mechanism};

/// Longest certificate read in bytes.
const CERTIFICATE: usize = 64 * 1024;
/// Longest id, label or key material read.
const SHORT: usize = 2048;

impl Card {
    pub(super) fn certificates(&self, session: &Session) -> Result<Vec<Found>, TokenError> {
        let template = [
            Attribute::Class(ObjectClass::CERTIFICATE),
            Attribute::CertificateType(CertificateType::X_509),
        ];
        let handles = session
            .find_objects(&template)
            .map_err(|e| fault::on_token(&e))?;
        let mut out: Vec<Found> = Vec::new();
        for handle in handles {
            let der = self.value(session, handle, CKA_VALUE, CERTIFICATE);
            // Something that is no certificate cannot be picked; the others can.
            let Some(key) = key::public_key(&der) else {
                continue;
            };
            let digest = Digest::of(&der);
            if out.iter().any(|c| c.digest == digest) {
                continue;
            }
            let id = self.value(session, handle, CKA_ID, SHORT);
            let label = self.value(session, handle, CKA_LABEL, SHORT);
            let label = String::from_utf8_lossy(&label).trim().to_owned();
            out.push(Found {
                digest,
                der,
                id,
                label,
                key: key.into(),
            });
        }
        Ok(out)
    }

    /// An attribute's value, empty where the object has or shows none.
    fn value(
        &self,
        session: &Session,
        object: ObjectHandle,
        kind: CK_ATTRIBUTE_TYPE,
        size: usize,
    ) -> Vec<u8> {
        self.raw
            .attribute(session, object, kind, size)
            .unwrap_or_default()
    }

    pub(super) fn keys_with_id(
        &self,
        session: &Session,
        id: &[u8],
    ) -> Result<Vec<ObjectHandle>, TokenError> {
        if id.is_empty() {
            return Ok(Vec::new());
        }
        let template = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Id(id.to_vec()),
        ];
        session
            .find_objects(&template)
            .map_err(|e| fault::on_token(&e))
    }

    /// The private key of a certificate: by the modulus where the token shows it, else by
    /// `CKA_ID`, directly or through the public key object.
    pub(super) fn private_key(
        &self,
        session: &Session,
        found: &Found,
    ) -> Result<ObjectHandle, TokenError> {
        let of_class = |class| {
            session
                .find_objects(&[Attribute::Class(class)])
                .map_err(|e| fault::on_token(&e))
        };
        let private = of_class(ObjectClass::PRIVATE_KEY)?;
        let material = |object| {
            let modulus = self.value(session, object, CKA_MODULUS, SHORT);
            let point = self.value(session, object, CKA_EC_POINT, SHORT);
            if modulus.is_empty() { point } else { modulus }
        };
        if let Some(key) = private.iter().find(|k| found.is_of(&material(**k))) {
            return Ok(*key);
        }
        let by_id = self.keys_with_id(session, &found.id)?;
        // A key with another modulus than the certificate's is not its key, whatever its id.
        if let Some(key) = by_id.iter().find(|k| material(**k).is_empty()) {
            return Ok(*key);
        }
        for public in of_class(ObjectClass::PUBLIC_KEY)? {
            if found.is_of(&material(public)) {
                let id = self.value(session, public, CKA_ID, SHORT);
                if let Some(key) = self.keys_with_id(session, &id)?.first() {
                    return Ok(*key);
                }
            }
        }
        Err(TokenError::NoPrivateKey)
    }
}

/// A certificate object as read.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) digest: Digest,
    der: Vec<u8>,
    pub(super) id: Vec<u8>,
    label: String,
    pub(super) key: std::rc::Rc<key::PublicKey>,
}

impl Found {
    pub(super) fn describe(self, presence: KeyPresence, mechanisms: &[Mechanism]) -> Certificate {
        Certificate {
            digest: self.digest,
            der: self.der,
            id: self.id,
            label: self.label,
            kind: self.key.kind,
            key: presence,
            algorithms: key::algorithms(self.key.kind, mechanisms),
        }
    }

    /// Whether `material` (modulus, or point with or without its OCTET STRING) is this key's.
    fn is_of(&self, material: &[u8]) -> bool {
        let own = self.key.material.as_slice();
        let bare = material
            .iter()
            .position(|b| *b != 0)
            .and_then(|n| material.get(n..));
        !own.is_empty()
            && (bare == Some(own) || (material.len() == own.len() + 2 && material.ends_with(own)))
    }
}
