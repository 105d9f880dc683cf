//! Danh sách thu hồi (CRL, RFC 5280 section 5): what an authority says of certificates it issued, and
//! such lists in a signature (EN 319 122-1 5.4, level B-LT: in `SignedData.crls`, never as attributes).
//!
//! Refuses to count a list that is not signed by the very issuer of the certificate asked about. Says
//! nothing where no list does: unknown is not revoked.

use chrono::{DateTime, Utc};
use der::Encode as _;
use openssl::asn1::Asn1TimeRef;
use openssl::x509::{CrlStatus, X509, X509Crl, X509Ref};

use crate::asn1::{self, SignedData};
use crate::certificate;
use crate::error::{ProofError, RevocationError};
use crate::timestamp;
use crate::trust::Trust;
use crate::verify;

/// A list as it was published.
pub struct RevocationList {
    crl: X509Crl,
    der: Vec<u8>,
    issued_at: DateTime<Utc>,
    next_at: Option<DateTime<Utc>>,
}

/// What a list says of one certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listed {
    /// When the list was issued.
    pub issued_at: DateTime<Utc>,
    /// Since when the certificate is revoked; `None`: it was not when the list was issued.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl RevocationList {
    /// Reads a list in DER or PEM.
    pub fn read(bytes: &[u8]) -> Result<Self, RevocationError> {
        let malformed = RevocationError::Malformed;
        let crl = match bytes.first() {
            Some(0x30) => X509Crl::from_der(bytes),
            _ => X509Crl::from_pem(bytes),
        };
        let crl = crl.map_err(malformed)?;
        Ok(Self {
            der: crl.to_der().map_err(malformed)?,
            issued_at: time(crl.last_update())?,
            next_at: crl.next_update().map(time).transpose()?,
            crl,
        })
    }

    /// DER: what goes into a signature.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    pub fn issued_at(&self) -> DateTime<Utc> {
        self.issued_at
    }

    /// When the next one is promised.
    pub fn next_at(&self) -> Option<DateTime<Utc>> {
        self.next_at
    }

    /// Whether it is the list of `at`: issued before, and the next one not promised for before.
    pub fn current(&self, at: DateTime<Utc>) -> bool {
        self.issued_at <= at && self.next_at.is_none_or(|next| at <= next)
    }

    /// What it says of `certificate` (DER), whose path is judged at `at` with `pool` (DER); `None`: it
    /// is a list of another authority.
    pub fn says(
        &self,
        certificate: &[u8],
        pool: &[Vec<u8>],
        trust: &Trust,
        at: DateTime<Utc>,
    ) -> Result<Option<Listed>, RevocationError> {
        let malformed = |e| ProofError::CertificateMalformed(Box::new(e));
        let leaf = X509::from_der(certificate).map_err(malformed)?;
        let pool = pool.iter().map(|der| X509::from_der(der));
        let pool = pool.collect::<Result<Vec<_>, _>>().map_err(malformed)?;
        self.says_of(&leaf, pool, trust, at)
    }

    fn says_of(
        &self,
        leaf: &X509,
        pool: Vec<X509>,
        trust: &Trust,
        at: DateTime<Utc>,
    ) -> Result<Option<Listed>, RevocationError> {
        let issuer = trust.issuer_of(leaf, pool, at)?;
        if !self.is_of(&issuer)? {
            return Ok(None);
        }
        let revoked_at = match self.crl.get_by_cert(leaf) {
            CrlStatus::Revoked(entry) => Some(time(entry.revocation_date())?),
            CrlStatus::NotRevoked | CrlStatus::RemoveFromCrl(_) => None,
        };
        Ok(Some(Listed {
            issued_at: self.issued_at,
            revoked_at,
        }))
    }

    /// Whether `issuer` signed it. One of its name that it did not sign is an error.
    fn is_of(&self, issuer: &X509Ref) -> Result<bool, RevocationError> {
        let name = |n: &openssl::x509::X509NameRef| n.to_der().map_err(RevocationError::Malformed);
        if name(self.crl.issuer_name())? != name(issuer.subject_name())? {
            return Ok(false);
        }
        let key = issuer.public_key().map_err(RevocationError::Malformed)?;
        match self.crl.verify(&key) {
            Ok(true) => Ok(true),
            _ => Err(RevocationError::Signature),
        }
    }
}

fn time(at: &Asn1TimeRef) -> Result<DateTime<Utc>, RevocationError> {
    Ok(certificate::time(at)?)
}

/// What the newest of `lists` says of the certificate of a `.p7s`'s signer; `None` where none is of its
/// issuer.
pub fn said_by(
    p7s: &[u8],
    lists: &[RevocationList],
    trust: &Trust,
) -> Result<Option<Listed>, RevocationError> {
    let (data, signer) = asn1::read(p7s)?;
    let (leaf, pool) = verify::certificates(&data, &signer)?;
    let at = verify::signing_time(&signer)?;
    let mut newest: Option<Listed> = None;
    for list in lists {
        let said = list.says_of(&leaf, pool.clone(), trust, at)?;
        if let Some(said) = said
            && newest.is_none_or(|n| n.issued_at < said.issued_at)
        {
            newest = Some(said);
        }
    }
    Ok(newest)
}

/// What the newest list in a `.p7s` says of its signer's certificate; `None` where there is no list of
/// its issuer.
pub fn listed(p7s: &[u8], trust: &Trust) -> Result<Option<Listed>, RevocationError> {
    let (data, _) = asn1::read(p7s)?;
    let mut lists = Vec::new();
    for raw in data.crls.iter().flat_map(|set| set.iter()) {
        let der = raw.to_der().map_err(ProofError::Encode)?;
        lists.push(RevocationList::read(&der)?);
    }
    if lists.is_empty() {
        return Ok(None);
    }
    said_by(p7s, &lists, trust)
}

/// The same `.p7s` with those of `lists` that are of its signer's issuer, and with the certificates its
/// timestamps stand on. What is there already adds nothing.
pub fn with_lists(
    p7s: &[u8],
    lists: &[RevocationList],
    trust: &Trust,
) -> Result<Vec<u8>, RevocationError> {
    let (mut data, signer) = asn1::read(p7s)?;
    let (leaf, pool) = verify::certificates(&data, &signer)?;
    let at = verify::signing_time(&signer)?;
    let mut fitting = Vec::new();
    for list in lists {
        if list.says_of(&leaf, pool.clone(), trust, at)?.is_some() {
            fitting.push(list.der.clone());
        }
    }
    if fitting.is_empty() {
        return Ok(p7s.to_vec());
    }
    let raw = |set: &Option<der::asn1::SetOfVec<der::Any>>| {
        let all = set.iter().flat_map(|set| set.iter()).map(der::Any::to_der);
        all.collect::<Result<Vec<_>, _>>()
            .map_err(ProofError::Encode)
    };
    let mut certificates = raw(&data.certificates)?;
    certificates.extend(timestamp::authorities(&signer));
    fitting.extend(raw(&data.crls)?);
    data = SignedData {
        certificates: Some(asn1::set_of_raw(certificates.iter())?),
        crls: Some(asn1::set_of_raw(fitting.iter())?),
        ..data
    };
    Ok(timestamp::same_signature(p7s, data)?)
}
