//! Sổ theo dõi hồ sơ: the list as it is narrowed on the screen, on paper.

use chrono::{DateTime, Utc};
use hoso_contract::command::ExportRegister;
use hoso_contract::{AppError, Code};
use hoso_domain::id::{DossierId, UnitId};
use hoso_domain::money::Dong;
use hoso_domain::party::Unit;
use hoso_print::{Register, RegisterRow, register};
use hoso_store::dossiers::{self, Current};
use hoso_store::listing::{self, Filter};
use hoso_store::{Connection as Db, StoreError};

use super::home::asked;
use super::paper::write_out;
use crate::clock;
use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::Open;

/// Rows read in one look.
const AT_ONCE: u32 = 500;
/// The most rows of a register; a longer list is narrowed first.
const LONGEST: u64 = 10_000;

impl Handle<ExportRegister> for Engine {
    fn act(&self, command: ExportRegister) -> Result<u32, Error> {
        let open = self.open()?;
        let unit = open.unit()?;
        let narrowed = command.filter.month.split_once('-');
        let narrowed = narrowed.map_or_else(String::new, |(y, m)| format!("Tháng {m}/{y}"));
        let filter = asked(command.filter);
        let listed = open.store.read(|db| listed(db, unit.id, &filter))?;
        let rows = listed.map_err(|count| {
            AppError::new(Code::RegisterTooLong)
                .with("count", count)
                .with("limit", LONGEST)
        })?;
        let count = u32::try_from(rows.len()).map_err(|_| Code::Internal)?;
        let pdf = set(unit, narrowed, rows)?;
        write_out(std::path::Path::new(&command.path), &pdf)?;
        Ok(count)
    }
}

/// The whole list, in its order; how long it is where no register holds it.
fn listed(db: &Db, unit: UnitId, filter: &Filter) -> Result<Result<Vec<Row>, u64>, StoreError> {
    let mut rows: Vec<Row> = Vec::new();
    let mut after = None;
    loop {
        let page = listing::page(db, unit, filter, after.as_deref(), AT_ONCE)?;
        // a register that was cut short would leave out payments, and its total with them
        if page.total > LONGEST {
            return Ok(Err(page.total));
        }
        for row in page.rows {
            rows.push(Row {
                code: dossiers::get(db, row.id)?.treasury_number,
                number: row.number,
                form: row.form,
                title: row.title,
                payee: row.payee,
                total: row.total,
                changed: row.changed,
            });
        }
        after = page.after;
        if after.is_none() {
            return Ok(Ok(rows));
        }
    }
}

/// The register of these dossiers, in this order.
pub(super) fn of(open: &Open, ids: &[DossierId]) -> Result<Vec<u8>, Error> {
    let rows = open.store.read(|db| {
        let row = |id: &DossierId| {
            let Current { dossier, revision } = dossiers::current(db, *id)?;
            let about = revision.summary;
            Ok(Row {
                number: about.number,
                form: about.form,
                title: about.title,
                payee: about.payee,
                total: about.total,
                changed: dossier.changed_at,
                code: dossier.treasury_number,
            })
        };
        ids.iter().map(row).collect::<Result<Vec<_>, StoreError>>()
    })?;
    set(open.unit()?, String::new(), rows)
}

fn set(unit: Unit, narrowed: String, rows: Vec<Row>) -> Result<Vec<u8>, Error> {
    // a sum that cannot be said is left out, never cut short
    let total = Dong::sum(rows.iter().map(|row| row.total));
    Ok(register(&Register {
        unit: unit.name,
        treasury: unit.treasury.name,
        narrowed,
        rows: rows.into_iter().map(printed).collect(),
        total: total.map_or_else(|_| String::new(), |t| t.to_string()),
        date: clock::day(clock::now()),
    })?)
}

/// A dossier as the register has it.
struct Row {
    number: String,
    form: String,
    title: String,
    payee: String,
    total: Dong,
    changed: DateTime<Utc>,
    code: String,
}

fn printed(row: Row) -> RegisterRow {
    RegisterRow {
        number: row.number,
        day: clock::day(row.changed).format("%d/%m/%Y").to_string(),
        form: row.form,
        content: row.title,
        payee: row.payee,
        amount: row.total.to_string(),
        code: row.code,
    }
}
