//! The connection file as the engine keeps it: read, shown, compared with its printed fingerprint.

pub mod newer;

use std::path::Path;

use chrono::NaiveDate;

use hoso_contract::view::{ConnectionPreview, ConnectionView};
use hoso_contract::{AppError, Code};
use hoso_proof::Trust;
use hoso_sync::api::connection::{Connection, ConnectionError, MAX_SIZE, fingerprint};

use crate::error::Error;

/// Reads a file that may be anything.
pub fn read(path: &Path) -> Result<(Connection, Vec<u8>), Error> {
    let unreadable = || AppError::new(Code::FileUnreadable).with("path", path.display());
    let size = path.metadata().map_err(|_| unreadable())?.len();
    if size > MAX_SIZE as u64 {
        return Err(Code::ConnectionMalformed.into());
    }
    let bytes = std::fs::read(path).map_err(|_| unreadable())?;
    let connection = Connection::from_bytes(&bytes).map_err(|error| {
        tracing::warn!(%error, "a connection file was refused");
        AppError::new(match error {
            ConnectionError::TooLarge
            | ConnectionError::Malformed(_)
            | ConnectionError::Newer { .. } => Code::ConnectionMalformed,
            ConnectionError::Inconsistent { .. } => Code::ConnectionForeign,
        })
    })?;
    // authorities that cannot be read would fail only when money waits
    Trust::from_pem(&[&connection.tls_ca, &connection.receipt_ca])
        .and_then(|_| signers(&connection))
        .map_err(|_| AppError::new(Code::ConnectionForeign))?;
    Ok((connection, bytes))
}

/// What the file brings, before anything is taken over.
pub fn preview(connection: &Connection, bytes: &[u8]) -> ConnectionPreview {
    ConnectionPreview {
        portal: connection.portal_name.clone(),
        treasury: connection.treasury.name.clone(),
        training: connection.training,
        units: connection.units.clone(),
        fingerprint: fingerprint(bytes),
        valid_to: connection.valid_to,
    }
}

/// The file as a person knows it; `fingerprint` as it was when it was taken over, else blank.
pub fn view(connection: &Connection, fingerprint: &str) -> ConnectionView {
    ConnectionView {
        portal: connection.portal_name.clone(),
        treasury: connection.treasury.name.clone(),
        training: connection.training,
        address: connection.portal_url.clone(),
        valid_to: connection.valid_to,
        fingerprint: fingerprint.to_owned(),
    }
}

/// Refuses a file past its day.
pub fn still_valid(connection: &Connection, today: NaiveDate) -> Result<(), Error> {
    if today > connection.valid_to {
        return Err(AppError::new(Code::ConnectionForeign)
            .with("valid_to", connection.valid_to.format("%d/%m/%Y"))
            .into());
    }
    Ok(())
}

/// The authorities of the signers' certificates, and of timestamps.
pub fn signers(connection: &Connection) -> Result<Trust, hoso_proof::ProofError> {
    let pems: Vec<&str> = connection.signer_cas.iter().map(String::as_str).collect();
    let trust = Trust::from_pem(&pems)?;
    match &connection.timestamp {
        Some(service) => trust.with_timestamps(&service.ca),
        None => Ok(trust),
    }
}
