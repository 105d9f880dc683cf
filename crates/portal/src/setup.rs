//! First start: keys, certificates, units, one-time codes, officers, connection files.
//!
//! It refuses to touch a folder that was prepared before.

use std::path::{Path, PathBuf};

use hoso_domain::party::Unit;
use hoso_proof::revocation::RevocationList;
use rusqlite::Transaction;

use crate::clock::Clock;
use crate::connection::Contents;
use crate::db::{Db, DbError, to_json};
use crate::fault::Fault;
use crate::limit::Limits;
use crate::portal::{Config, Portal, file};
use crate::timestamp::Stamps;
use crate::{authority, keep};

/// Largest file taken when nothing else is said: 10 MB.
const MAX_FILE: u64 = 10 * 1024 * 1024;

/// What a portal is made with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// As users see it, e.g. `Cổng tập huấn KBNN`.
    pub name: String,
    /// `https://host:port`, the address clients are given.
    pub url: String,
    pub training: bool,
    /// At least one; all of one treasury.
    pub units: Vec<Unit>,
    /// Authorities of the signers' certificates, PEM.
    pub signer_cas: Vec<String>,
    /// Their revocation lists, DER or PEM, for a training portal to pass on; it needs none.
    pub revocation_lists: Vec<Vec<u8>>,
    pub officers: Vec<OfficerAccount>,
}

/// Giao dịch viên with access to the console.
#[derive(Clone)]
pub struct OfficerAccount {
    pub name: String,
    pub password: String,
}

impl std::fmt::Debug for OfficerAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OfficerAccount")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What preparing leaves for handing out.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// One for a PC that keeps all units.
    pub connection: Vec<u8>,
    /// One for each unit alone.
    pub per_unit: Vec<ConnectionFile>,
}

/// A connection file for one unit.
#[derive(Clone, Debug)]
pub struct ConnectionFile {
    /// Mã ĐVQHNS.
    pub unit_code: String,
    pub bytes: Vec<u8>,
}

/// Why a portal cannot be prepared.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("{} holds a portal already", .0.display())]
    AlreadyPrepared(PathBuf),
    #[error("{0}")]
    Unusable(&'static str),
    #[error("no unit has the code {0}")]
    NoSuchUnit(String),
    #[error("{} cannot be written", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} cannot be read", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("keys and certificates cannot be made")]
    Authority(#[source] openssl::error::ErrorStack),
    #[error("a signer's authority cannot be read")]
    SignerCa(#[source] hoso_proof::ProofError),
    #[error("a revocation list cannot be read")]
    RevocationList(#[source] hoso_proof::RevocationError),
    #[error("the authority of timestamps cannot be made")]
    Stamps(#[source] crate::timestamp::StampsError),
    #[error("a password cannot be hashed: {0}")]
    Password(argon2::password_hash::Error),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the portal's database refused the setup: {0}")]
    Fill(String),
}

impl Portal {
    /// Prepares the folder `data` and gives the connection files.
    pub fn prepare(data: &Path, setup: &Setup) -> Result<Prepared, SetupError> {
        Self::prepare_with(data, setup, &Clock::system())
    }

    /// [`Portal::prepare`] at the time `clock` shows.
    pub fn prepare_with(data: &Path, setup: &Setup, clock: &Clock) -> Result<Prepared, SetupError> {
        if data.join(file::CONFIG).exists() {
            return Err(SetupError::AlreadyPrepared(data.to_owned()));
        }
        let Some(host) = host_of(&setup.url) else {
            return Err(SetupError::Unusable("the address is not https://host:port"));
        };
        let Some(treasury) = setup.units.first().map(|u| u.treasury.clone()) else {
            return Err(SetupError::Unusable("a portal needs a unit"));
        };
        if setup.signer_cas.is_empty() {
            return Err(SetupError::Unusable(
                "a portal needs an authority of signers",
            ));
        }
        let pems: Vec<&str> = setup.signer_cas.iter().map(String::as_str).collect();
        hoso_proof::Trust::from_pem(&pems).map_err(SetupError::SignerCa)?;

        let now = clock.now();
        let tls = authority::tls(&host, &setup.name, now).map_err(SetupError::Authority)?;
        let seal = authority::receipts(&setup.name, now).map_err(SetupError::Authority)?;
        own_folder(data).map_err(|source| SetupError::Write {
            path: data.to_owned(),
            source,
        })?;
        for (name, text) in [
            (file::TLS_CA, &tls.ca),
            (file::TLS_CERTIFICATE, &tls.certificate),
            (file::TLS_KEY, &tls.key),
            (file::SEAL_CA, &seal.ca),
            (file::SEAL_CERTIFICATE, &seal.certificate),
            (file::SEAL_KEY, &seal.key),
        ] {
            write(data, name, text.as_bytes())?;
        }
        let stamps = match setup.training {
            true => Some(Stamps::open(data, &setup.name, now).map_err(SetupError::Stamps)?),
            false => None,
        };

        let mut lists = Vec::new();
        for (number, bytes) in (1..=u8::MAX).zip(&setup.revocation_lists) {
            let list = RevocationList::read(bytes).map_err(SetupError::RevocationList)?;
            write(data, &file::revocation_list(number), list.der())?;
            lists.push(number);
        }

        let mut officers = Vec::new();
        for officer in &setup.officers {
            let hash = keep::hash_password(&officer.password).map_err(SetupError::Password)?;
            officers.push((officer.name.clone(), hash));
        }
        let config = Config {
            format: crate::portal::FORMAT,
            name: setup.name.clone(),
            url: setup.url.clone(),
            treasury,
            training: setup.training,
            max_file: MAX_FILE,
            epoch: keep::token().chars().take(12).collect(),
            signer_cas: setup.signer_cas.clone(),
            limits: Limits::default(),
        };
        let contents = Contents {
            config: &config,
            tls_ca: &tls.ca,
            receipt_ca: &seal.ca,
            stamps: stamps.as_ref(),
            lists,
        };
        let prepared = Db::open(&data.join(file::DATABASE))?
            .call_here(|tx| {
                fill(tx, &setup.units, &officers)?;
                let connection = contents.issue(tx, &setup.units, now)?;
                let mut per_unit = Vec::new();
                for unit in &setup.units {
                    per_unit.push(ConnectionFile {
                        unit_code: unit.code.clone(),
                        bytes: contents.issue(tx, std::slice::from_ref(unit), now)?,
                    });
                }
                Ok(Prepared {
                    connection,
                    per_unit,
                })
            })
            .map_err(|fault| SetupError::Fill(fault.problem.detail))?;

        // Last, so that a folder with settings is a folder that is whole.
        config.write(data)?;
        Ok(prepared)
    }
}

impl Config {
    pub(crate) fn write(&self, data: &Path) -> Result<(), SetupError> {
        let text = serde_json::to_vec_pretty(self).expect("plain data always serializes");
        write(data, file::CONFIG, &text)
    }
}

fn fill(tx: &Transaction<'_>, units: &[Unit], officers: &[(String, String)]) -> Result<(), Fault> {
    for unit in units {
        tx.execute(
            "INSERT INTO unit (unit_id, code, data) VALUES (?1, ?2, ?3)",
            (unit.id.to_string(), &unit.code, to_json(unit)?),
        )?;
    }
    for (name, password) in officers {
        tx.execute(
            "INSERT INTO officer (name, password) VALUES (?1, ?2)",
            (name, password),
        )?;
    }
    Ok(())
}

/// Made when it is not there; holds secrets, so nobody else may look inside.
fn own_folder(data: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(data)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(data, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

pub(crate) fn write(data: &Path, name: &str, bytes: &[u8]) -> Result<(), SetupError> {
    let path = data.join(name);
    keep::write(&path, bytes).map_err(|source| SetupError::Write { path, source })
}

/// The host of `https://host:port`; `None` for anything else.
pub(crate) fn host_of(url: &str) -> Option<String> {
    let authority = url.strip_prefix("https://")?;
    let uri: axum::http::Uri = url.parse().ok()?;
    if authority.contains('/') {
        return None;
    }
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
    Some(host.to_owned())
}
