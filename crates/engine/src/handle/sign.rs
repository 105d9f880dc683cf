//! Ký: what waits for a signature, the batch, Trả lại kế toán.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use hoso_contract::command::{GiveBack, Sign, SigningQueue, StopSigning};
use hoso_contract::state::TokenWarning;
use hoso_contract::view::{SignItem, SignReport, Signed};
use hoso_contract::{AppError, Code, Fact};
use hoso_domain::digest::Digest;
use hoso_domain::finding::{Finding, Severity};
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_domain::party::Unit;
use hoso_store::dossiers::{self, Current, Which, select};
use hoso_store::{StoreError, attachments, revisions, signatures};

use super::editor::{findings, judge};
use super::tokens::{is_default, login, preference, refused, signed, usable};
use crate::clock;
use crate::courier::Order;
use crate::dossier::{Loaded, account, load};
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::Open;
use crate::signing::{self, Made, Pen};
use crate::tokens::{Found, TokenDesk};

impl Handle<SigningQueue> for Engine {
    fn act(&self, _: SigningQueue) -> Result<Vec<SignItem>, Error> {
        let open = self.open()?;
        let unit = open.unit()?;
        let waiting = open.store.read(|db| select(db, unit.id, Which::ToSign))?;
        let mut items = Vec::new();
        for current in waiting {
            let LocalState::Awaiting { step } = current.revision.state else {
                continue;
            };
            items.push(item(&open, &unit, current, step)?);
        }
        Ok(items)
    }
}

/// What a row shows. The pages are read when somebody looks at them.
fn item(open: &Open, unit: &Unit, current: Current, step: u8) -> Result<SignItem, Error> {
    let id = current.dossier.id;
    let attachments = open.store.read(|db| attachments::all(db, id))?;
    let loaded = Loaded {
        current,
        unit: unit.clone(),
        attachments,
    };
    let (_, first) = loaded.voucher(0)?;
    let (warnings, known) = judge(open, &loaded)?;
    let role = signing::role(loaded.vouchers(), step)?;
    let summary = &loaded.current.revision.summary;
    Ok(SignItem {
        id,
        revision: loaded.current.revision.number,
        number: summary.number.clone(),
        form: summary.form.clone(),
        title: summary.title.clone(),
        payee: summary.payee.clone(),
        payee_bank: first.field("payee_bank").to_owned(),
        total: summary.total,
        role,
        usable: known.balances.get(account(first)).copied(),
        warnings,
        vouchers: u32::try_from(loaded.vouchers().len()).unwrap_or(u32::MAX),
        certificates: signing::certificates(unit, role, account(first), clock::now()),
    })
}

impl Handle<Sign> for Engine {
    fn act(&self, command: Sign) -> Result<SignReport, Error> {
        let _batch = self.begin_batch()?;
        let open = self.writable()?;
        let report = batch(self, &open, &command);
        open.connected().courier.order(Order::Look);
        report
    }
}

/// One login, the items in turn. Whatever stops it, what was signed is stored.
fn batch(engine: &Engine, open: &Open, command: &Sign) -> Result<SignReport, Error> {
    let mut report = SignReport {
        items: Vec::new(),
        stopped: None,
        warnings: Vec::new(),
    };
    let mut ready: Vec<DossierId> = Vec::new();
    let refusals = refusals(open, &command.items, command.certificate)?;
    for (id, error) in command.items.iter().copied().zip(refusals) {
        match error {
            None => ready.push(id),
            // found before a try is spent
            error => report.items.push(Signed { id, error }),
        }
    }
    if ready.is_empty() {
        return Ok(report);
    }
    let settings = open.settings()?;
    let mut desk = engine.desk();
    let found = desk
        .find(&TokenDesk::modules(&settings.module), command.certificate)?
        .ok_or(Code::NoToken)?;
    let pen = Pen {
        certificate: &found.certificate,
        between: usable(open, &found)?,
        prefer: preference(&settings),
    };
    let made = sign_each(engine, open, &mut desk, &found, command, &pen, ready);
    desk.end(&found.module);
    // tries and warnings of the token are others now
    engine.tell(Fact::TokensChanged);
    let made = made?;
    report.items.extend(made.items);
    report.warnings = made.warnings;
    report.stopped = made.stopped;
    Ok(report)
}

/// The part of a batch that stands behind the login.
fn sign_each(
    engine: &Engine,
    open: &Open,
    desk: &mut TokenDesk,
    found: &Found,
    command: &Sign,
    pen: &Pen<'_>,
    ready: Vec<DossierId>,
) -> Result<SignReport, Error> {
    let mut report = SignReport {
        items: Vec::new(),
        stopped: None,
        warnings: Vec::new(),
    };
    // locked, or given up, while it waited for the tokens: no PIN is sent
    if engine.is_stopping() {
        report.stopped = Some(AppError::new(Code::SigningStopped));
        return Ok(report);
    }
    let mut login = match login(open, desk, found, &command.pin)? {
        Ok(login) => login,
        Err(told) => {
            report.stopped = Some(told);
            return Ok(report);
        }
    };
    if is_default(&command.pin) {
        report.warnings.push(TokenWarning::DefaultPin.into());
    }
    let total = u32::try_from(ready.len()).unwrap_or(u32::MAX);
    engine.tell(Fact::Signing { done: 0, total });
    let (hand_over, outcomes) = sync_channel(AHEAD);
    std::thread::scope(|scope| {
        let storing = scope.spawn(move || store_each(engine, open, total, outcomes));
        let mut untried = true;
        for id in ready {
            if engine.is_stopping() {
                report.stopped = Some(AppError::new(Code::SigningStopped));
                break;
            }
            let outcome = match signing::sign(open, id, pen, &mut login) {
                Ok(made) => Ok(Arc::new(made)),
                Err(Error::Token(error)) => {
                    // removed, hung, crashed, or a wrong PIN at a key that asks again: the rest stays
                    // as it is, to be signed later
                    let serial = &found.token.serial;
                    let told = refused(open, serial, error).unwrap_or_else(Error::told);
                    report.stopped = Some(told.clone());
                    Err(told)
                }
                Err(error) => Err(error.told()),
            };
            let first = outcome.is_ok() && std::mem::take(&mut untried);
            if hand_over.send((id, outcome)).is_err() || report.stopped.is_some() {
                break;
            }
            if first {
                signed(open, found, &login)?;
            }
        }
        drop(hand_over);
        report.items = storing.join().map_err(|_| StoreError::Defect)?;
        Ok(report)
    })
}

/// Signatures that may wait to be stored: a token that is faster than the disk's flushes goes on meanwhile,
/// and what waits is flushed together. With the power they go, and were told to nobody.
const AHEAD: usize = 8;

/// A signature that is not stored yet, or why there is none.
type Outcome = Result<Arc<Made>, AppError>;

/// Stores what was signed and tells of the dossiers in their order, of a signature once it is on disk.
fn store_each(
    engine: &Engine,
    open: &Open,
    total: u32,
    outcomes: Receiver<(DossierId, Outcome)>,
) -> Vec<Signed> {
    let mut items = Vec::new();
    while let Ok(first) = outcomes.recv() {
        let others = outcomes.try_iter().take(AHEAD);
        let together: Vec<_> = std::iter::once(first).chain(others).collect();
        for item in stored(open, together) {
            let id = item.id;
            items.push(item);
            let done = u32::try_from(items.len()).unwrap_or(u32::MAX);
            engine.tell(Fact::DossierChanged { id });
            engine.tell(Fact::Signing { done, total });
        }
    }
    items
}

/// All at once; where that cannot be, each by itself, so that none is lost by another.
fn stored(open: &Open, together: Vec<(DossierId, Outcome)>) -> Vec<Signed> {
    let made = together
        .iter()
        .filter_map(|(_, outcome)| outcome.clone().ok());
    let at_once = signing::keep(open, made.collect()).is_ok();
    let alone = |made| signing::keep(open, vec![made]).map_err(|e| Error::from(e).told());
    let one = |(id, outcome): (DossierId, Outcome)| {
        let kept = outcome.and_then(|made| if at_once { Ok(()) } else { alone(made) });
        let error = kept.err();
        Signed { id, error }
    };
    together.into_iter().map(one).collect()
}

/// Why each of the dossiers may not be signed. Two threads share them: nothing is written yet.
fn refusals(
    open: &Open,
    items: &[DossierId],
    certificate: Digest,
) -> Result<Vec<Option<AppError>>, Error> {
    let why = |id: &DossierId| may_sign(open, *id, certificate).err().map(Error::told);
    let (first, second) = items.split_at(items.len() / 2);
    std::thread::scope(|scope| {
        let others = scope.spawn(|| second.iter().map(why).collect::<Vec<_>>());
        let mut all: Vec<_> = first.iter().map(why).collect();
        all.extend(others.join().map_err(|_| StoreError::Defect)?);
        Ok(all)
    })
}

/// Right state, right person for role and account, no error among the findings of today.
fn may_sign(open: &Open, id: DossierId, certificate: Digest) -> Result<(), Error> {
    let loaded = load(&open.store, id)?;
    let LocalState::Awaiting { step } = loaded.current.revision.state else {
        return Err(Code::WrongState.into());
    };
    let at = clock::now();
    let (_, first) = loaded.voucher(0)?;
    let role = signing::role(loaded.vouchers(), step)?;
    let signer = signing::signer(&loaded.unit, role, account(first), certificate, at)?;
    let number = loaded.current.revision.number;
    let made = open
        .store
        .read(|db| signatures::of_revision(db, id, number))?;
    signing::earlier_steps_stand(&loaded.unit, account(first), &made, signer.person, at)?;
    let errors = count_errors(&findings(open, &loaded)?);
    if errors > 0 {
        return Err(AppError::new(Code::BlockedByFindings)
            .with("count", errors)
            .into());
    }
    Ok(())
}

fn count_errors(findings: &[Finding]) -> usize {
    findings
        .iter()
        .filter(|f| f.severity == Severity::Error)
        .count()
}

impl Handle<StopSigning> for Engine {
    fn act(&self, _: StopSigning) -> Result<(), Error> {
        self.stop_batch();
        Ok(())
    }
}

impl Handle<GiveBack> for Engine {
    fn act(&self, command: GiveBack) -> Result<(), Error> {
        let open = self.writable()?;
        let id = command.id;
        let current = open.store.read(|db| dossiers::current(db, id))?;
        let (expected, by) = (current.revision.state, open.by());
        if !matches!(expected, LocalState::Awaiting { .. }) {
            return Err(Code::WrongState.into());
        }
        let reason = hoso_domain::text::nfc(command.reason.trim());
        open.store
            .write(move |tx| revisions::give_back(tx, id, &expected, &reason, by).map(|_| ()))?;
        self.tell(Fact::DossierChanged { id });
        Ok(())
    }
}
