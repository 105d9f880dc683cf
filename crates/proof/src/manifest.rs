//! `ASiCManifestNNN.xml` (EN 319 162-1 A.4): which data objects one signature covers.
//!
//! Written in one way only. Read strictly: an element, attribute, comment or digest algorithm that
//! is not expected is refused, because what a reader skips is what a forger would use.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hoso_domain::digest::Digest;
use hoso_domain::entry::Entry;
use roxmltree::{Document, Node};

use crate::error::ManifestError;

const ASIC: &str = "http://uri.etsi.org/02918/v1.2.1#";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// What one manifest says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifest {
    /// Path of the signature that covers this manifest.
    pub signature: String,
    /// The covered data objects, in order.
    pub objects: Vec<ObjectReference>,
}

/// One covered data object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectReference {
    pub path: String,
    pub sha256: Digest,
}

/// `META-INF/ASiCManifest001.xml` for step 1.
pub fn manifest_path(step: u8) -> String {
    format!("META-INF/ASiCManifest{step:03}.xml")
}

/// `META-INF/signature001.p7s` for step 1.
pub fn signature_path(step: u8) -> String {
    format!("META-INF/signature{step:03}.p7s")
}

/// The manifest of signature `step` over `entries`, in their order. Equal input, equal bytes.
pub fn manifest(entries: &[Entry], step: u8) -> Vec<u8> {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str(&format!(
        "<asic:ASiCManifest xmlns:asic=\"{ASIC}\" xmlns:ds=\"{DSIG}\">\n  <asic:SigReference \
         URI=\"{}\" MimeType=\"application/x-pkcs7-signature\"/>\n",
        signature_path(step)
    ));
    for entry in entries {
        xml.push_str(&format!(
            "  <asic:DataObjectReference URI=\"{}\" MimeType=\"{}\">\n    <ds:DigestMethod \
             Algorithm=\"{SHA256}\"/>\n    <ds:DigestValue>{}</ds:DigestValue>\n  \
             </asic:DataObjectReference>\n",
            encode(&entry.path),
            mime(&entry.path),
            STANDARD.encode(entry.sha256.0)
        ));
    }
    xml.push_str("</asic:ASiCManifest>\n");
    xml.into_bytes()
}

/// Reads one manifest.
pub fn read_manifest(bytes: &[u8]) -> Result<Manifest, ManifestError> {
    let text = std::str::from_utf8(bytes).map_err(|e| ManifestError::Xml(Box::new(e)))?;
    let document = Document::parse(text).map_err(|e| ManifestError::Xml(Box::new(e)))?;
    if document.root().children().count() != 1 {
        return Err(shape("more than the root element"));
    }
    let root = document.root_element();
    if !root.has_tag_name((ASIC, "ASiCManifest")) {
        return Err(shape("another root element"));
    }
    attributes(root, &[])?;
    let mut children = elements(root)?.into_iter();
    let reference = children.next().ok_or_else(|| shape("no SigReference"))?;
    if !reference.has_tag_name((ASIC, "SigReference")) {
        return Err(shape("SigReference is not first"));
    }
    attributes(reference, &["URI", "MimeType"])?;
    if !elements(reference)?.is_empty() {
        return Err(shape("SigReference is not empty"));
    }
    let signature = uri(reference)?;
    let mut objects = Vec::new();
    let mut seen = BTreeSet::new();
    for node in children {
        let object = object(node)?;
        if !seen.insert(object.path.clone()) {
            return Err(ManifestError::Twice { path: object.path });
        }
        objects.push(object);
    }
    if objects.is_empty() {
        return Err(shape("no DataObjectReference"));
    }
    Ok(Manifest { signature, objects })
}

fn object(node: Node<'_, '_>) -> Result<ObjectReference, ManifestError> {
    if !node.has_tag_name((ASIC, "DataObjectReference")) {
        return Err(shape("an element other than DataObjectReference"));
    }
    attributes(node, &["URI", "MimeType"])?;
    let parts = elements(node)?;
    let [method, value] = parts.as_slice() else {
        return Err(shape("a reference without exactly one digest"));
    };
    if !method.has_tag_name((DSIG, "DigestMethod")) || !value.has_tag_name((DSIG, "DigestValue")) {
        return Err(shape("a reference without DigestMethod and DigestValue"));
    }
    attributes(*method, &["Algorithm"])?;
    attributes(*value, &[])?;
    if !elements(*method)?.is_empty() || value.children().any(|c| !c.is_text()) {
        return Err(shape("a digest with child elements"));
    }
    let algorithm = method.attribute("Algorithm").unwrap_or_default();
    if algorithm != SHA256 {
        return Err(ManifestError::Digest {
            algorithm: algorithm.to_owned(),
        });
    }
    let text = value.text().unwrap_or_default().trim();
    let digest = STANDARD
        .decode(text)
        .map_err(|_| shape("a digest that is not base64"))?;
    let digest = digest
        .try_into()
        .map_err(|_| shape("a digest of the wrong length"))?;
    Ok(ObjectReference {
        path: uri(node)?,
        sha256: Digest(digest),
    })
}

fn shape(what: &'static str) -> ManifestError {
    ManifestError::Shape { what }
}

/// Child elements; anything else but white space is refused.
fn elements<'a, 'i>(node: Node<'a, 'i>) -> Result<Vec<Node<'a, 'i>>, ManifestError> {
    let mut found = Vec::new();
    for child in node.children() {
        let blank = child.is_text() && child.text().unwrap_or_default().trim().is_empty();
        if child.is_element() {
            found.push(child);
        } else if !blank {
            return Err(shape("text, a comment or an instruction between elements"));
        }
    }
    Ok(found)
}

fn attributes(node: Node<'_, '_>, allowed: &[&str]) -> Result<(), ManifestError> {
    let known =
        |a: &roxmltree::Attribute<'_, '_>| a.namespace().is_none() && allowed.contains(&a.name());
    if node.attributes().all(|a| known(&a)) {
        Ok(())
    } else {
        Err(shape("an unknown attribute"))
    }
}

fn uri(node: Node<'_, '_>) -> Result<String, ManifestError> {
    let raw = node.attribute("URI").ok_or_else(|| shape("no URI"))?;
    decode(raw).ok_or_else(|| shape("a URI that is not percent-encoded UTF-8"))
}

/// xs:anyURI of a path: everything but RFC 3986 unreserved characters and `/` percent-encoded.
fn encode(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn decode(uri: &str) -> Option<String> {
    let mut out = Vec::with_capacity(uri.len());
    let mut bytes = uri.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let pair = [bytes.next()?, bytes.next()?];
            let mut decoded = [0u8];
            hex::decode_to_slice(pair, &mut decoded).ok()?;
            out.extend_from_slice(&decoded);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

fn mime(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("json") => "application/json",
        Some("pdf") => "application/pdf",
        Some("xml") => "application/xml",
        _ => "application/octet-stream",
    }
}
