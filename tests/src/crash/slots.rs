//! What opens the store while PIN and recovery code are replaced under kills: one of the old and the
//! new PIN, every recovery code until a newer one was typed back, and what was replaced never again,
//! by the envelope, its copy or anything else in the folder.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::DateTime;
use hoso_store::{KeyError, Vault};

use crate::lab::{Lab, PIN};

/// Takes the place of the laboratory's PIN, which takes its place again.
pub(crate) const OTHER_PIN: &str = "741963";

/// [`pin_opens`] or [`code_opens`].
type Opens = fn(&Path, &str) -> Result<bool>;

/// What was acknowledged last, and what was asked for when the program was killed.
#[derive(Default)]
pub(super) struct Slots {
    other_pin: bool,
    maybe_pin: bool,
    /// The code that was typed back last, and those told since.
    codes: Vec<String>,
    /// The newest of them was being typed back.
    maybe_confirmed: bool,
    /// Codes that were replaced.
    gone: Vec<String>,
    /// How often another was asked for.
    asked: u32,
    /// What opened which bytes: argon2 is slow on purpose, and most kills leave the slots alone.
    tried: HashMap<(Vec<u8>, String), bool>,
}

impl Slots {
    pub fn of(lab: &Lab) -> Self {
        Self {
            codes: lab.recovery_code().into_iter().collect(),
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

    /// One whose answer is cut off takes nothing from those before it.
    pub fn begin_code(&mut self) {
        self.asked += 1;
    }

    pub fn code_told(&mut self, new: String) {
        self.codes.push(new);
    }

    pub fn begin_confirming(&mut self) {
        self.maybe_confirmed = true;
    }

    pub fn code_confirmed(&mut self) {
        self.maybe_confirmed = false;
        let newest = self.codes.pop();
        self.gone.append(&mut self.codes);
        self.codes.extend(newest);
    }

    /// Every code the program ever told.
    pub fn codes(&self) -> Vec<String> {
        self.gone.iter().chain(&self.codes).cloned().collect()
    }

    /// After a kill, before anybody unlocks: whether what was asked for came about.
    pub fn settle(&mut self, store: &Path) -> Result<()> {
        let envelope = store.join("envelope.json");
        if std::mem::take(&mut self.maybe_pin) && !pin_opens(&envelope, self.pin())? {
            self.other_pin = !self.other_pin;
        }
        if std::mem::take(&mut self.maybe_confirmed)
            && let Some(oldest) = self.codes.first()
            && !code_opens(&envelope, oldest)?
        {
            self.code_confirmed();
        }
        Ok(())
    }

    /// After an unlock: these open the store, and what was replaced opens no file of its folder.
    pub fn check(&mut self, store: &Path, losses: &mut Vec<String>) -> Result<()> {
        if self.asked == 0 {
            return Ok(());
        }
        let mut tried = std::mem::take(&mut self.tried);
        for file in files(store)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(".new-") {
                losses.push(format!("{name} is left in the folder"));
            }
            let own = name == "envelope.json" || name == "envelope.json.bak";
            if !own && !is_envelope(&file)? {
                continue;
            }
            let bytes = fs::read(&file)?;
            let mut hold = |what: &str, try_it: Opens, secret: &str, wanted: bool| -> Result<()> {
                let opens = match tried.entry((bytes.clone(), secret.to_owned())) {
                    Entry::Occupied(known) => *known.get(),
                    Entry::Vacant(new) => *new.insert(try_it(&file, secret)?),
                };
                if opens != wanted {
                    losses.push(format!("{what} opens {name}: {opens}"));
                }
                Ok(())
            };
            if own {
                hold("the PIN", pin_opens, self.pin(), true)?;
            }
            hold("the other PIN", pin_opens, self.closed_pin(), false)?;
            for code in self.codes.iter().filter(|_| own) {
                hold("a recovery code that was told", code_opens, code, true)?;
            }
            for code in &self.gone {
                hold("a recovery code that was replaced", code_opens, code, false)?;
            }
        }
        self.tried = tried;
        Ok(())
    }
}

/// What lies in the store's folder itself: slots lie nowhere below it.
fn files(store: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(store)? {
        let path = entry?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Whether a file of any name holds slots.
fn is_envelope(file: &Path) -> Result<bool> {
    match opened(file)? {
        Ok(_) => Ok(true),
        Err(KeyError::Damaged { .. }) => Ok(false),
        Err(error) => Err(error.into()),
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

/// The same of a recovery code.
pub(crate) fn code_opens(envelope: &Path, code: &str) -> Result<bool> {
    match aside(envelope)?.unlock_with_recovery(code, DateTime::UNIX_EPOCH) {
        Ok(_) => Ok(true),
        Err(KeyError::WrongRecoveryCode { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn aside(envelope: &Path) -> Result<Vault> {
    Ok(opened(envelope)??)
}

/// A copy of a file as an envelope.
fn opened(file: &Path) -> Result<Result<Vault, KeyError>> {
    let aside = tempfile::tempdir()?;
    fs::copy(file, aside.path().join("envelope.json"))?;
    Ok(Vault::of_backup(aside.path()))
}
