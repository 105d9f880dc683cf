//! Result documents come down in pieces that are kept over a lost link. Never hands out bytes
//! whose SHA-256 is not the one the feed named.

use std::time::Duration;

use bytes::Bytes;

use hoso_domain::digest::Digest;
use hoso_portal_api::device::ProofBody;
use hoso_portal_api::feed::PackNews;
use hoso_portal_api::pack::MAX_PACK;
use hoso_portal_api::{Document, path};

use crate::answer::{self, within};
use crate::failure::{Failure, Stage};
use crate::pace::STALL;
use crate::portal::{Portal, limit};
use crate::wire::Lane;

/// Documents above this are refused, in bytes.
pub const MAX_DOCUMENT: u64 = 256 * 1024 * 1024;
/// Breaks in a row without a new byte after which the try is given up.
const BREAKS: u32 = 3;

/// What came of a document so far; kept over a lost link, the next try goes on from it.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Partial {
    bytes: Vec<u8>,
    /// The portal's `ETag` of the whole: a part is asked for of this one alone.
    tag: Option<String>,
}

impl Partial {
    /// What is here: all of it, once it was fetched.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn forget(&mut self) {
        *self = Self::default();
    }
}

/// What is fetched, and how its bytes are known again.
struct Wanted {
    target: String,
    sha256: Digest,
    size: u64,
    most: u64,
}

impl Portal {
    /// Fetches `document`. `have` holds what an earlier try got (empty at first) and keeps what
    /// this one gets, also when it fails: pass it again. `seen` gets (bytes here, bytes in all).
    pub async fn document(
        &self,
        document: &Document,
        have: &mut Partial,
        seen: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<(), Failure> {
        let wanted = Wanted {
            target: path::document(document.id),
            sha256: document.sha256,
            size: document.size,
            most: MAX_DOCUMENT,
        };
        self.fetch(&wanted, have, seen).await
    }

    /// Fetches a data pack the feed told of; as [`Portal::document`].
    pub async fn pack(&self, news: &PackNews, have: &mut Partial) -> Result<(), Failure> {
        let wanted = Wanted {
            target: path::pack(news.sha256),
            sha256: news.sha256,
            size: news.size,
            most: MAX_PACK,
        };
        self.fetch(&wanted, have, &mut |_, _| {}).await
    }

    async fn fetch(
        &self,
        wanted: &Wanted,
        have: &mut Partial,
        seen: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<(), Failure> {
        if wanted.size > wanted.most {
            return Err(Failure::Nonsense {
                what: "the document is too large",
            });
        }
        if have.len() > wanted.size {
            have.forget();
        }
        let mut breaks = 0;
        while have.len() < wanted.size {
            let before = have.len();
            match self.piece(wanted, have, seen).await {
                Ok(()) => {}
                Err(Failure::Transport {
                    stage: stage @ (Stage::Broken | Stage::Stalled),
                    cause,
                }) => {
                    breaks = if have.len() > before { 0 } else { breaks + 1 };
                    if breaks >= BREAKS {
                        return Err(Failure::Transport { stage, cause });
                    }
                }
                Err(failure) => return Err(failure),
            }
        }
        if Digest::of(have.bytes()) != wanted.sha256 {
            have.forget();
            return Err(Failure::Nonsense {
                what: "the document is not the one announced",
            });
        }
        Ok(())
    }

    /// One request: everything from `have.len()` on.
    async fn piece(
        &self,
        wanted: &Wanted,
        have: &mut Partial,
        seen: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<(), Failure> {
        let mut request = self.proven("GET", &wanted.target, ProofBody::Bytes(b""))?;
        let from = have.len();
        if from > 0 {
            request = request.header("range", format!("bytes={from}-"));
            if let Some(tag) = &have.tag {
                request = request.header("if-range", tag);
            }
        }
        let time: Duration = limit(0);
        let mut answer = self
            .exchange(Lane::Bodies, request, Bytes::new(), time)
            .await?;
        let size = wanted.size;
        match answer.status {
            // a login page with 200 is no document: it has another length or none
            200 => {
                if answer.header("content-length") != Some(size.to_string().as_str()) {
                    return Err(answer::stranger(&answer));
                }
                have.forget();
                // a weak tag does not name bytes (RFC 9110, 13.1.5)
                let tag = answer.header("etag").filter(|tag| tag.starts_with('"'));
                have.tag = tag.map(str::to_owned);
            }
            206 => {
                let wanted = format!("bytes {from}-{}/{size}", size - 1);
                if answer.header("content-range") != Some(wanted.as_str()) {
                    have.forget();
                    return Err(Failure::Nonsense {
                        what: "another range than was asked for",
                    });
                }
            }
            // what is here is none of it: from the beginning
            416 if from > 0 => {
                have.forget();
                return Err(broken());
            }
            _ => return Err(self.failure(answer).await),
        }
        while let Some(chunk) = within(STALL, answer.chunk()).await? {
            if have.len() + chunk.len() as u64 > size {
                have.forget();
                return Err(Failure::Nonsense {
                    what: "the document is longer than announced",
                });
            }
            have.bytes.extend_from_slice(&chunk);
            seen(have.len(), size);
        }
        match have.len() == size {
            true => Ok(()),
            false => Err(broken()),
        }
    }
}

fn broken() -> Failure {
    Failure::Transport {
        stage: Stage::Broken,
        cause: None,
    }
}
