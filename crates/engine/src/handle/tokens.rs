//! Tokens on the desk: finding them, testing one, its PIN and PUK.
//!
//! A PIN is handed on once, as typed, and every wrong one is counted by the token's serial.

use std::collections::BTreeSet;
use std::path::PathBuf;

use hoso_contract::command::{
    ChangeTokenPin, FindTokens, Secret, TestToken, TryModule, UnblockToken,
};
use hoso_contract::state::{Obstacle, TestName, TokenWarning};
use hoso_contract::view::{Settings, TestState, TestStep, TokenTest, TokensView};
use hoso_contract::{AppError, Code, Fact};
use hoso_proof::certificate::describe;
use hoso_proof::{ProofError, prepare};
use hoso_store::{settings, tokens};
use hoso_sync::api::connection::Connection;
use hoso_token::training::MODEL;
use hoso_token::{Algorithm, Host, Login, Pin, TokenError};

use crate::clock;
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::{Open, key};
use crate::tokens::{Found, Register, TokenDesk, can_sign, look, look_at};
use crate::{revocation, signing};

/// PINs that issuers hand tokens out with, and that everybody knows. They are compared with what
/// was typed, after it worked; none is ever tried.
const DEFAULTS: &[&str] = &[
    "0000",
    "1234",
    "123456",
    "000000",
    "111111",
    "888888",
    "654321",
    "12345678",
    "00000000",
    "11111111",
    "88888888",
    "87654321",
    "123456789",
    "1234567890",
];

/// What a test signature is made over: no dossier reads like it.
const SENTENCE: &str = "Hoso: ký thử thiết bị, không có giá trị thanh toán";

pub(super) fn is_default(pin: &Secret) -> bool {
    DEFAULTS.contains(&pin.0.as_str())
}

pub(super) fn preference(settings: &Settings) -> Algorithm {
    if settings.prefer_pss {
        Algorithm::RsaPssSha256
    } else {
        Algorithm::RsaPkcs1Sha256
    }
}

/// Refuses a certificate that cannot sign now, before a try is spent on it. Gives the issuers between it
/// and its authority (DER).
pub(super) fn usable(open: &Open, found: &Found) -> Result<Vec<Vec<u8>>, Error> {
    let now = clock::now();
    let refused = |why: Obstacle| {
        let error = AppError::new(Code::CertificateUnusable).with("obstacle", why.as_str());
        Error::from(error)
    };
    let connected = open.connected();
    let training = connected.connection.as_ref().is_some_and(|c| c.training);
    if found.token.model == MODEL && !training {
        return Err(Code::TrainingSignerOnly.into());
    }
    let info = describe(&found.certificate.der)?;
    if now > info.not_after {
        return Err(refused(Obstacle::Expired));
    }
    if now < info.not_before {
        return Err(refused(Obstacle::NotYetValid));
    }
    if !can_sign(&found.certificate) {
        return Err(refused(Obstacle::NoKey));
    }
    let Some(trust) = &connected.trust else {
        return Ok(Vec::new());
    };
    let pool = found.others();
    let path = match trust.path(&found.certificate.der, &pool, now) {
        Ok(path) => path,
        Err(ProofError::KeyUsage) => return Err(refused(Obstacle::NoSigningUsage)),
        Err(error) => {
            tracing::warn!(%error, "a certificate leads to no authority");
            return Err(refused(Obstacle::Untrusted));
        }
    };
    let lists = revocation::kept(&open.store, open.unit_id())?;
    if revocation::is_revoked(&lists, &found.certificate.der, &pool, trust) {
        return Err(refused(Obstacle::Revoked));
    }
    Ok(path.between)
}

/// One try with the PIN just typed. The inner failure is the token's own word, with a wrong try
/// counted. Where the key asks again the PIN was right only once it signed: [`signed`].
pub(super) fn login<'d>(
    open: &Open,
    desk: &'d mut TokenDesk,
    found: &Found,
    pin: &Secret,
) -> Result<Result<Login<'d>, AppError>, Error> {
    let serial = found.token.serial.as_str();
    let pin = (!found.token.protected_path).then(|| Pin::new(pin.0.clone()));
    let host = desk.host(&found.module)?;
    match host.open(serial, found.certificate.digest, pin) {
        Ok(login) => {
            if !login.opened().always_authenticate {
                worked(open, serial)?;
            }
            Ok(Ok(login))
        }
        Err(error) => Ok(Err(refused(open, serial, error)?)),
    }
}

/// The first signature after a login.
pub(super) fn signed(open: &Open, found: &Found, login: &Login<'_>) -> Result<(), Error> {
    if login.opened().always_authenticate {
        worked(open, &found.token.serial)?;
    }
    Ok(())
}

/// A PIN was right: the count starts again, and this PC knows the token.
fn worked(open: &Open, serial: &str) -> Result<(), Error> {
    let serial = serial.to_owned();
    Ok(open.store.write(move |tx| {
        tokens::success(tx, &serial)?;
        let mut used: BTreeSet<String> = settings::get(tx, None, key::TOKENS)?.unwrap_or_default();
        if used.insert(serial) {
            settings::put(tx, None, key::TOKENS, &used)?;
        }
        Ok(())
    })?)
}

/// Under what wrong PUKs of a token are counted.
fn of_puk(serial: &str) -> String {
    format!("{serial} PUK")
}

/// A PIN or PUK that was refused, also at a signature: a spent try is counted, and the token's own word
/// passed on.
pub(super) fn refused(open: &Open, serial: &str, error: TokenError) -> Result<AppError, Error> {
    let counted = match &error {
        TokenError::WrongPuk { .. } => Some(of_puk(serial)),
        error if error.spent_a_try() => Some(serial.to_owned()),
        _ => None,
    };
    let told = Error::from(error).told();
    let Some(counted) = counted else {
        return Ok(told);
    };
    let at = clock::now();
    let wrong = open
        .store
        .write(move |tx| tokens::wrong_try(tx, &counted, at))?;
    Ok(told.with("wrong", wrong))
}

impl Engine {
    /// Looks again and tells the window when something differs.
    fn look(&self, open: &Open) -> Result<TokensView, Error> {
        let (view, new) = look(&mut self.desk(), open)?;
        if new {
            self.tell(Fact::TokensChanged);
        }
        Ok(view)
    }
}

impl Handle<FindTokens> for Engine {
    fn act(&self, _: FindTokens) -> Result<TokensView, Error> {
        if let Some(connection) = self.unconfirmed() {
            return Ok(first_look(self, &connection));
        }
        let open = self.open()?;
        self.look(&open)
    }
}

/// During the first run, before there is a store: measured against the connection file.
fn first_look(engine: &Engine, connection: &Connection) -> TokensView {
    let trust = crate::connection::signers(connection).ok();
    let register = Register {
        unit: connection.units.first(),
        trust: trust.as_ref(),
        renewals: &Default::default(),
        lists: &[],
        now: clock::now(),
    };
    engine.desk().view(&TokenDesk::modules(""), &register)
}

impl Handle<TryModule> for Engine {
    fn act(&self, command: TryModule) -> Result<TokensView, Error> {
        let open = self.open()?;
        let path = command.path.trim().to_owned();
        let (view, new) = look_at(&mut self.desk(), &open, &TokenDesk::modules(&path))?;
        if let Some((_, error)) = view.failed.first().filter(|_| !path.is_empty()) {
            return Err(error.clone().into());
        }
        if !open.store.is_read_only() {
            let mut kept = open.settings()?;
            kept.module = path;
            open.store
                .write(move |tx| settings::put(tx, None, key::SETTINGS, &kept))?;
        }
        if new {
            self.tell(Fact::TokensChanged);
        }
        Ok(view)
    }
}

impl Handle<ChangeTokenPin> for Engine {
    fn act(&self, command: ChangeTokenPin) -> Result<TokensView, Error> {
        let (serial, old, new) = (&command.serial, &command.old, &command.new);
        self.set_pin(&command.module, serial, |host| {
            host.change_pin(serial, typed(old), typed(new))
        })
    }
}

impl Handle<UnblockToken> for Engine {
    fn act(&self, command: UnblockToken) -> Result<TokensView, Error> {
        let (serial, puk, new) = (&command.serial, &command.puk, &command.new);
        let view = self.set_pin(&command.module, serial, |host| {
            host.unblock(serial, typed(puk), typed(new))
        })?;
        let counted = of_puk(serial);
        let open = self.writable()?;
        open.store.write(move |tx| tokens::success(tx, &counted))?;
        Ok(view)
    }
}

/// Nothing typed is no PIN: the reader's own keys, or a refusal before anything is sent.
fn typed(secret: &Secret) -> Option<Pin> {
    (!secret.0.is_empty()).then(|| Pin::new(secret.0.clone()))
}

impl Engine {
    fn set_pin<T>(
        &self,
        module: &str,
        serial: &str,
        set: impl FnOnce(&mut Host) -> Result<T, TokenError>,
    ) -> Result<TokensView, Error> {
        let open = self.writable()?;
        let known = TokenDesk::modules(&open.settings()?.module);
        let module = PathBuf::from(module);
        if !known.contains(&module) {
            return Err(Code::NoToken.into());
        }
        let mut desk = self.desk();
        let result = set(desk.host(&module)?);
        desk.end(&module);
        drop(desk);
        match result {
            Ok(_) => worked(&open, serial)?,
            Err(error) => return Err(refused(&open, serial, error)?.into()),
        }
        self.look(&open)
    }
}

impl Handle<TestToken> for Engine {
    fn act(&self, command: TestToken) -> Result<TokenTest, Error> {
        let open = self.writable()?;
        let settings = open.settings()?;
        let mut desk = self.desk();
        let mut steps = Steps::default();
        let passed = test(&open, &settings, &mut desk, &command, &mut steps)?;
        drop(desk);
        for name in TestName::ALL {
            if steps.0.iter().all(|s| s.name != name.as_str()) {
                steps.say(*name, TestState::NotReached, "");
            }
        }
        // flags and counts may have changed
        self.look(&open)?;
        Ok(TokenTest {
            steps: steps.0,
            passed,
        })
    }
}

#[derive(Default)]
struct Steps(Vec<TestStep>);

impl Steps {
    fn say(&mut self, name: TestName, state: TestState, found: &str) -> &mut TestStep {
        self.0.push(TestStep {
            name: name.into(),
            state,
            found: found.to_owned(),
            remarks: Vec::new(),
            error: None,
        });
        self.0.last_mut().expect("one was just pushed")
    }

    fn fail(&mut self, name: TestName, error: AppError) {
        self.say(name, TestState::Bad, "").error = Some(error);
    }
}

/// Goes through the steps until one fails; whether a signature was made and verifies.
fn test(
    open: &Open,
    settings: &Settings,
    desk: &mut TokenDesk,
    command: &TestToken,
    steps: &mut Steps,
) -> Result<bool, Error> {
    let modules = TokenDesk::modules(&settings.module);
    let found = match desk.find(&modules, command.certificate) {
        Ok(Some(found)) => found,
        Ok(None) => {
            steps.fail(TestName::Token, AppError::new(Code::NoToken));
            return Ok(false);
        }
        Err(error) => {
            steps.fail(TestName::Driver, error);
            return Ok(false);
        }
    };
    steps.say(
        TestName::Driver,
        TestState::Good,
        &found.module.to_string_lossy(),
    );
    let (unit, connected) = (open.unit()?, open.connected());
    let register = Register {
        unit: Some(&unit),
        trust: connected.trust.as_ref(),
        renewals: &Default::default(),
        lists: &revocation::kept(&open.store, unit.id)?,
        now: clock::now(),
    };
    let (view, _) = look(desk, open)?;
    let token = view.tokens.iter().find(|t| t.serial == found.token.serial);
    let warnings = token.map(|t| t.warnings.clone()).unwrap_or_default();
    let state = if warnings.iter().any(|w| w != TokenWarning::Untried.as_str()) {
        TestState::Warning
    } else {
        TestState::Good
    };
    let name = format!("{} · {}", found.token.label, found.token.serial);
    steps.say(TestName::Token, state, &name).remarks = warnings;

    let seen = crate::tokens::certificate_view(&found.token, &found.certificate, &register)
        .ok_or(Code::NoCertificate)?;
    let (own, rest): (Vec<_>, Vec<_>) = seen.obstacles.iter().cloned().partition(|o| {
        let own = [
            Obstacle::Expired,
            Obstacle::NotYetValid,
            Obstacle::NoKey,
            Obstacle::NoSigningUsage,
            Obstacle::Revoked,
        ];
        own.map(Obstacle::as_str).contains(&o.as_str())
    });
    let (trust, registered): (Vec<_>, Vec<_>) = rest
        .into_iter()
        .partition(|o| o == Obstacle::Untrusted.as_str());
    let state = match (own.is_empty(), seen.warnings.is_empty()) {
        (false, _) => TestState::Bad,
        (true, false) => TestState::Warning,
        (true, true) => TestState::Good,
    };
    let unfit = !own.is_empty();
    steps
        .say(TestName::Certificate, state, &seen.holder)
        .remarks = [own, seen.warnings].concat();
    let fine = |bad: &[String]| {
        if bad.is_empty() {
            TestState::Good
        } else {
            TestState::Warning
        }
    };
    let (known, listed) = (fine(&trust), fine(&registered));
    steps.say(TestName::Authority, known, &seen.root).remarks = trust;
    steps.say(TestName::Register, listed, &unit.name).remarks = registered;
    if unfit {
        return Ok(false);
    }

    let signed = try_out(
        open,
        desk,
        &found,
        &command.pin,
        preference(settings),
        steps,
    );
    desk.end(&found.module);
    signed
}

/// The part of the test that stands behind the PIN.
fn try_out(
    open: &Open,
    desk: &mut TokenDesk,
    found: &Found,
    pin: &Secret,
    prefer: Algorithm,
    steps: &mut Steps,
) -> Result<bool, Error> {
    let mut login = match login(open, desk, found, pin)? {
        Ok(login) => login,
        Err(told) => {
            steps.fail(TestName::Pin, told);
            return Ok(false);
        }
    };
    if is_default(pin) {
        steps.say(TestName::Pin, TestState::Warning, "").remarks =
            vec![TokenWarning::DefaultPin.into()];
    } else {
        steps.say(TestName::Pin, TestState::Good, "");
    }
    match sample(found, prefer, &mut login) {
        Ok(algorithm) => {
            signed(open, found, &login)?;
            steps.say(
                TestName::Signature,
                TestState::Good,
                &format!("{algorithm:?}"),
            );
            Ok(true)
        }
        Err(Error::Token(error)) => {
            let told = refused(open, &found.token.serial, error)?;
            steps.fail(TestName::Signature, told);
            Ok(false)
        }
        Err(error) => {
            steps.fail(TestName::Signature, error.told());
            Ok(false)
        }
    }
}

/// A signature over [`SENTENCE`], verified with the certificate's own key and thrown away.
fn sample(found: &Found, prefer: Algorithm, login: &mut Login<'_>) -> Result<Algorithm, Error> {
    let algorithm = login
        .algorithm(prefer)
        .ok_or(AppError::new(Code::TokenMechanism))?;
    let prepared = prepare(
        SENTENCE.as_bytes(),
        &found.certificate.der,
        &[],
        clock::now(),
        signing::of_token(algorithm),
    )?;
    let value = login.sign(prepared.to_be_signed(), algorithm)?;
    prepared.finish(&value)?;
    Ok(algorithm)
}
