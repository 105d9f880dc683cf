//! Dấu thời gian of a training portal: a small authority of its own (RFC 3161), so that units can
//! practise with it. A portal that moves money names the State's authority in its connection files
//! and has none.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use hoso_portal_api::problem::Kind;
use hoso_proof::ProofError;
use hoso_proof::timestamp::Authority;

use crate::fault::Fault;
use crate::portal::{Portal, file};
use crate::{authority, keep};

/// Larger queries are refused, in bytes: one has a digest and a number in it.
const MAX_QUERY: usize = 4096;

/// The authority's key, ready to use.
pub(crate) struct Stamps {
    authority: Authority,
    /// PEM; for connection files, and for judging what it stamped.
    pub(crate) ca: String,
}

/// Why there is no authority of timestamps.
#[derive(Debug, thiserror::Error)]
pub enum StampsError {
    #[error("{} cannot be read or written", path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the key of timestamps cannot be made or used")]
    Key(#[source] ProofError),
}

impl Stamps {
    /// Reads the key; a folder prepared before there were timestamps gets one.
    pub(crate) fn open(data: &Path, name: &str, now: DateTime<Utc>) -> Result<Self, StampsError> {
        // written last: where it is, the others are
        if !data.join(file::STAMP_KEY).is_file() {
            let made = authority::timestamps(name, now).map_err(|e| StampsError::Key(e.into()))?;
            for (name, text) in [
                (file::STAMP_CA, &made.ca),
                (file::STAMP_CERTIFICATE, &made.certificate),
                (file::STAMP_KEY, &made.key),
            ] {
                let path = data.join(name);
                keep::write(&path, text.as_bytes())
                    .map_err(|source| StampsError::File { path, source })?;
            }
        }
        let read = |name: &str| {
            let path = data.join(name);
            std::fs::read_to_string(&path).map_err(|source| StampsError::File { path, source })
        };
        let ca = read(file::STAMP_CA)?;
        let (certificate, key) = (read(file::STAMP_CERTIFICATE)?, read(file::STAMP_KEY)?);
        let authority = Authority::new(&certificate, &[&ca], &key).map_err(StampsError::Key)?;
        Ok(Self { authority, ca })
    }
}

/// The answer to a query as it came: a token, or why there is none.
pub(crate) async fn answer(portal: &Portal, query: Bytes) -> Result<Vec<u8>, Fault> {
    if query.len() > MAX_QUERY {
        let what = format!("a timestamp query is at most {MAX_QUERY} bytes");
        return Err(Fault::new(Kind::TooLarge, what));
    }
    let (shared, now) = (portal.clone(), portal.now());
    let answered = tokio::task::spawn_blocking(move || {
        let stamps = shared.0.stamps.as_ref();
        let mut serial = [0u8; 16];
        getrandom::fill(&mut serial).expect("the system has randomness");
        stamps.map(|s| s.authority.answer(&query, serial, now))
    });
    let answer = answered
        .await
        .map_err(|e| Fault::internal("a signing task failed", e))?;
    answer
        .transpose()
        .map_err(|e| Fault::internal("a timestamp cannot be made", e))?
        .ok_or_else(|| Fault::new(Kind::NotFound, "only a training portal makes timestamps"))
}
