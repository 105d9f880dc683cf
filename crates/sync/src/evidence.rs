//! What is fetched for a signature after its revision was received, and how the portal gets it: a
//! timestamp, a revocation list, the augmented `.p7s`.
//!
//! Refuses to read what it brings: tokens and lists are proven by whoever asked.

use bytes::Bytes;
use http::Request;
use http::request::Builder;

use hoso_domain::id::DossierId;
use hoso_portal_api::commit::{BlobRef, Evidence, EvidenceVersion};
use hoso_portal_api::device::ProofBody;
use hoso_portal_api::path;

use crate::answer;
use crate::failure::Failure;
use crate::portal::{Portal, limit};
use crate::wire::{Answer, Lane};

/// A revocation list as its address gave it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum List {
    /// Its bytes, and the `ETag` to ask with the next time; empty where there is none.
    New { bytes: Vec<u8>, etag: String },
    /// The one that is known.
    Unchanged,
}

impl Portal {
    /// Hands a timestamp query (RFC 3161) to the authority at `url` and brings its answer.
    pub async fn timestamp(&self, url: &str, query: &[u8]) -> Result<Vec<u8>, Failure> {
        let body = Bytes::copy_from_slice(query);
        let answer = match self.below(url) {
            Some(target) => {
                let request = self
                    .proven("POST", target, ProofBody::Bytes(query))?
                    .header("content-type", path::TIMESTAMP_QUERY);
                let time = limit(body.len());
                let answer = self.exchange(Lane::Control, request, body, time).await?;
                if answer.status == 200 && answer::media_type(&answer) != path::TIMESTAMP_REPLY {
                    return Err(answer::stranger(&answer));
                }
                answer
            }
            None => {
                let request = Request::builder()
                    .method("POST")
                    .uri(url)
                    .header("content-type", path::TIMESTAMP_QUERY);
                self.elsewhere(request, body).await?
            }
        };
        self.whole(answer, url).await
    }

    /// Brings the revocation list at `url`, unless it is the one known by `etag`.
    pub async fn list(&self, url: &str, etag: &str) -> Result<List, Failure> {
        let conditional = |request: Builder| match etag {
            "" => request,
            etag => request.header("if-none-match", etag),
        };
        let answer = match self.below(url) {
            Some(target) => {
                let request = self.proven("GET", target, ProofBody::Bytes(b""))?;
                let (request, time) = (conditional(request), limit(0));
                self.exchange(Lane::Control, request, Bytes::new(), time)
                    .await?
            }
            None => {
                let request = conditional(Request::builder().method("GET").uri(url));
                self.elsewhere(request, Bytes::new()).await?
            }
        };
        if answer.status == 304 {
            return Ok(List::Unchanged);
        }
        let etag = answer.header("etag").unwrap_or_default().to_owned();
        let bytes = self.whole(answer, url).await?;
        Ok(List::New { bytes, etag })
    }

    /// Tells the portal of the augmented `.p7s` of a signature, uploaded before. Told before is as good
    /// as told now.
    pub async fn add_evidence(
        &self,
        dossier: DossierId,
        revision: u32,
        step: u8,
        p7s: BlobRef,
    ) -> Result<(), Failure> {
        let body = serde_json::to_vec(&Evidence { p7s })
            .map(Bytes::from)
            .map_err(|_| Failure::Nonsense {
                what: "the request cannot be written",
            })?;
        let target = path::evidence(dossier, revision, step);
        let request = self
            .proven("PUT", &target, ProofBody::Bytes(&body))?
            .header("content-type", "application/json");
        let time = limit(body.len());
        let answer = self.exchange(Lane::Control, request, body, time).await?;
        match answer.status {
            200 | 201 => {
                let kept: EvidenceVersion = answer::json(answer).await?;
                if kept.p7s == p7s && kept.step == step {
                    return Ok(());
                }
                Err(Failure::Nonsense {
                    what: "another signature than the one sent",
                })
            }
            _ => Err(self.failure(answer).await),
        }
    }

    /// The path of an address below the portal's own; `None`: it is elsewhere.
    fn below<'a>(&self, url: &'a str) -> Option<&'a str> {
        url.strip_prefix(self.base()).filter(|p| p.starts_with('/'))
    }

    async fn elsewhere(&self, request: Builder, body: Bytes) -> Result<Answer, Failure> {
        let time = limit(body.len());
        let request = request.body(body).map_err(|_| Failure::Nonsense {
            what: "the request cannot be written",
        })?;
        answer::within(time, self.line().elsewhere(request)).await
    }

    /// The body of a 200. A stranger's page is told by whoever reads it.
    async fn whole(&self, answer: Answer, url: &str) -> Result<Vec<u8>, Failure> {
        match (answer.status, self.below(url)) {
            (200, _) => answer::body(answer).await,
            (_, Some(_)) => Err(self.failure(answer).await),
            (_, None) => Err(answer::stranger(&answer)),
        }
    }
}
