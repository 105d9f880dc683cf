//! One suite over every kind of token: SoftHSM2, kryoptic, and our own PIV card, which OpenSC reads
//! through pcscd. What a kind cannot show by itself [`Kind::cannot`] says; that this is so is held here
//! as well, and so is the table in docs/TOKENS.md.

use std::path::Path;
use std::time::Duration;

use hoso_testkit::ca::{Issued, KeyType, TestCa, Usage, Validity, new_key};
use hoso_testkit::kinds::{Ability, Kind, PUK, Tokens, Wanted};
use hoso_testkit::piv::Card;
use hoso_testkit::shim::Act;
use hoso_testkit::{wait_for, wait_until};
use hoso_token::{Algorithm, Host, KeyKind, Limits, Login, Pin, TokenError};

use crate::desk::{DATA, behind, helper, logins, pin, typed, verify};
use crate::process::in_memory;

const SOON: Duration = Duration::from_secs(20);
const RSA: Algorithm = Algorithm::RsaPkcs1Sha256;
const PSS: Algorithm = Algorithm::RsaPssSha256;
const EC: Algorithm = Algorithm::EcdsaP256Sha256;
/// Eight digits: kryoptic takes none shorter, a PIV card none longer.
const PINS: [&str; 2] = ["24681357", "13579246"];

hoso_testkit::over_every_kind! {
    every_key_signs_in_every_way_it_offers_and_in_no_other,
    wrong_pins_lead_to_the_lock_and_the_puk_out_of_it,
    a_pin_is_changed_with_one_try,
    coming_and_going_is_noticed_and_costs_no_login,
    pulled_out_between_two_signatures_it_is_removed_and_the_other_signer_goes_on,
    pulled_out_during_a_signature_it_is_removed_and_signs_again_once_it_is_back,
    two_signers_at_two_readers_take_turns_and_neither_pin_opens_the_other,
    a_key_that_asks_each_time_is_given_the_pin_each_time_and_no_more,
    a_hang_and_a_crash_cost_one_signature_and_a_new_process_goes_on,
    after_the_logout_its_process_holds_no_pin_or_is_gone,
}

/// Tokens of one kind, each in a reader of its own, with the signers' certificates.
struct Table {
    set: Tokens,
    issued: Vec<Issued>,
    _dir: tempfile::TempDir,
}

impl Table {
    fn lay(kind: Kind, keys: &[KeyType]) -> Self {
        Self::with(kind, keys, false)
    }

    fn with(kind: Kind, keys: &[KeyType], asks: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ca = TestCa::new("CA").unwrap();
        let names = ["Lo Thi Hoa", "Vang A Su"];
        let issue = |(key, name): (&KeyType, &str)| {
            let (key, usage) = (new_key(*key).unwrap(), Usage::Signing);
            ca.issue_for(key, name, "Kế toán trưởng", "Xã", usage, Validity::Current)
                .unwrap()
        };
        let issued: Vec<Issued> = keys.iter().zip(names).map(issue).collect();
        let wanted: Vec<Wanted<'_>> = issued
            .iter()
            .zip(names.iter().zip(PINS))
            .map(|(issued, (label, pin))| Wanted {
                label,
                pin,
                issued,
                asks,
            })
            .collect();
        let set = Tokens::make(kind, dir.path(), &wanted).unwrap();
        Self {
            set,
            issued,
            _dir: dir,
        }
    }

    /// Behind the module that counts.
    fn host(&self) -> Host {
        behind(&self.set.shim)
    }

    /// With nothing before the module.
    fn bare(&self) -> Host {
        let limits = Limits::default();
        Host::start_with_env(helper(), self.set.module(), self.set.env(), limits).unwrap()
    }

    fn impatient(&self) -> Host {
        let limits = Limits {
            sign: Duration::from_millis(700),
            ..Limits::default()
        };
        Host::start_with_env(helper(), self.set.shim.module(), &[], limits).unwrap()
    }

    fn open_with<'h>(
        &self,
        host: &'h mut Host,
        index: usize,
        pin: Option<Pin>,
    ) -> Result<Login<'h>, TokenError> {
        let serial = &self.set.made[index].serial;
        host.open(serial, self.issued[index].digest, pin)
    }

    fn open<'h>(&self, host: &'h mut Host, index: usize) -> Login<'h> {
        let pin = pin(&self.set.made[index]);
        self.open_with(host, index, pin).unwrap()
    }

    /// One signature, verified.
    fn signs(&self, login: &mut Login<'_>, index: usize, algorithm: Algorithm) {
        let signature = login.sign(DATA, algorithm).unwrap();
        assert!(verify(&self.issued[index], algorithm, &signature));
    }

    fn card(&self, index: usize) -> Option<&Card> {
        self.set.card(index)
    }
}

fn serials(host: &mut Host) -> Vec<String> {
    let mut all: Vec<_> = host.tokens().unwrap().into_iter().collect();
    all.sort_by(|a, b| a.serial.cmp(&b.serial));
    all.into_iter().map(|t| t.serial).collect()
}

fn some(typed: &str) -> Option<Pin> {
    Some(Pin::from(typed))
}

/// What a key signs with, and what a token of that kind must be able to do for it.
fn ways(key: KeyType) -> Vec<(Algorithm, Ability)> {
    match key {
        KeyType::Rsa1024 => vec![],
        KeyType::Rsa2048 => vec![(RSA, Ability::Rsa2048), (PSS, Ability::Pss)],
        KeyType::Rsa3072 => vec![(RSA, Ability::Rsa3072), (PSS, Ability::Pss)],
        KeyType::P256 => vec![(EC, Ability::P256)],
    }
}

fn every_key_signs_in_every_way_it_offers_and_in_no_other(kind: Kind) {
    for keys in [&[KeyType::Rsa2048, KeyType::P256][..], &[KeyType::Rsa3072]] {
        let table = Table::lay(kind, keys);
        let mut host = table.host();
        let survey = host.survey().unwrap();
        assert_eq!(survey.unreadable, []);
        for (index, key) in keys.iter().enumerate() {
            let told = match key {
                KeyType::Rsa1024 => KeyKind::Rsa { bits: 1024 },
                KeyType::Rsa2048 => KeyKind::Rsa { bits: 2048 },
                KeyType::Rsa3072 => KeyKind::Rsa { bits: 3072 },
                KeyType::P256 => KeyKind::EcP256,
            };
            let able = ways(*key).into_iter();
            let able = able.filter(|(_, ability)| kind.cannot(*ability).is_none());
            let able: Vec<Algorithm> = able.map(|(algorithm, _)| algorithm).collect();
            let serial = &table.set.made[index].serial;
            let token = survey.tokens.iter().find(|t| t.serial == *serial);
            let [certificate] = token.unwrap().certificates.as_slice() else {
                panic!("{key:?}: one certificate")
            };
            assert_eq!(certificate.digest, table.issued[index].digest);
            assert_eq!((certificate.kind, &certificate.algorithms), (told, &able));
            let mut login = table.open(&mut host, index);
            for algorithm in [RSA, PSS, EC] {
                if able.contains(&algorithm) {
                    table.signs(&mut login, index, algorithm);
                } else {
                    let refused = Err(TokenError::NoMechanism { algorithm });
                    assert_eq!(login.sign(DATA, algorithm), refused, "{key:?}");
                }
            }
        }
    }
}

fn wrong_pins_lead_to_the_lock_and_the_puk_out_of_it(kind: Kind) {
    let table = Table::lay(kind, &[KeyType::P256]);
    let mut host = table.host();
    let made = &table.set.made[0];
    assert_eq!(kind.tries().is_none(), kind.cannot(Ability::Lock).is_some());
    let mut sent = Vec::new();
    for left in (0..kind.tries().unwrap_or(15)).rev() {
        let wrong = format!("999999{left:02}");
        let result = table.open_with(&mut host, 0, some(&wrong)).map(drop);
        sent.push(typed(1, &wrong));
        let flags = match result {
            Err(TokenError::WrongPin { flags }) => flags,
            // kryoptic's word for the try that locks it
            Err(TokenError::PinLocked { flags }) if kind == Kind::Kryoptic && left == 0 => flags,
            other => panic!("{left} left: {other:?}"),
        };
        let locks = kind.tries().is_some();
        assert_eq!(flags.locked, locks && left == 0, "{left} left");
        if left > 0 {
            let warned = left == 1 && kind.cannot(Ability::FinalTry).is_none();
            assert_eq!(flags.final_try, warned, "{left} left");
        }
        // and the next look says the same before another is spent
        assert_eq!(host.tokens().unwrap()[0].pin.locked, flags.locked);
    }
    let right = table.open_with(&mut host, 0, pin(made)).map(drop);
    match kind.tries() {
        None => {
            assert_eq!(right, Ok(()));
            sent.push(typed(1, &made.pin));
        }
        // the token says that it is locked: the right one is not sent any more
        Some(_) => {
            let error = right.unwrap_err();
            assert!(matches!(error, TokenError::PinLocked { .. }), "{error}");
            assert!(!error.spent_a_try());
        }
    }
    assert_eq!(kind.cannot(Ability::Unblock), None);
    let refused = host.unblock(&made.serial, some("11111111"), some("97531864"));
    assert!(
        matches!(refused, Err(TokenError::WrongPuk { .. })),
        "{refused:?}"
    );
    let after = host
        .unblock(&made.serial, some(PUK), some("97531864"))
        .unwrap();
    assert!(!after.locked);
    sent.extend([typed(0, "11111111"), typed(0, PUK)]);
    let mut login = table.open_with(&mut host, 0, some("97531864")).unwrap();
    sent.push(typed(1, "97531864"));
    table.signs(&mut login, 0, EC);
    drop(login);
    assert_eq!(logins(&table.set.shim), sent);
    if let Some(card) = table.card(0) {
        // each wrong one, and the new one: none was sent twice
        assert_eq!(card.verifications(), 3 + 1);
    }
}

fn a_pin_is_changed_with_one_try(kind: Kind) {
    let table = Table::lay(kind, &[KeyType::P256]);
    let mut host = table.host();
    let made = &table.set.made[0];
    let refused = host.change_pin(&made.serial, some("99999999"), some("97531864"));
    assert!(
        matches!(refused, Err(TokenError::WrongPin { .. })),
        "{refused:?}"
    );
    host.change_pin(&made.serial, pin(made), some("97531864"))
        .unwrap();
    let old = table.open_with(&mut host, 0, pin(made)).map(drop);
    assert!(matches!(old, Err(TokenError::WrongPin { .. })), "{old:?}");
    let mut login = table.open_with(&mut host, 0, some("97531864")).unwrap();
    table.signs(&mut login, 0, EC);
    drop(login);
    let changes = table.set.shim.calls();
    let changes = changes.iter().filter(|c| c.name == "C_SetPIN").count();
    assert_eq!(changes, 2, "one for each time it was typed");
}

fn coming_and_going_is_noticed_and_costs_no_login(kind: Kind) {
    let table = Table::lay(kind, &[KeyType::P256, KeyType::P256]);
    let both = {
        let mut all: Vec<_> = table.set.made.iter().map(|m| m.serial.clone()).collect();
        all.sort();
        all
    };
    let other = vec![table.set.made[1].serial.clone()];
    let mut hosts = vec![table.host()];
    // what is really pulled out is noticed with nothing before the module, too
    let real = kind.cannot(Ability::Removal).is_none();
    hosts.extend(real.then(|| table.bare()));
    for host in &mut hosts {
        assert_eq!(serials(host), both);
        assert!(!host.changed().unwrap());
    }
    for (there, expected) in [(false, &other), (true, &both)] {
        if there {
            table.set.insert(0).unwrap();
        } else {
            table.set.pull(0).unwrap();
        }
        for host in &mut hosts {
            wait_until("the change", SOON, || host.changed().unwrap()).unwrap();
            assert_eq!(serials(host), *expected);
            assert!(!host.changed().unwrap(), "told twice");
        }
    }
    assert_eq!(logins(&table.set.shim), []);
    for index in 0..2 {
        assert_eq!(table.card(index).map_or(0, Card::verifications), 0);
    }
}

fn pulled_out_between_two_signatures_it_is_removed_and_the_other_signer_goes_on(kind: Kind) {
    let table = Table::lay(kind, &[KeyType::P256, KeyType::P256]);
    let mut host = table.host();
    let mut login = table.open(&mut host, 0);
    table.signs(&mut login, 0, EC);
    table.set.pull(0).unwrap();
    let error = login.sign(DATA, EC).unwrap_err();
    assert!(matches!(error, TokenError::TokenRemoved { .. }), "{error}");
    assert_eq!(login.sign(DATA, EC), Err(TokenError::NotOpen));
    drop(login);
    let gone = table
        .open_with(&mut host, 0, pin(&table.set.made[0]))
        .map(drop);
    assert!(
        matches!(gone, Err(TokenError::NoSuchToken { .. })),
        "{gone:?}"
    );
    let mut login = table.open(&mut host, 1);
    table.signs(&mut login, 1, EC);
    drop(login);
    let expected = PINS.map(|pin| typed(1, pin));
    assert_eq!(logins(&table.set.shim), expected);
}

/// Signs while somebody pulls the token out: the card in the middle of its work, else the shim.
fn pulled_while_signing(table: &mut Table, login: &mut Login<'_>) -> TokenError {
    let Some(card) = table.card(0).cloned() else {
        table.set.shim.rule("C_Sign", 0, Act::Pull).unwrap();
        let error = login.sign(DATA, EC).unwrap_err();
        table.set.shim.heal().unwrap();
        return error;
    };
    card.hold_signatures(true);
    let set = &table.set;
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            wait_until("the card's work", SOON, || card.is_signing()).unwrap();
            set.pull(0).unwrap();
        });
        login.sign(DATA, EC).unwrap_err()
    });
    card.hold_signatures(false);
    error
}

fn pulled_out_during_a_signature_it_is_removed_and_signs_again_once_it_is_back(kind: Kind) {
    let mut table = Table::lay(kind, &[KeyType::P256]);
    let mut host = table.host();
    let mut login = table.open(&mut host, 0);
    table.signs(&mut login, 0, EC);
    let error = pulled_while_signing(&mut table, &mut login);
    assert!(matches!(error, TokenError::TokenRemoved { .. }), "{error}");
    assert_eq!(login.sign(DATA, EC), Err(TokenError::NotOpen));
    drop(login);
    table.set.insert(0).unwrap();
    wait_for("the token", SOON, || {
        (host.tokens().unwrap().len() == 1).then_some(())
    })
    .unwrap();
    // back in, it is a token without a login: a wrong PIN is wrong again
    let wrong = table.open_with(&mut host, 0, some("99999999")).map(drop);
    assert!(
        matches!(wrong, Err(TokenError::WrongPin { .. })),
        "{wrong:?}"
    );
    let mut login = table.open(&mut host, 0);
    table.signs(&mut login, 0, EC);
    drop(login);
    let right = || typed(1, PINS[0]);
    let expected = [right(), typed(1, "99999999"), right()];
    assert_eq!(logins(&table.set.shim), expected);
    if let Some(card) = table.card(0) {
        assert_eq!(card.verifications(), 3);
    }
}

fn two_signers_at_two_readers_take_turns_and_neither_pin_opens_the_other(kind: Kind) {
    let table = Table::lay(kind, &[KeyType::Rsa2048, KeyType::P256]);
    let mut host = table.host();
    for _ in 0..2 {
        for (index, algorithm) in [RSA, EC].into_iter().enumerate() {
            let crossed = table.open_with(&mut host, index, some(PINS[1 - index]));
            let crossed = crossed.map(drop);
            assert!(
                matches!(crossed, Err(TokenError::WrongPin { .. })),
                "{crossed:?}"
            );
            let mut login = table.open(&mut host, index);
            table.signs(&mut login, index, algorithm);
        }
    }
}

fn a_key_that_asks_each_time_is_given_the_pin_each_time_and_no_more(kind: Kind) {
    assert_eq!(kind.cannot(Ability::AlwaysAuthenticate), None);
    let table = Table::with(kind, &[KeyType::Rsa2048], true);
    let mut host = table.host();
    let mut login = table.open(&mut host, 0);
    assert!(login.opened().always_authenticate);
    for _ in 0..3 {
        table.signs(&mut login, 0, RSA);
    }
    drop(login);
    let one = |user| typed(user, PINS[0]);
    let expected = [one(1), one(2), one(2), one(2)];
    assert_eq!(logins(&table.set.shim), expected);
    if let Some(card) = table.card(0) {
        assert_eq!(card.verifications(), 4);
    }
}

fn a_hang_and_a_crash_cost_one_signature_and_a_new_process_goes_on(kind: Kind) {
    let mut table = Table::lay(kind, &[KeyType::P256]);
    let mut expected = Vec::new();
    let mut ways: Vec<Option<Act>> = vec![Some(Act::Hang), Some(Act::Crash)];
    // a card that keeps silent by itself
    let real = kind.cannot(Ability::Hang).is_none();
    ways.extend(real.then_some(None));
    for way in ways {
        if let Some(act) = way {
            table.set.shim.rule("C_Sign", 0, act).unwrap();
        } else {
            table.card(0).unwrap().hold_signatures(true);
        }
        let mut host = table.impatient();
        let mut login = table.open(&mut host, 0);
        expected.push(typed(1, PINS[0]));
        let error = login.sign(DATA, EC).unwrap_err();
        let crashed = way == Some(Act::Crash);
        assert_eq!(
            matches!(error, TokenError::HostLost { .. }),
            crashed,
            "{error}"
        );
        assert_eq!(
            matches!(error, TokenError::Hung { .. }),
            !crashed,
            "{error}"
        );
        drop(login);
        assert!(!host.is_alive());
        assert!(!Path::new(&format!("/proc/{}", host.process())).exists());
        table.set.shim.heal().unwrap();
        if let Some(card) = table.card(0) {
            card.hold_signatures(false);
        }
        let mut host = table.host();
        let mut login = table.open(&mut host, 0);
        expected.push(typed(1, PINS[0]));
        table.signs(&mut login, 0, EC);
        drop(login);
    }
    assert_eq!(logins(&table.set.shim), expected);
}

fn after_the_logout_its_process_holds_no_pin_or_is_gone(kind: Kind) {
    let table = Table::lay(kind, &[KeyType::P256]);
    // the module that counts makes copies of its own
    let mut host = table.bare();
    let made = &table.set.made[0];
    let mut login = table.open(&mut host, 0);
    table.signs(&mut login, 0, EC);
    drop(login);
    let process = host.process();
    if kind.cannot(Ability::Wipe).is_none() {
        let hex: String = made.pin.bytes().map(|b| format!("{b:02x}")).collect();
        let patterns = [made.pin.as_bytes(), hex.as_bytes()];
        match in_memory(process, &patterns) {
            Some(found) => {
                assert_eq!(found, Vec::<String>::new());
                // the search can find
                let serial: &[u8] = made.serial.as_bytes();
                assert!(!in_memory(process, &[serial]).unwrap().is_empty());
            }
            None => assert!(!rustix::process::geteuid().is_root()),
        }
    }
    drop(host);
    assert!(!Path::new(&format!("/proc/{process}")).exists());
}

/// The table's lines as they stand in docs/TOKENS.md.
fn lines() -> Vec<String> {
    let names = Kind::ALL.map(Kind::name).join(" | ");
    let mut lines = vec![format!("| what | {names} |")];
    for ability in Ability::ALL {
        let cells = Kind::ALL.map(|kind| match (kind.cannot(ability), ability) {
            (Some(why), _) => why.to_owned(),
            (None, Ability::Lock) => format!("after {}", kind.tries().unwrap_or_default()),
            (None, _) => "yes".to_owned(),
        });
        lines.push(format!("| {} | {} |", ability.words(), cells.join(" | ")));
    }
    lines
}

#[test]
fn the_documents_say_of_each_kind_what_it_shows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/TOKENS.md");
    let document = std::fs::read_to_string(path).unwrap();
    for line in lines() {
        assert!(document.lines().any(|l| l == line), "missing:\n{line}");
    }
}
