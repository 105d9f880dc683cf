//! The upgrade of a store of an earlier schema — a short session that opens it — and what every disk must
//! hold of it: in whichever schema, all that an upgrade in peace leaves, and beside what was upgraded
//! a copy of before.

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use hoso_store::check::{self, Report};
use hoso_store::{Connection, Keys, Store, StoreError, Vault, restore, schema};
use rusqlite::types::Value;

use super::{Session, strace, unlocked};
use crate::crash::{FROZEN_PIN, before_upgrade};
use crate::headless::Client;
use crate::lab::{Lab, copy};

/// A store of an earlier schema, and what must be left of it.
pub struct Upgrade {
    keys: Keys,
    /// The slots it had.
    vault: Vault,
    /// The schema it had.
    earlier: u32,
    /// What an upgrade in peace leaves.
    whole: Held,
    /// The number of answers with which it was upgraded.
    upgraded: usize,
}

impl Upgrade {
    pub fn play(lab: &Lab, disk: &Path, trace: &Path) -> Result<Self> {
        let home = disk.join("home");
        let peace = lab.path("upgraded-in-peace");
        copy(&home.join("store"), &peace)?;
        let mut vault = Vault::open(&peace)?;
        let person = vault.people().first().context("nobody")?.person;
        let keys = vault.unlock(person, FROZEN_PIN, chrono::DateTime::UNIX_EPOCH)?;
        let earlier = schema_of(&peace, &keys)?;
        ensure!(earlier < schema::version(), "there is nothing to upgrade");
        let whole = Held::in_store(&peace, &keys)?;
        // of a frozen store's made-up signatures there are no files
        let Report {
            database, damaged, ..
        } = &whole.report;
        ensure!(database.is_empty() && damaged.is_empty(), "{whole:?}");
        ensure!(whole.report.chain_broken_at.is_none(), "{whole:?}");
        let mut client = Client::run(strace(lab, trace)?, &home)?;
        let mut answers = 0;
        unlocked(&mut client, FROZEN_PIN, &mut answers)?;
        client.stop()?;
        Ok(Self {
            keys,
            vault,
            earlier,
            whole,
            upgraded: answers,
        })
    }
}

impl Session for Upgrade {
    fn losses(&self, after: &Path, answers: usize) -> Result<Vec<String>> {
        let mut losses = Vec::new();
        let dir = after.join("home/store");
        // what a start does first
        restore::finish(&dir)?;
        let vault = Vault::open(&dir).context("the envelope")?;
        if !vault.opens_as(&self.vault) {
            losses.push("the envelope has other slots".to_owned());
        }
        let found = schema_of(&dir, &self.keys).context("the store")?;
        let upgraded = found == schema::version();
        if !upgraded && (found != self.earlier || answers >= self.upgraded) {
            losses.push(format!("the store has schema {found}"));
        }
        let kept = before_upgrade(&dir);
        if kept.exists() {
            // what has its name is whole, whenever the power failed
            let aside = tempfile::tempdir()?;
            copy(&dir.join("files"), &aside.path().join("files"))?;
            fs::copy(&kept, aside.path().join("hoso.db"))?;
            let copied = schema_of(aside.path(), &self.keys).context("the copy of before")?;
            if copied != self.earlier {
                losses.push(format!("the copy of before has schema {copied}"));
            }
            let held = Held::in_store(aside.path(), &self.keys).context("the copy of before")?;
            losses.extend(held.lacks(&self.whole, "the copy of before"));
        } else if upgraded {
            losses.push("it was upgraded without a copy of before".to_owned());
        }
        let held = Held::in_store(&dir, &self.keys).context("the store")?;
        losses.extend(held.lacks(&self.whole, "the store"));
        if !kept.exists() || dir.join("hoso.db.before.new").exists() {
            losses.push("the next start left no copy of before, or half of one".to_owned());
        }
        Ok(losses)
    }

    fn codes(&self) -> &[String] {
        &[]
    }
}

/// What a store holds.
#[derive(Debug)]
struct Held {
    rows: BTreeSet<String>,
    report: Report,
}

impl Held {
    /// Opened as any store is, so that one of an earlier schema is upgraded.
    fn in_store(dir: &Path, keys: &Keys) -> Result<Self> {
        let store = Store::open(dir, keys)?;
        let report = check::full(&store, &mut |_| ControlFlow::Continue(()))?;
        Ok(Self {
            rows: store.read(rows)?,
            report: report.context("ended by itself")?,
        })
    }

    /// What `whole` has and this has not; `what` this is.
    fn lacks(&self, whole: &Held, what: &str) -> Vec<String> {
        let mut losses = Vec::new();
        if self.report != whole.report {
            losses.push(format!("{what}: {:?}", self.report));
        }
        let gone: Vec<&String> = whole.rows.difference(&self.rows).collect();
        if let Some(first) = gone.first() {
            losses.push(format!("{what} lacks {} rows, such as {first}", gone.len()));
        }
        losses
    }
}

/// The schema a store has, which is not opened for changes.
fn schema_of(dir: &Path, keys: &Keys) -> Result<u32> {
    let store = Store::open_read_only(dir, keys)?;
    Ok(store.read(|c| Ok(c.query_row("PRAGMA user_version", [], |r| r.get(0))?))?)
}

/// Every row of every table, under the table's name.
fn rows(c: &Connection) -> Result<BTreeSet<String>, StoreError> {
    let mut tables = c.prepare(
        "SELECT name FROM pragma_table_list
         WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'",
    )?;
    let names = tables.query_map([], |r| r.get::<_, String>(0))?;
    let names: Vec<String> = names.collect::<Result<_, _>>()?;
    let mut all = BTreeSet::new();
    for name in names {
        let mut every = c.prepare(&format!("SELECT * FROM {name}"))?;
        let columns = every.column_count();
        let mut found = every.query([])?;
        while let Some(row) = found.next()? {
            let cells = (0..columns).map(|n| row.get::<_, Value>(n));
            let cells = cells.collect::<Result<Vec<_>, _>>()?;
            all.insert(format!("{name} {cells:?}"));
        }
    }
    Ok(all)
}
