//! Modules, tokens and certificates as the screens show them: which can sign for which role, and
//! why the others cannot. Never logs in.

mod ends;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use hoso_contract::AppError;
use hoso_contract::state::{Obstacle, TokenWarning};
use hoso_contract::view::{CertificateView, Driver, TokenBrief, TokenView, TokensView};
use hoso_domain::digest::Digest;
use hoso_domain::id::UnitId;
use hoso_domain::party::{Signer, Unit};
use hoso_domain::register::holds_both;
use hoso_proof::certificate::describe;
use hoso_proof::revocation::RevocationList;
use hoso_proof::{ProofError, Trust};
use hoso_store::{Connection as Db, StoreError, settings};
use hoso_token::message::{Certificate, KeyPresence, Survey, Token};
use hoso_token::{Host, TokenError};

use crate::error::Error;
use crate::open::{Open, key};
use crate::renewal::{self, Renewal};

/// One helper process per module, kept while it answers.
#[derive(Default)]
pub struct TokenDesk {
    hosts: BTreeMap<PathBuf, Host>,
    /// A module was ended and nobody has looked since.
    unwatched: bool,
}

/// What certificates are measured against.
pub struct Register<'a> {
    pub unit: Option<&'a Unit>,
    pub trust: Option<&'a Trust>,
    /// Certificates the treasury was told of.
    pub renewals: &'a BTreeMap<Digest, Renewal>,
    /// Revocation lists that are here.
    pub lists: &'a [RevocationList],
    pub now: DateTime<Utc>,
}

/// A certificate with the token and module it is on.
pub struct Found {
    pub module: PathBuf,
    pub token: Token,
    pub certificate: Certificate,
}

impl Found {
    /// The other certificates on the token (DER): issuers may be among them.
    pub fn others(&self) -> Vec<Vec<u8>> {
        others(&self.token, self.certificate.digest)
    }
}

fn others(token: &Token, except: Digest) -> Vec<Vec<u8>> {
    token
        .certificates
        .iter()
        .filter(|c| c.digest != except)
        .map(|c| c.der.clone())
        .collect()
}

impl TokenDesk {
    /// The modules to look at: the person's own path alone where one is set, else the candidates.
    pub fn modules(own: &str) -> Vec<PathBuf> {
        if own.is_empty() {
            hoso_token::candidates()
        } else {
            vec![PathBuf::from(own)]
        }
    }

    /// The running helper of a module; a lost one is started again.
    pub fn host(&mut self, module: &Path) -> Result<&mut Host, TokenError> {
        let alive = self.hosts.get(module).is_some_and(Host::is_alive);
        if !alive {
            self.hosts.remove(module);
            let host = Host::start(&hoso_token::helper_for(module), module)?;
            self.hosts.insert(module.to_owned(), host);
        }
        self.hosts
            .get_mut(module)
            .ok_or_else(|| TokenError::HostLost {
                call: "start".to_owned(),
                exit: String::new(),
            })
    }

    /// Ends the helper of a module that was given a PIN: what the module itself keeps of it goes with
    /// its process. The next look starts another.
    pub fn end(&mut self, module: &Path) {
        self.unwatched |= self.hosts.remove(module).is_some();
    }

    /// Ends all helpers: modules are unloaded with their process.
    pub fn clear(&mut self) {
        self.hosts.clear();
    }

    fn survey(&mut self, module: &Path) -> Result<Survey, TokenError> {
        let survey = self.host(module)?.survey()?;
        for unreadable in &survey.unreadable {
            tracing::warn!(slot = unreadable.slot, error = %unreadable.error, "a token is unreadable");
        }
        Ok(survey)
    }

    /// Whether tokens came or went at a module that runs, or one of these has ended meanwhile.
    /// Starts none.
    pub fn changed(&mut self) -> bool {
        let mut changed = std::mem::take(&mut self.unwatched);
        self.hosts.retain(|module, host| match host.changed() {
            Ok(now) => {
                changed |= now;
                true
            }
            Err(error) => {
                tracing::warn!(module = %module.display(), %error, "a module cannot be watched");
                changed = true;
                host.is_alive()
            }
        });
        changed
    }

    /// Everything found, usable or not. Modules that are not looked at any more are ended.
    pub fn view(&mut self, modules: &[PathBuf], register: &Register<'_>) -> TokensView {
        self.hosts.retain(|module, _| modules.contains(module));
        self.unwatched = false;
        let mut view = TokensView {
            tokens: Vec::new(),
            failed: Vec::new(),
            modules: Vec::new(),
            unreadable: Vec::new(),
            drivers: Vec::new(),
        };
        for module in modules {
            let name = module.to_string_lossy().into_owned();
            match self.survey(module) {
                Ok(survey) => {
                    let tokens = survey.tokens.iter();
                    view.tokens
                        .extend(tokens.map(|t| token_view(&name, t, register)));
                    let unreadable = survey.unreadable.into_iter();
                    view.unreadable
                        .extend(unreadable.map(|u| (u.slot, Error::from(u.error).worded())));
                    view.drivers.extend(self.driver(module));
                    view.modules.push(name);
                }
                Err(error) => {
                    tracing::warn!(module = name, %error, "a module cannot be used");
                    view.failed.push((name, Error::from(error).worded()));
                }
            }
        }
        view
    }

    fn driver(&self, module: &Path) -> Option<Driver> {
        let info = self.hosts.get(module)?.info();
        Some(Driver {
            path: module.to_string_lossy().into_owned(),
            description: if info.description.is_empty() {
                info.manufacturer.clone()
            } else {
                info.description.clone()
            },
            version: info.version.clone(),
        })
    }

    /// Where the certificate is now.
    pub fn find(&mut self, modules: &[PathBuf], id: Digest) -> Result<Option<Found>, AppError> {
        let mut first_failure = None;
        for module in modules {
            match self.survey(module) {
                Ok(survey) => {
                    for token in survey.tokens {
                        let found = token.certificates.iter().find(|c| c.digest == id).cloned();
                        if let Some(certificate) = found {
                            return Ok(Some(Found {
                                module: module.clone(),
                                token,
                                certificate,
                            }));
                        }
                    }
                }
                Err(error) => {
                    first_failure.get_or_insert(Error::from(error).worded());
                }
            }
        }
        first_failure.map_or(Ok(None), Err)
    }
}

/// Looks at all modules and remembers what is there; whether it differs from the look before.
pub fn look(desk: &mut TokenDesk, open: &Open) -> Result<(TokensView, bool), Error> {
    let own = open.settings()?.module;
    look_at(desk, open, &TokenDesk::modules(&own))
}

/// As [`look`], at these modules.
pub fn look_at(
    desk: &mut TokenDesk,
    open: &Open,
    modules: &[PathBuf],
) -> Result<(TokensView, bool), Error> {
    let unit = open.unit()?;
    let renewals = open.store.read(|db| renewal::all(db, unit.id))?;
    let connected = open.connected();
    let register = Register {
        unit: Some(&unit),
        trust: connected.trust.as_ref(),
        renewals: &renewals,
        lists: &crate::revocation::kept(&open.store, unit.id)?,
        now: crate::clock::now(),
    };
    let mut view = desk.view(modules, &register);
    let serials: Vec<String> = view.tokens.iter().map(|t| t.serial.clone()).collect();
    let tries = open.store.read(|db| crate::open::tries(db, &serials))?;
    for token in &mut view.tokens {
        add_own_count(token, &tries);
    }
    let new = open.saw_tokens(&view);
    if new && !open.store.is_read_only() {
        remember(open, &unit, &view)?;
    }
    Ok((view, new))
}

/// A registered certificate as it was seen last: its end is warned of also while it is not here.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Seen {
    pub holder: String,
    pub not_after: DateTime<Utc>,
}

/// Those of a unit's signers, by digest.
pub fn seen(db: &Db, unit: UnitId) -> Result<BTreeMap<Digest, Seen>, StoreError> {
    Ok(settings::get(db, Some(unit), key::CERTIFICATES)?.unwrap_or_default())
}

fn remember(open: &Open, unit: &Unit, view: &TokensView) -> Result<(), Error> {
    let id = unit.id;
    let known = open.store.read(|db| seen(db, id))?;
    let mut all = known.clone();
    for certificate in view.tokens.iter().flat_map(|t| &t.certificates) {
        if !certificate.roles.is_empty() {
            let one = Seen {
                holder: certificate.holder.clone(),
                not_after: certificate.not_after,
            };
            all.insert(certificate.id, one);
        }
    }
    if all != known {
        open.store
            .write(move |tx| settings::put(tx, Some(id), key::CERTIFICATES, &all))?;
    }
    Ok(())
}

/// Holder and end of the first token that can sign, for the status bar.
pub fn brief(view: &TokensView) -> Option<TokenBrief> {
    view.tokens
        .iter()
        .flat_map(|t| &t.certificates)
        .find(|c| c.obstacles.is_empty())
        .map(|c| TokenBrief {
            holder: c.holder.clone(),
            not_after: c.not_after,
        })
}

fn token_view(module: &str, token: &Token, register: &Register<'_>) -> TokenView {
    TokenView {
        module: module.to_owned(),
        label: token.label.clone(),
        serial: token.serial.clone(),
        model: token.model.clone(),
        pin_min: token.pin_min,
        pin_max: token.pin_max,
        protected_path: token.protected_path,
        warnings: flags(token),
        wrong_tries: 0,
        certificates: token
            .certificates
            .iter()
            .filter_map(|c| certificate_view(token, c, register))
            .collect(),
    }
}

/// What the token says of its PIN and PUK itself.
fn flags(token: &Token) -> Vec<String> {
    let (pin, puk) = (&token.pin, &token.puk);
    let flags = [
        (pin.locked, TokenWarning::Locked),
        (pin.final_try, TokenWarning::FinalTry),
        (pin.count_low && !pin.final_try, TokenWarning::CountLow),
        (pin.to_be_changed, TokenWarning::ToBeChanged),
        (puk.locked, TokenWarning::PukLocked),
        (puk.final_try && !puk.locked, TokenWarning::PukFinalTry),
    ];
    let set = flags.into_iter().filter(|(set, _)| *set);
    set.map(|(_, warning)| warning.into()).collect()
}

/// Adds our own count: some modules never set a flag, and where this PC knows nothing either, that
/// is said.
pub fn add_own_count(token: &mut TokenView, tries: &Tries) {
    token.wrong_tries = tries.wrong.get(&token.serial).copied().unwrap_or(0);
    use TokenWarning as W;
    let told = [W::CountLow, W::FinalTry, W::Locked].map(W::as_str);
    if token.warnings.iter().any(|w| told.contains(&w.as_str())) || token.protected_path {
        return;
    }
    if token.wrong_tries > 0 {
        token.warnings.push(W::Unknown.into());
    } else if !tries.used.contains(&token.serial) {
        token.warnings.push(W::Untried.into());
    }
}

/// What this PC knows of tokens by serial.
#[derive(Default)]
pub struct Tries {
    /// Wrong tries since the last success.
    pub wrong: BTreeMap<String, u32>,
    /// Tokens that were logged in to here before.
    pub used: BTreeSet<String>,
}

/// Whether there is a key this program signs with, as far as that is known before a login.
pub fn can_sign(certificate: &Certificate) -> bool {
    certificate.key != KeyPresence::No && !certificate.algorithms.is_empty()
}

pub fn certificate_view(
    token: &Token,
    certificate: &Certificate,
    register: &Register<'_>,
) -> Option<CertificateView> {
    let info = match describe(&certificate.der) {
        Ok(info) => info,
        Err(error) => {
            tracing::warn!(%error, label = certificate.label, "a certificate cannot be read");
            return None;
        }
    };
    let signers = register.unit.map_or(&[][..], |u| u.signers.as_slice());
    let registered: Vec<&Signer> = signers
        .iter()
        .filter(|s| s.certificates.contains(&certificate.digest))
        .collect();
    let today = crate::clock::day(register.now);
    let current: Vec<&Signer> = registered
        .iter()
        .filter(|s| s.valid_on(today))
        .copied()
        .collect();
    let both = |s: &&Signer| register.unit.is_some_and(|u| holds_both(u, s, today));
    let mut obstacles: Vec<String> = Vec::new();
    let mut obstacle = |hit: bool, what: Obstacle| obstacles.extend(hit.then(|| what.into()));
    obstacle(register.now > info.not_after, Obstacle::Expired);
    obstacle(register.now < info.not_before, Obstacle::NotYetValid);
    obstacle(!can_sign(certificate), Obstacle::NoKey);
    obstacle(
        !info.non_repudiation && !info.digital_signature,
        Obstacle::NoSigningUsage,
    );
    obstacle(registered.is_empty(), Obstacle::NotRegistered);
    obstacle(
        !registered.is_empty() && current.is_empty(),
        Obstacle::AppointmentEnded,
    );
    obstacle(current.iter().any(both), Obstacle::BothRoles);
    let path = register.trust.map(|trust| {
        let pool = others(token, certificate.digest);
        trust.path(&certificate.der, &pool, register.now)
    });
    let revoked = |trust| {
        let pool = others(token, certificate.digest);
        crate::revocation::is_revoked(register.lists, &certificate.der, &pool, trust)
    };
    obstacle(register.trust.is_some_and(revoked), Obstacle::Revoked);
    // validity and usage have words of their own above
    obstacle(
        matches!(path, Some(Err(ProofError::Untrusted { .. }))),
        Obstacle::Untrusted,
    );
    let ends = current
        .iter()
        .filter_map(|s| s.valid_to)
        .chain([crate::clock::day(info.not_after)])
        .min();
    let days = ends.map(|end| end.signed_duration_since(today).num_days());
    let renewed = register
        .unit
        .filter(|_| registered.is_empty())
        .and_then(|unit| renewal::of_whom(unit, &info.subject, today));
    let renewal = renewed.map(|s| renewal::shown(s, register.renewals.get(&certificate.digest)));
    Some(CertificateView {
        id: certificate.digest,
        token: token.label.clone(),
        holder: info.subject,
        issuer: info.issuer,
        serial: by_two(&info.serial),
        not_before: info.not_before,
        not_after: info.not_after,
        roles: current.iter().map(|s| s.role).collect(),
        obstacles,
        root: path
            .and_then(Result::ok)
            .map(|p| p.anchor)
            .unwrap_or_default(),
        mark: current
            .first()
            .map(|s| s.mark())
            .unwrap_or_default()
            .to_owned(),
        warnings: days
            .and_then(ends::within)
            .map(String::from)
            .into_iter()
            .collect(),
        renewal,
    })
}

/// `54019A` → `54 01 9A`.
fn by_two(hex: &str) -> String {
    let digits: Vec<char> = hex.chars().collect();
    digits
        .chunks(2)
        .map(|pair| pair.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join(" ")
}
