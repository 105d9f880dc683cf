//! The training portal's own timestamp authority: answers queries with a software key. Refuses to be
//! taken for more: its policy is an example number that promises nothing.

use chrono::{DateTime, SubsecRound as _, Utc};
use der::asn1::{Any, BitString, GeneralizedTime, Int, ObjectIdentifier};
use der::{Decode, Encode};

use super::tsp::{Accuracy, PkiStatusInfo, TimeStampReq, TimeStampResp, TstInfo};
use crate::asn1;
use crate::error::ProofError;
use crate::key;
use crate::sign::{SoftwareKey, prepare_typed};

/// Below the enterprise number for documentation (RFC 5612).
const TRAINING_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.3161.1");

const GRANTED: u8 = 0;
const REJECTION: u8 = 2;

/// Bits of PKIFailureInfo (RFC 3161 section 2.4.2).
#[derive(Clone, Copy)]
enum Fault {
    BadAlg = 0,
    BadDataFormat = 5,
    UnacceptedPolicy = 15,
    UnacceptedExtension = 16,
}

/// A timestamp authority with a software key.
pub struct Authority {
    who: SoftwareKey,
}

impl Authority {
    /// The certificate needs the one extended key usage timeStamping, critical. All in PEM.
    pub fn new(certificate: &str, issuers: &[&str], key: &str) -> Result<Self, ProofError> {
        let who = SoftwareKey::read(certificate, issuers, key)?;
        Ok(Self { who })
    }

    /// The answer (DER) to a query as it came; one that cannot be granted is told why.
    ///
    /// `serial` is random: no two tokens may have the same.
    pub fn answer(
        &self,
        query: &[u8],
        serial: [u8; 16],
        at: DateTime<Utc>,
    ) -> Result<Vec<u8>, ProofError> {
        let Ok(asked) = TimeStampReq::from_der(query) else {
            return refused(Fault::BadDataFormat);
        };
        match unacceptable(&asked) {
            Some(fault) => refused(fault),
            None => {
                let token = self.token(asked, serial, at)?;
                let token = Any::from_der(&token).map_err(ProofError::Encode)?;
                respond(GRANTED, None, Some(token))
            }
        }
    }

    fn token(
        &self,
        asked: TimeStampReq,
        mut serial: [u8; 16],
        at: DateTime<Utc>,
    ) -> Result<Vec<u8>, ProofError> {
        let encode = ProofError::Encode;
        // positive and in its shortest form
        if let Some(first) = serial.first_mut() {
            *first = (*first & 0x3f) | 0x40;
        }
        let at = at.trunc_subsecs(0);
        let seconds = u64::try_from(at.timestamp()).map_err(|_| ProofError::Time)?;
        let time = std::time::Duration::from_secs(seconds);
        let time = GeneralizedTime::from_unix_duration(time).map_err(|_| ProofError::Time)?;
        let info = TstInfo {
            version: 1,
            policy: TRAINING_POLICY,
            message_imprint: asked.message_imprint,
            serial_number: Int::new(&serial).map_err(encode)?,
            gen_time: Any::encode_from(&time).map_err(encode)?,
            accuracy: Some(Accuracy {
                seconds: Some(1),
                millis: None,
                micros: None,
            }),
            ordering: false,
            nonce: asked.nonce,
            tsa: None,
            extensions: None,
        };
        let content = info.to_der().map_err(encode)?;
        let who = &self.who;
        let kind = asn1::ID_CT_TST_INFO;
        let prepared = prepare_typed(
            kind,
            &content,
            &who.certificate,
            &who.chain,
            at,
            who.algorithm,
        )?;
        let value = who.value(prepared.to_be_signed())?;
        prepared.finish_around(&value, &content, asked.cert_req)
    }
}

fn unacceptable(asked: &TimeStampReq) -> Option<Fault> {
    let imprint = &asked.message_imprint;
    if asked.version != 1 {
        return Some(Fault::BadDataFormat);
    }
    if !key::is_sha256(&imprint.hash_algorithm) {
        return Some(Fault::BadAlg);
    }
    if imprint.hashed_message.as_bytes().len() != 32 {
        return Some(Fault::BadDataFormat);
    }
    if asked.req_policy.is_some_and(|p| p != TRAINING_POLICY) {
        return Some(Fault::UnacceptedPolicy);
    }
    asked
        .extensions
        .as_ref()
        .map(|_| Fault::UnacceptedExtension)
}

fn refused(fault: Fault) -> Result<Vec<u8>, ProofError> {
    let bit = fault as usize;
    let mut octets = vec![0u8; bit / 8 + 1];
    if let Some(last) = octets.last_mut() {
        *last = 0x80 >> (bit % 8);
    }
    let unused = u8::try_from(7 - bit % 8).unwrap_or(0);
    let fail_info = BitString::new(unused, octets).map_err(ProofError::Encode)?;
    respond(REJECTION, Some(fail_info), None)
}

fn respond(
    status: u8,
    fail_info: Option<BitString>,
    token: Option<Any>,
) -> Result<Vec<u8>, ProofError> {
    let status = PkiStatusInfo {
        status,
        status_string: None,
        fail_info,
    };
    TimeStampResp { status, token }
        .to_der()
        .map_err(ProofError::Encode)
}
