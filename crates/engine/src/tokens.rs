//! Modules, tokens and certificates as the screens show them: which can sign for which role, and
//! why the others cannot. Never logs in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use hoso_contract::AppError;
use hoso_contract::view::{CertificateView, TokenBrief, TokenView, TokensView};
use hoso_domain::digest::Digest;
use hoso_domain::party::Signer;
use hoso_proof::certificate::describe;
use hoso_proof::{ProofError, Trust};
use hoso_token::message::{Certificate, KeyPresence, Token};
use hoso_token::{Host, TokenError};

use crate::error::Error;

/// One helper process per module, kept while it answers.
#[derive(Default)]
pub struct TokenDesk {
    hosts: BTreeMap<PathBuf, Host>,
}

/// What certificates are measured against.
pub struct Register<'a> {
    pub signers: &'a [Signer],
    pub trust: Option<&'a Trust>,
    pub now: DateTime<Utc>,
    /// Wrong tries since the last success, by token serial.
    pub tries: &'a BTreeMap<String, u32>,
}

/// A certificate with the token and module it is on.
pub struct Found {
    pub module: PathBuf,
    pub token: Token,
    pub certificate: Certificate,
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
            let host = Host::start(&hoso_token::helper_path(), module)?;
            self.hosts.insert(module.to_owned(), host);
        }
        self.hosts
            .get_mut(module)
            .ok_or_else(|| TokenError::HostLost {
                call: "start".to_owned(),
                exit: String::new(),
            })
    }

    /// Ends all helpers: modules are unloaded with their process.
    pub fn clear(&mut self) {
        self.hosts.clear();
    }

    fn survey(&mut self, module: &Path) -> Result<Vec<Token>, TokenError> {
        let survey = self.host(module)?.survey()?;
        for unreadable in &survey.unreadable {
            tracing::warn!(slot = unreadable.slot, error = %unreadable.error, "a token is unreadable");
        }
        Ok(survey.tokens)
    }

    /// Everything found, usable or not.
    pub fn view(&mut self, modules: &[PathBuf], register: &Register<'_>) -> TokensView {
        let mut view = TokensView {
            tokens: Vec::new(),
            failed: Vec::new(),
            modules: Vec::new(),
        };
        for module in modules {
            let name = module.to_string_lossy().into_owned();
            match self.survey(module) {
                Ok(tokens) => {
                    view.tokens
                        .extend(tokens.iter().map(|t| token_view(&name, t, register)));
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

    /// Where the certificate is now.
    pub fn find(&mut self, modules: &[PathBuf], id: Digest) -> Result<Option<Found>, AppError> {
        let mut first_failure = None;
        for module in modules {
            match self.survey(module) {
                Ok(tokens) => {
                    for token in tokens {
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
    let wrong_tries = register.tries.get(&token.serial).copied().unwrap_or(0);
    TokenView {
        module: module.to_owned(),
        label: token.label.clone(),
        serial: token.serial.clone(),
        model: token.model.clone(),
        pin_min: token.pin_min,
        pin_max: token.pin_max,
        protected_path: token.protected_path,
        warnings: warnings(token, wrong_tries),
        wrong_tries,
        certificates: token
            .certificates
            .iter()
            .filter_map(|c| certificate_view(token, c, register))
            .collect(),
    }
}

/// The token's flags, and our own count where it says nothing: some modules never set a flag.
fn warnings(token: &Token, wrong_tries: u32) -> Vec<String> {
    let flags = [
        (token.pin.locked, "locked"),
        (token.pin.final_try, "final-try"),
        (token.pin.count_low && !token.pin.final_try, "count-low"),
        (token.pin.to_be_changed, "to-be-changed"),
        (
            wrong_tries > 0 && !token.pin.count_low && !token.pin.final_try,
            "unknown",
        ),
    ];
    flags
        .iter()
        .filter(|(set, _)| *set)
        .map(|(_, name)| (*name).to_owned())
        .collect()
}

fn certificate_view(
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
    let registered: Vec<&Signer> = register
        .signers
        .iter()
        .filter(|s| s.certificates.contains(&certificate.digest))
        .collect();
    let today = crate::clock::day(register.now);
    let current: Vec<&&Signer> = registered.iter().filter(|s| s.valid_on(today)).collect();
    let mut obstacles = Vec::new();
    let mut obstacle = |hit: bool, name: &str| {
        if hit {
            obstacles.push(name.to_owned());
        }
    };
    obstacle(register.now > info.not_after, "expired");
    obstacle(register.now < info.not_before, "not-yet-valid");
    obstacle(
        certificate.key == KeyPresence::No || certificate.algorithms.is_empty(),
        "no-key",
    );
    obstacle(
        !info.non_repudiation && !info.digital_signature,
        "no-signing-usage",
    );
    obstacle(registered.is_empty(), "not-registered");
    obstacle(
        !registered.is_empty() && current.is_empty(),
        "appointment-ended",
    );
    let untrusted = register.trust.is_some_and(|trust| {
        // validity and usage have words of their own above
        matches!(
            trust.check(&certificate.der, &[], register.now),
            Err(ProofError::Untrusted { .. })
        )
    });
    obstacle(untrusted, "untrusted");
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
