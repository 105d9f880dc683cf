//! The ASiC-E container: entries and one manifest with its signature per step.
//!
//! Refuses what it would have to guess about: see [`Container::from_zip`]. The zip file is a view,
//! made on export; entries are what is kept, sent and compared.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use hoso_domain::digest::Digest;
use hoso_domain::entry::{ApprovalRecord, CommitContent, Entry, path};
use unicode_normalization::is_nfc;

use crate::error::{ContainerError, ProofError};
use crate::manifest::{manifest, manifest_path, read_manifest, signature_path};
use crate::verify::signature_value;
use crate::zip::{self, ZipFile};

/// Content of the entry `mimetype` (EN 319 162-1 A.1), without a line end.
const MIMETYPE: &str = "application/vnd.etsi.asic-e+zip";

/// One signature step: META-INF/ASiCManifestNNN.xml and META-INF/signatureNNN.p7s.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignatureFiles {
    pub manifest: Vec<u8>,
    pub p7s: Vec<u8>,
}

/// A data object: bytes under a path. The bytes never change and what is told of them is made from
/// them here alone, so the two cannot part: nobody has to hash them again to be sure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Object {
    told: Entry,
    bytes: Bytes,
}

impl Object {
    pub fn new(path: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let bytes: Bytes = bytes.into();
        Self {
            told: entry(path, &bytes),
            bytes,
        }
    }

    /// Path, digest and size.
    pub fn entry(&self) -> &Entry {
        &self.told
    }

    pub fn path(&self) -> &str {
        &self.told.path
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Entries and signatures of one revision, receipt or result.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Container {
    /// Data objects in the order of the last manifest.
    pub entries: Vec<Object>,
    /// Step 1 first.
    pub signatures: Vec<SignatureFiles>,
}

/// The entry that `bytes` make at `path`.
pub fn entry(path: impl Into<String>, bytes: &[u8]) -> Entry {
    Entry {
        path: path.into(),
        sha256: Digest::of(bytes),
        size: bytes.len() as u64,
    }
}

/// The bytes of `approval/NNN.json`: pretty JSON with a final newline.
pub fn approval_bytes(record: &ApprovalRecord) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(record).expect("plain data always serializes");
    bytes.push(b'\n');
    bytes
}

impl Container {
    /// Unsigned entries, in this order.
    pub fn new(entries: Vec<(String, Vec<u8>)>) -> Self {
        let entries = entries.into_iter();
        Self {
            entries: entries.map(|(path, b)| Object::new(path, b)).collect(),
            signatures: Vec::new(),
        }
    }

    pub fn object(&self, path: &str) -> Option<&Object> {
        self.entries.iter().find(|o| o.path() == path)
    }

    /// The bytes of an entry.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.object(path).map(Object::bytes)
    }

    /// Makes the next step ready to be signed: adds the approval record from step 2 on and returns
    /// the manifest, the content of the signature to come.
    ///
    /// Push the finished [`SignatureFiles`] to `signatures` afterwards; `certificate` is the
    /// signer's in DER, `role` the role in the form's data.
    pub fn open_step(
        &mut self,
        certificate: &[u8],
        role: &str,
        at: DateTime<Utc>,
    ) -> Result<Vec<u8>, ProofError> {
        let step = u8::try_from(self.signatures.len())
            .ok()
            .and_then(|n| n.checked_add(1))
            .ok_or(ProofError::TooManySteps)?;
        if let Some(previous) = self.signatures.last() {
            let record = approval_bytes(&ApprovalRecord {
                step,
                previous_signature: Digest::of(&signature_value(&previous.p7s)?),
                signer_certificate: Digest::of(certificate),
                role: role.to_owned(),
                at,
            });
            let name = path::approval(step);
            // A try that ended before its signature leaves a record behind: the new one replaces it.
            self.entries.retain(|o| o.path() != name);
            self.entries.push(Object::new(name, record));
        }
        Ok(manifest(&self.told(), step))
    }

    /// What is told of the entries, in their order.
    fn told(&self) -> Vec<Entry> {
        self.entries.iter().map(|o| o.told.clone()).collect()
    }

    /// The zip file in one piece: a copy of all bytes. See [`Container::zip`].
    pub fn to_zip(&self) -> Result<Vec<u8>, ContainerError> {
        Ok(self.zip()?.to_vec())
    }

    /// The zip file, to be written. Equal containers give equal bytes; all entries are stored.
    pub fn zip(&self) -> Result<ZipFile, ContainerError> {
        if self.signatures.is_empty() {
            return Err(ContainerError::NotSigned);
        }
        for object in &self.entries {
            if !allowed_entry(object.path()) {
                return Err(ContainerError::Name {
                    name: object.path().to_owned(),
                });
            }
        }
        let mut names = Vec::new();
        for step in 1..=self.steps()? {
            names.push((manifest_path(step), signature_path(step)));
        }
        let mut members = vec![("mimetype", Bytes::from_static(MIMETYPE.as_bytes()))];
        for object in &self.entries {
            members.push((object.path(), object.bytes.clone()));
        }
        for ((manifest, signature), files) in names.iter().zip(&self.signatures) {
            members.push((manifest, Bytes::copy_from_slice(&files.manifest)));
            members.push((signature, Bytes::copy_from_slice(&files.p7s)));
        }
        check_names(members.iter().map(|(name, _)| *name))?;
        if members.len() > zip::MAX_ENTRIES {
            return Err(ContainerError::TooManyEntries);
        }
        zip::write(members)
    }

    /// Reads a container, strictly: `mimetype` first and stored; no name twice, also not in other
    /// case; no absolute or climbing path; every entry in a manifest and every manifest's entry
    /// there; one signature to each manifest; at most 1,000 entries; no entry that unpacks to more
    /// than a hundred times its size.
    ///
    /// Says nothing about signatures and digests: that is [`crate::verify`]. Stored entries are not
    /// copied; they keep the bytes of the file.
    pub fn from_zip(zip: impl Into<Bytes>) -> Result<Self, ContainerError> {
        let zip: Bytes = zip.into();
        Self::read(&zip)
    }

    fn read(zip: &Bytes) -> Result<Self, ContainerError> {
        let members = zip::read(zip)?;
        let first = members.first().ok_or(ContainerError::Mimetype)?;
        if first.name != "mimetype" || !first.plain || first.data != MIMETYPE.as_bytes() {
            return Err(ContainerError::Mimetype);
        }
        check_names(members.iter().map(|m| m.name.as_str()))?;

        let mut evidence = BTreeMap::new();
        let mut objects = BTreeMap::new();
        for member in members.into_iter().skip(1) {
            if member.name.starts_with("META-INF/") {
                evidence.insert(member.name, member.data);
            } else if !allowed_entry(&member.name) {
                return Err(ContainerError::Name { name: member.name });
            } else {
                objects.insert(member.name, member.data);
            }
        }
        let mut signatures = Vec::new();
        for step in 1..=u8::MAX {
            let (manifest_name, signature_name) = (manifest_path(step), signature_path(step));
            match (
                evidence.remove(&manifest_name),
                evidence.remove(&signature_name),
            ) {
                (Some(manifest), Some(p7s)) => signatures.push(SignatureFiles {
                    manifest: manifest.into(),
                    p7s: p7s.into(),
                }),
                (Some(_), None) => {
                    return Err(ContainerError::ManifestWithoutSignature {
                        name: manifest_name,
                    });
                }
                (None, Some(_)) => {
                    return Err(ContainerError::SignatureWithoutManifest {
                        name: signature_name,
                    });
                }
                (None, None) => break,
            }
        }
        if let Some((name, _)) = evidence.pop_first() {
            return Err(ContainerError::NotInManifest { name });
        }
        if signatures.is_empty() {
            return Err(ContainerError::NotSigned);
        }

        // The last manifest covers the most and sets the order; a zip tool may have changed it.
        let mut entries = Vec::new();
        for (index, files) in signatures.iter().enumerate().rev() {
            let step = u8::try_from(index + 1).map_err(|_| ContainerError::TooManyEntries)?;
            let read = read_manifest(&files.manifest)
                .map_err(|source| ContainerError::Manifest { step, source })?;
            for object in read.objects {
                if let Some(data) = objects.remove(&object.path) {
                    entries.push(Object::new(object.path, data));
                } else if !entries.iter().any(|o: &Object| o.path() == object.path) {
                    return Err(ContainerError::Missing { name: object.path });
                }
            }
        }
        if let Some((name, _)) = objects.pop_first() {
            return Err(ContainerError::NotInManifest { name });
        }
        Ok(Self {
            entries,
            signatures,
        })
    }

    /// What the commit digest covers: never zip or `.p7s` bytes, which change with a timestamp.
    pub fn commit_content(&self) -> Result<CommitContent, ContainerError> {
        let mut signatures = Vec::new();
        for (index, files) in self.signatures.iter().enumerate() {
            let step = u8::try_from(index + 1).map_err(|_| ContainerError::TooManyEntries)?;
            let value = signature_value(&files.p7s).map_err(|e| ContainerError::Signature {
                step,
                source: Box::new(e),
            })?;
            signatures.push(Digest::of(&value));
        }
        Ok(CommitContent {
            entries: self.told(),
            manifests: self
                .signatures
                .iter()
                .map(|s| Digest::of(&s.manifest))
                .collect(),
            signatures,
        })
    }

    fn steps(&self) -> Result<u8, ContainerError> {
        u8::try_from(self.signatures.len()).map_err(|_| ContainerError::TooManyEntries)
    }
}

/// Whether a name may stand in a container: relative, `/`-separated, NFC, no `.` or `..`.
pub(crate) fn allowed_name(name: &str) -> bool {
    let parts_ok = name
        .split('/')
        .all(|p| !p.is_empty() && p != "." && p != "..");
    let bad = |c: char| c.is_control() || c == '\\' || c == ':';
    parts_ok && !name.contains(bad) && is_nfc(name) && name.len() <= 1024
}

/// Whether a data object may bear the name: not the container's own.
pub(crate) fn allowed_entry(name: &str) -> bool {
    let lower = name.to_lowercase();
    allowed_name(name)
        && lower != "mimetype"
        && lower != "meta-inf"
        && !lower.starts_with("meta-inf/")
}

fn check_names<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), ContainerError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !allowed_name(name) {
            return Err(ContainerError::Name {
                name: name.to_owned(),
            });
        }
        if !seen.insert(name.to_lowercase()) {
            return Err(ContainerError::Duplicate {
                name: name.to_owned(),
            });
        }
    }
    Ok(())
}
