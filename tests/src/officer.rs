//! The treasury's officer, working over the portal's HTTP interface.

use anyhow::{Context, Result, ensure};
use hoso_domain::finding::Place;
use hoso_domain::id::DossierId;
use hoso_portal_api::device::Revocation;
use hoso_portal_api::feed::Remark;
use hoso_portal_api::officer::{
    self, Act, DeviceFile, DeviceToken, DossierFile, DossierSummary, LoggedIn, Login, SetBalance,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::portal::{OFFICER, PortalProcess};

/// A logged-in officer.
pub struct Officer {
    client: reqwest::Client,
    url: String,
    token: String,
}

impl Officer {
    pub async fn log_in(portal: &PortalProcess) -> Result<Self> {
        let certificate = reqwest::Certificate::from_pem(portal.tls_ca()?.as_bytes())?;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .tls_certs_only([certificate])
            .build()?;
        let mut officer = Self {
            client,
            url: portal.url(),
            token: String::new(),
        };
        let login = Login {
            name: OFFICER.0.to_owned(),
            password: OFFICER.1.to_owned(),
        };
        let logged: LoggedIn = officer.post(officer::LOGIN, &login).await?;
        officer.token = logged.token;
        Ok(officer)
    }

    /// What stands for this login: `Authorization: Bearer`.
    pub fn token(&self) -> &str {
        &self.token
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        let request = self.client.post(format!("{}{path}", self.url)).json(body);
        self.answer(request)
            .await
            .with_context(|| format!("POST {path}"))
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let request = self.client.get(format!("{}{path}", self.url));
        self.answer(request)
            .await
            .with_context(|| format!("GET {path}"))
    }

    async fn answer<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Result<T> {
        let answer = request.bearer_auth(&self.token).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{status}: {text}");
        let text = if text.is_empty() { "null" } else { &text };
        serde_json::from_str(text).with_context(|| format!("not understood: {text}"))
    }

    pub async fn dossiers(&self) -> Result<Vec<DossierSummary>> {
        self.get(officer::DOSSIERS).await
    }

    pub async fn dossier(&self, id: DossierId) -> Result<DossierFile> {
        self.get(&officer::dossier(id)).await
    }

    pub async fn act(&self, id: DossierId, act: &str, body: &Act) -> Result<DossierFile> {
        self.post(&officer::act(id, act), body).await
    }

    /// Thu hồi máy, for every PC there is.
    pub async fn revoke_every_device(&self) -> Result<()> {
        let devices: Vec<DeviceFile> = self.get(officer::DEVICES).await?;
        for device in devices {
            let path = officer::revoke(device.device);
            let why = Revocation {
                reason: "Máy bị mất".to_owned(),
            };
            self.post::<serde_json::Value>(&path, &why).await?;
        }
        Ok(())
    }

    /// What stands for the proof of the one device there is, in other programs' mouths.
    pub async fn device_token(&self) -> Result<String> {
        let devices: Vec<DeviceFile> = self.get(officer::DEVICES).await?;
        let device = devices.first().context("no device is enrolled")?.device;
        let made: DeviceToken = self.post(&officer::token(device), &()).await?;
        Ok(made.token)
    }

    /// Asks for a supplement at one field of the first voucher.
    pub async fn ask_supplement(&self, id: DossierId, field: &str, text: &str) -> Result<()> {
        let place = Place::Field {
            voucher: 0,
            field: field.to_owned(),
        };
        let body = Act {
            text: text.to_owned(),
            remarks: vec![Remark {
                place,
                text: text.to_owned(),
            }],
            ..Act::default()
        };
        self.act(id, "supplement", &body).await.map(|_| ())
    }

    pub async fn set_balance(&self, balance: &SetBalance) -> Result<()> {
        self.post::<serde_json::Value>(officer::BALANCES, balance)
            .await
            .map(|_| ())
    }
}
