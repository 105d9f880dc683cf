//! What a certificate says, as plain data. Says nothing about trust.

use chrono::{DateTime, Duration, Utc};
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::nid::Nid;
use openssl::pkey::Id;
use openssl::x509::{X509, X509KeyUsage, X509NameRef, X509Ref};

use crate::error::ProofError;

/// The parts of a certificate that people and checks ask for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CertificateInfo {
    /// Common name of the holder.
    pub subject: String,
    /// O of the holder; empty where there is none.
    pub organisation: String,
    /// Chức danh: attribute `title` of the holder; empty where there is none.
    pub title: String,
    /// Common name of the issuer, or its O.
    pub issuer: String,
    /// Upper-case hex.
    pub serial: String,
    pub not_before: DateTime<Utc>,
    pub not_after: DateTime<Utc>,
    pub digital_signature: bool,
    pub non_repudiation: bool,
    pub key: KeyType,
}

/// Kind of public key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyType {
    Rsa { bits: u32 },
    EcP256,
    Other,
}

/// Reads a certificate in DER.
pub fn describe(der: &[u8]) -> Result<CertificateInfo, ProofError> {
    let certificate =
        X509::from_der(der).map_err(|e| ProofError::CertificateMalformed(Box::new(e)))?;
    describe_parsed(&certificate)
}

pub(crate) fn describe_parsed(certificate: &X509Ref) -> Result<CertificateInfo, ProofError> {
    let subject = certificate.subject_name();
    let issuer = certificate.issuer_name();
    let usage = certificate.key_usage().unwrap_or(X509KeyUsage::empty());
    let key = certificate.public_key()?;
    let key = match key.id() {
        Id::RSA | Id::RSA_PSS => KeyType::Rsa { bits: key.bits() },
        Id::EC => match key.ec_key()?.group().curve_name() {
            Some(Nid::X9_62_PRIME256V1) => KeyType::EcP256,
            _ => KeyType::Other,
        },
        _ => KeyType::Other,
    };
    let issuer_name = text(issuer, Nid::COMMONNAME);
    Ok(CertificateInfo {
        subject: text(subject, Nid::COMMONNAME),
        organisation: text(subject, Nid::ORGANIZATIONNAME),
        title: text(subject, Nid::TITLE),
        issuer: if issuer_name.is_empty() {
            text(issuer, Nid::ORGANIZATIONNAME)
        } else {
            issuer_name
        },
        serial: certificate
            .serial_number()
            .to_bn()?
            .to_hex_str()?
            .to_string(),
        not_before: time(certificate.not_before())?,
        not_after: time(certificate.not_after())?,
        digital_signature: usage.contains(X509KeyUsage::DIGITAL_SIGNATURE),
        non_repudiation: usage.contains(X509KeyUsage::NON_REPUDIATION),
        key,
    })
}

fn text(name: &X509NameRef, nid: Nid) -> String {
    let entry = name.entries_by_nid(nid).next();
    entry
        .and_then(|e| e.data().to_string().ok())
        .unwrap_or_default()
}

pub(crate) fn time(t: &Asn1TimeRef) -> Result<DateTime<Utc>, ProofError> {
    let since = Asn1Time::from_unix(0)?.diff(t)?;
    let span = Duration::days(since.days.into()) + Duration::seconds(since.secs.into());
    Ok(DateTime::<Utc>::UNIX_EPOCH + span)
}
