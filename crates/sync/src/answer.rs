//! Reading answers. Believes nothing that does not look like the portal's: any other page, with
//! whatever status, is a captive portal.

use std::io::Read as _;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tokio::time::timeout;

use hoso_portal_api::problem::CONTENT_TYPE as PROBLEM;
use hoso_portal_api::{Kind, Problem};

use crate::failure::{Failure, Stage};
use crate::pace::STALL;
use crate::wire::Answer;

/// Larger JSON answers are refused, in bytes, also after unpacking.
const MAX_JSON: usize = 16 * 1024 * 1024;
/// The one coding of JSON, both ways: its name in `Accept-Encoding` and `Content-Encoding`.
pub(crate) const ZSTD: &str = "zstd";
/// Of zstd: more costs more time than it saves on a slow line.
const LEVEL: i32 = 3;
/// The largest window a frame may want, as a power of two: a header may ask for gigabytes.
const MAX_WINDOW: u32 = 23;

/// What the portal's problem was, or why it is none.
pub(crate) enum Refusal {
    Problem(Box<Problem>),
    Other(Failure),
}

impl Refusal {
    /// The class, with the clock's error when the portal names one.
    pub fn into_failure(self, now: DateTime<Utc>) -> Failure {
        match self {
            Refusal::Other(failure) => failure,
            Refusal::Problem(problem) => {
                let ahead = now - problem.server_time;
                Failure::of_problem(*problem, Some(ahead))
            }
        }
    }

    pub fn kind(&self) -> Option<Kind> {
        match self {
            Refusal::Problem(problem) => Some(problem.kind),
            Refusal::Other(_) => None,
        }
    }
}

/// The JSON of a success.
pub(crate) async fn json<T: DeserializeOwned>(answer: Answer) -> Result<T, Failure> {
    let stranger = stranger(&answer);
    if media_type(&answer) != "application/json" {
        return Err(stranger);
    }
    let bytes = body(answer).await?;
    serde_json::from_slice(&bytes).map_err(|error| match error.classify() {
        // JSON of another shape is no login page: a portal of another version
        Category::Data => Failure::Nonsense {
            what: "JSON of another shape",
        },
        Category::Io | Category::Syntax | Category::Eof => stranger,
    })
}

/// What an answer that is no success says.
pub(crate) async fn refusal(answer: Answer) -> Refusal {
    let (status, after) = (answer.status, retry_after(&answer));
    let stranger = stranger(&answer);
    if media_type(&answer) == PROBLEM {
        return match body(answer).await {
            Err(failure) => Refusal::Other(failure),
            Ok(bytes) => match serde_json::from_slice::<Problem>(&bytes) {
                Ok(mut problem) => {
                    problem.retry_after = problem.retry_after.or(after.map(|a| a.as_secs()));
                    Refusal::Problem(Box::new(problem))
                }
                Err(_) => Refusal::Other(stranger),
            },
        };
    }
    Refusal::Other(match status {
        429 => Failure::RateLimited { after },
        // RFC 6585: the network wants a login
        511 => stranger,
        500..=599 => Failure::Server {
            status,
            after,
            problem: None,
        },
        _ => stranger,
    })
}

/// The failure of an answer that nobody at the portal wrote.
pub(crate) fn stranger(answer: &Answer) -> Failure {
    Failure::CaptivePortal {
        status: answer.status,
        content_type: media_type(answer),
    }
}

/// Type and subtype, lower case; empty when there is none.
pub(crate) fn media_type(answer: &Answer) -> String {
    let text = answer.header("content-type").unwrap_or_default();
    text.split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// The whole body of a JSON answer, unpacked.
pub(crate) async fn body(mut answer: Answer) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = within(STALL, answer.chunk()).await? {
        if bytes.len() + chunk.len() > MAX_JSON {
            return Err(TOO_LARGE);
        }
        bytes.extend_from_slice(&chunk);
    }
    match answer.header("content-encoding") {
        None => Ok(bytes),
        Some(ZSTD) => unpacked(&bytes),
        Some(_) => Err(stranger(&answer)),
    }
}

const TOO_LARGE: Failure = Failure::Nonsense {
    what: "the answer is too large",
};

/// JSON as it is sent.
pub(crate) fn packed(plain: &[u8]) -> Result<Bytes, Failure> {
    let packed = zstd::encode_all(plain, LEVEL);
    packed.map(Bytes::from).map_err(|_| Failure::Nonsense {
        what: "the request cannot be packed",
    })
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let broken = |_| Failure::Nonsense {
        what: "the answer cannot be unpacked",
    };
    let mut decoder = zstd::Decoder::with_buffer(bytes).map_err(broken)?;
    decoder.window_log_max(MAX_WINDOW).map_err(broken)?;
    let mut plain = Vec::new();
    let read = decoder.take(MAX_JSON as u64 + 1).read_to_end(&mut plain);
    match read.map_err(broken)? {
        0..=MAX_JSON => Ok(plain),
        _ => Err(TOO_LARGE),
    }
}

/// Seconds of a `Retry-After`; its date form is not used by the portal and ignored.
fn retry_after(answer: &Answer) -> Option<Duration> {
    answer
        .header("retry-after")?
        .trim()
        .parse()
        .ok()
        .map(Duration::from_secs)
}

/// The `Date` header (RFC 9110, 5.6.7).
pub(crate) fn date(answer: &Answer) -> Option<DateTime<Utc>> {
    let text = answer.header("date")?;
    DateTime::parse_from_rfc2822(text)
        .ok()
        .map(|d| d.with_timezone(&Utc))
}

/// How far `now` is before (positive) the server's date.
pub(crate) fn ahead(answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
    date(answer).map(|server| now - server)
}

/// `limit` on a wait; silence is a stall.
pub(crate) async fn within<T>(
    limit: Duration,
    wait: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match timeout(limit, wait).await {
        Ok(result) => result,
        Err(_) => Err(Failure::Transport {
            stage: Stage::Stalled,
            cause: None,
        }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_packed_answer_reads_as_it_was_and_a_bomb_is_not_unpacked() {
        let plain = b"{\"items\":[]}".repeat(100);
        let packed = packed(&plain).unwrap();
        assert_eq!(unpacked(&packed).unwrap(), plain);
        let bomb = zstd::encode_all(std::io::repeat(0).take(MAX_JSON as u64 + 1), 3).unwrap();
        assert!(bomb.len() < 4096, "{} bytes", bomb.len());
        let Err(Failure::Nonsense { what }) = unpacked(&bomb) else {
            panic!("unpacked");
        };
        assert!(what.contains("too large"), "{what}");
        assert!(unpacked(b"no frame").is_err());
        assert!(unpacked(packed.get(..packed.len() / 2).unwrap()).is_err());
    }
}
