//! The portal's own keys and certificates, made at first start: a TLS authority with a server
//! certificate, an authority of receipts with a signing certificate, and on a training portal one of
//! timestamps. P-256 throughout.
//!
//! It refuses to sign anything for anybody else: the authorities' keys are thrown away after the
//! one certificate each was made for.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName,
    SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509Name};

const DAY: i64 = 24 * 3600;

/// An authority and the one certificate it issued, PEM.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) ca: String,
    pub(crate) certificate: String,
    /// PKCS #8.
    pub(crate) key: String,
}

/// A TLS authority and a certificate for `host` (a name or an address), `localhost` and
/// 127.0.0.1.
pub(crate) fn tls(host: &str, name: &str, now: DateTime<Utc>) -> Result<Chain, ErrorStack> {
    issue(&format!("{name} - TLS CA"), host, now, |leaf, ca| {
        leaf.append_extension(
            KeyUsage::new()
                .critical()
                .digital_signature()
                .key_agreement()
                .build()?,
        )?;
        leaf.append_extension(ExtendedKeyUsage::new().server_auth().build()?)?;
        let mut names = SubjectAlternativeName::new();
        names.dns("localhost").ip("127.0.0.1");
        if host.parse::<IpAddr>().is_ok() {
            names.ip(host);
        } else if !host.is_empty() {
            names.dns(host);
        }
        let context = leaf.x509v3_context(Some(ca), None);
        let names = names.build(&context)?;
        leaf.append_extension(names)
    })
}

/// Whether a certificate of [`tls`] (PEM) is good for `host` until `end`.
pub(crate) fn serves(pem: &str, host: &str, end: DateTime<Utc>) -> Result<bool, ErrorStack> {
    let certificate = X509::from_pem(pem.as_bytes())?;
    let address = match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => Some(v4.octets().to_vec()),
        Ok(IpAddr::V6(v6)) => Some(v6.octets().to_vec()),
        Err(_) => None,
    };
    let names = certificate.subject_alt_names();
    let named = names.iter().flatten().any(|name| match &address {
        Some(address) => name.ipaddress() == Some(address),
        None => name.dnsname().is_some_and(|n| n.eq_ignore_ascii_case(host)),
    });
    let end = Asn1Time::from_unix(end.timestamp())?;
    Ok(named && certificate.not_after() > end)
}

/// An authority of receipts and a certificate that signs receipts and result documents.
pub(crate) fn receipts(name: &str, now: DateTime<Utc>) -> Result<Chain, ErrorStack> {
    issue(
        &format!("{name} - Receipt CA"),
        &format!("{name} - Receipts"),
        now,
        |leaf, _| {
            leaf.append_extension(
                KeyUsage::new()
                    .critical()
                    .digital_signature()
                    .non_repudiation()
                    .build()?,
            )
        },
    )
}

/// An authority of timestamps and the certificate that makes them: good for nothing else (RFC 3161
/// section 2.3).
pub(crate) fn timestamps(name: &str, now: DateTime<Utc>) -> Result<Chain, ErrorStack> {
    issue(
        &format!("{name} - Timestamp CA"),
        &format!("{name} - Timestamps"),
        now,
        |leaf, _| {
            leaf.append_extension(KeyUsage::new().critical().digital_signature().build()?)?;
            leaf.append_extension(ExtendedKeyUsage::new().critical().time_stamping().build()?)
        },
    )
}

fn issue(
    ca_name: &str,
    leaf_name: &str,
    now: DateTime<Utc>,
    usage: impl FnOnce(&mut X509Builder, &X509) -> Result<(), ErrorStack>,
) -> Result<Chain, ErrorStack> {
    let ca_key = new_key()?;
    let subject = common_name(ca_name)?;
    let mut builder = start(&subject, &subject, &ca_key, now, 3650)?;
    builder.append_extension(BasicConstraints::new().critical().ca().pathlen(0).build()?)?;
    builder.append_extension(
        KeyUsage::new()
            .critical()
            .key_cert_sign()
            .crl_sign()
            .build()?,
    )?;
    let id = SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None))?;
    builder.append_extension(id)?;
    builder.sign(&ca_key, MessageDigest::sha256())?;
    let ca = builder.build();

    let key = new_key()?;
    let mut builder = start(&subject, &common_name(leaf_name)?, &key, now, 1825)?;
    builder.append_extension(BasicConstraints::new().critical().build()?)?;
    usage(&mut builder, &ca)?;
    let id = SubjectKeyIdentifier::new().build(&builder.x509v3_context(Some(&ca), None))?;
    builder.append_extension(id)?;
    let issuer = AuthorityKeyIdentifier::new()
        .keyid(true)
        .build(&builder.x509v3_context(Some(&ca), None))?;
    builder.append_extension(issuer)?;
    builder.sign(&ca_key, MessageDigest::sha256())?;

    Ok(Chain {
        ca: text(ca.to_pem()?),
        certificate: text(builder.build().to_pem()?),
        key: text(key.private_key_to_pem_pkcs8()?),
    })
}

fn start(
    issuer: &X509Name,
    subject: &X509Name,
    key: &PKey<Private>,
    now: DateTime<Utc>,
    days: i64,
) -> Result<X509Builder, ErrorStack> {
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    let mut serial = [0u8; 16];
    getrandom::fill(&mut serial).expect("the system has randomness");
    // A positive serial of at most 16 octets (RFC 5280, 4.1.2.2).
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    let serial = Asn1Integer::from_bn(BigNum::from_slice(&serial)?.as_ref())?;
    builder.set_serial_number(&serial)?;
    builder.set_issuer_name(issuer)?;
    builder.set_subject_name(subject)?;
    builder.set_pubkey(key)?;
    // A day of tolerance for clients whose clock is behind.
    let not_before = Asn1Time::from_unix(now.timestamp() - DAY)?;
    let not_after = Asn1Time::from_unix(now.timestamp() + days * DAY)?;
    builder.set_not_before(&not_before)?;
    builder.set_not_after(&not_after)?;
    Ok(builder)
}

fn new_key() -> Result<PKey<Private>, ErrorStack> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    PKey::from_ec_key(EcKey::generate(&group)?)
}

fn common_name(name: &str) -> Result<X509Name, ErrorStack> {
    let mut builder = X509Name::builder()?;
    // X.520 allows 64 characters.
    let short: String = name.chars().take(64).collect();
    builder.append_entry_by_nid(Nid::COMMONNAME, &short)?;
    Ok(builder.build())
}

fn text(pem: Vec<u8>) -> String {
    String::from_utf8_lossy(&pem).into_owned()
}
