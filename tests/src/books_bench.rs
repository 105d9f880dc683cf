//! Checks over a long voucher in a store with ten years behind it, tables of 10,000 rows, a pay table
//! of 45 people, the pickers: each against the time a person does not notice.
#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use chrono::Utc;
use hoso_contract::AppError;
use hoso_contract::book::{PayrollTargets, TableChoice};
use hoso_contract::command::*;
use hoso_contract::view::Boot;
use hoso_domain::catalogue::catalogue;
use hoso_domain::finding::Severity;
use hoso_domain::form::latest;
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::money::Dong;
use hoso_domain::party::Unit;
use hoso_domain::text::fold;
use hoso_domain::voucher::{Row, Voucher};
use hoso_engine::{Engine, Handle, Place};
use hoso_portal::{OfficerAccount, Portal, Setup};
use hoso_store::dossiers::NewDossier;
use hoso_store::revisions::Summary;
use hoso_store::{By, Store, StoreError, Vault, dossiers};
use hoso_testkit::pay;
use hoso_testkit::world::{ACCOUNTANT, World};
use uuid::Uuid;

use crate::store_bench::Pair;

/// The PIN of the one person.
pub(crate) const PIN: &str = "258036";
const HISTORY: usize = 100_000;
const LINES: usize = 500;
const ROWS: u32 = 10_000;

/// An engine of its own, first run done, that reaches no portal.
pub(crate) struct Bench {
    pub engine: Engine,
    pub home: std::path::PathBuf,
    pub world: World,
}

fn told(error: AppError) -> anyhow::Error {
    anyhow!("{error:?}")
}

fn engine(home: &Path) -> Engine {
    Engine::new(Place::at(home), Arc::new(|_| {}))
}

impl Bench {
    pub fn new(dir: &Path) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        let world = World::new(&dir.join("world"))?;
        let setup = Setup {
            name: "Cổng tập huấn".to_owned(),
            // nobody listens there
            url: "https://127.0.0.1:9".to_owned(),
            training: true,
            units: vec![world.unit.clone()],
            signer_cas: vec![world.ca.pem()?],
            revocation_lists: Vec::new(),
            officers: vec![OfficerAccount {
                name: "canbo".to_owned(),
                password: "mat-khau-tap-huan".to_owned(),
            }],
        };
        let connection = dir.join("ket-noi.hoso");
        let made = Portal::prepare(&dir.join("portal"), &setup)?;
        std::fs::write(&connection, made.connection)?;
        let home = dir.join("home");
        let engine = engine(&home);
        let path = connection.to_string_lossy().into_owned();
        let preview = PreviewConnection { path: path.clone() };
        let fingerprint = engine.handle(preview).map_err(told)?.fingerprint;
        let create = CreateStore {
            connection: path,
            fingerprint,
            person_name: ACCOUNTANT.to_owned(),
            pin: Secret(PIN.to_owned()),
        };
        let code = engine.handle(create).map_err(told)?.code;
        let confirm = ConfirmRecovery { code: Secret(code) };
        engine.handle(confirm).map_err(told)?;
        Ok(Self {
            engine,
            home,
            world,
        })
    }

    /// So many dossiers that wait for the chief accountant.
    pub fn waiting(&self, count: usize) -> Result<Vec<DossierId>> {
        (0..count).map(|n| self.submitted(n)).collect()
    }

    fn submitted(&self, n: usize) -> Result<DossierId> {
        let create = CreateDossier {
            basis: "nd347-2025".to_owned(),
            form: "13".to_owned(),
        };
        let id = self.engine.handle(create).map_err(told)?;
        let mut view = self.engine.handle(OpenDossier { id }).map_err(told)?;
        let voucher = view.vouchers.first_mut().context("no voucher")?;
        voucher.fields.extend(text(&[
            ("content", "Tiền điện"),
            ("payee_name", "Công ty Văn phòng phẩm"),
            ("payee_account", "1500000000007"),
            ("payee_bank", "Agribank Kỳ Sơn"),
            ("payee_tax_code", "0100047516"),
        ]));
        let amount = (1_000_000 + n).to_string();
        let cells = text(&[
            ("content", "Tiền điện"),
            ("economic_content", "6501"),
            ("sector", "341"),
            ("source", "13"),
            ("amount", &amount),
        ]);
        let group = String::new();
        let lines = vec![Row { group, cells }];
        voucher.grids.insert("lines".to_owned(), lines);
        let save = SaveDraft {
            id,
            version: view.version,
            vouchers: view.vouchers,
        };
        let version = self.engine.handle(save).map_err(told)?.version;
        let submit = SubmitForSigning { id, version };
        self.engine.handle(submit).map_err(told)?;
        Ok(id)
    }

    /// Puts the history into the store while the program is closed.
    fn with_history(self) -> Result<Self> {
        let Self {
            engine: first,
            home,
            world,
        } = self;
        drop(first);
        let mut vault = Vault::open(&Place::at(&home).store())?;
        let person = vault.people().first().context("nobody")?.person;
        let keys = vault.unlock(person, PIN, Utc::now())?;
        let store = Store::open(&Place::at(&home).store(), &keys)?;
        let by = By {
            person,
            at: Utc::now(),
        };
        let account = account(&world.unit)?;
        for batch in 0..HISTORY / 5_000 {
            let (id, account) = (world.unit.id, account.clone());
            store.write(move |tx| {
                for n in batch * 5_000..(batch + 1) * 5_000 {
                    past(tx, id, &account, n, by)?;
                }
                Ok(())
            })?;
        }
        drop(store);
        let engine = engine(&home);
        let Boot::Locked { people } = engine.handle(BootUp {}).map_err(told)? else {
            return Err(anyhow!("the store is not locked"));
        };
        let person = people.first().context("nobody")?.person;
        let unlock = Unlock {
            person,
            pin: Secret(PIN.to_owned()),
        };
        engine.handle(unlock).map_err(told)?;
        Ok(Self {
            engine,
            home,
            world,
        })
    }
}

fn account(unit: &Unit) -> Result<String> {
    let accounts = &unit.accounts;
    let estimate = accounts.iter().find(|a| a.number.starts_with('9'));
    Ok(estimate.context("no estimate account")?.number.clone())
}

fn text(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

/// One dossier of the last ten years, with the keys and postings that checks ask for.
fn past(
    tx: &hoso_store::Transaction<'_>,
    unit: UnitId,
    account: &str,
    n: usize,
    by: By,
) -> Result<(), StoreError> {
    let year = 2017 + i32::try_from(n / (HISTORY / 10)).unwrap_or(0);
    let day = format!("{year}-{:02}-{:02}", n % 12 + 1, n % 28 + 1);
    let (number, amount) = (format!("{n:05}"), (1_000_000 + n).to_string());
    let payee = format!("1500{:09}", n % 3_000);
    let mut row = text(&[
        ("content", "Theo hóa đơn"),
        ("invoice_date", &day),
        ("economic_content", "6551"),
        ("sector", "341"),
        ("source", "13"),
        ("amount", &amount),
    ]);
    row.insert("invoice_no".to_owned(), format!("1C26TAA-{n:07}"));
    let fields = text(&[
        ("number", &number),
        ("voucher_date", &day),
        ("account", account),
        ("payee_name", "Công ty Văn phòng phẩm"),
        ("payee_account", &payee),
        ("payee_tax_code", "0100047516"),
        ("total", &amount),
    ]);
    let id = DossierId(Uuid::now_v7());
    let new = NewDossier {
        id,
        unit,
        procedure: "recurrent-payment".to_owned(),
        budget_year: year,
        vouchers: vec![Voucher {
            form: latest("nd347-2025", "13")
                .map(hoso_domain::form::Form::reference)
                .ok_or(StoreError::NotFound { what: "form" })?,
            fields,
            grids: [(
                "lines".to_owned(),
                vec![Row {
                    group: String::new(),
                    cells: row,
                }],
            )]
            .into(),
        }],
        summary: Summary {
            number,
            form: "13".to_owned(),
            title: "Mua văn phòng phẩm".to_owned(),
            payee: "Công ty Văn phòng phẩm".to_owned(),
            total: Dong::parse(&amount).unwrap_or_default(),
            day: day.parse().ok(),
            search: String::new(),
        },
    };
    dossiers::create(tx, &new, by)?;
    // as if the treasury had completed it
    tx.prepare_cached(
        "INSERT INTO posting
             (dossier_id, position, unit_id, year, day, kind, account, source, sector, programme,
              economic_content, contract, amount, standing, done_at)
         VALUES (?1, 1, ?2, ?3, ?4, 'spent', ?5, '13', '341', '', '6551', ?6, ?7, 'done', ?8)",
    )?
    .execute(rusqlite::params![
        id.to_string(),
        unit.to_string(),
        year,
        day,
        account,
        format!("{:02}/HĐ|2026-03-01", n % 500),
        1_000_000 + i64::try_from(n).unwrap_or(0),
        "2026-01-01T00:00:00.000Z",
    ])?;
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn median(mut values: Vec<f64>) -> Result<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.get(values.len() / 2).copied();
    middle.context("nothing was measured")
}

/// All checks over a voucher of 500 lines with 100,000 dossiers behind it: the dossier is opened, which
/// runs each of them. Against 50 ms.
pub fn checks(dir: &Path) -> Result<Pair> {
    const ROUNDS: usize = 25;
    let bench = Bench::new(dir)?.with_history()?;
    let create = CreateDossier {
        basis: "nd347-2025".to_owned(),
        form: "13".to_owned(),
    };
    let id = bench.engine.handle(create).map_err(told)?;
    let mut view = bench.engine.handle(OpenDossier { id }).map_err(told)?;
    let voucher = view.vouchers.first_mut().context("no voucher")?;
    voucher.fields.extend(text(&[
        ("content", "Mua văn phòng phẩm, dụng cụ năm"),
        ("payee_name", "Công ty Văn phòng phẩm"),
        ("payee_account", "1500000000007"),
        ("payee_bank", "Agribank Kỳ Sơn"),
        ("payee_tax_code", "0100047516"),
        ("contract_no", "07/HĐ"),
        ("contract_date", "2026-03-01"),
        ("contract_total", "900000000000"),
        ("contract_party", "Công ty Văn phòng phẩm"),
    ]));
    let line = |n: usize| {
        let amount = (100_000 + n).to_string();
        let mut cells = text(&[
            ("content", "Giấy in, mực in, cặp hồ sơ"),
            ("invoice_date", "2026-10-01"),
            ("economic_content", "6551"),
            ("sector", "341"),
            ("source", "13"),
            ("amount", &amount),
        ]);
        // the last one was paid before
        let invoice = if n + 1 == LINES { 99_999 } else { 900_000 + n };
        cells.insert("invoice_no".to_owned(), format!("1C26TAA-{invoice:07}"));
        Row {
            group: String::new(),
            cells,
        }
    };
    voucher
        .grids
        .insert("lines".to_owned(), (0..LINES).map(line).collect());
    let save = SaveDraft {
        id,
        version: view.version,
        vouchers: view.vouchers.clone(),
    };
    bench.engine.handle(save).map_err(told)?;
    let mut times = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS + 3 {
        let since = Instant::now();
        let seen = bench.engine.handle(OpenDossier { id }).map_err(told)?;
        let took = milliseconds(since.elapsed());
        let found: Vec<&str> = seen.findings.iter().map(|f| f.code.as_str()).collect();
        ensure!(
            found.contains(&"duplicate-invoice"),
            "the history was not asked: {found:?}"
        );
        if round >= 3 {
            times.push(took);
        }
    }
    Ok(Pair {
        value: median(times)?,
        reference: 50.0,
    })
}

/// The list Ký with 500 dossiers that wait: findings, usable amounts and who may sign, for each.
/// Against 300 ms.
pub fn sign_list(dir: &Path) -> Result<Pair> {
    const WAITING: usize = 500;
    const ROUNDS: usize = 5;
    let bench = Bench::new(dir)?;
    bench.waiting(WAITING)?;
    let mut times = Vec::with_capacity(ROUNDS);
    for round in 0..=ROUNDS {
        let since = Instant::now();
        let items = bench.engine.handle(SigningQueue {}).map_err(told)?;
        let took = milliseconds(since.elapsed());
        ensure!(items.len() == WAITING, "{} are listed", items.len());
        if round > 0 {
            times.push(took);
        }
    }
    Ok(Pair {
        value: median(times)?,
        reference: 300.0,
    })
}

/// 10,000 rows of entries out of an .xlsx: columns recognised, read, kept. Against 1 s.
pub fn import(dir: &Path) -> Result<Pair> {
    const ROUNDS: usize = 3;
    let bench = Bench::new(dir)?;
    let path = dir.join("so.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let heads = ["Ngày", "Loại", "Mã nguồn", "Mã ngành", "Số tiền", "Ghi chú"];
    for (column, head) in heads.iter().enumerate() {
        sheet.write_string(0, u16::try_from(column)?, *head)?;
    }
    for row in 1..=ROWS {
        sheet.write_string(
            row,
            0,
            format!("{:02}/{:02}/2026", row % 28 + 1, row % 12 + 1),
        )?;
        sheet.write_string(row, 1, "thực chi")?;
        sheet.write_string(row, 2, "13")?;
        sheet.write_string(row, 3, "341")?;
        sheet.write_number(row, 4, f64::from(1_000_000 + row))?;
        sheet.write_string(row, 5, format!("Chứng từ số {row}"))?;
    }
    book.save(&path)?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let since = Instant::now();
        let table = choice(&bench.engine, "entries", &path)?;
        let import = ImportTable { table, year: 2026 };
        let report = bench.engine.handle(import).map_err(told)?;
        times.push(milliseconds(since.elapsed()));
        ensure!(report.taken == ROWS, "{report:?}");
    }
    Ok(Pair {
        value: median(times)?,
        reference: 1_000.0,
    })
}

/// The columns as the program recognises them.
fn choice(engine: &Engine, purpose: &str, path: &Path) -> Result<TableChoice> {
    let path = path.to_string_lossy().into_owned();
    let ask = PreviewTable {
        path: path.clone(),
        purpose: purpose.to_owned(),
        sheet: String::new(),
    };
    let preview = engine.handle(ask).map_err(told)?;
    Ok(TableChoice {
        path,
        purpose: purpose.to_owned(),
        sheet: preview.sheet,
        first_row: preview.first_row,
        columns: preview.columns,
    })
}

/// A pay table of 45 people to its checked set of vouchers. Against 2 s.
pub fn payroll(dir: &Path) -> Result<Pair> {
    const ROUNDS: usize = 5;
    let bench = Bench::new(dir)?;
    let path = dir.join("luong.xlsx");
    let people = pay::table(45);
    pay::write(&path, &people, pay::totals(&people))?;
    let targets = PayrollTargets {
        sector: "341".to_owned(),
        source: "13".to_owned(),
        payees: pay::payees(&bench.world.unit.name),
    };
    let mut times = Vec::new();
    for month in 1..=ROUNDS {
        let since = Instant::now();
        let read = ReadPayroll {
            table: choice(&bench.engine, "payroll", &path)?,
            year: 2026,
            month: u32::try_from(month)?,
        };
        let view = bench.engine.handle(read).map_err(told)?;
        ensure!(view.errors.is_empty() && view.findings.is_empty());
        let make = MakePayroll {
            table: view.table,
            targets: targets.clone(),
        };
        let made = bench.engine.handle(make).map_err(told)?;
        times.push(milliseconds(since.elapsed()));
        ensure!(made.len() == 4);
        if month == 1 {
            for one in &made {
                let seen = bench.engine.handle(OpenDossier { id: one.id });
                let seen = seen.map_err(told)?;
                let wrong = seen.findings.iter().find(|f| f.severity == Severity::Error);
                ensure!(wrong.is_none(), "{wrong:?}");
            }
        }
    }
    Ok(Pair {
        value: median(times)?,
        reference: 2_000.0,
    })
}

/// Every tiểu mục 6001–9449 by its accent-free name; the slowest of them. Against a frame of 16 ms.
pub fn codes() -> Result<Pair> {
    let list = catalogue("economic-content").context("no list")?;
    let wanted: Vec<_> = list
        .rows
        .iter()
        .filter(|r| r.usable() && ("6001"..="9449").contains(&r.code.as_str()))
        .collect();
    ensure!(wanted.len() > 300, "{}", wanted.len());
    let mut slowest: f64 = 0.0;
    for row in wanted {
        let typed = fold(&row.full_name);
        let since = Instant::now();
        let found = list.find(&typed, 12, &[]);
        let took = milliseconds(since.elapsed());
        ensure!(
            found.iter().any(|r| r.code == row.code),
            "{} is not found by {typed:?}",
            row.code
        );
        slowest = slowest.max(took);
    }
    Ok(Pair {
        value: slowest,
        reference: 16.0,
    })
}
