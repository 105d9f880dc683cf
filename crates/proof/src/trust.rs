//! Trust anchors, and paths to them at a given time.
//!
//! Never the machine's web store: anchors come with the unit's connection file or a folder that the
//! person names. Revocation is not looked at here. Who may say who signed and who may say when are
//! named apart.

use std::path::Path;

use chrono::{DateTime, Utc};
use openssl::error::ErrorStack;
use openssl::stack::{Stack, StackRef};
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{
    X509, X509KeyUsage, X509PurposeId, X509Ref, X509StoreContext, X509VerifyResult,
};

use crate::certificate::describe_parsed;
use crate::error::ProofError;

/// OpenSSL's codes of a path that leads to nobody known: X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT (also
/// …_LOCALLY), X509_V_ERR_CERT_SIGNATURE_FAILURE (an authority that is called like a known one),
/// X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
/// X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE.
const LEADS_NOWHERE: [i32; 6] = [2, 7, 18, 19, 20, 21];
/// OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED.
const NOT_YET_VALID: i32 = 9;
const EXPIRED: i32 = 10;
/// 112 bits: no SHA-1 signature below the root, no RSA key under 2048 bits.
const SECURITY_LEVEL: i32 = 2;

/// A way from a certificate to an anchor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrustPath {
    /// Issuers between the two (DER), the nearest first.
    pub between: Vec<Vec<u8>>,
    /// Common name of the anchor, or its O.
    pub anchor: String,
}

/// The certificate authorities that signers' certificates must lead to.
#[derive(Clone, Debug)]
pub struct Trust {
    anchors: Vec<X509>,
    /// Of timestamps; none unless they were named.
    timestamps: Vec<X509>,
}

/// Why a certificate does not stand for an authority of timestamps.
pub(crate) enum Untrusted {
    /// It leads to nobody known.
    Unknown,
    /// It leads to a known authority and may not do this, or not then.
    Unfit(String),
    OpenSsl(ErrorStack),
}

impl From<ErrorStack> for Untrusted {
    fn from(e: ErrorStack) -> Self {
        Self::OpenSsl(e)
    }
}

impl Trust {
    /// Authorities in PEM, one or several to a text.
    pub fn from_pem(pems: &[&str]) -> Result<Self, ProofError> {
        let mut anchors = Vec::new();
        for pem in pems {
            anchors.extend(
                X509::stack_from_pem(pem.as_bytes())
                    .map_err(|e| ProofError::CertificateMalformed(Box::new(e)))?,
            );
        }
        Self::of(anchors, "PEM")
    }

    /// Every `.pem`, `.crt` and `.cer` (PEM or DER) in a folder.
    pub fn from_dir(dir: &Path) -> Result<Self, ProofError> {
        let unreadable = |source| ProofError::AuthorityUnreadable {
            place: dir.display().to_string(),
            source,
        };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let extension = path
                .extension()
                .and_then(|e| e.to_str())
                .map(str::to_ascii_lowercase);
            if matches!(extension.as_deref(), Some("pem" | "crt" | "cer")) && path.is_file() {
                paths.push(path);
            }
        }
        paths.sort();
        let mut anchors = Vec::new();
        for path in paths {
            anchors.extend(read_file(&path)?);
        }
        Self::of(anchors, &dir.display().to_string())
    }

    /// A folder as [`Trust::from_dir`] reads it, or one file in PEM or DER.
    pub fn from_path(path: &Path) -> Result<Self, ProofError> {
        if path.is_dir() {
            return Self::from_dir(path);
        }
        Self::of(read_file(path)?, &path.display().to_string())
    }

    fn of(anchors: Vec<X509>, place: &str) -> Result<Self, ProofError> {
        if anchors.is_empty() {
            return Err(ProofError::NoAuthority {
                place: place.to_owned(),
            });
        }
        Ok(Self {
            anchors,
            timestamps: Vec::new(),
        })
    }

    /// With authorities of timestamps (PEM), which say nothing about signers.
    pub fn with_timestamps(mut self, pem: &str) -> Result<Self, ProofError> {
        let found = X509::stack_from_pem(pem.as_bytes());
        let found = found.map_err(|e| ProofError::CertificateMalformed(Box::new(e)))?;
        self.timestamps.extend(found);
        Ok(self)
    }

    /// With the same authorities for timestamps: whoever names one folder names all in it. Only
    /// certificates made for nothing but timestamps count.
    pub fn for_timestamps_too(mut self) -> Self {
        self.timestamps.clone_from(&self.anchors);
        self
    }

    /// Whether `certificate` (DER) may sign documents and leads to an anchor at time `at`, with
    /// `chain` (DER) as the issuers between.
    pub fn check(
        &self,
        certificate: &[u8],
        chain: &[Vec<u8>],
        at: DateTime<Utc>,
    ) -> Result<(), ProofError> {
        self.path(certificate, chain, at).map(|_| ())
    }

    /// The way found by [`Trust::check`]; of `pool` (DER) only what lies on it is in the answer.
    pub fn path(
        &self,
        certificate: &[u8],
        pool: &[Vec<u8>],
        at: DateTime<Utc>,
    ) -> Result<TrustPath, ProofError> {
        let malformed = |e| ProofError::CertificateMalformed(Box::new(e));
        let leaf = X509::from_der(certificate).map_err(malformed)?;
        let mut between = Vec::new();
        for issuer in pool {
            between.push(X509::from_der(issuer).map_err(malformed)?);
        }
        let found = self.path_of(&leaf, between, at)?;
        let mut issuers = found.iter().skip(1).collect::<Vec<_>>();
        let anchor = issuers.pop().unwrap_or(&leaf);
        let mut path = TrustPath {
            between: Vec::new(),
            anchor: describe_parsed(anchor)?.issuer,
        };
        for issuer in issuers {
            path.between.push(issuer.to_der()?);
        }
        Ok(path)
    }

    /// The certificate that issued `leaf`, on its way to an anchor.
    pub(crate) fn issuer_of(
        &self,
        leaf: &X509Ref,
        between: Vec<X509>,
        at: DateTime<Utc>,
    ) -> Result<X509, ProofError> {
        let path = self.path_of(leaf, between, at)?;
        // a certificate that is an anchor itself issued itself
        Ok(path.into_iter().nth(1).unwrap_or_else(|| leaf.to_owned()))
    }

    pub(crate) fn check_parsed(
        &self,
        leaf: &X509Ref,
        between: Vec<X509>,
        at: DateTime<Utc>,
    ) -> Result<(), ProofError> {
        self.path_of(leaf, between, at).map(|_| ())
    }

    /// From the leaf to the anchor, both included.
    fn path_of(
        &self,
        leaf: &X509Ref,
        between: Vec<X509>,
        at: DateTime<Utc>,
    ) -> Result<Vec<X509>, ProofError> {
        let wanted = X509KeyUsage::DIGITAL_SIGNATURE | X509KeyUsage::NON_REPUDIATION;
        if !leaf
            .key_usage()
            .is_some_and(|usage| usage.intersects(wanted))
        {
            return Err(ProofError::KeyUsage);
        }
        let store = store(&self.anchors, X509PurposeId::ANY, at)?;
        let between = stack(between)?;
        match walk(&store, leaf, &between)? {
            (true, _, path) => Ok(path),
            (false, error, _) if error.as_raw() == EXPIRED => Err(ProofError::Expired { at }),
            (false, error, _) if error.as_raw() == NOT_YET_VALID => {
                Err(ProofError::NotYetValid { at })
            }
            (false, error, _) => Err(ProofError::Untrusted {
                reason: error.error_string().to_owned(),
            }),
        }
    }

    /// The store that leads from an authority's certificate to a known authority of timestamps at
    /// `at`: valid then, and made for nothing but timestamps (RFC 3161 section 2.3).
    pub(crate) fn timestamp_path(
        &self,
        leaf: &X509Ref,
        between: Vec<X509>,
        at: DateTime<Utc>,
    ) -> Result<X509Store, Untrusted> {
        let store = store(&self.timestamps, X509PurposeId::TIMESTAMP_SIGN, at)?;
        let between = stack(between)?;
        match walk(&store, leaf, &between)? {
            (true, ..) => Ok(store),
            (false, error, _) if LEADS_NOWHERE.contains(&error.as_raw()) => Err(Untrusted::Unknown),
            (false, error, _) => Err(Untrusted::Unfit(error.error_string().to_owned())),
        }
    }
}

fn stack(certificates: Vec<X509>) -> Result<Stack<X509>, ErrorStack> {
    let mut stack = Stack::new()?;
    for certificate in certificates {
        stack.push(certificate)?;
    }
    Ok(stack)
}

/// Whether there is a way, what was wrong with the last one tried, and the way.
fn walk(
    store: &X509Store,
    leaf: &X509Ref,
    untrusted: &StackRef<X509>,
) -> Result<(bool, X509VerifyResult, Vec<X509>), ErrorStack> {
    let mut context = X509StoreContext::new()?;
    context.init(store, leaf, untrusted, |c| {
        let ok = c.verify_cert()?;
        let path = c
            .chain()
            .map(|found| found.iter().map(X509Ref::to_owned).collect());
        Ok((ok, c.error(), path.unwrap_or_default()))
    })
}

fn store(
    anchors: &[X509],
    purpose: X509PurposeId,
    at: DateTime<Utc>,
) -> Result<X509Store, ErrorStack> {
    let mut store = X509StoreBuilder::new()?;
    for anchor in anchors {
        store.add_cert(anchor.clone())?;
    }
    let mut parameters = X509VerifyParam::new()?;
    // A path ends at a self-signed anchor: an intermediate in the folder is not one.
    parameters.clear_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
    parameters.set_purpose(purpose)?;
    parameters.set_auth_level(SECURITY_LEVEL);
    parameters.set_time(at.timestamp());
    store.set_param(&parameters)?;
    Ok(store.build())
}

fn read_file(path: &Path) -> Result<Vec<X509>, ProofError> {
    let place = || path.display().to_string();
    let bytes = std::fs::read(path).map_err(|source| ProofError::AuthorityUnreadable {
        place: place(),
        source,
    })?;
    let malformed = |e| ProofError::CertificateMalformed(Box::new(e));
    if bytes.first() == Some(&0x30) {
        return Ok(vec![X509::from_der(&bytes).map_err(malformed)?]);
    }
    let found = X509::stack_from_pem(&bytes).map_err(malformed)?;
    if found.is_empty() {
        return Err(ProofError::NoAuthority { place: place() });
    }
    Ok(found)
}
