//! What every screen shares: where the program stands, who works, which screen is open, what went
//! wrong last. It holds no data of a screen.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::command::{
    BootUp, CloseWindow, Command, GetSession, HoldWindow, Lock, SelectUnit,
};
use hoso_contract::view::{Boot, PersonChoice, ReadOnly, Session, SignReport};
use hoso_contract::{AppError, Code, Fact};
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::party::Unit;

use crate::screens::tables::TableAsk;
use crate::words::{W, tf};
use crate::{ipc, words};

/// Where the program stands, without the session's data.
#[derive(Clone, PartialEq, Debug)]
pub enum Phase {
    Starting,
    FirstRun,
    Locked(Vec<PersonChoice>),
    Open,
    Unusable {
        error: AppError,
        store: String,
    },
    /// The engine did not even answer.
    Failed(AppError),
}

/// The screen beside the menu.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Screen {
    Today,
    Dossiers,
    Editor(DossierId),
    Sign,
    Outbox,
    Results,
    Books,
    Settings,
    Help,
}

/// What takes an open editor off the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leaving {
    To(Screen),
    Unit(UnitId),
    Lock,
    /// A desk that nobody used for as long as what is not on disk may wait.
    LockUnattended,
    /// The window is to be closed.
    Close,
}

/// A short word at the edge of the window.
#[derive(Clone, PartialEq, Debug)]
pub struct Toast {
    pub key: u32,
    pub text: String,
}

/// Shared signals; copied freely.
#[derive(Clone, Copy)]
pub struct Desk {
    pub phase: RwSignal<Phase>,
    pub session: RwSignal<Option<Session>>,
    pub screen: RwSignal<Screen>,
    /// What is typed in the open editor is not on disk.
    pub unsaved: RwSignal<bool>,
    /// What waits until it is, or until a person gives it up.
    pub leaving: RwSignal<Option<Leaving>>,
    /// The desk was locked unattended, and what was typed last could not be saved: told until somebody
    /// unlocks.
    pub lost: RwSignal<bool>,
    /// A dossier to show first on the screen that is opened next.
    pub wanted: RwSignal<Option<DossierId>>,
    /// The settings lead to the step of a new recovery code.
    pub code_wanted: RwSignal<bool>,
    pub failure: RwSignal<Option<AppError>>,
    pub toasts: RwSignal<Vec<Toast>>,
    /// The dialog "Lập hồ sơ".
    pub creating: RwSignal<bool>,
    /// The dialog in which the columns of a chosen spreadsheet are told.
    pub choosing: RwSignal<bool>,
    pub table: RwSignal<Option<TableAsk>>,
    /// Rises when dossiers changed.
    pub dossiers: RwSignal<u32>,
    pub tokens: RwSignal<u32>,
    pub results: RwSignal<u32>,
    pub link: RwSignal<u32>,
    /// Rises when the unit's PCs are known anew.
    pub devices: RwSignal<u32>,
    /// Rises when a backup was made or failed, or its place changed.
    pub backups: RwSignal<u32>,
    /// A backup, a restore, a check or an export under way: done, of.
    pub long_work: RwSignal<Option<(u64, u64)>>,
    /// Dossier on its way: acknowledged bytes of all.
    pub sending: RwSignal<Option<(DossierId, u64, u64)>>,
    /// Signatures made of those asked for.
    pub signing: RwSignal<Option<(u32, u32)>>,
    /// How the last batch ended, until Ký shows it: the screen may be left meanwhile.
    pub signed: RwSignal<Option<Result<SignReport, AppError>>>,
    /// Another unit was chosen, and nobody said since to sign for it.
    pub unit_changed: RwSignal<bool>,
    /// How much long work this page asked for and has no reply to yet.
    asked: StoredValue<u32>,
    /// The engine makes a backup, whoever asked for it.
    backing_up: StoredValue<bool>,
    /// How often the engine was asked where the program stands.
    boots: StoredValue<u32>,
    refreshing: StoredValue<bool>,
    toast_keys: StoredValue<u32>,
}

impl Desk {
    pub fn new() -> Self {
        Self {
            phase: RwSignal::new(Phase::Starting),
            session: RwSignal::new(None),
            screen: RwSignal::new(Screen::Today),
            unsaved: RwSignal::new(false),
            leaving: RwSignal::new(None),
            lost: RwSignal::new(false),
            wanted: RwSignal::new(None),
            code_wanted: RwSignal::new(false),
            failure: RwSignal::new(None),
            toasts: RwSignal::new(Vec::new()),
            creating: RwSignal::new(false),
            choosing: RwSignal::new(false),
            table: RwSignal::new(None),
            dossiers: RwSignal::new(0),
            tokens: RwSignal::new(0),
            results: RwSignal::new(0),
            link: RwSignal::new(0),
            devices: RwSignal::new(0),
            backups: RwSignal::new(0),
            long_work: RwSignal::new(None),
            sending: RwSignal::new(None),
            signing: RwSignal::new(None),
            signed: RwSignal::new(None),
            unit_changed: RwSignal::new(false),
            asked: StoredValue::new(0),
            backing_up: StoredValue::new(false),
            boots: StoredValue::new(0),
            refreshing: StoredValue::new(false),
            toast_keys: StoredValue::new(0),
        }
    }

    /// Asks the engine where the program stands.
    pub fn boot(self) {
        let number = self.boots.get_value().wrapping_add(1);
        self.boots.set_value(number);
        spawn_local(async move {
            let answer = ipc::call(BootUp {}).await;
            let newest = self.boots.get_value() == number;
            // asked twice, answered twice: the second answer must not undo what came of the first
            if !newest && self.phase.get_untracked() != Phase::Starting {
                return;
            }
            match answer {
                Ok(boot) => self.take_boot(boot),
                Err(error) => self.phase.set(Phase::Failed(error)),
            }
        });
    }

    pub fn take_boot(self, boot: Boot) {
        match boot {
            Boot::FirstRun => self.phase.set(Phase::FirstRun),
            Boot::Locked { people } => {
                self.session.set(None);
                self.failure.set(None);
                self.phase.set(Phase::Locked(people));
            }
            Boot::Open(session) => self.open(session),
            Boot::Unusable { error, store } => self.phase.set(Phase::Unusable { error, store }),
        }
    }

    /// Takes a session over and shows the frame.
    pub fn open(self, session: Session) {
        words::use_language(&session.settings.language);
        self.session.set(Some(session));
        if self.phase.get_untracked() != Phase::Open {
            self.lost.set(false);
            self.screen.set(Screen::Today);
            self.phase.set(Phase::Open);
        }
    }

    /// Reads the session again; many facts in a row make one reading.
    pub fn refresh(self) {
        if self.phase.get_untracked() != Phase::Open || self.refreshing.get_value() {
            return;
        }
        self.refreshing.set_value(true);
        set_timeout(
            move || {
                spawn_local(async move {
                    self.refreshing.set_value(false);
                    match ipc::call(GetSession {}).await {
                        Ok(session) => self.open(session),
                        Err(error) if error.code == Code::Locked => self.boot(),
                        Err(_) => {}
                    }
                });
            },
            Duration::from_millis(60),
        );
    }

    pub fn hear(self, fact: Fact) {
        let rise = |s: RwSignal<u32>| s.update(|n| *n = n.wrapping_add(1));
        match fact {
            Fact::DossierChanged { .. } => {
                rise(self.dossiers);
                self.refresh();
            }
            Fact::Sending {
                id,
                acknowledged,
                total,
            } => {
                self.sending.set(Some((id, acknowledged, total)));
            }
            Fact::LinkChanged => {
                rise(self.link);
                self.refresh();
            }
            Fact::TokensChanged => {
                rise(self.tokens);
                self.refresh();
            }
            Fact::ResultsChanged => {
                rise(self.results);
                rise(self.dossiers);
                self.refresh();
            }
            Fact::DevicesChanged => rise(self.devices),
            Fact::SessionChanged => self.refresh(),
            Fact::BackupBegun => {
                self.backing_up.set_value(true);
                self.long_work.update(|w| {
                    w.get_or_insert((0, 0));
                });
            }
            // one that comes after the end of its work is no work
            Fact::BackingUp { done, of } => self.long_work.update(|w| {
                if w.is_some() {
                    *w = Some((done, of));
                }
            }),
            Fact::StoreRead { sound: true } => {}
            Fact::StoreRead { sound: false } => {
                self.failure.set(Some(AppError::new(Code::StoreDamaged)));
                self.refresh();
            }
            Fact::Closing => self.close(),
            Fact::BackupChanged => {
                self.backing_up.set_value(false);
                self.rest();
                rise(self.backups);
                self.refresh();
            }
            // one that comes after the end of its batch is no batch
            Fact::Signing { done, total } => self.signing.update(|s| {
                if s.is_some() {
                    *s = Some((done, total));
                }
            }),
        }
    }

    /// Shows a failed command. A locked store leads to the unlock screen instead.
    pub fn fail(self, error: AppError) {
        if error.code == Code::Locked {
            self.boot();
        } else {
            self.failure.set(Some(error));
        }
    }

    /// A word that goes by itself; the newest takes the place of the one before.
    pub fn toast(self, text: impl Into<String>) {
        let key = self.toast_keys.get_value();
        self.toast_keys.set_value(key.wrapping_add(1));
        self.toasts.set(vec![Toast {
            key,
            text: text.into(),
        }]);
        set_timeout(
            move || self.toasts.update(|all| all.retain(|t| t.key != key)),
            Duration::from_secs(6),
        );
    }

    /// Runs a command; a failure is shown, a reply goes to `then`.
    pub fn run<C: Command>(self, command: C, then: impl FnOnce(C::Reply) + 'static) {
        spawn_local(async move {
            match ipc::call(command).await {
                Ok(reply) => then(reply),
                Err(error) => self.fail(error),
            }
        });
    }

    pub fn go(self, screen: Screen) {
        self.failure.set(None);
        let stays = self.screen.get_untracked() == screen;
        if stays || !self.waits(Leaving::To(screen)) {
            self.screen.set(screen);
        }
    }

    /// Whether something typed must be on disk first: then the editor goes on with `leaving`.
    fn waits(self, leaving: Leaving) -> bool {
        let waits = self.unsaved.get_untracked();
        if waits {
            self.leaving.set(Some(leaving));
        }
        waits
    }

    /// Goes on with what had to wait.
    pub fn leave(self, leaving: Leaving) {
        match leaving {
            Leaving::To(screen) => self.go(screen),
            Leaving::Unit(unit) => self.select_unit(unit),
            Leaving::Lock | Leaving::LockUnattended => self.lock(),
            Leaving::Close => self.close(),
        }
    }

    /// Who wanted to leave stays, and wants nothing elsewhere.
    pub fn stay(self) {
        self.leaving.set(None);
        self.code_wanted.set(false);
    }

    /// Goes where a new recovery code is made.
    pub fn make_code(self) {
        self.go(Screen::Settings);
        self.code_wanted.set(true);
    }

    pub fn edit(self, id: DossierId) {
        self.go(Screen::Editor(id));
    }

    /// Runs a command that tells how far it is, and can be cancelled.
    pub fn run_long<C: Command>(self, command: C, then: impl FnOnce(C::Reply) + 'static) {
        self.begin_long();
        spawn_local(async move {
            let end = ipc::call(command).await;
            self.end_long();
            match end {
                Ok(reply) => then(reply),
                Err(error) => self.fail(error),
            }
        });
    }

    /// A command goes out that tells how far it is.
    pub fn begin_long(self) {
        self.asked.update_value(|n| *n = n.saturating_add(1));
        self.long_work.set(Some((0, 0)));
    }

    /// It was answered.
    pub fn end_long(self) {
        self.asked.update_value(|n| *n = n.saturating_sub(1));
        self.rest();
    }

    /// Long work is over unless there is more of it.
    fn rest(self) {
        if self.asked.get_value() == 0 && !self.backing_up.get_value() {
            self.long_work.set(None);
        }
    }

    pub fn lock(self) {
        if self.waits(Leaving::Lock) {
            return;
        }
        self.run(Lock {}, move |boot| self.take_boot(boot));
    }

    /// Locks a desk that nobody uses. What cannot be saved even now does not keep it open.
    pub fn lock_unattended(self) {
        if !self.waits(Leaving::LockUnattended) {
            self.lock();
        }
    }

    /// Closes the window.
    fn close(self) {
        if self.waits(Leaving::Close) {
            // a page that says nothing is not waited for
            self.run(HoldWindow { unsaved: true }, |()| {});
        } else {
            self.run(CloseWindow {}, |()| {});
        }
    }

    pub fn select_unit(self, unit: UnitId) {
        if self.waits(Leaving::Unit(unit)) {
            return;
        }
        let before = untrack(|| self.unit()).map(|u| u.id);
        self.run(SelectUnit { unit }, move |session| {
            self.open(session);
            self.go(Screen::Today);
            if let Some(now) = untrack(|| self.unit()).filter(|u| Some(u.id) != before) {
                self.unit_changed.set(true);
                self.toast(tf(W::NowWorkingFor, &[&now.name]));
            }
            for s in [self.dossiers, self.results, self.tokens] {
                s.update(|n| *n = n.wrapping_add(1));
            }
        });
    }

    /// The unit chosen now.
    pub fn unit(self) -> Option<Unit> {
        self.session.with(|s| {
            s.as_ref()
                .and_then(|s| s.units.iter().find(|u| u.id == s.unit).cloned())
        })
    }

    pub fn read_only(self) -> bool {
        self.why_read_only().is_some()
    }

    pub fn why_read_only(self) -> Option<ReadOnly> {
        self.session.with(|s| s.as_ref().and_then(|s| s.read_only))
    }

    /// A damaged store is copied no more: the backups there are are the good ones.
    pub fn damaged(self) -> bool {
        self.why_read_only() == Some(ReadOnly::Damaged)
    }
}

/// The shared signals, from any component.
pub fn desk() -> Desk {
    expect_context::<Desk>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: Fact = Fact::BackingUp { done: 1, of: 2 };

    #[test]
    fn what_is_heard_of_work_after_its_end_is_no_work() {
        let owner = Owner::new();
        owner.set();
        let desk = Desk::new();
        let works = || desk.long_work.get_untracked();
        desk.begin_long();
        desk.hear(HALF);
        assert_eq!(works(), Some((1, 2)));
        desk.end_long();
        desk.hear(HALF);
        assert_eq!(works(), None);
    }

    #[test]
    fn who_stays_for_what_is_not_saved_is_led_nowhere_later() {
        let owner = Owner::new();
        owner.set();
        let desk = Desk::new();
        desk.unsaved.set(true);
        desk.make_code();
        let wants = || {
            (
                desk.leaving.get_untracked(),
                desk.code_wanted.get_untracked(),
            )
        };
        assert_eq!(wants(), (Some(Leaving::To(Screen::Settings)), true));
        desk.stay();
        assert_eq!(wants(), (None, false));
        assert_eq!(desk.screen.get_untracked(), Screen::Today);
    }

    #[test]
    fn a_backup_nobody_asked_for_is_work_until_its_end_and_ends_no_other_work() {
        let owner = Owner::new();
        owner.set();
        let desk = Desk::new();
        let works = || desk.long_work.get_untracked();
        desk.hear(Fact::BackupBegun);
        desk.hear(HALF);
        assert_eq!(works(), Some((1, 2)));
        desk.hear(Fact::BackupChanged);
        assert_eq!(works(), None);
        // beside an export
        desk.begin_long();
        desk.hear(Fact::BackupBegun);
        desk.hear(Fact::BackupChanged);
        desk.hear(HALF);
        assert_eq!(works(), Some((1, 2)));
        desk.end_long();
        assert_eq!(works(), None);
    }
}
