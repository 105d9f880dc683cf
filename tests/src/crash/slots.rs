//! What opens the store while PIN and recovery code are replaced under kills: one of the old and the
//! new, and what was replaced never again, neither by the envelope nor by its copy.

use std::path::Path;

use anyhow::{Context, Result};
use chrono::DateTime;
use hoso_store::{KeyError, Vault};

use crate::lab::{Lab, PIN};

/// Takes the place of the laboratory's PIN, which takes its place again.
pub(crate) const OTHER_PIN: &str = "741963";

/// What was acknowledged last, and what was asked for when the program was killed.
#[derive(Default)]
pub(super) struct Slots {
    other_pin: bool,
    maybe_pin: bool,
    /// `None`: the newest one's answer was cut off.
    code: Option<String>,
    maybe_code: bool,
    /// Codes that were replaced.
    gone: Vec<String>,
    /// How often another was asked for.
    asked: u32,
}

impl Slots {
    pub fn of(lab: &Lab) -> Self {
        Self {
            code: lab.recovery_code().ok(),
            ..Self::default()
        }
    }

    pub fn pin(&self) -> &'static str {
        if self.other_pin { OTHER_PIN } else { PIN }
    }

    /// The one that opens nothing.
    pub fn closed_pin(&self) -> &'static str {
        if self.other_pin { PIN } else { OTHER_PIN }
    }

    pub fn begin_pin(&mut self) {
        self.maybe_pin = true;
        self.asked += 1;
    }

    pub fn pin_changed(&mut self) {
        (self.maybe_pin, self.other_pin) = (false, !self.other_pin);
    }

    pub fn begin_code(&mut self) {
        self.maybe_code = true;
        self.asked += 1;
    }

    pub fn code_replaced(&mut self, new: String) {
        self.maybe_code = false;
        self.gone.extend(self.code.replace(new));
    }

    /// Every code the program ever told.
    pub fn codes(&self) -> Vec<String> {
        self.gone.iter().chain(&self.code).cloned().collect()
    }

    /// After a kill, before anybody unlocks: whether what was asked for came about.
    pub fn settle(&mut self, store: &Path) -> Result<()> {
        let envelope = store.join("envelope.json");
        if std::mem::take(&mut self.maybe_pin) && !pin_opens(&envelope, self.pin())? {
            self.other_pin = !self.other_pin;
        }
        if std::mem::take(&mut self.maybe_code) {
            let stands = match &self.code {
                Some(code) => code_opens(&envelope, code)?,
                None => false,
            };
            if !stands {
                self.gone.extend(self.code.take());
            }
        }
        Ok(())
    }

    /// After an unlock: these open the store, and nothing else does.
    pub fn check(&self, store: &Path, losses: &mut Vec<String>) -> Result<()> {
        // a restored store has no copy before its slots change
        let lies = |name: &&str| store.join(name).exists();
        let names = ["envelope.json", "envelope.json.bak"];
        for name in names.into_iter().filter(|n| self.asked > 0 && lies(n)) {
            let envelope = store.join(name);
            let mut hold = |what: &str, opens: bool, wanted: bool| {
                if opens != wanted {
                    losses.push(format!("{what} opens {name}: {opens}"));
                }
            };
            hold("the PIN", pin_opens(&envelope, self.pin())?, true);
            let closed = pin_opens(&envelope, self.closed_pin())?;
            hold("the other PIN", closed, false);
            if let Some(code) = &self.code {
                hold("the recovery code", code_opens(&envelope, code)?, true);
            }
            for code in &self.gone {
                let opens = code_opens(&envelope, code)?;
                hold("a recovery code that was replaced", opens, false);
            }
        }
        Ok(())
    }
}

/// Whether the first person's PIN opens this envelope. No try is counted in it.
pub(crate) fn pin_opens(envelope: &Path, pin: &str) -> Result<bool> {
    let mut vault = aside(envelope)?;
    let person = vault.people().first().context("nobody")?.person;
    match vault.unlock(person, pin, DateTime::UNIX_EPOCH) {
        Ok(_) => Ok(true),
        Err(KeyError::WrongPin { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn code_opens(envelope: &Path, code: &str) -> Result<bool> {
    match aside(envelope)?.unlock_with_recovery(code, DateTime::UNIX_EPOCH) {
        Ok(_) => Ok(true),
        Err(KeyError::WrongRecoveryCode { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn aside(envelope: &Path) -> Result<Vault> {
    let aside = tempfile::tempdir()?;
    std::fs::copy(envelope, aside.path().join("envelope.json"))?;
    Ok(Vault::of_backup(aside.path())?)
}
