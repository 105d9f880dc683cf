//! The unit's devices and its blocks of voucher numbers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hoso_domain::id::DeviceId;
use hoso_portal_api::connection::NumberBlock;
use hoso_portal_api::device::{
    AskNumbers, Enrol, EnrolSigned, Enrolled, ProofBody, Revocation, Succession,
};
use hoso_portal_api::officer::DeviceFile;
use hoso_portal_api::path;
use http::request::Builder;
use uuid::Uuid;

use crate::answer;
use crate::device::DeviceKey;
use crate::failure::Failure;
use crate::portal::{JSON, Portal, limit, to_json};
use crate::wire::Lane;

impl Portal {
    /// Makes `key` known. Store the key *before*: the same code with the same key gives the same
    /// device again, so a lost answer costs nothing.
    pub async fn enrol(
        &self,
        key: &DeviceKey,
        unit_code: &str,
        code: &str,
        name: &str,
    ) -> Result<Enrolled, Failure> {
        let public_key = key.public_key().map_err(|_| Failure::Nonsense {
            what: "the public key cannot be written",
        })?;
        let enrol = Enrol {
            unit_code: unit_code.to_owned(),
            code: code.to_owned(),
            public_key,
            name: name.to_owned(),
        };
        let body = to_json(&enrol)?;
        let request = self.builder("POST", path::DEVICES);
        self.enrolled(request, body).await
    }

    /// Makes a key known for which an account owner signed the enrolment text; `public_key` and
    /// `name` as they stand in it, `signature` in DER. The same key again gives the same device.
    pub async fn enrol_signed(
        &self,
        unit_code: &str,
        public_key: &str,
        name: &str,
        signature: &[u8],
    ) -> Result<Enrolled, Failure> {
        let body = to_json(&EnrolSigned {
            unit_code: unit_code.to_owned(),
            public_key: public_key.to_owned(),
            name: name.to_owned(),
            signature: STANDARD.encode(signature),
        })?;
        let request = self.builder("POST", path::DEVICES_SIGNED);
        self.enrolled(request, body).await
    }

    /// This device ends, and `key` takes over. Store the key *before*: the same key again gives the
    /// same device, also when the answer was lost.
    pub async fn succeed(&self, key: &DeviceKey, name: &str) -> Result<Enrolled, Failure> {
        let public_key = key.public_key().map_err(|_| Failure::Nonsense {
            what: "the public key cannot be written",
        })?;
        let body = to_json(&Succession {
            public_key,
            name: name.to_owned(),
        })?;
        let proof = ProofBody::Bytes(&body);
        let request = self.proven("POST", path::DEVICES_SUCCESSOR, proof)?;
        self.enrolled(request, body).await
    }

    /// Sends what makes a key known. A device that was known before is as good as a new one.
    async fn enrolled(&self, request: Builder, body: Bytes) -> Result<Enrolled, Failure> {
        let request = request.header("content-type", JSON);
        let time = limit(body.len());
        let answer = self.exchange(Lane::Control, request, body, time).await?;
        match answer.status {
            200 | 201 => answer::json(answer).await,
            _ => Err(self.failure(answer).await),
        }
    }

    /// The unit's devices, those that were ended too, in the order they came.
    pub async fn devices(&self) -> Result<Vec<DeviceFile>, Failure> {
        let answer = self.get(path::DEVICES, 0).await?;
        match answer.status {
            200 => answer::json(answer).await,
            _ => Err(self.failure(answer).await),
        }
    }

    /// Thu hồi máy: ends another device of the unit, saying why. One that was ended before is fine.
    pub async fn revoke(&self, device: DeviceId, reason: &str) -> Result<DeviceFile, Failure> {
        let body = to_json(&Revocation {
            reason: reason.to_owned(),
        })?;
        let target = path::revocation(device);
        let request = self
            .proven("PUT", &target, ProofBody::Bytes(&body))?
            .header("content-type", JSON);
        let time = limit(body.len());
        let answer = self.exchange(Lane::Control, request, body, time).await?;
        match answer.status {
            200 => answer::json(answer).await,
            _ => Err(self.failure(answer).await),
        }
    }

    /// Another block of voucher numbers. Store `key` *before*: the same key gives the same block.
    pub async fn numbers(
        &self,
        key: Uuid,
        year: i32,
        series: &str,
    ) -> Result<NumberBlock, Failure> {
        let body = to_json(&AskNumbers {
            key,
            year,
            series: series.to_owned(),
        })?;
        let request = self
            .proven("POST", path::NUMBER_BLOCKS, ProofBody::Bytes(&body))?
            .header("content-type", JSON);
        let time = limit(body.len());
        let answer = self.exchange(Lane::Control, request, body, time).await?;
        let block: NumberBlock = match answer.status {
            200 | 201 => answer::json(answer).await?,
            _ => return Err(self.failure(answer).await),
        };
        match block.year == year && block.series == series && block.first <= block.last {
            true => Ok(block),
            false => Err(Failure::Nonsense {
                what: "another block than was asked for",
            }),
        }
    }
}
