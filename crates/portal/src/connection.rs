//! Connection files of a portal: the first ones, and another when its address, its authorities or the
//! last day of the file before changed. It refuses to put a code or a number into two of them.

use chrono::{DateTime, Datelike as _, Days, Utc};
use hoso_domain::party::Unit;
use hoso_portal_api::connection::{Enrolment, FORMAT, TimestampService};
use hoso_portal_api::{Connection, path};
use rusqlite::Transaction;

use crate::fault::Fault;
use crate::portal::{Config, Portal, file};
use crate::setup::{SetupError, host_of, write};
use crate::timestamp::Stamps;
use crate::{authority, clock, db, keep, numbers};

/// One-time codes per unit and connection file.
const CODES: usize = 4;
/// For how many days a file may be taken over.
const DAYS: Days = Days::new(365);

/// What a further connection file is for.
#[derive(Clone, Debug, Default)]
pub struct Further {
    /// `https://host:port`, the portal's address from its next start on; `None`: as it is.
    pub url: Option<String>,
    pub tls: TlsWish,
    /// Mã ĐVQHNS; empty: every unit of the portal.
    pub units: Vec<String>,
}

/// What becomes of the portal's TLS authority.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TlsWish {
    /// Kept while its certificate is good for the address and until the file's last day.
    #[default]
    Keep,
    /// Another one: the key became known, say.
    New,
}

impl Portal {
    /// Writes another connection file, with codes and numbers of its own, and settles in the data
    /// folder what it says. A portal that runs goes on as it was until it is started again.
    pub fn issue_connection(&self, further: &Further) -> Result<Vec<u8>, SetupError> {
        let (root, now) = (&self.0.root, self.now());
        let mut config = self.0.config.clone();
        if let Some(url) = &further.url {
            config.url.clone_from(url);
        }
        let host = host_of(&config.url)
            .ok_or(SetupError::Unusable("the address is not https://host:port"))?;
        let units = self.units_by_code(&further.units)?;

        let read = |name| {
            let path = root.join(name);
            std::fs::read_to_string(&path).map_err(|source| SetupError::Read { path, source })
        };
        let end = now.checked_add_days(DAYS).unwrap_or(now);
        let good = authority::serves(&read(file::TLS_CERTIFICATE)?, &host, end)
            .map_err(SetupError::Authority)?;
        if further.tls == TlsWish::New || !good {
            let tls = authority::tls(&host, &config.name, now).map_err(SetupError::Authority)?;
            // the certificate last: cut off before it, the next call makes all three again
            write(root, file::TLS_CA, tls.ca.as_bytes())?;
            write(root, file::TLS_KEY, tls.key.as_bytes())?;
            write(root, file::TLS_CERTIFICATE, tls.certificate.as_bytes())?;
            tracing::warn!("a new TLS authority: files handed out before do not reach the portal");
        }
        if config.url != self.0.config.url {
            config.write(root)?;
        }
        let contents = Contents {
            config: &config,
            tls_ca: &read(file::TLS_CA)?,
            receipt_ca: &self.0.seal.ca,
            stamps: self.0.stamps.as_ref(),
            lists: (1..=u8::MAX)
                .take_while(|n| root.join(file::revocation_list(*n)).is_file())
                .collect(),
        };
        let issued = self
            .0
            .db
            .call_here(|tx| contents.issue(tx, &units, now))
            .map_err(|fault| SetupError::Fill(fault.problem.detail))?;
        Ok(issued)
    }

    fn units_by_code(&self, codes: &[String]) -> Result<Vec<Unit>, SetupError> {
        let all = self.0.db.call_here(|tx| {
            let mut statement = tx.prepare("SELECT data FROM unit ORDER BY code")?;
            let rows = statement.query_map([], |r| r.get::<_, String>(0))?;
            let texts: Vec<String> = rows.collect::<Result<_, _>>()?;
            texts.iter().map(|text| db::json(text)).collect()
        });
        let mut units: Vec<Unit> = all.map_err(|fault| SetupError::Fill(fault.problem.detail))?;
        if let Some(code) = codes.iter().find(|c| units.iter().all(|u| u.code != **c)) {
            return Err(SetupError::NoSuchUnit(code.clone()));
        }
        units.retain(|u| codes.is_empty() || codes.contains(&u.code));
        Ok(units)
    }
}

/// What all connection files of a portal say.
pub(crate) struct Contents<'a> {
    pub(crate) config: &'a Config,
    pub(crate) tls_ca: &'a str,
    pub(crate) receipt_ca: &'a str,
    pub(crate) stamps: Option<&'a Stamps>,
    /// Numbers of the revocation lists the portal passes on.
    pub(crate) lists: Vec<u8>,
}

impl Contents<'_> {
    /// A file for `units`: the portal knows its codes and numbers from then on.
    pub(crate) fn issue(
        &self,
        tx: &Transaction<'_>,
        units: &[Unit],
        now: DateTime<Utc>,
    ) -> Result<Vec<u8>, Fault> {
        let Config {
            name,
            url,
            treasury,
            training,
            signer_cas,
            ..
        } = self.config;
        let today = clock::day(now);
        let mut enrolments = Vec::new();
        for unit in units {
            let codes: Vec<String> = (0..CODES).map(|_| keep::code()).collect();
            for code in &codes {
                tx.execute(
                    "INSERT INTO enrolment_code (code_sha256, unit_id) VALUES (?1, ?2)",
                    (keep::hashed(code), unit.id.to_string()),
                )?;
            }
            let numbers = numbers::next_free(tx, unit.id, today.year(), "")?;
            let key = format!("{}-{}", numbers::CONNECTION, numbers.first);
            numbers::keep(tx, &unit.id.to_string(), &numbers, &key, now)?;
            enrolments.push(Enrolment {
                unit: unit.id,
                codes,
                numbers,
            });
        }
        let connection = Connection {
            format: FORMAT,
            portal_name: name.clone(),
            portal_url: url.clone(),
            treasury: treasury.clone(),
            training: *training,
            tls_ca: self.tls_ca.to_owned(),
            receipt_ca: self.receipt_ca.to_owned(),
            signer_cas: signer_cas.clone(),
            units: units.to_vec(),
            enrolments,
            timestamp: self.stamps.map(|stamps| TimestampService {
                url: format!("{url}{}", path::TIMESTAMP),
                ca: stamps.ca.clone(),
            }),
            revocation_lists: self
                .lists
                .iter()
                .map(|n| format!("{url}{}", path::revocation_list(*n)))
                .collect(),
            valid_to: today.checked_add_days(DAYS).unwrap_or(today),
        };
        Ok(connection.to_bytes())
    }
}
