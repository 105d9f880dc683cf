//! The open store with the person at work, the unit chosen and what belongs to them.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use chrono::TimeDelta;
use hoso_contract::view::{
    Counts, LinkView, PersonChoice, ReadOnly, RecoveryStanding, Session, Settings, TokenBrief,
    TokensView,
};
use hoso_contract::{AppError, Code};
use hoso_domain::form::Form;
use hoso_domain::id::{PersonId, UnitId};
use hoso_domain::party::Unit;
use hoso_domain::voucher::FormRef;
use hoso_proof::Trust;
use hoso_store::{
    By, Connection as Db, Recovery, Store, StoreError, Transaction, Vault, settings, units,
};
use hoso_sync::api::connection::Connection;

use crate::clock;
use crate::courier::Courier;
use crate::engine::{ByItself, Tell};
use crate::error::Error;
use crate::inspect::Inspection;
use crate::keeper::Keeper;
use crate::print::Print;
use crate::tokens::Tries;
use crate::watch::Watch;

/// Keys of the table of settings.
pub mod key {
    pub const CONNECTION: &str = "connection";
    /// Of the connection file as it was taken over.
    pub const FINGERPRINT: &str = "connection-fingerprint";
    /// Authorities of receipts of the connection files before.
    pub const FORMER_RECEIPT_CAS: &str = "former-receipt-authorities";
    pub const SETTINGS: &str = "settings";
    pub const UNIT: &str = "unit";
    /// Serials of tokens that were logged in to on this PC.
    pub const TOKENS: &str = "tokens";
    /// Registered certificates seen on a token here, with their ends; kept per unit.
    pub const CERTIFICATES: &str = "certificates";
    /// New certificates the treasury is told of; kept per unit.
    pub const RENEWALS: &str = "renewals";
    /// The unit's PCs as the portal told last; kept per unit.
    pub const DEVICES: &str = "devices";
    /// The account owner's signature for this PC, which the portal has not taken; kept per unit.
    pub const ENROLMENT: &str = "enrolment";
    /// PCs of the unit that are to be ended; kept per unit.
    pub const REVOCATIONS: &str = "revocations";
    /// Large files the portal told of that are still to be brought; kept per unit.
    pub const LARGE: &str = "large-files";
    /// Bytes per second the portal acknowledged last; kept per unit.
    pub const PACE: &str = "pace";
    pub const BACKUP: &str = "backup";
    /// Notices of the treasury that somebody marked read; kept per unit.
    pub const NOTICES_READ: &str = "notices-read";
}

/// A clock that is corrected by the network jumps by less.
const BEHIND: TimeDelta = TimeDelta::minutes(10);

/// Everything that is there while somebody works.
pub struct Open {
    pub store: Arc<Store>,
    pub vault: Mutex<Vault>,
    /// Told without the vault, which a change of slots may hold for long.
    recovery: Mutex<RecoveryStanding>,
    pub person: PersonChoice,
    connected: RwLock<Arc<Connected>>,
    unit: RwLock<UnitId>,
    /// What the last look at the tokens found.
    tokens: Mutex<Option<TokensView>>,
    pub keeper: Keeper,
    pub print: Print,
    /// Follows the tokens; gone once the work ends.
    pub watch: Mutex<Option<Watch>>,
    /// Reads the store's pages; gone once the work ends.
    pub inspection: Mutex<Option<Inspection>>,
}

/// A connection file and the courier that goes by it: replaced as a whole by a newer file's.
pub struct Connected {
    pub connection: Option<Connection>,
    /// The authorities of the signers; `None` without a connection file.
    pub trust: Option<Trust>,
    pub courier: Courier,
}

impl Connected {
    fn start(
        store: &Arc<Store>,
        connection: Option<Connection>,
        person: PersonId,
        by_itself: ByItself,
        tell: &Tell,
    ) -> Arc<Self> {
        let trust = connection
            .as_ref()
            .and_then(|c| crate::connection::signers(c).ok());
        let courier = Courier::start(
            Arc::clone(store),
            connection
                .clone()
                .filter(|_| by_itself == ByItself::Everything),
            person,
            Arc::clone(tell),
        );
        Arc::new(Self {
            connection,
            trust,
            courier,
        })
    }
}

impl Open {
    pub fn new(
        store: Arc<Store>,
        vault: Vault,
        person: PersonChoice,
        by_itself: ByItself,
        tell: Tell,
    ) -> Result<Self, Error> {
        let (connection, unit) = store.read(|db| {
            let connection: Option<Connection> = settings::get(db, None, key::CONNECTION)?;
            let chosen: Option<UnitId> = settings::get(db, None, key::UNIT)?;
            let all = units::all(db)?;
            let unit = all
                .iter()
                .find(|u| Some(u.id) == chosen)
                .or(all.first())
                .ok_or(StoreError::NotFound { what: "unit" })?;
            Ok((connection, unit.id))
        })?;
        store.read(|db| crate::packs::take_kept(db, connection.as_ref()))?;
        let connected = Connected::start(&store, connection, person.person, by_itself, &tell);
        let keeper = Keeper::start(Arc::clone(&store), person.person, by_itself, tell);
        Ok(Self {
            store,
            recovery: Mutex::new(standing(&vault)),
            vault: Mutex::new(vault),
            person,
            connected: RwLock::new(connected),
            unit: RwLock::new(unit),
            tokens: Mutex::new(None),
            keeper,
            print: Print::default(),
            watch: Mutex::new(None),
            inspection: Mutex::new(None),
        })
    }

    /// The connection file in use and its courier. Not to be kept: a newer one may take its place.
    pub fn connected(&self) -> Arc<Connected> {
        let connected = self.connected.read();
        Arc::clone(&connected.unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts the connection `take` gives in the place of the one in use. Its courier has ended by then:
    /// what that one was sending waits again, and a commit it had handed over the next one asks about.
    /// When nothing was taken all goes on by the one before.
    pub fn reconnect(
        &self,
        by_itself: ByItself,
        tell: &Tell,
        take: impl FnOnce(&Transaction<'_>) -> Result<Connection, StoreError> + Send + 'static,
    ) -> Result<(), Error> {
        let mut connected = self
            .connected
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        connected.courier.stop();
        let taken = self.store.write(take);
        let next = match &taken {
            Ok(taken) => Some(taken.clone()),
            Err(_) => connected.connection.clone(),
        };
        *connected = Connected::start(&self.store, next, self.person.person, by_itself, tell);
        Ok(taken.map(drop)?)
    }

    /// The person at work, now: for audit rows.
    pub fn by(&self) -> By {
        By {
            person: self.person.person,
            at: clock::now(),
        }
    }

    pub fn unit_id(&self) -> UnitId {
        *self.unit.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn choose_unit(&self, unit: UnitId) -> Result<(), Error> {
        self.store.read(|db| units::get(db, unit))?;
        *self.unit.write().unwrap_or_else(PoisonError::into_inner) = unit;
        if !self.store.is_read_only() {
            self.store
                .write(move |tx| settings::put(tx, None, key::UNIT, &unit))?;
        }
        Ok(())
    }

    pub fn unit(&self) -> Result<Unit, Error> {
        Ok(self.store.read(|db| units::get(db, self.unit_id()))?)
    }

    /// Keeps what a look at the tokens found; whether it differs from the look before.
    pub fn saw_tokens(&self, view: &TokensView) -> bool {
        let mut kept = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let new = kept.as_ref() != Some(view);
        *kept = Some(view.clone());
        new
    }

    /// Keeps how the recovery codes stand after a change of slots.
    pub fn saw_slots(&self, vault: &Vault) {
        let mut kept = self.recovery.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = standing(vault);
    }

    fn recovery(&self) -> RecoveryStanding {
        *self.recovery.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holder and end of the token that can sign, for the status bar.
    pub fn token(&self) -> Option<TokenBrief> {
        let kept = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().and_then(crate::tokens::brief)
    }

    /// Lets go of the tokens; returns when no look is under way any more.
    pub fn stop_watching(&self) {
        let watch = self
            .watch
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(watch);
    }

    /// The first screen was answered: the pages can be read.
    pub fn inspect(&self) {
        let inspection = self.inspection.lock();
        if let Some(inspection) = &*inspection.unwrap_or_else(PoisonError::into_inner) {
            inspection.begin();
        }
    }

    /// Ends the reading of the store's pages; the next opening begins anew.
    pub fn stop_inspecting(&self) {
        let inspection = self
            .inspection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(inspection);
    }

    pub fn settings(&self) -> Result<Settings, Error> {
        Ok(self.store.read(read_settings)?)
    }

    /// What the frame of the window shows.
    pub fn session(&self) -> Result<Session, Error> {
        let (unit, now) = (self.unit_id(), clock::now());
        let (units, settings, counts, newest) = self.store.read(|db| {
            let newest = hoso_store::listing::newest_change(db)?;
            Ok((
                units::all(db)?,
                read_settings(db)?,
                counts(db, unit)?,
                newest,
            ))
        })?;
        let connected = self.connected();
        let link = match &connected.connection {
            None => LinkView::NotSetUp,
            Some(_) => connected.courier.link(),
        };
        // what was written by a clock that was ahead stays ahead; one set back since is behind again
        let agreed = connected.courier.clock_agreed();
        let agreed = agreed.is_some_and(|at| at <= now + BEHIND);
        Ok(Session {
            person: self.person.clone(),
            units,
            unit,
            read_only: self.store.why_read_only().map(read_only),
            training: connected.connection.as_ref().is_some_and(|c| c.training),
            counts,
            link,
            token: self.token(),
            settings,
            today: clock::day(now),
            backup: self.keeper.age()?,
            recovery: self.recovery(),
            clock_off: connected.courier.clock_off(),
            clock_behind: newest.filter(|newest| *newest > now + BEHIND && !agreed),
        })
    }
}

/// Why nothing can be changed, for the window.
pub fn read_only(why: hoso_store::ReadOnly) -> ReadOnly {
    match why {
        hoso_store::ReadOnly::Damaged => ReadOnly::Damaged,
        hoso_store::ReadOnly::DiskFull => ReadOnly::DiskFull,
        hoso_store::ReadOnly::DiskRefused => ReadOnly::DiskRefused,
    }
}

fn standing(vault: &Vault) -> RecoveryStanding {
    match vault.recovery() {
        Recovery::Confirmed => RecoveryStanding::Confirmed,
        Recovery::Unconfirmed => RecoveryStanding::Unconfirmed,
        Recovery::HandedOver => RecoveryStanding::HandedOver,
    }
}

/// The settings of this PC, or those of a new one.
pub fn read_settings(db: &Db) -> Result<Settings, StoreError> {
    Ok(
        settings::get(db, None, key::SETTINGS)?.unwrap_or_else(|| Settings {
            language: "vi".to_owned(),
            theme: "system".to_owned(),
            zoom: 100,
            zero_tens: "linh".to_owned(),
            module: String::new(),
            paused: false,
            metered: false,
            sending_hours: (0, 0),
            prefer_pss: false,
            lock_after: 15,
        }),
    )
}

fn counts(db: &Db, unit: UnitId) -> Result<Counts, StoreError> {
    let c = hoso_store::listing::counts(db, unit)?;
    Ok(Counts {
        to_sign: c.to_sign,
        waiting: c.waiting,
        answers: c.answers,
    })
}

/// The form a voucher pins, or [`Code::FormUnknown`] where this program does not have that edition.
pub fn form(reference: &FormRef) -> Result<&'static Form, Error> {
    hoso_domain::form::find(reference).ok_or_else(|| {
        AppError::new(Code::FormUnknown)
            .with("form", reference.stem())
            .into()
    })
}

/// What this PC knows of tokens by serial.
pub fn tries(db: &Db, serials: &[String]) -> Result<Tries, StoreError> {
    let mut tries = Tries {
        used: settings::get(db, None, key::TOKENS)?.unwrap_or_default(),
        ..Tries::default()
    };
    for serial in serials {
        let wrong = hoso_store::tokens::wrong_tries(db, serial)?;
        tries.wrong.insert(serial.clone(), wrong);
    }
    Ok(tries)
}
