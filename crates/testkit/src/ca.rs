//! A certificate authority for tests, shaped like the public ones under NEAC: signer certificates
//! with name, title and organisation, and the usage non-repudiation.
//!
//! It refuses to be trusted by anything but a test or a training portal.

use anyhow::{Context as _, Result};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use hoso_domain::digest::Digest;
use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, CrlNumber, ExtendedKeyUsage, KeyUsage,
    SubjectKeyIdentifier,
};
use openssl::x509::{
    X509, X509Builder, X509CrlBuilder, X509Name, X509NameBuilder, X509RevokedBuilder,
};

/// Kind of a key to make.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyType {
    /// Too short for a signature today.
    Rsa1024,
    Rsa2048,
    Rsa3072,
    P256,
}

/// What a certificate allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Usage {
    /// digitalSignature and nonRepudiation, as signers have.
    Signing,
    /// digitalSignature and keyEncipherment: good for TLS, not for signing papers.
    NoNonRepudiation,
    /// keyEncipherment alone: signs nothing at all.
    Encryption,
    /// Timestamps and nothing else.
    Timestamps,
}

/// When a certificate is good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Validity {
    /// 2025 to 2040, so that no test ends with a calendar year.
    Current,
    /// Ended on 1/1/2025.
    Expired,
    /// Begins in 2039.
    NotYet,
    Between(DateTime<Utc>, DateTime<Utc>),
}

impl Validity {
    /// First and last second, Unix time.
    pub(crate) fn bounds(self) -> (i64, i64) {
        let day = |year| {
            Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0)
                .single()
                .unwrap_or_default()
        };
        let (from, to) = match self {
            Self::Current => (day(2025), day(2040)),
            Self::Expired => (day(2022), day(2025)),
            Self::NotYet => (day(2039), day(2040)),
            Self::Between(from, to) => (from, to),
        };
        (from.timestamp(), to.timestamp())
    }
}

/// A certificate with its private key.
#[derive(Clone, Debug)]
pub struct Issued {
    pub certificate_pem: String,
    pub certificate_der: Vec<u8>,
    /// SHA-256 of the DER.
    pub digest: Digest,
    pub key: PKey<Private>,
}

impl Issued {
    fn of(certificate: &X509, key: PKey<Private>) -> Result<Self> {
        let der = certificate.to_der()?;
        Ok(Self {
            certificate_pem: String::from_utf8(certificate.to_pem()?)?,
            digest: Digest::of(&der),
            certificate_der: der,
            key,
        })
    }

    /// PKCS#8, unencrypted.
    pub fn key_pem(&self) -> Result<String> {
        Ok(String::from_utf8(self.key.private_key_to_pem_pkcs8()?)?)
    }
}

/// A root that issues signer certificates.
#[derive(Debug)]
pub struct TestCa {
    certificate: X509,
    key: PKey<Private>,
}

/// A new key.
pub fn new_key(kind: KeyType) -> Result<PKey<Private>> {
    Ok(match kind {
        KeyType::Rsa1024 => PKey::from_rsa(Rsa::generate(1024)?)?,
        KeyType::Rsa2048 => PKey::from_rsa(Rsa::generate(2048)?)?,
        KeyType::Rsa3072 => PKey::from_rsa(Rsa::generate(3072)?)?,
        KeyType::P256 => {
            let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
            PKey::from_ec_key(EcKey::generate(&group)?)?
        }
    })
}

impl TestCa {
    /// A root named `name` with a P-256 key, good from 2020 to 2050.
    pub fn new(name: &str) -> Result<Self> {
        Self::with_key(name, KeyType::P256)
    }

    pub fn with_key(name: &str, kind: KeyType) -> Result<Self> {
        let key = new_key(kind)?;
        let subject = subject(name, None, "Thử nghiệm, không có giá trị")?;
        let day = |year| {
            Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0)
                .single()
                .unwrap_or_default()
        };
        let validity = Validity::Between(day(2020), day(2050));
        let mut builder = builder(&subject, &subject, &key, validity)?;
        builder.append_extension(BasicConstraints::new().critical().ca().build()?)?;
        builder.append_extension(
            KeyUsage::new()
                .critical()
                .key_cert_sign()
                .crl_sign()
                .build()?,
        )?;
        let id = SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None))?;
        builder.append_extension(id)?;
        builder.sign(&key, MessageDigest::sha256())?;
        Ok(Self {
            certificate: builder.build(),
            key,
        })
    }

    /// An authority below this one, as the public ones are below the national root.
    pub fn subordinate(&self, name: &str) -> Result<Self> {
        let key = new_key(KeyType::P256)?;
        let subject = subject(name, None, "Thử nghiệm, không có giá trị")?;
        let mut builder = builder(
            &subject,
            self.certificate.subject_name(),
            &key,
            Validity::Current,
        )?;
        builder.append_extension(BasicConstraints::new().critical().ca().build()?)?;
        let mut allowed = KeyUsage::new();
        allowed.critical().key_cert_sign().crl_sign();
        builder.append_extension(allowed.build()?)?;
        let context = builder.x509v3_context(Some(&self.certificate), None);
        let own = SubjectKeyIdentifier::new().build(&context)?;
        let issuer = AuthorityKeyIdentifier::new().keyid(true).build(&context)?;
        builder.append_extension(own)?;
        builder.append_extension(issuer)?;
        builder.sign(&self.key, MessageDigest::sha256())?;
        Ok(Self {
            certificate: builder.build(),
            key,
        })
    }

    /// The authority's certificate.
    pub fn pem(&self) -> Result<String> {
        Ok(String::from_utf8(self.certificate.to_pem()?)?)
    }

    pub fn der(&self) -> Result<Vec<u8>> {
        Ok(self.certificate.to_der()?)
    }

    /// A certificate and a new RSA-2048 key, as tokens in the field have.
    pub fn issue(
        &self,
        common_name: &str,
        title: &str,
        organisation: &str,
        usage: Usage,
        validity: Validity,
    ) -> Result<Issued> {
        let key = new_key(KeyType::Rsa2048)?;
        self.issue_for(key, common_name, title, organisation, usage, validity)
    }

    /// A certificate for `key`.
    pub fn issue_for(
        &self,
        key: PKey<Private>,
        common_name: &str,
        title: &str,
        organisation: &str,
        usage: Usage,
        validity: Validity,
    ) -> Result<Issued> {
        let subject = subject(common_name, Some(title), organisation)?;
        let mut builder = builder(&subject, self.certificate.subject_name(), &key, validity)?;
        builder.append_extension(BasicConstraints::new().critical().build()?)?;
        let mut allowed = KeyUsage::new();
        allowed.critical();
        match usage {
            Usage::Signing => allowed.digital_signature().non_repudiation(),
            Usage::NoNonRepudiation => allowed.digital_signature().key_encipherment(),
            Usage::Encryption => allowed.key_encipherment(),
            Usage::Timestamps => allowed.digital_signature(),
        };
        builder.append_extension(allowed.build()?)?;
        if usage == Usage::Timestamps {
            let only = ExtendedKeyUsage::new().critical().time_stamping().build()?;
            builder.append_extension(only)?;
        }
        let context = builder.x509v3_context(Some(&self.certificate), None);
        let own = SubjectKeyIdentifier::new().build(&context)?;
        let issuer = AuthorityKeyIdentifier::new().keyid(true).build(&context)?;
        builder.append_extension(own)?;
        builder.append_extension(issuer)?;
        builder.sign(&self.key, MessageDigest::sha256())?;
        Issued::of(&builder.build(), key)
    }
}

impl TestCa {
    /// The authority's revocation list (DER) of `issued`, good for 30 days; it revokes these since then.
    pub fn revocation_list(&self, revoked: &[&Issued], issued: DateTime<Utc>) -> Result<Vec<u8>> {
        let at = Asn1Time::from_unix(issued.timestamp())?;
        let next = Asn1Time::from_unix((issued + TimeDelta::days(30)).timestamp())?;
        let mut list = X509CrlBuilder::new()?;
        list.set_issuer_name(self.certificate.subject_name())?;
        list.set_last_update(&at)?;
        list.set_next_update(&next)?;
        for one in revoked {
            let certificate = X509::from_der(&one.certificate_der)?;
            let mut entry = X509RevokedBuilder::new()?;
            entry.set_serial_number(certificate.serial_number())?;
            entry.set_revocation_date(&at)?;
            list.add_revoked(entry.build())?;
        }
        let builder = X509::builder()?;
        let context = builder.x509v3_context(Some(&self.certificate), None);
        list.append_extension(AuthorityKeyIdentifier::new().keyid(true).build(&context)?)?;
        let number = BigNum::from_slice(&issued.timestamp().to_be_bytes())?;
        list.append_extension(CrlNumber::new(number)?.build()?)?;
        list.sort()?;
        list.sign(&self.key, MessageDigest::sha256())?;
        Ok(list.build()?.to_der()?)
    }
}

fn subject(common_name: &str, title: Option<&str>, organisation: &str) -> Result<X509Name> {
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_nid(Nid::COUNTRYNAME, "VN")?;
    name.append_entry_by_nid(Nid::ORGANIZATIONNAME, organisation)?;
    if let Some(title) = title {
        name.append_entry_by_nid(Nid::TITLE, title)?;
    }
    name.append_entry_by_nid(Nid::COMMONNAME, common_name)?;
    Ok(name.build())
}

fn builder(
    subject: &X509Name,
    issuer: &openssl::x509::X509NameRef,
    key: &PKey<Private>,
    validity: Validity,
) -> Result<X509Builder> {
    let (from, to) = validity.bounds();
    let mut serial = BigNum::new()?;
    serial.rand(127, MsbOption::MAYBE_ZERO, false)?;
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_serial_number(&*Asn1Integer::from_bn(&serial).context("serial")?)?;
    builder.set_subject_name(subject)?;
    builder.set_issuer_name(issuer)?;
    builder.set_not_before(&*Asn1Time::from_unix(from)?)?;
    builder.set_not_after(&*Asn1Time::from_unix(to)?)?;
    builder.set_pubkey(key)?;
    Ok(builder)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_issued_certificate_is_signed_by_the_root_and_carries_its_usage() {
        let ca = TestCa::new("Gốc thử").unwrap();
        for (usage, word) in [
            (Usage::Signing, "Non Repudiation"),
            (Usage::NoNonRepudiation, "Key Encipherment"),
        ] {
            let issued = ca
                .issue(
                    "Lò Thị Hoa",
                    "Kế toán trưởng",
                    "Xã",
                    usage,
                    Validity::Current,
                )
                .unwrap();
            let certificate = X509::from_der(&issued.certificate_der).unwrap();
            assert!(
                certificate
                    .verify(&ca.certificate.public_key().unwrap())
                    .unwrap()
            );
            let text = String::from_utf8(certificate.to_text().unwrap()).unwrap();
            assert!(text.contains(word), "{text}");
        }
    }
}
