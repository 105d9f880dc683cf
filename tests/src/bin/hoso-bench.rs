//! `hoso-bench`: measurements beside a reference taken in the same run, one JSON object per line.
//!
//! `hoso-bench [PART-OF-A-NAME]…`. Exit code 2: a measurement was left out for want of a program.
//! Whether a goal is met is for `cargo xtask bench` to judge. docs/BENCH.md tells how to read it.
#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]

#[path = "hoso-bench/forms.rs"]
mod forms;
#[path = "hoso-bench/link.rs"]
mod link;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use acceptance::books_bench;
use acceptance::desk::program;
use acceptance::journey::Office;
use acceptance::measure;
use acceptance::steps::PIN;
use acceptance::store_bench::{self, Archive, Pair};
use acceptance::window::{Hand, Window};
use anyhow::{Context, Result, bail, ensure};
use chrono::Utc;
use fantoccini::key::Key;
use hoso_domain::entry::path;
use hoso_domain::id::DossierId;
use hoso_domain::money::Dong;
use hoso_domain::party::{Treasury, Unit};
use hoso_domain::voucher::{FormRef, Row, Voucher};
use hoso_proof::{Container, SignatureAlgorithm, SignatureFiles, Trust, prepare, verify};
use hoso_store::dossiers::NewDossier;
use hoso_store::revisions::Summary;
use hoso_store::{By, Store, Vault, dossiers, people, revisions, units};
use hoso_testkit::world::{SignerInWorld, World};
use hoso_token::{Algorithm, Host, Limits, Login, helper_path};
use serde_json::json;
use uuid::Uuid;

/// One line of the result.
struct Measured {
    name: String,
    value: f64,
    unit: &'static str,
    reference: f64,
    /// `None`: it only stands beside another.
    goal: Option<f64>,
}

impl Measured {
    fn ratio(name: &str, pair: &Pair, goal: f64) -> Self {
        Self {
            name: name.to_owned(),
            value: pair.value,
            unit: "ms",
            reference: pair.reference,
            goal: Some(goal),
        }
    }

    fn print(&self) -> Result<()> {
        let ratio = self.value / self.reference;
        let line = json!({
            "name": self.name,
            "value": rounded(self.value),
            "unit": self.unit,
            "reference": rounded(self.reference),
            "ratio": rounded(ratio),
            "goal": self.goal,
        });
        writeln!(std::io::stdout(), "{line}")?;
        Ok(())
    }
}

fn rounded(number: f64) -> f64 {
    (number * 10_000.0).round() / 10_000.0
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

/// A word beside the results, which go to standard output.
fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let filters: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, address] = filters.as_slice()
        && flag == "--sink"
    {
        acceptance::thin::sink(address).await?;
        return Ok(ExitCode::SUCCESS);
    }
    if let [flag, module, serial, pin] = filters.as_slice()
        && flag == measure::BARE
    {
        let took = measure::bare_signatures(module, serial, pin)?;
        writeln!(std::io::stdout(), "{took}")?;
        return Ok(ExitCode::SUCCESS);
    }
    let own = [
        "draft-save",
        "signature-own-time",
        "batch-of-500",
        "container-build-20mb",
        "container-verify-20mb",
        "container-memory-20mb",
        "store-search",
        "store-search-p95",
        "store-open",
        "store-memory",
        "backup",
        "restore-20000",
        "books-check",
        "books-import",
        "books-payroll",
        "books-codes",
        "sign-list-of-500",
        "window-start",
        "window-start-100000",
    ];
    let names: Vec<&str> = own
        .into_iter()
        .chain(forms::NAMES)
        .chain(link::NAMES)
        .collect();
    let wanted =
        |name: &str| filters.is_empty() || filters.iter().any(|f| name.contains(f.as_str()));
    if !names.iter().copied().any(wanted) {
        bail!("no measurement has that name; there are {names:?}");
    }
    // beside the programs: a folder for temporary files may lie in memory, where nothing is durable
    let here = std::env::current_exe()?;
    let beside = here.parent().context("a program lies in a folder")?;
    let dir = tempfile::tempdir_in(beside)?;
    let mut whole = true;
    if wanted("draft-save") {
        draft_save(&dir.path().join("draft"))?.print()?;
    }
    if wanted("signature-own-time") {
        signature_own_time(&dir.path().join("signature"))?.print()?;
    }
    let taken = |name: &str, taken: measure::Taken, unit, goal| Measured {
        name: name.to_owned(),
        value: taken.value,
        unit,
        reference: taken.reference,
        goal: Some(goal),
    };
    if wanted("batch-of-500") {
        let dir = dir.path().join("batch");
        let batch = tokio::task::block_in_place(|| measure::batch(&dir))?;
        taken("batch-of-500", batch, "ms", 2.0).print()?;
    }
    if wanted("container-build-20mb") || wanted("container-verify-20mb") {
        let (build, check) = measure::large_container(&dir.path().join("large"))?;
        taken("container-build-20mb", build, "ms", 1.5).print()?;
        taken("container-verify-20mb", check, "ms", 1.5).print()?;
    }
    if wanted("container-memory-20mb") {
        let memory = measure::memory(&dir.path().join("memory"))?;
        taken("container-memory-20mb", memory, "MB", 1.0).print()?;
    }
    let of_archive = [
        "store-search",
        "store-search-p95",
        "store-open",
        "store-memory",
        "window-start-100000",
    ];
    let archive = if of_archive.into_iter().any(wanted) {
        tell("100,000 dossiers are made");
        let archive = Archive::make(&dir.path().join("archive"), &unit())?;
        for measured in of_the_archive(&archive, dir.path(), &wanted)? {
            measured.print()?;
        }
        Some(archive)
    } else {
        None
    };
    if wanted("backup") {
        let pair = store_bench::backup(&dir.path().join("backup"), &unit())?;
        Measured::ratio("backup", &pair, 2.0).print()?;
    }
    if wanted("restore-20000") {
        tell("20,000 dossiers with their files are made and backed up");
        let (value, copied) = store_bench::restore(&dir.path().join("restore"), &unit())?;
        tell(&format!(
            "restore-20000: a flushed copy of the same files takes {copied:.0} ms"
        ));
        Measured {
            name: "restore-20000".to_owned(),
            value,
            unit: "ms",
            reference: 600_000.0,
            goal: Some(1.0),
        }
        .print()?;
    }
    type Books<'a> = (&'a str, &'a dyn Fn(&Path) -> Result<Pair>);
    let books: [Books<'_>; 5] = [
        ("books-check", &books_bench::checks),
        ("sign-list-of-500", &books_bench::sign_list),
        ("books-import", &books_bench::import),
        ("books-payroll", &books_bench::payroll),
        ("books-codes", &|_: &Path| books_bench::codes()),
    ];
    for (name, take) in books {
        if wanted(name) {
            tell(&format!("{name} is taken"));
            let pair = tokio::task::block_in_place(|| take(&dir.path().join(name)))?;
            Measured::ratio(name, &pair, 1.0).print()?;
        }
    }
    for (name, archive) in [
        ("window-start", None),
        ("window-start-100000", archive.as_ref()),
    ] {
        if !wanted(name) {
            continue;
        }
        match program("hoso-empty-window") {
            Ok(empty) => window_start(name, &dir.path().join(name), &empty, archive)
                .await?
                .print()?,
            Err(error) => {
                tell(&format!("{name} is skipped: {error}"));
                whole = false;
            }
        }
    }
    forms::measure(wanted).await?;
    whole &= tokio::task::block_in_place(|| link::measure(wanted))?;
    Ok(if whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    })
}

/// A unit whose name and signers do not matter here.
fn unit() -> Unit {
    Unit {
        id: hoso_domain::id::UnitId(Uuid::now_v7()),
        code: "1123456".to_owned(),
        name: "UBND xã Mường Lống".to_owned(),
        address: String::new(),
        chapter: "830".to_owned(),
        area: "17234".to_owned(),
        treasury: Treasury {
            code: "1361".to_owned(),
            name: "Phòng giao dịch số 5".to_owned(),
        },
        accounts: Vec::new(),
        signers: Vec::new(),
        hue: 175,
    }
}

/// 100,000 dossiers: searched, opened to their first page, held in memory.
fn of_the_archive(
    archive: &Archive,
    dir: &Path,
    wanted: &impl Fn(&str) -> bool,
) -> Result<Vec<Measured>> {
    let budget = |name: &str, value, reference| Measured {
        name: name.to_owned(),
        value,
        unit: "ms",
        reference,
        goal: Some(1.0),
    };
    let mut all = Vec::new();
    if wanted("store-search") || wanted("store-search-p95") {
        let (search, p95) = archive.search(&dir.join("bare.db"))?;
        all.push(Measured::ratio("store-search", &search, 2.0));
        all.push(budget("store-search-p95", p95, 16.0));
    }
    if wanted("store-open") {
        let (open, proof) = archive.open()?;
        all.push(budget("store-open", open, 100.0));
        tell(&format!(
            "store-open: reading all pages, beside the work, takes {proof:.0} ms"
        ));
    }
    if wanted("store-memory") {
        let pair = archive.memory(&dir.join("empty"), &unit())?;
        all.push(Measured {
            name: "store-memory".to_owned(),
            value: pair.value,
            unit: "MB",
            reference: pair.reference,
            goal: Some(1.2),
        });
    }
    Ok(all)
}

/// Form 13 with as many lines as make about 8 KiB; `round` changes what is saved.
fn vouchers(round: usize) -> Vec<Voucher> {
    let text = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(id, value)| ((*id).to_owned(), (*value).to_owned()))
            .collect()
    };
    let row = |line: usize| Row {
        group: String::new(),
        cells: text(&[
            ("content", "Giấy in A4, mực in, cặp hồ sơ, bút ký các loại"),
            ("invoice_no", &format!("1C26TAA-{:07}", 1287 + line)),
            ("invoice_date", "2026-11-18"),
            ("document_no", &format!("{:05}/HĐ-VPP", 204 + line)),
            ("document_date", "2026-11-02"),
            ("economic_content", "6551"),
            ("sector", "341"),
            ("source", "13"),
            ("amount", &(1_000_000 + round).to_string()),
        ]),
    };
    vec![Voucher {
        form: FormRef {
            basis: "nd347-2025".to_owned(),
            number: "13".to_owned(),
            edition: 1,
        },
        fields: text(&[
            ("content", "Mua văn phòng phẩm quý IV"),
            ("payee_name", "Công ty Văn phòng phẩm Nậm Lay"),
            ("payee_tax_code", "0100047516"),
            ("payee_account", "1500205112345"),
            ("payee_bank", "Agribank chi nhánh Điện Biên"),
        ]),
        grids: BTreeMap::from([("lines".to_owned(), (0..32).map(row).collect())]),
    }]
}

/// A durable draft save beside a bare SQLite insert of the same bytes.
fn draft_save(dir: &Path) -> Result<Measured> {
    const ROUNDS: usize = 200;
    const WARM: usize = 10;
    let world = World::new(&dir.join("world"))?;
    let by = By {
        person: world.chief.person,
        at: Utc::now(),
    };
    let home = dir.join("home");
    std::fs::create_dir_all(&home)?;
    let (_, keys, _) = Vault::create(&home, by.person, world.chief.name, PIN)?;
    let unit = world.unit.clone();
    let name = world.chief.name;
    let store = Store::create(&home, &keys, |tx| {
        units::put(tx, &unit, by.at)?;
        people::put(tx, by.person, name, by)
    })?;
    let summary = Summary {
        number: "UNC-0031".to_owned(),
        form: "13".to_owned(),
        title: "Mua văn phòng phẩm quý IV".to_owned(),
        payee: "Công ty Văn phòng phẩm Nậm Lay".to_owned(),
        total: Dong::new(10_500_000)?,
        day: Some(by.at.date_naive()),
        search: "giấy in mực in".to_owned(),
    };
    let id = DossierId(Uuid::now_v7());
    let new = NewDossier {
        id,
        unit: unit.id,
        procedure: "rut-du-toan".to_owned(),
        budget_year: 2026,
        vouchers: vouchers(0),
        summary: summary.clone(),
    };
    let mut version = store.write(move |tx| {
        dossiers::create(tx, &new, by)?;
        Ok(dossiers::current(tx, id)?.revision.version)
    })?;

    let bare = rusqlite::Connection::open(dir.join("bare.db"))?;
    bare.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE draft (id INTEGER PRIMARY KEY, content TEXT NOT NULL);",
    )?;
    let (mut own, mut reference, mut size) = (Vec::new(), Vec::new(), 0);
    for round in 0..WARM + ROUNDS {
        let typed = vouchers(round);
        let content = serde_json::to_string(&typed)?;
        size = content.len();
        let summary = summary.clone();

        out_of_step(round * 2);
        let since = Instant::now();
        version =
            store.write(move |tx| revisions::save_draft(tx, id, version, &typed, &summary, by))?;
        let saved = since.elapsed();

        out_of_step(round * 2 + 1);
        let since = Instant::now();
        bare.prepare_cached("INSERT INTO draft (content) VALUES (?1)")?
            .execute([&content])?;
        let inserted = since.elapsed();
        if round >= WARM {
            own.push(milliseconds(saved));
            reference.push(milliseconds(inserted));
        }
    }
    ensure!(
        (7_000..10_000).contains(&size),
        "the draft has {size} bytes, not about 8 KiB"
    );
    Ok(Measured {
        name: "draft-save".to_owned(),
        value: median(own)?,
        unit: "ms",
        reference: median(reference)?,
        goal: Some(2.0),
    })
}

/// Waits 0 to 8 ms, another time each `turn`: flushes end in the disk's own rhythm, and work that
/// always begins right after one would meet that rhythm at the same place every time.
fn out_of_step(turn: usize) {
    // 5,003 and 8,000 have no common divisor: every place is visited before one comes back
    let microseconds = (turn * 5_003 % 8_000) as u64;
    std::thread::park_timeout(Duration::from_micros(microseconds));
}

/// What the program adds to the token's own time, for one signature.
///
/// A round signs a dossier whole, both steps; its figure is the mean of the two.
fn signature_own_time(dir: &Path) -> Result<Measured> {
    const ROUNDS: usize = 60;
    const WARM: usize = 5;
    const BUDGET: f64 = 2.0;
    let world = World::new(dir)?;
    let trust = Trust::from_pem(&[&world.ca.pem()?])?;
    let unsigned = dossier()?;
    let start = || {
        Host::start_with_env(
            &helper_path(),
            world.module(),
            &world.env(),
            Limits::default(),
        )
    };
    let (mut first, mut second) = (start()?, start()?);
    let open = |person: &SignerInWorld| (person.token.serial.clone(), person.pin.into());
    let (serial, pin) = open(&world.chief);
    let mut chief = first.open(&serial, world.chief.certificate(), Some(pin))?;
    let (serial, pin) = open(&world.owner);
    let mut owner = second.open(&serial, world.owner.certificate(), Some(pin))?;
    let (mut own, mut raw) = (Vec::new(), Vec::new());
    for round in 0..WARM + ROUNDS {
        let mut container = unsigned.clone();
        let one = sign(&mut container, &world.chief, &mut chief, &trust)?;
        let two = sign(&mut container, &world.owner, &mut owner, &trust)?;
        if round >= WARM {
            own.push((one.own() + two.own()) / 2.0);
            raw.push((milliseconds(one.raw) + milliseconds(two.raw)) / 2.0);
        }
    }
    tell(&format!(
        "signature-own-time: the token alone takes {:.3} ms",
        median(raw)?
    ));
    Ok(Measured {
        name: "signature-own-time".to_owned(),
        value: median(own)?,
        unit: "ms",
        reference: BUDGET,
        goal: Some(1.0),
    })
}

/// Data, print and one attachment, unsigned: about 400 KiB.
fn dossier() -> Result<Container> {
    // the same in every run, and nothing that repeats
    let noise = |size: usize| -> Vec<u8> {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let next = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        (0..size / 8).flat_map(next).collect()
    };
    Ok(Container::new(vec![
        (path::DATA.to_owned(), serde_json::to_vec(&vouchers(0))?),
        (path::voucher(0, "13"), noise(128 * 1024)),
        (path::file("quyet-dinh.pdf"), noise(256 * 1024)),
    ]))
}

struct Signing {
    whole: Duration,
    /// The token's share, taken by a call of its own.
    raw: Duration,
}

impl Signing {
    fn own(&self) -> f64 {
        milliseconds(self.whole) - milliseconds(self.raw)
    }
}

/// Signs the next step as the engine does, then lets the token sign the same bytes alone.
fn sign(
    container: &mut Container,
    person: &SignerInWorld,
    login: &mut Login<'_>,
    trust: &Trust,
) -> Result<Signing> {
    let at = Utc::now();
    let der = &person.issued.certificate_der;
    let role = match person.role {
        hoso_domain::party::Role::ChiefAccountant => "chief-accountant",
        hoso_domain::party::Role::AccountOwner => "account-owner",
    };
    let since = Instant::now();
    let manifest = container.open_step(der, role, at)?;
    let prepared = prepare(&manifest, der, &[], at, SignatureAlgorithm::RsaPkcs1Sha256)?;
    let value = login.sign(prepared.to_be_signed(), Algorithm::RsaPkcs1Sha256)?;
    let until_signed = since.elapsed();
    let bytes = prepared.to_be_signed().to_vec();
    let since = Instant::now();
    let p7s = prepared.finish(&value)?;
    container.signatures.push(SignatureFiles { manifest, p7s });
    let report = verify(container, trust);
    let whole = until_signed + since.elapsed();
    ensure!(report.ok(), "an own signature does not verify: {report:?}");

    let since = Instant::now();
    login.sign(&bytes, Algorithm::RsaPkcs1Sha256)?;
    let raw = since.elapsed();
    Ok(Signing { whole, raw })
}

/// From the start of the process to the home list, beside an empty window; over the store of a
/// first run, or over an archive.
async fn window_start(
    name: &str,
    dir: &Path,
    empty: &Path,
    archive: Option<&Archive>,
) -> Result<Measured> {
    const ROUNDS: usize = 5;
    let office = Office::set_up(dir, 1366, 768)?;
    // a store to open; the window itself cannot make one here, its file dialogs are the system's
    match archive {
        Some(archive) => acceptance::lab::copy(archive.home(), &dir.join("home"))?,
        None => store_bench::empty(&dir.join("home"), &unit())?,
    }
    let (mut own, mut reference, mut unlocking) = (Vec::new(), Vec::new(), Vec::new());
    // the first of each fills the caches and is not counted
    for round in 0..=ROUNDS {
        let since = Instant::now();
        let window = Window::open(&office.desk, empty, Hand::Mouse).await?;
        seen(&window, "empty-page").await?;
        let blank = milliseconds(since.elapsed());
        window.close().await?;

        let since = Instant::now();
        let window = office.window(Hand::Mouse).await?;
        seen(&window, "screen-unlock").await?;
        let started = milliseconds(since.elapsed());
        // what a person types does not count
        window.go_to("pin").await?;
        window.write(PIN).await?;
        let since = Instant::now();
        window.keys(&[Key::Enter.into()]).await?;
        seen(&window, "screen-today").await?;
        if archive.is_some() {
            seen(&window, "task-0").await?;
        }
        let unlocked = milliseconds(since.elapsed());
        window.close().await?;
        if round > 0 {
            reference.push(blank);
            own.push(started + unlocked);
            unlocking.push(unlocked);
        }
    }
    tell(&format!(
        "{name}: {:.1} ms of it from the PIN to the home list",
        median(unlocking)?
    ));
    Ok(Measured {
        name: name.to_owned(),
        value: median(own)?,
        unit: "ms",
        reference: median(reference)?,
        goal: Some(1.25),
    })
}

/// As [`Window::find`], looking so often that the waiting itself does not show.
async fn seen(window: &Window, testid: &str) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(60);
    while !window.has(testid).await? {
        ensure!(Instant::now() < end, "`{testid}` did not appear");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}
