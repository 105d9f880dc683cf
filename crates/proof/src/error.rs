//! What can be wrong with a container, a manifest, a signature. Words for people live elsewhere;
//! each situation has a stable kebab-case code.

use chrono::{DateTime, Utc};

/// Why bytes are not a container this crate reads, or why a container cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ContainerError {
    #[error("not a zip file, or cut off")]
    NotAZip,
    #[error("zip structure is inconsistent: {what}")]
    Structure { what: &'static str },
    #[error("`{name}` uses a zip feature that containers do not have: {what}")]
    Feature { name: String, what: &'static str },
    #[error("first entry is not an uncompressed `mimetype` of an ASiC-E container")]
    Mimetype,
    #[error("more than {} entries", crate::zip::MAX_ENTRIES)]
    TooManyEntries,
    #[error("`{name}` unpacks to far more than it holds")]
    Bomb { name: String },
    #[error("`{name}` is damaged: checksum or length differs")]
    Damaged { name: String },
    #[error("`{name}` is not an allowed entry name")]
    Name { name: String },
    #[error("`{name}` is there twice, or differs only in upper and lower case")]
    Duplicate { name: String },
    #[error("no signature")]
    NotSigned,
    #[error("`{name}` has no signature beside it")]
    ManifestWithoutSignature { name: String },
    #[error("`{name}` has no manifest beside it")]
    SignatureWithoutManifest { name: String },
    #[error("`{name}` is in no manifest")]
    NotInManifest { name: String },
    #[error("`{name}` is in a manifest but not in the container")]
    Missing { name: String },
    #[error("manifest of step {step} cannot be read")]
    Manifest {
        step: u8,
        #[source]
        source: ManifestError,
    },
    #[error("signature of step {step} cannot be read")]
    Signature {
        step: u8,
        #[source]
        source: Box<ProofError>,
    },
}

impl ContainerError {
    /// Stable kebab-case name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAZip => "not-a-zip",
            Self::Structure { .. } => "zip-structure",
            Self::Feature { .. } => "zip-feature",
            Self::Mimetype => "wrong-mimetype",
            Self::TooManyEntries => "too-many-entries",
            Self::Bomb { .. } => "zip-bomb",
            Self::Damaged { .. } => "entry-damaged",
            Self::Name { .. } => "entry-name",
            Self::Duplicate { .. } => "entry-duplicate",
            Self::NotSigned => "not-signed",
            Self::ManifestWithoutSignature { .. } => "manifest-without-signature",
            Self::SignatureWithoutManifest { .. } => "signature-without-manifest",
            Self::NotInManifest { .. } => "entry-not-covered",
            Self::Missing { .. } => "entry-missing",
            Self::Manifest { .. } => "manifest-malformed",
            Self::Signature { source, .. } => source.code(),
        }
    }

    /// The entry it is about; empty where it is the file as a whole.
    pub fn path(&self) -> &str {
        match self {
            Self::Feature { name, .. }
            | Self::Bomb { name }
            | Self::Damaged { name }
            | Self::Name { name }
            | Self::Duplicate { name }
            | Self::ManifestWithoutSignature { name }
            | Self::SignatureWithoutManifest { name }
            | Self::NotInManifest { name }
            | Self::Missing { name } => name,
            _ => "",
        }
    }
}

/// Why an ASiCManifest cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("not XML in UTF-8")]
    Xml(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("not an ASiCManifest as EN 319 162-1 has it: {what}")]
    Shape { what: &'static str },
    #[error("digest algorithm `{algorithm}` is not SHA-256")]
    Digest { algorithm: String },
    #[error("`{path}` is referenced twice")]
    Twice { path: String },
}

/// Why a signature cannot be made or does not hold.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    #[error("certificate cannot be read")]
    CertificateMalformed(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("private key cannot be read")]
    KeyMalformed(#[source] openssl::error::ErrorStack),
    #[error("key of the certificate does not fit the algorithm: {what}")]
    KeyUnfit { what: &'static str },
    #[error("signature value does not belong to this certificate and these attributes")]
    ForeignSignature,
    #[error("signature value has the wrong shape")]
    SignatureShape,
    #[error("signing time cannot be written")]
    Time,
    #[error("signature file cannot be encoded")]
    Encode(#[source] der::Error),
    #[error("openssl failed")]
    OpenSsl(#[source] openssl::error::ErrorStack),
    #[error("approval record cannot be made for a container without an earlier signature")]
    NoEarlierSignature,
    #[error("too many signature steps")]
    TooManySteps,

    #[error("signature file is not a DER coded CMS")]
    Malformed(#[source] der::Error),
    #[error("signature file is not coded in strict DER")]
    NotDer,
    #[error("signature file is not a detached CMS over plain data: {what}")]
    NotDetached { what: &'static str },
    #[error("signature file holds {count} signers instead of one")]
    SignerCount { count: usize },
    #[error("signed attribute `{name}` is missing, doubled or malformed")]
    Attribute { name: &'static str },
    #[error("algorithm is not allowed: {what}")]
    Algorithm { what: &'static str },
    #[error("message digest is not that of the manifest")]
    MessageDigest,
    #[error("signer's certificate is not in the signature file")]
    NoCertificate,
    #[error("signed attributes name another certificate")]
    OtherCertificate,
    #[error("signature value is wrong")]
    BadSignature,
    #[error("certificate may not be used for signing documents")]
    KeyUsage,
    #[error("a certificate of the chain had expired at {at}")]
    Expired { at: DateTime<Utc> },
    #[error("a certificate of the chain was not yet valid at {at}")]
    NotYetValid { at: DateTime<Utc> },
    #[error("certificate does not lead to a trusted authority: {reason}")]
    Untrusted { reason: String },

    #[error("no certificate authority in `{place}`")]
    NoAuthority { place: String },
    #[error("`{place}` cannot be read")]
    AuthorityUnreadable {
        place: String,
        #[source]
        source: std::io::Error,
    },
}

impl ProofError {
    /// Stable kebab-case name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::CertificateMalformed(_) => "certificate-malformed",
            Self::KeyMalformed(_) => "key-malformed",
            Self::KeyUnfit { .. } => "key-unfit",
            Self::ForeignSignature => "foreign-signature",
            Self::SignatureShape => "signature-shape",
            Self::Time => "signing-time",
            Self::Encode(_) => "encode",
            Self::OpenSsl(_) => "openssl",
            Self::NoEarlierSignature => "no-earlier-signature",
            Self::TooManySteps => "too-many-steps",
            Self::Malformed(_) => "signature-malformed",
            Self::NotDer => "signature-not-der",
            Self::NotDetached { .. } => "signature-not-detached",
            Self::SignerCount { .. } => "signer-count",
            Self::Attribute { .. } => "signed-attribute",
            Self::Algorithm { .. } => "algorithm",
            Self::MessageDigest => "message-digest",
            Self::NoCertificate => "certificate-absent",
            Self::OtherCertificate => "certificate-other",
            Self::BadSignature => "signature-wrong",
            Self::KeyUsage => "key-usage",
            Self::Expired { .. } => "certificate-expired",
            Self::NotYetValid { .. } => "certificate-not-yet-valid",
            Self::Untrusted { .. } => "certificate-untrusted",
            Self::NoAuthority { .. } => "no-authority",
            Self::AuthorityUnreadable { .. } => "authority-unreadable",
        }
    }
}

/// Why a revocation list says nothing.
#[derive(Debug, thiserror::Error)]
pub enum RevocationError {
    #[error("not a revocation list")]
    Malformed(#[source] openssl::error::ErrorStack),
    #[error("the list bears the name of an authority that did not sign it")]
    Signature,
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// Why an answer of a timestamp authority, or a token in a signature, does not count.
#[derive(Debug, thiserror::Error)]
pub enum TimestampError {
    #[error("{what}")]
    Malformed { what: &'static str },
    #[error("the authority refused with status {status}: {text}")]
    Refused { status: u8, text: String },
    #[error("the token answers another question")]
    Nonce,
    #[error("the token is over another signature")]
    Imprint,
    #[error("the token's digest algorithm is not allowed")]
    Algorithm,
    #[error("the token's own signature is wrong")]
    Signature(#[source] openssl::error::ErrorStack),
    #[error("the token does not bring its authority's certificate")]
    NoCertificate,
    #[error("the authority's certificate may not say a time: {reason}")]
    Certificate { reason: String },
    #[error("`{authority}` is not a known authority of timestamps")]
    UnknownAuthority { authority: String },
}

impl TimestampError {
    /// Stable kebab-case name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "timestamp-malformed",
            Self::Refused { .. } => "timestamp-refused",
            Self::Nonce => "timestamp-nonce",
            Self::Imprint => "timestamp-other",
            Self::Algorithm => "timestamp-algorithm",
            Self::Signature(_) => "timestamp-wrong",
            Self::NoCertificate => "timestamp-certificate-absent",
            Self::Certificate { .. } => "timestamp-certificate",
            Self::UnknownAuthority { .. } => "timestamp-unknown",
        }
    }
}

/// One thing wrong with a container, found by [`crate::verify`]. Verification goes on after it.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("no signature")]
    NotSigned,
    #[error("`{path}` is not an allowed entry name or is there twice")]
    EntryName { path: String },
    #[error("manifest cannot be read")]
    Manifest(#[source] ManifestError),
    #[error("manifest points at `{found}` instead of `{expected}`")]
    SignatureReference { expected: String, found: String },
    #[error("`{path}` is in no manifest")]
    EntryNotCovered { path: String },
    #[error("`{path}` is in the manifest but not in the container")]
    EntryMissing { path: String },
    #[error("`{path}` was changed after signing")]
    EntryChanged { path: String },
    #[error("this signature does not cover `{path}` as the one before it did")]
    ScopeChanged { path: String },
    #[error("signature does not hold: {0}")]
    Signature(#[source] ProofError),
    #[error("no approval record covered by this signature")]
    ApprovalMissing,
    #[error("`{path}` is not an approval record")]
    ApprovalMalformed { path: String },
    #[error("approval record is for step {found}")]
    ApprovalStep { found: u8 },
    #[error("approval record names another signature before it")]
    ApprovalOrder,
    #[error("approval record names another signer")]
    ApprovalSigner,
    #[error("timestamp does not hold: {0}")]
    Timestamp(#[source] TimestampError),
    #[error("revocation list does not hold: {0}")]
    Revocation(#[source] RevocationError),
}

impl Problem {
    /// Stable kebab-case name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSigned => "not-signed",
            Self::EntryName { .. } => "entry-name",
            Self::Manifest(_) => "manifest-malformed",
            Self::SignatureReference { .. } => "signature-reference",
            Self::EntryNotCovered { .. } => "entry-not-covered",
            Self::EntryMissing { .. } => "entry-missing",
            Self::EntryChanged { .. } => "entry-changed",
            Self::ScopeChanged { .. } => "scope-changed",
            Self::Signature(e) => e.code(),
            Self::ApprovalMissing => "approval-missing",
            Self::ApprovalMalformed { .. } => "approval-malformed",
            Self::ApprovalStep { .. } => "approval-step",
            Self::ApprovalOrder => "approval-order",
            Self::ApprovalSigner => "approval-signer",
            Self::Timestamp(e) => e.code(),
            Self::Revocation(_) => "revocation-list",
        }
    }

    /// The entry it is about; empty where there is none.
    pub fn path(&self) -> &str {
        match self {
            Self::EntryName { path }
            | Self::EntryNotCovered { path }
            | Self::EntryMissing { path }
            | Self::EntryChanged { path }
            | Self::ScopeChanged { path }
            | Self::ApprovalMalformed { path } => path,
            _ => "",
        }
    }
}

impl From<openssl::error::ErrorStack> for ProofError {
    fn from(e: openssl::error::ErrorStack) -> Self {
        Self::OpenSsl(e)
    }
}
