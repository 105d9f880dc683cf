//! Chunks on a thin line, in simulated time: 64 kbit/s, and an answer that takes 600 ms.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use hoso_domain::id::DeviceId;
use hoso_domain::party::Treasury;
use hoso_portal_api::{Connection, Kind, Problem};
use hoso_sync::plan::Class;
use hoso_sync::wire::{Exchange, Incoming, Lane, Pipe};
use hoso_sync::{Cancel, Clock, Device, DeviceKey, Event, Portal, Source};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use rcgen::{CertificateParams, KeyPair};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

const BYTES_PER_SECOND: f64 = 8_000.0;
const ONE_WAY: Duration = Duration::from_millis(300);

/// What a portal does with a body that begins where the one under way will end.
#[derive(Clone, Copy, PartialEq)]
enum Follower {
    Waits,
    IsRefused,
}

struct Line {
    follower: Follower,
    state: Mutex<State>,
}

struct State {
    /// Where the body handed over last will end.
    end: u64,
    received: u64,
    /// When the line has carried what was handed over.
    free: Instant,
    /// Methods and how often.
    requests: BTreeMap<String, usize>,
    refused: usize,
}

impl Line {
    fn new(follower: Follower) -> Arc<Self> {
        Arc::new(Self {
            follower,
            state: Mutex::new(State {
                end: 0,
                received: 0,
                free: Instant::now(),
                requests: BTreeMap::new(),
                refused: 0,
            }),
        })
    }

    async fn answer(&self, request: Request<Bytes>) -> Incoming {
        let method = request.method().to_string();
        let number = |name: &str| -> Option<u64> {
            request.headers().get(name)?.to_str().unwrap().parse().ok()
        };
        let length = request.body().len() as u64;
        let now = Instant::now();
        let (arrives, refused) = {
            let mut state = self.state.lock().unwrap();
            *state.requests.entry(method.clone()).or_default() += 1;
            let under_way = state.end > state.received;
            let waits = !under_way || self.follower == Follower::Waits;
            let at = number("upload-offset");
            if at.is_some_and(|at| at != state.end || !waits) {
                // refused by its head: the body does not go
                state.refused += 1;
                (now + ONE_WAY, true)
            } else {
                let time = Duration::from_secs_f64(length as f64 / BYTES_PER_SECOND);
                state.end += length;
                state.free = state.free.max(now) + time;
                (state.free + ONE_WAY, false)
            }
        };
        sleep_until(arrives).await;
        if refused {
            sleep_until(Instant::now() + ONE_WAY).await;
            let problem = Problem::new(Kind::OffsetMismatch, "", noon());
            let body = serde_json::to_vec(&problem).unwrap();
            let kind = hoso_portal_api::problem::CONTENT_TYPE;
            return reply(409, &[("content-type", kind.to_owned())], body);
        }
        let offset = {
            let mut state = self.state.lock().unwrap();
            state.received += length;
            state.received
        };
        sleep_until(Instant::now() + ONE_WAY).await;
        let headers = [
            ("tus-resumable", "1.0.0".to_owned()),
            ("upload-offset", offset.to_string()),
            ("location", "/v1/uploads/0".to_owned()),
        ];
        let status = match method.as_str() {
            "POST" => 201,
            "HEAD" => 200,
            _ => 204,
        };
        reply(status, &headers, Vec::new())
    }

    fn portal(self: &Arc<Self>) -> Portal {
        let key = KeyPair::generate().unwrap();
        let ca = CertificateParams::new(vec![]).unwrap().self_signed(&key);
        let connection = Connection {
            format: 1,
            portal_name: "thin".into(),
            portal_url: "https://portal.test".into(),
            treasury: Treasury {
                code: "0011".into(),
                name: "KBNN".into(),
            },
            training: true,
            tls_ca: String::new(),
            receipt_ca: ca.unwrap().pem(),
            signer_cas: vec![],
            units: vec![],
            enrolments: vec![],
            timestamp: None,
            revocation_lists: Vec::new(),
            valid_to: noon().date_naive(),
        };
        let device = Device {
            id: DeviceId(Uuid::from_u128(7)),
            key: DeviceKey::generate().unwrap(),
        };
        let clock: Clock = Arc::new(noon);
        let pipe = Arc::new(Through(Arc::clone(self)));
        Portal::over(pipe, &connection, Some(device), clock).unwrap()
    }
}

/// The trait is not ours, nor is `Arc`.
struct Through(Arc<Line>);

impl Pipe for Through {
    fn send(&self, _: Lane, request: Request<Bytes>) -> Exchange<'_> {
        Box::pin(async move { Ok(self.0.answer(request).await) })
    }

    fn reconnect(&self) {}
}

fn noon() -> chrono::DateTime<chrono::Utc> {
    "2026-11-22T05:00:00Z".parse().unwrap()
}

fn reply(status: u16, headers: &[(&str, String)], body: Vec<u8>) -> Incoming {
    let mut answer = Response::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(*name, value);
    }
    let body = Full::new(Bytes::from(body)).map_err(|never| match never {});
    answer.body(body.boxed_unsync()).unwrap()
}

/// Uploads a megabyte; how much longer than the bytes alone need.
async fn upload(line: &Arc<Line>) -> f64 {
    const SIZE: usize = 1_000_000;
    let source = Source::from_bytes(Class::Attachment, vec![7; SIZE]);
    let portal = line.portal();
    let began = Instant::now();
    let mut offsets = vec![0];
    let mut seen = |event| {
        if let Event::Acknowledged { offset, .. } = event {
            offsets.push(offset);
        }
    };
    portal
        .upload(&source, &mut seen, &Cancel::never())
        .await
        .unwrap();
    assert!(offsets.is_sorted(), "{offsets:?}");
    assert_eq!(offsets.last(), Some(&(SIZE as u64)));
    began.elapsed().as_secs_f64() / (SIZE as f64 / BYTES_PER_SECOND)
}

#[tokio::test(start_paused = true)]
async fn a_thin_line_does_not_wait_for_the_answers_to_chunks() {
    let line = Line::new(Follower::Waits);
    let ratio = upload(&line).await;
    // creation, the first chunk, of which the pace is not known yet, one more until it is known
    // well, and the last answer; with a wait after each chunk it would be 12 round trips
    let floor = 1.0 + 4.0 * 0.6 / 125.0;
    assert!(ratio < floor + 0.002, "{ratio}");
    let state = line.state.lock().unwrap();
    assert_eq!(state.refused, 0);
    assert!(state.requests["PATCH"] >= 10, "{:?}", state.requests);
}

#[tokio::test(start_paused = true)]
async fn a_portal_that_takes_one_body_at_a_time_is_sent_one_at_a_time() {
    let line = Line::new(Follower::IsRefused);
    let ratio = upload(&line).await;
    assert!((1.04..1.25).contains(&ratio), "{ratio}");
    let state = line.state.lock().unwrap();
    assert_eq!(state.refused, 1, "it is not tried again");
}

#[tokio::test(start_paused = true)]
async fn what_is_small_costs_its_bytes_and_one_round_trip() {
    let line = Line::new(Follower::Waits);
    let source = Source::from_bytes(Class::Manifest, vec![7; 2_000]);
    let began = Instant::now();
    let never = Cancel::never();
    let sent = line.portal().upload(&source, &mut |_| {}, &never).await;
    assert!(sent.is_ok(), "{sent:?}");
    let took = began.elapsed().as_secs_f64();
    let floor = 2_000.0 / BYTES_PER_SECOND + 0.6;
    assert!(took < floor + 0.05, "{took} s for {floor} s");
}
