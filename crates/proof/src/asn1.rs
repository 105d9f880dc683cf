//! The ASN.1 structures of a CAdES signature that `cms` has not, or has not byte for byte.
//!
//! Certificates and revocation data stay raw: a certificate in slightly wrong DER, as old
//! authorities issued them, must leave this program with the bytes it came with.

use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{EncapsulatedContentInfo, SignerInfo};
use der::asn1::{Any, AnyRef, ObjectIdentifier, OctetString, SetOfVec};
use der::{Decode, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;

use crate::error::ProofError;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// RFC 5652: data, signed data, and the attributes of section 11.
pub const ID_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
pub const ID_SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
pub const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
pub const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
pub const SIGNING_TIME: ObjectIdentifier = oid("1.2.840.113549.1.9.5");
/// RFC 5035 section 3.
pub const SIGNING_CERTIFICATE_V2: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.47");
/// RFC 3161 appendix A.
pub const SIGNATURE_TIMESTAMP: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.14");
pub const ID_CT_TST_INFO: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.4");
pub const SHA256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");
pub const SHA384: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.2");
pub const SHA512: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.3");
/// RFC 3370 section 3.2, RFC 4055 sections 3 and 5, RFC 5758 section 3.2.
pub const RSA_ENCRYPTION: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
pub const SHA256_WITH_RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.11");
pub const RSASSA_PSS: ObjectIdentifier = oid("1.2.840.113549.1.1.10");
pub const MGF1: ObjectIdentifier = oid("1.2.840.113549.1.1.8");
pub const ECDSA_WITH_SHA256: ObjectIdentifier = oid("1.2.840.10045.4.3.2");

/// RFC 5652 section 5.1, with certificates and CRLs raw.
#[derive(Clone, Debug, Eq, PartialEq, Sequence)]
pub struct SignedData {
    pub version: CmsVersion,
    pub digest_algorithms: SetOfVec<AlgorithmIdentifierOwned>,
    pub encap_content_info: EncapsulatedContentInfo,
    #[asn1(
        context_specific = "0",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub certificates: Option<SetOfVec<Any>>,
    #[asn1(
        context_specific = "1",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub crls: Option<SetOfVec<Any>>,
    pub signer_infos: SetOfVec<SignerInfo>,
}

/// RFC 5035 section 3.
#[derive(Clone, Debug, Eq, PartialEq, Sequence)]
pub struct SigningCertificateV2 {
    pub certs: Vec<EssCertIdV2>,
    #[asn1(optional = "true")]
    pub policies: Option<Any>,
}

/// RFC 5035 section 4. The hash identifies the certificate; `issuer_serial` is only a hint.
#[derive(Clone, Debug, Eq, PartialEq, Sequence)]
pub struct EssCertIdV2 {
    /// DEFAULT SHA-256, so absent in DER.
    #[asn1(optional = "true")]
    pub hash_algorithm: Option<AlgorithmIdentifierOwned>,
    pub cert_hash: OctetString,
    #[asn1(optional = "true")]
    pub issuer_serial: Option<Any>,
}

/// RFC 4055 section 3.1; the trailer field has its default.
#[derive(Clone, Debug, Eq, PartialEq, Sequence)]
pub struct PssParameters {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub hash: AlgorithmIdentifierOwned,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT")]
    pub mask: AlgorithmIdentifierOwned,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT")]
    pub salt_length: u8,
}

/// Reads a `.p7s`: strict DER, detached, over plain data, exactly one signer.
pub fn read(p7s: &[u8]) -> Result<(SignedData, SignerInfo), ProofError> {
    let info = ContentInfo::from_der(p7s).map_err(ProofError::Malformed)?;
    if info.content_type != ID_SIGNED_DATA {
        return Err(ProofError::NotDetached {
            what: "not signed data",
        });
    }
    let data: SignedData = info.content.decode_as().map_err(ProofError::Malformed)?;
    // `der` sorts sets while reading: what comes out differently was not DER.
    if wrap(&data)? != p7s {
        return Err(ProofError::NotDer);
    }
    if data.encap_content_info.econtent_type != ID_DATA {
        return Err(ProofError::NotDetached {
            what: "content type is not data",
        });
    }
    if data.encap_content_info.econtent.is_some() {
        return Err(ProofError::NotDetached {
            what: "content is inside",
        });
    }
    match data.signer_infos.as_slice() {
        [signer] => {
            let signer = signer.clone();
            Ok((data, signer))
        }
        several => Err(ProofError::SignerCount {
            count: several.len(),
        }),
    }
}

/// Raw elements (certificates, revocation lists; DER) as a set, each once.
pub fn set_of_raw<'a>(
    elements: impl Iterator<Item = &'a Vec<u8>>,
) -> Result<SetOfVec<Any>, ProofError> {
    let mut once: Vec<&Vec<u8>> = elements.collect();
    once.sort();
    once.dedup();
    let malformed = |e| ProofError::CertificateMalformed(Box::new(e));
    let raw: Vec<Any> = once
        .into_iter()
        .map(|der| Any::from_der(der).map_err(malformed))
        .collect::<Result<_, _>>()?;
    SetOfVec::try_from(raw).map_err(ProofError::Encode)
}

/// The `.p7s` bytes of signed data.
pub fn wrap(data: &SignedData) -> Result<Vec<u8>, ProofError> {
    let inner = data.to_der().map_err(ProofError::Encode)?;
    let content = AnyRef::try_from(inner.as_slice()).map_err(ProofError::Encode)?;
    ContentInfo {
        content_type: ID_SIGNED_DATA,
        content: Any::from(content),
    }
    .to_der()
    .map_err(ProofError::Encode)
}

/// SHA-256 without parameters (RFC 5754 section 2).
pub fn sha256() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid: SHA256,
        parameters: None,
    }
}
