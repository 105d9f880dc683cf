//! A desk with tokens of its own, behind the module with scripted faults.

use hoso_contract::command::*;
use hoso_contract::view::*;
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_domain::party::Role;
use hoso_engine::Handle;
use hoso_testkit::shim::{Shim, fingerprint};
use hoso_testkit::world::World;

use crate::desk::{Desk, Wish};

pub const CHIEF: Role = Role::ChiefAccountant;
pub const OWNER: Role = Role::AccountOwner;

/// The desk and the module it was told to use.
pub struct Bench {
    pub desk: Desk,
    pub shim: Shim,
}

impl Bench {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(wish: impl FnOnce(&mut Wish)) -> Self {
        Self::prepared(wish, |_| {})
    }

    /// `first` is done before the program's first run, e.g. to the connection file.
    pub fn prepared(wish: impl FnOnce(&mut Wish), first: impl FnOnce(&Desk)) -> Self {
        let dir = tempfile::tempdir().unwrap().keep();
        // as long as the program, like every desk's world
        let world: &'static World = Box::leak(Box::new(World::new(&dir).unwrap()));
        let shim = Shim::new(&dir, &world.hsm).unwrap();
        let desk = Desk::with(|w| {
            w.world = world;
            w.unit = world.unit.clone();
            wish(w);
        });
        first(&desk);
        desk.first_run();
        let path = shim.module().to_string_lossy().into_owned();
        desk.engine.handle(TryModule { path }).unwrap();
        Self { desk, shim }
    }

    /// Dossiers that wait for the chief accountant.
    pub fn submitted(&self, count: usize) -> Vec<DossierId> {
        submitted(&self.desk, count)
    }

    pub fn command(&self, items: &[DossierId], role: Role, pin: &str) -> Sign {
        Sign {
            items: items.to_vec(),
            certificate: self.desk.world.signer(role).certificate(),
            pin: Secret(pin.to_owned()),
        }
    }

    pub fn sign_with(&self, items: &[DossierId], role: Role, pin: &str) -> SignReport {
        self.desk
            .engine
            .handle(self.command(items, role, pin))
            .unwrap()
    }

    /// With the right PIN.
    pub fn sign(&self, items: &[DossierId], role: Role) -> SignReport {
        self.sign_with(items, role, self.desk.world.signer(role).pin)
    }

    /// Which of them wait for this step.
    pub fn awaiting(&self, items: &[DossierId], step: u8) -> Vec<bool> {
        items
            .iter()
            .map(|id| self.desk.local(*id) == LocalState::Awaiting { step })
            .collect()
    }

    pub fn tokens(&self) -> TokensView {
        self.desk.engine.handle(FindTokens {}).unwrap()
    }

    pub fn token(&self, role: Role) -> TokenView {
        let serial = &self.desk.world.signer(role).token.serial;
        let tokens = self.tokens().tokens;
        tokens.into_iter().find(|t| t.serial == *serial).unwrap()
    }

    /// Every login the module saw, as user and fingerprint.
    pub fn logins(&self) -> Vec<(u64, String)> {
        let one = |call: hoso_testkit::shim::Call| (call.user.unwrap(), call.pins.concat());
        self.shim.logins().into_iter().map(one).collect()
    }
}

/// Dossiers that wait for the chief accountant.
pub fn submitted(desk: &Desk, count: usize) -> Vec<DossierId> {
    let one = |n: usize| {
        let id = desk.draft(&format!("Tiền điện kỳ {n}"), &format!("{}", 1_000_000 + n));
        desk.submit(id);
        id
    };
    (1..=count).map(one).collect()
}

/// What the log says of one user's login with that PIN.
pub fn typed(pin: &str) -> (u64, String) {
    (1, fingerprint(pin.as_bytes()))
}
