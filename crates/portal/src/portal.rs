//! The portal as a value: its data folder, keys and what is shared between requests.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use hoso_domain::party::Treasury;
use hoso_proof::Trust;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use uuid::Uuid;

use crate::blob::Blobs;
use crate::clock::Clock;
use crate::db::{Db, DbError};
use crate::fault::Fault;
use crate::limit::{self, Limits, Load};
use crate::rehearsal::Rehearsal;
use crate::timestamp::Stamps;
use crate::turns::Turns;
use crate::upload::Slot;

/// `portal.json` in the data folder: what does not change while the portal runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) format: u32,
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) treasury: Treasury,
    pub(crate) training: bool,
    /// Largest file taken, in bytes.
    pub(crate) max_file: u64,
    /// Cursors of another epoch are answered with `cursor-gone`.
    pub(crate) epoch: String,
    pub(crate) signer_cas: Vec<String>,
    #[serde(default)]
    pub(crate) limits: Limits,
}

/// The signing certificate of receipts and result documents.
pub(crate) struct Seal {
    pub(crate) certificate: String,
    pub(crate) ca: String,
    pub(crate) key: String,
}

/// A portal over its data folder. Cheap to clone.
#[derive(Clone)]
pub struct Portal(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) root: PathBuf,
    pub(crate) clock: Clock,
    pub(crate) config: Config,
    pub(crate) db: Db,
    pub(crate) blobs: Blobs,
    pub(crate) seal: Seal,
    /// Of signers' certificates, and of timestamps made here.
    pub(crate) signers: Trust,
    /// A training portal's.
    pub(crate) stamps: Option<Stamps>,
    /// Counts feed rows of all units; long-polls wait on it.
    pub(crate) news: watch::Sender<u64>,
    /// Uploads somebody writes to or asks about now.
    pub(crate) slots: Mutex<HashMap<Uuid, Arc<Slot>>>,
    pub(crate) turns: Turns,
    pub(crate) load: Load,
    /// Failed logins since the last success, by officer.
    pub(crate) failures: Mutex<HashMap<String, (u32, i64)>>,
    pub(crate) rehearsal: OnceLock<Rehearsal>,
}

/// Why a data folder cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{} was not prepared: run `hoso-portal init` first", .0.display())]
    NotPrepared(PathBuf),
    #[error("{} cannot be read", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the portal's settings cannot be read")]
    Config(#[source] serde_json::Error),
    #[error("the data folder was written by a newer program (format {0})")]
    Newer(u32),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the portal's state cannot be read: {0}")]
    State(String),
    #[error("a data pack of the portal cannot be taken in")]
    Pack(#[source] crate::pack::PackFault),
    #[error("the signers' authorities cannot be read")]
    Trust(#[source] hoso_proof::ProofError),
    #[error("the portal's authority of timestamps cannot be used")]
    Stamps(#[source] crate::timestamp::StampsError),
}

impl Portal {
    /// Opens a prepared data folder.
    pub fn open(data: &Path) -> Result<Self, OpenError> {
        Self::open_with(data, Clock::system())
    }

    /// [`Portal::open`] with a clock of the caller's.
    pub fn open_with(data: &Path, clock: Clock) -> Result<Self, OpenError> {
        let read = |name: &str| {
            let path = data.join(name);
            std::fs::read_to_string(&path).map_err(|source| OpenError::Read { path, source })
        };
        if !data.join(file::CONFIG).is_file() {
            return Err(OpenError::NotPrepared(data.to_owned()));
        }
        let config: Config =
            serde_json::from_str(&read(file::CONFIG)?).map_err(OpenError::Config)?;
        if config.format > FORMAT {
            return Err(OpenError::Newer(config.format));
        }
        let seal = Seal {
            certificate: read(file::SEAL_CERTIFICATE)?,
            ca: read(file::SEAL_CA)?,
            key: read(file::SEAL_KEY)?,
        };
        crate::pack::take_kept(data, &seal).map_err(OpenError::Pack)?;
        let pems: Vec<&str> = config.signer_cas.iter().map(String::as_str).collect();
        let mut signers = Trust::from_pem(&pems).map_err(OpenError::Trust)?;
        let stamps = match config.training {
            true => Some(Stamps::open(data, &config.name, clock.now()).map_err(OpenError::Stamps)?),
            false => None,
        };
        if let Some(stamps) = &stamps {
            signers = signers
                .with_timestamps(&stamps.ca)
                .map_err(OpenError::Trust)?;
        }
        let blobs = Blobs::open(data).map_err(|source| OpenError::Read {
            path: data.to_owned(),
            source,
        })?;
        let db = Db::open(&data.join(file::DATABASE))?;
        let paused = db
            .call_here(limit::was_paused)
            .map_err(|fault: Fault| OpenError::State(fault.problem.detail))?;
        let load = Load::new(&config.limits, paused);
        Ok(Self(Arc::new(Inner {
            root: data.to_owned(),
            clock,
            db,
            config,
            blobs,
            seal,
            signers,
            stamps,
            news: watch::Sender::new(0),
            slots: Mutex::default(),
            turns: Turns::default(),
            load,
            failures: Mutex::default(),
            rehearsal: OnceLock::new(),
        })))
    }

    /// The address clients were given.
    pub fn url(&self) -> &str {
        &self.0.config.url
    }

    pub(crate) fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.0.clock.now()
    }

    /// Wakes the long-polls.
    pub(crate) fn announce(&self) {
        self.0.news.send_modify(|n| *n = n.wrapping_add(1));
    }
}

/// Version of the data folder.
pub(crate) const FORMAT: u32 = 1;

/// Names in the data folder.
pub(crate) mod file {
    pub(crate) const CONFIG: &str = "portal.json";
    pub(crate) const DATABASE: &str = "portal.db";
    pub(crate) const TLS_CA: &str = "tls-ca.pem";
    pub(crate) const TLS_CERTIFICATE: &str = "tls-cert.pem";
    pub(crate) const TLS_KEY: &str = "tls-key.pem";
    pub(crate) const SEAL_CA: &str = "receipt-ca.pem";
    pub(crate) const SEAL_CERTIFICATE: &str = "receipt-cert.pem";
    pub(crate) const SEAL_KEY: &str = "receipt-key.pem";
    /// From 1.
    pub(crate) fn revocation_list(number: u8) -> String {
        format!("revocation-{number}.crl")
    }
    pub(crate) const STAMP_CA: &str = "timestamp-ca.pem";
    pub(crate) const STAMP_CERTIFICATE: &str = "timestamp-cert.pem";
    pub(crate) const STAMP_KEY: &str = "timestamp-key.pem";
}
