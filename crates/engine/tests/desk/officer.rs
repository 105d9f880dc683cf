//! The officer at the portal, by its JSON API.

use hoso_domain::digest::Digest;
use hoso_domain::id::DossierId;
use hoso_domain::party::Unit;
use hoso_portal_api::certificate::CertificateFile;
use hoso_portal_api::officer::{
    self, Act, Decision, DeviceFile, DossierFile, DossierSummary, LoggedIn, Login,
};
use reqwest::{Client, RequestBuilder};
use serde::de::DeserializeOwned;

use super::{Desk, OFFICER, PASSWORD};

/// Logged in at the portal's own address, past whatever stands between it and the clients.
pub struct Officer {
    http: Client,
    base: String,
    token: String,
    runtime: tokio::runtime::Runtime,
}

impl Officer {
    pub fn new(desk: &Desk) -> Self {
        let ca = std::fs::read(desk.path("portal").join("tls-ca.pem")).unwrap();
        // an error: another test was first
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
            .build()
            .unwrap();
        let mut officer = Self {
            http,
            base: format!("https://{}", desk.address),
            token: String::new(),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
        };
        let login = Login {
            name: OFFICER.to_owned(),
            password: PASSWORD.to_owned(),
        };
        let asked = officer
            .http
            .post(format!("{}{}", officer.base, officer::LOGIN))
            .json(&login);
        officer.token = officer.read::<LoggedIn>(asked).token;
        officer
    }

    fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> T {
        self.runtime.block_on(async {
            let answer = request.send().await.unwrap().error_for_status().unwrap();
            answer.json().await.unwrap()
        })
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let url = format!("{}{path}", self.base);
        self.read(self.http.get(url).bearer_auth(&self.token))
    }

    /// Everything the portal has accepted.
    pub fn dossiers(&self) -> Vec<DossierSummary> {
        self.get(officer::DOSSIERS)
    }

    /// Every device of every unit, revoked ones too.
    pub fn devices(&self) -> Vec<DeviceFile> {
        self.get(officer::DEVICES)
    }

    pub fn file(&self, id: DossierId) -> DossierFile {
        self.get(&officer::dossier(id))
    }

    /// Registers or declines a certificate the unit announced.
    pub fn decide(&self, unit: &Unit, certificate: Digest, act: &str, text: &str) {
        let body = Decision {
            text: text.to_owned(),
        };
        let path = officer::certificate(unit.id, certificate, act);
        let url = format!("{}{path}", self.base);
        let asked = self.http.post(url).bearer_auth(&self.token).json(&body);
        self.read::<CertificateFile>(asked);
    }

    /// Puts something into a unit's feed.
    pub fn tell<T: DeserializeOwned>(&self, path: &str, body: &impl serde::Serialize) -> T {
        let url = format!("{}{path}", self.base);
        self.read(self.http.post(url).bearer_auth(&self.token).json(body))
    }

    pub fn act(&self, id: DossierId, act: &str, text: &str) -> DossierFile {
        let body = Act {
            text: text.to_owned(),
            ..Act::default()
        };
        let url = format!("{}{}", self.base, officer::act(id, act));
        self.read(self.http.post(url).bearer_auth(&self.token).json(&body))
    }
}
