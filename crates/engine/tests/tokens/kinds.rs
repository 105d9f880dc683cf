//! The whole desk with tokens of every kind: SoftHSM2, kryoptic, and our own PIV card behind pcscd.

use std::sync::atomic::Ordering;

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::*;
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_domain::party::Role;
use hoso_engine::Handle;
use hoso_testkit::ca::{Issued, KeyType, Usage, Validity, new_key};
use hoso_testkit::kinds::{Kind, Tokens, Wanted};
use hoso_testkit::shim::Act;
use hoso_testkit::world::World;

use crate::bench::{CHIEF, OWNER, submitted, typed};
use crate::desk::Desk;

hoso_testkit::over_every_kind! {
    what_goes_or_comes_stands_in_the_status_bar,
    a_batch_is_one_login_of_each_signer_and_ends_in_the_queue,
    pulled_out_during_a_batch_what_is_signed_stays_and_the_rest_follows_when_it_is_back,
    a_crash_during_a_batch_costs_one_signature_and_leaves_drafts_alone,
    keys_that_ask_each_time_sign_a_batch_with_the_one_pin_that_was_typed,
}

/// A desk whose two signers have tokens of one kind.
struct Over {
    desk: Desk,
    set: Tokens,
    issued: Vec<Issued>,
}

const ROLES: [Role; 2] = [CHIEF, OWNER];
/// Eight digits: kryoptic takes none shorter, a PIV card none longer.
const PINS: [&str; 2] = ["24681357", "13579246"];

fn index(role: Role) -> usize {
    usize::from(role == OWNER)
}

fn pin_of(role: Role) -> &'static str {
    PINS[index(role)]
}

impl Over {
    fn new(kind: Kind) -> Self {
        Self::with(kind, false)
    }

    fn with(kind: Kind, asks: bool) -> Self {
        let dir = tempfile::tempdir().unwrap().keep();
        let world: &'static World = Box::leak(Box::new(World::new(&dir).unwrap()));
        let issue = |role| {
            let signer = world.signer(role);
            let (key, usage) = (new_key(KeyType::Rsa2048).unwrap(), Usage::Signing);
            let (name, title) = (signer.name, signer.title);
            let issued = world
                .ca
                .issue_for(key, name, title, "Xã", usage, Validity::Current);
            issued.unwrap()
        };
        let issued: Vec<Issued> = ROLES.into_iter().map(issue).collect();
        let wanted: Vec<Wanted<'_>> = ROLES
            .into_iter()
            .zip(&issued)
            .map(|(role, issued)| Wanted {
                label: &world.signer(role).token.label,
                pin: PINS[index(role)],
                issued,
                asks,
            })
            .collect();
        let set = Tokens::make(kind, &dir, &wanted).unwrap();
        let desk = Desk::with(|w| {
            w.world = world;
            w.unit = world.unit.clone();
            for (role, issued) in ROLES.into_iter().zip(&issued) {
                let signer = w.unit.signers.iter_mut().find(|s| s.role == role);
                signer.unwrap().certificates = vec![issued.digest];
            }
        });
        desk.first_run();
        let path = set.shim.module().to_string_lossy().into_owned();
        desk.engine.handle(TryModule { path }).unwrap();
        Self { desk, set, issued }
    }

    fn command(&self, items: &[DossierId], role: Role) -> Sign {
        Sign {
            items: items.to_vec(),
            certificate: self.issued[index(role)].digest,
            pin: Secret(pin_of(role).to_owned()),
        }
    }

    fn sign(&self, items: &[DossierId], role: Role) -> SignReport {
        self.desk.engine.handle(self.command(items, role)).unwrap()
    }

    fn signs(&self, items: &[DossierId], role: Role) {
        let report = self.sign(items, role);
        assert_eq!(report.stopped, None);
        assert!(report.items.iter().all(|i| i.error.is_none()), "{report:?}");
    }

    fn states(&self, items: &[DossierId]) -> Vec<LocalState> {
        items.iter().map(|id| self.desk.local(*id)).collect()
    }

    fn logins(&self) -> Vec<(u64, String)> {
        let one = |call: hoso_testkit::shim::Call| (call.user.unwrap(), call.pins.concat());
        self.set.shim.logins().into_iter().map(one).collect()
    }

    fn signatures_begun(&self) -> usize {
        let calls = self.set.shim.calls();
        calls.iter().filter(|c| c.name == "C_Sign").count()
    }

    /// Types into a draft, while whatever else goes on.
    fn types(&self, draft: DossierId, content: &str) {
        let mut view = self.desk.view(draft);
        let fields = &mut view.vouchers[0].fields;
        fields.insert("content".to_owned(), content.to_owned());
        self.desk.save(&view);
    }

    fn content(&self, draft: DossierId) -> String {
        self.desk.view(draft).vouchers[0].fields["content"].clone()
    }
}

fn what_goes_or_comes_stands_in_the_status_bar(kind: Kind) {
    let over = Over::new(kind);
    let shows = |wanted: Option<&str>| {
        over.desk.until("the status bar's word", || {
            let session = over.desk.engine.handle(GetSession {}).unwrap();
            let holder = session.token.map(|t| t.holder);
            (holder.as_deref() == wanted).then_some(())
        });
    };
    let world = over.desk.world;
    let (chief, owner) = (Some(world.chief.name), Some(world.owner.name));
    over.set.pull(1).unwrap();
    shows(chief);
    over.set.pull(0).unwrap();
    shows(None);
    for (index, name) in [(1, owner), (0, chief)] {
        over.set.insert(index).unwrap();
        shows(name);
        over.set.pull(index).unwrap();
        shows(None);
    }
    assert_eq!(over.logins(), []);
}

fn a_batch_is_one_login_of_each_signer_and_ends_in_the_queue(kind: Kind) {
    let over = Over::new(kind);
    let items = submitted(&over.desk, 2);
    for role in ROLES {
        over.signs(&items, role);
    }
    assert_eq!(
        over.states(&items),
        [LocalState::Queued, LocalState::Queued]
    );
    assert_eq!(over.logins(), ROLES.map(|r| typed(pin_of(r))));
    for role in ROLES {
        if let Some(card) = over.set.card(index(role)) {
            assert_eq!(card.verifications(), 1);
        }
    }
}

fn pulled_out_during_a_batch_what_is_signed_stays_and_the_rest_follows_when_it_is_back(kind: Kind) {
    let mut over = Over::new(kind);
    let items = submitted(&over.desk, 3);
    over.signs(&items[..1], CHIEF);
    let report = match over.set.card(0).cloned() {
        None => {
            over.set.shim.rule("C_Sign", 2, Act::Pull).unwrap();
            let report = over.sign(&items[1..], CHIEF);
            over.set.shim.heal().unwrap();
            // one was signed before it went
            assert_eq!(report.items.len(), 2);
            report
        }
        Some(card) => {
            card.hold_signatures(true);
            let report = std::thread::scope(|scope| {
                let signing = scope.spawn(|| over.sign(&items[1..], CHIEF));
                over.desk
                    .until("the card's work", || card.is_signing().then_some(()));
                over.set.pull(0).unwrap();
                signing.join().unwrap()
            });
            card.hold_signatures(false);
            report
        }
    };
    assert_eq!(report.stopped.as_ref().unwrap().code, Code::TokenRemoved);
    let waiting = |step| LocalState::Awaiting { step };
    let states = over.states(&items);
    assert_eq!((&states[0], &states[2]), (&waiting(2), &waiting(1)));
    // not plugged in: no PIN leaves
    let sent = over.logins().len();
    let left: Vec<DossierId> = items
        .iter()
        .zip(states)
        .filter(|(_, state)| *state == waiting(1))
        .map(|(id, _)| *id)
        .collect();
    let error = over.desk.engine.handle(over.command(&left, CHIEF));
    assert_eq!(error.unwrap_err().code, Code::NoToken);
    assert_eq!(over.logins().len(), sent);
    over.desk.engine.handle(FindTokens {}).unwrap();
    let told = || over.desk.heard.tokens.load(Ordering::Relaxed);
    let before = told();
    over.set.insert(0).unwrap();
    // noticed by itself
    over.desk.until("the word that a token came", || {
        (told() > before).then_some(())
    });
    over.signs(&left, CHIEF);
    assert!(over.states(&items).iter().all(|s| *s == waiting(2)));
    let pin = pin_of(CHIEF);
    assert_eq!(over.logins(), [typed(pin), typed(pin), typed(pin)]);
    if let Some(card) = over.set.card(0) {
        assert_eq!(card.verifications(), 3, "one for each time it was typed");
    }
}

fn a_crash_during_a_batch_costs_one_signature_and_leaves_drafts_alone(kind: Kind) {
    let mut over = Over::new(kind);
    let items = submitted(&over.desk, 2);
    let draft = over.desk.draft("Văn phòng phẩm", "2.000.000");
    over.set.shim.rule("C_Sign", 2, Act::Crash).unwrap();
    let report = over.sign(&items, CHIEF);
    assert_eq!(report.stopped.unwrap().code, Code::TokenHostLost);
    over.types(draft, "Văn phòng phẩm quý 4");
    over.set.shim.heal().unwrap();
    over.signs(&items[1..], CHIEF);
    over.signs(&items, OWNER);
    assert_eq!(
        over.states(&items),
        [LocalState::Queued, LocalState::Queued]
    );
    assert_eq!(over.content(draft), "Văn phòng phẩm quý 4");
    assert_eq!(over.logins().len(), 3);
}

fn keys_that_ask_each_time_sign_a_batch_with_the_one_pin_that_was_typed(kind: Kind) {
    let over = Over::with(kind, true);
    let items = submitted(&over.desk, 2);
    over.signs(&items, CHIEF);
    let (_, mark) = typed(pin_of(CHIEF));
    let expected = [1, 2, 2].map(|user| (user, mark.clone()));
    assert_eq!(over.logins(), expected);
}

/// A module that never answers is given up after half a minute: all kinds wait for that side by side.
#[test]
fn while_a_module_of_any_kind_hangs_everything_else_is_answered_and_nothing_is_lost() {
    std::thread::scope(|scope| {
        for kind in Kind::ALL {
            scope.spawn(move || hangs(kind));
        }
    });
}

fn hangs(kind: Kind) {
    let mut over = Over::new(kind);
    let items = submitted(&over.desk, 2);
    let draft = over.desk.draft("Văn phòng phẩm", "2.000.000");
    match over.set.card(0) {
        Some(card) => card.hold_signatures(true),
        None => over.set.shim.rule("C_Sign", 0, Act::Hang).unwrap(),
    }
    let report = std::thread::scope(|scope| {
        let signing = scope.spawn(|| over.sign(&items, CHIEF));
        over.desk.until("a signature that hangs", || {
            (over.signatures_begun() == 1).then_some(())
        });
        over.desk.engine.handle(GetSession {}).unwrap();
        over.types(draft, "Văn phòng phẩm quý 4");
        over.desk.engine.handle(SigningQueue {}).unwrap();
        assert!(!signing.is_finished(), "{kind:?}");
        signing.join().unwrap()
    });
    assert_eq!(report.stopped.unwrap().code, Code::TokenHung, "{kind:?}");
    assert_eq!(over.content(draft), "Văn phòng phẩm quý 4");
    if let Some(card) = over.set.card(0) {
        card.hold_signatures(false);
    }
    over.set.shim.heal().unwrap();
    for role in ROLES {
        over.signs(&items, role);
    }
    assert_eq!(
        over.states(&items),
        [LocalState::Queued, LocalState::Queued]
    );
    let expected = [CHIEF, CHIEF, OWNER].map(|r| typed(pin_of(r)));
    assert_eq!(over.logins(), expected, "{kind:?}");
}
