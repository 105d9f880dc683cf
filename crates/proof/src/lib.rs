//! Evidence: CAdES signatures in ASiC-E containers — build, read, verify.
//!
//! This crate refuses to know a token, a network or a clock: signature values come from the caller,
//! times are passed in. It also refuses to guess: a container or signature it cannot read byte for
//! byte is turned down, never repaired. The format is told in docs/EVIDENCE.md.

mod asn1;
pub mod certificate;
pub mod container;
mod error;
mod key;
mod manifest;
mod report;
pub mod revocation;
mod sign;
pub mod timestamp;
mod trust;
mod verify;
mod zip;

pub use container::{Container, Object, SignatureFiles, approval_bytes, entry};
pub use error::{
    ContainerError, ManifestError, Problem, ProofError, RevocationError, TimestampError,
};
pub use manifest::{
    Manifest, ObjectReference, manifest, manifest_path, read_manifest, signature_path,
};
pub use report::{Report, Step, verify};
pub use sign::{Prepared, SignatureAlgorithm, prepare, sign_with_key};
pub use trust::{Trust, TrustPath};
pub use verify::{Signer, signature_value, verify_cms};
pub use zip::ZipFile;
