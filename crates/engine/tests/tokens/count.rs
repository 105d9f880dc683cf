//! A working day in which much goes wrong, and every PIN and PUK the module was handed in it: what was
//! typed, as often as it was typed, in that order, and nothing else.

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_domain::id::DossierId;
use hoso_domain::party::Role;
use hoso_engine::Handle;
use hoso_testkit::shim::{Act, Fault, fingerprint};

use crate::bench::{Bench, CHIEF, OWNER};

const PUK: &str = "87654321";

/// What stands in the module's log for one call that carried a PIN: name, user of a login, PINs.
type Handed = (String, Option<u64>, Vec<String>);

struct Day {
    bench: Bench,
    /// What was typed so far and had to reach the module.
    typed: Vec<Handed>,
}

impl Day {
    fn begin() -> Self {
        Self {
            bench: Bench::new(),
            typed: Vec::new(),
        }
    }

    fn handed(&self) -> Vec<Handed> {
        let calls = self.bench.shim.calls().into_iter();
        calls
            .filter(|c| !c.pins.is_empty())
            .map(|c| (c.name, c.user, c.pins))
            .collect()
    }

    /// Typed into the strip or beside a test: one login of the user.
    fn login(&mut self, pin: &str) {
        self.call("C_Login", Some(1), &[pin]);
    }

    fn call(&mut self, name: &str, user: Option<u64>, pins: &[&str]) {
        let marks = pins.iter().map(|p| fingerprint(p.as_bytes())).collect();
        self.typed.push((name.to_owned(), user, marks));
        self.nothing_else();
    }

    /// Looks again, as the status bar does all the time, and compares.
    fn nothing_else(&self) {
        self.bench.tokens();
        assert_eq!(self.handed(), self.typed);
    }

    fn pin(&self, role: Role) -> &'static str {
        self.bench.desk.world.signer(role).pin
    }

    fn stopped(&self, items: &[DossierId], pin: &str) -> Code {
        let report = self.bench.sign_with(items, CHIEF, pin);
        report.stopped.unwrap().code
    }

    fn signs(&mut self, items: &[DossierId], role: Role) {
        let report = self.bench.sign(items, role);
        assert_eq!(report.stopped, None);
        assert!(report.items.iter().all(|i| i.error.is_none()), "{report:?}");
        self.login(self.pin(role));
    }
}

/// What cannot be right never leaves, and a wrong one leaves once.
fn wrong_ones(day: &mut Day, items: &[DossierId]) {
    assert_eq!(day.stopped(items, "1"), Code::TokenPinLength);
    day.nothing_else();
    assert_eq!(day.stopped(items, ""), Code::TokenPinLength);
    day.nothing_else();
    let report = day.bench.sign(items, OWNER);
    assert_eq!(report.stopped, None);
    let refused = report.items.iter().all(|i| i.error.is_some());
    assert!(refused, "the owner signs before the chief: {report:?}");
    day.nothing_else();
    assert_eq!(day.stopped(items, "111111"), Code::TokenWrongPin);
    day.login("111111");
}

/// A batch that a person stops, and its rest.
fn stopped_and_resumed(day: &mut Day, items: &[DossierId]) {
    let pin = day.pin(CHIEF);
    day.bench.shim.rule("C_Sign", 2, Act::Wait).unwrap();
    let bench = &day.bench;
    let report = std::thread::scope(|scope| {
        let signing = scope.spawn(|| bench.sign(items, CHIEF));
        let waits = || bench.shim.is_waiting().then_some(());
        bench.desk.until("a signature that waits", waits);
        bench.desk.engine.handle(StopSigning {}).unwrap();
        bench.shim.open_gate().unwrap();
        signing.join().unwrap()
    });
    assert_eq!(report.stopped.unwrap().code, Code::SigningStopped);
    day.bench.shim.heal().unwrap();
    day.login(pin);
    let rest = left(day, items);
    assert_eq!(rest.len(), items.len() - 2);
    day.signs(&rest, CHIEF);
}

/// Those that still wait for the chief.
fn left(day: &Day, items: &[DossierId]) -> Vec<DossierId> {
    let waiting = day.bench.awaiting(items, 1);
    let waiting = items.iter().zip(waiting).filter(|(_, w)| *w);
    waiting.map(|(id, _)| *id).collect()
}

/// A batch whose token is pulled out, a try without it, and the rest; then one whose module crashes.
fn removed_and_crashed(day: &mut Day, items: &[DossierId]) {
    let (first, second) = items.split_at(items.len() / 2);
    let pin = day.pin(CHIEF);
    day.bench.shim.rule("C_Sign", 2, Act::Pull).unwrap();
    assert_eq!(day.stopped(first, pin), Code::TokenRemoved);
    day.login(pin);
    let rest = left(day, first);
    let command = day.bench.command(&rest, CHIEF, pin);
    let away = day.bench.desk.engine.handle(command).unwrap_err();
    assert_eq!(away.code, Code::NoToken);
    day.nothing_else();
    let label = &day.bench.desk.world.chief.token.label;
    day.bench.shim.insert(label).unwrap();
    day.bench.shim.heal().unwrap();
    // back in, and still nobody has typed anything
    day.nothing_else();
    day.signs(&rest, CHIEF);

    day.bench.shim.rule("C_Sign", 1, Act::Crash).unwrap();
    assert_eq!(day.stopped(second, pin), Code::TokenHostLost);
    day.bench.shim.heal().unwrap();
    day.login(pin);
    day.signs(second, CHIEF);
}

/// The test of a token, a new PIN, and the PUK.
fn tested_changed_and_unblocked(day: &mut Day) {
    let (pin, new) = (day.pin(CHIEF), "97531864");
    let test = |day: &mut Day, pin: &str| {
        let certificate = day.bench.desk.world.signer(CHIEF).certificate();
        let pin = Secret(pin.to_owned());
        let test = TestToken { certificate, pin };
        day.bench.desk.engine.handle(test).unwrap().passed
    };
    assert!(!test(day, "222222"));
    day.login("222222");
    assert!(test(day, pin));
    day.login(pin);

    let change = |day: &mut Day, old: &str, new: &str| {
        let token = day.bench.token(CHIEF);
        let change = ChangeTokenPin {
            module: token.module,
            serial: token.serial,
            old: Secret(old.to_owned()),
            new: Secret(new.to_owned()),
        };
        day.bench.desk.engine.handle(change).is_ok()
    };
    assert!(!change(day, "333333", new));
    day.call("C_SetPIN", None, &["333333", new]);
    assert!(!change(day, pin, "1"));
    day.nothing_else();
    assert!(change(day, pin, new));
    day.call("C_SetPIN", None, &[pin, new]);

    let unblock = |day: &mut Day, puk: &str, new: &str| {
        let token = day.bench.token(CHIEF);
        let unblock = UnblockToken {
            module: token.module,
            serial: token.serial,
            puk: Secret(puk.to_owned()),
            new: Secret(new.to_owned()),
        };
        day.bench.desk.engine.handle(unblock).is_ok()
    };
    assert!(!unblock(day, "00000000", pin));
    day.call("C_Login", Some(0), &["00000000"]);
    assert!(!unblock(day, PUK, "1"));
    day.nothing_else();
    assert!(unblock(day, PUK, pin));
    let mark = |text: &str| vec![fingerprint(text.as_bytes())];
    day.typed.push(("C_Login".to_owned(), Some(0), mark(PUK)));
    day.call("C_InitPIN", None, &[pin]);
}

/// Keys that ask each time, then a reader with keys of its own.
fn asked_each_time_and_on_the_reader(day: &mut Day, items: &[DossierId]) {
    let pin = day.pin(CHIEF);
    let faults = |day: &mut Day, fault: Option<Fault>| {
        let change = day.bench.shim.script(|s| {
            s.faults = fault.into_iter().collect();
            s.typed = pin.to_owned();
        });
        change.unwrap();
    };
    let (first, last) = items.split_at(2);
    faults(day, Some(Fault::AlwaysAuthenticate));
    assert_eq!(day.bench.sign(first, CHIEF).stopped, None);
    let (name, mark) = ("C_Login".to_owned(), vec![fingerprint(pin.as_bytes())]);
    for user in [1, 2, 2] {
        day.typed.push((name.clone(), Some(user), mark.clone()));
    }
    day.nothing_else();
    faults(day, Some(Fault::ProtectedPath));
    assert_eq!(day.bench.sign_with(last, CHIEF, "").stopped, None);
    day.typed.push((name, Some(1), vec!["none".to_owned()]));
    day.nothing_else();
    faults(day, None);
}

#[test]
fn over_a_whole_day_the_module_is_handed_what_was_typed_each_time_once_and_nothing_else() {
    let mut day = Day::begin();
    let items = day.bench.submitted(10);
    day.nothing_else();
    wrong_ones(&mut day, &items);
    stopped_and_resumed(&mut day, &items[..3]);
    removed_and_crashed(&mut day, &items[3..7]);
    tested_changed_and_unblocked(&mut day);
    asked_each_time_and_on_the_reader(&mut day, &items[7..]);
    // the program is locked and opened again: the token's PIN is nobody's business there
    day.bench.desk.engine.handle(Lock {}).unwrap();
    day.bench.desk.unlock().unwrap();
    day.nothing_else();
    day.signs(&items, OWNER);
    assert!(left(&day, &items).is_empty());
}
