//! The store against what it is built on: search over 100,000 dossiers beside bare FTS5, opening,
//! memory beside an empty store, a backup beside copying the same files, a restore on a bare PC. Each
//! figure with its reference.
#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::{TimeDelta, Utc};
use fastrand::Rng;
use hoso_contract::command::{GetResults, GetSession, ListDossiers};
use hoso_contract::view::ListFilter;
use hoso_domain::dossier::Drawer;
use hoso_domain::id::{AttachmentId, DossierId, PersonId, UnitId};
use hoso_domain::money::Dong;
use hoso_domain::party::Unit;
use hoso_domain::text::fold;
use hoso_domain::voucher::{FormRef, Voucher};
use hoso_store::attachments::{self, Attachment};
use hoso_store::backup::{self, Wish};
use hoso_store::dossiers::NewDossier;
use hoso_store::listing::{self, Filter};
use hoso_store::revisions::Summary;
use hoso_store::{By, Keys, Proof, Store, Vault, dossiers, people, restore, units};
use uuid::Uuid;

use crate::headless::Client;

/// A figure and what it is held against.
pub struct Pair {
    pub value: f64,
    pub reference: f64,
}

/// What a commune pays for, by ten years of habit.
const WORDS: [&str; 24] = [
    "tiền",
    "điện",
    "nước",
    "lương",
    "phụ",
    "cấp",
    "văn",
    "phòng",
    "phẩm",
    "sửa",
    "chữa",
    "trụ",
    "sở",
    "hội",
    "nghị",
    "xăng",
    "xe",
    "đường",
    "trường",
    "y",
    "tế",
    "bảo",
    "hiểm",
    "quý",
];

const DOSSIERS: usize = 100_000;

/// How many of them still want something done; the others were completed over the years.
const OPEN: usize = 60;

/// The PIN of the archive's one person.
const PIN: &str = "258036";

/// 100,000 dossiers of one unit, ten years of them done, closed.
pub struct Archive {
    /// The program's folder; the store lies in it.
    home: PathBuf,
    dir: PathBuf,
    keys: Keys,
    unit: UnitId,
    titles: Vec<String>,
}

impl Archive {
    /// Takes a minute: made once for the measurements that read it.
    pub fn make(home: &Path, unit: &Unit) -> Result<Self> {
        let dir = home.join("store");
        fs::create_dir_all(&dir)?;
        let (store, keys, by) = store(&dir, unit)?;
        let mut random = Rng::with_seed(7);
        let mut titles = Vec::with_capacity(DOSSIERS);
        for number in 0..DOSSIERS {
            let words: Vec<&str> = (0..6)
                .filter_map(|_| random.choice(WORDS.iter()).copied())
                .collect();
            titles.push(format!("{} số {number}", words.join(" ")));
        }
        for (batch, some) in titles.chunks(5_000).enumerate() {
            let (some, unit) = (some.to_vec(), unit.id);
            store.write(move |tx| {
                for (place, title) in some.iter().enumerate() {
                    let seconds = i64::try_from(batch * 5_000 + place).unwrap_or(0);
                    let by = By {
                        at: by.at + TimeDelta::seconds(seconds),
                        ..by
                    };
                    dossiers::create(tx, &new(unit, title), by)?;
                }
                Ok(())
            })?;
        }
        store.write(move |tx| {
            tx.execute_batch(&done(OPEN))?;
            listing::rebuild(tx)
        })?;
        drop(store);
        Ok(Self {
            home: home.to_owned(),
            dir,
            keys,
            unit: unit.id,
            titles,
        })
    }

    /// Median of a search of three words, its 95th percentile, and the median of bare FTS5.
    pub fn search(&self, beside: &Path) -> Result<(Pair, f64)> {
        const ROUNDS: usize = 200;
        let bare = self.bare(beside)?;
        let store = Store::open(&self.dir, &self.keys)?;
        let mut random = Rng::with_seed(11);
        let (mut own, mut reference) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS + 10 {
            let title = random.choice(self.titles.iter()).context("no title")?;
            // as a person types: three words of a title, the last one begun
            let words: Vec<&str> = title.split(' ').take(3).collect();
            let text = words.join(" ");
            let filter = Filter {
                text: text.clone(),
                ..Filter::default()
            };
            let since = Instant::now();
            let page = store.read(|c| listing::page(c, self.unit, &filter, None, 50))?;
            let took = since.elapsed();
            let asked: Vec<String> = words.iter().map(|w| format!("\"{}\"*", fold(w))).collect();
            let asked = asked.join(" ");
            let since = Instant::now();
            let total: i64 = bare
                .prepare_cached("SELECT count(*) FROM text WHERE text MATCH ?1")?
                .query_row([&asked], |r| r.get(0))?;
            let mut statement = bare.prepare_cached(
                "SELECT rowid, folded FROM text WHERE text MATCH ?1 ORDER BY rowid DESC LIMIT 50",
            )?;
            let rows: Vec<(i64, String)> = statement
                .query_map([&asked], |r| Ok((r.get(0)?, r.get(1)?)))?
                .collect::<Result<_, _>>()?;
            let bare_took = since.elapsed();
            ensure!(
                u64::try_from(total)? == page.total,
                "{text}: {total}, {}",
                page.total
            );
            ensure!(rows.len() == page.rows.len(), "{text}");
            if round >= 10 {
                own.push(milliseconds(took));
                reference.push(milliseconds(bare_took));
            }
        }
        own.sort_by(f64::total_cmp);
        let p95 = own.get(own.len() * 95 / 100).copied();
        let pair = Pair {
            value: median(own)?,
            reference: median(reference)?,
        };
        Ok((pair, p95.context("nothing was measured")?))
    }

    /// From the keys to the first page of the list; and the reading of all pages, which goes on
    /// beside the work.
    pub fn open(&self) -> Result<(f64, f64)> {
        let (mut own, mut proof) = (Vec::new(), Vec::new());
        for _ in 0..7 {
            let since = Instant::now();
            let store = Store::open_unproven(&self.dir, &self.keys)?;
            let page = store.read(|c| listing::page(c, self.unit, &Filter::default(), None, 50))?;
            own.push(milliseconds(since.elapsed()));
            ensure!(page.total == DOSSIERS as u64);
            let since = Instant::now();
            ensure!(store.prove()? == Proof::Sound);
            proof.push(milliseconds(since.elapsed()));
        }
        Ok((median(own)?, median(proof)?))
    }

    /// The program's folder, for who opens it as people do.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Memory of the program at work on this store, and on an empty one at `beside`, in MB.
    pub fn memory(&self, beside: &Path, unit: &Unit) -> Result<Pair> {
        empty(beside, unit)?;
        Ok(Pair {
            value: at_work(&self.home)?,
            reference: at_work(beside)?,
        })
    }

    /// The same folded texts in plain SQLite.
    fn bare(&self, beside: &Path) -> Result<rusqlite::Connection> {
        let mut bare = rusqlite::Connection::open(beside)?;
        bare.execute_batch(
            "PRAGMA journal_mode = WAL;
             CREATE VIRTUAL TABLE text USING fts5 (
                 folded, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 0'
             );",
        )?;
        let store = Store::open(&self.dir, &self.keys)?;
        let folded: Vec<(i64, String)> = store.read(|c| {
            let mut statement = c.prepare("SELECT row, folded FROM listing")?;
            let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        let tx = bare.transaction()?;
        for (row, text) in folded {
            tx.prepare_cached("INSERT INTO text (rowid, folded) VALUES (?1, ?2)")?
                .execute((row, text))?;
        }
        tx.commit()?;
        Ok(bare)
    }
}

/// The program's folder with a store in which nothing was done yet.
pub fn empty(home: &Path, unit: &Unit) -> Result<()> {
    let dir = home.join("store");
    fs::create_dir_all(&dir)?;
    store(&dir, unit)?;
    Ok(())
}

/// Makes all but the newest `open` dossiers what they are after ten years: sent, answered, done.
fn done(open: usize) -> String {
    format!(
        "CREATE TEMP TABLE old AS SELECT dossier_id AS id FROM listing
             WHERE row <= (SELECT max(row) - {open} FROM listing);
         UPDATE revision SET state = 'sent' WHERE dossier_id IN (SELECT id FROM old);
         UPDATE dossier SET treasury = '{{\"status\":\"completed\"}}', treasury_version = 3,
             treasury_number = 'H18.' || budget_year || '.' || rowid
             WHERE id IN (SELECT id FROM old);
         INSERT INTO receipt (dossier_id, revision, unit_id, bytes, digest, received_at, seq, signer,
                 stored_at)
             SELECT d.id, 1, d.unit_id, randomblob(900), lower(hex(randomblob(32))), d.changed_at,
                 d.rowid, 'Kho bạc', d.changed_at
             FROM dossier d WHERE d.id IN (SELECT id FROM old);
         INSERT INTO posting (dossier_id, position, unit_id, year, day, kind, account, source, sector,
                 programme, economic_content, contract, amount, standing, done_at)
             SELECT d.id, 1, d.unit_id, 2017 + d.rowid % 10, '2026-01-15', 'spent',
                 '9523.4.1123456.17234', '13', '341', '00000', 6500 + d.rowid % 60, '', 1250000,
                 'done', d.changed_at
             FROM dossier d WHERE d.id IN (SELECT id FROM old);
         DROP TABLE old;"
    )
}

/// What the program holds once somebody unlocked, saw the lists, searched, and every page was read.
fn at_work(home: &Path) -> Result<f64> {
    let mut client = Client::start(home, &[])?;
    client.unlock(PIN)?;
    for text in ["", "tien dien", "van phong pham quy", "1250000"] {
        let mut after = None;
        for _ in 0..3 {
            let filter = ListFilter {
                text: text.to_owned(),
                ..ListFilter::default()
            };
            let page = client.call(&ListDossiers {
                filter,
                after,
                limit: 60,
            })?;
            after = page.after;
            if after.is_none() {
                break;
            }
        }
    }
    client.call(&GetResults {
        after: None,
        limit: 100,
        with: None,
    })?;
    client.read_through()?;
    client.call(&GetSession {})?;
    let status = fs::read_to_string(format!("/proc/{}/status", client.pid()))?;
    let resident = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    let kib = resident.and_then(|l| l.trim().strip_suffix(" kB"));
    let kib: u32 = kib.context("no VmRSS")?.parse()?;
    client.stop()?;
    Ok(f64::from(kib) / 1024.0)
}

/// A whole first backup beside a copy of the same files, flushed as well.
pub fn backup(dir: &Path, unit: &Unit) -> Result<Pair> {
    const FILES: usize = 1_500;
    const ROUNDS: usize = 7;
    let home = dir.join("home");
    fs::create_dir_all(&home)?;
    let (store, _, by) = store(&home, unit)?;
    let mut random = Rng::with_seed(3);
    for _ in 0..FILES {
        let size = random.usize(20_000..200_000);
        let bytes: Vec<u8> = std::iter::repeat_with(|| random.u8(..))
            .take(size)
            .collect();
        store.files().put_bytes(&bytes)?;
    }
    let unit = unit.id;
    store.write(move |tx| {
        for number in 0..2_000 {
            dossiers::create(tx, &new(unit, &format!("Hồ sơ {number}")), by)?;
        }
        Ok(())
    })?;
    let (mut own, mut reference) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let copied = dir.join(format!("copy-{round}"));
        let since = Instant::now();
        copy_flushed(&home, &copied)?;
        let plain = milliseconds(since.elapsed());
        let folder = dir.join(format!("backup-{round}"));
        fs::create_dir(&folder)?;
        let wish = Wish {
            folder: &folder,
            pc: "bench",
            program: "0",
            at: Utc::now(),
        };
        let since = Instant::now();
        let made = backup::make(&store, &wish, &mut |_| ControlFlow::Continue(()))?;
        let whole = milliseconds(since.elapsed());
        ensure!(made.manifest.files.len() == FILES && made.fresh > 0);
        // the first of each fills the caches
        if round > 0 {
            own.push(whole);
            reference.push(plain);
        }
        fs::remove_dir_all(copied)?;
        fs::remove_dir_all(folder)?;
    }
    Ok(Pair {
        value: median(own)?,
        reference: median(reference)?,
    })
}

/// A backup of 20,000 dossiers, each with a file, restored on a bare PC until the first list answers;
/// and a flushed copy of the same files. Both in milliseconds.
pub fn restore(dir: &Path, unit: &Unit) -> Result<(f64, f64)> {
    const MANY: usize = 20_000;
    let (old, stick) = (dir.join("old"), dir.join("stick"));
    fs::create_dir_all(&old)?;
    fs::create_dir(&stick)?;
    let (store, _, by) = store(&old, unit)?;
    let unit = unit.id;
    let mut random = Rng::with_seed(5);
    for batch in 0..MANY / 1_000 {
        let mut files = Vec::new();
        for _ in 0..1_000 {
            let mut bytes = vec![0; random.usize(10_000..60_000)];
            random.fill(&mut bytes);
            files.push((store.files().put_bytes(&bytes)?, bytes.len() as u64));
        }
        store.write(move |tx| {
            for (number, (sha256, size)) in files.into_iter().enumerate() {
                let new = new(unit, &format!("Hồ sơ {}", batch * 1_000 + number));
                dossiers::create(tx, &new, by)?;
                let attachment = Attachment {
                    id: AttachmentId(Uuid::now_v7()),
                    dossier: new.id,
                    drawer: Drawer::Treasury,
                    name: "hoa-don.pdf".to_owned(),
                    sha256,
                    size,
                };
                attachments::add(tx, &attachment, by)?;
            }
            Ok(())
        })?;
    }
    store.write(|tx| {
        tx.execute_batch(&done(OPEN))?;
        listing::rebuild(tx)
    })?;
    let wish = Wish {
        folder: &stick,
        pc: "bench",
        program: "0",
        at: Utc::now(),
    };
    let mut on = |_| ControlFlow::Continue(());
    let made = backup::make(&store, &wish, &mut on)?;
    ensure!(made.manifest.files.len() == MANY && made.manifest.missing.is_empty());
    drop(store);
    fs::remove_dir_all(old)?;

    let home = dir.join("home/store");
    let since = Instant::now();
    let keys = Vault::of_backup(&made.place)?.unlock(by.person, PIN, Utc::now())?;
    let by = By {
        at: Utc::now(),
        ..by
    };
    restore::prepare(&made.place, &keys, &home, by, &mut on)?;
    restore::take_over(&home, Utc::now())?;
    let keys = Vault::open(&home)?.unlock(by.person, PIN, Utc::now())?;
    let store = Store::open_unproven(&home, &keys)?;
    let page = store.read(|c| listing::page(c, unit, &Filter::default(), None, 50))?;
    let restored = milliseconds(since.elapsed());
    ensure!(page.total == MANY as u64);
    let since = Instant::now();
    copy_flushed(&stick, &dir.join("copy"))?;
    Ok((restored, milliseconds(since.elapsed())))
}

fn copy_flushed(from: &Path, to: &Path) -> Result<()> {
    crate::lab::copy(from, to)?;
    let mut open = vec![to.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                fs::File::open(path)?.sync_all()?;
            }
        }
        fs::File::open(dir)?.sync_all()?;
    }
    Ok(())
}

fn store(dir: &Path, unit: &Unit) -> Result<(Store, Keys, By)> {
    let by = By {
        person: PersonId(Uuid::now_v7()),
        at: Utc::now(),
    };
    let (_, keys, _) = Vault::create(dir, by.person, "Kế toán", PIN)?;
    let own = unit.clone();
    let store = Store::create(dir, &keys, |tx| {
        units::put(tx, &own, by.at)?;
        people::put(tx, by.person, "Kế toán", by)
    })?;
    Ok((store, keys, by))
}

fn new(unit: UnitId, title: &str) -> NewDossier {
    NewDossier {
        id: DossierId(Uuid::now_v7()),
        unit,
        procedure: "recurrent-payment".to_owned(),
        budget_year: 2026,
        vouchers: vec![Voucher {
            form: FormRef {
                basis: "nd347-2025".to_owned(),
                number: "13".to_owned(),
                edition: 1,
            },
            fields: BTreeMap::from([("content".to_owned(), title.to_owned())]),
            grids: BTreeMap::new(),
        }],
        summary: Summary {
            number: String::new(),
            form: "13".to_owned(),
            title: title.to_owned(),
            payee: "Công ty Điện lực Kỳ Sơn".to_owned(),
            total: Dong::ZERO,
            day: None,
            search: String::new(),
        },
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn median(mut values: Vec<f64>) -> Result<f64> {
    values.sort_by(f64::total_cmp);
    values
        .get(values.len() / 2)
        .copied()
        .context("nothing was measured")
}
