//! Kết nối Kho bạc: the connection file in use, and a newer one in its place while the program runs.

use std::collections::BTreeSet;
use std::path::Path;

use hoso_contract::command::{CompareConnection, GetConnection, RenewConnection};
use hoso_contract::view::{ConnectionChange, ConnectionView};
use hoso_contract::{Code, Fact};
use hoso_domain::id::UnitId;
use hoso_store::{Connection as Db, StoreError, settings, units};
use hoso_sync::api::connection::{Connection, fingerprint, fingerprint_matches};

use crate::clock;
use crate::connection::newer;
use crate::connection::{read, view};
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::{Open, key};

fn kept_fingerprint(db: &Db) -> Result<String, StoreError> {
    Ok(settings::get(db, None, key::FINGERPRINT)?.unwrap_or_default())
}

/// A newer file, and what it may take the place of.
struct Newer {
    file: Connection,
    bytes: Vec<u8>,
    present: Connection,
    /// Units whose portal does not take this PC.
    unknown: BTreeSet<UnitId>,
}

impl Newer {
    fn read(open: &Open, path: &str) -> Result<Self, Error> {
        let (file, bytes) = read(Path::new(path))?;
        let connected = open.connected();
        let present = connected.connection.clone().ok_or(Code::NotFound)?;
        let unknown = connected.courier.unknown();
        let (kept, today) = (open.store.read(units::all)?, clock::day(clock::now()));
        newer::fits(&file, &present, &kept, &unknown, today)?;
        Ok(Self {
            file,
            bytes,
            present,
            unknown,
        })
    }
}

impl Handle<GetConnection> for Engine {
    fn act(&self, _: GetConnection) -> Result<Option<ConnectionView>, Error> {
        let open = self.open()?;
        let fingerprint = open.store.read(kept_fingerprint)?;
        let connected = open.connected();
        Ok(connected.connection.as_ref().map(|c| view(c, &fingerprint)))
    }
}

impl Handle<CompareConnection> for Engine {
    fn act(&self, command: CompareConnection) -> Result<ConnectionChange, Error> {
        let open = self.open()?;
        let new = Newer::read(&open, &command.path)?;
        Ok(open.store.read(|db| {
            let (now, before) = (fingerprint(&new.bytes), kept_fingerprint(db)?);
            let (file, present) = ((&new.file, &*now), (&new.present, &*before));
            newer::change(db, file, present, &new.unknown)
        })?)
    }
}

impl Handle<RenewConnection> for Engine {
    /// The courier goes by the new file when this answers.
    fn act(&self, command: RenewConnection) -> Result<ConnectionView, Error> {
        let open = self.writable()?;
        let new = Newer::read(&open, &command.path)?;
        let fingerprint = fingerprint(&new.bytes);
        if !fingerprint_matches(&new.bytes, &command.fingerprint) {
            return Err(Code::FingerprintMismatch.into());
        }
        let (shown, by) = (view(&new.file, &fingerprint), open.by());
        open.reconnect(self.by_itself, &self.tell, move |tx| {
            let file = (&new.file, &*fingerprint);
            newer::take(tx, file, &new.present, &new.unknown, by)
        })?;
        // other authorities may make other certificates usable
        self.tell(Fact::TokensChanged);
        self.tell(Fact::SessionChanged);
        Ok(shown)
    }
}
