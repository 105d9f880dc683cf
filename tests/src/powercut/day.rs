//! A day's work — typing, attaching, signing, queueing, backing up, mending, changing the PIN, replacing
//! the recovery code, restoring — and whether a disk holds what was answered of it.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, Result};
use hoso_contract::command::*;
use hoso_contract::view::RestoreKey;
use hoso_domain::dossier::Drawer;
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_store::{Keys, Store, Vault, attachments, backup, check, dossiers, restore};

use super::signing::{self, Signing};
use super::{Session, allowed, counted, strace, unlocked};
use crate::crash::{OTHER_PIN, code_opens, pin_opens};
use crate::headless::Client;
use crate::lab::{Lab, PIN, noise, type_into};

/// What was asked of the traced program, in order.
pub struct Day {
    keys: Keys,
    draft: DossierId,
    /// By the number of answers, the draft's content from then on.
    contents: Vec<(usize, String)>,
    signing: Signing,
    /// The number of answers with which a file and a backup were there.
    attached: usize,
    backed_up: usize,
    /// The number of answers with which the PIN was another.
    pin_changed: usize,
    /// The recovery code of before, and the one in its place.
    codes: [String; 2],
    /// The number of answers with which the new one was told, and typed back.
    code_told: usize,
    code_confirmed: usize,
    /// What a PIN did to an envelope: most disks hold the same ones.
    opened: RefCell<BTreeMap<(Vec<u8>, &'static str), bool>>,
}

impl Day {
    pub fn play(lab: &Lab, disk: &Path, trace: &Path) -> Result<Self> {
        let home = disk.join("home");
        let file = lab.path("hoa-don.pdf");
        fs::write(&file, noise(90_000, 9))?;
        let mut client = Client::run(strace(lab, trace)?, &home)?;
        let mut answers = 0;
        let person = unlocked(&mut client, PIN, &mut answers)?;
        let new = CreateDossier {
            basis: "nd347-2025".to_owned(),
            form: "13".to_owned(),
        };
        let draft = counted(&mut client, &new, &mut answers)?;
        let mut contents = vec![(answers, String::new())];
        let mut stands = vec![(answers, LocalState::Draft)];
        let mut save = |client: &mut Client, answers: &mut usize, content: &str| -> Result<()> {
            let mut view = counted(client, &OpenDossier { id: draft }, answers)?;
            let voucher = view.vouchers.first_mut().context("no voucher")?;
            type_into(voucher, content, "1500205112345");
            let save = SaveDraft {
                id: draft,
                version: view.version,
                vouchers: view.vouchers,
            };
            counted(client, &save, answers)?;
            contents.push((*answers, content.to_owned()));
            Ok(())
        };
        save(&mut client, &mut answers, "Tiền điện")?;
        // until here all lies in the log; from here on it is folded into the database
        client.read_through()?;
        answers += 1;
        save(&mut client, &mut answers, "Tiền điện tháng 10")?;
        let attach = Attach {
            id: draft,
            drawer: Drawer::Treasury,
            path: file.to_string_lossy().into_owned(),
        };
        counted(&mut client, &attach, &mut answers)?;
        let attached = answers;
        stands.extend(signing::queued(lab, &mut client, draft, &mut answers)?);
        let folder = Some(disk.join("stick").to_string_lossy().into_owned());
        let state = counted(&mut client, &BackUp { folder }, &mut answers)?;
        let backed_up = answers;
        // signed and queued stays the revision that is mended, and is so again by the restore
        counted(&mut client, &Mend { id: draft }, &mut answers)?;
        stands.push((answers, LocalState::Superseded));
        save(&mut client, &mut answers, "Tiền điện tháng 11")?;
        let change = ChangePin {
            old: Secret(PIN.to_owned()),
            new: Secret(OTHER_PIN.to_owned()),
        };
        counted(&mut client, &change, &mut answers)?;
        let pin_changed = answers;
        let pin = Secret(OTHER_PIN.to_owned());
        let code = counted(&mut client, &NewRecovery { pin }, &mut answers)?.code;
        let code_told = answers;
        let codes = [lab.recovery_code()?, code.clone()];
        let code = Secret(code);
        counted(&mut client, &ConfirmNewRecovery { code }, &mut answers)?;
        let code_confirmed = answers;
        let restore = Restore {
            place: state.last.context("no backup")?.place,
            key: RestoreKey::Open,
        };
        counted(&mut client, &restore, &mut answers)?;
        contents.push((answers, "Tiền điện tháng 10".to_owned()));
        stands.push((answers, LocalState::Queued));
        client.stop()?;
        let mut vault = Vault::open(&home.join("store"))?;
        let keys = vault.unlock(person, OTHER_PIN, chrono::DateTime::UNIX_EPOCH)?;
        let signing = Signing::of(&Store::open(&home.join("store"), &keys)?, draft, stands)?;
        Ok(Self {
            keys,
            draft,
            contents,
            signing,
            attached,
            backed_up,
            pin_changed,
            codes,
            code_told,
            code_confirmed,
            opened: RefCell::default(),
        })
    }

    /// Of the old and the new PIN exactly one opens; once the new one was answered the old one never does.
    fn wrong_pins(&self, dir: &Path, answers: usize) -> Result<Vec<String>> {
        let mut wrong = Vec::new();
        let envelope = dir.join("envelope.json");
        let old = self.opens(&envelope, PIN)?;
        let new = self.opens(&envelope, OTHER_PIN)?;
        let right = match (answers + 1).cmp(&self.pin_changed) {
            Ordering::Less => old && !new,
            // it was under way
            Ordering::Equal => old != new,
            Ordering::Greater => new && !old,
        };
        if !right {
            wrong.push(format!("the old PIN opens: {old}, the new one: {new}"));
        }
        let copy = dir.join("envelope.json.bak");
        if answers >= self.pin_changed && copy.exists() && self.opens(&copy, PIN)? {
            wrong.push("the old PIN opens the envelope's copy".to_owned());
        }
        Ok(wrong)
    }

    fn opens(&self, envelope: &Path, pin: &'static str) -> Result<bool> {
        let key = (fs::read(envelope)?, pin);
        if let Some(known) = self.opened.borrow().get(&key) {
            return Ok(*known);
        }
        let opens = pin_opens(envelope, pin)?;
        self.opened.borrow_mut().insert(key, opens);
        Ok(opens)
    }

    /// A recovery code that was told opens, and so does the one of before until the new one was being typed
    /// back; once that was answered, the one of before never does.
    fn wrong_codes(&self, dir: &Path, answers: usize) -> Result<Vec<String>> {
        let mut wrong = Vec::new();
        let [old, new] = &self.codes;
        let envelope = dir.join("envelope.json");
        if answers >= self.code_told && !code_opens(&envelope, new)? {
            wrong.push("the new recovery code was told and opens nothing".to_owned());
        }
        if answers + 1 < self.code_confirmed && !code_opens(&envelope, old)? {
            wrong.push("the recovery code of before opens nothing".to_owned());
        }
        let copy = dir.join("envelope.json.bak");
        for file in [envelope, copy] {
            let replaced = answers >= self.code_confirmed && file.exists();
            if replaced && code_opens(&file, old)? {
                let name = file.display();
                wrong.push(format!("the recovery code that was replaced opens {name}"));
            }
        }
        Ok(wrong)
    }
}

impl Session for Day {
    fn losses(&self, after: &Path, answers: usize) -> Result<Vec<String>> {
        let mut losses = Vec::new();
        let dir = after.join("home/store");
        // what a start does first
        restore::finish(&dir)?;
        Vault::open(&dir).context("the envelope")?;
        losses.extend(self.wrong_pins(&dir, answers)?);
        losses.extend(self.wrong_codes(&dir, answers)?);
        let store = Store::open(&dir, &self.keys).context("the store")?;
        let report = check::full(&store, &mut |_| ControlFlow::Continue(()))?;
        let report = report.context("ended by itself")?;
        // the signed dossier's files lie there from before
        if !report.is_clean() {
            losses.push(format!("{report:?}"));
        }
        let contents = allowed(&self.contents, answers);
        if !contents.is_empty() {
            let now = store.read(|c| dossiers::current(c, self.draft))?;
            let voucher = now.revision.vouchers.first().context("no voucher")?;
            let now = voucher.field("content").to_owned();
            if !contents.contains(&&now) {
                losses.push(format!("{now:?}, not one of {contents:?}"));
            }
            losses.extend(self.signing.losses(&store, answers)?);
        }
        if answers >= self.attached {
            let files = store.read(|c| attachments::all(c, self.draft))?;
            if files.len() != 1 {
                losses.push("the attached file is gone".to_owned());
            }
        }
        let stick = after.join("stick");
        let found = backup::list(&stick, chrono::DateTime::<chrono::Utc>::MAX_UTC)?;
        if answers >= self.backed_up && found.is_empty() {
            losses.push("the backup is gone".to_owned());
        }
        for listed in found {
            // what has its name is whole, whenever the power failed
            let mut on = |_| ControlFlow::Continue(());
            if let Err(error) = backup::verify(&listed.place, &self.keys, &mut on) {
                losses.push(format!("{}: {error}", listed.place.display()));
            }
        }
        Ok(losses)
    }

    fn codes(&self) -> &[String] {
        &self.codes
    }
}
