//! Ký: what waits for a signature, the tokens on the desk, the batch, Trả lại kế toán.

use std::collections::BTreeMap;

use hoso_contract::command::{FindTokens, GiveBack, Sign, SigningQueue, TryModule};
use hoso_contract::view::{SignItem, SignReport, Signed, TokensView};
use hoso_contract::{AppError, Code, Fact};
use hoso_domain::finding::{Finding, Severity};
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_store::dossiers::{self, Which, select};
use hoso_store::{revisions, settings, tokens};
use hoso_sync::api::connection::Connection;
use hoso_token::{Pin, TokenError};

use super::editor::findings;
use super::paper::pdf;
use crate::clock;
use crate::courier::Order;
use crate::dossier::{account, load};
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::{Open, key};
use crate::signing;
use crate::tokens::{Register, TokenDesk};

impl Handle<SigningQueue> for Engine {
    fn act(&self, _: SigningQueue) -> Result<Vec<SignItem>, Error> {
        let open = self.open()?;
        let unit = open.unit_id();
        let waiting = open.store.read(|db| select(db, unit, Which::ToSign))?;
        let mut items = Vec::new();
        for current in waiting {
            let LocalState::Awaiting { step } = current.revision.state else {
                continue;
            };
            items.push(item(&open, current.dossier.id, step)?);
        }
        Ok(items)
    }
}

fn item(open: &Open, id: DossierId, step: u8) -> Result<SignItem, Error> {
    let loaded = load(&open.store, id)?;
    let (_, first) = loaded.voucher(0)?;
    let unit = loaded.current.dossier.unit;
    let usable = open
        .store
        .read(|db| crate::facts::balances(db, unit, Some(id)))?
        .into_iter()
        .find(|b| b.account == account(first))
        .map(|b| b.usable);
    let mut pages = Vec::new();
    for index in 0..loaded.vouchers().len() {
        let index = u32::try_from(index).map_err(|_| Code::NotFound)?;
        pages.push(hoso_print::pages(&pdf(open, id, index)?)?);
    }
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
        role: signing::role(loaded.vouchers(), step)?,
        usable,
        warnings: findings(open, &loaded)?,
        pages,
    })
}

/// Looks at all modules again and remembers the holder for the status bar.
fn look(engine: &Engine, open: &Open, own: &str) -> Result<TokensView, Error> {
    let unit = open.unit()?;
    let modules = TokenDesk::modules(own);
    let none = BTreeMap::new();
    let register = |tries| Register {
        signers: &unit.signers,
        trust: open.trust.as_ref(),
        now: clock::now(),
        tries,
    };
    let mut view = engine.desk().view(&modules, &register(&none));
    // our own count is per serial, and serials are known only now
    let serials: Vec<String> = view.tokens.iter().map(|t| t.serial.clone()).collect();
    let tries = open.store.read(|db| crate::open::tries(db, &serials))?;
    for token in &mut view.tokens {
        let wrong = tries.get(&token.serial).copied().unwrap_or(0);
        token.wrong_tries = wrong;
        let silent = !token
            .warnings
            .iter()
            .any(|w| w == "count-low" || w == "final-try");
        if wrong > 0 && silent {
            token.warnings.push("unknown".to_owned());
        }
    }
    open.saw_tokens(&view);
    engine.tell(Fact::TokensChanged);
    Ok(view)
}

impl Handle<FindTokens> for Engine {
    fn act(&self, _: FindTokens) -> Result<TokensView, Error> {
        if let Some(connection) = self.unconfirmed() {
            return Ok(first_look(self, &connection));
        }
        let open = self.open()?;
        let own = open.settings()?.module;
        look(self, &open, &own)
    }
}

/// In the first run: measured against the first unit's register; no tries are known yet.
fn first_look(engine: &Engine, connection: &Connection) -> TokensView {
    let trust = crate::connection::signers(connection).ok();
    let register = Register {
        signers: connection
            .units
            .first()
            .map_or(&[], |u| u.signers.as_slice()),
        trust: trust.as_ref(),
        now: clock::now(),
        tries: &BTreeMap::new(),
    };
    engine.desk().view(&TokenDesk::modules(""), &register)
}

impl Handle<TryModule> for Engine {
    fn act(&self, command: TryModule) -> Result<TokensView, Error> {
        let open = self.open()?;
        let path = command.path.trim().to_owned();
        let view = look(self, &open, &path)?;
        if let Some((_, error)) = view.failed.first().filter(|_| !path.is_empty()) {
            return Err(error.clone().into());
        }
        if !open.store.is_read_only() {
            let mut kept = open.settings()?;
            kept.module = path;
            open.store
                .write(move |tx| settings::put(tx, None, key::SETTINGS, &kept))?;
        }
        Ok(view)
    }
}

impl Handle<Sign> for Engine {
    fn act(&self, command: Sign) -> Result<SignReport, Error> {
        let open = self.writable()?;
        let report = batch(self, &open, &command);
        open.courier.order(Order::Look);
        report
    }
}

/// One login, the items in turn. Whatever stops it, what was signed is stored.
fn batch(engine: &Engine, open: &Open, command: &Sign) -> Result<SignReport, Error> {
    let mut report = SignReport {
        items: Vec::new(),
        stopped: None,
    };
    let mut ready: Vec<DossierId> = Vec::new();
    for id in &command.items {
        match may_sign(open, *id, command) {
            Ok(()) => ready.push(*id),
            // found before a try is spent
            Err(error) => report.items.push(Signed {
                id: *id,
                error: Some(error.told()),
            }),
        }
    }
    if ready.is_empty() {
        return Ok(report);
    }
    let modules = TokenDesk::modules(&open.settings()?.module);
    let mut desk = engine.desk();
    let found = desk
        .find(&modules, command.certificate)?
        .ok_or(Code::NoToken)?;
    let serial = found.token.serial.clone();
    let pin = (!found.token.protected_path).then(|| Pin::new(command.pin.0.clone()));
    let host = desk.host(&found.module)?;
    let mut login = match host.open(&serial, command.certificate, pin) {
        Ok(login) => login,
        Err(error) => {
            report.stopped = Some(refused(open, &serial, error)?);
            return Ok(report);
        }
    };
    {
        let serial = serial.clone();
        open.store.write(move |tx| tokens::success(tx, &serial))?;
    }
    let total = u32::try_from(ready.len()).unwrap_or(u32::MAX);
    for (done, id) in (1u32..).zip(ready) {
        match signing::sign(open, id, &found.certificate, &mut login) {
            Ok(()) => report.items.push(Signed { id, error: None }),
            Err(error @ Error::Token(_)) => {
                // removed, hung or crashed: the rest stays as it is, to be signed later
                let told = error.told();
                report.items.push(Signed {
                    id,
                    error: Some(told.clone()),
                });
                report.stopped = Some(told);
                break;
            }
            Err(error) => report.items.push(Signed {
                id,
                error: Some(error.told()),
            }),
        }
        engine.tell(Fact::DossierChanged { id });
        engine.tell(Fact::Signing { done, total });
    }
    Ok(report)
}

/// Right state, right person, no error among the findings of today.
fn may_sign(open: &Open, id: DossierId, command: &Sign) -> Result<(), Error> {
    let loaded = load(&open.store, id)?;
    let LocalState::Awaiting { step } = loaded.current.revision.state else {
        return Err(Code::WrongState.into());
    };
    let role = signing::role(loaded.vouchers(), step)?;
    signing::signer(&loaded.unit, role, command.certificate, clock::now())?;
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

/// A login that failed: a spent try is counted, and the token's own word passed on.
fn refused(open: &Open, serial: &str, error: TokenError) -> Result<AppError, Error> {
    let spent = error.spent_a_try();
    let final_try = matches!(&error, TokenError::WrongPin { flags } if flags.final_try);
    let locked = matches!(&error, TokenError::WrongPin { flags } if flags.locked);
    let mut told = Error::from(error).told();
    if spent {
        let (serial, at) = (serial.to_owned(), clock::now());
        let wrong = open
            .store
            .write(move |tx| tokens::wrong_try(tx, &serial, at))?;
        told = told.with("wrong", wrong);
    }
    if final_try {
        told = told.with("final", "1");
    }
    if locked {
        told.code = Code::TokenLocked;
    }
    Ok(told)
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
