//! First start: keys, certificates, units, one-time codes, officers, connection files.
//!
//! It refuses to touch a folder that was prepared before.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike as _, Days, Utc};
use hoso_domain::party::Unit;
use hoso_portal_api::connection::{Enrolment, FORMAT, NumberBlock, TimestampService};
use hoso_portal_api::{Connection, path};
use hoso_proof::revocation::RevocationList;

use crate::clock::Clock;
use crate::db::{Db, DbError, to_json};
use crate::fault::Fault;
use crate::limit::Limits;
use crate::numbers::{BLOCK, CONNECTION};
use crate::portal::{Config, Portal, file};
use crate::timestamp::Stamps;
use crate::{authority, clock, keep, numbers};

/// Largest file taken when nothing else is said: 10 MB.
const MAX_FILE: u64 = 10 * 1024 * 1024;
/// One-time codes per unit and connection file.
const CODES: usize = 4;

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
    #[error("{} cannot be written", path.display())]
    Write {
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
            lists.push(format!("{}{}", setup.url, path::revocation_list(number)));
        }

        let mut codes: Vec<(String, String)> = Vec::new();
        let mut blocks: Vec<(String, NumberBlock)> = Vec::new();
        let mut file_for = |units: &[Unit], block: u32| {
            let enrolments = units
                .iter()
                .map(|unit| {
                    let fresh: Vec<String> = (0..CODES).map(|_| keep::code()).collect();
                    codes.extend(fresh.iter().map(|c| (c.clone(), unit.id.to_string())));
                    let numbers = NumberBlock {
                        year: clock::day(now).year(),
                        series: String::new(),
                        first: block * BLOCK + 1,
                        last: (block + 1) * BLOCK,
                    };
                    blocks.push((unit.id.to_string(), numbers.clone()));
                    Enrolment {
                        unit: unit.id,
                        codes: fresh,
                        numbers,
                    }
                })
                .collect();
            let valid_to = clock::day(now).checked_add_days(Days::new(365));
            Connection {
                format: FORMAT,
                portal_name: setup.name.clone(),
                portal_url: setup.url.clone(),
                treasury: treasury.clone(),
                training: setup.training,
                tls_ca: tls.ca.clone(),
                receipt_ca: seal.ca.clone(),
                signer_cas: setup.signer_cas.clone(),
                units: units.to_vec(),
                enrolments,
                timestamp: stamps.as_ref().map(|stamps| TimestampService {
                    url: format!("{}{}", setup.url, path::TIMESTAMP),
                    ca: stamps.ca.clone(),
                }),
                revocation_lists: lists.clone(),
                valid_to: valid_to.unwrap_or_else(|| clock::day(now)),
            }
            .to_bytes()
        };
        let connection = file_for(&setup.units, 0);
        let per_unit = setup
            .units
            .iter()
            .map(|unit| ConnectionFile {
                unit_code: unit.code.clone(),
                bytes: file_for(std::slice::from_ref(unit), 1),
            })
            .collect();

        let mut officers = Vec::new();
        for officer in &setup.officers {
            let hash = keep::hash_password(&officer.password).map_err(SetupError::Password)?;
            officers.push((officer.name.clone(), hash));
        }
        fill(
            &Db::open(&data.join(file::DATABASE))?,
            &setup.units,
            &codes,
            &blocks,
            &officers,
            now,
        )
        .map_err(|fault| SetupError::Fill(fault.problem.detail))?;

        // Last, so that a folder with settings is a folder that is whole.
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
        let text = serde_json::to_vec_pretty(&config).expect("plain data always serializes");
        write(data, file::CONFIG, &text)?;
        Ok(Prepared {
            connection,
            per_unit,
        })
    }
}

fn fill(
    db: &Db,
    units: &[Unit],
    codes: &[(String, String)],
    blocks: &[(String, NumberBlock)],
    officers: &[(String, String)],
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    db.call_here(|tx| {
        for unit in units {
            tx.execute(
                "INSERT INTO unit (unit_id, code, data) VALUES (?1, ?2, ?3)",
                (unit.id.to_string(), &unit.code, to_json(unit)?),
            )?;
        }
        for (code, unit) in codes {
            tx.execute(
                "INSERT INTO enrolment_code (code_sha256, unit_id) VALUES (?1, ?2)",
                (keep::hashed(code), unit),
            )?;
        }
        for (unit, block) in blocks {
            let key = format!("{CONNECTION}-{}", block.first);
            numbers::keep(tx, unit, block, &key, now)?;
        }
        for (name, password) in officers {
            tx.execute(
                "INSERT INTO officer (name, password) VALUES (?1, ?2)",
                (name, password),
            )?;
        }
        Ok(())
    })
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

fn write(data: &Path, name: &str, bytes: &[u8]) -> Result<(), SetupError> {
    let path = data.join(name);
    keep::write(&path, bytes).map_err(|source| SetupError::Write { path, source })
}

/// The host of `https://host:port`; `None` for anything else.
fn host_of(url: &str) -> Option<String> {
    let authority = url.strip_prefix("https://")?;
    let uri: axum::http::Uri = url.parse().ok()?;
    if authority.contains('/') {
        return None;
    }
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
    Some(host.to_owned())
}
