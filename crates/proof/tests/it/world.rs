//! Certificates, signers and a two-step container.

use std::process::Command;
use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use hoso_proof::{Container, ProofError, SignatureAlgorithm, SignatureFiles, Trust, prepare};
use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Signer};
use openssl::x509::extension::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509Name};

pub use SignatureAlgorithm::{EcdsaP256Sha256, RsaPkcs1Sha256, RsaPssSha256};

/// The moment of signing in these tests.
pub fn signing_time() -> DateTime<Utc> {
    "2026-03-10T02:30:00Z".parse().unwrap()
}

pub fn rsa() -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap()
}

pub fn p256() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

/// A holder of a key: an authority or a person.
pub struct Holder {
    pub certificate: X509,
    pub key: PKey<Private>,
}

/// How a certificate is to be made.
pub struct Wish<'a> {
    pub name: &'a str,
    pub key: PKey<Private>,
    pub issuer: Option<&'a Holder>,
    pub valid: (DateTime<Utc>, DateTime<Utc>),
    pub usage: Option<KeyUsage>,
    pub extended: Option<ExtendedKeyUsage>,
    pub authority: bool,
}

impl<'a> Wish<'a> {
    pub fn authority(name: &'a str, key: PKey<Private>) -> Self {
        let valid = (
            signing_time() - TimeDelta::days(900),
            signing_time() + TimeDelta::days(2000),
        );
        let mut usage = KeyUsage::new();
        usage.critical().key_cert_sign().crl_sign();
        Self {
            name,
            key,
            issuer: None,
            valid,
            usage: Some(usage),
            extended: None,
            authority: true,
        }
    }

    pub fn person(name: &'a str, key: PKey<Private>, issuer: &'a Holder) -> Self {
        let valid = (
            signing_time() - TimeDelta::days(30),
            signing_time() + TimeDelta::days(700),
        );
        let mut usage = KeyUsage::new();
        usage.critical().digital_signature().non_repudiation();
        Self {
            name,
            key,
            issuer: Some(issuer),
            valid,
            usage: Some(usage),
            extended: None,
            authority: false,
        }
    }

    pub fn make(self) -> Holder {
        let mut name = X509Name::builder().unwrap();
        name.append_entry_by_nid(Nid::ORGANIZATIONNAME, "UBND xã Hòa Bình")
            .unwrap();
        name.append_entry_by_nid(Nid::TITLE, "Kế toán trưởng")
            .unwrap();
        name.append_entry_by_nid(Nid::COMMONNAME, self.name)
            .unwrap();
        let name = name.build();
        let mut serial = BigNum::new().unwrap();
        serial.rand(120, MsbOption::ONE, false).unwrap();

        let mut builder = X509Builder::new().unwrap();
        builder.set_version(2).unwrap();
        builder
            .set_serial_number(&serial.to_asn1_integer().unwrap())
            .unwrap();
        builder.set_subject_name(&name).unwrap();
        let issuer = self.issuer.map_or(&*name, |i| i.certificate.subject_name());
        builder.set_issuer_name(issuer).unwrap();
        let time = |t: DateTime<Utc>| Asn1Time::from_unix(t.timestamp()).unwrap();
        builder.set_not_before(&time(self.valid.0)).unwrap();
        builder.set_not_after(&time(self.valid.1)).unwrap();
        builder.set_pubkey(&self.key).unwrap();
        let mut constraints = BasicConstraints::new();
        constraints.critical();
        if self.authority {
            constraints.ca();
        }
        builder
            .append_extension(constraints.build().unwrap())
            .unwrap();
        if let Some(usage) = self.usage {
            builder.append_extension(usage.build().unwrap()).unwrap();
        }
        if let Some(extended) = self.extended {
            builder.append_extension(extended.build().unwrap()).unwrap();
        }
        let issuer = self.issuer.map(|i| i.certificate.clone());
        let identifier = SubjectKeyIdentifier::new()
            .build(&builder.x509v3_context(issuer.as_deref(), None))
            .unwrap();
        builder.append_extension(identifier).unwrap();
        let signer = self.issuer.map_or(&self.key, |i| &i.key);
        builder.sign(signer, MessageDigest::sha256()).unwrap();
        Holder {
            certificate: builder.build(),
            key: self.key,
        }
    }
}

impl Holder {
    pub fn der(&self) -> Vec<u8> {
        self.certificate.to_der().unwrap()
    }

    pub fn pem(&self) -> String {
        String::from_utf8(self.certificate.to_pem().unwrap()).unwrap()
    }

    pub fn key_pem(&self) -> String {
        String::from_utf8(self.key.private_key_to_pem_pkcs8().unwrap()).unwrap()
    }

    /// What a token would answer: a raw signature value, ECDSA as r‖s.
    pub fn value(&self, bytes: &[u8], algorithm: SignatureAlgorithm) -> Vec<u8> {
        let mut signer = Signer::new(MessageDigest::sha256(), &self.key).unwrap();
        if algorithm == RsaPssSha256 {
            signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
            signer
                .set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)
                .unwrap();
            signer.set_rsa_mgf1_md(MessageDigest::sha256()).unwrap();
        }
        let value = signer.sign_oneshot_to_vec(bytes).unwrap();
        if algorithm != EcdsaP256Sha256 {
            return value;
        }
        let pair = EcdsaSig::from_der(&value).unwrap();
        let mut raw = pair.r().to_vec_padded(32).unwrap();
        raw.extend(pair.s().to_vec_padded(32).unwrap());
        raw
    }

    pub fn sign(
        &self,
        content: &[u8],
        chain: &[Vec<u8>],
        at: DateTime<Utc>,
        algorithm: SignatureAlgorithm,
    ) -> Result<Vec<u8>, ProofError> {
        let prepared = prepare(content, &self.der(), chain, at, algorithm)?;
        let value = self.value(prepared.to_be_signed(), algorithm);
        prepared.finish(&value)
    }
}

/// Two authorities and four people, made once.
pub struct World {
    pub root: Holder,
    pub issuing: Holder,
    pub chief: Holder,
    pub owner: Holder,
    /// Under an authority of the same name that nobody trusts.
    pub stranger: Holder,
    pub stranger_root: Holder,
}

pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let root = Wish::authority("Gốc thử nghiệm", rsa()).make();
        let issuing = Wish {
            issuer: Some(&root),
            ..Wish::authority("Cấp thử nghiệm", p256())
        }
        .make();
        let chief = Wish::person("Nguyễn Thị Bình", rsa(), &issuing).make();
        let owner = Wish::person("Trần Văn An", p256(), &issuing).make();
        let stranger_root = Wish::authority("Gốc thử nghiệm", rsa()).make();
        let stranger = Wish::person("Trần Văn An", p256(), &stranger_root).make();
        World {
            root,
            issuing,
            chief,
            owner,
            stranger,
            stranger_root,
        }
    })
}

impl World {
    pub fn trust(&self) -> Trust {
        Trust::from_pem(&[&self.root.pem()]).unwrap()
    }

    pub fn chain(&self) -> Vec<Vec<u8>> {
        vec![self.issuing.der()]
    }

    /// Adds one step to a container.
    pub fn step(&self, to: &mut Container, who: &Holder, role: &str, how: SignatureAlgorithm) {
        let step = TimeDelta::minutes(i64::try_from(to.signatures.len()).unwrap());
        let at = signing_time() + step;
        let manifest = to.open_step(&who.der(), role, at).unwrap();
        let p7s = who.sign(&manifest, &self.chain(), at, how).unwrap();
        to.signatures.push(SignatureFiles { manifest, p7s });
    }

    /// Chief (RSA) first, owner (P-256) second.
    /// Always the same one: ECDSA values differ from run to run.
    pub fn dossier(&self) -> Container {
        static DOSSIER: OnceLock<Container> = OnceLock::new();
        let made = DOSSIER.get_or_init(|| {
            let mut container = unsigned();
            self.step(
                &mut container,
                &self.chief,
                "chief-accountant",
                RsaPkcs1Sha256,
            );
            self.step(
                &mut container,
                &self.owner,
                "account-owner",
                EcdsaP256Sha256,
            );
            container
        });
        made.clone()
    }
}

pub fn unsigned() -> Container {
    Container::new(vec![
        (
            "data/dossier.json".to_owned(),
            b"{\n  \"format\": 1\n}\n".to_vec(),
        ),
        (
            "voucher/01-mau13.pdf".to_owned(),
            b"%PDF-1.7\r\n\x00\xff\n%%EOF".to_vec(),
        ),
        (
            "files/Bảng kê 100%.xlsx".to_owned(),
            b"bytes of a file".to_vec(),
        ),
    ])
}

/// Codes of everything wrong, with their steps.
pub fn codes(container: &Container, trust: &Trust) -> Vec<(u8, &'static str)> {
    hoso_proof::verify(container, trust)
        .all_problems()
        .map(|(s, p)| (s, p.code()))
        .collect()
}

/// The check of docs/EVIDENCE.md, letter by letter.
pub fn openssl_accepts(content: &[u8], p7s: &[u8], ca_pem: &str) -> bool {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("ASiCManifest001.xml"), content).unwrap();
    std::fs::write(dir.path().join("signature001.p7s"), p7s).unwrap();
    std::fs::write(dir.path().join("ca.pem"), ca_pem).unwrap();
    let output = Command::new("openssl")
        .args(["cms", "-verify", "-cades", "-binary", "-inform", "DER"])
        .args(["-in", "signature001.p7s", "-content", "ASiCManifest001.xml"])
        .args([
            "-CAfile",
            "ca.pem",
            "-purpose",
            "any",
            "-out",
            "verified.xml",
        ])
        .args(["-attime", &signing_time().timestamp().to_string()])
        .current_dir(dir.path())
        .output()
        .unwrap();
    if output.status.success() {
        assert_eq!(
            std::fs::read(dir.path().join("verified.xml")).unwrap(),
            content
        );
    }
    output.status.success()
}
