//! A device and an officer as plain HTTP clients.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hoso_domain::digest::Digest;
use hoso_domain::id::{DeviceId, DossierId};
use hoso_portal_api::commit::{Commit, SignedReceipt, etag};
use hoso_portal_api::device::{self, Enrol, Enrolled, ProofBody, Revocation, proof_text};
use hoso_portal_api::feed::Changes;
use hoso_portal_api::officer::{self, Act, DossierFile, LoggedIn, Login};
use hoso_portal_api::{Kind, Problem, path, upload};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey as _;
use reqwest::{Method, Response};

use crate::world::now;

/// HTTP with the portal's own authority and no other.
pub fn http(tls_ca: &str) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(tls_ca.as_bytes()).unwrap()])
        .redirect(reqwest::redirect::Policy::none())
        .timeout(std::time::Duration::from_secs(60))
        .build()
        .unwrap()
}

pub struct DeviceClient {
    pub http: reqwest::Client,
    pub base: String,
    pub id: DeviceId,
    pub key: SigningKey,
}

pub fn new_key() -> SigningKey {
    let mut bytes = [0u8; 32];
    loop {
        getrandom::fill(&mut bytes).unwrap();
        if let Ok(key) = SigningKey::from_slice(&bytes) {
            return key;
        }
    }
}

pub fn enrolment(unit_code: &str, code: &str, key: &SigningKey) -> Enrol {
    let der = key.verifying_key().to_public_key_der().unwrap();
    Enrol {
        unit_code: unit_code.to_owned(),
        code: code.to_owned(),
        public_key: STANDARD.encode(der.as_bytes()),
        name: "Máy kế toán".to_owned(),
    }
}

pub async fn enrol(http: &reqwest::Client, base: &str, enrol: &Enrol) -> Response {
    let body = serde_json::to_vec(enrol).unwrap();
    http.post(format!("{base}{}", path::DEVICES))
        .body(body)
        .send()
        .await
        .unwrap()
}

impl DeviceClient {
    pub async fn enrolled(http: reqwest::Client, base: &str, unit_code: &str, code: &str) -> Self {
        let key = new_key();
        let answer = enrol(&http, base, &enrolment(unit_code, code, &key)).await;
        assert_eq!(answer.status(), 201);
        let enrolled: Enrolled = read(answer).await;
        Self {
            http,
            base: base.to_owned(),
            id: enrolled.device,
            key,
        }
    }

    /// A request with its proof; `at` is the device's clock.
    pub fn request_at(
        &self,
        at: DateTime<Utc>,
        method: &str,
        target: &str,
        body: ProofBody<'_>,
    ) -> reqwest::RequestBuilder {
        let time = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let text = proof_text(method, target, &time, body);
        let proof: Signature = self.key.sign(text.as_bytes());
        let url = format!("{}{target}", self.base);
        self.http
            .request(Method::from_bytes(method.as_bytes()).unwrap(), url)
            .header(device::HEADER_DEVICE, self.id.to_string())
            .header(device::HEADER_TIME, time)
            .header(device::HEADER_PROOF, STANDARD.encode(proof.to_bytes()))
    }

    pub fn request(
        &self,
        method: &str,
        target: &str,
        body: ProofBody<'_>,
    ) -> reqwest::RequestBuilder {
        self.request_at(now(), method, target, body)
    }

    pub async fn get(&self, target: &str) -> Response {
        self.request("GET", target, ProofBody::Bytes(b""))
            .send()
            .await
            .unwrap()
    }

    /// A JSON body with its proof.
    pub async fn send_json<T: serde::Serialize>(
        &self,
        method: &str,
        target: &str,
        body: &T,
    ) -> Response {
        let body = serde_json::to_vec(body).unwrap();
        self.request(method, target, ProofBody::Bytes(&body))
            .body(body)
            .send()
            .await
            .unwrap()
    }

    /// Thu hồi máy.
    pub async fn revoke(&self, id: DeviceId, reason: &str) -> Response {
        let body = Revocation {
            reason: reason.to_owned(),
        };
        self.send_json("PUT", &path::revocation(id), &body).await
    }

    pub async fn create(&self, sha256: Digest, length: u64) -> Response {
        self.request("POST", path::UPLOADS, ProofBody::Bytes(b""))
            .header(upload::TUS_RESUMABLE, upload::VERSION)
            .header(upload::UPLOAD_LENGTH, length)
            .header(upload::UPLOAD_METADATA, upload::metadata(sha256))
            .send()
            .await
            .unwrap()
    }

    /// A creation that carries `part` of the bytes.
    pub async fn create_with(&self, sha256: Digest, length: u64, part: &[u8]) -> Response {
        self.request("POST", path::UPLOADS, ProofBody::Upload)
            .header(upload::TUS_RESUMABLE, upload::VERSION)
            .header(upload::UPLOAD_LENGTH, length)
            .header(upload::UPLOAD_METADATA, upload::metadata(sha256))
            .header("content-type", upload::OFFSET_OCTET_STREAM)
            .body(part.to_vec())
            .send()
            .await
            .unwrap()
    }

    pub async fn head(&self, place: &str) -> Response {
        self.request("HEAD", place, ProofBody::Bytes(b""))
            .header(upload::TUS_RESUMABLE, upload::VERSION)
            .send()
            .await
            .unwrap()
    }

    pub fn patch(&self, place: &str, offset: u64) -> reqwest::RequestBuilder {
        self.request("PATCH", place, ProofBody::Upload)
            .header(upload::TUS_RESUMABLE, upload::VERSION)
            .header(upload::UPLOAD_OFFSET, offset)
            .header("content-type", upload::OFFSET_OCTET_STREAM)
    }

    /// Uploads whole.
    pub async fn put_bytes(&self, bytes: &[u8]) {
        let created = self.create(Digest::of(bytes), bytes.len() as u64).await;
        assert!(created.status().is_success(), "{:?}", created);
        if offset(&created) == bytes.len() as u64 {
            return;
        }
        let place = location(&created);
        let sent = self
            .patch(&place, 0)
            .body(bytes.to_vec())
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), 204);
        assert_eq!(offset(&sent), bytes.len() as u64);
    }

    pub async fn commit(&self, id: DossierId, commit: &Commit) -> Response {
        self.commit_to(&path::dossier(id), commit, None).await
    }

    pub async fn commit_later(&self, id: DossierId, commit: &Commit, seen: u64) -> Response {
        self.commit_to(&path::revision(id, commit.revision), commit, Some(seen))
            .await
    }

    async fn commit_to(&self, target: &str, commit: &Commit, seen: Option<u64>) -> Response {
        let body = serde_json::to_vec(commit).unwrap();
        let mut request = self.request("PUT", target, ProofBody::Bytes(&body));
        if let Some(seen) = seen {
            request = request.header("if-match", etag(seen));
        }
        request.body(body).send().await.unwrap()
    }

    /// Uploads and commits; the receipt.
    pub async fn send(&self, id: DossierId, sent: &crate::world::Sent) -> SignedReceipt {
        for blob in &sent.blobs {
            self.put_bytes(blob).await;
        }
        let answer = self.commit(id, &sent.commit).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 201, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    pub async fn changes(&self, cursor: &str, limit: u32, wait: u32) -> Changes {
        let answer = self.get(&path::changes(cursor, limit, wait)).await;
        assert_eq!(answer.status(), 200);
        read(answer).await
    }
}

pub struct OfficerClient {
    pub http: reqwest::Client,
    pub base: String,
    pub token: String,
}

pub async fn login(http: &reqwest::Client, base: &str, name: &str, password: &str) -> Response {
    let login = Login {
        name: name.to_owned(),
        password: password.to_owned(),
    };
    http.post(format!("{base}{}", officer::LOGIN))
        .body(serde_json::to_vec(&login).unwrap())
        .send()
        .await
        .unwrap()
}

impl OfficerClient {
    pub async fn logged_in(http: reqwest::Client, base: &str) -> Self {
        let answer = login(&http, base, crate::world::OFFICER, crate::world::PASSWORD).await;
        assert_eq!(answer.status(), 200);
        let made: LoggedIn = read(answer).await;
        Self {
            http,
            base: base.to_owned(),
            token: made.token,
        }
    }

    pub async fn get(&self, target: &str) -> Response {
        let url = format!("{}{target}", self.base);
        self.http
            .get(url)
            .bearer_auth(&self.token)
            .send()
            .await
            .unwrap()
    }

    pub async fn post<T: serde::Serialize>(&self, target: &str, body: &T) -> Response {
        let url = format!("{}{target}", self.base);
        self.http
            .post(url)
            .bearer_auth(&self.token)
            .body(serde_json::to_vec(body).unwrap())
            .send()
            .await
            .unwrap()
    }

    pub async fn act(&self, id: DossierId, act: &str, body: &Act) -> Response {
        self.post(&officer::act(id, act), body).await
    }

    /// A move that must succeed.
    pub async fn does(&self, id: DossierId, act: &str, body: &Act) -> DossierFile {
        let answer = self.act(id, act, body).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 200, "{act}: {text}");
        serde_json::from_str(&text).unwrap()
    }
}

pub async fn read<T: serde::de::DeserializeOwned>(answer: Response) -> T {
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

/// The problem of a refused request.
pub async fn problem(answer: Response) -> Problem {
    assert!(!answer.status().is_success(), "{answer:?}");
    let kind = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(kind, hoso_portal_api::problem::CONTENT_TYPE);
    read(answer).await
}

pub async fn refused(answer: Response, kind: Kind) -> Problem {
    let problem = problem(answer).await;
    assert_eq!(problem.kind, kind, "{}", problem.detail);
    problem
}

pub fn offset(answer: &Response) -> u64 {
    answer.headers()[upload::UPLOAD_OFFSET]
        .to_str()
        .unwrap()
        .parse()
        .unwrap()
}

pub fn location(answer: &Response) -> String {
    answer.headers()["location"].to_str().unwrap().to_owned()
}
