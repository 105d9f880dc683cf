//! A portal of a few lines over real TLS, with planted faults: what a link can do to the courier.
//!
//! It keeps what arrived byte by byte, so that a test can count what was sent twice.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hoso_domain::digest::Digest;
use hoso_domain::id::{DeviceId, DossierId, UnitId};
use hoso_domain::party::Treasury;
use hoso_portal_api::upload::metadata_sha256;
use hoso_portal_api::{Changes, SignedReceipt};
use hoso_portal_api::{Commit, Connection, DossierState, Kind, Problem, Receipt, RevisionState};
use hoso_sync::{Clock, Device, DeviceKey, Portal};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use uuid::Uuid;

/// The tests' fixed now.
pub fn noon() -> DateTime<Utc> {
    "2026-11-22T05:00:00Z".parse().unwrap()
}

pub fn unit() -> UnitId {
    UnitId(Uuid::from_u128(0xA))
}

/// A certificate authority of the test.
pub struct Authority {
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, name);
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            pem,
            issuer: Issuer::new(params, key),
        }
    }

    /// A certificate for a host name or a signer, with its key.
    fn issue(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> (Vec<u8>, String, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::ContentCommitment,
        ];
        params.use_authority_key_identifier_extension = true;
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.der().to_vec(), certificate.pem(), key)
    }
}

/// What goes wrong with one request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// A captive portal's page.
    Html(u16),
    /// JSON with status 200, and not what was asked for.
    OtherShape,
    /// The connection breaks after this many bytes of the body.
    CutBody(usize),
    /// The request is carried out and its answer lost.
    LoseAnswer,
    /// The request is carried out, and instead of its answer comes what TLS cannot read.
    GarbleAnswer,
    /// The request is read and never answered; the clock of the test stands still from then on.
    Silence,
    /// The request is carried out and answered after this time of the test's clock.
    Late(Duration),
    /// As [`Fault::Silence`], on real time; [`Bench::mute`] tells of it.
    Mute,
    /// A receipt signed by somebody else.
    Forge,
    /// A receipt for another revision, rightly signed.
    WrongReceipt,
    /// A receipt that names another audit head, rightly signed.
    WrongHead,
    /// This problem instead of the answer.
    Say(Kind),
    /// Half of the document, then the connection breaks.
    CutAnswer,
    /// Half of the document, then silence; [`Bench::mute`] tells of it.
    HalfAnswer,
}

/// A record of TLS (application data, 24 bytes) that no key opens.
const GARBLED: &[u8] = b"\x17\x03\x03\x00\x18no key opens such bytes.";

#[derive(Default)]
pub struct State {
    /// By upload number: digest, length, bytes.
    pub uploads: Vec<(Digest, usize, Vec<u8>)>,
    pub commits: BTreeMap<(DossierId, u32), (Digest, SignedReceipt)>,
    /// The unit got back what it sent.
    pub withdrawn: bool,
    pub documents: BTreeMap<String, Vec<u8>>,
    pub changes: Option<Changes>,
    /// Method and path begin, then what happens; first match is used up.
    pub faults: VecDeque<(&'static str, &'static str, Fault)>,
    pub requests: Vec<String>,
    pub connections: usize,
    /// Bytes of uploads' bodies that arrived, twice-sent ones too.
    pub patched: usize,
    /// Bytes of documents handed out.
    pub served: usize,
    pub seq: u64,
}

pub struct Bench {
    pub state: Mutex<State>,
    pub connection: Connection,
    receipts: (String, String),
    forger: (String, String),
    pub mute: tokio::sync::Notify,
}

struct Request {
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
    whole: bool,
}

/// Variations of the TLS certificate.
pub enum Certificate {
    Right,
    Foreign,
    Expired,
    OtherName,
}

pub async fn bench() -> Arc<Bench> {
    with_certificate(Certificate::Right).await
}

pub async fn with_certificate(kind: Certificate) -> Arc<Bench> {
    let (tls, stranger) = (Authority::new("tls"), Authority::new("stranger"));
    let receipts = Authority::new("receipts");
    let (der, _, key) = match kind {
        Certificate::Right => tls.issue("127.0.0.1", |_| {}),
        Certificate::Foreign => stranger.issue("127.0.0.1", |_| {}),
        Certificate::OtherName => tls.issue("portal.example", |_| {}),
        Certificate::Expired => tls.issue("127.0.0.1", |params| {
            params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }),
    };
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(der)], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let signer = |a: &Authority| {
        let (_, pem, key) = a.issue("receipt signer", |_| {});
        (pem, key.serialize_pem())
    };
    let bench = Arc::new(Bench {
        state: Mutex::default(),
        receipts: signer(&receipts),
        forger: signer(&stranger),
        mute: tokio::sync::Notify::new(),
        connection: Connection {
            format: 1,
            portal_name: "bench".into(),
            portal_url: format!("https://{address}"),
            treasury: treasury(),
            training: true,
            tls_ca: tls.pem.clone(),
            receipt_ca: receipts.pem.clone(),
            signer_cas: vec![receipts.pem.clone()],
            units: vec![],
            enrolments: vec![],
            timestamp: None,
            revocation_lists: Vec::new(),
            valid_to: noon().date_naive(),
        },
    });
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = Arc::clone(&bench);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (acceptor, server) = (acceptor.clone(), Arc::clone(&server));
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(socket).await {
                    server.state.lock().unwrap().connections += 1;
                    server.serve(stream).await;
                }
            });
        }
    });
    bench
}

fn treasury() -> Treasury {
    Treasury {
        code: "0011".into(),
        name: "KBNN".into(),
    }
}

impl Bench {
    /// A client of an enrolled device.
    pub fn portal(&self) -> Portal {
        let key = DeviceKey::generate().unwrap();
        let device = Device {
            id: DeviceId(Uuid::from_u128(7)),
            key,
        };
        let clock: Clock = Arc::new(noon);
        Portal::new(&self.connection, Some(device), clock).unwrap()
    }

    pub fn fault(&self, method: &'static str, path: &'static str, fault: Fault) {
        self.state
            .lock()
            .unwrap()
            .faults
            .push_back((method, path, fault));
    }

    pub fn requests(&self, method: &str, path: &str) -> usize {
        let wanted = format!("{method} {path}");
        self.state
            .lock()
            .unwrap()
            .requests
            .iter()
            .filter(|r| r.starts_with(&wanted))
            .count()
    }

    async fn serve(&self, mut stream: tokio_rustls::server::TlsStream<tokio::net::TcpStream>) {
        let mut buffer = Vec::new();
        while let Some((head, rest)) = read_head(&mut stream, buffer).await {
            let mut request = head;
            let fault = self.next_fault(&request);
            let cut = match fault {
                Some(Fault::CutBody(n)) => n,
                _ => usize::MAX,
            };
            let rest = read_body(&mut stream, &mut request, rest, cut).await;
            let answer = match &fault {
                Some(Fault::Html(status)) => html(*status),
                Some(Fault::OtherShape) => json(&[1, 2, 3]),
                Some(Fault::Say(kind)) => problem(Problem::new(*kind, "", noon())),
                Some(Fault::Mute) => {
                    self.mute.notify_one();
                    std::future::pending::<()>().await;
                    return;
                }
                Some(Fault::Silence) => {
                    tokio::time::pause();
                    std::future::pending::<()>().await;
                    return;
                }
                Some(Fault::Late(time)) => {
                    tokio::time::pause();
                    tokio::time::sleep(*time).await;
                    tokio::time::resume();
                    self.answer(&request, None)
                }
                _ => self.answer(&request, fault.as_ref()),
            };
            if !request.whole || matches!(fault, Some(Fault::LoseAnswer)) {
                return;
            }
            if matches!(fault, Some(Fault::GarbleAnswer)) {
                let (below, _) = stream.get_mut();
                let _ = below.write_all(GARBLED).await;
                return;
            }
            let half = matches!(fault, Some(Fault::CutAnswer | Fault::HalfAnswer));
            let until = if half { answer.len() / 2 } else { answer.len() };
            if half {
                self.state.lock().unwrap().served -= answer.len() - until;
            }
            if stream.write_all(&answer[..until]).await.is_err() || stream.flush().await.is_err() {
                return;
            }
            if matches!(fault, Some(Fault::HalfAnswer)) {
                self.mute.notify_one();
                std::future::pending::<()>().await;
            }
            if half {
                return;
            }
            buffer = rest;
        }
    }

    fn next_fault(&self, request: &Request) -> Option<Fault> {
        let mut state = self.state.lock().unwrap();
        state
            .requests
            .push(format!("{} {}", request.method, request.target));
        let matches =
            |f: &(&str, &str, Fault)| f.0 == request.method && request.target.starts_with(f.1);
        let at = state.faults.iter().position(matches)?;
        state.faults.remove(at).map(|f| f.2)
    }

    fn answer(&self, r: &Request, fault: Option<&Fault>) -> Vec<u8> {
        let mut state = self.state.lock().unwrap();
        if r.target != "/v1/hello" && !r.headers.contains_key("hoso-proof") {
            return problem(Problem::new(Kind::ProofInvalid, "", noon()));
        }
        let parts: Vec<&str> = r
            .target
            .split('?')
            .next()
            .unwrap()
            .split('/')
            .skip(2)
            .collect();
        match (r.method.as_str(), parts.as_slice()) {
            ("GET", ["hello"]) => reply(
                200,
                &[("content-type", "text/plain")],
                hoso_portal_api::path::PORTAL_MARK.as_bytes(),
            ),
            ("POST", ["uploads"]) => {
                let sha256 = metadata_sha256(&r.headers["upload-metadata"]).unwrap();
                let length: usize = r.headers["upload-length"].parse().unwrap();
                let known = state
                    .uploads
                    .iter()
                    .position(|u| u.0 == sha256 && u.1 == length);
                let status = if known.is_some() { 200 } else { 201 };
                let number = known.unwrap_or_else(|| {
                    state.uploads.push((sha256, length, Vec::new()));
                    state.uploads.len() - 1
                });
                state.patched += r.body.len();
                let upload = &mut state.uploads[number];
                if upload.2.is_empty() {
                    upload.2.extend_from_slice(&r.body);
                }
                tus(
                    status,
                    state.uploads[number].2.len(),
                    &format!("/v1/uploads/{number}"),
                )
            }
            ("HEAD", ["uploads", number]) => {
                let n: usize = number.parse().unwrap();
                match state.uploads.get(n) {
                    Some(upload) => tus(200, upload.2.len(), &r.target),
                    None => reply(404, &[], b""),
                }
            }
            ("PATCH", ["uploads", number]) => {
                let n: usize = number.parse().unwrap();
                let at: usize = r.headers["upload-offset"].parse().unwrap();
                state.patched += r.body.len();
                let upload = &mut state.uploads[n];
                if upload.2.len() != at {
                    return problem(Problem::new(Kind::OffsetMismatch, "", noon()));
                }
                upload.2.extend_from_slice(&r.body);
                if upload.2.len() == upload.1 && Digest::of(&upload.2) != upload.0 {
                    upload.2.clear();
                    return problem(Problem::new(Kind::DigestMismatch, "", noon()));
                }
                let now = upload.2.len();
                tus(204, now, &r.target)
            }
            ("PUT", ["dossiers", id, ..]) => self.commit(&mut state, id, &r.body, fault),
            ("GET", ["dossiers", id]) => {
                let id: DossierId = id.parse().unwrap();
                let revisions: Vec<RevisionState> = state
                    .commits
                    .iter()
                    .filter(|((d, _), _)| *d == id)
                    .map(|((_, revision), (digest, receipt))| RevisionState {
                        revision: *revision,
                        digest: *digest,
                        receipt: receipt.clone(),
                    })
                    .collect();
                if revisions.is_empty() {
                    return problem(Problem::new(Kind::DossierUnknown, "", noon()));
                }
                let status = match state.withdrawn {
                    true => "withdrawn",
                    false => "submitted",
                };
                json(&DossierState {
                    dossier: id,
                    unit: unit(),
                    version: 0,
                    status: status.into(),
                    revisions,
                })
            }
            ("GET", ["changes"]) => match &state.changes {
                // what is asked for packed comes packed
                Some(changes) => {
                    assert_eq!(r.headers["accept-encoding"], "zstd");
                    let plain = serde_json::to_vec(changes).unwrap();
                    let packed = zstd::encode_all(plain.as_slice(), 3).unwrap();
                    let kind = ("content-type", "application/json");
                    reply(200, &[kind, ("content-encoding", "zstd")], &packed)
                }
                None => problem(Problem::new(Kind::CursorGone, "", noon())),
            },
            ("GET", ["documents", id]) => {
                // ranges count in the bytes as they are
                assert!(!r.headers.contains_key("accept-encoding"));
                let bytes = state.documents[*id].clone();
                let tag = format!("\"{}\"", Digest::of(&bytes));
                let mut range = r.headers.get("range").map(|v| v.as_str());
                if range.is_some() {
                    // another file since: the whole of it
                    range = range.filter(|_| r.headers["if-range"] == tag);
                }
                let from = range.map(|v| v["bytes=".len()..v.len() - 1].parse::<usize>().unwrap());
                let piece = &bytes[from.unwrap_or(0)..];
                let span = format!(
                    "bytes {}-{}/{}",
                    from.unwrap_or(0),
                    bytes.len() - 1,
                    bytes.len()
                );
                let status = if from.is_some() { 206 } else { 200 };
                let answer = reply(status, &[("content-range", &span), ("etag", &tag)], piece);
                state.served += answer.len();
                answer
            }
            _ => problem(Problem::new(Kind::NotFound, "", noon())),
        }
    }

    fn commit(&self, state: &mut State, id: &str, body: &[u8], fault: Option<&Fault>) -> Vec<u8> {
        let dossier: DossierId = id.parse().unwrap();
        let plain = zstd::decode_all(body).unwrap_or_default();
        let Ok(commit) = serde_json::from_slice::<Commit>(&plain) else {
            return problem(Problem::new(Kind::Malformed, "", noon()));
        };
        let digest = commit.content.digest();
        if let Some((known, receipt)) = state.commits.get(&(dossier, commit.revision)) {
            if *known == digest {
                return json(receipt);
            }
            return problem(Problem::new(Kind::Conflict, "", noon()));
        }
        let wanted = commit.content.entries.iter().map(|e| e.sha256);
        let missing: Vec<Digest> = wanted
            .filter(|d| !state.uploads.iter().any(|u| u.0 == *d && u.1 == u.2.len()))
            .collect();
        if !missing.is_empty() {
            return problem(Problem {
                missing,
                ..Problem::new(Kind::BlobsMissing, "", noon())
            });
        }
        state.seq += 1;
        let revision = commit.revision + u32::from(matches!(fault, Some(Fault::WrongReceipt)));
        let receipt = serde_json::to_string(&Receipt {
            id: dossier,
            unit: commit.unit,
            revision,
            digest,
            received_at: noon(),
            seq: state.seq,
            audit_head: Some(match fault {
                Some(Fault::WrongHead) => digest,
                _ => commit.audit_head,
            }),
        })
        .unwrap();
        let (pem, key) = if matches!(fault, Some(Fault::Forge)) {
            &self.forger
        } else {
            &self.receipts
        };
        let at = noon() + TimeDelta::seconds(1);
        let p7s = hoso_proof::sign_with_key(receipt.as_bytes(), pem, &[], key, at).unwrap();
        let signed = SignedReceipt {
            receipt,
            p7s: base64(&p7s),
        };
        state
            .commits
            .insert((dossier, commit.revision), (digest, signed.clone()));
        let body = serde_json::to_vec(&signed).unwrap();
        reply(201, &[("content-type", "application/json")], &body)
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

type Tls = tokio_rustls::server::TlsStream<tokio::net::TcpStream>;

async fn read_head(stream: &mut Tls, mut buffer: Vec<u8>) -> Option<(Request, Vec<u8>)> {
    loop {
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            let text = String::from_utf8(buffer[..end].to_vec()).unwrap();
            let mut lines = text.split("\r\n");
            let mut first = lines.next().unwrap().split(' ');
            let (method, target) = (first.next().unwrap(), first.next().unwrap());
            let headers = lines
                .map(|l| l.split_once(':').unwrap())
                .map(|(k, v)| (k.to_ascii_lowercase(), v.trim().to_owned()))
                .collect();
            let request = Request {
                method: method.into(),
                target: target.into(),
                headers,
                body: vec![],
                whole: true,
            };
            return Some((request, buffer[end + 4..].to_vec()));
        }
        let mut piece = [0u8; 16 * 1024];
        let n = stream.read(&mut piece).await.ok().filter(|n| *n > 0)?;
        buffer.extend_from_slice(&piece[..n]);
    }
}

/// Reads the body, at most `cut` bytes of it; gives back what follows it.
async fn read_body(stream: &mut Tls, r: &mut Request, mut rest: Vec<u8>, cut: usize) -> Vec<u8> {
    let length = r
        .headers
        .get("content-length")
        .map_or(0, |l| l.parse::<usize>().unwrap());
    let wanted = length.min(cut);
    while rest.len() < wanted {
        let mut piece = [0u8; 16 * 1024];
        match stream.read(&mut piece).await {
            Ok(n) if n > 0 => rest.extend_from_slice(&piece[..n]),
            _ => break,
        }
    }
    let after = rest.split_off(wanted.min(rest.len()));
    r.body = rest;
    r.whole = r.body.len() == length;
    after
}

fn reply(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {status} X\r\ndate: Sun, 22 Nov 2026 04:50:00 GMT\r\n");
    for (name, value) in headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    if status != 204 {
        out.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    out.push_str("\r\n");
    [out.as_bytes(), body].concat()
}

fn tus(status: u16, offset: usize, location: &str) -> Vec<u8> {
    let offset = offset.to_string();
    let headers = [
        ("tus-resumable", "1.0.0"),
        ("upload-offset", offset.as_str()),
        ("location", location),
    ];
    reply(status, &headers, b"")
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    let body = serde_json::to_vec(value).unwrap();
    reply(
        200,
        &[("content-type", "application/json; charset=utf-8")],
        &body,
    )
}

fn problem(problem: Problem) -> Vec<u8> {
    let body = serde_json::to_vec(&problem).unwrap();
    reply(
        problem.status,
        &[("content-type", hoso_portal_api::problem::CONTENT_TYPE)],
        &body,
    )
}

fn html(status: u16) -> Vec<u8> {
    let page = b"<html><body>Xin chao, dang nhap Wi-Fi</body></html>";
    reply(status, &[("content-type", "text/html")], page)
}
